"""Small stores, written down in Turtle."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph, from_triples
from registry.releases.reading import Content, Release
from registry.things.labels import Labels
from registry.things.lookup import DEFAULT, Lookup
from registry.things.page import Pages
from registry.views import links, names
from registry.views.links import LINKS
from registry.views.names import NAMES

PREFIXES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in terms.PREFIXES.items())
PREFIXES += "".join(
    f"@prefix {kind}: <{terms.thing(kind, '')}> .\n"
    for kind in (
        *("agreement", "authority", "city", "claim", "document", "implementation", "link"),
        *("membership", "organisation", "participation", "passage", "person", "post"),
        *("practice", "programme", "signature", "transfer"),
    )
)
PREFIXES += f"@prefix status: <{terms.SCHEME}status/> .\n@prefix g: <{terms.GRAPH}> .\n"

AS_OF = "2026-11-29"
"""The as-of date of these stores."""


def store_of(turtle: str, graph: str = "") -> ox.Store:
    """Put triples in the default graph, and in a named graph where one is given."""
    store = ox.Store()
    add(store, turtle, graph)
    return store


def add(store: ox.Store, turtle: str, graph: str = "") -> None:
    """Add triples as a release holds them."""
    text = (PREFIXES + turtle).encode()
    store.load(text, format=ox.RdfFormat.TURTLE)
    if graph:
        named = ox.NamedNode(terms.GRAPH + graph)
        store.load(text, format=ox.RdfFormat.TURTLE, to_graph=named)


def lookup_of(turtle: str) -> Lookup:
    """Look things up in a small store."""
    return Lookup(store_of(turtle))


def default_graph(store: ox.Store) -> Graph:
    """Make a graph of the default graph of a store."""
    quads = store.quads_for_pattern(None, None, None, DEFAULT)
    return from_triples(f"{terms.GRAPH}default", (quad.triple for quad in quads))


def pages_of(store: ox.Store, language: str = "en") -> Pages:
    """Make pages of a store as of a release: with its indexes, whose files stay while open."""
    said, lookup = default_graph(store), Lookup(store)
    with TemporaryDirectory() as name:
        for made in (names, links):
            made.write(Content(Path(name), [said]))
        named, linked = (
            names.NameIndex(Path(name) / NAMES.name),
            links.Links(Path(name) / LINKS.name),
        )
        for opened in (named, linked):
            opened.ask("SELECT 1 FROM sqlite_schema")
    return Pages(lookup, Labels(lookup, [language]), language, named, linked, AS_OF)


def pages_of_release(release: Release, language: str = "en") -> Pages:
    """Make pages of a release."""
    lookup = Lookup(release.store)
    labels = Labels(lookup, [language])
    views = release.view(NAMES), release.view(LINKS)
    return Pages(lookup, labels, language, *views, release.manifest.as_of)
