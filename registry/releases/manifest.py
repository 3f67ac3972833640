"""The manifest: what a release is, as a list of graphs by the hash of their content.

Its version is the hash of that list, so two equal registries have equal versions, and a mirror
fetches the graphs whose hash it lacks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from registry import terms
from registry.graphs import canonical
from registry.graphs.graph import Graph, Role
from registry.releases import licences

VERSION_DIGITS: Final = 32
"""Hexadecimal digits of a version: 128 bits of a SHA-256."""


@dataclass(frozen=True)
class GraphEntry:
    """One graph of a release; `bytes` is the length of its N-Triples, uncompressed.

    `shareAlike` marks a graph of which nothing may be made but under the same terms.
    """

    graph: str
    role: str
    sha256: str
    triples: int
    bytes: int
    title: str
    licence: str
    files: dict[str, str] = field(default_factory=dict)
    shareAlike: bool = False  # noqa: N815  (the name in the manifest)


@dataclass(frozen=True)
class DumpEntry:
    """One file of the dumps; the hash is of the file as it is."""

    file: str
    mediaType: str  # noqa: N815  (the name in the manifest)
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """All that a release is made of."""

    version: str
    as_of: str
    canonical_form: str
    rules: str
    graphs: tuple[GraphEntry, ...]
    derived: GraphEntry
    dumps: tuple[DumpEntry, ...] = ()
    validation: dict[str, int] = field(default_factory=dict)

    def all_graphs(self) -> tuple[GraphEntry, ...]:
        """Return every graph, the derived one included, in IRI order."""
        return tuple(sorted((*self.graphs, self.derived), key=lambda entry: entry.graph))

    @cached_property
    def licence(self) -> str:
        """The licence of what is made of all its graphs, as of the dumps that hold them all."""
        return licences.of_whole(entry.licence for entry in self.graphs)

    @property
    def triples(self) -> int:
        """How many triples all its graphs have."""
        return sum(entry.triples for entry in self.all_graphs())

    def graph(self, iri: str) -> GraphEntry | None:
        """Find a graph."""
        return next((entry for entry in self.all_graphs() if entry.graph == iri), None)

    def to_json(self) -> bytes:
        """Write the manifest: UTF-8, keys in a fixed order, one line end at the end."""
        body = {
            "version": self.version,
            "asOf": self.as_of,
            "canonicalForm": self.canonical_form,
            "rules": self.rules,
            "licence": self.licence,
            "graphs": [asdict(entry) for entry in self.graphs],
            "derived": asdict(self.derived),
            "dumps": [asdict(entry) for entry in self.dumps],
            "validation": self.validation,
        }
        return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"

    def with_dumps(self, dumps: Iterable[DumpEntry]) -> Manifest:
        """Add the list of files, in name order."""
        return replace(self, dumps=tuple(sorted(dumps, key=lambda entry: entry.file)))


def entry_of(graph: Graph) -> GraphEntry:
    """Return the entry of a graph."""
    name = graph.iri.removeprefix(terms.GRAPH).replace("/", "-")
    files = {extension: f"{name}.{extension}.gz" for extension in ("nt", "ttl", "jsonld")}
    licence = graph.literal(terms.prefixed("dcterms:license"))
    return GraphEntry(
        graph.iri,
        graph.role.value,
        graph.sha256,
        graph.count,
        graph.length,
        graph.literal(terms.prefixed("dcterms:title")),
        licence,
        files,
        licences.is_share_alike(licence),
    )


def version_of(graphs: Iterable[Graph]) -> str:
    """Return the version of a release from all its graphs but the derived one."""
    listed = ((g.iri, g.role.value, g.sha256) for g in graphs if g.role is not Role.DERIVED)
    return _version(listed)


def version_of_entries(entries: Iterable[GraphEntry]) -> str:
    """Return the version of a release from the entries of all its graphs but the derived one."""
    return _version((entry.graph, entry.role, entry.sha256) for entry in entries)


def _version(graphs: Iterable[tuple[str, str, str]]) -> str:
    """Hash graphs, given as IRI, role and hash."""
    text = "".join(f"{role} {sha256} {iri}\n" for iri, role, sha256 in sorted(graphs))
    whole = f"citylinks release, canonical form {canonical.VERSION}\n{text}"
    return hashlib.sha256(whole.encode()).hexdigest()[:VERSION_DIGITS]


def from_json(text: bytes) -> Manifest:
    """Read a manifest."""
    body: dict[str, Any] = json.loads(text)
    return Manifest(
        body["version"],
        body["asOf"],
        body["canonicalForm"],
        body["rules"],
        tuple(GraphEntry(**entry) for entry in body["graphs"]),
        GraphEntry(**body["derived"]),
        tuple(DumpEntry(**entry) for entry in body["dumps"]),
        body["validation"],
    )
