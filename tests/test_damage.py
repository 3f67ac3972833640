"""Errors in reading: damage is named with its remedy, and a full disk is not taken for damage."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry.cli import errors
from registry.cli.output import Output
from registry.damage import BY_DATABASE, BY_STORE, Damaged, reading

FULL = os.strerror(errno.ENOSPC)


def full_database(folder: Path) -> sqlite3.Error:
    """Return what SQLite says of a database that may not grow."""
    with closing(sqlite3.connect(folder / "full.sqlite")) as database:
        database.execute("CREATE TABLE t (x)")
        database.execute("PRAGMA max_page_count = 2")
        try:
            database.execute("INSERT INTO t VALUES (zeroblob(100000))")
        except sqlite3.Error as error:
            return error
    raise AssertionError("it grew")


def test_what_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "names.sqlite"
    path.write_bytes(b"garbage" * 100)
    with (
        pytest.raises(Damaged, match=r"names\.sqlite is damaged .*; remove it"),
        reading(path, "remove it", BY_DATABASE),
        closing(sqlite3.connect(path)) as database,
    ):
        database.execute("SELECT * FROM sqlite_schema")


def test_what_is_no_store_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    with (
        pytest.raises(Damaged, match="store is damaged"),
        reading(tmp_path / "store", "x", BY_STORE),
    ):
        ox.Store.read_only(str(tmp_path / "store"))


def test_what_the_system_lacks_is_no_damage(tmp_path: Path) -> None:
    """Neither where a database nor where a store of the last release is copied and changed."""
    (tmp_path / "store").mkdir()
    of_store = OSError(f"IO error: {FULL}: While appending to file: /x/MANIFEST-000056: {FULL}")
    too_many = OSError(f"IO error: {os.strerror(errno.EMFILE)}: While open a file: /x/000012.sst")
    for error, raised in (
        (of_store, BY_STORE),
        (too_many, BY_STORE),
        (full_database(tmp_path), BY_DATABASE),
    ):
        with pytest.raises(type(error)) as found, reading(tmp_path / "store", "x", raised):
            raise error
        assert found.value is error


def test_a_database_on_a_full_disk_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = errors.explain(full_database(tmp_path), Output())
    said = capsys.readouterr().err
    assert code == 1
    assert said == "citylinks: nothing can be written: database or disk is full\n"


def test_a_database_that_cannot_be_read_on_a_full_disk_is_not_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To read one with a log ahead, SQLite writes a file beside it."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    with pytest.raises(sqlite3.OperationalError), reading(tmp_path / "a", "x", BY_DATABASE):
        raise error
    assert errors.explain(error, Output()) == 1
    said = capsys.readouterr().err
    assert said == "citylinks: nothing can be written: disk I/O error, as where the disk is full\n"
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    with pytest.raises(Damaged), reading(tmp_path / "a", "x", BY_DATABASE):
        raise error
