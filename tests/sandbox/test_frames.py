"""Frames between parent and child."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.sandbox import read_frame, write_frame

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
frames = st.lists(
    st.tuples(st.dictionaries(st.text(), values, max_size=3), st.binary()), max_size=4
)


@given(frames)
def test_what_is_written_is_read(written: list[tuple[dict[str, Any], bytes]]) -> None:
    stream = io.BytesIO()
    for header, payload in written:
        write_frame(stream, header, payload)
    stream.seek(0)
    for frame in written:
        assert read_frame(stream) == frame
    assert read_frame(stream) is None


@pytest.mark.parametrize("left", [b"", b"\0", b"\0" * 11])
def test_the_end_of_the_stream_is_no_frame(left: bytes) -> None:
    assert read_frame(io.BytesIO(left)) is None
