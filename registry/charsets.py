"""Recognise the encoding of a text in which people wrote names, be it a table of five rows.

A text that decodes as UTF-8 is UTF-8; one that begins with a byte order mark is as the mark says.
Of the encodings that spreadsheets wrote before, each that fits every byte is a candidate. They are
ranked by four measures, in this order:

1. names: how many cells are known names, where the caller knows names;
2. words: how many of the words that are not ASCII nobody would write. A wrong encoding results in
   words such as `Ïåðìü`, `Plzeò`, `ГЏГҐ`: symbols inside words, scripts in one word, capitals after
   small letters, or characters of the rarer half of the East Asian tables;
3. signs: whether what is not ASCII is no letter at all, but quotation marks, dashes, `€`;
4. the measures of charset-normalizer: how messy a text is, and how much it is like a language.

Candidates that fit alike give the same names; the encoding that is more used is then taken.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import IO, Final

from registry.problems import Problem

_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""By byte order mark, in this order: that of UTF-32 begins with that of UTF-16."""

UNICODE: Final = frozenset({"utf-8", *_MARKS.values()})
"""Encodings that a text itself proves; every other is a guess."""

CANDIDATES: Final = (
    *("cp1252", "cp932", "gb18030", "big5hkscs", "cp949", "euc_jp", "cp1251", "cp1250"),
    *("cp1253", "cp1254", "cp1257", "koi8_u", "cp1255", "cp1256", "cp874"),
)
"""Encodings, the more used before the less used."""

_COMMON: Final = {
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "big5hkscs": ("big5", 0xA4, 0xC6),
    "cp932": ("euc_jp", 0xA4, 0xCF),
    "euc_jp": ("euc_jp", 0xA4, 0xCF),
    "cp949": ("euc_kr", 0xB0, 0xC8),
}
"""First bytes of the common characters of an East Asian encoding, in the table it is built on."""

_SAMPLE: Final = 2_000
"""Lines with other than ASCII by which candidates are ranked; all lines have to be decoded."""

_LONGEST: Final = 100_000
"""Characters of these lines that are looked at."""

_WRONG: Final = 0.5
"""Share of words that nobody would write from which on a text is not taken for decoded."""

_MESSY: Final = 0.6
"""The measure of a candidate that charset-normalizer does not propose."""

_PUNCTUATION: Final = frozenset("«»“”„‚‘’‹›–—…•·№ºª°´`§€\u00a0、。・「」（）～")
_BETWEEN_WORDS: Final = re.compile(r"""[\s,;|"'’()\[\]/.:–—-]+""")
_BETWEEN_CELLS: Final = re.compile(r"""[",;|\t\r\n]+""")
_EAST_ASIAN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"})

IsName = Callable[[str], bool]


def encoding_of(source: IO[bytes], is_name: IsName | None = None) -> str:
    """Return the name of the encoding that a text is in, as Python knows it.

    `source` is read to its end and put back to its beginning; `is_name` says whether a cell is a
    name.

    Raises
    ------
    Problem
        `data-syntax` when it is in none that is known here.

    """
    start = source.read(4)
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "")
    if _decodes(source, marked or "utf-8"):
        encoding = marked or "utf-8"
    elif marked:
        raise Problem("data-syntax", f"this is no text, though it begins as {marked.upper()}")
    else:
        source.seek(0)
        encoding = _likeliest([line for line in source if not line.isascii()], is_name)
    source.seek(0)
    return encoding


def _decodes(source: IO[bytes], encoding: str) -> bool:
    """Whether all of a file is in an encoding; it is not kept."""
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := source.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(lines: Sequence[bytes], is_name: IsName | None) -> str:
    """Rank the encodings that lines with other than ASCII may be in, and return the best."""
    sample = b"".join(lines[:_SAMPLE])
    mess = _mess(sample)
    ranked = []
    for place, encoding in enumerate(CANDIDATES):
        if _fits(b"".join(lines), encoding):
            text = sample.decode(encoding)[:_LONGEST]
            has_letters = any(not c.isascii() and c not in _PUNCTUATION for c in set(text))
            words = _wrong(text, encoding), has_letters
            ranked.append((-_names(text, is_name), *words, mess.get(encoding, _MESSY), place))
    if not ranked or (min(ranked)[0] == 0 and min(ranked)[1] > _WRONG):
        raise Problem("data-syntax", "the encoding of this table is not known; save it as UTF-8")
    return CANDIDATES[min(ranked)[-1]]


def _fits(content: bytes, encoding: str) -> bool:
    """Whether content is in an encoding, without controls, private and unassigned characters."""
    try:
        characters = set(content.decode(encoding)) - set("\t\r\n")
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(char) in {"Cc", "Co", "Cn"} for char in characters)


def _mess(sample: bytes) -> dict[str, float]:
    """Measure the mess of candidates by charset-normalizer, less what is like a language."""
    from charset_normalizer import from_bytes

    found: dict[str, float] = {}
    for match in from_bytes(sample, cp_isolation=list(CANDIDATES), threshold=_MESSY):
        mess = round(match.chaos - 0.2 * match.coherence, 2)
        for encoding in (match.encoding, *match.could_be_from_charset):
            found[encoding] = min(mess, found.get(encoding, _MESSY))
    return found


def _names(text: str, is_name: IsName | None) -> float:
    """Measure which share of the cells that are not ASCII are names."""
    if is_name is None:
        return 0.0
    return _share(filter(None, map(str.strip, _BETWEEN_CELLS.split(text))), is_name)


def _wrong(text: str, encoding: str) -> float:
    """Measure which share of the words that are not ASCII nobody would write."""
    return _share(_BETWEEN_WORDS.split(text), lambda word: _is_wrong(word, encoding))


def _share(pieces: Iterable[str], holds: IsName) -> float:
    other = {piece for piece in pieces if not piece.isascii()}
    return round(sum(map(holds, other)) / max(1, len(other)), 2)


def _is_wrong(word: str, encoding: str) -> bool:
    """Whether a word is one that nobody would write."""
    letters = [char for char in word if unicodedata.category(char)[0] in "LM"]
    symbols = [char for char in word if not char.isascii() and char not in letters]
    if set(symbols) - _PUNCTUATION or len({*map(_script, letters)} - {""}) > 1:
        return True
    if encoding in _COMMON:
        return not all(char.isascii() or _is_common(char, encoding) for char in letters)
    return _is_miscased(letters)


@lru_cache(1 << 14)
def _script(letter: str) -> str:
    """Return the script of a letter; empty for a mark, and for letters of any script."""
    first = unicodedata.name(letter, "?").split(maxsplit=1)[0]
    if unicodedata.category(letter)[0] == "M" or first in {"FEMININE", "MASCULINE", "MODIFIER"}:
        return ""
    return "CJK" if first in _EAST_ASIAN else first


@lru_cache(1 << 14)
def _is_common(char: str, encoding: str) -> bool:
    table, first, last = _COMMON[encoding]
    try:
        return first <= char.encode(table)[0] <= last
    except UnicodeEncodeError:
        return False


def _is_miscased(letters: Collection[str]) -> bool:
    """Whether a word has a capital after a small letter, or begins with a small one not ASCII."""
    cased = [letter for letter in letters if letter.isupper() or letter.islower()]
    if any(before.islower() and after.isupper() for before, after in pairwise(cased)):
        return True
    two_capitals = len(cased) > 2 and all(map(str.isupper, cased[:2]))
    if two_capitals and not all(map(str.isupper, cased)):
        return True
    return len(cased) > 1 and cased[0].islower() and not cased[0].isascii()
