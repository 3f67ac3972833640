"""Other engines for tests, each in a folder: started, described for the setting `engine`, ended."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

import urllib3

from benchmarks import virtuoso
from benchmarks.servers import HOST, free_port
from tests.sparql.jena import JARS, messages

START_SECONDS = 60
_JENA = Path(__file__).with_name("Jena.java")


@dataclass(frozen=True)
class Engine:
    """An engine: its name, why it cannot be started here, and how it is; a file describes it."""

    name: str
    missing: Callable[[], str]
    running: Callable[[Path], object]


@contextmanager
def started(command: Sequence[str], log: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end, from when it answers at an address, whatever that is."""
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            until = time.monotonic() + START_SECONDS
            while not _answers(url):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield process
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        urllib3.request("GET", url, retries=False, timeout=5)
    except urllib3.exceptions.HTTPError:
        return False
    return True


def oxigraph_program() -> str:
    """Return the program `oxigraph`, of the interpreter or on the path; empty without one."""
    beside = Path(sys.executable).with_name("oxigraph")
    return str(beside) if beside.exists() else shutil.which("oxigraph") or ""


@contextmanager
def oxigraph(folder: Path, places: int = 3) -> Iterator[Path]:
    """Run servers of Oxigraph, each of which holds one release."""
    described = 'kind = "oxigraph"\n'
    with ExitStack() as running:
        for at in range(places):
            port = free_port()
            bound = ("--bind", f"{HOST}:{port}")
            command = (oxigraph_program(), "serve", "--location", str(folder / f"{at}"), *bound)
            url = f"http://{HOST}:{port}"
            running.enter_context(started(command, folder / f"{at}.log", f"{url}/query"))
            described += f'[[places]]\nquery = "{url}/query"\nupdate = "{url}/update"\n'
            described += f'data = "{url}/store?no_transaction&lenient"\n'
        yield _described(folder, described)


_SMALL = {"170000": "20000", "130000": "15000"}
"""Buffers of Virtuoso for the data of tests."""

_DEADLINE = "MaxQueryExecutionTime = 10"
"""Virtuoso does not notice that nobody waits for an answer any more."""


@contextmanager
def virtuoso_opensource(folder: Path, places: int = 2) -> Iterator[Path]:
    """Run servers of Virtuoso, each of which holds one release."""
    password = folder / "password"
    password.write_text("dba\n")
    described = f'kind = "virtuoso"\nuser = "dba"\npassword_file = "{password}"\n'
    with ExitStack() as running:
        for at in range(places):
            port, home = free_port(), folder / f"{at}"
            home.mkdir()
            given = {"folder": home, "quads": folder, "sql": free_port(), "host": HOST}
            written = Template(virtuoso.configuration()).substitute(given, port=port)
            for large, small in _SMALL.items():
                written = written.replace(large, small)
            (home / "virtuoso.ini").write_text(f"{written}\n[SPARQL]\n{_DEADLINE}\n")
            command = ("virtuoso-t", "+foreground", "+configfile", str(home / "virtuoso.ini"))
            url = f"http://{HOST}:{port}"
            running.enter_context(started(command, home / "log", f"{url}/sparql"))
            described += f'[[places]]\nquery = "{url}/sparql"\n'
            described += f'data = "{url}/sparql-graph-crud-auth"\n'
        yield _described(folder, described)


@contextmanager
def jena(folder: Path) -> Iterator[Path]:
    """Run Apache Jena, which makes a dataset for each release."""
    messages(folder)
    port = free_port()
    url = f"http://{HOST}:{port}"
    command = ("java", "-Xmx1g", "-Xss16m", "-cp", f"{folder}:{JARS}/*", str(_JENA), str(port))
    with started(command, folder / "log", url):
        dataset, admin = f"{url}/citylinks-{{release}}", f"{url}/$/datasets"
        yield _described(
            folder,
            f'[[places]]\nquery = "{dataset}"\ndata = "{dataset}/data"\n'
            f'[make]\nmethod = "POST"\nurl = "{admin}"\n'
            'body = "dbName=citylinks-{release}&dbType=mem"\n'
            f'[drop]\nmethod = "DELETE"\nurl = "{admin}/citylinks-{{release}}"\n',
        )


def _described(folder: Path, text: str) -> Path:
    file = folder / "engine.toml"
    file.write_text(text)
    return file


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "oxigraph",
            lambda: "" if oxigraph_program() else "the package oxigraph is not installed",
            oxigraph,
        ),
        Engine(
            "virtuoso",
            lambda: "" if virtuoso.available() else virtuoso.WHY_NOT,
            virtuoso_opensource,
        ),
        Engine(
            "jena",
            lambda: (
                ""
                if shutil.which("java") and (JARS / "jena-arq.jar").exists()
                else "Debian's libapache-jena-java is not installed"
            ),
            jena,
        ),
    )
}
