"""Namespaces and IRI patterns: the one place where an IRI of ours is put together or taken apart.

IRIs follow the patterns of the project's design (things, documents, graphs, schemes), which follow
*Cool URIs for the Semantic Web* (https://www.w3.org/TR/cooluris/): a thing is not its document.
"""

from __future__ import annotations

import re
from typing import Final

BASE: Final = "https://w3id.org/citylinks/"
"""Every IRI minted by this registry starts with it; the data carry it, so it is not a setting."""

ONTOLOGY: Final = BASE + "ontology"
SHAPES: Final = BASE + "shapes"
CL: Final = ONTOLOGY + "#"
PREFERRED_PREFIX: Final = "citylinks"
"""The prefix that nobody else holds; `cl`, which documents use, is the Cell Ontology's as well."""

PREFIXES: Final[dict[str, str]] = {
    "cl": CL,
    "shape": SHAPES + "#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "m8g": "http://data.europa.eu/m8g/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wgs84": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes of every document we write, in every format that has prefixes."""

WIKIDATA: Final = "http://www.wikidata.org/entity/"
"""How the IRI of an item of Wikidata begins."""

GEONAMES: Final = "https://sws.geonames.org/{}/"
"""The IRI of a feature of GeoNames, by its number."""

GEOF: Final = "http://www.opengis.net/def/function/geosparql/"
UOM: Final = "http://www.opengis.net/def/uom/OGC/1.0/"
"""Functions of GeoSPARQL and units of measure, which stand in queries and in no document."""

LANGUAGES: Final = ("en", "it", "fr", "de", "es")
"""Languages in which terms and pages are worded."""

DATASET: Final = BASE + "dataset"
"""The registry as a dataset, wherever it is served and whichever its release."""

PUBLISHER: Final = DATASET + "#publisher"
PUBLISHER_NAME: Final = "Citylinks contributors"

RELEASE: Final = BASE + "release/"
ID: Final = BASE + "id/"
DOC: Final = BASE + "doc/"
GRAPH: Final = BASE + "graph/"
SCHEME: Final = BASE + "scheme/"
QUERY: Final = BASE + "queries/"
PROBLEM: Final = BASE + "problem/"

CITIES_GRAPH: Final = GRAPH + "cities"
DERIVED_GRAPH: Final = GRAPH + "derived"
SETTINGS_GRAPH: Final = GRAPH + "settings"
QUERIES_GRAPH: Final = GRAPH + "queries"
SHAPES_GRAPH: Final = GRAPH + "shapes"

RDF_TYPE: Final = PREFIXES["rdf"] + "type"

SEGMENT: Final = r"[a-z0-9]+(?:-+[a-z0-9]+)*"
REF: Final = re.compile(f"{SEGMENT}(?:/{SEGMENT})*")
"""A reference: ASCII, lower case, hyphens inside, segments parted by slashes."""

NAME: Final = re.compile(SEGMENT)
"""A name, as of a graph or a release: a reference of one segment."""


def prefixed(name: str) -> str:
    """Return the IRI of a prefixed name with one of our prefixes.

    >>> prefixed("cl:party")
    'https://w3id.org/citylinks/ontology#party'
    """
    prefix, local = name.split(":", 1)
    return PREFIXES[prefix] + local


def compact(iri: str) -> str:
    """Return the prefixed name of an IRI where one of our prefixes fits, else the IRI itself.

    >>> compact("https://w3id.org/citylinks/ontology#party")
    'cl:party'
    >>> compact("http://example.org/")
    'http://example.org/'
    """
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and re.fullmatch(r"[\w-]+", local):
            return f"{prefix}:{local}"
    return iri


def is_ours(iri: str) -> bool:
    """Whether this registry minted the IRI."""
    return iri.startswith(BASE)


def thing(kind: str, ref: str) -> str:
    """Return the IRI of a thing.

    >>> thing("city", "pavia-3171366")
    'https://w3id.org/citylinks/id/city/pavia-3171366'
    """
    return f"{ID}{kind}/{ref}"


def release(version: str) -> str:
    """Return the IRI of a release."""
    return RELEASE + version


def graph_in(version: str, graph: str) -> str:
    """Return the IRI of a graph as it is in one release.

    >>> graph_in("1f", "https://w3id.org/citylinks/graph/cities")
    'https://w3id.org/citylinks/release/1f/graph/cities'
    """
    return f"{release(version)}/{graph.removeprefix(BASE)}"


def geometry_of(city: str) -> str:
    """Return the IRI of the position of a city.

    >>> geometry_of("https://w3id.org/citylinks/id/city/pavia-3171366")
    'https://w3id.org/citylinks/id/geometry/pavia-3171366'
    """
    return thing("geometry", city.removeprefix(thing("city", "")))


def kind_and_ref(iri: str) -> tuple[str, str] | None:
    """Take the IRI of a thing apart; None when it is not one.

    >>> kind_and_ref("https://w3id.org/citylinks/id/city/pavia-3171366")
    ('city', 'pavia-3171366')
    >>> kind_and_ref("https://w3id.org/citylinks/graph/cities") is None
    True
    """
    kind, slash, ref = iri.removeprefix(ID).partition("/")
    return (kind, ref) if iri.startswith(ID) and slash and ref else None


def link_parts(iri: str) -> tuple[str, str, str]:
    """Take the IRI of a link or claim apart: kind, the link's reference, the rest of a claim's.

    >>> link_parts("https://w3id.org/citylinks/id/claim/a--b/list/1")
    ('claim', 'a--b', '/list/1')
    >>> link_parts("https://w3id.org/citylinks/id/city/a")
    ('', '', '')
    """
    kind, ref = kind_and_ref(iri) or ("", "")
    if kind not in {"link", "claim"}:
        return "", "", ""
    link, slash, rest = ref.partition("/")
    return kind, link, slash + rest


def path_of(iri: str) -> str | None:
    """Return the path on our server where the IRI is described; None for IRIs of others.

    A thing and a concept are described by a document of their own, terms and shapes in the
    document of their vocabulary.

    >>> path_of("https://w3id.org/citylinks/id/city/pavia-3171366")
    '/doc/city/pavia-3171366'
    >>> path_of("https://w3id.org/citylinks/scheme/status/active")
    '/doc/scheme/status/active'
    >>> path_of("https://w3id.org/citylinks/ontology#party")
    '/ontology#party'
    """
    if not is_ours(iri):
        return None
    if iri.startswith(SCHEME):
        return "/doc/" + iri.removeprefix(BASE)
    return "/" + iri.removeprefix(BASE).replace("id/", "doc/", 1)
