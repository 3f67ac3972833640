"""Derivation: what follows from the claims, by the rules in `queries/derive/`.

Each rule is a CONSTRUCT over the default graph. Rules run in order and each reads what is asserted
and what earlier rules derived. A store that still holds the last release's results needs the
differences alone, and a rule then runs only for the things that a change concerns. What a rule
reads and a later one writes is withdrawn before it runs.

How a link L gets its status when a source adds a claim C2 to an older one, C1:

    asserted           C1  as of 2019                                C2  as of 2021, ended
    01-bounds          C1  asOfLatest 2019-12-31                     C2  asOfLatest 2021-12-31
    07-deciding-claim  L   decidedBy C2          the newest of the claims that weigh most
    11-status          L   status ended          what the claims of that date agree on
    28-linked-cities   nothing                   only active and listed links have linked cities

What is computed again for that, each line a change that the rules below it follow:

    changes  + L claim C2, + C2 asOf …
    01       concerns C2                 + C2 asOfLatest 2021-12-31
    07       concerns L                  - L decidedBy C1    + L decidedBy C2
    11       concerns L                  - L status active   + L status ended
    28       concerns the parties of L   - A linkedCity B    - B linkedCity A
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph, from_lines, lines_of, parse_lines
from registry.publishing import store
from registry.publishing.impact import (
    Changes,
    Reads,
    reads,
    restricted,
    subject,
)
from registry.releases import code, licences
from registry.saved_queries import SavedQuery

Results = dict[str, frozenset[bytes]]
"""By rule, the lines of N-Triples it derived."""

Things = set[Any] | None
"""The nodes for which a rule runs; None = all."""

_MANY: Final = 2_000
"""Things from which a rule runs faster for all."""

_LICENCE: Final = ox.NamedNode(terms.prefixed("dcterms:license"))

_COMPARED: Final = [
    ox.NamedNode(terms.prefixed(name)) for name in ("cl:endLatest", "cl:asOfLatest")
]
"""The dates that rules compare with those of the settings."""


@dataclass
class Derivation:
    """The results of all rules, brought up to date rule by rule in a store."""

    target: ox.Store
    before: Results
    """What the same rules derived in the last release, and the store holds."""

    changes: Changes
    """How the store has changed since then; what rules change is noted in it."""

    now: Results = field(default_factory=dict)
    _due: dict[str, Things] = field(default_factory=dict)
    """By rule, the things whose results were withdrawn."""

    def run(self) -> Results:
        """Run the rules for what is concerned; the store has exactly the present results then."""
        rules = code.rules()
        self.now = dict(self.before)
        for position, rule in enumerate(rules):
            things, name, query = self._prepare(rule, rules[position:]), _name(rule), rule.text
            if things is not None:
                query = restricted(query, subject(query), things)
            if things is None or things:
                self._apply(name, self._about(name, things), construct(self.target, query))
        self._apply(_DESCRIPTION, self.now.get(_DESCRIPTION, _NO), _described(self.target))
        return {name: lines for name, lines in self.now.items() if lines}

    def _prepare(self, rule: SavedQuery, following: list[SavedQuery]) -> Things:
        """Withdraw what a rule reads of itself and of later rules; return what it runs for."""
        things = self._concerned(rule)
        while True:
            for later in following:
                if read := rule.reads.intersection(later.derives):
                    self._withdraw(_name(later), self._subjects_read(rule, read, things))
            # What was withdrawn of this rule itself is derived again, which may read more.
            due = self._due.get(_name(rule), set())
            if things is None or due is None:
                return None
            if due <= things:
                return things
            things |= due

    def _concerned(self, rule: SavedQuery) -> Things:
        """Return the things that a change concerns, for a rule."""
        if terms.SETTINGS_GRAPH in rule.text and self.changes.moved:
            self.changes.note(self._passed())
        concerned = _reads(rule).concerned(self.target, self.changes)
        if concerned is None:
            return None
        found = {thing for thing in concerned if isinstance(thing, ox.NamedNode)}
        return found if len(found) < _MANY else None

    def _passed(self) -> Iterator[ox.Triple]:
        """Yield the dates that lie on the other side of a setting than before."""
        ranges = self.changes.moved
        for predicate in _COMPARED:
            for quad in self.target.quads_for_pattern(None, predicate, None, ox.DefaultGraph()):
                date = quad.object.value if isinstance(quad.object, ox.Literal) else ""
                if any(earlier <= date <= later for earlier, later in ranges):
                    yield quad.triple

    def _subjects_read(self, rule: SavedQuery, names: Iterable[str], things: Things) -> Things:
        """Return the subjects whose statements, by predicate or class, a rule reads."""
        predicates = frozenset(map(terms.prefixed, names))
        read = _reads(rule)
        if things is None or read.elsewhere:
            return None
        found: set[Any] = set()
        for path in read.prefixes:
            last = path[-1]
            if last.predicates is None or last.predicates & (predicates | {terms.RDF_TYPE}):
                nodes = things
                for step in path[:-1]:
                    nodes = step.follow(self.target, nodes)
                found |= last.follow(self.target, nodes) if last.inverse else nodes
        return found

    def _withdraw(self, name: str, things: Things) -> None:
        """Remove what a rule derived about some things; it is derived again when the rule runs."""
        gone = self._about(name, things)
        self._apply(name, gone, frozenset())
        due = self._due.get(name, set())
        if things is None or due is None:
            self._due[name] = None
        else:
            self._due[name] = due | {ox.NamedNode(_subject(line)[1:-1].decode()) for line in gone}

    def _about(self, name: str, things: Things) -> frozenset[bytes]:
        """Return what a rule has derived about some things."""
        lines = self.now.get(name, _NO)
        if things is None or not lines:
            return lines
        # The store finds them without looking through the lines, of which the world has a million.
        graph = ox.NamedNode(terms.DERIVED_GRAPH)
        quads = (
            quad
            for thing in things
            for quad in self.target.quads_for_pattern(thing, None, None, graph)
        )
        return lines & lines_of(quad.triple for quad in quads)

    def _apply(self, name: str, old: frozenset[bytes], new: frozenset[bytes]) -> None:
        """Replace some of a rule's results by others, in the store by the difference alone."""
        self.now[name] = (self.now.get(name, _NO) - old) | new
        gone = parse_lines(from_lines((old - new).difference(*self.now.values())))
        come = parse_lines(from_lines(new - old))
        store.remove(self.target, terms.DERIVED_GRAPH, gone)
        store.add(self.target, terms.DERIVED_GRAPH, come)
        self.changes.note([*gone, *come])


