"""Names for blank nodes: RDF Dataset Canonicalization (https://www.w3.org/TR/rdf-canon/).

A registry that is cited, mirrored and compared has no blank nodes: each gets an IRI made of its
graph and its canonical label, the same wherever the same graph is read. The algorithm can take
factorial time on hostile graphs, so it runs in the reading process, under its deadline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyoxigraph as ox


def named(graph: str, triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Replace every blank node of a graph by an IRI of the form `{graph}#_{canonical label}`.

    IRIs of this form take part as the blank nodes that they stand for: else a label would be used
    twice in a graph that was exported and now has new blank nodes.
    """
    triples = list(triples)
    if not any(_is_blank(term) for t in triples for term in (t.subject, t.object)):
        return triples
    dataset = ox.Dataset(
        ox.Quad(t.subject, t.predicate, t.object) for t in _mapped(triples, _unnamed(graph))
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return list(_mapped((quad.triple for quad in dataset), _naming(graph)))


def apart(graph: str) -> Callable[[ox.Triple], bool]:
    """Return the function that tells which triples of a graph `named` may change.

    All others play no part in the names of its blank nodes.
    """
    given = f"{graph}#_c14n"

    def is_apart(triple: ox.Triple) -> bool:
        ends = (triple.subject, triple.object)
        return any(
            _is_blank(end) or (isinstance(end, ox.NamedNode) and end.value.startswith(given))
            for end in ends
        )

    return is_apart


def _is_blank(term: object) -> bool:
    return isinstance(term, ox.BlankNode)


def _mapped(triples: Iterable[ox.Triple], change: Callable[[Any], Any]) -> Iterator[ox.Triple]:
    """Change the subject and the object of every triple."""
    for t in triples:
        yield ox.Triple(change(t.subject), t.predicate, change(t.object))


def _naming(graph: str) -> Callable[[Any], Any]:
    """Return the function that turns a blank node into its IRI."""
    return lambda term: ox.NamedNode(f"{graph}#_{term.value}") if _is_blank(term) else term


def _unnamed(graph: str) -> Callable[[Any], Any]:
    """Return the function that turns such an IRI into its blank node."""
    given = re.compile(re.escape(graph) + "#_(c14n[0-9]+)")

    def change(term: Any) -> Any:
        match = given.fullmatch(term.value) if isinstance(term, ox.NamedNode) else None
        return ox.BlankNode(f"named-{match[1]}") if match else term

    return change
