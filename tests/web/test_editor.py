"""What the editor of queries loads: prefixes, terms with their uses, concepts, saved queries."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.releases.reading import Release
from registry.saved_queries import parse
from registry.things.lookup import Lookup
from registry.web.saved_query_results import shipped_queries


def known(client: FlaskClient, language: str = "en") -> dict[str, Any]:
    """Read what the editor knows."""
    response = client.get(f"/editor.json?lang={language}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.get_json()
    return found


def test_classes_and_properties_have_their_uses(client: FlaskClient, release: Release) -> None:
    """As many as the graphs of the release have, and those that it does not use with none."""
    found, lookup = known(client), Lookup(release.store)
    uses = {name: number for name, _, number, _ in found["classes"]}
    (counted,) = lookup.rows("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s a cl:City } }")
    assert str(uses["cl:City"]) == counted.text("n")
    uses = {name: number for name, _, number, _ in found["properties"]}
    (counted,) = lookup.rows("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s cl:twinCity ?o } }")
    assert str(uses["cl:twinCity"]) == counted.text("n")
    defined = {
        terms.compact(iri)
        for kind in ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty")
        for iri in lookup.subjects("rdf:type", terms.prefixed(kind))
        if iri.startswith(terms.CL) and not lookup.text(iri, "owl:deprecated")
    }
    assert defined <= {name for kind in ("classes", "properties") for name, *_ in found[kind]}


@pytest.mark.parametrize(("language", "label", "country"), [("it", "Città", "Italia")])
def test_words_are_in_the_readers_language(
    client: FlaskClient, language: str, label: str, country: str
) -> None:
    """Terms, concepts, countries and titles."""
    found = known(client, language)
    assert label in {label for name, label, *_ in found["classes"] if name == "cl:City"}
    assert country in dict(found["countries"]).values()
    assert known(client, "de")["queries"][0]["title"] != found["queries"][0]["title"]
    schemes = {scheme for _, _, scheme in found["concepts"]}
    assert schemes.isdisjoint(scheme for _, _, scheme in known(client, "de")["concepts"])


def test_saved_queries_keep_the_places_of_their_parameters(client: FlaskClient) -> None:
    """So the editor can put values there."""
    told = {one["name"]: one for one in known(client)["queries"]}
    assert set(told) == {saved.name for saved in shipped_queries()}
    for saved in shipped_queries():
        read = parse(saved.name, told[saved.name]["text"])
        assert read.form == saved.form
        for name, _ in told[saved.name]["parameters"]:
            assert f"# parameter {name}" in read.text


def test_it_is_not_sent_twice(client: FlaskClient) -> None:
    """It has an ETag, and keeps as long as the release."""
    first = client.get("/editor.json")
    again = client.get("/editor.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/editor.json?lang=fr").headers["ETag"] != first.headers["ETag"]
    assert "Accept-Language" in first.headers["Vary"]
