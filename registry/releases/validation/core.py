"""Core constraints, by pySHACL on the default graph (SHACL section 4)."""

from __future__ import annotations

import io
import re

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib import SH
from rdflib.term import Node

from registry.intake.graphs import Graph
from registry.releases.validation.report import Result, Severity

_SEVERITIES = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}


def results(store: ox.Store, shapes: Graph) -> set[Result]:
    """Judge the default graph by all shapes but their `sh:sparql` constraints."""
    judged = rdflib.Graph().parse(io.BytesIO(default_graph(store)), format="nt")
    by = rdflib.Graph().parse(io.BytesIO(_with_blank_nodes(shapes)), format="nt")
    by.remove((None, SH.sparql, None))
    _, report, _ = pyshacl.validate(judged, shacl_graph=by, inference="none", inplace=True)
    if not isinstance(report, rdflib.Graph):
        raise RuntimeError(f"the shapes cannot be applied: {report}")
    return {_result(report, node) for node in report.objects(None, SH.result)}


def _with_blank_nodes(shapes: Graph) -> bytes:
    """Give lists and inverse paths their blank nodes back, which SHACL asks for (section 2.3.1)."""
    named = rb"<" + re.escape(shapes.iri.encode()) + rb"#_(c14n[0-9]+)>"
    return re.sub(named, rb"_:\1", shapes.ntriples)


def default_graph(store: ox.Store) -> bytes:
    """Write the default graph as N-Triples."""
    return store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b""


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
    )
