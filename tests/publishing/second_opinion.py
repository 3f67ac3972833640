"""The rules of docs/model.md written a second time, in plain Python over claims.

It shares nothing with `queries/derive/` but the words: where the two disagree, one is wrong.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import pyoxigraph as ox

from registry import terms

CL: Final = terms.CL
STATUS: Final = terms.SCHEME + "status/"
MODES: Final = ["reported", "inferred", "announced", "disputed"]
CLOSENESS: Final = [
    "twinning",
    "friendship",
    "cooperation",
    "iurc-pairing",
    "programme-pairing",
    "contact",
]
IN_FORCE: Final = {"active", "listed"}
LAPSED: Final = {"ended", "suspended", "dormant"}
Span = tuple[date, date]
Answer = dict[str, frozenset[str]]
"""By derived property of a link, its values as text."""


@dataclass
class Claim:
    """What one source says of one link; `says` and the rest are worked out from the others."""

    iri: str
    as_of: str = ""
    kind: str = ""
    status: str = ""
    start: str = ""
    end: str = ""
    under: str = ""
    mode: str = "reported"
    by_party: bool = False
    documents: set[str] = field(default_factory=set)
    says: str = ""

    @property
    def dated(self) -> Span:
        """The first and the last day of its date."""
        return span(self.as_of)

    @property
    def vouches(self) -> bool:
        """Whether its source says that something is so."""
        return self.mode in {"reported", "inferred"}

    @property
    def standing(self) -> tuple[bool, bool]:
        return self.by_party, self.mode != "inferred"


@dataclass
class Link:
    """A link: parties, claims, and the last day of its programme where that has an end."""

    iri: str
    parties: set[str] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)
    programme_end: str = ""
    is_pairing: bool = False


@dataclass
class Document:
    """A source: its family, its date (or the first that it can have), and which entries it has.

    `covers` holds the cities under whose entries it lists links.
    """

    family: str = ""
    issued: str = ""
    covers: set[str] = field(default_factory=set)


def span(text: str) -> Span:
    """Return the first and the last day of a date."""
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    last = calendar.monthrange(year, month or 12)[1]
    return date(year, month or 1, day or 1), date(year, month or 12, day or last)


def overlap(one: Span, two: Span) -> bool:
    return one[0] <= two[1] and two[0] <= one[1]


def newest(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims than which none is later."""
    claims = list(claims)
    return [c for c in claims if not any(o.dated[0] > c.dated[1] for o in claims)]


def weightiest(claims: Iterable[Claim]) -> list[Claim]:
    claims = list(claims)
    return [c for c in claims if c.standing == max(o.standing for o in claims)]


