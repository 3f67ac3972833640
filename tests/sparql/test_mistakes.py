"""What is wrong with a query, in words and at its place."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from hypothesis import given

from registry import saved_queries, shipped
from registry.problems import Problem
from registry.sparql.engine import Embedded, Query
from registry.sparql.mistakes import explained
from registry.sparql.mistakes.grammar import first_stop
from registry.sparql.tokens import tokens
from tests.sparql.grammar import DAMAGED, GOOD, Good
from tests.tables import every_row

MISTAKES = [
    ("SELECT * { ?s <x:p> ?o ⟦?a <x:q> ?b }", "a dot is missing before ?a"),
    ("SELECT * {\n ?s a <x:p>\n ⟦?s <x:q> ?b .\n}", "a dot is missing before ?s"),
    ("SELECT * { ?s ?p ?o⟦", 'the bracket "{" of line 1, column 10 is not closed'),
    ("SELECT * { ?s ?p ?o FILTER(?o > 3 ⟦}", 'the bracket "(" of line 1, column 27'),
    ("SELECT (COUNT(?s ⟦AS ?n) { ?s ?p ?o }", 'the bracket "(" of line 1, column 14'),
    ("SELECT * { ?s ?p ?o } ⟦}", '"}" closes a bracket that was not opened'),
    ("SELECT ⟦COUNT(?s) AS ?n { ?s ?p ?o }", "in brackets: (COUNT(…) AS ?name)"),
    ("SELECT (COUNT(?s)⟦) { ?s ?p ?o }", "needs a name: (… AS ?name)"),
    ("SELECT ?s⟦, ?p { ?s ?p ?o }", "without a comma"),
    ("SELECT ?s ⟦DISTINCT { ?s ?p ?o }", "DISTINCT stands directly after SELECT"),
    ("SELECT ⟦?p (COUNT(?o) AS ?n) { ?s ?p ?o }", "?p is selected, but not grouped by"),
    ("SELECT (STR(⟦?s) AS ?x) { ?s ?p ?o } GROUP BY ?p", "?s is selected, but not grouped by"),
    ("⟦SELECT * { ?s ?p ?o } GROUP BY ?s", "SELECT * cannot stand with GROUP BY"),
    ("SELECT ?s (1 AS ?o) { ?s ?p ⟦?o }", "?o cannot be named by AS"),
    ("SELECT * { ?s ?p ?o BIND(1 AS ⟦?o) }", "?o cannot be named by BIND"),
    ("SELECT ?s { ?s ?p ?o FILTER(COUNT(⟦?o) > 1) }", "not in FILTER"),
    ("SELECT ?s { VALUES (⟦?s ?t) { (<x:a>) } }", "a row of VALUES has 1 of 2 values"),
    ("SELECT * { ?s ?p ?o } LIMIT 3 ⟦ORDER BY ?s", "ORDER BY is too late"),
    ("SELECT ?s { ?s ?p ?o ⟦LIMIT 10 }", 'LIMIT stands after the bracket "}"'),
    ("SELECT ?s { ?s ?p ?o } ORDER ⟦?s", "ORDER is followed by BY"),
    ("SELECT ?s { ?s ?p ?o } ORDER BY ?s DESC⟦", "DESC(?name)"),
    ("SELECT ?s { ?s ?p ?o } LIMIT ⟦ten", "LIMIT is followed by a number, and not by ten"),
    ("SELECT ?s { ?s ⟦select ?o }", "select is a reserved word"),
    ("⟦SELCT ?s { ?s ?p ?o }", "did you mean SELECT?"),
    ("SELECT ?s { ?s ?p ?o ⟦FILTRE(?o > 3) }", "did you mean FILTER?"),
    ("SELECT ?s { ?s ?p ?o FILTER(⟦CONTAIN(?o, 'a')) }", "did you mean CONTAINS?"),
    ("SELECT ?s { ?s ⟦name ?o }", "name is neither a variable (?name) nor an IRI"),
    ("SELECT ?s { ?s ?p ?o FILTER ⟦?o > 3 }", "FILTER(…)"),
    ("SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING ⟦?o > 3", "HAVING(…)"),
    ("SELECT ?s { ?s ?p ?o FILTER(?o =⟦= 3) }", "one = is enough"),
    ("SELECT ?s { ?s ?p ?o FILTER(?o > 3 ⟦and ?o < 4) }", "and is written &&"),
    ("SELECT ?s { ?s ?p ?o FILTER(?o ⟦&gt; 3) }", "&gt; is HTML"),
    ("SELECT ?s { ?s ?p ⟦“a” }", "“ is no quotation mark"),
    ("PREFIX ⟦cl <x:> SELECT * { ?s ?p ?o }", "a prefix ends with a colon"),
    ("SELECT ?s { ?s ⟦<x: y> ?o }", "no IRI begins here"),
    ("SELECT ?s { ?s ⟦'a' ?o }", "a property is an IRI or a variable"),
    ("SELECT ?s { ?s ?p ?o OPTIONAL ⟦?s ?p ?q }", "OPTIONAL { … }"),
    ("SELECT ?s { ?s ?p ?o ⟦UNION { ?s ?p ?q } }", "both sides of UNION"),
    ("SELECT ?s { ?s ?p ?o ⟦EXISTS { ?s ?p ?q } }", "FILTER EXISTS"),
    ("SELECT ?s { VALUES ?s { <x:a>⟦, <x:b> } }", "values stand side by side"),
    ("SELECT (GROUP_CONCAT(?s⟦, ', ') AS ?x) { ?s ?p ?o }", 'SEPARATOR=", "'),
    ("SELECT ?s { ?s ?p ?o }⟦;", "does not end with a semicolon"),
    ("SELECT (⟦SUBSTRING(?s, 1) AS ?x) { ?s ?p ?o }", "no function SUBSTRING; did you mean SUBSTR"),
    ("ASK { ?s ?p ?o FILTER(⟦strlength(?o) > 1) }", "did you mean STRLEN?"),
    ("ASK { ?s ?p ?o FILTER(?o > 1)⟦) }", '")" closes a bracket that was not opened'),
    ("SELECT ⟦?c { ?c ?p ?o } ORDER BY COUNT(?c)", "?c is selected, but not grouped by"),
    ("SELECT ⟦?c { ?c ?p ?o } HAVING(COUNT(?c) > 2)", "?c is selected, but not grouped by"),
    ("SELECT ?c { ?c ?p ?o } GROUP BY ?c HAVING COUNT(?p) ⟦> 2", "condition of HAVING stands in"),
    ("SELECT ?c { ?c ?p ?o FILTER STRLEN(?o) ⟦> 2 }", "condition of FILTER stands in brackets"),
    ("SELECT ?c { ?c ?p ?o } ORDER BY STRLEN(?o) ⟦* 2", "an expression of GROUP BY or ORDER BY"),
    ("ASK { ?s ?p ⟦'a\n}", "a string is not closed"),
    ("ASK { ?s ⟦'" + "abc " * 20 + "' ?o }", "not 'abc abc abc abc abc abc abc abc abc abc…"),
    ("ASK { ?s ?p ⟦}", '"}" stands where the object of a triple is expected'),
    ("ASK { ?s ⟦}", '"}" stands where a property is expected'),
]


def refusal(query: str) -> SyntaxError | None:
    try:
        ox.Store().query(query, base_iri="x:")
    except SyntaxError as error:
        return error
    return None


@every_row(("marked", "said"), MISTAKES)
def test_a_mistake_is_told_in_words_at_its_place(marked: str, said: str) -> None:
    before, _, _ = marked.partition("⟦")
    query = marked.replace("⟦", "")
    error = refusal(query)
    assert error
    message = explained(query, error).msg
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert message.startswith(f"error at {line}:{column}: ")
    assert said in message


def test_what_is_sparql_has_no_mistake() -> None:
    texts = [query.text for query in saved_queries.read(shipped.query_files())]
    assert len(texts) > 40
    assert [text for text in texts if first_stop(list(tokens(text))) is not None] == []


@given(GOOD)
def test_what_is_made_by_the_grammar_has_no_mistake(good: Good) -> None:
    assert first_stop(list(tokens(good.text()))) is None


GRAMMAR = re.compile(r"\[_\]|\[A-Z|expected one of|\\u")
"""What the engine's own messages have; a query may have it, too, and be quoted."""

