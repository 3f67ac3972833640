"""Publishers that are killed, and two at once: the current release is always a whole one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import pytest

from registry.files import UNFINISHED
from registry.identity import ledger
from registry.identity.ledger import LedgerEntry
from registry.publishing import pending
from registry.publishing.pending import Pending
from registry.publishing.transaction import begin
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings

Listing = Callable[[Iterable[str]], str]
Whole = Callable[[Workspace], str]
Start = Callable[..., subprocess.Popen[str]]

CLAIMS = ("twinning", "start", "end", "suspended", "disputed")
KILLS, SECONDS = 10, 240


@pytest.fixture
def start(own: Workspace) -> Start:
    """Give a function that starts the command with few releases to keep, so that it prunes."""

    def started(*arguments: object) -> subprocess.Popen[str]:
        kept = {"CITYLINKS_KEEP_RELEASES": "2", "CITYLINKS_KEEP_STORES": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "registry.cli", *map(str, arguments)],
            env=os.environ | kept | {"CITYLINKS_HOME": str(own.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return started


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def moments() -> Iterator[float]:
    """Give shares of a run: of all of it once it is loaded, and as often of its end.

    At the end files are put in their place.
    """
    chance = random.Random(2022)
    while True:
        yield chance.uniform(0.3, 1)
        yield chance.uniform(0.8, 1.05)


def unfinished(workspace: Workspace) -> list[Path]:
    return list(workspace.home.rglob(f"{UNFINISHED}*"))


@pytest.mark.slow
def test_a_publisher_that_is_killed_leaves_a_whole_release(
    own: Workspace, start: Start, tmp_path: Path, listing: Listing, whole: Whole
) -> None:
    file, chance, edition = tmp_path / "list.ttl", random.Random(7), count(1)

    def edit() -> None:
        """Write a list that never was."""
        names = chance.sample(CLAIMS, chance.randint(1, len(CLAIMS)))
        text = listing(names).replace("A list", f"A list, edition {next(edition)}")
        file.write_text(text, encoding="utf-8")

    edit()
    began = time.monotonic()
    assert ended(start("publish", file))[0] == 0
    length = time.monotonic() - began
    found, killed, at_work = {whole(own)}, 0, 0
    for share in moments():
        edit()
        started = time.monotonic()
        process = start("publish", file)
        try:
            assert process.wait(share * length) == 0, process.communicate()
            length = time.monotonic() - started
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
            length *= 1.1  # Where all are killed, the machine has become slower.
        ended(process)
        found.add(whole(own))
        at_work += bool(unfinished(own))
        enough = killed >= KILLS and at_work > 2 and len(found) > 2
        if enough or time.monotonic() - began > SECONDS:
            break
    assert killed > 5
    assert at_work > 2
    assert len(found) > 2

    edit()
    code, out, err = ended(start("publish", file))
    assert (code, err) == (0, "")
    assert out.split()[0] == whole(own)
    switches = [e for e in log.read(own.log_path) if e.event in {"publish", "rollback"}]
    assert switches[-1].version == own.current()
    assert all(e.previous == before.version for before, e in pairwise(switches))
    assert unfinished(own) == []
    assert len(own.versions()) == 2
    code, out, err = ended(start("publish", file))
    assert (code, out.strip()) == (0, f"{own.current()} is current already")


def working(own: Workspace) -> bool:
    return (own.home / "releases" / f"{UNFINISHED}release").is_dir()


@pytest.mark.slow
def test_of_two_publishers_at_once_one_is_refused(
    own: Workspace, start: Start, tmp_path: Path, listing: Listing, whole: Whole
) -> None:
    before, file = own.current(), tmp_path / "list.ttl"
    file.write_text(listing(["twinning"]), encoding="utf-8")
    first = start("publish", file)
    while not working(own) and first.poll() is None:
        time.sleep(0.005)
    first.send_signal(signal.SIGSTOP)
    for command in (("publish", "--as-of", "2020-01-01"), ("rollback", before)):
        code, out, err = ended(start(*command))
        assert (code, out) == (1, "")
        assert err == "citylinks: another publish is under way\n"
    code, out, err = ended(start("validate", file))
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith("0 violation, ")
    assert own.current() == before == whole(own)
    first.send_signal(signal.SIGCONT)
    code, out, _ = ended(first)
    assert code == 0
    assert out.split()[0] == whole(own) != before


@pytest.mark.slow
def test_who_judges_keeps_no_publisher_waiting(
    own: Workspace, start: Start, tmp_path: Path, listing: Listing, whole: Whole
) -> None:
    """And a validate that is killed leaves a draft, which the next one removes."""
    drafts, file = own.home / "drafts", tmp_path / "list.ttl"
    file.write_text(listing(["twinning"]), encoding="utf-8")
    validate = start("validate", file)
    # With something in its draft it holds what is everybody's no more.
    while not any(drafts.glob("*/*")) and validate.poll() is None:
        time.sleep(0.001)
    validate.send_signal(signal.SIGSTOP)
    (draft,) = drafts.iterdir()
    assert ended(start("publish", file))[0] == 0
    assert ended(start("validate"))[0] == 0
    assert list(drafts.iterdir()) == [draft]
    validate.send_signal(signal.SIGKILL)
    ended(validate)
    assert list(drafts.iterdir()) == [draft]
    assert ended(start("validate"))[0] == 0
    assert list(drafts.iterdir()) == []
    whole(own)


@pytest.mark.slow
def test_a_switch_that_was_not_logged_is_logged_by_the_next(
    own: Workspace, start: Start, tmp_path: Path, listing: Listing, whole: Whole
) -> None:
    """As after a kill between the two: what was to be remembered of the files holds as well."""
    file = tmp_path / "list.ttl"
    file.write_text(listing(["twinning"]), encoding="utf-8")
    assert ended(start("publish", file))[0] == 0
    version, bases = str(own.current()), pending.merge_bases(own)
    lines = own.log_path.read_text("utf-8").splitlines()
    own.log_path.write_text(lines[0] + "\n" + lines[1][:40], encoding="utf-8")
    (own.home / "sources.json").unlink()
    Pending(version, "publish", None, bases).write(own)

    file.write_text(listing(["twinning", "start"]), encoding="utf-8")
    assert ended(start("publish", file))[0] == 0
    versions = [event.version for event in log.read(own.log_path) if event.event == "publish"]
    assert versions == [versions[0], version, whole(own)]


ENTRY = LedgerEntry("alba-1", "practice", "", "", "", "Alba", "a person", "2026-01-01", "")


def test_what_is_pending_is_dropped_without_a_switch(own: Workspace) -> None:
    before = pending.merge_bases(own)
    Pending("0" * 32, "publish", None, {}, 0, [ENTRY]).write(own)
    assert pending.merge_bases(own) == before != {}
    assert pending.carry_out(own) is None
    pending.drop(own)
    assert not own.pending_path.exists()
    assert not own.ledger.exists()


def test_what_is_pending_holds_from_the_switch_on_and_is_carried_out_once(own: Workspace) -> None:
    lines = [ENTRY, replace(ENTRY, ref="beta-2")]
    for number, entry in enumerate(lines, 1):
        size = own.ledger.stat().st_size if own.ledger.exists() else 0
        bases = pending.merge_bases(own)
        prepared = Pending(str(own.current()), "publish", None, bases, size, [entry])
        prepared.write(own)
        assert pending.own_ledger(own) == ledger.HEAD + b"".join(map(ledger.line, lines[:number]))
        pending.carry_out(own)
        pending.carry_out(own)  # As after a kill before it was dropped.
        pending.drop(own)
        assert own.ledger.read_bytes() == pending.own_ledger(own)
        assert ledger.read(own.ledger).entries == tuple(lines[:number])


def test_a_folder_takes_its_place_with_the_switch_or_never(
    own: Workspace, settings: Settings
) -> None:
    """As after a kill behind the switch, in the middle of the replacing, and before the switch."""
    target = own.lists_of("list")
    made = own.prepared(target)

    def prepare(text: str) -> None:
        made.mkdir(parents=True)
        (made / "unresolved.csv").write_text(text, encoding="utf-8")

    def finished() -> list[str]:
        with begin(own, settings):
            pass
        assert [path.name for path in target.parent.iterdir()] == ["list"]
        return [path.read_text("utf-8") for path in target.iterdir()]

    behind = Pending(str(own.current()), "publish", None, {}, folders={target: made})
    prepare("first")
    behind.write(own)
    assert finished() == ["first"]
    prepare("second")
    behind.write(own)
    target.rename(target.with_name(f"{UNFINISHED}before-list"))
    assert finished() == ["second"]
    prepare("third")
    replace(behind, version="0" * 32).write(own)
    assert finished() == ["second"]
    prepare("fourth")
    assert finished() == ["second"]
