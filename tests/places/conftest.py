"""A small gazetteer, and the shipped one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry import shipped
from registry.places.gazetteer import Gazetteer, index_of, pack
from tests.places.places import ANCHORS, DIVISIONS, PLACES


@pytest.fixture(scope="session")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    """Give a gazetteer, by way of its file and its index."""
    folder = tmp_path_factory.mktemp("gazetteer")
    packed = folder / "gazetteer.xz"
    packed.write_bytes(pack(PLACES, DIVISIONS, ANCHORS))
    with Gazetteer(index_of(packed, folder)) as opened:
        yield opened


@pytest.fixture(scope="session")
def shipped_gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    """Give the gazetteer that is shipped, whose index takes about ten seconds to make."""
    folder = tmp_path_factory.getbasetemp() / "shipped-gazetteer"
    with Gazetteer(index_of(shipped.GAZETTEER, folder)) as opened:
        yield opened
