"""Families of sources: which of them state each link that is published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph, parse_lines

_CLAIM, _FAMILY, _WHOLE = map(terms.prefixed, ("cl:claim", "cl:sourceFamily", "cl:passageOf"))
_SOURCES: Final = tuple(map(terms.prefixed, ("dcterms:source", "cl:supportedBy")))
_READ: Final = tuple(f"> <{iri}> ".encode() for iri in (_CLAIM, _FAMILY, _WHOLE, *_SOURCES))
_ISSUED: Final = terms.prefixed("dcterms:issued")
_LINK: Final = terms.thing("link", "")


def published_families(graphs: Iterable[Graph]) -> dict[str, set[str]]:
    """Return the families that state each link, by its reference.

    As in the rule of `cl:sourceCount`, a claim names its passage, whose document has a family, or
    the document itself; a document without a family is one of its own.
    """
    said: dict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for graph in graphs:
        lines = [line for line in graph.lines if any(part in line for part in _READ)]
        for triple in parse_lines(b"\n".join(lines) + b"\n"):
            subject, value = triple.subject, triple.object
            if isinstance(subject, ox.NamedNode) and isinstance(value, ox.NamedNode | ox.Literal):
                said[triple.predicate.value][subject.value].add(value.value)
    families: dict[str, set[str]] = {}
    for link, claims in said[_CLAIM].items():
        stated = {source for claim in claims for p in _SOURCES for source in said[p].get(claim, ())}
        documents = {whole for source in stated for whole in said[_WHOLE].get(source, {source})}
        known = {name for one in documents for name in said[_FAMILY].get(one, {one})}
        families[link.removeprefix(_LINK)] = known
    return families


def family_of(graph: Graph) -> str:
    """Return the family of a source's document; empty where it states none."""
    return min(_values(graph, _FAMILY), default="")


def issued_of(graph: Graph) -> str:
    """Return the date of a source's document, of several the newest; empty where none has one."""
    return max(_values(graph, _ISSUED), default="")


def _values(graph: Graph, predicate: str) -> Iterator[str]:
    """Yield the texts and dates that a graph states by a predicate."""
    lines = [line for line in graph.lines if f"> <{predicate}> ".encode() in line]
    found = (triple.object for triple in parse_lines(b"\n".join(lines) + b"\n"))
    return (value.value for value in found if isinstance(value, ox.Literal))
