"""Style sheet, scripts and mark of the pages.

What is built is named by the hash of its content: caches keep it for ever. The rest has Range and
conditions as files of dumps have them.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, send_from_directory

from registry import formats
from registry.problems import Problem
from registry.web import asset_files
from registry.web.conditions import ConditionResult, outcome
from registry.web.negotiation import Resource, Variant, respond
from registry.web.operation import SOME_TEXT, Operation, in_path

routes = Blueprint("assets", __name__)

_FORMATS: Final = (formats.STYLE, formats.SVG, formats.SCRIPT, formats.TEXT)
_ASSET: Final = in_path("asset", "the name of the file", SOME_TEXT, "style.css")


@routes.get("/static/<path:asset>")
@Operation("Style sheet and mark of the pages", "server", _FORMATS, (_ASSET,), files=True)
def send(asset: str) -> Response:
    """Send a file."""
    return _send_built(asset) if asset in asset_files.names().values() else _send_plain(asset)


def _send_built(filename: str) -> Response:
    """Send a file of the build."""
    extension = filename.rpartition(".")[2]
    form = next(form for form in _FORMATS if form.extension == extension)
    write = (asset_files.ASSETS / filename).read_bytes
    variant = Variant(form, request.path, write)
    return respond(Resource((variant,), filename, form, immutable=True))


def _send_plain(filename: str) -> Response:
    """Send a file as it was written."""
    response = send_from_directory(asset_files.STATIC, filename, conditional=False)
    if outcome(request, response.get_etag()[0], response.last_modified) is ConditionResult.FAILED:
        raise Problem("precondition", f"{filename} is not as the request expects")
    # The framework validators once more, for Range; it takes `If-Match: *` for a name.
    request.environ.pop("HTTP_IF_MATCH", None)
    length = response.content_length
    response.make_conditional(request.environ, accept_ranges=True, complete_length=length)
    return response
