"""The header Accept as a list of media ranges (RFC 9110, sections 5.6, 12.4.2 and 12.5.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

_QUOTED: Final = r'"(?:[^"\\]|\\.)*+"?+'
"""A quoted string, which may hold commas and semicolons; one without end takes the rest."""

_ELEMENT: Final = re.compile(rf'(?:{_QUOTED}|[^,"])++', re.DOTALL)
_PIECE: Final = re.compile(rf'(?:{_QUOTED}|[^;"])++', re.DOTALL)

_NAME: Final = r"[!#$%&'+.^_`|~0-9A-Za-z-]+"
_MEDIA_RANGE: Final = re.compile(rf"{_NAME}/{_NAME}|{_NAME}/\*|\*/\*")
_WEIGHT: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


class MediaRange(NamedTuple):
    """A media range, how much it is wanted (0 to 1), and the profiles that it names."""

    name: str
    quality: float
    profiles: tuple[str, ...] = ()


@lru_cache(256)
def read(accept: str) -> tuple[MediaRange, ...]:
    """Return the media ranges; what is malformed is passed over, and so are other parameters.

    >>> [one.name for one in read('text/turtle;q=0.5, TEXT/*, a/b;p="x,y";q=1, c/d;q=high')]
    ['text/turtle', 'text/*', 'a/b']
    >>> read('a/b; profile="x:y z"; q=0.5')
    (MediaRange(name='a/b', quality=0.5, profiles=('x:y', 'z')),)
    """
    ranges = []
    for element in _ELEMENT.findall(accept):
        name, *parameters = (piece.strip(" \t") for piece in _PIECE.findall(element) or [""])
        weights = [p[2:] for p in parameters if p[:2].lower() == "q="] or ["1"]
        if _MEDIA_RANGE.fullmatch(name) and _WEIGHT.fullmatch(weights[0]):
            profiles = (p[8:].strip('"') for p in parameters if p[:8].lower() == "profile=")
            named = tuple(" ".join(profiles).split())
            ranges.append(MediaRange(name.lower(), float(weights[0]), named))
    return tuple(ranges)
