"""Former IRIs: what a city was called before, and what the identity ledger has given up.

An IRI that was published answers for ever: with its thing, with what took its place, or with the
word that it was withdrawn. One that was never minted is not known.
"""

from __future__ import annotations

import re
from typing import Final

from registry import terms
from registry.problems import Problem
from registry.things.city import is_city
from registry.things.lookup import Lookup, node

_STUB: Final = frozenset({node("owl:deprecated"), node("dcterms:isReplacedBy")})
"""The properties of a stub, which is all that is left of what was given up."""

_NUMBER: Final = re.compile(r".*-(q?[0-9]+)")


def current(lookup: Lookup, iri: str) -> str:
    """Return the IRI under which a thing is described now: its own, or that of what replaced it.

    Raises
    ------
    Problem
        `gone` when it was withdrawn, `not-found` when there never was such a thing.

    """
    said = {triple.predicate for triple in lookup.outgoing(iri)}
    if not said:
        return _renamed(lookup, iri)
    if not said <= _STUB:
        return iri
    successor = lookup.iri(iri, "dcterms:isReplacedBy")
    if not successor.startswith(terms.ID):
        raise Problem("gone", f"<{iri}> was withdrawn, and nothing took its place")
    return successor


def _renamed(lookup: Lookup, iri: str) -> str:
    """Find a city by the identifier at the end of its reference, whatever name stands before it.

    The geometry of a city is found by that city.
    """
    kind, ref = terms.kind_and_ref(iri) or ("", "")
    if link := _of_cities_now(lookup, iri):
        return link
    if kind == "geometry":
        geometry = terms.geometry_of(current(lookup, terms.thing("city", ref)))
        if geometry != iri and lookup.exists(geometry):
            return geometry
    match = _NUMBER.fullmatch(iri) if is_city(iri) else None
    if match:
        fitting = (c for c in _identified(lookup, match[1]) if c.endswith(f"-{match[1]}"))
        if city := next(fitting, None):
            return city
    raise Problem("not-found", f"nothing is known of <{iri}>")


def _of_cities_now(lookup: Lookup, iri: str) -> str:
    """Find a link or claim of given-up cities, which has no line of its own in the ledger.

    It is that of the cities that replaced them; empty where there is none.

    Raises
    ------
    Problem
        `gone` when one of the two cities was withdrawn.

    """
    kind, link, rest = terms.link_parts(iri)
    cities = [terms.thing("city", city) for city in link.split("--")]
    if len(cities) != 2 or not all(map(lookup.exists, cities)):
        return ""
    now = [current(lookup, city).removeprefix(terms.thing("city", "")) for city in cities]
    found = terms.thing(kind, "--".join(sorted(now)) + rest)
    return found if found != iri and lookup.exists(found) else ""


def _identified(lookup: Lookup, number: str) -> list[str]:
    """List the cities that have a number at GeoNames or Wikidata."""
    place = terms.GEONAMES.format(number)
    item = terms.WIKIDATA + number.upper()
    return lookup.subjects("cl:geonamesFeature", place) + lookup.subjects("cl:wikidataItem", item)
