"""The files of a graph that changed a little are those of a graph written anew, at less cost."""

from __future__ import annotations

import gzip
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest import mock

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import formats, terms
from registry.damage import Damaged
from registry.graphs.graph import Graph, from_lines
from registry.releases import graph_files
from registry.releases.graph_files import GraphFiles, cut

IRI = terms.GRAPH + "list"
FORMS = {"nt": ox.RdfFormat.N_TRIPLES, "ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD}
FORMS |= {form.extension: formats.RDF[form.name] for form in formats.DATASETS}


def graph(things: set[int]) -> Graph:
    """Say three things of each of some subjects."""
    lines = [
        f'<{terms.ID}thing/{n}> <{terms.CL}{word}> "{word} .\\\\n{n}"@en .\n'
        for n in things
        for word in ("label", "note", "topic")
    ]
    return Graph(IRI, "".join(sorted(lines)).encode())


def kept(folder: Path, made: Graph, before: GraphFiles | None = None) -> GraphFiles:
    folder.mkdir()
    GraphFiles(folder, IRI).keep(made, before)
    return GraphFiles(folder, IRI)


@pytest.mark.parametrize("size", [0, 1, 3_000])
def test_each_file_holds_the_graph(tmp_path: Path, size: int) -> None:
    made = graph(set(range(size)))
    version = kept(tmp_path / "a", made)
    for name, path in version.paths.items():
        content = gzip.decompress(path.read_bytes())
        found = [quad.triple for quad in ox.parse(content, format=FORMS[name])]
        assert sorted(map(str, found)) == sorted(map(str, made.triples()))


def test_a_change_gives_the_bytes_of_a_graph_written_anew(tmp_path: Path) -> None:
    things, chance = set(range(3_000)), Random(2026)
    last = kept(tmp_path / "0", graph(things))
    for number in range(1, 4):
        things ^= {chance.randrange(4_000) for _ in range(chance.choice([1, 20]))}
        anew = kept(tmp_path / f"anew-{number}", graph(things))
        last = kept(tmp_path / str(number), graph(things), last)
        for name, path in anew.paths.items():
            assert last.paths[name].read_bytes() == path.read_bytes()


def content(files: GraphFiles) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in files.folder.iterdir()}


@given(
    st.sets(st.integers(0, 40)),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["label", "note", "topic"]))),
    st.sampled_from([1, 2, 3, 5]),
)
def test_lines_that_change_give_the_files_of_a_graph_written_anew(
    things: set[int], edits: list[tuple[int, str]], subjects: int
) -> None:
    """Chunks are split and joined where subjects come and go at which they begin."""
    before = graph(things)
    lines = {*before.lines}
    for number, word in edits:
        lines ^= {line for line in graph({number}).lines if f"{word}>".encode() in line}
    after = Graph(IRI, from_lines(lines))
    gone, come = {*before.lines} - lines, lines - {*before.lines}
    with (
        TemporaryDirectory() as folder,
        mock.patch.object(graph_files, "_SUBJECTS", subjects),
    ):
        last = kept(Path(folder) / "before", before)
        anew = kept(Path(folder) / "anew", after)
        (Path(folder) / "changed").mkdir()
        changed = GraphFiles(Path(folder) / "changed", IRI)
        made = changed.keep_changed(last, before, gone, come)
        assert (made.sha256, made.length, made.count) == (after.sha256, after.length, after.count)
        assert made.ntriples == after.ntriples
        assert content(changed).keys() == content(anew).keys()
        own = {"counts.json", "dates"}  # Counts of many values are estimated; there are no dates.
        for name, written in content(anew).items():
            assert name in own or content(changed)[name] == written, name


def test_blocks_cut_anywhere_in_a_graph_give_the_same_pieces() -> None:
    whole = graph(set(range(300)))
    lines = whole.ntriples.splitlines(keepends=True)
    for size in (1, 2, 7, 1_000):
        blocks = [b"".join(lines[at : at + size]) for at in range(0, len(lines), size)]
        assert list(cut(blocks)) == list(cut([whole.ntriples]))


def test_only_changed_pieces_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    things = set(range(3_000))
    last, written = kept(tmp_path / "0", graph(things)), []

    def serialise(triples: list[ox.Triple], form: formats.Format) -> bytes:
        written.append(len(triples))
        return original(triples, form)

    original = formats.serialise
    monkeypatch.setattr(formats, "serialise", serialise)
    kept(tmp_path / "1", graph(things - {7}), last)
    assert len(written) <= 3 * 2
    assert sum(written) < 3_000


def test_pieces_are_whole_subjects_of_which_none_is_lost() -> None:
    lines = graph(set(range(3_000))).lines
    pieces = list(cut([graph(set(range(3_000))).ntriples]))
    assert b"".join(pieces).splitlines() == lines
    subjects = [{line.split()[0] for line in piece.splitlines()} for piece in pieces]
    assert 30 < len(pieces) < 70
    assert sum(map(len, subjects)) == len(set().union(*subjects))


@pytest.mark.parametrize("damage", ["content", "keys", "cut"])
def test_a_change_of_a_damaged_graph_is_refused(tmp_path: Path, damage: str) -> None:
    before = graph(set(range(300)))
    last = kept(tmp_path / "before", before)
    (tmp_path / "changed").mkdir()
    if damage == "content":  # A whole file, with its index, of other content.
        last = kept(tmp_path / "other", graph(set(range(1, 300))))
    elif damage == "keys":
        index = last.folder / graph_files.INDEX
        index.write_text(index.read_text().replace('"pieces": ["', '"pieces": ["0'))
        last = GraphFiles(last.folder, IRI)
    else:
        path = last.paths["nt"]
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    with pytest.raises(Damaged):
        GraphFiles(tmp_path / "changed", IRI).keep_changed(last, before, set(), set())


def test_a_change_needs_no_index(tmp_path: Path) -> None:
    before = graph(set(range(300)))
    last = kept(tmp_path / "before", before)
    (last.folder / graph_files.INDEX).unlink()
    (tmp_path / "changed").mkdir()
    changed = GraphFiles(tmp_path / "changed", IRI)
    gone = set(before.lines[:2])
    made = changed.keep_changed(GraphFiles(last.folder, IRI), before, gone, set())
    assert made.lines == before.lines[2:]
