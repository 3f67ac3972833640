"""What a source says of a place that it names, and what is found of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from registry.places.gazetteer import Place
from registry.places.position import Position


@dataclass(frozen=True)
class Mention:
    """A place as a source names it; what it does not tell is empty.

    `country` is a code (ISO 3166-1 alpha-2), `region` a name or code of a division of it, `kind`
    what the source says the place is, where that is not a city. `geonames` and `wikidata` are
    identifiers. `decided` is the GeoNames id of the place that it is known to be. `doubt` is
    the probability that the position is that of another place. `partners` are the indexes of the
    mentions that it is linked with, in the list that it is decided in.
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
    doubt: float = field(default=0.0, compare=False)
    partners: tuple[int, ...] = ()


class MatchStatus(StrEnum):
    """What a mention was found to be."""

    RESOLVED = "resolved"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"
    NOT_A_CITY = "not a city"


class Reason(NamedTuple):
    """One piece of evidence, and its weight: the natural logarithm of how it changes the odds."""

    what: str
    weight: float


@dataclass(frozen=True)
class Candidate:
    """A place that a mention may mean, with the reasons for and against it."""

    place: Place
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """The sum of the weights."""
        return sum(reason.weight for reason in self.reasons)


@dataclass(frozen=True)
class Finding:
    """What a mention was found to be: the candidates, the best first, and why.

    `confidence` is the probability of the first one among all.
    """

    outcome: MatchStatus
    candidates: tuple[Candidate, ...] = ()
    confidence: float = 0.0
    why: str = ""

    @property
    def place(self) -> Place | None:
        """The place, where it is resolved."""
        return self.candidates[0].place if self.outcome is MatchStatus.RESOLVED else None
