"""The schemas of answers in JSON, and of the headers and problems of answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Final

from registry import formats, terms
from registry.problems import KINDS
from registry.publishing.shacl import Severity
from registry.publishing.shacl.report import Result
from registry.releases.difference import What
from registry.releases.manifest import DumpEntry, GraphEntry, Manifest
from registry.sources.audit import Cause
from registry.web.operation import IRI, TEXT, Json, whole

OF_TYPES: Final = {
    formats.RESULTS_JSON.media_type: "results",
    formats.JSONLD.media_type: "graph",
}
"""Schemas of the media types whose shape is the same everywhere."""

_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_PLACE: Final[Json] = {"type": "integer", "minimum": 1}
_DATE: Final[Json] = {"type": "string", "format": "date"}


def _object(properties: Json, required: Iterable[str] | None = None) -> Json:
    """Describe an object; without `required` it must have all its members."""
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": needed}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _dictionary(values: Json) -> Json:
    return {"type": "object", "additionalProperties": values}


def _record(of: type[Any], **other: Json) -> Json:
    """Describe a dataclass by its fields, with the names that they have in JSON."""
    named = {re.sub("_(.)", lambda found: found[1].upper(), one.name): one for one in fields(of)}
    return _object(
        {name: other.get(name) or _OF_ANNOTATIONS[str(one.type)] for name, one in named.items()}
    )


_OF_ANNOTATIONS: dict[str, Json] = {
    "str": TEXT,
    "int": _COUNT,
    "bool": {"type": "boolean"},
    "Severity": {"enum": [severity.value for severity in Severity]},
    "dict[str, str]": _dictionary(TEXT),
    "dict[str, int]": _dictionary(_COUNT),
}
_OF_ANNOTATIONS["GraphEntry"] = _record(GraphEntry)
_OF_ANNOTATIONS["tuple[GraphEntry, ...]"] = _list(_record(GraphEntry))
_OF_ANNOTATIONS["tuple[DumpEntry, ...]"] = _list(_record(DumpEntry))

_RESULT: Final = _record(Result)
_RESULT["properties"].pop("component")
_RESULT["required"].remove("component")
"""A result of a report in JSON; its component stands in the RDF of the report alone."""

_TERM: Final = _object(
    {
        "type": {"enum": ["uri", "literal", "bnode"]},
        **dict.fromkeys(("value", "xml:lang", "datatype"), TEXT),
    },
    ["type", "value"],
)
_SOLUTIONS: Final = _object(
    {
        "head": _object({"vars": _list(TEXT)}),
        "results": _object({"bindings": _list(_dictionary(_TERM))}),
    }
)
_BOOLEAN: Final = _object({"head": {"type": "object"}, "boolean": {"type": "boolean"}})
_PAST: Final = tuple(what.past for what in What)
_GRAPHS: Final = _object(dict.fromkeys(_PAST, _list(_object({"iri": IRI, "name": TEXT}))))
_CHANGE: Final = _object(
    {
        "iri": IRI,
        **dict.fromkeys(("kind", "name", "statusBefore", "statusAfter"), TEXT),
        "properties": _list(TEXT),
    }
)
"""What happened to a thing between two releases."""

_FOUND: Final = _object(
    {
        "iri": IRI,
        **dict.fromkeys(("kind", "label", "lang", "region", "country", "matched"), TEXT),
        "score": whole(0, 100),
    }
)
_OPEN: Final = _object(
    {
        **dict.fromkeys(("source", "name", "wikidata", "country", "reason"), TEXT),
        "cause": {"enum": [cause.value for cause in Cause]},
        "rows": _COUNT,
        "candidates": _list(
            _object(
                {
                    **dict.fromkeys(("name", "country", "against"), TEXT),
                    "geonames": {"type": ["integer", "null"], "minimum": 1},
                    "iri": {"type": ["string", "null"], "format": "iri"},
                }
            )
        ),
    }
)
"""A place that no import could identify."""

_MANIFEST: Final = _record(Manifest, asOf=_DATE)
_MANIFEST["properties"]["licence"] = IRI
_MANIFEST["required"].append("licence")
"""The manifest in JSON, which names the licence that its graphs have together."""

SCHEMAS: Final[dict[str, Json]] = {
    "problem": _object(
        {
            "type": {"enum": [*(terms.PROBLEM + name for name in KINDS), "about:blank"]},
            **dict.fromkeys(("title", "detail", "instance"), TEXT),
            "status": whole(400, 599),
            **dict.fromkeys(("line", "column"), _PLACE),
            "limit": {"type": "number"},
            "allowed": _list(TEXT),
            "retryAfter": _COUNT,
            "report": "report",
            "releases": _list(_object({"release": TEXT, "names": _list(TEXT), "published": TEXT})),
        },
        ["type", "title", "status", "detail"],
    ),
    "report": _object(
        {
            "conforms": {"type": "boolean"},
            "counts": _object({severity.value: _COUNT for severity in Severity}),
            "results": _list(_RESULT),
        }
    ),
    "results": {"oneOf": [_SOLUTIONS, _BOOLEAN]},
    "graph": {"anyOf": [_list({"type": "object"}), {"type": "object", "required": ["@context"]}]},
    "difference": _object(
        {
            **dict.fromkeys(("from", "to"), TEXT),
            "counts": _dictionary(_object(dict.fromkeys(_PAST, _COUNT))),
            "graphs": _GRAPHS,
            "things": _object(dict.fromkeys(_PAST, _list(_CHANGE))),
        }
    ),
    "manifest": _MANIFEST,
    "health": _object(
        {
            "status": {"const": "ok"},
            "release": {"type": ["string", "null"]},
            "asOf": {"type": ["string", "null"], "format": "date"},
            "triples": {"type": ["integer", "null"], "minimum": 0},
            "software": TEXT,
        }
    ),
    "ready": _object(
        {
            "status": {"const": "ready"},
            "release": TEXT,
            "asOf": _DATE,
            "triples": _COUNT,
            "software": TEXT,
        }
    ),
    "found": _object(
        {
            "query": TEXT,
            "read": TEXT,
            "named": TEXT,
            "total": _COUNT,
            "corrected": {"type": "boolean"},
            "kinds": {"type": "object", "additionalProperties": _COUNT},
            "countries": {"type": "object", "additionalProperties": _COUNT},
            "results": _list(_FOUND),
        }
    ),
    "oembed": _object(
        {
            **dict.fromkeys(("version", "type", "title", "provider_name", "html"), TEXT),
            **dict.fromkeys(("provider_url", "thumbnail_url"), TEXT),
            **dict.fromkeys(("width", "height", "thumbnail_width", "thumbnail_height"), _COUNT),
        }
    ),
    "audit": _object(
        {
            "total": _COUNT,
            "countries": _list(
                _object(
                    {
                        "country": TEXT,
                        "places": _COUNT,
                        "rows": _COUNT,
                        "causes": _object({cause.value: _COUNT for cause in Cause}),
                    }
                )
            ),
            "results": _list(_OPEN),
        }
    ),
    "openapi": _object({"openapi": TEXT, "info": {"type": "object"}, "paths": {"type": "object"}}),
}


def _header(description: str, required: bool = True) -> Json:
    return {"description": description, "required": required, "schema": TEXT}


HEADERS: Final[dict[str, Json]] = {
    "Citylinks-Release": _header("the version of the release that the answer is of"),
    "Citylinks-Warning": _header("where the answer may differ from SPARQL 1.1 (RFC 8941)", False),
    "ETag": _header("the name of the answer; a query with NOW, RAND or UUID has none", False),
    "Location": _header("where it is"),
    "WWW-Authenticate": _header("which token is wanted"),
    "Content-Range": _header("which part it is, and of how much"),
    "Retry-After": _header("seconds after which to try again"),
}
_OF_PROBLEMS: Final = {
    "busy": "Retry-After",
    "rate": "Retry-After",
    "unauthorised": "WWW-Authenticate",
}
"""The headers that answers with these problems have."""


def problem(status: int, names: Sequence[str] = ()) -> Json:
    """Describe the content of an error: one of the problems, or what HTTP itself explains."""
    schema = _problem(status, names)
    schema["allOf"][1]["required"] = ["instance"]
    return {formats.PROBLEM_JSON.media_type: {"schema": schema}, formats.HTML.media_type: {}}


def _problem(status: int, names: Sequence[str] = ()) -> Json:
    types = [terms.PROBLEM + name for name in names] or ["about:blank"]
    narrowed = {"properties": {"type": {"enum": types}, "status": {"const": status}}}
    return {"allOf": ["problem", narrowed]}


def refusal(status: int, names: Sequence[str]) -> Json:
    """Describe an answer with one of these problems."""
    headers = {name: name for name in sorted({_OF_PROBLEMS[n] for n in names if n in _OF_PROBLEMS})}
    return {
        "description": " / ".join(KINDS[name].title for name in names),
        **({"headers": headers} if headers else {}),
        "content": problem(status, names),
    }


TOO_LONG: Final[Json] = {
    "description": "The address is too long",
    "content": {formats.PROBLEM_JSON.media_type: {"schema": _problem(414)}},
}
"""Answers a request that was not read to its end."""
