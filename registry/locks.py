"""Locks between processes: advisory locks of the kernel, released even when a process is killed.

https://man7.org/linux/man-pages/man2/flock.2.html . A path is a file, made where it is missing, or
a folder.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_POLL_SECONDS: Final = 0.05
"""How often a waiting process looks whether a lock has become free."""


@contextmanager
def held(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Hold a lock; wait for it for so many seconds, 0 = do not wait, None = as long as it takes.

    Raises
    ------
    TimeoutError
        when another process still holds it then.

    """
    is_folder = path.is_dir()
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle, path, seconds)
        yield
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of a path; a path that has just gone counts as held."""
    try:
        with held(path, 0):
            return False
    except (TimeoutError, FileNotFoundError):
        return True


def _take(handle: int, path: Path, seconds: float | None) -> None:
    if seconds is None:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise TimeoutError(f"{path} is locked by another process") from None
            time.sleep(_POLL_SECONDS)
        else:
            return
