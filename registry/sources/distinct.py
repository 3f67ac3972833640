"""Cities that a person says are different: no item and no name of one is put on the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from registry import terms
from registry.identity.ledger import Ledger, LedgerEntry
from registry.identity.mentions import Contradiction, Finding, MatchStatus, Mention
from registry.places.gazetteer import Places
from registry.places.names import fold
from registry.sources.minting import City

_CITY: Final = terms.thing("city", "")


@dataclass(frozen=True)
class _Marks:
    """What a city is recognised by: its items of Wikidata, and its folded names."""

    items: frozenset[str]
    names: frozenset[str]


class Different:
    """Pairs of references that are never one city, and what each city of them is recognised by."""

    def __init__(self, pairs: Iterable[tuple[str, str]], ledger: Ledger, places: Places) -> None:
        known = {entry.ref: entry for entry in ledger.entries if entry.kind == "city"}
        self._foreign: defaultdict[str, list[tuple[str, _Marks]]] = defaultdict(list)
        for pair in pairs:
            a, b = (ledger.current(_CITY + ref).removeprefix(_CITY) for ref in pair)
            marks = {ref: _marks(known.get(ref), ref, places) for ref in (a, b)}
            for own, other in ((a, b), (b, a)):
                alone = _Marks(marks[other].items, marks[other].names - marks[own].names)
                self._foreign[own].append((other, alone))

    def kept_apart(
        self,
        mentions: Sequence[Mention],
        findings: Sequence[Finding],
        cities: Sequence[City | None],
    ) -> list[Finding]:
        """Return findings, of which none is a city by the marks of a different one.

        A mention of the item or by a name of one, which the other does not have, is contradictory
        where it was found to be the other, unless a person has said so of it.
        """
        return [
            finding if mention.is_settled or not city else self._judged(mention, finding, city)
            for mention, finding, city in zip(mentions, findings, cities, strict=True)
        ]

    def _judged(self, mention: Mention, finding: Finding, city: City) -> Finding:
        for other, marks in self._foreign.get(city.ref, ()):
            if mention.wikidata in marks.items or fold(mention.name) in marks.names:
                return _contradictory(finding, other)
        return finding


def _marks(entry: LedgerEntry | None, ref: str, places: Places) -> _Marks:
    """Return what a city is recognised by."""
    number = entry.geonames if entry else ref.rpartition("-")[2]
    place = places.place(int(number)) if number.isdecimal() else None
    names = [*(place.names if place else ()), *([entry.label] if entry else ())]
    items = [*(entry.items if entry else ()), *(places.items(place.id) if place else ())]
    return _Marks(frozenset(items), frozenset(map(fold, names)))


def _contradictory(finding: Finding, other: str) -> Finding:
    """Return a finding whose place is excluded, since the mention bears a mark of another city."""
    why = f"a person says that it is not {other}, whose item or name this is"
    best, *rest = finding.candidates or (None,)
    excluded = finding.excluded
    if best:
        against = (*best.contradictions, Contradiction("decision", why))
        excluded = (replace(best, contradictions=against), *excluded)
    return replace(
        finding,
        outcome=MatchStatus.CONTRADICTORY,
        candidates=tuple(one for one in rest if one),
        why=why,
        excluded=excluded,
    )
