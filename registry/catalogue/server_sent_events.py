"""News of releases as a stream that stays open (Server-Sent Events, HTML Standard, section 9.2).

    event: release                  a release became the current one
    id: 1f3c…                       its version, with which a client resumes (Last-Event-ID)
    data: {"version": …, "at": …, "event": "publish", "previous": …}

    event: log                      `/log` has something else that is new, such as a name
    data: {"version": …, "at": …, "event": "keep", "name": …}

A client that names no event, or one that is not in the log, is told of the current release alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from registry.releases import log
from registry.releases.log import Event

RETRY: Final = b"retry: 3000\n\n"
"""How soon a client connects again whose connection broke, in milliseconds."""

COMMENT: Final = b":\n\n"
"""What is sent now and then, so that neither side takes the other for dead."""


def write(event: Event) -> bytes:
    """Write an event of the log.

    >>> print(write(Event("keep", "1f", name="autumn", at="2026-11-30T12:00:00Z")).decode(), end="")
    event: log
    data: {"version": "1f", "at": "2026-11-30T12:00:00Z", "event": "keep", "name": "autumn"}
    <BLANKLINE>
    """
    body = {"version": event.version, "at": event.at, "event": event.event}
    body |= {"name": event.name} if event.name else {}
    is_switch = event.event in log.SWITCHES
    if is_switch:
        body |= {"previous": event.previous} if event.previous else {}
    head = f"event: release\nid: {event.version}" if is_switch else "event: log"
    return f"{head}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def missed(events: Sequence[Event], last: str) -> list[Event]:
    """Return the events that a client has not seen; `last` is the version it was told of last."""
    switches = [at for at, event in enumerate(events) if event.event in log.SWITCHES]
    seen = [at for at in switches if events[at].version == last]
    if seen:
        return list(events[seen[-1] + 1 :])
    return [events[at] for at in switches[-1:]]
