"""The workloads: what is asked, in requests of which no two are equal.

Every request of a run carries a number that no other has (a LIMIT far above the rows there are),
so that a cache of answers or of parsed queries cannot give the answer. Documents are few, so our
server's cache is switched off as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

LEAST_LIMIT: Final = 1_000_000
"""The first number of a run, which stands in a LIMIT: no answer has more rows, so none is cut."""

SOLUTIONS: Final = "application/sparql-results+json"
TRIPLES: Final = "text/turtle"

_PREFIXES: Final = """\
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX status: <https://w3id.org/citylinks/scheme/status/>
"""


@dataclass(frozen=True)
class Workload:
    """One kind of question: a query with `@city@` (an IRI) and `@limit@` to be filled in."""

    name: str
    title: str
    query: str
    accept: str = SOLUTIONS

    @property
    def about_a_city(self) -> bool:
        """Tell whether the query names a city."""
        return "@city@" in self.query

    def text(self, city: str, number: int) -> str:
        """Give the query about a city, made different from all others by a number.

        >>> DESCRIBE.text("http://example.org/", LEAST_LIMIT)
        'DESCRIBE <http://example.org/> LIMIT 1000000'
        """
        return self.query.replace("@city@", f"<{city}>").replace("@limit@", str(number))


POINT: Final = Workload(
    "point",
    "labels of a city",
    _PREFIXES + "SELECT ?label WHERE { @city@ skos:prefLabel ?label } LIMIT @limit@",
)
DESCRIBE: Final = Workload(
    "describe", "DESCRIBE of a city", "DESCRIBE @city@ LIMIT @limit@", TRIPLES
)
TWINS: Final = Workload(
    "twins",
    "twins of a city",
    _PREFIXES
    + """\
SELECT DISTINCT ?twin ?name ?since
WHERE {
  @city@ cl:partyIn ?link .
  ?link a cl:TwinningLink ; cl:status status:active ; cl:party ?twin .
  FILTER(?twin != @city@)
  OPTIONAL { ?twin skos:prefLabel ?name . FILTER(LANG(?name) = "en") }
  OPTIONAL { ?link cl:startDate ?since }
}
ORDER BY ?since ?twin
LIMIT @limit@""",
)
GROUP: Final = Workload(
    "group",
    "links by country",
    _PREFIXES
    + """\
SELECT ?country (COUNT(DISTINCT ?link) AS ?links)
WHERE { ?city cl:inCountry ?country ; cl:partyIn ?link }
GROUP BY ?country
ORDER BY DESC(?links) ?country
LIMIT @limit@""",
)
ALL: Final = (POINT, DESCRIBE, TWINS, GROUP)


@dataclass(frozen=True)
class Stream:
    """An endless row of HTTP requests: `head`, a city in turn, `middle`, a number, `tail`."""

    head: bytes
    cities: tuple[bytes, ...]
    middle: bytes
    tail: bytes

    def request(self, number: int) -> bytes:
        """Give the request with this number.

        >>> Stream(b"GET /", (b"a", b"b"), b"?n=", b" HTTP/1.1").request(3)
        b'GET /b?n=3 HTTP/1.1'
        """
        city = self.cities[number % len(self.cities)]
        return b"%s%s%s%d%s" % (self.head, city, self.middle, number, self.tail)


def stream(workload: Workload, path: str, host: str, cities: Sequence[str]) -> Stream:
    """Make the requests that put a workload's queries to the endpoint at `path`, by GET."""
    before, _, after = workload.query.partition("@limit@")
    start = f"GET {path}?query="
    if not workload.about_a_city:
        return Stream(
            (start + quote(before, "")).encode(), (b"",), b"", _tail(workload, after, host)
        )
    first, *rest = before.split("@city@")
    named = [f"<{city}>".join(["", *rest]) for city in cities]
    filled = tuple(quote(text, "").encode() for text in named)
    return Stream((start + quote(first, "")).encode(), filled, b"", _tail(workload, after, host))


def _tail(workload: Workload, after: str, host: str) -> bytes:
    return quote(after, "").encode() + _headers(host, workload.accept)


def _headers(host: str, accept: str) -> bytes:
    return f" HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n".encode()


def pages(paths: Sequence[str], host: str, accept: str) -> Stream:
    """Make requests for documents; a parameter that the server does not know sets them apart."""
    return Stream(
        b"GET ", tuple(path.encode() for path in paths), b"?number=", _headers(host, accept)
    )
