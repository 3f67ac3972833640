"""What a server does not keep as it was loaded, and how that is put right on the way.

Virtuoso rounds the coordinates of WKT and counts the seconds of durations. Under a datatype that it
does not know, a literal stays as it is: it is loaded under such a name, asked for by that name, and
its own name stands in every answer. In JSON it writes a boolean as a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import pairwise
from typing import IO, Final

from registry import terms
from registry.sparql.guards import prologue_of
from registry.sparql.tokens import tokens

_VIRTUOSO: Final = {
    terms.prefixed("geo:wktLiteral"): "urn:citylinks:datatype:wktLiteral",
    terms.prefixed("xsd:duration"): "urn:citylinks:datatype:duration",
}
_STAND_INS: Final[dict[str, Mapping[str, str]]] = {"virtuoso": _VIRTUOSO}
"""Datatypes and what stands for them, by kind of server."""

_BOOLEAN: Final = f'"datatype": "{terms.prefixed("xsd:boolean")}", "value": "'.encode()
_WRITTEN: Final = {
    "virtuoso": {
        _BOOLEAN + b'1"': _BOOLEAN + b'true"',
        _BOOLEAN + b'0"': _BOOLEAN + b'false"',
        **{own.encode(): datatype.encode() for datatype, own in _VIRTUOSO.items()},
    }
}
"""What a kind of server writes otherwise, and how it should stand."""


def as_loaded(kind: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Write N-Triples, in blocks of whole lines, as a server keeps them."""
    swaps = [
        (f'"^^<{datatype}>'.encode(), f'"^^<{own}>'.encode())
        for datatype, own in _STAND_INS.get(kind, {}).items()
    ]
    for block in blocks:
        yield reduce(lambda text, swap: text.replace(*swap), swaps, block)


def as_asked(kind: str, query: str) -> str:
    """Write the datatypes of literals in a query by what stands for them.

    >>> prefix = "PREFIX x: <http://www.w3.org/2001/XMLSchema#> "
    >>> as_asked("virtuoso", prefix + "ASK { ?s ?p 'P1D'^^x:duration }").removeprefix(prefix)
    "ASK { ?s ?p 'P1D'^^<urn:citylinks:datatype:duration> }"
    """
    known = _STAND_INS.get(kind, {})
    if not known:
        return query
    found, pieces, end = list(tokens(query)), list[str](), 0
    prologue = prologue_of(found, "")
    for before, token in pairwise(found):
        own = known.get(prologue.iri(token)) if before.kind == "datatype" else None
        if own:
            pieces += query[end : token.start], f"<{own}>"
            end = token.start + len(token.text)
    return "".join([*pieces, query[end:]])


def as_answered(kind: str, source: IO[bytes]) -> IO[bytes]:
    """Return an answer as it should stand."""
    swaps = _WRITTEN.get(kind)
    return _Swapped(source, swaps) if swaps else source  # type: ignore[return-value]


class _Swapped:
    """A file in which some strings stand for others."""

    def __init__(self, source: IO[bytes], swaps: Mapping[bytes, bytes]) -> None:
        self._source, self._swaps = source, swaps
        self._longest = max(map(len, swaps))
        self._kept, self._ready, self._is_over = b"", b"", False

    def read(self, size: int = -1) -> bytes:
        """Read a part; what may be the beginning of such a string waits for the rest."""
        while not self._is_over and (size < 0 or len(self._ready) < size):
            part = self._source.read(max(size, self._longest) if size >= 0 else -1)
            self._is_over = not part or size < 0
            self._kept += part
            for written, right in self._swaps.items():
                self._kept = self._kept.replace(written, right)
            end = len(self._kept) if self._is_over else max(0, len(self._kept) - self._longest)
            self._ready, self._kept = self._ready + self._kept[:end], self._kept[end:]
        end = len(self._ready) if size < 0 else size
        part, self._ready = self._ready[:end], self._ready[end:]
        return part
