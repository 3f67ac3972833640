"""A live endpoint is asked page by page, politely, and again where it is busy."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from registry.sources import wikidata, wikidata_live
from registry.sources.statements import LinkRow
from registry.version import AGENT

PAIRS = Path(__file__).parents[3] / "shared" / "data" / "wikidata-p190-2016"
WD, PROP = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/"
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")


@dataclass
class Endpoint:
    """A SPARQL endpoint that fails as it is told."""

    store: ox.Store = field(default_factory=ox.Store)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    address: str = ""

    def twins(self, here: str, there: str, since: str = "") -> None:
        statement = ox.NamedNode(f"{WD}statement/{here}-{there}")
        item = ox.NamedNode(WD + here)
        self.store.add(ox.Quad(item, ox.NamedNode(f"{PROP}P190"), statement))
        partner = ox.NamedNode(WD + there)
        self.store.add(ox.Quad(statement, ox.NamedNode(f"{PROP}statement/P190"), partner))
        if since:
            day = ox.Literal(
                since, datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#dateTime")
            )
            self.store.add(ox.Quad(statement, ox.NamedNode(f"{PROP}qualifier/P580"), day))

    def label(self, item: str, name: str) -> None:
        self.store.add(ox.Quad(ox.NamedNode(WD + item), LABEL, ox.Literal(name, language="en")))

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        self.agents.append(request.headers["User-Agent"])
        status, headers = self.failures.pop(0) if self.failures else (200, {})
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        found = self.store.query(urllib.parse.parse_qs(body)["query"][0])
        assert isinstance(found, ox.QuerySolutions)
        content = found.serialize(format=ox.QueryResultsFormat.JSON) or b""
        request.send_header("Content-Type", "application/sparql-results+json")
        request.end_headers()
        request.wfile.write(content if status == 200 else b"busy")


@contextmanager
def serving() -> Iterator[Endpoint]:
    """Serve an endpoint on this machine."""
    served = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            served.answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        served.address = f"http://127.0.0.1:{server.server_port}/sparql"
        yield served
        server.shutdown()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as served:
        yield served


@dataclass
class Clock:
    """Waits for nothing, and remembers how long it should have."""

    slept: list[float] = field(default_factory=list)

    def manners(self, rows: int = 3, tries: int = 4) -> wikidata_live.Manners:
        return wikidata_live.Manners(rows, 0.5, 10, tries, self.slept.append)


def small(endpoint: Endpoint) -> None:
    for number in range(2, 9):
        endpoint.twins("Q1", f"Q{number}")
    endpoint.twins("Q9", "Q9")
    endpoint.twins("Q9", "Q1", "1958-01-01T00:00:00Z")
    endpoint.label("Q1", "Pavia")


def pairs(pages: list[Path]) -> list[tuple[str, str, str]]:
    rows = wikidata.read_pages(pages, "2026-11-24").rows
    return [(r.here.wikidata, r.there.wikidata, r.since) for r in rows if isinstance(r, LinkRow)]


def test_all_pages_are_fetched_with_a_pause_between_them(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    small(endpoint)
    clock = Clock()
    pages = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert len(pages) == 4
    assert clock.slept == [0.5, 0.5, 0.5]
    assert set(endpoint.agents) == {AGENT}
    expected = [("Q1", f"Q{number}", "") for number in range(2, 9)]
    assert pairs(pages) == [*expected, ("Q9", "Q1", "1958")]
    reading = wikidata.read_pages(pages, "2026-11-24")
    assert reading.document.graph == "wikidata-p190-2026-11-24"
    assert dict(reading.noticed) == {"links of a place with itself": 1}
    assert [place.name for place in reading.rows[0].places] == ["Pavia", "Q2"]


def test_a_busy_endpoint_is_asked_again_later_each_time_and_as_it_says(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    small(endpoint)
    endpoint.failures += [(503, {}), (429, {"Retry-After": "60"}), (500, {})]
    clock = Clock()
    pages = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners(rows=100))
    assert len(pairs(pages)) == 8
    assert clock.slept == [2.0, 60.0, 8.0]


@pytest.mark.parametrize("failures", [[(503, {})] * 4, [(400, {})], [(403, {})]])
def test_what_broke_off_goes_on_where_it_was(
    endpoint: Endpoint, tmp_path: Path, failures: list[tuple[int, dict[str, str]]]
) -> None:
    small(endpoint)
    clock = Clock()
    wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    for page in sorted(tmp_path.iterdir())[2:]:
        page.unlink()
    endpoint.failures += failures
    with pytest.raises(ConnectionError, match=r"refuses|did not answer"):
        wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert len(list(tmp_path.iterdir())) == 2
    asked = len(endpoint.agents)
    assert len(pairs(wikidata_live.fetch(endpoint.address, tmp_path, clock.manners()))) == 8
    assert len(endpoint.agents) == asked + 2


def test_what_is_there_is_not_asked_for_again(endpoint: Endpoint, tmp_path: Path) -> None:
    small(endpoint)
    first = wikidata_live.fetch(endpoint.address, tmp_path, Clock().manners())
    asked = len(endpoint.agents)
    assert wikidata_live.fetch(endpoint.address, tmp_path, Clock().manners()) == first
    assert len(endpoint.agents) == asked


def test_nobody_there(tmp_path: Path) -> None:
    clock = Clock()
    with pytest.raises(ConnectionError, match="did not answer 2 times"):
        wikidata_live.fetch("http://127.0.0.1:9/sparql", tmp_path, clock.manners(tries=2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(not PAIRS.is_dir(), reason="the pairs of 2016 are not here")
def test_the_pairs_of_2016_come_through_whole(endpoint: Endpoint, tmp_path: Path) -> None:
    lines = (PAIRS / "relations.tsv").read_text("utf-8").splitlines()
    expected = {tuple(line.split("\t")) for line in lines}
    for here, there in expected:
        endpoint.twins(here, there)
    pages = wikidata_live.fetch(endpoint.address, tmp_path, Clock().manners(rows=5_000))
    assert len(pages) == len(expected) // 5_000 + 1
    reading = wikidata.read_pages(pages, "2016-09-30")
    found = {(here, there) for here, there, _ in pairs(pages)}
    assert found == {(here, there) for here, there in expected if here != there}
    assert reading.refused == []
