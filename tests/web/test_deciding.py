"""Editors merge, split, withdraw, redact and undo by forms: shown first, then done; nobody else."""

from __future__ import annotations

import html
import json
import re
import time

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry import files, terms
from registry.contribute import deciding
from registry.contribute.acts import Act
from registry.contribute.deciding import ActQuestion, Acts
from registry.identity.ledger import Ledger
from registry.jobs import Job, Jobs, name_of
from registry.publishing.curation import iri_of
from registry.publishing.plan import Change, read_ledger
from registry.publishing.redaction import FIELDS
from registry.publishing.transaction import publish
from registry.releases import log
from registry.settings import Settings
from registry.web.routes import deciding as routes
from tests.tables import every_row
from tests.web.contributing import PAGE, Door, post, state, value

FORM = "/contribute/decide"
LINK = "link/duisburg-2934691--perm-511196"
PERM, PAVIA = "perm-511196", "pavia-3171366"
SAID = "article says more than 80"
WITHDRAWAL = {"act": "withdraw", "things": LINK, "reason": "It was a mistake"}


def door_settings(door: Door) -> Settings:
    return Settings(home=door.workspace.home, shipped="curated")


def known(door: Door) -> Ledger:
    return read_ledger(door.workspace, door_settings(door))


def ask(client: FlaskClient, fields: dict[str, str], form: str = FORM) -> TestResponse:
    """Send the form, and wait until the job that it starts is over."""
    answer = post(client, form, fields)
    until = time.monotonic() + 60
    while re.fullmatch(rf"{FORM}/[0-9a-f]{{32}}(\?.*)?", answer.headers.get("Location", "")):
        assert time.monotonic() < until
        time.sleep(0.05)
        address = answer.headers["Location"]
        answer = client.get(address, headers=PAGE)
        if 'http-equiv="refresh"' in answer.text:
            answer.headers["Location"] = address
    return answer


def shown_and_done(door: Door, fields: dict[str, str]) -> tuple[TestResponse, TestResponse]:
    """Have a decision shown, and carry it out."""
    before = state(door)
    shown = ask(door.anna, fields)
    assert shown.status_code == 200, shown.text
    assert state(door) == before
    return shown, ask(door.anna, {**fields, "step": "apply", "shown": value(shown, "shown")})


def test_a_withdrawal_is_shown_and_then_done(door: Door) -> None:
    shown, done = shown_and_done(door, WITHDRAWAL)
    assert "20 statements removed" in shown.text
    assert 'value="apply"' in shown.text
    assert f"/doc/{LINK}" in shown.text
    assert (done.status_code, done.headers["Location"]) == (303, f"/doc/{LINK}?view=history")
    page = door.reader.get(done.headers["Location"], headers=PAGE)
    assert (page.status_code, "It was a mistake" in page.text) == (200, True)
    event = log.read(door.workspace.log_path)[-1]
    assert (event.by, event.reason) == ("Anna Rossi", "It was a mistake")
    assert event.things == {"withdrawn": [terms.ID + LINK]}
    assert door.reader.get(f"/doc/{LINK}").status_code == 410
    assert known(door).is_withdrawn(terms.ID + LINK)


@pytest.mark.slow
def test_a_split_is_shown_and_then_done(door: Door) -> None:
    split = {"act": "split", "things": PERM, "into": f"/doc/city/{PAVIA}", "reason": "Namesakes"}
    chosen = {"partners": "amneville-3037838", "graphs": "/graph/perm-twins"}
    _, done = shown_and_done(door, {**split, **chosen})
    assert (done.status_code, done.headers["Location"]) == (
        *(303, f"/doc/city/{PERM}?view=history"),
    )
    moved = "link/amneville-3037838--pavia-3171366"
    old = door.reader.get("/id/claim/amneville-3037838--perm-511196/perm-twins/p2")
    assert old.headers["Location"] == f"/id/claim{moved.removeprefix('link')}/perm-twins/p2"
    assert "Namesakes" in door.reader.get(f"/doc/{moved}?view=history", headers=PAGE).text


