"""The page of a link: what each source says of it, side by side, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from registry.maps.drawing import Drawing, between
from registry.releases.as_of import first_day, last_day
from registry.things.age import Age, DatedSource, age, dated_source, document_of, years_since
from registry.things.city.agreements import Agreement, agreement
from registry.things.city.happenings import Happening, happening
from registry.things.city.partners import Decision, decision, denies, disputes
from registry.things.labels import Words
from registry.things.page import Pages, Value
from registry.things.places import named_places
from registry.things.standing import drawn
from registry.things.wording import day
from registry.views.links import Claim, Link


@dataclass(frozen=True)
class Compared:
    """A matter: what the rules derive, what each claim says, and if they differ."""

    matter: str
    derived: tuple[Value, ...]
    claimed: tuple[tuple[Value, ...], ...]
    disputed: bool


@dataclass(frozen=True)
class Period:
    """A time over which the link was in force; dates are worded, empty where not known."""

    start: str
    end: str
    status: Words


@dataclass(frozen=True)
class Standing:
    """How a link stands, by which decision, and how old what is known of it is."""

    status: Words
    decision: Decision | None
    age: Age
    contested: bool


@dataclass(frozen=True)
class LinkPage:
    """The panels of a link's page."""

    standing: Standing | None
    parties: tuple[Value, ...]
    map: Drawing | None
    claims: tuple[tuple[Claim, Value], ...]
    compared: tuple[Compared, ...]
    decided_by: str
    confirmed_by: str
    status: tuple[tuple[str, tuple[DatedSource, ...]], ...]
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
    row = pages.links.link(iri)
    signed = lookup.subjects("cl:establishes", iri)
    held = [happening(pages, node) for node in lookup.subjects("cl:underLink", iri)]
    return LinkPage(
        _standing(pages, row),
        tuple(sorted(map(pages.link, parties), key=lambda value: value.words)),
        between(named_places(pages, parties), _drawn(pages, row)) if row else None,
        tuple((claim, document_of(pages, claim.document)) for claim in claims),
        _compared(pages, iri, claims),
        lookup.iri(iri, "cl:decidedBy"),
        lookup.iri(iri, "cl:confirmedBy"),
        tuple((role, tuple(found)) for role, found in _sources(pages, iri, claims) if found),
        _periods(pages, iri),
        tuple(agreement(pages, one) for one in signed),
        tuple(sorted(held, key=lambda one: one.start or "9999")),
    )


def _drawn(pages: Pages, row: Link) -> str:
    kind, state = (value.rpartition("/")[2] for value in (row.kind, row.status))
    return drawn(kind, state, is_old=years_since(row.last_confirmed, pages.as_of) > 0)


def _standing(pages: Pages, row: Link | None) -> Standing | None:
    """Return how a link stands; None where nothing is known of it but its name."""
    if row is None:
        return None
    status = pages.labels.of(row.status)
    return Standing(status, decision(pages, row), age(pages, row), row.contested)


def _sources(
    pages: Pages, iri: str, claims: tuple[Claim, ...]
) -> Iterator[tuple[str, list[DatedSource]]]:
    """Yield the sources that a status rests on, by their role.

    Who said something else before the status came about does not contradict it.
    """
    lookup = pages.lookup
    decider, confirmer = lookup.iri(iri, "cl:decidedBy"), lookup.iri(iri, "cl:confirmedBy")
    yield "decided", [_by(pages, claim) for claim in claims if claim.iri == decider]
    yield "confirmed", [_by(pages, claim) for claim in claims if claim.iri == confirmer]
    when = lookup.text(iri, "cl:notListedSince")
    unlisted = lookup.iris(iri, "cl:notListedBy")
    yield "unlisted", [dated_source(pages, document, when) for document in unlisted]
    if "status" in {about.value for about in lookup.literals(iri, "cl:contestedAbout")}:
        said = lookup.iri(decider, "cl:effectiveStatus")
        denials = [claim for claim in claims if denies(lookup, claim.iri)]
        since = first_day(lookup.text(decider, "cl:asOf")) or ""
        others = [
            claim
            for claim in claims
            if claim not in denials
            and lookup.iri(claim.iri, "cl:effectiveStatus") != said
            and (last_day(claim.as_of) or "") >= since
        ]
        yield "contradicted", [_by(pages, claim) for claim in others]
        yield "denied", [_by(pages, claim) for claim in denials]


def _by(pages: Pages, claim: Claim) -> DatedSource:
    return dated_source(pages, claim.document, claim.as_of)


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


def _compared(pages: Pages, iri: str, claims: tuple[Claim, ...]) -> tuple[Compared, ...]:
    """Compare what claims say, matter by matter; what nobody says is left out."""
    disputes_of = disputes(pages, iri, claims)
    # A denial is not of the status alone: what its source denies stands in the column of the claim.
    disputed = {"mode" if one.about == "denial" else one.about for one in disputes_of}
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
