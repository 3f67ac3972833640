"""Mappings: which column of a table means what, as a TOML file says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from registry.places.countries import code_of
from registry.places.names import fold
from registry.problems import Problem
from registry.sources.statements import Document

LINKS, MEMBERSHIPS, PRACTICES = "links", "memberships", "practices"

MAPPINGS: Final = Path(__file__).parent / "mappings"
"""The mappings that are part of the project."""

PLACE: Final = frozenset(
    "name country region latitude longitude population geonames wikidata kind".split()
)
"""What a column can tell of a place."""

_LINK: Final = frozenset("since until kind status locator".split())
_MEMBERSHIP: Final = frozenset(
    "network role since until page locator field status note record topic".split()
)
_PRACTICE: Final = frozenset(
    "title ref organisation topic type kind measure transferability period page locator".split()
)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_STATEMENTS: Final = {
    LINKS: ("link", _LINK),
    MEMBERSHIPS: ("membership", _MEMBERSHIP),
    PRACTICES: ("practice", _PRACTICE),
}
"""By target the table of columns of its statements, and what these can be."""


@dataclass(frozen=True)
class Form:
    """How a table is written; `delimiter` is one character, `decimal` a point or a comma.

    Where `encoding` is empty, a table is in UTF-8, or begins with a byte order mark.
    """

    delimiter: str = ","
    encoding: str = ""
    decimal: str = "."


@dataclass(frozen=True)
class Mapping:
    """A mapping: columns of the places and of the statement, values to put for others, defaults.

    `values` and `defaults` are by what the column means; a value that is mapped to nothing counts
    as not given. `confused` are pairs of countries of which the source states one for the other.
    `own` says in our own words what a row with a reference says in sentences. `looked_up` is set
    where positions were looked up by name, so that some are those of namesakes abroad. `kinds` are
    words in names that tell what a place is, where that is not a city, in any spelling. `names` are
    those of a network in other languages, by the name that the rows give it and by language, the
    preferred one first.
    """

    document: Document
    form: Form
    target: str
    city: Dict[str, str]
    partner: Dict[str, str]
    statement: Dict[str, str]
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)
    defaults: Dict[str, str] = field(default_factory=dict)
    confused: Sequence[tuple[str, str]] = ()
    own: Dict[str, Dict[str, str]] = field(default_factory=dict)
    looked_up: bool = False
    kinds: Dict[str, Sequence[str]] = field(default_factory=dict)
    names: Dict[str, Dict[str, Sequence[str]]] = field(default_factory=dict)

    def kind_of(self, name: str) -> str:
        """Return what a name says its place is by the words of `kinds`; empty for a city."""
        said = f" {fold(name)} "
        return next(
            (k for k, words in self.kinds.items() if any(f" {fold(w)} " in said for w in words)), ""
        )

    def confused_with(self, country: str) -> tuple[str, ...]:
        """Return the countries for which the source often states this one, by their codes."""
        pairs = [*self.confused, *(pair[::-1] for pair in self.confused)]
        return tuple(sorted({other for one, other in pairs if one == country}))

    @property
    def columns(self) -> set[str]:
        """The columns that a table must have."""
        return {*self.city.values(), *self.partner.values(), *self.statement.values()}


def named(name: str) -> Mapping:
    """Read a mapping: a file, or one of the project by its name.

    Raises
    ------
    Problem
        `data-syntax` when there is none of that name, or it cannot be read.

    """
    known = {path.stem: path for path in sorted(MAPPINGS.glob("*.toml"))}
    path = Path(name)
    if path.suffix != ".toml" and name not in known:
        why = f"{name}.toml is not one of the project's, which are {', '.join(known)}"
        raise Problem("data-syntax", f"there is no mapping {name!r}: {why}")
    return read(known.get(name, path))


def read(path: Path) -> Mapping:
    """Read a mapping.

    Raises
    ------
    Problem
        `data-syntax` when it is no TOML, lacks something, or has what is not known.

    """
    try:
        return _mapping(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, _Fault) as error:
        raise Problem("data-syntax", f"{path.name}: {error}") from error


class _Fault(ValueError):
    """What is wrong with a mapping."""


def _mapping(tables: dict[str, Any]) -> Mapping:
    target = tables.get("target", LINKS)
    if target not in _STATEMENTS:
        raise _Fault(f"target is {LINKS}, {MEMBERSHIPS} or {PRACTICES}, not {target!r}")
    statement, of_statements = _STATEMENTS[target]
    known = {"target", "source", "format", "city", "partner", statement, "values", "defaults"}
    known |= {"confused", "looked_up", "kinds", *(("own",) if target == PRACTICES else ())}
    known |= {"names"} if target == MEMBERSHIPS else set()
    _refuse_unknown("a mapping", tables, known)
    mapping = Mapping(
        document=_built(Document, "source", tables),
        form=_built(Form, "format", tables),
        target=target,
        city=_columns("city", tables, PLACE),
        partner=_columns("partner", tables, PLACE),
        statement=_columns(statement, tables, of_statements),
        values=tables.get("values", {}),
        defaults=tables.get("defaults", {}),
        confused=_pairs(tables.get("confused", [])),
        looked_up=_truth("looked_up", tables.get("looked_up", False)),
        kinds={k: _listed(f"[kinds] {k!r}", words) for k, words in tables.get("kinds", {}).items()},
        names={network: _named(network, t) for network, t in tables.get("names", {}).items()},
        own={ref: _words(ref, words) for ref, words in tables.get("own", {}).items()},
    )
    _refuse_incomplete(mapping)
    return mapping


def _built(kind: type[Any], name: str, tables: dict[str, Any]) -> Any:
    """Make an object of a table of texts; a number or date of TOML is written as text."""
    table = tables.get(name, {})
    _refuse_unknown(f"[{name}]", table, {f.name for f in fields(kind)})
    if lacking := [f.name for f in fields(kind) if f.default is MISSING and f.name not in table]:
        raise _Fault(f"[{name}] lacks {lacking[0]!r}")
    if wrong := [key for key, value in table.items() if isinstance(value, list | dict)]:
        raise _Fault(f"[{name}] {wrong[0]} is no text")
    try:
        return kind(**{key: str(value) for key, value in table.items()})
    except ValueError as error:
        raise _Fault(f"[{name}] {error}") from error


def _columns(name: str, tables: dict[str, Any], known: frozenset[str]) -> dict[str, str]:
    table = tables.get(name, {})
    _refuse_unknown(f"[{name}]", table, known)
    if wrong := [key for key, value in table.items() if not isinstance(value, str)]:
        raise _Fault(f"[{name}] {wrong[0]} does not name a column")
    return dict(table)


def _listed(what: str, words: Any) -> list[str]:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise _Fault(f"{what} is no list of words")
    if empty := [word for word in words if not fold(word)]:
        raise _Fault(f"{what} has {empty[0]!r}, which is no word")
    return words


def _named(network: str, table: Any) -> dict[str, list[str]]:
    """Read what a network is called, by language."""
    if not isinstance(table, dict):
        raise _Fault(f"[names] {network!r} is no table of languages")
    if wrong := [tag for tag in table if not _LANGUAGE.fullmatch(tag)]:
        raise _Fault(f"[names] {network!r} has {wrong[0]!r}, which is no language")
    return {tag: _listed(f"[names] {network!r} {tag}", words) for tag, words in table.items()}


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Fault(f"{name} is true or false, not {value!r}")
    return value


def _words(ref: str, table: Any) -> dict[str, str]:
    """Read what is said of a row in our own words."""
    if not isinstance(table, dict):
        raise _Fault(f"[own] {ref!r} is no table")
    _refuse_unknown(f"[own] {ref!r}", table, _PRACTICE)
    return {key: str(text) for key, text in table.items()}


def _pairs(listed: Any) -> list[tuple[str, str]]:
    """Read pairs of countries, by code or name."""
    if not isinstance(listed, list) or not all(isinstance(p, list) and len(p) == 2 for p in listed):
        raise _Fault("confused is a list of pairs of countries")
    found = []
    for pair in listed:
        one, other = (code_of(str(text)) for text in pair)
        if not one or not other:
            raise _Fault(f"{pair[bool(one)]!r} is not a country")
        if one == other:
            raise _Fault("a country is not confused with itself")
        found.append((one, other))
    return found


def _refuse_unknown(what: str, table: dict[str, Any], known: set[str] | frozenset[str]) -> None:
    if unknown := sorted(set(table) - known):
        raise _Fault(f"{what} has no {unknown[0]!r}, but {', '.join(sorted(known))}")


def _refuse_incomplete(mapping: Mapping) -> None:
    """Refuse what would give no statement."""
    if "name" not in mapping.city:
        raise _Fault("[city] does not say which column is its name")
    if mapping.target == LINKS and "name" not in mapping.partner:
        raise _Fault("[partner] does not say which column is its name")
    if mapping.target == MEMBERSHIPS and "network" not in {*mapping.statement, *mapping.defaults}:
        raise _Fault("neither [membership] nor [defaults] says which network it is")
    if mapping.target == PRACTICES and not {"title", "ref"} <= mapping.statement.keys():
        raise _Fault("[practice] does not say which columns are the title and the reference")
    if len(mapping.form.delimiter) != 1 or mapping.form.decimal not in {".", ","}:
        raise _Fault("[format] delimiter is one character, decimal a point or a comma")
