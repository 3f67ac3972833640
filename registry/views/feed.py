"""The feed: each change of each node of the merged default graph, in the order of time.

feed/state.sqlite     the nodes as they are now, all events, members and pages
feed/pages/{n}.nt.gz  what the members of a page say, one after another

A member is a node as a release made it: all triples of which it is the subject, none where it was
deleted. As there are no blank nodes, the last members of all nodes together are the default graph.
Two publishes, the second of which changes A and removes B, and the feed of them:

    log      publish v1                     publish v2
               │ all nodes of v1              │ subjects whose lines differ between v1 and v2
    member   1 A created, 2 lines           3 A updated, 3 lines
             2 B created, 1 line            4 B deleted, 0 lines
               └───────┬──────────────────────┘
    pages/1.nt.gz      lines of 1, 2 | lines of 3      a gzip member for each event, only appended
    state.sqlite       event, member, page; node: A and the digest of its lines, for the next event

A page is closed once it has `MOST` members: the next members begin page 2, and page 1 never changes
again, so that clients and caches keep it. A killed process leaves bytes behind the length that
`page.bytes` has; the next one overwrites them.

Nothing is ever removed but by a redaction (`forget`), so the feed outlives its releases. Whoever
comes first brings it up to the log: a server that starts, a reader, or a publisher that is about to
prune a release which the feed does not describe yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from registry import files, locks
from registry.damage import BY_FORMAT
from registry.problems import Problem, unwritable
from registry.releases import difference, log
from registry.releases.difference import What, iri_of
from registry.releases.log import Event
from registry.releases.workspace import Workspace

MOST: Final = 500
"""Members of a page; one that has so many is closed."""

READ: Final = 200
"""Pages that are read for the history of a node; each takes some milliseconds."""

_LOCK_SECONDS: Final = 30.0
"""Seconds to wait for another process that writes the state."""

_UNWRITABLE: Final = 3
"""Exit code of a process that cannot write the feed; stderr says why."""

_TABLES: Final = """
CREATE TABLE event (number INTEGER PRIMARY KEY, version TEXT, at TEXT);
CREATE TABLE node (iri TEXT PRIMARY KEY, digest BLOB) WITHOUT ROWID;
CREATE TABLE member (number INTEGER PRIMARY KEY, event INTEGER, page INTEGER,
  iri TEXT, what INTEGER, lines INTEGER);
