"""Minting: references for the cities that were found, from the ledger or new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from registry import terms
from registry.identity.ledger import CORRECTED, RULE, Ledger, LedgerEntry
from registry.identity.mentions import Finding, MatchStatus, Mention
from registry.places.countries import alpha3
from registry.places.gazetteer import Place
from registry.places.names import fold

GIVEN_UP = "the ledger has given it up"


@dataclass(frozen=True)
class City:
    """A city that has a reference: its place, and its items in Wikidata, the main one first."""

    ref: str
    place: Place
    items: tuple[str, ...] = ()

    @property
    def iri(self) -> str:
        """Its IRI."""
        return terms.thing("city", self.ref)


@dataclass(frozen=True)
class Minted:
    """The city of each finding, None where there is none and why; and the new lines."""

    cities: Sequence[City | None]
    reasons: Sequence[str]
    lines: Sequence[LedgerEntry]


def mint(  # noqa: PLR0913  (all that is known before)
    mentions: Sequence[Mention],
    findings: Sequence[Finding],
    ledger: Ledger,
    refs: Mapping[int, str],
    date: str,
    *,
    anew: bool = False,
) -> Minted:
    """Return every place that was found its reference.

    `refs` are those of known places that the gazetteer lacks, `date` is the day of the new lines.
    Where all is decided `anew`, a city loses the items that are found to be no place: the next
    import would take them for it, since they were published so.
    """
    items = _items(mentions, findings)
    owners = {item: number for number, found in items.items() for item in found}
    known = _Known(ledger, refs)
    lost = {one.wikidata for one in mentions} - owners.keys() if anew else set()
    cities: dict[int, City | None] = {}
    reasons: dict[int, str] = {}
    lines: list[LedgerEntry] = []
    places = {finding.place.id: finding.place for finding in findings if finding.place}
    for number, place in sorted(places.items()):
        found = items.get(number, ())
        entry = known.entry(place, found)
        if entry and ledger.is_withdrawn(entry.iri):
            cities[number], reasons[number] = None, GIVEN_UP
            continue
        before = known.current(entry) if entry else None
        ref = before.ref if before else reference(place, found)
        kept = before.items if before else ()
        own = tuple(i for i in kept if owners.get(i, number) == number and i not in lost)
        own = tuple(dict.fromkeys((*own, *found)))
        if before is None or own != kept:
            lines.append(_line(ref, place, own, date, corrected=before is not None))
        cities[number], reasons[number] = City(ref, place, own), ""
    lines += known.bereft(owners, lost, {line.ref for line in lines}, cities.values(), date)
    return Minted(
        [cities[f.place.id] if f.place else None for f in findings],
        [reasons[f.place.id] if f.place else _why(f) for f in findings],
        lines,
    )


def _why(finding: Finding) -> str:
    """Explain why a mention is no city."""
    return finding.outcome.value if finding.outcome is not MatchStatus.NOT_A_CITY else finding.why


def _items(mentions: Sequence[Mention], findings: Sequence[Finding]) -> dict[int, tuple[str, ...]]:
    """Return for each place the items that it is, the one that fits it best first."""
    claims: defaultdict[int, list[tuple[float, str]]] = defaultdict(list)
    for mention, finding in zip(mentions, findings, strict=True):
        if finding.place and mention.wikidata:
            score = finding.candidates[0].score
            claims[finding.place.id].append((-score, mention.wikidata))
    return {
        place: tuple(dict.fromkeys(item for _, item in sorted(found)))
        for place, found in claims.items()
    }


class _Known:
    """The cities of the ledger by their identifiers."""

    def __init__(self, ledger: Ledger, refs: Mapping[int, str]) -> None:
        cities = [entry for entry in ledger.entries if entry.kind == "city"]
        self._by_ref = {entry.ref: entry for entry in cities}
        self._by_place = {entry.geonames: entry for entry in cities if entry.geonames}
        self._by_item = {item: e for e in cities if not e.replaced_by for item in e.items}
        self._ledger, self._refs = ledger, refs

    def entry(self, place: Place, items: Sequence[str]) -> LedgerEntry | None:
        """Return the entry of a place: by its number, as one of our own, by an item or by name."""
        if place.id > 0:
            return self._by_place.get(str(place.id))
        if place.id in self._refs:
            return self._by_ref.get(self._refs[place.id])
        for item in items:
            if (entry := self._by_item.get(item)) and not entry.geonames:
                return entry
        return self._by_ref.get(reference(place, items))

    def current(self, entry: LedgerEntry) -> LedgerEntry:
        """Return the entry that stands for one now, after mergers."""
        ref = self._ledger.current(entry.iri).removeprefix(terms.thing("city", ""))
        return self._by_ref[ref]

    def bereft(
        self,
        owners: Mapping[str, int],
        lost: Container[str],
        stated: Container[str],
        cities: Iterable[City | None],
        date: str,
    ) -> Iterator[LedgerEntry]:
        """Yield lines of the cities whose items are found to be other places, or `lost`.

        `owners` are the places of items, `stated` the references that have new lines already.
        """
        found = {item: city.ref for city in cities if city for item in city.items if item in owners}
        for ref, entry in self._by_ref.items():
            left = [i for i in entry.items if found.get(i, ref) == ref and i not in lost]
            if not entry.replaced_by and ref not in stated and len(left) < len(entry.items):
                yield replace(entry, wikidata=" ".join(left), decided=CORRECTED, date=date)


def reference(place: Place, items: Sequence[str]) -> str:
    """Make a reference of a name and a number: at GeoNames, in Wikidata, or its position.

    >>> anija = Place(-1, "Anija", 59.31, 25.41, "EE", "", 0)
    >>> reference(anija, ()), reference(anija, ["Q497"]), reference(anija._replace(id=7), ())
    ('anija-5931n2541e', 'anija-q497', 'anija-7')
    """
    slug = fold(place.name).replace(" ", "-") or "city"
    if place.id > 0:
        return f"{slug}-{place.id}"
    if items:
        return f"{slug}-{items[0].lower()}"
    latitude, longitude = round(100 * place.latitude), round(100 * place.longitude)
    north, east = "n" if latitude >= 0 else "s", "e" if longitude >= 0 else "w"
    return f"{slug}-{abs(latitude)}{north}{abs(longitude)}{east}"


def _line(
    ref: str, place: Place, items: Sequence[str], date: str, *, corrected: bool
) -> LedgerEntry:
    geonames = str(place.id) if place.id > 0 else ""
    country, decided = alpha3(place.country), CORRECTED if corrected else RULE
    return LedgerEntry(
        ref, "city", geonames, " ".join(items), country, place.name, decided, date, ""
    )
