"""What is sent to an address: queries and data, each in all the ways to send it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from registry import formats, terms
from registry.formats import Format
from registry.settings import Settings
from registry.sparql import protocol
from registry.web import bodies
from registry.web.openapi import parameters
from registry.web.openapi.parameters import Json

_EXAMPLE: Final = f"<{terms.GRAPH}list> a <http://www.w3.org/ns/dcat#Dataset> ."
_READ: Final = (*formats.GRAPHS, *formats.DATASETS)


def of(takes: str, settings: Settings) -> Json:
    """Describe a body by its name in the table of operations."""
    return {"required": True, "content": _CONTENTS[takes](settings)}


def _query(settings: Settings) -> Json:
    """Describe both ways to send a query by POST (SPARQL 1.1 Protocol, section 2.1)."""
    text = parameters.query_text(settings)
    fields = {
        "query": text,
        "default-graph-uri": parameters.GRAPHS,
        "named-graph-uri": parameters.GRAPHS,
        "format": parameters.FORMAT,
        "release": parameters.RELEASE,
    }
    form = {"type": "object", "properties": fields, "required": ["query"]}
    return {
        protocol.FORM: {"schema": form, "example": {"query": "ASK { }"}},
        protocol.QUERY: {"schema": text, "example": "ASK { }"},
    }


def _graph(settings: Settings) -> Json:
    """Describe the formats of one graph (SPARQL 1.1 Graph Store HTTP Protocol, section 5)."""
    return _rdf(formats.GRAPHS, settings)


def _upload(settings: Settings) -> Json:
    """Describe data to be judged: as the body, or in a form."""
    fields = {
        "content": {"type": "string", "description": _limit(settings)},
        "format": {"enum": [form.name for form in _READ], "default": formats.TURTLE.name},
        "graph": {"type": "string", "description": parameters.INTO},
    }
    file = {"type": "string", "format": "binary", "description": "instead of content"}
    example = {"content": _EXAMPLE}
    text = {"type": "object", "properties": fields, "required": ["content"]}
    either = {
        "type": "object",
        "properties": {"file": file, **fields},
        "anyOf": [{"required": ["file"]}, {"required": ["content"]}],
    }
    return {
        **_rdf(_READ, settings),
        bodies.URLENCODED: {"schema": text, "example": example},
        bodies.MULTIPART: {"schema": either, "example": example},
    }


def _reconcile(settings: Settings) -> Json:
    """Describe a form with a batch of queries, or of things whose facts are wanted."""
    told = parameters.batches(settings).items()
    fields = {name: {"type": "string", "description": said} for name, said in told}
    either = [{"required": [name]} for name in fields]
    form: Json = {"schema": {"type": "object", "properties": fields, "anyOf": either}}
    return dict.fromkeys(
        (bodies.URLENCODED, bodies.MULTIPART), form | {"example": {"queries": "{}"}}
    )


def _table(settings: Settings) -> Json:
    """Describe a table to be linked: as the body, or in a form."""
    said: Json = {"type": "string", "description": f"up to {settings.upload_bytes} bytes"}
    told = {name: {**schema, "description": s} for name, (s, schema) in parameters.TABLE.items()}
    file = {"type": "string", "format": "binary", "description": "instead of content"}
    fields = {"file": file, "content": said, **told}
    form: Json = {"schema": {"type": "object", "properties": fields, "required": ["column"]}}
    form["example"] = {"content": _ROWS, "column": "city"}
    plain = (formats.RESULTS_CSV.media_type, formats.RESULTS_TSV.media_type)
    content: Json = {kind: {"schema": said, "example": _ROWS} for kind in plain}
    return content | dict.fromkeys((bodies.URLENCODED, bodies.MULTIPART), form)


_ROWS: Final = "city,country\nPavia,IT\n"


def _rdf(offered: tuple[Format, ...], settings: Settings) -> Json:
    """Describe data in these formats."""
    said = {"description": _limit(settings)}
    content: Json = {form.media_type: {"schema": {"type": "string"} | said} for form in offered}
    content[formats.TURTLE.media_type]["example"] = _EXAMPLE
    content[formats.JSONLD.media_type]["schema"] = {"type": ["object", "array"]} | said
    return content


def _limit(settings: Settings) -> str:
    return f"in UTF-8, up to {settings.upload_bytes} bytes"


_CONTENTS: Final[dict[str, Callable[[Settings], Json]]] = {
    "query": _query,
    "graph": _graph,
    "upload": _upload,
    "reconcile": _reconcile,
    "table": _table,
}
