"""What a release holds, as its planner knows it: triples, subjects and values of each property."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from rdflib import RDF, Literal, URIRef, Variable

from registry.graphs.graph import MERGED, role_of
from registry.releases.graph_counts import OF_RELEASE


@dataclass
class _Property:
    """A property in several graphs; what two of them have counts twice."""

    triples: int = 0
    subjects: int = 0
    values: int = 0
    of: dict[str, int] = field(default_factory=dict)

    def add(self, counts: Mapping[str, Any]) -> None:
        """Add what one graph has of it."""
        self.triples += counts["triples"]
        self.subjects += counts["subjects"]
        self.values += counts["values"]
        for value, n in counts.get("of", {}).items():
            self.of[value] = self.of.get(value, 0) + n


@dataclass(frozen=True, eq=False)
class Counts:
    """The counts of a release, by graph and property as these stand in N-Triples."""

    graphs: Mapping[str, Mapping[str, Mapping[str, Any]]]

    @staticmethod
    @lru_cache(maxsize=4)
    def beside(store: str) -> Counts | None:
        """Read the counts that lie beside a store once; None where an older version wrote none."""
        try:
            return Counts(json.loads((Path(store).parent / OF_RELEASE).read_bytes()))
        except FileNotFoundError:
            return None

    @cached_property
    def merged(self) -> frozenset[str]:
        """The graphs that are part of the default graph."""
        return frozenset(iri for iri in self.graphs if role_of(iri) in MERGED)

    @cached_property
    def _properties(self) -> dict[str, _Property]:
        found = dict[str, _Property]()
        for iri in self.merged:
            for name, counts in self.graphs[iri].items():
                found.setdefault(name, _Property()).add(counts)
        return found

    def holding(self, name: Any, value: Any) -> frozenset[str]:
        """Return the graphs that may have a triple of a property and a value; any if a variable."""
        if not isinstance(name, URIRef):
            return frozenset(self.graphs)
        key, wanted = name.n3(), value.n3() if name == RDF.type and _is_term(value) else None
        return frozenset(
            iri
            for iri, held in self.graphs.items()
            if key in held and (wanted is None or wanted in held[key].get("of", {wanted: 0}))
        )

    def size(self, graph: str, name: Any) -> int:
        """Return how many triples of a property a graph has; of any, where that is a variable."""
        held = self.graphs[graph]
        if isinstance(name, URIRef):
            return int(held.get(name.n3(), {"triples": 0})["triples"])
        return sum(counts["triples"] for counts in held.values())

    def pattern(
        self, triple: tuple[Any, Any, Any], given: Mapping[Variable, Iterable[Any]] | None = None
    ) -> Estimate | None:
        """Estimate the rows of a triple pattern by itself; None for a path.

        `given` are the terms that a variable may have.
        """
        subject, name, value = triple
        if not isinstance(name, URIRef):
            return None
        known = self._properties.get(name.n3(), _Property())
        rows = float(known.triples)
        values = float(known.values)
        if _is_term(value):
            rows = known.of.get(value.n3(), 0) if known.of else rows / max(values, 1)
        elif known.of and (terms := (given or {}).get(value)):
            found = [known.of.get(term.n3(), 0) for term in terms]
            rows, values = float(sum(found)), float(len(found))
        if _is_term(subject):
            rows /= max(known.subjects, 1)
        ends = ((subject, known.subjects), (value, values))
        return Estimate(rows, {end: float(n) for end, n in ends if isinstance(end, Variable)})


@dataclass(frozen=True)
class Estimate:
    """How many rows there are, and how many different values each variable has in them."""

    rows: float = 1.0
    values: Mapping[Variable, float] = field(default_factory=dict)

    def joined(self, other: Estimate) -> Estimate:
        """Estimate a join: of the values of a shared variable, the fewer are among the more."""
        rows = self.rows * other.rows
        for name in self.values.keys() & other.values.keys():
            rows /= max(min(self.values[name], self.rows), min(other.values[name], other.rows), 1)
        values = dict(self.values)
        for name, n in other.values.items():
            values[name] = min(n, values.get(name, n))
        return Estimate(rows, values)


def _is_term(value: Any) -> bool:
    return isinstance(value, URIRef | Literal)
