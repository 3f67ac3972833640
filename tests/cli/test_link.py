"""`citylinks link`: a table in, a table out."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry import terms
from registry.cli import main
from registry.releases.workspace import Workspace
from tests.encoded import CITIES, table

PAVIA = terms.thing("city", "pavia-3171366")
TABLE = "city,cc\nPavia,IT\nXanadu,IT\n"


@pytest.fixture
def run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("CITYLINKS_HOME", str(workspace.home))
    return CliRunner()


def linked(run: CliRunner, *words: str, table: str = TABLE) -> Result:
    return run.invoke(main, ["link", *words], input=table)


def test_a_table_is_linked_through_a_pipe(run: CliRunner) -> None:
    result = linked(run, "-", "--column", "city", "--country-column", "cc", "--with", "twins")
    assert result.exit_code == 0, result.stderr
    head, pavia, _ = csv.reader(io.StringIO(result.stdout))
    assert head == ["city", "cc", "city_uri", "score", "reason", "candidates", "twins"]
    assert pavia[2] == PAVIA
    assert result.stderr == "citylinks: 1 linked, 0 ambiguous, 1 unknown\n"


def test_a_file_is_written_whole_or_not_at_all(run: CliRunner, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(TABLE, encoding="utf-8")
    words = (str(source), "--column", "city", "--into", str(target), "-q")
    assert linked(run, *words).output == ""
    before = target.read_text(encoding="utf-8")
    assert PAVIA in before
    source.write_text(TABLE + "a,b,c\n", encoding="utf-8")
    result = linked(run, *words)
    assert result.exit_code == 1
    assert "line 4 has 3 cells" in result.stderr
    assert target.read_text(encoding="utf-8") == before
    assert sorted(tmp_path.iterdir()) == [source, target]


def test_a_column_that_is_not_there_is_told(run: CliRunner) -> None:
    result = linked(run, "-", "--column", "town")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "citylinks: there is no column 'town', but 'city', 'cc'\n"


def test_the_column_has_to_be_named(run: CliRunner) -> None:
    assert linked(run, "-").exit_code == 2


@pytest.mark.parametrize("encoding", CITIES)
def test_cells_come_back_whole_in_utf_8(encoding: str, run: CliRunner, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    text = table(CITIES[encoding])
    source.write_bytes(text.encode(encoding))
    result = run.invoke(main, ["link", str(source), "--column", "city", "-q"])
    assert result.exit_code == 0, result.stderr
    found = list(csv.reader(io.StringIO(result.stdout_bytes.decode())))
    assert [row[:2] for row in found] == list(csv.reader(io.StringIO(text)))


def test_a_head_may_be_in_another_script(run: CliRunner) -> None:
    sent = "город,country\nПермь,RU\n".encode("cp1251")
    result = run.invoke(main, ["link", "-", "--column", "город"], input=sent)
    assert result.exit_code == 0, result.stderr
    assert f"Пермь,RU,{terms.thing('city', 'perm-511196')}," in result.stdout


def test_what_is_in_no_encoding_is_one_line(run: CliRunner) -> None:
    result = run.invoke(main, ["link", "-", "--column", "city"], input=b"city\n\x81\xff\x00\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert "save it as UTF-8" in result.stderr
