"""The partners of a city: with whom, of which kind, since when, how it stands, who says so.

A city may have a hundred: what is said of them is asked by a few queries, not one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph as ox

from registry.maps.arcs import Place
from registry.things.labels import Words
from registry.things.lookup import Solution
from registry.things.page import Pages, Value
from registry.things.places import placed
from registry.things.wording import worded


@dataclass(frozen=True)
class Version:
    """What some of the sources say, where others say something else."""

    words: Words
    sources: tuple[Words, ...]


@dataclass(frozen=True)
class Dispute:
    """What sources differ about (start, kind or status), and each version of it."""

    about: str
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Claim:
    """What one source says of a link: its document, the place in it, and when that was so."""

    iri: str
    href: str
    document: str
    locator: str
    as_of: ox.Literal | None


@dataclass(frozen=True)
class Partner:
    """A link of the city; `start` and `end` are dates as far as they are known."""

    link: Value
    cities: tuple[Value, ...]
    places: tuple[Place | None, ...]
    countries: tuple[Words, ...]
    kind: Words
    kind_ref: str
    start: str
    end: str
    status: Words
    active: bool
    as_of: str
    disputes: tuple[Dispute, ...]
    claims: tuple[Claim, ...]
    families: int

    @property
    def since(self) -> str:
        """The year in which it began; empty where no source tells it."""
        return self.start[:4]

    @property
    def until(self) -> str:
        """The year in which it ended; empty where no source tells it."""
        return self.end[:4]

    @property
    def key(self) -> str:
        """Its name on the page: the reference of the link."""
        return self.link.iri.rpartition("/")[2]

    @property
    def name(self) -> str:
        """The name of the partner, or of the first of several."""
        return self.cities[0].words.text if self.cities else ""


SORTS: Final[dict[str, Callable[[Partner], Any]]] = {
    "name": lambda partner: partner.name,
    "country": lambda partner: partner.countries[0].text if partner.countries else "",
    "since": lambda partner: partner.start or "9999",
    "kind": lambda partner: partner.kind.text,
    "status": lambda partner: (partner.status.text, partner.as_of),
    "sources": lambda partner: (partner.families, len(partner.claims)),
}
"""The columns by which partners can be sorted."""


def in_order(linked: Iterable[Partner], sort: str = "") -> tuple[Partner, ...]:
    """Sort partners by a column, which may have a minus before it; by default active ones first."""
    return tuple(sorted(linked, key=_key(sort), reverse=sort.startswith("-")))


def _key(sort: str) -> Callable[[Partner], Any]:
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return lambda partner: (not partner.active, partner.start or "9999", partner.name)
    return lambda partner: (column(partner), partner.name)


_LINKS: Final = """
SELECT ?link ?kind ?status ?asOf ?start ?end ?families ?contested WHERE {
  ?link cl:party $me .
  OPTIONAL { ?link cl:linkKind ?kind }
  OPTIONAL { ?link cl:status ?status }
  OPTIONAL { ?link cl:statusAsOf ?asOf }
  OPTIONAL { ?link cl:startDate ?start }
  OPTIONAL { ?link cl:endDate ?end }
  OPTIONAL { ?link cl:sourceCount ?families }
  OPTIONAL { ?link cl:contested ?contested }
}
"""
_CITIES: Final = """
SELECT ?link ?city ?country ?east ?north WHERE {
  ?link cl:party $me, ?city .
  FILTER(?city != $me)
  OPTIONAL { ?city cl:inCountry ?country }
  OPTIONAL { ?city wgs84:long ?east }
  OPTIONAL { ?city wgs84:lat ?north }
}
"""
_NAMES: Final = """
SELECT ?city ?label WHERE { ?link cl:party $me, ?city . ?city skos:prefLabel ?label }
"""
_OWN: Final = """
SELECT ?city ?own WHERE { ?link cl:party $me, ?city . ?city cl:ownLanguage ?own }
"""
_CLAIMS: Final = """
SELECT ?link ?claim ?table ?locator ?asOf WHERE {
  ?link cl:party $me ; cl:claim ?claim .
  OPTIONAL { ?claim dcterms:source ?table }
  OPTIONAL { ?claim cl:locator ?locator }
  OPTIONAL { ?claim cl:asOf ?asOf }
}
"""
_PASSAGES: Final = """
SELECT ?claim ?passage WHERE {
  ?link cl:party $me ; cl:claim ?claim .
  ?claim cl:supportedBy ?passage .
}
"""
"""Queries about the links of a city, unordered: to sort in Python takes a tenth of the time."""


def partners(pages: Pages, me: str) -> list[Partner]:
    """List the links of a city."""
    _learn_names(pages, me)
    rows = pages.lookup.rows
    cities, claims = _grouped(rows(_CITIES, me=me)), _grouped(rows(_CLAIMS, me=me))
    passages = _passages(rows(_PASSAGES, me=me))
    return [
        _partner(
            pages,
            row,
            sorted(cities[row.iri("link")], key=lambda one: one.iri("city")),
            _claims(pages, claims[row.iri("link")], passages),
        )
        for row in sorted(rows(_LINKS, me=me), key=lambda one: one.iri("link"))
    ]


def _learn_names(pages: Pages, me: str) -> None:
    """Read the names of all partners at once."""
    names: defaultdict[str, list[ox.Literal]] = defaultdict(list)
    own: defaultdict[str, list[str]] = defaultdict(list)
    for row in pages.lookup.rows(_NAMES, me=me):
        if label := row.literal("label"):
            names[row.iri("city")].append(label)
    for row in pages.lookup.rows(_OWN, me=me):
        own[row.iri("city")].append(row.text("own"))
    for city, labels in names.items():
        pages.labels.learn(city, labels, own[city])


def _grouped(rows: Iterable[Solution]) -> Mapping[str, list[Solution]]:
    """Group solutions by link."""
    found: defaultdict[str, list[Solution]] = defaultdict(list)
    for row in rows:
        found[row.iri("link")].append(row)
    return found


def _passages(rows: Iterable[Solution]) -> dict[str, str]:
    """Give the first passage of each claim that rests on passages."""
    found: dict[str, str] = {}
    for row in rows:
        claim, passage = row.iri("claim"), row.iri("passage")
        found[claim] = min(passage, found.get(claim, passage))
    return found


def _partner(
    pages: Pages, row: Solution, cities: Sequence[Solution], told: tuple[Claim, ...]
) -> Partner:
    """Describe a link as seen from one city."""
    of, link = pages.labels.of, row.iri("link")
    kind, status, as_of = row.iri("kind"), row.iri("status"), row.literal("asOf")
    linked = {one.iri("city"): one for one in cities}
    ordered = sorted(map(pages.link, linked), key=lambda value: value.words)
    countries = (linked[city.iri].iri("country") for city in ordered)
    disputed = row.text("contested") == "true"
    return Partner(
        link=Value(Words(""), pages.link_path(link), link),
        cities=tuple(ordered),
        places=tuple(_place(linked[city.iri]) for city in ordered),
        countries=tuple(dict.fromkeys(of(country) for country in countries if country)),
        kind=of(kind),
        kind_ref=kind.rpartition("/")[2],
        start=row.text("start"),
        end=row.text("end"),
        status=of(status),
        active=status.endswith("/active"),
        as_of=worded(as_of, pages.language) if as_of else "",
        disputes=tuple(disputes(pages, link, told)) if disputed else (),
        claims=told,
        families=int(row.text("families") or 0),
    )


def _place(row: Solution) -> Place | None:
    return placed(row.text("east"), row.text("north"))


def claims_of(pages: Pages, link: str) -> tuple[Claim, ...]:
    """List the claims of a link."""
    claims, passages = (
        pages.lookup.rows(
            query.replace("?link cl:party $me ; cl:claim", "$link cl:claim"), link=link
        )
        for query in (_CLAIMS.replace("SELECT ?link", "SELECT"), _PASSAGES)
    )
    return _claims(pages, claims, _passages(passages))


def _claims(
    pages: Pages, rows: Iterable[Solution], passages: Mapping[str, str]
) -> tuple[Claim, ...]:
    """Tell claims by their documents: of a passage, or the table in which they stand."""
    found: dict[str, Claim] = {}
    for row in rows:
        iri, document, locator = row.iri("claim"), row.iri("table"), row.text("locator")
        if passage := passages.get(iri):
            document = pages.lookup.iri(passage, "cl:passageOf")
            locator = pages.lookup.text(passage, "cl:locator")
        href = pages.link_path(iri)
        found[iri] = Claim(iri, href, document, locator, row.literal("asOf"))
    return tuple(found[iri] for iri in sorted(found))


_CLAIMED: Final = {"start": "cl:startDate", "kind": "cl:claimedKind", "status": "cl:claimedStatus"}
"""The property of claims on which sources differ, by what is contested."""


def disputes(pages: Pages, link: str, claims: Sequence[Claim]) -> list[Dispute]:
    """Say what sources differ about, and what each says."""
    matters = [matter.value for matter in pages.lookup.literals(link, "cl:contestedAbout")]
    known = (matter for matter in matters if matter in _CLAIMED)
    return [Dispute(matter, _versions(pages, _CLAIMED[matter], claims)) for matter in known]


def _versions(pages: Pages, name: str, claims: Sequence[Claim]) -> tuple[Version, ...]:
    """Group claims by what they say."""
    told: dict[Words, set[Words]] = {}
    for claim in claims:
        for value in pages.lookup.objects(claim.iri, name):
            told.setdefault(pages.worded(value), set()).add(pages.labels.of(claim.document))
    return tuple(Version(words, tuple(sorted(titles))) for words, titles in sorted(told.items()))
