"""The counts of all graphs of a release by property: what the planner of queries knows of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from registry import files
from registry.damage import json_object, reading, remade
from registry.releases import graph_counts
from registry.releases.reading import Content, Release, View


def _write(content: Content) -> None:
    """Put the counts of the graphs together, which stand beside the files of each."""
    found = {entry.graph: _of(content.graph_folder(entry.sha256)) for entry in content.entries}
    files.write(content.folder / COUNTS.name, json.dumps(found).encode())


def _of(folder: Path) -> dict[str, Any]:
    path = folder / graph_counts.COUNTS
    return json_object(path, f"remove {folder} and publish once more")


def _opened(release: Release) -> dict[str, Any]:
    path = release.file(COUNTS.name)
    with reading(path, remade(path)):
        found: dict[str, Any] = json.loads(path.read_bytes())
        return found


COUNTS: Final = View(graph_counts.OF_RELEASE, _opened, _write)
