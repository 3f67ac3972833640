"""An endpoint with a small Wikidata: it evaluates each query by an engine, and fails as it is told.

https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format
"""

from __future__ import annotations

import json
import threading
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pyoxigraph as ox

WD, PROP = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/"
BASE = "http://wikiba.se/ontology#"
XSD = "http://www.w3.org/2001/XMLSchema#"
RESULTS = "application/sparql-results+json"


class Sent(NamedTuple):
    """An answer: `cut` is how many bytes of it are sent, where that is not all."""

    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012  (nobody changes it)
    body: bytes | None = None
    cut: int | None = None


Behaviour = Callable[[str, int], Sent | None]
"""Says for a query and the number of its solutions how to answer; None = as it should be."""


@dataclass
class Endpoint:
    """A SPARQL endpoint. `failures` come first, one for each request, then `behave` decides."""

    store: ox.Store = field(default_factory=ox.Store)
    failures: list[Sent] = field(default_factory=list)
    behave: Behaviour = lambda _, __: None
    asked: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    address: str = ""

    def add(self, subject: str, predicate: str, value: str | ox.Literal) -> None:
        """Add a statement."""
        node = value if isinstance(value, ox.Literal) else ox.NamedNode(value)
        self.store.add(ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), node))

    def twins(self, here: str, there: str, rank: str = "Normal", number: int = 0) -> str:
        """Say that an item has a twin; return the statement."""
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{here} {there} {number}")
        statement = f"{WD}statement/{here}-{str(name).upper()}"
        self.add(WD + here, f"{PROP}P190", statement)
        self.add(statement, f"{PROP}statement/P190", WD + there)
        self.add(statement, f"{BASE}rank", f"{BASE}{rank}Rank")
        return statement

    def dated(self, statement: str, qualifier: str, time: str, precision: int) -> None:
        """Say when a twinning began (P580) or ended (P582)."""
        node = f"http://www.wikidata.org/value/{qualifier}-{time[:10]}-{precision}"
        self.add(statement, f"{PROP}qualifier/value/{qualifier}", node)
        self.add(node, f"{BASE}timeValue", ox.Literal(time, datatype=_xsd("dateTime")))
        self.add(node, f"{BASE}timePrecision", ox.Literal(precision))

    def cites(self, statement: str, address: str = "", retrieved: str = "", work: str = "") -> None:
        """Say what a statement cites."""
        node = f"http://www.wikidata.org/reference/{uuid.uuid5(uuid.NAMESPACE_URL, address + work)}"
        self.add(statement, "http://www.w3.org/ns/prov#wasDerivedFrom", node)
        if address:
            self.add(node, f"{PROP}reference/P854", address)
        if retrieved:
            day = ox.Literal(f"{retrieved}T00:00:00Z", datatype=_xsd("dateTime"))
            self.add(node, f"{PROP}reference/P813", day)
        if work:
            self.add(node, f"{PROP}reference/P248", WD + work)

    def place(
        self, item: str, label: str, country: str = "", geonames: str = "", **more: str
    ) -> None:
        """Describe an item; `more` is its `point`, its `kind` and the `language` of its label."""
        name = ox.Literal(label, language=more.get("language", "en"))
        self.add(WD + item, "http://www.w3.org/2000/01/rdf-schema#label", name)
        if country:
            self.add(WD + item, f"{PROP}direct/P17", WD + country)
        if geonames:
            self.add(WD + item, f"{PROP}direct/P1566", ox.Literal(geonames))
        if point := more.get("point"):
            wkt = ox.NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
            self.add(WD + item, f"{PROP}direct/P625", ox.Literal(point, datatype=wkt))
        if kind := more.get("kind"):
            self.add(WD + item, f"{PROP}direct/P31", WD + kind)

    def merged(self, item: str, into: str) -> None:
        """Say that an item was merged into another one, and leads to that."""
        self.add(WD + item, "http://www.w3.org/2002/07/owl#sameAs", WD + into)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer a request."""
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        query = urllib.parse.parse_qs(body)["query"][0]
        self.asked.append(query)
        self.agents.append(request.headers["User-Agent"])
        solutions = self.store.query(query)
        assert isinstance(solutions, ox.QuerySolutions)
        content = solutions.serialize(format=ox.QueryResultsFormat.JSON) or b""
        count = len(json.loads(content)["results"]["bindings"])
        sent = self.failures.pop(0) if self.failures else self.behave(query, count) or Sent()
        content = content if sent.body is None else sent.body
        request.send_response(sent.status)
        for name, value in {"Content-Type": RESULTS, **sent.headers}.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(content[: sent.cut])


def _xsd(name: str) -> ox.NamedNode:
    return ox.NamedNode(XSD + name)


@contextmanager
def serving() -> Iterator[Endpoint]:
    """Serve an endpoint on this machine."""
    served = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            served.answer(self)

        def do_GET(self) -> None:
            served.asked.append(f"GET {self.path}")
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        served.address = f"http://127.0.0.1:{server.server_port}/sparql"
        yield served
        server.shutdown()


def cities(endpoint: Endpoint) -> None:
    """Give an endpoint the twinnings of some cities that the registry and its gazetteer have."""
    endpoint.place("Q6259", "Pavia", "Q38", "3171366", point="Point(9.15917 45.19205)")
    endpoint.place("Q34217", "Oxford", "Q145", point="Point(-1.25596 51.75222)")
    endpoint.place("Q3185", "Hildesheim", "Q183", "2904789")
    endpoint.place("Q25331", "Odense", "Q35", language="mul")
    endpoint.place("Q6009", "Landkreis Hildesheim", "Q183", kind="Q106658")
    oxford = endpoint.twins("Q6259", "Q34217")
    endpoint.dated(oxford, "P580", "1990-05-01T00:00:00Z", 10)
    endpoint.cites(oxford, "https://example.org/twins?a=1", "2020-03-04", "Q5375741")
    ended = endpoint.twins("Q6259", "Q3185")
    endpoint.dated(ended, "P580", "2000-01-01T00:00:00Z", 9)
    endpoint.dated(ended, "P582", "2022-03-28T00:00:00Z", 11)
    endpoint.twins("Q34217", "Q25331")
    endpoint.twins("Q6259", "Q25331", rank="Deprecated")
    endpoint.twins("Q6259", "Q6009")
