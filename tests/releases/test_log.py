"""The log is only appended to, and a power cut costs one line at most."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import ClassVar, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.releases import log
from registry.releases.log import Event


def test_an_event_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log.append(path, Event("publish", "a" * 32, graphs={"added": ["urn:é"]}))
    log.append(path, Event("keep", "a" * 32, "b" * 32, "2026-11"))
    log.append(path, Event("publish", "c" * 32, "a" * 32, by="perm"))
    first, second, third = path.read_text(encoding="utf-8").splitlines()
    assert list(json.loads(first)) == ["at", "event", "version", "previous", "graphs"]
    assert list(json.loads(second)) == ["at", "event", "version", "name", "previous", "graphs"]
    assert list(json.loads(third)) == ["at", "event", "version", "by", "previous", "graphs"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", json.loads(first)["at"])
    assert "urn:é" in first
    events = log.read(path)
    assert [event.event for event in events] == ["publish", "keep", "publish"]
    assert (events[1].name, events[2].by) == ("2026-11", "perm")


class Clock(datetime):
    """A clock that is set by hand."""

    shown: ClassVar[list[datetime]] = []

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromisoformat(cls.shown.pop(0).isoformat())


def test_time_does_not_go_back_with_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    years = [2026, 2001, 2025, 2027, 2026]
    Clock.shown = [datetime(year, 11, 28, tzinfo=UTC) for year in years]
    monkeypatch.setattr(log, "datetime", Clock)
    path = tmp_path / "log.jsonl"
    for version in "abcde":
        log.append(path, Event("publish", version))
    assert [event.at[:4] for event in log.read(path)] == ["2026", "2026", "2026", "2027", "2027"]


def test_what_an_origin_tells_keeps_its_time(tmp_path: Path) -> None:
    """A mirror knows it again by that, though it has pruned a release since then."""
    path = tmp_path / "log.jsonl"
    early, late = "2001-01-01T00:00:00Z", "2001-01-01T00:00:09Z"
    log.append(path, Event("publish", "a", at=early))
    log.append(path, Event("prune", "x"))
    log.append(path, Event("publish", "b", at=late), Event("redact", "b", at=late))
    assert [one.at for one in log.read(path) if one.event != "prune"] == [early, late, late]
    log.append(path, Event("publish", "c"))
    first, last = (one.at for one in log.read(path) if one.version in "xc")
    assert first <= last


def test_there_may_be_no_log_yet(tmp_path: Path) -> None:
    assert log.read(tmp_path / "log.jsonl") == []


@given(st.integers(0, 200))
def test_a_line_that_was_cut_off_is_passed_over(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    log.append(path, Event("publish", "a"))
    whole = path.read_bytes()
    log.append(path, Event("publish", "b"))
    path.write_bytes(path.read_bytes()[: len(whole) + cut % (len(whole) - 1)])
    log.append(path, Event("publish", "c"))
    assert [event.version for event in log.read(path)] == ["a", "c"]
