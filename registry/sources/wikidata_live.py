"""Wikidata as it is now: its twinnings, and what it says of their places, from a SPARQL endpoint.

    twinnings-0 … twinnings-f ─▶ compare with the count ─▶ places-00000 … ─▶ whole.json
    a slice for each last digit                             blocks of the items that
    of the UUIDs of statements                              the twinnings name

A slice is a file, there whole or not at all, and what is there is not asked for again. So a fetch
that was killed or refused goes on where it was. A slice that takes the endpoint too long is split
by the digit before, a block in halves. An endpoint that is busy is asked again, later each time,
and no sooner than it says itself; there is one request at a time, with a pause between two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLError
from string import hexdigits
from typing import Any, Final
from urllib.error import HTTPError, URLError

from SPARQLWrapper import JSON
from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, SPARQLWrapperException

from registry import files, progress
from registry.damage import reading
from registry.sources import endpoint
from registry.sources.http_client import Unavailable, retry_after
from registry.sources.manners import Manners
from registry.sources.wikidata import ITEM

TWINNINGS, PLACES, WHOLE = "twinnings-", "places-", "whole.json"
"""How the names of slices begin, and the file that says that nothing is missing."""

ENTITY: Final = "http://www.wikidata.org/entity/"
"""How the IRI of an item begins."""

_DIGITS: Final = hexdigits[:16]
_DEEPEST: Final = 3
"""Digits of the smallest slice: one of 4,096."""

_BUSY: Final = frozenset({429, 502, 503})
"""Status codes of an endpoint that has no time now."""

_OVERTAXED: Final = frozenset({500, 504})
"""Status codes of an endpoint that a query took too long."""

_EDITED: Final = 1000
"""Of how many statements one may come or go while they are fetched: Wikidata is edited."""

_LONGEST: Final = 200
"""Characters of an error that are told."""

_PREFIXES: Final = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX ps: <http://www.wikidata.org/prop/statement/>
PREFIX pqv: <http://www.wikidata.org/prop/qualifier/value/>
PREFIX pr: <http://www.wikidata.org/prop/reference/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX wikibase: <http://wikiba.se/ontology#>
"""

_STATEMENTS: Final = """
  ?here p:P190 ?statement .
  ?statement ps:P190 ?there .
  FILTER(STRSTARTS(STR(?there), "http://www.wikidata.org/entity/Q"))"""
"""The statements of two items; a statement may say that a twin exists and is not known."""

_COUNT: Final = f"""{_PREFIXES}
SELECT (COUNT(DISTINCT ?statement) AS ?count) WHERE {{{_STATEMENTS}
}}"""

_SLICE: Final = f"""{_PREFIXES}
SELECT ?statement ?here ?there ?now ?rank ?since ?sincePrecision ?until ?untilPrecision
  ?address ?retrieved ?statedIn
WHERE {{{_STATEMENTS}
  FILTER(STRENDS(LCASE(STR(?statement)), "%s"))
  ?statement wikibase:rank ?rank .
  OPTIONAL {{ ?there owl:sameAs+ ?now . FILTER NOT EXISTS {{ ?now owl:sameAs ?next }} }}
  OPTIONAL {{
    ?statement pqv:P580 ?began .
    ?began wikibase:timeValue ?since ; wikibase:timePrecision ?sincePrecision .
  }}
  OPTIONAL {{
    ?statement pqv:P582 ?ended .
    ?ended wikibase:timeValue ?until ; wikibase:timePrecision ?untilPrecision .
  }}
  OPTIONAL {{
    ?statement prov:wasDerivedFrom ?reference .
    OPTIONAL {{ ?reference pr:P854 ?address }}
    OPTIONAL {{ ?reference pr:P813 ?retrieved }}
    OPTIONAL {{ ?reference pr:P248 ?statedIn }}
  }}
}}"""

_FACTS: Final = f"""{_PREFIXES}
SELECT ?item ?fact ?value WHERE {{
  VALUES ?item {{ %s }}
  {{ ?item rdfs:label ?value . BIND("label" AS ?fact)
    FILTER(LANG(?value) IN ("en", "mul", "de", "fr", "es", "it")) }}
  UNION {{ ?item wdt:P17 ?value . BIND("country" AS ?fact) }}
  UNION {{ ?item wdt:P625 ?value . BIND("position" AS ?fact) }}
  UNION {{ ?item wdt:P1566 ?value . BIND("geonames" AS ?fact) }}
  UNION {{ ?item wdt:P31 ?value . BIND("class" AS ?fact) }}
  UNION {{ ?value owl:sameAs+ ?item . BIND("former" AS ?fact) }}
}}"""

