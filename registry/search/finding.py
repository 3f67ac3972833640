"""Finding things by what was typed: a name in any language, its beginning, or an identifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from unicodedata import category

from registry.places.names import fold
from registry.search.identifiers import identified_as_typed
from registry.views.names import NameIndex, Suggestion

LONGEST: Final = 200
"""Characters of what was typed that are read."""

MOST: Final = 100
"""The most results of one request."""

_SCORES: Final = (50, 60, 80, 90, 100)
"""The score of each way of fitting: mistyped, within the name, at its beginning, the whole name;
and an identifier, or the whole of a preferred name."""


@dataclass(frozen=True)
class Result:
    """A thing that was found, the name by which it was, and how well it fits, up to 100."""

    suggestion: Suggestion
    score: int


@dataclass(frozen=True)
class Found:
    """How many things were found, and some of them, those that fit best first.

    `corrected` is set where no name fits as typed, and similar names were taken instead. `numbers`
    counts what fits by kind and country (empty for what is in none), whichever of them are wanted.
    """

    total: int
    results: tuple[Result, ...]
    corrected: bool = False
    numbers: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """A search: the text typed, and kinds and country (ISO 3166-1 alpha-2), all where empty."""

    typed: str
    kinds: tuple[str, ...] = ()
    country: str = ""
    limit: int = 20
    offset: int = 0

    def takes(self, kind: str, country: str) -> bool:
        """Whether things of a kind and country are wanted."""
        return self.takes_kind(kind) and self.takes_country(country)

    def takes_kind(self, kind: str) -> bool:
        """Whether things of a kind are wanted."""
        return kind in (self.kinds or (kind,))

    def takes_country(self, country: str) -> bool:
        """Whether things in a country are wanted."""
        return self.country in {"", country}


def find(index: NameIndex, wanted: Wanted) -> Found:
    """Find things."""
    typed = wanted.typed[:LONGEST].strip()
    if exactly := identified_as_typed(index, typed):
        thing = exactly[0].thing
        takes = wanted.takes(thing.kind, thing.country)
        some = [Result(exactly[0], _SCORES[-1])] if takes else []
        numbers = {(thing.kind, thing.country): 1}
        return Found(len(some), tuple(some[wanted.offset :]), numbers=numbers)
    words = [[word] for word in _letters(typed).split(" ") if word]
    found = _named(index, wanted, words, corrected=False)
    if found.total or not words:
        return found
    near = [[word] if index.spelling.knows(word) else index.spelling.nearest(word)
            for (word,) in words]  # fmt: skip
    return _named(index, wanted, near, corrected=True) if all(near) else found


def _letters(typed: str) -> str:
    """Return the key of what was typed, without pictures, which would be read as their names.

    >>> _letters("🎉 Пермь"), _letters("🎉")
    ('perm', '')
    """
    return fold("".join(" " if _is_picture(one) else one for one in typed))


def _is_picture(character: str) -> bool:
    return character >= _FIRST_PICTURE and category(character) == "So"


_FIRST_PICTURE: Final = "\u2600"
"""Symbols before it, such as №, are part of names."""


def _named(
    index: NameIndex, wanted: Wanted, words: Sequence[Sequence[str]], *, corrected: bool
) -> Found:
    """Find things by words, each of which may be one of several."""
    if not words:
        return Found(0, ())
    typed = "" if corrected else wanted.typed[:LONGEST]
    among = (wanted.kinds, wanted.country)
    rows = index.matching(typed, words, among, wanted.limit, wanted.offset)
    numbers = index.matching_numbers(words)
    total = sum(number for (kind, where), number in numbers.items() if wanted.takes(kind, where))
    results = (Result(one, _SCORES[0 if corrected else fit]) for one, fit in rows)
    return Found(total, tuple(results), corrected, numbers)
