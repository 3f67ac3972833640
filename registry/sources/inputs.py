"""Inputs: which files an import reads, by which reader, and where they are from.

A list of inputs is a TOML file of tables `[[input]]`: `reader` is a name of `READERS`;
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
from registry.sources import table, wikidata, wikidata_slices
from registry.sources.columns import leave_out_impossible_dates, notice
from registry.sources.reader import Reader, SourceFiles
from registry.sources.statements import Extraction, Reading

READERS: Final[dict[str, Reader]] = {
    "table": table.READER,
    "pairs": wikidata.PAIRS_READER,
    "entities": wikidata.ENTITIES_READER,
    "slices": wikidata_slices.READER,
}
"""The readers of inputs by name; a list of inputs may name those that are `listed`."""


@dataclass(frozen=True)
class Input(SourceFiles):
    """Files of one origin, read by the reader that they name."""

    def read(self) -> Reading:
        """Read the files, remember how, and notice what is odd about them."""
        reading = READERS[self.reader].read(self)
        reading.document = self.document or reading.document
        mapping = Path(self.mapping).stem or self.reader
        rows = len(reading.rows) + len(reading.refused)
        reading.extraction = Extraction(mapping, self.origin, self.taken, rows)
        leave_out_impossible_dates(reading)
        notice(reading)
        return reading

    def described(self) -> dict[str, Any]:
        """Return where it is from, and what its files are."""
        files = [
            {"file": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)}
            for path in self.files
        ]
        told = {"origin": self.origin, "taken": self.taken, "licence": self.licence}
        return {**told, "files": files}


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
        reader = READERS.get(told["reader"])
        if not reader or not reader.listed:
            known = ", ".join(name for name, one in READERS.items() if one.listed)
            raise ValueError(f"there is no reader {told['reader']!r}, but {known}")
        if reader.files and len(files) != reader.files:
            raise ValueError(f"{told['reader']} are {reader.form}")
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
