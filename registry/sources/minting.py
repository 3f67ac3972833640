"""Minting: references for the cities that were found, from the ledger or new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from registry import terms
from registry.identity.ledger import Ledger, LedgerEntry
from registry.identity.mentions import Finding, MatchStatus, Mention
from registry.places.countries import alpha3
from registry.places.gazetteer import Place
from registry.places.names import fold

UNIDENTIFIED = "neither the gazetteer nor Wikidata has it"
GIVEN_UP = "the ledger has given it up"


@dataclass(frozen=True)
class City:
    """A city that has a reference: its place, and its item in Wikidata where that is known."""

    ref: str
    place: Place
    item: str = ""

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


def mint(
    mentions: Sequence[Mention], findings: Sequence[Finding], ledger: Ledger, date: str
) -> Minted:
    """Return every place that was found its reference; `date` is the day of the new lines."""
    items = _items(mentions, findings)
    known = _Known(ledger)
    cities: dict[int, City | None] = {}
    reasons: dict[int, str] = {}
    lines: list[LedgerEntry] = []
    places = {finding.place.id: finding.place for finding in findings if finding.place}
    for number, place in sorted(places.items()):
        item = items.get(number, "")
        item = "" if known.is_of_another(item, place) else item
        ref, why = known.ref(place, item)
        if not ref and not why:
            ref = _new(place, item)
            why = "" if ref else UNIDENTIFIED
            lines += [_line(ref, place, item, date)] if ref else []
        cities[number] = City(ref, place, known.item(ref) or item) if ref else None
        reasons[number] = why
    return Minted(
        [cities[f.place.id] if f.place else None for f in findings],
        [reasons[f.place.id] if f.place else _why(f) for f in findings],
        lines,
    )


def _why(finding: Finding) -> str:
    """Explain why a mention is no city."""
    return finding.outcome.value if finding.outcome is not MatchStatus.NOT_A_CITY else finding.why


def _items(mentions: Sequence[Mention], findings: Sequence[Finding]) -> dict[int, str]:
    """Choose for each place the item that fits it best."""
    claims: defaultdict[int, list[tuple[float, str]]] = defaultdict(list)
    for mention, finding in zip(mentions, findings, strict=True):
        if finding.place and mention.wikidata:
            score = finding.candidates[0].score
            claims[finding.place.id].append((-score, mention.wikidata))
    return {place: min(found)[1] for place, found in claims.items()}


class _Known:
    """The cities of the ledger by their identifiers."""

    def __init__(self, ledger: Ledger) -> None:
        cities = [entry for entry in ledger.entries if entry.kind == "city"]
        self._by_place = {entry.geonames: entry for entry in cities if entry.geonames}
        self._by_item = {entry.wikidata: entry for entry in cities if entry.wikidata}
        self._items = {entry.ref: entry.wikidata for entry in cities}
        self._ledger = ledger

    def ref(self, place: Place, item: str) -> tuple[str, str]:
        """Return the reference of a place after mergers, or why it has none any more."""
        entry = self._by_place.get(str(place.id)) or self._by_item.get(item)
        if not entry:
            return "", ""
        if self._ledger.is_withdrawn(entry.iri):
            return "", GIVEN_UP
        return self._ledger.current(entry.iri).removeprefix(terms.thing("city", "")), ""

    def is_of_another(self, item: str, place: Place) -> bool:
        """Whether the ledger has an item for another place of the gazetteer."""
        entry = self._by_item.get(item)
        return place.id > 0 and bool(entry and entry.geonames not in {"", str(place.id)})

    def item(self, ref: str) -> str:
        """Return the item of a reference; empty where the ledger has none."""
        return self._items.get(ref, "")


def _new(place: Place, item: str) -> str:
    """Make a reference; empty where nothing identifies the place."""
    slug = fold(place.name).replace(" ", "-") or "city"
    if place.id > 0:
        return f"{slug}-{place.id}"
    return f"{slug}-{item.lower()}" if item else ""


def _line(ref: str, place: Place, item: str, date: str) -> LedgerEntry:
    geonames = str(place.id) if place.id > 0 else ""
    country = alpha3(place.country)
    return LedgerEntry(ref, "city", geonames, item, country, place.name, "rule", date, "")
