"""The parameters of all addresses, each with its schema, as the code that reads them has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from registry import formats, terms
from registry.dates import DATE
from registry.lists.filters import MOST
from registry.lists.filters import PARAMETERS as LISTED
from registry.problems import KINDS
from registry.reconcile.extension import PROPERTIES as FACTS
from registry.reconcile.protocol import SERVICES
from registry.saved_queries import Parameter, SavedQuery
from registry.search.finding import MOST as MOST_FOUND
from registry.settings import Settings
from registry.sparql.parameters import LONGEST, WANTED, shown
from registry.things.city.partners import SORTS
from registry.views.names import KINDS as KINDS_OF_THINGS
from registry.web.language import TAG

Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string", "minLength": 1}
_REF: Final[Json] = {"type": "string", "pattern": f"^(?:{terms.REF.pattern})$"}
_NUMBER: Final[Json] = {"type": "integer", "minimum": 1}
_IRI: Final = r"^https?://[^\x00-\x20<>\"{}|\\^`]+$"
_LANGUAGE: Final[Json] = {"type": "string", "pattern": f"^(?:{TAG.pattern})$"}
_SLASHES: Final = "a slash in it may be sent as %2F"

_VALUES: Final[dict[str, Json]] = {
    "iri": {"type": "string", "format": "iri", "pattern": _IRI, "maxLength": LONGEST},
    "city": {
        "type": "string",
        "pattern": rf"^(?:{terms.SEGMENT}|{_IRI[1:-1]})$",
        "maxLength": LONGEST,
    },
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer", "minimum": 1 - 10**18, "maximum": 10**18 - 1},
    "text": {"type": "string", "maxLength": LONGEST},
    "language": _LANGUAGE,
}
"""Schemas of a value by the type of a saved query's parameter."""


def shared(settings: Settings, queries: Iterable[SavedQuery]) -> dict[str, Json]:
    """Give the parameters that operations name, by the names they use."""
    of_names = _of_names(settings)
    of_lists = {
        f"list-{name}": _maybe_empty(_query(name, said, _OF_LISTS.get(name, _ANY), None))
        for name, said in LISTED.items()
    }
    others = {**_of_readers(), **of_names, **of_lists, **_of_search()}
    return {**_of_addresses(queries), **_of_queries(settings), **others}


def _of_addresses(queries: Iterable[SavedQuery]) -> dict[str, Json]:
    """Give those that stand in the path."""
    documents = [form.extension for form in (formats.HTML, *formats.GRAPHS)]
    answers = [formats.RESULTS_JSON.name, *(form.extension for form in formats.SOLUTIONS)]
    names = [query.name for query in queries]
    return {
        "kind": _path("kind", "the kind of thing, or `scheme`", _REF, "city"),
        "city": _path("ref", "the reference of a city", _REF, "perm-511196"),
        "ref": _path("ref", f"the reference; {_SLASHES}", _REF, "perm-511196"),
        "concept": _path("concept", f"scheme and concept; {_SLASHES}", _REF, "status/active"),
        "edition": _path("edition", "the version of the ontology", _TEXT, "1.0.0"),
        "graph": _path("graph", f"the name of the graph; {_SLASHES}", _REF, "cities"),
        "version": _path("version", _RELEASE, _TEXT, None),
        "before": _path("before", _RELEASE, _TEXT, None),
        "after": _path("after", _RELEASE, _TEXT, None),
        "page": _path("page", "the number of the page, from 1 on", _NUMBER, "1"),
        "sitemap": _path("sitemap", "the name of the file, as listed", _TEXT, "pages"),
        "difference-extension": _path(
            "extension", "the format", {"enum": [formats.JSON.extension, *documents]}, "json"
        ),
        "file": _path("file", "the name of the file, as the release lists it", _TEXT, "SHA256SUMS"),
        "problem": _path("problem", "the name of the problem", {"enum": [*KINDS]}, "busy"),
        "service": _path("service", "what is meant", {"enum": [*SERVICES]}, "entity"),
        "asset": _path("asset", "the name of the file", _TEXT, "style.css"),
        "extension": _path("extension", "the format", {"enum": documents}, "ttl"),
        "list-extension": _path("extension", "the format", {"enum": [*_LISTS]}, "csv"),
        "saved-query": _path("query", f"the name; {_SLASHES}", {"enum": names}, "figures"),
        "query-extension": _path(
            "extension",
            "the format; SELECT has the first ones, CONSTRUCT the last",
            {"enum": [*answers, *documents]},
            "csv",
        ),
    }


