"""The partners of a city: with whom, of which kind, since when, how it stands, who says so.

A city may have a hundred: what is said of them is read off the table of links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry import terms
from registry.maps.arcs import MapPoint
from registry.things.age import Age, age
from registry.things.labels import Words
from registry.things.lookup import Lookup
from registry.things.page import Pages, Value
from registry.things.places import placed
from registry.things.standing import HOLDING, UNCONFIRMED
from registry.things.wording import country_name, day
from registry.views.links import Claim, Link
from registry.views.names import Thing


@dataclass(frozen=True)
class SourcedValue:
    """What some of the sources say, where others say something else."""

    words: Words
    sources: tuple[Words, ...]


@dataclass(frozen=True)
class Dispute:
    """What sources differ about (start, kind or status), and each version of it.

    It is about a `denial` where no source states another status, but one says that what another
    claims is not so: its kind, its start or whatever the claim has.
    """

    about: str
    versions: tuple[SourcedValue, ...]


@dataclass(frozen=True)
class Decision:
    """Since when a link stands as it does, who decided it, and why, as far as a source tells."""

    since: str
    parties: tuple[Value, ...]
    reasons: tuple[Words, ...]


@dataclass(frozen=True)
class Partner:
    """A link of the city.

    `start`, `end` and `confirmed` (when a source confirmed it last) are dates as far as they are
    known, `earlier` the periods before the last one, each with its start and end. `state` is the
    notation of the status. `as_of` is worded for the reader, empty where not known.
    """

    link: Value
    cities: tuple[Value, ...]
    places: tuple[MapPoint | None, ...]
    countries: tuple[str, ...]
    codes: tuple[str, ...]
    kind: Words
    kind_ref: str
    start: str
    end: str
    earlier: tuple[tuple[str, str], ...]
    status: Words
    state: str
    as_of: str
    age: Age
    confirmed: str
    contested: bool
    decision: Decision | None
    disputes: tuple[Dispute, ...]
    claims: tuple[Claim, ...]
    families: int

    @property
    def holds(self) -> bool:
        """Whether it is active, or on a list of the last years."""
        return self.state in HOLDING

    @property
    def may_hold(self) -> bool:
        """Whether it holds, or did by a list that is old or was replaced."""
        return self.holds or self.state == UNCONFIRMED

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


_RANKS: Final = {"active": 0, "listed": 0, "dormant": 1, "not-confirmed": 1, "proposed": 1}
"""In which order partners are shown by their status; all others come last."""

SORTS: Final[dict[str, Callable[[Partner], Any]]] = {
    "name": lambda partner: partner.name,
    "country": lambda partner: partner.countries[0] if partner.countries else "",
    "since": lambda partner: partner.start or "9999",
    "kind": lambda partner: partner.kind.text,
    "status": lambda partner: (partner.status.text, partner.as_of),
    "sources": lambda partner: (partner.families, len(partner.claims)),
}
"""The columns by which partners can be sorted."""


def cities_of(some: Iterable[Partner]) -> dict[str, Value]:
    """Return the cities of partners by IRI, each once: a link may join several."""
    return {city.iri: city for one in some for city in one.cities}


def in_order(linked: Iterable[Partner], sort: str = "") -> tuple[Partner, ...]:
    """Sort partners by a column, which may have a minus before it.

    By default those whose links hold come first.
    """
    return tuple(sorted(linked, key=_key(sort), reverse=sort.startswith("-")))


def _key(sort: str) -> Callable[[Partner], Any]:
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return lambda partner: (
            _RANKS.get(partner.state, len(_RANKS)),
            partner.start or "9999",
            partner.name,
        )
    return lambda partner: (column(partner), partner.name)


def partners(pages: Pages, me: str) -> list[Partner]:
    """List the links of a city."""
    linked = pages.links.of_city(me)
    parties = {city for link, _ in linked for city in link.parties}
    pages.labels.learn(pages.index, parties)
    cities = pages.index.by_iri(parties)
    return [_partner(pages, me, link, claims, cities) for link, claims in linked]


def _partner(
    pages: Pages, me: str, link: Link, claims: tuple[Claim, ...], cities: Mapping[str, Thing]
) -> Partner:
    """Describe a link as seen from one city."""
    of, language = pages.labels.of, pages.language
    others = [pages.link(city) for city in link.parties if city != me]
    others.sort(key=lambda city: city.words)
    known = [cities.get(city.iri) for city in others]
    state = link.status.rpartition("/")[2]
    countries = dict.fromkeys(country_name(at.country, language) for at in known if at)
    return Partner(
        link=Value(Words(""), pages.link_path(link.iri), link.iri),
        cities=tuple(others),
        places=tuple(at and placed(at) for at in known),
        countries=tuple(filter(None, countries)),
        codes=tuple(dict.fromkeys(at.country for at in known if at and at.country)),
        kind=of(link.kind),
        kind_ref=link.kind.rpartition("/")[2],
        start=link.start,
        end=link.end,
        earlier=link.periods[:-1],
        status=of(link.status),
        state=state,
        as_of=day(link.as_of, language),
        age=age(pages, link),
        confirmed=link.last_confirmed,
        contested=link.contested,
        decision=decision(pages, link),
        disputes=tuple(disputes(pages, link.iri, claims)) if link.contested else (),
        claims=claims,
        families=link.sources,
    )


_DECIDED: Final = frozenset({"suspended", "dormant", "ended"})
"""The status of links for which somebody may have decided that they no longer hold."""


def decision(pages: Pages, link: Link) -> Decision | None:
    """Read what the deciding claim tells of who decided; None where it tells nothing."""
    lookup = pages.lookup
    decides = link.status.rpartition("/")[2] in _DECIDED
    claim = lookup.iri(link.iri, "cl:decidedBy") if decides else ""
    if not claim:
        return None
    decided = Decision(
        day(lookup.text(claim, "cl:statusSince"), pages.language),
        tuple(map(pages.link, lookup.iris(claim, "cl:decidedByParty"))),
        tuple(map(pages.worded, lookup.literals(claim, "cl:statusReason"))),
    )
    return decided if decided != Decision("", (), ()) else None


_CLAIMED: Final = {"start": "cl:startDate", "kind": "cl:claimedKind", "status": "cl:claimedStatus"}
"""The property of claims on which sources differ, by what is contested."""


def disputes(pages: Pages, link: str, claims: Sequence[Claim]) -> list[Dispute]:
    """Describe what sources differ about, and what each says."""
    matters = [matter.value for matter in pages.lookup.literals(link, "cl:contestedAbout")]
    denials = [claim for claim in claims if denies(pages.lookup, claim.iri)]
    stating = [claim for claim in claims if claim not in denials]
    found = []
    for matter in filter(_CLAIMED.get, matters):
        versions = _versions(pages, (_CLAIMED[matter],), stating)
        if matter != "status" or not denials or len(versions) > 1:
            found.append(Dispute(matter, versions))
        if matter == "status" and denials:
            found.append(Dispute("denial", _versions(pages, _CLAIMED.values(), denials)))
    return found


def denies(lookup: Lookup, claim: str) -> bool:
    """Whether a claim is what its source says is not so."""
    return lookup.iri(claim, "cl:claimMode") == f"{terms.SCHEME}evidence-mode/disputed"


def _versions(
    pages: Pages, names: Iterable[str], claims: Sequence[Claim]
) -> tuple[SourcedValue, ...]:
    """Group claims by what they say of some properties."""
    told: dict[Words, set[Words]] = {}
    for claim in claims:
        for name in names:
            for value in pages.lookup.objects(claim.iri, name):
                told.setdefault(pages.worded(value), set()).add(pages.labels.of(claim.document))
    return tuple(
        SourcedValue(words, tuple(sorted(titles))) for words, titles in sorted(told.items())
    )
