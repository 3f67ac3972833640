"""From a form to the pages of both cities, and all that is refused on the way."""

from __future__ import annotations

import html
import json
import random
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry import terms
from registry.contribute import database, tables
from registry.contribute.kinds import KINDS
from registry.contribute.store import PUBLISHING
from registry.contribute.tokens import Tokens
from registry.releases import log
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.copies import copied
from tests.lists import listing
from tests.tables import every_row
from tests.web.contributing import (
    FORM,
    LINK,
    PAGE,
    SPOILT,
    Door,
    decided,
    post,
    problem,
    proposed,
    sign_in,
    stamps,
    state,
    value,
)
from tests.web.reading import page as read_page
from tests.web.reading import said


def test_from_the_form_to_the_pages_of_both_cities(door: Door) -> None:
    preview = post(door.reader, "/contribute/link", {**FORM, "step": "check"})
    assert preview.status_code == 200
    assert "Pavia and Perm are linked." in preview.text
    assert "17 May 1999" in preview.text
    assert "it does not know a link of these two cities" in preview.text
    names = re.findall(r'type="hidden" name="(\w+)"', preview.text)
    carried = {name: value(preview, name) for name in names}
    sent = door.reader.post("/contribute/link", data={**carried, "step": "send"})
    secret = sent.headers["Location"]
    assert "Waits for an editor" in door.reader.get(secret).text

    assert decided(door.anna, 1, "ask", "Which page?").status_code == 303
    asked = door.reader.get(secret, headers=PAGE)
    assert "Which page?" in asked.text
    version = value(asked, "version")
    told = post(door.reader, secret, {"action": "answer", "text": "Three", "version": version})
    assert told.status_code == 303
    shown = door.bert.get("/contribute/queue/1").text
    for text in ("Three", "anna@example.org", "page 3", "They have nothing to object."):
        assert text in shown

    assert decided(door.bert, 1, "accept", "Looked up").status_code == 303
    for city in ("pavia-3171366", "perm-511196"):
        page = door.reader.get(f"/doc/city/{city}", headers=PAGE).text
        assert f"/doc/link/{LINK}" in page
        assert "Minutes of the council" in page
    shown = door.reader.get(secret).text
    assert "/doc/city/pavia-3171366" in shown
    assert "anna@example.org" not in shown
    event = log.read(door.workspace.log_path)[-1]
    assert (event.by, event.reason) == ("Bert", "proposal 1: Looked up")
    ledger = door.workspace.ledger.read_text(encoding="utf-8")
    for kind in ("link", "claim", "document", "passage"):  # The publisher is known already.
        assert f"\t{kind}\t" in ledger


def test_what_is_published_passes_all_shapes_and_is_as_the_source_says(door: Door) -> None:
    proposed(
        door.reader,
        other="Oxford",
        one="Perm",
        says="ended",
        began="",
        changed="2022-03-04",
        decided="other",
        reason="Because of the war",
        date="2022-03-04",
    )
    assert decided(door.anna, 1, "accept").status_code == 303
    release = Shelf(door.workspace).current()
    assert release.manifest.validation["violations"] == 0
    graph = f"{terms.GRAPH}contributions-{door.proposals.get(1).day[:7]}"
    entry = release.manifest.graph(graph)
    assert entry is not None
    assert entry.licence == "https://creativecommons.org/licenses/by/4.0/"
    said = door.workspace.graph(entry).ntriples.decode()
    link = terms.thing("link", "oxford-2640729--perm-511196")
    claim = terms.thing("claim", f"oxford-2640729--perm-511196/{graph.rpartition('/')[2]}/1")
    cl = terms.CL
    for line in (
        f"<{link}> <{cl}claim> <{claim}> .",
        f"<{claim}> <{cl}claimedStatus> <{terms.SCHEME}status/ended> .",
        f"<{claim}> <{cl}decidedByParty> <{terms.thing('city', 'oxford-2640729')}> .",
        f'<{claim}> <{cl}endDate> "2022-03-04"^^<{terms.prefixed("xsd:date")}> .',
        f'<{claim}> <{cl}statusReason> "Because of the war"@en .',
    ):
        assert line in said.splitlines()
    assert "anna@example.org" not in said
    assert "page 3" not in said


