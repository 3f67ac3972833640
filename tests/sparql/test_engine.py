"""Answers of the engine: datasets as RDF has them, and every format of every form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from registry import formats, terms
from registry.formats import Format
from registry.problems import Problem
from registry.releases.reading import Release
from registry.sparql.engine import Embedded, Query, format_for, formats_for
from tests.tables import every_row

CL = terms.CL
DISTINCT = "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT *) AS ?m) { ?s ?p ?o }"


def rows(
    engine: Embedded, text: str, *default: str, named: tuple[str, ...] = ()
) -> list[list[str]]:
    """Give the rows of an answer, as the CSV format writes values."""
    answer = engine.answer(Query(text, default, named), "csv")
    return list(csv.reader(io.StringIO(answer.body.decode())))[1:]


def numbers(engine: Embedded, text: str, *default: str, named: tuple[str, ...] = ()) -> list[int]:
    (row,) = rows(engine, text, *default, named=named)
    return [int(value) for value in row]


@pytest.fixture(scope="session")
def sizes(release: Release) -> dict[str, int]:
    """Give the number of triples of each graph, as the manifest has it."""
    return {entry.graph: entry.triples for entry in release.manifest.all_graphs()}


@pytest.fixture(scope="session")
def overlapping(release: Release) -> tuple[str, str, int]:
    """Give two graphs that state the same triples, and the size of both together."""
    contents = {
        entry.graph: set(
            release.store.quads_for_pattern(None, None, None, ox.NamedNode(entry.graph))
        )
        for entry in release.manifest.all_graphs()
    }
    triples = {graph: {quad.triple for quad in quads} for graph, quads in contents.items()}
    pairs = [(a, b) for a in triples for b in triples if a < b and triples[a] & triples[b]]
    first, second = max(pairs, key=lambda pair: len(triples[pair[0]] & triples[pair[1]]))
    return first, second, len(triples[first] | triples[second])


# Datasets (SPARQL 1.1, section 13; Protocol, section 2.1.4).
@pytest.mark.conforms("SPARQL 1.1 Query", "13.3", "GRAPH with a variable finds every named graph")
def test_each_named_graph_is_as_large_as_the_manifest_says(
    engine: Embedded, sizes: dict[str, int]
) -> None:
    found = rows(engine, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    assert {graph: int(count) for graph, count in found} == sizes


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.4",
    "without a dataset the default graph is a merge: no triple counts twice",
)
def test_the_default_graph_is_a_merge(engine: Embedded, overlapping: tuple[str, str, int]) -> None:
    count, distinct = numbers(engine, DISTINCT)
    assert count == distinct > 0
    first, second, _ = overlapping
    both = f"{{ GRAPH <{first}> {{ ?s ?p ?o }} GRAPH <{second}> {{ ?s ?p ?o }} ?s ?p ?o }}"
    count, distinct = numbers(engine, f"SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT *) AS ?m) {both}")
    assert count == distinct > 0


@pytest.mark.conforms("SPARQL 1.1 Protocol", "2.1.4", "`default-graph-uri` gives the default graph")
@pytest.mark.conforms("SPARQL 1.1 Query", "13.2.1", "FROM gives the default graph")
def test_one_graph_is_the_dataset(engine: Embedded, sizes: dict[str, int]) -> None:
    for graph in (terms.CITIES_GRAPH, terms.SHAPES_GRAPH):
        expected = [sizes[graph]] * 2
        assert numbers(engine, DISTINCT, graph) == expected
        assert numbers(engine, DISTINCT.replace("{", f"FROM <{graph}> {{", 1)) == expected


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.4",
    "several default graphs are merged as RDF: a triple of several counts once",
)
@pytest.mark.conforms(
    "SPARQL 1.1 Query", "13.2.1", "several FROM are merged as RDF: a triple of several counts once"
)
def test_several_graphs_are_merged_as_rdf(
    engine: Embedded, overlapping: tuple[str, str, int], sizes: dict[str, int]
) -> None:
    first, second, together = overlapping
    assert together < sizes[first] + sizes[second]
    assert numbers(engine, DISTINCT, first, second) == [together] * 2
    assert numbers(engine, DISTINCT, first, second, first) == [together] * 2
    clauses = f"FROM <{first}> FROM <{second}>"
    assert numbers(engine, DISTINCT.replace("{", clauses + " {", 1)) == [together] * 2


@pytest.mark.conforms("SPARQL 1.1 Query", "13.2.3", "FROM and FROM NAMED together")
def test_merged_graphs_stand_beside_named_ones(
    engine: Embedded, overlapping: tuple[str, str, int], sizes: dict[str, int]
) -> None:
    first, second, together = overlapping
    text = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert numbers(engine, text, first, second, named=(first,)) == [sizes[first]]
    assert numbers(engine, text, first, second, named=(terms.SETTINGS_GRAPH,)) == [
        sizes[terms.SETTINGS_GRAPH]
    ]
    assert numbers(engine, DISTINCT, first, second, named=(terms.SETTINGS_GRAPH,)) == [together] * 2


@pytest.mark.conforms(
    "SPARQL 1.1 Query", "13.2.2", "FROM NAMED alone leaves the default graph empty"
)
def test_named_graphs_alone_leave_the_default_graph_empty(engine: Embedded) -> None:
    assert numbers(engine, DISTINCT, named=(terms.CITIES_GRAPH,)) == [0, 0]
    text = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert rows(engine, text, named=(terms.CITIES_GRAPH,)) == [[terms.CITIES_GRAPH]]
    listed = f"SELECT DISTINCT ?g FROM NAMED <{terms.CITIES_GRAPH}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    assert rows(engine, listed) == [[terms.CITIES_GRAPH]]


@pytest.mark.conforms("SPARQL 1.1 Query", "13.2.1", "FROM alone leaves no named graphs")
def test_a_default_graph_alone_leaves_no_named_ones(engine: Embedded) -> None:
    assert rows(engine, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", terms.CITIES_GRAPH) == []


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.4",
    "the dataset of the request wins over FROM and FROM NAMED, for each way to ask",
)
def test_the_requests_dataset_wins_over_the_querys(engine: Embedded, sizes: dict[str, int]) -> None:
    """Protocol, section 2.1.4: a dataset in both is that of the request."""
    text = DISTINCT.replace("{", f"FROM <{terms.CITIES_GRAPH}> {{", 1)
    assert numbers(engine, text, terms.SETTINGS_GRAPH) == [sizes[terms.SETTINGS_GRAPH]] * 2
    assert numbers(engine, text, named=(terms.SETTINGS_GRAPH,)) == [0, 0]
    unknown = DISTINCT.replace("{", "FROM <http://example.org/unknown> {", 1)
    assert numbers(engine, unknown, terms.SETTINGS_GRAPH) == [sizes[terms.SETTINGS_GRAPH]] * 2


UNKNOWN = "http://example.org/unknown"


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1.4", "a dataset that names an unknown, relative or empty IRI is 400"
)
@every_row(
    "query",
    [
        Query(f"ASK FROM <{UNKNOWN}> {{}}"),
        Query(f"ASK FROM NAMED <{UNKNOWN}> {{}}"),
        Query("PREFIX e: <http://example.org/> ASK FROM e:unknown {}"),
        Query("ASKFROM<unknown>{}"),
        Query("ASK {}", (UNKNOWN,)),
        Query("ASK {}", (terms.CITIES_GRAPH,), (UNKNOWN,)),
        Query("ASK {}", ("",)),
        Query("ASK {}", ("not an IRI",)),
        Query("DESCRIBE <x:y> FROM <x:z>"),
    ],
    ids=str,
)
def test_a_graph_that_is_not_here_is_told(query: Query, engine: Embedded) -> None:
    with pytest.raises(Problem) as caught:
        engine.answer(query, None)
    assert caught.value.name == "unknown-graph"


# Formats.
TERMS = r"""SELECT ?x ?y { VALUES (?x ?y) {
  (<http://example.org/a?b=1&c=2> "plain")
  ("quote \" comma , <tag> & tab\t, line\nbreak" "Пермь"@ru)
  (UNDEF "1"^^<http://www.w3.org/2001/XMLSchema#integer>)
  ("" "青岛"@zh-hans)
  ("back\\slash" true)
} }"""


def parsed(body: bytes, form: str) -> list[dict[str, rdflib.term.Node]]:
    """Read an answer with rdflib, as rows of names and terms."""
    bindings = rdflib.query.Result.parse(io.BytesIO(body), format=form).bindings
    return [{str(name): value for name, value in row.items()} for row in bindings]


@pytest.mark.conforms("SPARQL 1.1 Protocol", "2.1.6", "the formats of an answer say the same")
def test_terms_are_the_same_in_every_format(engine: Embedded) -> None:
    answers = {form: engine.answer(Query(TERMS), form.name).body for form in formats.SOLUTIONS}
    expected = parsed(answers[formats.RESULTS_JSON], "json")
    assert len(expected) == 5
    assert expected[2] == {"y": rdflib.Literal(1)}
    assert parsed(answers[formats.RESULTS_XML], "xml") == expected
    assert parsed(answers[formats.RESULTS_TSV], "tsv") == expected
    read = list(csv.reader(io.StringIO(answers[formats.RESULTS_CSV].decode(), newline="")))
    names = ["x", "y"]
    assert read == [names, *([str(row.get(n, "")) for n in names] for row in expected)]


@pytest.mark.conforms(
    "SPARQL 1.1 Query Results JSON Format", "3.1.1", "`vars` lists the variables of an empty answer"
)
@pytest.mark.conforms(
    "SPARQL Query Results XML Format", "2.2", "`head` lists the variables of an empty answer"
)
@pytest.mark.conforms(
    "SPARQL 1.1 Query Results CSV and TSV Formats",
    "3.1",
    "the first line names the variables of an empty answer",
)
def test_the_variables_of_an_empty_answer_are_named(engine: Embedded) -> None:
    query = Query("SELECT ?a ?b { ?a <x:y> ?b }")
    assert json.loads(engine.answer(query, "json").body)["head"]["vars"] == ["a", "b"]
    head = ElementTree.fromstring(engine.answer(query, "xml").body)[0]
    assert [variable.attrib["name"] for variable in head] == ["a", "b"]
    assert engine.answer(query, "csv").body.split() == [b"a,b"]
    assert engine.answer(query, "tsv").body.split() == [b"?a", b"?b"]


@pytest.mark.conforms(
    "SPARQL 1.1 Query Results JSON Format", "4.2", "`boolean` is the answer to ASK"
)
@pytest.mark.conforms("SPARQL Query Results XML Format", "2.3.2", "`boolean` is the answer to ASK")
@pytest.mark.parametrize("value", [True, False])
def test_a_yes_or_no_in_every_format(value: bool, engine: Embedded) -> None:
    query = Query(f"ASK {{ FILTER({str(value).lower()}) }}")
    for form in formats.BOOLEANS:
        found = rdflib.query.Result.parse(
            io.BytesIO(engine.answer(query, form.name).body), format=form.name
        )
        assert found.askAnswer is value


PAVIA = terms.thing("city", "pavia-3171366")
GRAPH_QUERIES = {
    "construct": f"CONSTRUCT {{ <{PAVIA}> ?p ?o }} {{ <{PAVIA}> ?p ?o }}",
    "short construct": f"CONSTRUCT WHERE {{ ?s <{CL}party> ?o }}",
    "construct blank nodes": f"CONSTRUCT {{ [] <x:of> ?o }} {{ ?s <{CL}party> ?o }}",
    "describe": f"DESCRIBE <{PAVIA}>",
    "describe what is found": f"DESCRIBE ?s {{ ?s a <{CL}City> }}",
    "describe nothing": "DESCRIBE <x:nothing>",
}
READERS: dict[Format, str] = {
    formats.TURTLE: "turtle",
    formats.NTRIPLES: "nt",
    formats.RDFXML: "xml",
    formats.JSONLD: "json-ld",
}


@every_row("text", GRAPH_QUERIES.values(), ids=GRAPH_QUERIES.keys())
def test_a_graph_is_the_same_in_every_format(text: str, engine: Embedded) -> None:
    graphs = [
        rdflib.Graph().parse(data=engine.answer(Query(text), form.name).body, format=READERS[form])
        for form in formats.GRAPHS
    ]
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])
    assert bool(graphs[0]) != ("nothing" in text)


def test_a_graph_states_a_triple_once(engine: Embedded) -> None:
    text = f"CONSTRUCT {{ <x:a> <x:b> ?p }} {{ ?s <{CL}party> ?o . ?s ?p ?o }}"
    lines = engine.answer(Query(text), "ntriples").body.splitlines()
    assert len(lines) == len(set(lines)) == 1


def test_turtle_has_those_of_our_prefixes_that_it_uses(engine: Embedded) -> None:
    body = engine.answer(Query(GRAPH_QUERIES["describe"]), "turtle").body.decode()
    assert f"@prefix cl: <{CL}> ." in body
    assert "cl:inCountry" in body
    assert "@prefix sh:" not in body


FORMS = ["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]


@every_row("form", FORMS)
def test_each_format_is_found_by_name_extension_and_media_type(form: str) -> None:
    for offered in formats_for(form):
        assert format_for(form, offered.name) == offered
        plain = next(one for one in formats_for(form) if one.extension == offered.extension)
        assert not plain.profile, "its forms are asked for by their names"
        for wanted in (offered.extension, offered.media_type):
            assert format_for(form, wanted) == plain
    assert format_for(form, None) == formats_for(form)[0]


@every_row(
    ("form", "wanted"),
    [("SELECT", "turtle"), ("ASK", "csv"), ("CONSTRUCT", "srj"), ("DESCRIBE", "n3"), ("ASK", "?")],
)
def test_a_format_that_the_form_has_not_is_told(form: str, wanted: str) -> None:
    with pytest.raises(Problem) as caught:
        format_for(form, wanted)
    assert caught.value.name == "not-acceptable"
    assert caught.value.members["allowed"] == [f.name for f in formats_for(form)]


def test_an_answer_says_of_which_release_it_is(engine: Embedded, release: Release) -> None:
    assert engine.answer(Query("ASK {}"), None).release == release.version


ENGINE_SYNTAX = [
    ("SELECT", 1),
    ("SELECT * {\n ?s ?p }", 2),
    ("ASK { ?s ?p ?o", 1),
    ("SELECT ?x { } GROUP BY ?y", None),
    ("ASK { FILTER(<x:f>(1)) } ASK {}", 1),
    ("ASK {} ; INSERT DATA {}", 1),
    ("CONSTRUCT { ?s ?p ?o }", 1),
]


@every_row(("text", "line"), ENGINE_SYNTAX)
def test_the_engine_says_where_it_stopped(text: str, line: int | None, engine: Embedded) -> None:
    with pytest.raises(Problem) as caught:
        engine.answer(Query(text), None)
    assert caught.value.name == "query-syntax"
    assert caught.value.detail
    assert len(caught.value.detail) < 400
    assert line is None or caught.value.members["line"] == line


ENGINE_PLACES = [
    ("SELECT * {\n ?s ?p }", 2, 8),
    ("SELECT * {\r\n\t?s ?p }", 2, 8),
    ('SELECT * { ?s ?p "Пермь" . ?s ?p }', 1, 34),
    ('SELECT * { ?s ?p "\U0001f3d9" . ?s ?p }', 1, 30),
    (r"S\u0045LECT * { ?s ?p }", 1, 23),
    ("SELECT * {\n \\u003Fs ?p }", 2, 13),
    (r'SELECT * { ?s ?p "\u0041" . ?s ?p }', 1, 35),
    (r"SELECT * { \u000A ?s ?p }", 1, 25),
]


@every_row(("text", "line", "column"), ENGINE_PLACES)
def test_the_place_is_that_of_the_query_as_it_was_sent(
    text: str, line: int, column: int, engine: Embedded
) -> None:
    with pytest.raises(Problem) as caught:
        engine.answer(Query(text), None)
    assert caught.value.name == "query-syntax"
    assert (caught.value.members["line"], caught.value.members["column"]) == (line, column)


@pytest.mark.conforms(
    "SPARQL 1.1 Query", "17.6", "a function that is not here is told by its name: 400"
)
@pytest.mark.parametrize("text", ["SELECT (<x:f>(1) AS ?x) {}", "ASK { FILTER(<x:f>()) }"])
def test_a_function_that_is_not_here_is_told(text: str, engine: Embedded) -> None:
    with pytest.raises(Problem) as caught:
        engine.answer(Query(text), None)
    assert (caught.value.name, caught.value.detail) == (
        "unknown-function",
        "there is no function <x:f>",
    )


@pytest.mark.conforms("SPARQL 1.1 Query", "19.2", "codepoint escapes may stand anywhere in a query")
def test_escapes_are_undone_for_the_engine_too(engine: Embedded) -> None:
    """SPARQL 1.1, section 19.2; the engine by itself reads them in strings and IRIs alone."""
    text = r'S\u0045LECT ("\u0022\u000A" AS \u003Fx) { }'
    assert parsed(engine.answer(Query(text), "json").body, "json") == [{"x": rdflib.Literal('"\n')}]


def test_a_release_may_be_chosen(make_engine: Callable[..., Embedded]) -> None:
    engine = make_engine()
    version = engine.shelf.current().version
    engine.fixed = version[:8]
    assert engine.answer(Query("ASK {}"), None).release == version
    engine.fixed = "unknown"
    with pytest.raises(Problem) as caught:
        engine.answer(Query("ASK {}"), None)
    assert caught.value.name == "not-found"
