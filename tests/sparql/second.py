"""Comparison with a second engine: the bags of rows that it and ours give for a query.

Engines differ in how they write numbers and languages, which SPARQL leaves to them or which
`docs/CONFORMANCE.md` tells; so terms are compared by value. `python -m tests.sparql.second` asks
any number of random queries and prints the smallest form of each that differs.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pyoxigraph as ox

from registry.problems import Problem
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.engine import Embedded, Query
from registry.sparql.guards import outline
from registry.sparql.pool import Pool
from tests.sparql.walks import Walked, Walker

ADDRESS: Final = "CITYLINKS_SECOND_ENGINE"
HOME: Final = "CITYLINKS_SECOND_HOME"

_NUMBERS: Final = {"integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger"}
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_SECONDS: Final = 30

Rows = bool | Counter[tuple[str, ...]]
Ask = Callable[[str], Rows | None]


class Refused(Exception):
    """An engine does not take a query."""


def second(address: str) -> Ask:
    """Return what asks the endpoint at an address; None where it gives up."""

    def ask(text: str) -> Rows | None:
        headers = {
            "Content-Type": "application/sparql-query",
            "Accept": "application/sparql-results+json",
        }
        try:
            with urlopen(Request(address, text.encode(), headers), timeout=_SECONDS) as answer:
                return rows(answer.read())
        except TimeoutError:
            return None
        except HTTPError as error:
            if error.code == 400:
                raise Refused(error.read().decode()) from error
            if error.code in {500, 503}:
                return None
            raise

    return ask


def ours(engine: Embedded) -> Ask:
    """Return what asks our engine; None where it gives up."""

    def ask(text: str) -> Rows | None:
        try:
            return rows(engine.answer(Query(text), "json").body)
        except Problem as problem:
            if problem.name in {"query-timeout", "query-memory", "answer-too-large"}:
                return None
            if problem.name == "query-syntax":
                raise Refused(problem.detail) from problem
            raise

    return ask


def rows(body: bytes) -> Rows:
    """Read an answer."""
    answer = json.loads(body)
    if "boolean" in answer:
        return bool(answer["boolean"])
    names = sorted(answer["head"]["vars"])
    return Counter(
        tuple(_value(name, row.get(name)) for name in names)
        for row in answer["results"]["bindings"]
    )


def _value(name: str, term: dict[str, Any] | None) -> str:
    """Write a term by its value; what GROUP_CONCAT joins has no order."""
    if term is None:
        return ""
    value, datatype = str(term["value"]), term.get("datatype", "").removeprefix(_XSD)
    if name == "set":
        return "|".join(sorted(value.split("|")))
    if datatype in _NUMBERS:
        return f"{float(value):.9g} number"
    if datatype == "boolean":
        return {"1": "true", "0": "false"}.get(value, value)
    return f"{value} {term['type'][0]} {term.get('xml:lang', '').lower()} {datatype}"


def differ(text: str, one: Ask, other: Ask) -> bool:
    """Whether two engines give a query other rows.

    They do not where one gives up, or where ours tells that it deviates from the standard. Which
    rows come first is not said, so where some are left out they are only counted.
    """
    if outline(text, Settings()).deviations.certain:
        return False
    try:
        mine, theirs = one(text), other(text)
    except Refused:
        return False
    if mine is None or theirs is None:
        return False
    if " LIMIT " in text and isinstance(mine, Counter) and isinstance(theirs, Counter):
        return mine.total() != theirs.total()
    return mine != theirs


def smallest(query: Walked, one: Ask, other: Ask) -> Walked:
    """Take away from a query that differs what it needs not for that."""
    while less := next((less for less in query.smaller() if differ(str(less), one, other)), None):
        query = less
    return query


def differences(walker: Walker, number: int, one: Ask, other: Ask) -> Iterator[Walked]:
    """Yield the smallest forms of those of some random queries that differ."""
    for _ in range(number):
        query = walker.query()
        if differ(str(query), one, other):
            yield smallest(query, one, other)


def engine_on(home: Path) -> Embedded:
    """Return our engine on the current release of a workspace."""
    settings = Settings(home=home, workers=1, query_seconds=8.0)
    return Embedded(settings, Shelf(Workspace(home)), Pool(settings))


def main() -> None:
    """Ask random queries, and print those that differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.sparql.second")
    parser.add_argument("--number", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    home = Path(os.environ[HOME])
    store = ox.Store.read_only(str((home / "current" / "store").resolve()))
    other = second(os.environ[ADDRESS])
    with engine_on(home) as engine:
        for query in differences(Walker(store, given.seed), given.number, ours(engine), other):
            print(query, flush=True)


if __name__ == "__main__":
    main()
