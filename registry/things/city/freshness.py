"""How old what is said of a city's links is: each source, and the latest date it speaks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from registry.things.city.partners import Partner
from registry.things.page import Pages, Value
from registry.things.wording import worded


@dataclass(frozen=True)
class Told:
    """A source, the latest date it speaks for, and how many links of the city it tells of.

    Sources are numbered in this order where they are referred to.
    """

    document: Value
    as_of: str
    latest: str
    links: int


def freshness(pages: Pages, linked: Iterable[Partner]) -> tuple[Told, ...]:
    """List the sources that tell of some links, the latest first."""
    dates: defaultdict[str, list[ox.Literal]] = defaultdict(list)
    links: defaultdict[str, set[str]] = defaultdict(set)
    for partner in linked:
        for claim in partner.claims:
            links[claim.document].add(partner.link.iri)
            dates[claim.document] += [claim.as_of] if claim.as_of else []
    told = [_told(pages, iri, dates[iri], len(links[iri])) for iri in sorted(links) if iri]
    return tuple(sorted(told, key=lambda one: one.latest, reverse=True))


def _told(pages: Pages, document: str, dates: list[ox.Literal], links: int) -> Told:
    latest = max(dates, key=lambda date: date.value, default=None)
    shown = worded(latest, pages.language) if latest else ""
    return Told(pages.link(document), shown, latest.value if latest else "", links)
