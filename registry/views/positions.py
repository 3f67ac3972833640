"""The positions of a release (`geo:asWKT`), by which queries about what is near are planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry import files, terms
from registry.damage import reading, remade
from registry.graphs.graph import parse_lines
from registry.places.wkt import OF_RELEASE, Positions
from registry.releases.reading import Content, Release, View

WKT: Final = terms.prefixed("geo:wktLiteral")
_AS_WKT: Final = terms.prefixed("geo:asWKT")
_MARK: Final = f"> <{_AS_WKT}> ".encode()


def _write(content: Content) -> None:
    """Find the positions of a release in the making."""
    _keep(
        content.folder / POSITIONS.name,
        (
            triple.object
            for graph in content.merged
            for block in graph.blocks()
            for triple in parse_lines(_lines(block))
        ),
    )


def _follow(target: Path, before: Path, store: ox.Store, subjects: Iterable[str]) -> None:
    """Take over those of the last release where none has changed, else read the store."""
    if next(iter(subjects), None) is None:
        target.hardlink_to(before)
        return
    named = ox.NamedNode(_AS_WKT)
    quads = store.quads_for_pattern(None, named, None, ox.DefaultGraph())
    _keep(target, (quad.object for quad in quads))


def _lines(ntriples: bytes) -> bytes:
    """Return the lines that state a position."""

    def found() -> Iterator[bytes]:
        at = ntriples.find(_MARK)
        while at >= 0:
            end = ntriples.index(b"\n", at) + 1
            yield ntriples[ntriples.rfind(b"\n", 0, at) + 1 : end]
            at = ntriples.find(_MARK, end)

    return b"".join(line for line in found() if line.split(b" ", 2)[1] == _MARK[2:-1])


def _keep(target: Path, values: Iterable[object]) -> None:
    texts = (v.value for v in values if isinstance(v, ox.Literal) and v.datatype.value == WKT)
    files.write(target, Positions.of(texts).write())


def _opened(release: Release) -> Positions:
    path = release.file(POSITIONS.name)
    with reading(path, remade(path)):
        return Positions.read(path)


POSITIONS: Final = View(OF_RELEASE, _opened, _write, _follow, frozenset({_AS_WKT}))
