"""Redaction: what must go for legal reasons leaves the current release, and every file of ours.

    find      lines that have a text, or speak of a thing, in the graphs of every kept release
    publish   the current release without them, if it has any, by a transaction
    forget    releases that have them, the feed, what was kept for a while (`forgetting`)
    scrub     ledger, log, lists of imports and refreshes, proposals
    look      into every file: what is left is named, and the command fails

All of it runs under the lock. After a kill the same command finishes it. A text stands nowhere
afterwards, so that nothing keeps a file from bringing it back: whoever publishes has to know.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from registry import files, terms
from registry.damage import reading
from registry.graphs.graph import WRITABLE, Graph, from_lines
from registry.identity import ledger
from registry.identity.ledger import is_of_stub
from registry.problems import Problem
from registry.publishing import curation, forgetting
from registry.publishing.plan import Change, read_ledger
from registry.publishing.transaction import begin
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.feed import Feed

SHORTEST: Final = 4
"""Characters that a text has at least: a shorter one stands in too much else."""

_PLAIN: Final = re.compile(r'[^\x00-\x1f\x7f"\\<>]+')
"""A text that every format writes as it is."""

_SCRUBBED: Final = ("imports", "refresh")
"""Folders of which those folders are removed that have it."""


@dataclass(frozen=True)
class Wanted:
    """What is to be redacted: things by IRI, and texts wherever they stand."""

    things: Sequence[str] = ()
    texts: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse texts that cannot be found in every file, or stand in too much else."""
        for text in self.texts:
            if len(text) < SHORTEST or not _PLAIN.fullmatch(text):
                what = (
                    f'a text has {SHORTEST} characters at least, none of them " \\ < > or a break'
                )
                raise Problem("bad-parameter", f"{text!r} cannot be redacted: {what}")

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """The texts as files may write them."""
        written = (f(text) for text in self.texts for f in (str, quote, _in_json))
        return tuple(dict.fromkeys(one.encode() for one in written))

    @cached_property
    def _named(self) -> tuple[bytes, ...]:
        return tuple(f"<{iri}>".encode() for iri in self.things)

    def has_text(self, content: bytes) -> bool:
        """Whether content has one of the texts."""
        return any(needle in content for needle in self.needles)

    def is_in(self, line: bytes) -> bool:
        """Whether a statement has one of the texts, or speaks of one of the things."""
        spoken_of = any(name in line for name in self._named) and not is_of_stub(line)
        return spoken_of or self.has_text(line)

    def is_in_graph(self, ntriples: bytes) -> bool:
        """Whether any statement of a graph is meant; most graphs are told at a glance."""
        if self.has_text(ntriples):
            return True
        return any(name in ntriples for name in self._named) and any(
            map(self.is_in, ntriples.splitlines())
        )


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


@dataclass(frozen=True)
class Found:
    """What a redaction changes: the next release, and the kept releases that it drops and keeps."""

    change: Change
    dropped: Sequence[str]
    kept: Sequence[str]
    names: Sequence[str]


@dataclass(frozen=True)
class Redacted:
    """What came of a redaction: the release that is current, and the releases dropped."""

    version: str
    dropped: Sequence[str]
    names: Sequence[str]


