"""Refreshing: sources that have an address are asked, and what changed becomes a dated graph.

    due? ─▶ fetch ─▶ is it what was published last? ─▶ import ─▶ graph/{name}-{day}
            into refresh/{name}/{day}/,                in one transaction
            where a killed run goes on

Earlier editions stay as they are, as claims of their date. Each source is published by itself: one
that fails keeps no other waiting.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from registry import files, locks, progress, shipped, terms
from registry.damage import Damaged, json_object, reading
from registry.places.gazetteer import configured
from registry.problems import Problem
from registry.publishing.shacl import Report
from registry.releases.licences import is_share_alike
from registry.releases.workspace import Workspace
from registry.settings import NO_SHARE_ALIKE, Settings
from registry.sources import importing, wikidata_live
from registry.sources.editions import Difference, Earlier, links_of
from registry.sources.http_client import Answer, Client, date_of
from registry.sources.importing import Options
from registry.sources.inputs import Input
from registry.sources.manners import Manners
from registry.sources.online import FILE, OnlineSource
from registry.sources.wikidata_live import WHOLE

DEFAULT: Final = shipped.WORLD / "refresh.toml"
"""The list of sources that is shipped."""

_GONE_ON: Final = 3
"""Days for which a fetch that was not published is gone on with; after that it begins anew."""

_SHRUNK: Final = 2
"""An edition with fewer rows than those of the former one, divided by this, is refused."""

_FORGET: Final = "remove it; the source is asked for everything then"

_CONDITIONS: Final = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
"""Headers of an answer, and those of a request for what is not the same any more."""

_PEEK: Final = 1000
"""Bytes at the beginning of a file that are looked at."""


@dataclass(frozen=True)
class Wanted:
    """What of a list of sources is refreshed, and how.

    `names` are the sources to ask, whether they are due or not; none = those that are due. `anew`
    asks for everything, whatever is there or known; `rehearse` publishes nothing; `fewer` takes an
    edition that has lost most of its rows.
    """

    sources: Sequence[OnlineSource]
    names: Sequence[str] = ()
    anew: bool = False
    rehearse: bool = False
    fewer: bool = False
    decisions: Path | None = None

    def chosen(self) -> list[OnlineSource]:
        """Return the sources that are named; all where none is.

        Raises
        ------
        Problem
            `not-found` when one is not listed.

        """
        known = {one.name: one for one in self.sources}
        if unknown := [name for name in self.names if name not in known]:
            detail = f"there is no source {unknown[0]!r}, but {', '.join(known)}"
            raise Problem("not-found", detail)
        return [known[name] for name in dict.fromkeys(self.names)] or list(self.sources)


@dataclass(frozen=True)
class Outcome:
    """What came of a source.

    `state` is published, rehearsed, unchanged, waiting, left out or failed; `detail` says more.
    `graph`, `version` (of the release), `claims` and `difference` are those of an edition that was
    published, or would be.
    """

    source: str
    state: str
    detail: str = ""
    graph: str = ""
    version: str = ""
    claims: int = 0
    difference: Difference = field(default_factory=Difference)


@dataclass(frozen=True)
class _State:
    """What is remembered of a source: when it was asked last, and what was published last.

    `day` is that of the fetch, `digest` the hash of what came, `rows` how many it had, and
    `headers` those by which to ask whether it has changed.
    """

    address: str = ""
    asked: str = ""
    day: str = ""
    digest: str = ""
    rows: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Fetched:
    """Files that were fetched on a day, as of when they speak, and the hash of what they say."""

    paths: tuple[Path, ...]
    day: str
    as_of: str
    digest: str
    headers: Mapping[str, str] = field(default_factory=dict)


def today() -> date:
    """Return the day, in universal time."""
    return datetime.now(UTC).date()


def refresh(
    workspace: Workspace, settings: Settings, wanted: Wanted, manners: Manners
) -> list[Outcome]:
    """Ask sources one after another, and publish what changed.

    Raises
    ------
    Problem
        `not-found` when a source is not listed, `conflict` when another refresh is under way.

    """
    chosen, folder = wanted.chosen(), workspace.home / "refresh"
    with _held(folder):
        return [
            _outcome(_Refresh(workspace, settings, one, wanted, manners, folder / one.name))
            for one in chosen
        ]


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep other refreshes of this workspace out, which would fetch into the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locks.held(folder / "lock", 0))
        except TimeoutError:
            raise Problem("conflict", "another refresh is under way", retryAfter=60) from None
        yield


def _outcome(one: _Refresh) -> Outcome:
    """Refresh a source; what fails is told, and keeps no other waiting."""
    progress.step(one.source.name)
    try:
        return one.run()
    except (OSError, Problem, Damaged) as error:
        return Outcome(one.source.name, "failed", _why(error))


def _why(error: Exception) -> str:
    """Return in one line why a source failed; of an edition that is refused, the gravest result."""
    text = " ".join(str(error).split())
    report = error.members.get("report") if isinstance(error, Problem) else None
    if not isinstance(report, Report):
        return text
    first = report.results[0]
    return f"{text}; the first: {' '.join(first.message.split())} <{first.focus}>"


@dataclass(frozen=True)
class _Refresh:
    """The refresh of one source, and the folder of what is fetched of it."""

    workspace: Workspace
    settings: Settings
    source: OnlineSource
    wanted: Wanted
    manners: Manners
    folder: Path

    def run(self) -> Outcome:
        """Ask the source if it is due, and publish what it has."""
        if self._is_left_out():
            detail = f"its licence is left out (CITYLINKS_LICENCES={NO_SHARE_ALIKE})"
            return Outcome(self.source.name, "left out", detail)
        self.folder.mkdir(exist_ok=True)
        files.remove_unfinished(self.folder)
        known = self._known()
        if known.asked and not self.wanted.names:
            due = date.fromisoformat(known.asked) + timedelta(days=self.source.every)
            if due > today():
                return Outcome(self.source.name, "waiting", f"not due before {due}")
        self._forget_others()
        fetched = self._fetch(known)
        is_first = not known.digest and not self.wanted.anew
        is_known = not fetched or fetched.digest == known.digest
        if fetched and not is_known and not (is_first and self._is_imported(fetched)):
            return self._publish(fetched, known)
        self._remember(known.day, known.digest, known.rows, known.headers)
        self._tidy(known.day, fetched.day if fetched else "")
        since = f"unchanged since {known.day}" if known.day else "what is published already"
        return Outcome(self.source.name, "unchanged", since)

    def _is_left_out(self) -> bool:
        """Whether this registry publishes nothing under the licence of the source."""
        only_free = self.settings.licences == NO_SHARE_ALIKE
        return only_free and is_share_alike(self.source.licence)

    def _known(self) -> _State:
        """Read what is remembered; nothing where it is of another address, or all is asked anew."""
        path = self.folder / "state.json"
        if self.wanted.anew or not path.exists():
            return _State()
        with reading(path, _FORGET):
            known = _State(**json_object(path, _FORGET))
            for day in filter(None, (known.asked, known.day)):
                date.fromisoformat(day)
            if not isinstance(known.rows, int) or known.headers.keys() - _CONDITIONS:
                raise ValueError("its counts or headers are none")
        return known if known.address == self.source.address else _State()

    def _remember(self, day: str, digest: str, rows: int, headers: Mapping[str, str]) -> None:
        if not self.wanted.rehearse:
            state = _State(self.source.address, str(today()), day, digest, rows, headers)
            body = json.dumps(asdict(state), indent=1, sort_keys=True).encode()
            files.write(self.folder / "state.json", body + b"\n")

    def _forget_others(self) -> None:
        """Remove what was fetched from another address, or where all is asked for anew, all."""
        path = self.folder / "address"
        former = path.read_text("utf-8") if path.exists() else ""
        if self.wanted.anew or former != self.source.address:
            self._tidy()
            files.write(path, self.source.address.encode())

    def _days(self) -> list[Path]:
        """List the folders of days, the newest first."""
        return sorted((path for path in self.folder.iterdir() if path.is_dir()), reverse=True)

    def _tidy(self, *kept: str) -> None:
        """Remove what was fetched on other days."""
        for path in self._days():
            if path.name not in kept:
                shutil.rmtree(path)

    def _fetch(self, known: _State) -> _Fetched | None:
        """Fetch what the source has, or what a fetch lacks that was begun; None = as known."""
        day, oldest = str(today()), str(today() - timedelta(days=_GONE_ON))
        begun = (path.name for path in self._days() if known.asked < path.name)
        day = next((name for name in begun if oldest <= name <= day), day)
        folder = self.folder / day
        folder.mkdir(exist_ok=True)
        files.remove_unfinished(folder)
        if self.source.kind == FILE:
            return self._file(folder, known.headers)
        paths = wikidata_live.fetch(self.source.address, folder, self.manners)
        return _Fetched(tuple(paths), day, day, wikidata_live.digest(paths))

    def _file(self, folder: Path, known: Mapping[str, str]) -> _Fetched | None:
        """Fetch a file, unless it lies there or has not changed."""
        name = unquote(urlsplit(self.source.address).path.rpartition("/")[2])
        path = folder / f"source-{''.join(c if c.isalnum() or c in '._-' else '_' for c in name)}"
        if not (folder / WHOLE).exists():
            answer = self._save(path.with_name("unfinished"), known)
            if answer.status == 304:
                return None
            _refuse_pages(path.with_name("unfinished"), answer)
            path.with_name("unfinished").replace(path)
            told = {key: answer.headers[key] for key in _CONDITIONS if key in answer.headers}
            files.write(folder / WHOLE, json.dumps(told).encode())
        headers = json_object(folder / WHOLE, _FORGET)
        modified = date_of(str(headers.get("Last-Modified", "")))
        # A file speaks of the day on which it was written, where its server tells that.
        as_of = min(folder.name, str(modified.date())) if modified else folder.name
        return _Fetched((path,), folder.name, as_of, files.sha256(path), headers)

    def _save(self, target: Path, known: Mapping[str, str]) -> Answer:
        """Ask for a file, again and later each time where its server has no time."""
        conditions = {_CONDITIONS[key]: value for key, value in known.items()}
        address, limit = self.source.address, self.settings.intake_memory
        with Client(address, self.manners.agent) as client:
            answer = self.manners.insist(lambda: client.save(address, target, limit, conditions))
        if answer.status == 304 and not conditions:
            raise ConnectionError(f"{answer.url} answers 304, which nobody asked for")
        return answer

    def _is_imported(self, fetched: _Fetched) -> bool:
        """Whether a file is one of which the shipped world, or an import here, was made."""
        summaries = [shipped.WORLD / "summary.json"] if self.settings.shipped == "all" else []
        summaries += sorted(self.workspace.home.glob("imports/*/summary.json"))
        return any(fetched.digest.encode() in path.read_bytes() for path in summaries)

    def _publish(self, fetched: _Fetched, known: _State) -> Outcome:
        """Import what came, and remember it."""
        one = self.source.input(fetched.paths, fetched.as_of, fetched.day)
        graph = f"{self.source.name}-{fetched.as_of}"
        rows = self._rows(one, known, fetched)
        before, earlier = self._earlier(graph)
        options = Options(
            decisions=self.wanted.decisions,
            rehearse=self.wanted.rehearse,
            by=f"refresh of {self.source.name}",
            gazetteer=configured(self.settings.gazetteer),
        )
        done = importing.run(self.workspace, self.settings, [one], options, progress.step)
        self._remember(fetched.day, fetched.digest, rows, fetched.headers)
        self._tidy(fetched.day)
        if done.version and done.version == before:
            return Outcome(self.source.name, "unchanged", "what is published already")
        made = done.world.graphs.get(terms.GRAPH + graph)
        counted = done.summary["inputs"][0]
        return Outcome(
            self.source.name,
            "rehearsed" if self.wanted.rehearse else "published",
            graph=graph,
            version=done.version,
            claims=sum(counted[what] for what in ("claims", "memberships", "practices")),
            difference=earlier.difference(links_of(made)) if made else Difference(),
        )

    def _earlier(self, graph: str) -> tuple[str | None, Earlier]:
        """Look at what is published, and keep no graph in memory: that of a world takes much."""
        version, graphs = self.workspace.released()
        one_by_one = (graphs.pop(iri) for iri in list(graphs))
        return version, Earlier.than(graph, self.source.name, one_by_one)

    def _rows(self, one: Input, known: _State, fetched: _Fetched) -> int:
        """Count the rows; refuse an edition that says nothing, or far less than the former one."""
        try:
            rows = len(one.read().rows)
            if not rows:
                raise Problem("data-invalid", f"{self.source.address} has no row that can be read")
        except Problem:
            shutil.rmtree(self.folder / fetched.day)  # It is asked for again the next time.
            raise
        if rows * _SHRUNK < known.rows and not self.wanted.fewer:
            detail = f"{self.source.address} has {rows} rows, and had {known.rows} before"
            raise Problem("data-invalid", f"{detail}; --fewer takes them")
        return rows


def _refuse_pages(path: Path, answer: Answer) -> None:
    """Refuse a page for people, such as one that tells of an error, in the place of a file."""
    with path.open("rb") as file:
        beginning = file.read(_PEEK).lstrip().lower()
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    if is_page or beginning.startswith((b"<!doctype", b"<html")):
        raise ConnectionError(f"{answer.url} sends a page, and no table")
    if not beginning:
        raise ConnectionError(f"{answer.url} sends nothing")
