"""JSON-LD in the forms that a profile names."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.compare import isomorphic

from registry import formats, terms
from registry.graphs.jsonld import context, in_form
from registry.problems import Problem
from tests.tables import every_row

EXPANDED, COMPACTED, FRAMED = formats.PROFILES
CITY, LINK = terms.thing("city", "a"), terms.thing("link", "a--b")
TURTLE = f"""
@prefix cl: <{terms.CL}> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<{CITY}> a cl:City ; skos:prefLabel "A"@en ; cl:inCountry <x:c> ; cl:population 7 .
<{LINK}> cl:party <{CITY}>, <x:b> ; cl:startDate "1990"^^xsd:gYear ; cl:claim [ cl:party <x:b> ] .
"""


def document(turtle: str = TURTLE) -> bytes:
    triples = (quad.triple for quad in ox.parse(turtle.encode(), ox.RdfFormat.TURTLE))
    return formats.serialise(triples, formats.JSONLD)


def shaped(form: formats.Format, root: str = "") -> Any:
    return json.loads(in_form(document(), form, root))


def test_expanded_has_no_terms() -> None:
    city = next(node for node in shaped(EXPANDED) if node["@id"] == CITY)
    assert city[terms.CL + "population"][0]["@value"] == "7"


def test_compacted_has_the_terms_of_our_context() -> None:
    found = shaped(COMPACTED)
    assert found["@context"] == context()["@context"]
    city = next(node for node in found["@graph"] if node["id"] == CITY)
    assert (city["type"], city["country"]) == ("cl:City", "x:c")
    assert city["name"] == {"@language": "en", "@value": "A"}


def test_framed_a_thing_holds_those_that_it_refers_to() -> None:
    found = shaped(FRAMED)
    assert found["id"] == LINK
    assert {"id": "x:b"} in found["cl:claim"].values() or found["cl:claim"]["party"] == "x:b"


def test_framed_a_document_begins_with_its_thing() -> None:
    assert [node["id"] for node in shaped(FRAMED, CITY)["@graph"]] == [CITY, LINK]


NAMES = st.sampled_from(["<x:a>", "<x:b>", "<x:c>", "_:d", "_:e"])
VALUES = NAMES | st.sampled_from(['"1"', '"a"@en', "1.5", "true", "(<x:a> 1)", "()"])
STATEMENTS = st.lists(st.tuples(NAMES, st.sampled_from(["a", "<x:p>", "<x:q>"]), VALUES))


@given(STATEMENTS, st.sampled_from(["", "x:a"]))
def test_every_form_says_the_same(statements: list[tuple[str, str, str]], root: str) -> None:
    """Whatever refers to what, and in however many circles."""
    turtle = "\n".join(f"{s} {p} {o} ." for s, p, o in statements)
    written = document(turtle)
    expected = Graph().parse(data=turtle, format="turtle")
    for form in formats.PROFILES:
        found = Graph().parse(data=in_form(written, form, root), format="json-ld")
        assert isomorphic(found, expected), form.name


@every_row("form", formats.PROFILES)
def test_what_is_nested_too_deeply_is_refused_or_written(form: formats.Format) -> None:
    chain = " ".join(f"<x:{n}> <x:p> <x:{n + 1}> ." for n in range(3_000))
    try:
        in_form(document(chain), form)
    except Problem as problem:
        assert (problem.name, form) == ("not-acceptable", FRAMED)
