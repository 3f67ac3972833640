"""The identity ledger: where references are minted, once, and where they are given up.

`data/identity.tsv` is append-only. A line with `replacedBy` merges its reference into another, or
withdraws it where that is `-`. The links of a city that is given up and their claims go with it,
since their references are made of the city's. A link or claim has a line of its own only where it
is given up while its cities stay: what it stated was of other cities. Old IRIs stay as deprecated
stubs: the server redirects those that were merged, and says of the others that they are gone.

The reference of a link says which cities it is of, so that it never means another link. What a rule
gave up, a line with `revived` under `decided` puts in force again once a source states it; what a
person gave up stays so, until another such line undoes that.

A city may have several items of Wikidata, as those of a town and of its municipality, the main one
first, with spaces between. A line with `corrected` under `decided` states the items anew. One with
`split` undoes the merger of its reference, which stands for a city of its own again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry import terms

COLUMNS: Final = tuple("ref kind geonames wikidata country label decided date replacedBy".split())
"""The columns, in their order; cells are separated by tabs."""

DEPRECATED: Final = ox.NamedNode(terms.prefixed("owl:deprecated"))
REPLACED: Final = ox.NamedNode(terms.prefixed("dcterms:isReplacedBy"))

_OF_STUBS: Final = tuple(f"> {predicate} ".encode() for predicate in (DEPRECATED, REPLACED))

WITHDRAWN: Final = "-"
"""Stands under `replacedBy` where nothing takes the place of a reference."""

CORRECTED: Final = "corrected"
"""Stands under `decided` where a line states the identifiers of a reference anew."""

SPLIT: Final = "split"
"""Stands under `decided` where a line undoes the merger of a reference."""

REVIVED: Final = "revived"
"""Stands under `decided` where a line puts a link, a claim or what was withdrawn in force again."""

RULE: Final = "rule"
"""Stands under `decided` where a rule minted a reference, or gave it up."""

NAME: Final = "identity.tsv"
"""The name of a ledger's file."""

_KIND: Final = re.compile("[a-z]+(?:-[a-z]+)*")
_OF_LINKS: Final = frozenset({"link", "claim"})


class LedgerError(ValueError):
    """A ledger that cannot be read, or that contradicts itself."""


@dataclass(frozen=True)
class LedgerEntry:
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
    def items(self) -> tuple[str, ...]:
        """Its items of Wikidata, the main one first."""
        return tuple(self.wikidata.split())

    @cached_property
    def iri(self) -> str:
        """The IRI that was minted."""
        return terms.thing(self.kind, self.ref)


@dataclass(frozen=True)
class Ledger:
    """All lines, in the order of their arrival; the last one of an IRI counts."""

    entries: tuple[LedgerEntry, ...]

    @cached_property
    def sha256(self) -> str:
        """Hash of the lines, in hexadecimal."""
        return hashlib.sha256(b"".join(map(line, self.entries))).hexdigest()

    @cached_property
    def given_up(self) -> tuple[LedgerEntry, ...]:
        """The lines that merge or withdraw a reference."""
        return tuple(entry for entry in self.entries if entry.replaced_by)

    def revivals(self, stated: Iterable[str], date: str) -> list[LedgerEntry]:
        """Return the lines that put in force what rules gave up and is stated, given its IRIs."""
        by_rule = {e.iri: e for e in self.given_up if e.decided == RULE and e.kind in _OF_LINKS}
        again = {iri for iri in stated if iri in by_rule} if by_rule else set[str]()
        revived = (entry for iri, entry in by_rule.items() if iri in again)
        return [replace(e, decided=REVIVED, date=date, replaced_by="") for e in revived]

    @cached_property
    def given_up_by_people(self) -> frozenset[str]:
        """The IRIs of links and claims that people merged or withdrew by lines of their own."""
        of_links = (entry for entry in self.given_up if entry.kind in _OF_LINKS)
        return frozenset(entry.iri for entry in of_links if entry.decided != RULE)

    @cached_property
    def merged(self) -> dict[str, str]:
        """For each merged IRI the one that it was merged into, at that time."""
        merged = (entry for entry in self.given_up if entry.replaced_by != WITHDRAWN)
        return {entry.iri: terms.thing(entry.kind, entry.replaced_by) for entry in merged}

    @cached_property
    def _withdrawn(self) -> frozenset[str]:
        return frozenset(e.iri for e in self.given_up if e.replaced_by == WITHDRAWN)

    def is_withdrawn(self, iri: str) -> bool:
        """Whether a thing was withdrawn: by itself, with its link or city, or once merged."""
        return bool(self._withdrawn) and not self._withdrawn.isdisjoint(owners(self.current(iri)))

    def current(self, iri: str) -> str:
        """Return the IRI that stands for this one now, mergers followed to the end.

        Raises
        ------
        LedgerError
            when they go round in a ring.

        """
        seen = {iri}
        while (after := self._after(iri)) != iri:
            if after in seen:
                raise LedgerError(f"{iri} is replaced by itself in the end")
            seen.add(after)
            iri = after
        return iri

    def _after(self, iri: str) -> str:
        """Follow one merger: of the thing itself, or of what its reference names."""
        if iri in self.merged:
            return self.merged[iri]
        if moved := self.merged.get(_city_at(iri)):
            return terms.geometry_of(moved)
        return self._of_another_link(iri)

    def _of_another_link(self, iri: str) -> str:
        """Follow one merger: of the link of a claim, or of a city of a link's reference."""
        if iri in self._withdrawn or not self.merged:
            return iri  # What was withdrawn by itself does not go with its link or city.
        kind, link, rest = terms.link_parts(iri)
        of_claim = terms.thing("link", link) if rest else ""
        if of_claim in self._withdrawn:
            return iri
        if moved := self.merged.get(of_claim):
            return terms.thing(kind, moved.removeprefix(terms.thing("link", "")) + rest)
        cities = link.split("--")
        after = [self._city_after(city) for city in cities]
        if len(cities) != 2 or after == cities:
            return iri
        return terms.thing(kind, "--".join(sorted(after)) + rest)

    def _city_after(self, ref: str) -> str:
        city = terms.thing("city", ref)
        return self.merged.get(city, city).removeprefix(terms.thing("city", ""))

    @cached_property
    def _affected(self) -> list[str]:
        """The minted IRIs that were given up, or whose reference names what was."""
        refs = {entry.ref for entry in self.given_up}
        return [entry.iri for entry in self.entries if not refs.isdisjoint(named_by(entry.ref))]

    @cached_property
    def moved(self) -> dict[str, str]:
        """For every minted IRI that another stands for now, links and claims too, that one."""
        now = {iri: self.current(iri) for iri in self._affected if not self.is_withdrawn(iri)}
        return {old: new for old, new in sorted(now.items()) if old != new}

    @cached_property
    def withdrawn(self) -> list[str]:
        """List the minted IRIs that nothing stands for any more."""
        return sorted(filter(self.is_withdrawn, self._affected))

    def stubs(self) -> list[ox.Triple]:
        """Describe every minted IRI that was given up: deprecated, and what replaces it if any."""
        gone = [_deprecated(old) for old in self.withdrawn]
        return gone + [
            triple
            for old, new in self.moved.items()
            for triple in (
                _deprecated(old),
                ox.Triple(ox.NamedNode(old), REPLACED, ox.NamedNode(new)),
            )
        ]


