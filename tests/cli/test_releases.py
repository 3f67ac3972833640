"""`citylinks status`, `releases`, `rollback`, `keep`, `check`, `export` and `dump`."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import shipped, terms
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.version import __version__
from tests.cli.running import Run, version_of


def test_status(look: Run, workspace: Workspace) -> None:
    manifest = workspace.manifest(version_of(workspace))
    triples = sum(entry.triples for entry in manifest.all_graphs())
    done = look("status")
    assert done.out.splitlines()[:3] == [
        f"release  {manifest.version}",
        "as of    2022-12-31",
        f"triples  {triples}",
    ]
    assert done.out.splitlines()[3:][-1].endswith(f"{terms.GRAPH}wording")
    body = look("status", "--json").json
    assert (body["release"], body["asOf"], body["triples"]) == (
        manifest.version,
        "2022-12-31",
        triples,
    )
    assert body["software"] == __version__
    assert body["validation"]["violations"] == 0
    assert [g["graph"] for g in body["graphs"]] == [e.graph for e in manifest.all_graphs()]


def test_releases_and_rollback(cli: Run, own: Workspace) -> None:
    first = version_of(own)
    second = cli("publish", "--as-of", "2020-01-01", "--json").json["version"]
    assert cli("keep", "early") == (0, f"{second} is kept as early\n", "")
    lines = cli("releases").out.splitlines()
    assert [line[:34] for line in lines] == [f"* {second}", f"  {first}"]
    assert lines[0].endswith("Z  early")
    assert cli("rollback", first) == (0, f"{first} is current\n", "")
    assert cli("rollback", "early", "--json").json == {"version": second}
    assert cli("rollback", first[:8], "-q") == (0, "", "")
    body = cli("releases", "--json").json
    assert [row.keys() for row in body] == [
        {"version", "name", "names", "at", "current", "store"}
    ] * 2
    assert [(row["version"], row["name"], row["current"]) for row in body] == [
        (first, None, True),
        (second, "early", False),
    ]


@pytest.mark.slow
def test_check_and_repair(cli: Run, own: Workspace) -> None:
    assert cli("check") == (0, "all is whole\n", "")
    names = own.folder(version_of(own)) / "names-4.sqlite"
    names.unlink()
    done = cli("check", "--json")
    assert done.code == 1
    (fault,) = done.json["faults"]
    assert (fault["path"], fault["mendable"]) == (str(names), True)
    done = cli("check", "--repair")
    assert done == (0, f"mended: {names}: it is missing\n", "")
    assert names.exists()


def test_export(look: Run, tmp_path: Path) -> None:
    done = look("export", tmp_path / "out")
    files = [tmp_path / "out" / path.name for path in shipped.data_files()]
    assert done == (0, "".join(f"{path}\n" for path in files), "")
    assert [path.read_bytes() for path in files] == [p.read_bytes() for p in shipped.data_files()]
    assert look("export", tmp_path / "out", "--json").json["files"] == [str(path) for path in files]


def test_dump(look: Run, tmp_path: Path, workspace: Workspace) -> None:
    version = version_of(workspace)
    originals = sorted((workspace.folder(version) / "dumps").iterdir())
    done = look("dump", tmp_path / "out", "--release", version[:6])
    assert done.out.splitlines() == [str(tmp_path / "out" / path.name) for path in originals]
    for path in originals:
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    body = look("dump", tmp_path / "out", "--json").json
    assert (body["version"], len(body["files"])) == (version, len(originals))


def test_keep_names_and_changes_nothing_else(cli: Run, own: Workspace) -> None:
    """What a curator has published stays: only `publish` looks at the shipped files."""
    first = version_of(own)
    assert cli("publish", "--remove", f"{terms.GRAPH}themayor-iurc").code == 0
    second = version_of(own)
    assert cli("keep", "mine", "--json").json == {"version": second, "name": "mine"}
    assert cli("keep", "before", first[:8]) == (0, f"{first} is kept as before\n", "")
    assert cli("keep", "mine", "-q") == (0, "", "")
    assert version_of(own) == second
    assert own.names() == {"mine": second, "before": first}
    assert [(e.event, e.version, e.name) for e in log.read(own.log_path)[2:]] == [
        ("keep", second, "mine"),
        ("keep", first, "before"),
    ]


def test_all_names_of_a_release_are_listed(cli: Run, own: Workspace) -> None:
    for name in ("one", "another"):
        cli("keep", name)
    (row,) = cli("releases", "--json").json
    assert (row["name"], row["names"]) == ("another", ["another", "one"])
    assert cli("releases").out.endswith("Z  another, one\n")


def test_publish_names_nothing(cli: Run, own: Workspace) -> None:
    before = version_of(own)
    done = cli("publish", "--keep", "mine", "--as-of", "2020-01-01")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("Error: publish names no release; run: citylinks keep mine\n")
    assert (version_of(own), own.names()) == (before, {})
