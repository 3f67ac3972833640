"""What a twinning officer looks for on the page of a city.

One module for each panel; `city` puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry import terms
from registry.maps.drawing import Drawing
from registry.things.city.agreements import Agreement, agreements
from registry.things.city.freshness import SourceCoverage, freshness
from registry.things.city.happenings import Happening, happenings
from registry.things.city.mapped import mapped
from registry.things.city.partners import Partner, in_order, partners
from registry.things.city.parts import Part, parts
from registry.things.city.timeline import Moment, timeline
from registry.things.city.transfers import Transfer, transfers
from registry.things.page import Pages


@dataclass(frozen=True)
class City:
    """The panels of a city's page."""

    partners: tuple[Partner, ...]
    agreements: tuple[Agreement, ...]
    parts: tuple[Part, ...]
    happenings: tuple[Happening, ...]
    taken: tuple[Transfer, ...]
    given: tuple[Transfer, ...]
    map: Drawing | None
    timeline: tuple[Moment, ...]
    told: tuple[SourceCoverage, ...]

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers by which the page refers to sources, by the IRI of the document."""
        return {one.document.iri: number for number, one in enumerate(self.told, 1)}


def is_city(iri: str) -> bool:
    """Whether an IRI is that of a city."""
    return iri.startswith(terms.thing("city", ""))


def city(pages: Pages, iri: str, sort: str = "") -> City:
    """Collect the panels of a city, its partners in an order by the name of a column."""
    linked = partners(pages, iri)
    signed, taking = agreements(pages, linked), parts(pages, iri)
    happened = happenings(pages, iri)
    return City(
        in_order(linked, sort),
        signed,
        taking,
        happened,
        transfers(pages, iri, "cl:toCity", "cl:fromCity"),
        transfers(pages, iri, "cl:fromCity", "cl:toCity"),
        mapped(pages, iri, linked),
        timeline(linked, signed, taking, happened),
        freshness(pages, linked),
    )
