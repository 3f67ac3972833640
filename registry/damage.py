"""Damaged files of a workspace: one error for all of them, which names the file and the remedy.

Disks lose bytes, and people edit what they should not. A reader of a kept file wraps its reading:

>>> with reading(Path("names.json"), "restore it from a backup"):
...     _ = json.loads("[")
Traceback (most recent call last):
...
registry.damage.Damaged: names.json is damaged (Expecting value: line 1 column 2 (char 1)); \
restore it from a backup
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

BY_FORMAT: Final = (
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What readers of JSON and gzip raise where the content is not what they expect."""

BY_DATABASE: Final = (sqlite3.DatabaseError,)
"""What SQLite raises."""

BY_STORE: Final = (OSError, RuntimeError)
"""What the store raises."""


_OF_THE_SYSTEM: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY})
"""What SQLite says where nothing can be written: no damage."""

_FAILED_WRITES: Final = frozenset(
    {
        *(sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE),
        *(sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC),
        *(sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP),
    }
)
"""Extended codes of SQLite for what could not be written; a reader of a log ahead writes, too."""


_LACKING: Final = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM),
)
_SAID: Final = tuple(map(os.strerror, _LACKING))
"""What the system says where it has no space, no right, no descriptor or no memory to give."""


class Damaged(Exception):
    """A workspace whose files contradict each other, or one of them cannot be read.

    It is not a `Problem`: users of a server learn that something failed, its operator what.
    """


@contextmanager
def reading(
    path: Path, remedy: str, raised: tuple[type[Exception], ...] = BY_FORMAT
) -> Iterator[None]:
    """Turn errors in reading a file into `Damaged`; that it is missing is left to the caller.

    `raised` are the errors that mean damage, `remedy` is what the operator can do.

    Raises
    ------
    Damaged
        when what is read is not what was written.

    """
    try:
        yield
    except raised as error:
        # Too deep a recursion is a RuntimeError, too, but no damage of a store.
        too_deep = isinstance(error, RecursionError) and RecursionError not in raised
        if too_deep or _is_of_the_system(error, path):
            raise
        why = " ".join(str(error).split()) or type(error).__name__
        raise Damaged(f"{path} is damaged ({why}); {remedy}") from error


def _is_of_the_system(error: Exception, path: Path) -> bool:
    """Whether an error is the system's: a full disk, no permission, or nothing at the path.

    Its own message says so. A file that is missing inside a folder, such as a store, is damage.
    """
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        return code & 0xFF in _OF_THE_SYSTEM or code in _FAILED_WRITES
    if not isinstance(error, OSError):
        return False
    if error.errno is None:  # The store tells of the system's errors by their words alone.
        return any(words in str(error) for words in _SAID)
    return not (path.is_dir() and error.errno in {errno.ENOENT, errno.EISDIR})


def remade(path: Path) -> str:
    """Return how the store or an index of a release is made anew, given its path."""
    return f"remove it and run: citylinks rollback {path.parent.name}"


def json_object(path: Path, remedy: str) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Raises
    ------
    Damaged
        when it holds anything else.

    """
    with reading(path, remedy):
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict):
            raise TypeError("it is not a JSON object")
        return content
