"""The registry as VoID (https://www.w3.org/TR/void/): how large it is, what is in it, where it is.

The counts are those of the merged default graph, which queries see.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.catalogue.editions import derivation
from registry.catalogue.publication import DATASET, DESCRIPTION, PUBLISHER, TITLE, Publication
from registry.formats import GRAPHS, w3c
from registry.graphs.statements import Value, triples_of, typed, worded
from registry.views.linksets import AUTHORITIES, Authority

_EXAMPLES: Final = ("city/pavia-3171366", "city/perm-511196")


def describe(publication: Publication) -> list[ox.Triple]:
    """Describe the registry as a VoID dataset with its partitions and linksets."""
    document = {
        "rdf:type": "void:DatasetDescription",
        "foaf:primaryTopic": DATASET,
        "rdfs:seeAlso": publication.catalogue,
    }
    found = {
        *_dataset(publication),
        *_partitions(publication),
        *_graphs(publication),
        *derivation(publication.current.manifest),
        *(triple for authority in AUTHORITIES for triple in _linkset(publication, authority)),
        *triples_of(f"{publication.origin}/void", document),
    }
    return sorted(found, key=str)


def _dataset(publication: Publication) -> Iterator[ox.Triple]:
    edition, counts = publication.current, publication.statistics
    whole = edition.whole
    return triples_of(
        DATASET,
        {
            "rdf:type": "void:Dataset",
            "dcterms:title": worded(TITLE),
            "dcterms:description": worded(DESCRIPTION),
            "dcterms:publisher": PUBLISHER,
            "dcterms:license": edition.manifest.licence,
            "dcterms:modified": typed(edition.at, "xsd:dateTime"),
            "foaf:homepage": f"{publication.origin}/",
            "void:sparqlEndpoint": publication.endpoint,
            "void:dataDump": [publication.file(edition, entry) for entry in whole],
            "void:uriSpace": ox.Literal(terms.BASE),
            "void:vocabulary": sorted(_vocabularies(publication)),
            "void:exampleResource": [terms.ID + ref for ref in _EXAMPLES],
            "void:rootResource": publication.catalogue,
            "void:feature": [w3c(form) for form in GRAPHS],
            "void:triples": counts.triples,
            "void:distinctSubjects": counts.subjects,
            "void:classes": len(counts.classes),
            "void:properties": len(counts.properties),
            "void:classPartition": [_part("class", iri) for iri in counts.classes],
            "void:propertyPartition": [_part("property", iri) for iri in counts.properties],
            "void:subset": [
                *(_linkset_iri(authority) for authority in AUTHORITIES),
                *(entry.graph for entry in edition.manifest.all_graphs()),
            ],
        },
    )


def _graphs(publication: Publication) -> Iterator[ox.Triple]:
    """Describe each graph, with its own licence."""
    edition = publication.current
    files = {entry.file: entry for entry in edition.manifest.dumps}
    for entry in edition.manifest.all_graphs():
        dumps = [files[name] for name in entry.files.values() if name in files]
        yield from triples_of(
            entry.graph,
            {
                "rdf:type": "void:Dataset",
                "dcterms:title": ox.Literal(entry.title) if entry.title else "",
                "dcterms:license": entry.licence,
                "void:triples": entry.triples,
                "void:dataDump": [publication.file(edition, dump) for dump in dumps],
                "dcterms:hasVersion": terms.graph_in(edition.manifest.version, entry.graph),
            },
        )


def _vocabularies(publication: Publication) -> set[str]:
    """Return the vocabularies that we have a prefix for and whose properties are used."""
    used = publication.statistics.properties
    return {v for v in terms.PREFIXES.values() if any(iri.startswith(v) for iri in used)}


def _part(kind: str, iri: str) -> str:
    """Return the IRI of a partition: by prefixed name, else by the IRI without what parts it."""
    name = terms.compact(iri).replace("://", ":").replace("/", "-").replace("#", "-")
    return f"{DATASET}#{kind}-{name}"


def _partitions(publication: Publication) -> Iterator[ox.Triple]:
    """Describe the partitions by class and by property (VoID, section 4.6), with their sizes."""
    classes, properties = publication.statistics.classes, publication.statistics.properties
    for kind, size, counts in (
        ("class", "void:entities", classes),
        ("property", "void:triples", properties),
    ):
        for iri, number in counts.items():
            part: dict[str, Value] = {"rdf:type": "void:Dataset", f"void:{kind}": iri, size: number}
            yield from triples_of(_part(kind, iri), part)


def _linkset_iri(authority: Authority) -> str:
    return f"{DATASET}#linkset-{authority.name}"


def _linkset(publication: Publication, authority: Authority) -> Iterator[ox.Triple]:
    """Describe the links to an authority file (VoID, section 5)."""
    edition, predicate = publication.current, terms.prefixed(authority.predicate)
    files = {entry.file: entry for entry in edition.manifest.dumps}
    target = f"{DATASET}#authority-{authority.name}"
    yield from triples_of(
        _linkset_iri(authority),
        {
            "rdf:type": "void:Linkset",
            "dcterms:title": ox.Literal(f"Links to {authority.label}", language="en"),
            "dcterms:license": edition.manifest.licence,
            "void:subjectsTarget": DATASET,
            "void:objectsTarget": target,
            "void:linkPredicate": predicate,
            "void:triples": publication.statistics.properties.get(predicate, 0),
            "void:dataDump": [
                publication.file(edition, files[name])
                for name in authority.files.values()
                if name in files
            ],
        },
    )
    yield from triples_of(
        target,
        {
            "rdf:type": "void:Dataset",
            "dcterms:title": ox.Literal(authority.label),
            "void:uriSpace": ox.Literal(authority.before),
        },
    )
