"""Recorded dependencies: what the shipped rules and shapes read; to parse them takes a second.

`recorded.json` has an entry for each query, by the hash of its text; `make stamp` writes it, and a
test compares it with what the parser finds. A query that is not recorded is parsed; the parser,
which takes long to load, is imported only then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path as File
from typing import Any, Final

from registry.publishing.impact.paths import Reads, Step

FILE: Final = File(__file__).with_name("recorded.json")


@cache
def reads(text: str, focus: str) -> Reads:
    """Return what a query reads of the default graph, from the values of a variable.

    Raises
    ------
    ValueError
        where its paths cannot be followed.

    """
    if recorded := _recorded().get(_key(text, focus)):
        return _from_json(recorded)
    from registry.publishing.impact import of_queries

    return of_queries.reads(text, focus)


@cache
def subject(text: str) -> str:
    """Return the name of the one variable that is the subject of all that a CONSTRUCT makes."""
    if recorded := _recorded().get(_key(text, "")):
        return str(recorded)
    from registry.publishing.impact import of_queries

    return of_queries.subject(text)


def write(rules: Iterable[str], constraints: Iterable[str]) -> None:
    """Record what rules (CONSTRUCT) and constraints (SELECT with `$this`) read."""
    from registry.publishing.impact import of_queries

    subjects = {rule: of_queries.subject(rule) for rule in rules}
    queries = [*subjects.items(), *((select, "this") for select in constraints)]
    entries: dict[str, Any] = {_key(text, ""): name for text, name in subjects.items()}
    entries |= {_key(text, name): _to_json(of_queries.reads(text, name)) for text, name in queries}
    lines = (f'"{key}": {json.dumps(entries[key], sort_keys=True)}' for key in sorted(entries))
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _key(text: str, focus: str) -> str:
    return hashlib.sha256(f"{text}\0{focus}".encode()).hexdigest()[:32]


@cache
def _recorded() -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads(FILE.read_bytes()) if FILE.exists() else {}
    return recorded


def _to_json(read: Reads) -> dict[str, Any]:
    paths = [
        [[_listed(step.predicates), step.inverse, step.repeated] for step in path]
        for path in read.paths
    ]
    elsewhere = [_listed(predicates) for predicates in read.elsewhere]
    return {"paths": sorted(paths, key=str), "elsewhere": sorted(elsewhere, key=str)}


def _from_json(entry: dict[str, Any]) -> Reads:
    paths = (
        tuple(Step(_set(names), inverse, repeated) for names, inverse, repeated in path)
        for path in entry["paths"]
    )
    return Reads(frozenset(paths), frozenset(map(_set, entry["elsewhere"])))


def _listed(predicates: frozenset[str] | None) -> list[str] | None:
    return None if predicates is None else sorted(predicates)


def _set(predicates: list[str] | None) -> frozenset[str] | None:
    return None if predicates is None else frozenset(predicates)
