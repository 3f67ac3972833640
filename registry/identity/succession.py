"""Succession: what the identity ledger has given up is replaced or removed in every graph.

References to a merged thing become references to its successor, and what is stated of it is stated
of the successor, with two exceptions. A merged city and its geometry are not described any more,
neither in `graph/cities` nor in a graph that states its class, as one that proposed it: the
description of its successor stands. A merged thing's name is dropped where
its successor has one of its own, since each language has one name. Of what was withdrawn nothing is
stated any more, and nothing refers to it; the shapes tell what is incomplete without it. The stubs
of the old IRIs stand in `graph/cities`, and are removed where a merger was undone.

A graph that states a link with its cities states exactly that link. Where rules gave it up, it is
in force again: to rename it would put the IRI of another link beside the cities of this one.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import (
    Graph,
    Role,
    from_lines,
    lines_in,
    lines_of,
    parse_lines,
    replaced,
)
from registry.identity.ledger import (
    CORRECTED,
    DEPRECATED,
    REPLACED,
    REVIVED,
    SPLIT,
    Ledger,
    LedgerEntry,
    is_of_stub,
    named_by,
)

_VERSION: Final = 1
"""Counts on where the same ledger changes graphs in another way."""

_FEW: Final = 100
"""References that are looked for in all graphs."""

_NAME: Final = ox.NamedNode(terms.prefixed("skos:prefLabel"))
_CLASS_OF_CITIES: Final = terms.prefixed("cl:City")
_OF_CITIES: Final = (terms.thing("city", ""), terms.thing("geometry", ""))
_REFERENCE: Final = re.compile(rf"<{re.escape(terms.ID)}[a-z-]+/([^>]*)>".encode())
"""An IRI of ours; its reference without the kind."""

_STATED: Final = {
    terms.prefixed("cl:party"): terms.thing("link", ""),
    terms.RDF_TYPE: terms.thing("claim", ""),
}
"""The predicates that state a thing itself: a link's parties, and a claim's class."""


def applied(
    ledger: Ledger,
    graphs: Mapping[str, Graph],
    settled: Container[str] = (),
    folder: Path | None = None,
) -> dict[str, Graph]:
    """Bring graphs up to the present state of the ledger; those `settled` are so already.

    Large ones that change are written into files of a folder.
    """
    succession = _Succession(ledger, graphs, folder)
    return {iri: graph if iri in settled else succession.of(graph) for iri, graph in graphs.items()}


def stated(graphs: Iterable[Graph]) -> Iterator[str]:
    """Yield the links whose cities graphs state, and the claims that they describe."""
    for graph in graphs:
        for block in graph.blocks():
            for predicate, things in _STATED.items():
                for subject in _subjects(block, predicate):
                    if subject.startswith(things.encode()):
                        yield subject.decode()


def _subjects(ntriples: bytes, predicate: str) -> Iterator[bytes]:
    r"""List the subjects of a predicate; a regular expression would take four times as long.

    >>> list(_subjects(b'<a> <p> <b> .\n<c> <q> "> <p> " .\n<d> <p> <e> .\n', "p"))
    [b'a', b'd']
    """
    mark = f"> <{predicate}> ".encode()
    at = ntriples.find(mark)
    while at >= 0:
        subject = ntriples[ntriples.rfind(b"\n<", 0, at) + 2 : at]
        if b" " not in subject:  # Else the mark is in the text of a literal.
            yield subject
        at = ntriples.find(mark, at + 1)


def key(ledger: Ledger) -> str:
    """Return what identifies a ledger: graphs brought up to one of this key are up to this one."""
    return f"{_VERSION} {ledger.sha256}"


def states_class(graph: Graph, city: str) -> bool:
    """Whether a graph states the class of a city: it describes it, not only speaks of it."""
    return graph.has(f"<{city}> <{terms.RDF_TYPE}> <{_CLASS_OF_CITIES}> .".encode())


def changes_nothing(ledger: Ledger, lines: Iterable[LedgerEntry]) -> bool:
    """Whether lines of a ledger only mint what has nothing to do with anything given up.

    No graph that follows the ledger without them is changed by them.
    """
    given_up = {entry.ref for entry in ledger.given_up}
    return all(
        not one.replaced_by
        and one.decided not in {CORRECTED, REVIVED, SPLIT}
        and given_up.isdisjoint(named_by(one.ref))
        for one in lines
    )


def concerned(lines: Iterable[LedgerEntry], graphs: Mapping[str, Graph]) -> set[str]:
    """Return the graphs that lines of a ledger may change: those that name what they are of.

    The stubs of all that was given up stand among the cities. To look for many takes longer than
    to bring all graphs up to the ledger.
    """
    refs = {line.ref.encode() for line in lines}
    if len(refs) > _FEW:
        return set(graphs)
    return {
        iri
        for iri, graph in graphs.items()
        if graph.role is Role.CITIES
        or any(ref in block for block in graph.blocks() for ref in refs)
    }


@dataclass(frozen=True)
class _Succession:
    """What changes in graphs when a ledger is applied to them."""

    ledger: Ledger
    graphs: Mapping[str, Graph]
    folder: Path | None = None

    def of(self, graph: Graph) -> Graph:
        """Apply the ledger to one graph; its lines that nothing changes are not parsed."""
        revived = self._revived(graph)
        old = self._touched(graph) - revived
        stubs = self.ledger.stubs() if graph.role is Role.CITIES else []
        changed = [self._changed(triple) for triple in old if self._stays(graph, triple)]
        before, after = lines_of([*old, *revived]), lines_of([*changed, *stubs])
        if before == after:
            return graph
        return replaced(graph, before, after, self.folder)

    def _touched(self, graph: Graph) -> set[ox.Triple]:
        """Find the triples of a graph that mention what was given up."""
        if not self._refs:
            return set()
        lines = [line for block in graph.blocks() for line in self._mentioning(block)]
        triples = parse_lines(from_lines(lines))
        return {t for t in triples if self._withdrawn(t) or self._changed(t) != t}

    def _mentioning(self, block: bytes) -> Iterator[bytes]:
        named = set(_REFERENCE.findall(block))
        of_these = {ref for ref in named if not self._refs.isdisjoint(named_by(ref.decode()))}
        if of_these:
            for line in block.splitlines():
                if not of_these.isdisjoint(_REFERENCE.findall(line)):
                    yield line

    def _revived(self, graph: Graph) -> set[ox.Triple]:
        """Find the stubs of things that stand for themselves again."""
        if graph.role is not Role.CITIES:
            return set()
        with_stubs = filter(is_of_stub, graph.blocks())
        stubs = [line for block in with_stubs for line in block.splitlines() if is_of_stub(line)]
        if not stubs:
            return set()
        minted = {entry.iri for entry in self.ledger.entries}
        own = minted - {*self.ledger.moved, *self.ledger.withdrawn}
        triples = parse_lines(from_lines(stubs))
        return {stub for stub in triples if str(stub.subject).strip("<>") in own}

    @cached_property
    def _refs(self) -> frozenset[str]:
        return frozenset(entry.ref for entry in self.ledger.given_up)

    def _withdrawn(self, triple: ox.Triple) -> bool:
        """Whether a triple is about a withdrawn thing, or refers to one."""
        ends = (triple.subject, triple.object)
        ours = (e.value for e in ends if isinstance(e, ox.NamedNode) and _is_thing(e))
        return any(map(self.ledger.is_withdrawn, ours))

    def _now(self, term: Any) -> Any:
        """Return the node that stands for this one now."""
        if isinstance(term, ox.NamedNode) and _is_thing(term):
            return ox.NamedNode(self.ledger.current(term.value))
        return term

    def _changed(self, triple: ox.Triple) -> ox.Triple:
        """Replace the merged things of a triple."""
        return ox.Triple(self._now(triple.subject), triple.predicate, self._now(triple.object))

    def _stays(self, graph: Graph, triple: ox.Triple) -> bool:
        """Whether a statement about a thing is one about its successor now, if it has one."""
        if self._withdrawn(triple):
            return False
        old, new = str(triple.subject).strip("<>"), str(self._now(triple.subject)).strip("<>")
        if old == new:
            return True
        if triple.predicate in {DEPRECATED, REPLACED}:
            return False
        if old.startswith(_OF_CITIES) and self._describes(graph, old):
            return False
        return triple.predicate != _NAME or self._named_after[new] == old

    def _describes(self, graph: Graph, iri: str) -> bool:
        """Whether a graph describes the city of an IRI, or of its geometry."""
        city = terms.thing("city", (terms.kind_and_ref(iri) or ("", ""))[1])
        return graph.role is Role.CITIES or states_class(graph, city)

    @cached_property
    def _named_after(self) -> dict[str, str]:
        """For each successor the IRI whose name it bears: its own, else the least one."""
        bearers: dict[str, set[str]] = {}
        for graph in self.graphs.values():
            for subject in _named(graph):
                bearers.setdefault(self.ledger.current(subject), set()).add(subject)
        return {now: now if now in old else min(old) for now, old in bearers.items()}


def _is_thing(node: ox.NamedNode) -> bool:
    return node.value.startswith(terms.ID)


def _named(graph: Graph) -> Iterator[str]:
    """List the things to which a graph gives a name."""
    predicate = f" {_NAME} ".encode()
    for line in lines_in(graph.blocks()):
        if predicate in line and line.startswith(f"<{terms.ID}".encode()):
            yield line[1 : line.index(b">")].decode()
