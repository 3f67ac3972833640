"""Linksets: which thing is which entry of an authority file, as N-Triples and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry import terms
from registry.releases import files
from registry.search.index import Index

PREFIX: Final = "linkset_"
"""Begins the names of their files; no graph can be named so, whose files stand beside."""


@dataclass(frozen=True)
class Authority:
    """An authority file: its name, our property, and what stands around an identifier of it."""

    name: str
    predicate: str
    before: str
    after: str = ""


AUTHORITIES: Final = (
    Authority("geonames", "cl:geonamesFeature", "https://sws.geonames.org/", "/"),
    Authority("wikidata", "cl:wikidataItem", "http://www.wikidata.org/entity/"),
)


def write(index: Index, folder: Path) -> None:
    """Write the linksets of a release into a folder, in the order of our IRIs."""
    for authority in AUTHORITIES:
        pairs = list(_pairs(index, authority))
        predicate = terms.prefixed(authority.predicate)
        lines = "".join(f"<{ours}> <{predicate}> <{theirs}> .\n" for ours, theirs in pairs)
        table = io.StringIO()
        csv.writer(table).writerows([("iri", authority.name), *pairs])
        for extension, text in (("nt", lines), ("csv", table.getvalue())):
            path = folder / f"{PREFIX}{authority.name}.{extension}.gz"
            files.write(path, files.compress(text.encode()))


def _pairs(index: Index, authority: Authority) -> Iterator[tuple[str, str]]:
    """Give our IRIs and theirs."""
    rows = index.ask("SELECT kind, ref, geonames, wikidata FROM thing ORDER BY kind, ref")
    for kind, ref, geonames, wikidata in rows:
        if number := {"geonames": geonames, "wikidata": wikidata}[authority.name]:
            yield terms.thing(kind, ref), f"{authority.before}{number}{authority.after}"
