"""Acts of a writer that are stopped at each of their steps, and what is left of the workspace.

A step is a call that changes what lies on disk: a file is opened for writing, brought to disk,
renamed, linked or removed, a folder made or removed. Python tells of each (audit events), so an act
is run once to count them, and then once for each step, in a process forked for it:

    killed   the process is killed before the step
    full     the step fails as on a full disk (ENOSPC), as do all later ones of its kinds
    disk     the workspace lies on a file system that is really full after so many bytes, from none
             to what the act needs; the store and databases meet it, too, in the middle of a write

After a kill readers see the old or the new release, and a whole one; on a full disk there is one
line, exit code 1, and nothing half-written. Either way the same act, run again, ends as if nothing
had happened: with the same release, ledger, merge bases and names, and `citylinks check` finds
nothing. A decision that was carried out already is refused then, and the next writer finishes it.

    python -m tests.faults.stops HOME FOLDER ACT HOW MOST     one act, at no more than so many steps
"""

from __future__ import annotations

import atexit
import errno
import hashlib
import importlib
import json
import os
import pkgutil
import re
import shutil
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import registry
from registry.cli import main
from registry.files import UNFINISHED
from registry.publishing import checking
from registry.publishing.backups import backup
from registry.publishing.plan import Change
from registry.publishing.transaction import begin, keep, publish
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings, read
from registry.views.links import LINKS
from tests.checkout import PERM
from tests.cli.mapping import MAPPING
from tests.copies import copied
from tests.lists import listing
from tests.publishing.curated import MOLOTOV, publish_twice
from tests.publishing.test_redaction import SECRET, places, publish_list
from tests.web.served import serving

KILLED, FULL, DISK = "killed", "full", "disk"

ROOMS: Final = 48
"""Into how many parts the bytes that an act needs are divided for `disk`."""

WRITING: Final = os.O_WRONLY | os.O_RDWR
CHANGING: Final = frozenset(
    {"os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}
)
TAKING_SPACE: Final = frozenset({"open", "os.rename", "os.link", "os.symlink", "os.mkdir", "fsync"})
"""Steps that fail on a full disk."""


@dataclass
class Steps:
    """Counts the steps of this process below some folders, and stops at one of them."""

    folders: tuple[str, ...]
    stop_at: int = 0
    how: str = KILLED
    number: int = 0
    is_on: bool = True

    def install(self) -> None:
        """See every step from now on; it cannot be undone in this process."""
        sys.addaudithook(self._seen)
        sync = os.fsync

        def synced(handle: int) -> None:
            self._step("fsync")
            sync(handle)

        os.fsync = synced  # type: ignore[assignment]

    def _seen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not isinstance(flags, int) or not flags & WRITING or not self._is_inside(path):
                return
        elif event not in CHANGING or self._is_elsewhere(arguments[:2]):
            return
        self._step(event)

    def _is_elsewhere(self, paths: tuple[Any, ...]) -> bool:
        """Whether both are outside; a path of a folder that is being removed is relative to it."""
        first = paths[0]
        is_absolute = isinstance(first, str | os.PathLike) and Path(first).is_absolute()
        return is_absolute and not any(map(self._is_inside, paths))

    def _is_inside(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folders)

    def _step(self, event: str) -> None:
        if not self.is_on or (self.how == FULL and event not in TAKING_SPACE):
            return
        self.number += 1
        if not self.stop_at or self.number < self.stop_at:
            return
        if self.how == KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@dataclass(frozen=True)
class Ended:
    """How a forked process ended: its exit code or minus its signal, and what it wrote."""

    code: int
    said: str
    value: Any = None


def forked(work: Callable[[], Any], folder: Path) -> Ended:
    """Run a function in a fork of this process, which has opened no store and has no threads."""
    said, value = folder / "said", folder / "value"
    value.unlink(missing_ok=True)
    process = os.fork()
    if not process:
        handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 2)
        os.dup2(handle, 1)
        code = 70
        try:
            made = work()
            value.write_text(json.dumps(made))
            code = made if isinstance(made, int) else 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            sys.stdout.flush()
            os._exit(code)
    status = os.waitpid(process, 0)[1]
    made = json.loads(value.read_text()) if value.exists() else None
    text = said.read_text(errors="replace") if said.exists() else ""
    return Ended(os.waitstatus_to_exitcode(status), text, made)