@pytest.mark.slow
def test_a_publish_is_undone(door: Door) -> None:
    """What can be undone is offered, and the page tells what is current then."""
    _, done = shown_and_done(door, WITHDRAWAL)
    version = door.workspace.current() or ""
    offered = door.anna.get(f"{FORM}?act=undo", headers=PAGE).text
    assert f"?act=undo&amp;release={version}" in offered
    filled = door.anna.get(f"{FORM}?act=undo&release={version}", headers=PAGE)
    assert f'value="{version}"' in filled.text
    _, done = shown_and_done(door, {"act": "undo", "release": version[:12], "reason": "Back"})
    now = door.workspace.current() or ""
    assert (done.status_code, f"/release/{now}" in done.text) == (200, True)
    assert door.reader.get(f"/doc/{LINK}").status_code == 200
    assert log.read(door.workspace.log_path)[-1].things == {"undone": [version]}


@pytest.mark.slow
def test_words_are_redacted_from_files_and_addresses(door: Door) -> None:
    """The page tells which addresses change; no file has the words then, and it says no more."""
    wanted = {"act": "redact", "texts": SAID, "reason": "Article 17"}
    before = door.workspace.current() or ""
    shown, done = shown_and_done(door, wanted)
    assert before[:12] in shown.text
    assert "This cannot be undone" in shown.text
    assert (done.status_code, "Tell the operator" in done.text) == (200, True), done.text
    assert door.workspace.versions() == [door.workspace.current()]
    event = log.read(door.workspace.log_path)[-1]
    assert (event.event, event.by, event.reason) == ("redact", "Anna Rossi", "Article 17")
    found = [
        path
        for path in door.workspace.home.rglob("*")
        if path.is_file() and SAID.encode() in path.read_bytes()
    ]
    assert found == []


def test_what_hangs_on_it_is_named_and_can_be_withdrawn_with_it(door: Door) -> None:
    alone = {"act": "withdraw", "things": "practice/community-centres", "reason": "No practice"}
    shown = ask(door.anna, alone)
    assert shown.status_code == 422
    hanging = value(shown, "hanging").split("\n")
    assert [one.partition("/")[0] for one in hanging] == [
        *("implementation", "implementation", "transfer"),
    ]
    for text in ("Community centres in Oxford", "Community centres, from Oxford to Perm"):
        assert text in shown.text
    assert 'value="apply"' not in shown.text
    together = ask(door.anna, {**alone, "also": "1", "hanging": "\n".join(hanging)})
    assert together.status_code == 200
    for one in ("practice/community-centres", *hanging):
        assert f"{one}\n" in html.unescape(together.text).replace("</textarea>", "\n")
    every = {**alone, "things": "\n".join([alone["things"], *hanging])}
    done = ask(door.anna, {**every, "step": "apply", "shown": value(together, "shown")})
    assert done.status_code == 303, done.text
    for one in ("practice/community-centres", *hanging):
        assert door.reader.get(f"/id/{one}").status_code == 410


@pytest.mark.slow
def test_doubts_about_a_merger_have_to_be_confirmed(door: Door) -> None:
    merger = {"act": "merge", "things": "amneville-3037838", "into": PAVIA, "reason": "One"}
    before = state(door)
    shown = ask(door.anna, merger)
    assert shown.status_code == 200
    apply = {**merger, "step": "apply", "shown": value(shown, "shown")}
    refused = ask(door.anna, apply)
    assert (refused.status_code, state(door)) == (422, before)
    assert "506 km apart" in refused.text
    italian = ask(door.anna, merger, f"{FORM}?lang=it")
    assert "Distano 506 km." in italian.text
    assert "Francia e Italia" in italian.text
    again = {**apply, "shown": value(refused, "shown"), "sure": "1"}
    assert 'name="sure"' in refused.text
    assert ask(door.anna, again).status_code == 303
    assert state(door) != before