Row = dict[str, str]
"""A solution by its variables; `lang` is the language of its literal, if it has one."""


def parties(row: Row) -> tuple[str, str]:
    """Return the items of a twinning; one that was merged is the item that it was merged into."""
    here, there = row.get("here", ""), row.get("now") or row.get("there", "")
    return here.removeprefix(ENTITY), there.removeprefix(ENTITY)


class _Overtaxed(Exception):
    """The endpoint did not finish a query in its time, or broke off its answer."""


def fetch(address: str, folder: Path, manners: Manners) -> list[Path]:
    """Fetch the slices that a folder lacks; return all of them.

    Raises
    ------
    ConnectionError
        when the endpoint refuses, does not answer, again and again, or sends less than it counts;
        the slices that are there stay.

    """
    asked = _Asked(address, folder, manners)
    if not (folder / WHOLE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        progress.step("fetching the twinnings")
        slices = [path for digit in progress.counted(_DIGITS, 16) for path in asked.slices(digit)]
        statements: set[str] = set()
        named: set[str] = set()
        for row in (row for path in slices for row in read(path)):
            statements.add(row.get("statement", ""))
            named |= set(parties(row))
        asked.check(len(statements), slices)
        items = sorted(filter(ITEM.fullmatch, named))
        progress.step("fetching what is said of the places")
        asked.places(items)
        told = {"statements": len(statements), "items": len(items)}
        files.write(folder / WHOLE, json.dumps(told).encode())
    return sorted([*folder.glob(f"{TWINNINGS}*"), *folder.glob(f"{PLACES}*")])


def read(path: Path) -> list[Row]:
    """Read a slice.

    Raises
    ------
    Damaged
        when it is none.

    """
    with reading(path, "remove it; a refresh asks for it again"), files.opened(path) as file:
        rows: Any = json.load(file)
        if not isinstance(rows, list) or not all(map(_is_row, rows)):
            raise ValueError("it is no list of rows of texts")
        return rows


def _is_row(row: Any) -> bool:
    """Whether this has texts alone."""
    return isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values())


def digest(paths: Iterable[Path]) -> str:
    """Return the hash of what slices say, however they were cut."""
    lines = {json.dumps(row, sort_keys=True) for path in paths for row in read(path)}
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


