"""Which label a reader sees (RFC 4647, section 3.4, and the fall-backs of the design)."""

from __future__ import annotations

from collections.abc import Sequence

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.places.names import is_latin
from registry.things.languages import best, lookup
from tests.tables import every_row

LOOKUP = [
    (["it"], ["en", "it"], "it"),
    (["it", "en"], ["en", "it"], "it"),
    (["ja", "en"], ["en", "it"], "en"),
    (["it-CH"], ["en", "it"], "it"),
    (["zh-Hant-CN-x-private"], ["zh-Hant", "zh"], "zh-Hant"),
    (["zh-Hant-CN-x-private"], ["zh"], "zh"),
    (["de-a-b"], ["de-a", "de"], "de"),
    (["EN-gb"], ["en-GB"], "en-GB"),
    (["zh"], ["zh-hans"], None),
    (["it"], ["ita"], None),
    (["ja"], ["en"], None),
    ([], ["en"], None),
    (["en"], [], None),
]


@every_row(("ranges", "available", "expected"), LOOKUP)
def test_lookup_shortens_a_range_until_a_language_fits(
    ranges: Sequence[str], available: Sequence[str], expected: str | None
) -> None:
    assert lookup(ranges, available) == expected


def labels(text: str) -> list[ox.Literal]:
    """Read `tag=label tag=label`; a label without tag begins with the equals sign."""
    pairs = (pair.split("=") for pair in text.split())
    return [ox.Literal(label, language=tag) if tag else ox.Literal(label) for tag, label in pairs]


BEST = {
    "the one requested": ("en=Turin it=Torino", ["it"], [], "Torino"),
    "the first requested that there is": ("en=Turin it=Torino", ["ja", "it", "en"], [], "Torino"),
    "a requested variety": ("en=Turin it=Torino", ["it-CH"], [], "Torino"),
    "its own in Latin script": ("en=Turin it=Torino", ["ja"], ["it"], "Torino"),
    "not its own in another script": ("en=Perm ru=Пермь", ["ja"], ["ru"], "Perm"),
    "the one requested in any script": ("en=Perm ru=Пермь", ["ru"], ["ru"], "Пермь"),
    "of two of its own the Latin": ("en=X sr=Ниш sr-latn=Niš", [], ["sr", "sr-latn"], "Niš"),
    "English": ("de=Mailand en=Milan fr=Milan2", [], [], "Milan"),
    "its own before others": ("de=Moskau ru=Москва", ["ja"], ["ru"], "Москва"),
    "of an unknown language": ("de=Mailand und=Milano", [], ["it"], "Milano"),
    "without a language": ("de=Mailand =Milano", [], ["it"], "Milano"),
    "known to be unknown before untold": ("und=A =B", [], [], "A"),
    "else by the order of tags": ("fr=Milan2 de=Mailand", ["ja"], ["it"], "Mailand"),
    "two in one language": ("en=A en=B", ["en"], [], "A"),
}


@pytest.mark.parametrize(("given_", "wanted", "own", "expected"), BEST.values(), ids=BEST.keys())
def test_the_best_label(given_: str, wanted: list[str], own: list[str], expected: str) -> None:
    found = best(labels(given_), wanted, own)
    assert found is not None
    assert found.value == expected


def test_there_may_be_no_label() -> None:
    assert best([], ["en"]) is None


tags = st.sampled_from(["", "en", "it", "de", "ru", "und", "zh-hans", "pt-br"])
several = st.lists(st.tuples(tags, st.sampled_from(["A", "Б", "青"])), max_size=6, unique=True)


@given(several, st.lists(tags.filter(bool)), st.lists(tags.filter(bool)))
def test_one_of_the_labels_is_seen(
    pairs: list[tuple[str, str]], wanted: list[str], own: list[str]
) -> None:
    found = labels(" ".join(f"{tag}={text}" for tag, text in pairs))
    chosen = best(sorted(found, key=str), wanted, own)
    assert (chosen in found) if found else chosen is None
    there = {tag for tag, _ in pairs}
    requested = next((tag for tag in wanted if tag in there), None)
    if chosen and requested:
        assert chosen.language == requested


@every_row(
    ("text", "latin"),
    [
        ("Iași", True),
        ("Besançon", True),
        ("Пермь", False),
        ("青岛", False),
        ("A青", False),
        ("1 (2)", True),
        ("", True),
    ],
)
def test_script(text: str, latin: bool) -> None:
    assert is_latin(text) is latin
