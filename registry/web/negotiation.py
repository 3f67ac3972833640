"""Content negotiation (RFC 9110, section 12): the one place that chooses a representation.

It alone sets Vary, ETag, Link, Content-Location, Last-Modified, 304 and 406; `conditions` finds out
whether the client has the chosen representation already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import Response, request
from werkzeug.http import http_date

from registry import metrics
from registry.formats import GRAPHS, HTML, JSONLD, PROFILES, SOLUTIONS, Format
from registry.graphs.jsonld import in_form
from registry.problems import Problem
from registry.sparql.spool import Spool
from registry.version import build
from registry.web import codings, conditions, media_ranges
from registry.web.codings import CODINGS
from registry.web.conditions import ConditionResult
from registry.web.context import Body, deviations, languages, meet, origin, parts
from registry.web.media_ranges import MediaRange
from registry.web.middleware import KEEP, OLD

LONGEST_ADDRESS: Final = 340
"""Characters of the longest address in a header; an answer has up to seven, a proxy takes 4 kB."""

_KEPT: Final = "%=&+:/?@!$'()*,;"
"""Characters of a query string (RFC 3986, section 3.4) that stand in a header as they are."""


FOREVER: Final = "public, max-age=31536000, immutable"
"""The Cache-Control of answers that never change."""

_LONG: Final = 1 << 18
"""Bytes from which on an answer that comes in parts is sent as they come, and not kept."""

Written = bytes | str | Iterator[str] | Iterator[bytes] | Spool


class Stream:
    """An answer in parts, and what gives up where they come from."""

    def __init__(self, parts: Iterator[bytes], close: Callable[[], None]) -> None:
        self._parts, self.close = parts, close

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def __next__(self) -> bytes:
        return next(self._parts)


@dataclass(frozen=True)
class Variant:
    """One representation: its format, its own address (empty = none), and what writes it.

    Answers that may be long are written in parts.
    """

    format: Format
    url: str
    write: Callable[[], Written]

    @property
    def address(self) -> str:
        """Its address, where headers can name it: proxies refuse an answer with long headers."""
        return self.url if len(self.url) <= LONGEST_ADDRESS else ""


@dataclass(frozen=True)
class Resource:
    """Something with representations, in the order of the server's preference.

    `fixed` is the format that the address asks for, None where the client chooses. `tag` names all
    that the content depends on but address, format and languages (a release, a file's hash); it is
    empty where two answers may differ. `modified` is a UTC time as in the log. `lasting` is set
    where all this depends on the current release and the request alone, `immutable` where it never
    changes at this address, `speaks` where formats other than a page are in the reader's language,
    too. `original` is the address of what this is a past state of (RFC 7089, section 2.2.1).
    """

    variants: tuple[Variant, ...]
    tag: str
    fixed: Format | None = None
    modified: str = ""
    licence: str = ""
    describes: str = ""
    lasting: bool = False
    immutable: bool = False
    speaks: bool = False
    original: str = ""

    @property
    def moment(self) -> datetime | None:
        """When it was modified."""
        return datetime.fromisoformat(self.modified) if self.modified else None


def with_parameters(path: str) -> str:
    """Return a path with the parameters of this request."""
    written = as_sent(request.query_string)
    return f"{path}?{written}" if written else path


def with_others(**changed: str) -> str:
    """Return the address of this page with other parameters; empty ones are left out."""
    given = {key: value for key, value in (request.args.to_dict() | changed).items() if value}
    return f"{request.path}?{urlencode(given)}" if given else request.path


def as_sent(query: bytes) -> str:
    r"""Write the part of an address after the question mark so that a header can hold it.

    >>> as_sent(b"a=%20b+c&d=<\xd0\x9f>")
    'a=%20b+c&d=%3C%D0%9F%3E'
    """
    return quote(query, safe=_KEPT)


def documents(
    path: str,
    page: Callable[[], str],
    write: Callable[[Format], Written],
    offered: Sequence[Format] = (*GRAPHS, *PROFILES),
    root: str = "",
) -> tuple[Variant, ...]:
    """Return the variants of a graph's document: its page, and each format at its extension.

    The forms of JSON-LD have no address of their own; `root` is what a framed one begins with.
    """
    written = [
        Variant(f, "", partial(_in_form, write, f, root))
        if f.profile
        else Variant(f, f"{path}.{f.extension}", partial(write, f))
        for f in offered
    ]
    return (Variant(HTML, f"{path}.html", page), *written)


def _in_form(write: Callable[[Format], Written], form: Format, root: str) -> bytes:
    """Write a document in a form of JSON-LD."""
    content = _encode(write(JSONLD))
    return in_form(content if isinstance(content, bytes) else b"".join(content), form, root)


def extensions(form: Format) -> set[str]:
    """Return the extensions of a format in addresses: of results of queries the name, too.

    >>> sorted(extensions(SOLUTIONS[0])), extensions(HTML)
    (['json', 'srj'], {'html'})
    """
    return {form.extension, form.name} if form in SOLUTIONS else {form.extension}


def fixed_format(offered: Sequence[Format], extension: str) -> Format | None:
    """Return the format that the extension of an address names; None where it has no extension.

    Raises
    ------
    Problem
        `not-found` when no format offered has it.

    """
    if not extension:
        return None
    found = next((form for form in offered if extension in extensions(form)), None)
    if found is None:
        raise Problem("not-found", f"it is not written as .{extension}")
    return found


def respond(resource: Resource) -> Response:
    """Answer with the representation that fits, or 304 where the client has it.

    Raises
    ------
    Problem
        `not-acceptable` when none fits, `precondition` when the client wants another state of it.

    """
    variant, coding = _choose_variant(resource), _content_coding()
    tag = etag(resource, variant, coding) if resource.tag else ""
    headers = list(_headers(resource, variant, coding, tag))
    response = Response(content_type=variant.format.content_type, headers=headers)
    if conditions.etag_matches(request, tag):
        response.status_code = 304
        return response
    content = _body(resource, variant, coding, tag)
    response.response = [content] if isinstance(content, bytes) else content
    match conditions.outcome(request, tag, resource.moment):
        case ConditionResult.FAILED:
            raise Problem("precondition", "it is not, or is no longer, as the request expects")
        case ConditionResult.UNCHANGED:
            response.status_code = 304
            response.set_data(b"")
        case _ if resource.lasting and resource.tag and isinstance(content, bytes):
            request.environ[KEEP] = True
    return response


def _content_coding() -> str:
    """Choose the content coding that the request accepts."""
    named = "Accept-Encoding" in request.headers
    return codings.choose(request.accept_encodings if named else None)


def _body(resource: Resource, variant: Variant, coding: str, tag: str) -> bytes | Stream:
    """Write an answer in a coding, or return it from the cache under its ETag."""
    known = parts().cache.get(tag) if tag else None
    if isinstance(known, Body):
        metrics.cache.labels("hit").inc()
        meet(known.deviations)
        return known.content
    if coding:
        plain = etag(resource, variant, "") if tag else ""
        content = _body(resource, variant, "", plain)
        if isinstance(content, bytes):
            content = codings.compress(coding, content)
        else:
            content = Stream(codings.compress_parts(coding, content), content.close)
    else:
        content = _encode(variant.write())
        metrics.cache.labels("miss").inc()
    if tag and isinstance(content, bytes):
        parts().cache.put(tag, Body(content, deviations()))
    return content


def _encode(written: Written) -> bytes | Stream:
    """Return a short answer as a whole, and a long one in parts as they are written."""
    if isinstance(written, bytes):
        return written
    if isinstance(written, str):
        return written.encode()
    if isinstance(written, Spool):
        if request.environ["SERVER_PROTOCOL"] == OLD:
            written.wait()  # Its length, or its problem, has to go first.
        return Stream(iter(written), written.close)
    begun: list[bytes] = []
    rest = (part if isinstance(part, bytes) else part.encode() for part in written)
    while sum(map(len, begun)) < _LONG:
        if (part := next(rest, None)) is None:
            return b"".join(begun)
        begun.append(part)
    return Stream(chain(begun, rest), lambda: None)


def respond_as(form: Format, write: Callable[[], Written], tag: str, **about: Any) -> Response:
    """Answer in the one format that there is; `about` are other fields of the `Resource`."""
    return respond(Resource((Variant(form, "", write),), tag, form, **about))


def respond_page(write: Callable[[], str], tag: str, modified: str = "") -> Response:
    """Answer with a page, where there is no other format."""
    return respond_as(HTML, write, tag, modified=modified)


def _choose_variant(resource: Resource) -> Variant:
    """Choose the variant that the address or the client asks for."""
    offered = [variant.format for variant in resource.variants]
    wanted = resource.fixed or choose(request.headers.get("Accept"), offered)
    found = next((v for v in resource.variants if v.format == wanted), None)
    if found is None:
        allowed = list(dict.fromkeys(form.media_type for form in offered))
        raise Problem("not-acceptable", "offered: " + ", ".join(allowed), allowed=allowed)
    return found


def _headers(
    resource: Resource, variant: Variant, coding: str, tag: str
) -> Iterator[tuple[str, str]]:
    """Yield all headers that follow from the choice."""
    negotiated = resource.fixed is None
    speaks = resource.speaks or variant.format == HTML
    if tag:
        yield "ETag", f'"{tag}"'
    if coding:
        yield "Content-Encoding", coding
    if negotiated:
        yield "Vary", "Accept, Accept-Language, Accept-Encoding"
    else:
        yield "Vary", "Accept-Language, Accept-Encoding" if speaks else "Accept-Encoding"
    if negotiated and variant.address:
        yield "Content-Location", variant.address
    if speaks:
        yield "Content-Language", languages().interface
    yield from _times(resource)
    yield "Cache-Control", FOREVER if resource.immutable else "no-cache"
    if links := ", ".join(_links(resource, variant)):
        yield "Link", links


def _times(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield when it was modified, and that it is a past state of something (RFC 7089, 2.1.1)."""
    if resource.moment:
        yield "Last-Modified", http_date(resource.moment)
        if resource.original:
            yield "Memento-Datetime", http_date(resource.moment)


def etag(resource: Resource, variant: Variant, coding: str) -> str:
    """Return the ETag of an answer: a hash of resource, format, coding and software build.

    A page depends on its reader's languages and, since it leads to itself in other languages, on
    all of its address.
    """
    named = [request.path, resource.tag, variant.format.name, coding, build()]
    if variant.format == HTML:
        named += [_server(), *languages().wanted, request.query_string.decode("latin-1")]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:32]


