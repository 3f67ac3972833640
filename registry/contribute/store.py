"""Proposals: what was sent, how far it is, and who said what about it.

    open ──▶ question ──▶ open            an editor asks, whoever sent it answers
     │ └───────▶ withdrawn                by whoever sent it
     ├─────────▶ declined                 by an editor, with a reason
     └─▶ publishing ──▶ accepted          by an editor; back to open where the release refuses it
                          └──▶ undone     no current release has it any more

Each change names the version of the proposal that its author saw, and makes the next one: of two
that saw the same, the second is refused. Secrets are kept as hashes; they are made
from the form, which is sent once: whoever sends it again is led to the same proposal.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from registry.contribute import database
from registry.contribute.drafts import Draft, Note, Table, draft_of, rows_of, table_of
from registry.contribute.kinds import KINDS
from registry.problems import Problem

TABLE: Final = "table"
NOTE: Final = "note"

OPEN: Final = "open"
QUESTION: Final = "question"
PUBLISHING: Final = "publishing"
ACCEPTED: Final = "accepted"
DECLINED: Final = "declined"
WITHDRAWN: Final = "withdrawn"
UNDONE: Final = "undone"

STATES: Final = (OPEN, QUESTION, PUBLISHING, ACCEPTED, DECLINED, WITHDRAWN, UNDONE)
EVENTS: Final = (
    *("sent", "question", "answer", "amended", "followed", "accepted", "done", "declined"),
    *("withdrawn", "failed", "undone", "restored"),
)
"""What readers are told of that happened to a proposal."""

WAITING: Final = (OPEN, QUESTION)
"""The states of which something may still become."""

PROPOSER: Final = ""
"""Stands for whoever sent a proposal among those who said something."""

_PAGE: Final = 50
"""Proposals that a page of the queue shows."""

_NOTES: Final = 100
"""Things that may be said about one proposal."""


@dataclass(frozen=True)
class Said:
    """Something that happened to a proposal: when, what, by whom, and in which words."""

    at: str
    what: str
    who: str
    text: str
    before: str = ""

    @property
    def former(self) -> Draft | Table | None:
        """What was proposed before it was amended; None where it was not."""
        body = json.loads(self.before) if self.before else None
        return body and (table_of(body) if "rows" in body else draft_of(body))


@dataclass(frozen=True)
class Proposal:
    """A proposal as it is stored; `release` is the one that has it, empty before.

    `kind` is that of its draft, `table` or `note`; `about` names what it is about. `moved` has what
    took the place of things since it was stored: its draft names these.
    """

    id: int
    kind: str
    draft: Draft | Table | Note
    about: str
    source: str
    comment: str
    report: Sequence[Mapping[str, str]]
    state: str
    version: int
    created: str
    changed: str
    email: str
    release: str
    said: tuple[Said, ...] = field(default=(), compare=False)
    moved: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def day(self) -> str:
        """The day on which it was sent."""
        return self.created[:10]

    @property
    def is_waiting(self) -> bool:
        """Whether something may still become of it."""
        return self.state in WAITING


@dataclass(frozen=True)
class Sent:
    """What somebody sends: a draft, what they tell editors beside it, and what shapes say of it.

    `who` is the holder of a token who sends it; nobody else tells a name.
    """

    draft: Draft | Table | Note
    form: str
    comment: str = ""
    email: str = ""
    report: Sequence[Mapping[str, str]] = ()
    who: str = ""

    @property
    def kind(self) -> str:
        """What it is a proposal of."""
        if isinstance(self.draft, Draft):
            return self.draft.kind
        return TABLE if isinstance(self.draft, Table) else NOTE

    @property
    def about(self) -> str:
        """What it is about, if it is about one thing: a link by its reference."""
        return about(self.draft)

    @property
    def source(self) -> str:
        """What names its source, or the first of several."""
        return next((one.source.key for one in rows_of(self.draft)), "")


def about(draft: Draft | Table | Note) -> str:
    """Name what a draft is about; empty for a table or a note."""
    return KINDS[draft.kind].about(draft) if isinstance(draft, Draft) else ""


def now() -> str:
    """Return the present time as it is stored: UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Proposals:
    """The proposals of a workspace, for any number of processes.

    E-mail addresses are deleted after a number of `days`.
    """

    def __init__(self, home: Path, days: int) -> None:
        self._home, self._days = home, days

    def add(self, sent: Sent, secret: str) -> tuple[int, bool]:
        """Store what was sent, under the secret of its form.

        Return its number, and whether what is stored is what was sent: a form that was sent before
        is not stored again, whatever it says now.

        Raises
        ------
        Problem
            `gone` where what it sent before was redacted.

        """
        at, draft = now(), json.dumps(sent.draft.as_json(), ensure_ascii=False)
        values = (
            *(_hash(secret), _hash(sent.form), sent.kind, draft, sent.about, sent.source),
            *(sent.comment, json.dumps(list(sent.report)), OPEN, 1, at, at, sent.email, ""),
        )
        with database.changing(self._home) as connection:
            self._forget(connection)
            _refuse_gone(connection, secret)
            known = connection.execute(_BY_FORM, (_hash(sent.form),)).fetchone()
            if known:
                return known["id"], json.loads(known["sent"]) == json.loads(draft)
            number = connection.execute(_INSERT, values).lastrowid or 0
            _say(connection, number, Said(at, "sent", sent.who or PROPOSER, ""))
        return number, True

    def by_secret(self, secret: str) -> Proposal:
        """Return the proposal of a secret; `not-found` where it is nobody's, `gone` if redacted."""
        with database.reading(self._home) as connection:
            if connection:
                _refuse_gone(connection, secret)
        return self._one("secret = ?", _hash(secret))

    def get(self, number: int) -> Proposal:
        """Return a proposal by its number; `not-found` where there is none."""
        return self._one("id = ?", number)

    def _one(self, where: str, value: object) -> Proposal:
        with database.reading(self._home) as connection:
            row = (
                connection
                and connection.execute(
                    f"SELECT * FROM proposal WHERE {where}",  # noqa: S608
                    (value,),
                ).fetchone()
            )
            if not connection or not row:
                raise Problem("not-found", "there is no such proposal")
            said = connection.execute(
                "SELECT at, what, who, text, before FROM event WHERE proposal = ? ORDER BY id",
                (row["id"],),
            )
            return _proposal(row, tuple(Said(*one) for one in said))

    def queue(self, states: Iterable[str], after: int = 0) -> tuple[list[Proposal], int]:
        """List proposals in some states, oldest first, behind a number; and how many there are."""
        wanted = list(states)
        marks = ", ".join("?" * len(wanted))
        with database.reading(self._home) as connection:
            if not connection:
                return [], 0
            rows = connection.execute(
                f"SELECT * FROM proposal WHERE state IN ({marks}) AND id > ? ORDER BY id LIMIT ?",  # noqa: S608
                (*wanted, after, _PAGE),
            ).fetchall()
            (total,) = connection.execute(
                f"SELECT count(*) FROM proposal WHERE state IN ({marks})",  # noqa: S608
                wanted,
            ).fetchone()
        return [_proposal(row) for row in rows], total

    def like(self, one: Proposal | Sent, number: int = 0) -> list[Proposal]:
        """List the proposals on the same thing or by the same source, but for the one of a number.

        What was declined or withdrawn is among them, since it tells what was decided before; and so
        is what waits on a new thing that may be the same one.
        """
        alike = KINDS[one.kind].alike if one.kind in KINDS else None
        waiting = self.waiting(one.kind) if alike else []
        same = [two for two in waiting if alike and alike(*rows_of(one.draft), *rows_of(two.draft))]
        with database.reading(self._home) as connection:
            rows = (
                connection.execute(
                    "SELECT * FROM proposal WHERE id <> ? AND (link <> '' AND link = ? "
                    "OR source <> '' AND source = ?) ORDER BY id DESC LIMIT 20",
                    (number, one.about, one.source),
                ).fetchall()
                if connection
                else ()
            )
        found = {two.id: two for two in (*same, *map(_proposal, rows)) if two.id != number}
        return sorted(found.values(), key=lambda two: -two.id)

    def waiting(self, kind: str) -> list[Proposal]:
        """List the proposals of a kind of draft of which something may still become."""
        with database.reading(self._home) as connection:
            rows = (
                connection.execute(
                    "SELECT * FROM proposal WHERE kind = ? AND state IN (?, ?)", (kind, *WAITING)
                ).fetchall()
                if connection
                else ()
            )
        return [_proposal(row) for row in rows]

    def change(self, seen: Proposal, state: str, said: Said, **columns: object) -> Proposal:
        """Bring a proposal from the version that was seen to another state; return it.

        Raises
        ------
        Problem
            `conflict` where it has changed since it was seen.

        """
        (changed,) = self.change_all([seen], state, said, **columns)
        return changed

    def change_all(
        self, seen: Sequence[Proposal], state: str, said: Said, **columns: object
    ) -> list[Proposal]:
        """Bring proposals from the versions that were seen to another state, all or none.

        Raises
        ------
        Problem
            `conflict` where one has changed since it was seen.

        """
        known = {"state": state, "changed": said.at, **columns}
        assigned = ", ".join(f"{name} = ?" for name in known)
        is_note = said.what in {"answer", "question"}
        if is_note and any(len(one.said) >= _NOTES for one in seen):
            raise Problem("conflict", f"there are {_NOTES} notes on this proposal already")
        with database.changing(self._home) as connection:
            self._forget(connection)
            for one in seen:
                done = connection.execute(
                    f"UPDATE proposal SET {assigned}, version = ? WHERE id = ? AND version = ?",  # noqa: S608
                    (*known.values(), one.version + 1, one.id, one.version),
                )
                if done.rowcount != 1:
                    raise changed([one.id])
                _say(connection, one.id, said)
        return [self.get(one.id) for one in seen]

    def _forget(self, connection: sqlite3.Connection) -> None:
        """Delete the e-mail addresses that are older than they may be kept."""
        limit = datetime.now(UTC) - timedelta(days=self._days)
        at = limit.isoformat(timespec="seconds").replace("+00:00", "Z")
        connection.execute(
            "UPDATE proposal SET email = '' WHERE email <> '' AND created < ?", (at,)
        )


