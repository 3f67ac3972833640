"""Redaction: what must go for legal reasons leaves the current release, and every file of ours.

    find      lines that have a text, or speak of a thing, in the graphs of every kept release
    publish   the current release without them, if it has any, by a transaction
    forget    releases that have them, the feed, what was kept for a while (`forgetting`)
    scrub     log, lists of imports and refreshes, proposals; the ledger with the publish
    look      into every file: what is left is named, and the command fails

All of it runs under the lock. After a kill the same command finishes it. A text stands nowhere
afterwards, so that nothing keeps a file from bringing it back: whoever publishes has to know.

References are made of names, so that an address may say what is redacted: `jane-doe` for Jane Doe.
What keeps standing is then given another address:

    organisation/jane-doe-1f2e3d4c      ─▶ organisation/redacted-x1
    passage/jane-doe-2024-5a6b7c8d/p4   ─▶ passage/redacted-x2/p4

The former address answers 410, not 301: to lead on from a name would tell whose record it was.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from registry import files, progress, terms
from registry.damage import reading
from registry.graphs.graph import WRITABLE, Graph, from_lines
from registry.identity import ledger
from registry.identity.ledger import LedgerEntry, is_of_stub
from registry.places.names import fold
from registry.problems import Problem
from registry.publishing import curation, forgetting, pending
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
    """What is to be redacted: things by IRI, and texts wherever they stand.

    `release` is the one for which it was shown what this does; empty = any.
    """

    things: Sequence[str] = ()
    texts: Sequence[str] = ()
    release: str = ""

    def __post_init__(self) -> None:
        """Refuse texts that cannot be found in every file, or stand in too much else."""
        for text in self.texts:
            if len(text) < SHORTEST or not _PLAIN.fullmatch(text):
                raise Problem(
                    "bad-parameter",
                    f"{text!r} cannot be redacted: a text has {SHORTEST} characters at least, "
                    'none of them " \\ < > or a break',
                )

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """The texts as files may write them."""
        written = (f(text) for text in self.texts for f in (str, quote, _in_json))
        return tuple(dict.fromkeys(one.encode() for one in written))

    @cached_property
    def slugs(self) -> tuple[bytes, ...]:
        """The texts as references are made of them, with those that were cut."""
        made = [fold(text).replace(" ", "-") for text in self.texts]
        cut = [one[:most] for one in made for most in _CUT if len(one) > most]
        whole = [one[:most].rpartition("-")[0] for one in made for most in _CUT if len(one) > most]
        slugs = (one.strip("-") for one in (*made, *cut, *whole))
        return tuple(dict.fromkeys(one.encode() for one in slugs if len(one) >= SHORTEST))

    @cached_property
    def longest(self) -> int:
        """Bytes of the longest of them."""
        return max(map(len, (*self.needles, *self.slugs)), default=0)

    @cached_property
    def _bounded(self) -> tuple[tuple[bytes, re.Pattern[bytes]], ...]:
        pattern = rb"(?<![a-z0-9])%b(?![a-z0-9])"
        return tuple((slug, re.compile(pattern % re.escape(slug))) for slug in self.slugs)

    @cached_property
    def _named(self) -> tuple[bytes, ...]:
        return tuple(f"<{iri}>".encode() for iri in self.things)

    def has_text(self, content: bytes, *, more: bool = False) -> bool:
        """Whether content has one of the texts, or a slug of one; `more` may follow its end."""
        return any(needle in content for needle in self.needles) or self.has_slug(
            content, more=more
        )

    def has_slug(self, content: bytes, *, more: bool = False) -> bool:
        """Whether content has a text as references are made of it."""
        ends = (
            found.end()
            for slug, pattern in self._bounded
            if slug in content
            for found in pattern.finditer(content)
        )
        return any(end < len(content) or not more for end in ends)

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

    def refuse_told(self, by: str, reason: str) -> None:
        """Refuse an author or a reason that says it: both are published; `bad-parameter`."""
        if self.has_text(f"{by} {reason}".encode()):
            detail = "the reason and the author are published: leave it out there"
            raise Problem("bad-parameter", detail)


@dataclass(frozen=True)
class _Renaming:
    """What references are called that are made of a text, part by part.

    >>> texts = Wanted(texts=["Jane Doe"])
    >>> made = _Renaming.of(texts, [b"<https://w3id.org/citylinks/id/name/perm-1/jane-doe-2> ..."])
    >>> made.renamed(b"<https://w3id.org/citylinks/id/name/perm-1/jane-doe-2> <a:p> <a:q> .")
    b'<https://w3id.org/citylinks/id/name/perm-1/redacted-x1> <a:p> <a:q> .'
    """

    parts: Mapping[bytes, bytes]

    @classmethod
    def of(cls, wanted: Wanted, contents: Iterable[bytes]) -> _Renaming:
        """Name the parts of references anew that have a text, in content of the registry."""
        parts, taken = set[bytes](), 0
        for content in contents:
            taken = max([taken, *(int(found[1]) for found in _TAKEN.finditer(content))])
            if wanted.has_slug(content):
                for found in (*_OURS.finditer(content), *_NAME.finditer(content)):
                    parts.update(one for one in _PART.findall(found[2]) if wanted.has_slug(one))
        named = enumerate(sorted(parts), start=taken + 1)
        return cls({part: b"redacted-x%d" % number for number, part in named})

    def renamed(self, content: bytes) -> bytes:
        """Return content in which addresses of ours, and names as they are made of, have it not."""
        if not self.parts:
            return content
        return _NAME.sub(self._replaced, _OURS.sub(self._replaced, content))

    def _replaced(self, found: re.Match[bytes]) -> bytes:
        return found[1] + self.ref(found[2]) + found[3]

    def ref(self, ref: bytes) -> bytes:
        """Return a reference without it; that of a link has its sides in order."""
        segments = (segment.split(b"--") for segment in ref.split(b"/"))
        named = ([self.parts.get(side, side) for side in sides] for sides in segments)
        return b"/".join(b"--".join(sorted(one) if len(one) == 2 else one) for one in named)


_OURS: Final = re.compile(
    rb"(<%b(?:id/[a-z-]+|graph)/)([^>\n]*)(>)" % re.escape(terms.BASE.encode())
)
"""The IRI of a thing or graph of ours: its beginning, and the reference."""

_NAME: Final = re.compile(rb'( ")([a-z0-9]+(?:-[a-z0-9]+)*)(" \.)$', re.MULTILINE)
"""A text that is a name as references are made of, such as the family of a document."""

_PART: Final = re.compile(rb"[a-z0-9]+(?:-[a-z0-9]+)*")
"""A part of a reference: what stands between slashes, or is one side of a link."""

_TAKEN: Final = re.compile(rb"\bredacted-x([0-9]+)\b")
_CUT: Final = (48, 60)
"""Characters to which the makers of references cut what is longer."""


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


@dataclass(frozen=True)
class Found:
    """What a redaction changes: the next release, and the kept releases that it drops and keeps.

    `renamed` has the things and graphs that are given another address, `gone` those addresses that
    say what is redacted and lead nowhere from then on.
    """

    change: Change
    dropped: Sequence[str]
    kept: Sequence[str]
    names: Sequence[str]
    renamed: Mapping[str, str] = field(default_factory=dict)
    gone: Sequence[str] = ()
    renaming: _Renaming = field(default_factory=lambda: _Renaming({}))


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
    known = read_ledger(workspace, settings)
    entries = {entry.iri: entry for entry in known.entries}
    standing = [
        iri
        for iri in wanted.things
        if not known.is_withdrawn(iri)
        and (iri in entries or any(f"<{iri}> ".encode() in g.ntriples for g in writable.values()))
    ]
    taken = curation.withdraw(workspace, settings, standing) if standing else Change([])
    worded = {line.iri for line in taken.minted if wanted.has_text(line.iri.encode())}
    left = {iri: _without(graph, worded) for iri, graph in writable.items()}
    left = {iri: graph for iri, graph in left.items() if iri not in taken.remove}
    renaming = _Renaming.of(wanted, (graph.ntriples for graph in left.values()))
    graphs = {
        new: _rewritten(graph, new, wanted, renaming)
        for graph in left.values()
        for new in [_address(renaming, graph.iri)]
    }
    changed = {iri: graph for iri, graph in graphs.items() if graph != writable.get(iri)}
    removed = sorted({*taken.remove, *(writable.keys() - graphs.keys())})
    renamed = _renamed(left.values(), renaming)
    minted = [
        *(replace(e, label="") for e in taken.minted if e.iri not in worded),
        *_minted_anew(entries, renamed, wanted),
    ]
    dropped = _releases_with(workspace, wanted)
    kept = [version for version in workspace.versions() if version not in dropped]
    named = workspace.names().items()
    names = [n for n, v in sorted(named) if v in dropped and not wanted.has_text(n.encode())]
    if not (dropped or standing or any(_places(workspace, wanted, FIELDS))):
        raise Problem("not-found", "nothing here has it: no release, no list, no proposal")
    change = replace(taken, remove=removed, minted=minted, graphs=changed)
    gone = sorted({*worded, *renamed})
    return Found(change, dropped, kept, names, renamed, gone, renaming)


def _address(renaming: _Renaming, iri: str) -> str:
    """Return the address that takes the place of one of a thing or graph."""
    return renaming.renamed(f"<{iri}>".encode())[1:-1].decode()


def _renamed(graphs: Iterable[Graph], renaming: _Renaming) -> dict[str, str]:
    """Return the things and graphs that are given another address, with that."""
    found = {
        match[0]
        for graph in (graphs if renaming.parts else ())
        for match in _OURS.finditer(graph.ntriples)
        if any(part in match[2] for part in renaming.parts)
    }
    pairs = ((old, renaming.renamed(old)) for old in sorted(found))
    return {old[1:-1].decode(): new[1:-1].decode() for old, new in pairs if old != new}


def _minted_anew(
    entries: Mapping[str, LedgerEntry], renamed: Mapping[str, str], wanted: Wanted
) -> Iterator[LedgerEntry]:
    """Write the lines of the ledger for things with another address."""
    for old, new in renamed.items():
        entry = entries.get(old)
        if entry and not entry.replaced_by and new not in entries:
            _, ref = terms.kind_and_ref(new) or ("", "")
            label = "" if wanted.has_text(entry.label.encode()) else entry.label
            yield replace(
                entry, ref=ref, label=label, decided=curation.PERSON, date=curation.today()
            )


def _releases_with(workspace: Workspace, wanted: Wanted) -> list[str]:
    """List the releases that have what is meant; graphs that several have are read once."""
    manifests = [workspace.manifest(version) for version in workspace.versions()]
    entries = {entry.sha256: entry for one in manifests for entry in one.all_graphs()}
    has = {
        sha256
        for sha256, entry in entries.items()
        if wanted.is_in_graph(b"".join(workspace.blocks(entry)))
    }
    return [m.version for m in manifests if has & {entry.sha256 for entry in m.all_graphs()}]


def _without(graph: Graph, things: Set[str]) -> Graph:
    """Leave out the statements of a graph that speak of some things."""
    if not any(iri.encode() in graph.ntriples for iri in things):
        return graph
    named = tuple(f"<{iri}>".encode() for iri in things)
    starts, ends = (tuple(mark % one for one in named) for mark in (b"%b ", b"%b ."))
    kept = (line for line in graph.lines if not (line.startswith(starts) or line.endswith(ends)))
    return Graph(graph.iri, from_lines(kept))


def _rewritten(graph: Graph, iri: str, wanted: Wanted, renaming: _Renaming) -> Graph:
    """Give things their other addresses, and leave out the statements that still have a text."""
    if not wanted.has_text(graph.ntriples) and iri == graph.iri:
        return graph
    own = (line for line in graph.lines if not (is_of_stub(line) and wanted.has_slug(line)))
    lines = set(map(renaming.renamed, own))
    return Graph(iri, from_lines({one for one in lines if not wanted.has_text(one)}))


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
    wanted.refuse_told(by, reason)
    with begin(workspace, settings) as transaction:
        if wanted.release and transaction.version != wanted.release:
            detail = "something was published meanwhile: look once more what changes"
            raise Problem("conflict", detail)
        found = find(workspace, settings, wanted)
        change = replace(found.change, by=by, reason=reason)
        with _scrubbed_ledger(workspace, wanted, found.renaming):
            version = transaction.publish(change).version
        event = _event(workspace, wanted, found, log.Event("redact", version, by=by, reason=reason))
        log.append(workspace.log_path, event)
        forgetting.forget(workspace, settings, [event])
        progress.step("looking into every file")
        _scrub(workspace, wanted)
        if left := [*_releases_with(workspace, wanted), *map(str, _places(workspace, wanted))]:
            raise Problem("conflict", f"it is still in {', '.join(left)}; redact it once more")
    return Redacted(version, found.dropped, found.names)


def _event(workspace: Workspace, wanted: Wanted, found: Found, event: log.Event) -> log.Event:
    """Describe for the log what is forgotten; things are named by hashes."""
    feed = Feed(workspace)
    feed.follow()  # Mirrors may have one, so that it has to be known what theirs forgets.
    taken = {entry.iri for entry in found.change.minted} - {*found.renamed.values()}
    said = sorted(taken | {*found.gone} | feed.said(wanted.is_in))
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


@contextmanager
def _scrubbed_ledger(workspace: Workspace, wanted: Wanted, renaming: _Renaming) -> Iterator[None]:
    """Remove what is meant from the ledger, whose stubs a release has; not where that fails."""
    before = workspace.ledger.read_bytes() if workspace.ledger.exists() else None
    _rewrite(workspace.ledger, lambda lines: _ledger_without(lines, wanted, renaming))
    try:
        yield
    except Exception:
        if before is not None:
            files.write(workspace.ledger, before)
        raise


def _scrub(workspace: Workspace, wanted: Wanted) -> None:
    """Remove what is meant from what belongs to no release."""
    _rewrite(workspace.log_path, lambda lines: _log_without(lines, wanted))
    bases = pending.merge_bases(workspace)
    left = {iri: base for iri, base in bases.items() if not wanted.has_text(iri.encode())}
    if left != bases:
        pending.write_merge_bases(workspace, left)
    for name in _SCRUBBED:
        for folder in (workspace.home / name).glob("*"):
            is_named = wanted.has_text(folder.name.encode())
            if is_named or any(_has_it(path, wanted) for path in _files(folder)):
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


def _ledger_without(lines: list[bytes], wanted: Wanted, renaming: _Renaming) -> Iterator[bytes]:
    """Leave out the references that have a text, what things are called, and cells that have it."""
    label, replaced_by = map(ledger.COLUMNS.index, ("label", "replacedBy"))
    for line in lines:
        cells = line.split(b"\t")
        if wanted.has_text(cells[0]):
            continue
        if terms.thing(cells[1].decode(), cells[0].decode()) in wanted.things:
            cells[label] = b""
        if wanted.has_text(cells[replaced_by]):
            now = renaming.ref(cells[replaced_by])
            cells[replaced_by] = ledger.WITHDRAWN.encode() if wanted.has_text(now) else now
        yield b"\t".join(b"" if wanted.has_text(cell) else cell for cell in cells)


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
        state.create_function("has_text", 1, lambda cell: wanted.has_text(_as_bytes(cell)))
        names = state.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        with state:
            for (table,) in names:
                columns = [row[1] for row in state.execute(f'PRAGMA table_info("{table}")')]
                has = " OR ".join(f'has_text("{column}")' for column in columns)
                state.execute(f'DELETE FROM "{table}" WHERE {has}')  # noqa: S608
        state.execute("VACUUM")


def _as_bytes(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def _places(workspace: Workspace, wanted: Wanted, but: str = "") -> Iterator[Path]:
    """Yield the files of the workspace that have it, what is compressed in them too.

    Those that are called `but` do not count: somebody asked for it there.
    """
    for path in _files(workspace.home):
        within = path.relative_to(workspace.home)
        if path.name != but and (wanted.has_text(bytes(within)) or _has_it(path, wanted)):
            yield within


FIELDS: Final = "fields.json"
"""A file of a job in which somebody asked what a redaction would change."""


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _has_it(path: Path, wanted: Wanted) -> bool:
    """Whether a file has a text, unpacked; it is read in blocks, each with the end of the last."""
    if not wanted.longest:
        return False
    if not path.exists():  # Another process has removed it.
        return False
    with reading(path, "remove it, and redact once more"), files.opened(path) as file:
        end = b""
        while block := file.read(_BLOCK):
            if wanted.has_text(end + block, more=True):
                return True
            end = (end + block)[-wanted.longest - 1 :]
    return wanted.has_text(end)


_BLOCK: Final = 1 << 22
_WAIT: Final = 30.0
"""Seconds to wait for another process that writes a database."""
