"""Content codings (RFC 9110, section 8.4.1): gzip, and zstd (RFC 8878), for a fifth of the time."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import Any, Final

import zstandard
from werkzeug.datastructures import Accept

PLAIN: Final = ""
CODINGS: Final = (PLAIN, "zstd", "gzip")
"""The codings of answers, in the order of the server's preference after none."""

_GZIP_LEVEL: Final = 5
"""How hard gzip tries: from here on an answer is hardly shorter, but takes far longer."""

_ZSTD_LEVEL: Final = 3
"""How hard zstd tries: answers are then as short as those of gzip."""

_GZIP: Final = 16 + zlib.MAX_WBITS
"""The window bits by which zlib writes the frame of gzip."""


def choose(accepted: Accept | None) -> str:
    """Choose the coding of the highest quality (section 12.5.3); without the header, none.

    Whoever accepts any coding, and names none, gets gzip, which every client has.

    >>> choose(Accept([("gzip", 1), ("zstd", 1)])), choose(Accept([("gzip", 1), ("zstd", 0.5)]))
    ('zstd', 'gzip')
    >>> choose(Accept([("*", 1)])), choose(Accept([("gzip", 0.5), ("identity", 1)])), choose(None)
    ('gzip', '', '')
    """
    if accepted is None:
        return PLAIN
    named = {name.lower(): quality for name, quality in accepted}
    graded = {
        "zstd": named.get("zstd", 0),
        "gzip": named.get("gzip", named.get("*", 0)),
    }
    best = max(graded.values())
    if best <= 0 or named.get("identity", 0) > best:
        return PLAIN
    return next(coding for coding, quality in graded.items() if quality == best)


def compress(coding: str, content: bytes) -> bytes:
    """Compress a whole answer; equal answers give equal bytes."""
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(content)
    return gzip.compress(content, _GZIP_LEVEL, mtime=0)


def compress_parts(coding: str, parts: Iterator[bytes]) -> Iterator[bytes]:
    """Compress the parts of an answer as they come."""
    packer: Any = (
        zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
        if coding == "zstd"
        else zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP)
    )
    for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()
