"""Hostile queries, one by one: each bounded in time and memory, and the next answer right."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from benchmarks import processes
from benchmarks.answers import canonical
from benchmarks.client import PATIENCE, problem_of
from benchmarks.servers import Server, citylinks
from benchmarks.targets import OVERRUN
from benchmarks.workloads import POINT, Subject

DEADLINE: Final = 2.0
"""Seconds of a query, where hostile ones are tried: less than is shipped, to be done sooner."""

MEMORY: Final = 512 * 2**20
"""Bytes of a query, likewise."""

RESERVED: Final = 64 * 2**20
"""Bytes that an idle process has reserved and does not use, and that a query may fill as well."""

_TRIPLES: Final = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
HEAVY: Final = f"SELECT (COUNT(*) AS ?n) {{ {_TRIPLES} }}"
"""A query that is not done by any deadline, on any data."""

_ANYTHING: Final = "(<urn:a>|!<urn:a>)"
_DOUBLED: Final = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(40))


@dataclass(frozen=True)
class Hostile:
    """A query that is meant to harm."""

    name: str
    text: str


def queries() -> Sequence[Hostile]:
    """Give the hostile queries."""
    return [Hostile(name, text) for name, text in _QUERIES.items()]


_QUERIES: Final = {
    "cross product, counted": HEAVY,
    "cross product, listed": f"SELECT * {{ {_TRIPLES} }}",
    "cross product, sorted": f"SELECT * {{ {_TRIPLES} }} ORDER BY ?c ?i LIMIT 1",
    "cross product, concatenated": f"SELECT (GROUP_CONCAT(?c) AS ?t) {{ {_TRIPLES} }}",
    "cross product, constructed": f"CONSTRUCT {{ ?a ?e ?i }} {{ {_TRIPLES} }}",
    "paths, nested": f"SELECT (COUNT(*) AS ?n) {{ ?a ({_ANYTHING}*/{_ANYTHING}*)* ?b }}",
    "paths, five steps": f"SELECT (COUNT(*) AS ?n) {{ ?a {'/'.join([_ANYTHING] * 5)} ?b }}",
    "string, doubled": f'SELECT (STRLEN(?s40) AS ?n) {{ BIND("x" AS ?s0) {_DOUBLED} }}',
    "regular expression": 'SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), "(x+x+)+y")) ?a ?b ?c }',
    "braces": f"ASK {'{' * 20_000}{'}' * 20_000}",
    "parentheses": f"ASK {{ FILTER({'(' * 20_000}1{')' * 20_000}) }}",
    "unions": f"ASK {{ {' UNION '.join(['{ ?s ?p ?o }'] * 6_000)} }}",
    "SERVICE": "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "full scan": "SELECT * { ?s ?p ?o }",
    "full scan, sorted": "SELECT * { ?s ?p ?o } ORDER BY ?o ?p ?s",
    "full CONSTRUCT": "CONSTRUCT WHERE { ?s ?p ?o }",
    "DESCRIBE of all": "DESCRIBE ?s { ?s ?p ?o }",
    "update": "DELETE WHERE { ?s ?p ?o }",
}


@dataclass(frozen=True)
class Outcome:
    """What came of a hostile query: the answer, its seconds, the bytes its process took."""

    name: str
    answer: str
    seconds: float
    memory: int
    next_right: bool

    @property
    def faults(self) -> list[str]:
        """Name what it broke."""
        broken = {
            "late": self.seconds > DEADLINE + OVERRUN,
            "memory": self.memory > MEMORY + RESERVED,
            "next answer": not self.next_right,
            "no answer": not self.answer,
        }
        return [fault for fault, is_so in broken.items() if is_so]


def trials(home: Path, log: Path, subject: Subject) -> Iterator[Outcome]:
    """Put each hostile query to a server of its limits, and a light query after it."""
    limits = {"CITYLINKS_QUERY_SECONDS": f"{DEADLINE:g}", "CITYLINKS_QUERY_MEMORY": str(MEMORY)}
    with Server(citylinks(home, **limits), log) as server:
        right = _light(server, subject, 0)
        for number, hostile in enumerate(queries(), 1):
            with Watch(server.pid) as watch:
                answer, seconds = _put(server.endpoint.address, hostile)
            as_before = _light(server, subject, number) == right
            yield Outcome(hostile.name, answer, seconds, watch.grown, as_before)


def _light(server: Server, subject: Subject, number: int) -> list[str]:
    query = POINT.text(subject, number)
    return canonical(server.endpoint.ask(query, POINT.accept), POINT.accept)


def _put(address: tuple[str, int], hostile: Hostile) -> tuple[str, float]:
    """Put one query over a connection of its own; give what was answered and after how long."""
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    started = time.perf_counter()
    try:
        answer = answer_to(connection, hostile.text)
    except (OSError, http.client.HTTPException):
        answer = ""
    seconds = time.perf_counter() - started
    connection.close()
    return answer, seconds


def answer_to(connection: http.client.HTTPConnection, text: str) -> str:
    """Put a query; give `answered`, the name of the problem, or the status."""
    headers = {"Content-Type": "application/sparql-query"}
    connection.request("POST", "/sparql", text.encode(), headers)
    answer = connection.getresponse()
    body = answer.read()
    return "answered" if answer.status == 200 else problem_of(answer.status, body)


class Watch:
    """Watches the memory of the processes that evaluate queries: bytes that one of them took.

    What an idle one holds is not counted: that of the fullest, which has a store open. Pages of
    files, which the system takes back when it needs them, are not counted either.
    """

    def __init__(self, root: int) -> None:
        self._root, self._idle, self._most = root, 0, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    @property
    def grown(self) -> int:
        """Bytes that one process held at most beyond those of an idle one."""
        return max(0, self._most - self._idle)

    def __enter__(self) -> Self:
        self._idle = self._held()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.03):
            self._most = max(self._most, self._held())

    def _held(self) -> int:
        pids = processes.evaluating(self._root)
        return max((processes.private_memory(pid) for pid in pids), default=0)
