"""Events and exchanges of a city: what, when, with whom, how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from registry.things.labels import Words
from registry.things.lookup import Described
from registry.things.page import Citation, Pages, Value
from registry.things.wording import period, worded


@dataclass(frozen=True)
class Happening:
    """An event or exchange; `start` is a date as far as it is known."""

    event: Value
    kind: Words
    start: str
    when: str
    others: tuple[Value, ...]
    size: str
    sources: tuple[Citation, ...]


def happenings(pages: Pages, me: str) -> tuple[Happening, ...]:
    """List exchanges and events of a city, in the order of time."""
    names = ("cl:sending", "cl:receiving", "prov:atLocation")
    found = {node for name in names for node in pages.lookup.subjects(name, me)}
    listed = [happening(pages, node, me) for node in sorted(found)]
    return tuple(sorted(listed, key=lambda happening: happening.start or "9999"))


def happening(pages: Pages, node: str, me: str = "") -> Happening:
    """Describe an event or exchange, as seen from a city where one is given."""
    said = pages.lookup.described(node)
    cities = {*said.iris("cl:sending"), *said.iris("cl:receiving")} - {me}
    kinds = said.iris("cl:exchangeType") or pages.kinds(node)
    return Happening(
        pages.link(node),
        pages.labels.of(kinds[0]) if kinds else Words(""),
        said.text("cl:startDate"),
        when(pages, said),
        tuple(map(pages.link, sorted(cities))),
        size(pages, said),
        pages.supporting(node),
    )


WHEN: Final = ("cl:startDate", "cl:endDate", "cl:recurrence")
"""The properties that tell when something was."""


def when(pages: Pages, said: Described) -> str:
    """Word the start and end of something, and how often it is held."""
    dates = period(said.literal("cl:startDate"), said.literal("cl:endDate"), pages.language)
    often = [pages.labels.of(iri).text for iri in said.iris("cl:recurrence")]
    # What recurs and has not ended goes on after the day on which it began.
    going_on = " –" if often and dates and said.literal("cl:endDate") is None else ""
    return ", ".join(filter(None, (dates + going_on, *often)))


def size(pages: Pages, said: Described) -> str:
    """Word how large something was, as far as sources say."""
    names = ("cl:size", "cl:sizeAtLeast", "cl:sizeUnit", "cl:duration")
    literals = map(said.literal, names)
    exact, least, unit, duration = (worded(one, pages.language) if one else "" for one in literals)
    count = exact or (f"≥ {least}" if least else "")
    return ", ".join(part for part in (f"{count} {unit}".strip(), duration) if part)
