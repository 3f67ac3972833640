"""People merge and withdraw things: the graphs follow, old addresses lead on or are gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.problems import Problem
from registry.publishing.curation import iri_of, merge, preview, whole, withdraw
from registry.publishing.plan import Change, read_ledger
from registry.publishing.transaction import publish, rollback
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME as PARTS
from tests.checkout import PERM
from tests.copies import copied
from tests.publishing.curated import CITY, ITEM, LINK, MOLOTOV, NAME, STAYS, publish_twice
from tests.tables import every_row

LIST = f"{terms.GRAPH}list"
MERGED_LINK = f"duisburg-2934691--{PERM}"


@dataclass(frozen=True)
class Twice:
    """A workspace in which Perm was entered twice."""

    workspace: Workspace
    settings: Settings

    def decide(self, make: Callable[..., Change], **what: object) -> None:
        change = make(self.workspace, self.settings, **what)
        publish(self.workspace, self.settings, replace(change, by="Anna", reason="Seen"))

    def merge(self) -> None:
        self.decide(merge, old=CITY, new=STAYS)

    def lines(self, graph: str) -> list[str]:
        return self.workspace.released()[1][graph].ntriples.decode().splitlines()


@pytest.fixture(scope="module")
def made(
    workspace: Workspace, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Twice:
    folder = tmp_path_factory.mktemp("twice")
    own = copied(workspace, folder / "home")
    return Twice(own, publish_twice(own, settings, folder))


@pytest.fixture
def twice(made: Twice, tmp_path: Path) -> Twice:
    own = copied(made.workspace, tmp_path / "home")
    return Twice(own, replace(made.settings, home=own.home))


@pytest.fixture
def client(twice: Twice, forks: Forks) -> Iterator[FlaskClient]:
    app = create_app(replace(twice.settings, workers=1), forks)
    yield app.test_client()
    app.extensions[PARTS].engine.pool.close()


def test_a_merger_is_shown_before(twice: Twice) -> None:
    before = twice.workspace.current()
    change = merge(twice.workspace, twice.settings, CITY, STAYS)
    seen = preview(twice.workspace, twice.settings, change)
    assert seen.report.conforms
    assert list(seen.graphs) == [terms.CITIES_GRAPH, LIST]
    assert {CITY, STAYS, terms.thing("link", LINK)} <= {*seen.things}
    assert twice.workspace.current() == before
    assert not read_ledger(twice.workspace, twice.settings).is_withdrawn(CITY)


def test_what_was_said_of_the_merged_is_said_of_what_stays(twice: Twice) -> None:
    twice.merge()
    said = twice.lines(LIST)
    assert not [line for line in said if MOLOTOV in line]
    assert [line for line in said if f"link/{MERGED_LINK}> " in line]
    cities = twice.lines(terms.CITIES_GRAPH)
    own = [line for line in cities if line.startswith(f"<{STAYS}> ")]
    assert [line for line in own if f'altLabel> "{NAME}"@en' in line]
    assert [
        line for line in own if f"wikidataItem> <http://www.wikidata.org/entity/{ITEM}>" in line
    ]
    known = {e.iri: e for e in read_ledger(twice.workspace, twice.settings).entries}
    assert known[CITY].replaced_by == PERM
    assert known[STAYS].items == ("Q915", ITEM)
    event = log.read(twice.workspace.log_path)[-1]
    assert (event.by, event.reason) == ("Anna", "Seen")
    assert event.things == {"merged": [CITY, STAYS]}


def test_addresses_and_searches_lead_to_what_stays(twice: Twice, client: FlaskClient) -> None:
    twice.merge()
    for old, new in ((f"city/{MOLOTOV}", f"city/{PERM}"), (f"link/{LINK}", f"link/{MERGED_LINK}")):
        answer = client.get(f"/id/{old}")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"/id/{new}")
    found = client.get(
        "/search?q=" + NAME.replace(" ", "+"), headers={"Accept": "application/json"}
    )
    assert found.json
    assert [one["iri"] for one in found.json["results"]][:1] == [STAYS]
    extend = json.dumps({"ids": [f"city/{MOLOTOV}"], "properties": [{"id": "iri"}]})
    facts = client.post("/reconcile", data={"extend": extend})
    assert facts.json
    assert facts.json["rows"] == {f"city/{MOLOTOV}": {"iri": [{"str": STAYS}]}}
    assert client.get(f"/reconcile/preview?id=city/{MOLOTOV}").status_code == 200
    asked = json.dumps({"q0": {"query": NAME}})
    matched = client.post("/reconcile", data={"queries": asked})
    assert matched.json
    assert matched.json["q0"]["result"][0]["id"] == f"city/{PERM}"


def test_a_link_of_the_two_is_withdrawn_with_the_merger(twice: Twice, tmp_path: Path) -> None:
    """It would be one of a city with itself."""
    other = iri_of("duisburg-2934691")
    change = merge(twice.workspace, twice.settings, CITY, other)
    assert change.things == {
        "merged": [CITY, other],
        "withdrawn": [terms.thing("link", LINK)],
    }
    publish(twice.workspace, twice.settings, change)
    assert not [line for line in twice.lines(LIST) if "/link/" in line]


def test_what_was_withdrawn_is_gone_with_the_reason(twice: Twice, client: FlaskClient) -> None:
    twice.decide(withdraw, iris=[CITY])
    for gone in (f"city/{MOLOTOV}", f"link/{LINK}", f"claim/{LINK}/list/1"):
        answer = client.get(f"/id/{gone}")
        assert answer.status_code == 410
        assert answer.json
        assert answer.json["reason"] == "Seen"
        assert answer.json["since"] == log.read(twice.workspace.log_path)[-1].at[:10]
    page = client.get(f"/doc/city/{MOLOTOV}", headers={"Accept": "text/html"})
    assert (page.status_code, "Seen" in page.text) == (410, True)
    assert not [line for line in twice.lines(LIST) if MOLOTOV in line]


def test_a_document_takes_along_what_stands_on_it_alone(twice: Twice) -> None:
    document = iri_of("document/list")
    graphs = twice.workspace.released()[1].values()
    link = terms.thing("link", LINK)
    claim = terms.thing("claim", f"{LINK}/list/1")
    assert whole(graphs, [document]) == {document, claim, link, LIST}
    twice.decide(withdraw, iris=[document])
    assert LIST not in twice.workspace.released()[1]


def test_a_rollback_brings_back_what_the_next_publish_gives_up_again(twice: Twice) -> None:
    before = twice.workspace.current() or ""
    twice.decide(withdraw, iris=[terms.thing("link", LINK)])
    rollback(twice.workspace, before, twice.settings)
    assert [line for line in twice.lines(LIST) if LINK in line]
    publish(twice.workspace, twice.settings, Change([], as_of="2026-11-01"))
    assert not [line for line in twice.lines(LIST) if LINK in line]


@every_row(
    ("make", "what", "name"),
    [
        (merge, {"old": CITY, "new": CITY}, "conflict"),
        (merge, {"old": CITY, "new": iri_of("document/list")}, "conflict"),
        (merge, {"old": CITY, "new": iri_of("nowhere-7")}, "not-found"),
        (withdraw, {"iris": [iri_of("nowhere-7")]}, "not-found"),
    ],
)
def test_what_cannot_be_decided(
    make: Callable[..., Change], what: dict[str, object], name: str, twice: Twice
) -> None:
    with pytest.raises(Problem) as caught:
        make(twice.workspace, twice.settings, **what)
    assert caught.value.name == name


def test_nothing_is_given_up_twice(twice: Twice) -> None:
    twice.merge()
    for make, what in (
        (merge, {"old": CITY, "new": STAYS}),
        (withdraw, {"iris": [CITY]}),
        (merge, {"old": STAYS, "new": CITY}),
    ):
        with pytest.raises(Problem) as caught:
            make(twice.workspace, twice.settings, **what)
        assert caught.value.name == "conflict"
