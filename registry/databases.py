"""SQLite files that are read by any number of threads and never change."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path


class Database:
    """A file that is there whole; each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._threads = threading.local()

    def ask(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Ask it; `values` take the place of question marks."""
        if not hasattr(self._threads, "connection"):
            self._threads.connection = sqlite3.connect(self._address, uri=True)
        found: sqlite3.Cursor = self._threads.connection.execute(sql, values)
        return found

    def close(self) -> None:
        """Close the connection of this thread; those of others close with them."""
        if hasattr(self._threads, "connection"):
            self._threads.connection.close()
            del self._threads.connection
