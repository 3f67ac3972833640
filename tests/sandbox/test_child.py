"""Killable processes, tried with real ones that misbehave."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.sandbox import (
    Died,
    Isolated,
    Late,
    Overlong,
    Templates,
)
from registry.sandbox.child import _Forked
from tests.sandbox.modules import module

Child = Callable[[str], Isolated]

ASKED = "header, payload = read_frame(source)\n"


@pytest.fixture(params=["started", "forked"])
def child(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Child]:
    """Give a function that starts a child which runs some Python, or forks it from a template."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    template = Templates(("misbehaving",), 60) if request.param == "forked" else None
    started: list[Isolated] = []

    def start(code: str) -> Isolated:
        (tmp_path / "misbehaving.py").write_text(module(code))
        started.append(Isolated("misbehaving", templates=template))
        assert isinstance(started[-1]._process, _Forked) == bool(template)
        return started[-1]

    yield start
    for process in started:
        process.kill()
    if template:
        template.close()
        shutil.rmtree(template.folder, ignore_errors=True)


def soon(seconds: float = 10.0) -> float:
    return time.monotonic() + seconds


def gone(pid: int) -> bool:
    """Tell whether a process is there no more, not even as a zombie."""
    return not Path(f"/proc/{pid}").exists()


def test_a_child_answers_frame_by_frame(child: Child) -> None:
    code = """
        while (frame := read_frame(source)):
            write_frame(target, {"told": frame[0]["say"]}, frame[1] * 2)
    """
    with child(code) as echo:
        for word in ("grüezi", "", "x" * 100_000):
            echo.send({"say": word}, b"\0\xff" * len(word))
            reply = echo.receive(soon())
            assert reply == ({"told": word}, b"\0\xff" * len(word) * 2)
        assert echo.alive()
    assert not echo.alive()


def test_a_child_that_sleeps_is_killed_at_the_deadline(child: Child) -> None:
    late = child(ASKED + "time.sleep(60)")
    late.send({})
    with pytest.raises(Late):
        late.receive(soon(0.3))
    assert gone(late.pid)


def test_a_child_that_stops_in_the_middle_of_a_frame_is_late(child: Child) -> None:
    late = child('target.write(b"\\0\\0\\0\\x05"); target.flush(); time.sleep(60)')
    with pytest.raises(Late):
        late.receive(soon(0.5))
    assert gone(late.pid)


def test_a_child_that_is_stopped_is_killed_too(child: Child) -> None:
    stopped = child(ASKED + "os.kill(os.getpid(), signal.SIGSTOP)")
    stopped.send({})
    with pytest.raises(Late):
        stopped.receive(soon(0.5))
    assert gone(stopped.pid)


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV, signal.SIGALRM])
def test_the_signal_that_ended_a_child_is_told(child: Child, number: signal.Signals) -> None:
    died = child(ASKED + f"os.kill(os.getpid(), {int(number)})")
    died.send({})
    with pytest.raises(Died) as caught:
        died.receive(soon())
    assert caught.value.signal == number


def test_what_a_child_said_when_it_broke_down_is_told(
    child: Child, capfd: pytest.CaptureFixture[str]
) -> None:
    died = child(ASKED + "raise LookupError('no such thing')")
    died.send({})
    with pytest.raises(Died, match="ended with 1: LookupError: no such thing") as caught:
        died.receive(soon())
    assert caught.value.signal == 0
    assert "Traceback" in caught.value.stderr
    assert capfd.readouterr().err == ""


def test_an_answer_over_the_limit_is_not_read(child: Child) -> None:
    long = child(ASKED + "write_frame(target, {}, bytes(1_000_001))")
    long.send({})
    with pytest.raises(Overlong):
        long.receive(soon(), limit=1_000_000)
    assert gone(long.pid)


def test_a_child_that_is_gone_shows_at_the_next_question(child: Child) -> None:
    done = child("return")
    while done.alive():
        time.sleep(0.01)
    done.send({"big": True}, bytes(1_000_000))
    with pytest.raises(Died) as caught:
        done.receive(soon())
    assert (caught.value.signal, caught.value.stderr) == (0, "")
    done.kill()


def test_nothing_is_left_of_many_children(child: Child) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with child("read_frame(source)") as process:
            assert process.alive()
        assert gone(process.pid)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