def named_by(ref: str) -> set[str]:
    """Return the references that one is made of: a claim's link, and the cities of both.

    >>> sorted(named_by("alba-1--brno-2/list/p4"))
    ['alba-1', 'alba-1--brno-2', 'alba-1--brno-2/list/p4', 'brno-2']
    """
    link = ref.partition("/")[0]
    return {ref, link, *link.split("--")}


def is_of_stub(line: bytes) -> bool:
    """Whether a line of N-Triples belongs to a stub, as `Ledger.stubs` describes them."""
    return any(predicate in line for predicate in _OF_STUBS)


def _deprecated(iri: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(iri), DEPRECATED, ox.Literal(True))


def _city_at(iri: str) -> str:
    """Return the city whose geometry an IRI is; empty where it is another thing."""
    kind, ref = terms.kind_and_ref(iri) or ("", "")
    return terms.thing("city", ref) if kind == "geometry" else ""


def owners(iri: str) -> set[str]:
    """Return what a thing goes with when that is withdrawn.

    That is itself, the link of a claim, the two cities of a link, the city of a geometry.
    """
    kind, link, _ = terms.link_parts(iri)
    cities = link.split("--")
    links = {terms.thing("link", link)} if kind else set()
    return (
        {iri, _city_at(iri)}
        | links
        | {terms.thing("city", ref) for ref in cities if len(cities) == 2}
    )


HEAD: Final = ("\t".join(COLUMNS) + "\n").encode()
"""How a ledger begins."""


def line(entry: LedgerEntry) -> bytes:
    """Write a line, for the end of a ledger."""
    return ("\t".join(_CELLS(entry)) + "\n").encode()


_CELLS: Final = attrgetter(*(one.name for one in fields(LedgerEntry)))
"""What a line has of an entry."""


def followed(
    entries: Iterable[LedgerEntry], lines: Iterable[LedgerEntry]
) -> tuple[LedgerEntry, ...]:
    """Return the entries that count once lines are added; the last one of an IRI does."""
    return tuple({entry.iri: entry for entry in (*entries, *lines)}.values())


def read(path: Path, *more: Path) -> Ledger:
    """Read a ledger, and what follows it in other files, which need not be there."""
    present = (path, *(other for other in more if other.exists()))
    return parse((one.name, _content(one)) for one in present)


def parse(parts: Iterable[tuple[str, bytes]]) -> Ledger:
    """Parse a ledger from the names and contents of its files, in their order.

    Raises
    ------
    LedgerError
        when the columns are others, a reference is malformed, an IRI is minted twice, or a merger
        or withdrawal concerns what was never minted, or mergers go round in a ring.

    """
    lines: dict[str, LedgerEntry] = {}
    for name, content in parts:
        _take(name, _rows(name, content), lines)
    return _checked(lines)


