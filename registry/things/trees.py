"""Concepts and terms as trees: what is narrower stands below what is broader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from registry.places.names import fold
from registry.things.lookup import Lookup
from registry.things.page import Pages, Value

Narrower = Callable[[str], Iterable[str]]
"""Lists what stands below something."""


@dataclass(frozen=True)
class Branch:
    """A concept or a term, how many statements use it, and what stands below it."""

    value: Value
    uses: int
    below: tuple[Branch, ...]


def grown(
    pages: Pages,
    iris: Iterable[str],
    narrower: Narrower,
    uses: Mapping[str, int],
    above: frozenset[str] = frozenset(),
) -> tuple[Branch, ...]:
    """Put things by name, each with what is narrower; nothing stands below itself."""
    branches = (
        Branch(
            pages.link(iri),
            uses.get(iri, 0),
            grown(pages, {*narrower(iri)} - above - {iri}, narrower, uses, above | {iri}),
        )
        for iri in iris
    )
    return tuple(sorted(branches, key=lambda one: fold(one.value.words.text)))


def concepts(pages: Pages, iri: str) -> tuple[Branch, ...]:
    """Return the concepts of a scheme, or those below a concept."""
    lookup = pages.lookup
    known = set(lookup.subjects("skos:inScheme", iri)) or _below(lookup, iri)
    top = lookup.iris(iri, "skos:hasTopConcept") or lookup.iris(iri, "skos:narrower")
    return grown(pages, top, lambda one: lookup.iris(one, "skos:narrower"), used(lookup, known))


def _below(lookup: Lookup, iri: str) -> set[str]:
    """Return all that is narrower than a concept."""
    found, left = set[str](), [iri]
    while left:
        below = {*lookup.iris(left.pop(), "skos:narrower")} - found
        found |= below
        left.extend(below)
    return found


def used(lookup: Lookup, concepts: Iterable[str]) -> dict[str, int]:
    """Count the statements that lead to each concept, but those that order concepts."""
    named = " ".join(f"<{iri}>" for iri in sorted(concepts))
    rows = lookup.rows(
        f"SELECT ?concept (COUNT(*) AS ?uses) {{ VALUES ?concept {{ {named} }} ?one ?by ?concept "
        "FILTER(?by NOT IN (skos:broader, skos:narrower, skos:hasTopConcept)) } GROUP BY ?concept"
    )
    return {row.iri("concept"): int(row.text("uses")) for row in rows}


def of_terms(pages: Pages, iris: Iterable[str], uses: Mapping[str, int]) -> tuple[Branch, ...]:
    """Return classes or properties, narrower ones below broader ones."""
    lookup, ours = pages.lookup, {*iris}
    above = {iri: {up for by in _BROADER for up in lookup.iris(iri, by)} & ours for iri in ours}
    below = {iri: {one for one in ours if iri in above[one]} for iri in ours}
    return grown(pages, (iri for iri in ours if not above[iri]), below.__getitem__, uses)


_BROADER: Final = ("rdfs:subClassOf", "rdfs:subPropertyOf")
