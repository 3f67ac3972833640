"""The page of a link: what each source says of it, side by side, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from registry import terms
from registry.maps.drawing import Drawing, between
from registry.things.city.agreements import Agreement, agreement
from registry.things.city.happenings import Happening, happening
from registry.things.labels import Words
from registry.things.lookup import Lookup
from registry.things.page import Pages, Value
from registry.things.places import named_places
from registry.things.standing import drawn
from registry.things.wording import day
from registry.views.links import Claim


@dataclass(frozen=True)
class Compared:
    """A matter: what the rules derive, what each claim says, and if they differ."""

    matter: str
    derived: tuple[Value, ...]
    claimed: tuple[tuple[Value, ...], ...]
    disputed: bool


@dataclass(frozen=True)
class Told:
    """A source that a status rests on: its document, and the date it speaks for."""

    document: Value
    day: str


@dataclass(frozen=True)
class Period:
    """A time over which the link was in force; dates are worded, empty where not known."""

    start: str
    end: str
    status: Words


@dataclass(frozen=True)
class LinkPage:
    """The panels of a link's page."""

    parties: tuple[Value, ...]
    map: Drawing | None
    claims: tuple[tuple[Claim, Value], ...]
    compared: tuple[Compared, ...]
    decided_by: str
    confirmed_by: str
    status: tuple[tuple[str, tuple[Told, ...]], ...]
    periods: tuple[Period, ...]
    agreements: tuple[Agreement, ...]
    happenings: tuple[Happening, ...]


_MATTERS: Final = {
    "kind": ("cl:linkKind", "cl:claimedKind"),
    "status": ("cl:status", "cl:claimedStatus"),
    "as_of": ("cl:statusAsOf", "cl:asOf"),
    "mode": ("", "cl:claimMode"),
    "status_since": ("", "cl:statusSince"),
    "reason": ("", "cl:statusReason"),
    "decided_by_party": ("", "cl:decidedByParty"),
    "last_confirmed": ("cl:lastConfirmed", ""),
    "not_listed_since": ("cl:notListedSince", ""),
    "first_start": ("cl:firstStart", ""),
    "start": ("cl:startDate", "cl:startDate"),
    "end": ("cl:endDate", "cl:endDate"),
    "recorded_under": ("", "cl:recordedUnder"),
    "stated_by": ("", "cl:statedBy"),
    "note": ("", "skos:note"),
}
"""What is compared: the property that is derived, and the one that is claimed."""


def link(pages: Pages, iri: str) -> LinkPage:
    """Collect the panels of a link."""
    lookup = pages.lookup
    claims, parties = pages.links.claims(iri), lookup.iris(iri, "cl:party")
    kind, state = (
        lookup.iri(iri, name).rpartition("/")[2] for name in ("cl:linkKind", "cl:status")
    )
    signed = lookup.subjects("cl:establishes", iri)
    held = [happening(pages, node) for node in lookup.subjects("cl:underLink", iri)]
    return LinkPage(
        tuple(sorted(map(pages.link, parties), key=lambda value: value.words)),
        between(named_places(pages, parties), drawn(kind, state)),
        tuple((claim, _document(pages, claim)) for claim in claims),
        _compared(pages, iri, claims),
        lookup.iri(iri, "cl:decidedBy"),
        lookup.iri(iri, "cl:confirmedBy"),
        tuple((role, tuple(told)) for role, told in _told(pages, iri, claims) if told),
        _periods(pages, iri),
        tuple(agreement(pages, one) for one in signed),
        tuple(sorted(held, key=lambda one: one.start or "9999")),
    )


def _told(pages: Pages, iri: str, claims: tuple[Claim, ...]) -> Iterator[tuple[str, list[Told]]]:
    """Yield the sources that a status rests on, by their role."""
    lookup = pages.lookup
    decider, confirmer = lookup.iri(iri, "cl:decidedBy"), lookup.iri(iri, "cl:confirmedBy")
    yield "decided", [_by(pages, claim) for claim in claims if claim.iri == decider]
    yield "confirmed", [_by(pages, claim) for claim in claims if claim.iri == confirmer]
    when = day(lookup.text(iri, "cl:notListedSince"), pages.language)
    unlisted = lookup.iris(iri, "cl:notListedBy")
    yield "unlisted", [Told(pages.link(document), when) for document in unlisted]
    if "status" in {about.value for about in lookup.literals(iri, "cl:contestedAbout")}:
        said = _says(lookup, decider)
        others = [claim for claim in claims if _says(lookup, claim.iri) != said]
        yield "contradicted", [_by(pages, claim) for claim in others]


def _by(pages: Pages, claim: Claim) -> Told:
    return Told(_document(pages, claim), day(claim.as_of, pages.language))


def _says(lookup: Lookup, claim: str) -> tuple[str, bool]:
    """Return what a claim says of the present of its link, and whether it denies that."""
    denies = lookup.iri(claim, "cl:claimMode") == f"{terms.SCHEME}evidence-mode/disputed"
    return lookup.iri(claim, "cl:effectiveStatus"), denies


def _periods(pages: Pages, iri: str) -> tuple[Period, ...]:
    """List the periods of a link in order."""
    lookup, found = pages.lookup, []
    for node in lookup.iris(iri, "cl:period"):
        dates = (lookup.text(node, name) for name in ("cl:startDate", "cl:endDate"))
        start, end = (day(date, pages.language) for date in dates)
        status = pages.labels.of(lookup.iri(node, "cl:periodStatus"))
        number = int(lookup.text(node, "cl:periodNumber") or 0)
        found.append((number, Period(start, end, status)))
    return tuple(period for _, period in sorted(found, key=itemgetter(0)))


def _document(pages: Pages, claim: Claim) -> Value:
    return pages.link(claim.document) if claim.document else Value(Words("–"))


def _compared(pages: Pages, iri: str, claims: tuple[Claim, ...]) -> tuple[Compared, ...]:
    """Compare what claims say, matter by matter; what nobody says is left out."""
    disputed = {about.value for about in pages.lookup.literals(iri, "cl:contestedAbout")}
    # The first beginning is that of the link, unless it was interrupted.
    without = set() if len(pages.lookup.iris(iri, "cl:period")) > 1 else {"first_start"}
    found = []
    for matter, (derived, claimed) in _MATTERS.items():
        row = Compared(
            matter,
            _values(pages, iri, derived) if derived else (),
            tuple(_values(pages, claim.iri, claimed) if claimed else () for claim in claims),
            matter in disputed,
        )
        if (row.derived or any(row.claimed)) and row.matter not in without:
            found.append(row)
    return tuple(found)


def _values(pages: Pages, iri: str, name: str) -> tuple[Value, ...]:
    return tuple(map(pages.plain, pages.lookup.objects(iri, name)))
