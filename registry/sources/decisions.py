"""Decisions of people on places that rules leave open, or get wrong: a CSV file.

A decision speaks of a place as a source names it: `source` is the graph of that source, `name` the
name there or the item in Wikidata, `country` and `row` (the key of a row) narrow it where given. It
counts for later editions of that source as well, unless one of these has a decision of its own.

accept      the place is the city `ref`
create      the place is a city of its own, with the name, country and position that the source
            states, or `name_as`, `country`, `latitude` and `longitude`
not-a-city  the place is none: a district, an institution
territory   the place is a party, but no city: a region, an island, a country
reject      what the rows say is not taken in
merge       the city whose reference is `name` is the city `ref`, in all sources
different   the cities whose references are `name` and `ref` are never one; a merger of theirs that
            the ledger has is undone
undo        an earlier line with the same source, row, name and country (and `ref`, if given) counts
            no longer; a merger that the ledger has of it is undone

`by`, `date` and `note` say who decided, when and why. A decision that cannot be carried out is an
error, with its line; nothing is imported then.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final, TextIO

from registry import csv_rows, terms
from registry.dates import DATE
from registry.identity import ledger as ledgers
from registry.identity.contradictions import may_be_in
from registry.identity.ledger import Ledger, LedgerEntry
from registry.identity.mentions import Mention
from registry.identity.source_places import BORDER
from registry.places.boxes import around
from registry.places.countries import code_of, with_territories
from registry.places.position import Position, distance
from registry.problems import Problem
from registry.sources.known_places import KnownPlaces
from registry.sources.statements import Reading, Row

REQUIRED: Final = tuple("source row name country decision ref note".split())
"""The columns that a file must have."""

COLUMNS: Final = (*REQUIRED[:-1], *"name_as latitude longitude by date note".split())
"""All columns that are read, as they are written."""

ACCEPT, CREATE, NOT_A_CITY, TERRITORY, REJECT, MERGE, DIFFERENT, UNDO = _WORDS = tuple(
    "accept create not-a-city territory reject merge different undo".split()
)
ON_PLACES: Final = (ACCEPT, CREATE, NOT_A_CITY, TERRITORY, REJECT)
"""Decisions on a place that a source names."""

_KINDS: Final = {NOT_A_CITY: "place that a person says is no city", TERRITORY: "territory"}
_ON_CITIES: Final = frozenset({MERGE, DIFFERENT})
"""Decisions on cities of the registry, in all sources; the others are on places of one source."""

_NUMBERED: Final = re.compile(r"(?:.*-)?([1-9][0-9]*)")
"""The reference of a city by its number at GeoNames."""

_ITEM: Final = re.compile(r"Q[1-9][0-9]*")
_CITY: Final = terms.thing("city", "")


@dataclass(frozen=True)
class Decision:
    """One line: its cells, and where it stands."""

    source: str
    row: str
    name: str
    country: str
    decision: str
    ref: str = ""
    name_as: str = ""
    latitude: str = ""
    longitude: str = ""
    by: str = ""
    date: str = ""
    note: str = ""
    file: str = ""
    line: int = 0

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about."""
        return self.source, self.row, self.name, code_of(self.country) or self.country

    @property
    def verdict(self) -> tuple[str, ...]:
        """What it says of that."""
        return self.decision, self.ref, self.name_as, self.latitude, self.longitude

    @property
    def position(self) -> Position | None:
        """The position that it states; None where it states none.

        Raises
        ------
        ValueError
            when it is none.

        """
        if not self.latitude and not self.longitude:
            return None
        position = Position(*(float(t.replace(",", ".")) for t in (self.latitude, self.longitude)))
        if not (abs(position.latitude) <= 90 and abs(position.longitude) <= 180):
            raise ValueError("it is nowhere")
        return position

    def is_about(self, row: Row, place: Mention) -> bool:
        """Whether it speaks of a place in a row of its source.

        A city is created in the country that the line states where the source states none.
        """
        country = code_of(self.country)
        fits = country in {"", place.country} or (self.decision == CREATE and not place.country)
        return fits and self.row in {"", row.key} and self.name in {place.name, *place.items}

    def problem(self, why: str, name: str = "data-invalid") -> Problem:
        """Return the error that it cannot be carried out."""
        return Problem(name, f"{self.file}, line {self.line}: {why}", line=self.line)


