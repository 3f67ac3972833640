"""A release is loaded into a place of another engine before readers are sent there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from registry import terms
from registry.problems import Problem
from registry.publishing import differing, loading, retention
from registry.publishing.plan import Change
from registry.publishing.transaction import publish, rollback
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import SettingError, Settings
from registry.sparql.engine import Embedded, Query
from registry.sparql.forks import Forks
from registry.sparql.pool import Pool
from registry.sparql.remote.servers import DEFAULT, HOLDS, PLACE, server_of
from registry.web.app import create_app
from registry.web.context import NAME
from tests.engines.little import Handler, Little, serving
from tests.tables import every_row

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

Given = Callable[[str], Settings]


@pytest.fixture
def little() -> Iterator[Little]:
    with serving("a", "b") as server:
        yield server


@pytest.fixture
def given(own: Workspace, settings: Settings, tmp_path: Path) -> Given:
    """Give a function that returns settings with a file about an engine."""

    def described(text: str) -> Settings:
        file = tmp_path / "engine.toml"
        file.write_text(text)
        return replace(settings, home=own.home, engine=str(file))

    return described


def held(little: Little, name: str) -> str | None:
    """Give the release that a dataset says it holds."""
    graph, holds = ox.NamedNode(PLACE), ox.NamedNode(HOLDS)
    found = little.stores[name].quads_for_pattern(None, holds, None, graph)
    return next((str(quad.object)[1:-1] for quad in found), None)


def contents(little: Little, name: str) -> dict[str, int]:
    """Count the triples of each graph of a dataset."""
    store = little.stores[name]
    return {
        graph.value: sum(1 for _ in store.quads_for_pattern(None, None, None, graph))
        for graph in store.named_graphs()
        if isinstance(graph, ox.NamedNode) and graph.value != PLACE
    }


def expected(workspace: Workspace, version: str) -> dict[str, int]:
    manifest = workspace.manifest(version)
    release = Shelf(workspace).named(version)
    merged = release.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    named = {entry.graph: entry.triples for entry in manifest.all_graphs()}
    return {DEFAULT: sum(1 for _ in merged), **named}


def publish_at(own: Workspace, settings: Settings, day: str) -> str:
    """Publish another release: the settings and what is derived change."""
    return publish(own, settings, Change(as_of=day)).version


@every_row("way", ["data", "update"])
def test_a_place_has_each_graph_by_its_name(
    way: str, little: Little, own: Workspace, given: Given
) -> None:
    current = str(own.current())
    loading.load(own, given(little.place("a", way)), current)
    assert held(little, "a") == current
    assert contents(little, "a") == expected(own, current)


@pytest.mark.slow
def test_readers_are_sent_to_the_place_that_has_their_release(
    little: Little, own: Workspace, given: Given, forks: Forks
) -> None:
    """Two places hold the current release and the one before; names of graphs are the same."""
    settings = given(little.place("a", "data") + little.place("b", "data"))
    first = str(own.current())
    loading.load(own, settings, first)
    with Embedded(settings, Shelf(own), Pool(settings, forks)) as engine:
        day = Query(f"SELECT ?day {{ GRAPH <{terms.SETTINGS_GRAPH}> {{ ?s cl:asOf ?day }} }}")
        day = replace(day, text=f"PREFIX cl: <{terms.CL}> {day.text}")
        before = engine.answer(day, "csv").body
        second = publish_at(own, settings, "2020-01-01")
        assert (held(little, "a"), held(little, "b")) == (first, second)
        assert engine.answer(day, "csv").body == b"day\r\n2020-01-01\r\n" != before
        engine.fixed = first
        assert engine.answer(day, "csv").body == before

        third = publish_at(own, settings, "2021-01-01")
        assert (held(little, "a"), held(little, "b")) == (third, second)
        for name in ("engine-unreachable", "not-found"):  # Its reader asked when it was there.
            with pytest.raises(Problem) as caught:
                engine.answer(day, "csv")
            assert caught.value.name == name
        engine.fixed = None
        assert engine.answer(day, "csv").body == b"day\r\n2021-01-01\r\n"
        assert rollback(own, second, settings) == second
        assert engine.answer(day, "csv").body == b"day\r\n2020-01-01\r\n"
    assert contents(little, "b") == expected(own, second)


@pytest.mark.slow
@pytest.mark.parametrize("places", ["a", "ab"])
def test_no_answer_is_of_two_releases(
    places: str, little: Little, own: Workspace, given: Given, forks: Forks
) -> None:
    """While places are loaded in turns, whoever gets an answer gets one of the release it names."""
    settings = given("".join(little.place(name, "data", "update") for name in places))
    settings = replace(settings, workers=2, cache_bytes=0, keep_stores=9)
    query = (
        f"PREFIX cl: <{terms.CL}> SELECT ?a ?b (COUNT(*) AS ?n) {{ ?settings cl:asOf ?a . ?x ?y ?z "
        f"GRAPH <{terms.SETTINGS_GRAPH}> {{ ?settings cl:asOf ?b }} }} GROUP BY ?a ?b"
    )
    loading.load(own, settings, str(own.current()))
    app = create_app(settings, forks)
    over, seen = Event(), list[tuple[int, str, str]]()

    def read() -> None:
        client = app.test_client()
        while not over.is_set():
            reply = client.get("/sparql", query_string={"query": query, "format": "csv"})
            seen.append((reply.status_code, reply.headers["Citylinks-Release"], reply.text))

    with ThreadPoolExecutor(2) as readers:
        try:
            asking = [readers.submit(read) for _ in range(2)]
            versions = [publish_at(own, settings, f"20{year}-06-01") for year in range(15, 21)]
        finally:
            over.set()
        assert [one.result() for one in asking] == [None, None]
    app.extensions[NAME].engine.pool.close()
    days = dict(zip(versions, (f"20{year}-06-01" for year in range(15, 21)), strict=True))
    right = {
        version: f"a,b,n\r\n{day},{day},{expected(own, version)[DEFAULT]}\r\n"
        for version, day in days.items()
    }
    of = Counter(version for status, version, _ in seen if status == 200)
    assert len(of.keys() & days.keys()) >= 4, of
    for status, version, text in seen:
        assert status in {200, 503}, text
        assert status == 503 or text == right.get(version, text)


@pytest.mark.slow
def test_only_what_changed_is_sent(little: Little, own: Workspace, given: Given) -> None:
    settings = given(little.place("a", "data"))
    loading.load(own, settings, str(own.current()))
    little.asked.clear()
    loading.load(own, settings, str(own.current()))
    assert {method for method, _ in little.asked} == {"POST"}  # questions alone

    version = publish_at(own, settings, "2020-01-01")
    put = {path.rpartition("graph=")[2] for method, path in little.asked if method == "PUT"}
    assert put == {quote(iri, safe="") for iri in (terms.SETTINGS_GRAPH, DEFAULT, PLACE)}
    assert contents(little, "a") == expected(own, version)


@pytest.mark.slow
def test_a_large_graph_of_which_little_changed_is_not_sent_again(
    little: Little, own: Workspace, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_LARGE", 0)
    settings = given(little.place("a", "data", "update"))
    loading.load(own, settings, str(own.current()))
    little.asked.clear()
    version = publish_at(own, settings, "2020-01-01")
    put = [path for method, path in little.asked if method == "PUT"]
    assert {path.rpartition("graph=")[2] for path in put} == {quote(PLACE, safe="")}
    assert ("POST", "/a/update") in little.asked
    assert contents(little, "a") == expected(own, version)
    assert little.stores["a"].query(
        f"ASK {{ GRAPH <{DEFAULT}> {{ ?s <{terms.CL}asOf> ?day FILTER(?day = '2020-01-01'^^"
        f"<{terms.prefixed('xsd:date')}>) }} }}"
    )

    monkeypatch.setattr(differing, "_MOST", 1)
    little.asked.clear()
    version = publish_at(own, settings, "2021-01-01")
    assert len([path for method, path in little.asked if method == "PUT"]) > len(put)
    assert contents(little, "a") == expected(own, version)


def test_what_was_begun_is_gone_on_with(little: Little, own: Workspace, given: Given) -> None:
    """A publisher that is killed leaves a place that holds nothing, and what it has so far."""
    settings, current = given(little.place("a", "data")), str(own.current())
    little.fault = lambda handler, query: "CONSTRUCT" in query and _fails(handler)
    with pytest.raises(Problem) as caught:
        loading.load(own, settings, current)
    assert caught.value.name == "engine-unreachable"
    assert held(little, "a") is None
    little.fault = lambda handler, query: False
    loading.load(own, settings, current)
    assert held(little, "a") == current
    assert contents(little, "a") == expected(own, current)


def _fails(handler: Handler) -> bool:
    handler.send(503)
    return True


@every_row("lost", ["a triple", "a graph", "all"])
def test_what_the_engine_has_lost_is_loaded_again(
    lost: str, little: Little, own: Workspace, given: Given
) -> None:
    settings, current = given(little.place("a", "data")), str(own.current())
    loading.load(own, settings, current)
    store = little.stores["a"]
    if lost == "a triple":
        store.remove(next(store.quads_for_pattern(None, None, None, ox.NamedNode(DEFAULT))))
    elif lost == "a graph":
        store.remove_graph(ox.NamedNode(terms.SETTINGS_GRAPH))
    else:
        little.stores["a"] = ox.Store()
    loading.load(own, settings, current)
    assert contents(little, "a") == expected(own, current)


def test_an_engine_that_changes_what_is_loaded_is_refused(
    little: Little, own: Workspace, given: Given
) -> None:
    """Readers go on with the release before."""
    settings, before = given(little.place("a", "data") + little.place("b", "data")), own.current()
    loading.load(own, settings, str(before))

    def rounding(handler: Handler, query: str) -> bool:
        if "CONSTRUCT" not in query:
            return False
        handler.send(200, "application/n-triples", b'<urn:s> <urn:p> "another" .\n')
        return True

    little.fault = rounding
    with pytest.raises(Problem, match="has not what was loaded into") as caught:
        publish_at(own, settings, "2020-01-01")
    assert caught.value.name == "engine-failed"
    assert own.current() == before
    assert held(little, "a") == before


def test_an_engine_that_loses_some_is_refused(
    little: Little, own: Workspace, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Handler._store
    monkeypatch.setattr(Handler, "_store", lambda self, store, body: sent(self, store, body[:0]))
    with pytest.raises(Problem, match="has not what was loaded into"):
        loading.load(own, given(little.place("a", "data")), str(own.current()))
    assert held(little, "a") is None


@pytest.mark.slow
def test_places_are_made_for_each_release_and_removed_as_stores_are(
    little: Little, own: Workspace, given: Given
) -> None:
    """Retention has one rule: what keeps its store keeps its place."""
    settings = given(
        little.place("{release}", "data")
        + f'[make]\nmethod = "PUT"\nurl = "{little.url}/{{release}}"\n'
        + f'[drop]\nmethod = "DELETE"\nurl = "{little.url}/{{release}}"\n'
    )
    settings = replace(settings, keep_stores=2, keep_releases=3)
    versions = [publish_at(own, settings, f"20{year}-01-01") for year in (18, 19, 20)]
    assert little.stores.keys() == {"a", "b", *versions[1:]}
    for version in versions[1:]:
        assert held(little, version) == version
        assert contents(little, version) == expected(own, version)

    little.stores.pop(versions[1])  # Somebody has removed it already.
    version = publish_at(own, settings, "2021-01-01")
    assert little.stores.keys() == {"a", "b", versions[2], version}


@pytest.mark.slow
def test_what_cannot_be_removed_is_told_and_tried_again(
    little: Little, own: Workspace, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(
        given(
            little.place("{release}", "data")
            + f'[make]\nmethod = "PUT"\nurl = "{little.url}/{{release}}"\n'
            + f'[drop]\nmethod = "DELETE"\nurl = "{little.url}/{{release}}"\n'
        ),
        keep_stores=1,
    )
    first = publish_at(own, settings, "2018-01-01")
    with monkeypatch.context() as patch:
        patch.setattr(Handler, "do_DELETE", lambda self: self.send(500))
        done = publish(own, settings, Change(as_of="2019-01-01"))
    assert done.not_pruned == [f"the place of release {first} could not be removed: 500: "]
    assert first in little.stores
    last = publish_at(own, settings, "2020-01-01")
    assert little.stores.keys() == {"a", "b", last}
    assert retention.newest_first(own)[0] == last


def test_an_engine_that_is_only_read_has_to_hold_the_release(
    little: Little, own: Workspace, given: Given
) -> None:
    """A mirror that shares the engine of its origin waits until the origin has loaded it."""
    reading = given(little.place("a"))
    with pytest.raises(Problem, match="no place of the engine holds release"):
        loading.load(own, reading, str(own.current()))
    loading.load(own, given(little.place("a", "data")), str(own.current()))
    loading.load(own, given(little.place("a")), str(own.current()))


def test_the_address_alone_is_one_place(little: Little, own: Workspace, settings: Settings) -> None:
    server = server_of(f"{little.url}/a/query")
    assert server
    (place,) = server.places
    assert (place.query, place.update, place.data) == (f"{little.url}/a/query",) * 2 + ("",)
    assert server_of("") is None


@every_row(
    ("text", "said"),
    [
        ("", "places"),
        ("places = []", "there are no places"),
        ("[[places]]\ndata = 'http://x/'", "query"),
        ("[[places]]\nquery = 'x'", "no address"),
        ("[[places]]\nquery = 'http://x/'\nother = 1", "other"),
        ("kind = 'x'\n[[places]]\nquery = 'http://x/'", "kind is one of"),
        ("[[places]]\nquery = 'http://x/{release}'\ndata = 'http://x/'", "all addresses"),
        (
            "[[places]]\nquery = 'http://x/'\n[[places]]\nquery = 'http://y/'\ndata = 'http://y/'",
            "can be loaded, or none",
        ),
        ("[[places]]\nquery = 'http://x/'\n[make]\nmethod = 'PUT'\nurl = 'http://x'", "made where"),
        ("password_file = '/nowhere'\n[[places]]\nquery = 'http://x/'", "nowhere"),
        ("user = ", "Invalid value"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(text: str, said: str, given: Given) -> None:
    with pytest.raises(SettingError, match=said) as caught:
        server_of(given(text).engine)
    assert "\n" not in str(caught.value)
