"""The formats of lists beside pages, and what writes each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from registry import formats
from registry.formats import Format
from registry.lists.tables import ListRow
from registry.lists.writer import Writer

Write = Callable[[Writer, Sequence[ListRow]], Iterator[str]]
"""Writes rows of a list in parts."""

WRITERS: Final[dict[Format, Write]] = {
    formats.RESULTS_CSV: Writer.csv,
    formats.GEOJSON: Writer.geojson,
    formats.JSONLD: Writer.jsonld,
    formats.SVG: Writer.svg,
}
"""The formats of lists beside pages: a new one is one file and one line here."""

WITHOUT_WORDS: Final = frozenset({formats.SVG})
"""Formats that are the same for readers of all languages."""