def _server() -> str:
    """Return the address of the server, which pages name; empty where none is told."""
    try:
        return origin()
    except Problem:
        return ""


def etags(resource: Resource) -> set[str]:
    """Return the ETags of all representations, for requests with a condition."""
    return {etag(resource, variant, coding) for variant in resource.variants for coding in CODINGS}


def _links(resource: Resource, chosen: Variant) -> Iterator[str]:
    """Yield the links to the other representations, the thing described and the licence."""
    for variant in resource.variants:
        if variant is not chosen and variant.address:
            yield f'<{variant.address}>; rel="alternate"; type="{variant.format.media_type}"'
    if resource.original:
        yield f'<{resource.original}>; rel="original"'
    if resource.describes:
        yield f'<{resource.describes}>; rel="describes"'
    if resource.licence:
        yield f'<{resource.licence}>; rel="license"'


def choose(accept: str | None, offered: Sequence[Format]) -> Format | None:
    """Choose the format of the highest quality, the server's order among equals; None = none fits.

    The most specific media range that fits a format gives its quality. What is malformed is passed
    over; no header, or an empty one, accepts everything.
    """
    ranges = media_ranges.read(accept or "*/*") or media_ranges.read("*/*")
    graded = [(form, _quality(form, ranges)) for form in offered]
    best = max((quality for _, quality in graded), default=0.0)
    fitting = [form for form, quality in graded if quality == best and best > 0]
    return next((form for form in fitting if form.profile), next(iter(fitting), None))


def names_any(accept: str | None, offered: Sequence[Format]) -> bool:
    """Whether an Accept header names one of the formats, rather than whatever there is."""
    ranges = media_ranges.read(accept or "")
    named = [one.name for one in ranges if one.quality > 0 and "*" not in one.name]
    return any(name in (form.media_type, *form.aliases) for form in offered for name in named)


def _quality(form: Format, ranges: Sequence[MediaRange]) -> float:
    """Return the quality that a client gives a format; one with a profile is asked for by that."""
    if form.profile:
        asked = (one.quality for one in ranges if form.profile in one.profiles)
        return max(asked, default=0.0)
    family = form.media_type.partition("/")[0] + "/*"
    for names in ((form.media_type,), form.aliases, (family,), ("*/*",)):
        fitting = [one.quality for one in ranges if one.name in names]
        if fitting:
            return max(fitting)
    return 0.0
