"""The page of a link: what each source says of it, side by side, and what the rules make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from registry.maps.drawing import Drawing, between
from registry.things.city.agreements import Agreement, agreement
from registry.things.city.happenings import Happening, happening
from registry.things.labels import Words
from registry.things.page import Pages, Value
from registry.things.places import named_places
from registry.views.links import Claim


@dataclass(frozen=True)
class Compared:
    """A matter: what the rules derive, what each claim says, and if they differ."""

    matter: str
    derived: tuple[Value, ...]
    claimed: tuple[tuple[Value, ...], ...]
    disputed: bool


@dataclass(frozen=True)
class LinkPage:
    """The panels of a link's page."""

    parties: tuple[Value, ...]
    map: Drawing | None
    claims: tuple[tuple[Claim, Value], ...]
    compared: tuple[Compared, ...]
    decided_by: str
    agreements: tuple[Agreement, ...]
    happenings: tuple[Happening, ...]


_MATTERS: Final = {
    "kind": ("cl:linkKind", "cl:claimedKind"),
    "status": ("cl:status", "cl:claimedStatus"),
    "as_of": ("cl:statusAsOf", "cl:asOf"),
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
    kind = lookup.iri(iri, "cl:linkKind").rpartition("/")[2]
    signed = lookup.subjects("cl:establishes", iri)
    held = [happening(pages, node) for node in lookup.subjects("cl:underLink", iri)]
    return LinkPage(
        tuple(sorted(map(pages.link, parties), key=lambda value: value.words)),
        between(named_places(pages, parties), kind),
        tuple((claim, _document(pages, claim)) for claim in claims),
        _compared(pages, iri, claims),
        lookup.iri(iri, "cl:decidedBy"),
        tuple(agreement(pages, one) for one in signed),
        tuple(sorted(held, key=lambda one: one.start or "9999")),
    )


def _document(pages: Pages, claim: Claim) -> Value:
    return pages.link(claim.document) if claim.document else Value(Words("–"))


def _compared(pages: Pages, iri: str, claims: tuple[Claim, ...]) -> tuple[Compared, ...]:
    """Compare what claims say, matter by matter; what nobody says is left out."""
    disputed = {about.value for about in pages.lookup.literals(iri, "cl:contestedAbout")}
    found = []
    for matter, (derived, claimed) in _MATTERS.items():
        row = Compared(
            matter,
            _values(pages, iri, derived) if derived else (),
            tuple(_values(pages, claim.iri, claimed) for claim in claims),
            matter in disputed,
        )
        if row.derived or any(row.claimed):
            found.append(row)
    return tuple(found)


def _values(pages: Pages, iri: str, name: str) -> tuple[Value, ...]:
    return tuple(map(pages.plain, pages.lookup.objects(iri, name)))