@pytest.mark.slow
def test_a_publisher_that_is_not_known_is_described_once(door: Door) -> None:
    for title in ("One article", "Another article"):
        proposed(door.reader, publisher="Echo of Pavia", title=title, address="")
    for number in (1, 2):
        assert decided(door.anna, number, "accept").status_code == 303
    lines = door.workspace.ledger.read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[5] for line in lines if "\torganisation\t" in line] == [
        "Echo of Pavia"
    ]


@pytest.mark.slow
def test_a_second_claim_joins_the_first_in_its_graph(door: Door) -> None:
    proposed(door.reader)
    proposed(door.reader, other="Oxford", title="Another page", address="")
    before = Shelf(door.workspace).current().manifest
    for number in (1, 2):
        assert decided(door.anna, number, "accept").status_code == 303
    after = Shelf(door.workspace).current().manifest
    added = {one.graph for one in after.all_graphs()} - {one.graph for one in before.all_graphs()}
    assert len(added) == 1
    content = door.workspace.graph(after.graph(*added)).ntriples  # type: ignore[arg-type]
    assert content.count(b"ontology#LinkClaim>") == 2
    for one in before.graphs:
        if one.role == "source":
            kept = after.graph(one.graph)
            assert kept is not None
            assert kept.sha256 == one.sha256


FAULTY = [
    ({"one": ""}, "one"),
    ({"one": "Atlantis"}, "one"),
    ({"other": "Pavia"}, "other"),
    ({"date": "soon"}, "date"),
    ({"title": "", "address": ""}, "title"),
    ({"agree": ""}, "agree"),
    ({"email": "anna"}, "email"),
    ({"comment": "x" * 2001}, "comment"),
]


@every_row(("change", "field"), FAULTY)
def test_a_fault_is_told_beside_its_field(change: dict[str, str], field: str, door: Door) -> None:
    before = state(door)
    answer = post(door.reader, "/contribute/link", {**FORM, **change, "step": "send"})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-fault"' in answer.text
    tag = re.search(rf'<(?:input|textarea|select) id="{field}"[^>]*>', answer.text)
    assert tag
    assert f"{field}-fault" in tag[0]
    assert 'value="Minutes of the council"' in answer.text or field == "title"
    form = {"form": value(door.reader.get("/contribute/link")), **FORM, **change}
    told = door.reader.post("/contribute/link", data=form)
    assert told.status_code == 422
    assert problem(told) == "data-invalid"
    assert field in told.json["fields"]  # type: ignore[index]
    assert state(door) == before


def test_what_shapes_refuse_is_told_and_not_stored(door: Door) -> None:
    before = state(door)
    answer = post(door.reader, "/contribute/link", {**FORM, "title": "<b>Minutes</b> of &amp;"})
    assert answer.status_code == 422
    assert "write it as plain text" in answer.text
    assert "<b>Minutes</b>" not in answer.text
    assert state(door) == before


def test_namesakes_are_told_apart_without_scripts(door: Door) -> None:
    answer = post(door.reader, "/contribute/link", {**FORM, "other": "Poit"})
    assert answer.status_code == 422
    (offered,) = re.findall(r'name="other_ref" value="([^"]+)"', answer.text)
    chosen = {"other": "Poit", "other_ref": offered, "other_for": "Poit", "step": "send"}
    proposed(door.reader, **chosen)
    assert door.proposals.get(1).about == f"pavia-3171366--{offered}"


def test_none_of_several_namesakes_is_chosen_for_whoever_does_not_choose(
    shared_door: Door,
) -> None:
    form = {**FORM, "other": "P"}
    answer = post(shared_door.reader, "/contribute/link", form)
    offered = re.findall(r'name="other_ref" value="[^"]+"( checked)?', answer.text)
    assert len(offered) > 1
    assert not any(offered)
    again = post(shared_door.reader, "/contribute/link", {**form, "other_for": "P"})
    assert again.status_code == 422


