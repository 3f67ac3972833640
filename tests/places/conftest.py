"""A small gazetteer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry.places.gazetteer import Gazetteer, index_of, pack
from tests.places.places import PLACES


@pytest.fixture(scope="session")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    """Give a gazetteer, by way of its file and its index."""
    folder = tmp_path_factory.mktemp("gazetteer")
    packed = folder / "gazetteer.xz"
    packed.write_bytes(pack(PLACES))
    with Gazetteer(index_of(packed, folder)) as opened:
        yield opened