_DATE: Final[Json] = {"type": "string", "pattern": f"^(?:{DATE.pattern})?$"}
_OF_LISTS: Final[dict[str, Json]] = {
    "from": _DATE,
    "to": _DATE,
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST},
    "within": {"type": "number", "minimum": 0, "maximum": 99_999},
    "after": {"type": "string", "pattern": f"^(?:{terms.REF.pattern})?$"},
}
"""Schemas of the parameters of lists that are no plain text."""

_LISTS: Final = [
    form.extension
    for form in (
        formats.HTML,
        formats.RESULTS_CSV,
        formats.GEOJSON,
        formats.JSONLD,
        formats.SVG,
    )
]
_RELEASE: Final = "the release, by version, at least six digits of its beginning, or name"


def _of_queries(settings: Settings) -> dict[str, Json]:
    """Give those of the endpoint and of saved queries."""
    return {
        "query": _query("query", "the query", query_text(settings), "ASK { }"),
        "default-graph-uri": _query(
            "default-graph-uri", "graphs that are merged into the default graph", GRAPHS, None
        ),
        "named-graph-uri": _query("named-graph-uri", "named graphs of the dataset", GRAPHS, None),
        "format": {
            **_query("format", "the format by its name; it wins over Accept", FORMAT, None),
            "allowEmptyValue": True,
        },
        "release": {**_query("release", _RELEASE, _TEXT, None), "allowEmptyValue": True},
        "graph-iri": _query("graph", "the IRI of a graph; either this or `default`", _URI, None),
        "default": {
            **_query("default", "all graphs as one; its value is passed over", _ANY, None),
            "allowEmptyValue": True,
        },
        "into": {**_query("graph", INTO, _ANY, None), "allowEmptyValue": True},
        "values": {
            "name": "values",
            "in": "query",
            "description": "the parameters that the query has; others are passed over",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
            "style": "form",
            "explode": True,
        },
    }


_ANY: Final[Json] = {"type": "string"}
_URI: Final[Json] = {"type": "string", "format": "iri"}
INTO: Final = "the graph that the data are for, by name or IRI; without it, the one they describe"
GRAPHS: Final[Json] = {"type": "array", "items": _URI}
FORMAT: Final[Json] = {
    "enum": [form.name for form in (*formats.SOLUTIONS, *formats.GRAPHS, formats.HTML)]
}
RELEASE: Final[Json] = {"type": "string", "description": _RELEASE}


def query_text(settings: Settings) -> Json:
    """Give the schema of a query."""
    limit = settings.query_bytes
    return {"type": "string", "maxLength": limit, "description": f"SPARQL 1.1, {limit} bytes"}


def _of_names(settings: Settings) -> dict[str, Json]:
    """Give those of reconciliation."""
    count: Json = {"type": "integer", "minimum": 0, "maximum": 9999, "default": 0}
    return {
        **{name: _query(name, said, _ANY, None) for name, said in batches(settings).items()},
        "prefix": _query("prefix", "the beginning of a name", _ANY, "per"),
        "cursor": _maybe_empty(_query("cursor", "how many are passed over", count, None)),
        "of": _query("id", "kind and reference of a thing, or a type or property", _ANY, None),
        "type": _query("type", "the kind of things; without it, all", _ANY, None),
        "iri": _query("iri", "an address at Wikidata or GeoNames, or an IRI of ours", _ANY, None),
        **{
            ("in-country" if name == "country" else name): _query(name, said, schema, None)
            for name, (said, schema) in TABLE.items()
        },
        "most": _maybe_empty(_query("limit", "how many at most; 0 = all", count, None)),
    }


