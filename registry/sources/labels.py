"""Names: what the sources of a world call its cities, beside what the gazetteer says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from registry.places.labels import cleaned
from registry.places.names import fold
from registry.sources.statements import Document, Reading

_TAGS: Final = {"ENG": "en", "DEU": "de", "FRA": "fr", "ITA": "it", "SPA": "es", "POL": "pl"}
"""Language tags by the codes of the EU's table; names of other documents have no language."""

UNTOLD: Final = "und"


def name_tag_of(document: Document) -> str:
    """Return the language tag of the names of places in a document; `und` where it is not told."""
    return document.names or tag_of(document)


def tag_of(document: Document) -> str:
    """Return the language tag of a document; `und` where it is not told.

    >>> tag_of(Document("list", "A list", "2015", "list", "urn:l", "urn:a", language="DEU"))
    'de'
    """
    return _TAGS.get(document.language, UNTOLD)


@dataclass(frozen=True)
class Names:
    """By reference of the city, how often it is called what, in which language."""

    said: defaultdict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    def hear(self, ref: str, reading: Reading, name: str) -> None:
        """Take note of a name that a source gives a city."""
        self.said[ref][name_tag_of(reading.document), cleaned(name)] += 1

    def english(self, ref: str) -> str:
        """Return the commonest English name; empty where no source has one."""
        found = [(-n, name) for (tag, name), n in self.said[ref].items() if tag == "en"]
        return min(found)[1] if found else ""

    def others(self, ref: str, known: Iterable[str]) -> list[tuple[str, str]]:
        """List spellings, with their language, that differ from all known names when folded."""
        seen = {fold(name) for name in known}
        found = []
        for tag, name in sorted(self.said[ref]):
            if (key := fold(name)) and key not in seen:
                seen.add(key)
                found.append((name, tag))
        return found
