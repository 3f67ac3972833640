"""What a twinning officer looks for on the page of a city: partners, practices, what happened."""

from __future__ import annotations

from dataclasses import dataclass

from registry import terms
from registry.things.labels import Words
from registry.things.page import Pages, Source, Value
from registry.things.wording import period, worded


@dataclass(frozen=True)
class Partner:
    """A link of the city: with whom, of which kind, since when, how it stands, who says so."""

    link: Value
    cities: tuple[Value, ...]
    countries: tuple[Words, ...]
    kind: Words
    since: str
    status: Words
    active: bool
    as_of: str
    contested: bool
    sources: tuple[Source, ...]
    order: tuple[bool, str, str]


@dataclass(frozen=True)
class Transfer:
    """A practice that passed between this city and another."""

    practice: Value
    other: tuple[Value, ...]
    modes: tuple[Words, ...]
    stages: tuple[Words, ...]
    transfer: Value
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Happening:
    """An event or exchange: what, when, with whom, how large, who says so."""

    event: Value
    kind: Words
    when: str
    others: tuple[Value, ...]
    size: str
    sources: tuple[Source, ...]
    order: str


@dataclass(frozen=True)
class Part:
    """The city takes part in something, in a role, for a time."""

    whole: Value
    role: Words
    when: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class City:
    """The panels of a city's page."""

    partners: tuple[Partner, ...]
    taken: tuple[Transfer, ...]
    given: tuple[Transfer, ...]
    happenings: tuple[Happening, ...]
    parts: tuple[Part, ...]


def is_city(iri: str) -> bool:
    """Tell whether an IRI is that of a city."""
    return iri.startswith(terms.thing("city", ""))


def city(pages: Pages, iri: str) -> City:
    """Collect the panels of a city."""
    links = pages.lookup.subjects("cl:party", iri)
    return City(
        tuple(sorted((_partner(pages, link, iri) for link in links), key=lambda p: p.order)),
        _transfers(pages, iri, "cl:toCity", "cl:fromCity"),
        _transfers(pages, iri, "cl:fromCity", "cl:toCity"),
        _happenings(pages, iri),
        tuple(_part(pages, node) for node in pages.lookup.subjects("cl:participant", iri)),
    )


def _partner(pages: Pages, link: str, me: str) -> Partner:
    """Describe a link as seen from one city."""
    lookup, labels = pages.lookup, pages.labels
    others = [party for party in lookup.iris(link, "cl:party") if party != me]
    status = lookup.iri(link, "cl:status")
    active = status.endswith("/active")
    since = lookup.text(link, "cl:startDate")
    cities = sorted((pages.link(other) for other in others), key=lambda value: value.words)
    claims = lookup.iris(link, "cl:claim")
    return Partner(
        pages.link(link),
        tuple(cities),
        tuple(dict.fromkeys(_country(pages, value.iri) for value in cities)),
        labels.of(lookup.iri(link, "cl:linkKind")),
        since[:4] if since else "",
        labels.of(status),
        active,
        _worded(pages, link, "cl:statusAsOf"),
        lookup.text(link, "cl:contested") == "true",
        tuple(sorted({source for claim in claims for source in pages.supporting(claim)})),
        (not active, since or "9999", cities[0].words.text if cities else ""),
    )


def _country(pages: Pages, iri: str) -> Words:
    country = pages.lookup.iri(iri, "cl:inCountry")
    return pages.labels.of(country) if country else Words("")


def _worded(pages: Pages, iri: str, name: str) -> str:
    """Word the first value of a property."""
    found = pages.lookup.literals(iri, name)
    return worded(found[0], pages.language) if found else ""


def _transfers(pages: Pages, me: str, mine: str, theirs: str) -> tuple[Transfer, ...]:
    """List the practices that passed to or from a city."""
    found = [_transfer(pages, node, theirs) for node in pages.lookup.subjects(mine, me)]
    return tuple(sorted(found, key=lambda transfer: transfer.practice.words))


def _transfer(pages: Pages, node: str, theirs: str) -> Transfer:
    lookup, labels = pages.lookup, pages.labels
    results = lookup.iris(node, "cl:resultedIn")
    stages = [stage for result in results for stage in lookup.iris(result, "cl:stage")]
    return Transfer(
        pages.link(lookup.iri(node, "cl:transferOf")),
        tuple(map(pages.link, lookup.iris(node, theirs))),
        tuple(map(labels.of, lookup.iris(node, "cl:transferMode"))),
        tuple(map(labels.of, stages)),
        pages.link(node),
        pages.supporting(node),
    )


def _happenings(pages: Pages, me: str) -> tuple[Happening, ...]:
    """List exchanges and events of a city, in the order of time."""
    names = ("cl:sending", "cl:receiving", "prov:atLocation")
    found = {node for name in names for node in pages.lookup.subjects(name, me)}
    listed = [_happening(pages, node, me) for node in sorted(found)]
    return tuple(sorted(listed, key=lambda happening: happening.order))


def _happening(pages: Pages, node: str, me: str) -> Happening:
    lookup = pages.lookup
    cities = {c for n in ("cl:sending", "cl:receiving") for c in lookup.iris(node, n)} - {me}
    kinds = lookup.iris(node, "cl:exchangeType") or lookup.iris(node, "rdf:type")
    return Happening(
        pages.link(node),
        pages.labels.of(kinds[0]) if kinds else Words(""),
        _period(pages, node),
        tuple(pages.link(other) for other in sorted(cities)),
        _size(pages, node),
        pages.supporting(node),
        lookup.text(node, "cl:startDate") or "9999",
    )


def _period(pages: Pages, node: str) -> str:
    """Word the start and end of something."""
    start, end = (pages.lookup.literals(node, name) for name in ("cl:startDate", "cl:endDate"))
    return period(start[0] if start else None, end[0] if end else None, pages.language)


def _size(pages: Pages, node: str) -> str:
    """Word how large something was, as far as sources say."""
    exact, least = _worded(pages, node, "cl:size"), _worded(pages, node, "cl:sizeAtLeast")
    unit, duration = _worded(pages, node, "cl:sizeUnit"), _worded(pages, node, "cl:duration")
    count = exact or (f"≥ {least}" if least else "")
    return ", ".join(part for part in (f"{count} {unit}".strip(), duration) if part)


def _part(pages: Pages, node: str) -> Part:
    """Describe a participation as seen from the participant."""
    lookup, labels = pages.lookup, pages.labels
    whole = next(iter(lookup.subjects("cl:participation", node)), node)
    role = lookup.iri(node, "cl:role")
    return Part(
        pages.link(whole),
        labels.of(role) if role else Words(""),
        _period(pages, node),
        pages.supporting(node),
    )
