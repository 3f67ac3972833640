"""Things by their IRIs: 303 from the thing to its document, and the document in every format.

*Cool URIs for the Semantic Web*, section 4.2: one generic document, and one for each format.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.formats import Format
from registry.problems import Problem
from registry.releases.code import LICENCE
from registry.things.city import city, is_city
from registry.things.describe import describe
from registry.things.former import current
from registry.things.lookup import Lookup
from registry.web.context import languages, modified, pages, release
from registry.web.negotiation import Resource, documents, respond

routes = Blueprint("things", __name__)

_OFFSET: Final = re.compile(r"[0-9]{1,9}")


@routes.get("/id/<kind>/<path:ref>")
def thing(kind: str, ref: str) -> Answer:
    """Send from a thing to its document; from a former IRI to the present one."""
    iri = _iri(kind, ref)
    if not iri.startswith(terms.ID):
        raise Problem("not-found", "a concept's IRI is not under /id/")
    now = current(Lookup(release().store), iri)
    if now != iri:
        return redirect(now.replace(terms.BASE, "/", 1) + _language(), 301)
    return _see_other(terms.path_of(iri) or "/")


@routes.get("/scheme/<path:ref>")
def concept(ref: str) -> Answer:
    """Send from a concept or scheme to its document."""
    iri = _iri("scheme", ref)
    if not Lookup(release().store).exists(iri):
        raise Problem("not-found", f"nothing is known of <{iri}>")
    return _see_other(f"/doc/scheme/{ref}")


def _iri(kind: str, ref: str) -> str:
    """Give the IRI that an address stands for; `not-found` where none of ours can be so."""
    if not terms.REF.fullmatch(f"{kind}/{ref}"):
        raise Problem("not-found", f"{kind}/{ref} is no reference in a-z, 0-9, hyphens and slashes")
    return terms.SCHEME + ref if kind == "scheme" else terms.thing(kind, ref)


def _see_other(path: str) -> Answer:
    """Answer 303; what the client accepts decides what it gets there."""
    response = redirect(path + _language(), 303)
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def _language() -> str:
    """Keep the language that the address asks for; `bad-parameter` where it is none."""
    languages()
    chosen = request.args.get("lang")
    return f"?lang={chosen}" if chosen else ""


@routes.get("/doc/<kind>/<path:ref>")
def document(kind: str, ref: str) -> Answer:
    """Describe a thing in the format that the address or the client asks for."""
    ref, fixed = split(ref)
    iri = _iri(kind, ref)
    now = current(Lookup(release().store), iri)
    if now != iri:
        extension = f".{fixed.extension}" if fixed else ""
        return redirect((terms.path_of(now) or "/") + extension + _language(), 301)
    return respond(_resource(iri, fixed, _offset()))


def _offset() -> int:
    """Read how many of the things that point here a page passes over."""
    offset = request.args.get("offset", "0")
    if not _OFFSET.fullmatch(offset):
        raise Problem("bad-parameter", "offset is not a whole number")
    return int(offset)


def split(ref: str) -> tuple[str, Format | None]:
    """Take the file extension off a reference, where it is that of a format.

    >>> split("pavia-3171366.ttl")[1].name
    'turtle'
    >>> split("pavia-3171366")
    ('pavia-3171366', None)
    """
    stem, dot, extension = ref.rpartition(".")
    offered = (formats.HTML, *formats.GRAPHS)
    found = next((form for form in offered if dot and form.extension == extension), None)
    return (stem, found) if found else (ref, None)


def _resource(iri: str, fixed: Format | None, offset: int) -> Resource:
    """Put together the representations of a thing's document."""
    path = terms.path_of(iri) or "/"
    return Resource(
        documents(path, partial(_page, iri, offset), partial(_description, iri)),
        f"{release().version} {path} {offset}",
        fixed,
        modified(),
        LICENCE,
        iri,
        lasting=True,
    )


def _description(iri: str, form: Format) -> bytes:
    """Write the description of a thing in a format."""
    return formats.serialise(describe(release().store, iri), form)


def _page(iri: str, offset: int) -> str:
    """Write the page of a thing."""
    makes = pages()
    return render_template(
        "thing.html",
        page=makes.page(iri, offset),
        city=city(makes, iri) if is_city(iri) else None,
        path=terms.path_of(iri),
        formats=formats.GRAPHS,
    )
