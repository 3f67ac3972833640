"""The servers that are compared: started as a user would start them, on the same quads.

All three answer from the same triples: the dump holds the named graphs and, as the default graph,
the merged one, so that a query gives the same rows everywhere.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

import pyoxigraph as ox

from benchmarks import processes

HOST: Final = "127.0.0.1"
PORTS: Final = range(8070, 8100)
READY_SECONDS: Final = 600.0
"""A server that is not ready by then fails the run; rdflib reads a million quads in minutes."""

_STOP_SECONDS: Final = 20.0
_ROOT: Final = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Find a port on which nothing listens."""
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no port is free from {PORTS.start} to {PORTS.stop - 1}")


@dataclass(frozen=True)
class Kind:
    """How one server is started: its name, its command without host and port, its query path."""

    name: str
    command: tuple[str, ...]
    listen: str
    path: str
    environ: tuple[tuple[str, str], ...] = ()


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
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return HOST, self.port

    @property
    def host(self) -> str:
        """The value of a Host header."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._running().pid

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
        """Ask the shortest query until it is answered."""
        while not self._answers():
            if self._running().poll() is not None:
                raise RuntimeError(f"{self.name} ended:\n{self._log.read_text()[-2000:]}")
            if time.perf_counter() > deadline:
                raise RuntimeError(f"{self.name} is not ready after {READY_SECONDS:g} seconds")
            time.sleep(0.005)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("ASK {}", "application/sparql-results+json"))
        except (OSError, http.client.HTTPException):
            return False

    def ask(self, query: str, accept: str) -> bytes:
        """Put one query, over a connection of its own; ValueError when it is not answered."""
        connection = http.client.HTTPConnection(*self.address, timeout=READY_SECONDS)
        try:
            path = f"{self.kind.path}?query={quote(query, '')}"
            connection.request("GET", path, headers={"Accept": accept})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(f"{self.name} answered {answer.status}: {body[:500]!r}")
        return body

    def stop(self) -> None:
        """End the server and whatever it started."""
        process = self._running()
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


def dump(home: Path, target: Path) -> int:
    """Write all quads of the current release as N-Quads, the default graph too; give the number."""
    store = ox.Store.read_only(str((home / "current" / "store").resolve()))
    store.dump(str(target), format=ox.RdfFormat.N_QUADS)
    return len(store)


def load_oxigraph(quads: Path, location: Path) -> None:
    """Load the dump into a new store of the native server."""
    command = [_beside("oxigraph"), "load", "--location", str(location), "--file", str(quads)]
    subprocess.run(command, check=True, capture_output=True)


def _beside(program: str) -> str:
    """Give the path of a program installed with this Python."""
    return str(Path(sys.executable).with_name(program))


def citylinks(home: Path) -> Kind:
    """Our server, with the settings it ships with but for the cache, which is switched off."""
    return Kind(
        "citylinks",
        (_beside("citylinks"), "serve"),
        "--host {host} --port {port}",
        "/sparql",
        (("CITYLINKS_HOME", str(home)), ("CITYLINKS_CACHE_BYTES", "0")),
    )


def oxigraph(location: Path) -> Kind:
    """The native server; without --timeout-s, which makes it end under load."""
    command = (_beside("oxigraph"), "serve", "--location", str(location))
    return Kind("oxigraph", command, "--bind {host}:{port}", "/query")


def rdflib_endpoint(quads: Path) -> Kind:
    """Rdflib in memory behind rdflib-endpoint and uvicorn."""
    command = (sys.executable, "-m", "benchmarks.rdflib_server", str(quads))
    return Kind("rdflib-endpoint", command, "{host} {port}", "/")


def kinds(home: Path, folder: Path) -> Sequence[Kind]:
    """Prepare the data and give all servers, ours first."""
    quads, location = folder / "quads.nq", folder / "oxigraph"
    dump(home, quads)
    load_oxigraph(quads, location)
    return citylinks(home), oxigraph(location), rdflib_endpoint(quads)
