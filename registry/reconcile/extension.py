"""Facts of things, for columns beside a reconciled one (Reconciliation Service API, section 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry import terms
from registry.problems import Problem
from registry.releases.reading import Release
from registry.things.former import current
from registry.things.labels import Labels
from registry.things.lookup import Lookup
from registry.views.links import LINKS, Link, Links
from registry.views.names import NAMES, NameIndex, Thing

Json = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """Where facts come from: a release's store, its index, and labels for a reader."""

    lookup: Lookup
    index: NameIndex
    labels: Labels
    links: Links
    _last: dict[str, list[Link]] = field(default_factory=dict, compare=False, repr=False)
    """The links of the city that was asked last, which several facts are told of."""

    @classmethod
    def of(cls, release: Release, languages: Sequence[str]) -> Facts:
        """Prepare facts of a release to a reader of these languages."""
        lookup = Lookup(release.store)
        labels = Labels(lookup, languages)
        return cls(lookup, release.view(NAMES), labels, release.view(LINKS))

    def thing(self, asked: str) -> Thing | None:
        """Return a thing by its reference or IRI; of one that was merged, what took its place."""
        kind, _, ref = asked.removeprefix(terms.ID).partition("/")
        if found := self.index.thing(kind, ref):
            return found
        try:
            now = current(self.lookup, terms.thing(kind, ref))
        except (Problem, ValueError):  # It was never there, or withdrawn, or is no reference.
            return None
        return self.index.by_iri([now]).get(now)

    def links_of(self, thing: Thing) -> list[Link]:
        """List the links of a city; nothing else has any."""
        if thing.kind != "city":
            return []
        if thing.iri not in self._last:
            found = [link for link, _ in self.links.of_city(thing.iri)]
            self._last.clear()
            self._last[thing.iri] = found
        return self._last[thing.iri]

    def partners(self, thing: Thing) -> list[str]:
        """List the IRIs of the cities that a city has an active or listed twinning with."""
        return [iri for iri in self.lookup.iris(thing.iri, "cl:twinCity") if iri != thing.iri]

    def unconfirmed(self, thing: Thing) -> list[str]:
        """List the IRIs of the cities that a city has a link with that is not confirmed."""
        return self.lookup.iris(thing.iri, "cl:unconfirmedCity")


@dataclass(frozen=True)
class Fact:
    """A property: its name for people, its values, and the type of those that are things."""

    name: str
    values: Callable[[Facts, Thing], Iterator[Json]]
    type: str = ""


def properties_of(facts: Facts, ids: Sequence[str], wanted: Sequence[tuple[str, int]]) -> Json:
    """Return facts of things; a thing or property that is not known has none."""
    known = [(pid, limit, PROPERTIES[pid]) for pid, limit in wanted if pid in PROPERTIES]
    return {
        "meta": [_described(pid, fact) for pid, _, fact in known],
        "rows": {one: _row(facts, one, known) for one in ids},
    }


def _described(pid: str, fact: Fact) -> Json:
    kind = {"type": {"id": fact.type, "name": fact.type.capitalize()}} if fact.type else {}
    return {"id": pid, "name": fact.name, **kind}


def _row(facts: Facts, one: str, known: Sequence[tuple[str, int, Fact]]) -> dict[str, list[Json]]:
    thing = facts.thing(one)
    if thing is None:
        return {pid: [] for pid, _, _ in known}
    return {pid: list(fact.values(facts, thing))[: limit or None] for pid, limit, fact in known}


def _iri(_facts: Facts, thing: Thing) -> Iterator[Json]:
    yield {"str": thing.iri}


def _name(facts: Facts, thing: Thing) -> Iterator[Json]:
    yield {"str": facts.labels.of(thing.iri).text}


def _names(facts: Facts, thing: Thing) -> Iterator[Json]:
    """Yield all spellings: the index has one of those that fold alike."""
    named = facts.lookup.literals(thing.iri, "skos:prefLabel", "skos:altLabel", "skos:hiddenLabel")
    for name in dict.fromkeys((*facts.index.names(thing), *(one.value for one in named))):
        yield {"str": name}


def _country(facts: Facts, thing: Thing) -> Iterator[Json]:
    for iri in facts.lookup.iris(thing.iri, "cl:inCountry"):
        yield {"str": facts.labels.of(iri).text}


def _country_code(_facts: Facts, thing: Thing) -> Iterator[Json]:
    if thing.country:
        yield {"str": thing.country}


def _coordinates(_facts: Facts, thing: Thing) -> Iterator[Json]:
    if thing.latitude is not None:
        yield {"str": f"{thing.latitude},{thing.longitude}"}


def _latitude(_facts: Facts, thing: Thing) -> Iterator[Json]:
    if thing.latitude is not None:
        yield {"float": thing.latitude}


