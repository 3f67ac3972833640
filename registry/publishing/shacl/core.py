"""Core constraints, by pySHACL (SHACL section 4): focus nodes in batches, each with what is read.

pySHACL sees the part of the default graph that the shapes read from the nodes of a batch, in a
memory graph of rdflib, and shapes whose targets are those nodes alone.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property, lru_cache
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from rdflib import RDF, RDFS, SH
from rdflib.term import Node

from registry import terms
from registry.graphs.graph import Graph
from registry.publishing.impact import Changes, origins, surroundings
from registry.publishing.impact.of_shapes import TARGETS, reads
from registry.publishing.shacl.prefilter import Prefilter
from registry.publishing.shacl.report import Result, Severity

# The report lists literals that are not well-formed; rdflib need not warn of them on stderr.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

_SEVERITIES = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}

_IGNORED = (SH.name, RDFS.label, RDFS.comment)
"""Predicates that mean nothing to pySHACL, which reads all of a shape for each focus node."""

BATCH: Final = 2_000
"""Focus nodes that are validated together: a few hundred MB, in a few seconds."""


class CoreShapes:
    """The core constraints of a graph of shapes."""

    def __init__(self, shapes: Graph) -> None:
        by = rdflib.Graph("SimpleMemory").parse(data=shapes.ntriples, format="nt")
        for predicate in (SH.sparql, *_IGNORED):
            by.remove((None, predicate, None))
        self._paths = reads(by)
        self._targets = [(s, kind, o) for kind in TARGETS for s, o in by.subject_objects(kind)]
        for kind in TARGETS:
            by.remove((None, kind, None))
        self._body = by

    @cached_property
    def _surroundings(self) -> Any:
        return surroundings(self._paths)

    def suspects(
        self, store: ox.Store, threads: int = 1, among: Collection[Any] | None = None
    ) -> set[Any]:
        """Find the nodes that do not surely conform, with several queries at a time.

        Of all nodes, or of those `among` a few.
        """
        if among is not None and not among:
            return set()
        prefilter = Prefilter(self._body, store, among)
        with ThreadPoolExecutor(max(1, threads)) as beside:
            found = beside.map(lambda target: set(prefilter.suspects(target)), self._targets)
            return set[Any]().union(*found)

    def concerned(self, store: ox.Store, changes: Changes) -> set[Any]:
        """Return the nodes of which something that is read has changed."""
        return origins(store, self._paths, changes)

    def results(self, store: ox.Store, nodes: Iterable[Any]) -> Iterator[Result]:
        """Validate nodes of the default graph; those that no shape targets yield nothing."""
        for batch in batches(nodes):
            yield from self.validated(store, batch)

    def validated(self, store: ox.Store, batch: list[Any]) -> Iterator[Result]:
        """Validate some nodes together."""
        pyshacl = _pyshacl()
        node = cache(_node)
        data = rdflib.Graph()
        for quad in self._surroundings.around(store, batch):
            data.add((node(quad.subject), node(quad.predicate), node(quad.object)))
        shapes = rdflib.Graph("SimpleMemory")
        shapes += self._body
        for triple in _targeted(self._targets, {node(one) for one in batch}, data):
            shapes.add(triple)
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", inplace=True)
        if not isinstance(report, rdflib.Graph):
            raise RuntimeError(f"the shapes cannot be applied: {report}")
        for found in report.objects(None, SH.result):
            yield _result(report, found)


@cache
def _pyshacl() -> ModuleType:
    """Load pySHACL, which takes longer than most publishes need for all else; few have suspects.

    In a thread: errors that it catches while it loads keep the frames of whoever loads it, and the
    store in one of these would stay open, and locked for the next publish of this process.
    """
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(import_module, "pyshacl").result()


@lru_cache(maxsize=2)
def core_shapes(shapes: Graph) -> CoreShapes:
    """Return the core constraints of a graph of shapes, read once while it is the same."""
    return CoreShapes(shapes)


def batches(nodes: Iterable[Any]) -> Iterator[list[Any]]:
    """Divide nodes into batches."""
    left = iter(nodes)
    while batch := list(islice(left, BATCH)):
        yield batch


def _targeted(
    targets: Iterable[tuple[Node, Node, Node]], nodes: set[Node], data: rdflib.Graph
) -> Iterator[tuple[Node, Node, Node]]:
    """Name the targets of shapes among some nodes (SHACL section 2.1.3)."""
    for shape, kind, value in targets:
        for node in _fitting(kind, value, nodes, data):
            yield shape, SH.targetNode, node


def _fitting(kind: Node, value: Node, nodes: set[Node], data: rdflib.Graph) -> set[Node]:
    """Return those of some nodes that a target takes."""
    if kind == SH.targetNode:
        return nodes & {value}
    if kind == SH.targetSubjectsOf:
        return nodes & set(data.subjects(value))
    if kind == SH.targetObjectsOf:
        return nodes & set(data.objects(None, value))
    classes = data.transitive_subjects(RDFS.subClassOf, value)
    return nodes & {node for one in classes for node in data.subjects(RDF.type, one)}


def _node(term: Any) -> Any:
    """Make rdflib's node of a term."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if term.language or term.datatype.value == terms.prefixed("xsd:string"):
        return rdflib.Literal(term.value, lang=term.language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))


def _result(report: rdflib.Graph, node: Node) -> Result:
    """Read one result of pySHACL's report."""

    def text(predicate: rdflib.URIRef) -> str:
        value = report.value(node, predicate)
        return "" if value is None or isinstance(value, rdflib.BNode) else str(value)

    return Result(
        _SEVERITIES[rdflib.URIRef(text(SH.resultSeverity))],
        text(SH.sourceShape),
        text(SH.focusNode),
        text(SH.resultPath),
        text(SH.value),
        text(SH.resultMessage),
        component=text(SH.sourceConstraintComponent),
    )
