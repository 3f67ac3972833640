"""The errors that users can meet, by name (RFC 9457, *Problem Details for HTTP APIs*).

A `Problem` is raised where the error is found, by code that knows no HTTP; `web` turns it into
`application/problem+json` or a page, `cli` into one line on stderr.
"""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its HTTP status (an int), its title and what it means to a user."""

    status: int
    title: str
    meaning: str


KINDS: Final[dict[str, Kind]] = {
    "query-syntax": Kind(
        400,
        "The query is not SPARQL 1.1",
        "Line and column name the place where reading stopped; the mistake is there or shortly "
        "before.",
    ),
    "query-too-large": Kind(
        413, "The query is too long", "Ask for less at once, or run a mirror with other limits."
    ),
    "query-too-deep": Kind(
        400,
        "The query is nested too deeply",
        "Brackets, unions or operators stand inside each other more often than the limit allows.",
    ),
    "query-timeout": Kind(
        504,
        "The query took too long",
        "It was stopped at the deadline and nothing of its answer was kept. Narrow it, or load "
        "the dump into a store of your own.",
    ),
    "query-memory": Kind(
        422, "The query needed too much memory", "It was stopped. Narrow it, or use the dump."
    ),
    "answer-too-large": Kind(
        422,
        "The answer is too large",
        "An answer is complete or it is an error, so nothing of it was sent. A page takes less "
        "than other formats: choose one of them, ask in parts with ORDER BY, LIMIT and OFFSET, or "
        "use the dump.",
    ),
    "busy": Kind(503, "The server is busy", "Too much waits already. Try again shortly."),
    "unwritable": Kind(
        503,
        "The registry cannot write its files",
        "Its disk is full, or read only. What is only read is answered as ever; all else has to "
        "wait for the operator.",
    ),
    "not-ready": Kind(
        503,
        "The registry cannot answer",
        "The detail names what failed of query, indexes and page. Ask its operator, or try again.",
    ),
    "engine-unreachable": Kind(
        503,
        "The engine of this registry does not answer",
        "Queries are answered by another server, which is busy, gone or being loaded. Try again "
        "shortly; pages, files and search do not need it.",
    ),
    "engine-failed": Kind(
        502,
        "The engine of this registry failed",
        "Queries are answered by another server, which refused this one or did not answer it to "
        "the end. Nothing of its answer was sent.",
    ),
    "rate": Kind(
        429,
        "Too many requests of yours at once",
        "Your own requests fill the queue. Wait for their answers, then go on.",
    ),
    "service-refused": Kind(
        403,
        "SERVICE is not offered",
        "Queries here read this registry alone; federate from an endpoint of your own.",
    ),
    "update-refused": Kind(
        403, "The endpoint is read only", "Contributions come in through the source graphs."
    ),
    "unknown-graph": Kind(
        400,
        "The dataset names a graph that is not here",
        "The graphs of a release are listed in its manifest and at /graph.",
    ),
    "unknown-function": Kind(
        400,
        "The query calls a function that is not here",
        "The functions beside those of SPARQL 1.1 are listed in the service description.",
    ),
    "not-acceptable": Kind(
        406, "No format fits the Accept header", "The allowed media types are listed."
    ),
    "unsupported-type": Kind(
        415, "The media type of the request is not read here", "The allowed ones are listed."
    ),
    "bad-parameter": Kind(
        400, "A parameter is wrong", "The detail names it and says what it may be."
    ),
    "method-not-allowed": Kind(
        405, "This address does not know that method", "The header Allow names those it knows."
    ),
    "not-found": Kind(
        404, "There is nothing here", "Nothing was ever published here, or the address is misspelt."
    ),
    "gone": Kind(410, "This is gone", "It was published once and was withdrawn."),
    "data-syntax": Kind(
        400, "The file cannot be read", "The detail says why, and where if that is known."
    ),
    "data-too-large": Kind(
        413,
        "The data are too much to take",
        "They are over a limit of bytes, time or memory, which the detail names. Send less at "
        "once, or validate them with the command on a registry of your own.",
    ),
    "data-invalid": Kind(422, "The data do not fit the shapes", "The report names each fault."),
    "conflict": Kind(
        409,
        "Another change is in the way",
        "Both sides changed: say which wins. Or another publish is under way: try again shortly.",
    ),
    "precondition": Kind(
        412,
        "It is not as you expect it",
        "A condition such as If-Match does not hold: it has changed, or is not there.",
    ),
    "unauthorised": Kind(
        401,
        "This needs a token",
        "Send the header Authorization: Bearer with a token that this registry gave out.",
    ),
    "forbidden": Kind(403, "This may not be written", "The detail says why."),
    "internal": Kind(500, "Something broke here", "It is logged; nothing of yours was lost."),
}


class Problem(Exception):
    """An error with a name of `KINDS`, a detail for people, and members such as line or limit."""

    def __init__(self, name: str, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.name = name
        self.kind = KINDS[name]
        self.detail = detail
        self.members = {key: value for key, value in members.items() if value is not None}

    def __str__(self) -> str:
        """One line: the detail, with the place where there is one."""
        line, column = self.members.get("line"), self.members.get("column")
        place = f" (line {line}, column {column})" if line and column else ""
        return " ".join(self.detail.split()) + place


_UNWRITABLE: Final = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM})
_UNWRITABLE_DATABASE: Final = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
)


def unwritable(error: OSError | sqlite3.Error) -> Problem:
    """Return the problem that an error in writing is; raise the error where it is another.

    The detail names no path: it is shown to readers.
    """
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        return Problem("unwritable", f"nothing can be written: {error.strerror}")
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF == sqlite3.SQLITE_IOERR:  # What cannot be read is `Damaged` already.
        detail = f"nothing can be written: {error}, as where the disk is full"
        return Problem("unwritable", detail)
    if code & 0xFF in _UNWRITABLE_DATABASE:  # What is above tells more of the same.
        return Problem("unwritable", f"nothing can be written: {error}")
    raise error
