"""SQLite files that are written once, and then read by any number of threads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from registry.damage import Damaged


@contextmanager
def writing(target: Path) -> Iterator[sqlite3.Connection]:
    """Write a file that nobody reads yet, and that is worth nothing before it is whole."""
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


_HEAD: Final = 100
"""Bytes of the header of a database."""

_MAGIC: Final = b"SQLite format 3\0"


class Database:
    """A file that is there whole; each thread has a connection of its own."""

    def __init__(self, path: Path, remedy: str = "remove it; it is made anew") -> None:
        self._path, self._remedy = path, remedy
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._threads = threading.local()

    def ask(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Ask it; `values` take the place of question marks.

        Raises
        ------
        Damaged
            when the file is not the database that was written.

        """
        try:
            if not hasattr(self._threads, "connection"):
                check_whole(self._path)
                self._threads.connection = sqlite3.connect(self._address, uri=True)
            found: sqlite3.Cursor = self._threads.connection.execute(sql, values)
        except sqlite3.DatabaseError as error:
            raise Damaged(f"{self._path} is damaged ({error}); {self._remedy}") from error
        return found

    def close(self) -> None:
        """Close the connection of this thread; those of others close with them."""
        if hasattr(self._threads, "connection"):
            self._threads.connection.close()
            del self._threads.connection
