"""What the queries name: cities and countries of a release."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyoxigraph as ox

from benchmarks.workloads import About, Subject, Subjects

MOST: Final = 1_000
"""So many cities at most, evenly from all."""

_LINKED: Final = 100
_PAIRS: Final = 200

_PREFIX: Final = "PREFIX cl: <https://w3id.org/citylinks/ontology#>\n"
_CITIES: Final = _PREFIX + "SELECT ?city { ?city a cl:City } ORDER BY ?city"
_MOST_LINKED: Final = (
    _PREFIX
    + """\
SELECT ?city { ?city cl:linkedCity|cl:unconfirmedCity ?other }
GROUP BY ?city
ORDER BY DESC(COUNT(DISTINCT ?other)) ?city"""
)
_COUNTRY_PAIRS: Final = (
    _PREFIX
    + """\
SELECT DISTINCT ?one ?other {
  { SELECT ?one (COUNT(?city) AS ?cities) { ?city cl:inCountry ?one } GROUP BY ?one }
  ?a cl:inCountry ?one ; cl:linkedCity|cl:unconfirmedCity ?b .
  ?b cl:inCountry ?other .
  FILTER(?one != ?other)
}
ORDER BY ?cities ?one ?other"""
)


def read(home: Path) -> Subjects:
    """Choose from the current release what queries are about, the same every time.

    Joins start from the cities with the most links and from the smallest countries with links to
    another, so that they are joins of some size, and yet no scans.
    """
    store = ox.Store.read_only(str((home / "current" / "store").resolve()))
    cities = _rows(store, _CITIES)
    return {
        About.NOTHING: [()],
        About.CITY: cities[:: max(1, len(cities) // MOST)],
        About.LINKED_CITY: _rows(store, _MOST_LINKED)[:_LINKED],
        About.COUNTRIES: _rows(store, _COUNTRY_PAIRS)[:_PAIRS],
    }


def _rows(store: ox.Store, query: str) -> list[Subject]:
    """Give the IRIs of each row."""
    found = store.query(query)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("a SELECT is expected")
    return [tuple(term.value for term in row if isinstance(term, ox.NamedNode)) for row in found]
