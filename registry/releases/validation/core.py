"""Core constraints, by pySHACL on the default graph (SHACL section 4)."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib import RDF, RDFS, SH
from rdflib.term import Node

from registry import terms
from registry.intake.graphs import Graph
from registry.releases.validation.report import Result, Severity

# What a literal that is not well-formed means is said by the report, not by rdflib on stderr.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

_SEVERITIES = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}

_SILENT = (SH.name, RDFS.label, RDFS.comment)
"""What says nothing to pySHACL, which looks at all of a shape for each of its focus nodes."""


def results(store: ox.Store, shapes: Graph) -> set[Result]:
    """Judge the default graph by all shapes but their `sh:sparql` constraints."""
    by = rdflib.Graph("SimpleMemory").parse(io.BytesIO(_with_blank_nodes(shapes)), format="nt")
    for predicate in (SH.sparql, *_SILENT):
        by.remove((None, predicate, None))
    judged = _default_graph(store, _looked_at(by))
    _, report, _ = pyshacl.validate(judged, shacl_graph=by, inference="none", inplace=True)
    if not isinstance(report, rdflib.Graph):
        raise RuntimeError(f"the shapes cannot be applied: {report}")
    return {_result(report, node) for node in report.objects(None, SH.result)}


def _with_blank_nodes(shapes: Graph) -> bytes:
    """Give lists and inverse paths their blank nodes back, which SHACL asks for (section 2.3.1)."""
    named = rb"<" + re.escape(shapes.iri.encode()) + rb"#_(c14n[0-9]+)>"
    return re.sub(named, rb"_:\1", shapes.ntriples)


def _looked_at(shapes: rdflib.Graph) -> Iterable[ox.NamedNode | None]:
    """List the predicates that shapes may look at: those they name, and what makes classes.

    A closed shape (section 4.8.1) looks at all, which None stands for.
    """
    if (None, SH.closed, None) in shapes:
        return [None]
    named = {value for value in shapes.objects() if isinstance(value, rdflib.URIRef)}
    return [ox.NamedNode(iri) for iri in named | {RDF.type, RDFS.subClassOf}]


def _default_graph(store: ox.Store, predicates: Iterable[ox.NamedNode | None]) -> rdflib.Graph:
    """Copy what the default graph says with some predicates; of all with None."""
    graph, node = rdflib.Graph(), cache(_node)
    for predicate in predicates:
        for quad in store.quads_for_pattern(None, predicate, None, ox.DefaultGraph()):
            graph.add((node(quad.subject), node(quad.predicate), node(quad.object)))
    return graph


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
