"""How fast names are reconciled, and how well: `python -m benchmarks.reconciliation [TABLE]`.

The shipped world is served, and one client sends 10,000 names of the gazetteer with their countries
in batches; then single names. Beside it stands csv-reconcile (PyPI) in an environment of its own,
with the cities of the registry as its table and the same names, of which it knows no country.

With the table of URBACT that is imported first, and every name looked up through the service; its
GeoNames ids are the truth, and beside it stands what the importers find.
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks import identity, processes
from benchmarks.servers import HOST, READY_SECONDS, Server, citylinks, free_port
from registry import shipped
from registry.places.gazetteer import unpack
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.views.names import NAMES

_NAMES: Final = 10_000
_BATCH: Final = 50
_SINGLE: Final = 500
_SLOW: Final = 500
"""Names that are sent to the other service, which compares each with every one of its own."""

_SEED: Final = 7
_LEAST: Final = 3_000
"""Inhabitants of the places whose names are sent."""

Name = tuple[str, str]


def names(number: int) -> list[Name]:
    """Choose names of places with their countries; one in twenty has lost a letter."""
    places = [p for p in unpack(shipped.GAZETTEER.read_bytes()).places if p.population > _LEAST]
    chosen = random.Random(_SEED).sample(places, number)
    return [
        (p.name[:2] + p.name[3:] if n % 20 == 0 else p.name, p.country)
        for n, p in enumerate(chosen)
    ]


class Asker:
    """A client of a reconciliation service, on one connection."""

    def __init__(self, port: int, kind: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=READY_SECONDS)
        self._kind = kind

    def ask(self, batch: Sequence[Name]) -> list[dict[str, Any]]:
        """Send a batch; give the first candidate of each name, empty where there is none."""
        queries = {str(n): self._query(*name) for n, name in enumerate(batch)}
        found = self.post({"queries": json.dumps(queries)})
        answers = (found[str(n)]["result"] for n in range(len(batch)))
        return [answer[0] if answer else {} for answer in answers]

    def post(self, fields: dict[str, str]) -> dict[str, Any]:
        """Send a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/reconcile", urlencode(fields), kind)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {body[:300]!r}")
        told: dict[str, Any] = json.loads(body)
        return told

    def _query(self, name: str, country: str) -> dict[str, Any]:
        told = [{"pid": "country", "v": country}] if country else []
        return {"query": name, "limit": 5, "properties": told} | (
            {"type": self._kind} if self._kind else {}
        )


def rate(asker: Asker, asked: Sequence[Name]) -> tuple[float, int]:
    """Send all names in batches; give names a second, and how many had a candidate."""
    found, began = 0, time.perf_counter()
    for start in range(0, len(asked), _BATCH):
        found += sum(map(bool, asker.ask(asked[start : start + _BATCH])))
    return len(asked) / (time.perf_counter() - began), found


def single(asker: Asker, asked: Sequence[Name]) -> float:
    """Send names one at a time; give the median in milliseconds."""
    times = []
    for name in asked:
        began = time.perf_counter()
        asker.ask([name])
        times.append(time.perf_counter() - began)
    return 1_000 * statistics.median(times)


@contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[int]:
    """Run a server that knows no SPARQL until its port answers; give its process, and stop it."""
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait(port, process)
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            http.client.HTTPConnection(HOST, port, timeout=5).connect()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not answer")


def _command(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


@contextmanager
def ours(folder: Path, tables: Sequence[Path]) -> Iterator[tuple[int, int]]:
    """Serve the world, with what tables of URBACT add to it; give port and process."""
    home = {"CITYLINKS_HOME": str(folder / "home"), "CITYLINKS_SHIPPED": "all"}
    run = [_command("citylinks"), "publish"]
    subprocess.run(run, check=True, env=os.environ | home, stdout=subprocess.DEVNULL)
    for table in tables:
        run = [_command("citylinks"), "import", "table", str(table), "--mapping", "urbact", "-q"]
        subprocess.run(run, check=True, env=os.environ | home)
    with Server(citylinks(folder / "home", CITYLINKS_SHIPPED="all"), folder / "log") as server:
        yield server.port, server.pid


@contextmanager
def theirs(folder: Path, cities: Path) -> Iterator[tuple[int, int]]:
    """Serve a table with csv-reconcile; give port and process."""
    venv.create(folder / "venv", with_pip=True)
    place = folder / "venv" / "bin"
    pip = [str(place / "pip"), "install", "--quiet", "csv-reconcile", "gunicorn"]
    subprocess.run(pip, check=True)
    init = [str(place / "csv-reconcile"), "init", str(cities), "id", "name"]
    subprocess.run(init, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    port = free_port()
    serve = [str(place / "gunicorn"), "-w", "2", "-t", "600", "-b", f"{HOST}:{port}"]
    with running([*serve, "csv_reconcile:create_app()"], port, folder) as pid:
        yield port, pid


def cities(home: Path, target: Path) -> None:
    """Write the names of the cities of the registry, for a service that knows one name of each."""
    index = Shelf(Workspace(home)).current().view(NAMES)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["id", "name"])
        writer.writerows(index.ask("SELECT ref, label FROM thing WHERE kind = 'city' ORDER BY ref"))


def accuracy(asker: Asker, table: Path) -> None:
    """Print how the first candidates for the names of a table compare with its truth."""
    rows = list(identity.rows(table))
    found = [
        _geonames(one)
        for start in range(0, len(rows), _BATCH)
        for one in asker.ask([(m.name, m.country) for m, _ in rows[start : start + _BATCH]])
    ]
    wanted = [truth for _, truth in rows]
    print(f"  URBACT, candidates from {_SURE:g}: {identity.told(found, wanted)}")


_SURE: Final = 75.0
"""Score from which the importers, too, take a candidate."""


def _geonames(found: dict[str, Any]) -> int:
    """Give the number that a reference ends in."""
    number = found.get("id", "").rpartition("-")[2]
    return int(number) if number.isdecimal() and found["score"] >= _SURE else 0


def main() -> None:
    """Measure, and print."""
    tables = [Path(name).resolve() for name in sys.argv[1:]]
    asked = names(_NAMES)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port, pid = stack.enter_context(ours(folder, tables))
        asker = Asker(port, "city")
        asker.ask(asked[:1])
        held = [processes.web_memory(pid)]
        speed, found = rate(asker, asked)
        print(f"{_NAMES} names with their countries, batches of {_BATCH}, one client")
        print(f"  citylinks: {speed:.0f} names a second; {found} have a candidate")
        print(f"  one name: {single(asker, asked[:_SINGLE]):.1f} ms (median)")
        held.append(processes.web_memory(pid))
        rate(asker, asked)
        first, then, again = (size / 2**20 for size in (*held, processes.web_memory(pid)))
        print(f"  memory: {first:.0f} MB after one name, {then:.0f} after all, {again:.0f} twice")
        for table in tables:
            accuracy(asker, table)
        listed = folder / "cities.tsv"
        cities(folder / "home", listed)
        other, _ = stack.enter_context(theirs(folder, listed))
        bare = [(name, "") for name, _ in asked[:_SLOW]]
        theirs_speed, _ = rate(Asker(other, ""), bare)
        rest, _ = rate(Asker(port, "city"), asked[:_SLOW])
        print(f"  csv-reconcile: {theirs_speed:.1f} names a second, {_SLOW} of them")
        print(f"  citylinks on the same: {rest:.0f} names a second, {rest / theirs_speed:.0f} : 1")


if __name__ == "__main__":
    main()
