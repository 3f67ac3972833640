"""Writing files so that a reader sees the old one or the new one, and never a part."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

COMPRESSED: Final = (".gz", ".xz")
"""What the names of compressed files end in."""

BLOCK: Final = 1 << 18
"""Bytes that are read at a time."""

UNFINISHED: Final = ".unfinished-"
"""Begins the names of files that are being written; after a kill they can be removed."""


def write(path: Path, content: bytes) -> None:
    """Write a file whole: under another name first, then to disk, then renamed."""
    write_parts(path, [content])


def write_parts(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file whole from its parts; where these raise an error, nothing of it is left."""
    with writing(path) as file:
        file.writelines(parts)


def write_xz(path: Path, content: bytes, preset: int = 9) -> None:
    """Write a file whole, compressed; one that holds the same content is left as it is.

    Reading it takes a tenth of the time that compressing takes.
    """
    if not (path.exists() and _unpacked(path) == content):
        write(path, lzma.compress(content, preset=preset))


def _unpacked(path: Path) -> bytes | None:
    """Return what a compressed file holds; None where it cannot be read, and is written anew."""
    try:
        return lzma.decompress(path.read_bytes())
    except lzma.LZMAError:
        return None


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that stands whole in its place when the work inside ends, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{UNFINISHED}{path.name}-{os.getpid()}")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what killed processes left of files in a folder, whose writers are locked out."""
    for left in [*folder.glob(f"{UNFINISHED}*")]:
        left.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Bring the entries of a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """Return the hash of a file as it is, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def compress(content: bytes, level: int = 6) -> bytes:
    """Compress to one gzip member whose bytes depend on content and level (1 to 9) alone."""
    return gzip.compress(content, compresslevel=level, mtime=0)


def decompress(content: bytes) -> bytes:
    """Undo `compress`, for one member or several behind each other."""
    # `gzip.decompress` copies all that is left for each member: seconds for a large graph.
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        return file.read()


def opened(path: Path) -> IO[bytes]:
    """Open a file to read what it holds, uncompressed where its name says that it is compressed."""
    if path.suffix not in COMPRESSED:
        return path.open("rb")
    return cast("IO[bytes]", gzip.open(path) if path.suffix == ".gz" else lzma.open(path))


def blocks(path: Path) -> Iterator[bytes]:
    """Yield what a file holds, uncompressed, few bytes at a time."""
    with opened(path) as file:
        while block := file.read(BLOCK):
            yield block


def state(path: Path) -> tuple[int, int, int]:
    """Return what differs after each change of a file."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def identity(path: Path) -> int:
    """Return what tells a file or folder from one that takes its place; 0 where there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