def find(workspace: Workspace, settings: Settings, wanted: Wanted) -> Found:
    """Find what a redaction changes; nothing is changed yet.

    Raises
    ------
    Problem
        `not-found` where nothing of it is known here, in any release; `conflict` where the software
        itself says it.

    """
    released = workspace.released()[1]
    writable = {iri: graph for iri, graph in released.items() if graph.role in WRITABLE}
    for iri, graph in released.items():
        if iri not in writable and wanted.has_text(graph.ntriples):
            raise Problem("conflict", f"it stands in <{iri}>, which this software brings")
    graphs = {iri: _without(graph, wanted) for iri, graph in writable.items()}
    changed = {iri: graph for iri, graph in graphs.items() if graph != writable[iri]}
    known = read_ledger(workspace, settings)
    entries = {entry.iri for entry in known.entries}
    standing = [
        iri
        for iri in wanted.things
        if not known.is_withdrawn(iri)
        and not wanted.has_text(iri.encode())
        and (iri in entries or any(f"<{iri}> ".encode() in g.ntriples for g in writable.values()))
    ]
    taken = curation.withdraw(workspace, settings, standing) if standing else Change([])
    minted = [replace(entry, label="") for entry in taken.minted]
    dropped = _releases_with(workspace, wanted)
    kept = [version for version in workspace.versions() if version not in dropped]
    names = sorted(name for name, version in workspace.names().items() if version in dropped)
    if not (dropped or standing or any(_places(workspace, wanted))):
        raise Problem("not-found", "nothing here has it: no release, no list, no proposal")
    return Found(replace(taken, minted=minted, graphs=changed), dropped, kept, names)


def _releases_with(workspace: Workspace, wanted: Wanted) -> list[str]:
    """List the releases that have what is meant; graphs that several have are read once."""
    manifests = [workspace.manifest(version) for version in workspace.versions()]
    entries = {entry.sha256: entry for one in manifests for entry in one.all_graphs()}
    has = {
        sha256
        for sha256, entry in entries.items()
        if wanted.is_in_graph(workspace.graph(entry).content)
    }
    return [m.version for m in manifests if has & {entry.sha256 for entry in m.all_graphs()}]


def _without(graph: Graph, wanted: Wanted) -> Graph:
    """Leave out the statements of a graph that have a text."""
    if not wanted.has_text(graph.ntriples):
        return graph
    return Graph(graph.iri, from_lines(one for one in graph.lines if not wanted.has_text(one)))


def redact(
    workspace: Workspace, settings: Settings, wanted: Wanted, by: str, reason: str
) -> Redacted:
    """Remove what is meant from the current release and from every file of the workspace.

    Raises
    ------
    Problem
        All that a publish may raise, nothing is changed then; `conflict`, with the places, where
        something is left at the end.

    """
    if wanted.has_text(f"{by} {reason}".encode()):
        raise Problem(
            "bad-parameter", "the reason and the author are published: leave it out there"
        )
    with begin(workspace, settings) as transaction:
        found = find(workspace, settings, wanted)
        version = transaction.publish(replace(found.change, by=by, reason=reason)).version
        event = _event(workspace, wanted, found, log.Event("redact", version, by=by, reason=reason))
        log.append(workspace.log_path, event)
        forgetting.forget(workspace, settings, [event])
        _scrub(workspace, wanted)
        if left := [*_releases_with(workspace, wanted), *map(str, _places(workspace, wanted))]:
            raise Problem("conflict", f"it is still in {', '.join(left)}; redact it once more")
    return Redacted(version, found.dropped, found.names)


def _event(workspace: Workspace, wanted: Wanted, found: Found, event: log.Event) -> log.Event:
    """Describe for the log what is forgotten; things are named by hashes."""
    feed = Feed(workspace)
    feed.follow()  # Mirrors may have one, so that it has to be known what theirs forgets.
    taken = {entry.iri for entry in found.change.minted}
    said = sorted(taken | feed.said(wanted.is_in))
    gone = [iri for iri in said if wanted.has_text(iri.encode())]
    salt = event.version
    things = {
        forgetting.DROPPED: [*found.dropped, *found.names],
        forgetting.KEPT: sorted({*found.kept, event.version}),
        forgetting.SAID: sorted(forgetting.hashed(iri, salt) for iri in said if iri not in gone),
        forgetting.GONE: sorted(forgetting.hashed(iri, salt) for iri in gone),
    }
    # Times of the log do not go back, and what was there before has an earlier one.
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    at = max(now, *(one.at for one in log.read(workspace.log_path)))
    return replace(event, things=things, at=at)


