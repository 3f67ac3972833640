"""Reading what a file holds, with limits that are soon reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from registry.graphs import parsing
from registry.graphs.graph import Graph
from registry.settings import Settings

Read = Callable[[str, str | bytes], dict[str, Graph]]


@pytest.fixture(scope="session")
def short() -> Settings:
    """Give settings with 300 MB to read in, and with time also where the machine is busy."""
    return Settings(home=Path("nowhere"), intake_seconds=60.0, intake_memory=300_000_000)


@pytest.fixture
def read(tmp_path: Path, short: Settings) -> Read:
    """Give a function that reads a file of this name and content."""

    def reading(name: str, content: str | bytes) -> dict[str, Graph]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return parsing.read([parsing.source_of(path)], short)

    return reading
