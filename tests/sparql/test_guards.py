"""The guards: what is refused before a worker sees it, and that the engine reads as they do."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.problems import Problem
from registry.settings import Settings
from registry.sparql.guards import BASE_LENGTH, CHAIN_FACTOR, Outline, outline
from registry.sparql.tokens import tokens
from tests.processes import guarded
from tests.tables import every_row

SETTINGS = Settings()
DEPTH = SETTINGS.query_depth
CHAIN = DEPTH * CHAIN_FACTOR


def refused(query: str, settings: Settings = SETTINGS) -> Problem:
    with pytest.raises(Problem) as caught:
        outline(query, settings)
    return caught.value


def graphs(query: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    seen = outline(query, SETTINGS)
    return seen.default_graphs, seen.named_graphs


@every_row(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("select*{}", "SELECT"),
        ("ASK{}", "ASK"),
        ("CONSTRUCT WHERE {}", "CONSTRUCT"),
        ("DESCRIBE <x>", "DESCRIBE"),
        ("PREFIX a: <b> PREFIX : <c> BASE <http://d/> ASK {}", "ASK"),
        ("# SELECT\nASK {}", "ASK"),
        (r"\u0041SK {}", "ASK"),
        ("PREFIX ASK: <x> SELECT * {}", "SELECT"),
        ('VERSION "1.2" PREFIX a: <b> ASK {}', "ASK"),
        ("PREFIX a: <b> version '1.1' SELECT * {}", "SELECT"),
    ],
)
def test_the_form_is_the_first_word_after_the_prologue(query: str, form: str) -> None:
    assert outline(query, SETTINGS).form == form


UPDATES = [
    "INSERT DATA { <a> <b> <c> }",
    "DELETE WHERE { ?s ?p ?o }",
    "delete data { <a> <b> <c> }",
    "WITH <g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "LOAD <http://example.org/>",
    "CLEAR ALL",
    "DROP GRAPH <g>",
    "CREATE GRAPH <g>",
    "ADD <a> TO <b>",
    "MOVE <a> TO <b>",
    "COPY <a> TO <b>",
    "PREFIX a: <b> INSERT DATA {}",
    r"INS\u0045RT DATA {}",
]


@every_row("update", UPDATES)
def test_an_update_is_refused(update: str) -> None:
    assert refused(update).name == "update-refused"


SERVICES = [
    "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <http://x/> { ?s ?p ?o } }",
    "SELECT * { service<http://x/>{} }",
    "SELECT * { SERVICESILENT<http://x/>{} }",
    "SELECT * { ?s ?p true.SERVICE<http://x/>{} }",
    "SELECT * { ?s ?p 5SERVICE<http://x/>{} }",
    "SELECT * { ?s ?p trueSERVICE<http://x/>{} }",
    "SELECT * { ?s ?p 'it''SERVICE'SERVICE<http://x/>{} }",
    "SELECT * { SERVICE ?s { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { FILTER EXISTS { SERVICE <http://x/> {} } } }",
    "SELECT * { { SELECT * { SERVICE <http://x/> {} } } }",
    "SELECT * { # SERVICE\n SERVICE # \n <http://x/> {} }",
    r"SELECT * { SERV\u0049CE <http://x/> {} }",
    r"SELECT * { \U00000053ERVICE <http://x/> {} }",
    r"PREFIX e: <x> SELECT * { ?s e:a\' ?o . SERVICE <http://x/> {} . ?s e:b\' ?o }",
    r"PREFIX e: <x> SELECT * { ?s e:a\#b ?o . SERVICE <http://x/> {} }",
    r"SELECT * { ?s ?p '\u0027 . SERVICE <http://x/> {} #'}",
    "PREFIX : <http://x/> PREFIX SERVICE: <y> SELECT * { SERVICE:a { ?s ?p ?o } }",
    "PREFIX : <http://x/> PREFIX SERVICESILENT: <y> SELECT * { SERVICESILENT:a{} }",
    "PREFIX : <http://x/> PREFIX true.service: <y> SELECT * { ?s ?p true.service:a{} }",
]


@every_row("query", SERVICES[:-5] + SERVICES[-3:])
def test_service_is_refused_wherever_it_stands(query: str) -> None:
    assert refused(query).name == "service-refused"


@every_row(
    "query",
    [
        "SELECT * { ?s ?p 'SERVICE' }",
        'SELECT * { ?s ?p "a" } # SERVICE',
        "SELECT ?SERVICE { ?SERVICE ?p <http://x/SERVICE> }",
        "PREFIX ex: <http://x/> SELECT * { ?s ex:service ex:SERVICE }",
        "PREFIX service: <http://x/> SELECT * { service:a service:b ?o }",
        "PREFIX services: <http://x/> SELECT * { GRAPH services:a { ?s ?p ?o } }",
        "PREFIX service: <http://x/> ASK FROM NAMED service:a { }",
        "SELECT * { _:service ?p ?o }",
        'SELECT * { ?s ?p "a"@en-service }',
    ],
)
def test_what_is_only_called_service_passes(query: str) -> None:
    assert isinstance(outline(query, SETTINGS), Outline)


A, B = "http://a/", "http://b/"
DATASETS = {
    "none": ("ASK {}", (), ()),
    "default": (f"ASK FROM <{A}> {{}}", (A,), ()),
    "named": (f"ASK FROM NAMED <{A}> {{}}", (), (A,)),
    "several": (f"ASK FROM <{A}> FROM NAMED <{B}> FROM <x:c> {{}}", (A, "x:c"), (B,)),
    "without space": (f"SELECT*FROM<{A}>FROMNAMED<{B}>{{}}", (A,), (B,)),
    "in any case": (f"select * from <{A}> from named <{B}> {{}}", (A,), (B,)),
    "with a prefix": (f"PREFIX g: <{A}> ASK FROM g:b {{}}", (f"{A}b",), ()),
    "with the empty prefix": (f"PREFIX : <{A}> ASK FROM NAMED :b {{}}", (), (f"{A}b",)),
    "with a prefix twice": (f"PREFIX g: <{A}> PREFIX g: <{B}> ASK FROM g:c {{}}", (f"{B}c",), ()),
    "with an escaped name": (rf"PREFIX g: <{A}> ASK FROM g:b\-c\' {{}}", (f"{A}b-c'",), ()),
    "with a base": (f"BASE <{A}b/> ASK FROM <c> FROM <../d> {{}}", (f"{A}b/c", f"{A}d"), ()),
    "with bases in turn": (f"BASE <{A}b/> BASE <c/> ASK FROM <d> {{}}", (f"{A}b/c/d",), ()),
    "with both": (f"BASE <{A}> PREFIX g: <b/> ASK FROM g:c {{}}", (f"{A}b/c",), ()),
    "with escapes": (
        rf"ASK FROM <{A}\u00e9> FROM <{A}\U0001F3D9> {{}}",
        (f"{A}é", f"{A}\U0001f3d9"),
        (),
    ),
    "not in a string": (f"SELECT * {{ ?s ?p 'FROM <{A}>' }}", (), ()),
    "not in a comment": (f"ASK # FROM <{A}>\n {{}}", (), ()),
    "not as a variable": (f"SELECT ?FROM {{ ?FROM <{A}> ?o }}", (), ()),
    "nothing after it": ("ASK FROM", (), ()),
    "nothing after its name": ("ASK FROM NAMED", (), ()),
}


@every_row(
    ("query", "relative"),
    [
        ("ASK { <s> ?p <http://a/o> }", True),
        ("ASK { <> ?p ?o }", True),
        ("PREFIX a: <b/> ASK { a:c ?p ?o }", True),
        ("ASK { <http://a/s> <urn:p> '<o>' }", False),
    ],
)
def test_what_is_relative_to_the_address_is_told(query: str, relative: bool) -> None:
    assert outline(query, SETTINGS).relative is relative


def test_the_address_is_the_base_of_from_and_of_base() -> None:
    here = f"{A}sparql"
    assert outline("ASK FROM <c> {}", SETTINGS, here).default_graphs == (f"{A}c",)
    assert outline("BASE <b/> ASK FROM <c> {}", SETTINGS, here).default_graphs == (f"{A}b/c",)
    assert outline(f"BASE <{B}> ASK FROM <c> {{}}", SETTINGS, here).default_graphs == (f"{B}c",)


@every_row(
    ("query", "text"),
    [
        ("\ufeffASK {}", " ASK {}"),
        ("ASK\u00a0{ ?s\u202f?p ?o }", "ASK { ?s ?p ?o }"),
        ("ASK { ?s ?p TRUE, False, true }", "ASK { ?s ?p true, false, true }"),
        ("SELECT ?a $b ?a {}", "SELECT ?a $b    {}"),
        ("SELECT ?a (?a + 1 AS ?c) $a {}", "SELECT ?a (?a + 1 AS ?c)    {}"),
        ("SELECT ?a { SELECT ?a ?a { ?a ?a ?a } }", "SELECT ?a { SELECT ?a    { ?a ?a ?a } }"),
        ("ASK { ?s ?p 'TRUE\u00a0' , ?TRUE } # TRUE", "ASK { ?s ?p 'TRUE\u00a0' , ?TRUE } # TRUE"),
    ],
)
def test_the_engine_reads_spaces_and_truth_as_people_write_them(query: str, text: str) -> None:
    assert outline(query, SETTINGS).text == text


def test_a_prefix_that_is_known_is_declared_in_the_message() -> None:
    known = refused("ASK { ?s cl:party ?o }").detail
    assert known == (
        "the prefix cl: is not declared; begin the query with PREFIX cl: "
        "<https://w3id.org/citylinks/ontology#>"
    )
    assert refused("ASK { ?s nobody:party ?o }").detail == "the prefix nobody: is not declared"


LONG = "a/" * 500
BASES = {
    "long": f"BASE <{A}{LONG}> ASK {'FROM <b>' * 6_000} {{}}",
    "growing": f"BASE <{A}> {'BASE <a/>' * 9_000} ASK {{}}",
    "long and going up": f"BASE <{A}{LONG}> {'BASE <../b/>' * 5_000} ASK {{}}",
}


@pytest.mark.parametrize("query", BASES.values(), ids=BASES.keys())
def test_a_base_is_short_so_that_relative_iris_are_read_at_once(query: str) -> None:
    """Each relative IRI takes as long as its base: thousands of them held the web process."""
    problem = refused(query)
    assert (problem.name, problem.members["limit"]) == ("query-too-large", BASE_LENGTH)


def test_a_base_may_be_as_long_as_the_limit() -> None:
    base = A + "b" * (BASE_LENGTH - len(A) - 1) + "/"
    assert outline(f"BASE <{base}> ASK FROM <c> {{}}", SETTINGS).default_graphs == (f"{base}c",)
    assert refused(f"BASE <{base}> BASE <c> ASK {{}}").name == "query-too-large"


@every_row(("query", "default", "named"), DATASETS.values(), ids=DATASETS.keys())
def test_the_dataset_is_that_of_from(
    query: str, default: tuple[str, ...], named: tuple[str, ...]
) -> None:
    assert graphs(query) == (default, named)
    assert outline(query, SETTINGS).has_dataset == bool(default or named)


@every_row("word", ["NOW", "RAND", "UUID", "STRUUID", "BNODE", "now"])
def test_a_query_whose_answers_differ_is_told(word: str) -> None:
    assert outline(f"SELECT ({word}() AS ?x) {{}}", SETTINGS).volatile
    assert not outline(f"SELECT ('{word}()' AS ?{word}) {{}} # {word}", SETTINGS).volatile


NESTED = {
    "groups": ("ASK ", "{", "}"),
    "parentheses": ("ASK { FILTER", "(", ")"),
    "blank nodes": ("ASK { ?s ?p ", "[ ?p ", "]"),
    "lists": ("ASK { ?s ?p ", "( 1 ", ")"),
    "exists": ("ASK ", "{ FILTER EXISTS ", "}"),
    "functions": ("ASK { FILTER ", "STR(", ")"),
    "never closed": ("ASK ", "{", ""),
}


@every_row(("start", "opening", "closing"), NESTED.values(), ids=NESTED.keys())
def test_nesting_has_a_limit(start: str, opening: str, closing: str) -> None:
    inside = DEPTH - start.count("{")
    assert outline(start + opening * inside + closing * inside, SETTINGS).form == "ASK"
    for count in (inside + 1, 5_000):
        problem = refused(start + opening * count + closing * count)
        assert (problem.name, problem.members["limit"]) == ("query-too-deep", DEPTH)


@every_row(
    "unit",
    [
        "UNION{}",
        "OPTIONAL{}",
        "MINUS{}",
        "FILTER EXISTS{}",
        "||?a",
        "&&?a",
        "+1",
        "-1",
        "/<p>",
        "|<p>",
        "!",
    ],
)
def test_chains_have_a_limit(unit: str) -> None:
    assert outline("ASK { {} " + unit * CHAIN + " }", SETTINGS).form == "ASK"
    problem = refused("ASK { {} " + unit * (CHAIN + 1) + " }")
    assert (problem.name, problem.members["limit"]) == ("query-too-deep", CHAIN)


@every_row(
    "unit",
    [
        "(1.5 -2.5)",
        "{ ?s ?p -1 . FILTER(?a = 1 || ?b != 2) }",
        "'2000-01-31'^^<date> ",
        "?s ?p -1, -2; ?q -3 .",
    ],
)
def test_what_stands_side_by_side_is_no_chain(unit: str) -> None:
    assert outline("ASK { VALUES (?x ?y) {" + unit * 2_200 + "} }", SETTINGS).form == "ASK"


def test_the_settings_are_the_limits() -> None:
    shallow = replace(SETTINGS, query_depth=2, query_bytes=60)
    assert outline("ASK { { } }", shallow).form == "ASK"
    assert refused("ASK { { { } } }", shallow).members["limit"] == 2
    assert outline("ASK {" + "." * 54 + "}", shallow).form == "ASK"
    problem = refused("ASK {" + "." * 55 + "}", shallow)
    assert (problem.name, problem.members["limit"]) == ("query-too-large", 60)


def test_ten_thousand_of_our_iris_are_one_request() -> None:
    iris = [f"<{terms.thing('city', f'aschaffenburg-{n}')}>" for n in range(2_000_000, 2_010_000)]
    query = f"SELECT * {{ VALUES ?city {{ {' '.join(iris)} }} ?city ?p ?o }}"
    assert len(query) > 550_000
    assert outline(query, SETTINGS).form == "SELECT"


@every_row(
    "unit", ["TRUE ", "\u00a0", "?s ?p ?o . ", "<x:a> ", "a:b ", "{} ", "'a' ", "PREFIX a:<x:>"]
)
def test_tokens_are_counted_whatever_they_are(unit: str) -> None:
    few = replace(SETTINGS, query_tokens=1_000)
    problem = refused("ASK {" + unit * 1_000, few)
    assert (problem.name, problem.members["limit"]) == ("query-too-large", 1_000)


def test_a_query_of_many_changed_tokens_is_read_in_the_time_of_others() -> None:
    """Each change is written once, and not with all the text."""
    began = time.process_time()
    truths = outline(f"ASK {{ VALUES ?x {{ {'TRUE ' * 90_000}}} }}", SETTINGS)
    assert truths.text.count("true") == 90_000
    columns = outline(f"SELECT {'?a ' * 90_000} {{}}", SETTINGS)
    assert columns.text.count("?a") == 1
    assert time.process_time() - began < 3


@pytest.mark.slow
@every_row("unit", ["COUNT(?a) ", "GROUP ", "HAVING ", "ORDER "])
def test_what_deviates_is_found_in_the_time_of_others(unit: str) -> None:
    clauses = unit * (90_000 // len(list(tokens(unit))))
    with guarded():
        outline(f"SELECT ?a {{}} GROUP BY ?a ORDER BY {clauses}", SETTINGS)


def test_a_year_may_have_any_number_of_digits() -> None:
    for ending, has_value in (("0000-02-29", True), ("0001-02-29", False)):
        date = f"'{'9' * 5_000}{ending}'^^<http://www.w3.org/2001/XMLSchema#date>"
        found = outline(f"ASK {{ ?s ?p {date} }}", SETTINGS).deviations.certain
        assert ("literals-without-value" not in found) == has_value


def test_the_length_is_counted_in_bytes() -> None:
    assert (
        refused("ASK {" + "é" * 28 + "}", replace(SETTINGS, query_bytes=60)).name
        == "query-too-large"
    )


SYNTAX = [
    ("", 1, 1),
    ("   ", 1, 4),
    ("\n\n  SELCT * {}", 3, 3),
    ("PREFIX ex: SELECT * {}", 1, 12),
    ("SELECT * {\n  ?s ex:p ?o }", 2, 6),
    ("SELECT * {\n ?s ?p 'a\n }", 2, 8),
    ("SELECT * { ?s ?p '''a }", 1, 18),
    ("PREFIX : <a> SELECT * { SERVICE:a {} }", 1, 25),
    ("PREFIX : <a> SELECT * FROM:g {}", 1, 23),
    ("ASK FROM 'a' {}", 1, 10),
    ("ASK FROM NAMED ?g {}", 1, 16),
    ("ASK {\r\n\t?s ex:p ?o }", 2, 5),
    ("ASK {\r ?s ex:p ?o }", 1, 11),
    ('ASK { ?s ?p "Пермь 青岛 \U0001f3d9" . ?s ex:p ?o }', 1, 31),
    (r"\u0041SK { ?s ex:p ?o }", 1, 15),
    (r"ASK { \u000A ?s ex:p ?o }", 1, 17),
    (r"ASK { ?s ?p '\u0041' . ?s ex:p ?o }", 1, 27),
    (r"PREFIX e: <x> ASK FROM \U00000022a\u0022 {}", 1, 24),
    ("ASK {\n  \ud800 }", 2, 3),
    ("PREFIX a: <b>\n VERSION '3' ASK {}", 2, 10),
    ("VERSION ASK {}", 1, 9),
    ("SELECT (SUM(COUNT(?a)) AS ?b) {}", 1, 13),
    ("SELECT ?a { ?a ?p ?b FILTER(1 + (COUNT(?b)) > 3) } GROUP BY ?a", 1, 34),
    ("SELECT ?a { ?a ?p ?b OPTIONAL { ?a ?q ?c BIND(MAX(?c) AS ?d) } } GROUP BY ?a", 1, 47),
    ("SELECT ?a { ?a ?p ?b FILTER COUNT(?b) } GROUP BY ?a", 1, 29),
    ("SELECT ?a {} GROUP BY ?a\nORDER BY MAX(1 + (avg(?b)))", 2, 19),
]


@every_row(("query", "line", "column"), SYNTAX)
def test_what_cannot_be_read_is_told_with_its_place(
    query: str, line: int | None, column: int | None
) -> None:
    problem = refused(query)
    assert problem.name == "query-syntax"
    assert (problem.members.get("line"), problem.members.get("column")) == (line, column)


@given(st.text(alphabet="ASKFROM{}()[]\"'\\u0022<>:?.#\n @^|-1é", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for query in (text, f"ASK {text}"):
        try:
            assert outline(query, SETTINGS).form in {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
        except Problem as problem:
            assert problem.name in {"query-syntax", "query-too-deep"}


# Whatever the guards let pass, the engine reads as they did.
REACHING_OUT = "is not allowed for HTTP(S)"
"""What the engine says before it would open a connection to port 9."""

PROLOGUE = "PREFIX : <http://127.0.0.1:9/> PREFIX e: <http://e/> PREFIX SERVICE: <http://s/> "
VALUES = ["true", "5", "5.", "5.0", "'a'@en", "'a'", "e:o", r"e:a\'", "<x:y>", r"'\u0027'"]
VALUES += [r"'''a\''''", r'"""\""""']
BEFORE = ["", "?s ?p ?o", "_:a ?p _:b", "OPTIONAL{}", "BIND(1<2 AS ?x)"]
BEFORE += [f"?s ?p {value}" for value in VALUES]
GLUE = ["", " ", ".", "\n", "# '\n"]
WORDS = ["SERVICE", "service", r"\u0053ERVICE"]
TARGETS = ["<http://127.0.0.1:9/>", ":a"]


@pytest.fixture(scope="module")
def stated() -> ox.Store:
    """Give a store in which each of the values is found."""
    store = ox.Store()
    prefix = "@prefix e: <http://e/> .\n"
    lines = (f"<x:s> e:p {value.removesuffix('.')} .\n" for value in VALUES)
    store.load((prefix + "".join(lines)).encode(), format=ox.RdfFormat.TURTLE)
    return store


def reaches_out(store: ox.Store, query: str) -> bool:
    """Tell whether the engine would ask another endpoint; a mistake in the query asks nobody."""
    try:
        store.query(query)
    except SyntaxError:
        return False
    except OSError as error:
        assert REACHING_OUT in str(error)
        return True
    return False


@pytest.mark.slow
@every_row("before", BEFORE)
def test_the_engine_reaches_nobody(before: str, stated: ox.Store) -> None:
    """Many of these queries reach out as they are written; none does that the guards let pass."""
    out = 0
    for first, word, second, target, third in itertools.product(GLUE, WORDS, GLUE, TARGETS, GLUE):
        query = f"{PROLOGUE} ASK {{ {before}{first}{word}{second}{target}{third}{{}} }}"
        out += reaches_out(stated, query)
        try:
            text = outline(query, SETTINGS).text
        except Problem as problem:
            assert problem.name in {"service-refused", "query-syntax"}
        else:
            assert not reaches_out(stated, text), query
    assert out > 20