@dataclass(frozen=True)
class Decided:
    """The decisions that count, and those that were undone."""

    standing: Sequence[Decision] = ()
    undone: Sequence[Decision] = ()

    def on_places_of(self, sources: Container[str]) -> Sequence[Decision]:
        """List the decisions on places of sources."""
        return [one for one in self._on_places() if one.source in sources]

    def sources(self) -> set[str]:
        """List the sources whose places are decided upon."""
        return {one.source for one in self._on_places()}

    def on_cities(self, word: str) -> Sequence[Decision]:
        """List the decisions on cities with a word."""
        return [one for one in self.standing if one.decision == word]

    def counted(self, sources: Iterable[str]) -> dict[str, int]:
        """Count the decisions that are applied to sources, undone, or of other sources."""
        known = {*sources}
        others = sum(one.source not in known for one in self._on_places())
        applied = len(self.standing) - others
        return {"applied": applied, "undone": len(self.undone), "ofOtherSources": others}

    def _on_places(self) -> Iterator[Decision]:
        return (one for one in self.standing if one.decision not in _ON_CITIES)


def read(*paths: Path) -> Decided:
    """Read files of decisions, one behind the other.

    Lines in which nothing is decided are passed over.

    Raises
    ------
    Problem
        `data-syntax`, with the line, when a column lacks, a decision cannot be understood, or
        two lines contradict each other.

    """
    return _standing(one for path in paths for one in _of_file(path))


def _of_file(path: Path) -> list[Decision]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head, rows = csv_rows.records(file, _delimiter(file))
            if missing := [name for name in REQUIRED if name not in head]:
                raise Problem("data-syntax", f"{path.name} has no column {missing[0]!r}")
            return [one for one in _lines(rows, path.name) if one.decision]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem("data-syntax", f"{path.name} cannot be read: {error}") from error


def _delimiter(file: TextIO) -> str:
    """Recognise the delimiter by the head; spreadsheets write semicolons in much of Europe."""
    head = file.readline()
    file.seek(0)
    return max((",", ";", "\t"), key=head.count)


def _lines(rows: Iterable[csv_rows.Record], name: str) -> Iterator[Decision]:
    """Yield the lines of a file; one of too many cells has some in the wrong columns."""
    for line, row, more in rows:
        cells = {column: row.get(column, "").strip() for column in COLUMNS}
        one = Decision(**cells, file=name, line=line)
        if more > 0 and one.decision:
            why = "it has more cells than the head; quote those with a comma"
            raise one.problem(why, "data-syntax")
        yield one


def _standing(decisions: Iterable[Decision]) -> Decided:
    """Return the decisions that count once later lines have undone earlier ones."""
    standing: dict[tuple[str, ...], Decision] = {}
    undone: list[Decision] = []
    for one in decisions:
        if fault := _fault(one):
            raise one.problem(fault, "data-syntax")
        if one.decision == UNDO:
            void = [
                key
                for key, earlier in standing.items()
                if earlier.subject == one.subject and one.ref in {"", earlier.ref}
            ]
            if not void:
                raise one.problem("no earlier line decides that; nothing is undone", "data-syntax")
            undone += [standing.pop(key) for key in void]
            continue
        # A city may be different from several others.
        key = (*one.subject, one.ref if one.decision == DIFFERENT else "")
        before = standing.setdefault(key, one)
        if before.verdict != one.verdict:
            what = " ".join(filter(None, before.verdict))
            where = "" if before.file == one.file else f"{before.file}, "
            why = f"{where}line {before.line} decides otherwise: {what}"
            raise one.problem(why, "data-syntax")
    return Decided(list(standing.values()), undone)


def _fault(one: Decision) -> str:
    """Explain why a decision cannot be understood; empty when it can."""
    if one.decision not in _WORDS:
        return f"{one.decision!r} is not a decision: {', '.join(_WORDS)}"
    return next((fault for check in _CHECKS if (fault := check(one))), "")


def _position_fault(one: Decision) -> str:
    try:
        return "" if one.position or not (one.latitude or one.longitude) else "it is nowhere"
    except ValueError:
        return f"{one.latitude!r}, {one.longitude!r} is not a position in degrees"


def _ref_fault(one: Decision) -> str:
    needed = one.decision == ACCEPT or one.decision in _ON_CITIES
    if needed and not terms.REF.fullmatch(one.ref):
        return f"{one.ref!r} is not the reference of a city"
    return ""


def _subject_fault(one: Decision) -> str:
    if one.decision in _ON_CITIES:
        if not terms.REF.fullmatch(one.name):
            return f"name is the reference of a city, which {one.name!r} is not"
        return f"{one.ref} is itself" if one.name == one.ref else ""
    if one.decision != UNDO and not (one.name and one.source):
        return "source and name say what is decided upon"
    return ""


def _country_fault(one: Decision) -> str:
    known = not one.country or code_of(one.country)
    return "" if known else f"{one.country!r} is not a country"


def _date_fault(one: Decision) -> str:
    known = not one.date or DATE.fullmatch(one.date)
    return "" if known else f"{one.date!r} is not a year, month or day"


_CHECKS: Final[Sequence[Callable[[Decision], str]]] = (
    _ref_fault,
    _subject_fault,
    _country_fault,
    _position_fault,
    _date_fault,
)


class _OnPlaces:
    """The decisions on the places of the editions of one source, the latest last, by name."""

    def __init__(self, decided: Decided, editions: Sequence[str]) -> None:
        decisions = decided.on_places_of(editions)
        self._ages = {edition: number for number, edition in enumerate(editions)}
        self._by_name: defaultdict[str, list[Decision]] = defaultdict(list)
        for one in decisions:
            self._by_name[one.name].append(one)

    def about(self, row: Row, place: Mention) -> list[Decision]:
        """List the decisions on a place in a row; the last one counts.

        One on a later edition comes behind others, then one on this row, then one that states the
        country.
        """
        names = dict.fromkeys((place.name, *place.items))
        named = chain.from_iterable(self._by_name.get(name, ()) for name in names)
        fitting = (one for one in named if one.is_about(row, place))
        return sorted(fitting, key=self._precedence)

    def _precedence(self, one: Decision) -> tuple[int, bool, bool, int]:
        return self._ages[one.source], bool(one.row), bool(one.country), one.line


def check_subjects(decided: Decided, readings: Iterable[Reading]) -> None:
    """Refuse decisions on places that no row of their source names.

    Raises
    ------
    Problem
        `data-invalid`, with the line.

    """
    for reading in readings:
        own = decided.on_places_of({reading.document.graph})
        on_places = _OnPlaces(decided, [reading.document.graph])
        met = {
            one.line
            for row in reading.rows
            for place in row.places
            for one in on_places.about(row, place)
        }
        if left := [one for one in own if one.line not in met]:
            raise left[0].problem(_unmet(left[0]))


def _unmet(one: Decision) -> str:
    narrowed = f" in {one.country}" if one.country else ""
    narrowed += f" under the key {one.row}" if one.row else ""
    return f"no row of {one.source} names {one.name!r}{narrowed}"


class References:
    """The places that references of cities stand for."""

    def __init__(self, ledger: Ledger, places: KnownPlaces) -> None:
        self._cities = {entry.ref: entry for entry in ledger.entries if entry.kind == "city"}
        self._unlisted = {ref: number for number, ref in places.refs.items()}
        self._ledger, self._places = ledger, places

    def is_known(self, ref: str) -> bool:
        """Whether a reference is that of a city of the ledger or the gazetteer."""
        return ref in self._cities or bool(self.number(ref))

    def misplaced(self, position: Position, country: str) -> str:
        """Explain why a position is not in a country; empty where it may be.

        It is not where all places about it are in others, nor where there are none and it lies
        outside the boxes around the places of the country and of its territories.
        """
        near = self._places.near(*position, BORDER)
        if any(may_be_in(place, country) for place in near):
            return ""
        if near:
            return f"its position is in {near[0].country}, not in {country}"
        codes = with_territories(country)
        known = [found for code in codes if (found := self._places.positions(code))]
        if not known or any(box.holds(position) for found in known for box in around(found)):
            return ""
        far = self.remoteness(position, country)
        return f"its position is {far:,.0f} km from the nearest place of {country}"

    def remoteness(self, position: Position, country: str) -> float:
        """Return how far the nearest place of a country is, in kilometres; 0 where it has none."""
        positions = (p for code in with_territories(country) for p in self._places.positions(code))
        return min((distance(*position, *one) for one in positions), default=0.0)

    def number(self, ref: str) -> int:
        """Return the number of the place of a city; 0 where there is no such city."""
        entry = self._cities.get(ref)
        if entry is None:
            match = _NUMBERED.fullmatch(ref)
            number = int(match[1]) if match else 0
        elif self._ledger.is_withdrawn(entry.iri):
            return 0
        else:
            current = self._ledger.current(entry.iri).removeprefix(_CITY)
            geonames = self._cities[current].geonames
            number = int(geonames) if geonames else self._unlisted.get(current, 0)
        return number if number and self._places.place(number) else 0


def applied(
    reading: Reading, decided: Decided, references: References, earlier: Sequence[str] = ()
) -> Reading:
    """Return a reading in which what is decided of its places is said of them.

    `earlier` are the sources of which it is a later edition, the latest last. A decision on one of
    these that cannot be carried out on this edition is noticed.

    Raises
    ------
    Problem
        `data-invalid`, with the line, when a reference is that of no city, or something lacks that
        a city is created of.

    """
    editions = [*earlier, reading.document.graph]
    if not decided.on_places_of(editions):
        return reading
    on_places = _OnPlaces(decided, editions)
    after = replace(
        reading, rows=[], noticed=reading.noticed.copy(), passed_over=reading.passed_over.copy()
    )
    for row in reading.rows:
        found = [(place, on_places.about(row, place)[-1:]) for place in row.places]
        if any(one and one[0].decision == REJECT for _, one in found):
            after.passed_over["rejected by a person"] += 1
            continue
        if any(one for _, one in found):
            after.noticed["decided by a person"] += 1
        places = [_decided(p, one[0], after, references) if one else p for p, one in found]
        after.rows.append(row.of(*places))
    _notice_remote(after, references)
    return after


_REMOTE: Final = 60.0
"""Kilometres to the nearest place of its country from which a created city may lie in the sea."""


def _notice_remote(reading: Reading, references: References) -> None:
    """Notice the cities that a person creates far from all others of their countries."""
    made = {place for row in reading.rows for place in row.places if place.create}
    for place in sorted(made, key=repr):
        if place.position:
            far = references.remoteness(place.position, place.country)
            if far > _REMOTE:
                where = f"{far:,.0f} km from the nearest place of {place.country}"
                reading.noticed[f"{place.name} is created {where}"] += 1


_NOT_HERE: Final = "decisions on earlier editions that cannot be carried out"


def _decided(place: Mention, one: Decision, reading: Reading, references: References) -> Mention:
    """Return for a place what is decided; of an earlier edition, as far as this one allows it."""
    try:
        return _carried_out(place, one, references)
    except Problem:
        if one.source == reading.document.graph:
            raise
        reading.noticed[_NOT_HERE] += 1
        return place


def _carried_out(place: Mention, one: Decision, references: References) -> Mention:
    """Return for a place what is decided."""
    if kind := _KINDS.get(one.decision):
        return replace(place, kind=kind)
    if one.decision == CREATE:
        return _created(place, one, references)
    number = references.number(one.ref)
    if not number:
        raise one.problem(f"neither the ledger nor the gazetteer has the city {one.ref!r}")
    return replace(place, decided=number)


def _created(place: Mention, one: Decision, references: References) -> Mention:
    """Return a place as a city of its own; not where all places around are in other countries."""
    name = one.name_as or ("" if _ITEM.fullmatch(place.name) else place.name)
    country = place.country or code_of(one.country)
    position = one.position or place.position
    needed = {"name": name, "country": country, "position": position}
    if lacking := [what for what, given in needed.items() if not given]:
        what = " and ".join(lacking)
        raise one.problem(f"{one.name!r} cannot be created: the source states no {what} of it")
    if position and (why := references.misplaced(position, country)):
        raise one.problem(f"{one.name!r} cannot be created: {why}")
    also = () if name == place.name else (place.name,)
    return replace(
        place, name=name, country=country, position=position, kind="", also=also, create=True
    )


def split(ledger: Ledger, decided: Decided, day: str) -> list[LedgerEntry]:
    """Write the lines of a ledger that undo its mergers of cities.

    Those are undone that an `undo` speaks of and no other line decides again, and those of cities
    that are different: of these, the one that was merged stands for itself again.
    """
    known = {entry.ref: entry for entry in ledger.entries if entry.kind == "city"}
    again = {(one.name, one.ref) for one in decided.on_cities(MERGE)}
    undone = {
        one.name
        for one in decided.undone
        if one.decision == MERGE
        and (one.name, one.ref) not in again
        and one.name in known
        and known[one.name].replaced_by == one.ref
    }
    for one in decided.on_cities(DIFFERENT):
        if {one.name, one.ref} <= known.keys():
            current = {ledger.current(known[ref].iri) for ref in (one.name, one.ref)}
            merging = (ref for ref in (one.name, one.ref) if known[ref].replaced_by)
            ref = next(merging, "")
            if len(current) == 1 and ref and not ledger.is_withdrawn(known[ref].iri):
                undone.add(ref)
    return [
        replace(known[ref], decided=ledgers.SPLIT, date=day, replaced_by="")
        for ref in sorted(undone)
    ]


def merged(ledger: Ledger, decided: Decided, day: str) -> list[LedgerEntry]:
    """Write the lines of a ledger that merge cities, where it has not merged them already.

    Raises
    ------
    Problem
        `data-invalid`, with the line, when one of the two was never minted or is given up, the
        ledger has merged it into another, or a decision says that they are different.

    """
    known = {entry.ref: entry for entry in ledger.entries if entry.kind == "city"}
    lines = []
    for one in decided.on_cities(MERGE):
        if fault := _merge_fault(one, known, ledger):
            raise one.problem(fault)
        if not known[one.name].replaced_by:
            entry = replace(known[one.name], decided="person", date=day, replaced_by=one.ref)
            lines.append(entry)
    try:
        _refuse_mergers_of_different(ledgers.extended(ledger, lines), decided, known)
    except ledgers.LedgerError as error:
        raise Problem("data-invalid", f"mergers cannot be carried out: {error}") from error
    return lines


def _merge_fault(one: Decision, known: Mapping[str, LedgerEntry], ledger: Ledger) -> str:
    """Explain why two cities cannot be merged; empty when they can, or are."""
    for ref in (one.name, one.ref):
        if ref not in known:
            return f"the ledger has no city {ref!r} to merge"
        if ledger.is_withdrawn(known[ref].iri):
            return f"the ledger has withdrawn {ref}"
    before = known[one.name].replaced_by
    if before and ledger.current(known[one.name].iri) != ledger.current(known[one.ref].iri):
        return f"the ledger has merged {one.name} into {before} already"
    return ""


def _refuse_mergers_of_different(
    ledger: Ledger, decided: Decided, known: Mapping[str, LedgerEntry]
) -> None:
    for one in decided.on_cities(DIFFERENT):
        if not {one.name, one.ref} <= known.keys():
            continue  # What was never minted is merged with nothing.
        if ledger.current(known[one.name].iri) == ledger.current(known[one.ref].iri):
            merging = [
                f"line {other.line}"
                for other in decided.on_cities(MERGE)
                if not {other.name, other.ref}.isdisjoint({one.name, one.ref})
            ]
            by = " and ".join(merging) or "the ledger"
            raise one.problem(f"{one.name} and {one.ref} are different, but merged by {by}")


def different(decided: Decided, references: References) -> list[tuple[str, str]]:
    """List the pairs of references that are never one city.

    Raises
    ------
    Problem
        `data-invalid`, with the line, when one is the reference of no city.

    """
    pairs = []
    for one in decided.on_cities(DIFFERENT):
        for ref in (one.name, one.ref):
            if not references.is_known(ref):
                raise one.problem(f"neither the ledger nor the gazetteer has the city {ref!r}")
        pairs.append((one.name, one.ref))
    return pairs