_INSERT: Final = """
INSERT INTO proposal (secret, form, kind, draft, link, source, comment, report, state, version,
  created, changed, email, release)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


_BY_FORM: Final = """
SELECT id, coalesce(
  (SELECT before FROM event WHERE proposal = proposal.id AND before <> '' ORDER BY id LIMIT 1),
  draft) AS sent FROM proposal WHERE form = ?
"""
"""Asks for the proposal of a form, with what that form sent: an editor may have amended it."""


def changed(numbers: Sequence[int]) -> Problem:
    """Return the problem that others have decided on proposals since they were seen."""
    named = ", ".join(map(str, numbers))
    detail = f"changed by somebody else in the meantime: proposal {named}"
    return Problem("conflict", detail, proposals=list(numbers))


def _refuse_gone(connection: sqlite3.Connection, secret: str) -> None:
    """Refuse to speak of a proposal that was redacted; `gone`."""
    has_any = "SELECT 1 FROM sqlite_schema WHERE name = 'gone'"
    if not connection.execute(has_any).fetchone():
        return
    if connection.execute("SELECT 1 FROM gone WHERE secret = ?", (_hash(secret),)).fetchone():
        raise Problem("gone", "this proposal was removed for legal reasons")


_READERS: Final[dict[str, Callable[[dict[str, Any]], Draft | Table | Note]]] = {
    TABLE: table_of,
    NOTE: lambda body: Note(**body),
}
"""How stored drafts are read, but for those of `kinds`."""


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _say(connection: sqlite3.Connection, number: int, said: Said) -> None:
    connection.execute(
        "INSERT INTO event (proposal, at, what, who, text, before) VALUES (?, ?, ?, ?, ?, ?)",
        (number, said.at, said.what, said.who, said.text, said.before),
    )


def _proposal(row: sqlite3.Row, said: tuple[Said, ...] = ()) -> Proposal:
    body: dict[str, Any] = json.loads(row["draft"])
    return Proposal(
        row["id"],
        row["kind"],
        _READERS.get(row["kind"], draft_of)(body),
        row["link"],
        row["source"],
        row["comment"],
        json.loads(row["report"]),
        row["state"],
        row["version"],
        row["created"],
        row["changed"],
        row["email"],
        row["release"],
        said,
    )
