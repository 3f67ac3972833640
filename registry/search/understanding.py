"""What a search means that is no name: two cities, a city and where it is, a name among words.

typed ─ names ─▶ things whose name begins so
      ─ two names, and a link between their cities ─▶ links
      ─ a name and a country, state or another qualifier, in any order ─▶ the city
      ─ the same without words such as "twin towns of" ─▶ all of these once more
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from registry import terms
from registry.places.countries import code_of
from registry.places.names import fold
from registry.search.finding import LONGEST, Found, Result, Wanted, find
from registry.views.links import Links
from registry.views.names import NameIndex, Suggestion, Thing

LINK: Final = "link"
"""The kind of links, which have no names of their own in the index."""

_MOST_WORDS: Final = 8
"""Words of a search in which two names, or a name and a qualifier, are looked for."""

_MOST_PLACES: Final = 40
"""Cities of one name that the link may be of."""

_LINKS: Final = 5
"""Links that are told of one search."""

_SCORE: Final = 95
"""The score of what is understood, a hundred being an identifier or a preferred name."""

_JOINT: Final = re.compile(
    r"\s*[,;/&+|()\[\]?!¿¡:]+\s*|\s+[-\u2013\u2014\u2194\u2192>]+\s+|\s*[\u2013\u2014\u2194\u2192]\s*"
)
"""What people write between two names."""

_BETWEEN: Final = re.compile(r"\s*[\u2013\u2014\u2194\u2192&+/|;]+\s*|\s+[-<>]+\s+")
"""What stands between two cities, and not between a city and where it is."""

Located = Callable[[str], Sequence[Thing]]
"""Returns the places that a name with a qualifier, written `name, qualifier`, certainly means."""


@dataclass(frozen=True)
class Understood:
    """What was found, the text that was read of what was typed, and the country that it names.

    `read` is empty where all was read.
    """

    found: Found
    read: str = ""
    country: str = ""


@dataclass(frozen=True)
class Searcher:
    """Searches one release; `passed_over` are folded words that say what is wanted of a name."""

    index: NameIndex
    links: Links
    located: Located
    passed_over: frozenset[str] = frozenset()

    def search(self, wanted: Wanted) -> Understood:
        """Find what a search means."""
        typed = wanted.typed[:LONGEST].strip()
        found = self._with_readings(replace(wanted, typed=typed))
        country = code_of(typed)
        if _best(found) >= _BEGINS or country:
            return Understood(found, "", country)
        rest = " ".join(self._kept(typed))
        if rest and fold(rest) != fold(typed):
            narrower = self._with_readings(replace(wanted, typed=rest))
            if narrower.total and (not found.total or _best(narrower) >= _BEGINS):
                return Understood(narrower, rest, code_of(rest))
        return Understood(found)

    def _kept(self, typed: str) -> Iterator[str]:
        """Yield the words that are not passed over."""
        for word in _JOINT.sub(" ", typed).split():
            if not set(fold(word).split()) <= self.passed_over:
                yield word

    def _with_readings(self, wanted: Wanted) -> Found:
        """Find what is called so, and before it what is understood otherwise."""
        plain = find(self.index, wanted)
        typed = wanted.typed.replace("-", " ")
        words = _JOINT.sub(" ", typed).split()
        is_city = any(
            one.score > _BEGINS and one.suggestion.thing.kind in _PLACES for one in plain.results
        )
        if not 2 <= len(words) <= _MOST_WORDS or wanted.offset or is_city:
            return plain
        read = []
        if self._wants(wanted, LINK):
            read = list(self._links_of(wanted.typed, self._called, wanted))
            if not read and _best(plain) < _BEGINS:
                read = list(self._links_of(wanted.typed, self._nearly_called, wanted))
        if _best(plain) < _BEGINS and self._wants(wanted, "city"):
            read += self._located_in(typed, wanted)
        if not read:
            return plain
        first = {one.suggestion.thing.iri: one for one in read}
        rest = [one for one in plain.results if one.suggestion.thing.iri not in first]
        kept = rest if not plain.corrected else []
        total = len(first) + (plain.total - len(plain.results) + len(rest) if kept else 0)
        numbers = Counter(plain.numbers if kept else {})
        told = {one.suggestion.thing.iri for one in plain.results} if kept else set()
        things = (one.suggestion.thing for one in first.values())
        numbers.update((one.kind, one.country) for one in things if one.iri not in told)
        return Found(total, (*first.values(), *kept)[: wanted.limit], numbers=numbers)

    def _wants(self, wanted: Wanted, kind: str) -> bool:
        return not wanted.kinds or kind in wanted.kinds

    def _links_of(
        self, typed: str, called: Callable[[str], dict[str, str]], wanted: Wanted
    ) -> Iterator[Result]:
        """Yield the links between the cities of two names that were typed."""
        for one, other in self._split(typed):
            here = called(one)
            there = called(other) if here else {}
            if not there:
                continue
            for link in self.links.between(here, there)[:_LINKS]:
                countries = {here.get(party) or there.get(party) for party in link.parties}
                if wanted.country in {"", *countries}:
                    kind, ref = terms.kind_and_ref(link.iri) or (LINK, "")
                    named = Suggestion(Thing(-link.number, kind, ref, ""), "")
                    yield Result(named, _SCORE)

    def _called(self, name: str) -> dict[str, str]:
        """Return the IRIs of the cities of a name, perhaps with where it is, with countries."""
        cities = self._places_named(name)
        if not cities and len(words := _JOINT.sub(" ", name).split()) > 1:
            where = (f"{' '.join(words[:at])}, {' '.join(words[at:])}" for at in (1, -1))
            texts = [text for text in dict.fromkeys(where) if self._begins_with_a_place(text)]
            cities = [thing for text in texts for thing in self.located(text)]
        return {thing.iri: thing.country for thing in cities[:_MOST_PLACES]}

    def _nearly_called(self, name: str) -> dict[str, str]:
        """Return the IRIs of the cities of a name that may be mistyped, with their countries."""
        if cities := self._places_named(name):
            return {thing.iri: thing.country for thing in cities[:_MOST_PLACES]}
        near = find(self.index, Wanted(name, ("city",), limit=_MOST_PLACES))
        things = [one.suggestion.thing for one in near.results] if near.corrected else []
        return {thing.iri: thing.country for thing in things}

    def _places_named(self, name: str) -> list[Thing]:
        """Return the cities and regions of a name, the largest first."""
        found = [thing for thing, _ in self.index.named(fold(name)) if thing.kind in _PLACES]
        return sorted(found, key=lambda thing: -thing.population)

    def _begins_with_a_place(self, text: str) -> bool:
        """Whether the name before the first comma is one of a place here; others mean none."""
        return bool(self._places_named(text.partition(",")[0]))

    def _located_in(self, typed: str, wanted: Wanted) -> Iterator[Result]:
        """Yield the cities of a name that lie where the other words say."""
        told: set[str] = set()
        texts = dict.fromkeys(self._with_qualifiers(wanted.typed, typed))
        for text in filter(self._begins_with_a_place, texts):
            for thing in self.located(text):
                if wanted.country in {"", thing.country} and thing.iri not in told:
                    told.add(thing.iri)
                    yield Result(Suggestion(thing, thing.label), _SCORE)

    def _with_qualifiers(self, written: str, typed: str) -> Iterator[str]:
        """Yield ways to read a name and one or two qualifiers, before or behind it."""
        if "," in written:
            yield written
        for one, other in self._split(typed):
            yield f"{one}, {other}"
            yield f"{other}, {one}"
        words = _JOINT.sub(" ", typed).split()
        for first, second in combinations(range(1, min(len(words), _MOST_QUALIFIED)), 2):
            parts = words[:first], words[first:second], words[second:]
            one, middle, last = (" ".join(part) for part in parts)
            yield f"{one}, {middle}, {last}"
            yield f"{last}, {middle}, {one}"
            yield f"{last}, {one}, {middle}"

    def _split(self, typed: str) -> Iterator[tuple[str, str]]:
        """Yield the ways to split what was typed in two; where a sign parts it, that one alone."""
        for sign in (_BETWEEN, _JOINT):
            parts = [part for part in sign.split(typed) if part.strip()]
            if len(parts) == 2:
                yield parts[0], parts[1]
                return
        words = _JOINT.sub(" ", typed.replace("-", " ")).split()
        for at in range(1, len(words)):
            before, after = words[:at], words[at:]
            yield " ".join(before), " ".join(after)
            if fold(after[0]) in self.passed_over and len(after) > 1:
                yield " ".join(before), " ".join(after[1:])


def _best(found: Found) -> int:
    """Return how well the first result fits; 0 where there is none."""
    return max((one.score for one in found.results), default=0)


_MOST_QUALIFIED: Final = 6
"""Words in which a name with two qualifiers is looked for."""

_PLACES: Final = frozenset({"city", "region"})
_BEGINS: Final = 80
"""Score from which a name begins as it was typed."""