def test_a_page_begins_with_what_its_reader_looked_at(door: Door) -> None:
    page = door.reader.get("/contribute/link?city=city/perm-511196&with=Pavia&says=ended").text
    assert 'name="one_ref" value="perm-511196"' in page
    assert re.search(r'id="other" [^>]*value="Pavia"', page)
    assert 'value="ended" checked' in page
    city = door.reader.get("/doc/city/perm-511196", headers=PAGE).text
    assert "/contribute?of=city/perm-511196" in city
    link = door.reader.get("/doc/link/oxford-2640729--perm-511196", headers=PAGE).text
    assert "/contribute/link?city=city/oxford-2640729&amp;with=city/perm-511196" in link


def test_a_note_comes_to_the_queue_and_publishes_nothing(door: Door) -> None:
    release = door.workspace.current()
    sent = post(
        door.reader,
        "/contribute/note",
        {"text": "The year is wrong", "page": "/doc/city/perm-511196"},
    )
    assert sent.status_code == 303
    assert "The year is wrong" in door.anna.get("/contribute/queue").text
    assert decided(door.anna, 1, "accept", "Mended").status_code == 303
    assert "Mended" in door.reader.get(sent.headers["Location"]).text
    assert door.workspace.current() == release
    assert door.anna.get("/contribute/queue/1/amend").status_code == 404


def test_an_editor_amends_and_the_former_words_are_kept(door: Door) -> None:
    secret = proposed(door.reader)
    path = "/contribute/queue/1/amend"
    page = door.anna.get(path, headers=PAGE)
    assert 'value="1999-05-17"' in page.text
    fields = {**FORM, "began": "1998", "comment": "As the source has it", "version": "1"}
    assert post(door.anna, path, {**fields, "comment": ""}).status_code == 422
    assert post(door.anna, path, fields).status_code == 303
    found = door.proposals.get(1)
    assert (found.version, found.draft["began"]) == (2, "1998")  # type: ignore[index]
    assert found.said[-1].former["began"] == "1999-05-17"  # type: ignore[index]
    assert "As the source has it" in door.reader.get(secret).text
    assert post(door.bert, path, fields).status_code == 409


def test_of_two_editors_the_second_is_refused(door: Door) -> None:
    proposed(door.reader)
    path = "/contribute/queue/1"
    seen = {"text": "No source", "version": value(door.bert.get(path, headers=PAGE), "version")}
    assert decided(door.anna, 1, "decline", "Not there").status_code == 303
    before = state(door)
    form = {"form": value(door.bert.get("/contribute/queue")), **seen}
    for action in ("decline", "accept", "ask"):
        late = door.bert.post(path, data={**form, "action": action})
        assert (late.status_code, problem(late)) == (409, "conflict")
    assert state(door) == before


def test_a_proposal_is_withdrawn_with_its_address(door: Door) -> None:
    secret = proposed(door.reader)
    version = value(door.reader.get(secret, headers=PAGE), "version")
    fields = {"action": "withdraw", "version": version}
    assert post(door.reader, secret, fields).status_code == 303
    found = door.proposals.get(1)
    assert (found.state, found.email) == ("withdrawn", "")
    assert 'name="action"' not in door.reader.get(secret).text
    over = door.anna.get("/contribute/queue/1/amend", headers=PAGE)
    assert (over.status_code, over.headers["Location"]) == (303, "/contribute/queue/1")
    assert "Nothing matches" in door.anna.get("/contribute/queue?state=accepted").text


def test_a_publish_that_is_refused_leaves_the_proposal_open(door: Door) -> None:
    proposed(door.reader)
    with door.workspace.lock():
        refused = decided(door.anna, 1, "accept")
    assert refused.status_code == 409
    found = door.proposals.get(1)
    assert (found.state, found.said[-1].what) == ("open", "failed")
    assert decided(door.anna, 1, "accept").status_code == 303


