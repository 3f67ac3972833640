"""Answers to queries, prepared for a page: a table, a yes or no, or Turtle."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from registry import terms

_PREFIX: Final = re.compile(r"@prefix (\w+:) <[^>]*> \.\n")


def result_of(form: str, body: bytes) -> dict[str, Any]:
    """Prepare an answer: Turtle of a CONSTRUCT or DESCRIBE, results JSON of the others."""
    if form in {"CONSTRUCT", "DESCRIBE"}:
        return {"turtle": _with_needed_prefixes(body.decode())}
    answer = json.loads(body)
    if form == "ASK":
        return {"boolean": answer["boolean"]}
    variables = answer["head"]["vars"]
    rows = [[_cell(row.get(name)) for name in variables] for row in answer["results"]["bindings"]]
    return {"variables": variables, "rows": rows}


def _with_needed_prefixes(turtle: str) -> str:
    r"""Leave out the prefixes that nothing begins with.

    >>> _with_needed_prefixes("@prefix a: <x:a> .\n@prefix b: <x:b> .\n<x:y> a b:c .\n")
    '@prefix b: <x:b> .\n<x:y> a b:c .\n'
    """
    start = max((match.end() for match in _PREFIX.finditer(turtle)), default=0)
    used = set(re.findall(r"\w+:", turtle[start:]))
    return (
        _PREFIX.sub(lambda match: match[0] if match[1] in used else "", turtle[:start])
        + (turtle[start:])
    )


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