CREATE TABLE page (number INTEGER PRIMARY KEY, bytes INTEGER, members INTEGER);
CREATE INDEX by_page ON member (page);
CREATE INDEX by_event ON member (event, what);
CREATE INDEX by_iri ON member (iri, number);
"""


@dataclass(frozen=True)
class Member:
    """A node as an event made it: its IRI and sorted lines of N-Triples; none = it was deleted.

    `number` counts all members from 1 on; `event` tells which release became current, and when, by
    whom and why.
    """

    number: int
    iri: str
    what: What
    event: Event
    lines: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class FeedPage:
    """A page of the feed, in the order of time; `following` is the time of the next page's first.

    It is empty where there is no next page yet; until then members may come to it.
    """

    number: int
    members: tuple[Member, ...]
    following: str

    @property
    def is_closed(self) -> bool:
        """Whether it never changes any more."""
        return bool(self.following)


@dataclass(frozen=True)
class FeedEvent:
    """An event with the number of nodes that it created, updated and deleted."""

    event: Event
    counts: Mapping[What, int]


class Feed:
    """Reads the feed of a workspace, and brings it up to the log."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.folder = workspace.home / "feed"

    @property
    def _state(self) -> Path:
        return self.folder / "state.sqlite"

    @property
    def _pages(self) -> Path:
        return self.folder / "pages"

    def _page_path(self, number: int) -> Path:
        return self._pages / f"{number}.nt.gz"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keep other writers out; what a killed one left of a page may say what is forgotten."""
        with locks.held(self.folder / "lock"):
            files.remove_unfinished(self._pages)
            yield

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Open the state as it is; an empty one where there is none."""
        if self._state.exists():
            with closing(_opened(self._state)) as connection:
                yield connection
        else:
            with closing(sqlite3.connect(":memory:")) as connection:
                connection.executescript(_TABLES)
                yield connection

    @property
    def is_begun(self) -> bool:
        """Whether the feed exists; it is made when somebody reads it first."""
        return self._state.exists()

    def missing(self) -> list[Event]:
        """List the events of the log that the feed lacks."""
        with self._reading() as state:
            (count,) = state.execute("SELECT count(*) FROM event").fetchone()
        return log.switches(self._workspace.log_path)[count:]

    def first_at(self) -> str:
        """Return the UTC time of the first member; empty where there is none yet."""
        with self._reading() as state:
            row = state.execute(f"{_MEMBERS} ORDER BY member.number LIMIT 1").fetchone()
        return str(row[4]) if row else ""

    def page(self, number: int) -> FeedPage | None:
        """Read a page; None where there is none of that number."""
        with self._reading() as state:
            found = state.execute("SELECT bytes FROM page WHERE number = ?", (number,)).fetchone()
            if found is None:
                return None
            following = state.execute(
                f"{_MEMBERS} WHERE page = ? ORDER BY member.number LIMIT 1", (number + 1,)
            ).fetchone()
            members = self._members(state, number, found[0], self._told())
            described = tuple(one for one in members if one.iri)
        return FeedPage(number, described, following[4] if following else "")

    def _members(
        self,
        state: sqlite3.Connection,
        page: int,
        size: int,
        told: Mapping[tuple[str, str], Event],
    ) -> Iterator[Member]:
        """Read the members of a page, which has so many bytes."""
        rows = state.execute(f"{_MEMBERS} WHERE page = ? ORDER BY member.number", (page,))
        lines, at = files.decompress(self._content(state, page, size)).splitlines(), 0
        for number, iri, what, version, moment, count in rows:
            event = _event(told, version, moment)
            yield Member(number, iri, What(what), event, tuple(lines[at : at + count]))
            at += count

    def damages(self) -> Iterator[tuple[Path, str]]:
        """Yield the pages that are not what the state says of them, and what is wrong with each.

        What is wrong with the state is raised, as by all who read it.
        """
        with self._reading() as state:
            for number, size, count in state.execute(_LINES).fetchall():
                path = self._page_path(number)
                try:
                    found = files.decompress(self._content(state, number, size)).count(b"\n")
                except FileNotFoundError:
                    yield path, "it is missing"
                except BY_FORMAT as error:
                    yield path, f"it cannot be unpacked: {error}"
                else:
                    if found != count:
                        yield path, f"it has {found} statements, and should have {count}"

    def _content(self, state: sqlite3.Connection, page: int, size: int) -> bytes:
        """Return the bytes of a page, which may wait to be written."""
        if _has_rewritten(state):
            query = "SELECT content FROM rewritten WHERE page = ?"
            if row := state.execute(query, (page,)).fetchone():
                return bytes(row[0])
        return self._page_path(page).read_bytes()[:size]

    def _told(self) -> dict[tuple[str, str], Event]:
        """Return the switches of the log by what the feed knows of them."""
        events = log.switches(self._workspace.log_path)
        return {(event.version, event.at): event for event in events}

    def history(self, iris: Iterable[str]) -> list[Member]:
        """Return the members of some nodes, the newest first, with what each said.

        They are those of the newest pages that have any, up to `READ` of them.
        """
        wanted, told = set(iris), self._told()
        with self._reading() as state:
            found = [
                member
                for number, size in state.execute(
                    "SELECT number, bytes FROM page WHERE number IN (SELECT page FROM member "
                    "WHERE iri IN (SELECT value FROM json_each(?))) ORDER BY number DESC LIMIT ?",
                    (json.dumps(sorted(wanted)), READ),
                ).fetchall()
                for member in self._members(state, number, size, told)
                if member.iri in wanted
            ]
        return sorted(found, key=lambda member: -member.number)

    def told_of(self, beginning: str, part: str = "") -> list[Member]:
        """Return all members of nodes whose IRI begins so, and has a part, without what they say.

        The newest come first.
        """
        told = self._told()
        with self._reading() as state:
            rows = state.execute(
                f"{_MEMBERS} WHERE iri >= ? AND iri < ? AND instr(iri, ?) "
                "ORDER BY member.number DESC",
                (beginning, f"{beginning}\x7f", part),
            ).fetchall()
        return [
            Member(number, iri, What(what), _event(told, version, moment))
            for number, iri, what, version, moment, _ in rows
        ]

    def events(self, most: int) -> list[FeedEvent]:
        """List the newest events, the newest first, with what each did."""
        with self._reading() as state:
            counts: dict[int, dict[What, int]] = {}
            for number, what, count in state.execute(_COUNTS):
                by_what = counts.setdefault(number, {})
                if what is not None:
                    by_what[What(what)] = count
        switches = log.switches(self._workspace.log_path)[: len(counts)]
        events = [FeedEvent(event, counts[n]) for n, event in enumerate(switches, 1)]
        return events[::-1][:most]

    def changed(self) -> dict[str, str]:
        """Return the time of the last change of each node that there is."""
        query = (
            "SELECT node.iri, event.at FROM node JOIN member ON member.number = "
            "(SELECT max(number) FROM member WHERE member.iri = node.iri) "
            "JOIN event ON event.number = member.event"
        )
        with self._reading() as state:
            return dict(state.execute(query).fetchall())

    @property
    def command(self) -> list[str]:
        """The command that adds all missing events, in a process of its own."""
        return [sys.executable, "-m", __name__, str(self._workspace.home)]

    def catch_up(self) -> None:
        """Have another process add all missing events, and wait for it.

        Raises
        ------
        Problem
            `unwritable` when the feed cannot be written.

        """
        if not self.missing():
            return
        done = subprocess.run(  # noqa: S603
            self.command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
        )
        if done.returncode == _UNWRITABLE:
            raise Problem("unwritable", done.stderr.strip())
        if done.returncode:
            raise RuntimeError(f"the feed could not be brought up to the log: {done.stderr}")

    def follow(self) -> None:
        """Add all events of the log that are missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._writing():
            if not self._state.exists():
                # It appears with all its tables. With a log ahead it can be read while it is
                # written (https://www.sqlite.org/wal.html).
                beside = self._state.with_suffix(".unfinished")
                beside.unlink(missing_ok=True)
                with closing(sqlite3.connect(beside)) as state:
                    state.executescript(f"PRAGMA journal_mode = WAL; {_TABLES}")
                beside.replace(self._state)
            for event in self.missing():
                self._append(event)

    def said(self, is_meant: Callable[[bytes], bool]) -> set[str]:
        """Return the nodes of which any member says, or ever said, something that is meant."""
        told = self._told()
        with self._reading() as state:
            return {
                member.iri
                for number, size in state.execute("SELECT number, bytes FROM page").fetchall()
                for member in self._members(state, number, size, told)
                if any(map(is_meant, member.lines))
            }

    def forget(self, said: Callable[[str], bool], there: Callable[[str], bool]) -> None:
        """Forget what was `said` of some nodes before they became what they are now.

        That they changed is still told. Of others it is forgotten that they were `there`. Nothing
        of it is left in the files.
        """
        if not self.is_begun:
            return
        with (
            self._writing(),
            closing(sqlite3.connect(self._state, timeout=_LOCK_SECONDS)) as state,
        ):
            # https://www.sqlite.org/pragma.html#pragma_secure_delete
            state.execute("PRAGMA secure_delete = ON")
            self._write_rewritten(state)
            last = dict(state.execute("SELECT iri, max(number) FROM member GROUP BY iri"))
            gone = {iri for iri in last if there(iri)}
            emptied = {iri for iri in last if iri not in gone and said(iri)}
            with state:
                for page, members in self._pages_with(state, gone | emptied):
                    left = [_forgotten(one, last, gone, emptied) for one in members]
                    _rewrite(state, page, left)
                state.executemany("DELETE FROM node WHERE iri = ?", [(iri,) for iri in gone])
            self._write_rewritten(state)
            state.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            state.execute("VACUUM")
            state.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _pages_with(
        self, state: sqlite3.Connection, iris: set[str]
    ) -> Iterator[tuple[int, list[Member]]]:
        """Yield the pages that have members of some nodes, with all their members."""
        told = self._told()
        pages = state.execute("SELECT number, bytes FROM page ORDER BY number").fetchall()
        for number, size in pages:
            members = list(self._members(state, number, size, told))
            if any(member.iri in iris for member in members):
                yield number, members

    def _write_rewritten(self, state: sqlite3.Connection) -> None:
        """Write the pages that were rewritten, which are in the state until they are files."""
        if not _has_rewritten(state):
            return
        for page, content in state.execute("SELECT page, content FROM rewritten").fetchall():
            files.write(self._page_path(page), content)
        with state:
            state.execute("DROP TABLE rewritten")

    def _append(self, event: Event) -> None:
        """Add what an event did; after a kill the feed has all of it or nothing."""
        with closing(sqlite3.connect(self._state, timeout=_LOCK_SECONDS)) as state:
            last = state.execute("SELECT number, version FROM event ORDER BY number DESC LIMIT 1")
            number, before = last.fetchone() or (0, "")
            self._write_rewritten(state)
            with state:
                row = (number + 1, event.version, event.at)
                state.execute("INSERT INTO event VALUES (?, ?, ?)", row)
                self._add(state, number + 1, self._changes(state, before, event.version))

    def _changes(self, state: sqlite3.Connection, before: str, after: str) -> Iterator[_Change]:
        """Yield the nodes that an event changed, and bring their digests in the state up to it.

        Only nodes that may have changed since the event before are compared. A release that is no
        longer kept changes nothing; its changes appear as those of the next one that is.
        """
        kept, subjects = self._workspace.versions(), None
        if after not in kept:
            return
        if before in kept:
            manifests = self._workspace.manifest(before), self._workspace.manifest(after)
            subjects = difference.touched(self._workspace, *manifests)
        seen: set[str] = set()
        for subject, lines in difference.nodes(self._workspace, after, subjects):
            iri = iri_of(subject)
            digest = hashlib.sha256(b"\n".join(lines)).digest()[:16]
            seen.add(iri)
            earlier = _digest_before(state, iri)
            if earlier != digest:
                state.execute("INSERT OR REPLACE INTO node VALUES (?, ?)", (iri, digest))
                yield _Change(iri, What.UPDATED if earlier else What.CREATED, lines)
        for iri in _gone(state, seen, subjects):
            state.execute("DELETE FROM node WHERE iri = ?", (iri,))
            yield _Change(iri, What.DELETED, ())

    def _add(self, state: sqlite3.Connection, event: int, changes: Iterable[_Change]) -> None:
        """Add members to the last page and to new ones."""
        query = "SELECT number, members FROM page ORDER BY number DESC LIMIT 1"
        number, members = state.execute(query).fetchone() or (1, 0)
        if members >= MOST:
            number, members = number + 1, 0
        open_: list[_Change] = []
        for change in changes:
            open_.append(change)
            if members + len(open_) == MOST:
                self._write(state, event, number, open_)
                number, members, open_ = number + 1, 0, []
        if open_:
            self._write(state, event, number, open_)

    def _write(
        self, state: sqlite3.Connection, event: int, page: int, changes: Sequence[_Change]
    ) -> None:
        """Append members to a page, in its file and in the state."""
        path = self._page_path(page)
        row = state.execute("SELECT bytes, members FROM page WHERE number = ?", (page,)).fetchone()
        size, members = row or (0, 0)
        earlier = path.read_bytes()[:size] if size else b""
        text = b"".join(line + b"\n" for change in changes for line in change.lines)
        content = earlier + files.compress(text)
        files.write(path, content)
        state.execute(
            "INSERT OR REPLACE INTO page VALUES (?, ?, ?)",
            (page, len(content), members + len(changes)),
        )
        state.executemany(
            "INSERT INTO member VALUES (NULL, ?, ?, ?, ?, ?)",
            [(event, page, c.iri, c.what, len(c.lines)) for c in changes],
        )


def _has_rewritten(state: sqlite3.Connection) -> bool:
    """Whether pages wait to be written, as while a redaction is under way, or was killed."""
    found = state.execute("SELECT 1 FROM sqlite_schema WHERE name = 'rewritten'")
    return found.fetchone() is not None


def _rewrite(state: sqlite3.Connection, page: int, members: Sequence[Member]) -> None:
    """Note what a page is to be; one of its members that is forgotten has no IRI any more."""
    content = files.compress(b"".join(line + b"\n" for one in members for line in one.lines))
    state.execute("CREATE TABLE IF NOT EXISTS rewritten (page INTEGER PRIMARY KEY, content BLOB)")
    state.execute("INSERT INTO rewritten VALUES (?, ?)", (page, content))
    state.execute("UPDATE page SET bytes = ? WHERE number = ?", (len(content), page))
    rows = [(one.iri, len(one.lines), one.number) for one in members]
    state.executemany("UPDATE member SET iri = ?, lines = ? WHERE number = ?", rows)


def _forgotten(
    member: Member, last: Mapping[str, int], gone: Container[str], emptied: Container[str]
) -> Member:
    """Return what is left of a member: of the last one of a node that is emptied, all."""
    if member.iri in gone:
        return replace(member, iri="", lines=())
    if member.iri in emptied and member.number != last[member.iri]:
        return replace(member, lines=())
    return member


def _event(told: Mapping[tuple[str, str], Event], version: str, moment: str) -> Event:
    """Return the event of the log, or what the feed knows of one that the log has lost."""
    return told.get((version, moment)) or Event("publish", version, at=moment)


def _opened(state: Path) -> sqlite3.Connection:
    """Open the state for reading, also where nothing can be written beside it.

    A database with a log ahead needs a file beside it even for reading, but for one that nobody
    writes (https://www.sqlite.org/wal.html#read_only_databases).
    """
    connection = sqlite3.connect(state, timeout=_LOCK_SECONDS)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            raise
        return sqlite3.connect(f"{state.resolve().as_uri()}?immutable=1", uri=True)
    return connection


_COUNTS: Final = (
    "SELECT event.number, what, count(*) FROM event LEFT JOIN member "
    "ON member.event = event.number GROUP BY event.number, what ORDER BY event.number"
)
_LINES: Final = (
    "SELECT page.number, bytes, coalesce(sum(lines), 0) FROM page LEFT JOIN member "
    "ON member.page = page.number GROUP BY page.number ORDER BY page.number"
)
_MEMBERS: Final = (
    "SELECT member.number, iri, what, event.version, event.at, lines FROM member "
    "JOIN event ON event.number = member.event"
)


@dataclass(frozen=True)
class _Change:
    iri: str
    what: What
    lines: Sequence[bytes]


def _digest_before(state: sqlite3.Connection, iri: str) -> bytes | None:
    """Return the digest of a node as it was; None where it was not there."""
    row = state.execute("SELECT digest FROM node WHERE iri = ?", (iri,)).fetchone()
    return row[0] if row else None


def _gone(state: sqlite3.Connection, seen: set[str], subjects: set[bytes] | None) -> list[str]:
    """List the nodes that existed before, and that the release does not have any more."""
    if subjects is not None:
        return [i for i in sorted(set(map(iri_of, subjects)) - seen) if _digest_before(state, i)]
    return [i for (i,) in state.execute("SELECT iri FROM node ORDER BY iri") if i not in seen]


def main() -> None:
    """Bring the feed of a workspace, given its folder, up to its log."""
    os.nice(10)  # Servers and publishers come first.
    try:
        Feed(Workspace(Path(sys.argv[1]))).follow()
    except (OSError, sqlite3.Error) as error:
        print(unwritable(error), file=sys.stderr)
        sys.exit(_UNWRITABLE)


if __name__ == "__main__":
    main()
