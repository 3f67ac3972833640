"""The catalogue as DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/).

The registry is one dataset whose distributions are the dumps of the current release; the releases
that are kept by name are a series beside it; SPARQL and reconciliation are data services. Nothing
is a blank node, so that equal catalogues have equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pyoxigraph as ox

from registry import formats, terms
from registry.catalogue.publication import (
    CONTACT,
    DATASET,
    DESCRIPTION,
    NAME,
    PLACE,
    PUBLISHER,
    SERIES,
    TITLE,
    Edition,
    Publication,
)
from registry.graphs.statements import (
    Value,
    iri,
    triples_of,
    typed,
    worded,
)
from registry.releases.manifest import DumpEntry
from registry.views.dumps import GZIP
from registry.views.linksets import AUTHORITIES

_EU: Final = "http://publications.europa.eu/resource/authority/"
_IANA: Final = "https://www.iana.org/assignments/media-types/"

_LANGUAGES: Final = tuple(f"{_EU}language/{code}" for code in ("DEU", "ENG", "FRA", "ITA", "SPA"))
_THEMES: Final = {f"{_EU}data-theme/REGI": "Regions and cities", f"{_EU}data-theme/INTR": "World"}
_PUBLIC: Final = f"{_EU}access-right/PUBLIC"
_AVAILABILITY: Final = "http://data.europa.eu/r5r/availability"
_STABLE: Final = f"{_EU}planned-availability/STABLE"
_IRREGULAR: Final = f"{_EU}frequency/IRREG"
_COMPLETED: Final = f"{_EU}dataset-status/COMPLETED"

_KEYWORDS: Final = {
    "en": ("town twinning", "sister cities", "partnerships", "linked data"),
    "it": ("gemellaggi",),
    "fr": ("jumelages",),
    "de": ("Städtepartnerschaften",),
    "es": ("hermanamientos",),
}

_FILE_TYPES: Final = {
    "nq": "RDF_N_QUADS",
    "trig": "RDF_TRIG",
    "nt": "RDF_N_TRIPLES",
    "ttl": "RDF_TURTLE",
    "jsonld": "JSON_LD",
    "csv": "CSV",
}
"""Formats of files in the authority table of the European Union, by extension."""

_FORMATS: Final = {
    f.extension: f for f in (*formats.DATASETS, *formats.GRAPHS, formats.RESULTS_CSV)
}


def describe(publication: Publication) -> list[ox.Triple]:
    """Describe a registry as a catalogue; sorted, so that a subject's triples stand together."""
    found = {
        *_catalogue(publication),
        *_agents(publication),
        *_dataset(publication),
        *_series(publication),
        *_services(publication),
        *_place(publication),
    }
    return sorted({*found, *_kinds(found)}, key=str)


def _catalogue(publication: Publication) -> Iterator[ox.Triple]:
    return triples_of(
        publication.catalogue,
        {
            "rdf:type": "dcat:Catalog",
            "dcterms:title": worded(TITLE),
            "dcterms:description": worded(DESCRIPTION),
            "dcterms:publisher": PUBLISHER,
            "dcterms:license": publication.licence,
            "dcterms:language": _LANGUAGES,
            "dcterms:issued": _moment(publication.since),
            "dcterms:modified": _moment(publication.current.at),
            "dcat:themeTaxonomy": f"{_EU}data-theme",
            "dcat:contactPoint": _contact(publication),
            "dcat:dataset": [DATASET, *(edition.iri for edition in publication.named)],
            "dcat:resource": SERIES if publication.named else "",
            "dcat:service": [_service(publication, name) for name in _SERVICES],
            "foaf:homepage": f"{publication.origin}/",
        },
    )


def _agents(publication: Publication) -> Iterator[ox.Triple]:
    """Describe the publisher, and the contact where one is set."""
    yield from triples_of(
        PUBLISHER,
        {
            "rdf:type": "foaf:Agent",
            "foaf:name": ox.Literal(terms.PUBLISHER_NAME, language="en"),
            "foaf:homepage": f"{publication.origin}/",
        },
    )
    contact = publication.contact
    if contact:
        how = "vcard:hasEmail" if contact.startswith("mailto:") else "vcard:hasURL"
        name = ox.Literal(f"{NAME}, contact", language="en")
        yield from triples_of(CONTACT, {"rdf:type": "vcard:Kind", "vcard:fn": name, how: contact})


