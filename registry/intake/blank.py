"""Names for blank nodes: RDF Dataset Canonicalization (https://www.w3.org/TR/rdf-canon/).

A registry that is cited, mirrored and compared has no blank nodes: each gets an IRI made of its
graph and its canonical label, the same wherever the same graph is read. The algorithm can take
factorial time on hostile graphs, so it runs in the reading process, under its deadline.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox


def named(graph: str, triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Replace every blank node of a graph by an IRI of the form `{graph}#_{canonical label}`."""
    triples = list(triples)
    if not any(_is_blank(t.subject) or _is_blank(t.object) for t in triples):
        return triples
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [_skolemised(graph, quad) for quad in dataset]


def _is_blank(term: object) -> bool:
    return isinstance(term, ox.BlankNode)


def _skolemised(graph: str, quad: ox.Quad) -> ox.Triple:
    """Write one triple with named nodes."""
    subject, value = quad.subject, quad.object
    if isinstance(subject, ox.BlankNode):
        subject = ox.NamedNode(f"{graph}#_{subject.value}")
    if isinstance(value, ox.BlankNode):
        value = ox.NamedNode(f"{graph}#_{value.value}")
    return ox.Triple(subject, quad.predicate, value)