@pytest.mark.slow
@pytest.mark.parametrize("published", [True, False])
def test_a_publish_that_was_killed_is_settled(published: bool, door: Door) -> None:
    proposed(door.reader)
    if published:
        assert decided(door.anna, 1, "accept").status_code == 303
    with closing(sqlite3.connect(database.path_in(door.workspace.home))) as connection, connection:
        long_ago = "2020-01-01T00:00:00Z"
        connection.execute("UPDATE proposal SET state = ?, changed = ?", (PUBLISHING, long_ago))
    assert door.anna.get("/contribute/queue/1").status_code == 200
    assert door.proposals.get(1).state == ("accepted" if published else "open")


def test_the_same_form_is_taken_once(door: Door) -> None:
    form = {"form": value(door.reader.get("/contribute/link")), **FORM, "step": "send"}
    secret = door.reader.post("/contribute/link", data=form).headers["Location"]
    again = door.reader.post("/contribute/link", data=form)
    assert (again.status_code, again.headers["Location"]) == (303, secret)
    changed = {**form, "began": "1998"}
    for headers in ({}, PAGE):
        other = door.reader.post("/contribute/link", data=changed, headers=headers)
        assert other.status_code == 409
        assert secret in other.text
    assert 'value="1998"' in other.text
    # Nobody else is led there: another form of the same words has an address of its own.
    assert proposed(door.reader) != secret
    assert door.proposals.queue(["open"])[1] == 2


TABLE = """city,partner,says,began,changed,decided,title,address,date
Pavia,"Perm, Russia",linked,1999,,,List of partners,https://example.org/partners,2024-02
Oxford,Perm,suspended,,2022-03,city,Minutes,,2022-03-04
Pavia,Besançon,ended,,2023,both,Minutes,,2023-11-20
"""


def pasted(client: FlaskClient, table: str, **change: str) -> TestResponse:
    fields = {"table": table, "agree": "1", "step": "check", **change}
    return post(client, "/contribute/table", fields)


@pytest.mark.slow
def test_a_table_is_checked_row_by_row_and_published_in_one_go(door: Door) -> None:
    preview = pasted(door.reader, TABLE)
    assert preview.status_code == 200
    assert "3 rows can be sent" in preview.text
    assert "Besançon" in preview.text
    names = re.findall(r'type="hidden" name="(\w+)"', preview.text)
    carried = {name: value(preview, name) for name in names}
    sent = door.reader.post("/contribute/table", data={**carried, "step": "send"})
    assert sent.status_code == 303
    assert "3 rows" in door.anna.get("/contribute/queue").text
    shown = door.anna.get("/contribute/queue/1").text
    assert "List of partners" in shown
    before = len(log.read(door.workspace.log_path))
    assert decided(door.anna, 1, "accept", "Looked up").status_code == 303
    assert len(log.read(door.workspace.log_path)) == before + 1
    for link in (LINK, "oxford-2640729--perm-511196", "besancon-3033123--pavia-3171366"):
        page = door.reader.get(f"/doc/link/{link}", headers=PAGE)
        assert page.status_code == 200
        assert "/doc/claim/" + link + "/contributions-" in page.text
    assert "3 rows" in door.reader.get(sent.headers["Location"]).text


def test_a_fault_of_a_table_is_told_by_its_line(door: Door) -> None:
    before = state(door)
    twice = TABLE + TABLE.splitlines()[1] + "\n" + "Atlantis,Perm,linked,,,,X,,2024\n"
    answer = pasted(door.reader, twice, step="send")
    assert answer.status_code == 422
    assert "Line 5, <code>city</code> <q>Pavia</q>: This row stands here twice." in answer.text
    assert "Line 6, <code>city</code> <q>Atlantis</q>: The registry knows no" in answer.text
    assert "Line 2" not in answer.text
    assert html.escape(twice.splitlines()[1], quote=False).replace('"', "&#34;") in answer.text
    refused = pasted(door.reader, TABLE.replace("Minutes,,2022", "<b>Min</b>,,2022"), step="send")
    assert refused.status_code == 422
    assert "Line 3, <code>title</code> <q>&lt;b&gt;Min" in refused.text
    assert state(door) == before


