"""Practices that passed to a city, and from it."""

from __future__ import annotations

from dataclasses import dataclass

from registry.things.labels import Words
from registry.things.page import Citation, Pages, Value


@dataclass(frozen=True)
class Transfer:
    """A practice that passed between this city and another."""

    practice: Value
    other: tuple[Value, ...]
    modes: tuple[Words, ...]
    stages: tuple[Words, ...]
    transfer: Value
    sources: tuple[Citation, ...]


def transfers(pages: Pages, me: str, mine: str, theirs: str) -> tuple[Transfer, ...]:
    """List the practices that passed, given the property of this city and that of the other."""
    found = [_transfer(pages, node, theirs) for node in pages.lookup.subjects(mine, me)]
    return tuple(sorted(found, key=lambda transfer: transfer.practice.words))


def _transfer(pages: Pages, node: str, theirs: str) -> Transfer:
    lookup, labels = pages.lookup, pages.labels
    results = lookup.iris(node, "cl:resultedIn")
    stages = [stage for result in results for stage in lookup.iris(result, "cl:stage")]
    return Transfer(
        pages.link(lookup.iri(node, "cl:transferOf")),
        tuple(map(pages.link, lookup.iris(node, theirs))),
        tuple(map(labels.of, lookup.iris(node, "cl:transferMode"))),
        tuple(map(labels.of, stages)),
        pages.link(node),
        pages.supporting(node),
    )
