"""Who may write over HTTP: a file with a line for each token.

A line is the SHA-256 of the token in hexadecimal, the name of who has it, and, where not every
graph may be written, the beginnings of the names of those that may:

    9f86d081…0f00a08 perm
    60303ae2…f9ea0a8 oxford oxford- visits-2026

Empty lines and lines that begin with # are passed over. Tokens themselves are kept nowhere. The
file is read anew for each request, so that a token can be given out or withdrawn at any time.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from cachetools import TTLCache

from registry import terms
from registry.graphs.placement import graph_fault
from registry.problems import Problem
from registry.settings import SettingError

_LOG: Final = logging.getLogger("citylinks")
_HASH: Final = re.compile(r"[0-9a-f]{64}")

_GUESSES: Final = 20
"""Tokens of one client that may be refused before it has to wait."""

_WAIT: Final = 60
"""Seconds without a refusal after which a client may try again."""

_CLIENTS: Final = 10_000
"""Clients whose refusals are remembered."""


@dataclass(frozen=True)
class Writer:
    """Somebody who has a token; without `beginnings` they may write every graph."""

    name: str
    beginnings: tuple[str, ...] = ()

    def check(self, graph: str) -> None:
        """Refuse a graph that no contribution, or not this writer, may write; `forbidden`."""
        if fault := graph_fault(graph):
            raise Problem("forbidden", fault)
        if self.beginnings and not graph.removeprefix(terms.GRAPH).startswith(self.beginnings):
            raise Problem("forbidden", f"the token of {self.name} may not write <{graph}>")


def read(path: Path) -> dict[str, Writer]:
    """Read who may write, by the hash of their token.

    Raises
    ------
    SettingError
        when the file cannot be read, or a line of it.

    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"the tokens cannot be read: {error}") from error
    found: dict[str, Writer] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 2 or not _HASH.fullmatch(words[0].lower()) or words[0].lower() in found:
            raise SettingError(f"{path}, line {number}: a SHA-256 and a name are wanted, each once")
        found[words[0].lower()] = Writer(words[1], tuple(words[2:]))
    return found


class Refusals:
    """The clients whose tokens were refused lately; who has guessed too often has to wait."""

    def __init__(self) -> None:
        self._counts: TTLCache[str, int] = TTLCache(_CLIENTS, _WAIT)
        self._lock = Lock()

    def check(self, client: str) -> None:
        """Refuse a client that has guessed too often; `rate`."""
        with self._lock:
            count = self._counts.get(client, 0)
        if count >= _GUESSES:
            raise Problem("rate", "too many tokens of yours were refused", retryAfter=_WAIT)

    def count(self, client: str) -> None:
        """Count a token that was refused, and log it; neither token nor client is named."""
        with self._lock:
            count = self._counts[client] = self._counts.get(client, 0) + 1
        _LOG.warning("a token was refused, %d of this client in a minute", count)


def admit(tokens: str, token: str | None, client: str, refusals: Refusals) -> Writer:
    """Return who has a token; `tokens` is the path of the file, empty where nobody may write.

    Raises
    ------
    Problem
        `forbidden` when nobody may write; `unauthorised` when the token is nobody's, `rate` when
        the client has guessed too often.

    """
    if not tokens:
        raise Problem("forbidden", "graphs are not written over HTTP here: no token is given out")
    if not token:
        raise Problem("unauthorised", "to write a graph send a token")
    refusals.check(client)
    try:
        known = read(Path(tokens))
    except SettingError as error:
        _LOG.error("%s", error)
        raise Problem("forbidden", "nobody can write: the tokens cannot be read") from error
    given = hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
    # Every one is compared, and whole, so that the time tells nothing of what is known.
    fitting = [writer for sha256, writer in known.items() if hmac.compare_digest(sha256, given)]
    if not fitting:
        refusals.count(client)
        raise Problem("unauthorised", "nobody here has that token")
    return fitting[0]
