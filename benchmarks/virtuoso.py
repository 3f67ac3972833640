"""Debian's `virtuoso-opensource`, where it is installed: an instance of our own in a folder.

Virtuoso answers from all graphs where a query names none, and a triple as often as graphs have it.
So the merged graph is loaded under a name, which every request gives as its default graph.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from string import Template
from typing import Final

from benchmarks.servers import HOST, READY_SECONDS, Kind, free_port
from benchmarks.targets import VIRTUOSO

WHY_NOT: Final = "Debian's virtuoso-opensource is not installed"

DIFFERENCES: Final = {
    (VIRTUOSO, "describe"): "its DESCRIBE gives what points at the city as well",
}
"""Workloads that Virtuoso is known to answer otherwise, and how."""

_SERVER: Final = "virtuoso-t"
_CLIENT: Final = "isql-vt"
_QUIET: Final = ("ERRORS=STDOUT", "VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF")
_DEFAULT_GRAPH: Final = "urn:citylinks:default"

_DEBIAN: Final = Path("/etc/virtuoso-opensource-7/virtuoso.ini")
_OURS: Final = """\
[Database]
DatabaseFile = $folder/virtuoso.db
ErrorLogFile = $folder/virtuoso.log
LockFile = $folder/virtuoso.lck
TransactionFile = $folder/virtuoso.trx
xa_persistent_file = $folder/virtuoso.pxa
[TempDatabase]
DatabaseFile = $folder/temp.db
TransactionFile = $folder/temp.trx
[Parameters]
ServerPort = $host:$sql
MaxClientConnections = 64
DirsAllowed = $quads
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
[HTTPServer]
ServerPort = $host:$port
ServerRoot = $folder
ServerThreads = 64
MaxClientConnections = 64
MaxKeepAlives = 64
KeepAliveTimeout = 60
"""
"""What differs from Debian's configuration: a folder and ports of our own, room for connections,
and as many buffers as its manual has for 2 GB. Its limits on queries are left out."""


def available() -> bool:
    """Tell whether Virtuoso is installed."""
    return _DEBIAN.exists() and all(shutil.which(program) for program in (_SERVER, _CLIENT))


def kind(quads: Path, folder: Path) -> Kind:
    """Load quads into an instance in a new folder."""
    folder.mkdir()
    file, sql = folder / "virtuoso.ini", free_port()
    ours = Template(configuration()).safe_substitute(folder=folder, quads=quads.parent, sql=sql)
    template = Template(ours)
    file.write_text(template.substitute(host=HOST, port=free_port()))
    with _instance(file, folder / "load.log", sql):
        _sql(
            sql,
            f"ld_dir('{quads.parent}', '{quads.name}', '{_DEFAULT_GRAPH}')",
            "rdf_loader_run()",
            "checkpoint",
        )
    path = f"/sparql?default-graph-uri={_DEFAULT_GRAPH}&query="
    return Kind(VIRTUOSO, _command(file), "", path, configuration=(file, template))


def configuration() -> str:
    """Give Debian's configuration with what is ours, folder and ports still to be filled in."""
    read = RawConfigParser(strict=False, inline_comment_prefixes=(";",))
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read([_DEBIAN])
    read.read_string(_OURS)
    read.remove_section("Plugins")
    read.remove_section("SPARQL")
    written = StringIO()
    read.write(written)
    return written.getvalue()


def _command(file: Path) -> tuple[str, ...]:
    return _SERVER, "+foreground", "+configfile", str(file)


@contextmanager
def _instance(file: Path, log: Path, sql: int) -> Iterator[None]:
    """Run the server, until it has written what it was given to its database."""
    with log.open("wb") as out, subprocess.Popen(_command(file), stdout=out, stderr=out) as process:
        try:
            _wait_until_ready(process, sql, log)
            yield
        finally:
            process.terminate()


def _wait_until_ready(process: subprocess.Popen[bytes], sql: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while _isql(sql, "select 1").returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{_SERVER} did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)


def _isql(port: int, *statements: str) -> subprocess.CompletedProcess[str]:
    """Run statements as the administrator, with the password of every new instance."""
    command = [_CLIENT, f"{HOST}:{port}", "dba", "dba", *_QUIET]
    return subprocess.run(
        [*command, f"EXEC={'; '.join(statements)};"], capture_output=True, text=True, check=False
    )


def _sql(port: int, *statements: str) -> None:
    """Run statements, and see that all files were loaded."""
    failed = "select count(*) from DB.DBA.LOAD_LIST where ll_error is not null or ll_state <> 2"
    said = _isql(port, *statements, failed)
    if said.returncode or "*** Error" in said.stdout:
        raise RuntimeError(f"{_CLIENT} failed: {said.stdout[-2000:]}{said.stderr[-2000:]}")
    if said.stdout.split() != ["0"]:
        raise RuntimeError(f"Virtuoso did not load the data: {said.stdout[-2000:]}")
