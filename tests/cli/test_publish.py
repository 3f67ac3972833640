"""`citylinks publish` and `validate`, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import shipped, terms
from registry.releases.workspace import Workspace
from tests.cli.running import Run, run_in, version_of

PERM = f"{terms.GRAPH}perm-twins"


def test_publish(cli: Run, own: Workspace) -> None:
    first = version_of(own)
    assert cli("publish") == (0, f"{first} is current already\n", "")
    done = cli("publish", "--as-of", "2020-01-01")
    second = version_of(own)
    assert done.out.startswith(f"{second} is published, 0 violation, ")
    assert cli("publish").out == f"{first} is published\n"
    assert cli("publish", "--json").json == {"version": first, "changed": False}
    assert cli("publish", "--as-of", "2020-01-01", "-q") == (0, "", "")
    assert version_of(own) == second


def test_publish_with_its_report(cli: Run) -> None:
    done = cli("publish", "--as-of", "2021-01-01", "-v", "--json")
    assert (done.code, done.json["report"]["violation"]) == (0, 0)
    assert done.err.startswith(("warning: ", "info: "))
    assert done.err.endswith(" info\n")


def test_publish_removes(cli: Run, own: Workspace) -> None:
    iurc = f"{terms.GRAPH}themayor-iurc"
    assert cli("publish", "--remove", iurc).code == 0
    assert iurc not in own.graphs(version_of(own))
    assert cli("publish", "--take", "file").code == 0
    assert iurc in own.graphs(version_of(own))


def test_validate(cli: Run, own: Workspace, tmp_path: Path) -> None:
    before = version_of(own)
    done = cli("validate")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1].startswith("0 violation, ")
    done = cli("validate", "--remove", terms.CITIES_GRAPH, "--json")
    assert (done.code, done.err) == (1, "")
    body = done.json
    assert body["conforms"] is False
    assert body["counts"]["violation"] == sum(r["severity"] == "violation" for r in body["results"])
    assert body["results"][0].keys() == {
        "severity", "shape", "focus", "label", "path", "value", "message", "graph"
    }  # fmt: skip
    assert version_of(own) == before


@pytest.mark.slow
@pytest.mark.parametrize("command", ["validate", "publish"])
def test_files_that_are_judged_without_the_shipped_data_are_told(
    command: str, own: Workspace, tmp_path: Path
) -> None:
    lonely = shipped.ROOT / "data" / "perm-twins.ttl"
    done = run_in(tmp_path / "empty", command, lonely)
    told = "nothing is published yet, so these files are judged without the shipped data"
    assert (done.code, done.err.count(told)) == (1, 1)
    assert told not in run_in(own.home, "validate", lonely).err
    assert told not in run_in(tmp_path / "empty", "validate", "-q", lonely).err


def test_a_broken_file_is_refused_with_its_place(cli: Run, own: Workspace, tmp_path: Path) -> None:
    before, path = version_of(own), tmp_path / "list.ttl"
    path.write_text("<urn:a> <urn:b>\n  broken .")
    for command in ("publish", "validate"):
        done = cli(command, path)
        assert done == (
            1,
            "",
            f"citylinks: {path}: broken is not a valid RDF object (line 2, column 3)\n",
        )
    assert version_of(own) == before
    done = cli("format", path)
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith(" (line 2, column 3)\n")


def test_invalid_data_are_refused_with_the_report(cli: Run, own: Workspace) -> None:
    before = version_of(own)
    done = cli("publish", "--remove", terms.CITIES_GRAPH)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    assert lines[0].startswith("violation: ")
    assert lines[-1].endswith(" violations; nothing was published")
    assert version_of(own) == before


def test_a_conflict_is_refused_with_the_difference(
    cli: Run, own: Workspace, tmp_path: Path
) -> None:
    path, before = tmp_path / "perm-twins.ttl", version_of(own)
    text = (shipped.ROOT / "data" / path.name).read_text("utf-8")
    for number in ("I", "II"):
        path.write_text(text.replace("paragraph 1", f"part {number}"), "utf-8")
        done = cli("publish", path)
        cli("rollback", before)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    assert lines[:2] == [f"--- workspace {PERM}", "+++ file"]
    assert lines[-1] == (
        f"citylinks: file and workspace both changed <{PERM}>; say --take file or --take workspace"
    )
    assert cli("publish", path, "--take", "workspace").out == f"{before} is current already\n"
    assert cli("publish", path, "--take", "file").out != f"{before} is current already\n"
