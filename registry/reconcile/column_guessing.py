"""Guesses what the columns of a table hold, by their heads and by the cells of the first rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from registry.places.names import fold
from registry.reconcile.csv_linking import is_ours
from registry.reconcile.matching import Matcher
from registry.reconcile.protocol import country_of
from registry.search.identifiers import feature_of, item_of, number_of

LOOKED_AT: Final = 200
"""Rows by which columns are guessed."""

_HEADS: Final = {
    "identifier": "wikidata qid geonames geonameid uri iri identifier kennung identifiant",
    "latitude": "lat latitude latitud latitudine breite breitengrad",
    "longitude": "lon lng long longitude longitud longitudine lange langengrad laenge",
    "country": "country countries cc iso iso2 iso3 nation land staat pays pais paese strana",
    "region": "region state province county division bundesland provinz kanton canton "
    "departement provincia regione estado oblast",
    "name": "city cities town municipality place name stadt gemeinde ort ville commune nom ciudad "
    "municipio localidad nombre citta comune nome gorod",
}
"""Words of heads by what their column holds, folded; the fields before are looked for first."""

_MOSTLY: Final = 0.8
"""Share of the cells that can be read from which on a column holds what they are read as."""

_SURE: Final = 1.0
"""What a head adds to the share of its cells."""

_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+)?")


def guessed(head: Sequence[str], rows: Sequence[Sequence[str]], matcher: Matcher) -> dict[str, str]:
    """Return the columns that hold what `Columns` has fields for, by these; others are left out."""
    columns = {
        name: [row[at].strip() for row in rows if row[at].strip()]
        for at, name in enumerate(head)
        if name.strip() and head.count(name) == 1
    }
    found: dict[str, str] = {}
    for field in _HEADS:
        graded = [
            (_grade(field, name, cells, matcher), name)
            for name, cells in columns.items()
            if name not in found.values()
        ]
        grade, name = max(graded, key=lambda one: one[0], default=(0.0, ""))
        if grade > 0:
            found[field] = name
    position = {"latitude", "longitude"}
    return {
        field: name
        for field, name in found.items()
        if {*found} >= position or field not in position
    }


def _grade(field: str, name: str, cells: Sequence[str], matcher: Matcher) -> float:
    """Return how well a column fits a field: 0 where it does not."""
    called, share = _called(name), _share(cells, _readers(matcher)[field])
    if field == "identifier" and called != field:
        return _share(cells, _is_identifier) if _share(cells, _is_identifier) >= _MOSTLY else 0.0
    if field in {"identifier", "latitude", "longitude"}:
        return share if called == field and share >= _MOSTLY else 0.0
    if field == "country":
        fits = share >= _MOSTLY and called in {"", field}
        return share + _SURE * (called == field) if fits else 0.0
    # A name or a region can be anything: what its column is called counts first.
    if field == "region":
        return share if called == field else 0.0
    return (
        share + _SURE * (called == field) if called in {"", field} and not _numbers(cells) else 0.0
    )


def _called(name: str) -> str:
    """Return the field that the head of a column names; empty for none.

    >>> _called("Länge (WGS84)"), _called("city_name"), _called("home country"), _called("note")
    ('longitude', 'name', 'country', '')
    """
    words = set(fold(re.sub(r"[^\w]|_", " ", name)).split())
    return next((field for field, known in _HEADS.items() if words & {*known.split()}), "")


def _share(cells: Sequence[str], reads: Callable[[str], object]) -> float:
    """Return the share of cells that can be read; of no cells none can."""
    return sum(bool(reads(cell)) for cell in cells) / len(cells) if cells else 0.0


def _is_identifier(text: str) -> bool:
    """Whether a text can be nothing but an identifier."""
    return bool(item_of(text) or feature_of(text) or is_ours(text))


def _numbers(cells: Sequence[str]) -> bool:
    return _share(cells, _NUMBER.fullmatch) >= _MOSTLY


def _degrees(most: int) -> Callable[[str], bool]:
    """Return whether a text is degrees up to a number, with a point or a comma."""
    return lambda text: bool(_NUMBER.fullmatch(text)) and abs(float(text.replace(",", "."))) <= most


def _readers(matcher: Matcher) -> dict[str, Callable[[str], object]]:
    """Return for each field whether a text can be read as what it holds."""
    return {
        "identifier": lambda text: _is_identifier(text) or number_of(text),
        "latitude": _degrees(90),
        "longitude": _degrees(180),
        "country": country_of,
        "region": lambda text: not _NUMBER.fullmatch(text),
        "name": matcher.knows,
    }
