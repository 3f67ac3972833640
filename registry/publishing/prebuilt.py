"""Prebuilt results of the shipped world: what was derived from it, and its validation report.

Without them a fresh installation would parse, derive and validate for minutes what the makers of
the data have parsed, derived and validated already. `data/world/ready/` holds the results with a
build fingerprint: the hashes of the files, and one key of all that rules and shapes look at. Where
any of that differs, the results are not used.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from registry import files, shipped
from registry.graphs import canonical
from registry.graphs.graph import (
    MERGED,
    Graph,
    Role,
    from_lines,
)
from registry.publishing import derive
from registry.publishing.shacl import Report
from registry.releases import code

FOLDER: Final = shipped.WORLD / "ready"
_STAMP: Final = "stamp.json"
_DERIVED: Final = "derived.nt.xz"
_REPORT: Final = "report.json.xz"

_LOOKED_AT: Final = (MERGED | {Role.SHAPES, Role.SETTINGS}) - {Role.DERIVED}
"""The roles of graphs that rules or shapes look at."""


@dataclass(frozen=True)
class Prebuilt:
    """What comes of the graphs of a release: what each rule derives, what the shapes say."""

    results: derive.Results
    report: Report

    @cached_property
    def derived(self) -> Graph:
        """The derived graph."""
        return derive.graph_of(self.results)


def known(paths: Iterable[Path]) -> tuple[dict[str, Graph], list[Path]]:
    """Take the files that were read when the stamp was made; give their graphs and the others."""
    listed, found, others = _stamp().get("files", {}), {}, []
    for path in paths:
        entry = listed.get(path.name)
        content = path.read_bytes() if entry and path.parent == shipped.WORLD else b""
        if content and hashlib.sha256(content).hexdigest() == entry["sha256"]:
            found[entry["graph"]] = Graph(entry["graph"], files.decompress(content))
        else:
            others.append(path)
    return found, others


def of(graphs: Mapping[str, Graph]) -> Prebuilt | None:
    """Return what is ready for the graphs of a release; None where it is of others."""
    if _stamp().get("key") != key(graphs):
        return None
    report = Report.from_json(lzma.decompress((FOLDER / _REPORT).read_bytes()))
    return Prebuilt(_results(lzma.decompress((FOLDER / _DERIVED).read_bytes())), report)


def key(graphs: Mapping[str, Graph]) -> str:
    """Return the hash of all that derivation and validation depend on."""
    lines = sorted(f"{i} {g.sha256}\n" for i, g in graphs.items() if g.role in _LOOKED_AT)
    text = f"{canonical.VERSION} {code.rules_version()}\n{''.join(lines)}"
    return hashlib.sha256(text.encode()).hexdigest()


def write(
    folder: Path, graphs: Mapping[str, Graph], named: Mapping[str, str], made: Prebuilt
) -> None:
    """Write down what came of some graphs; `named` gives the graphs of files by their names."""
    derived = b"".join(_section(name, lines) for name, lines in sorted(made.results.items()))
    files.write(folder / _DERIVED, lzma.compress(derived, preset=9))
    files.write(folder / _REPORT, lzma.compress(made.report.to_json(), preset=9))
    listed = {
        name: {"graph": iri, "sha256": files.sha256(folder.parent / name)}
        for name, iri in sorted(named.items())
    }
    stamp = {"key": key(graphs), "files": listed}
    files.write(folder / _STAMP, json.dumps(stamp, indent=1).encode() + b"\n")


def _stamp() -> dict[str, Any]:
    try:
        stamp: dict[str, Any] = json.loads((FOLDER / _STAMP).read_bytes())
    except FileNotFoundError:
        return {}
    return stamp


def _section(name: str, lines: frozenset[bytes]) -> bytes:
    """Write what a rule derived under a comment with its name, which N-Triples has, too."""
    return f"# {name}\n".encode() + from_lines(lines)


def _results(content: bytes) -> derive.Results:
    """Read what `_section` wrote."""
    sections = (b"\n" + content).split(b"\n# ")[1:]
    parts = (section.split(b"\n", 1) for section in sections)
    return {name.decode(): frozenset(lines.splitlines()) for name, lines in parts}
