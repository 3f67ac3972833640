"""Former IRIs over HTTP (*Cool URIs don't change*): merged 301, withdrawn 410, never minted 404."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from registry import formats, terms
from tests.checkout import PERM
from tests.tables import every_row
from tests.web.conftest import MERGED, WITHDRAWN

pytestmark = pytest.mark.slow

EXTENSIONS = ["", *(f".{form.extension}" for form in (formats.HTML, *formats.GRAPHS))]


def things(name: str, city: str) -> list[str]:
    """List what a source is about: the city, its link, the claim."""
    link = "--".join(sorted(["duisburg-2934691", city]))
    return [f"city/{city}", f"link/{link}", f"claim/{link}/{name}/1"]


MOVED = list(zip(things("list", MERGED), things("list", PERM), strict=True))
GONE = things("other", WITHDRAWN)


@pytest.mark.conforms(
    "Cool URIs for the Semantic Web",
    "4.2",
    "a merged thing, its links and their claims are 301 to what stays",
)
@pytest.mark.conforms("RFC 9110", "15.4.2", "redirects keep the language of the address")
@pytest.mark.parametrize(("old", "now"), MOVED)
def test_the_merged_leads_to_what_stays(old: str, now: str, former: FlaskClient) -> None:
    for language in ("", "?lang=it"):
        response = former.get(f"/id/{old}{language}")
        assert response.status_code == 301
        assert response.headers["Location"] == f"/id/{now}{language}"
        assert former.get(response.headers["Location"]).status_code == 303


@pytest.mark.conforms(
    "RFC 9110", "15.4.2", "a merged document is 301 in the same format and language"
)
@every_row("extension", EXTENSIONS)
@every_row(("old", "now"), MOVED)
def test_so_does_its_document_in_its_format_and_language(
    old: str, now: str, extension: str, former: FlaskClient
) -> None:
    for language in ("", "?lang=pt-BR"):
        response = former.get(f"/doc/{old}{extension}{language}")
        assert response.status_code == 301
        assert response.headers["Location"] == f"/doc/{now}{extension}{language}"
        assert former.get(response.headers["Location"]).status_code == 200


@pytest.mark.parametrize("address", ["/calendar/{}.ics", "/card/{}", "/possible-partners/{}.csv"])
def test_so_does_what_an_officer_takes_away(address: str, former: FlaskClient) -> None:
    for language in ("", "?lang=it"):
        response = former.get(address.format(MERGED) + language)
        assert response.status_code == 301
        assert response.headers["Location"] == address.format(PERM) + language
        assert former.get(response.headers["Location"]).status_code == 200
    assert former.get(address.format(WITHDRAWN)).status_code == 410
    assert former.get(address.format(MERGED) + "?lang=no+tag").status_code == 400


@pytest.mark.conforms("RFC 9110", "15.5.11", "what was published and withdrawn is 410")
@every_row("old", GONE)
@every_row("door", ["id", "doc"])
def test_the_withdrawn_is_gone(old: str, door: str, former: FlaskClient) -> None:
    for extension in EXTENSIONS if door == "doc" else [""]:
        response = former.get(f"/{door}/{old}{extension}")
        assert response.status_code == 410
        assert response.json
        assert response.json["type"] == terms.PROBLEM + "gone"
        assert f"<{terms.ID}{old}>" in response.json["detail"]
    page = former.get(f"/{door}/{old}", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (410, "text/html")


@pytest.mark.conforms("RFC 9110", "15.5.5", "what never was is 404")
@pytest.mark.parametrize("never", ["city/nowhere-3", "link/duisburg-2934691--nowhere-3", "x/y"])
def test_what_never_was_is_not_found(never: str, former: FlaskClient) -> None:
    for door in ("id", "doc"):
        response = former.get(f"/{door}/{never}")
        assert response.status_code == 404
        assert response.json
        assert response.json["type"] == terms.PROBLEM + "not-found"


def test_the_endpoint_says_what_became_of_them(former: FlaskClient) -> None:
    text = (
        "SELECT ?old ?now { ?old owl:deprecated true OPTIONAL { ?old dcterms:isReplacedBy ?now }"
        f" FILTER(STRSTARTS(STR(?old), '{terms.ID}')) }}"
    )
    prefixes = "".join(f"PREFIX {p}: <{terms.PREFIXES[p]}> " for p in ("owl", "dcterms"))
    answer = former.get("/sparql", query_string={"query": prefixes + text, "format": "csv"})
    head, *lines = answer.text.split()
    assert head == "old,now"
    rows = dict(line.split(",") for line in lines)
    expected = {terms.ID + old: terms.ID + now for old, now in MOVED}
    assert rows == expected | {terms.ID + old: "" for old in GONE}
