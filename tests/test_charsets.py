"""The encoding of a table is encoding_of by its text, or by the names that are in it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.charsets import CANDIDATES, encoding_of
from registry.problems import Problem
from tests.encoded import CITIES, NAMED, names, table


def read(content: bytes, known: Callable[[str], bool] | None = None) -> str:
    """Read bytes as what they are taken for."""
    source = io.BytesIO(content)
    encoding = encoding_of(source, known)
    assert source.tell() == 0
    return io.TextIOWrapper(source, encoding, newline="").read()


@pytest.mark.parametrize("encoding", CITIES)
def test_five_rows_are_enough(encoding: str) -> None:
    text = table(CITIES[encoding])
    assert read(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", CITIES)
def test_what_is_not_ascii_may_come_late(encoding: str) -> None:
    """All of the text is looked at, and lines in ASCII tell nothing."""
    text = "id,city\n" + "1,Paris\n" * 200_000 + table(CITIES[encoding])
    assert read(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", NAMED)
def test_names_tell_neighbours_apart(encoding: str) -> None:
    text = table(NAMED[encoding])
    assert read(text.encode(encoding), set(names(NAMED[encoding])[:3]).__contains__) == text


@pytest.mark.parametrize("encoding", [*CITIES, *NAMED])
def test_names_of_others_do_no_harm(encoding: str) -> None:
    """Whoever knows the names of all tables reads each as it was written."""
    every = {name for listed in (CITIES | NAMED).values() for name in names(listed)}
    text = table((CITIES | NAMED)[encoding])
    assert read(text.encode(encoding), every.__contains__) == text


@pytest.mark.parametrize("encoding", ["cp1251", "cp1252", "shift_jis", "big5"])
def test_one_name_that_is_known_is_enough(encoding: str) -> None:
    for name in names(CITIES[encoding]):
        text = f"city\n{name}\n"
        assert read(text.encode(encoding), {name}.__contains__) == text


def test_a_word_of_western_europe_is_read_without_help() -> None:
    for word in ("Besançon", "Zürich", "SAINT-ÉTIENNE", "L’Aquila", "Évora", "10 €", "São Paulo"):
        assert read(f"city\n{word}\n".encode("cp1252")) == f"city\n{word}\n"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff")))
def test_what_is_utf_8_is_utf_8(text: str) -> None:
    assert read(text.encode()) == text


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe",
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\xff\xd5\x81",
        "id,city\n1,Пермь\n".encode("utf-16-le") + b"\x00\xd8",
        b"\xff\xfea\x00b",
        b"\xef\xbb\xbfcity\n\xff\n",
        b"city\n\x81\xff\x00\n",
        b"city\n\xb0\xb1\xb2\xff\n",
    ],
    ids=["image", "spreadsheet", "half a letter", "half", "mark of another", "none", "symbols"],
)
def test_what_is_in_no_encoding_is_refused(content: bytes) -> None:
    with pytest.raises(Problem, match=r"save it as UTF-8|no text") as told:
        read(content)
    assert told.value.name == "data-syntax"


@given(st.binary(min_size=1, max_size=200))
def test_whatever_comes_is_read_or_refused(content: bytes) -> None:
    try:
        assert read(content) is not None
    except Problem as problem:
        assert problem.name == "data-syntax"


def test_every_candidate_is_an_encoding() -> None:
    for encoding in CANDIDATES:
        assert "city".encode(encoding) == b"city"
