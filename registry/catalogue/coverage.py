"""How much the registry knows, by country, source and language, as RDF Data Cubes.

    coverage#countries ── qb:structure ─▶ coverage#by-country ── qb:component ─▶ dimension, measures
           ▲ qb:dataSet
    coverage#country-DEU ── dcterms:spatial ─▶ the country
                          └ coverage#cities, coverage#links … ─▶ numbers

The numbers are those of saved queries, so that whoever doubts one can run its query. See RDF Data
Cube (https://www.w3.org/TR/vocab-data-cube/), sections 5 to 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.statements import triples_of
from registry.things.lookup import Solution


@dataclass(frozen=True)
class Cube:
    """A table of coverage: the query that counts, and what its rows are about.

    `subject` and `measures` are variables of the query; `dimension` is the property that leads
    from a row to its subject.
    """

    name: str
    one: str
    query: str
    subject: str
    dimension: str
    measures: tuple[str, ...]


CUBES: Final = (
    Cube(
        "countries",
        "country",
        "coverage-of-countries",
        "country",
        "dcterms:spatial",
        (
            *("cities", "links", "current", "notConfirmed", "over", "withStart"),
            *("severalSources", "oldest", "newest"),
        ),
    ),
    Cube(
        "sources",
        "source",
        "coverage-of-sources",
        "graph",
        "dcterms:source",
        ("date", "claims", "links", "memberships", "rows", "rowsUsed", "share"),
    ),
    Cube(
        "languages",
        "language",
        "coverage-of-languages",
        "language",
        "dcterms:language",
        ("preferred", "named", "share"),
    ),
)

MEASURES: Final = {
    "cities": "Cities",
    "links": "Links",
    "current": "Links that are active or listed",
    "notConfirmed": "Links that no recent source confirms",
    "over": "Links that are ended, suspended or dormant",
    "withStart": "Links with a known start",
    "severalSources": "Links that two or more independent sources state",
    "oldest": "First day that the oldest confirmation of a link can mean",
    "newest": "First day that the newest confirmation of a link can mean",
    "date": "Newest date of a document",
    "claims": "Claims about links",
    "memberships": "Participations in networks, programmes, projects and events",
    "rows": "Rows of the source",
    "rowsUsed": "Rows of the source of which the graph has a statement",
    "share": "Share in per cent: of rows used, or of cities named",
    "preferred": "Cities with a preferred name",
    "named": "Cities with a name",
}
"""The measures of all cubes, with their labels in English."""

BASE: Final = f"{terms.BASE}coverage"


def describe(rows: Mapping[str, Sequence[Solution]], licence: str) -> list[ox.Triple]:
    """Write the cubes as RDF, given the solutions of their queries by the name of the cube."""
    found = {*_measures()}
    for cube in CUBES:
        found |= {*_structure(cube, licence)}
        for row in rows[cube.name]:
            found |= {*_observation(cube, row)}
    return sorted(found, key=str)


def _measures() -> Iterator[ox.Triple]:
    for name, label in MEASURES.items():
        yield from triples_of(
            f"{BASE}#{name}",
            {
                "rdf:type": ("rdf:Property", "qb:MeasureProperty"),
                "rdfs:label": ox.Literal(label, language="en"),
            },
        )


def _structure(cube: Cube, licence: str) -> Iterator[ox.Triple]:
    """Describe a cube and its components."""
    whole, structure = f"{BASE}#{cube.name}", f"{BASE}#by-{cube.one}"
    about = f"{structure}-dimension"
    measured = {f"{structure}-{name}": f"{BASE}#{name}" for name in cube.measures}
    yield from triples_of(
        whole,
        {
            "rdf:type": "qb:DataSet",
            "rdfs:label": ox.Literal(f"Coverage by {cube.one}", language="en"),
            "qb:structure": structure,
            "dcterms:license": licence,
            "dcterms:isPartOf": terms.DATASET,
        },
    )
    yield from triples_of(
        structure,
        {"rdf:type": "qb:DataStructureDefinition", "qb:component": [about, *measured]},
    )
    component = "qb:ComponentSpecification"
    yield from triples_of(about, {"rdf:type": component, "qb:dimension": cube.dimension})
    for node, measure in measured.items():
        yield from triples_of(node, {"rdf:type": component, "qb:measure": measure})


def _observation(cube: Cube, row: Solution) -> Iterator[ox.Triple]:
    """Write a row; what a source does not have is left out."""
    subject = row.terms[cube.subject]
    if not isinstance(subject, (ox.NamedNode, ox.Literal)):
        return
    last = re.sub(r"[^A-Za-z0-9-]", "-", subject.value.rpartition("/")[2]) or "unknown"
    this = f"{BASE}#{cube.one}-{last}"
    value = subject if isinstance(subject, ox.Literal) else subject.value
    measured = {
        f"{BASE}#{name}": number
        for name in cube.measures
        if (number := row.literal(name)) is not None
    }
    yield from triples_of(
        this,
        {
            "rdf:type": "qb:Observation",
            "qb:dataSet": f"{BASE}#{cube.name}",
            cube.dimension: value,
            **measured,
        },
    )
