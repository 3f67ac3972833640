"""Derivation: what follows from the claims, by the rules in `queries/derive/`.

Each rule is a CONSTRUCT over the default graph. Rules run in order and read only what earlier
rules derived, so a store that still holds the last release's results needs the differences alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyoxigraph as ox

from registry import terms
from registry.formats import NTRIPLES, serialise
from registry.intake.graphs import Graph, from_triples, parse_lines
from registry.releases import code, store

Results = dict[str, frozenset[bytes]]
"""By rule, the lines of N-Triples it derived."""


@dataclass
class Derivation:
    """The results of all rules, brought up to date rule by rule in a store."""

    target: ox.Store
    before: Results
    now: Results = field(default_factory=dict)

    def run(self) -> Results:
        """Run every rule and leave the store with exactly the present results."""
        rules = code.rules()
        self.now = dict(self.before)
        known = {rule.iri.rpartition("/")[2]: rule.text for rule in rules}
        for dropped in self.before.keys() - known.keys() - {_DESCRIPTION}:
            self._replace(dropped, frozenset())
        for name, text in known.items():
            self._replace(name, construct(self.target, text))
        self._replace(_DESCRIPTION, _description())
        return {name: lines for name, lines in self.now.items() if lines}

    def _replace(self, rule: str, lines: frozenset[bytes]) -> None:
        """Apply the difference between a rule's last and present results."""
        old = self.now.get(rule, frozenset())
        self.now[rule] = lines
        gone = (old - lines).difference(*self.now.values())
        store.remove(self.target, terms.DERIVED_GRAPH, _parse(gone))
        store.add(self.target, terms.DERIVED_GRAPH, _parse(lines - old))


_DESCRIPTION = "description"
"""Stands in the results for what the derived graph says of itself."""


def _description() -> frozenset[bytes]:
    return frozenset(code.described(Graph(terms.DERIVED_GRAPH, b"")).lines)


def construct(source: ox.Store, rule: str) -> frozenset[bytes]:
    """Run one rule; give its triples as lines of N-Triples."""
    triples = source.query(rule)
    if not isinstance(triples, ox.QueryTriples):
        raise TypeError("a rule must be a CONSTRUCT")
    return frozenset(serialise(triples, NTRIPLES).splitlines())


def _parse(lines: frozenset[bytes]) -> list[ox.Triple]:
    return parse_lines(b"".join(line + b"\n" for line in sorted(lines)))


def graph_of(results: Results) -> Graph:
    """Make the derived graph of the results."""
    lines = frozenset[bytes]().union(*results.values())
    return from_triples(terms.DERIVED_GRAPH, _parse(lines))
