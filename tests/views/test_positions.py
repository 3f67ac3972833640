"""The positions of a release: those of its default graph, after a change, too."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import terms
from registry.graphs.graph import Graph, from_lines
from registry.places.wkt import OF_RELEASE, Box, Positions
from registry.releases.reading import Content, Release
from registry.views.positions import POSITIONS

AS_WKT = ox.NamedNode(terms.prefixed("geo:asWKT"))
PAVIA = "POINT(9.15 45.18)"


def stated(subject: str, text: str) -> bytes:
    return f'<{subject}> {AS_WKT} "{text}"^^<{terms.prefixed("geo:wktLiteral")}> .'.encode()


LINES = [
    stated("x:a", PAVIA),
    stated("x:b", "POINT (-3 4)"),
    stated("x:c", "LINESTRING(1 2, 3 4)"),
    f'<x:d> <x:says> "<x:e> {AS_WKT} \\"POINT(7 7)\\" ." .'.encode(),
    f'<x:e> {AS_WKT} "POINT(8 8)" .'.encode(),
]


def written(folder: Path, *graphs: list[bytes]) -> Positions:
    assert POSITIONS.write
    POSITIONS.write(Content(folder, [Graph("x:g", from_lines(lines)) for lines in graphs]))
    return Positions.read(folder / OF_RELEASE)


def test_they_are_those_of_the_default_graph(release: Release) -> None:
    quads = release.store.quads_for_pattern(None, AS_WKT, None, ox.DefaultGraph())
    everywhere = release.view(POSITIONS).within([Box(-90, 90, -180, 180)])
    assert everywhere == {quad.object.value for quad in quads}  # type: ignore[union-attr]
    assert everywhere


def test_each_is_read_once_and_those_of_texts_are_not(tmp_path: Path) -> None:
    found = written(tmp_path, LINES, LINES[:1])
    assert [text for _, text in found.points] == ["POINT (-3 4)", PAVIA]
    assert found.others == ["LINESTRING(1 2, 3 4)"]
    assert found.within([Box(40, 50, 5, 10)]) == {PAVIA, *found.others}


@pytest.mark.parametrize("changed", [True, False])
def test_those_after_a_change_are_those_that_would_be_written(
    tmp_path: Path, changed: bool
) -> None:
    assert POSITIONS.follow
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    expected = written(before, LINES[1:] if changed else LINES)
    store = ox.Store()
    lines = [*LINES[1:], stated("x:f", "POINT(0 0)")] if changed else LINES
    store.load(from_lines(lines), format=ox.RdfFormat.N_TRIPLES)
    POSITIONS.follow(after / OF_RELEASE, before / OF_RELEASE, store, ["x:f"] if changed else [])
    followed = Positions.read(after / OF_RELEASE)
    assert followed == written(tmp_path, lines)
    assert (followed == expected) is not changed


def test_a_release_without_them_has_none(tmp_path: Path) -> None:
    assert Positions.beside(str(tmp_path / "store")) is None
