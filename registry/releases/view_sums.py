"""The hashes of the views of a release, as they were written: a damaged byte in a text is told.

An engine checks how a database is built, not what its texts say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from registry import files
from registry.damage import Damaged, json_object

NAME: Final = "views.json"
"""The file, beside the views, with the hash of each."""

_REMEDY: Final = "citylinks check --repair makes it anew"


def note(folder: Path, names: Iterable[str]) -> None:
    """Note the hashes of views of a release that were just written; folders have none."""
    path = folder / NAME
    try:
        noted = json_object(path, _REMEDY) if path.exists() else {}
    except Damaged:  # What was damaged is written anew.
        noted = {}
    new = {name: files.sha256(folder / name) for name in names if (folder / name).is_file()}
    files.write(path, json.dumps({**noted, **new}, sort_keys=True).encode())


def check(view: Path) -> None:
    """Refuse a view that is not as it was written; one of which nothing is noted may be anything.

    Raises
    ------
    ValueError
        with what is wrong; `Damaged` where the hashes themselves cannot be read.

    """
    path = view.parent / NAME
    noted = json_object(path, _REMEDY).get(view.name) if path.exists() else None
    if noted is not None and noted != files.sha256(view):
        raise ValueError("its hash is not that of what was written")
