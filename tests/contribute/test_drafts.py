"""Drafts: what a form says is read, and what cannot be so is told beside its field."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.contribute.drafts import (
    LANGUAGES,
    LONGEST,
    draft_of,
    one_line,
    read_date,
    read_email,
    read_note,
)
from registry.contribute.kinds.link import link_of
from registry.things.wording import language_name
from tests.contribute.drafts import FILLED, read


def test_a_form_becomes_a_draft_and_survives_being_stored() -> None:
    found = read(FILLED, language="it")
    draft = found.draft
    assert found.faults == {}
    assert (link_of(draft), draft["began"]) == ("pavia-3171366--perm-511196", "1999-05-17")
    assert draft.source.key == "example.org/minutes"
    assert draft_of(json.loads(json.dumps(draft.as_json()))) == draft


def test_a_link_that_was_stored_before_there_were_other_kinds_is_read() -> None:
    draft = read(FILLED).draft
    former = {name: value for name, value in draft.as_json().items() if name != "of"}
    assert draft_of(former) == draft


def test_a_language_that_can_be_chosen_has_a_name_in_every_language_of_the_pages() -> None:
    assert {"la", "ar", "fa"} <= LANGUAGES.keys(), "old names of cities are Latin, others Arabic"
    for interface in terms.LANGUAGES:
        assert [tag for tag in LANGUAGES if language_name(tag, interface) == tag] == []


ENDED = {"says": "ended", "changed": "2023"}


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"other": "pavia-3171366"}, "other", "fault_same_city"),
        ({"says": "denied"}, "says", "fault_choice"),
        ({"kind": "programme-pairing"}, "kind", "fault_choice"),
        ({"decided": "one"}, "decided", "fault_no_change"),
        ({"changed": "2020"}, "changed", "fault_no_change"),
        ({"began": "spring"}, "began", "fault_date"),
        ({"began": "2023-02-29"}, "began", "fault_date"),
        ({"began": "0019"}, "began", "fault_date"),
        ({"began": "2024-03"}, "began", "fault_after_source"),
        ({"says": "ended"}, "changed", "fault_end_missing"),
        ({**ENDED, "began": "2024-01"}, "changed", "fault_order"),
        ({**ENDED, "changed": "2024-03-01"}, "changed", "fault_after_source"),
        ({"date": ""}, "date", "fault_source_date"),
        ({"date": "2026-12-01"}, "date", "fault_future"),
        ({"date": "2024", "undated": "1"}, "date", "fault_day"),
        ({"title": "", "address": ""}, "title", "fault_source"),
        ({"address": "javascript:alert(1)"}, "address", "fault_address"),
        ({"address": "https://anna:secret@example.org/"}, "address", "fault_address"),
        ({"address": "https://"}, "address", "fault_address"),
        ({"address": "https://a b"}, "address", "fault_address"),
        ({"language": "tlh"}, "language", "fault_choice"),
        ({"title": "x" * (LONGEST["title"] + 1)}, "title", "fault_long"),
        (
            {**ENDED, "reason": "x" * 501},
            "reason",
            "fault_long",
        ),
    ],
)
def test_what_cannot_be_so_is_told(change: dict[str, str], field: str, fault: str) -> None:
    assert read({**FILLED, **change}).faults == {field: fault}


def test_an_end_of_the_day_of_its_source_is_none_of_the_future() -> None:
    assert read({**FILLED, **ENDED, "changed": "2024-02-11"}).faults == {}


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = read_date(text)
    assert found is None or read_date(found) == found


@given(st.text(max_size=60))
def test_a_line_has_nothing_that_is_not_seen(text: str) -> None:
    line = one_line(text)
    assert line == line.strip()
    assert "\n" not in line
    assert not set(line) & set("\x00\x1b\u202e\u2066\ufeff\ud800")
    assert one_line(line) == line


@given(st.dictionaries(st.sampled_from(sorted(FILLED)), st.text(max_size=80)))
def test_any_form_is_read(change: dict[str, str]) -> None:
    found = read({**FILLED, **change})
    draft, faults = found.draft, found.faults
    assert set(faults) <= {*FILLED, "changed", "decided", "reason"}
    assert faults or (draft.source.date and draft["one"] != draft["other"])


def test_a_note_needs_words() -> None:
    assert read_note({"text": " \n\u200b"})[1] == {"text": "fault_text"}
    note, faults = read_note({"text": "Wrong\r\nyear ", "page": "/doc/city/perm-511196"})
    assert (note.text, faults) == ("Wrong\nyear", {})


@pytest.mark.parametrize("text", ["a@b", "a b@example.org", "@example.org", "a@b.c\nBcc: x@y.z"])
def test_what_is_no_address_is_told(text: str) -> None:
    assert read_email(text)[1] == {"email": "fault_email"}
    assert read_email("")[1] == read_email("anna@example.org")[1] == {}
