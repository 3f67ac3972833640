"""A small SPARQL server in the process of the tests, whose faults can be chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

JSON = "application/sparql-results+json"
NTRIPLES = "application/n-triples"

Fault = Callable[["Handler", str], bool]
"""Answers a query in place of the engine; returns whether it has."""


class Little(ThreadingHTTPServer):
    """Datasets by name, made by PUT to /NAME and removed by DELETE; those at first are there."""

    daemon_threads = True

    def __init__(self, *names: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.stores = {name: ox.Store() for name in names}
        self.fault: Fault = lambda handler, query: False
        self.asked: list[tuple[str, str]] = []
        """What was asked so far: method and path."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def place(self, name: str, *ways: str) -> str:
        """Describe a dataset for the setting, as it can be loaded in some ways."""
        lines = [f'{way} = "{self.url}/{name}/{way}"' for way in ("query", *ways)]
        return "\n".join(["[[places]]", *lines, ""])


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    server: Little

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path))
        name, _, way = urlsplit(self.path).path[1:].partition("/")
        store = self.server.stores.get(name)
        if not way:
            self._administer(name)
        elif store is None:
            self.send(404, "text/plain", b"there is no such dataset")
        elif way == "data":
            self._store(store, body)
        else:
            self._answer(store, way, parse_qs(body.decode()))

    do_PUT = do_DELETE = do_POST

    def _administer(self, name: str) -> None:
        if self.command == "DELETE":
            known = self.server.stores.pop(name, None) is not None
            self.send(204 if known else 404)
            return
        known = name in self.server.stores
        self.server.stores.setdefault(name, ox.Store())
        self.send(409 if known else 201)

    def _store(self, store: ox.Store, body: bytes) -> None:
        graph = ox.NamedNode(parse_qs(urlsplit(self.path).query)["graph"][0])
        if self.command != "POST":
            store.remove_graph(graph)
        store.load(body, ox.RdfFormat.N_TRIPLES, to_graph=graph)
        self.send(204)

    def _answer(self, store: ox.Store, way: str, form: dict[str, list[str]]) -> None:
        if way == "update":
            store.update(form["update"][0])
            self.send(204)
            return
        query = form["query"][0]
        if self.server.fault(self, query):
            return
        found: Any = store.query(
            query,
            default_graph=[ox.NamedNode(iri) for iri in form["default-graph-uri"]],
            named_graphs=[ox.NamedNode(iri) for iri in form["named-graph-uri"]],
        )
        if isinstance(found, ox.QueryTriples):
            self.send(200, NTRIPLES, found.serialize(format=ox.RdfFormat.N_TRIPLES) or b"")
        else:
            self.send(200, JSON, found.serialize(format=ox.QueryResultsFormat.JSON))

    def send(self, status: int, media_type: str = "", body: bytes = b"", **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        if media_type:
            self.send_header("Content-Type", media_type)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(*names: str) -> Iterator[Little]:
    """Serve datasets of these names."""
    with Little(*names) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
