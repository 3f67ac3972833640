"""A panel of a city's page: what it reads, and its heading.

A template shows what `read` returned, as `content`, below the heading: `panel_values.html` a list
of links, `panel_NAME.html` what is laid out in a way of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry import terms
from registry.maps.drawing import Drawing
from registry.things.city.agreements import Agreement
from registry.things.city.freshness import SourceCoverage
from registry.things.city.happenings import Happening
from registry.things.city.partners import Partner
from registry.things.city.parts import Part
from registry.things.city.timeline import Moment
from registry.things.city.transfers import Transfer
from registry.things.labels import Words
from registry.things.page import Pages, Value
from registry.things.wording import worded


@dataclass(frozen=True)
class City:
    """What the page of a city shows; a panel may read more by `pages` and the city's `iri`."""

    pages: Pages
    iri: str
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
    def country(self) -> tuple[str, str]:
        """The code (ISO 3166-1) and the name of its country; empty where that is not known."""
        country = self.pages.lookup.iri(self.iri, "cl:inCountry")
        if not country:
            return "", ""
        code = self.pages.lookup.text(country, "skos:notation")
        return code, self.pages.labels.of(country).text

    @property
    def lifetime(self) -> list[tuple[Words, list[Value]]]:
        """When a municipality was founded or dissolved, what preceded and what follows it."""
        pages, found = self.pages, list[tuple[Words, list[Value]]]()
        for name in ("cl:established", "cl:precededBy", "cl:dissolved", "cl:succeededBy"):
            days = pages.lookup.literals(self.iri, name)
            values = [Value(Words(worded(day, pages.language))) for day in days]
            values += map(pages.link, pages.lookup.iris(self.iri, name))
            if values:
                found.append((pages.labels.of(terms.prefixed(name)), values))
        return found

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers by which the page refers to sources, by the IRI of the document."""
        return {one.document.iri: number for number, one in enumerate(self.told, 1)}


@dataclass(frozen=True)
class Panel:
    """A panel; without content it is not shown.

    `name` is its anchor, `template` the name of its template without `panel_`. `heading` and
    `short`, the words of the link to it, are keys of the interface's phrases, or words by language.
    `counted` is set where the heading shows how much there is.
    """

    name: str
    heading: str | Mapping[str, str]
    read: Callable[[City], Sequence[Any]]
    short: str | Mapping[str, str] = ""
    counted: bool = True
    template: str = "values"