def _contact(publication: Publication) -> str:
    return CONTACT if publication.contact else ""


def _dataset(publication: Publication) -> Iterator[ox.Triple]:
    """Describe the registry as it is now, with all dumps."""
    edition = publication.current
    distributions = [_distribution(publication, edition, e) for e in edition.manifest.dumps]
    about: dict[str, Value | Iterable[Value]] = {
        "dcterms:title": worded(TITLE),
        "dcterms:description": worded(DESCRIPTION),
        "dcterms:identifier": ox.Literal(DATASET),
        "dcterms:issued": _moment(publication.since),
        "dcterms:accrualPeriodicity": _IRREGULAR,
        "dcterms:conformsTo": terms.ONTOLOGY,
        "dcat:landingPage": f"{publication.origin}/",
        "foaf:page": [f"{publication.origin}/void", f"{publication.origin}/feed"],
        "dcat:distribution": [*distributions, f"{publication.catalogue}#sparql"],
        "void:sparqlEndpoint": publication.endpoint,
    }
    yield from _described(publication, DATASET, edition, about)
    for entry in edition.manifest.dumps:
        yield from _file(publication, edition, entry)
    yield from _by_query(publication)


def _place(publication: Publication) -> Iterator[ox.Triple]:
    """Describe where the cities lie, by the box that holds them and its middle."""
    if box := publication.statistics.box:
        west, south, east, north = box
        corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
        ring = ", ".join(f"{x:g} {y:g}" for x, y in corners)
        middle = f"POINT ({(west + east) / 2:g} {(south + north) / 2:g})"
        about: dict[str, Value] = {
            "rdf:type": "dcterms:Location",
            "dcat:bbox": typed(f"POLYGON (({ring}))", "geo:wktLiteral"),
            "dcat:centroid": typed(middle, "geo:wktLiteral"),
        }
        yield from triples_of(PLACE, about)


def _described(
    publication: Publication,
    subject: str,
    edition: Edition,
    about: Mapping[str, Value | Iterable[Value]],
) -> Iterator[ox.Triple]:
    """Describe a dataset: what is its own, and what all have in common."""
    period = f"{publication.catalogue}#period-{edition.manifest.version}"
    yield from triples_of(subject, about)
    yield from triples_of(
        subject,
        {
            "rdf:type": "dcat:Dataset",
            "dcterms:modified": _moment(edition.at),
            "dcterms:publisher": PUBLISHER,
            "dcterms:creator": PUBLISHER,
            "dcterms:license": edition.manifest.licence,
            "dcterms:accessRights": _PUBLIC,
            "dcterms:language": _LANGUAGES,
            "dcterms:spatial": PLACE if publication.statistics.box else "",
            "dcterms:temporal": period,
            "dcat:theme": list(_THEMES),
            "dcat:keyword": _keywords(),
            "dcat:version": ox.Literal(edition.name or edition.manifest.version),
            "dcat:contactPoint": _contact(publication),
        },
    )
    yield from triples_of(
        period,
        {
            "rdf:type": "dcterms:PeriodOfTime",
            "dcat:startDate": typed(publication.statistics.since, "xsd:gYear"),
            "dcat:endDate": typed(edition.manifest.as_of, "xsd:date"),
        },
    )


def _keywords() -> list[ox.Literal]:
    pairs = ((word, language) for language, words in _KEYWORDS.items() for word in words)
    return [ox.Literal(word, language=language) for word, language in pairs]


def _distribution(publication: Publication, edition: Edition, entry: DumpEntry) -> str:
    """Return the IRI of a distribution: of the current release it is the same in the next."""
    now = edition == publication.current
    version = "" if now else f"{edition.manifest.version}-"
    return f"{publication.catalogue}#{version}{entry.file}"


