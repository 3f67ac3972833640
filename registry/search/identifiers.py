"""Identifiers of things: our IRIs, and those of Wikidata and GeoNames, however written."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from registry.views.names import NameIndex, Suggestion, Thing

_ITEM: Final = re.compile(
    r"(?:wd:|wikidata:)?(Q[1-9][0-9]{0,11})"
    r"|https?://(?:www\.|m\.)?wikidata\.org/(?:entity|wiki|wiki/Special:EntityData)/"
    r"(Q[1-9][0-9]{0,11})(?:[.?#].*)?"
)
_FEATURE: Final = re.compile(
    r"geonames:([1-9][0-9]{0,9})"
    r"|https?://(?:sws\.|www\.)?geonames\.org/([1-9][0-9]{0,9})(?:/.*)?"
)
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
_OURS: Final = re.compile(
    r"(?:(?:https?://)?[^/?#\s]+(?:/[^?#\s]*?)?/(?:id|doc)/|(?:https?://[^/?#\s]+)?/(?:[a-z]{2}/)?)?"
    r"([a-z-]+)/([^?#\s]+)(?:[?#].*)?"
)
"""An IRI of ours, a reference with its kind, or the address of a page at any of our servers."""

_EXTENSION: Final = re.compile(r"\.[a-z]+$")


def item_of(text: str) -> str:
    """Read an item of Wikidata; empty where it is none.

    >>> item_of("http://www.wikidata.org/entity/Q6259"), item_of("Q6259"), item_of("P190")
    ('Q6259', 'Q6259', '')
    >>> item_of("https://www.wikidata.org/wiki/Special:EntityData/Q6259.ttl"), item_of("wd:Q6259")
    ('Q6259', 'Q6259')
    """
    found = _ITEM.fullmatch(text.strip())
    return found[1] or found[2] if found else ""


def feature_of(text: str) -> int:
    """Read the address that GeoNames gives a place, long or short; 0 where it is none.

    >>> feature_of("https://sws.geonames.org/3171366/"), feature_of("geonames:3171366")
    (3171366, 3171366)
    >>> feature_of("3171366")
    0
    """
    found = _FEATURE.fullmatch(text.strip())
    return int(found[1] or found[2]) if found else 0


def number_of(text: str) -> int:
    """Read a GeoNames id, as a number or an address; 0 where it is none.

    >>> number_of("https://www.geonames.org/3171366/pavia.html"), number_of("3171366")
    (3171366, 3171366)
    """
    written = text.strip()
    return int(written) if _NUMBER.fullmatch(written) else feature_of(written)


def ours(text: str) -> tuple[str, str] | None:
    """Read kind and reference of a thing, as they stand in its IRI or in the address of its page.

    >>> ours("https://w3id.org/citylinks/id/city/perm-511196"), ours("city/perm-511196")
    (('city', 'perm-511196'), ('city', 'perm-511196'))
    >>> ours("http://127.0.0.1:8000/doc/city/perm-511196?lang=it#links")
    ('city', 'perm-511196')
    >>> ours("/it/city/perm-511196")
    ('city', 'perm-511196')
    >>> ours("Perm") is None
    True
    """
    found = _OURS.fullmatch(unquote(text.strip()))
    return (found[1], found[2]) if found else None


def thing_of(index: NameIndex, text: str) -> Thing | None:
    """Return the thing with an identifier: our IRI or reference, or one of another authority."""
    written = text.strip()
    if item := item_of(written):
        return index.by_wikidata(item)
    if number := feature_of(written):
        return index.by_geonames(number)
    if found := ours(written):
        kind, ref = found
        return index.thing(kind, ref) or index.thing(kind, _EXTENSION.sub("", ref))
    return index.thing("city", written)


def identified_as_typed(index: NameIndex, typed: str) -> list[Suggestion]:
    """List the thing that an identifier stands for which was typed; a number is one of GeoNames."""
    written = typed.strip()
    thing = thing_of(index, written) or index.by_geonames(number_of(written))
    return [Suggestion(thing, written)] if thing else []


def beginning(index: NameIndex, typed: str, limit: int) -> list[Suggestion]:
    """List the things of which an identifier begins as it was typed, the larger cities first.

    Each comes with that identifier.
    """
    written = typed.strip()
    if item := item_of(written):
        return index.items_beginning(item, limit)
    if number := number_of(written):
        return index.numbers_beginning(number, limit)
    if found := ours(written):
        return index.references_beginning(*found, limit)
    return []