def _scrub(workspace: Workspace, wanted: Wanted) -> None:
    """Remove what is meant from what belongs to no release."""
    _rewrite(workspace.ledger, lambda lines: _ledger_without(lines, wanted))
    _rewrite(workspace.log_path, lambda lines: _log_without(lines, wanted))
    for name in _SCRUBBED:
        for folder in (workspace.home / name).glob("*"):
            if any(_has_it(path, wanted) for path in _files(folder)):
                shutil.rmtree(folder)
    for path in workspace.home.glob("contributions/*.sqlite"):
        _delete_rows(path, wanted)


def _rewrite(path: Path, without: Callable[[list[bytes]], Iterable[bytes]]) -> None:
    """Write the lines of a file anew, where anything is left out."""
    if path.exists():
        lines = path.read_bytes().splitlines()
        left = list(without(lines))
        if left != lines:
            files.write(path, b"".join(line + b"\n" for line in left))


def _ledger_without(lines: list[bytes], wanted: Wanted) -> Iterator[bytes]:
    """Leave out the references that have a text, and what things are called."""
    label = ledger.COLUMNS.index("label")
    for line in lines:
        cells = line.split(b"\t")
        if wanted.has_text(cells[0]):
            continue
        is_meant = terms.thing(cells[1].decode(), cells[0].decode()) in wanted.things
        if is_meant or wanted.has_text(line):
            cells[label] = b""
        yield b"\t".join(cells)


def _log_without(lines: list[bytes], wanted: Wanted) -> Iterator[bytes]:
    """Leave out the texts that have it."""
    for line in lines:
        if not wanted.has_text(line):
            yield line
            continue
        event = log.from_json(json.loads(line))
        if event is not None:
            yield json.dumps(_told(log.as_json(event), wanted), ensure_ascii=False).encode()


def _told(value: Any, wanted: Wanted) -> Any:
    """Return a value of JSON without the texts that have it."""
    if isinstance(value, Mapping):
        told = {key: _told(one, wanted) for key, one in value.items()}
        return {key: one for key, one in told.items() if one is not None or value[key] is None}
    if isinstance(value, list):
        return [one for one in value if _told(one, wanted) is not None]
    return None if isinstance(value, str) and wanted.has_text(value.encode()) else value


def _delete_rows(path: Path, wanted: Wanted) -> None:
    """Remove the rows of a database that have a text, and their bytes from its file."""
    with closing(sqlite3.connect(path, timeout=_WAIT)) as state:
        state.execute("PRAGMA secure_delete = ON")
        names = state.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        with state:
            for (table,) in names:
                columns = [row[1] for row in state.execute(f'PRAGMA table_info("{table}")')]
                has = " OR ".join(f'instr("{column}", :text)' for column in columns)
                for needle in wanted.needles:
                    row = {"text": needle.decode()}
                    state.execute(f'DELETE FROM "{table}" WHERE {has}', row)  # noqa: S608
        state.execute("VACUUM")


def _places(workspace: Workspace, wanted: Wanted) -> Iterator[Path]:
    """Yield the files of the workspace that have it, what is compressed in them too."""
    for path in _files(workspace.home):
        if _has_it(path, wanted):
            yield path.relative_to(workspace.home)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _has_it(path: Path, wanted: Wanted) -> bool:
    """Whether a file has a text, unpacked; it is read in blocks, each with the end of the last."""
    longest = max(map(len, wanted.needles), default=0)
    if not longest:
        return False
    if not path.exists():  # Another process has removed it.
        return False
    with reading(path, "remove it, and redact once more"), files.opened(path) as file:
        end = b""
        while block := file.read(_BLOCK):
            if wanted.has_text(end + block):
                return True
            end = block[-longest:]
    return False


_BLOCK: Final = 1 << 22
_WAIT: Final = 30.0
"""Seconds to wait for another process that writes a database."""
