"""What an IRI stands for now: itself, a successor, nothing any more, or nothing ever."""

from __future__ import annotations

import pytest

from registry import terms
from registry.problems import Problem
from registry.things.former import current
from tests.tables import every_row
from tests.things.made import lookup_of

FACTS = """
city:perm-511196 skos:prefLabel "Perm"@en ; cl:geonamesFeature <https://sws.geonames.org/511196/> .
city:perm-511196 geo:hasDefaultGeometry <https://w3id.org/citylinks/id/geometry/perm-511196> .
<https://w3id.org/citylinks/id/geometry/perm-511196> geo:asWKT "POINT(56.29 58.01)" .
city:x-q12 skos:prefLabel "X"@en ; cl:wikidataItem <http://www.wikidata.org/entity/Q12> .
city:y-1 cl:wikidataItem <http://www.wikidata.org/entity/Q77> .
city:merged-1 owl:deprecated true ; dcterms:isReplacedBy city:perm-511196 .
city:withdrawn-2 owl:deprecated true .
city:elsewhere-3 owl:deprecated true ; dcterms:isReplacedBy <https://example.org/> .
<https://w3id.org/citylinks/id/link/perm-511196--x-q12> skos:prefLabel "Perm–X"@en .
<https://w3id.org/citylinks/id/claim/perm-511196--x-q12/list/1> skos:prefLabel "Perm–X"@en .
document:first dcterms:title "1"@en ; dcterms:isReplacedBy document:second .
document:old dcterms:title "0"@en ; owl:deprecated true .
"""

NOW = {
    "city/perm-511196": "city/perm-511196",
    "city/merged-1": "city/perm-511196",
    "city/molotov-511196": "city/perm-511196",
    "city/any-q12": "city/x-q12",
    "geometry/perm-511196": "geometry/perm-511196",
    "geometry/merged-1": "geometry/perm-511196",
    "geometry/molotov-511196": "geometry/perm-511196",
    # Links and claims of cities that were given up have no line of their own in the ledger.
    "link/merged-1--x-q12": "link/perm-511196--x-q12",
    "claim/merged-1--x-q12/list/1": "claim/perm-511196--x-q12/list/1",
    "document/first": "document/first",
    "document/old": "document/old",
}


@every_row(("iri", "now"), NOW.items())
def test_what_an_iri_stands_for(iri: str, now: str) -> None:
    """An edition that has a later one is described all the same."""
    assert current(lookup_of(FACTS), terms.ID + iri) == terms.ID + now


@every_row(
    ("iri", "name"),
    [
        ("city/withdrawn-2", "gone"),
        ("city/elsewhere-3", "gone"),
        ("city/withdrawn-3", "not-found"),
        ("city/any-q77", "not-found"),
        ("geometry/withdrawn-2", "gone"),
        ("geometry/any-q12", "not-found"),
        ("geometry/any-511197", "not-found"),
        ("link/any-511196", "not-found"),
        ("link/withdrawn-2--x-q12", "gone"),
        ("claim/withdrawn-2--x-q12/list/1", "gone"),
        ("link/withdrawn-2--nowhere-3", "not-found"),
        ("link/merged-1--y-1", "not-found"),
        ("link/x-q12--y-1", "not-found"),
        ("claim/merged-1--x-q12/list/2", "not-found"),
        ("city/511196", "not-found"),
        ("city/any-", "not-found"),
        ("city/any-1511196", "not-found"),
    ],
)
def test_what_stands_for_nothing(iri: str, name: str) -> None:
    with pytest.raises(Problem) as caught:
        current(lookup_of(FACTS), terms.ID + iri)
    assert caught.value.name == name
