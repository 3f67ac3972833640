"""The feed: who reads it from page one on has the present state, whatever happened before."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.graphs.statements import iri
from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish, rollback
from registry.releases.difference import What, between
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.views import feed as feeds
from registry.views.feed import Feed
from tests.catalogue.conftest import changed, client_of
from tests.copies import copied
from tests.lists import listing

Triples = frozenset[ox.Triple]
ATOM = "{http://www.w3.org/2005/Atom}"
LIST = terms.GRAPH + "list"


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode(iri(name))


class Replay:
    """A client: it follows the pages and keeps the last member of each thing."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.pages: dict[str, bytes] = {}
        self.closed: set[str] = set()
        self.members: list[tuple[str, str, str]] = []
        self.things: dict[str, Triples] = {}
        self._read("/feed")

    def _read(self, path: str) -> None:
        assert path not in self.pages, "a loop"
        response = self._client.get(path, headers={"Accept": "application/trig"})
        assert response.status_code == 200
        self.pages[path] = response.data
        if "immutable" in response.headers["Cache-Control"]:
            self.closed.add(path)
        store = ox.Store()
        store.load(response.data, format=ox.RdfFormat.TRIG)
        self._take(store)
        for quad in store.quads_for_pattern(None, node("tree:node"), None, None):
            assert isinstance(quad.object, ox.NamedNode)
            self._read(urlsplit(quad.object.value).path)

    def _take(self, store: ox.Store) -> None:
        found = [quad.object for quad in store.quads_for_pattern(None, node("tree:member"), None)]

        def said(member: ox.NamedNode, name: str) -> str:
            (quad,) = store.quads_for_pattern(member, node(name), None, ox.DefaultGraph())
            return quad.object.value  # type: ignore[union-attr]

        members = [member for member in found if isinstance(member, ox.NamedNode)]
        for member in sorted(members, key=lambda one: int(said(one, "schema:position"))):
            thing, what = (said(member, name) for name in ("dcterms:isVersionOf", "rdf:type"))
            self.members.append((said(member, "dcterms:created"), thing, what))
            content = store.quads_for_pattern(None, None, None, member)
            self.things[thing] = frozenset(quad.triple for quad in content)
            assert bool(self.things[thing]) == (what != iri("as:Delete"))

    @property
    def state(self) -> Triples:
        return frozenset().union(*self.things.values())


