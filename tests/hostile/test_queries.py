"""Every hostile query comes to what is written, in time, within its memory, and reaches nobody."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from xml.parsers import expat

import pytest

from benchmarks.family import Watch, members, query_processes, status
from tests.hostile import collection
from tests.hostile.collection import Hostile
from tests.hostile.conftest import MEMORY, WORKERS
from tests.web.served import Reply, Server

TIMEOUT = "query-timeout"
SLACK = 1.6
"""The limit is on address space, of which a process that has opened a store has some in reserve."""

COUNT = "SELECT (COUNT(*) AS ?n) { ?city a <https://w3id.org/citylinks/ontology#City> }"
COUNTED = ["n", "17"]


@dataclass(frozen=True)
class Ending:
    """How a query ended: an outcome, and whether the next one was right."""

    outcome: str
    next_is_right: bool


def lines(reply: Reply) -> list[str]:
    """Give an answer as lines; that of ASK is one word."""
    if reply.type == "application/sparql-results+json":
        return [str(reply.json["boolean"]).lower()]
    return reply.text.split("\r\n")[:-1] if reply.type == "text/csv" else reply.text.splitlines()


def outcome(query: Hostile, reply: Reply) -> str:
    """Say what became of a query: `answered`, the name of a problem, or what is wrong with it."""
    if reply.status != 200:
        return str(reply.json["type"].rpartition("/")[2])
    if reply.type.endswith("xml"):
        try:
            expat.ParserCreate(namespace_separator=" ").Parse(reply.body, True)
        except expat.ExpatError:
            return "malformed"
    elif query.answer and tuple(lines(reply)) != query.answer:
        return f"answered wrong: {reply.text[:200]}"
    return "answered"


def idle_memory(server: Server) -> int:
    """Give the memory of a query process that has just answered a simple query."""
    assert lines(server.query(COUNT, Accept="text/csv")) == COUNTED
    return max(status(pid)["VmRSS"] for pid in query_processes(members(server.process.pid)))


def ended(server: Server, query: Hostile) -> Ending:
    """Ask a hostile query, then a simple one."""
    reply = server.post(query.text, Accept=query.accept)
    following = server.query(COUNT, Accept="text/csv")
    right = following.status == 200 and lines(following) == COUNTED
    return Ending(outcome(query, reply), right)


def all_ended(server: Server, asked: Sequence[Hostile], at_a_time: int) -> dict[str, Ending]:
    """Ask hostile queries, several at a time; give how each ended, by name."""
    with ThreadPoolExecutor(at_a_time) as threads:
        found = threads.map(ended, [server] * len(asked), asked)
        return dict(zip([query.name for query in asked], found, strict=True))


def assert_as_written(server: Server, asked: Sequence[Hostile], at_a_time: int) -> None:
    """Ask hostile queries; each ends as is written, within its memory, and the next is right."""
    idle = idle_memory(server)
    with Watch(server.process.pid) as watch:
        endings = all_ended(server, asked, at_a_time)
    expected = {query.name: query.expected for query in asked}
    other = {n: e.outcome for n, e in endings.items() if e.outcome not in expected[n]}
    assert other == {}
    assert [n for n, e in endings.items() if not e.next_is_right] == []
    assert len(watch.peaks) >= at_a_time
    assert {pid: peak for pid, peak in watch.peaks.items() if peak > idle + MEMORY * SLACK} == {}
    assert watch.sockets == set()


def known(canary: socket.socket) -> list[Hostile]:
    """Give all hostile queries; those that want to reach somebody want the listener."""
    host, port = canary.getsockname()
    return collection.queries(f"{host}:{port}")


@pytest.mark.slow
def test_what_ends_for_another_reason_ends_for_it(patient: Server, canary: socket.socket) -> None:
    """No limit on time decides here, so a busy machine does not, either."""
    asked = [query for query in known(canary) if TIMEOUT not in query.expected]
    assert_as_written(patient, asked, 2)


@pytest.mark.slow
def test_what_lasts_is_ended_in_time(small: Server, canary: socket.socket) -> None:
    """All together, so that the whole does not last; none waits for a process."""
    asked = [query for query in known(canary) if TIMEOUT in query.expected]
    assert_as_written(small, asked, WORKERS)


def test_no_name_is_given_twice() -> None:
    names = [query.name for query in collection.queries()]
    assert len(names) == len(set(names))


def test_the_address_to_try_is_put_in() -> None:
    texts = [query.text for query in collection.queries("127.0.0.1:1234")]
    assert sum("http://127.0.0.1:1234/" in text for text in texts) > 20
    assert not any("@canary@" in text for text in texts)


@pytest.mark.parametrize(
    "content",
    ["ASK {}", "# hostile: so\nASK {}", "# hostile: so\n# expect: a\n# expect: b\nASK {}"],
)
def test_a_query_says_why_it_is_here_and_what_is_expected(content: str) -> None:
    with pytest.raises(ValueError, match="does not say"):
        collection.parse("name", content)
