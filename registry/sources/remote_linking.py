"""Linking of tables by another server, which has the cities: a job there, waited for here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import urlencode

from registry import progress
from registry.problems import KINDS, Problem
from registry.sources.http_client import Answer, Client, retry_after

_PATIENCE: Final = 3600.0
"""Seconds until a job is given up: others may wait before it, each for minutes."""

_AGAIN: Final = 1.0
"""Seconds until a server is asked again how far a job is."""

_MOST: Final = 1 << 20
"""Bytes of an answer that is no table."""

_LARGEST: Final = 1 << 30
"""Bytes of a linked table."""

_BUSY: Final = frozenset({429, 503})


def linked(server: str, columns: Sequence[tuple[str, str]], table: bytes) -> bytes:
    """Return a table with the cities of a server; `columns` are the parameters of its `/link`.

    Raises
    ------
    Problem
        as the server tells it.
    ConnectionError
        when it does not answer, or has no time.
    ValueError
        when this is no address of a server.

    """
    until = monotonic() + _PATIENCE
    with Client(server) as client:
        answer = _sent(client, f"/link?{urlencode(columns)}", table, until)
        if answer.status == 200:
            return answer.body
        job = json.loads(answer.body)
        while job["state"] == "running":
            progress.step(f"waiting for {client.url}{job['job']}")
            if monotonic() > until:
                raise ConnectionError(f"{client.url}{job['job']} is not done yet")
            sleep(_AGAIN)
            about = client.get(job["job"], _MOST, {"Accept": "application/json"})
            job = json.loads(about.body)
        if job["state"] == "failed":
            raise _problem(job["problem"], job["detail"])
        if job["state"] != "done":
            raise ConnectionError(f"{client.url} was restarted: ask again")
        return client.get(job["result"], job["bytes"]).body


def _sent(client: Client, path: str, table: bytes, until: float) -> Answer:
    """Send a table, again where the server has no time now."""
    headers = {"Content-Type": "text/csv", "Prefer": "respond-async", "Accept": "text/csv, */*"}
    while True:
        answer = client.post(path, table, _LARGEST, headers)
        if answer.status in {200, 202}:
            return answer
        wait = max(_AGAIN, retry_after(answer.headers.get("Retry-After", "")))
        if answer.status not in _BUSY or monotonic() + wait > until:
            raise _refused(client, answer)
        sleep(wait)


def _refused(client: Client, answer: Answer) -> Problem | ConnectionError:
    """Return why a server links nothing."""
    told: Any = {}
    if answer.status < 500 and answer.headers.get("Content-Type", "").endswith("+json"):
        told = json.loads(answer.body)
    name = str(told.get("type", "")).rpartition("/")[2]
    if name in KINDS:
        return _problem(name, str(told.get("detail", "")))
    return ConnectionError(f"{client.url} answers {answer.status}")


def _problem(name: str, detail: str) -> Problem:
    """Return a problem as another server tells it."""
    return Problem(name if name in KINDS else "internal", detail)
