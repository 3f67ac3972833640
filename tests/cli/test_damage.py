"""A damaged workspace: each command does its work, or says in one line which file and what to do.

A table of damages by commands; all faults of a damage are listed together.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from registry import terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish, rollback
from registry.releases.log import Event, append
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.cli.running import run_in
from tests.cli.test_query import COUNT

Find = Callable[[Workspace, str], Path]

FILES: dict[str, Find] = {
    "manifest.json": lambda own, version: own.folder(version) / "manifest.json",
    "sources.json": lambda own, _: own.home / "sources.json",
    "names.json": lambda own, _: own.home / "names.json",
    "origin.json": lambda own, _: own.home / "mirror" / "origin.json",
    "members.json": lambda own, version: cities(own, version) / "members.json",
    "nt.gz": lambda own, version: cities(own, version) / "nt.gz",
    "dates": lambda own, version: folder_of(own, version, "perm-twins") / "dates",
    "report.json.gz": lambda own, version: own.folder(version) / "report.json.gz",
    "derived": lambda own, version: folder_of(own, version, "derived") / "nt.gz",
    "names-4.sqlite": lambda own, version: own.folder(version) / "names-4.sqlite",
    "links-3.sqlite": lambda own, version: own.folder(version) / "links-3.sqlite",
    "store": lambda own, version: largest(own.folder(version) / "store", "*.sst"),
    "MANIFEST": lambda own, version: first(own.folder(version) / "store", "MANIFEST-*"),
    "log.jsonl": lambda own, _: own.log_path,
    "ledger": lambda own, version: own.folder(version) / "ledger",
    "perm-twins.ttl.gz": lambda own, version: own.folder(version) / "dumps" / "perm-twins.ttl.gz",
}

REFUSING = {
    "manifest.json": {"status", "validate", "export", "query", "link", "publish", "change"},
    "sources.json": {"validate", "publish", "change"},
    "names.json": {"releases", "keep", "rollback", "publish", "change"},
    "origin.json": {"mirror", "keep", "rollback", "publish", "change"},
    "members.json": {"change"},
    "nt.gz": {"validate", "export", "change"},
    "dates": {"validate", "publish", "change"},
    "report.json.gz": {"validate", "change"},
    "derived": {"change"},
    "names-4.sqlite": {"link", "change"},
    "links-3.sqlite": {"change"},
    "store": {"query"},
    "MANIFEST": {"query", "validate", "link", "change"},
    "log.jsonl": set[str](),
    "ledger": set[str](),
    "perm-twins.ttl.gz": {"dump"},
}
"""The commands that cannot do without a file; others may do so, or refuse as well."""

BUILDING = {"validate", "change"}
"""The commands that build a release; tried where that reads what is damaged, to save time."""

NAMED = {"store": "store", "MANIFEST": "store", "derived": "nt.gz"}
"""How a line of trouble names a file, where not by its name."""

DAMAGES: dict[str, Callable[[Path], bytes]] = {
    "truncated": lambda path: path.read_bytes()[: path.stat().st_size // 2],
    "garbage": lambda _: b"\x00\xffgarbage\n" * 50,
    "another shape": lambda path: other(path.name),
}


def cities(own: Workspace, version: str) -> Path:
    return folder_of(own, version, "cities")


def folder_of(own: Workspace, version: str, graph: str) -> Path:
    entry = own.manifest(version).graph(terms.GRAPH + graph)
    assert entry
    return own.graph_folder(entry.sha256)


def first(folder: Path, pattern: str) -> Path:
    return min(folder.glob(pattern))


def largest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda path: path.stat().st_size)


def other(name: str) -> bytes:
    """Write what can be read, but is not what was written."""
    odd = json.dumps([{"a": 1}, 7, None]).encode()
    if name.endswith(".sqlite"):
        return b"SQLite format 3\0" + bytes(84)
    return gzip.compress(odd) if name.endswith(".gz") else odd


@pytest.fixture
def damageable(own: Workspace, settings: Settings) -> tuple[Workspace, str]:
    """Give a workspace with all its files: two releases, a name and an origin; and the first.

    The origin has no address, so that the workspace is no mirror, which changes nothing itself.
    """
    given = Settings(home=own.home, shipped="curated", gazetteer=settings.gazetteer)
    before = str(own.current())
    publish(own, given, Change([], as_of="2020-01-01"))
    own.name("early", str(own.current()))
    rollback(own, before)
    (own.home / "mirror").mkdir()
    origin = {"origin": "", "version": before, "etag": '"x"'}
    (own.home / "mirror" / "origin.json").write_text(json.dumps(origin))
    append(own.log_path, Event("publish", before, by="mirror of http://127.0.0.1:9"))
    return own, before


def commands(folder: Path) -> dict[str, list[str]]:
    """List what is run, in this order: what reads, what changes little, what builds a release."""
    table, data = folder / "table.csv", folder / "cities.ttl"
    table.write_text("city\nPavia\n", encoding="utf-8")
    data.write_text(
        (Path(__file__).parents[2] / "data" / "cities.ttl")
        .read_text("utf-8")
        .replace("Pavia", "Ticinum"),
        encoding="utf-8",
    )
    return {
        "status": ["status"],
        "releases": ["releases"],
        "export": ["export", str(folder / "export")],
        "dump": ["dump", str(folder / "dump")],
        "query": ["query", "-"],
        "link": ["link", str(table), "--column", "city", "--into", str(folder / "linked.csv")],
        "mirror": ["mirror", "http://127.0.0.1:9"],
        "validate": ["validate", str(data)],
        "keep": ["keep", "mine"],
        "rollback": ["rollback", "early"],
        "back": ["rollback", "VERSION"],
        "publish": ["publish"],
        "change": ["publish", str(data), "--take", "file"],
    }


def quick(file: int, damage: int) -> bool:
    """Whether a case is tried each time: of every other file one, the damages taking turns.

    A list of the store's files that is cut off by half, which the engine takes for whole, is none.
    """
    return file % 2 == 0 and damage == (file + 1) % len(DAMAGES)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param(name, damage, marks=() if quick(row, column) else pytest.mark.slow)
        for row, name in enumerate(FILES)
        for column, damage in enumerate(DAMAGES)
    ],
)
def test_damage_is_told_in_one_line(
    damageable: tuple[Workspace, str], tmp_path: Path, name: str, damage: str
) -> None:
    own, version = damageable
    path = FILES[name](own, version)
    content = DAMAGES[damage](path)
    path.unlink()  # Hard links elsewhere stay what they are.
    path.write_bytes(content)
    refused, faults = set(), []
    for command, words in commands(tmp_path).items():
        if command in BUILDING - REFUSING[name] and name != "ledger":
            continue
        if command == "change":
            # Whatever came before, the damaged release is the one to be followed.
            own.switch(version)
        arguments = [version if word == "VERSION" else word for word in words]
        done = run_in(own.home, *arguments, stdin=COUNT)
        if done.code == 1 and names(done.err, NAMED.get(name, name)):
            refused.add(command)
        elif done.code != (3 if command == "mirror" else 0):
            faults.append(f"{command}: {done.code} {done.err}")
    assert faults == []
    if (name, damage) != ("MANIFEST", "truncated"):  # The engine takes its beginning for whole.
        assert REFUSING[name] - refused == set()


def names(said: str, name: str) -> bool:
    """Whether a line of trouble names a file, and what to do, in one line of plain words."""
    one = said.startswith("citylinks: ") and said.count("\n") == 1
    return one and name in said and "; " in said and "fault of this software" not in said


def test_damage_of_an_older_release_is_a_warning(damageable: tuple[Workspace, str]) -> None:
    own, version = damageable
    assert run_in(own.home, "publish", "--as-of", "2021-01-01").code == 0
    path = own.folder(version) / "manifest.json"
    path.write_bytes(b"{")
    done = run_in(own.home, "publish", "--as-of", "2022-01-01")
    assert done.code == 0
    assert done.out.startswith(f"{own.current()} is published")
    assert names(done.err, f"{path} is damaged")


@pytest.mark.parametrize("damage", DAMAGES)
def test_where_the_names_are_damaged_nothing_is_published(
    damageable: tuple[Workspace, str], damage: str
) -> None:
    own, version = damageable
    path = own.home / "names.json"
    path.write_bytes(DAMAGES[damage](path))
    done = run_in(own.home, "publish", "--as-of", "2021-01-01")
    assert (done.code, own.current()) == (1, version)
    assert names(done.err, "names.json")


def test_lines_of_the_log_that_are_none_are_passed_over(damageable: tuple[Workspace, str]) -> None:
    own, version = damageable
    before = run_in(own.home, "releases", "--json").json
    odd: list[object] = [{"a": 1}, [], 7, None, {"event": "publish"}, {"event": 1, "version": 2}]
    odd += [{"event": "publish", "version": version, "at": "x", "graphs": {"added": 7}}]
    with own.log_path.open("ab") as log:
        log.write(b"".join(json.dumps(line).encode() + b"\n" for line in odd) + b"\xff\xfe\n{\n")
    assert run_in(own.home, "releases", "--json").json == before
    assert run_in(own.home, "publish", "--as-of", "2021-01-01").code == 0


def test_a_line_of_a_later_software_counts(damageable: tuple[Workspace, str]) -> None:
    own, version = damageable
    lines = [json.loads(line) for line in own.log_path.read_bytes().splitlines()]
    own.log_path.write_text("".join(json.dumps({**line, "why": "x"}) + "\n" for line in lines))
    rows = run_in(own.home, "releases", "--json").json
    assert {row["version"] for row in rows if row["at"]} == set(own.versions())
    assert version in own.versions()


def test_a_file_that_may_not_be_read_is_named(
    damageable: tuple[Workspace, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, _ = damageable
    (own.home / "names.json").unlink()
    (own.home / "names.json").mkdir()
    done = run_in(own.home, "releases")
    assert (done.code, done.out) == (1, "")
    assert os.fspath(own.home / "names.json") in done.err
    assert done.err.count("\n") == 1
