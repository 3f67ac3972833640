"""The database of contributions: `contributions/proposals.sqlite` in the workspace, for its owner.

It is no part of a release, and many processes write it. A change is one transaction of SQLite;
whoever finds it locked waits. Backups copy it whole. A redaction deletes proposals: what is left of
one is the hash of its secret, so that its address answers that it is gone.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from registry.problems import unwritable

FOLDER: Final = "contributions"
NAME: Final = "proposals.sqlite"

_WAIT: Final = 10.0
"""Seconds to wait for another process that writes."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS proposal (
  id INTEGER PRIMARY KEY AUTOINCREMENT, secret TEXT UNIQUE, form TEXT UNIQUE, kind TEXT,
  draft TEXT, link TEXT, source TEXT, comment TEXT, report TEXT, state TEXT, version INTEGER,
  created TEXT, changed TEXT, email TEXT, release TEXT);
CREATE INDEX IF NOT EXISTS proposal_by_link ON proposal (link);
CREATE INDEX IF NOT EXISTS proposal_by_source ON proposal (source);
CREATE INDEX IF NOT EXISTS proposal_by_state ON proposal (state, id);
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, proposal INTEGER, at TEXT, what TEXT, who TEXT, text TEXT,
  before TEXT);
CREATE INDEX IF NOT EXISTS event_by_proposal ON event (proposal);
CREATE TABLE IF NOT EXISTS token (
  id TEXT PRIMARY KEY, hash TEXT, name TEXT, role TEXT, scope TEXT, created TEXT, expires TEXT,
  revoked TEXT);
CREATE TABLE IF NOT EXISTS session (hash TEXT PRIMARY KEY, token TEXT, expires TEXT);
CREATE TABLE IF NOT EXISTS gone (secret TEXT PRIMARY KEY);
CREATE TRIGGER IF NOT EXISTS proposal_gone AFTER DELETE ON proposal BEGIN
  INSERT OR IGNORE INTO gone VALUES (old.secret);
  DELETE FROM event WHERE proposal = old.id;
END;
"""


def path_in(home: Path) -> Path:
    """Return the path of the database of a workspace."""
    return home / FOLDER / NAME


@contextmanager
def changing(home: Path) -> Iterator[sqlite3.Connection]:
    """Make one change of the database, which is there from then on.

    Raises
    ------
    Problem
        `unwritable` where the disk is full or read only.

    """
    try:
        path = path_in(home)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(_connected(path)) as connection:
            path.chmod(0o600)
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection
    except (OSError, sqlite3.Error) as error:
        raise unwritable(error) from error


@contextmanager
def reading(home: Path) -> Iterator[sqlite3.Connection | None]:
    """Read the database; None where nobody has contributed anything."""
    path = path_in(home)
    if not path.exists():
        yield None
        return
    address = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, timeout=_WAIT, uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def _connected(path: Path) -> sqlite3.Connection:
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.executescript(_TABLES)  # An earlier version may have made some of them.
    return connection