def _longitude(_facts: Facts, thing: Thing) -> Iterator[Json]:
    if thing.longitude is not None:
        yield {"float": thing.longitude}


def _population(_facts: Facts, thing: Thing) -> Iterator[Json]:
    if thing.population:
        yield {"int": thing.population}


def _geonames(_facts: Facts, thing: Thing) -> Iterator[Json]:
    if thing.geonames:
        yield {"str": str(thing.geonames)}


def _wikidata(facts: Facts, thing: Thing) -> Iterator[Json]:
    for item in facts.index.items(thing):
        yield {"str": item}


def _twins(facts: Facts, thing: Thing) -> Iterator[Json]:
    if thing.kind == "city":
        yield {"int": len(facts.partners(thing))}


def _partners(facts: Facts, thing: Thing) -> Iterator[Json]:
    yield from _cities(facts, facts.partners(thing))


def _unconfirmed(facts: Facts, thing: Thing) -> Iterator[Json]:
    yield from _cities(facts, facts.unconfirmed(thing))


def _cities(facts: Facts, iris: Iterable[str]) -> Iterator[Json]:
    for iri in iris:
        yield {"id": iri.removeprefix(terms.ID), "name": facts.labels.of(iri).text}


def _of_links(read: Callable[[Facts, Link], Json]) -> Callable[[Facts, Thing], Iterator[Json]]:
    """Return the function that tells a fact of each link of a city.

    All these facts have one value for each link, in one order and empty (`{}`) where it is not
    known, so that columns of them stand row by row beside each other.
    """

    def values(facts: Facts, thing: Thing) -> Iterator[Json]:
        yield from (read(facts, link) for link in facts.links_of(thing))

    return values


def _linked(facts: Facts, thing: Thing) -> Iterator[Json]:
    """Yield each link of a city, named by its other cities."""
    for link in facts.links_of(thing):
        named = ", ".join(facts.labels.listed([city for city in link.parties if city != thing.iri]))
        yield {"id": link.iri.removeprefix(terms.ID), "name": named}


def _text(text: str) -> Json:
    return {"str": text} if text else {}


def _source(facts: Facts, document: str) -> Json:
    """Return a document by its id and title."""
    if not document:
        return {}
    return {"id": document.removeprefix(terms.ID), "name": facts.labels.of(document).text}


PROPERTIES: Final[dict[str, Fact]] = {
    "iri": Fact("IRI", _iri),
    "name": Fact("Name", _name),
    "names": Fact("All names", _names),
    "country": Fact("Country", _country),
    "country-code": Fact("Country code", _country_code),
    "coordinates": Fact("Coordinates", _coordinates),
    "latitude": Fact("Latitude", _latitude),
    "longitude": Fact("Longitude", _longitude),
    "population": Fact("Inhabitants", _population),
    "geonames": Fact("GeoNames number", _geonames),
    "wikidata": Fact("Wikidata item", _wikidata),
    "twins": Fact("Number of twin cities", _twins),
    "partners": Fact("Twin cities", _partners, "city"),
    "unconfirmed": Fact("Partner cities, not confirmed", _unconfirmed, "city"),
    "links": Fact("Links", _linked),
    "link-status": Fact(
        "Status of each link", _of_links(lambda _, link: _text(link.status.rpartition("/")[2]))
    ),
    "status-as-of": Fact("Status as of", _of_links(lambda _, link: _text(link.as_of))),
    "status-by": Fact(
        "Status according to", _of_links(lambda facts, link: _source(facts, link.status_by))
    ),
    "last-confirmed": Fact("Last confirmed", _of_links(lambda _, link: _text(link.last_confirmed))),
    "confirmed-by": Fact(
        "Last confirmed by", _of_links(lambda facts, link: _source(facts, link.confirmed_by))
    ),
    "not-listed-since": Fact(
        "No longer listed since", _of_links(lambda _, link: _text(link.not_listed_since))
    ),
    "not-listed-by": Fact(
        "No longer listed by", _of_links(lambda facts, link: _source(facts, link.not_listed_by))
    ),
}
"""The properties that can be told, by id."""

OF_LINKS: Final = (
    *("links", "link-status", "status-as-of", "status-by", "last-confirmed", "confirmed-by"),
    *("not-listed-since", "not-listed-by"),
)
"""The properties that have one value for each link of a city."""


def proposed(kind: str, limit: int) -> Json:
    """Propose the properties of a type (section 7.1); only cities have all of them."""
    cities = {"country", "country-code", "coordinates", "latitude", "longitude", "population"}
    cities |= {"geonames", "wikidata", "twins", "partners", "unconfirmed", *OF_LINKS}
    fitting = [pid for pid in PROPERTIES if kind in {"", "city"} or pid not in cities]
    listed = [{"id": pid, "name": PROPERTIES[pid].name} for pid in fitting]
    return {"type": kind, "properties": listed[: limit or None], "limit": limit or len(listed)}
