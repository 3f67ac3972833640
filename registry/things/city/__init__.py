"""What a twinning officer looks for on the page of a city.

One module for each panel; `city` puts together what they share, and `PANELS` lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from registry import terms
from registry.things.city.agreements import agreements
from registry.things.city.freshness import freshness
from registry.things.city.happenings import happenings
from registry.things.city.kept import kept
from registry.things.city.mapped import mapped
from registry.things.city.panel import City, Panel
from registry.things.city.partners import in_order, partners
from registry.things.city.parts import parts
from registry.things.city.timeline import timeline
from registry.things.city.transfers import transfers
from registry.things.page import Pages

PANELS: Final[tuple[Panel, ...]] = (
    Panel("timeline", "timeline", lambda city: city.timeline, counted=False, template="timeline"),
    Panel("agreements", "agreements", lambda city: city.agreements, template="agreements"),
    Panel("parts", "participations", lambda city: city.parts, template="parts"),
    Panel("happenings", "events", lambda city: city.happenings, template="happenings"),
    Panel("kept", "practices_here", kept, template="kept"),
    Panel(
        "practices",
        "practices_exchanged",
        lambda city: city.taken + city.given,
        template="practices",
    ),
)
"""The panels below the partners, in their order."""


def shown(city: City) -> list[tuple[Panel, Sequence[Any]]]:
    """Read the panels of a city; those that have nothing to show are left out."""
    read = ((panel, panel.read(city)) for panel in PANELS)
    return [(panel, content) for panel, content in read if content]


def is_city(iri: str) -> bool:
    """Whether an IRI is that of a city."""
    return iri.startswith(terms.thing("city", ""))


def city(pages: Pages, iri: str, sort: str = "") -> City:
    """Collect the panels of a city, its partners in an order by the name of a column."""
    linked = partners(pages, iri)
    signed, taking = agreements(pages, iri, linked), parts(pages, iri)
    happened = happenings(pages, iri)
    return City(
        pages,
        iri,
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
