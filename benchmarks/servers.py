"""The servers that are compared: started as a user would start them, on the same quads.

All answer from the same triples, those of the merged default graph, so that a query gives the same
rows everywhere. But for rdflib, which would take minutes, they hold the named graphs as well.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import IO, Final
from urllib.parse import quote

import pyoxigraph as ox

from benchmarks import processes

HOST: Final = "127.0.0.1"
READY_SECONDS: Final = 600.0
"""A server that is not ready by then fails the run; rdflib reads a million quads in minutes."""

_STOP_SECONDS: Final = 20.0
_ROOT: Final = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Find a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Endpoint:
    """Where queries go: a server, or a proxy before one.

    `pids` are the processes whose work counts, with their descendants. A `slow` endpoint is asked
    less; one that is `repeated_only` is asked nothing distinct.
    """

    name: str
    address: tuple[str, int]
    path: str
    pids: tuple[int, ...]
    slow: bool = False
    repeated_only: bool = False

    @property
    def host(self) -> str:
        """The value of a Host header."""
        return f"{self.address[0]}:{self.address[1]}"

    def cpu_seconds(self) -> float:
        """Give the processor time that its processes have used."""
        return sum(processes.cpu_seconds(pid) for pid in self.pids)

    def ask(self, query: str, accept: str) -> bytes:
        """Put one query, over a connection of its own; ValueError when it is not answered."""
        connection = http.client.HTTPConnection(*self.address, timeout=READY_SECONDS)
        try:
            connection.request("GET", f"{self.path}{quote(query, '')}", headers={"Accept": accept})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(f"{self.name} answered {answer.status}: {body[:500]!r}")
        return body


@dataclass(frozen=True)
class Kind:
    """How one server is started: its name, its command without host and port.

    `path` is where it takes queries, up to the query. `configuration` is a file to write before,
    and what to write, with host and port to fill in.
    """

    name: str
    command: tuple[str, ...]
    listen: str
    path: str
    environ: tuple[tuple[str, str], ...] = ()
    configuration: tuple[Path, Template] | None = None
    slow: bool = False


class Server:
    """A server in a process of its own; a context that ends it."""

    def __init__(self, kind: Kind, log: Path) -> None:
        self.kind, self._log, self.port = kind, log, 0
        self._process: subprocess.Popen[bytes] | None = None
        self.ready_seconds = 0.0

    @property
    def name(self) -> str:
        """What the server is called in the report."""
        return self.kind.name

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._running().pid

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers queries."""
        where = HOST, self.port
        return Endpoint(self.name, where, self.kind.path, (self.pid,), self.kind.slow)

    def __enter__(self) -> Server:
        self.port = free_port()
        started = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = self._start(log)
        try:
            self._wait_until_ready(started + READY_SECONDS)
        except BaseException:
            self.stop()
            raise
        self.ready_seconds = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        if self.kind.configuration:
            file, template = self.kind.configuration
            file.write_text(template.substitute(host=HOST, port=self.port))
        where = self.kind.listen.format(host=HOST, port=self.port).split()
        return subprocess.Popen(
            [*self.kind.command, *where],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=_ROOT,
            env={**os.environ, **dict(self.kind.environ)},
        )

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not started")
        return self._process

    def _wait_until_ready(self, deadline: float) -> None:
        """Ask the shortest query until it is answered, and by this server."""
        answered = False
        while not answered:
            answered = self._answers()
            if self._running().poll() is not None:
                raise RuntimeError(f"{self.name} ended:\n{self._log.read_text()[-2000:]}")
            if time.perf_counter() > deadline:
                raise RuntimeError(f"{self.name} is not ready after {READY_SECONDS:g} seconds")
            time.sleep(0.005)

    def _answers(self) -> bool:
        try:
            return bool(self.endpoint.ask("ASK {}", "application/sparql-results+json"))
        except (OSError, http.client.HTTPException):
            return False

    def stop(self) -> None:
        """End the server and whatever it started, if it was started."""
        if self._process is None:
            return
        process = self._process
        family = processes.tree(process.pid)
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in family[1:]:
                _kill(pid)
            process.kill()
            process.wait()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return


def dump(home: Path, folder: Path) -> tuple[Path, Path]:
    """Write the current release as N-Quads, and its default graph alone as N-Triples."""
    store = ox.Store.read_only(str((home / "current" / "store").resolve()))
    quads, default = folder / "quads.nq", folder / "default.nt"
    store.dump(str(quads), format=ox.RdfFormat.N_QUADS)
    store.dump(str(default), format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    return quads, default


def load_oxigraph(quads: Path, location: Path) -> None:
    """Load the dump into a new store of the native server."""
    command = [_beside("oxigraph"), "load", "--location", str(location), "--file", str(quads)]
    subprocess.run(command, check=True, capture_output=True)


def _beside(program: str) -> str:
    """Give the path of a program installed with this Python."""
    return str(Path(sys.executable).with_name(program))


def citylinks(home: Path, **settings: str) -> Kind:
    """Our server as it ships, its cache of answers included; `settings` replace some."""
    return Kind(
        "citylinks",
        (_beside("citylinks"), "serve"),
        "--host {host} --port {port}",
        "/sparql?query=",
        (("CITYLINKS_HOME", str(home)), *settings.items()),
    )


def oxigraph(location: Path) -> Kind:
    """The native server; without --timeout-s, which makes it end under load."""
    command = (_beside("oxigraph"), "serve", "--location", str(location))
    return Kind("oxigraph", command, "--bind {host}:{port}", "/query?query=")


def rdflib_endpoint(triples: Path) -> Kind:
    """Rdflib in memory behind rdflib-endpoint and uvicorn."""
    command = (sys.executable, "-m", "benchmarks.rdflib_server", str(triples))
    return Kind("rdflib-endpoint", command, "{host} {port}", "/?query=", slow=True)
