"""The documentation on the site: its pages, pictures, notebooks, and a search of them."""

from __future__ import annotations

import hashlib
import json
from html import escape
from typing import Final

from flask import Blueprint, Response, render_template, request

from registry import formats, shipped
from registry.problems import Problem
from registry.web import language, manual
from registry.web.context import origin, parts, release
from registry.web.negotiation import Resource, Variant, respond, respond_as, respond_page
from registry.web.operation import PAGE, SOME_TEXT, Operation, Parameter, in_path

routes = Blueprint("manual", __name__)

_PICTURES: Final = (formats.PNG, formats.JPEG)
_ASKED: Final = Parameter("q", "words that are searched in the documentation", empty=True)
_NAME: Final = in_path("page", "the name of the page", SOME_TEXT, "analyst")
_PICTURE: Final = in_path("picture", "the name of the file", SOME_TEXT, "link.png")
_NOTEBOOK: Final = in_path("notebook", "the name of the notebook", SOME_TEXT, "analyst")


@routes.get("/docs")
@Operation(
    "The pages of the documentation, or those that have some words", "server", PAGE, (_ASKED,)
)
def index() -> Response:
    """List the pages, or what is found in them."""
    asked = request.args.get(_ASKED.name, "").strip()[:200]
    listed = {name: _page(name) for name in manual.names()}

    def write() -> str:
        found = manual.found(asked) if asked else ()
        return render_template(
            "manual.html", groups=manual.GROUPS, listed=listed, asked=asked, hits=found
        )

    return respond_page(write, f"{release().version} {_tag(*manual.names())}")


@routes.get("/docs/<page>")
@Operation("A page of the documentation", "server", PAGE, (_NAME,))
def show(page: str) -> Response:
    """Show a page, whose examples name this server."""
    shown = _page(page)

    def write() -> str:
        html = shown.html.replace(manual.SERVER, escape(origin()))
        return render_template("manual_page.html", shown=shown, html=html, groups=manual.GROUPS)

    return respond_page(write, f"{release().version} {_tag(page)}")


@routes.get("/docs/images/<picture>")
@Operation("A picture of the documentation", "server", _PICTURES, (_PICTURE,))
def picture(picture: str) -> Response:
    """Send a picture."""
    known = {path.name: path for path in (shipped.ROOT / "docs" / "images").iterdir()}
    if picture not in known:
        raise Problem("not-found", f"there is no picture {picture[:100]!r} in the documentation")
    path = known[picture]
    form = next(one for one in _PICTURES if f".{one.extension}" == path.suffix)
    content = path.read_bytes()
    variants = (Variant(form, "", lambda: content),)
    return respond(Resource(variants, hashlib.sha256(content).hexdigest()))


@routes.get("/docs/notebooks/<notebook>.ipynb")
@Operation(
    "A notebook (Jupyter) that asks this server", "server", (formats.NOTEBOOK,), (_NOTEBOOK,)
)
def notebook(notebook: str) -> Response:
    """Send a notebook, whose examples name this server."""
    path = manual.file_of(f"notebook-{notebook}")
    written = path.read_text(encoding="utf-8")
    content = written.replace(manual.SERVER, json.dumps(origin())[1:-1])
    tag = hashlib.sha256(content.encode()).hexdigest()
    return respond_as(formats.NOTEBOOK, lambda: content, tag)


def _page(name: str) -> manual.Page:
    """Render a page, whose links keep the language that the address asks for."""
    repository, tag = parts().settings.repository, language.language_parameter(request)
    return manual.page(name, repository, tag)


def _tag(*names: str) -> str:
    """Name the content of pages."""
    digest = hashlib.sha256(parts().settings.repository.encode())
    for name in names:
        digest.update(manual.file_of(name).read_bytes())
    return digest.hexdigest()
