"""What is there already is not taken for new: namesakes, duplicates, mergers, what was undone."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from registry import terms
from registry.contribute.kinds import KINDS
from registry.publishing.curation import merge, withdraw
from registry.publishing.plan import Change
from registry.publishing.redaction import Wanted, redact
from registry.publishing.transaction import publish
from registry.publishing.undoing import undo
from registry.releases.reading import Shelf
from registry.settings import Settings
from registry.things.lookup import Lookup
from registry.web.language import word
from tests.tables import every_row
from tests.web.contributing import (
    FORM,
    PAGE,
    Door,
    decided,
    post,
    problem,
    proposed,
    state,
    value,
)

SOURCE = {"title": "Minutes", "date": "2024-02", "language": "it", "agree": "1", "step": "send"}
PLACE = {
    **SOURCE,
    "name": "Perm",
    "name_ref": "+",
    "name_for": "Perm",
    "spoken": "en",
    "country": "IT",
    "position": "45,2; 9,2",
}


def place(door: Door, **change: str) -> TestResponse:
    """Propose a city that is none of its namesakes."""
    return post(door.reader, "/contribute/place", {**PLACE, **change})


def last(door: Door) -> int:
    return door.proposals.queue(["open"])[0][-1].id


def accepted(door: Door, *, reason: str = "") -> str:
    """Accept the last proposal; return the release that has it."""
    number = last(door)
    answer = decided(door.anna, number, "accept", reason)
    assert answer.status_code == 303, answer.text
    return door.proposals.get(number).release


def curated(door: Door) -> Settings:
    return Settings(home=door.workspace.home, shipped="curated")


def changed(door: Door, change: Change) -> None:
    publish(door.workspace, curated(door), replace(change, by="Bert", reason="A mistake"))


@pytest.mark.slow
def test_a_city_is_told_from_a_namesake_that_was_accepted_just_now(door: Door) -> None:
    assert place(door).status_code == 303
    assert "like" not in door.reader.get("/contribute/place").text
    twice = place(door, title="Another page", position="45.2, 9.2", step="check")
    assert "1 proposal on the same thing" in twice.text
    accepted(door)
    new = "perm-4520n0920e"
    doubt = post(door.reader, "/contribute/link", {**FORM, "one": "Oxford", "step": "check"})
    assert doubt.status_code == 422
    assert re.findall(r'name="other_ref" value="([^"]+)"', doubt.text) == ["perm-511196", new]
    assert "Lombardy, Italy" in doubt.text
    for typed in (
        "Perm, Italy",
        new,
        f"https://w3id.org/citylinks/id/city/{new}",
        f"http://localhost/doc/city/{new}?lang=it",
        f"/it/city/{new}",
        f"Perm, Italy ({new})",
    ):
        told = post(door.reader, "/contribute/link", {**FORM, "other": typed, "step": "check"})
        assert f'name="other_ref" value="{new}"' in told.text, typed
    suggested = door.reader.get("/suggest?q=perm&kind=city", headers={"Accept": "text/html"})
    assert new in door.reader.get("/suggest?q=perm&kind=city").text
    assert suggested.status_code == 200


@pytest.mark.slow
def test_a_city_that_is_merely_proposed_can_be_chosen(door: Door) -> None:
    assert place(door).status_code == 303
    doubt = post(door.reader, "/contribute/link", {**FORM, "step": "check"})
    offered = re.findall(r'name="other_ref" value="([^"]+)"', doubt.text)
    assert offered == ["perm-511196", "proposed/1"]
    assert "Italy, proposed, waits for an editor (number 1)" in doubt.text
    # What waits is shown to nobody who does not know what it is called.
    strange = {"other": "Oxford", "other_ref": "proposed/1", "other_for": "Oxford"}
    other = post(door.reader, "/contribute/link", {**FORM, **strange, "step": "check"})
    assert (other.status_code, "waits for an editor" in other.text) == (422, False)
    chosen = {"other": "Perm", "other_ref": "proposed/1", "other_for": "Perm"}
    secret = proposed(door.reader, **chosen)
    early = decided(door.anna, 2, "accept", "Looked up")
    assert early.status_code == 409
    for text in ("accept that first: proposal 1", 'href="/contribute/queue/1"', "Looked up"):
        assert text in early.text
    assert decided(door.anna, 1, "accept").status_code == 303
    still = post(door.reader, "/contribute/link", {**FORM, **chosen, "step": "check"})
    assert 'name="other_ref" value="perm-4520n0920e"' in still.text
    assert "The city that was proposed has been accepted." in door.reader.get(secret).text
    assert decided(door.anna, 2, "accept").status_code == 303
    page = door.reader.get("/doc/city/perm-4520n0920e", headers=PAGE).text
    assert "/doc/link/pavia-3171366--perm-4520n0920e" in page
    # One that was declined is not there, and an editor is told so.
    assert place(door, name="Atlantis", name_ref="", title="A page").status_code == 303
    proposed(door.reader, other="Atlantis", other_ref="proposed/3", other_for="Atlantis")
    assert decided(door.anna, 3, "decline", "There is none").status_code == 303
    late = decided(door.anna, 4, "accept")
    assert late.status_code == 422
    assert "the city of proposal 3 was not accepted" in late.text


def test_one_city_that_two_people_propose_is_accepted_once(door: Door) -> None:
    for title, more in (("One", {}), ("Two", {"geonames": "5", "position": "45.21, 9.21"})):
        assert place(door, title=title, **more).status_code == 303
    together = {"action": "accept", "text": "Both", "seen-1": "1", "seen-2": "1"}
    page = door.anna.get("/contribute/queue", headers=PAGE)
    both = {**together, "form": value(page)}
    refused = door.anna.post("/contribute/queue/several", data=both, headers=PAGE)
    assert refused.status_code == 409
    assert "about one new thing: proposal 1, 2" in refused.text
    assert "Both" in refused.text
    assert decided(door.anna, 1, "accept").status_code == 303
    before = state(door)
    late = decided(door.bert, 2, "accept", "Looked up")
    assert late.status_code == 409
    for text in ("Looked up", "The registry has this already", "/doc/city/perm-4520n0920e"):
        assert text in late.text
    assert state(door)[0] == before[0]
    assert decided(door.bert, 2, "same", "It is that one").status_code == 303
    assert "To accept it adds the source" in door.bert.get("/contribute/queue/2").text
    assert decided(door.bert, 2, "accept").status_code == 303
    lookup = Lookup(Shelf(door.workspace).current().store)
    named = [city for city in lookup.subjects("rdf:type", terms.CL + "City") if "/perm-" in city]
    assert named == [terms.thing("city", "perm-4520n0920e"), terms.thing("city", "perm-511196")]
    assert len(lookup.iris(named[0], "cl:supportedBy")) == 2


@pytest.mark.slow
def test_what_is_sent_is_no_formula_in_the_tables_of_others(door: Door) -> None:
    name = "=cmd|calc!A0"
    assert place(door, name=name, name_for=name).status_code == 303
    table = (
        "city,name,spoken,date,title\nPerm,@SUM(A1),en,2024,Minutes\nPavia,Papia,it,2024,Minutes"
    )
    pasted = {"table": table, "kind": "city", "agree": "1", "step": "send"}
    assert post(door.reader, "/contribute/table", pasted).status_code == 303
    amended = door.anna.get("/contribute/queue/2/amend", headers=PAGE).text
    assert "perm-511196,&#39;@SUM(A1),en" in amended
    assert decided(door.anna, 1, "accept").status_code == 303
    cities = door.reader.get("/cities.csv?country=IT").text
    assert "'=cmd|calc!A0" in cities
    assert ",=cmd" not in cities


@pytest.mark.slow
def test_an_editor_says_that_a_city_is_another_one(door: Door) -> None:
    for title, position in (("One", "45.2, 9.2"), ("Two", "45.25, 9.3")):
        assert place(door, title=title, position=position).status_code == 303
    assert decided(door.anna, 1, "accept").status_code == 303
    page = door.anna.get("/contribute/queue/2", headers=PAGE)
    form = {name: value(page, name) for name in ("version", "apart")}
    assert form["apart"] == "city/perm-4520n0920e"
    others = {**form, "form": value(page), "action": "apart", "text": ""}
    answer = door.anna.post("/contribute/queue/2", data=others, headers=PAGE)
    assert answer.status_code == 303
    assert door.proposals.get(2).state == "accepted"


@pytest.mark.slow
def test_a_city_with_the_identifier_of_a_known_one_is_that_one(door: Door) -> None:
    answer = place(door, wikidata="Q915", title="A page")
    assert answer.status_code == 422
    assert 'id="wikidata-fault"' in answer.text
    assert 'name="name_ref" value="perm-511196"' in answer.text
    known = place(door, name_ref="perm-511196", country="RU", position="58, 56.3", step="check")
    assert "This is already here" in known.text
    assert "Perm is in the registry, and the source confirms it." in known.text
    sent = place(
        door,
        name_ref="perm-511196",
        country="RU",
        position="58, 56.3",
        confirms=value(known, "confirms"),
    )
    assert sent.status_code == 303
    accepted(door)
    assert "Minutes" in door.reader.get("/doc/city/perm-511196", headers=PAGE).text


STANDS = [
    ("link", {"one": "Oxford", "other": "Perm", "says": "linked", "kind": "twinning"}, 200),
    ("city", {"city": "Perm", "name": "Perm", "spoken": "en", "use": "also"}, 200),
    ("city", {"city": "Perm", "register": "wikidata", "identifier": "Q915"}, 200),
    ("city", {"city": "Perm", "name": "Molotov", "spoken": "en", "use": "former"}, 303),
    ("link", {"one": "Oxford", "other": "Perm", "says": "linked", "kind": "contact"}, 303),
    ("link", {"one": "Oxford", "other": "Perm", "began": "1066"}, 303),
]


@pytest.mark.slow
def test_what_is_known_is_told_and_its_source_is_offered_as_a_confirmation(door: Door) -> None:
    for kind, fields, status in STANDS:
        path, form = f"/contribute/{kind}", {**fields, **SOURCE}
        shown = post(door.reader, path, form)
        assert shown.status_code == status, (kind, fields)
        if status == 303:
            continue
        assert "This is already here:" in shown.text
        assert "Add my source" in shown.text
        assert value(shown, "confirms") == "1"
        alone = door.reader.post(path, data={**form, "form": value(door.reader.get(path))})
        assert (alone.status_code, problem(alone)) == (409, "conflict")
        assert alone.json
        assert alone.json["already"][0].startswith(terms.ID)
        assert post(door.reader, path, {**form, "confirms": "1"}).status_code == 303


@pytest.mark.slow
def test_what_has_this_very_source_is_not_sent_again(door: Door) -> None:
    proposed(door.reader)
    proposed(door.reader)
    assert decided(door.anna, 1, "accept").status_code == 303
    again = post(door.reader, "/contribute/link", {**FORM, "step": "send", "confirms": "1"})
    assert again.status_code == 200
    assert "there is nothing to add" in again.text
    assert 'value="send"' not in again.text
    # It was sent twice before: the editor is told.
    assert decided(door.anna, 2, "accept").status_code == 409
    table = "city,partner,began,title,address,date,publisher,language,locator\n" + ",".join(
        ("Pavia", "Perm", FORM["began"], FORM["title"], FORM["address"], FORM["date"], "", "it", "")
    )
    pasted = {"table": table, "kind": "link", "agree": "1", "step": "send"}
    row = post(door.reader, "/contribute/table", pasted)
    assert row.status_code == 422
    assert "with this very source" in row.text
    other = post(
        door.reader, "/contribute/table", {**pasted, "table": table.replace("/minutes", "/b")}
    )
    assert "These rows are already here" in other.text


@pytest.mark.slow
def test_an_agreement_of_the_same_sides_and_day_may_be_the_same(door: Door) -> None:
    signed = {"agreement": "Charter", "spoken": "en", "one": "Oxford", "other": "Perm"}
    signed |= {"signed": "1999-05-17", **SOURCE}
    assert post(door.reader, "/contribute/agreement", signed).status_code == 303
    accepted(door)
    other = {**signed, "agreement": "Pact of friendship", "title": "A page"}
    doubt = post(door.reader, "/contribute/agreement", other)
    assert doubt.status_code == 422
    (known,) = set(
        re.findall(r'name="agreement_ref" value="(agreement/charter-[^"]+)"', doubt.text)
    )
    is_new = {"agreement_ref": "+", "agreement_for": "Pact of friendship"}
    assert post(door.reader, "/contribute/agreement", {**other, **is_new}).status_code == 303
    assert decided(door.anna, last(door), "accept").status_code == 409
    chosen = {"agreement_ref": known, "agreement_for": "Pact of friendship", "confirms": "1"}
    assert post(door.reader, "/contribute/agreement", {**other, **chosen}).status_code == 303


LATE = {"city": "Pavia", "dissolved": "1950", "established": "1860", **SOURCE}

CONTRADICTING = [
    ("link", {"one": "Pavia", "other": "Oxford", "began": "1951"}, "began"),
    ("link", {"one": "Oxford", "other": "Pavia", "began": "1859"}, "began"),
    ("membership", {"city": "Pavia", "network": "+Silver Road", "since": "1999"}, "since"),
    (
        "agreement",
        {"agreement": "Charter", "one": "Oxford", "other": "Pavia", "signed": "1999"},
        "signed",
    ),
    (
        "agreement",
        {
            "agreement": "Charter",
            "one": "Oxford",
            "other": "Perm",
            "signed": "1999",
            "valid": "1998",
        },
        "valid",
    ),
    ("place", {**PLACE, "country": "CH"}, "position"),
    ("place", {**PLACE, "position": "45.2; 9.2; 3"}, "position"),
]


@pytest.mark.slow
def test_what_cannot_be_so_by_what_is_known_is_told_beside_the_field(door: Door) -> None:
    assert post(door.reader, "/contribute/city", LATE).status_code == 303
    proposed(door.reader, began="1999", title="Sent before that was known")
    assert decided(door.anna, 1, "accept").status_code == 303
    before = state(door)
    for kind, fields, field in CONTRADICTING:
        answer = post(door.reader, f"/contribute/{kind}", {**SOURCE, **fields})
        assert answer.status_code == 422, (kind, fields)
        assert f'id="{field}-fault"' in answer.text, (kind, fields)
    assert state(door) == before
    late = decided(door.anna, 2, "accept", "Looked up")
    assert late.status_code == 422
    assert "Linked since: One of the cities did not exist any more" in late.text
    assert "Looked up" in late.text
    # In the years of its life nothing is said against it.
    fine = {**FORM, "other": "Oxford", "began": "1950", "step": "send"}
    assert post(door.reader, "/contribute/link", fine).status_code == 303


PERM = terms.thing("city", "perm-511196")


@pytest.mark.slow
def test_a_proposal_follows_a_merger_and_is_refused_after_a_withdrawal(door: Door) -> None:
    assert place(door, title="A letter").status_code == 303
    accepted(door)
    secret = proposed(door.reader, other="Perm, Russia")
    proposed(door.reader, one="Oxford", other="perm-4520n0920e", title="A page", address="")
    settings = curated(door)
    changed(door, merge(door.workspace, settings, PERM, terms.thing("city", "salamanca-3111108")))
    for page in (door.reader.get(secret), door.anna.get("/contribute/queue/2")):
        assert "Since this was sent, city/perm-511196 was merged" in page.text
        assert "Pavia and Salamanca are linked." in page.text
    amended = door.anna.get("/contribute/queue/2/amend", headers=PAGE)
    assert 'name="other_ref" value="salamanca-3111108"' in amended.text
    # A form that was open before is read as what it means now.
    chosen = {"other": "Perm, Russia", "other_ref": "perm-511196", "other_for": "Perm, Russia"}
    preview = post(door.reader, "/contribute/link", {**FORM, **chosen, "step": "check"})
    assert "Pavia and Salamanca are linked." in preview.text
    assert decided(door.anna, 2, "accept").status_code == 303
    assert door.proposals.get(2).about == "pavia-3171366--salamanca-3111108"
    assert "city/perm-511196 → city/salamanca-3111108" in door.reader.get(secret).text
    changed(door, withdraw(door.workspace, settings, [terms.thing("city", "perm-4520n0920e")]))
    gone = {"other": "Perm, Italy", "other_ref": "perm-4520n0920e", "other_for": "Perm, Italy"}
    late = post(door.reader, "/contribute/link", {**FORM, **gone, "step": "check"})
    assert late.status_code == 422
    assert "What you chose is not here any more" in late.text
    refused = decided(door.anna, 3, "accept", "Looked up")
    assert refused.status_code == 422
    assert "city/perm-4520n0920e was withdrawn by people" in refused.text
    assert "Looked up" in refused.text
    assert door.proposals.get(3).state == "open"


def test_what_was_taken_back_is_not_called_accepted(door: Door) -> None:
    secret = proposed(door.reader)
    release = accepted(door)
    changed(door, undo(door.workspace, curated(door), release))
    shown = door.reader.get(secret).text
    for text in ("Accepted, then taken back", "A mistake", "Bert"):
        assert text in shown
    assert door.proposals.get(1).state == "undone"
    assert "Pavia" in door.anna.get("/contribute/queue?state=undone").text
    again = Shelf(door.workspace).current().version
    changed(door, undo(door.workspace, curated(door), again))
    assert "Published again" in door.reader.get(secret).text
    assert door.proposals.get(1).state == "accepted"


@pytest.mark.slow
def test_a_proposal_that_was_redacted_is_gone(door: Door) -> None:
    secret = proposed(door.reader, comment="Anna lives in Via Roma 7")
    redact(door.workspace, curated(door), Wanted(texts=["Via Roma 7"]), "Anna", "The law")
    for answer in (door.reader.get(secret), door.reader.post(secret, data={})):
        assert (answer.status_code, problem(answer)) == (410, "gone")
    assert "removed for legal reasons" in door.reader.get(secret, headers=PAGE).text


# Who is late loses nothing of what was typed.


def test_an_editor_who_is_late_sees_what_happened_and_keeps_the_reason(door: Door) -> None:
    for title in ("One", "Two", "Three"):
        proposed(door.reader, title=title, address="")
    path = "/contribute/queue/1"
    page, queue = door.bert.get(path, headers=PAGE), door.bert.get("/contribute/queue")
    amend = door.bert.get(f"{path}/amend", headers=PAGE)
    assert decided(door.anna, 1, "ask", "Which page?").status_code == 303
    typed = {"action": "decline", "text": "Not in the minutes", "version": value(page, "version")}
    late = door.bert.post(path, data={**typed, "form": value(page)}, headers=PAGE)
    assert late.status_code == 409
    for text in ("Which page?", "Not in the minutes", 'href="/contribute/queue"'):
        assert text in late.text
    assert value(late, "version") == "2"
    batch = {"action": "decline", "text": "Not there", "seen-1": "1", "seen-3": "1"}
    several = {**batch, "form": value(queue)}
    refused = door.bert.post("/contribute/queue/several", data=several, headers=PAGE)
    assert refused.status_code == 409
    for text in ("in the meantime: proposal 1", 'href="/contribute/queue/1"', "Not there"):
        assert text in refused.text
    told = door.bert.post("/contribute/queue/several", data=several)
    assert told.json
    assert told.json["proposals"] == [1]
    fields = {**FORM, "began": "1998", "comment": "As it has it", "version": "1"}
    kept = door.bert.post(f"{path}/amend", data={**fields, "form": value(amend)}, headers=PAGE)
    assert kept.status_code == 409
    assert 'value="1998"' in kept.text
    assert value(kept, "version") == "2"
    assert {door.proposals.get(number).version for number in (1, 3)} == {1, 2}


def test_whoever_sent_it_is_late_and_keeps_the_answer(door: Door) -> None:
    secret = proposed(door.reader)
    page = door.reader.get(secret, headers=PAGE)
    assert decided(door.anna, 1, "ask", "Which page?").status_code == 303
    fields = {"action": "answer", "text": "Page three", "version": value(page, "version")}
    late = door.reader.post(secret, data={**fields, "form": value(page)}, headers=PAGE)
    assert late.status_code == 409
    for text in ("Which page?", "Page three", "Somebody else has changed this"):
        assert text in late.text


@every_row("language", terms.LANGUAGES[1:])
def test_refusals_are_told_in_the_language_of_the_page(language: str, shared_door: Door) -> None:
    taken = {**PLACE, "name": "Pavia", "wikidata": "Q915", "country": "CH"}
    answer = post(shared_door.reader, f"/contribute/place?lang={language}", taken)
    assert answer.status_code == 422
    for fault in re.findall(r'<strong class="fault"[^>]*>(.*?)</strong>', answer.text):
        assert html.unescape(fault) in {
            word(key, language) for key in ("fault_country", "fault_known")
        }


@every_row("language", terms.LANGUAGES[1:])
def test_no_form_has_words_of_another_language(language: str, shared_door: Door) -> None:
    forms = [*KINDS, "note", "sign-in", *(f"table?kind={kind}" for kind in KINDS)]
    pages = [(shared_door.reader, f"/contribute/{form}") for form in forms]
    pages += [(shared_door.anna, f"/contribute/{name}") for name in ("queue", "decide")]
    for client, path in pages:
        joined = "&" if "?" in path else "?"
        page = client.get(f"{path}{joined}lang={language}", headers=PAGE)
        (main,) = re.findall(r"<main.*?</main>", page.text, re.DOTALL)
        assert not re.findall(r'<[a-z]+ lang="en"[^>]*>[^<]*', main), path