@every_row(
    ("table", "wrong"),
    [
        ("", ["<code>city</code>", "<code>date</code>"]),
        ("city", ["Missing: <code>partner</code>, <code>date</code>."]),
        ("city,partner,date", ["from 1 to 500 rows"]),
        ("city,partner,date,colour\na,b,2024,red", ["twice: <code>colour</code>."]),
        ("city;city;partner;date\na;b;c;2024", ["twice: <code>city</code>."]),
        ('city,partner,date\n"a,b,2024', ["A quotation mark is never closed."]),
        ("city,partner,date\n" + "Pavia,Perm,2024\n" * 501, ["from 1 to 500 rows"]),
    ],
)
def test_what_is_no_table_is_told(table: str, wrong: list[str], door: Door) -> None:
    before = state(door)
    answer = pasted(door.reader, table, step="send")
    assert answer.status_code == 422
    (fault,) = re.findall(r'id="table-fault">(.*?)</strong>', answer.text)
    for told in wrong:
        assert told in fault
    assert state(door) == before


def test_the_template_has_the_columns_that_are_read(door: Door) -> None:
    template = door.reader.get("/contribute/table.csv")
    assert template.mimetype == "text/csv"
    columns = template.text.strip().split(",")
    link = KINDS["link"]
    (row,) = tables.read(template.text + ",".join(columns) + "\n", link)
    assert list(row[1]) == list(tables.columns(link).values())
    page = door.reader.get("/contribute/table").text
    assert all(f"<code>{column}</code>" in page for column in columns)


@pytest.mark.slow
def test_an_authority_speaks_for_its_city_and_for_no_other(door: Door) -> None:
    _, token = Tokens(door.workspace.home).add("Salamanca", "authority", 9, ["salamanca-3111108"])
    client = door.reader.application.test_client()
    assert sign_in(client, token).headers["Location"] == "/contribute/link"
    proposed(client, one="Salamanca")
    proposed(client, one="Pavia", title="Another page")
    proposed(door.reader, one="Salamanca", title="A third page")
    drafts = [door.proposals.get(number).draft for number in (1, 2, 3)]
    authority = terms.thing("authority", "ayuntamiento-de-salamanca")
    assert [one.stated_by for one in drafts] == [authority, "", ""]  # type: ignore[union-attr]
    assert [door.proposals.get(n).said[0].who for n in (1, 2, 3)] == ["Salamanca", "Salamanca", ""]
    assert "Ayuntamiento de Salamanca" in door.anna.get("/contribute/queue/1").text
    assert decided(door.anna, 1, "accept").status_code == 303
    page = door.reader.get("/doc/link/perm-511196--salamanca-3111108", headers=PAGE).text
    assert "/doc/authority/ayuntamiento-de-salamanca" in page


def test_a_contributor_writes_the_graphs_of_its_scope_alone(door: Door) -> None:
    known = Tokens(door.workspace.home)
    holder, token = known.add("Perm", "contributor", 9, ["perm-"])

    def put(graph: str, sent: str) -> int:
        path = "/graphs?graph=" + terms.GRAPH + graph
        body = listing(["twinning"], graph)
        headers = {"Authorization": f"Bearer {sent}", "Content-Type": "text/turtle"}
        return door.reader.put(path, data=body, headers=headers).status_code

    assert put("perm-list", token[:-1] + "!") == 401
    assert put("oxford-list", token) == 403
    assert put("perm-list", door.tokens["perm"][1]) == 403
    assert put("perm-list", token) == 201
    assert log.read(door.workspace.log_path)[-1].by == "Perm"
    known.revoke(holder.id)
    assert put("perm-list", token) == 401


# What is refused changes nothing.


