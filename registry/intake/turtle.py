"""The canonical Turtle of files in git: one serialiser, one set of prefixes, one order.

rdflib's serialiser sorts subjects by class and then by IRI, and nests blank nodes and lists; the
same graph always gives the same bytes where blank nodes stand in lists only.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import rdflib

from registry import terms


def canonical(content: bytes, form: str = "turtle") -> bytes:
    """Write RDF of ours as canonical Turtle; `form` is rdflib's name of the input format."""
    graph = rdflib.Graph(bind_namespaces="none")
    graph.parse(data=content, format=form)
    written = rdflib.Graph(bind_namespaces="none")
    for prefix, own in sorted(graph.namespaces()):
        written.bind(prefix, own)
    for prefix, namespace in terms.PREFIXES.items():
        written.bind(prefix, namespace, replace=True)
    for triple in graph:
        written.add(triple)
    return written.serialize(format="turtle", encoding="utf-8")


def is_canonical(path: Path) -> bool:
    """Tell whether a file is in canonical form."""
    content = path.read_bytes()
    return canonical(content) == content


def rewrite(path: Path) -> bool:
    """Bring a file to canonical form; tell whether it was not."""
    content = path.read_bytes()
    written = canonical(content)
    if written == content:
        return False
    path.write_bytes(written)
    return True


def merged(paths: Iterable[Path]) -> bytes:
    """Write several files as one, in canonical form."""
    graph = rdflib.Graph(bind_namespaces="none")
    for path in paths:
        graph.parse(path, format="turtle")
    return canonical(graph.serialize(format="turtle", encoding="utf-8"))
