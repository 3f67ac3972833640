"""Canonical Turtle: one form of a graph, nothing lost on the way."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import shipped
from registry.formats import NTRIPLES, TURTLE, serialise
from registry.graphs import turtle
from registry.graphs.canonical import (
    FORMS,
    XSD,
    Unstorable,
    literal,
)
from registry.problems import Problem
from tests.tables import every_row

FILES = [
    *shipped.data_files(),
    *shipped.ontology_files(),
    *shipped.scheme_files(),
    *shipped.shape_files(),
]
XML = "http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral"

LITERALS = [
    ("0.123456789", "double"),
    ("1000000", "double"),
    ("-0", "double"),
    ("INF", "double"),
    ("NaN", "float"),
    ("0.1", "decimal"),
    ("-170141183460469231731.687303715884105727", "decimal"),
    ("170141183460469231731", "decimal"),
    ("170141183460469231732", "decimal"),
    ("true", "boolean"),
    ("maybe", "boolean"),
    ("seven", "integer"),
    ("99999999999999999999", "integer"),
    ("2022-04-07T10:00:00.123456789012345678Z", "dateTime"),
    ("10:00:00.1234567890123", "time"),
    ("PT0.123456789S", "dayTimeDuration"),
    ("2022-02-30", "date"),
    ("1992-05Z", "gYearMonth"),
    ("0AfF", "hexBinary"),
    ("YWJj  ", "base64Binary"),
    (" a\tb ", "token"),
    ("<b>not closed", "string"),
    ('a"b\\c\n\r\t\x00\x0b\x85\u2028"""', "string"),
]


def written(*values: ox.Literal | ox.NamedNode) -> set[ox.Triple]:
    """Write values as canonical Turtle and read them again."""
    s, p = ox.NamedNode("http://example.org/s"), ox.NamedNode("http://example.org/p")
    triples = [ox.Triple(s, p, value) for value in values]
    content = turtle.canonical(serialise(triples, NTRIPLES), NTRIPLES)
    assert turtle.canonical(content) == content
    return {quad.triple for quad in ox.parse(content, format=ox.RdfFormat.TURTLE)}


def test_literals_that_rdflib_cannot_sort() -> None:
    given = {ox.Literal(text, datatype=ox.NamedNode(XML)) for text in ("", "0", "<b/>", "<b>")}
    assert values(written(*given)) == given


def values(triples: set[ox.Triple]) -> set[object]:
    return {literal(t.object) if isinstance(t.object, ox.Literal) else t.object for t in triples}


@every_row("path", FILES, ids=lambda path: path.name)
def test_shipped_files_are_canonical(path: Path) -> None:
    assert turtle.is_canonical(path)


@every_row(("text", "name"), LITERALS)
def test_literals_keep_their_value(text: str, name: str) -> None:
    given = literal(ox.Literal(text, datatype=ox.NamedNode(XSD + name)))
    assert values(written(given)) == {given}


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
literals = st.one_of(
    texts.map(ox.Literal),
    texts.map(lambda text: ox.Literal(text, language="en-gb")),
    st.builds(
        lambda text, name: ox.Literal(text, datatype=ox.NamedNode(name)),
        st.one_of(texts, st.floats().map(repr), st.decimals().map(str), st.integers().map(str)),
        st.sampled_from([*sorted(FORMS), XML]),
    ),
)
iris = st.text("abcX09-._~/#:%()',;é\u00ad", min_size=1, max_size=10).map(
    "http://example.org/{}".format
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(literals, iris), min_size=1, max_size=4))
def test_what_is_written_is_read_again(given: list[ox.Literal | str]) -> None:
    try:
        terms = {literal(g) if isinstance(g, ox.Literal) else ox.NamedNode(g) for g in given}
    except (Unstorable, ValueError):
        return
    assert values(written(*terms)) == terms


def test_several_files_are_one(tmp_path: Path) -> None:
    one, other = tmp_path / "one.ttl", tmp_path / "other.ttl"
    one.write_text('@prefix e: <http://example.org/> . e:b e:p [ e:q "x" ] .')
    other.write_text("@prefix e: <http://example.org/> . e:a e:p e:b, 1 .")
    merged = turtle.merged([one, other])
    assert merged == turtle.merged([other, one]) == turtle.canonical(merged)
    assert merged.index(b"e:a") < merged.index(b"e:b e:p")


def test_own_prefixes_win_and_others_stay() -> None:
    given = b"@prefix cl: <http://example.org/> . @prefix e: <http://example.org/x/> . e:a a cl:b ."
    content = turtle.canonical(given, TURTLE).decode()
    assert "@prefix e: <http://example.org/x/>" in content
    assert "cl:b" not in content


@pytest.mark.parametrize(
    ("content", "place"), [(b"<urn:a> <urn:b>\n  broken .", (2, 3)), (b"<urn:a> b .", (1, 9))]
)
def test_what_cannot_be_read_is_refused_with_its_place(
    content: bytes, place: tuple[int, int]
) -> None:
    with pytest.raises(Problem) as caught:
        turtle.canonical(content)
    assert (caught.value.members["line"], caught.value.members["column"]) == place


def test_rdf_1_2_is_not_written() -> None:
    for content in (
        b'<urn:a> <urn:b> "x"@ar--rtl .',
        b"<urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> .",
    ):
        with pytest.raises(Problem, match=r"RDF 1\.2"):
            turtle.canonical(content)


def test_rewriting_says_whether_it_was_needed(tmp_path: Path) -> None:
    path = tmp_path / "list.ttl"
    path.write_text("<urn:a> <urn:b> 1 .")
    assert not turtle.is_canonical(path)
    assert [turtle.rewrite(path), turtle.rewrite(path), turtle.is_canonical(path)] == [
        True,
        False,
        True,
    ]
