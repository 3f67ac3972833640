"""The graphs of the software: ontology, schemes, shapes and saved queries, as graphs of a release.

They come from the installed package at every publish and cannot be changed otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry import saved_queries, shipped, terms
from registry.graphs import parsing
from registry.graphs.graph import Graph, from_lines, from_triples, lines_of
from registry.releases import as_of
from registry.releases.licences import CC_BY
from registry.settings import Settings

UNCONFIRMED_AFTER: Final = 5
"""Years after which a link that sources only list counts as not confirmed."""

_NAMES: Final = {"citylinks": "ontology"}
"""Graphs that are not named after their file."""

_TITLES: Final = {
    "ontology": "Citylinks ontology",
    "alignments": "Alignments of the ontology with other vocabularies",
    "wording": "Wording of terms reused from other vocabularies",
    "shapes": "Shapes that guard the registry",
    "queries": "Saved queries and rules of derivation",
    "derived": "Statements derived by the rules",
    "settings": "Settings of the release",
}


def rules() -> list[saved_queries.SavedQuery]:
    """Read the rules of derivation, in their order."""
    return saved_queries.read(shipped.rule_files(), "derive/")


def rules_version() -> str:
    """Return the hash of all rules: 16 hexadecimal digits."""
    text = "".join(f"{rule.name}\n{rule.text}\n" for rule in rules())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def graphs(settings: Settings) -> dict[str, Graph]:
    """Read all graphs of the software, by IRI, each with its own description."""
    return completed(parsing.read(sources(), settings))


def completed(read: Mapping[str, Graph]) -> dict[str, Graph]:
    """Add to the graphs that were read that of the queries, and to each its own description."""
    queries = saved_queries.read(shipped.query_files()) + rules()
    texts = tuple((query.name, query.text) for query in queries)
    found = {**read, terms.QUERIES_GRAPH: _of_queries(texts)}
    return {iri: described(graph) for iri, graph in sorted(found.items())}


@lru_cache(maxsize=1)
def _of_queries(texts: tuple[tuple[str, str], ...]) -> Graph:
    """Describe saved queries and rules, given as names and texts."""
    queries = (saved_queries.parse(name, text) for name, text in texts)
    listed = [triple for query in queries for triple in saved_queries.as_triples(query)]
    return from_triples(terms.QUERIES_GRAPH, listed)


def sources() -> list[parsing.InputFiles]:
    """List the files and the graphs they belong to."""
    named: list[tuple[tuple[Path, ...], str]]
    named = [((path,), _NAMES.get(path.stem, path.stem)) for path in shipped.ontology_files()]
    named += [((path,), f"scheme-{path.stem}") for path in shipped.scheme_files()]
    named += [(tuple(shipped.shape_files()), "shapes")]
    return [
        parsing.InputFiles(paths, terms.GRAPH + name, contributed=False) for paths, name in named
    ]


def files_key() -> str:
    """Return one hash of all that the graphs of the software are read from."""
    key = hashlib.sha256()
    for source in sources():
        for path in source.paths:
            content = path.read_bytes()
            key.update(f"{source.graph} {path.name} {len(content)}\n".encode() + content)
    return key.hexdigest()


def described(graph: Graph, licence: str = CC_BY) -> Graph:
    """Add a graph's description of itself: that it is a data set, its title and licence."""
    name = graph.iri.removeprefix(terms.GRAPH)
    title = _TITLES.get(name, f"Concept scheme {name.removeprefix('scheme-')}")
    values: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (terms.RDF_TYPE, ox.NamedNode(terms.prefixed("void:Dataset"))),
        (terms.prefixed("dcterms:title"), ox.Literal(title, language="en")),
        (terms.prefixed("dcterms:license"), ox.NamedNode(licence)),
    ]
    subject = ox.NamedNode(graph.iri)
    own = [ox.Triple(subject, ox.NamedNode(predicate), value) for predicate, value in values]
    # What it holds is in canonical form already, and is not parsed for three lines more.
    return Graph(graph.iri, from_lines({*graph.lines, *lines_of(own)}))


def settings_graph(day: str, known: str = "") -> Graph:
    """Return the graph that holds what rules and shapes compare dates with.

    Given are the as-of date and the last day that sources can know (ISO), by default the same.
    """
    subject, date = ox.NamedNode(terms.SETTINGS_GRAPH), ox.NamedNode(terms.prefixed("xsd:date"))
    days = {
        "cl:asOf": day,
        "cl:unconfirmedBefore": as_of.years_before(day, UNCONFIRMED_AFTER),
        "cl:knownUntil": known or day,
    }
    stated = [
        ox.Triple(subject, ox.NamedNode(terms.prefixed(name)), ox.Literal(text, datatype=date))
        for name, text in days.items()
    ]
    return described(from_triples(terms.SETTINGS_GRAPH, stated))
