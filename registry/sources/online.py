"""Sources that have an address, as a list tells them: what `citylinks refresh` asks.

A list is a TOML file of tables `[[source]]`; the fields of `OnlineSource` are its keys. A `mapping`
names a mapping of the project or a file beside the list.
"""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from registry import terms
from registry.problems import Problem
from registry.sources import mapping as mappings
from registry.sources.inputs import Input
from registry.sources.provenance import is_address
from registry.sources.statements import Document
from registry.sources.wikidata import PAIRS

WIKIDATA, FILE = "wikidata", "file"
"""Kinds of sources: a SPARQL endpoint of Wikidata, and a table that lies at an address."""

_LONGEST: Final = 100
"""Characters of the longest name: that of a graph has a day behind it."""

_SELDOM: Final = 3650
"""Days of the longest interval."""


@dataclass(frozen=True)
class OnlineSource:
    """A source that has an address.

    `name` is what its editions share, which are graphs `{name}-{day}`; `family`, `licence`, `title`
    and `attribution` are as the graph tells them; `every` is how many days lie between two
    editions. A `file` has a `mapping`.
    """

    name: str
    kind: str
    address: str
    title: str
    family: str
    licence: str
    every: int
    mapping: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be asked or published.

        Raises
        ------
        ValueError
            which says what is wrong.

        """
        if not terms.NAME.fullmatch(self.name) or len(self.name) > _LONGEST:
            raise ValueError(f"name {self.name!r} is not a name in a-z, 0-9 and hyphens")
        if self.kind not in {WIKIDATA, FILE}:
            raise ValueError(f"{self.name}: kind is {WIKIDATA} or {FILE}, not {self.kind!r}")
        if not is_address(self.address) or not urlsplit(self.address).hostname:
            raise ValueError(f"{self.name}: {self.address!r} is not an address of a web server")
        if (self.kind == FILE) != bool(self.mapping):
            raise ValueError(f"{self.name}: a mapping goes with a {FILE}, and with nothing else")
        if not 0 < self.every <= _SELDOM:
            raise ValueError(f"{self.name}: every is a number of days, not {self.every}")

    def document(self, day: str) -> Document:
        """Describe the edition of a day."""
        is_file = self.kind == FILE
        origin = (
            mappings.named(self.mapping).document if is_file else replace(PAIRS, language="ENG")
        )
        return replace(
            origin,
            graph=f"{self.name}-{day}",
            title=f"{self.title}, {day}",
            date=day,
            family=self.family,
            licence=self.licence,
            attribution=self.attribution or origin.attribution,
        )

    def input(self, paths: tuple[Path, ...], day: str, taken: str) -> Input:
        """Return what an import reads: files that were taken on a day, and speak as of `day`."""
        reader = "table" if self.kind == FILE else "slices"
        document = self.document(day)
        return Input(reader, paths, self.mapping, self.address, taken, self.licence, document)


def read(path: Path) -> list[OnlineSource]:
    """Read a list of sources.

    Raises
    ------
    Problem
        `data-syntax` when it cannot be understood.

    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))["source"]
        sources = [_source(path.parent, told) for told in tables]
        if not sources:
            raise ValueError("it has no source")
        names = [one.name for one in sources]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]} is listed twice")
    except KeyError as error:
        raise Problem("data-syntax", f"{path.name} has no table [[source]]") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise Problem("data-syntax", f"{path.name} is no list of sources: {error}") from error
    return sources


def _source(folder: Path, told: dict[str, Any]) -> OnlineSource:
    known = {one.name: one for one in fields(OnlineSource)}
    lacking = [key for key, one in known.items() if one.default is MISSING and key not in told]
    what = str(told.get("name", "a source"))
    if lacking:
        raise ValueError(f"{what} lacks {lacking[0]!r}")
    for key, value in told.items():
        if key not in known:
            raise ValueError(f"{what} has no {key!r}, but {', '.join(known)}")
        if type(value) is not (int if key == "every" else str):
            raise ValueError(f"{what}: {key} is {value!r}")
    if told.get("mapping", "").endswith(".toml"):
        told["mapping"] = str(folder / told["mapping"])
    source = OnlineSource(**told)
    source.document("2000-01-01")
    return source
