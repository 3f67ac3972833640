"""The results formats to the byte, and what they cannot hold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from registry import formats
from registry.formats import Format
from registry.problems import Problem
from registry.sparql.engine import Embedded, Query
from tests.tables import every_row

TERMS = r"""
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT ?x ?y { VALUES (?x ?y) {
  (<http://example.org/a?b=1&c=2> "a, \"b\" <c> & \\")
  ("tab\tline\nreturn\rend" "Пермь"@ru)
  (UNDEF 1)
  ("" true)
  (1.5 1e0)
  ("2020"^^xsd:gYear " é ")
} }"""

XSD = "http://www.w3.org/2001/XMLSchema#"
BYTES = {
    "json": (
        '{"head":{"vars":["x","y"]},"results":{"bindings":['
        '{"x":{"type":"uri","value":"http://example.org/a?b=1&c=2"},'
        r'"y":{"type":"literal","value":"a, \"b\" <c> & \\"}},'
        r'{"x":{"type":"literal","value":"tab\tline\nreturn\rend"},'
        '"y":{"type":"literal","value":"Пермь","xml:lang":"ru"}},'
        f'{{"y":{{"type":"literal","value":"1","datatype":"{XSD}integer"}}}},'
        '{"x":{"type":"literal","value":""},'
        f'"y":{{"type":"literal","value":"true","datatype":"{XSD}boolean"}}}},'
        f'{{"x":{{"type":"literal","value":"1.5","datatype":"{XSD}decimal"}},'
        f'"y":{{"type":"literal","value":"1","datatype":"{XSD}double"}}}},'
        f'{{"x":{{"type":"literal","value":"2020","datatype":"{XSD}gYear"}},'
        '"y":{"type":"literal","value":" é "}}]}}'
    ),
    "xml": (
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
        '<variable name="x"/><variable name="y"/></head><results><result>'
        '<binding name="x"><uri>http://example.org/a?b=1&amp;c=2</uri></binding>'
        '<binding name="y"><literal>a, &quot;b&quot; &lt;c&gt; &amp; \\</literal></binding>'
        '</result><result><binding name="x"><literal>tab\tline\nreturn&#13;end</literal></binding>'
        '<binding name="y"><literal xml:lang="ru">Пермь</literal></binding></result><result>'
        f'<binding name="y"><literal datatype="{XSD}integer">1</literal></binding></result>'
        '<result><binding name="x"><literal></literal></binding>'
        f'<binding name="y"><literal datatype="{XSD}boolean">true</literal></binding></result>'
        f'<result><binding name="x"><literal datatype="{XSD}decimal">1.5</literal></binding>'
        f'<binding name="y"><literal datatype="{XSD}double">1</literal></binding></result>'
        f'<result><binding name="x"><literal datatype="{XSD}gYear">2020</literal></binding>'
        '<binding name="y"><literal>&#32;é&#32;</literal></binding></result></results></sparql>'
    ),
    "csv": (
        'x,y\r\nhttp://example.org/a?b=1&c=2,"a, ""b"" <c> & \\"\r\n'
        '"tab\tline\nreturn\rend",Пермь\r\n,1\r\n,true\r\n1.5,1\r\n2020, é \r\n'
    ),
    "tsv": (
        '?x\t?y\n<http://example.org/a?b=1&c=2>\t"a, \\"b\\" <c> & \\\\"\n'
        '"tab\\tline\\nreturn\\rend"\t"Пермь"@ru\n\t1\n""\ttrue\n'
        f'1.5\t"1"^^<{XSD}double>\n"2020"^^<{XSD}gYear>\t" é "\n'
    ),
}


@pytest.mark.conforms(
    "SPARQL 1.1 Query Results JSON Format",
    "3.2.2",
    "IRIs, literals with language or datatype and unbound variables to the byte",
)
@pytest.mark.conforms(
    "SPARQL Query Results XML Format",
    "2.3.1",
    "IRIs, literals with language or datatype and unbound variables to the byte",
)
@pytest.mark.conforms(
    "SPARQL 1.1 Query Results CSV and TSV Formats",
    "3.2",
    "CSV: plain values, quoted where they must be, lines end in CRLF",
)
@pytest.mark.conforms(
    "SPARQL 1.1 Query Results CSV and TSV Formats",
    "4.2",
    "TSV: terms as in Turtle, tabs and line ends escaped",
)
@every_row("form", formats.SOLUTIONS, ids=lambda form: form.name)
def test_solutions_are_written_to_the_byte(form: Format, engine: Embedded) -> None:
    assert engine.answer(Query(TERMS), form.name).body.decode() == BYTES[form.name]


ANSWERS = {
    "json": ('{"head":{},"boolean":true}', '{"head":{"vars":["x"]},"results":{"bindings":[]}}'),
    "xml": (
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
        "<head></head><boolean>true</boolean></sparql>",
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
        '<head><variable name="x"/></head><results></results></sparql>',
    ),
}


@pytest.mark.conforms(
    "SPARQL 1.1 Query Results JSON Format", "3.2.1", "`results` of an empty answer has no bindings"
)
@pytest.mark.conforms(
    "SPARQL Query Results XML Format", "2.3.1", "`results` of an empty answer has no result"
)
@pytest.mark.parametrize("form", ANSWERS)
def test_a_yes_and_an_empty_answer_to_the_byte(form: str, engine: Embedded) -> None:
    yes, nothing = ANSWERS[form]
    assert engine.answer(Query("ASK {}"), form).body.decode() == yes
    assert engine.answer(Query("SELECT ?x { ?x <x:y> ?z }"), form).body.decode() == nothing


@pytest.mark.conforms(
    "SPARQL 1.1 Query Results JSON Format", "3.2.2", "a blank node has one label in an answer"
)
@pytest.mark.conforms(
    "SPARQL 1.1 Query Results CSV and TSV Formats", "3.2", "a blank node has one label in an answer"
)
def test_a_blank_node_is_the_same_in_one_answer(engine: Embedded) -> None:
    text = "SELECT ?x ?y { BIND(BNODE() AS ?x) BIND(?x AS ?y) }"
    ((row,),) = [json.loads(engine.answer(Query(text), "json").body)["results"]["bindings"]]
    assert row["x"] == row["y"]
    assert row["x"]["type"] == "bnode"
    for form, separator in (("csv", ","), ("tsv", "\t")):
        line = engine.answer(Query(text), form).body.decode().splitlines()[1]
        first, second = line.split(separator)
        assert first == second
        assert first.startswith("_:")


def quoted(text: str) -> str:
    """Write a string for a query."""
    return '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'


def read(body: bytes, form: str) -> list[str]:
    """Read the strings of an answer with readers of others."""
    if form == "csv":
        return [row[0] for row in csv.reader(io.StringIO(body.decode(), newline=""))][1:]
    if form == "json":
        return [row["x"]["value"] for row in json.loads(body)["results"]["bindings"]]
    if form == "xml":
        tree = ElementTree.fromstring(body)
        return [element.text or "" for element in tree.iter() if element.tag.endswith("}literal")]
    lines = body.decode().split("\n")[1:-1]
    return [str(rdflib.util.from_n3(line)) for line in lines]


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from("\t\n\r"))


@pytest.mark.conforms("SPARQL 1.1 Query Results JSON Format", "3.2.2", "any text is read as it was")
@pytest.mark.conforms("SPARQL Query Results XML Format", "2.3.1", "any text is read as it was")
@pytest.mark.conforms(
    "SPARQL 1.1 Query Results CSV and TSV Formats", "3.2", "any text is read as it was"
)
@with_settings(max_examples=40)
@given(st.lists(texts.filter(bool), min_size=1, max_size=5))
def test_any_text_is_read_as_it_was(engine: Embedded, written: list[str]) -> None:
    rows = " ".join(f"({number} {quoted(text)})" for number, text in enumerate(written))
    text = f"SELECT ?x {{ VALUES (?n ?x) {{ {rows} }} }} ORDER BY ?n"
    for form in formats.SOLUTIONS:
        assert read(engine.answer(Query(text), form.name).body, form.name) == written, form.name


# What XML cannot hold.
@pytest.mark.conforms(
    "SPARQL Query Results XML Format", "2.3.1", "what XML cannot hold is 406, never broken XML"
)
@every_row("code", ["0001", "0008", "000B", "001F", "FFFE", "FFFF"])
def test_a_character_that_xml_has_not_is_told(code: str, engine: Embedded) -> None:
    select = rf'SELECT ("a\u{code}" AS ?x) {{}}'
    construct = rf'CONSTRUCT {{ <x:s> <x:p> "a\u{code}" }} {{}}'
    for text, form, others in (
        (select, "xml", ("json", "csv", "tsv")),
        (construct, "rdfxml", ("turtle", "ntriples", "jsonld")),
    ):
        with pytest.raises(Problem) as caught:
            engine.answer(Query(text), form)
        assert caught.value.name == "not-acceptable"
        for other in others:
            assert engine.answer(Query(text), other).body


@every_row("iri", ["http://e/", "http://e/1", "http://e/a#", "http://e/%41-2/3"])
def test_a_property_that_xml_cannot_name_is_told(iri: str, engine: Embedded) -> None:
    text = f"CONSTRUCT {{ <x:s> <{iri}> 1 }} {{}}"
    with pytest.raises(Problem) as caught:
        engine.answer(Query(text), "rdfxml")
    assert caught.value.name == "not-acceptable"
    assert engine.answer(Query(text), "turtle").body


def graph(triples: Iterable[ox.Triple]) -> set[tuple[str, str, str]]:
    return {(str(t.subject), str(t.predicate), str(t.object)) for t in triples}


def test_a_carriage_return_stays_one_in_every_format() -> None:
    node = ox.NamedNode("http://example.org/s")
    triple = ox.Triple(node, ox.NamedNode("http://example.org/p"), ox.Literal("a\rb\r\nc"))
    for form in formats.GRAPHS:
        body = formats.serialise([triple], form)
        found = (quad.triple for quad in ox.parse(body, format=formats.RDF[form.name]))
        assert graph(found) == graph([triple]), form.name
