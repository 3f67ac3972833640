"""The triples by which one state of a store differs from another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox


@dataclass
class Changes:
    """Triples that have come or gone, by predicate; one that came and went again stays listed."""

    by_predicate: dict[str, set[ox.Triple]] = field(default_factory=dict)
    moved: list[tuple[str, str]] = field(default_factory=list)
    """By setting that rules compare dates with, its earlier and its later value (ISO dates), where
    the change gives it another."""

    def note(self, triples: Iterable[ox.Triple]) -> None:
        """Add triples that came or went."""
        for triple in triples:
            self.by_predicate.setdefault(triple.predicate.value, set()).add(triple)

    def of(self, predicates: frozenset[str] | None) -> Iterator[ox.Triple]:
        """Yield the triples with one of some predicates; all with None."""
        for predicate in self.by_predicate if predicates is None else predicates:
            yield from self.by_predicate.get(predicate, ())

    def __len__(self) -> int:
        return sum(map(len, self.by_predicate.values()))

    @property
    def subjects(self) -> set[str]:
        """The IRIs of the triples' subjects."""
        return {str(triple.subject)[1:-1] for triple in self.of(None)}
