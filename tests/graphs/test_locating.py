"""The lines of statements: those that a parser finds, wherever they stand."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import formats
from registry.graphs.locating import statements
from tests.tables import every_row

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for name in ("data", "shapes", "ontology") for path in (ROOT / name).glob("*.ttl")
)


@every_row("path", FILES)
def test_every_statement_has_a_line(path: Path) -> None:
    """Those of things and values without a name left out."""
    text = path.read_text(encoding="utf-8")
    found = list(statements(text))
    parsed = {
        (quad.subject.value, quad.predicate.value, quad.object.value)
        for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)
        if isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, (ox.NamedNode, ox.Literal))
    }
    assert parsed <= {(one.subject, one.predicate, one.value) for one in found}
    lines = text.split("\n")
    for one in found:
        word = one.value.split("\n")[0].rpartition("/")[2].rpartition("#")[2][:20]
        assert not word.isalpha() or word in lines[one.line - 1] or one.predicate.endswith("#type")


TEXTS = {
    "a base": (
        "@base <http://x/> .\n<a> <b> <c> .",
        [(2, "http://x/a", "http://x/b", "http://x/c")],
    ),
    "words of SPARQL": (
        "PREFIX : <http://x/>\n:a :b 1.5 .",
        [(2, "http://x/a", "http://x/b", "1.5")],
    ),
    "brackets": (
        "<s:s> <p:p> [ <p:q> 1 ;\n <p:r> <o:o> ] ,\n 'x'@en .",
        [(1, "", "p:q", "1"), (2, "", "p:r", "o:o"), (2, "s:s", "p:p", ""), (3, "s:s", "p:p", "x")],
    ),
    "a list": (
        "<s:s> <p:p> ( <a:a> 'b' ) ;\n <p:q> 1 .",
        [(1, "s:s", "p:p", ""), (2, "s:s", "p:q", "1")],
    ),
    "a long text": (
        '<s:s> <p:p> """a\n"b" . ;\n""" ;\n <p:q> 1 .',
        [(1, "s:s", "p:p", 'a\n"b" . ;\n'), (4, "s:s", "p:q", "1")],
    ),
    "a comment": ("<s:s> # <x:x> .\n <p:p> 1 .", [(2, "s:s", "p:p", "1")]),
    "graphs": (
        "GRAPH <g:g> { <s:s> <p:p> 1 }\n<h:h> { <s:s> <p:p> 2 . }",
        [(1, "s:s", "p:p", "1"), (2, "s:s", "p:p", "2")],
    ),
    "a blank subject": ("[] <p:p> 1 .\n_:b <p:p> 2 .", [(1, "", "p:p", "1"), (2, "", "p:p", "2")]),
    "a datatype": (
        '<s:s> <p:p> "1"^^<d:d> , "2"^^d:x .',
        [(1, "s:s", "p:p", "1"), (1, "s:s", "p:p", "2")],
    ),
    "N-Quads": (
        '<s:s> <p:p> "a" <g:g> .\n<s:s> <p:q> <o:o> .',
        [(1, "s:s", "p:p", "a"), (2, "s:s", "p:q", "o:o")],
    ),
    "windows": (
        "<s:s> <p:p> 1 .\r\n<s:s> <p:q> 2 .\r\n",
        [(1, "s:s", "p:p", "1"), (2, "s:s", "p:q", "2")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_where_statements_stand(text: str, expected: list[tuple[int, str, str, str]]) -> None:
    assert [tuple(one) for one in statements(text)][: len(expected)] == expected


@every_row(
    "text", ["", "]]]", "} . ; ,", "@prefix", "<", '"', "( [ (", "^^", "\\", "@prefix x <y> ."]
)
def test_nonsense_has_no_lines(text: str) -> None:
    assert list(statements(text)) == []


def test_all_lines_of_ntriples_are_found() -> None:
    triples = [
        ox.Triple(ox.NamedNode(f"s:{n}"), ox.NamedNode("p:p"), ox.Literal(f'"\\{n}\n'))
        for n in range(9)
    ]
    text = formats.serialise(triples, formats.NTRIPLES).decode()
    assert [one.value for one in statements(text)] == [f'"\\{n}\n' for n in range(9)]
