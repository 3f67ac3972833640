"""What a city takes part in: projects, programmes, networks, bodies, events."""

from __future__ import annotations

from dataclasses import dataclass

from registry.things.city.happenings import WHEN, when
from registry.things.labels import Words
from registry.things.page import Citation, Pages, Value


@dataclass(frozen=True)
class Part:
    """The city takes part in something, in a role, for a time, perhaps by a body of its own."""

    whole: Value
    kind: Words
    role: Words
    by: tuple[Value, ...]
    start: str
    when: str
    sources: tuple[Citation, ...]


def parts(pages: Pages, me: str) -> tuple[Part, ...]:
    """List what a city takes part in, by name."""
    found = [_part(pages, node) for node in pages.lookup.subjects("cl:participant", me)]
    return tuple(sorted(found, key=lambda part: (part.whole.words, part.role)))


def _part(pages: Pages, node: str) -> Part:
    """Describe a participation as seen from the participant; the whole may tell its time."""
    whole = next(iter(pages.lookup.subjects("cl:participation", node)), node)
    said = pages.lookup.described(node)
    # A network has thousands of participations, which are not read to learn its dates.
    dated = said if said.literal("cl:startDate") else pages.lookup.described(whole, *WHEN)
    role, kinds = said.first("cl:role"), pages.kinds(whole)
    return Part(
        pages.link(whole),
        pages.labels.of(kinds[0]) if kinds else Words(""),
        pages.labels.of(role) if role else Words(""),
        tuple(map(pages.link, said.iris("cl:actingBody"))),
        dated.text("cl:startDate"),
        when(pages, dated),
        pages.supporting(node),
    )
