"""Small stores, written down in Turtle."""

from __future__ import annotations

import pyoxigraph as ox

from registry import terms
from registry.things.lookup import Lookup

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