def derive_all(target: ox.Store) -> Results:
    """Run every rule in a store without results, which are loaded when a rule reads them."""
    pending, derived = list[bytes](), set[str]()
    results = Results()
    for rule in code.rules():
        if derived & rule.reads:
            store.load(target, pending, None)
            pending, derived = [], set()
        lines = construct(target, rule.text)
        results[_name(rule)] = lines
        pending += lines
        derived.update(rule.derives)
    described = _described(target)
    results[_DESCRIPTION] = described
    store.load(target, [*pending, *described], None)
    store.load(target, _NO.union(*results.values()), terms.DERIVED_GRAPH)
    return {name: lines for name, lines in results.items() if lines}


def _described(target: ox.Store) -> frozenset[bytes]:
    """Describe the derived graph itself."""
    return frozenset(code.described(Graph(terms.DERIVED_GRAPH, b""), _licence(target)).lines)


def _licence(target: ox.Store) -> str:
    """Return the licence of what follows from the graphs in a store."""
    stated = target.quads_for_pattern(None, _LICENCE, None, ox.DefaultGraph())
    # What the last release says of the derived graph itself is still there.
    return licences.of_whole(
        quad.object.value
        for quad in stated
        if isinstance(quad.object, ox.NamedNode)
        and isinstance(quad.subject, ox.NamedNode)
        and quad.subject.value.startswith(terms.GRAPH)
        and quad.subject.value != terms.DERIVED_GRAPH
    )


_NO: Final[frozenset[bytes]] = frozenset()


def _name(rule: SavedQuery) -> str:
    """Return the name of a rule among the results."""
    return rule.name.rpartition("/")[2]


def _reads(rule: SavedQuery) -> Reads:
    return reads(rule.text, subject(rule.text))


def _subject(line: bytes) -> bytes:
    return line[: line.index(b" ")]


_DESCRIPTION: Final = "description"
"""The name, among those of rules, of the derived graph's description of itself."""


def moved_days(before: Graph | None, after: Graph | None) -> list[tuple[str, str]]:
    """Return the earlier and the later value of each day of the settings that is another now."""
    old, new = _days(before), _days(after)
    return [
        (min(values), max(values))
        for name in old.keys() | new.keys()
        if len(values := {old.get(name, ""), new.get(name, "~")}) == 2
    ]


def _days(settings: Graph | None) -> dict[str, str]:
    """Return the days of the settings, by predicate."""
    triples = settings.triples() if settings else ()
    dates = ((t.predicate.value, t.object) for t in triples if isinstance(t.object, ox.Literal))
    return {name: value.value for name, value in dates if value.datatype.value == _DATE}


_DATE: Final = terms.prefixed("xsd:date")


def construct(source: ox.Store, rule: str) -> frozenset[bytes]:
    """Run one rule; return its triples as lines of N-Triples."""
    triples = source.query(rule)
    if not isinstance(triples, ox.QueryTriples):
        raise TypeError("a rule must be a CONSTRUCT")
    return lines_of(triples)


def graph_of(results: Results) -> Graph:
    """Make the derived graph of the results."""
    return Graph(terms.DERIVED_GRAPH, from_lines(frozenset[bytes]().union(*results.values())))
