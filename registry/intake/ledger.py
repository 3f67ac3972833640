"""The identity ledger: where references are minted, once, and where duplicates are merged.

`data/identity.tsv` is append-only. A line with `replacedBy` merges its reference into another;
intake then rewrites every graph, links of the merged city included, and the old IRIs stay as
deprecated stubs that the server redirects.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry import terms

COLUMNS: Final = tuple("ref kind geonames wikidata country label decided date replacedBy".split())
"""The columns, in their order; cells are separated by tabs."""


class LedgerError(ValueError):
    """A ledger that cannot be read, or that contradicts itself."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    ref: str
    kind: str
    geonames: str
    wikidata: str
    country: str
    label: str
    decided: str
    date: str
    replaced_by: str

    @property
    def iri(self) -> str:
        """The IRI that was minted."""
        return terms.thing(self.kind, self.ref)


@dataclass(frozen=True)
class Ledger:
    """All lines, in the order of their arrival."""

    entries: tuple[Entry, ...]

    @cached_property
    def replacements(self) -> dict[str, str]:
        """Give for each merged IRI the one that stands for it now, chains followed to the end."""
        step = {e.iri: terms.thing(e.kind, e.replaced_by) for e in self.entries if e.replaced_by}
        return {old: _last(old, step) for old in step}

    def current(self, iri: str) -> str:
        """Give the IRI that stands for this one now; links follow the cities they are made of."""
        if (known := self.replacements.get(iri)) is not None:
            return known
        parts = terms.kind_and_ref(iri)
        if parts is None or not self.replacements or parts[0] not in {"link", "claim"}:
            return iri
        link, slash, rest = parts[1].partition("/")
        return terms.thing(parts[0], self._link_ref(link) + slash + rest)

    def _link_ref(self, ref: str) -> str:
        """Rewrite the reference of a link of two whose city was merged."""
        cities = ref.split("--")
        if len(cities) != 2:
            return ref
        current = sorted(self._city_ref(city) for city in cities)
        return "--".join(current) if current != cities else ref

    def _city_ref(self, ref: str) -> str:
        city = terms.thing("city", ref)
        return self.replacements.get(city, city).removeprefix(terms.thing("city", ""))

    def stubs(self) -> list[ox.Triple]:
        """Describe every merged IRI: deprecated, replaced by."""
        deprecated = ox.NamedNode(terms.prefixed("owl:deprecated"))
        replaced = ox.NamedNode(terms.prefixed("dcterms:isReplacedBy"))
        found = []
        for old, new in sorted(self.replacements.items()):
            found.append(ox.Triple(ox.NamedNode(old), deprecated, ox.Literal(True)))
            found.append(ox.Triple(ox.NamedNode(old), replaced, ox.NamedNode(new)))
        return found


def _last(iri: str, step: dict[str, str]) -> str:
    """Follow replacements to the end; raise `LedgerError` on a ring."""
    seen = {iri}
    while (iri := step.get(iri, "")) in step:
        if iri in seen:
            raise LedgerError(f"{iri} is replaced by itself in the end")
        seen.add(iri)
    return iri


def read(path: Path) -> Ledger:
    """Read a ledger.

    Raises
    ------
    LedgerError
        when the columns are others, a reference is malformed, or an IRI is minted twice.

    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise LedgerError(f"{path.name} does not begin with the columns {' '.join(COLUMNS)}")
    minted: dict[str, Entry] = {}
    for number, row in enumerate(rows[1:], start=2):
        entry = _entry(path, number, row)
        _accept(minted, entry, f"{path.name}, line {number}")
    return Ledger(tuple(minted.values()))


def _entry(path: Path, number: int, row: list[str]) -> Entry:
    """Read one line."""
    if len(row) != len(COLUMNS):
        raise LedgerError(f"{path.name}, line {number}: {len(row)} cells, not {len(COLUMNS)}")
    entry = Entry(*row)
    if not terms.REF.fullmatch(entry.ref):
        raise LedgerError(f"{path.name}, line {number}: {entry.ref!r} is not a reference")
    return entry


def _accept(minted: dict[str, Entry], entry: Entry, place: str) -> None:
    """Take a line in: a new IRI, or the merger of one that is there."""
    if entry.iri in minted and not entry.replaced_by:
        raise LedgerError(f"{place}: {entry.iri} is minted twice")
    minted[entry.iri] = entry
