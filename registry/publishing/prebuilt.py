"""Prebuilt results of the shipped world: what was derived from it, and its validation report.

Without them a fresh installation would parse, derive and validate for minutes what the makers of
the data have parsed, derived and validated already. `data/world/ready/` holds the results with a
build fingerprint: the hashes of the files, one key of all that rules and shapes read, and the
graphs in which the shipped identity ledger changes nothing. Where any of that differs, the results
are not used.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from registry import files, shipped, terms
from registry.graphs import canonical
from registry.graphs.graph import MERGED, Graph, Role
from registry.publishing.shacl import Report
from registry.releases import code

FOLDER: Final = shipped.WORLD / "ready"
_FINGERPRINT: Final = "stamp.json"
_DERIVED: Final = "derived.nt.xz"
_REPORT: Final = "report.json.xz"

_SMALLEST: Final = ({"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 4, "pb": 0, "nice_len": 273},)
"""How the derived graph is compressed: it takes minutes, and a fifth less room in each version."""

_ROLES_READ: Final = (MERGED | {Role.SHAPES}) - {Role.DERIVED}
"""The roles of graphs that rules or shapes read."""


@dataclass(frozen=True)
class Prebuilt:
    """The results for the graphs of a release: the derived graph, and the report."""

    derived: Graph
    report: Report


def unchanged(paths: Iterable[Path]) -> tuple[dict[str, Graph], list[Path]]:
    """Split files: the graphs of those in the build fingerprint, and the other paths."""
    listed, found, others = _fingerprint().get("files", {}), {}, []
    for path in paths:
        entry = listed.get(path.name)
        content = path.read_bytes() if entry and path.parent == shipped.WORLD else b""
        if content and hashlib.sha256(content).hexdigest() == entry["sha256"]:
            found[entry["graph"]] = Graph(entry["graph"], lzma.decompress(content))
        else:
            others.append(path)
    return found, others


def settled(ledger: str, graphs: Mapping[str, Graph]) -> set[str]:
    """Return the graphs of `unchanged` files that a ledger changes nothing in, given its key."""
    fingerprint = _fingerprint()
    if fingerprint.get("ledger") != ledger:
        return set()
    listed = fingerprint["settled"]
    return {iri for iri, graph in graphs.items() if listed.get(iri) == graph.sha256}


def of(graphs: Mapping[str, Graph]) -> Prebuilt | None:
    """Return the prebuilt results of the graphs of a release; None where they are of others."""
    if _fingerprint().get("key") != key(graphs):
        return None
    report = Report.from_json(lzma.decompress((FOLDER / _REPORT).read_bytes()))
    derived = lzma.decompress((FOLDER / _DERIVED).read_bytes())
    return Prebuilt(Graph(terms.DERIVED_GRAPH, derived), report)


def key(graphs: Mapping[str, Graph]) -> str:
    """Return the hash of all that derivation and validation depend on."""
    lines = sorted(f"{i} {g.sha256}\n" for i, g in graphs.items() if g.role in _ROLES_READ)
    text = f"{canonical.VERSION} {code.rules_version()}\n{''.join(lines)}"
    return hashlib.sha256(text.encode()).hexdigest()


def write(
    folder: Path,
    graphs: Mapping[str, Graph],
    named: Mapping[str, Graph],
    made: Prebuilt,
    ledger: str,
) -> None:
    """Write the results for the graphs of a release, and the key of its ledger.

    `named` gives the graphs of files by the names of these.
    """
    files.write(folder / _DERIVED, lzma.compress(made.derived.ntriples, filters=_SMALLEST))
    files.write(folder / _REPORT, lzma.compress(made.report.to_json(), preset=9))
    listed = {
        name: {"graph": graph.iri, "sha256": files.sha256(folder.parent / name)}
        for name, graph in sorted(named.items())
    }
    same = sorted(one.iri for one in named.values() if graphs[one.iri] == one)
    fingerprint = {
        "key": key(graphs),
        "files": listed,
        "ledger": ledger,
        "settled": {iri: graphs[iri].sha256 for iri in same},
    }
    files.write(folder / _FINGERPRINT, json.dumps(fingerprint, indent=1).encode() + b"\n")


def _fingerprint() -> dict[str, Any]:
    try:
        fingerprint: dict[str, Any] = json.loads((FOLDER / _FINGERPRINT).read_bytes())
    except FileNotFoundError:
        return {}
    return fingerprint
