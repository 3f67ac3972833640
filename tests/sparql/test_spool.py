"""Long answers: what a worker writes to a file is what its reader gets, or an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from registry.problems import Problem
from registry.sparql import output
from registry.sparql.output import Output, Overflow
from registry.sparql.spool import ANSWERED, Spool

LATE = Problem("query-timeout", "not done")


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = tmp_path / "answer"
    path.write_bytes(bytes(range(256)) * 4)
    return str(path)


@pytest.fixture
def spool(path: str) -> Iterator[Spool]:
    spool = Spool(path)
    yield spool
    spool.close()


def test_its_file_has_no_name_once_it_is_open(path: str, spool: Spool) -> None:
    assert not Path(path).exists()


def test_parts_are_read_as_they_are_written(spool: Spool) -> None:
    parts = iter(spool)
    spool.advance(300)
    assert next(parts) == (bytes(range(256)) * 2)[:300]
    later: list[bytes] = []
    reader = Thread(target=lambda: later.extend(parts))
    reader.start()
    spool.advance(700)
    spool.end(1024)
    reader.join(10)
    assert b"".join(later) == (bytes(range(256)) * 4)[300:]
    assert spool.wait() == 1024


def test_what_breaks_off_gives_all_that_is_written_and_then_its_problem(spool: Spool) -> None:
    spool.advance(10)
    spool.fail(LATE)
    parts = iter(spool)
    assert next(parts) == bytes(range(10))
    with pytest.raises(Problem) as raised:
        next(parts)
    assert raised.value is LATE
    with pytest.raises(Problem):
        spool.wait()


@pytest.mark.parametrize("ending", [ANSWERED, LATE.name])
def test_the_end_is_told_once(ending: str, spool: Spool) -> None:
    said: list[tuple[str, int]] = []
    spool.ended = lambda outcome, length: said.append((outcome, length))
    spool.advance(1024)
    if ending == ANSWERED:
        spool.end(1024)
    else:
        spool.fail(LATE)
    assert said == [(ending, 1024)]


def test_one_that_nobody_reads_is_given_up(path: str) -> None:
    spool = Spool(path)
    spool.close()
    spool.close()
    assert spool.is_abandoned


class Reports(list[dict[str, Any]]):
    """What a worker reports, and the file, whose name the reader would have removed."""

    @property
    def file(self) -> bytes:
        return Path(self[0]["spooled"]).read_bytes()


@pytest.fixture
def reports() -> Reports:
    return Reports()


def test_a_short_answer_stays_whole(tmp_path: Path, reports: Reports) -> None:
    out = Output(100, str(tmp_path), is_xml=False, report=reports.append)
    out.write(b"a" * 60)
    out.write(b"b" * 40)
    assert out.close() == ({}, b"a" * 60 + b"b" * 40)
    assert (reports, list(tmp_path.iterdir())) == ([], [])


def test_a_long_answer_goes_to_a_file(
    tmp_path: Path, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "WHOLE", 100)
    monkeypatch.setattr(output, "STEP", 50)
    out = Output(10_000, str(tmp_path / "new"), is_xml=False, report=reports.append)
    written = [bytes([n]) * 30 for n in range(20)]
    for part in written:
        out.write(part)
    header, rest = out.close()
    assert rest == b""
    assert reports.file == b"".join(written)
    assert header["written"] == 600
    lengths = [report["written"] for report in reports[1:]]
    assert lengths == sorted(lengths)
    assert len(lengths) > 5


@pytest.mark.parametrize("folder", ["", "spool"])
def test_an_answer_over_the_limit_ends(folder: str, tmp_path: Path, reports: Reports) -> None:
    named = str(tmp_path / folder) if folder else ""
    out = Output(output.WHOLE + 10, named, is_xml=False, report=reports.append)
    out.write(b"a" * output.WHOLE)
    out.write(b"a" * 10)
    with pytest.raises(Overflow):
        out.write(b"a")


@pytest.mark.parametrize("cut", range(1, 11))
def test_what_xml_cannot_hold_is_found_across_parts(cut: int, reports: Reports) -> None:
    sign = b"<oxprefix: x"
    out = Output(1_000, "", is_xml=True, report=reports.append)
    out.write(b"<a>\r" + sign[:cut])
    with pytest.raises(Problem, match="another format"):
        out.write(sign[cut:])


def test_xml_is_mended_part_by_part(reports: Reports) -> None:
    out = Output(1_000, "", is_xml=True, report=reports.append)
    out.write(b"<a>\r")
    out.write(b"\n</a>")
    assert out.close() == ({}, b"<a>&#13;\n</a>")
