"""A server of ours in a process of its own, asked over a socket as any client would."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import IO, Any
from urllib.parse import quote, urlsplit

from registry.settings import PREFIX
from tests.engines.differences import TESTED_ENGINE

PATIENCE = 30
"""Seconds after which a server that does not answer is given up."""


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get_content_type()


@dataclass(frozen=True)
class Server:
    """A running server: its address, its process, and the seconds until it was ready."""

    url: str
    process: subprocess.Popen[str]
    ready_after: float

    def ask(
        self, path: str, method: str = "GET", body: bytes | str | None = None, **headers: str
    ) -> Reply:
        """Send a request, with the path as it is and header names in Python's spelling."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        host = urlsplit(self.url).netloc
        connection = http.client.HTTPConnection(host, timeout=PATIENCE)
        try:
            connection.putrequest(method, path, "Host" in named, skip_accept_encoding=True)
            for name, value in named.items():
                connection.putheader(name, value)
            content = body.encode() if isinstance(body, str) else body
            if content is not None:
                connection.putheader("Content-Length", str(len(content)))
            connection.endheaders(content)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def query(self, text: str, parameters: str = "", **headers: str) -> Reply:
        """Send a query by GET."""
        return self.ask(f"/sparql?query={quote(text)}{parameters}", **headers)

    def post(self, text: str, parameters: str = "", **headers: str) -> Reply:
        """Send a query by POST directly."""
        headers["Content_Type"] = "application/sparql-query"
        return self.ask(f"/sparql{parameters}", "POST", text, **headers)


@contextmanager
def serving(
    settings: Mapping[str, str],
    errors: int | IO[str] = subprocess.PIPE,
    within: Sequence[str] = (),
    options: Sequence[str] = (),
    program: Sequence[str] = (sys.executable, "-m", "registry.cli"),
) -> Iterator[Server]:
    """Serve with these settings on a free port, in a process group of its own.

    `within` is the beginning of a command that runs the rest of it, `options` are its end;
    `program` is `citylinks`, where it is not this one.

    One process serves where the settings do not say otherwise: each more takes longer to start and
    to end than most tests last.

    A server with much to say on stderr needs a file for it: a pipe that nobody reads stops it.
    """
    started = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    few = os.environ[f"{PREFIX}GAZETTEER"]
    engine = {"engine": os.environ.get(TESTED_ENGINE, "")}
    given = {"shipped": "curated", "gazetteer": few, "processes": "1", **engine, **settings}
    environment |= {PREFIX + name.upper(): value for name, value in given.items()}
    command = [*within, *program, "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    )
    try:
        yield _ready(process, started)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _ready(process: subprocess.Popen[str], started: float) -> Server:
    """Wait for the address that the server prints, and for its word that it is well."""
    assert process.stdout
    assert select.select([process.stdout], [], [], PATIENCE)[0], "the server says nothing"
    address = re.search(r"http://\S+[0-9]", process.stdout.readline())
    assert address, process.communicate(timeout=PATIENCE)
    server = Server(address[0], process, 0)
    assert server.ask("/health").status == 200
    return Server(address[0], process, time.monotonic() - started)
