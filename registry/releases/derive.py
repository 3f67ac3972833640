"""Derivation: what follows from the claims, by the rules in `queries/derive/`.

Each rule is a CONSTRUCT over the default graph. Rules run in order and each reads what is asserted
and what earlier rules derived. A store that still holds the last release's results needs the
differences alone; but what a rule reads and a later one writes is withdrawn before it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyoxigraph as ox

from registry import terms
from registry.formats import NTRIPLES, serialise
from registry.intake.graphs import Graph, from_triples, parse_lines
from registry.releases import code, store
from registry.saved_queries import SavedQuery

Results = dict[str, frozenset[bytes]]
"""By rule, the lines of N-Triples it derived."""


@dataclass
class Derivation:
    """The results of all rules, brought up to date rule by rule in a store."""

    target: ox.Store
    before: Results
    """What the same rules derived in the last release, and the store holds."""

    now: Results = field(default_factory=dict)

    def run(self) -> Results:
        """Run every rule and leave the store with exactly the present results."""
        rules = code.rules()
        self.now = dict(self.before)
        for position, rule in enumerate(rules):
            for later in rules[position:]:
                if rule.reads.intersection(later.derives):
                    self._replace(_name(later), frozenset())
            self._replace(_name(rule), construct(self.target, rule.text))
        self._replace(_DESCRIPTION, _description())
        return {name: lines for name, lines in self.now.items() if lines}

    def _replace(self, rule: str, lines: frozenset[bytes]) -> None:
        """Apply the difference between a rule's last and present results."""
        old = self.now.get(rule, frozenset())
        self.now[rule] = lines
        gone = (old - lines).difference(*self.now.values())
        store.remove(self.target, terms.DERIVED_GRAPH, _parse(gone))
        store.add(self.target, terms.DERIVED_GRAPH, _parse(lines - old))


def _name(rule: SavedQuery) -> str:
    """Give the name of a rule among the results."""
    return rule.name.rpartition("/")[2]


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
