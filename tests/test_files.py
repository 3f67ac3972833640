"""Files are written whole, and compressed ones only where they hold something else."""

from __future__ import annotations

import lzma
from pathlib import Path

from registry import files


def test_a_compressed_file_that_holds_the_same_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "graph.nt.xz"
    files.write_xz(path, b"one")
    first, made = path.read_bytes(), path.stat().st_ino
    assert first == lzma.compress(b"one", preset=9)
    files.write_xz(path, b"one")
    assert path.stat().st_ino == made
    files.write_xz(path, b"two")
    assert lzma.decompress(path.read_bytes()) == b"two"


def test_a_damaged_compressed_file_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "graph.nt.xz"
    for content in (b"", b"no archive", lzma.compress(b"one")[:-5]):
        path.write_bytes(content)
        files.write_xz(path, b"one")
        assert lzma.decompress(path.read_bytes()) == b"one"
