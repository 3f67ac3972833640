"""A reader of sources: a function from the files of one origin to what they say.

`READERS` of `inputs` lists them by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from registry.sources.statements import Document, Reading


@dataclass(frozen=True)
class SourceFiles:
    """Files of one origin, the name of their reader, and what it needs to know about them.

    `mapping` is the name or path of a mapping; `taken` is the day on which the files were fetched;
    `document` is which edition of the source they are, where the reader does not know it.
    """

    reader: str
    files: tuple[Path, ...]
    mapping: str = ""
    origin: str = ""
    taken: str = ""
    licence: str = ""
    document: Document | None = None


@dataclass(frozen=True)
class Reader:
    """A reader of sources of one form.

    `files` is how many there are, where that is fixed, and `form` says what they are. `listed` is
    set where a list of inputs may name the reader.
    """

    read: Callable[[SourceFiles], Reading]
    files: int = 0
    form: str = ""
    listed: bool = True
