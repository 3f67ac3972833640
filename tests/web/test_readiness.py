"""`/health` and `/ready`: the process is alive; query, indexes and a page really answer."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.admission import Client
from registry.sparql.forks import Forks
from registry.version import __version__
from registry.web import readiness
from registry.web.app import create_app
from registry.web.context import NAME
from registry.web.readiness import Readiness, Verdict
from tests.processes import until


@contextmanager
def application(settings: Settings, workspace: Workspace, forks: Forks) -> Iterator[FlaskClient]:
    app = create_app(replace(settings, home=workspace.home, store_memory=0), forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


def largest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda path: path.stat().st_size)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scramble(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


def scramble_the_middle(path: Path) -> None:
    content = path.read_bytes()
    at = len(content) // 2
    path.write_bytes(content[:at] + b"\xa5" * 4096 + content[at + 4096 :])


Damage = Callable[[Path], object]
DAMAGES: dict[str, tuple[Damage, set[str]]] = {
    "store missing": (lambda r: shutil.rmtree(r / "store"), {"query", "page"}),
    "table cut": (lambda r: cut(largest(r / "store", "*.sst")), {"query", "page"}),
    "table scrambled": (lambda r: scramble(largest(r / "store", "*.sst")), {"query", "page"}),
    "table missing": (lambda r: largest(r / "store", "*.sst").unlink(), {"query", "page"}),
    "list of tables": (lambda r: scramble(largest(r / "store", "MANIFEST*")), {"query", "page"}),
    "pointer to it": (lambda r: cut(r / "store" / "CURRENT"), {"query", "page"}),
    "names cut": (lambda r: cut(r / "names-4.sqlite"), {"names-4.sqlite"}),
    "names scrambled": (lambda r: scramble(r / "names-4.sqlite"), {"names-4.sqlite", "page"}),
    "names in the middle": (
        lambda r: scramble_the_middle(r / "names-4.sqlite"),
        {"names-4.sqlite"},
    ),
    "names empty": (lambda r: os.truncate(r / "names-4.sqlite", 0), {"names-4.sqlite", "page"}),
    "names missing": (lambda r: (r / "names-4.sqlite").unlink(), {"names-4.sqlite", "page"}),
    "links cut": (lambda r: cut(r / "links-3.sqlite"), {"links-3.sqlite"}),
    "links scrambled": (lambda r: scramble(r / "links-3.sqlite"), {"links-3.sqlite", "page"}),
    "links missing": (lambda r: (r / "links-3.sqlite").unlink(), {"links-3.sqlite", "page"}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_release_is_alive_and_not_ready(
    damage: str, own: Workspace, settings: Settings, forks: Forks
) -> None:
    damaged, failing = DAMAGES[damage]
    damaged(Shelf(own).current().folder)
    with application(settings, own, forks) as client:
        assert client.get("/health").status_code == 200
        reply = client.get("/ready")
        assert reply.status_code == 503
        assert reply.mimetype == "application/problem+json"
        assert reply.json
        assert reply.json["type"].endswith("/problem/not-ready")
        assert failing <= set(reply.json["checks"])
        assert all(name in reply.json["detail"] for name in reply.json["checks"])
        assert str(own.home) not in reply.text
        assert reply.headers["Cache-Control"] == "no-store"


def test_a_release_that_goes_while_it_is_served_is_not_ready(
    own: Workspace, settings: Settings, forks: Forks
) -> None:
    with application(settings, own, forks) as client:
        shutil.rmtree(Shelf(own).current().folder)
        assert client.get("/health").status_code == 200
        reply = client.get("/ready")
        assert reply.status_code == 503
        assert set(reply.json["checks"]) == {"release"}  # type: ignore[index]


def test_a_whole_release_is_ready(own: Workspace, settings: Settings, forks: Forks) -> None:
    manifest = Shelf(own).current().manifest
    with application(settings, own, forks) as client:
        reply = client.get("/ready")
        assert reply.status_code == 200
        assert reply.json == {
            "status": "ready",
            "release": manifest.version,
            "asOf": manifest.as_of,
            "triples": manifest.triples,
            "software": __version__,
        }
        assert reply.headers["Cache-Control"] == "no-store"


def test_damage_while_it_serves_is_found_and_its_repair_too(
    own: Workspace, settings: Settings, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0)
    folder = Shelf(own).current().folder
    kept = folder.with_name("kept")
    shutil.copytree(folder, kept)
    with application(settings, own, forks) as client:
        for name in ("store", "names-4.sqlite", "links-3.sqlite"):
            assert client.get("/ready").status_code == 200
            (folder / name).rename(folder / "away")
            assert client.get("/ready").status_code == 503
            assert client.get("/health").json["release"] == folder.name  # type: ignore[index]
            (folder / "away").rename(folder / name)
        assert client.get("/ready").status_code == 200


def test_a_store_that_lacks_a_graph_is_not_ready(
    own: Workspace, settings: Settings, forks: Forks
) -> None:
    """Such as that of another release."""
    store = ox.Store(str(Shelf(own).current().store_path))
    store.remove_graph(ox.NamedNode("https://w3id.org/citylinks/graph/perm-twins"))
    store.flush()
    del store
    with application(settings, own, forks) as client:
        reply = client.get("/ready")
        assert reply.status_code == 503
        assert "graph/perm-twins" in reply.json["checks"]["query"]  # type: ignore[index]


def test_a_server_whose_queue_is_full_is_ready(
    own: Workspace, settings: Settings, forks: Forks
) -> None:
    with application(replace(settings, workers=1, queue=0), own, forks) as client:
        turns = client.application.extensions[NAME].engine.pool.slots
        held = [turns.take(Client(name), 1) for name in ("a", "b")]
        assert client.get("/sparql?query=ASK{}").status_code in {429, 503}
        assert client.get("/ready").status_code == 200
        for turn in held:
            turns.release(turn)


def test_many_who_ask_share_one_check() -> None:
    begun, go = [], threading.Event()

    def check() -> Verdict:
        begun.append(1)
        go.wait(10)
        return Verdict(time.monotonic(), "one")

    ready = Readiness(check, lambda: "one")
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ready.verdict) for _ in range(8)]
        assert until(lambda: begun)
        go.set()
        assert {one.result().switch for one in asked} == {"one"}
    assert len(begun) == 1
    assert ready.verdict() is ready.verdict()
    assert len(begun) == 1


def test_a_switch_makes_the_last_result_old() -> None:
    switch = ["one"]
    ready = Readiness(lambda: Verdict(time.monotonic(), switch[0]), lambda: switch[0])
    assert ready.verdict().switch == "one"
    switch[0] = "two"
    assert ready.verdict().switch == "two"


def test_while_a_check_hangs_the_last_result_holds_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0)
    monkeypatch.setattr(readiness, "WAIT_SECONDS", 0.05)
    begun, go = [], threading.Event()

    def check() -> Verdict:
        begun.append(1)
        if len(begun) > 1:
            go.wait(30)
        return Verdict(time.monotonic(), "one")

    ready = Readiness(check, lambda: "one")
    assert until(lambda: not ready.verdict().faults)
    assert not ready.verdict().faults
    monkeypatch.setattr(readiness, "STALE_SECONDS", 0)
    assert list(ready.verdict().faults) == ["time"]
    assert len(begun) == 2
    go.set()


def test_a_check_that_breaks_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    begun: list[int] = []

    def check() -> Verdict:
        begun.append(1)
        if len(begun) == 1:
            raise RuntimeError("a mistake of ours")
        return Verdict(time.monotonic(), "one")

    ready = Readiness(check, lambda: "one")
    assert list(ready.verdict().faults) == ["time"]
    assert "a mistake of ours" in caplog.text
    assert not ready.verdict().faults
