"""Every kind of file of a workspace, damaged in every way, and what commands and pages make of it.

Each file is cut off by half, filled with garbage, emptied, removed, or replaced by another one that
can be read as well. Then each command and each page either does just what it does in the whole
workspace, or says that something is wrong: a command in one line with exit code 1, a page with a
5xx of its own. Nothing is answered wrongly, nothing ends in a traceback, and `/ready` is not well
while pages fail.

    python -m tests.faults.damages HOME FOLDER [--turn] [KIND ...]     all kinds by default

With `--turn` the ways take turns: each kind is damaged in one of them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from registry import terms
from registry.damage import Damaged
from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.views.feed import Feed
from registry.web.app import create_app
from registry.web.context import NAME
from tests.copies import copied
from tests.faults.stops import Ended, at_home, command, forked, import_all, is_one_line
from tests.lists import listing

GRAPH: Final = f"{terms.GRAPH}perm-twins"
PERM: Final = "/doc/city/perm-511196"
COUNT: Final = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


REMADE: Final = ("/ledger", "/dates", "/members.json", "/report.json.gz", "/OPTIONS-*", "/*.log")
"""Files that are made anew where they are needed, and compared with nothing, or not missed."""


def another(content: bytes) -> bytes:
    """Return what can be read as well as the content, but is half of it."""
    is_packed = content.startswith(b"\x1f\x8b")
    lines = (gzip.decompress(content) if is_packed else content).splitlines(keepends=True)
    half = b"".join(lines[: len(lines) // 2])
    return gzip.compress(half) if is_packed else half


WAYS: Final[dict[str, Callable[[bytes], bytes | None]]] = {
    "cut": lambda content: content[: len(content) // 2],
    "garbage": lambda _: b"\x00\xffgarbage\n" * 50,
    "empty": lambda _: b"",
    "missing": lambda _: None,
    "another": another,
}


COVERED: Final = ("/", PERM, "/links.csv", "/suggest?q=per", "/sparql?query=ASK%7B%7D")
"""What `/ready` answers for: while it is well, none of these may fail."""

PAGES: Final = (
    *COVERED,
    f"{PERM}.ttl",
    "/graph/perm-twins.ttl",
    "/graph/perm-twins.jsonld",
    "/dumps/latest/citylinks.nq.gz",
    "/dumps/latest/perm-twins.ttl.gz",
    "/dumps/latest/SHA256SUMS",
    "/catalog.ttl",
    "/feed",
    "/release",
    "/sitemap.xml",
    "/map",
)

DATED: Final = (f"{PERM}.ttl", "/catalog.ttl", "/release", "/sitemap.xml", "/feed")
"""Pages that tell when releases became current, as far as the log knows it."""

READING: Final[dict[str, list[str]]] = {
    "status": ["status"],
    "releases": ["releases"],
    "export": ["export", "exported"],
    "dump": ["dump", "dumped"],
    "query": ["query", "count.rq"],
    "link": ["link", "table.csv", "--column", "city", "--into", "linked.csv"],
}
"""Commands that print the same, and write the same files, as long as the workspace is whole."""

WRITING: Final[dict[str, list[str]]] = {
    "backup": ["backup", "backup.tar"],
    "check": ["check"],
    "publish": ["publish", "list.ttl"],
    "rollback": ["rollback", "early"],
    "repair": ["check", "--repair"],
}
"""Commands that change something; each begins with the damaged workspace."""


def prepare(own: Workspace, settings: Settings, folder: Path) -> int:
    """Publish twice, name a release, and let every state file be written."""
    path = folder / "list.ttl"
    path.write_text(listing(["twinning"], title="List 1"), "utf-8")
    publish(own, settings, Change([path]))
    keep(own, "early")
    path.write_text(listing(["twinning", "start"], title="List 2"), "utf-8")
    publish(own, settings, Change([path]))
    path.write_text(listing(["twinning", "start", "end"], title="List 3"), "utf-8")
    Feed(own).follow()
    (folder / "table.csv").write_text("city\nPavia\n", "utf-8")
    (folder / "count.rq").write_text(COUNT, "utf-8")
    return 0


def kinds(own: Workspace) -> dict[str, Path]:
    """Return a file of each kind, by its name without what differs from file to file."""
    current = str(own.current())
    entry = own.manifest(current).graph(GRAPH)
    assert entry
    folders = (own.folder(current), own.graph_folder(entry.sha256))
    found: dict[str, Path] = {"current": own.current_link}
    for path in sorted(own.home.rglob("*"), key=lambda path: (path.stat().st_size, path)):
        inside = path.relative_to(own.home)
        is_other = inside.parts[0] in {
            "releases",
            "graphs",
            "drafts",
            "spool",
            "gazetteer",
        } and not (any(path.is_relative_to(folder) for folder in folders))
        if path.is_file() and not is_other and inside.parts[0] != "current":
            found[kind_of(inside)] = path
    return {name: path for name, path in found.items() if not name.endswith(PASSED_OVER)}


PASSED_BY: Final = frozenset({"releases", "graphs", "drafts", "spool", "gazetteer"})
"""Folders of which only the current release and one graph are tried, or nothing."""

PASSED_OVER: Final = ("/LOCK", "/LOG", "/IDENTITY", "lock", "writers")
"""Files without content that anything depends on: locks, and what the engine tells of itself."""


def kind_of(path: Path) -> str:
    """Name the kind of a file.

    >>> kind_of(Path("releases/8bac6283873acb31861a1dd440616560/store/000012.sst"))
    'releases/*/store/*.sst'
    >>> kind_of(Path("graphs/8bac6283873acb31861a1dd440616560/ttl.gz"))
    'graphs/*/ttl.gz'
    """
    text = re.sub(r"[0-9a-f]{16,}", "*", path.as_posix())
    text = re.sub(r"(store/(?:[A-Z]+-)?)[0-9]+", r"\1*", text)
    return re.sub(r"dumps/(?!citylinks)[^/]*?\.([a-z]+\.gz)$", r"dumps/*.\1", text)


def damaged(path: Path, way: str) -> None:
    """Damage a file; hard links to it elsewhere stay what they are."""
    content = WAYS[way](b"releases/none" if path.is_symlink() else path.read_bytes())
    is_link = path.is_symlink()
    path.unlink()
    if is_link and content is not None:
        path.symlink_to(f"releases/{content[:20].hex()}" if content else "releases")
    elif content is not None:
        path.write_bytes(content)


def asked(home: Path, settings: Settings) -> dict[str, tuple[int, str]]:
    """Ask every page, and `/ready`; return status and hash of the body, by path."""
    forks = Forks()
    try:
        app = create_app(settings, forks)
    except Damaged:  # `serve` says so in one line, and does not start.
        forks.close()
        return {}
    client, found = app.test_client(), {}
    for path in ("/ready", *PAGES):
        answer = client.get(path, follow_redirects=True)
        told = b"Traceback (most" in answer.data
        digest = "traceback" if told else hashlib.sha256(answer.data).hexdigest()
        found[path] = (answer.status_code, digest)
    app.extensions[NAME].engine.pool.close()
    forks.close()
    assert home.exists()
    return found


def files_of(folder: Path) -> str:
    """Return one hash of all files that a command wrote."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


