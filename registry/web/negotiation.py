"""Content negotiation (RFC 9110, section 12): the one place that chooses a representation.

It alone sets Vary, ETag, Link, Content-Location, Last-Modified, 304 and 406.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Response, g, request

from registry import __version__
from registry.formats import GRAPHS, HTML, Format
from registry.problems import Problem
from registry.web.context import Body, parts


@dataclass(frozen=True)
class Variant:
    """One representation: its format, its own address (empty = none), and what writes it."""

    format: Format
    url: str
    write: Callable[[], bytes | str]


@dataclass(frozen=True)
class Resource:
    """Something with representations, in the order of the server's preference.

    `fixed` is the format that the address asks for, None where the client chooses. `tag` names all
    that its content depends on but address, format and languages (a release, a file's hash); it
    is empty where two answers may differ. `modified` is a UTC time as in the log.
    """

    variants: tuple[Variant, ...]
    tag: str
    fixed: Format | None = None
    modified: str = ""
    licence: str = ""
    describes: str = ""


def documents(
    path: str, page: Callable[[], str], write: Callable[[Format], bytes]
) -> tuple[Variant, ...]:
    """Give the variants of a graph's document: its page, and each format at its extension."""
    written = [Variant(f, f"{path}.{f.extension}", partial(write, f)) for f in GRAPHS]
    return (Variant(HTML, f"{path}.html", page), *written)


def respond(resource: Resource) -> Response:
    """Answer with the representation that fits, or 304 where the client has it.

    Raises
    ------
    Problem
        `not-acceptable` when none fits.

    """
    variant = _chosen(resource)
    response = Response(content_type=variant.format.content_type)
    _set_headers(response, resource, variant)
    response.make_conditional(request)
    if response.status_code != 304:
        response.set_data(_body(variant, response.get_etag()[0]))
    return response


def _body(variant: Variant, tag: str | None) -> bytes:
    """Write an answer, unless what its ETag names was written before."""
    known = parts().bodies.get(tag) if tag else None
    if known is not None:
        return known.content
    written = variant.write()
    body = Body(written.encode() if isinstance(written, str) else written)
    if tag:
        parts().bodies.put(tag, body)
    return body.content


def respond_page(write: Callable[[], str], tag: str, modified: str = "") -> Response:
    """Answer with what there is as a page alone."""
    return respond(Resource((Variant(HTML, request.path, write),), tag, HTML, modified))


def _chosen(resource: Resource) -> Variant:
    """Choose the variant that the address or the client asks for."""
    offered = [variant.format for variant in resource.variants]
    wanted = resource.fixed or choose(request.headers.get("Accept"), offered)
    found = next((v for v in resource.variants if v.format == wanted), None)
    if found is None:
        allowed = [form.media_type for form in offered]
        raise Problem("not-acceptable", "offered: " + ", ".join(allowed), allowed=allowed)
    return found


def _set_headers(response: Response, resource: Resource, variant: Variant) -> None:
    """Set all headers that follow from the choice."""
    negotiated = resource.fixed is None
    speaks = variant.format == HTML
    if resource.tag:
        response.set_etag(_etag(resource, variant))
    if negotiated or speaks:
        response.headers["Vary"] = "Accept, Accept-Language" if negotiated else "Accept-Language"
    if negotiated and variant.url:
        response.headers["Content-Location"] = variant.url
    if speaks:
        response.headers["Content-Language"] = g.languages.interface
    if resource.modified:
        response.last_modified = datetime.fromisoformat(resource.modified)
    response.headers["Cache-Control"] = "no-cache"
    for link in _links(resource, variant):
        response.headers.add("Link", link)


def _etag(resource: Resource, variant: Variant) -> str:
    """Name the bytes of an answer.

    A page depends on its reader's languages and, since it leads to itself in other languages, on
    all of its address.
    """
    named = [request.path, resource.tag, variant.format.name, __version__]
    if variant.format == HTML:
        named += [*g.languages.wanted, request.query_string.decode("latin-1")]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:32]


def tags(resource: Resource) -> dict[Format, str]:
    """Give the ETag of each representation, for what is asked under a condition."""
    return {variant.format: _etag(resource, variant) for variant in resource.variants}


def _links(resource: Resource, chosen: Variant) -> Iterator[str]:
    """Give the links to the other representations, the thing described and the licence."""
    for variant in resource.variants:
        if variant is not chosen and variant.url:
            yield f'<{variant.url}>; rel="alternate"; type="{variant.format.media_type}"'
    if resource.describes:
        yield f'<{resource.describes}>; rel="describes"'
    if resource.licence:
        yield f'<{resource.licence}>; rel="license"'


def choose(accept: str | None, offered: Sequence[Format]) -> Format | None:
    """Choose the format of the highest quality, the server's order among equals; None = none fits.

    The most specific media range that fits a format gives its quality. What is malformed is passed
    over; no header, or an empty one, accepts everything.
    """
    ranges = list(_ranges(accept or "*/*")) or [("*/*", 1.0)]
    graded = [(form, _quality(form, ranges)) for form in offered]
    best = max((quality for _, quality in graded), default=0.0)
    return next((form for form, quality in graded if quality == best and best > 0), None)


def names_any(accept: str | None, offered: Sequence[Format]) -> bool:
    """Tell whether an Accept header names one of the formats, rather than whatever there is."""
    named = [name for name, quality in _ranges(accept or "") if quality > 0 and "*" not in name]
    return any(name in (form.media_type, *form.aliases) for form in offered for name in named)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Read the media ranges of an Accept header; parameters but q are passed over."""
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p[:2].lower() == "q="), "1")
        try:
            value = float(quality)
        except ValueError:
            continue
        if name.count("/") == 1 and 0 <= value <= 1:
            yield name.lower(), value


def _quality(form: Format, ranges: Sequence[tuple[str, float]]) -> float:
    """Give the quality that a client gives a format."""
    family = form.media_type.partition("/")[0] + "/*"
    for names in ((form.media_type,), form.aliases, (family,), ("*/*",)):
        fitting = [quality for name, quality in ranges if name in names]
        if fitting:
            return max(fitting)
    return 0.0
