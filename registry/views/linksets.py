"""Linksets: which thing is which entry of an authority file, as N-Triples and CSV."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry import csv_rows, files, terms
from registry.releases.reading import Content, Release, View
from registry.views.names import NAMES, NameIndex

_PREFIX: Final = "linkset_"
"""Begins the names of their files; no graph can be named so, whose files stand beside."""

_EXTENSIONS: Final = ("csv", "nt")


@dataclass(frozen=True)
class Authority:
    """An authority file: its name and label, our property, what stands around its identifiers."""

    name: str
    label: str
    predicate: str
    before: str
    after: str = ""

    @property
    def files(self) -> dict[str, str]:
        """The names of its files, by extension."""
        return {name: f"{_PREFIX}{self.name}.{name}.gz" for name in _EXTENSIONS}


AUTHORITIES: Final = (
    Authority("geonames", "GeoNames", "cl:geonamesFeature", "https://sws.geonames.org/", "/"),
    Authority("wikidata", "Wikidata", "cl:wikidataItem", "http://www.wikidata.org/entity/"),
)


def _write(content: Content) -> None:
    """Write the linksets of a release in the making, in the order of our IRIs."""
    index = NameIndex(content.folder / NAMES.name)
    for authority in AUTHORITIES:
        pairs = list(_pairs(index, authority))
        predicate = terms.prefixed(authority.predicate)
        lines = "".join(f"<{ours}> <{predicate}> <{theirs}> .\n" for ours, theirs in pairs)
        table = io.StringIO()
        csv_rows.Writer(table).writerows([("iri", authority.name), *pairs])
        for extension, text in (("nt", lines), ("csv", table.getvalue())):
            files.write(content.dumps / authority.files[extension], files.compress(text.encode()))


def _pairs(index: NameIndex, authority: Authority) -> Iterator[tuple[str, str]]:
    """Yield our IRIs and theirs, of which a thing may have several."""
    for kind, ref, theirs in index.ask(_IDENTIFIERS[authority.name]):
        yield terms.thing(kind, ref), f"{authority.before}{theirs}{authority.after}"


_IDENTIFIERS: Final = {
    "geonames": "SELECT kind, ref, geonames FROM thing WHERE geonames > 0 ORDER BY kind, ref",
    "wikidata": (
        "SELECT kind, ref, item FROM thing JOIN item ON item.thing = thing.id "
        "ORDER BY kind, ref, item"
    ),
}


def _opened(release: Release) -> list[Path]:
    folder = release.folder / "dumps"
    return [folder / name for authority in AUTHORITIES for name in authority.files.values()]


LINKSETS: Final = View(f"dumps/{_PREFIX}wikidata.nt.gz", _opened, _write)
