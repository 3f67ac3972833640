"""`citylinks backup` and `citylinks restore`."""

from __future__ import annotations

from pathlib import Path

from registry.releases.workspace import Workspace
from tests.cli.running import Run, version_of


def test_a_backup_is_restored_where_no_workspace_is(
    cli: Run, own: Workspace, tmp_path: Path
) -> None:
    archive, version = tmp_path / "backup.tar", version_of(own)
    done = cli("backup", str(archive))
    assert done.code == 0
    assert done.out.startswith(f"{archive}: 1 releases, ")
    again = cli("backup", str(archive))
    assert (again.code, again.err) == (1, f"citylinks: {archive} is there already\n")
    refused = cli("restore", str(archive))
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "is not empty" in refused.err
    own.home.rename(tmp_path / "before")
    body = cli("restore", str(archive), "--json").json
    assert (body["version"], body["releases"]) == (version, 1)
    assert version_of(own) == version


def test_wrong_use_is_told(cli: Run, tmp_path: Path) -> None:
    for arguments, why in (
        (("backup", str(tmp_path / "b.zip")), "ends in none of"),
        (("backup", str(tmp_path / "none" / "b.tar")), "there is no folder"),
        (("restore", str(tmp_path / "none.tar")), "there is no such file"),
    ):
        done = cli(*arguments)
        assert done.code == 2
        assert why in done.err
        assert "Traceback" not in done.err
