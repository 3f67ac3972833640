"""What was said of one city and meant another one moves, with addresses that lead there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry import terms
from registry.places.gazetteer import Place, pack
from registry.problems import Problem
from registry.publishing.curation import merge, preview
from registry.publishing.plan import Change, read_ledger
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources.splitting import Chosen, chosen_by, split
from tests.checkout import PERM
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
