"""Answers to queries, prepared for a page: a table, a yes or no, or Turtle."""

from __future__ import annotations

import json
from typing import Any

from registry import terms


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