def present(workspace: Workspace) -> Triples:
    """Give the triples of the default graph of the current release."""
    store = Shelf(workspace).current().store
    quads = store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    return frozenset(quad.triple for quad in quads)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pages of a few members; processes beside this one do not know it."""
    monkeypatch.setattr(feeds, "MOST", 100)
    monkeypatch.setattr(Feed, "catch_up", Feed.follow)


@pytest.fixture
def given(workspace: Workspace, settings: Settings, tmp_path: Path, small_pages: None) -> Settings:
    """Give settings of a workspace of its own, without a feed yet."""
    copied(workspace, tmp_path / "home")
    shutil.rmtree(tmp_path / "home" / "feed", ignore_errors=True)
    return replace(settings, home=tmp_path / "home")


@pytest.fixture
def reader(given: Settings, forks: Forks) -> Iterator[FlaskClient]:
    yield from client_of(given, forks)


def history(given: Settings, folder: Path) -> Iterator[None]:
    """Let the workspace go through each kind of change."""
    own = Workspace(given.home)
    first = own.current() or ""
    publish(own, given, Change([changed(folder, "1991")]))
    yield
    (folder / "list.ttl").write_text(listing(["twinning"]), encoding="utf-8")
    publish(own, given, Change([folder / "list.ttl"]))
    yield
    publish(own, given, Change([], remove=[LIST]))
    yield
    rollback(own, first)
    yield


@pytest.mark.slow
@pytest.mark.conforms("LDES", "members", "who begins at page one reaches the present state")
def test_who_begins_at_page_one_reaches_the_present_state(
    given: Settings, reader: FlaskClient, tmp_path: Path
) -> None:
    own, seen = Workspace(given.home), Replay(reader)
    assert seen.state == present(own)
    assert len(seen.pages) > 3
    for _ in history(given, tmp_path):
        again = Replay(reader)
        assert again.state == present(own)
        assert again.members[: len(seen.members)] == seen.members
        assert len(again.members) > len(seen.members)
        for path in seen.closed:
            assert again.pages[path] == seen.pages[path]
        seen = again
    assert seen.closed == seen.pages.keys() - {"/feed", list(seen.pages)[-1]}
    times = [at for at, _, _ in seen.members]
    assert times == sorted(times)
    kinds = [what.rpartition("#")[2] for _, _, what in seen.members]
    assert {"Create", "Update", "Delete"} == set(kinds)


@pytest.mark.slow
def test_many_changes_that_were_missed_are_told_one_after_another(
    given: Settings, reader: FlaskClient, tmp_path: Path
) -> None:
    for _ in history(given, tmp_path):
        pass
    assert Replay(reader).state == present(Workspace(given.home))
    told = Feed(Workspace(given.home)).events(99)
    assert [one.event.event for one in told] == [
        "rollback",
        "publish",
        "publish",
        "publish",
        "publish",
    ]
    assert told[1].counts.get(What.DELETED)


def test_a_feed_that_breaks_off_is_told_again(
    given: Settings, reader: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Workspace(given.home)
    with monkeypatch.context() as broken:
        wrote, count = Feed._write, iter(range(99))

        def failing(*given: object) -> None:
            wrote(*given)  # type: ignore[arg-type]
            if next(count) == 2:
                raise OSError("the disk is full")

        broken.setattr(Feed, "_write", failing)
        with pytest.raises(OSError, match="full"):
            Feed(own).follow()
    assert Feed(own).first_at() == ""
    assert Feed(own).page(1) is None
    assert Replay(reader).state == present(own)


@pytest.mark.slow
def test_what_is_pruned_is_told_before(given: Settings, tmp_path: Path) -> None:
    own, few = Workspace(given.home), replace(given, keep_releases=1)
    Feed(own).follow()
    for _ in history(few, tmp_path):
        break
    publish(own, few, Change([changed(tmp_path, "1990")]))
    publish(own, few, Change([changed(tmp_path, "1989")]))
    Feed(own).follow()
    told = Feed(own).events(99)
    assert [one.counts.get(What.UPDATED) for one in told[:3]] == [3, 3, 3]


@pytest.mark.slow
def test_a_release_that_was_pruned_untold_is_passed_over(
    given: Settings, reader: FlaskClient, tmp_path: Path
) -> None:
    own, few = Workspace(given.home), replace(given, keep_releases=1)
    for year in ("1991", "1990", "1989"):
        publish(own, few, Change([changed(tmp_path, year)]))
    assert Replay(reader).state == present(own)
    assert Feed(own).events(99)[1].counts == {}
    for entry in ET.fromstring(reader.get("/feed.atom").data).iter(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert reader.get(urlsplit(link.get("href") or "").path).status_code == 200


@pytest.mark.slow
def test_the_difference_of_two_releases_is_what_parts_their_default_graphs(
    given: Settings, reader: FlaskClient, tmp_path: Path
) -> None:
    own = Workspace(given.home)
    (tmp_path / "list.ttl").write_text(listing(["twinning"]), encoding="utf-8")
    publish(own, given, Change([tmp_path / "list.ttl"]))
    first, before = own.current() or "", present(own)
    publish(own, given, Change([changed(tmp_path, "1991")], remove=[LIST]))
    keep(own, "later", own.current() or "")
    after = present(own)
    found = between(own, own.manifest(first), own.manifest(own.current() or ""))
    told = {name for names in found.nodes.values() for name in names}
    assert told == {triple.subject.value for triple in before ^ after}  # type: ignore[union-attr]
    subjects = [{t.subject.value for t in triples} for triples in (before, after)]  # type: ignore[union-attr]
    assert set(found.nodes[What.DELETED]) == subjects[0] - subjects[1]
    assert set(found.nodes[What.CREATED]) == subjects[1] - subjects[0]
    assert found.nodes[What.UPDATED] and found.nodes[What.DELETED]
    assert LIST in found.graphs["removed"]
    path = f"/release/{first}..later"
    redirected = reader.get(path)
    assert redirected.status_code == 302
    body = reader.get(f"{redirected.location}.json").json
    assert body
    removed = {thing["iri"] for thing in body["things"]["removed"]}
    assert removed == set(found.nodes[What.DELETED])
    graph = ox.Store()
    graph.load(reader.get(f"{redirected.location}.ttl").data, format=ox.RdfFormat.TURTLE)
    objects = {q.object.value for q in graph.quads_for_pattern(None, node("as:object"), None)}  # type: ignore[union-attr]
    assert objects == told
    page = reader.get(redirected.location, headers={"Accept": "text/html"}).text
    assert "graph/list" in page
    assert reader.get(f"/release/{first}..nothing").status_code == 404
    assert reader.get(f"{redirected.location}.xlsx").status_code == 404


@pytest.mark.conforms("RFC 4287", "4.1.1", "an entry for each release, the newest first")
def test_people_are_told_what_changed(given: Settings, reader: FlaskClient, tmp_path: Path) -> None:
    time.sleep(1)  # Times in the log are to the second.
    publish(Workspace(given.home), given, Change([changed(tmp_path, "1991")]))
    root = ET.fromstring(reader.get("/feed.atom?lang=de").data)
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 2
    assert entries[0].findtext(f"{ATOM}summary") == "3 geändert (perm-twins)"
    moments = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert root.findtext(f"{ATOM}updated") == moments[0]
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    for entry in entries:
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert reader.get(urlsplit(link.get("href") or "").path).status_code == 200
    page = reader.get("/feed?lang=de", headers={"Accept": "text/html"}).text
    assert "3 geändert (perm-twins)" in page


def test_a_feed_is_told_by_another_process(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    own = copied(workspace, tmp_path / "home")
    Feed(own).catch_up()
    assert Feed(own).missing() == []
    page = Feed(own).page(1)
    assert page and len(page.members) == feeds.MOST
    assert settings


def test_a_feed_is_read_while_it_is_written(
    given: Settings, reader: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, wrote = Workspace(given.home), Feed._write
    Feed(own).follow()
    before, seen = Replay(reader), []

    def reading(*given: object) -> None:
        wrote(*given)  # type: ignore[arg-type]
        page = Feed(own).page(1)
        seen.append(page and page.members)
        assert Feed(own).missing()

    publish(own, given, Change([changed(tmp_path, "1991")]))
    monkeypatch.setattr(Feed, "_write", reading)
    Feed(own).follow()
    assert seen
    assert seen[0] and len(seen[0]) == feeds.MOST
    assert len(Replay(reader).members) == len(before.members) + 3
