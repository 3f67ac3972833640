"""Conditional requests (RFC 9110, section 13): whether a client has the answer already.

The conditions are evaluated in the order of section 13.2.2. Those of a request that would fail
anyway do not count (section 13.2.1), so they are evaluated once an answer is known to exist.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from typing import Final

from flask import Request, Response, request

from registry.problems import Problem

HEADERS: Final = (
    "HTTP_IF_MATCH",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
)
"""The conditions of a request, as WSGI names them; most requests have none."""


class ConditionResult(Enum):
    """The result of evaluating the conditions of a request."""

    SEND = auto()
    """There are no conditions, or they hold: the answer is sent."""

    UNCHANGED = auto()
    """The client has the answer: 304."""

    FAILED = auto()
    """The client asked for another state of the resource: 412."""


def outcome(asked: Request, tag: str | None, modified: datetime | None) -> ConditionResult:
    """Evaluate the conditions of a request by the ETag and modification time of the answer."""
    conditional = any(name in asked.environ for name in HEADERS)
    if not conditional or asked.method not in {"GET", "HEAD"}:
        return ConditionResult.SEND
    # If-Match, else If-Unmodified-Since (steps 1 and 2)
    if wanted := asked.if_match:
        holds = wanted.star_tag or wanted.is_strong(tag or "")
    else:
        since = asked.if_unmodified_since
        holds = since is None or modified is None or modified <= since
    if not holds:
        return ConditionResult.FAILED
    # If-None-Match, else If-Modified-Since (steps 3 and 4)
    if had := asked.if_none_match:
        unchanged = had.contains_weak(tag or "")
    else:
        since = asked.if_modified_since
        unchanged = since is not None and modified is not None and modified <= since
    return ConditionResult.UNCHANGED if unchanged else ConditionResult.SEND


def etag_matches(asked: Request, tag: str | None) -> bool:
    """Whether If-None-Match names the ETag of an answer, so that its body need not be written.

    An ETag is only ever sent with a complete answer.
    """
    if not tag or "HTTP_IF_UNMODIFIED_SINCE" in asked.environ:
        return False
    if outcome(asked, tag, None) is not ConditionResult.UNCHANGED:
        return False
    had = asked.if_none_match
    return had.is_weak(tag) or had.is_strong(tag)


def for_file(response: Response, name: str) -> Response:
    """Apply the conditions of this request, and its Range, to an answer that is a whole file.

    Raises
    ------
    Problem
        `precondition` when the client wants another state of the file.

    """
    if outcome(request, response.get_etag()[0], response.last_modified) is ConditionResult.FAILED:
        raise Problem("precondition", f"{name} is not as the request expects")
    # The framework evaluates the conditions again, for Range; it takes `If-Match: *` for an ETag.
    request.environ.pop("HTTP_IF_MATCH", None)
    length = response.content_length
    response.make_conditional(request.environ, accept_ranges=True, complete_length=length)
    return response
