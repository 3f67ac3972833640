"""Bodies of requests: read whole, up to a limit, or refused; never parsed here.

Werkzeug stops reading at the limit without an error when no Content-Length says how long a body
is, and takes a body for whole when its connection ends early. `BoundedRequest`, the request class
of the application, does neither, so that no handler can read part of a body.

The descriptions of bodies for `operation` are here, too.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Final, cast

from flask import Request, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

from registry import formats, terms
from registry.formats import Format
from registry.problems import Problem
from registry.settings import Settings
from registry.web.context import body_is_read, parts
from registry.web.operation import TEXT, Json, Parameter

MULTIPART: Final = "multipart/form-data"
URLENCODED: Final = "application/x-www-form-urlencoded"

EXAMPLE: Final = f"<{terms.GRAPH}list> a <http://www.w3.org/ns/dcat#Dataset> ."
"""Turtle that may be sent."""

FILE: Final = Parameter("file", "instead of content", {"type": "string", "format": "binary"})

_UTF8: Final = frozenset({"utf-8", "utf8", "us-ascii"})
_ENVELOPE: Final = 10_000
"""Bytes that a form may have beside what is sent in it."""

_FIELDS: Final = 10
"""Fields that a form may have."""

_PERCENT_ENCODED: Final = 4
"""A form with a query may be longer than the query by this factor: `%20`, and the dataset."""


class BoundedRequest(Request):
    """A request whose body is read whole or not at all, however it is read."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body, which raises 413 beyond `max_content_length` and 400 where it breaks off."""
        source: IO[bytes] = self.environ["wsgi.input"]
        length, limit = self.content_length, self.max_content_length
        if limit is None:
            raise RuntimeError("a body is read with a limit")
        if length is not None:
            if length > limit:
                raise RequestEntityTooLarge
            return cast("IO[bytes]", LimitedStream(source, length))
        if "wsgi.input_terminated" not in self.environ:
            return io.BytesIO()  # Nothing marks the end of such a body, so there is none.
        return cast("IO[bytes]", _Unmeasured(source, limit, is_max=True))


class _Unmeasured(LimitedStream):
    """A body of unknown length: the byte after the limit is read, too, to see whether it ends."""

    def on_exhausted(self) -> None:
        try:
            more = self._stream.read(1)
        except OSError as error:
            self.on_disconnect(error)
        else:
            if more:
                raise RequestEntityTooLarge

    def readall(self) -> bytes:
        content = super().readall()
        if self.is_exhausted:
            self.on_exhausted()
        return content


def form(fields: Iterable[Parameter], example: Json, *either: Sequence[str]) -> Json:
    """Describe a form by its fields; `either` are the sets of them of which one is needed."""
    schema: Json = {"type": "object", "properties": {one.name: one.as_field() for one in fields}}
    needed = [{"required": list(names)} for names in either]
    return {"schema": schema | ({"anyOf": needed} if needed[1:] else needed[0]), "example": example}


def rdf(offered: Iterable[Format], settings: Settings) -> Json:
    """Describe data in RDF formats, by media type."""
    limit = {"description": f"in UTF-8, up to {settings.upload_bytes} bytes"}
    content: Json = {form.media_type: {"schema": TEXT | limit} for form in offered}
    content[formats.TURTLE.media_type]["example"] = EXAMPLE
    content[formats.JSONLD.media_type]["schema"] = {"type": ["object", "array"]} | limit
    return content


def data(offered: Sequence[Format], also: Sequence[str] = ()) -> tuple[Format, bytes]:
    """Read a body in one of the formats.

    `also` are the media types that are read elsewhere, to be named where none fits.

    Raises
    ------
    Problem
        `unsupported-type` or `data-too-large`, before the body is read where a header shows it.

    """
    check_coding()
    form = _format(offered, also)
    with limited():
        return form, request.get_data(cache=False)


def check_type(what: str, allowed: list[str]) -> None:
    """Refuse a body whose media type is not allowed; `what` begins the sentence that says so."""
    if request.mimetype not in allowed:
        detail = f"{what} not sent as {request.mimetype or 'nothing'}"
        raise Problem("unsupported-type", detail, allowed=allowed)


def check_coding() -> None:
    """Refuse a compressed body: it could be a thousand times as long as it is sent."""
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in {"", "identity"}:
        detail = f"a body is not read in the coding {coding}"
        raise Problem("unsupported-type", detail, allowed=["identity"])


def _format(offered: Sequence[Format], also: Sequence[str]) -> Format:
    """Return the format that the media type names."""
    named = request.mimetype
    found = next((f for f in offered if named in (f.media_type, *f.aliases)), None)
    if found is None:
        allowed = [*(form.media_type for form in offered), *also]
        detail = f"data are not sent as {named or 'nothing'}, but as {', '.join(allowed)}"
        raise Problem("unsupported-type", detail, allowed=allowed)
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in _UTF8:
        detail = f"data are read in UTF-8, not in {charset}"
        raise Problem("unsupported-type", detail, allowed=[f"{found.media_type}; charset=utf-8"])
    return found


@contextmanager
def limited(form: bool = False) -> Iterator[None]:
    """Bound the data in the body of this request, or the fields of the form that it is.

    Raises
    ------
    Problem
        `data-too-large`; `bad-parameter` where the body breaks off.

    """
    limit = parts().settings.upload_bytes
    request.max_content_length = limit + (_ENVELOPE if form else 0)
    request.max_form_memory_size = request.max_content_length
    request.max_form_parts = _FIELDS
    with _whole("data-too-large", limit):
        yield


@contextmanager
def limited_form(limit: int) -> Iterator[None]:
    """Bound a form of a page in bytes; `data-too-large`, `bad-parameter` where it breaks off."""
    request.max_content_length = request.max_form_memory_size = limit
    with _whole("data-too-large", limit):
        yield


@contextmanager
def limited_query() -> Iterator[None]:
    """Bound a body that holds a query or several.

    Raises
    ------
    Problem
        `query-too-large`; `bad-parameter` where the body breaks off.

    """
    limit = parts().settings.query_bytes * _PERCENT_ENCODED
    request.max_content_length = request.max_form_memory_size = limit
    with _whole("query-too-large", limit):
        yield


@contextmanager
def _whole(name: str, limit: int) -> Iterator[None]:
    """Raise the named problem where the body is over the limit; it is read at the end."""
    try:
        yield
    except RequestEntityTooLarge as error:
        raise Problem(name, f"the body is longer than {limit} bytes", limit=limit) from error
    except ClientDisconnected as error:
        raise Problem("bad-parameter", "the body breaks off before its end") from error
    body_is_read()


def sent_in_a_form(content: bytes) -> bytes:
    """Return what a field of a form holds; `data-too-large` where it is over the limit of data."""
    if len(content) > (limit := parts().settings.upload_bytes):
        detail = f"the data are longer than {limit} bytes"
        raise Problem("data-too-large", detail, limit=limit)
    return content