def command(*words: object) -> int:
    """Run `citylinks` in this process, and return its exit code."""
    try:
        main([str(word) for word in words], standalone_mode=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@dataclass(frozen=True)
class Act:
    """A command that writes, by its words, and what a workspace is like before."""

    words: Callable[[Path], list[object]]
    prepare: Callable[[Workspace, Settings, Path], None]
    has_origin: bool = False
    """Whether a server of the same data is to run beside."""

    is_once: bool = False
    """Whether it may be refused when it has been done: a thing is withdrawn one time."""


@contextmanager
def at_home(home: Path) -> Iterator[Settings]:
    """Set the settings of the processes: few releases are kept, so that each publish prunes."""
    os.environ |= {
        "CITYLINKS_HOME": str(home),
        "CITYLINKS_KEEP_RELEASES": "2",
        "CITYLINKS_KEEP_STORES": "1",
        "CITYLINKS_VALIDATORS": "1",
    }
    yield read(os.environ)


def three_releases(own: Workspace, settings: Settings, folder: Path) -> None:
    """Publish two lists after another: two releases are kept, and one has a store."""
    for number in (1, 2):
        path = folder / "list.ttl"
        path.write_text(listing(["twinning"], title=f"List {number}"), "utf-8")
        publish(own, settings, Change([path]))
    (folder / "list.ttl").write_text(listing(["twinning", "start"], title="List 3"), "utf-8")


def with_table(own: Workspace, settings: Settings, folder: Path) -> None:
    """Write a table with a city that the registry does not have yet."""
    three_releases(own, settings, folder)
    (folder / "table.toml").write_text(MAPPING, "utf-8")
    rows = "city,country,partner,land,since\nPavia,IT,Odense,DK,1990\nPerm,RU,Odense,DK,\n"
    (folder / "table.csv").write_text(rows, "utf-8")


def with_archive(own: Workspace, settings: Settings, folder: Path) -> None:
    """Leave no workspace, but a backup of one."""
    three_releases(own, settings, folder)
    backup(own, folder / "backup.tar")
    shutil.rmtree(own.home)
    own.home.mkdir()


def with_damage(own: Workspace, settings: Settings, folder: Path) -> None:
    """Damage what can be made anew, of each kind one."""
    three_releases(own, settings, folder)
    release = own.folder(str(own.current()))
    shutil.rmtree(release / "store")
    (release / LINKS.name).write_bytes(b"")
    (release / "manifest.json").write_bytes(b"{")
    next(iter(own.home.glob("graphs/*/ttl.gz")), release / "report.json.gz").unlink()


def as_mirror(own: Workspace, settings: Settings, folder: Path) -> None:
    """Follow an origin, which then publishes a list, names that release, and publishes another."""
    shutil.rmtree(own.home)
    assert command("mirror", (folder / "url").read_text()) == 0
    origin = Workspace(folder.parent / "origin")
    there = replace(settings, home=origin.home, keep_releases=20)
    for number in (1, 2):
        path = folder / "list.ttl"
        path.write_text(listing(["twinning"], title=f"List {number}"), "utf-8")
        publish(origin, there, Change([path]))
        keep(origin, f"number-{number}")


def with_double(own: Workspace, settings: Settings, folder: Path) -> None:
    """Publish a second record of Perm, with a link of its own."""
    three_releases(own, settings, folder)
    publish_twice(own, settings, folder)


def with_secret(own: Workspace, settings: Settings, folder: Path) -> None:
    """Publish two releases with a text that has to go, one of which is named."""
    publish_list(own, settings, folder, f"By {SECRET}")
    keep(own, "named")
    publish_list(own, settings, folder, f"Told by {SECRET}")
    (folder / "secret").write_text(SECRET)


def older(folder: Path) -> list[object]:
    """Name the release before the current one, whose store was pruned."""
    own = Workspace(folder / "home")
    return ["rollback", next(v for v in own.versions() if v != own.current())]


WHY: Final = ("--reason", "It was a mistake", "--by", "Anna", "--apply")


def deciding(
    words: Callable[[Path], list[object]], prepare: Callable[[Workspace, Settings, Path], None]
) -> Act:
    """Make an act of a command by which people decide on things."""
    return Act(lambda folder: [*words(folder), *WHY], prepare, is_once=True)


ACTS: Final[dict[str, Act]] = {
    "publish": Act(lambda f: ["publish", f / "list.ttl"], three_releases),
    "import": Act(
        lambda f: ["import", "table", f / "table.csv", "--mapping", f / "table.toml"], with_table
    ),
    "rollback": Act(older, three_releases),
    "keep": Act(lambda f: ["keep", "autumn"], three_releases),
    "backup": Act(lambda f: ["backup", f / "backup.tar"], three_releases),
    "restore": Act(lambda f: ["restore", f / "backup.tar"], with_archive),
    "mirror": Act(lambda f: ["mirror", (f / "url").read_text()], as_mirror, has_origin=True),
    "repair": Act(lambda f: ["check", "--repair"], with_damage),
    "merge": deciding(lambda f: ["merge", MOLOTOV, PERM, "--sure"], with_double),
    "split": deciding(
        lambda f: ["split", PERM, "pavia-3171366", "--graph", "list"], three_releases
    ),
    "withdraw": deciding(
        lambda f: ["withdraw", "link/duisburg-2934691--perm-511196"], three_releases
    ),
    "redact": deciding(lambda f: ["redact", "--text", SECRET], with_secret),
    "undo": deciding(lambda f: ["undo", Workspace(f / "home").current()], three_releases),
}


def state(own: Workspace, settings: Settings) -> dict[str, Any]:
    """Describe a workspace: what readers see, what the next writer goes on from, what is wrong."""
    version = own.current()
    found = [f"{fault.path.name}: {fault.what}" for fault in checking.check(own, settings)]
    switches = log.switches(own.log_path)
    if any(one.previous != before.version for before, one in pairwise(switches)):
        found.append("log: a switch is missing")
    if version and switches and switches[-1].version != version:
        found.append("log: the last switch is missing")
    kept = {}
    for path in (own.sources_path, own.ledger, own.home / "names.json"):
        kept[path.name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    if own.current():
        with own.lock():  # The next writer removes what a killed one left.
            pass
    return {
        "switched": [one.version for one in switches],
        "kept": kept,
        "faults": found,
        "left": left_in(own.home),
        "secret": places(own.home, SECRET) if (own.home.parent / "secret").exists() else [],
    }


def left_in(folder: Path) -> list[str]:
    """List what is unfinished."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob(f"{UNFINISHED}*"))


class Trial:
    """An act on copies of one workspace."""

    def __init__(self, home: Path, folder: Path, name: str, how: str) -> None:
        self.act, self.how, self.folder = ACTS[name], how, folder
        self.before, self.here = folder / "before", folder / "here"
        self.before.mkdir(parents=True)
        if self.act.has_origin:
            self._serve(home)
        made = self._in(self.before, lambda own, given: self._prepare(home, own, given))
        assert made.code == 0, made.said
        if how == DISK:
            self.here.mkdir()
            run_alone("mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", self.here)
        self.old = self._look(self.before)
        used = self._used()
        self.steps = int(self._run().value["steps"])
        # What is removed at the end was needed as well: twice of all is more than enough.
        self.need = 2 * (self._used() - used)
        self.steps = ROOMS if how == DISK else self.steps
        self.new = self._look(self.here)

    def _serve(self, home: Path) -> None:
        """Serve a copy of the workspace as an origin until this process ends."""
        origin = copied(Workspace(home), self.folder / "origin")
        self._origin = ExitStack()
        atexit.register(self._origin.close)
        settings = {"home": str(origin.home), "workers": "1"}
        server = self._origin.enter_context(serving(settings, subprocess.DEVNULL))
        (self.before / "url").write_text(server.url)

    def _prepare(self, home: Path, own: Workspace, given: Settings) -> int:
        copied(Workspace(home), own.home)
        self.act.prepare(own, given, self.before)
        return 0

    def _in(self, folder: Path, work: Callable[[Workspace, Settings], Any]) -> Ended:
        def there() -> Any:
            with at_home(folder / "home") as given:
                os.chdir(folder)
                return work(Workspace(folder / "home"), given)

        return forked(there, self.folder)

    def _used(self) -> int:
        """Return the bytes that are taken on the file system of the trial, if it has its own."""
        disk = os.statvfs(self.here if self.here.exists() else self.before)
        return (disk.f_blocks - disk.f_bfree) * disk.f_frsize

    def _resize(self, room: int | None) -> None:
        """Leave so much room on the file system of the trial; None for plenty."""
        size = (1 << 30) if room is None else self._used() + room
        run_alone("mount", "-o", f"remount,size={size}", self.here)

    def _look(self, where: Path) -> dict[str, Any]:
        ended = self._in(where, state)
        assert ended.value, ended.said
        found: dict[str, Any] = ended.value
        return found

    def _run(self, stop_at: int = 0) -> Ended:
        """Run the act on a new copy; `value` has how many steps it took and how it ended."""
        self._copy()
        if self.how == DISK and stop_at:
            self._resize((stop_at - 1) * self.need // ROOMS)
        words = self._words

        def work(_: Workspace, __: Settings) -> dict[str, int]:
            steps = Steps((str(self.here),), stop_at, self.how)
            if self.how != DISK:
                steps.install()
            code = command(*words)
            steps.is_on = False
            return {"steps": steps.number, "code": code}

        return self._in(self.here, work)

    def _copy(self) -> None:
        if self.how == DISK:
            self._resize(None)
        self.here.mkdir(exist_ok=True)
        for path in self.here.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in self.before.iterdir():
            if path.name != "home":
                shutil.copy2(path, self.here)
            elif self.how == DISK:  # No links lead from one file system to another.
                run_alone("cp", "-a", path, self.here)
            else:
                copied(Workspace(path), self.here / "home")

    def _again(self) -> Ended:
        if self.how == DISK:
            self._resize(None)
        return self._in(self.here, lambda _, __: command(*self._words))

    @cached_property
    def _words(self) -> list[object]:
        return self.act.words(self.here)

    def stopped_at(self, step: int) -> list[str]:
        """Stop the act at a step; return what is wrong then, and after it was run again."""
        ended = self._run(step)
        wrong = self._killed(ended) if self.how == KILLED else self._refused(ended)
        seen = self._in(self.here, lambda own, _: own.current())
        if seen.code or seen.value not in self._allowed:
            wrong.append(f"readers see {seen.value} {seen.said}")
        if not self._is_done(ended):
            again = self._again()
            if self.act.is_once and seen.value == self.new["switched"][-1]:
                if again.code and (again.code != 1 or not is_one_line(again.said)):
                    wrong.append(f"done twice: {again.code} {again.said}")
                self._in(self.here, finished)
            elif again.code:
                wrong.append(f"again: {again.code} {again.said}")
        after = self._look(self.here)
        if after != self.new:
            wrong.append(f"afterwards {after} and not {self.new}")
        beside = [name for name in left_in(self.here) if not name.startswith("home/")]
        return [*wrong, *(f"{name} is left" for name in beside)]

    @cached_property
    def _allowed(self) -> list[str | None]:
        """List what readers may see: the release before the act, and those it makes current."""
        before = self.old["switched"]
        return [*(before[-1:] or [None]), *self.new["switched"][len(before) :]]

    def _is_done(self, ended: Ended) -> bool:
        """Whether the act was stopped behind the step that made it true, and cannot be repeated."""
        if ended.value and ended.value["code"] == 0:
            return True  # The disk had room for it.
        target = self.here / "backup.tar"
        if self.act is ACTS["backup"]:
            return target.exists()
        return self.act is ACTS["restore"] and (self.here / "home" / "current").is_symlink()

    def _killed(self, ended: Ended) -> list[str]:
        return [] if ended.code == -signal.SIGKILL else [f"not killed: {ended.code} {ended.said}"]

    def _refused(self, ended: Ended) -> list[str]:
        if not ended.value:
            return [f"{ended.code} {ended.said}"]
        wrong: list[str] = []
        if self.how == DISK and ended.value["code"] == 0:
            return wrong  # There was room enough.
        if ended.value["code"] != 1 or not is_one_line(ended.said) or not is_full(ended.said):
            wrong.append(f"exit code {ended.value['code']}: {ended.said!r}")
        if left := left_in(self.here):
            wrong.append(f"{left} is left")
        return wrong


def finished(own: Workspace, given: Settings) -> int:
    """Write nothing, but what a killed writer had begun."""
    with begin(own, given):
        return 0


def is_full(said: str) -> bool:
    """Whether a command says that the disk is full, and does not take that for damage."""
    full = [line for line in said.splitlines() if _FULL.search(line)]
    is_mending = "; not mended: " in said  # It has a line for each file, damaged as it is.
    return bool(full) and (is_mending or "is damaged" not in full[-1])


_FULL: Final = re.compile("no space left|disk is full", re.IGNORECASE)


def is_one_line(said: str) -> bool:
    """Whether a command said in one line of plain words why it ended."""
    last = said.splitlines()[-1:] or [""]
    is_plain = "Traceback" not in said and "fault of this software" not in said
    return is_plain and (last[0].startswith("citylinks: ") or "; not mended: " in said)


def run_alone(*words: object) -> None:
    """Run a program that has nothing to say."""
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def import_all() -> None:
    """Import the whole software, so that no fork has to."""
    for module in pkgutil.walk_packages(registry.__path__, "registry."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def run(home: Path, folder: Path, name: str, how: str, most: int) -> dict[str, Any]:
    """Stop an act at no more than so many steps; return how many were tried and what was wrong."""
    trial = Trial(home, folder, name, how)
    number = min(most, trial.steps)
    tried = [1 + step * trial.steps // number for step in range(number)]
    wrong = {step: found for step in tried if (found := trial.stopped_at(step))}
    return {"act": name, "how": how, "steps": trial.steps, "tried": len(tried), "wrong": wrong}


if __name__ == "__main__":
    _home, _folder, _name, _how, _most = sys.argv[1:]
    import_all()
    assert threading.active_count() == 1, "a fork has no threads but the one that forks"
    print(json.dumps(run(Path(_home), Path(_folder), _name, _how, int(_most))))
