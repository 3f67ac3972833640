"""Editors merge and withdraw things by a form: shown first, then done; nobody else does."""

from __future__ import annotations

import pytest

from registry import terms
from registry.identity.ledger import Ledger
from registry.publishing.curation import iri_of
from registry.publishing.plan import Change, read_ledger
from registry.publishing.transaction import publish
from registry.releases import log
from registry.settings import Settings
from tests.tables import every_row
from tests.web.contributing import PAGE, Door, post, state, value

FORM = "/contribute/decide"
LINK = "link/duisburg-2934691--perm-511196"
WITHDRAWAL = {"act": "withdraw", "things": LINK, "reason": "It was a mistake"}


def door_settings(door: Door) -> Settings:
    return Settings(home=door.workspace.home, shipped="curated")


def known(door: Door) -> Ledger:
    return read_ledger(door.workspace, door_settings(door))


def test_a_withdrawal_is_shown_and_then_done(door: Door) -> None:
    before = state(door)
    shown = post(door.anna, FORM, WITHDRAWAL)
    assert shown.status_code == 200, shown.text
    assert "20 statements removed" in shown.text
    assert 'value="apply"' in shown.text
    assert f"/doc/{LINK}" in shown.text
    assert state(door) == before
    done = post(door.anna, FORM, {**WITHDRAWAL, "step": "apply", "shown": value(shown, "shown")})
    assert (done.status_code, done.headers["Location"]) == (303, f"/doc/{LINK}?view=history")
    page = door.reader.get(done.headers["Location"], headers=PAGE)
    assert (page.status_code, "It was a mistake" in page.text) == (200, True)
    event = log.read(door.workspace.log_path)[-1]
    assert (event.by, event.reason) == ("Anna Rossi", "It was a mistake")
    assert event.things == {"withdrawn": [terms.ID + LINK]}
    assert door.reader.get(f"/doc/{LINK}").status_code == 410
    assert known(door).is_withdrawn(terms.ID + LINK)


@pytest.mark.slow
def test_what_was_not_shown_is_shown_first(door: Door) -> None:
    """Without a preview, after a change of what was shown, or behind another publish."""
    before = state(door)
    shown = value(post(door.anna, FORM, WITHDRAWAL), "shown")
    other = {**WITHDRAWAL, "things": "link/oxford-2640729--perm-511196", "step": "apply"}
    for fields in (other, {**other, "shown": shown}, {**WITHDRAWAL, "step": "apply", "shown": "x"}):
        answer = post(door.anna, FORM, fields)
        assert (answer.status_code, 'id="preview"' in answer.text) == (200, True)
    assert state(door) == before
    publish(door.workspace, door_settings(door), Change(as_of="2021-01-01"))
    now = state(door)
    answer = post(door.anna, FORM, {**WITHDRAWAL, "step": "apply", "shown": shown})
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
    shown = post(door.anna, FORM, merger)
    assert shown.status_code == 422
    assert "A city cannot take up a practice from itself" in shown.text
    assert 'value="apply"' not in shown.text
    assert post(door.anna, FORM, {**merger, "step": "apply"}).status_code == 422
    assert state(door) == before


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no reason": ({"reason": " "}, "the reason is published"),
    "no thing": ({"things": ""}, "name up to 50 things"),
    "no reference": ({"things": "Perm!"}, "is not a reference"),
    "unknown": ({"things": "city/nowhere-7"}, "nothing is known of"),
    "no act": ({"act": "burn"}, "name up to 50 things"),
    "into nothing": ({"act": "merge", "into": ""}, "is not a reference"),
}


@every_row(("change", "told"), WRONG.values())
def test_what_is_wrong_is_told_and_changes_nothing(
    change: dict[str, str], told: str, door: Door
) -> None:
    before = state(door)
    for step in ({}, {"step": "apply"}):
        answer = post(door.anna, FORM, {**WITHDRAWAL, **change, **step})
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
