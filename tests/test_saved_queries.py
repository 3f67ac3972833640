"""Query files: header, parameters, and the form in which they are published."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import saved_queries, shipped, terms
from registry.saved_queries import Parameter, SavedQuery, as_triples, derived_terms, parse
from tests.tables import every_row

TEXT = """# title: Twins of a city
# title@it: Gemelle di una città
# title@zh-hant: 姊妹城市
# description: Lists twins: name, country.
# description@it: Elenca le gemelle: nome, paese.
# reader: portal
# parameter: city city <https://w3id.org/citylinks/id/city/perm-511196>
# parameter: from date "2000-01-01"^^xsd:date
# expect: at least 3 rows
#
PREFIX cl: <https://w3id.org/citylinks/ontology#>
# title: not in the header any more
SELECT ?twin WHERE {
  VALUES ?city { <https://w3id.org/citylinks/id/city/perm-511196> } # parameter city
  VALUES ?from { "2000-01-01" }# parameter from
  ?city cl:twinCity ?twin . ?twin cl:population ?size
}
"""


@pytest.fixture
def twins() -> SavedQuery:
    return parse("twins", TEXT)


def test_header(twins: SavedQuery) -> None:
    assert twins.title == {
        "en": "Twins of a city",
        "it": "Gemelle di una città",
        "zh-hant": "姊妹城市",
    }
    assert twins.description == {
        "en": "Lists twins: name, country.",
        "it": "Elenca le gemelle: nome, paese.",
    }
    assert (twins.reader, twins.expect, twins.derives) == ("portal", "at least 3 rows", ())
    assert twins.parameters == (
        Parameter("city", "city", "<https://w3id.org/citylinks/id/city/perm-511196>"),
        Parameter("from", "date", '"2000-01-01"^^xsd:date'),
    )
    assert twins.text == TEXT
    assert twins.body.startswith("PREFIX cl:")
    assert twins.iri == "https://w3id.org/citylinks/queries/twins"


@every_row(
    ("language", "title", "description"),
    [
        ("it", "Gemelle di una città", ("Elenca le gemelle: nome, paese.", "it")),
        ("zh-hant", "姊妹城市", ("Lists twins: name, country.", "en")),
        ("fr", "Twins of a city", ("Lists twins: name, country.", "en")),
    ],
)
def test_words_are_in_the_language_of_the_reader_or_in_english(
    language: str, title: str, description: tuple[str, str]
) -> None:
    query = parse("twins", TEXT)
    assert query.titled(language) == title
    assert (*query.described(language).values(),) == description


@every_row(
    ("text", "form"),
    [
        (TEXT, "SELECT"),
        ("# SELECT\nASK { ?s ?p ?o }", "ASK"),
        ("PREFIX a: <urn:a:>\nconstruct WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("  DESCRIBE <urn:a>", "DESCRIBE"),
        ("PREFIX a: <urn:a:>", ""),
    ],
)
def test_form(text: str, form: str) -> None:
    assert parse("any", text).form == form


def test_what_a_query_reads(twins: SavedQuery) -> None:
    assert twins.reads == {"cl:twinCity", "cl:population"}


@pytest.mark.parametrize(
    ("listed", "derives"),
    [("cl:status cl:linkKind", ("cl:status", "cl:linkKind")), ("cl:a, cl:b", ("cl:a", "cl:b"))],
)
def test_what_a_rule_derives(listed: str, derives: tuple[str, ...]) -> None:
    rule = parse("rule", f"# derives: {listed}\nCONSTRUCT WHERE {{ ?s ?p ?o }}")
    assert rule.derives == derives
    assert derived_terms([rule, rule]) == {terms.prefixed(name) for name in derives}


def values(query: str) -> set[str]:
    """Evaluate the VALUES of a query, to see that what was put in is read as one term."""
    store = ox.Store()
    node = ox.NamedNode("urn:n")
    store.add(ox.Quad(node, node, node))
    lines = [line for line in query.split("\n") if "VALUES" in line]
    found = store.query("SELECT * { ?s ?p ?o " + "\n".join(lines) + "\n}")
    assert isinstance(found, ox.QuerySolutions)
    (row,) = found
    return {str(row[name]) for name in ("city", "from")}


terms_of_any_kind = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])).map(ox.Literal),
    st.text("az/?=&(", max_size=9).map(lambda text: ox.NamedNode(f"http://example.org/{text}")),
    st.integers(-9, 9).map(ox.Literal),
)


@given(terms_of_any_kind, terms_of_any_kind)
def test_terms_are_put_in_never_text(city: ox.NamedNode, day: ox.Literal) -> None:
    query = parse("twins", TEXT).with_values({"city": city, "from": day})
    assert values(query) == {str(city), str(day)}
    assert query.count("VALUES") == 2


def test_a_term_is_not_taken_for_a_place() -> None:
    """Or a reader could close the string, and go on in SPARQL."""
    place = ox.Literal("VALUES ?from { } # parameter from")
    day = ox.Literal(" } SELECT * { ")
    query = parse("twins", TEXT).with_values({"city": place, "from": day})
    assert values(query) == {str(place), str(day)}


def test_a_parameter_that_is_not_there_changes_nothing(twins: SavedQuery) -> None:
    assert twins.with_values({"to": ox.Literal("x")}) == TEXT
    assert twins.with_values({}) == TEXT


def test_published_form(twins: SavedQuery) -> None:
    said = {terms.compact(t.predicate.value): t.object for t in as_triples(twins)}
    assert said["rdf:type"] == ox.NamedNode(terms.prefixed("sh:SPARQLSelectExecutable"))
    assert said["sh:select"] == ox.Literal(TEXT)
    assert {t.subject.value for t in as_triples(twins)} == {twins.iri}  # type: ignore[union-attr]
    assert {t.object.language for t in as_triples(twins)[2:]} == {"en", "it", "zh-hant"}  # type: ignore[union-attr]
    ask = {t.predicate for t in as_triples(parse("any", "ASK { ?s ?p ?o }"))}
    assert ox.NamedNode(terms.prefixed("sh:ask")) in ask


def test_files_are_read_in_order() -> None:
    rules = saved_queries.read(shipped.rule_files(), "derive/")
    assert [rule.name for rule in rules] == [f"derive/{path.stem}" for path in shipped.rule_files()]
    assert saved_queries.read([Path(path) for path in shipped.query_files()[:1]])[0].title["en"]
