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
from pathlib import Path
from typing import IO, Any, Final, cast

import pyoxigraph as ox

from registry import terms
from registry.formats import NTRIPLES, write_into
from registry.graphs.graph import Graph, lines_of, spooled
from registry.graphs.merging import merged
from registry.graphs.spool import Sorter
from registry.publishing import store
from registry.publishing.impact import (
    Changes,
    Reads,
    reads,
    restricted,
    subject,
)
from registry.releases import code, licences
from registry.sandbox import MUCH, trim_memory
from registry.saved_queries import SavedQuery

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
    """What follows from the claims, brought up to date rule by rule in a store.

    The store holds what the same rules derived in the last release. Which rule a statement is of
    shows in itself (`Owners`), so nothing has to be kept of it.
    """

    target: ox.Store
    changes: Changes
    """How the store has changed since then; what rules change is noted in it."""

    _gone: set[ox.Triple] = field(default_factory=set)
    _come: set[ox.Triple] = field(default_factory=set)
    _due: dict[str, Things] = field(default_factory=dict)
    """By rule, the things whose results were withdrawn."""

    _owners: Owners = field(default_factory=lambda: Owners(code.rules()))

    def run(self) -> store.Difference:
        """Run the rules for what is concerned; return how the derived graph changes by that."""
        rules = code.rules()
        for position, rule in enumerate(rules):
            things, query = self._prepare(rule, rules[position:]), rule.text
            if things is not None:
                query = restricted(query, subject(query), things)
            if things is None or things:
                self._apply(self._about(rule, things), construct(self.target, query))
        itself = self.target.quads_for_pattern(_DERIVED, None, None, _DERIVED)
        self._apply({quad.triple for quad in itself}, set(_described(self.target).triples()))
        return store.Difference(lines_of(self._gone), lines_of(self._come))

    def _prepare(self, rule: SavedQuery, following: list[SavedQuery]) -> Things:
        """Withdraw what a rule reads of itself and of later rules; return what it runs for."""
        things = self._concerned(rule)
        while True:
            for later in following:
                if read := rule.reads.intersection(later.derives):
                    self._withdraw(later, self._subjects_read(rule, read, things))
            # What was withdrawn of this rule itself is derived again, which may read more.
            due = self._due.get(rule.name, set())
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

    def _withdraw(self, rule: SavedQuery, things: Things) -> None:
        """Remove what a rule derived about some things; it is derived again when the rule runs."""
        gone = self._about(rule, things)
        self._apply(gone, set())
        due = self._due.get(rule.name, set())
        if things is None or due is None:
            self._due[rule.name] = None
        else:
            self._due[rule.name] = due | {triple.subject for triple in gone}

    def _about(self, rule: SavedQuery, things: Things) -> set[ox.Triple]:
        """Return what a rule has derived about some things."""
        patterns: Iterable[tuple[Any, Any, Any]]
        if things is None:
            named = [ox.NamedNode(terms.prefixed(name)) for name in rule.derives]
            patterns = [(None, name, None) for name in named]
            patterns += [(None, _TYPE, name) for name in named]
        else:
            patterns = ((thing, None, None) for thing in things)
        return {
            quad.triple
            for pattern in patterns
            for quad in self.target.quads_for_pattern(*pattern, _DERIVED)
            if self._owners.of(quad.triple) == rule.name
        }

    def _apply(self, old: set[ox.Triple], new: set[ox.Triple]) -> None:
        """Replace some of a rule's results by others, in the store by the difference alone."""
        gone, come = old - new, new - old
        store.remove(self.target, terms.DERIVED_GRAPH, gone)
        store.add(self.target, terms.DERIVED_GRAPH, [*come])
        self.changes.note([*gone, *come])
        # What was withdrawn and is derived again has not changed.
        self._gone, self._come = (
            (self._gone - come) | (gone - self._come),
            (self._come - gone) | (come - self._gone),
        )


class Owners:
    """Which rule derives a statement.

    No two rules derive the same term, or they are about things of different kinds, as their
    headers say: `start` of a period by one rule, of a link by another, of all else by a third.
    """

    def __init__(self, rules: Iterable[SavedQuery]) -> None:
        self._rules: dict[str, dict[str, str]] = {}
        for rule in rules:
            for name in rule.derives:
                self._rules.setdefault(terms.prefixed(name), {})[rule.about] = rule.name

    def of(self, triple: ox.Triple) -> str:
        """Return the name of the rule that derives a statement; empty where none does."""
        value, term = triple.object, triple.predicate.value
        if triple.predicate == _TYPE and isinstance(value, ox.NamedNode):
            term = value.value
        rules = self._rules.get(term, {})
        if len(rules) < 2:
            return next(iter(rules.values()), "")
        kind, _ = terms.kind_and_ref(str(triple.subject)[1:-1]) or ("", "")
        return rules.get(kind) or rules.get("", "")


_DERIVED: Final = ox.NamedNode(terms.DERIVED_GRAPH)
_TYPE: Final = ox.NamedNode(terms.RDF_TYPE)


def derive_all(target: ox.Store, folder: Path | None = None) -> Graph:
    """Run every rule in a store without results; return the derived graph, which it then has.

    What rules derive is sorted in files of a folder, where it is much, and loaded when a rule reads
    it.
    """
    parts, derived = [Sorter(folder)], set[str]()
    for rule in code.rules():
        if derived & rule.reads:
            store.load(target, parts[-1].blocks(), ox.DefaultGraph())
            parts.append(Sorter(folder))
            derived = set()
        write_into(cast("IO[bytes]", parts[-1]), _constructed(target, rule.text), NTRIPLES)
        derived.update(rule.derives)
        # What one rule needed would be held while the next one runs, and what is derived is loaded.
        trim_memory(MUCH)
    parts[-1].write(_described(target).ntriples)
    store.load(target, parts[-1].blocks(), ox.DefaultGraph())
    graph = spooled(terms.DERIVED_GRAPH, merged(part.blocks() for part in parts), folder)
    store.load(target, graph.blocks(), _DERIVED)
    return graph


def _described(target: ox.Store) -> Graph:
    """Describe the derived graph itself."""
    return code.described(Graph(terms.DERIVED_GRAPH, b""), _licence(target))


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


def _reads(rule: SavedQuery) -> Reads:
    return reads(rule.text, subject(rule.text))


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


def construct(source: ox.Store, rule: str) -> set[ox.Triple]:
    """Run one rule; return its triples."""
    return set(_constructed(source, rule))


def _constructed(source: ox.Store, rule: str) -> ox.QueryTriples:
    triples = source.query(rule)
    if not isinstance(triples, ox.QueryTriples):
        raise TypeError("a rule must be a CONSTRUCT")
    return triples
