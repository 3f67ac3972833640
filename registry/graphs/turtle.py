"""The canonical Turtle of files in git: one serialiser, one set of prefixes, one order.

rdflib's serialiser sorts subjects by class and then by IRI, and nests blank nodes and lists; the
same graph always gives the same bytes where blank nodes stand in lists only. Parsing is left to
Oxigraph, and no literal is rewritten on the way.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from rdflib.plugins.serializers.turtle import TurtleSerializer

from registry import terms
from registry.formats import RDF, TURTLE, Format
from registry.graphs import canonical as canonical_form
from registry.problems import Problem

_DECIMAL: Final = rdflib.URIRef(terms.prefixed("xsd:decimal"))
_PLAIN: Final = {
    terms.prefixed("xsd:integer"): re.compile("[+-]?[0-9]+"),
    terms.prefixed("xsd:decimal"): re.compile("[+-]?[0-9]*[.]?[0-9]+"),
    terms.prefixed("xsd:boolean"): re.compile("true|false"),
}
"""What is written without quotes; an xsd:double rdflib would round to six digits."""


class _Serialiser(TurtleSerializer):
    """rdflib's serialiser, without loss."""

    def label(self, node: Any, position: int) -> str:
        """Write a term; a literal without quotes only where that reads as the same value."""
        if not isinstance(node, rdflib.Literal) or node.datatype is None:
            return super().label(node, position)
        plain = _PLAIN.get(str(node.datatype))
        if plain and plain.fullmatch(node):
            if node.datatype != _DECIMAL or "." in node:
                return str(node)
            # A decimal has a point there; of one beyond the store's range that is another text.
            pointed = ox.Literal(f"{node}.0", datatype=ox.NamedNode(_DECIMAL))
            if canonical_form.literal(pointed).value == str(node):
                return pointed.value
        datatype = rdflib.URIRef(node.datatype).n3(self.store.namespace_manager)
        return f"{rdflib.Literal(str(node)).n3()}^^{datatype}"


def canonical(content: bytes, form: Format = TURTLE) -> bytes:
    """Write RDF as canonical Turtle.

    Raises
    ------
    Problem
        `data-syntax`, with line and column, when the content cannot be read.

    """
    return _written([content], form)


def merged(paths: Iterable[Path]) -> bytes:
    """Write several Turtle files as one, in canonical form."""
    return _written([path.read_bytes() for path in paths], TURTLE)


def _written(contents: Iterable[bytes], form: Format) -> bytes:
    """Write the merge of what is read."""
    graph = rdflib.Graph(bind_namespaces="none")
    prefixes: dict[str, str] = {}
    for content in contents:
        parser = ox.parse(content, format=RDF[form.name], rename_blank_nodes=True)
        try:
            for quad in parser:
                graph.add((_node(quad.subject), _node(quad.predicate), _node(quad.object)))
        except SyntaxError as error:
            line, column = error.lineno or None, error.offset or None
            raise Problem("data-syntax", error.msg, line=line, column=column) from error
        prefixes |= parser.prefixes
    for prefix, namespace in sorted({**prefixes, **terms.PREFIXES}.items()):
        graph.bind(prefix, namespace, replace=True)
    out = io.BytesIO()
    _Serialiser(graph).serialize(out)
    return out.getvalue()


def _node(term: Any) -> Any:
    """Return the node of rdflib for a term, with its text unchanged."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Literal) and term.direction is None:
        literal = rdflib.Literal(term.value, lang=term.language)
        if not term.language and term.datatype.value != terms.prefixed("xsd:string"):
            # Given to the constructor, some datatypes make it rewrite the text; and with a value
            # beside the text, some cannot be sorted.
            literal._datatype, literal._value = rdflib.URIRef(term.datatype.value), None
        return literal
    raise Problem("data-syntax", f"{term} is of RDF 1.2, which is not written here")


def is_canonical(path: Path) -> bool:
    """Whether a file is in canonical form."""
    content = path.read_bytes()
    return canonical(content) == content


def rewrite(path: Path) -> bool:
    """Bring a file to canonical form; return whether it was changed."""
    content = path.read_bytes()
    written = canonical(content)
    if written == content:
        return False
    path.write_bytes(written)
    return True