class Opinion:
    """What holds for the links of a registry on a day."""

    def __init__(self, store: ox.Store, today: str, limit: str) -> None:
        self.today, self.limit = date.fromisoformat(today), date.fromisoformat(limit)
        self.links, self.documents, self.broader = read(store)

    def answers(self) -> dict[str, Answer]:
        """Return by link what is derived of it."""
        return {iri: self.answer(link) for iri, link in self.links.items()}

    def answer(self, link: Link) -> Answer:
        for claim in link.claims:
            claim.says = self.said(claim, link)
        none = {"", "unknown", "proposed"}
        statements = [c for c in link.claims if c.vouches and c.says not in none]
        listings = [c for c in link.claims if c.vouches and not c.says]
        announced = [c for c in link.claims if c.mode != "disputed" and c.says == "proposed"]
        others = [c for c in link.claims if c.says == "unknown" or c.mode == "disputed"]
        grade = statements or listings or announced
        listed_only = not statements and bool(listings)
        deciding = weightiest(newest(grade or others))
        precise = max((len(c.as_of) for c in deciding), default=0)
        decider = min(
            (c for c in deciding if len(c.as_of) == precise), key=lambda c: c.iri, default=None
        )
        confirming = [c for c in [*statements, *listings] if c.says in {"", "active", "dormant"}]
        confirmed = max(confirming, key=lambda c: (*c.dated, c.iri), default=None)
        missing = self.missing(link, confirmed)
        stating = [] if listed_only or not grade else deciding
        states = [claim.says for claim in stating if len(claim.as_of) == precise]
        status = self.status(states, confirmed, missing)
        status = "ended" if self.is_over(link) else status
        contested = self.contested(link, decider if grade else None, deciding if statements else [])
        found: dict[str, set[str]] = defaultdict(set)
        found["status"] = {status}
        found["statusAsOf"] = {decider.as_of} if decider else set()
        found["decidedBy"] = {decider.iri} if decider else set()
        found["lastConfirmed"] = {confirmed.as_of} if confirmed else set()
        found["confirmedBy"] = {confirmed.iri} if confirmed else set()
        found["notListedSince"] = {self.documents[missing].issued} if missing else set()
        found["notListedBy"] = {missing} if missing else set()
        found["linkKind"] = {self.kind(link)} - {""}
        found["contestedAbout"] = contested
        self.dates(link, status, found)
        return {name: frozenset(values) for name, values in found.items() if values}

    def said(self, claim: Claim, link: Link) -> str:
        """Return what a claim says about the present; empty for a plain listing."""
        firm = [c for c in link.claims if c.vouches]
        restarts = [c for c in firm if c.start]
        if claim.end and span(claim.end)[1] < self.today:
            over = span(claim.end)[1]
            lasts = [end for c in restarts if (end := self.after(c, firm))]
            if any(end >= over for end in lasts) or any(span(c.start)[0] > over for c in restarts):
                return "unknown"
            return "unknown" if claim.mode == "announced" else "ended"
        if claim.mode == "announced":
            return "proposed" if claim.status in {"", "active", "proposed"} else "unknown"
        if claim.status or not claim.start:
            return claim.status
        limit = min(span(claim.start)[0], self.today)
        lapsed = [c.dated[1] for c in firm if c.status in LAPSED and not c.end]
        last = self.after(claim, firm)
        is_new = any(day < limit for day in lapsed) or (last is not None and last < self.today)
        return "active" if is_new else ""

    def status(self, states: list[str], confirmed: Claim | None, missing: str) -> str:
        """Return the status by what the deciding claims state, else by the last listing."""
        if states:
            return states[0] if len(set(states)) == 1 else "unknown"
        if confirmed is None:
            return "unknown"
        is_recent = confirmed.dated[1] >= self.limit and not missing
        return "listed" if is_recent else "not-confirmed"

    def is_over(self, link: Link) -> bool:
        """Whether a link is a pairing of a programme that is over."""
        end = link.programme_end
        return link.is_pairing and bool(end) and span(end)[1] < self.today

    def missing(self, link: Link, confirmed: Claim | None) -> str:
        """Return the first document that leaves the link out."""
        if confirmed is None:
            return ""
        own = {document for claim in link.claims for document in claim.documents}
        entries = {
            (self.documents[document].family, claim.under)
            for claim in link.claims
            for document in claim.documents
            if document in self.documents and self.documents[document].family and claim.under
        }
        found = [
            (span(document.issued)[0], iri)
            for iri, document in self.documents.items()
            if iri not in own
            and document.issued
            and any((document.family, city) in entries for city in document.covers)
            and span(document.issued)[0] > confirmed.dated[1]
        ]
        return min(found, default=(None, ""))[1]

    def kind(self, link: Link) -> str:
        stating = [c for c in link.claims if c.kind]
        usable = self.voting(stating) or stating
        counts = Counter(c.kind for c in weightiest(newest(usable)))
        order = [*CLOSENESS, *(k for k in counts if k not in CLOSENESS)]
        return min(counts, key=lambda kind: (-counts[kind], order.index(kind)), default="")

    @staticmethod
    def voting(claims: list[Claim]) -> list[Claim]:
        """Return those that list or state the link; those that propose it where none does."""
        voting = [c for c in claims if c.mode != "disputed" and c.says != "unknown"]
        return [c for c in voting if c.says != "proposed"] or voting

    def contested(self, link: Link, decider: Claim | None, deciding: list[Claim]) -> set[str]:
        found = set()
        stating = [c for c in link.claims if c.kind]
        newest_kinds = weightiest(newest(self.voting(stating)))
        kinds = {self.broader.get(c.kind, c.kind) for c in newest_kinds}
        if len(kinds) > 1:
            found.add("kind")
        if len({c.says for c in deciding}) > 1:
            found.add("status")
        if decider and any(self.is_against(claim, decider) for claim in link.claims):
            found.add("status")
        for claims in self.periods(link).values():
            starts = [span(c.start) for c in claims if c.start]
            if starts and max(s[0] for s in starts) > min(s[1] for s in starts):
                found.add("start")
        return found

    @staticmethod
    def is_against(claim: Claim, decider: Claim) -> bool:
        """Whether a claim denies what decides a link, or lists what has lapsed by it."""
        first, last = decider.dated
        if claim.mode == "disputed":
            same = (claim.says or "active") == (decider.says or "active")
            return claim.dated[1] >= first and same
        if decider.says not in LAPSED or not claim.vouches or claim.says:
            return False
        later = claim.dated[0] > last
        beside = claim.dated[1] >= first and claim.standing >= decider.standing
        return (later or beside) and (not decider.end or claim.dated[1] >= span(decider.end)[0])

    def periods(self, link: Link) -> dict[int, list[Claim]]:
        """Return the claims with dates, by the number of the period that they speak of."""
        dated = [c for c in link.claims if c.mode != "disputed" and (c.start or c.end)]
        firm = [c for c in dated if c.vouches]
        after = {c.iri: self.after(c, firm) for c in dated}
        every = {self.after(c, firm) for c in link.claims if c.start or c.end} - {None}
        found: dict[int, list[Claim]] = defaultdict(list)
        for claim in firm or dated:
            last = after[claim.iri]
            earlier = sum(1 for end in every if last and end and end < last)
            found[earlier + 2 if last else 1].append(claim)
        return dict(found)

    def after(self, claim: Claim, firm: list[Claim]) -> date | None:
        """Return the last day of the last end before the period of a claim."""
        if claim.start:
            ends = [span(c.end)[1] for c in firm if c.end and self.precedes(c, claim, firm)]
            return max(ends, default=None)
        limit = span(claim.end)[1]
        begun = [c for c in firm if c.start and span(c.start)[0] <= limit]
        opened = [self.after(c, firm) for c in begun]
        return max((end for end in opened if end and end < limit), default=None)

    @staticmethod
    def precedes(ender: Claim, starter: Claim, firm: list[Claim]) -> bool:
        """Whether what one claim says to have ended was over when another says it began."""
        end, start = span(ender.end), span(starter.start)
        if not overlap(end, start):
            return end < start
        if starter.end and overlap(span(starter.end), end):
            return False
        if ender.start:
            return span(ender.start)[1] < start[0]
        closed = [span(c.end)[1] for c in firm if c.end and span(c.end)[1] < end[0]]
        opened = [span(c.start) for c in firm if c.start and span(c.start)[1] < start[0]]
        return any(all(last < first for last in closed) for first, _ in opened)

    def dates(self, link: Link, status: str, found: dict[str, set[str]]) -> None:
        periods = self.periods(link)
        starts = {n: self.start(claims) for n, claims in periods.items()}
        ends = {n: self.end(c, status, n == max(periods)) for n, c in periods.items()}
        with_start = [n for n in starts if starts[n]]
        if with_start:
            found["startDate"] = {starts[max(with_start)]}
            found["firstStart"] = {starts.get(1, "")} - {""}
        if periods:
            found["endDate"] = {ends[max(periods)]} - {""}
        own = [span(end)[1] for end in ends.values() if end]
        if self.is_over(link) and not any(end < self.today for end in own):
            found["endDate"] |= {link.programme_end}
        base = link.iri.replace("/id/link/", "/id/period/")
        found["period"] = {f"{base}/{n}" for n in periods}

    def start(self, claims: list[Claim]) -> str:
        stated = [c for c in claims if c.start]
        best = []
        for text in {c.start for c in stated}:
            own = span(text)
            near = [c for c in stated if overlap(span(c.start), own)]
            if any(span(c.start)[0] > own[0] or span(c.start)[1] < own[1] for c in near):
                continue
            families = {
                (self.documents.get(d) or Document()).family or d for c in near for d in c.documents
            }
            best.append((-len(families), *own, text))
        return min(best)[-1] if best else ""

    def end(self, claims: list[Claim], status: str, is_last: bool) -> str:
        stated = [c for c in claims if c.end]
        best = []
        for claim in stated:
            own = span(claim.end)
            over = own[1] < self.today
            if is_last and (status == "ended") != (over or claim.status == "ended"):
                continue
            near = [c for c in stated if overlap(span(c.end), own)]
            if any(
                (span(c.end)[1] < self.today) == over
                and (span(c.end)[0] > own[0] or span(c.end)[1] < own[1])
                for c in near
            ):
                continue
            best.append((max(c.dated[1] for c in near), *own, claim.end))
        return max(best)[-1] if best else ""


