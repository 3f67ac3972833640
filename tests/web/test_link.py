"""Linking tables and looking identifiers up, over HTTP."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from registry import terms
from registry.cli import main
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.encoded import CITIES, table
from tests.tables import every_row
from tests.web.served import Server

PAVIA = terms.thing("city", "pavia-3171366")
TABLE = "Stadt;Land\nPavia;IT\nXanadu;IT\n"


def ways() -> list[Any]:
    """List the ways in which a table may be sent."""
    fields = {"column": "Stadt", "country-column": "Land", "with": ["geonames", "twins"]}
    file = (io.BytesIO(TABLE.encode()), "cities.csv")
    return [
        pytest.param("", {"data": {**fields, "content": TABLE}}, id="urlencoded"),
        pytest.param("", {"data": {**fields, "file": file}}, id="multipart"),
        pytest.param(
            "?column=Stadt&country-column=Land&with=geonames&with=twins",
            {"data": TABLE, "content_type": "text/csv"},
            id="body",
        ),
    ]


@pytest.mark.parametrize(("query", "options"), ways())
def test_a_table_comes_back_with_iris(
    query: str, options: dict[str, Any], client: FlaskClient
) -> None:
    response = client.post(f"/link{query}", **options)
    assert response.status_code == 200, response.text
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    head, pavia, xanadu = csv.reader(io.StringIO(response.text), delimiter=";")
    assert head[-2:] == ["geonames", "twins"]
    assert pavia[2] == PAVIA
    assert pavia[-2] == "3171366"
    assert xanadu[2:] == ["", "", "no city of this name", "", "", ""]


@pytest.mark.parametrize("encoding", CITIES)
def test_cells_come_back_whole_in_utf_8(encoding: str, client: FlaskClient) -> None:
    text = table(CITIES[encoding])
    content = text.encode(encoding)
    file = {"column": "city", "file": (io.BytesIO(content), "cities.csv")}
    for options in ({"data": content, "content_type": "text/csv"}, {"data": file}):
        response = client.post("/link?column=city", **options)
        assert response.status_code == 200, response.text
        found = list(csv.reader(io.StringIO(response.data.decode())))
        assert [row[:2] for row in found] == list(csv.reader(io.StringIO(text)))


def test_what_is_in_no_encoding_is_refused(client: FlaskClient) -> None:
    sent = {"data": b"city\n\x81\xff\x00\n", "content_type": "text/csv"}
    response = client.post("/link?column=city", **sent)
    assert response.status_code == 400
    assert response.json
    assert response.json["type"].endswith("data-syntax")


def test_what_is_wrong_is_told_beside_the_form(client: FlaskClient) -> None:
    data = {"content": TABLE, "column": "Town", "country": "Utopia"}
    response = client.post("/link", data=data, headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert "Xanadu;IT" in response.text
    assert 'value="Town"' in response.text
    nothing = client.post("/link", data={"column": "a"}, headers={"Accept": "application/json"})
    assert nothing.status_code == 400
    assert nothing.json
    assert nothing.json["type"].endswith("bad-parameter")


def test_an_address_may_say_what_the_columns_of_a_form_are(client: FlaskClient) -> None:
    sent = {"content": TABLE, "column": "Stadt"}
    found = client.post("/link?with=wikidata", data=sent)
    assert found.text.splitlines()[0].endswith("wikidata")
    assert client.post("/link?with=nonsense", data=sent).status_code == 400


def test_what_takes_too_long_is_refused(
    workspace: Workspace, settings: Settings, forks: Forks
) -> None:
    app = create_app(replace(settings, home=workspace.home, workers=1, upload_seconds=1e-9), forks)
    response = app.test_client().post("/link", data={"content": TABLE, "column": "Stadt"})
    assert response.status_code == 413
    assert response.json
    assert response.json["type"].endswith("data-too-large")
    app.extensions[NAME].engine.pool.close()


def test_the_form_names_every_field(client: FlaskClient) -> None:
    page = client.get("/link").text
    for name in ("file", "content", "column", "country-column", "country", "with"):
        assert f'name="{name}"' in page


@every_row(
    "iri",
    [
        "http://www.wikidata.org/entity/Q6259",
        "https://www.wikidata.org/wiki/Q6259",
        "https://sws.geonames.org/3171366/",
        "https://www.geonames.org/3171366/pavia.html",
        "https://www.wikidata.org/wiki/Special:EntityData/Q6259",
        "http://www.wikidata.org/wiki/Special:EntityData/Q6259.ttl",
        "geonames:3171366",
        PAVIA,
        "Q6259",
    ],
)
def test_identifiers_of_others_lead_here(iri: str, client: FlaskClient) -> None:
    response = client.get("/lookup", query_string={"iri": iri, "lang": "it"})
    assert response.status_code == 303
    assert response.location == "/id/city/pavia-3171366?lang=it"


@every_row(
    ("iri", "status"), [("", 400), ("Q1", 404), ("javascript:alert(1)", 404), ("x" * 4000, 404)]
)
def test_what_nothing_is_about_is_told(iri: str, status: int, client: FlaskClient) -> None:
    assert client.get("/lookup", query_string={"iri": iri}).status_code == status


def test_the_columns_of_a_table_are_guessed(client: FlaskClient) -> None:
    told = client.post("/link?step=columns", data={"content": TABLE}).json
    assert told
    assert told["columns"] == {"name": "Stadt", "country": "Land"}
    assert told["sample"] == [["Pavia", "IT"], ["Xanadu", "IT"]]


def test_what_is_to_be_decided_is_told_in_the_language_of_the_reader(client: FlaskClient) -> None:
    sent = {"content": "Stadt;Land\nPavya;IT\nXanadu;IT\n", "column": "Stadt"}
    found = client.post("/link?step=review&lang=de", data={**sent, "country-column": "Land"})
    assert found.headers["Content-Language"] == "de"
    assert found.json
    pavya, xanadu = found.json["open"]
    assert xanadu["why"] == {"text": "keine Stadt dieses Namens", "lang": "de"}
    (reason,) = pavya["candidates"][0]["reasons"]
    assert reason["text"].endswith(" wird ähnlich geschrieben")
    assert reason["lang"] == "de"
    decisions = {"2": "city/pavia-3171366", "3": ""}
    linked = client.post("/link", data={**sent, "decisions": json.dumps(decisions)})
    assert [row[2] for row in csv.reader(io.StringIO(linked.text), delimiter=";")][1:] == [
        PAVIA,
        "",
    ]


@every_row(
    "decisions",
    ["[]", "{", '{"x": ""}', '{"2": 3}', '{"2": "nowhere"}', '{"2": "\\ud800"}', '{"99": ""}'],
)
def test_decisions_that_cannot_be_read_are_refused(decisions: str, client: FlaskClient) -> None:
    sent = {"content": TABLE, "column": "Stadt", "decisions": decisions}
    response = client.post("/link", data=sent)
    assert response.status_code == 400
    assert response.json
    assert response.json["detail"].startswith("decisions")


def test_the_page_has_the_script_of_the_desk_and_its_words(client: FlaskClient) -> None:
    assert "Rows to decide" in client.get("/link?lang=en").text
    assert "data-desk" not in client.get("/sparql").text


def test_the_command_may_ask_a_server(server: Server, tmp_path: Path) -> None:
    """It has no release here; the table comes back as from one."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("Stadt;Land\nPavia;IT\nPavya;IT\nXanadu;IT\n", encoding="utf-8")
    words = ["link", str(source), "--column", "Stadt", "--country-column", "Land"]
    words += ["--with", "geonames", "--server", server.url, "--into", str(target)]
    result = CliRunner().invoke(main, words, env={"CITYLINKS_HOME": str(tmp_path / "none")})
    assert result.exit_code == 0, result.stderr
    assert "1 linked, 1 ambiguous, 1 unknown" in result.stderr
    rows = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8")), delimiter=";"))
    assert rows[1][2] == PAVIA
    assert rows[1][-1] == "3171366"


@every_row(
    ("address", "column", "status", "said"),
    [
        ("{url}", "Ort", 1, "there is no column 'Ort'"),
        ("{url}/nowhere", "Stadt", 1, "nothing is at this address"),
        ("http://127.0.0.1:9", "Stadt", 3, "does not answer"),
        ("nonsense", "Stadt", 2, "is not an address"),
    ],
)
def test_what_a_server_says_is_told(
    address: str, column: str, status: int, said: str, server: Server
) -> None:
    words = ["link", "-", "--column", column, "--server", address.format(url=server.url)]
    result = CliRunner().invoke(main, words, input="Stadt\nPavia\n")
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr
