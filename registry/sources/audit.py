"""What imports could not decide, as their reports list it: the places that wait for a person.

Each import leaves `unresolved.csv`: in the folder `imports/GRAPH` of a workspace for what it has
published there, in `data/world` for the shipped world. Columns are read by their names; those that
are not known here are kept, so that a report that is filled in can be given to the next import.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote

from registry import damage, shipped
from registry.places.countries import code_of
from registry.sources.decisions import COLUMNS

REPORT: Final = "unresolved.csv"
IMPORTS: Final = "imports"
"""The folder of a workspace that has a folder for each graph that was imported there."""

NOWHERE: Final = "-"
"""Stands for the places of which no country is stated, where a country is asked for."""

_ITEM: Final = re.compile(r"Q[1-9][0-9]*")
_CANDIDATE: Final = re.compile(
    r"(?:(?P<ref>[a-z0-9]+(?:-+[a-z0-9]+)*-q?[0-9]{1,12}) )?(?P<name>.+?) (?P<country>[A-Z]{2})? ?"
    r"-?[0-9]{1,9}\.[0-9](?:, but (?P<against>.+))?"
)
_NUMBERED: Final = re.compile(r"(?P<name>.+) (?P<number>-?[0-9]{1,12}) \(-?[0-9.]{1,12}\)")
"""A candidate in reports of earlier versions; places that only the source knows are negative."""

_NOT_A_CITY: Final = "not a city"
_UNIDENTIFIED: Final = "neither the gazetteer nor Wikidata has it"
"""What reports of earlier versions say of a place that is missing."""

_TAKEN: Final = re.compile(r"\bQ[1-9][0-9]* is this place\b")


class Cause(StrEnum):
    """Why a place is open."""

    CONTRADICTORY = "contradictory"
    CONTESTED = "contested"
    AMBIGUOUS = "ambiguous"
    MISSING = "missing"
    UNKNOWN = "unknown"
    NOT_A_CITY = "not-a-city"
    OTHER = "other"


@dataclass(frozen=True)
class ListedCandidate:
    """A place that may be meant, and what the source states that it is not.

    `ref` is the reference that its city has, or would get; empty where only the source knows it.
    """

    name: str
    ref: str = ""
    country: str = ""
    against: str = ""

    @property
    def geonames(self) -> int:
        """Its number at GeoNames; 0 where it has none."""
        number = self.ref.rpartition("-")[2]
        return int(number) if number.isdecimal() else 0


@dataclass(frozen=True)
class OpenPlace:
    """A place that is open: a line of a report, `cells` by column.

    `country` is a code (ISO 3166-1 alpha-2), empty where none is stated; `rows` counts the rows
    that name it: one that names two open places waits for both.
    """

    source: str
    cells: Mapping[str, str]
    country: str
    cause: Cause
    rows: int

    @property
    def item(self) -> str:
        """Its item in Wikidata; empty where the source has only a name."""
        name = self.cells["name"]
        return name if _ITEM.fullmatch(name) else ""

    @property
    def name(self) -> str:
        """What the source calls it."""
        return (self.item and self.cells.get("note")) or self.cells["name"]

    @property
    def reason(self) -> str:
        """What the import says of the cause beside its name, in English."""
        words = self.cells.get("cause", "")
        named = words in {*Cause} or words == _NOT_A_CITY
        return "; ".join(dict.fromkeys(w for w in ("" if named else words, self._why) if w))

    @property
    def _why(self) -> str:
        return self.cells.get("why", "")

    @property
    def candidates(self) -> list[ListedCandidate]:
        """The places that it may be, the most likely first, but the one that it would make."""
        found = _candidates(self.cells.get("candidates", ""))
        return [one for one in found if one.ref or one.name != self.name]


def _candidates(text: str) -> Iterator[ListedCandidate]:
    """Read what a place may be.

    >>> [*_candidates("mission-4711725 Mission US 11.3 | linz-2772400 Linz AT 6.0, but it is far")]
    ... # doctest: +NORMALIZE_WHITESPACE
    [ListedCandidate(name='Mission', ref='mission-4711725', country='US', against=''),
     ListedCandidate(name='Linz', ref='linz-2772400', country='AT', against='it is far')]
    >>> [(one.name, one.geonames) for one in _candidates("Mission 4711725 (11.3); Burg -1 (8.2)")]
    [('Mission', 4711725), ('Burg', 0)]
    """
    for part in filter(None, text.split(" | ")):
        if found := _CANDIDATE.fullmatch(part):
            yield ListedCandidate(
                **{name: value or "" for name, value in found.groupdict().items()}
            )
        else:
            yield from map(_of_number, part.split("; "))


def _of_number(text: str) -> ListedCandidate:
    found = _NUMBERED.fullmatch(text)
    if not found:
        return ListedCandidate(text)
    return ListedCandidate(found["name"], "" if "-" in found["number"] else found["number"])


def cause_of(cells: Mapping[str, str]) -> Cause:
    """Return the cause of a line of a report.

    >>> cause_of({"cause": "it is a district"}).value, cause_of({"cause": "misread"}).value
    ('not-a-city', 'other')
    """
    words = cells.get("cause", "")
    if words.startswith("it is a") or words == _NOT_A_CITY:
        return Cause.NOT_A_CITY
    if words == _UNIDENTIFIED:
        return Cause.MISSING
    if words == Cause.CONTRADICTORY and is_contested(cells):
        return Cause.CONTESTED
    return Cause(words) if words in {*Cause} else Cause.OTHER


def is_contested(cells: Mapping[str, str]) -> bool:
    """Whether two items of Wikidata claim one place, by a line of a report.

    `statement` names the statements that contradict; a report without that column says it in words.

    >>> is_contested({"statement": "country; wikidata"}), is_contested({"statement": "country"})
    (True, False)
    >>> is_contested({"why": "London: Q84 is this place with more reason"})
    True
    """
    if "statement" in cells:
        return "wikidata" in re.findall(r"[a-z]+", cells["statement"])
    return bool(_TAKEN.search(cells.get("why", "")))


@dataclass(frozen=True)
class Choice:
    """Which places are wanted, by country, source and cause; what is empty leaves all."""

    country: str = ""
    source: str = ""
    cause: str = ""

    def fits(self, place: OpenPlace) -> bool:
        """Whether a place is wanted."""
        return (
            self.country in {"", place.country or NOWHERE}
            and self.source in {"", place.source}
            and self.cause in {"", place.cause.value}
        )


@dataclass(frozen=True)
class CountryCount:
    """How many places of a country are open, by cause, and how many rows wait for them."""

    country: str
    places: int
    rows: int
    causes: Mapping[str, int]


@dataclass(frozen=True)
class ReportFile:
    """The report of an import of a graph; `graph` is empty where it is of several."""

    graph: str
    path: Path
    content: bytes


@dataclass(frozen=True)
class Audit:
    """All places that are open, those for which most rows wait first.

    `columns` are those of all reports; `digest` names their content.
    """

    places: Sequence[OpenPlace]
    columns: Sequence[str]
    digest: str

    @classmethod
    def of(cls, reports: Sequence[ReportFile]) -> Self:
        """Read reports; those of graphs take the place of what others say of the same sources."""
        graphs = {one.graph for one in reports}
        columns, places, digest = dict.fromkeys(COLUMNS), [], hashlib.sha256()
        for one in reports:
            digest.update(f"{one.graph} {len(one.content)}\n".encode() + one.content)
            with damage.reading(one.path, "import its source again", _UNREADABLE):
                head, lines = _table(one.content)
                found = [_open_place(one.graph, cells) for cells in lines]
            columns |= dict.fromkeys(head)
            places += [place for place in found if one.graph or place.source not in graphs]
        places.sort(key=lambda place: (-place.rows, place.source, *place.cells.values()))
        return cls(tuple(places), tuple(columns), digest.hexdigest())

    @cached_property
    def sources(self) -> list[str]:
        """The graphs that places are from, sorted."""
        return sorted({place.source for place in self.places})

    def chosen(self, choice: Choice) -> list[OpenPlace]:
        """List the places that are wanted."""
        return [place for place in self.places if choice.fits(place)]

    def by_country(self, choice: Choice) -> list[CountryCount]:
        """Count the places that are wanted by country, those for which most rows wait first."""
        found: defaultdict[str, list[OpenPlace]] = defaultdict(list)
        for place in self.chosen(choice):
            found[place.country].append(place)
        counts = (
            CountryCount(country, len(of), sum(one.rows for one in of), _by_cause(of))
            for country, of in found.items()
        )
        return sorted(counts, key=lambda one: (-one.rows, -one.places, one.country))


_UNREADABLE: Final = (*damage.BY_FORMAT, csv.Error)


def _table(content: bytes) -> tuple[Sequence[str], list[dict[str, str]]]:
    """Read the columns and the lines of a report; a cell that a line lacks is empty."""
    table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), restval="")
    columns = table.fieldnames or ()
    if "name" not in columns:
        raise ValueError("it has no column 'name'")
    lines = list(table)
    if any(len(cells) > len(set(columns)) for cells in lines):
        raise ValueError("a line has more cells than there are columns")
    return columns, lines


def _open_place(graph: str, cells: dict[str, str]) -> OpenPlace:
    source = cells.get("source") or graph
    rows = int(cells.get("named") or cells.get("rows") or 1)
    return OpenPlace(source, cells, code_of(cells.get("country", "")), cause_of(cells), rows)


def _by_cause(places: Iterable[OpenPlace]) -> dict[str, int]:
    counted = Counter(place.cause for place in places)
    return {cause.value: counted[cause] for cause in Cause}


class Reports:
    """The reports that count in a workspace, read again when one of them is another file.

    The report of a graph in the workspace takes the place of what is shipped of that source.
    """

    def __init__(self, home: Path, which: str) -> None:
        self._folder = home / IMPORTS
        self._shipped = shipped.WORLD / REPORT if which == "all" else None
        self._known: tuple[object, Audit] | None = None

    def current(self) -> Audit:
        """Return what is open now.

        Raises
        ------
        Damaged
            when a report cannot be read.

        """
        # Those of names that begin with a full stop are not yet in their place.
        found = sorted(self._folder.glob(f"[!.]*/{REPORT}"))
        own = {path: unquote(path.parent.name) for path in found}
        files = own | ({self._shipped: ""} if self._shipped and self._shipped.exists() else {})
        seen = [_signature(path) for path in files]
        known = self._known
        if known is None or known[0] != seen:
            read = [ReportFile(graph, path, path.read_bytes()) for path, graph in files.items()]
            known = self._known = (seen, Audit.of(read))
        return known[1]


def _signature(path: Path) -> tuple[Path, int, int, int]:
    """Name a state of a file that is only ever replaced as a whole."""
    state = path.stat()
    return path, state.st_ino, state.st_mtime_ns, state.st_size
