"""Runs rdflib-endpoint on a file of triples: `python -m benchmarks.rdflib_server FILE HOST PORT`.

The command of rdflib-endpoint itself makes the default graph the union of all; here it is the
triples of the file, as with the other servers. Literals are kept as they are written. Oxigraph
parses the file, several times faster than rdflib would.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pyoxigraph as ox
import rdflib


def main(triples: Path, host: str, port: int) -> None:
    """Read the triples and serve until the process is told to stop."""
    # Both come with the extra `bench` alone, so type checks cannot count on them.
    endpoint, uvicorn = import_module("rdflib_endpoint"), import_module("uvicorn")
    rdflib.NORMALIZE_LITERALS = False
    dataset = rdflib.Dataset(default_union=False)
    default = dataset.default_graph
    for quad in ox.parse(path=triples, format=ox.RdfFormat.N_TRIPLES):
        default.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    app = endpoint.SparqlEndpoint(graph=dataset, cors_enabled=False)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


def _term(term: object) -> rdflib.URIRef | rdflib.Literal:
    """Give a term as rdflib has it; the data have no blank nodes."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if not isinstance(term, ox.Literal):
        raise TypeError(f"{term} is neither an IRI nor a literal")
    if term.language or term.datatype.value == str(rdflib.XSD.string):
        return rdflib.Literal(term.value, lang=term.language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