@dataclass
class _Asked:
    """An endpoint, the folder of what it answers, and how many requests it was sent."""

    address: str
    folder: Path
    manners: Manners
    requests: int = 0

    def slices(self, digits: str) -> Iterator[Path]:
        """Fetch the statements whose UUIDs end in some digits; yield the files."""
        path = self._path(f"{TWINNINGS}{digits}")
        if not path.exists() and not list(self.folder.glob(f"{TWINNINGS}*{digits}.json.gz")):
            try:
                self._keep(path, self._rows(_SLICE % digits, ("statement", "here", "there")))
            except _Overtaxed as error:
                if len(digits) == _DEEPEST:
                    raise ConnectionError(f"{self.address}: {error}") from error
        if path.exists():
            yield path
        else:
            for digit in _DIGITS:
                yield from self.slices(digit + digits)

    def check(self, statements: int, slices: Iterable[Path]) -> None:
        """Compare the statements that came with the count; where some lack, forget the slices."""
        rows = self._whole(_COUNT, ("count",))
        if len(rows) != 1 or not rows[0]["count"].isdecimal():
            raise ConnectionError(f"{self.address} answers what nobody asked for")
        count = int(rows[0]["count"])
        if abs(count - statements) > count // _EDITED:
            for path in slices:
                path.unlink()
            raise ConnectionError(
                f"{self.address} counts {count} statements, of which {statements} came; all are"
                " asked for again the next time"
            )

    def places(self, items: Sequence[str]) -> None:
        """Fetch what is said of items, by blocks of which each becomes a file."""
        size = self.manners.items
        firsts = range(0, len(items), size)
        for number, first in progress.counted(enumerate(firsts), len(firsts)):
            path = self._path(f"{PLACES}{number:05}")
            if not path.exists():
                self._keep(path, self._facts(items[first : first + size]))

    def _facts(self, items: Sequence[str]) -> list[Row]:
        """Ask for what is said of items, of each half by itself where that takes too long."""
        try:
            values = " ".join(f"wd:{item}" for item in items)
            return self._rows(_FACTS % values, ("item", "fact", "value"))
        except _Overtaxed as error:
            if len(items) == 1:
                raise ConnectionError(f"{self.address}: {error}") from error
            half = len(items) // 2
            return self._facts(items[:half]) + self._facts(items[half:])

    def _whole(self, query: str, needed: Sequence[str]) -> list[Row]:
        """Ask for what cannot be split."""
        try:
            return self._rows(query, needed)
        except _Overtaxed as error:
            raise ConnectionError(f"{self.address}: {error}") from error

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json.gz"

    def _keep(self, path: Path, rows: Sequence[Row]) -> None:
        body = json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()
        files.write(path, files.compress(body))

    def _rows(self, query: str, needed: Sequence[str]) -> list[Row]:
        """Ask, and again where the endpoint is busy; where it is overtaxed, only once more."""
        failures: list[Exception] = []

        def ask() -> list[Row]:
            if self.requests:
                self.manners.sleep(self.manners.pause)
            self.requests += 1
            try:
                return _solutions(self._answer(query), needed)
            except _FAILED as error:
                wait = self._wait(error) if isinstance(error, HTTPError) else 0.0
                failures.append(error)
                if sum(map(_is_overtaxed, failures)) > 1:
                    what = f"it does not finish a query, at last: {_said(error)}"
                    raise _Overtaxed(what) from error
                raise Unavailable(f"{self.address}: {_said(error)}", wait) from error

        return self.manners.insist(ask)

    def _answer(self, query: str) -> bytes:
        manners = self.manners
        asked = endpoint.request(self.address, query, JSON, manners.seconds, manners.agent)
        try:
            response = endpoint.answer(asked)
        except EndPointInternalError as error:
            raise TimeoutError(_said(error)) from error
        except SPARQLWrapperException as error:
            raise ConnectionError(f"{self.address} refuses: {type(error).__name__}") from error
        except URLError as error:
            if isinstance(error.reason, SSLError):
                what = f"is not who it says it is: {error.reason}"
                raise ConnectionError(f"{self.address} {what}") from error
            raise
        return b"".join(endpoint.pieces(response, manners.limit, manners.seconds))

    def _wait(self, error: HTTPError) -> float:
        """Return for how many seconds the endpoint asks to wait; it may refuse for good."""
        if error.code not in _BUSY | _OVERTAXED:
            where = error.headers.get("Location", "")
            what = f"leads to {where}" if where else "refuses"
            raise ConnectionError(f"{self.address} {what}: {_said(error)}") from error
        return retry_after(error.headers.get("Retry-After", ""))


_FAILED: Final = (*endpoint.FAILURES, ConnectionResetError, SSLError, ValueError, RecursionError)
"""What is raised where an answer does not come, or not whole, or is no answer."""


def _is_overtaxed(error: Exception) -> bool:
    """Whether a query took too long, or its answer was broken off or is none.

    An endpoint whose time runs out while it sends ends in the middle of its answer.
    """
    if isinstance(error, HTTPError):
        return error.code in _OVERTAXED
    return not isinstance(error, URLError)


def _said(error: Exception) -> str:
    """Write an error in one short line; endpoints answer with whole stack traces."""
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__


def _solutions(body: bytes, needed: Sequence[str]) -> list[Row]:
    """Read results (https://www.w3.org/TR/sparql11-results-json/), each with the variables needed.

    Raises
    ------
    ValueError
        when they are none.

    """
    try:
        found = json.loads(body)["results"]["bindings"]
        rows = [{name: str(cell["value"]) for name, cell in row.items()} for row in found]
        for row, cells in zip(rows, found, strict=True):
            if language := cells.get("value", {}).get("xml:lang"):
                row["lang"] = str(language)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        beginning = _said(ValueError(body[:_LONGEST].decode(errors="replace")))
        raise ValueError(f"it sends no results, but {beginning!r}") from error
    if lacking := [name for name in needed if any(name not in row for row in rows)]:
        raise ValueError(f"it sends results without {lacking[0]}")
    return rows
