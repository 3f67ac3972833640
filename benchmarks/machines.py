"""Web machines on one SPARQL engine, and embedded: `python -m benchmarks.machines 1 2 3`.

Each web machine is a network namespace with an address of its own on one bridge; the engine and the
load are in the machine's own. All share its processors, so that more machines give no more answers
here. What shows how far one engine reaches is the processor time that each side spends on an
answer. `CITYLINKS_HOME` names a workspace that has the world; only root can make namespaces.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from benchmarks import processes, subjects
from benchmarks.client import Client, Load, Tally, merged
from benchmarks.servers import Endpoint, Kind, Server, citylinks, oxigraph
from benchmarks.workloads import BY_COUNTRY, POINT, TWINS, Workload, stream
from registry.publishing import loading
from registry.releases.workspace import Workspace
from registry.settings import Settings

_NET: Final = "10.213.0."
_BRIDGE: Final = "citylinks-b"
_SECONDS: Final = 6.0
_CONNECTIONS: Final = 12
_WORKLOADS: Final = (POINT, TWINS, BY_COUNTRY)


def _ip(*arguments: str, wanted: bool = True) -> None:
    subprocess.run(["ip", *arguments], check=wanted, capture_output=True)


@contextmanager
def _bridge() -> Iterator[str]:
    """Make a bridge; yield the address of this machine on it."""
    _ip("link", "delete", _BRIDGE, wanted=False)
    _ip("link", "add", _BRIDGE, "type", "bridge")
    try:
        _ip("address", "add", f"{_NET}1/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        yield f"{_NET}1"
    finally:
        _ip("link", "delete", _BRIDGE, wanted=False)


@contextmanager
def _namespace(number: int) -> Iterator[tuple[str, str]]:
    """Make a network namespace on the bridge; yield its name and address."""
    name, address = f"citylinks-{number}", f"{_NET}{10 + number}"
    outside, inside = f"clo{number}", f"cli{number}"
    _ip("netns", "delete", name, wanted=False)
    _ip("netns", "add", name)
    try:
        _ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name)
        _ip("link", "set", outside, "master", _BRIDGE, "up")
        _ip("-n", name, "address", "add", f"{address}/24", "dev", inside)
        _ip("-n", name, "link", "set", inside, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield name, address
    finally:
        _ip("link", "delete", outside, wanted=False)  # With its namespace it would go later.
        _ip("netns", "delete", name, wanted=False)


class _Machine(Server):
    """One of our servers in a network namespace."""

    def __init__(self, kind: Kind, log: Path, namespace: str, address: str) -> None:
        super().__init__(kind, log)
        self._namespace, self._address = namespace, address

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers queries."""
        return Endpoint(self.name, (self._address, self.port), self.kind.path, (self.pid,))

    def _start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        where = self.kind.listen.format(host=self._address, port=self.port).split()
        return subprocess.Popen(
            ["ip", "netns", "exec", self._namespace, *self.kind.command, *where],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **dict(self.kind.environ)},
        )


@dataclass(frozen=True)
class _Figure:
    """Answers per second, and milliseconds of processor time for each on both sides."""

    rate: float
    web: float
    engine: float

    def __str__(self) -> str:
        both = f"{self.web:.1f} + {self.engine:.1f}" if self.engine else f"{self.web:.1f}"
        return f"{self.rate:,.0f}/s, {both} ms"


def _measured(
    machines: Sequence[Endpoint], engine: Server | None, workload: Workload, home: Path
) -> _Figure:
    """Put one load on all machines at once."""
    about = subjects.read(home)[workload.about]

    def put(machine: Endpoint) -> Tally:
        asked = stream(workload, machine.path, machine.host, about)
        share = _CONNECTIONS // len(machines)
        with Client(1) as client:
            client.put(Load(machine.address, asked, share, 1.0, 10**6))  # Until all is warm.
            engine_spent = processes.cpu_seconds(engine.pid) if engine else 0.0
            before.append((machine.cpu_seconds(), engine_spent))
            return client.put(Load(machine.address, asked, share, _SECONDS, 10**6))

    before: list[tuple[float, float]] = []
    with ThreadPoolExecutor(len(machines)) as beside:
        whole = merged(list(beside.map(put, machines)))
    answers = len(whole.latencies)
    web = sum(machine.cpu_seconds() for machine in machines) - sum(spent for spent, _ in before)
    spent = processes.cpu_seconds(engine.pid) - max(spent for _, spent in before) if engine else 0.0
    return _Figure(whole.rate, 1_000 * web / answers, 1_000 * spent / answers)


@contextmanager
def _web(home: Path, folder: Path, count: int, **settings: str) -> Iterator[list[Endpoint]]:
    """Start web machines."""
    settings |= {"CITYLINKS_PROCESSES": "1"}
    with ExitStack() as stack:
        servers = []
        for number in range(count):
            name, address = stack.enter_context(_namespace(number))
            machine = _Machine(citylinks(home, **settings), folder / f"{name}.log", name, address)
            servers.append(stack.enter_context(machine))
        yield [server.endpoint for server in servers]


def main() -> None:
    """Measure each number of machines, on the engine and embedded; print a table."""
    home = Path(os.environ["CITYLINKS_HOME"]).resolve()
    workspace = Workspace(home)
    print("| engine | web machines | " + " | ".join(w.title for w in _WORKLOADS) + " |")
    print("| --- | --- |" + " --- |" * len(_WORKLOADS))
    with tempfile.TemporaryDirectory() as temporary, _bridge() as host:
        folder = Path(temporary)
        with Server(_listening(oxigraph(folder / "store"), host), folder / "engine.log") as engine:
            described = folder / "engine.toml"
            address = f"http://{host}:{engine.port}"
            described.write_text(
                f'kind = "oxigraph"\n[[places]]\nquery = "{address}/query"\n'
                f'data = "{address}/store?no_transaction&lenient"\n'
            )
            settings = Settings(home=home, engine=str(described))
            loading.load(workspace, settings, workspace.current() or "")
            for count in map(int, sys.argv[1:] or ["1", "2", "3"]):
                for name, beside, given in (
                    ("Oxigraph", engine, {"CITYLINKS_ENGINE": str(described)}),
                    ("embedded", None, {}),
                ):
                    with _web(home, folder, count, **given) as machines:
                        told = [_measured(machines, beside, one, home) for one in _WORKLOADS]
                    print(f"| {name} | {count} | " + " | ".join(map(str, told)) + " |", flush=True)


def _listening(kind: Kind, host: str) -> Kind:
    """Have a server listen at an address of the bridge, beside that by which it is asked here."""
    return Kind(kind.name, kind.command, "--bind 0.0.0.0:{port}", kind.path)


if __name__ == "__main__":
    main()