def read(store: ox.Store) -> tuple[dict[str, Link], dict[str, Document], dict[str, str]]:
    """Read links, documents and broader kinds of link from the graphs that are asserted."""
    values = Values(store)
    documents: dict[str, Document] = {}
    links = {}
    for iri in values.subjects("cl:party"):
        claims = [claim_of(values, ref) for ref in sorted(values.all(iri, "cl:claim"))]
        links[iri] = Link(
            iri,
            values.all(iri, "cl:party"),
            claims,
            values.one(values.one(iri, "cl:underProgramme"), "cl:endDate"),
            CL + "ProgrammePairing" in values.all(iri, "rdf:type"),
        )
        for document, claim in [(d, c) for c in claims for d in c.documents]:
            family, stated, earliest = (
                values.one(document, name)
                for name in ("cl:sourceFamily", "dcterms:issued", "cl:issuedEarliest")
            )
            known = documents.setdefault(document, Document(family, stated or earliest))
            known.covers |= {claim.under} - {""}
    kinds = {s: values.all(s, "skos:broader") for s in values.subjects("skos:broader")}
    return links, documents, {_last(s): _last(min(b)) for s, b in kinds.items()}


class Values:
    """What the asserted graphs of a store say, by subject and predicate."""

    def __init__(self, store: ox.Store) -> None:
        self._values: dict[tuple[str, str], set[str]] = defaultdict(set)
        wanted = {terms.prefixed(name) for name in _READ}
        for quad in store.quads_for_pattern(None, None, None, None):
            graph, value = quad.graph_name, quad.object
            if not isinstance(graph, ox.NamedNode) or graph.value == terms.DERIVED_GRAPH:
                continue
            if quad.predicate.value in wanted and isinstance(value, ox.NamedNode | ox.Literal):
                self._values[str(quad.subject)[1:-1], quad.predicate.value].add(value.value)

    def subjects(self, name: str) -> list[str]:
        """Return the subjects that have a property."""
        return [subject for subject, predicate in self._values if predicate == terms.prefixed(name)]

    def all(self, subject: str, name: str) -> set[str]:
        """Return the values of a property of a subject."""
        return self._values.get((subject, terms.prefixed(name)), set())

    def one(self, subject: str, name: str) -> str:
        """Return the first of them; empty where there is none."""
        return min(self.all(subject, name), default="")


