"""The template process: what it forks is as good as started, whatever ends before it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest

from registry.sandbox import Died, Isolated, Late, Templates
from registry.sandbox.template import NAME
from tests.processes import command, descendants, gone, name, until
from tests.sandbox.modules import module

Make = Callable[..., Templates]

IDLE_FILES = 5
"""What an idle template has open: its standard three, the pipe of its clients, its listener."""

ECHO = """
    while (frame := read_frame(source)):
        write_frame(target, {"pid": os.getpid(), "group": os.getpgrp()}, frame[1])
"""
SLEEP = "read_frame(source); write_frame(target, {}); time.sleep(60)"
STATE = """
    signals = [repr(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    files = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    write_frame(target, {"signals": signals, "files": files, "nice": os.nice(0)})
"""
PARENT = """
    from registry.sandbox import Isolated
    with Isolated("echo") as child:
        child.send({}, b"x")
        reply = child.receive(time.monotonic() + 10)
    write_frame(target, {"group": os.getpgrp(), **reply.header})
"""
CHILDREN = {
    "echo": module(ECHO),
    "sleep": module(SLEEP),
    "state": module(STATE),
    "parent": module(PARENT),
    "crash": module("os.kill(os.getpid(), signal.SIGSEGV)"),
}


def soon(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of the modules that children run."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for word, code in CHILDREN.items():
        (tmp_path / f"{word}.py").write_text(code)
    return tmp_path


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    """Give a function that makes a template of these modules."""
    made: list[Templates] = []

    def new(*modules: str, idle_seconds: float = 60) -> Templates:
        made.append(Templates(modules or tuple(CHILDREN), idle_seconds))
        return made[-1]

    yield new
    for templates in made:
        if templates._life:
            templates.close()
        shutil.rmtree(templates.folder, ignore_errors=True)


def process_of(templates: Templates) -> set[int]:
    """List the template process, and what it has forked."""
    text = str(templates.folder).encode()
    return {p for p in descendants() if text in command(p)}


def template_of(templates: Templates) -> int:
    """Find the template: a child has its name, too, for a moment after the fork."""
    found = process_of(templates)
    (template,) = (p for p in found if found <= {p, *descendants(p)})
    assert name(template) == NAME
    return template


def echoes(child: Isolated) -> bool:
    child.send({}, b"x")
    return child.receive(soon()).payload == b"x"


def open_files(pid: int | str = "self") -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_a_child_is_forked_and_has_what_a_process_of_its_own_has(make: Make) -> None:
    templates = make()
    with Isolated("echo", templates=templates) as child, Isolated("state") as started:
        assert echoes(child)
        assert child.pid in process_of(templates)
        with Isolated("state", templates=templates) as forked:
            found = forked.receive(soon()).header
        expected = started.receive(soon()).header
        assert found["signals"] == expected["signals"]
        assert found["nice"] == expected["nice"]
        # Its standard descriptors and its socket; the last is of the folder that was listed.
        assert found["files"][:4] == [0, 1, 2, 3]
        assert len(found["files"]) == 5


def test_a_template_has_no_threads_and_forks_from_what_it_has_loaded(make: Make) -> None:
    templates = make("echo", "registry.publishing.upload_process", "registry.graphs.parser_process")
    with Isolated("echo", templates=templates) as child:
        assert echoes(child)
        (thread,) = Path(f"/proc/{template_of(templates)}/task").iterdir()
        assert int(thread.name) == template_of(templates)


def test_the_children_of_a_child_are_forked_beside_it_and_in_its_group(make: Make) -> None:
    templates = make()
    with Isolated("parent", templates=templates) as parent:
        header = parent.receive(soon()).header
        assert header["group"] == parent.pid != header["pid"]
        assert until(lambda: process_of(templates) == {template_of(templates)})


def test_a_template_that_is_killed_is_started_again(make: Make) -> None:
    """And what it forked goes on: that it died is no fault of theirs."""
    templates = make()
    with Isolated("echo", templates=templates) as before:
        first = template_of(templates)
        os.kill(first, signal.SIGKILL)
        assert gone({first})
        with Isolated("echo", templates=templates) as after:
            assert echoes(after)
            assert echoes(before)
            assert template_of(templates) != first


def test_a_child_whose_template_was_killed_is_killed_at_its_deadline(make: Make) -> None:
    templates = make()
    late = Isolated("sleep", templates=templates)
    late.send({})
    late.receive(soon())
    os.kill(template_of(templates), signal.SIGKILL)
    with pytest.raises(Late):
        late.receive(soon(0.1))
    assert gone({late.pid})


def test_that_both_were_killed_is_told(make: Make) -> None:
    templates = make()
    with Isolated("sleep", templates=templates) as child:
        template = template_of(templates)
        for pid in (template, child.pid):
            os.kill(pid, signal.SIGKILL)
        assert gone({template})
        with pytest.raises(Died) as caught:
            child.receive(soon())
        assert caught.value.killed


def test_a_child_that_crashes_does_no_harm_to_the_next(make: Make) -> None:
    templates = make()
    with Isolated("echo", templates=templates) as bystander:
        template = template_of(templates)
        for _ in range(3):
            with Isolated("crash", templates=templates) as crashed:
                with pytest.raises(Died) as caught:
                    crashed.receive(soon())
                assert caught.value.signal == signal.SIGSEGV
        assert echoes(bystander)
        assert template_of(templates) == template


def test_many_ask_for_the_first_fork_at_once(make: Make) -> None:
    templates = make()

    def ask(_: int) -> bool:
        with Isolated("echo", templates=templates) as child:
            return echoes(child)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(40)))
    assert process_of(templates) == {template_of(templates)}


def test_nothing_is_left_of_many_children(make: Make) -> None:
    templates = make()
    with Isolated("echo", templates=templates):
        pass
    template = template_of(templates)
    # It closes the connection of a request a moment after the answer.
    assert until(lambda: open_files(template) == IDLE_FILES)
    before = open_files()
    for number in range(200):
        with Isolated(("echo", "crash")[number % 2], templates=templates) as child:
            child.send({})
            with pytest.raises(Died) if number % 2 else nullcontext():
                child.receive(soon())
    assert open_files() == before
    assert until(lambda: open_files(template) == IDLE_FILES)
    assert process_of(templates) == {template}


def test_a_template_that_is_idle_ends_and_is_started_again(make: Make) -> None:
    templates = make(idle_seconds=0.3)
    with Isolated("echo", templates=templates) as child:
        first = template_of(templates)
        time.sleep(0.6)
        assert echoes(child), "a template that has a child is not idle"
        assert template_of(templates) == first
    assert gone({first}), "and reaped, by the process that started it"
    with Isolated("echo", templates=templates) as child:
        assert echoes(child)


def test_a_template_ends_with_all_its_children_when_its_clients_are_gone(make: Make) -> None:
    templates = make()
    child = Isolated("sleep", templates=templates)
    child.send({})
    child.receive(soon())
    processes = process_of(templates)
    assert len(processes) == 2
    templates.close()
    assert gone(processes)
    child.kill()


def test_a_template_ends_with_a_process_that_is_killed(folder: Path) -> None:
    code = (
        "import time\nfrom registry.sandbox import Isolated, Templates\n"
        "made = Templates(('echo',), 60)\nchild = Isolated('echo', templates=made)\n"
        "print(made.folder, flush=True)\ntime.sleep(60)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout
        made = Path(client.stdout.readline().strip())
        processes = descendants(client.pid)
        assert len(processes) == 2
        client.kill()
        assert gone(processes)
    assert list(made.glob("*.socket")) == []
    shutil.rmtree(made)


def test_a_template_whose_clients_end_while_it_loads_ends_in_silence(tmp_path: Path) -> None:
    address = tmp_path / "removed" / "template.socket"
    command = [sys.executable, "-m", "registry.sandbox.template", str(address), "0", "60", "json"]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_where_no_template_can_be_had_a_child_is_started(
    make: Make, folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("citylinks"), "propagate", True)
    templates = make("echo", "there_is_no_such_module")
    with Isolated("echo", templates=templates) as child:
        assert echoes(child)
    assert "echo is not forked from a template, but started" in caplog.text


def test_a_child_that_cannot_be_loaded_says_why(make: Make, folder: Path) -> None:
    (folder / "broken.py").write_text("raise LookupError('no such thing')")
    with Isolated("broken", templates=make("broken")) as child:
        with pytest.raises(Died, match="LookupError: no such thing") as caught:
            child.receive(soon())
        assert "Traceback" in caught.value.stderr


def test_a_request_that_cannot_be_served_is_logged_and_ends_nothing(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    templates = make("echo")
    with Isolated("echo", templates=templates) as child:
        assert echoes(child)
        template = template_of(templates)
    with Isolated("sleep", templates=templates) as started:
        started.send({})
        assert started.receive(soon())
    with Isolated("echo", templates=templates) as child:
        assert echoes(child)
    assert template_of(templates) == template
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line[:1] == "{"]
    assert {line["event"] for line in lines} == {"the fork server could not serve a request"}