def _file(publication: Publication, edition: Edition, entry: DumpEntry) -> Iterator[ox.Triple]:
    """Describe a dump file as a distribution, with its checksum."""
    subject, address = _distribution(publication, edition, entry), publication.file(edition, entry)
    extension, checksum = _extension(entry), f"{subject}-checksum"
    packed, graph = entry.mediaType == GZIP, edition.graphs.get(entry.file)
    licence = graph.licence if graph and graph.licence else edition.manifest.licence
    yield from triples_of(
        subject,
        {
            "rdf:type": "dcat:Distribution",
            "dcterms:title": ox.Literal(entry.file),
            "dcterms:description": ox.Literal(_words(edition, entry), language="en"),
            "dcterms:license": licence,
            "dcterms:format": f"{_EU}file-type/{_FILE_TYPES[extension]}",
            "dcterms:issued": _moment(edition.at),
            "dcterms:modified": _moment(edition.at),
            "dcterms:conformsTo": terms.ONTOLOGY,
            "dcat:accessURL": f"{publication.origin}/dumps/{edition.manifest.version}/",
            "dcat:downloadURL": address,
            "dcat:mediaType": _IANA + _FORMATS[extension].media_type,
            "dcat:compressFormat": _IANA + GZIP if packed else "",
            "dcat:byteSize": typed(str(entry.bytes), "xsd:nonNegativeInteger"),
            "spdx:checksum": checksum,
            "adms:status": _COMPLETED,
            _AVAILABILITY: _STABLE,
        },
    )
    yield from triples_of(
        checksum,
        {
            "rdf:type": "spdx:Checksum",
            "spdx:algorithm": "spdx:checksumAlgorithm_sha256",
            "spdx:checksumValue": typed(entry.sha256, "xsd:hexBinary"),
        },
    )


def _extension(entry: DumpEntry) -> str:
    """Return the extension of what is packed in a file."""
    return entry.file.removesuffix(".gz").rpartition(".")[2]


def _words(edition: Edition, entry: DumpEntry) -> str:
    """Describe what is in a file."""
    label = _FORMATS[_extension(entry)].label
    if graph := edition.graphs.get(entry.file):
        return f"The graph “{graph.title or graph.graph}”, as {label}"
    for authority in AUTHORITIES:
        if entry.file in authority.files.values():
            return f"Which thing is which entry of {authority.label}, as {label}"
    return f"All graphs, as {label}"


def _series(publication: Publication) -> Iterator[ox.Triple]:
    """Describe the releases that are kept by name, each with its predecessor."""
    if not publication.named:
        return
    first, last = publication.named[0], publication.named[-1]
    yield from triples_of(
        SERIES,
        {
            "rdf:type": "dcat:DatasetSeries",
            "dcterms:title": ox.Literal(f"{NAME}: the releases that are kept", language="en"),
            "dcterms:description": worded(DESCRIPTION),
            "dcterms:publisher": PUBLISHER,
            "dcterms:accrualPeriodicity": _IRREGULAR,
            "dcterms:issued": _moment(first.at),
            "dcterms:modified": _moment(last.at),
            "dcat:contactPoint": _contact(publication),
        },
    )
    for before, edition in zip((None, *publication.named), publication.named, strict=False):
        yield from _named_release(publication, edition, before)


def _named_release(
    publication: Publication, edition: Edition, before: Edition | None
) -> Iterator[ox.Triple]:
    """Describe a release that is kept, with the files of all its graphs."""
    files = edition.whole
    title = ox.Literal(f"{NAME}, release {edition.name}", language="en")
    about: dict[str, Value | Iterable[Value]] = {
        "dcterms:title": title,
        "dcterms:description": worded(DESCRIPTION),
        "dcterms:identifier": ox.Literal(edition.iri),
        "dcterms:issued": _moment(edition.at),
        "dcterms:isVersionOf": DATASET,
        "dcat:inSeries": SERIES,
        "dcat:prev": before.iri if before else "",
        "dcat:distribution": [_distribution(publication, edition, entry) for entry in files],
    }
    yield from _described(publication, edition.iri, edition, about)
    for entry in files:
        yield from _file(publication, edition, entry)


_SERVICES: Final = {
    "sparql": (
        "SPARQL endpoint",
        "Queries by SPARQL 1.1 over the current release and those that are kept",
        "http://www.w3.org/TR/sparql11-protocol/",
    ),
    "reconcile": (
        "Reconciliation of city names",
        "Finds the cities that names mean (Reconciliation Service API 0.2)",
        "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",
    ),
    "events": (
        "News of releases",
        "Tells of each release at once, on a connection that stays open (Server-Sent Events)",
        "https://html.spec.whatwg.org/multipage/server-sent-events.html",
    ),
}
"""Title, description and specification of each service, by the end of its address."""


