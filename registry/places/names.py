"""Names of places, folded so that spellings meet, and the readings that one name may have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from anyascii import anyascii

_APART: Final = re.compile("[^a-z0-9]+")
_BRACKETS: Final = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*")
_ALTERNATIVES: Final = re.compile(r"\s*/\s*|\s+[-–—]\s+")
_PARTS: Final = re.compile(r"\s*[-–—]\s*|\s+(?:and|und|et|e|y|i|&)\s+")
_LEAST: Final = 4
"""Characters that a part of a name has at least to stand for the whole."""

_OF_A_CITY: Final = re.compile(
    r"^(?:city|town|municipality|commune|comune|ville|stadt|gemeinde|municipio|município|"
    r"ayuntamiento|obec|mesto|město|miasto|orașul|municipiul|kommun)(?: of| di| de| do| da|)? "
    r"|,? (?:city|town|municipality|stadt|kommun|kommune|linn|vald|község|város)$",
    re.IGNORECASE,
)
"""Words for a municipality around its name."""

_ABBREVIATIONS: Final = {"st": "saint", "ste": "sainte", "s": "san", "sta": "santa", "sto": "santo"}

OTHER_KINDS: Final = {
    "district": r"\b(?:landkreis|kreis|distrikt|district|bezirk|powiat|okres|rayon|raion|distrito)",
    "rural municipality": r"^gmina",
    "county": r"\b(?:county|comitat|komitat|judet|fylke|megye)",
    "province": r"\b(?:province|provinz|provincia|prefecture|prafektur|oblast|voivodeship|"
    r"gouvernorat|governorate|gebiet)",
    "region": r"\b(?:region|regione|departement|department|canton|kanton|arrondissement|krai)",
    "township": r"\btownship",
    "union of municipalities": r"\b(?:samtgemeinde|verbandsgemeinde|verwaltungsgemeinschaft|"
    r"communaute de communes|communaute d agglomeration)",
}
"""Words by which a name says that it is not that of a city, in folded form."""

_OTHER_KINDS: Final = {kind: re.compile(rf"{words}\b") for kind, words in OTHER_KINDS.items()}


@lru_cache(1 << 16)
def fold(name: str) -> str:
    """Return the key under which spellings of a name meet: ASCII, lower case, single spaces.

    >>> fold("Saint-Étienne"), fold("ŁÓDŹ"), fold("Пермь"), fold(" L’Aquila ")
    ('saint etienne', 'lodz', 'perm', 'l aquila')
    """
    return _APART.sub(" ", anyascii(name).lower().replace("'", " ")).strip()


@dataclass(frozen=True)
class NameReading:
    """One way to read a name.

    `left_out` is how much of the name it passes over: 0 nothing, 1 what stands beside the name in
    brackets, 2 all but its first part, 3 all but a later one. `qualifier` is what stood in brackets
    or after a comma.
    """

    key: str
    left_out: int = 0
    qualifier: str = ""


def readings(name: str) -> tuple[NameReading, ...]:
    """Return the readings of a name, the plainest first; each key once.

    >>> [reading.key for reading in readings("Szczecin (Stettin)")]
    ['szczecin stettin', 'szczecin', 'stettin']
    >>> [(r.key, r.left_out) for r in readings("Brighton and Hove")]
    [('brighton and hove', 0), ('brighton', 2), ('hove', 3)]
    >>> readings("Springfield, Illinois")[1]
    NameReading(key='springfield', left_out=0, qualifier='Illinois')
    """
    found: dict[str, NameReading] = {}
    for reading in _readings(name):
        if reading.key:
            found.setdefault(reading.key, reading)
    return tuple(found.values())


def _readings(name: str) -> Iterator[NameReading]:
    yield NameReading(fold(name))
    bare, qualifier = _split(name)
    yield NameReading(fold(bare), qualifier=qualifier)
    if _BRACKETS.search(name):
        yield NameReading(fold(qualifier), left_out=1)
    yield NameReading(_spelled_out(fold(bare)), qualifier=qualifier)
    for alternative in _ALTERNATIVES.split(bare):
        yield NameReading(fold(alternative), qualifier=qualifier)
        yield NameReading(fold(_OF_A_CITY.sub("", alternative)), qualifier=qualifier)
    for number, part in enumerate(_PARTS.split(bare)):
        if len(part) >= _LEAST:
            yield NameReading(fold(part), left_out=min(2 + number, 3), qualifier=qualifier)


def _split(name: str) -> tuple[str, str]:
    """Split a name from what stands in brackets or after a comma.

    >>> _split("Frankfurt (Oder)"), _split("Tolbiac")
    (('Frankfurt', 'Oder'), ('Tolbiac', ''))
    """
    if found := _BRACKETS.search(name):
        return (name[: found.start()] + " " + name[found.end() :]).strip(), found[1].strip()
    head, _, tail = name.partition(",")
    return head.strip(), tail.strip()


def _spelled_out(key: str) -> str:
    """Spell out abbreviated words.

    >>> _spelled_out("st gallen")
    'saint gallen'
    """
    return " ".join(_ABBREVIATIONS.get(word, word) for word in key.split(" "))


def other_kind(name: str) -> str:
    """Return what a name says it is the name of, where that is not a city; else empty.

    >>> other_kind("Landkreis Gießen"), other_kind("Gmina Dopiewo"), other_kind("Gießen")
    ('district', 'rural municipality', '')
    """
    key = fold(name)
    return next((kind for kind, words in _OTHER_KINDS.items() if words.search(key)), "")
