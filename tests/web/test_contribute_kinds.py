"""Forms of every kind: what is filled in is said, published, and stands on the thing's page."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry import shipped, terms
from registry.contribute import tables
from registry.contribute.drafts import Draft, Source
from registry.contribute.kinds import KINDS
from registry.contribute.kinds.agreement import AGREEMENT
from registry.contribute.store import Sent
from registry.problems import Problem
from registry.publishing.curation import withdraw
from registry.publishing.transaction import publish
from registry.releases import log
from registry.releases.reading import Shelf
from registry.settings import Settings
from registry.things.lookup import Lookup
from tests.tables import every_row
from tests.web.contributing import PAGE, SPOILT, Door, decided, post, state, value

SOURCE = {
    "title": "Minutes of the council",
    "date": "2024-02",
    "language": "it",
    "agree": "1",
    "step": "send",
}
CITY = {
    "city": "Pavia",
    "name": "Papia",
    "spoken": "it",
    "use": "former",
    "since": "0800",
    "until": "1100",
    "register": "isni",
    "identifier": "0000 0001 2150 090X",
    "established": "1860",
    "succeeded": "Perm\nPoitiers",
}
PRACTICE = {
    "practice": "Lantern bridges",
    "spoken": "en",
    "type": "participation-format",
    "heritage": "intangible",
    "domain": "social-practices",
    "topic": "arts",
    "description": "Paper lanterns on a bridge.",
    "origin": "Pavia",
    "bearer": "Lantern families",
    "place": "Coimbra",
    "stage": "pilot",
    "from_city": "Pavia",
    "to_city": "Coimbra",
    "mode": "model",
    "passed": "2021",
}
SIGNED = {
    "agreement": "Charter of friendship",
    "spoken": "en",
    "signed": "17.5.1999",
    "one": "Oxford",
    "other": "Perm",
    "establishes": "1",
    "text": "https://example.org/charter",
    "council": "Oxford City Council, 17 May 1999",
}
MEMBER = {
    "city": "Perm",
    "network": "Silver Road",
    "spoken": "en",
    "role": "member",
    "since": "2019",
    "field": "Crafts",
}
PLACE = {
    "name": "Bad Ems",
    "spoken": "de",
    "country": "DE",
    "position": "50.338, 7.714",
    "geonames": "https://www.geonames.org/2953371/bad-ems.html",
    "wikidata": "Q160588",
}
FILLED = {
    "city": CITY,
    "place": PLACE,
    "practice": PRACTICE,
    "agreement": SIGNED,
    "membership": MEMBER,
}


def sent(door: Door, kind: str, **change: str) -> TestResponse:
    """Fill in the form of a kind and send it."""
    return post(door.reader, f"/contribute/{kind}", {**FILLED[kind], **SOURCE, **change})


def published(door: Door, kind: str, **change: str) -> Lookup:
    """Propose and accept; return what the release says then."""
    answer = sent(door, kind, **change)
    assert answer.status_code == 303, answer.text
    number = door.proposals.queue(["open"])[0][-1].id
    assert decided(door.anna, number, "accept").status_code == 303
    release = Shelf(door.workspace).current()
    assert release.manifest.validation["violations"] == 0
    return Lookup(release.store)


@pytest.mark.slow
def test_what_was_withdrawn_is_not_taken_again(door: Door) -> None:
    """It would be taken out of its graph at once, and whoever sent it would not know."""
    practice = called(published(door, "practice"), "HeritagePractice", PRACTICE["practice"])
    more = {"title": "Another document", "confirms": "1"}
    assert sent(door, "practice", **more).status_code == 303
    waiting = door.proposals.queue(["open"])[0][-1].id
    settings = Settings(home=door.workspace.home, shipped="curated")
    kept = Lookup(Shelf(door.workspace).current().store)
    parts = {str(triple.subject)[1:-1] for triple in kept.incoming(practice)}
    publish(
        door.workspace, settings, withdraw(door.workspace, settings, [practice, *sorted(parts)])
    )
    before = state(door)
    assert decided(door.anna, waiting, "accept").status_code == 422
    assert state(door)[0] == before[0]
    again = sent(door, "practice", title="A third document")
    assert (again.status_code, "was withdrawn by people" in again.text) == (422, True)


def thing(kind: str, ref: str) -> str:
    return terms.thing(kind, ref)


def called(lookup: Lookup, kind: str, name: str) -> str:
    """Return the one thing of a class that is called so."""
    found = lookup.subjects("rdf:type", terms.CL + kind)
    (one,) = [iri for iri in found if lookup.text(iri, "skos:prefLabel") == name]
    return one


PAVIA, PERM = thing("city", "pavia-3171366"), thing("city", "perm-511196")


@pytest.mark.slow
def test_a_name_an_identifier_and_a_life_stand_on_the_page_of_a_city(door: Door) -> None:
    preview = sent(door, "city", step="check")
    assert "A source says this of Pavia." in preview.text
    for text in ("Papia", "former name", "ISNI", "Poitiers", "1860"):
        assert text in preview.text
    lookup = published(door, "city")
    (name,) = lookup.iris(PAVIA, "cl:name")
    assert lookup.text(name, "cl:nameForm") == "Papia"
    assert (lookup.text(name, "cl:startDate"), lookup.text(name, "cl:endDate")) == ("0800", "1100")
    (identifier,) = lookup.iris(PAVIA, "cl:externalIdentifier")
    assert lookup.text(identifier, "cl:identifierValue") == "000000012150090X"
    for node in (name, identifier):
        assert lookup.iri(lookup.iri(node, "cl:supportedBy"), "cl:passageOf")
    assert PERM in lookup.iris(PAVIA, "cl:succeededBy")
    assert PAVIA in lookup.iris(PERM, "cl:precededBy")
    page = door.reader.get("/doc/city/pavia-3171366", headers=PAGE).text
    for text in ("Papia", "Established", "1860", "ISNI"):
        assert re.search(text, page, re.IGNORECASE), text
    assert "Papia" in door.reader.get("/search?q=Papia", headers=PAGE).text


@pytest.mark.slow
def test_each_proposal_on_a_city_has_a_graph_and_so_a_source_of_its_own(door: Door) -> None:
    published(door, "city", title="One letter", succeeded="", register="", identifier="")
    other = dict.fromkeys(CITY, "") | {"city": "Pavia", "dissolved": "1999", "spoken": "it"}
    published(door, "city", **other, title="Another letter")
    page = door.reader.get("/doc/city/pavia-3171366", headers=PAGE).text
    assert "One letter" in page
    assert "Another letter" in page
    shelf = Shelf(door.workspace).current()
    names = [one.graph for one in shelf.manifest.all_graphs() if "contributions-" in one.graph]
    assert [name.rpartition("-")[2] for name in sorted(names)] == ["1", "2"]


@pytest.mark.slow
def test_a_practice_stands_with_its_bearer_its_place_and_its_journey(door: Door) -> None:
    lookup = published(door, "practice")
    practice = called(lookup, "HeritagePractice", "Lantern bridges")
    ref = practice.removeprefix(thing("practice", ""))
    page = door.reader.get(f"/doc/practice/{ref}", headers=PAGE).text
    for text in (
        "Lantern bridges",
        "Lantern families",
        "Coimbra",
        "2021",
        "Minutes of the council",
    ):
        assert text in page
    assert f"/contribute/practice?practice=practice/{ref}" in page
    city = door.reader.get("/doc/city/coimbra-2740637", headers=PAGE).text
    assert "Lantern bridges" in city
    # What is told of it later joins it.
    blank = dict.fromkeys(PRACTICE, "") | {"practice": f"practice/{ref}", "spoken": "en"}
    again = published(door, "practice", **blank | {"run_by": "Museum of Light"})
    assert len(again.iris(practice, "cl:runBy")) == 1
    assert again.text(practice, "skos:prefLabel") == "Lantern bridges"


def test_an_agreement_stands_on_the_pages_of_its_sides(door: Door) -> None:
    lookup = published(door, "agreement")
    link = thing("link", "oxford-2640729--perm-511196")
    agreement = called(lookup, "Agreement", "Charter of friendship")
    assert link in lookup.iris(agreement, "cl:establishes")
    assert lookup.text(agreement, "cl:signatureDate") == "1999-05-17"
    assert len(lookup.iris(agreement, "cl:signature")) == 2
    for path in ("/doc/city/perm-511196", "/doc/link/oxford-2640729--perm-511196"):
        page = door.reader.get(path, headers=PAGE).text
        assert "Charter of friendship" in page
        assert "17 May 1999" in page
    ref = agreement.removeprefix(thing("agreement", ""))
    page = door.reader.get(f"/doc/agreement/{ref}", headers=PAGE).text
    assert "https://example.org/charter" in page
    assert f"/contribute/agreement?agreement=agreement/{ref}" in page


def test_an_agreement_of_a_year_and_of_cities_without_a_link_is_shown_as_well(door: Door) -> None:
    change = {"one": "Pavia", "more": "Oxford", "establishes": "", "signed": "1999"}
    lookup = published(door, "agreement", **change)
    agreement = called(lookup, "Agreement", "Charter of friendship")
    assert len(lookup.iris(agreement, "cl:signature")) == 3
    page = door.reader.get("/doc/city/oxford-2640729", headers=PAGE).text
    assert "Charter of friendship" in page


@pytest.mark.slow
def test_a_membership_in_a_new_network_and_a_date_of_one_that_is_known(door: Door) -> None:
    assert "Perm takes part in Silver Road." in sent(door, "membership", step="check").text
    lookup = published(door, "membership")
    network = called(lookup, "Network", "Silver Road")
    assert PERM in lookup.iris(network, "cl:member")
    page = door.reader.get("/doc/city/perm-511196", headers=PAGE).text
    assert "Silver Road" in page
    ref = network.removeprefix(thing("network", ""))
    again = published(
        door, "membership", network=f"network/{ref}", until="2023", title="Another page"
    )
    assert len(again.iris(network, "cl:participation")) == 1
    other = published(door, "membership", network="Silver Road", since="2020", title="A third")
    assert len(other.iris(network, "cl:participation")) == 2


@pytest.mark.slow
def test_a_city_that_was_missing_can_be_linked_from_then_on(door: Door) -> None:
    link = {"one": "Pavia", "other": "Bad Ems", "says": "linked", "kind": "friendship", **SOURCE}
    missing = post(door.reader, "/contribute/link", link)
    assert missing.status_code == 422
    (way,) = re.findall(r'href="(/contribute/place[?][^"]+)"', missing.text)
    assert 'value="Bad Ems"' in door.reader.get(way, headers=PAGE).text
    lookup = published(door, "place")
    city = thing("city", "bad-ems-2953371")
    assert lookup.text(city, "skos:prefLabel") == "Bad Ems"
    assert lookup.iri(city, "geo:hasDefaultGeometry") == terms.geometry_of(city)
    page = door.reader.get("/doc/city/bad-ems-2953371", headers=PAGE).text
    assert "Germany" in page
    assert "Minutes of the council" in page
    assert post(door.reader, "/contribute/link", link).status_code == 303
    number = door.proposals.queue(["open"])[0][-1].id
    assert decided(door.anna, number, "accept").status_code == 303
    linked = door.reader.get("/doc/city/pavia-3171366", headers=PAGE).text
    assert "/doc/link/bad-ems-2953371--pavia-3171366" in linked
    twice = sent(door, "place")
    assert twice.status_code == 422
    assert 'href="#name-choice"' in twice.text


FAULTY = [
    ("place", {"name": "Pavia"}, "name", "fault_known"),
    ("place", {"country": "Atlantis"}, "country", "fault_choice"),
    ("place", {"country": ""}, "country", "fault_needed"),
    ("place", {"position": "north"}, "position", "fault_position"),
    ("place", {"position": "95, 7"}, "position", "fault_position"),
    ("place", {"geonames": "many"}, "geonames", "fault_identifier"),
    ("place", {"wikidata": "P190"}, "wikidata", "fault_identifier"),
    ("city", {"city": ""}, "city", "fault_city"),
    ("city", dict.fromkeys(CITY, "") | {"city": "Pavia"}, "name", "fault_nothing"),
    ("city", {"register": "wikidata", "identifier": "Pavia"}, "identifier", "fault_identifier"),
    ("city", {"identifier": "0000 0001 2150 0901"}, "identifier", "fault_identifier"),
    ("city", {"register": "other"}, "other_register", "fault_register"),
    ("city", {"until": "0700"}, "until", "fault_date"),
    ("city", {"since": "1200"}, "until", "fault_order"),
    ("city", {"succeeded": "Atlantis"}, "succeeded", "fault_one_of_several"),
    ("city", {"succeeded": "Pavia"}, "succeeded", "fault_same_city"),
    ("city", {"spoken": "tlh"}, "spoken", "fault_choice"),
    ("city", {"register": "wikidata", "identifier": "Q915"}, "identifier", "fault_taken"),
    ("city", {"register": "geonames", "identifier": "511196"}, "identifier", "fault_taken"),
    ("agreement", {"one": "Oxford", "other": "Salamanca"}, "establishes", "fault_link_first"),
    ("city", {"established": "2025"}, "established", "fault_after_source"),
    ("practice", {"practice": ""}, "practice", "fault_needed"),
    ("practice", {"type": ""}, "type", "fault_type"),
    ("practice", {"stage": ""}, "stage", "fault_stage"),
    ("practice", {"mode": ""}, "mode", "fault_way"),
    ("practice", {"to_city": "Pavia"}, "to_city", "fault_same_city"),
    ("practice", {"type": "magic"}, "type", "fault_choice"),
    ("practice", {"description": "x" * 1001}, "description", "fault_long"),
    ("agreement", {"other": "Oxford"}, "other", "fault_same_city"),
    ("agreement", {"more": "Perm"}, "more", "fault_same_city"),
    ("agreement", {"text": "javascript:alert(1)"}, "text", "fault_address"),
    ("agreement", {"signed": "2030"}, "signed", "fault_after_source"),
    ("membership", {"network": ""}, "network", "fault_needed"),
    ("membership", {"since": "2020", "until": "2019"}, "until", "fault_order"),
    ("membership", {"title": "", "address": ""}, "title", "fault_source"),
]


def test_a_fault_is_told_beside_its_field_in_every_form(shared_door: Door) -> None:
    door = shared_door
    before = state(door)
    for kind, change, field, fault in FAULTY:
        answer = sent(door, kind, **change)
        assert answer.status_code == 422, (kind, change)
        assert re.search(f'href="#{field}(-choice)?"', answer.text), (kind, change)
        assert f'id="{field}-fault"' in answer.text, (kind, change)
        tag = re.search(rf'<(?:input|textarea|select)[^>]* id="{field}"[^>]*>', answer.text)
        assert tag, (kind, change)
        assert f"{field}-fault" in tag[0], (kind, change)
        told = door.reader.post(
            f"/contribute/{kind}",
            data={
                "form": value(door.reader.get(f"/contribute/{kind}")),
                **FILLED[kind],
                **SOURCE,
                **change,
            },
        )
        assert told.status_code == 422
        assert told.json
        assert told.json["fields"][field] == fault, (kind, change)
    assert state(door) == before


def test_of_several_names_the_one_that_is_wrong_is_told(shared_door: Door) -> None:
    answer = sent(shared_door, "city", succeeded="Perm\nAtlantis\nPavia")
    (fault,) = re.findall(r'id="succeeded-fault">(.*?)</strong>', answer.text)
    assert fault.startswith("<q>Atlantis</q>: The registry does not know this name.")


@pytest.mark.slow
def test_what_shapes_refuse_is_told_beside_the_field(shared_door: Door) -> None:
    door = shared_door
    before = state(door)
    same = sent(door, "place", wikidata="Q915")
    assert same.status_code == 422
    assert 'href="#wikidata"' in same.text
    markup = sent(door, "practice", description="<b>bold</b>")
    assert markup.status_code == 422
    assert 'href="#description"' in markup.text
    assert state(door) == before


@every_row("kind", list(KINDS))
def test_options_are_those_of_the_scheme(kind: str) -> None:
    for field in KINDS[kind].fields.values():
        if field.scheme and kind != "link":
            scheme = (terms_of(field.scheme),)
            assert {*field.options} <= scheme[0], field.name


def terms_of(scheme: str) -> set[str]:
    """Return the codes of a concept scheme."""
    (path,) = [one for one in shipped.scheme_files() if one.stem == scheme]
    return set(re.findall(rf"scheme/{scheme}/([a-z-]+)>", path.read_text(encoding="utf-8")))


def test_forms_begin_with_the_thing_whose_page_was_open(client: FlaskClient) -> None:
    start = client.get("/contribute?of=city/pavia-3171366", headers=PAGE).text
    for address in (
        "/contribute/link?city=city/pavia-3171366",
        "/contribute/city?city=city/pavia-3171366",
        "/contribute/membership?city=city/pavia-3171366",
    ):
        assert address in start
        page = client.get(address, headers=PAGE).text
        assert 'value="Pavia, Italy"' in page
    assert AGREEMENT.name in start
    assert 'href="/contribute/place"' in start


@pytest.mark.parametrize("language", terms.LANGUAGES)
def test_every_form_is_worded_in_every_language(language: str, client: FlaskClient) -> None:
    for kind in KINDS:
        page = client.get(f"/contribute/{kind}?lang={language}", headers=PAGE)
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text


# Many at once


NAMES = """city,name,spoken,use,since,date,title
Pavia,Papia,it,former,,2024-02,Minutes
"Perm, Russia",Molotov,ru,former,1940,2024-02,Minutes
"""


def pasted(door: Door, table: str, **change: str) -> TestResponse:
    fields = {"table": table, "kind": "city", "agree": "1", "step": "send", **change}
    return post(door.reader, "/contribute/table", fields)


@pytest.mark.slow
def test_a_table_of_names_is_proposed_amended_and_published(door: Door) -> None:
    preview = pasted(door, NAMES, step="check")
    assert "2 rows can be sent" in preview.text
    assert "former name" in preview.text
    assert pasted(door, NAMES).status_code == 303
    path = "/contribute/queue/1/amend"
    page = door.anna.get(path, headers=PAGE).text
    (rows,) = re.findall(r'<textarea id="table"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert "perm-511196,Molotov,ru,former,1940" in rows.replace("city/", "")
    fields = {"kind": "city", "table": rows.replace("1940", "1957"), "version": "1"}
    assert post(door.anna, path, {**fields, "comment": ""}).status_code == 422
    wrong = {**fields, "table": rows.replace("1940", "soon"), "comment": "Year"}
    refused = post(door.anna, path, wrong)
    assert refused.status_code == 422
    assert "Line 3, <code>since</code>" in refused.text
    assert post(door.anna, path, {**fields, "comment": "Year"}).status_code == 303
    assert "1940" in door.anna.get("/contribute/queue/1").text  # The former rows are kept.
    assert decided(door.anna, 1, "accept").status_code == 303
    lookup = Lookup(Shelf(door.workspace).current().store)
    (name,) = lookup.iris(PERM, "cl:name")
    assert lookup.text(name, "cl:startDate") == "1957"
    assert len(lookup.iris(PAVIA, "cl:name")) == 1


def test_the_tables_of_the_documentation_can_be_sent(shared_door: Door) -> None:
    text = (Path(__file__).parents[2] / "docs" / "contributor.md").read_text(encoding="utf-8")
    examples = re.findall(r"```text\n(city,.*?)```", text, re.DOTALL)
    kinds = ["link" if one.startswith("city,partner") else "city" for one in examples]
    assert kinds == ["link", "city"]
    for kind, example in zip(kinds, examples, strict=True):
        shown = pasted(shared_door, example, kind=kind, step="check")
        assert shown.status_code == 200, shown.text
        assert "can be sent" in shown.text


def test_a_table_that_takes_too_long_is_not_lost(
    shared_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise Problem("data-too-large", "not validated after 60 seconds")

    monkeypatch.setattr("registry.contribute.review.Review.check", late)
    shown = pasted(shared_door, NAMES)
    assert shown.status_code == 422
    assert "The check takes too long." in shown.text
    assert "Molotov" in shown.text
    form = {"form": value(shared_door.reader.get("/contribute/table?kind=city")), "table": NAMES}
    told = shared_door.reader.post("/contribute/table", data={**form, "kind": "city", "agree": "1"})
    assert told.status_code == 413


@every_row("kind", list(KINDS))
def test_a_table_of_each_kind_is_read_as_it_is_written(kind: str) -> None:
    values = dict.fromkeys(KINDS[kind].fields, "") | {"city": "city/a-1"}
    draft = Draft(kind, values, Source("Minutes", date="2024", undated=True))
    if kind == "link":
        draft = replace(draft, values={**values, "decided": "one"})
    written = tables.write(KINDS[kind], [draft])
    ((line, row),) = tables.read(written, KINDS[kind])
    assert line == 2
    filled = {k: v for k, v in tables.filled(KINDS[kind], draft).items() if v}
    assert row == {name: filled[name] for name in row}
    assert set(filled) - {"decided", "city"} <= set(row)
    assert tables.template(KINDS[kind]).strip().split(",") == list(tables.columns(KINDS[kind]))


def several(door: Door, action: str, numbers: list[int], text: str = "") -> TestResponse:
    page = door.anna.get("/contribute/queue", headers=PAGE)
    seen = {
        f"seen-{number}": re.findall(rf'name="seen-{number}" value="(\d+)"', page.text)[0]
        for number in numbers
    }
    fields = {"form": value(page), "action": action, "text": text, **seen}
    return door.anna.post("/contribute/queue/several", data=fields, headers=PAGE)


@pytest.mark.slow
def test_several_are_accepted_in_one_publish_or_not_at_all(door: Door) -> None:
    for kind in FILLED:
        assert sent(door, kind, title=f"Source of {kind}").status_code == 303
    link = {"one": "Pavia", "other": "Perm", "says": "linked", "kind": "twinning"}
    assert post(door.reader, "/contribute/link", {**link, **SOURCE}).status_code == 303
    note = post(door.reader, "/contribute/note", {"text": "wrong"})
    assert note.status_code == 303
    published_before = len(log.read(door.workspace.log_path))
    assert several(door, "accept", [1, 2, 3, 4, 5, 6, 7], "Looked up").status_code == 303
    events = log.read(door.workspace.log_path)
    assert len(events) == published_before + 1
    assert events[-1].reason == "proposals 1, 2, 3, 4, 5, 6, 7: Looked up"
    states = {door.proposals.get(number).state for number in range(1, 8)}
    assert states == {"accepted"}
    page = door.reader.get("/doc/city/perm-511196", headers=PAGE).text
    for text in ("Silver Road", "Charter of friendship", "Pavia"):
        assert text in page


def test_of_several_none_is_decided_where_one_cannot_be(door: Door) -> None:
    for title in ("One", "Two", "Three"):
        assert sent(door, "city", title=title).status_code == 303
    before = state(door)
    assert several(door, "decline", [1, 2]).status_code == 422  # There is no reason.
    assert several(door, "accept", []).status_code == 422
    assert several(door, "publish", [1]).status_code == 400
    with door.workspace.lock():
        assert several(door, "accept", [1, 2]).status_code == 409
    assert {door.proposals.get(n).state for n in (1, 2, 3)} == {"open"}
    page = door.anna.get("/contribute/queue", headers=PAGE)
    stale = {"form": value(page), "action": "decline", "text": "No", "seen-1": "1", "seen-3": "1"}
    late = door.anna.post("/contribute/queue/several", data=stale)
    assert late.status_code == 409
    assert door.proposals.get(3).state == "open"
    assert several(door, "decline", [1, 3], "Not there").status_code == 303
    assert [door.proposals.get(n).state for n in (1, 2, 3)] == ["declined", "open", "declined"]
    assert state(door)[0] == before[0]
    for client in (door.reader, door.reader.application.test_client()):
        refused = client.post("/contribute/queue/several", data=stale)
        assert refused.status_code == 403


@pytest.mark.slow
def test_hostile_forms_of_every_kind_change_nothing(shared_door: Door) -> None:
    door = shared_door
    before = state(door)
    chance = random.Random(25)
    for trial in range(80):
        kind = list(FILLED)[trial % len(FILLED)]
        path, filled = f"/contribute/{kind}", {**FILLED[kind], **SOURCE}
        names = sorted({*filled, "found", *(f"{name}_ref" for name in filled)})
        fields = filled | {name: chance.choice(SPOILT) for name in chance.sample(names, 5)}
        # What is needed is spoilt as well, so that no text, however strange, is a true proposal.
        fields |= {"date": chance.choice(SPOILT), "form": value(door.reader.get(path))}
        answer = door.reader.post(path, data=fields, headers=PAGE)
        assert answer.status_code in {400, 413, 422}, (kind, fields)
        for text in ("<script>alert", "<img src=x"):
            assert text not in answer.text
    assert state(door) == before


def test_strange_texts_are_shown_as_texts(door: Door) -> None:
    strange = "\"'><img src=x onerror=alert(1)> & {{7*7}}"
    answer = sent(door, "membership", network=f"+{strange}", field=strange, step="check")
    assert answer.status_code in {200, 422}
    assert "<img src=x" not in answer.text
    number, _ = door.proposals.add(
        Sent(
            Draft(
                "membership",
                {"city": "perm-511196", "network": f"+{strange}", "role": "member"},
                Source(strange, date="2024"),
            ),
            "a form",
        ),
        "a secret",
    )
    for path in ("/contribute/queue", f"/contribute/queue/{number}"):
        page = door.anna.get(path, headers=PAGE)
        assert page.status_code == 200
        assert "<img src=x" not in page.text