def _service(publication: Publication, name: str) -> str:
    """Return the IRI of a service; the service description of SPARQL uses the same."""
    return f"{publication.origin}/{name}#service"


def _services(publication: Publication) -> Iterator[ox.Triple]:
    for name, (title, description, standard) in _SERVICES.items():
        address = f"{publication.origin}/{name}"
        yield from triples_of(
            _service(publication, name),
            {
                "rdf:type": "dcat:DataService",
                "dcterms:title": ox.Literal(f"{NAME}: {title}", language="en"),
                "dcterms:description": ox.Literal(description, language="en"),
                "dcterms:publisher": PUBLISHER,
                "dcterms:license": publication.licence,
                "dcterms:accessRights": _PUBLIC,
                "dcterms:conformsTo": standard,
                "dcat:contactPoint": _contact(publication),
                "dcat:endpointURL": address,
                "dcat:endpointDescription": [address, f"{publication.origin}/openapi.json"],
                "dcat:landingPage": address,
                "dcat:servesDataset": DATASET,
                "dcat:theme": list(_THEMES),
                "dcat:keyword": _keywords(),
            },
        )


def _by_query(publication: Publication) -> Iterator[ox.Triple]:
    """Describe the endpoint as a way to the dataset."""
    return triples_of(
        f"{publication.catalogue}#sparql",
        {
            "rdf:type": "dcat:Distribution",
            "dcterms:title": ox.Literal("SPARQL endpoint", language="en"),
            "dcterms:description": ox.Literal(_SERVICES["sparql"][1], language="en"),
            "dcterms:license": publication.licence,
            "dcterms:format": f"{_EU}file-type/SPARQLQ",
            "dcat:accessURL": publication.endpoint,
            "dcat:accessService": _service(publication, "sparql"),
            _AVAILABILITY: _STABLE,
        },
    )


_RANGES: Final = {
    "dcterms:format": "dcterms:MediaTypeOrExtent",
    "dcat:mediaType": "dcterms:MediaType",
    "dcat:compressFormat": "dcterms:MediaType",
    "dcterms:license": "dcterms:LicenseDocument",
    "dcterms:language": "dcterms:LinguisticSystem",
    "dcterms:spatial": "dcterms:Location",
    "dcterms:accessRights": "dcterms:RightsStatement",
    "dcterms:accrualPeriodicity": "dcterms:Frequency",
    "dcterms:conformsTo": "dcterms:Standard",
    "dcat:theme": "skos:Concept",
    "adms:status": "skos:Concept",
    _AVAILABILITY: "skos:Concept",
    "spdx:algorithm": "spdx:ChecksumAlgorithm",
    "foaf:homepage": "foaf:Document",
    "foaf:page": "foaf:Document",
    "dcat:landingPage": "foaf:Document",
    "dcat:accessURL": "rdfs:Resource",
    "dcat:downloadURL": "rdfs:Resource",
    "dcat:endpointURL": "rdfs:Resource",
    "dcat:endpointDescription": "rdfs:Resource",
}
"""What the values of properties are, for readers that do not look them up."""


def _kinds(triples: set[ox.Triple]) -> Iterator[ox.Triple]:
    """Describe things that are only named: entries of authority tables, pages, files."""
    kinds = {iri(name): kind for name, kind in _RANGES.items()}
    for triple in triples:
        kind, value = kinds.get(triple.predicate.value), triple.object
        if kind and isinstance(value, ox.NamedNode):
            yield from triples_of(value.value, {"rdf:type": kind})
    for concept, label in {**_THEMES, _COMPLETED: "Completed", _STABLE: "Stable"}.items():
        yield from triples_of(concept, {"skos:prefLabel": ox.Literal(label, language="en")})
    title = ox.Literal("Data theme", language="en")
    scheme: dict[str, Value] = {"rdf:type": "skos:ConceptScheme", "dcterms:title": title}
    yield from triples_of(f"{_EU}data-theme", scheme)


def _moment(at: str) -> ox.Literal | str:
    return typed(at, "xsd:dateTime")
