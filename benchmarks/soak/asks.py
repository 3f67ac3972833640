"""What is asked, and how two answers to it are compared."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from benchmarks.answers import canonical
from benchmarks.workloads import ALL, SOLUTIONS, TRIPLES, About
from registry import formats, saved_queries, shipped, terms
from registry.formats import Format

MARK: Final = "soak"
"""Stands in the labels of cities, with the number of the variant of the data."""

CSV: Final = "text/csv"
_MARKED: Final = re.compile(rb"soak[0-9]+")
_QUERY: Final = "application/sparql-query"
_FORM: Final = "application/x-www-form-urlencoded"
_PREFIXES: Final = "PREFIX cl: <https://w3id.org/citylinks/ontology#>\n" + (
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
)


@dataclass(frozen=True)
class Question:
    """A query with places `@city@` and `@limit@`, a number that is never reached."""

    name: str
    query: str
    accept: str = SOLUTIONS


QUESTIONS: Final = (
    *(
        Question(asked.name, asked.query.replace("@0@", "@city@") + "\nLIMIT @limit@", asked.accept)
        for asked in ALL
        if asked.about is not About.COUNTRIES
    ),
    Question(
        "population",
        _PREFIXES + "SELECT ?city ?people { ?city cl:population ?people } ORDER BY ?city "
        "LIMIT @limit@",
        CSV,
    ),
    Question(
        "sum",
        _PREFIXES + "SELECT (SUM(?p) AS ?sum) (COUNT(*) AS ?n) { ?c cl:population ?p } "
        "LIMIT @limit@",
    ),
    Question(
        "claims",
        _PREFIXES + "SELECT ?link ?claim ?label { ?link cl:claim ?claim ; cl:party ?city . "
        "?city skos:prefLabel ?label . ?claim cl:asOf ?date } LIMIT @limit@",
    ),
    Question(
        "graphs",
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g LIMIT @limit@",
    ),
    Question(
        "merged",
        f"SELECT ?s ?o FROM <{terms.CITIES_GRAPH}> FROM <{terms.GRAPH}perm-twins> "
        "{ ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?o } LIMIT @limit@",
    ),
    Question(
        "construct",
        _PREFIXES + "CONSTRUCT { ?city skos:altLabel ?name } { ?city a cl:City ; "
        "skos:prefLabel ?name } LIMIT @limit@",
        TRIPLES,
    ),
    Question(
        "path",
        _PREFIXES + "SELECT ?other ?name { @city@ cl:partyIn/^cl:partyIn ?other . "
        "?other skos:prefLabel ?name } LIMIT @limit@",
    ),
)

EVERYTHING: Final = "SELECT ?s ?p ?o { ?s ?p ?o }"
"""A long answer, for a reader that takes its time."""


@dataclass(frozen=True)
class Ask:
    """A question whose right answer depends on the release alone.

    `about` is what the answer is made of: a query, the IRI of a thing, the name of a dump file.
    """

    kind: str
    about: str
    path: str = "/sparql"
    accept: str = SOLUTIONS
    form: Format | None = None
    endpoint: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What the right answer depends on, beside the release."""
        return self.kind, self.about, self.accept


def table(cities: Sequence[str]) -> list[Ask]:
    """List all that is asked, of these cities."""
    found = []
    for question in QUESTIONS:
        for city in cities if "@city@" in question.query else cities[:1]:
            text = question.query.replace("@city@", f"<{city}>")
            found.append(Ask(question.name, text, accept=question.accept, endpoint=True))
    for city in cities:
        path = terms.path_of(city) or "/"
        found += [Ask("document", city, path, form.media_type, form) for form in formats.GRAPHS]
        found.append(Ask("page", city, path, "text/html"))
    for saved in saved_queries.read(shipped.query_files()):
        if saved.form == "SELECT":
            found.append(Ask("saved", saved.text, f"/queries/{saved.name}", CSV))
    found.append(Ask("dump", "citylinks.nq.gz", "/dumps/latest/citylinks.nq.gz", "*/*"))
    return found


@dataclass(frozen=True)
class Request:
    """One request over HTTP."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def request_of(ask: Ask, chance: random.Random, release: str = "") -> Request:
    """Make a request: by GET or POST, with a number that no cache has seen or one that all have."""
    headers = (("Accept", ask.accept),)
    if not ask.endpoint:
        return Request("GET", ask.path, headers)
    number = 1_000_000 + (chance.randrange(10**6) if chance.random() < 0.5 else 0)
    text = ask.about.replace("@limit@", str(number))
    path, wanted = ask.path, f"release={release}" if release else ""
    way = chance.choice(("GET", "GET", "form", "direct"))
    if way == "direct":
        named = (*headers, ("Content-Type", _QUERY))
        return Request("POST", f"{path}?{wanted}", named, text.encode())
    if way == "form":
        body = "&".join(filter(None, [f"query={quote(text, '')}", wanted]))
        return Request("POST", path, (*headers, ("Content-Type", _FORM)), body.encode())
    asked = "&".join(filter(None, [f"query={quote(text, '')}", wanted]))
    return Request("GET", f"{path}?{asked}", headers)


def digest(kind: str, accept: str, body: bytes) -> str:
    """Give what two right answers have in common.

    Rows and triples come in any order, but where a query sorts them; of a page, which is for
    people, only the marks count.
    """
    if kind == "page":
        return " ".join(sorted({mark.decode() for mark in _MARKED.findall(body)}))
    if kind == "everything":
        body = b"\n".join(sorted(body.splitlines()))
    elif kind not in {"document", "saved", "dump", "population"}:
        body = "\n".join(canonical(body, accept)).encode()
    return hashlib.sha256(body).hexdigest()
