"""What a worker writes an answer to: a buffer, and a file once the answer is long.

A long answer need not fit into anybody's memory, and its reader may be slow, so it goes to a file.
The worker reports how far it is; `registry.sparql.spool` reads the file on the other side.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final

from registry import formats

WHOLE: Final = 4 * 2**20
"""Bytes of the longest answer that is sent back in one piece."""

STEP: Final = 2**20
"""Bytes after which a worker reports how far it is."""

Report = Callable[[dict[str, Any]], None]


class Overflow(Exception):
    """The answer is longer than the limit."""


class Output:
    """A file for the engine to write to; `limit` is the longest answer in bytes.

    Without a folder the answer must fit into memory. `is_xml` is set where its characters are to be
    checked. `header` is what the first frame says of any answer.
    """

    def __init__(
        self,
        limit: int,
        folder: str,
        is_xml: bool,
        report: Report,
        header: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._limit, self._folder, self._report = limit, folder, report
        self._header = header
        self._xml = formats.XmlCheck() if is_xml else None
        self._buffer = bytearray()
        self._file: IO[bytes] | None = None
        self._length = self._reported = 0

    def write(self, data: bytes) -> int:
        """Take data; raise `Overflow` beyond the limit, Problem where XML cannot hold it."""
        self._add(self._xml.mend(data) if self._xml else data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: `close` ends an answer."""

    def close(self) -> tuple[dict[str, Any], bytes]:
        """Return the last header, and the answer if it is short."""
        if self._file is None:
            return dict(self._header), bytes(self._buffer)
        self._file.close()
        return {"written": self._length}, b""

    def _add(self, data: bytes) -> None:
        self._length += len(data)
        if self._length > self._limit:
            raise Overflow
        if self._file is None:
            self._buffer += data
            if self._folder and self._length > WHOLE:
                self._begin_file()
            return
        self._file.write(data)
        if self._length - self._reported >= STEP:
            self._file.flush()
            self._report({"written": self._length, "more": True})
            self._reported = self._length

    def _begin_file(self) -> None:
        """Go on in a file, which the reader opens and removes at once."""
        Path(self._folder).mkdir(parents=True, exist_ok=True)
        self._file = tempfile.NamedTemporaryFile(dir=self._folder, delete=False)  # noqa: SIM115
        self._report({**self._header, "spooled": self._file.name})
        begun, self._buffer = bytes(self._buffer), bytearray()
        self._length -= len(begun)
        self._add(begun)