def test_what_takes_longer_has_a_page_that_tells_how_far_it_is(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is for editors alone, and no word of a redaction lies in a file of its job."""
    monkeypatch.setattr(deciding, "_WAIT", 0.0)
    started = post(door.anna, FORM, {"act": "redact", "texts": "Zyxwvut", "reason": "Law"})
    address = started.headers["Location"]
    running = door.anna.get(address, headers=PAGE)
    assert 'http-equiv="refresh"' in running.text
    job = address.rpartition("/")[2]
    assert door.reader.get(f"/jobs/{job}").status_code == 404
    assert door.reader.get(address, headers=PAGE).headers["Location"] == "/contribute/sign-in"
    until = time.monotonic() + 60
    while 'http-equiv="refresh"' in (page := door.anna.get(address, headers=PAGE)).text:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert (page.status_code, "nothing here has it" in page.text) == (422, True)
    files = [path for path in (door.workspace.home / "jobs").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"Zyxwvut" in path.read_bytes()]


def test_what_a_stop_of_the_server_interrupted_can_be_done_again(shared_door: Door) -> None:
    question = ActQuestion(shared_door.workspace.current() or "", "decide", "withdraw", "0" * 32)
    folder = shared_door.workspace.home / "jobs" / name_of(question)
    asked = {**question.as_json(), "asked": "2026-11-30T10:00:00+00:00"}
    files.write(folder / "question.json", json.dumps(asked).encode())
    files.write(folder / FIELDS, json.dumps(WITHDRAWAL).encode())
    page = shared_door.anna.get(f"{FORM}/{folder.name}", headers=PAGE)
    assert (page.status_code, "was stopped meanwhile" in page.text) == (422, True)
    assert LINK in page.text
    assert "It was a mistake" in page.text
    for nothing in ("0" * 32, "x"):
        assert shared_door.anna.get(f"{FORM}/{nothing}", headers=PAGE).status_code == 404


@pytest.mark.slow
def test_what_was_published_meanwhile_is_not_decided_on(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what was shown and the lock of the workspace, another may publish."""
    shown = ask(door.anna, WITHDRAWAL)
    monkeypatch.setattr(routes, "_was_shown", lambda *_: True)
    publish(door.workspace, door_settings(door), Change(as_of="2021-01-01"))
    begun = Acts.begin

    def late(acts: Acts, jobs: Jobs, act: Act, *_: object) -> Job:
        return begun(acts, jobs, act, "decide", first.version, {})

    first = log.switches(door.workspace.log_path)[0]
    monkeypatch.setattr(Acts, "begin", late)
    before = state(door)
    answer = ask(door.anna, {**WITHDRAWAL, "step": "apply", "shown": value(shown, "shown")})
    assert (answer.status_code, "was published meanwhile" in answer.text) == (422, True)
    assert state(door) == before


@pytest.mark.slow
def test_what_was_not_shown_is_shown_first(door: Door) -> None:
    """Without a preview, after a change of what was shown, or behind another publish."""
    before = state(door)
    shown = value(ask(door.anna, WITHDRAWAL), "shown")
    other = {**WITHDRAWAL, "things": "link/oxford-2640729--perm-511196", "step": "apply"}
    for fields in (other, {**other, "shown": shown}, {**WITHDRAWAL, "step": "apply", "shown": "x"}):
        answer = ask(door.anna, fields)
        assert (answer.status_code, 'id="preview"' in answer.text) == (200, True)
    assert state(door) == before
    publish(door.workspace, door_settings(door), Change(as_of="2021-01-01"))
    now = state(door)
    answer = ask(door.anna, {**WITHDRAWAL, "step": "apply", "shown": shown})
    assert (answer.status_code, 'id="preview"' in answer.text) == (200, True)
    assert state(door) == now


def test_what_the_shapes_refuse_is_shown_and_cannot_be_done(door: Door) -> None:
    before = state(door)
    merger = {
        "act": "merge",
        "things": "http://localhost/doc/city/duisburg-2934691?lang=de",
        "into": "perm-511196",
        "reason": "One city",
    }
    shown = ask(door.anna, merger)
    assert shown.status_code == 422
    assert "A city cannot take up a practice from itself" in shown.text
    for doubt in (
        "km apart",
        "different countries: Germany and Russia",
        "Wikidata Q2100 and Wikidata Q915",
    ):
        assert doubt in shown.text
    assert 'value="apply"' not in shown.text
    assert ask(door.anna, {**merger, "step": "apply"}).status_code == 422
    assert state(door) == before


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no reason": ({"reason": " "}, "the reason is published"),
    "no thing": ({"things": ""}, "name what is to be withdrawn"),
    "too many": (
        {"things": "\n".join(f"city/x-{n}" for n in range(201))},
        "name up to 200 at once",
    ),
    "no reference": ({"things": "Perm!"}, "is not a reference"),
    "unknown": ({"things": "city/nowhere-7"}, "nothing is known of"),
    "no act": ({"act": "burn"}, "act is one of merge, split"),
    "into nothing": ({"act": "merge", "into": ""}, "name two different things"),
    "no choice": ({"act": "split", "things": PERM, "into": PAVIA}, "say which statements move"),
    "no graph": ({"act": "split", "things": PERM, "into": PAVIA, "graphs": "!"}, "name of a graph"),
    "no words": ({"act": "redact", "things": ""}, "words that must stand nowhere"),
    "short words": ({"act": "redact", "things": "", "texts": "abc"}, "cannot be redacted"),
    "words nowhere": (
        {"act": "redact", "things": "", "texts": "Nobody at all"},
        "nothing here has",
    ),
    "words told": (
        {"act": "redact", "things": "", "texts": "article", "reason": "an article"},
        "leave it out there",
    ),
    "no release": ({"act": "undo"}, "name the release"),
    "release unknown": ({"act": "undo", "release": "0000"}, "no release"),
}


