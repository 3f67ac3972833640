"""The workloads: what is asked, in three classes, in requests that differ or do not.

The classes are those of the native server's time for an answer on a million triples. Each query is
asked twice over. Distinct: every query of a run carries a number that no other has, in a comment,
so that no cache of answers or of parsed queries can help. Repeated: one request again and again,
the same for every server.

The number is no LIMIT far above the rows there are: Virtuoso makes room for as many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import quote

SOLUTIONS: Final = "application/sparql-results+json"
TRIPLES: Final = "text/turtle"

_PREFIXES: Final = """\
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX status: <https://w3id.org/citylinks/scheme/status/>
PREFIX wgs84: <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


class Asked(StrEnum):
    """How a query is asked."""

    DISTINCT = "distinct"
    REPEATED = "repeated"


class Group(StrEnum):
    """A class of workloads, by how long the native server takes on a million triples."""

    POINTS = "points"
    JOINS = "joins"
    SCANS = "scans"

    def holds(self, milliseconds: float) -> bool:
        """Tell whether an answer that takes the native server so long is one of this class.

        >>> [group.holds(3) for group in Group], Group.SCANS.holds(80)
        ([False, True, False], True)
        """
        least, most = BOUNDS[self]
        return least <= milliseconds < most


BOUNDS: Final[Mapping[Group, tuple[float, float]]] = {
    Group.POINTS: (0.0, 1.0),
    Group.JOINS: (1.0, 5.0),
    Group.SCANS: (50.0, float("inf")),
}
"""Bounds of each class: milliseconds of the native server, the lower one included."""


class About(StrEnum):
    """What a query names."""

    NOTHING = "nothing"
    CITY = "city"
    LINKED_CITY = "linked city"
    COUNTRIES = "two countries"


Subject = tuple[str, ...]
"""The IRIs that a query names, in the order of its places `@0@`, `@1@`."""

Subjects = Mapping[About, Sequence[Subject]]
"""What there is to ask about in a release."""


@dataclass(frozen=True)
class Workload:
    """One kind of question: a query with places `@0@`, `@1@` for IRIs."""

    name: str
    group: Group
    title: str
    about: About
    query: str
    accept: str = SOLUTIONS

    def begun(self, subject: Subject) -> str:
        """Give the query about a subject, up to the number."""
        text = self.query
        for place, iri in enumerate(subject):
            text = text.replace(f"@{place}@", f"<{iri}>")
        return f"{text}\n# "

    def text(self, subject: Subject, number: int) -> str:
        r"""Give the query about a subject, made different from all others by a number.

        >>> DESCRIBE.text(("http://example.org/",), 7)
        'DESCRIBE <http://example.org/>\n# 7'
        """
        return f"{self.begun(subject)}{number}"


