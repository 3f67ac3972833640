"""Uploads in their processes: every limit is met, and nothing is left of what meets it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from registry import formats, terms
from registry.problems import Problem
from registry.publishing.shacl import Severity
from registry.publishing.uploads import (
    Edit,
    Queue,
    Upload,
    Uploads,
)
from registry.releases.workspace import Workspace
from registry.sandbox import Templates
from registry.sandbox.template import NAME
from registry.settings import Settings
from tests import lists
from tests.processes import command, descendants, new_ones, until

Make = Callable[..., Uploads]

LIST = f"{terms.GRAPH}list"
GOOD = Upload(lists.listing(["twinning"]).encode(), formats.TURTLE)

PARTIES = "".join(
    f"<link/all> cl:claim <claim/all/list/{n}> ; cl:party <city/c-{n}> . <claim/all/list/{n}> "
    f'a cl:LinkClaim ; cl:claimedKind kind:twinning ; cl:asOf "2021"^^xsd:gYear .\n'
    for n in range(3_000)
)
QUADRATIC = Upload((lists.listing([]) + PARTIES).encode(), formats.TURTLE)
"""A link of so many cities that each is twinned with all others: read at once, derived slowly."""


@pytest.fixture
def uploads(workspace: Workspace, settings: Settings, templates: Templates) -> Make:
    """Return what makes validators on the shipped data, with other limits and one template."""

    def made(**limits: Any) -> Uploads:
        return Uploads(replace(settings, **limits), workspace, templates)

    return made


def drafts(workspace: Workspace) -> list[str]:
    return [path.name for path in (workspace.home / "drafts").iterdir()]


def test_an_upload_is_judged_on_a_release(uploads: Make, workspace: Workspace) -> None:
    validated = uploads().validate(GOOD)
    assert validated.release == workspace.current()
    assert validated.report.conforms
    assert validated.report.counts[Severity.INFO] > 0
    assert drafts(workspace) == []


SECONDS = (2.0, 10.0, 60.0)
"""Limits for what validates for ever, the next one where a busy machine reads it no faster."""


def in_time_to_read(work: Callable[[Settings], object], settings: Settings) -> None:
    """Do what ends at the limit, with the first limit within which all is read."""
    for seconds in SECONDS:
        limited = replace(settings, upload_seconds=seconds, upload_memory=8 * 2**30)
        with pytest.raises(Problem) as caught:
            work(limited)
        if "took too long to read" not in str(caught.value):
            break
    assert caught.value.name == "data-too-large"
    assert f"not validated after {seconds:g} seconds" in str(caught.value)


@pytest.mark.slow
def test_the_time_to_validate_is_limited(workspace: Workspace, settings: Settings) -> None:
    in_time_to_read(lambda limited: Uploads(limited, workspace).validate(QUADRATIC), settings)
    assert Uploads(settings, workspace).validate(GOOD).report.conforms
    assert drafts(workspace) == []


def template_of(validator: Uploads) -> int:
    (found,) = (
        pid
        for pid in descendants(named=NAME)
        if str(validator._templates.folder).encode() in command(pid)
    )
    return found


@pytest.mark.slow
def test_the_processes_of_uploads_are_forked_and_nothing_is_left_of_them(
    workspace: Workspace, settings: Settings
) -> None:
    validator = Uploads(replace(settings, uploads=2), workspace)
    assert validator.validate(GOOD).report.conforms
    template = template_of(validator)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with new_ones() as new, ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(lambda _: validator.validate(GOOD).report, range(8)))
        assert all(report.conforms for report in reports)
        assert new("") == set()
    assert template_of(validator) == template
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert drafts(workspace) == []


def test_an_upload_is_validated_whose_template_is_killed_and_so_is_the_next(
    workspace: Workspace, settings: Settings
) -> None:
    validator = Uploads(replace(settings, upload_seconds=60), workspace)
    assert validator.validate(GOOD).report.conforms
    template = template_of(validator)
    with ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(validator.validate, GOOD)
        assert until(lambda: len(descendants(template)) == 1)
        os.kill(template, signal.SIGKILL)
        assert under_way.result().report.conforms
    assert validator.validate(GOOD).report.conforms
    assert template_of(validator) != template


LONG = replace(GOOD, content=GOOD.content + b"# " + b"x" * 3_000_000)
"""More than what a process that has just begun may have left over."""

LIMITS: dict[str, tuple[dict[str, Any], Upload, str, str]] = {
    "memory to validate": ({"upload_memory": 60_000_000}, GOOD, "data-too-large", "memory"),
    "memory to read": ({"upload_memory": 2**20}, LONG, "data-syntax", "too much memory"),
    "time to read": ({"upload_seconds": 0.01}, GOOD, "data-syntax", "took too long to read"),
    "a long report": ({"report_bytes": 100}, GOOD, "answer-too-large", "longer than 100 bytes"),
}


@pytest.mark.parametrize("case", LIMITS)
def test_every_limit_is_met(case: str, uploads: Make, workspace: Workspace) -> None:
    limits, upload, name, words = LIMITS[case]
    with pytest.raises(Problem, match=words) as caught:
        uploads(**limits).validate(upload)
    assert caught.value.name == name
    assert uploads().validate(GOOD).report.conforms
    assert drafts(workspace) == []


@pytest.mark.slow
def test_a_change_that_takes_too_long_changes_nothing(own: Workspace, settings: Settings) -> None:
    before = own.current()
    edit = Edit(LIST, replace(QUADRATIC, graph=LIST))
    in_time_to_read(lambda limited: Uploads(limited, own).write(edit), settings)
    assert own.current() == before
    done = Uploads(settings, own).write(Edit(LIST, replace(GOOD, graph=LIST), by="perm"))
    assert (done.created, done.release) == (True, own.current())
    assert done.sha256 == own.graphs(done.release)[LIST].sha256


def test_what_is_published_is_loaded_into_another_engine_first(
    own: Workspace, settings: Settings, templates: Templates
) -> None:
    """The process that publishes may connect to it; what the engine refuses is not published."""
    asked, before = list[str](), own.current()

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(500)
            self.end_headers()

        do_GET = do_PUT = do_POST

    with HTTPServer(("127.0.0.1", 0), Refusing) as engine:
        Thread(target=engine.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{engine.server_port}/{{release}}"
        given = replace(settings, home=own.home, engine=address)
        with pytest.raises(Problem, match="the engine answers 500"):
            Uploads(given, own, templates).write(Edit(LIST, replace(GOOD, graph=LIST)))
        engine.shutdown()
    assert asked
    assert own.current() == before


def test_before_the_first_release_there_is_none(tmp_path: Any, settings: Settings) -> None:
    empty = Workspace(tmp_path / "home")
    with pytest.raises(Problem, match="no graph"):
        Uploads(settings, empty).write(Edit(LIST, None))
    assert empty.current() is None


def test_a_queue_has_places_and_fewer_turns() -> None:
    queue, at_once, together = Queue(3, 1), [], Barrier(3)

    def wait() -> None:
        with queue.ticket():
            together.wait()
            with queue.slot(10):
                at_once.append(1)
                assert len(at_once) == 1
                time.sleep(0.05)
                at_once.pop()

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(wait) for _ in range(3)]:
            done.result()
    three = queue.ticket(), queue.ticket(), queue.ticket()
    with three[0], three[1], three[2], pytest.raises(Problem) as caught, queue.ticket():
        raise AssertionError("there are three places")
    assert caught.value.name == "busy"
    with queue.slot(0), pytest.raises(Problem) as caught, queue.slot(0.01):
        raise AssertionError("there is one turn")
    assert caught.value.members["retryAfter"]
    with queue.ticket(), queue.slot(0):
        pass
