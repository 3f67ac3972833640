"""Answers to queries, prepared for a page: a table, a yes or no, or Turtle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from registry import terms
from registry.problems import Problem
from registry.sparql.first_rows import counting, first_rows
from registry.sparql.guards import Outline

_FIRST: Final = (1_000, 100)
"""Solutions that a page shows of an answer that is too long for it; fewer where they are long."""


def shown(
    seen: Outline, evaluate: Callable[[Outline], bytes], *, total: bool = False
) -> dict[str, Any]:
    """Evaluate a query for a page: its answer, or the first of one that is too long for a page.

    With `total`, the rows of one that is too long are counted.
    """
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
            counted = _total(seen, evaluate) if total else None
            return {**result_of(seen.form, answer), "first": most, "total": counted}
    raise refused


def _total(seen: Outline, evaluate: Callable[[Outline], bytes]) -> int | None:
    """Count the rows of an answer; None where it is a graph, or of graphs that the query names."""
    text = counting(seen.text) if seen.form == "SELECT" else ""
    if not text:
        return None
    (row,) = json.loads(evaluate(replace(seen, text=text)))["results"]["bindings"]
    return int(row["rows"]["value"])


def result_of(form: str, body: bytes) -> dict[str, Any]:
    """Prepare an answer: Turtle of a CONSTRUCT or DESCRIBE, results JSON of the others."""
    if form in {"CONSTRUCT", "DESCRIBE"}:
        return {"turtle": body.decode()}
    answer = json.loads(body)
    if form == "ASK":
        return {"boolean": answer["boolean"]}
    variables = answer["head"]["vars"]
    rows = [[_cell(row.get(name)) for name in variables] for row in answer["results"]["bindings"]]
    return {"variables": variables, "rows": rows}


def _cell(term: dict[str, str] | None) -> dict[str, str]:
    """Prepare a value for the table: its text, its language and the address of its link."""
    if term is None:
        return {"text": "", "lang": "", "href": ""}
    if term["type"] != "uri":
        return {"text": term["value"], "lang": term.get("xml:lang", ""), "href": ""}
    iri = term["value"]
    web = iri if iri.startswith(("http://", "https://")) else ""
    return {"text": short(iri), "lang": "", "href": terms.path_of(iri) or web}


def short(iri: str) -> str:
    """Write an IRI for people: one of ours by what is its own.

    >>> short(terms.thing("city", "perm-511196")), short(terms.SCHEME + "status/active")
    ('city/perm-511196', 'scheme/status/active')
    >>> short("http://purl.org/dc/terms/title"), short("http://example.org/")
    ('dcterms:title', 'http://example.org/')
    """
    return terms.compact(iri).removeprefix(terms.ID).removeprefix(terms.BASE)
