"""`citylinks format`."""

from __future__ import annotations

from pathlib import Path

from registry import shipped
from tests.cli.running import Run


def test_format(look: Run, tmp_path: Path) -> None:
    path, other = tmp_path / "list.ttl", tmp_path / "other.ttl"
    path.write_text("<urn:a> <urn:b> 1 .")
    other.write_bytes(shipped.data_files()[0].read_bytes())
    assert look("format", "--check", path, other) == (1, "", f"{path} is not canonical\n")
    assert look("format", path, other) == (0, "", f"{path}\n")
    assert look("format", "--check", path, other) == (0, "", "")


def test_shipped_files_are_canonical(look: Run) -> None:
    files = [*shipped.data_files(), *shipped.ontology_files(), *shipped.scheme_files()]
    assert look("format", "--check", *files, *shipped.shape_files()) == (0, "", "")
