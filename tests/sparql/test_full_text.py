"""Full text in queries: `cl:matches`."""

from __future__ import annotations

import csv
import io

import pytest

from registry import terms
from registry.problems import Problem
from registry.releases.reading import Release
from registry.search.finding import Wanted, find
from registry.sparql import full_text
from registry.sparql.engine import Embedded, Query
from registry.sparql.full_text import MOST, MOST_TEXTS, searching, with_things
from registry.views.names import NAMES
from tests.tables import every_row

PREFIX = f"PREFIX cl: <{terms.CL}> "
A, B = "VALUES ?c { <x:a> <x:b> }", "VALUES ?c { <x:b> <x:b> }"


def search(text: str) -> list[tuple[str, int]]:
    return [(f"x:{text}", 90), ("x:b", 50)]


WRITTEN = [
    ('{ ?c cl:matches "a" }', f"{{ {A} }}"),
    ("{ ?c cl:matches 'a' . ?c ?p ?o }", f"{{ {A} . ?c ?p ?o }}"),
    ('{ ?c cl:matches "a" ; ?p ?o }', f"{{ {A} . ?c  ?p ?o }}"),
    ('{ ?c cl:matches """a""" ; . }', f"{{ {A} . }}"),
    ('{ ?c ?p ?o ; cl:matches "a" ; ?q ?r . }', f"{{ {A} . ?c ?p ?o  ; ?q ?r . }}"),
    ('{ ?c a [ ?p ?o ; ?q ?r ] ; cl:matches "a" }', f"{{ {A} . ?c a [ ?p ?o ; ?q ?r ]  }}"),
    ('{ ?x ?y 1.5 . ?c ?p "a. b" ; cl:matches "a" }', f'{{ ?x ?y 1.5 . {A} . ?c ?p "a. b"  }}'),
    ('{ ?c cl:matches "a" ; cl:matches "b" }', f"{{ {A} . {B} }}"),
    ('{ ?c cl:matches "a" FILTER(?c != 1) }', f"{{ {A} FILTER(?c != 1) }}"),
    ('{ { ?c cl:matches "a" } UNION { ?c cl:matches "b" } }', f"{{ {{ {A} }} UNION {{ {B} }} }}"),
    (f'{{ ?c <{terms.CL}matches> "a" }}', f"{{ {A} }}"),
    ('{ (?c ?n) cl:matches "a" }', "{ VALUES (?c ?n) { (<x:a> 90) (<x:b> 50) } }"),
    (r'{ ?c cl:matches "\u0061" }', f"{{ {A} }}"),
    ("{ cl:matches a ?type . ?x ?p cl:matches }", "{ cl:matches a ?type . ?x ?p cl:matches }"),
    ("{ FILTER(?p = cl:matches) }", "{ FILTER(?p = cl:matches) }"),
    ('{ ?c ?p "cl:matches" # cl:matches "a"\n }', '{ ?c ?p "cl:matches" # cl:matches "a"\n }'),
]


@every_row(("group", "expected"), WRITTEN)
def test_things_stand_where_their_names_are_asked_for(group: str, expected: str) -> None:
    assert with_things(f"{PREFIX}ASK {group}", search) == f"{PREFIX}ASK {expected}"


def test_a_template_is_left_as_it_is() -> None:
    query = f'{PREFIX}CONSTRUCT {{ ?c cl:matches "a" }} WHERE {{ %s }}'
    assert with_things(query % '?c cl:matches "a"', search) == query % A


@every_row(
    "group",
    [
        "{ ?c cl:matches ?name }",
        "{ ?c cl:matches 'a'@de }",
        "{ ?c cl:matches 'a'^^<x:b> }",
        "{ ?c cl:matches 'a', 'b' }",
        "{ 'a' cl:matches ?c }",
        "{ 'a'@de cl:matches ?c . ?c a cl:City }",
        "{ <x:a> cl:matches 'a' }",
        "{ [] a [ ?p ?o ; cl:matches 'a' ] }",
        "{ (?a ?b ?c) cl:matches 'a' }",
        "{ ?c cl:matches/a 'a' }",
        "{ ?c ^cl:matches 'a' }",
    ],
)
def test_what_cannot_be_looked_for_is_told(group: str) -> None:
    with pytest.raises(Problem, match="between a variable and a string") as caught:
        with_things(f"{PREFIX}\nASK {group}", search)
    assert caught.value.name == "query-syntax"
    assert caught.value.members["line"] == 2


def test_texts_are_bounded() -> None:
    asked = "?c cl:matches 'a' . "
    assert (
        with_things(f"{PREFIX}ASK {{ {asked * MOST_TEXTS} }}", search).count("VALUES") == MOST_TEXTS
    )
    with pytest.raises(Problem) as caught:
        with_things(f"{PREFIX}ASK {{ {asked * (MOST_TEXTS + 1)} }}", search)
    assert (caught.value.name, caught.value.members["limit"]) == ("query-too-large", MOST_TEXTS)


@pytest.mark.parametrize("text", ["pavia", "Пермь", "besanson", "o", "Xanadu", "Q915", ""])
def test_what_is_found_is_what_a_search_finds(
    text: str, engine: Embedded, release: Release
) -> None:
    query = f'{PREFIX}SELECT ?thing ?score {{ (?thing ?score) cl:matches "{text}" }}'
    body = engine.answer(Query(query), "csv").body.decode()
    found = find(release.view(NAMES), Wanted(text, limit=MOST)).results
    expected = [[one.suggestion.thing.iri, str(one.score)] for one in found]
    assert list(csv.reader(io.StringIO(body)))[1:] == expected
    assert expected or text in {"Xanadu", ""}
    assert searching(release)(text) == [(iri, int(score)) for iri, score in expected]


def test_it_is_joined_with_the_rest(engine: Embedded) -> None:
    query = f"""{PREFIX}SELECT ?twin {{
      ?city a cl:City ; cl:matches "pavia" .
      OPTIONAL {{ ?twin cl:matches "besancon" . ?city cl:linkedCity ?twin }} }}"""
    body = engine.answer(Query(query), "csv").body.decode()
    assert body.split() == ["twin", terms.thing("city", "besancon-3033123")]


@every_row(
    ("query", "said"),
    [
        ("SELECT * {\n ?c cl:matches 'pavia' ; a cl:City ?x }", "a dot is missing before ?x"),
        ("CONSTRUCT WHERE { ?c cl:matches 'pavia' }", "cl:matches cannot stand here"),
    ],
)
def test_a_mistake_is_told_of_the_query_as_it_is(query: str, said: str, engine: Embedded) -> None:
    with pytest.raises(Problem) as caught:
        engine.answer(Query(PREFIX + query), None)
    assert said in str(caught.value.detail)
    if "\n" in query:
        assert (caught.value.members["line"], caught.value.members["column"]) == (2, 36)


def test_a_text_that_finds_too_much_is_refused_and_not_cut(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list(searching(release)("p"))
    assert len(found) > 2
    monkeypatch.setattr(full_text, "MOST", len(found) - 1)
    with pytest.raises(Problem, match=f"finds {len(found)} things by 'p'") as caught:
        searching(release)("p")
    assert caught.value.name == "query-too-large"
