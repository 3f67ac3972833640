"""What a source says of a place that it names, and what is found of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto
from typing import NamedTuple

from registry.places.gazetteer import Place
from registry.places.position import Position


@dataclass(frozen=True)
class Mention:
    """A place as a source names it; what it does not tell is empty.

    `country` is a code (ISO 3166-1 alpha-2), `region` a name or code of a division of it, `kind`
    what the source says the place is, where that is not a city. `geonames` and `wikidata` are
    identifiers, `former` the items that were merged into that of Wikidata. `decided` is the number
    of the place that a person says it is, `published` of the one that its item was published as.
    `doubt` is the share of the source's positions that are those of other places, `untested`
    whether there are too few of them to tell. `partners` are the indexes of the mentions that it is
    linked with, in the list that it is decided in. `also` are further names. `create` is whether a
    person says that it is a city of its own, at its position. `confused` are the countries of which
    the source often states `country` instead; `stated` is the country that it states, where another
    was read for that reason.
    """

    name: str
    country: str = ""
    position: Position | None = None
    region: str = ""
    population: int = 0
    geonames: int = 0
    wikidata: str = ""
    kind: str = ""
    decided: int = 0
    published: int = 0
    doubt: float = field(default=0.0, compare=False)
    untested: bool = field(default=False, compare=False)
    partners: tuple[int, ...] = ()
    also: tuple[str, ...] = ()
    create: bool = False
    confused: tuple[str, ...] = ()
    stated: str = ""
    former: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """The items of Wikidata that it has, and had before they were merged into that one."""
        return (self.wikidata, *self.former) if self.wikidata else ()

    @property
    def is_settled(self) -> bool:
        """Whether a person has said which city it is."""
        return bool(self.decided) or self.create

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, the one that the source gives first."""
        return self.name, *self.also


class MatchStatus(StrEnum):
    """What a mention was found to be."""

    RESOLVED = "resolved"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"
    NOT_A_CITY = "not a city"
    CONTRADICTORY = "contradictory"
    MISSING = "missing"


class Evidence(Flag):
    """What a piece of evidence is, of those that decisions tell apart."""

    PLAIN = 0
    UNTOLD = auto()
    """A name of which no language is told."""
    ALIKE = auto()
    """A name that is spelled otherwise, or a part of one."""
    ADDRESS = auto()
    """A name without its form of address."""
    BESIDE = auto()
    """A name beside which something stands that agrees with the place."""
    COUNTRY = auto()
    """A name beside which its country stands."""
    UNREAD = auto()
    """A name of which not all is read."""
    IDENTIFIER = auto()
    """An identifier, where it is weighed in the place of a name."""
    SIZE = auto()
    """The number of inhabitants of the place."""
    POSITION = auto()
    """A distance from the stated position."""
    REGION = auto()
    """The stated region."""
    PARTNER = auto()
    """A partner that another source has, too."""
    PARTNERS = auto()
    """Several of them."""


class Reason(NamedTuple):
    """One piece of evidence, and its weight: the natural logarithm of how it changes the odds."""

    what: str
    weight: float
    kind: Evidence = Evidence.PLAIN


class Contradiction(NamedTuple):
    """What a place is not that is stated of it: which statement that is, and why it cannot be."""

    statement: str
    why: str


@dataclass(frozen=True)
class Candidate:
    """A place that a mention may mean, with the reasons that weigh for and against it.

    `contradictions` say what the source states that this place is not; with one, it is not meant,
    whatever its reasons weigh. `support` counts the statements beside the name that it fits.
    """

    place: Place
    reasons: tuple[Reason, ...]
    contradictions: tuple[Contradiction, ...] = ()
    support: int = 0

    @property
    def naming(self) -> Reason:
        """Why it is a candidate: its name, or what stands for that."""
        return self.reasons[0]

    def has(self, kind: Evidence) -> bool:
        """Whether a piece of evidence of a kind weighs for or against it."""
        return any(kind in reason.kind for reason in self.reasons)

    @property
    def score(self) -> float:
        """The sum of the weights."""
        return sum(reason.weight for reason in self.reasons)


@dataclass(frozen=True)
class Finding:
    """What a mention was found to be: the candidates, the best first, and why.

    `confidence` is the probability of the first one among all. `excluded` are the candidates that
    something contradicts, the best first.
    """

    outcome: MatchStatus
    candidates: tuple[Candidate, ...] = ()
    confidence: float = 0.0
    why: str = ""
    excluded: tuple[Candidate, ...] = ()

    @property
    def place(self) -> Place | None:
        """The place, where it is resolved."""
        return self.candidates[0].place if self.outcome is MatchStatus.RESOLVED else None
