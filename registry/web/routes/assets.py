"""Style sheet, scripts and mark of the pages.

Built files are named by the hash of their content, so that caches keep them for ever. The others
have Range and conditions, as files of dumps have.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, send_from_directory

from registry import formats
from registry.web import asset_files
from registry.web.conditions import for_file
from registry.web.negotiation import respond_as
from registry.web.operation import SOME_TEXT, Operation, in_path

routes = Blueprint("assets", __name__)

_FORMATS: Final = (
    *(formats.STYLE, formats.SVG, formats.SCRIPT, formats.TEXT, formats.TILE),
    formats.JSON,
)
_ASSET: Final = in_path("asset", "the name of the file", SOME_TEXT, "style.css")


@routes.get("/static/<path:asset>")
@Operation("Files that pages load, tiles of maps too", "server", _FORMATS, (_ASSET,), files=True)
def send(asset: str) -> Response:
    """Send a file."""
    return _send_built(asset) if asset_files.is_built(asset) else _send_plain(asset)


def _send_built(filename: str) -> Response:
    """Send a file of the build."""
    extension = filename.rpartition(".")[2]
    form = next(form for form in _FORMATS if form.extension == extension)
    return respond_as(form, (asset_files.ASSETS / filename).read_bytes, filename, immutable=True)


def _send_plain(filename: str) -> Response:
    """Send a file as it was written."""
    response = send_from_directory(asset_files.STATIC, filename, conditional=False)
    return for_file(response, filename)
