"""All servers on the same data: prepared, started, and ended together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import proxy, virtuoso
from benchmarks.servers import (
    Endpoint,
    Kind,
    Server,
    citylinks,
    dump,
    load_oxigraph,
    oxigraph,
    rdflib_endpoint,
)


@dataclass(frozen=True)
class Stage:
    """The servers that run, ours first, and where they answer, one of them perhaps by a proxy."""

    servers: list[Server]
    endpoints: list[Endpoint]


@contextmanager
def on(home: Path, folder: Path) -> Iterator[Stage]:
    """Start every server on the current release of a workspace, writing to a new folder."""
    folder.mkdir()
    with ExitStack() as stack, ThreadPoolExecutor() as side_by_side:
        making = [side_by_side.submit(_start, stack, made, folder) for made in _kinds(home, folder)]
        servers = [started.result() for started in making]
        endpoints = [server.endpoint for server in servers]
        if proxy.available():
            front = proxy.before(endpoints[0], home, folder / "nginx")
            endpoints.insert(1, stack.enter_context(front))
        else:
            print(f"left out: {proxy.WHY_NOT}")
        yield Stage(servers, endpoints)


def _kinds(home: Path, folder: Path) -> Iterator[Callable[[], Kind]]:
    """Give what prepares the data for each server, ours first."""
    quads, default = dump(home, folder)
    yield lambda: citylinks(home)
    yield lambda: _oxigraph(quads, folder / "oxigraph")
    yield lambda: rdflib_endpoint(default)
    if virtuoso.available():
        yield lambda: virtuoso.kind(quads, folder / "virtuoso")
    else:
        print(f"left out: {virtuoso.WHY_NOT}")


def _oxigraph(quads: Path, location: Path) -> Kind:
    load_oxigraph(quads, location)
    return oxigraph(location)


def _start(stack: ExitStack, made: Callable[[], Kind], folder: Path) -> Server:
    """Prepare and start one server; the stack ends it, also when another one fails."""
    kind = made()
    server = Server(kind, folder / f"{kind.name}.log")
    stack.push(server)
    return server.__enter__()
