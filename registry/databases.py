"""SQLite files that are written once, and then read by any number of threads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from registry.damage import Damaged


@contextmanager
def writing(target: Path) -> Iterator[sqlite3.Connection]:
    """Write a file that nobody reads before it is complete, so that no journal is needed."""
    with closing(sqlite3.connect(target)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        with connection:
            yield connection


def check_whole(path: Path) -> None:
    """Refuse a file that is no database, or shorter than it says (SQLite file format, 1.3).

    SQLite itself finds out that a page is missing once it needs it, which may be in mid-answer.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    page = int.from_bytes(head[16:18])
    size = (65536 if page == 1 else page) * int.from_bytes(head[28:32])
    if not head.startswith(_MAGIC) or not 0 < size <= path.stat().st_size:
        raise sqlite3.DatabaseError("it is no whole SQLite database")


_DAMAGED: Final = sqlite3.SQLITE_CORRUPT
"""The error of what we find out ourselves, which has no code."""

_HEAD: Final = 100
"""Bytes of the header of a database."""

_MAGIC: Final = b"SQLite format 3\0"


def verify(path: Path, whole: bool) -> None:
    """Read a database anew: all of its pages, or its schema and the first row of each table.

    Raises
    ------
    sqlite3.Error
        when it is not there, or not as SQLite wrote it.

    """
    with closing(sqlite3.connect(_address(path), uri=True)) as connection:
        # Not `table_list`, which shows an empty schema where the file is no database.
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        names = [name for (name,) in tables.fetchall()]
        if not names:
            raise sqlite3.DatabaseError("there is no table")
        for name in names:
            connection.execute(f'SELECT * FROM "{name}" LIMIT 1').fetchall()  # noqa: S608
        if whole:
            faults = [text for (text,) in connection.execute("PRAGMA quick_check(3)")]
            if faults != ["ok"]:
                raise sqlite3.DatabaseError("; ".join(faults))


def _address(path: Path) -> str:
    """Return the URI of a database that nobody writes any more."""
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


class _Opened:
    """A connection that is closed with the last reference to this object, in any thread.

    A connection refers to itself by its cache of statements, so that it would stay open until the
    garbage collector finds the cycle.
    """

    def __init__(self, address: str) -> None:
        # Its thread alone uses it, but another one may hold the last reference and close it.
        self.connection = sqlite3.connect(address, uri=True, check_same_thread=False)

    def __del__(self) -> None:
        if hasattr(self, "connection"):
            self.connection.close()


class _Cursor(sqlite3.Cursor):
    """A cursor that keeps its connection open."""

    opened: _Opened


class Database:
    """A complete SQLite file; each thread has a connection of its own.

    All are closed with the last reference to the object and to its cursors.
    """

    def __init__(self, path: Path, remedy: str = "remove it; it is made anew") -> None:
        self._path, self._remedy = path, remedy
        self._address = _address(path)
        self._threads = threading.local()

    def ask(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> sqlite3.Cursor:
        """Ask it; `values` take the place of question marks, or of names.

        Raises
        ------
        Damaged
            when the file is not the database that was written.
        sqlite3.DatabaseError
            when the file is whole, and the question does not fit it: that is a fault of ours.

        """
        try:
            if not hasattr(self._threads, "opened"):
                check_whole(self._path)
                self._threads.opened = _Opened(self._address)
            opened: _Opened = self._threads.opened
            cursor = opened.connection.cursor(_Cursor)
            cursor.opened = opened
            return cursor.execute(sql, values)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", _DAMAGED) == sqlite3.SQLITE_ERROR:
                raise
            raise Damaged(f"{self._path} is damaged ({error}); {self._remedy}") from error

    def close(self) -> None:
        """Close the connection of this thread; another thread's is closed when that ends."""
        if hasattr(self._threads, "opened"):
            del self._threads.opened
