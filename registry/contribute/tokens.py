"""Tokens of people: who may decide on proposals, and the sessions that they open with one.

A token is `cl_`, the name of its row, and a secret that is shown once and kept as a hash of argon2:

    cl_4f1d2a7c_0hW8…

Roles are `editor` (decides on all proposals), `authority` (speaks for the cities of its scope) and
`contributor` (writes the graphs of its scope). A session is a random name in a cookie, kept as a
hash, which ends with its token or when somebody signs out: what was copied is of no use after that.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from registry import terms
from registry.contribute import database
from registry.contribute.store import now
from registry.problems import Problem

EDITOR: Final = "editor"
AUTHORITY: Final = "authority"
CONTRIBUTOR: Final = "contributor"
ROLES: Final = (CONTRIBUTOR, AUTHORITY, EDITOR)

PREFIX: Final = "cl_"
HOURS: Final = 12
"""How long a session lasts."""

_TOKEN: Final = re.compile(r"cl_([0-9a-f]{8})_([A-Za-z0-9_-]{40,60})")
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,58}[A-Za-z0-9])?")
_DAYS: Final = 3_660
"""The longest time for which a token is given out."""


@dataclass(frozen=True)
class Holder:
    """Somebody who has a token: its name, the role, and what the role is limited to."""

    id: str
    name: str
    role: str
    scope: tuple[str, ...]
    created: str
    expires: str
    revoked: str = ""

    def is_valid(self, at: str) -> bool:
        """Whether the token counts at a time."""
        return not self.revoked and at < self.expires


class Tokens:
    """The tokens of a workspace."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def add(self, name: str, role: str, days: int, scope: Sequence[str] = ()) -> tuple[Holder, str]:
        """Give out a token; return who has it, and the token, which is not kept.

        Raises
        ------
        Problem
            `bad-parameter` for a name, a role, a time or a scope that cannot be.

        """
        _check(name, role, days, scope)
        ref, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        expires = (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")
        holder = Holder(ref, name, role, tuple(scope), now(), expires.replace("+00:00", "Z"))
        row = (ref, _hasher().hash(secret), name, role, " ".join(scope), holder.created)
        with database.changing(self._home) as connection:
            connection.execute(
                "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, '')", (*row, holder.expires)
            )
        return holder, f"{PREFIX}{ref}_{secret}"

    def all(self) -> list[Holder]:
        """List all tokens that were given out."""
        return [holder for holder, _ in self._rows("1")]

    def revoke(self, ref: str) -> Holder:
        """Make a token void, with all sessions that were opened with it.

        Raises
        ------
        Problem
            `not-found` where there is no such token.

        """
        with database.changing(self._home) as connection:
            connection.execute(
                "UPDATE token SET revoked = ? WHERE id = ? AND revoked = ''", (now(), ref)
            )
            connection.execute("DELETE FROM session WHERE token = ?", (ref,))
        found = self._rows("id = ?", ref)
        if not found:
            raise Problem("not-found", f"there is no token {ref!r}; citylinks token list has all")
        return found[0][0]

    def has_editor(self) -> bool:
        """Whether anybody may decide on proposals: else none is taken."""
        at = now()
        return any(holder.is_valid(at) for holder, _ in self._rows("role = ?", EDITOR))

    def holder(self, token: str) -> Holder | None:
        """Return who has a token; None where it is nobody's, has expired or was revoked."""
        match = _TOKEN.fullmatch(token)
        found = self._rows("id = ?", match[1]) if match else []
        # A token that nobody has takes as long as one that somebody has.
        stored = found[0][1] if found else _nobodys()
        fits = _fits(stored, match[2] if match else "")
        holder = found[0][0] if found else None
        return holder if fits and holder and holder.is_valid(now()) else None

    def open(self, holder: Holder) -> str:
        """Open a session of somebody; return its name, which is not kept."""
        name = secrets.token_urlsafe(32)
        ends = (datetime.now(UTC) + timedelta(hours=HOURS)).isoformat(timespec="seconds")
        with database.changing(self._home) as connection:
            connection.execute("DELETE FROM session WHERE expires < ?", (now(),))
            row = (_digest(name), holder.id, min(ends.replace("+00:00", "Z"), holder.expires))
            connection.execute("INSERT INTO session VALUES (?, ?, ?)", row)
        return name

    def in_session(self, name: str) -> Holder | None:
        """Return whose session it is; None where it has ended."""
        at = now()
        with database.reading(self._home) as connection:
            row = (
                connection
                and connection.execute(
                    "SELECT token FROM session WHERE hash = ? AND expires > ?", (_digest(name), at)
                ).fetchone()
            )
        found = self._rows("id = ?", row["token"]) if row else []
        return found[0][0] if found and found[0][0].is_valid(at) else None

    def close(self, name: str) -> None:
        """End a session."""
        with database.changing(self._home) as connection:
            connection.execute("DELETE FROM session WHERE hash = ?", (_digest(name),))

    def _rows(self, where: str, *values: str) -> list[tuple[Holder, str]]:
        with database.reading(self._home) as connection:
            rows = (
                connection.execute(
                    f"SELECT * FROM token WHERE {where} ORDER BY created, id",  # noqa: S608
                    values,
                ).fetchall()
                if connection
                else ()
            )
        return [
            (
                Holder(
                    row["id"],
                    row["name"],
                    row["role"],
                    tuple(row["scope"].split()),
                    row["created"],
                    row["expires"],
                    row["revoked"],
                ),
                row["hash"],
            )
            for row in rows
        ]


def _check(name: str, role: str, days: int, scope: Sequence[str]) -> None:
    """Refuse a token that cannot be given out."""
    if not _NAME.fullmatch(name):
        raise Problem("bad-parameter", f"{name!r} is not a name in letters, digits and spaces")
    if role not in ROLES:
        raise Problem("bad-parameter", f"{role!r} is none of {', '.join(ROLES)}")
    if not 0 < days <= _DAYS:
        raise Problem("bad-parameter", f"{days} is not a number of days from 1 to {_DAYS}")
    if role == EDITOR and scope:
        raise Problem("bad-parameter", "an editor decides on everything, and has no scope")
    if role != EDITOR and not scope:
        what = "cities, such as perm-511196" if role == AUTHORITY else "beginnings of graphs"
        raise Problem("bad-parameter", f"say with --scope what is allowed: {what}")
    if wrong := [one for one in scope if not terms.REF.fullmatch(one.rstrip("-"))]:
        raise Problem("bad-parameter", f"{wrong[0]!r} is not a reference")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))


def _fits(stored: str, secret: str) -> bool:
    try:
        return _hasher().verify(stored, secret)
    except (VerificationError, InvalidHashError):
        return False


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
