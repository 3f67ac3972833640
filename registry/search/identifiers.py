"""Identifiers of things: our IRIs, and those of Wikidata and GeoNames, however written."""

from __future__ import annotations

import re
from typing import Final

from registry import terms
from registry.views.names import NameIndex, Thing

_ITEM: Final = re.compile(r"(?:https?://www\.wikidata\.org/(?:entity|wiki)/)?(Q[1-9][0-9]{0,11})")
_FEATURE: Final = re.compile(r"https?://(?:sws|www)\.geonames\.org/([1-9][0-9]{0,9})(?:/.*)?")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
_OURS: Final = re.compile(rf"(?:{re.escape(terms.ID)}|{re.escape(terms.DOC)})?([a-z]+)/(.+)")


def item_of(text: str) -> str:
    """Read an item of Wikidata; empty where it is none.

    >>> item_of("http://www.wikidata.org/entity/Q6259"), item_of("Q6259"), item_of("P190")
    ('Q6259', 'Q6259', '')
    """
    found = _ITEM.fullmatch(text)
    return found[1] if found else ""


def feature_of(text: str) -> int:
    """Read the address that GeoNames gives a place; 0 where it is none.

    >>> feature_of("https://sws.geonames.org/3171366/"), feature_of("3171366")
    (3171366, 0)
    """
    found = _FEATURE.fullmatch(text)
    return int(found[1]) if found else 0


def number_of(text: str) -> int:
    """Read a GeoNames id, as a number or an address; 0 where it is none.

    >>> number_of("https://www.geonames.org/3171366/pavia.html"), number_of("3171366")
    (3171366, 3171366)
    """
    return int(text) if _NUMBER.fullmatch(text) else feature_of(text)


def thing_of(index: NameIndex, text: str) -> Thing | None:
    """Return the thing with an identifier: our IRI or reference, or one of another authority."""
    written = text.strip()
    if item := item_of(written):
        return index.by_wikidata(item)
    if number := feature_of(written):
        return index.by_geonames(number)
    if found := _OURS.fullmatch(written):
        return index.thing(found[1], found[2])
    return index.thing("city", written)
