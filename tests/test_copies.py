"""A copy of a workspace shares files with it, and whatever is done to the copy stays there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish, rollback
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.copies import copied
from tests.lists import listing


def content(home: Path) -> dict[str, bytes]:
    """Read every file of a folder."""
    return {str(p): p.read_bytes() for p in sorted(home.rglob("*")) if p.is_file()}


@pytest.mark.slow
def test_what_is_done_to_a_copy_leaves_every_byte_of_the_original(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    """Published to, rolled back, pruned and published to again, it has replaced all that it can."""
    template = copied(workspace, tmp_path / "template")
    before = content(template.home)
    own = copied(template, tmp_path / "home")
    given = replace(settings, home=own.home, keep_releases=1, keep_stores=1)
    first, path = str(own.current()), tmp_path / "list.ttl"
    for claims in (["twinning"], ["twinning", "start"], []):
        path.write_text(listing(claims), "utf-8")
        publish(own, given, Change([path]))
    keep(own, "third", str(own.current()))
    publish(own, given, Change([path], as_of="2020-01-01"))
    rollback(own, "third")
    assert first not in own.versions()
    assert content(template.home) == before


def test_most_files_of_a_copy_are_those_of_the_original(
    workspace: Workspace, tmp_path: Path
) -> None:
    own = copied(workspace, tmp_path / "home")
    inodes = {path.stat().st_ino for path in workspace.home.rglob("*") if path.is_file()}
    files = [path for path in own.home.rglob("*") if path.is_file()]
    assert sum(path.stat().st_ino in inodes for path in files) > 0.8 * len(files)
    assert own.log_path.stat().st_ino not in inodes
