"""A release in RDF: what it is, which graphs it holds by their hash, and how one was derived.

    release/{V} ── dcterms:hasPart ─▶ release/{V}/graph/{name} ── dcterms:isVersionOf ─▶ a graph
        │ dcterms:isVersionOf ─▶ the dataset       └ title, licence, triples, SHA-256, dump
        └ prov:wasRevisionOf ──▶ the release before it

The derived graph names what it comes from here and not in itself: the hash of a release covers its
graphs, so that none of them can name the release.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.catalogue.publication import NAME, SERIES, Edition
from registry.graphs.graph import MERGED, Role
from registry.graphs.statements import Value, triples_of, typed
from registry.releases.manifest import GraphEntry, Manifest

_READ_BY_RULES: Final = (MERGED | {Role.SETTINGS, Role.QUERIES}) - {Role.DERIVED}
"""The roles of graphs that a derivation uses; the rules stand in that of the queries."""


@dataclass(frozen=True)
class Release:
    """A release at a server: its origin (without a slash at the end), and the version before it.

    `previous` is empty where none is kept.
    """

    origin: str
    edition: Edition
    previous: str = ""

    @property
    def manifest(self) -> Manifest:
        """Its manifest."""
        return self.edition.manifest

    def describe(self) -> list[ox.Triple]:
        """Describe the release and its graphs, sorted."""
        graphs = (t for entry in self.manifest.all_graphs() for t in self._graph(entry))
        found = {*self._release(), *graphs, *derivation(self.manifest)}
        return sorted(found, key=str)

    def _release(self) -> Iterator[ox.Triple]:
        manifest, edition = self.manifest, self.edition
        title = ox.Literal(
            f"{NAME}, release {edition.name or manifest.version[:12]}", language="en"
        )
        about: dict[str, Value | Iterable[Value]] = {
            "rdf:type": ["dcat:Dataset", "void:Dataset", "prov:Entity"],
            "dcterms:title": title,
            "dcterms:identifier": ox.Literal(manifest.version),
            "dcterms:isVersionOf": terms.DATASET,
            "dcterms:issued": typed(edition.at, "xsd:dateTime"),
            "dcterms:license": manifest.licence,
            "dcterms:publisher": terms.PUBLISHER,
            "dcterms:hasPart": [self._part(entry) for entry in manifest.all_graphs()],
            "dcat:inSeries": SERIES if edition.name else "",
            "dcat:version": ox.Literal(edition.name or manifest.version),
            "prov:wasRevisionOf": terms.release(self.previous) if self.previous else "",
            "void:dataDump": [self._file(entry.file) for entry in edition.whole],
            "void:sparqlEndpoint": f"{self.origin}/release/{manifest.version}/sparql",
            "void:triples": manifest.triples,
            "cl:asOf": typed(manifest.as_of, "xsd:date"),
        }
        return triples_of(edition.iri, about)

    def _graph(self, entry: GraphEntry) -> Iterator[ox.Triple]:
        """Describe a graph as it is in this release."""
        part, checksum = self._part(entry), f"{self._part(entry)}#checksum"
        kept = {dump.file for dump in self.manifest.dumps}
        about: dict[str, Value | Iterable[Value]] = {
            "rdf:type": ["void:Dataset", "prov:Entity"],
            "dcterms:title": ox.Literal(entry.title, language="en") if entry.title else "",
            "dcterms:isPartOf": self.edition.iri,
            "dcterms:isVersionOf": entry.graph,
            "dcterms:license": entry.licence,
            "spdx:checksum": checksum,
            "void:dataDump": [self._file(name) for name in entry.files.values() if name in kept],
            "void:triples": entry.triples,
        }
        yield from triples_of(part, about)
        yield from triples_of(
            checksum,
            {
                "rdf:type": "spdx:Checksum",
                "spdx:algorithm": "spdx:checksumAlgorithm_sha256",
                "spdx:checksumValue": typed(entry.sha256, "xsd:hexBinary"),
            },
        )

    def _part(self, entry: GraphEntry) -> str:
        return terms.graph_in(self.manifest.version, entry.graph)

    def _file(self, name: str) -> str:
        return f"{self.origin}/dumps/{self.manifest.version}/{name}"


def derivation(manifest: Manifest) -> Iterator[ox.Triple]:
    """Describe how the derived graph of a release was made: from which graphs, by which rules."""
    activity = f"{terms.release(manifest.version)}#derivation"
    derived = terms.graph_in(manifest.version, manifest.derived.graph)
    used = [
        terms.graph_in(manifest.version, entry.graph)
        for entry in manifest.graphs
        if Role(entry.role) in _READ_BY_RULES
    ]
    yield from triples_of(derived, {"prov:wasGeneratedBy": activity, "prov:wasDerivedFrom": used})
    label = ox.Literal("Derivation by the rules of the registry", language="en")
    about: dict[str, Value | Iterable[Value]] = {
        "rdf:type": "prov:Activity",
        "skos:prefLabel": label,
        "dcterms:identifier": ox.Literal(f"rules {manifest.rules}"),
        "prov:used": used,
        "prov:generated": derived,
    }
    yield from triples_of(activity, about)
