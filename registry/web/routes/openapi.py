"""The description of all addresses, for programs that write clients, forms and tests from it."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from flask import Blueprint, Response

from registry import formats, saved_queries, shipped
from registry.releases import code
from registry.settings import Settings
from registry.web.context import origin, parts
from registry.web.negotiation import Resource, Variant, respond
from registry.web.openapi import describe

routes = Blueprint("openapi", __name__)


@routes.get("/openapi.json")
def openapi() -> Response:
    """Describe the server.

    OpenAPI's own media type is not registered yet; every client reads this one.
    """
    body = _written(origin(), parts().settings)
    variant = Variant(formats.JSON, "/openapi.json", lambda: body)
    return respond(Resource((variant,), hashlib.sha256(body).hexdigest(), formats.JSON))


@lru_cache(maxsize=4)
def _written(address: str, settings: Settings) -> bytes:
    """Write the description; the same settings give the same bytes."""
    questions = saved_queries.read(shipped.query_files())
    found = describe(address, settings, questions, code.rules())
    return json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n"
