"""The log: when things happened, one JSON object a line, only ever appended to.

Times stand here and nowhere in a release, so that equal releases have equal bytes. Feed, history
and Last-Modified read it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from registry import files
from registry.releases.manifest import Manifest

SWITCHES: Final = frozenset({"publish", "rollback"})
"""Events that change what readers see."""

PUBLIC: Final = SWITCHES | {"keep", "redact"}
"""Events that mirrors follow."""

BY_HASH: Final = "by-hash"
"""Stands in a log whose origin has the files of graphs by their hashes (`publishing.deposit`)."""


@dataclass(frozen=True)
class Event:
    """Something that happened to the workspace; `at` is a UTC time to the second.

    `by` is who caused it, and `reason` why, where that was told. `things` names what people decided
    on things by what became of them (`merged` with what each was merged into, `withdrawn`, `split`,
    `redacted`). Before it is written, `at` is empty, but for what happened at another time at the
    origin of a mirror.
    """

    event: str
    version: str
    previous: str | None = None
    name: str | None = None
    graphs: dict[str, list[str]] = field(default_factory=dict)
    at: str = ""
    by: str | None = None
    reason: str | None = None
    things: dict[str, list[str]] = field(default_factory=dict)


def append(path: Path, *events: Event) -> None:
    """Write events, each with its time or else the present one, and bring them to disk.

    Where the clock was set back, the present one is that of the latest event, and a second later
    for a switch that follows another: each has a Last-Modified of its own, and none goes back, so
    that no reader keeps an earlier release for the present one. An event of an origin keeps its
    time, by which a mirror knows it again, though something happened here since then; a switch has
    that of the last one here where it was before that.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    earlier = read(path)
    latest = max((event.at for event in earlier), default="")
    switched = max((event.at for event in earlier if event.event in SWITCHES), default="")
    lines = []
    for event in events:
        is_switch = event.event in SWITCHES
        at = event.at or max(latest, now)
        if is_switch and not event.at and at == switched:
            at = _next_second(at)
        if is_switch:
            at = switched = max(switched, at)
        latest = max(latest, at)
        lines.append(json.dumps(as_json(replace(event, at=at)), ensure_ascii=False))
    with path.open("a+b") as file:
        if file.tell() and not path.read_bytes().endswith(b"\n"):
            file.write(b"\n")
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())


def replace_told(path: Path, events: Iterable[Event]) -> None:
    """Have the log say of events, known by version and time, what is said of them now."""
    told = {(one.event, one.version, one.at): one for one in events}
    now = [told.get((one.event, one.version, one.at), one) for one in read(path)]
    lines = [json.dumps(as_json(event), ensure_ascii=False) for event in now]
    files.write(path, "".join(f"{line}\n" for line in lines).encode())


def _next_second(at: str) -> str:
    """Return the time a second later; what is no time stays as it is.

    >>> _next_second("2026-12-31T23:59:59Z")
    '2027-01-01T00:00:00Z'
    """
    try:
        later = datetime.fromisoformat(at) + timedelta(seconds=1)
    except ValueError:
        return at
    return later.isoformat().replace("+00:00", "Z")


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as a line of the log has it."""
    body: dict[str, Any] = {"at": event.at, "event": event.event, "version": event.version}
    for key, value in (("name", event.name), ("by", event.by), ("reason", event.reason)):
        if value is not None:
            body[key] = value
    body |= {"previous": event.previous, "graphs": event.graphs}
    return body | ({"things": event.things} if event.things else {})


def read(path: Path) -> list[Event]:
    """Read all events, oldest first; damaged lines, as after a power cut, are skipped."""
    return list(_events(path)) if path.exists() else []


def damaged(path: Path) -> int:
    """Count the lines that are skipped."""
    return len(path.read_bytes().splitlines()) - len(read(path)) if path.exists() else 0


def switches(path: Path) -> list[Event]:
    """Read the events that changed what readers see, oldest first."""
    return [event for event in read(path) if event.event in SWITCHES]


def public(path: Path) -> list[Event]:
    """Read the events that mirrors follow, oldest first."""
    return [event for event in read(path) if event.event in PUBLIC]


def identified(events: Iterable[Event]) -> list[tuple[str, str, str]]:
    """Return what identifies the events that changed what readers see."""
    return [(one.event, one.version, one.at) for one in events if one.event in SWITCHES]


def last_about(path: Path, what: str, things: Container[str]) -> Event | None:
    """Return the newest event that did something to any of these things, by what that is."""
    about = [one for one in of_things(path) if any(i in things for i in one.things.get(what, ()))]
    return about[-1] if about else None


def of_things(path: Path) -> list[Event]:
    """Read the events in which people decided on things; a log without any is told at a glance."""
    if not path.exists() or b'"things": {"' not in path.read_bytes():
        return []
    return [event for event in read(path) if event.things]


def _events(path: Path) -> Iterator[Event]:
    for line in path.read_bytes().splitlines():
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(body, dict) and (event := from_json(body)):
            yield event


def from_json(body: dict[str, Any]) -> Event | None:
    """Read an event, whatever else a later version of this software wrote beside it."""
    members = {one.name: body[one.name] for one in fields(Event) if one.name in body}
    texts = [members.get(name) for name in ("event", "version", "at")]
    perhaps = [members.get(name) for name in ("previous", "name", "by", "reason")]
    fits = (
        all(isinstance(text, str) for text in texts)
        and all(text is None or isinstance(text, str) for text in perhaps)
        and all(_is_lists(members.get(name, {})) for name in ("graphs", "things"))
    )
    return Event(**members) if fits else None


def _is_lists(listed: Any) -> bool:
    """Whether a member has lists of texts, each by a name."""
    return isinstance(listed, dict) and all(
        isinstance(some, list) and all(isinstance(one, str) for one in some)
        for some in listed.values()
    )


def changes(before: Manifest | None, after: Manifest) -> dict[str, list[str]]:
    """Name the graphs that were added, changed and removed."""
    old = {entry.graph: entry.sha256 for entry in before.all_graphs()} if before else {}
    new = {entry.graph: entry.sha256 for entry in after.all_graphs()}
    return {
        "added": sorted(new.keys() - old.keys()),
        "changed": sorted(iri for iri in new.keys() & old.keys() if new[iri] != old[iri]),
        "removed": sorted(old.keys() - new.keys()),
    }
