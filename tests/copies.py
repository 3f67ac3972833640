"""Copies of a published workspace that share what is never written in place."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from registry.releases.workspace import Workspace

SHARED = ("graphs", "dumps", "derived")
"""Folders whose files are made once, under another name, and only ever removed after that.

They hold nine of ten files. What is opened for writing is copied: logs, the ledger, locks, what a
publisher writes down, and stores and databases, which some tests spoil.
"""


def copied(workspace: Workspace, home: Path) -> Workspace:
    """Copy a workspace to another home, where anybody may publish.

    Shared files are hard links. A test that damages one removes it first and writes it anew:
    whoever writes it in place fails the fixture `workspace`, which compares `shared`.
    """

    def copy(source: str, target: str) -> None:
        if _is_shared(Path(source).relative_to(workspace.home)):
            os.link(source, target)
        else:
            shutil.copy2(source, target)

    shutil.copytree(workspace.home, home, symlinks=True, copy_function=copy)
    return Workspace(home)


def shared(workspace: Workspace) -> dict[str, str]:
    """Return the hashes of all files that copies of a workspace share, by path."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(workspace.home.rglob("*"))
        if path.is_file() and _is_shared(path.relative_to(workspace.home))
    }


def _is_shared(path: Path) -> bool:
    return not set(SHARED).isdisjoint(path.parts[:-1])
