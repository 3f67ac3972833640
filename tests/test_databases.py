"""Databases that are read only: what is damage, and what is a question that does not fit."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from registry.damage import Damaged
from registry.databases import Database, writing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a database with one table of many rows."""
    with writing(tmp_path / "some.sqlite") as connection:
        connection.execute("CREATE TABLE thing (name TEXT)")
        connection.executemany("INSERT INTO thing VALUES (?)", [("x" * 500,)] * 100)
    return tmp_path / "some.sqlite"


@pytest.mark.parametrize(
    "question", ["SELECT name FROM city", "SELECT label FROM thing", "SELECT name thing FROM"]
)
def test_a_question_that_does_not_fit_is_no_damage(question: str, path: Path) -> None:
    database = Database(path)
    with pytest.raises(sqlite3.OperationalError):
        database.ask(question)
    assert database.ask("SELECT count(*) FROM thing").fetchone() == (100,)


@pytest.mark.parametrize("at", [0, 4096, 28_672])
def test_bytes_that_were_lost_are_damage(at: int, path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:at] + b"\xff" * 100 + content[at + 100 :])
    with pytest.raises(Damaged, match=r"some.sqlite is damaged .*; mend it"):
        Database(path, "mend it").ask("SELECT sum(length(name)) FROM thing").fetchall()


def test_a_file_that_is_cut_is_damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Damaged, match="no whole SQLite database"):
        Database(path).ask("SELECT name FROM thing")
