"""Answers to queries, prepared for a page: a table, a yes or no, or Turtle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import pyoxigraph as ox

from registry import terms
from registry.problems import Problem
from registry.sparql.first_rows import first_rows
from registry.sparql.guards import Outline

_FIRST: Final = (1_000, 100)
"""Solutions that a page shows of an answer that is too long for it; fewer where they are long."""


def shown(seen: Outline, evaluate: Callable[[Outline], bytes]) -> dict[str, Any]:
    """Evaluate a query for a page: its answer, or the first of one that is too long for a page."""
    try:
        return result_of(seen.form, evaluate(seen))
    except Problem as problem:
        if problem.name != "answer-too-large" or seen.form == "ASK":
            raise
        refused = problem
    for most in _FIRST:
        try:
            answer = evaluate(replace(seen, text=first_rows(seen.text, most)))
        except Problem as problem:
            if problem.name != "answer-too-large":
                raise
        else:
            return {**result_of(seen.form, answer), "first": most}
    raise refused


def counted(answer: Iterable[bytes], longest: int) -> dict[str, Any]:
    """Prepare an answer in TSV, which comes in parts: its first rows, and how many it has.

    `longest` is how many bytes of rows a page takes. The number is missing where the answer
    breaks off behind those.
    """
    head, lines, is_whole = bytearray(), 0, True
    try:
        for part in answer:
            lines += part.count(b"\n")
            if len(head) <= longest:
                head += part
    except Problem:
        if len(head) <= longest:
            raise
        is_whole = False
    kept = bytes(head[:longest]).rpartition(b"\n")[0] if len(head) > longest else bytes(head)
    found = ox.parse_query_results(kept, ox.QueryResultsFormat.TSV)
    assert isinstance(found, ox.QuerySolutions)
    rows = [[_cell(term) for term in row] for row in islice(found, _FIRST[0])]
    result = {"variables": [one.value for one in found.variables], "rows": rows}
    if is_whole and len(rows) == lines - 1:
        return result
    return {**result, "first": len(rows), "total": lines - 1 if is_whole else None}


def result_of(form: str, body: bytes) -> dict[str, Any]:
    """Prepare an answer: Turtle of a CONSTRUCT or DESCRIBE, results JSON of the others."""
    if form in {"CONSTRUCT", "DESCRIBE"}:
        return {"turtle": body.decode()}
    answer = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
    if isinstance(answer, ox.QueryBoolean):
        return {"boolean": bool(answer)}
    rows = [[_cell(term) for term in row] for row in answer]
    return {"variables": [one.value for one in answer.variables], "rows": rows}


def _cell(term: object) -> dict[str, str]:
    """Prepare a value for the table: its text, its language and the address of its link."""
    if isinstance(term, ox.Literal):
        return {"text": term.value, "lang": term.language or "", "href": ""}
    if not isinstance(term, ox.NamedNode):
        return {"text": "" if term is None else str(term), "lang": "", "href": ""}
    web = term.value if term.value.startswith(("http://", "https://")) else ""
    return {"text": short(term.value), "lang": "", "href": terms.path_of(term.value) or web}


def short(iri: str) -> str:
    """Write an IRI for people: one of ours by what is its own.

    >>> short(terms.thing("city", "perm-511196")), short(terms.SCHEME + "status/active")
    ('city/perm-511196', 'scheme/status/active')
    >>> short("http://purl.org/dc/terms/title"), short("http://example.org/")
    ('dcterms:title', 'http://example.org/')
    """
    return terms.compact(iri).removeprefix(terms.ID).removeprefix(terms.BASE)