WITHOUT_HALVES = DAMAGED.filter(lambda text: not re.search("[\ud800-\udfff]", text))
"""Halves of characters are refused before."""


@given(WITHOUT_HALVES)
def test_whatever_is_wrong_is_told_without_the_grammar(text: str) -> None:
    if error := refusal(text):
        message = explained(text, error).msg
        assert re.match(r"error at [0-9]+:[0-9]+: .", message)
        quoted = {word for word in GRAMMAR.findall(message) if word in text}
        assert not quoted.symmetric_difference(GRAMMAR.findall(message))


@pytest.mark.parametrize("base", ["", "http://localhost/"])
def test_it_is_told_of_the_query_as_it_was_sent(engine: Embedded, base: str) -> None:
    query = r"""ASK { ?s ?p "\u0041\n" .
      ?s \u003Fp }"""
    with pytest.raises(Problem) as caught:
        engine.answer(Query(query, base=base), None)
    assert (caught.value.members["line"], caught.value.members["column"]) == (2, 18)
    assert "the object of a triple is expected" in str(caught.value.detail)


REUSED = [
    ("SELECT (COUNT(*) AS ?n) (?n + 1 AS ?m) (?m * ?n AS ?k) { VALUES ?x { 1 2 3 } }", "3,4,12"),
    (
        "SELECT ?x (SUM(?y) AS ?n) (-?n AS ?m) { VALUES (?x ?y) { (1 2) (1 3) } } GROUP BY ?x",
        "1,5,-5",
    ),
    ("SELECT ?n { SELECT (MAX(?x) AS ?n) (?n AS ?m) { VALUES ?x { 1 2 } } }", "2"),
    ("SELECT (COUNT(*) AS ?n) (?n AS ?m) { VALUES ?x { 1 2 } } HAVING(?m > 1)", "2,2"),
]


@every_row(("query", "row"), REUSED)
def test_a_column_may_be_named_in_later_ones(query: str, row: str, engine: Embedded) -> None:
    """Section 18.2.4.4; a column that the engine cannot evaluate alone."""
    assert refusal(query) or "SELECT ?n {" in query or "HAVING" in query
    assert engine.answer(Query(query), "csv").body.decode().splitlines()[1:] == [row]


def test_a_column_that_is_named_before_is_unknown(engine: Embedded) -> None:
    for query in (
        "SELECT (?n + 1 AS ?m) (COUNT(*) AS ?n) { VALUES ?x { 1 } }",
        "SELECT (RAND() AS ?r) (?r AS ?s) (COUNT(*) AS ?n) { VALUES ?x { 1 } }",
    ):
        with pytest.raises(Problem, match=r"not grouped by|unbound"):
            engine.answer(Query(query), "csv")
