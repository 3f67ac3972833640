"""How old what is said of a city's links is: each source, and the latest date it speaks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from registry.things.city.partners import Partner
from registry.things.page import Pages, Value
from registry.things.wording import day


@dataclass(frozen=True)
class SourceCoverage:
    """A source, the latest date it speaks for, and how many links of the city it tells of.

    Sources are numbered in this order where they are referred to.
    """

    document: Value
    as_of: str
    latest: str
    links: int


def freshness(pages: Pages, linked: Iterable[Partner]) -> tuple[SourceCoverage, ...]:
    """List the sources that tell of some links, the latest first."""
    latest: dict[str, str] = {}
    links: defaultdict[str, set[str]] = defaultdict(set)
    for partner in linked:
        for claim in partner.claims:
            links[claim.document].add(partner.link.iri)
            latest[claim.document] = max(claim.as_of, latest.get(claim.document, ""))
    told = (
        SourceCoverage(
            pages.link(iri), day(latest[iri], pages.language), latest[iri], len(links[iri])
        )
        for iri in sorted(links)
        if iri
    )
    return tuple(sorted(told, key=lambda one: one.latest, reverse=True))