def test_doors_without_a_stamp_or_from_elsewhere_are_closed(door: Door) -> None:
    secret = proposed(door.reader)
    before = state(door)
    written = {
        "/contribute/link": {**FORM, "step": "send"},
        "/contribute/note": {"text": "wrong"},
        secret: {"action": "withdraw", "version": "1"},
        "/contribute/sign-in": {"token": door.tokens["anna"][1]},
        "/contribute/queue": {"leave": "1"},
        "/contribute/queue/1": {"action": "decline", "text": "x", "version": "1"},
        "/contribute/queue/1/amend": {**FORM, "version": "1"},
    }
    for path, fields in written.items():
        page = door.anna.get(path, headers=PAGE)
        good = {
            **fields,
            "form": html.unescape(re.findall(r'name="form" value="([^"]*)', page.text)[-1]),
        }
        strange = value(door.reader.get("/contribute/note"))
        trials: list[tuple[dict[str, str], dict[str, str]]] = [
            (fields, {}),
            ({**good, "form": good["form"][:-1]}, {}),
            ({**good, "website": "https://spam.example"}, {}),
            (good, {"Origin": "https://evil.example"}),
            (good, {"Origin": "null"}),
            (good, {"Sec-Fetch-Site": "cross-site"}),
            (good, {"Sec-Fetch-Site": "same-site"}),
        ]
        if path != "/contribute/note":
            trials.append(({**good, "form": strange}, {}))
        for sent, headers in trials:
            answer = door.anna.post(path, data=sent, headers=headers)
            assert (answer.status_code, problem(answer)) == (403, "forbidden"), (path, headers)
    assert state(door) == before
    assert door.anna.get("/contribute/queue").status_code == 200


def test_nobody_decides_without_a_valid_token(door: Door) -> None:
    proposed(door.reader)
    stamp = value(door.anna.get("/contribute/queue/1", headers=PAGE))
    fields = {"form": stamp, "action": "decline", "text": "x", "version": "1"}
    before = state(door)

    def refused(client: FlaskClient) -> None:
        for path in ("/contribute/queue/1", "/contribute/queue/1/amend"):
            assert client.post(path, data=fields).status_code == 403
        shown = client.get("/contribute/queue", headers=PAGE)
        assert shown.status_code in {303, 403}
        assert "/contribute/queue/1" not in shown.text
        assert client.get("/contribute/queue/1").status_code in {303, 403}

    app = door.reader.application
    refused(app.test_client())
    late = app.test_client().post("/contribute/queue/1", data=fields, headers=PAGE)
    assert 'href="/contribute/sign-in"' in late.text
    old = app.test_client().post("/contribute/link", data={**FORM, "form": "old"}, headers=PAGE)
    notice = old.text.partition('class="notice"')[2].partition("</main>")[0]
    assert (old.status_code, 'href="/contribute"' in notice) == (403, True)
    for token in ("", "x", door.tokens["anna"][1][:-1], door.tokens["anna"][1] + "\n\n x"):
        client = app.test_client()
        assert sign_in(client, token).status_code == 403
        refused(client)
    wrong_role = app.test_client()
    assert sign_in(wrong_role, door.tokens["perm"][1]).status_code == 303
    refused(wrong_role)
    known = Tokens(door.workspace.home)
    known.revoke(door.tokens["bert"][0].id)
    refused(door.bert)
    assert sign_in(door.bert, door.tokens["bert"][1]).status_code == 403
    path = database.path_in(door.workspace.home)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE token SET expires = '2020-01-01T00:00:00Z'")
    refused(door.anna)
    assert state(door) == before


def test_a_session_that_was_copied_ends_when_its_owner_signs_out(door: Door) -> None:
    cookie = door.anna.get_cookie("citylinks_session", path="/contribute")
    assert cookie
    assert (cookie.http_only, cookie.same_site, cookie.secure) == (True, "Strict", False)
    thief = door.reader.application.test_client()
    thief.set_cookie("citylinks_session", cookie.value, path="/contribute")
    assert thief.get("/contribute/queue").status_code == 200
    form = {"form": value(door.anna.get("/contribute/queue"))}
    assert door.anna.post("/contribute/queue", data=form).status_code == 303
    assert thief.get("/contribute/queue").status_code == 303
    assert thief.post("/contribute/queue/1", data=form).status_code == 403


