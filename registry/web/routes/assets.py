"""Style sheet and mark of the pages, with Range and conditions as files of dumps have them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request, send_from_directory

from registry.problems import Problem
from registry.web.conditions import Outcome, outcome

routes = Blueprint("assets", __name__)

_FOLDER: Final = Path(__file__).parents[1] / "static"


@routes.get("/static/<path:filename>")
def asset(filename: str) -> Response:
    """Send a file."""
    response = send_from_directory(_FOLDER, filename, conditional=False)
    if outcome(request, response.get_etag()[0], response.last_modified) is Outcome.FAILED:
        raise Problem("precondition", f"{filename} is not as the request expects")
    # The framework judges once more, for Range; it takes `If-Match: *` for a name.
    request.environ.pop("HTTP_IF_MATCH", None)
    length = response.content_length
    response.make_conditional(request.environ, accept_ranges=True, complete_length=length)
    return response