def claim_of(values: Values, ref: str) -> Claim:
    """Read a claim with its documents and the mode of its strongest passage."""
    passages = values.all(ref, "cl:supportedBy")
    modes = values.all(ref, "cl:mode").union(*(values.all(p, "cl:mode") for p in passages))
    own = values.all(ref, "dcterms:source")
    modes = modes or set().union(*(values.all(document, "cl:mode") for document in own))
    return Claim(
        ref,
        values.one(ref, "cl:asOf"),
        _last(values.one(ref, "cl:claimedKind")),
        _last(values.one(ref, "cl:claimedStatus")),
        values.one(ref, "cl:startDate"),
        values.one(ref, "cl:endDate"),
        values.one(ref, "cl:recordedUnder"),
        min((_last(mode) for mode in modes), key=MODES.index, default="reported"),
        bool(values.all(ref, "cl:statedBy")),
        own.union(*(values.all(passage, "cl:passageOf") for passage in passages)),
    )


_READ: Final = [
    *(
        f"cl:{name}"
        for name in (
            "party claim asOf claimedKind claimedStatus startDate endDate recordedUnder statedBy "
            "supportedBy passageOf mode sourceFamily issuedEarliest underProgramme"
        ).split()
    ),
    *("dcterms:source", "dcterms:issued", "skos:broader", "rdf:type"),
]


def _last(iri: str) -> str:
    return re.sub(r"^.*/", "", iri)
