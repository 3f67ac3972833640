"""What was said of one city and meant another one moves, with addresses that lead there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from registry import terms
from registry.contribute.claims import written
from registry.contribute.drafts import Draft, Source
from registry.contribute.known import Known
from registry.graphs.graph import from_triples
from registry.places.gazetteer import Place, pack
from registry.problems import Problem
from registry.publishing.curation import merge, preview
from registry.publishing.plan import Change, plan, read_ledger
from registry.publishing.transaction import publish
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources.splitting import Chosen, chosen_by, split
from registry.things.lookup import Lookup
from registry.views.names import NAMES
from tests.checkout import PERM
from tests.copies import copied
from tests.lists import listing
from tests.places.places import ANCHORS, DIVISIONS, PLACES
from tests.publishing.curated import CITY, LINK, MOLOTOV, STAYS, publish_twice
from tests.tables import every_row

LIST = f"{terms.GRAPH}list"
OXFORD, PAVIA = "oxford-2640729", "pavia-3171366"


def said(workspace: Workspace, graph: str = LIST) -> str:
    return workspace.released()[1][graph].ntriples.decode()


def of(ref: str, kind: str = "link") -> str:
    return f"<{terms.thing(kind, ref)}>"


def test_what_one_graph_says_of_a_link_moves(
    own: Workspace, settings: Settings, tmp_path: Path
) -> None:
    """The link stays where other graphs tell of it, and is stated of the other city, too."""
    given = replace(settings, home=own.home)
    (tmp_path / "list.ttl").write_text(listing(["twinning"]), encoding="utf-8")
    publish(own, given, Change([tmp_path / "list.ttl"]))
    old, new = f"{OXFORD}--{PERM}", f"{OXFORD}--{PAVIA}"
    change = split(own, given, chosen_by(PERM, PAVIA, [OXFORD], ["list"]))
    assert preview(own, given, change).report.conforms
    publish(own, given, change)
    assert of(old) not in said(own)
    assert f"{of(f'{new}/list/twinning', 'claim')} " in said(own)
    party = f"<{terms.prefixed('cl:party')}>"
    assert f"{of(new)} {party} {of(PAVIA, 'city')}" in said(own)
    assert f"{of(new)} {party} {of(PERM, 'city')}" not in said(own)
    assert f"{of(old)} {party} {of(PERM, 'city')}" in said(own, f"{terms.GRAPH}perm-twins")
    known = read_ledger(own, given)
    assert known.current(terms.thing("link", old)) == terms.thing("link", old)
    claims = [terms.thing("claim", f"{link}/list/twinning") for link in (old, new)]
    assert known.current(claims[0]) == claims[1]


def test_a_link_that_moves_whole_leads_to_where_it_went(
    own: Workspace, settings: Settings, tmp_path: Path
) -> None:
    given = publish_twice(own, settings, tmp_path)
    change = split(own, given, chosen_by(MOLOTOV, PERM, ["duisburg-2934691"], []))
    publish(own, given, change)
    known, new = read_ledger(own, given), f"duisburg-2934691--{PERM}"
    assert known.current(terms.thing("link", LINK)) == terms.thing("link", new)
    assert MOLOTOV not in said(own)
    assert f"{of(f'{new}/list/1', 'claim')} " in said(own)
    assert f"<{CITY}> " in said(own, terms.CITIES_GRAPH)


def test_what_moved_may_move_back(own: Workspace, settings: Settings, tmp_path: Path) -> None:
    given = publish_twice(own, settings, tmp_path)
    for there, back in ((MOLOTOV, PERM), (PERM, MOLOTOV)):
        publish(own, given, split(own, given, chosen_by(there, back, [], ["list"])))
    assert f"{of(f'{LINK}/list/1', 'claim')} " in said(own)
    assert f"{of(LINK)} " in said(own)
    known = read_ledger(own, given)
    assert known.current(terms.thing("link", LINK)) == terms.thing("link", LINK)


@pytest.mark.slow
def test_a_city_that_was_merged_stands_for_itself_again(
    own: Workspace, settings: Settings, tmp_path: Path
) -> None:
    place = Place(1, "Molotov", 58.01, 56.25, "RU", "90", 5000)
    (tmp_path / "gazetteer.xz").write_bytes(pack([*PLACES, place], DIVISIONS, ANCHORS))
    gazetteer = str(tmp_path / "gazetteer.xz")
    given = publish_twice(own, replace(settings, gazetteer=gazetteer), tmp_path)
    publish(own, given, merge(own, given, CITY, STAYS))
    assert of(MOLOTOV, "city") not in said(own)
    change = split(own, given, chosen_by(PERM, MOLOTOV, [], ["list"]))
    assert preview(own, given, change).report.conforms, preview(own, given, change).report.as_text()
    publish(own, given, change)
    known = read_ledger(own, given)
    assert known.current(CITY) == CITY
    assert f"{of(LINK)} " in said(own)
    cities = said(own, terms.CITIES_GRAPH)
    assert f"<{CITY}> <{terms.prefixed('owl:deprecated')}>" not in cities
    assert f"<{CITY}> <{terms.prefixed('cl:geonamesFeature')}>" in cities


def test_a_city_of_the_gazetteer_is_minted(
    own: Workspace, settings: Settings, tmp_path: Path
) -> None:
    given = publish_twice(own, settings, tmp_path)
    other = "louisville-5429522"
    publish(own, given, split(own, given, chosen_by(MOLOTOV, other, [], ["list"])))
    entry = next(e for e in read_ledger(own, given).entries if e.ref == other)
    assert (entry.kind, entry.geonames, entry.label) == ("city", "5429522", "Louisville")
    assert "<https://sws.geonames.org/5429522/>" in said(own, terms.CITIES_GRAPH)
    assert f"link/duisburg-2934691--{other}> " in said(own)


@dataclass(frozen=True)
class Proposed:
    """A workspace in which two cities, and a link of the first, came by accepted proposals."""

    workspace: Workspace
    settings: Settings

    def decide(self, change: Change) -> None:
        assert preview(self.workspace, self.settings, change).report.conforms
        publish(self.workspace, self.settings, change)

    def city(self, ref: str, graph: str) -> set[bytes]:
        own = (of(ref, "city").encode(), of(ref, "geometry").encode())
        lines = self.workspace.released()[1][terms.GRAPH + graph].lines
        return {line for line in lines if line.startswith(own)}


EMS, EMSIG = "bad-ems-2953371", "bad-emsig-q999160588"
MONTH = "contributions-2026-11"


@pytest.fixture(scope="module")
def proposals(
    workspace: Workspace, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Proposed:
    own = copied(workspace, tmp_path_factory.mktemp("proposed") / "home")
    given = replace(settings, home=own.home)
    release = Shelf(own).current()
    known = Known(Lookup(release.store), release.view(NAMES))
    source = Source(title="Minutes", date="2024-02", language="it", locator="item 4")
    place = {"spoken": "de", "country": "DE", "position": "50.34, 7.71"}
    ems = {**place, "name": "+Bad Ems", "geonames": "2953371", "wikidata": "Q160588"}
    emsig = {**place, "name": "+Bad Emsig", "position": "50.5, 7.9", "wikidata": "Q999160588"}
    link = {"one": EMS, "other": PERM, "says": "linked", "kind": "twinning", "began": "1999"}
    drafts = [("place", ems), ("place", emsig), ("link", link)]
    made = [
        written([Draft(kind, values, source)], number, "2026-11-30", known)
        for number, (kind, values) in enumerate(drafts, 1)
    ]
    graphs = {one.graph: from_triples(one.graph, one.triples) for one in made}
    minted = {line.iri: line for one in made for line in one.minted}
    publish(own, given, Change([], graphs=graphs, minted=list(minted.values())))
    return Proposed(own, given)


@pytest.fixture
def proposed(proposals: Proposed, tmp_path: Path) -> Proposed:
    own = copied(proposals.workspace, tmp_path / "home")
    return Proposed(own, replace(proposals.settings, home=own.home))


@every_row(
    ("old", "other", "partners", "graphs"),
    [
        (EMS, EMSIG, [PERM], []),
        (EMS, PAVIA, [], [MONTH]),
        (PERM, EMSIG, ["duisburg-2934691"], ["perm-twins"]),
        (EMS, "louisville-5429522", [], [MONTH, f"{MONTH}-1"]),
    ],
)
def test_a_city_that_was_proposed_is_split_as_any_other(
    old: str, other: str, partners: list[str], graphs: list[str], proposals: Proposed
) -> None:
    """What describes it stays, also where the graph is chosen that proposed it."""
    own, given = proposals.workspace, proposals.settings
    change = split(own, given, chosen_by(old, other, partners, graphs))
    assert change.things == {"split": [terms.thing("city", one) for one in (old, other)]}
    moved = "".join(graph.ntriples.decode() for graph in change.graphs.values())
    assert re.search(rf"link/(?:.*--)?{other}(?:--.*)?>", moved)
    assert f"{terms.GRAPH}{MONTH}-1" not in change.graphs
    plan(own, given, change)


def test_a_city_that_was_proposed_is_merged_and_stands_again(proposed: Proposed) -> None:
    own, given = proposed.workspace, proposed.settings
    before = proposed.city(EMSIG, f"{MONTH}-2")
    proposed.decide(merge(own, given, terms.thing("city", EMSIG), terms.thing("city", EMS)))
    assert proposed.city(EMSIG, f"{MONTH}-2") == set()
    names = [line for line in proposed.city(EMS, "cities") if b'"Bad Emsig"@de' in line]
    assert len(names) == 1
    proposed.decide(split(own, given, chosen_by(EMS, EMSIG, [], [f"{MONTH}-2"])))
    assert proposed.city(EMSIG, f"{MONTH}-2") == before
    assert proposed.city(EMS, "cities") == set()
    known = read_ledger(own, given)
    assert known.current(terms.thing("city", EMSIG)) == terms.thing("city", EMSIG)


MOVED = {
    "a link with a partner": (f"{of('a-1--p-2')} <p> {of('a-1', 'city')} .", True),
    "a link with another": (f"{of('a-1--q-3')} <p> {of('a-1', 'city')} .", False),
    "a claim": (f"{of('a-1--p-2/list/1', 'claim')} <p> {of('a-1', 'city')} .", True),
    "what refers to it": (f"{of('x', 'event')} <p> {of('a-1--p-2')} .", True),
    "what refers to the city": (f"{of('x', 'event')} <p> {of('a-1', 'city')} .", False),
    "the city itself": (f"{of('a-1', 'city')} <p> {of('p-2', 'city')} .", False),
    "a text": (f'{of("x", "event")} <p> "a-1--p-2" .', False),
}


@every_row(("line", "moves"), MOVED.values())
def test_what_moves_with_a_partner(line: str, moves: bool) -> None:
    chosen = Chosen("a-1", "b-9", frozenset({"p-2"}))
    after = chosen.moved(line.encode()).decode()
    assert after == (line.replace("a-1", "b-9") if moves else line)


def test_the_sides_of_a_link_are_in_order() -> None:
    line = f"{of('a-1--p-2')} <p> {of('a-1', 'city')} ."
    after = Chosen("a-1", "z-9").moved(line.encode()).decode()
    assert after == f"{of('p-2--z-9')} <p> {of('z-9', 'city')} ."


@every_row(
    ("make", "name"),
    [
        (lambda: chosen_by(PERM, PAVIA, [], []), "bad-parameter"),
        (lambda: chosen_by("Perm!", PAVIA, [OXFORD], []), "bad-parameter"),
        (lambda: chosen_by("nowhere-7", PAVIA, [OXFORD], []), "not-found"),
        (lambda: chosen_by(PERM, "nowhere-7", [OXFORD], []), "not-found"),
        (lambda: chosen_by(PERM, PAVIA, ["turku-633679"], []), "not-found"),
        (lambda: chosen_by(PERM, PAVIA, [], ["nowhere"]), "not-found"),
    ],
)
def test_what_cannot_be_split(
    make: Callable[[], Chosen], name: str, workspace: Workspace, settings: Settings
) -> None:
    with pytest.raises(Problem) as caught:
        split(workspace, settings, make())
    assert caught.value.name == name
