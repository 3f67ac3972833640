"""Dumps: every graph, and all graphs together, as files whose bytes depend on the content alone.

A graph's files are made once and hard-linked into every release that has the graph. The files of
all graphs are the graphs' files one after another.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from registry import files, formats
from registry.damage import reading
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
    sums = _sums({path.name: files.sha256(path) for path in folder.iterdir()})
    files.write(folder / SUMS, sums)
    return listed


def _entry(path: Path) -> DumpEntry:
    return DumpEntry(path.name, media_type(path.name), path.stat().st_size, files.sha256(path))


def names(manifest: Manifest) -> list[str]:
    """Name the files for download of a release."""
    return sorted([*(entry.file for entry in manifest.dumps), MANIFEST, SUMS])


def whole_file(folder: Path, manifest: Manifest, name: str) -> Path:
    """Return a file for download, after comparing its hash, once for each state of the file.

    Raises
    ------
    Damaged
        when it is not what the manifest says, or missing.

    """
    path, listed = folder / "dumps" / name, {entry.file: entry.sha256 for entry in manifest.dumps}
    with reading(path, _REMEDY):
        if not path.is_file():
            raise ValueError("it is missing")
        if name == SUMS:
            own = {MANIFEST: files.sha256(folder / MANIFEST)}
            if path.read_bytes() != _sums(listed | own):
                raise ValueError("it does not list the files as they are")
            return path
        expected = listed.get(name) or files.sha256(folder / MANIFEST)
        if _hash(path, *files.state(path)) != expected:
            raise ValueError("its hash is not that of the manifest")
    return path


_REMEDY: Final = "run: citylinks check --repair"


@lru_cache(maxsize=4096)
def _hash(path: Path, *_: int) -> str:
    return files.sha256(path)


def _sums(hashes: Mapping[str, str]) -> bytes:
    """Write the check sums as `sha256sum` does."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items())).encode()


def media_type(name: str) -> str:
    """Return the media type of a dump file as it is transferred.

    >>> media_type("citylinks.nq.gz"), media_type("manifest.json"), media_type("SHA256SUMS")
    ('application/gzip', 'application/json', 'text/plain; charset=utf-8')
    """
    if name.endswith(".gz"):
        return GZIP
    return formats.JSON.media_type if name.endswith(".json") else "text/plain; charset=utf-8"
