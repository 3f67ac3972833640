"""The description of all addresses, for programs that write clients, forms and tests from it."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from flask import Blueprint, Response, current_app

from registry import formats
from registry.settings import Settings
from registry.web.context import origin, parts
from registry.web.negotiation import respond_as
from registry.web.openapi import describe
from registry.web.operation import JSON, Operation

routes = Blueprint("openapi", __name__)


@routes.get("/openapi.json")
@Operation("This description", "server", JSON, refuses=(), schema="openapi")
def openapi() -> Response:
    """Describe the server.

    OpenAPI's own media type is not registered yet; every client reads this one.
    """
    body = _write(origin(), parts().settings)
    return respond_as(formats.JSON, lambda: body, hashlib.sha256(body).hexdigest())


@lru_cache(maxsize=4)
def _write(address: str, settings: Settings) -> bytes:
    """Write the description; the same settings give the same bytes."""
    found = describe(current_app, address, settings)
    return json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n"