class Trial:
    """Damages of copies of one workspace."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.folder, self.before, self.here = folder, folder / "before", folder / "here"
        self.before.mkdir(parents=True)

        def first(own: Workspace, settings: Settings) -> int:
            copied(Workspace(home), own.home)
            return prepare(own, settings, self.before)

        made = self._in(self.before, first)
        assert made.code == 0, made.said
        self.kinds = {
            name: path.relative_to(self.before / "home")
            for name, path in kinds(Workspace(self.before / "home")).items()
        }
        self._copy()
        self.expected = {name: self._run(words) for name, words in READING.items()}
        assert all(code == 0 for code, *_ in self.expected.values()), self.expected
        self.shown = self._ask()
        self.published = self._published()

    def _in(self, folder: Path, work: Callable[[Workspace, Settings], Any]) -> Ended:
        def there() -> Any:
            with at_home(folder / "home") as settings:
                os.environ["CITYLINKS_KEEP_RELEASES"] = "20"
                os.chdir(folder)
                return work(Workspace(folder / "home"), settings)

        return forked(there, self.folder)

    def _copy(self, name: str = "", way: str = "") -> None:
        if self.here.exists():
            shutil.rmtree(self.here)
        self.here.mkdir()
        for path in self.before.iterdir():
            if path.is_file():
                shutil.copy2(path, self.here)
        copied(Workspace(self.before / "home"), self.here / "home")
        if name:
            damaged(self.here / "home" / self.kinds[name], way)

    def _run(self, words: list[str]) -> tuple[int, str, str]:
        """Run a command; return its exit code, what it said, and a hash of what it wrote."""
        ended = self._in(self.here, lambda _, __: command(*words))
        into = next((self.here / word for word in words if word in {"exported", "dumped"}), None)
        wrote = files_of(into) if into and into.exists() else ""
        if into and into.exists():
            shutil.rmtree(into)
        return ended.code, ended.said, wrote

    def _ask(self) -> dict[str, Any]:
        ended = self._in(self.here, lambda own, settings: asked(own.home, settings))
        if ended.value is None:
            raise AssertionError(ended.said)
        return dict(ended.value)

    def _published(self) -> str:
        code, said, _ = self._run(WRITING["publish"])
        assert code == 0, said
        return str(Workspace(self.here / "home").current())

    def tried(self, name: str, way: str) -> list[str]:
        """Damage a file in a way; return what is wrong with what follows."""
        self._copy(name, way)
        wrong = []
        for what, words in READING.items():
            found = self._run(words)
            if name == "log.jsonl" and what == "releases":
                continue  # It tells what the log tells, and `check` that something is missing.
            if found[0] == 0 and found != self.expected[what]:
                wrong.append(f"{what}: another answer: {found[1][-300:]}")
            elif found[0]:
                wrong += refusal(what, found)
        wrong += self._shown(DATED if name == "log.jsonl" else ())
        for what, words in WRITING.items():
            self._copy(name, way)
            found = self._run(words)
            wrong += refusal(what, found) if found[0] else []
            if what == "check" and found[0] == 0 and not name.endswith(REMADE):
                wrong.append("check: finds nothing")
            if what == "publish" and found[0] == 0:
                wrong += self._is_published(found)
        return wrong

    def _is_published(self, found: tuple[int, str, str]) -> list[str]:
        version = Workspace(self.here / "home").current()
        return [] if version == self.published else [f"publish: {version}: {found[1]}"]

    def _shown(self, but: Iterable[str] = ()) -> list[str]:
        found, wrong = self._ask(), list[str]()
        is_ready = found.get("/ready", [0])[0] == 200
        for path, (status, digest) in found.items():
            if path == "/ready" or path in but:
                continue
            is_same = [status, digest] == list(self.shown.get(path, ()))
            if digest == "traceback" or not (is_same or status >= 500):
                wrong.append(
                    f"{path}: {status} {'traceback' if digest == 'traceback' else 'other'}"
                )
            elif not is_same and is_ready and path in COVERED:
                wrong.append(f"{path}: {status}, and /ready is well")
        return wrong


def refusal(what: str, found: tuple[int, str, str]) -> list[str]:
    """Say what is wrong with how a command refused; nothing where it is as it should be."""
    code, said, _ = found
    if what in {"check", "repair"}:
        is_told = "Traceback" not in said and "fault of this software" not in said
        return [] if code == 1 and is_told and said.strip() else [f"{what}: {code} {said[-400:]}"]
    is_told = is_one_line(said) and "; " in said.splitlines()[-1]
    return [] if code == 1 and is_told else [f"{what}: {code} {said[-400:]}"]


def cases(names: Iterable[str], ways: Iterable[str]) -> list[tuple[str, str]]:
    """Pair every file with every way."""
    return [(name, way) for name in names for way in ways]


def run(home: Path, folder: Path, turn: bool, names: Iterable[str] = ()) -> dict[str, Any]:
    """Try each kind in each way, or, where they take `turn`, each kind in one way."""
    trial, ways = Trial(home, folder), [*WAYS]
    chosen = [name for name in trial.kinds if not names or name in names]
    pairs = cases(chosen, ways)
    if turn:
        pairs = [(name, ways[number % len(ways)]) for number, name in enumerate(chosen)]
    wrong = {}
    for name, way in pairs:
        if found := trial.tried(name, way):
            wrong[f"{name}, {way}"] = found
            print(f"{name}, {way}: {found}", file=sys.stderr, flush=True)
    doors = len(READING) + len(WRITING) + len(PAGES)
    return {
        "kinds": len(chosen),
        "tried": len(pairs),
        "answers": len(pairs) * doors,
        "wrong": wrong,
    }


if __name__ == "__main__":
    import_all()
    assert threading.active_count() == 1
    _home, _folder, *_names = sys.argv[1:]
    _turn = "--turn" in _names
    _kinds = [name for name in _names if name != "--turn"]
    print(json.dumps(run(Path(_home), Path(_folder), _turn, _kinds)))
