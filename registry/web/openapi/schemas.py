"""The shapes of what is answered in JSON, and the headers that answers have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Final

from registry import formats, terms
from registry.problems import KINDS
from registry.releases.manifest import DumpEntry, GraphEntry
from registry.releases.validation import Severity
from registry.web.openapi.parameters import Json

OF_TYPES: Final = {
    formats.RESULTS_JSON.media_type: "results",
    formats.JSONLD.media_type: "graph",
}
"""Schemas of the media types whose shape is the same everywhere."""


_IRIS: Final[Json] = {"type": "array", "items": {"type": "string", "format": "iri"}}


def _object(properties: Json, required: Iterable[str] | None = None) -> Json:
    """Describe an object whose members all have to be there, unless it is said which."""
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": needed}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _record(of: type[GraphEntry] | type[DumpEntry]) -> Json:
    """Describe an entry of the manifest by its fields."""
    return _object({entry.name: _FIELDS[str(entry.type)] for entry in fields(of)})


_TEXT: Final[Json] = {"type": "string"}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_FIELDS: Final = {
    "str": _TEXT,
    "int": _COUNT,
    "dict[str, str]": {"type": "object", "additionalProperties": _TEXT},
}
"""Schemas by the annotation of a field."""

_TERM: Final = _object(
    {
        "type": {"enum": ["uri", "literal", "bnode"]},
        "value": _TEXT,
        "xml:lang": _TEXT,
        "datatype": _TEXT,
    },
    ["type", "value"],
)
_SOLUTIONS: Final = _object(
    {
        "head": _object({"vars": _list(_TEXT)}),
        "results": _object(
            {"bindings": _list({"type": "object", "additionalProperties": _TERM})},
        ),
    }
)
_BOOLEAN: Final = _object({"head": {"type": "object"}, "boolean": {"type": "boolean"}})

_RESULT: Final = _object(
    {
        "severity": {"enum": [severity.value for severity in Severity]},
        **dict.fromkeys(("shape", "focus", "path", "value", "message", "label", "graph"), _TEXT),
    }
)

SCHEMAS: Final[dict[str, Json]] = {
    "problem": _object(
        {
            "type": {"enum": [*(terms.PROBLEM + name for name in KINDS), "about:blank"]},
            "title": _TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": _TEXT,
            "instance": _TEXT,
            "line": {"type": "integer", "minimum": 1},
            "column": {"type": "integer", "minimum": 1},
            "limit": {"type": "number"},
            "allowed": _list(_TEXT),
            "retryAfter": _COUNT,
            "report": {"$ref": "#/components/schemas/report"},
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
            "from": _TEXT,
            "to": _TEXT,
            "graphs": _object(dict.fromkeys(("added", "changed", "removed"), _IRIS)),
            "things": _object(dict.fromkeys(("added", "changed", "removed"), _IRIS)),
        },
    ),
    "manifest": _object(
        {
            "version": _TEXT,
            "asOf": {"type": "string", "format": "date"},
            "canonicalForm": _TEXT,
            "rules": _TEXT,
            "graphs": _list(_record(GraphEntry)),
            "derived": _record(GraphEntry),
            "dumps": _list(_record(DumpEntry)),
            "validation": {"type": "object", "additionalProperties": _COUNT},
        }
    ),
    "health": _object(
        {
            "status": {"const": "ok"},
            "release": {"type": ["string", "null"]},
            "asOf": {"type": ["string", "null"], "format": "date"},
            "triples": {"type": ["integer", "null"], "minimum": 0},
            "software": _TEXT,
        }
    ),
    "ready": _object(
        {
            "status": {"const": "ready"},
            "release": _TEXT,
            "asOf": {"type": "string", "format": "date"},
            "triples": _COUNT,
            "software": _TEXT,
        }
    ),
    "found": _object(
        {
            "query": _TEXT,
            "total": _COUNT,
            "corrected": {"type": "boolean"},
            "results": _list(
                _object(
                    {
                        "iri": {"type": "string", "format": "iri"},
                        **dict.fromkeys(("kind", "label", "lang", "country", "matched"), _TEXT),
                        "score": {"type": "integer", "minimum": 0, "maximum": 100},
                    }
                )
            ),
        }
    ),
    "openapi": _object({"openapi": _TEXT, "info": {"type": "object"}, "paths": {"type": "object"}}),
}


def _header(description: str, required: bool = True) -> Json:
    return {"description": description, "required": required, "schema": _TEXT}


HEADERS: Final[dict[str, Json]] = {
    "Citylinks-Release": _header("the version of the release that the answer is of"),
    "ETag": _header("the name of the answer; a query with NOW, RAND or UUID has none", False),
    "Location": _header("where it is"),
    "WWW-Authenticate": _header("which token is wanted"),
    "Content-Range": _header("which part it is, and of how much"),
    "Retry-After": _header("seconds after which to try again"),
}


def problem(status: int, names: Iterable[str]) -> Json:
    """Describe the content of an error: one of the problems, or what HTTP itself explains."""
    types = [terms.PROBLEM + name for name in names] or ["about:blank"]
    narrowed = _narrowed(status, types) | {"required": ["instance"]}
    schema = {"allOf": [{"$ref": "#/components/schemas/problem"}, narrowed]}
    return {formats.PROBLEM_JSON.media_type: {"schema": schema}, formats.HTML.media_type: {}}


def unread(status: int) -> Json:
    """Describe the content of an error with a request that was not read to its end."""
    narrowed = _narrowed(status, ["about:blank"])
    schema = {"allOf": [{"$ref": "#/components/schemas/problem"}, narrowed]}
    return {formats.PROBLEM_JSON.media_type: {"schema": schema}}


def _narrowed(status: int, types: list[str]) -> Json:
    return {"properties": {"type": {"enum": types}, "status": {"const": status}}}


SECURITY: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "a token that the operator of the registry gave out",
    }
}
