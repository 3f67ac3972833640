"""Inputs: which files an import reads, by which reader, and where they are from.

A list of inputs is a TOML file of tables `[[input]]`: `reader` is table, pairs or entities;
`files` are patterns within a folder; `mapping` names a mapping of the project or a file beside the
list; `origin`, `taken` (a date) and `licence` say where the files are from.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from registry.problems import Problem
from registry.sources import mapping, table, wikidata
from registry.sources.columns import notice
from registry.sources.statements import Reading

MAPPINGS: Final = Path(__file__).parent / "mappings"
"""The mappings that are part of the project."""


@dataclass(frozen=True)
class Input:
    """Files of one origin."""

    reader: str
    files: tuple[Path, ...]
    mapping: str = ""
    origin: str = ""
    taken: str = ""
    licence: str = ""

    def read(self) -> Reading:
        """Read the files, and notice what is odd about them."""
        reading = self._read()
        notice(reading)
        return reading

    def _read(self) -> Reading:
        if self.reader == "pairs":
            relations, names = self.files
            return wikidata.read_pairs(relations, names)
        if self.reader == "pages":
            return wikidata.read_pages(list(self.files), self.taken)
        if self.reader == "entities":
            return wikidata.read_entities(list(self.files))
        return table.read(list(self.files), mapping.read(mapping_path(self.mapping)))

    def described(self) -> dict[str, Any]:
        """Return where it is from, and what its files are."""
        files = [
            {"file": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)}
            for path in self.files
        ]
        told = {"origin": self.origin, "taken": self.taken, "licence": self.licence}
        return {**told, "files": files}


def mapping_path(name: str) -> Path:
    """Find a mapping: a file, or one of the project by its name."""
    path = Path(name)
    return path if path.suffix == ".toml" else MAPPINGS / f"{name}.toml"


def read(path: Path, folder: Path) -> list[Input]:
    """Read a list of inputs whose files are in a folder.

    Raises
    ------
    Problem
        `data-syntax` when the list cannot be understood, or a file is not there.

    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))["input"]
        return list(_inputs(path, tables, folder))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem("data-syntax", f"{path.name} is no list of inputs: {error!r}") from error


def _inputs(path: Path, tables: list[dict[str, Any]], folder: Path) -> Iterator[Input]:
    for told in tables:
        patterns = told.pop("files")
        files = tuple(file for pattern in patterns for file in _matching(folder, pattern))
        if told["reader"] not in {"table", "pairs", "entities"}:
            raise ValueError(f"there is no reader {told['reader']!r}")
        if told["reader"] == "pairs" and len(files) != 2:
            raise ValueError("pairs are two files: relations and names")
        if told.get("mapping", "").endswith(".toml"):
            told["mapping"] = str(path.parent / told["mapping"])
        yield Input(files=files, **told)


def _matching(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise Problem("data-syntax", f"there is no {pattern} in {folder}")
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
