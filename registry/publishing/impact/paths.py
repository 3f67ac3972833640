"""Paths through a store: the steps by which something is read from a node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pyoxigraph as ox

from registry.publishing.impact.changes import Changes

Node = Any
"""A term of pyoxigraph; literals are nodes too, from which nothing goes out."""

ANY: Final = None
"""Stands for all predicates."""

_FEW: Final = 6
"""Predicates up to which a lookup for each is faster than reading all triples of a node."""


@dataclass(frozen=True)
class Step:
    """From a node to those it points at by one of some predicates, or to those that point at it.

    One that is `repeated` is taken any number of times, also never.
    """

    predicates: frozenset[str] | None
    inverse: bool = False
    repeated: bool = False

    def __invert__(self) -> Step:
        """Return the step that leads back."""
        return Step(self.predicates, not self.inverse, self.repeated)

    def start(self, triple: ox.Triple) -> Node:
        """Return the node at which the step begins when it goes over a triple."""
        return triple.object if self.inverse else triple.subject

    def follow(self, store: ox.Store, nodes: set[Node]) -> set[Node]:
        """Return where the step leads from some nodes."""
        found = {end for node in nodes for end in self._ends(store, node)}
        if not self.repeated:
            return found
        reached, new = set(nodes), found - nodes
        while new:
            reached |= new
            new = {end for node in new for end in self._ends(store, node)} - reached
        return reached

    def _ends(self, store: ox.Store, node: Node) -> Iterator[Node]:
        named = [None] if self.predicates is None else map(ox.NamedNode, self.predicates)
        for predicate in named:
            for quad in quads(store, node, predicate, inverse=self.inverse):
                yield quad.subject if self.inverse else quad.object


Path = tuple[Step, ...]


def quads(
    store: ox.Store, node: Node, predicate: ox.NamedNode | None, *, inverse: bool = False
) -> Iterable[ox.Quad]:
    """Return the quads of the default graph with a node as subject, or, inverted, as object."""
    if inverse:
        return store.quads_for_pattern(None, predicate, node, ox.DefaultGraph())
    if isinstance(node, ox.Literal):
        return ()
    return store.quads_for_pattern(node, predicate, None, ox.DefaultGraph())


def prefixes(paths: Iterable[Path]) -> frozenset[Path]:
    """Return some paths and all beginnings of them."""
    return frozenset(path[: length + 1] for path in paths for length in range(len(path)))


def origins(store: ox.Store, paths: Iterable[Path], changes: Changes) -> set[Node]:
    """Return the nodes that read something by one of the paths which has changed.

    The store may be in the state before the change or after it. Of the steps by which a node
    reads something that came or went, take the first that did so: those before it are the same
    in both states, so that the way back to the node is there.
    """
    found: set[Node] = set()
    for *way, last in prefixes(paths):
        nodes = {last.start(triple) for triple in changes.of(last.predicates)}
        for step in reversed([*way, last] if last.repeated else way):
            nodes = (~step).follow(store, nodes) if nodes else nodes
        found |= nodes
    return found


@dataclass
class _Fork:
    """A branching of paths at a node: the predicates to follow, and the branching at their ends."""

    out: dict[str, _Fork] = field(default_factory=dict)
    back: dict[str, _Fork] = field(default_factory=dict)
    everything: bool = False

    def grow(self, path: Path) -> None:
        """Add a path that begins here."""
        if not path:
            return
        step, rest = path[0], path[1:]
        if step.predicates is None:
            if step.inverse or step.repeated or rest:
                raise ValueError("all predicates can only be followed once, forwards, at the end")
            self.everything = True
            return
        if step.repeated:
            self.grow(rest)
        ways = self.back if step.inverse else self.out
        for predicate in step.predicates:
            end = ways.setdefault(predicate, _Fork())
            if step.repeated:
                (end.back if step.inverse else end.out)[predicate] = end
            end.grow(rest)


@dataclass(frozen=True)
class Surroundings:
    """Paths in the form in which they are read around many nodes."""

    _root: _Fork

    def around(self, store: ox.Store, nodes: Iterable[Node]) -> Iterator[ox.Quad]:
        """Yield all that the paths read from some nodes; a quad may come more than once."""
        waiting = [(node, self._root) for node in nodes]
        seen: set[tuple[Node, int]] = set()
        while waiting:
            node, fork = waiting.pop()
            if (node, id(fork)) in seen:
                continue
            seen.add((node, id(fork)))
            for quad, end, further in _readings(store, node, fork):
                yield quad
                if further.out or further.back or further.everything:
                    waiting.append((end, further))


def surroundings(paths: Iterable[Path]) -> Surroundings:
    """Merge paths into the tree that is read around nodes."""
    root = _Fork()
    for path in paths:
        root.grow(path)
    return Surroundings(root)


_END: Final = _Fork()


def _readings(store: ox.Store, node: Node, fork: _Fork) -> Iterator[tuple[ox.Quad, Node, _Fork]]:
    """Yield the quads to read of a node, each with its other end and what to read there."""
    if fork.everything or len(fork.out) > _FEW:
        for quad in quads(store, node, None):
            further = fork.out.get(quad.predicate.value, _END if fork.everything else None)
            if further is not None:
                yield quad, quad.object, further
    else:
        for predicate, further in fork.out.items():
            for quad in quads(store, node, ox.NamedNode(predicate)):
                yield quad, quad.object, further
    for predicate, further in fork.back.items():
        for quad in quads(store, node, ox.NamedNode(predicate), inverse=True):
            yield quad, quad.subject, further


def repeated(ways: list[Path], how: str) -> list[Path]:
    """Return the ways over a path that is taken `*`, `+` or `?` times.

    Raises
    ------
    ValueError
        where more than single steps in one direction would be repeated.

    """
    if how == "?":
        return [(), *ways]
    directions = {way[0].inverse for way in ways if len(way) == 1 and way[0].predicates}
    if len(directions) != 1 or any(len(way) != 1 or way[0].repeated for way in ways):
        raise ValueError("only a step in one direction can be repeated")
    predicates = frozenset(p for way in ways for p in way[0].predicates or ())
    step = Step(predicates, directions.pop(), repeated=True)
    return [(step,)] if how == "*" else [(*way, step) for way in ways]


@dataclass(frozen=True)
class Reads:
    """What a query reads: paths from its node, and what it reads without coming from there."""

    paths: frozenset[Path]
    elsewhere: frozenset[frozenset[str] | None] = frozenset()
    """Predicates whose triples concern every node, wherever they stand."""

    def concerned(self, store: ox.Store, changes: Changes) -> set[Node] | None:
        """Return the nodes of which something that is read has changed; None = perhaps all."""
        if any(any(changes.of(predicates)) for predicates in self.elsewhere):
            return None
        return origins(store, self.paths, changes)

    @cached_property
    def prefixes(self) -> frozenset[Path]:
        """The paths and all beginnings of them: what is read on the way is read, too."""
        return prefixes(self.paths)