def test_over_tls_the_cookie_goes_nowhere_else(door: Door) -> None:
    client = door.reader.application.test_client()
    at = {"base_url": "https://links.example"}
    stamp = value(client.get("/contribute/sign-in", **at))
    signed = client.post(
        "/contribute/sign-in", data={"form": stamp, "token": door.tokens["anna"][1]}, **at
    )
    assert "; Secure" in signed.headers["Set-Cookie"]


def test_who_guesses_tokens_has_to_wait(door: Door) -> None:
    client = door.reader.application.test_client()
    answers = [sign_in(client, f"cl_{number:08x}_{'x' * 43}").status_code for number in range(21)]
    assert answers == [403] * 20 + [429]


def test_who_sends_too_much_has_to_wait(
    workspace: Workspace, settings: Settings, forks: Forks, tmp_path: Path
) -> None:
    home = copied(workspace, tmp_path / "home")
    _, token = Tokens(home.home).add("Anna", "editor", 9)
    app = create_app(replace(settings, home=home.home, workers=1, contribution_rate=3), forks)
    client = app.test_client()
    answers = [post(client, "/contribute/note", {"text": "wrong"}) for _ in range(4)]
    assert [one.status_code for one in answers] == [303, 303, 303, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    # Who has a token can sign in, and is not counted.
    assert sign_in(client, token).status_code == 303
    answers = [post(client, "/contribute/note", {"text": "wrong"}) for _ in range(4)]
    assert [one.status_code for one in answers] == [303] * 4
    app.extensions[NAME].engine.pool.close()


def test_without_an_editor_the_door_is_closed_and_says_so(client: FlaskClient) -> None:
    for path in ("/contribute", "/contribute/link", "/contribute/note"):
        page = client.get(path, headers=PAGE)
        assert page.status_code == 200
        assert "takes no proposals by form" in page.text
        assert "https://example.org/desk" in page.text
    for path in ("/contribute/link", "/contribute/note"):
        assert client.post(path, data={**FORM, "text": "wrong"}).status_code == 403


@pytest.mark.slow
def test_200_hostile_forms_change_nothing(door: Door) -> None:
    secret = proposed(door.reader)
    before = state(door)
    chance = random.Random(25)
    names = sorted({*FORM, "one_ref", "one_for", "undated", "says", "step", "found", "version"})
    required = ("one", "date", "agree")
    targets = ("/contribute/link", "/contribute/note", secret, "/contribute/queue/1")
    for trial in range(200):
        path = targets[trial % len(targets)]
        client = door.anna if "queue" in path else door.reader
        fields = {**FORM, "text": "", "action": chance.choice(SPOILT), "version": "1"}
        # What is needed is spoilt as well, so that no text, however strange, is a true proposal.
        fields |= {name: chance.choice(SPOILT) for name in chance.sample(names, 4)}
        fields |= {name: chance.choice(SPOILT) for name in required}
        sent = {**fields, "form": stamps(client.get(path, headers=PAGE))[-1]}
        answer = client.post(path, data=sent, headers=PAGE)
        assert answer.status_code in {400, 403, 409, 413, 422}, (path, fields)
        assert "Set-Cookie" not in answer.headers
        for text in ("<script>alert", "<img src=x"):
            assert text not in answer.text
        assert "49" not in re.findall(r'value="(\d+)"', answer.text)
    assert state(door) == before


def test_a_fault_of_ours_leaves_no_secret_in_the_log(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = proposed(door.reader)
    monkeypatch.setattr("registry.web.routes.contribute.drafts_told", lambda _: 1 / 0)
    assert door.reader.get(secret).status_code == 500
    assert "/contribute/proposals/<secret>" in caplog.text
    assert secret.rpartition("/")[2] not in caplog.text


@pytest.mark.parametrize("text", SPOILT[:4])
def test_what_is_stored_is_shown_as_text(text: str, door: Door) -> None:
    sent = post(door.reader, "/contribute/note", {"text": text, "page": text, "address": text})
    for page in (
        door.reader.get(sent.headers["Location"]),
        door.anna.get("/contribute/queue"),
        door.anna.get("/contribute/queue/1"),
    ):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
    assert text in html.unescape(page.text)


def test_a_body_that_is_no_small_form_is_refused(door: Door) -> None:
    before = state(door)
    stamp = value(door.reader.get("/contribute/note"))
    large = {"form": stamp, "text": "x" * 40_000}
    assert door.reader.post("/contribute/note", data=large).status_code == 413
    typed = door.reader.post("/contribute/note", json={"form": stamp, "text": "wrong"})
    assert typed.status_code == 415
    file = door.reader.post(
        "/contribute/note", data={"form": stamp}, content_type="multipart/form-data"
    )
    assert file.status_code == 415
    assert state(door) == before


def test_no_cache_keeps_a_form_and_no_search_engine_a_secret(door: Door) -> None:
    secret = proposed(door.reader)
    for path in ("/contribute", "/contribute/link", "/contribute/note", secret):
        answer = door.reader.get(path, headers=PAGE)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "ETag" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert 'rel="canonical"' not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_browser_can_go_back_to_the_answer_to_a_form(shared_door: Door) -> None:
    for fields in ({**FORM, "date": ""}, FORM):
        answer = post(shared_door.reader, "/contribute/link", fields)
        assert answer.headers["Cache-Control"] == "private, no-cache"
        held = post(shared_door.anna, "/contribute/link", fields)
        assert held.headers["Cache-Control"] == "no-store"


def test_every_answer_of_a_form_is_described(door: Door) -> None:
    paths = json.loads(door.reader.get("/openapi.json").data)["paths"]
    for path, item in paths.items():
        if path.startswith("/contribute") and "post" in item:
            found = item["post"]["responses"]
            assert {"303", "400", "403", "413", "415", "429"} <= found.keys()
            fields = item["post"]["requestBody"]["content"]
            assert list(fields) == ["application/x-www-form-urlencoded"]


@pytest.mark.parametrize("language", terms.LANGUAGES)
def test_forms_are_worded_in_every_language(language: str, door: Door) -> None:
    page = post(door.reader, f"/contribute/link?lang={language}", {**FORM, "one": "", "agree": ""})
    assert page.status_code == 422
    assert f'<html lang="{language}">' in page.text
    words = {"en": "Name the city.", "de": "Nennen Sie die Stadt.", "fr": "Nommez la ville."}
    words |= {"it": "Indicare la città.", "es": "Indique la ciudad."}
    assert words[language] in page.text


ROLES = {
    "editor": ("Anna Rossi", "editor", "/doc/city/none", []),
    "authority": ("Perm", "authority: Perm", "/doc/city/perm-511196", ["perm-511196"]),
    "contributor": ("Pavia data", "contributor: pavia-", "/doc/city/none", ["pavia-"]),
}


@every_row(("role", "seen"), ROLES.items())
def test_whoever_is_signed_in_sees_as_whom_and_can_sign_out(
    role: str, seen: tuple[str, str, str, list[str]], shared_door: Door
) -> None:
    """On every page of proposals, whatever the role; and not on others, which do not know it."""
    name, told, city, scope = seen
    client = shared_door.reader.application.test_client()
    _, token = Tokens(shared_door.workspace.home).add(name, role, 9, scope)
    first = sign_in(client, token).headers["Location"]
    for path in {first, "/contribute", "/contribute/link", "/contribute/sign-in"}:
        shown = read_page(client.get(path, headers=PAGE).data)
        (bar,) = shown.find("form[@class='session']")
        assert said(bar).startswith(f"{name} · {told}")
        assert said(bar).endswith("Sign out")
        assert (city in shown.links()) is (role == "authority")
    assert 'class="session"' not in shared_door.reader.get("/contribute", headers=PAGE).text
    stamp = stamps(client.get("/contribute", headers=PAGE))[0]
    assert client.post("/contribute/queue", data={"form": stamp}).status_code == 303
    assert 'class="session"' not in client.get("/contribute", headers=PAGE).text