_COLUMN: Final[Json] = {"type": "string"}
TABLE: Final[dict[str, tuple[str, Json]]] = {
    "column": ("the column with the names of cities", _COLUMN),
    "country-column": ("the column with their countries", _COLUMN),
    "country": ("the country of all rows, by code or name", _COLUMN),
    "region-column": ("the column with states of the United States", _COLUMN),
    "latitude-column": ("the column with degrees of latitude", _COLUMN),
    "longitude-column": ("the column with degrees of longitude", _COLUMN),
    "with": (
        "facts that are added, each in a column",
        {"type": "array", "items": {"enum": [*FACTS]}},
    ),
}
"""What is said of a table: by field or parameter, in words and with its schema."""


def batches(settings: Settings) -> dict[str, str]:
    """Describe what is asked of reconciliation, by the field that it is sent in."""
    return {
        "queries": f"an object of up to {settings.batch} queries, as JSON",
        "extend": f"up to {settings.batch} ids and the properties that are wanted, as JSON",
    }


_LANG: Final = "language of pages, before Accept-Language; other formats pass it over"


def _of_search() -> dict[str, Json]:
    """Give those of search."""
    count: Json = {"type": "integer", "minimum": 0, "maximum": 999_999}
    said = {
        "q": ("what was typed", _ANY),
        "kind": ("the kind of things; without it, all", {"enum": ["", *KINDS_OF_THINGS]}),
        "country": ("the country of cities, by code or name", _ANY),
        "limit": (
            f"how many at most, up to {MOST_FOUND}",
            count | {"minimum": 1, "maximum": MOST_FOUND},
        ),
        "offset": ("how many are passed over", count),
    }
    return {
        f"find-{name}": _maybe_empty(_query(name, words, schema, None))
        for name, (words, schema) in said.items()
    }


def _of_readers() -> dict[str, Json]:
    """Give those that any reader may send along."""
    return {
        "offset": _query(
            "offset",
            "on a page, how many of the things that point here are passed over",
            {"type": "integer", "minimum": 0, "maximum": 10**9 - 1, "default": 0},
            None,
        ),
        "sort": _query(
            "sort",
            "on the page of a city, the column by which partners are sorted; a minus turns it",
            {"enum": ["", *SORTS, *(f"-{column}" for column in SORTS)]},
            None,
        ),
        "lang": _query("lang", _LANG, _LANGUAGE, None),
        "Accept-Language": _header("Accept-Language", "languages of pages", "it, en;q=0.8"),
        "If-Match": _header("If-Match", "an ETag that what is there must have", None),
        "If-None-Match": _header("If-None-Match", "the ETag of what the client has", None),
        "Range": _header("Range", "the part of the file that is wanted", "bytes=0-99"),
    }


def of_saved_query(parameter: Parameter) -> Json:
    """Describe a parameter of a saved query; an empty field of a form stands for the default."""
    default = shown(parameter.default)
    schema = {
        **_VALUES[parameter.type],
        "default": int(default) if parameter.type == "integer" else default,
    }
    described = _query(parameter.name, WANTED[parameter.type], schema, None)
    return {**described, "allowEmptyValue": True}


def _path(name: str, description: str, schema: Json, example: str | None) -> Json:
    return {**_parameter(name, "path", description, schema, example), "required": True}


def _query(name: str, description: str, schema: Json, example: str | None) -> Json:
    return _parameter(name, "query", description, schema, example)


def _maybe_empty(parameter: Json) -> Json:
    """Say that a field of a form may be left empty."""
    return {**parameter, "allowEmptyValue": True}


def _header(name: str, description: str, example: str | None) -> Json:
    return _parameter(name, "header", description, {"type": "string"}, example)


def _parameter(name: str, place: str, description: str, schema: Json, example: str | None) -> Json:
    given = {} if example is None else {"example": example}
    return {"name": name, "in": place, "description": description, "schema": schema, **given}
