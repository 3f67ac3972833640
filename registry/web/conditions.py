"""Conditional requests (RFC 9110, section 13): whether a client has what it asks for already.

The conditions are evaluated in the order of section 13.2.2. Those of a request that would fail
anyway do not count (section 13.2.1), so they are evaluated once an answer is known to exist.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from typing import Final

from flask import Request

HEADERS: Final = (
    "HTTP_IF_MATCH",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
)
"""The conditions of a request, as WSGI names them; most requests have none."""


class ConditionResult(Enum):
    """What follows from the conditions of a request."""

    SEND = auto()
    """There is none, or they hold: the answer is sent."""

    UNCHANGED = auto()
    """The client has it: 304."""

    FAILED = auto()
    """The client asked for another state of it: 412."""


def outcome(request: Request, tag: str | None, modified: datetime | None) -> ConditionResult:
    """Validate the conditions of a request by the ETag and modification time of the answer."""
    conditional = any(name in request.environ for name in HEADERS)
    if not conditional or request.method not in {"GET", "HEAD"}:
        return ConditionResult.SEND
    if not _precondition_holds(request, tag or "", modified):
        return ConditionResult.FAILED
    return (
        ConditionResult.UNCHANGED
        if _is_unchanged(request, tag or "", modified)
        else ConditionResult.SEND
    )


def etag_matches(request: Request, tag: str | None) -> bool:
    """Whether a client has, by its name, the answer that it asks for.

    A name was given to a complete answer, so that it need not be written once more to be known.
    """
    if not tag or "HTTP_IF_UNMODIFIED_SINCE" in request.environ:
        return False
    if outcome(request, tag, None) is not ConditionResult.UNCHANGED:
        return False
    had = request.if_none_match
    return had.is_weak(tag) or had.is_strong(tag)


def _precondition_holds(request: Request, tag: str, modified: datetime | None) -> bool:
    """Validate If-Match, else If-Unmodified-Since (steps 1 and 2)."""
    if wanted := request.if_match:
        return wanted.star_tag or wanted.is_strong(tag)
    since = request.if_unmodified_since
    return since is None or modified is None or modified <= since


def _is_unchanged(request: Request, tag: str, modified: datetime | None) -> bool:
    """Validate If-None-Match, else If-Modified-Since (steps 3 and 4)."""
    if had := request.if_none_match:
        return had.contains_weak(tag)
    since = request.if_modified_since
    return since is not None and modified is not None and modified <= since
