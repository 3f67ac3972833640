"""Dumps: every graph, and all graphs together, as files whose bytes depend on the content alone.

A graph's files are made once and hard-linked into every release that has the graph. The files of
all graphs are the graphs' files one after another.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from registry import files, formats
from registry.releases.graph_files import GraphFiles
from registry.releases.manifest import DumpEntry, Manifest
from registry.releases.reading import Content, Release, View

GZIP: Final = "application/gzip"
WHOLE: Final = "citylinks"
"""Name of the files that hold every graph."""

SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"


def _write(content: Content) -> None:
    """Write the files of each graph, and those of all graphs in IRI order."""
    content.dumps.mkdir(parents=True, exist_ok=True)
    kept = [GraphFiles(content.graph_folder(e.sha256), e.graph) for e in content.entries]
    for entry, graph in zip(content.entries, kept, strict=True):
        for extension, name in entry.files.items():
            os.link(graph.paths[extension], content.dumps / name)
    for form in formats.DATASETS:
        parts = (graph.paths[form.extension].read_bytes() for graph in kept)
        files.write_parts(content.dumps / f"{WHOLE}.{form.extension}.gz", parts)


def _opened(release: Release) -> Path:
    return release.folder / "dumps"


DUMPS: Final = View("dumps", _opened, _write)


def seal(folder: Path, manifest: Manifest) -> Manifest:
    """List the files of a folder in the manifest; write it and the check sums beside them."""
    listed = manifest.with_dumps(_entry(path) for path in sorted(folder.iterdir()))
    files.write(folder / MANIFEST, listed.to_json())
    sums = "".join(f"{files.sha256(path)}  {path.name}\n" for path in sorted(folder.iterdir()))
    files.write(folder / SUMS, sums.encode())
    return listed


def _entry(path: Path) -> DumpEntry:
    return DumpEntry(path.name, media_type(path.name), path.stat().st_size, files.sha256(path))


def media_type(name: str) -> str:
    """Return the media type of a dump file as it is transferred.

    >>> media_type("citylinks.nq.gz"), media_type("manifest.json"), media_type("SHA256SUMS")
    ('application/gzip', 'application/json', 'text/plain; charset=utf-8')
    """
    if name.endswith(".gz"):
        return GZIP
    return formats.JSON.media_type if name.endswith(".json") else "text/plain; charset=utf-8"
