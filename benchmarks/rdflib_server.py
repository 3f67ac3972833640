"""Runs rdflib-endpoint on a file of quads: `python -m benchmarks.rdflib_server FILE HOST PORT`.

The command of rdflib-endpoint itself makes the default graph the union of all; here it is the
default graph of the file, as with the other servers. Literals are kept as they are written.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import rdflib


def main(quads: Path, host: str, port: int) -> None:
    """Read the quads and serve until the process is told to stop."""
    # Both come with the extra `bench` alone, so type checks cannot count on them.
    endpoint, uvicorn = import_module("rdflib_endpoint"), import_module("uvicorn")
    rdflib.NORMALIZE_LITERALS = False
    dataset = rdflib.Dataset(default_union=False)
    dataset.parse(quads, format="nquads")
    app = endpoint.SparqlEndpoint(graph=dataset, cors_enabled=False)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