@every_row(("change", "told"), WRONG.values())
def test_what_is_wrong_is_told_and_changes_nothing(
    change: dict[str, str], told: str, door: Door
) -> None:
    before = state(door)
    for step in ({}, {"step": "apply"}):
        answer = ask(door.anna, {**WITHDRAWAL, **change, **step})
        assert answer.status_code == 422
        assert told in answer.text
    assert state(door) == before


def test_only_editors_decide(door: Door) -> None:
    before = state(door)
    assert door.reader.get(FORM, headers=PAGE).headers["Location"] == "/contribute/sign-in"
    stamp = value(door.anna.get(FORM, headers=PAGE))
    for client, fields in (
        (door.reader, {"form": stamp}),
        (door.bert, {"form": stamp}),
        (door.anna, {}),
    ):
        answer = client.post(FORM, data={**WITHDRAWAL, "step": "apply", **fields}, headers=PAGE)
        assert answer.status_code == 403
    elsewhere = {**PAGE, "Origin": "https://elsewhere.example"}
    sent = {**WITHDRAWAL, "step": "apply", "form": stamp}
    assert door.anna.post(FORM, data=sent, headers=elsewhere).status_code == 403
    assert state(door) == before


@pytest.mark.parametrize(
    "text",
    [
        "perm-511196",
        "city/perm-511196",
        "id/city/perm-511196",
        "/doc/city/perm-511196",
        "https://w3id.org/citylinks/id/city/perm-511196",
        "https://links.example/doc/city/perm-511196?lang=de#partners",
        " http://127.0.0.1:8000/doc/city/perm-511196 ",
    ],
)
def test_things_are_named_in_many_ways(text: str) -> None:
    assert iri_of(text) == f"{terms.ID}city/perm-511196"
