"""The right answers: evaluated from the dump of a release, in the soak's own process."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from benchmarks.soak.asks import CSV, Ask, digest
from benchmarks.workloads import SOLUTIONS, TRIPLES
from registry import formats
from registry.graphs.graph import MERGED, role_of
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.things.about import Source

_FORMATS = {
    SOLUTIONS: ox.QueryResultsFormat.JSON,
    CSV: ox.QueryResultsFormat.CSV,
    TRIPLES: ox.RdfFormat.TURTLE,
}


class Oracle:
    """Knows the digest of the right answer to each question, for each release of a workspace."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stores: dict[str, ox.Store] = {}
        self._known: dict[tuple[str, str, str, str], str] = {}

    def expected(self, version: str, ask: Ask) -> str:
        """Give the digest of the right answer from a release."""
        key = (version, *ask.key)
        if key not in self._known:
            self._known[key] = digest(ask.kind, ask.accept, self._answer(version, ask))
        return self._known[key]

    def store(self, version: str) -> ox.Store:
        """Load the dump of a release, with the merge of its graphs as the default graph."""
        if version not in self._stores:
            self._stores[version] = loaded(self._dump(version, "citylinks.nq.gz"))
        return self._stores[version]

    def _dump(self, version: str, name: str) -> bytes:
        return (self._home / "releases" / version / "dumps" / name).read_bytes()

    def _answer(self, version: str, ask: Ask) -> bytes:
        """Give the bytes of a right answer."""
        if ask.kind == "dump":
            return self._dump(version, ask.about)
        store = self.store(version)
        if ask.form is None and ask.kind != "page":
            return _evaluated(store, ask)
        workspace = Workspace(self._home)
        issued = Shelf(workspace).issued_at(version)
        document = Source(store, workspace.manifest(version), issued).document(ask.about)
        if ask.form is not None:
            return formats.serialise(document, ask.form)
        return b" ".join(str(triple).encode() for triple in document)


def _evaluated(store: ox.Store, ask: Ask) -> bytes:
    """Evaluate a query; two graphs that the engine reads side by side are merged by DISTINCT."""
    text = ask.about.replace("@limit@", "1000000")
    if ask.kind == "merged":
        text = text.replace("SELECT", "SELECT DISTINCT")
    results: Any = store.query(text)
    return bytes(results.serialize(format=_FORMATS[ask.accept]))


def loaded(compressed: bytes) -> ox.Store:
    """Load N-Quads, and the merge of the graphs that are merged (each triple once)."""
    store = ox.Store()
    store.bulk_load(gzip.decompress(compressed), format=ox.RdfFormat.N_QUADS)
    merged = {
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in store
        if isinstance(quad.graph_name, ox.NamedNode) and role_of(quad.graph_name.value) in MERGED
    }
    store.bulk_extend(merged)
    return store
