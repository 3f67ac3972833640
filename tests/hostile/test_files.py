"""Every hostile file is taken or refused as is written, in time, and reaches nobody."""

from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from registry.graphs import parsing
from registry.problems import Problem
from registry.settings import Settings
from tests.hostile.files import TAKEN, File, files

SECONDS = 1.5
SHORT = Settings(home=Path("nowhere"), intake_seconds=SECONDS, intake_memory=300_000_000)


def outcome(file: File, folder: Path) -> str:
    """Read a file; give the words of its refusal, or none."""
    folder.mkdir()
    path = folder / file.name
    path.write_bytes(file.content)
    try:
        graphs = parsing.read([parsing.source_of(path)], SHORT)
    except Problem as problem:
        assert problem.name == "data-syntax"
        return str(problem).removeprefix(str(path))
    assert graphs
    return ""


def as_expected(file: File, words: str) -> bool:
    return words == "" if file.refusal == TAKEN else bool(re.search(file.refusal, words))


@pytest.mark.slow
def test_every_file_comes_to_what_is_written(tmp_path: Path, canary: socket.socket) -> None:
    host, port = canary.getsockname()
    tried = files(f"{host}:{port}")
    folders = [tmp_path / str(number) for number in range(len(tried))]
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(outcome, tried, folders))
    pairs = list(zip(tried, found, strict=True))
    assert {f.tries: words for f, words in pairs if not as_expected(f, words)} == {}


def test_no_file_is_named_twice() -> None:
    names = [file.tries for file in files()]
    assert len(names) == len(set(names))
