"""How the links between each two countries stand, counted once for each release that is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Final

from registry import terms
from registry.releases.reading import Release, View
from registry.views.links import LINKS, Links
from registry.views.names import NAMES, NameIndex

YEARS: Final = 5
"""An end or a suspension counts for so many years before the as-of date of the release."""

LOST: Final = frozenset({"ended", "suspended"})
"""The status of links that were given up, by notation."""

_UNCONFIRMED: Final = "not-confirmed"


@dataclass(frozen=True)
class Tie:
    """The links between two countries: all, those lost in the last years, those not confirmed.

    `lost_until` is the date of the last end or suspension, `confirmed_until` that for which a
    source last had one of those that are not confirmed; empty where there is none.
    """

    links: int = 0
    lost: int = 0
    unconfirmed: int = 0
    lost_until: str = ""
    confirmed_until: str = ""

    @property
    def doubtful(self) -> int:
        """Links that were lost or are not confirmed."""
        return self.lost + self.unconfirmed


class Ties:
    """The links between countries, which are named by their codes (ISO 3166-1 alpha-2)."""

    def __init__(self, links: Links, index: NameIndex, as_of: str) -> None:
        self._links, self._index = links, index
        self.since = f"{int(as_of[:4]) - YEARS}{as_of[4:]}"
        """The first day on which an end or a suspension counts."""

    def between(self, one: str, other: str) -> Tie:
        """Return how the links between two countries stand."""
        return self._all.get(_pair(one, other), Tie())

    def lost_with(self, country: str) -> frozenset[str]:
        """Return the countries with which a country lost links in the last years."""
        return self._lost_with.get(country, frozenset())

    def of(self, country: str) -> Mapping[str, Tie]:
        """Return the links of a country by the other country, in the order of codes."""
        return self._by_country.get(country, {})

    def is_recent(self, day: str) -> bool:
        """Whether a date, as far as it is known, is not before the last years."""
        return bool(day) and day >= self.since[: len(day)]

    @cached_property
    def _all(self) -> Mapping[tuple[str, str], Tie]:
        country = {terms.thing("city", ref): code for ref, code in self._index.city_countries()}
        found: dict[tuple[str, str], Tie] = defaultdict(Tie)
        for status, as_of, end, confirmed, parties in self._links.standings():
            state = status.rpartition("/")[2]
            is_lost = state in LOST and self.is_recent(end or as_of)
            is_unconfirmed = state == _UNCONFIRMED
            for pair in _pairs({country.get(city, "") for city in parties}):
                tie = found[pair]
                found[pair] = replace(
                    tie,
                    links=tie.links + 1,
                    lost=tie.lost + is_lost,
                    unconfirmed=tie.unconfirmed + is_unconfirmed,
                    lost_until=max(tie.lost_until, (end or as_of) if is_lost else ""),
                    confirmed_until=max(tie.confirmed_until, confirmed if is_unconfirmed else ""),
                )
        return found

    @cached_property
    def _by_country(self) -> Mapping[str, Mapping[str, Tie]]:
        found: dict[str, dict[str, Tie]] = defaultdict(dict)
        for (one, other), tie in sorted(self._all.items()):
            found[one][other] = found[other][one] = tie
        return {country: dict(sorted(ties.items())) for country, ties in found.items()}

    @cached_property
    def _lost_with(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for (one, other), tie in self._all.items():
            if tie.lost:
                found[one].add(other)
                found[other].add(one)
        return {country: frozenset(others) for country, others in found.items()}


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _pairs(countries: Iterable[str]) -> set[tuple[str, str]]:
    """Return each two different countries of a link; a city of none is left out."""
    known = [country for country in countries if country]
    return {_pair(one, other) for one, other in product(known, known) if one != other}


def _opened(release: Release) -> Ties:
    return Ties(release.view(LINKS), release.view(NAMES), release.manifest.as_of)


TIES: Final = View("ties", _opened)
"""It is counted when somebody first asks for it, so that publishing does not wait."""
