"""Frames between a parent and its child: two lengths, a JSON header, a payload.

`multiprocessing.connection` cannot carry them: once a message begins, it reads without a deadline.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Final

LENGTHS: Final = struct.Struct(">IQ")
"""Length of the header (32 bits) and of the payload (64 bits), big-endian."""


def frame(header: dict[str, Any], payload: bytes = b"") -> bytes:
    """Return the bytes of one frame."""
    text = json.dumps(header).encode()
    return b"%b%b%b" % (LENGTHS.pack(len(text), len(payload)), text, payload)


def write_frame(stream: BinaryIO, header: dict[str, Any], payload: bytes = b"") -> None:
    """Write one frame and flush."""
    stream.write(frame(header, payload))
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame; None at the end of the stream."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    header, payload = LENGTHS.unpack(lengths)
    return json.loads(stream.read(header)), stream.read(payload)
