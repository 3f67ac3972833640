"""Counts of a release, as VoID and DCAT-AP want them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.releases.reading import View


@dataclass(frozen=True)
class Statistics:
    """What the merged default graph of a release holds.

    Instances by class and triples by property, each by IRI in its order. `box` holds all positions,
    in degrees: west, south, east, north; None where there is none. `since` is the earliest year
    that a relation is said to have begun in, empty where none is known.
    """

    triples: int
    subjects: int
    classes: dict[str, int]
    properties: dict[str, int]
    box: tuple[float, float, float, float] | None
    since: str


def count(store: ox.Store) -> Statistics:
    """Count what is in the default graph; for a million triples this takes some seconds."""
    properties = _counts(store, "SELECT ?x (COUNT(*) AS ?n) { ?s ?x ?o } GROUP BY ?x")
    starts = f"SELECT (MIN(STR(?d)) AS ?x) {{ ?s <{terms.CL}startDate> ?d }}"
    return Statistics(
        sum(properties.values()),
        int(_column(store, "SELECT (COUNT(DISTINCT ?s) AS ?x) { ?s ?p ?o }")[0]),
        _counts(store, "SELECT ?x (COUNT(*) AS ?n) { ?s a ?x } GROUP BY ?x"),
        properties,
        _box(store),
        "".join(_column(store, starts))[:_YEAR],
    )


_YEAR: Final = 4


def _solutions(store: ox.Store, query: str) -> list[ox.QuerySolution]:
    found = store.query(query)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("a count must be a SELECT")
    return list(found)


def _column(store: ox.Store, query: str) -> list[str]:
    return [row["x"].value for row in _solutions(store, query) if row["x"]]


def _box(store: ox.Store) -> tuple[float, float, float, float] | None:
    columns = " ".join(
        f"({found}(xsd:double(?{way})) AS ?{found}{way})"
        for found in ("MIN", "MAX")
        for way in ("long", "lat")
    )
    prologue = "".join(f"PREFIX {name}: <{terms.PREFIXES[name]}>\n" for name in ("wgs84", "xsd"))
    (row,) = _solutions(
        store, f"{prologue}SELECT {columns} {{ ?s wgs84:lat ?lat ; wgs84:long ?long }}"
    )
    found = [row[name] for name in ("MINlong", "MINlat", "MAXlong", "MAXlat")]
    if not all(found):
        return None
    west, south, east, north = (float(one.value) for one in found)
    return west, south, east, north


def _counts(store: ox.Store, query: str) -> dict[str, int]:
    counts = {row["x"].value: int(row["n"].value) for row in _solutions(store, query)}
    return dict(sorted(counts.items()))


STATISTICS: Final = View("statistics", lambda release: count(release.store))
