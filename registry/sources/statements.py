"""Statements as sources make them, before anyone has found out which cities they are about."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.dates import DATE
from registry.identity.mentions import Mention

_LANGUAGE: Final = re.compile("[A-Z]{3}")
_TAG: Final = re.compile("[a-z]{2,3}")


@dataclass(frozen=True)
class Extraction:
    """How a source was read: from where, when it was taken, by which mapping, and how many rows.

    `origin` and `taken` are as the list of inputs states them; what is empty is not known.
    """

    mapping: str = ""
    origin: str = ""
    taken: str = ""
    rows: int = 0


@dataclass(frozen=True)
class Document:
    """The source: what stands in its description, and the graph that is made of it.

    `date` is a year, month or day as of which it speaks; `licence` and `address` are IRIs;
    `language` is a code of the EU's table; `family` names what later editions share; `item_page` is
    where the source shows an item of Wikidata today, with {item} in the place of its number;
    `attribution` names those whom the licence wants to be named. `names` is the language tag of the
    names of places, where it is not that of the document; `und` where they are of many languages.
    """

    graph: str
    title: str
    date: str
    family: str
    licence: str
    address: str
    language: str = "ENG"
    item_page: str = ""
    attribution: str = ""
    names: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot stand in the description of a graph.

        Raises
        ------
        ValueError
            which names the field, and what is wrong with it.

        """
        for name in ("title", "family"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is empty")
        if not terms.NAME.fullmatch(self.graph):
            raise ValueError(f"graph {self.graph!r} is not a name in a-z, 0-9 and hyphens")
        if not DATE.fullmatch(self.date):
            raise ValueError(f"date {self.date!r} is not a year, month or day (2024-12-31)")
        if not _LANGUAGE.fullmatch(self.language):
            raise ValueError(f"language {self.language!r} is no code of the EU's table, as ENG is")
        if self.names and not _TAG.fullmatch(self.names):
            raise ValueError(f"names {self.names!r} is no language tag, as en or und is")
        for name in ("licence", "address"):
            _refuse_other_than_iri(name, getattr(self, name))


def _refuse_other_than_iri(name: str, text: str) -> None:
    try:
        ox.NamedNode(text)
    except ValueError as error:
        raise ValueError(f"{name} {text!r} is no IRI: {error}") from error


@dataclass(frozen=True, order=True)
class Citation:
    """What a statement of a source cites: an address, an item of Wikidata, or both.

    `retrieved` is the day on which whoever cites it looked at it; empty where that is not told.
    """

    address: str = ""
    work: str = ""
    retrieved: str = ""


@dataclass(frozen=True)
class LinkRow:
    """That two places are linked, as one row of a source says.

    `key` tells this row from all others on the same link; `locator` is its place in the source,
    `cites` what that cites in its turn.
    """

    here: Mention
    there: Mention
    key: str
    locator: str
    kind: str = "twinning"
    status: str = ""
    since: str = ""
    until: str = ""
    cites: tuple[Citation, ...] = ()

    @property
    def places(self) -> tuple[Mention, ...]:
        """The places that it names."""
        return self.here, self.there

    def of(self, here: Mention, there: Mention) -> LinkRow:
        """Return the same of other places."""
        return replace(self, here=here, there=there)


@dataclass(frozen=True)
class MemberRow:
    """That a place takes part in a network, as one row of a source says.

    `field` and `status` are words of the source; `note` says more in few words. `page` is that of
    the network, `record` that of the membership; `topic` is a concept of our scheme. `names` are
    those of the network in other languages, each with its language, the preferred one first.
    """

    city: Mention
    network: str
    key: str
    locator: str
    role: str = "member"
    since: str = ""
    until: str = ""
    page: str = ""
    field: str = ""
    status: str = ""
    note: str = ""
    record: str = ""
    topic: str = ""
    names: tuple[tuple[str, str], ...] = ()

    @property
    def places(self) -> tuple[Mention, ...]:
        """The places that it names."""
        return (self.city,)

    def of(self, city: Mention) -> MemberRow:
        """Return the same of another place."""
        return replace(self, city=city)


@dataclass(frozen=True)
class PracticeRow:
    """That heritage is looked after in some way, as one row of a source says.

    `ref` is what the source calls the entry; `place` is where it is carried out, and the row states
    the practice whether that is a city or not. `topic`, `type`, `kind` (of heritage) and `measure`
    are concepts of our schemes; `transferability` says in our own words what another city needs.
    """

    place: Mention
    title: str
    ref: str
    key: str
    locator: str
    organisation: str = ""
    topic: str = "heritage"
    type: str = "enhancement"
    kind: str = ""
    measure: str = ""
    transferability: str = ""
    since: str = ""
    until: str = ""
    page: str = ""

    @property
    def places(self) -> tuple[Mention, ...]:
        """The places that it names."""
        return (self.place,)

    def of(self, place: Mention) -> PracticeRow:
        """Return the same of another place."""
        return replace(self, place=place)


Row = LinkRow | MemberRow | PracticeRow


@dataclass(frozen=True)
class Refusal:
    """A row that cannot be read: its line in the file, from 1, and why."""

    line: int
    why: str


@dataclass
class Reading:
    """What was read of a source, how, and what was noticed, by its name and how often.

    `passed_over` counts rows that were read and are not among the others, by cause. `looked_up` is
    whether the source says that it looked its positions up by name.
    """

    document: Document
    rows: list[Row] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    noticed: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    extraction: Extraction | None = None
    looked_up: bool = False


def key_of(cells: Sequence[str]) -> str:
    """Name a row by its own cells: 10 digits of their SHA-256.

    >>> key_of(["Achim", "Cesis"])
    '69c5a522dc'
    """
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:10]