POINT: Final = Workload(
    "point",
    Group.POINTS,
    "labels of a city",
    About.CITY,
    _PREFIXES + "SELECT ?label WHERE { @0@ skos:prefLabel ?label }",
)
DESCRIBE: Final = Workload(
    "describe",
    Group.POINTS,
    "DESCRIBE of a city",
    About.CITY,
    "DESCRIBE @0@",
    TRIPLES,
)
TWINS: Final = Workload(
    "twins",
    Group.JOINS,
    "twins of a city, their names",
    About.LINKED_CITY,
    _PREFIXES
    + """\
SELECT DISTINCT ?twin ?name ?country ?since
WHERE {
  VALUES ?status { status:active status:listed status:not-confirmed }
  @0@ cl:partyIn ?link .
  ?link a cl:TwinningLink ; cl:status ?status ; cl:party ?twin .
  FILTER(?twin != @0@)
  ?twin cl:inCountry ?country .
  ?twin skos:prefLabel ?name .
  OPTIONAL { ?link cl:startDate ?since }
}
ORDER BY ?since ?twin ?name""",
)
SECOND: Final = Workload(
    "second",
    Group.JOINS,
    "partners of the partners of a city",
    About.LINKED_CITY,
    _PREFIXES
    + """\
SELECT DISTINCT ?far
WHERE {
  @0@ cl:linkedCity|cl:unconfirmedCity ?near .
  ?near cl:linkedCity|cl:unconfirmedCity ?far .
  FILTER(?far != @0@)
}
ORDER BY ?far""",
)
PAIR: Final = Workload(
    "pair",
    Group.JOINS,
    "links between two countries",
    About.COUNTRIES,
    _PREFIXES
    + """\
SELECT ?one ?other
WHERE { ?one cl:inCountry @0@ ; cl:linkedCity|cl:unconfirmedCity ?other . ?other cl:inCountry @1@ }
ORDER BY ?one ?other""",
)
BY_COUNTRY: Final = Workload(
    "group",
    Group.SCANS,
    "links by country",
    About.NOTHING,
    _PREFIXES
    + """\
SELECT ?country (COUNT(DISTINCT ?link) AS ?links) (MAX(?people) AS ?most)
WHERE { ?city cl:inCountry ?country ; cl:population ?people ; cl:partyIn ?link }
GROUP BY ?country
ORDER BY DESC(?links) ?country""",
)
DATES: Final = Workload(
    "dates",
    Group.SCANS,
    "links that began in some years",
    About.NOTHING,
    _PREFIXES
    + """\
SELECT ?link ?start
WHERE {
  ?link cl:startEarliest ?start
  FILTER(?start >= "1990-01-01"^^xsd:date && ?start < "1993-01-01"^^xsd:date)
}
ORDER BY ?start ?link""",
)
CONTAINS: Final = Workload(
    "contains",
    Group.SCANS,
    "labels that contain a word",
    About.NOTHING,
    _PREFIXES
    + """\
SELECT ?thing ?label
WHERE { ?thing skos:prefLabel ?label FILTER(CONTAINS(LCASE(STR(?label)), "twin")) }
ORDER BY ?thing ?label""",
)
CONSTRUCT: Final = Workload(
    "construct",
    Group.SCANS,
    "CONSTRUCT of all cities",
    About.NOTHING,
    _PREFIXES
    + """\
CONSTRUCT { ?city skos:prefLabel ?name ; wgs84:lat ?latitude ; wgs84:long ?longitude }
WHERE {
  ?city a cl:City ; wgs84:lat ?latitude ; wgs84:long ?longitude ; skos:prefLabel ?name
  FILTER(LANG(?name) = "en")
}""",
    TRIPLES,
)
ALL: Final = (POINT, DESCRIBE, TWINS, SECOND, PAIR, BY_COUNTRY, DATES, CONTAINS, CONSTRUCT)


class Requests(Protocol):
    """An endless row of HTTP requests."""

    def request(self, number: int) -> bytes:
        """Give the request with this number."""


@dataclass(frozen=True)
class Stream:
    """Requests of which no two are equal: a beginning in turn, the number, the end."""

    beginnings: tuple[bytes, ...]
    end: bytes

    def request(self, number: int) -> bytes:
        """Give the request with this number.

        >>> Stream((b"GET /a?n=", b"GET /b?n="), b" HTTP/1.1").request(3)
        b'GET /b?n=3 HTTP/1.1'
        """
        return b"%s%d%s" % (self.beginnings[number % len(self.beginnings)], number, self.end)

    def typical(self) -> Same:
        """Give one of the requests, for asking it again and again: in the middle of all."""
        return Same(self.beginnings[len(self.beginnings) // 2] + b"0" + self.end)


@dataclass(frozen=True)
class Same:
    """One request again and again."""

    whole: bytes

    def request(self, _number: int) -> bytes:
        """Give the request."""
        return self.whole


def stream(workload: Workload, path: str, host: str, subjects: Sequence[Subject]) -> Stream:
    """Make the requests that put a workload's queries to an endpoint; `path` ends in `query=`."""
    texts = (quote(workload.begun(subject), "") for subject in subjects)
    beginnings = tuple(f"GET {path}{text}".encode() for text in texts)
    return Stream(beginnings, _headers(host, workload.accept))


def pages(paths: Sequence[str], host: str, accept: str) -> Stream:
    """Make requests for documents; a parameter that the server does not know sets them apart."""
    beginnings = tuple(f"GET {path}?number=".encode() for path in paths)
    return Stream(beginnings, _headers(host, accept))


def _headers(host: str, accept: str) -> bytes:
    return f" HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n".encode()