def continued(shipped: Ledger, name: str, content: bytes) -> Ledger:
    """Return a ledger with the lines of one that was begun behind a former version of it.

    What the first has minted or given up since, the other may have minted, corrected or split: such
    a line of it is passed over.
    """
    lines = {entry.iri: entry for entry in shipped.entries}
    _take(name, _rows(name, content), lines, frozenset(lines))
    return _checked(lines)


def extended(ledger: Ledger, entries: Iterable[LedgerEntry]) -> Ledger:
    """Return a ledger with further lines; `LedgerError` where it does not accept one."""
    lines = {entry.iri: entry for entry in ledger.entries}
    for entry in entries:
        _accept(lines, entry)
    return _checked(lines)


def _checked(lines: dict[str, LedgerEntry]) -> Ledger:
    """Refuse mergers into what was never minted, and those that go round in a ring."""
    ledger = Ledger(tuple(lines.values()))
    for old, new in ledger.merged.items():
        if new not in lines and not _is_of_minted(new, lines):
            raise LedgerError(f"{old} is replaced by {new}, which was never minted")
    for iri in ledger.merged:
        ledger.current(iri)
    return ledger


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LedgerError(f"{path.name} cannot be read: {error}") from error


def _rows(name: str, content: bytes) -> list[list[str]]:
    """Split into cells, below the columns."""
    try:
        text = content.decode()
        rows = list(
            csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
        )
    except (UnicodeDecodeError, csv.Error) as error:
        raise LedgerError(f"{name} cannot be read: {error}") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise LedgerError(f"{name} does not begin with the columns {' '.join(COLUMNS)}")
    return rows[1:]


def _take(
    name: str, rows: list[list[str]], lines: dict[str, LedgerEntry], shipped: Container[str] = ()
) -> None:
    """Take in the lines of a file, but for those that what is `shipped` has overtaken."""
    for number, row in enumerate(rows, start=2):
        try:
            entry = _entry(row)
            if entry.iri in shipped and not entry.replaced_by and _fault(lines, entry):
                continue
            _accept(lines, entry)
        except LedgerError as error:
            raise LedgerError(f"{name}, line {number}: {error}") from error


def _entry(row: list[str]) -> LedgerEntry:
    """Read one line."""
    if len(row) != len(COLUMNS):
        raise LedgerError(f"{len(row)} cells, not {len(COLUMNS)}")
    entry = LedgerEntry(*row)
    if not terms.REF.fullmatch(entry.ref):
        raise LedgerError(f"{entry.ref!r} is not a reference")
    if not _KIND.fullmatch(entry.kind):
        raise LedgerError(f"{entry.kind!r} is not a kind")
    return entry


def _accept(lines: dict[str, LedgerEntry], entry: LedgerEntry) -> None:
    """Take a line in: a new IRI, the identifiers of one anew, or the end of one that is there."""
    if fault := _fault(lines, entry):
        raise LedgerError(f"{entry.iri} {fault}")
    lines[entry.iri] = entry


def _fault(lines: Mapping[str, LedgerEntry], entry: LedgerEntry) -> str:
    """Explain why a line cannot follow others; empty where it can."""
    known = lines.get(entry.iri)
    is_minted = bool(known) or _is_of_minted(entry.iri, lines)
    if entry.decided == SPLIT:
        is_merged = known and known.replaced_by not in {"", WITHDRAWN}
        return "" if is_merged and not entry.replaced_by else "is split, but was not merged"
    if entry.decided == REVIVED:
        # What is in force may be revived: a workspace may do so before what is shipped does.
        was_withdrawn = known is not None and known.replaced_by == WITHDRAWN
        may_be = is_minted and (entry.kind in _OF_LINKS or was_withdrawn) and not entry.replaced_by
        return "" if may_be else "is revived, but is no link or claim, and was not withdrawn"
    if entry.replaced_by:
        return _fault_of_end(entry, is_minted=is_minted)
    if known and entry.decided != CORRECTED:
        return "is minted twice"
    return "is corrected, but was given up" if known and known.replaced_by else ""


def _fault_of_end(entry: LedgerEntry, *, is_minted: bool) -> str:
    """Explain why a line cannot merge or withdraw a reference; empty where it can."""
    if not is_minted:
        what = "withdrawn" if entry.replaced_by == WITHDRAWN else "merged"
        return f"is {what}, but was never minted"
    return "is replaced by itself" if entry.replaced_by == entry.ref else ""


def _is_of_minted(iri: str, lines: Mapping[str, LedgerEntry]) -> bool:
    """Whether an IRI is that of a link or claim, whose cities were minted."""
    kind, link, rest = terms.link_parts(iri)
    cities = link.split("--")
    known = all(terms.thing("city", city) in lines for city in cities)
    return len(cities) == 2 and known and bool(rest) == (kind == "claim")
