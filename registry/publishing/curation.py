"""What people decide on things: to merge two records of one, or to withdraw what should not be.

Each is a `Change` that the one transaction plans and publishes: lines of the identity ledger, from
which the old addresses become redirects (301) or are gone (410), graphs that follow them, and what
the log says of it.

    merge b into a    ledger b → a      graphs: b becomes a      a gets the names and items of b
    withdraw b        ledger b → -      graphs: b is not spoken of, nor what is a part of it alone
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import WRITABLE, Graph, from_lines, lines_of, parse_lines
from registry.identity.ledger import CORRECTED, WITHDRAWN, Ledger, LedgerEntry
from registry.identity.succession import states_class
from registry.places.position import distance
from registry.problems import Problem
from registry.publishing import build, store
from registry.publishing.plan import Change, Plan, plan, read_ledger
from registry.publishing.shacl import Report
from registry.publishing.shacl.report import Severity
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.things.describe import OWNING

PERSON: Final = "person"
"""Stands in the ledger under `decided` where a person merged or withdrew a reference."""

_CITY: Final = terms.thing("city", "")
_NAMES: Final = frozenset(map(terms.prefixed, ("skos:prefLabel", "skos:altLabel")))
_OTHER_NAME: Final = ox.NamedNode(terms.prefixed("skos:altLabel"))
_ITEM: Final = terms.prefixed("cl:wikidataItem")

_OWNING: Final = frozenset(predicate.value.encode() for predicate in OWNING)
"""Properties whose values go once nothing is left that has them."""

_NEEDED: Final = frozenset(
    terms.prefixed(name).encode()
    for name in ("cl:claim", "cl:supportedBy", "cl:passageOf", "cl:participant", "dcterms:source")
)
"""Properties whose subject has nothing to stand on once its last value was withdrawn."""

_THINGS: Final = terms.ID.encode()
_ADDRESS: Final = re.compile(r"^(?:[a-z]+://[^/]*)?/?(?:citylinks/)?(?:id|doc)/|[?#].*$")
"""What of an address does not belong to the reference."""


@dataclass(frozen=True)
class Hanging:
    """A thing that lacks a value without what is withdrawn, and what the shapes say of it."""

    iri: str
    message: str


@dataclass(frozen=True)
class Preview:
    """What a change will do: for each graph how many statements go and come, which things change.

    `things` are those whose own statements change, `report` is what the shapes say of the result,
    `hanging` what would have to be withdrawn as well.
    """

    graphs: Mapping[str, tuple[int, int]]
    things: Sequence[str]
    report: Report
    hanging: Sequence[Hanging] = ()


@dataclass(frozen=True)
class Doubt:
    """A reason why two cities may not be one: its name, and what differs in each of them."""

    what: str
    one: str
    other: str

    @property
    def text(self) -> str:
        """The doubt in words."""
        return _DOUBTS[self.what].format(one=self.one, other=self.other)


_DOUBTS: Final = {
    "distance": "they lie {one} km apart",
    "country": "they are in different countries: {one} and {other}",
    "identifiers": "one register has an entry for each: {one} and {other}",
}
_FAR: Final = 20.0
"""Kilometres from which two positions are hardly those of one city."""


def iri_of(text: str) -> str:
    """Return the IRI of a thing by its IRI, its address at a server of ours, or its reference.

    A reference without a kind is a city's.

    >>> iri_of("perm-511196"), iri_of("document/perm-twins")  # doctest: +NORMALIZE_WHITESPACE
    ('https://w3id.org/citylinks/id/city/perm-511196',
     'https://w3id.org/citylinks/id/document/perm-twins')

    Raises
    ------
    Problem
        `bad-parameter` where it is no reference.

    """
    ref = _ADDRESS.sub("", text.strip())
    if not terms.REF.fullmatch(ref):
        raise Problem("bad-parameter", f"{text!r} is not a reference such as city/perm-511196")
    return terms.ID + (ref if "/" in ref else f"city/{ref}")


def preview(workspace: Workspace, settings: Settings, change: Change) -> Preview:
    """Return what a change will do; nothing is changed, and no publisher waits."""
    return preview_of(workspace, settings, plan(workspace, settings, change))


def preview_of(workspace: Workspace, settings: Settings, planned: Plan) -> Preview:
    """Return what the release that is planned changes."""
    graphs, things = _differences(workspace, planned)
    named = sorted(one for one in things if one.startswith(terms.ID))
    report = build.report_on(workspace, settings, planned)
    return Preview(graphs, named, report, _hanging(workspace, planned, report))


_LACKS: Final = terms.prefixed("sh:MinCountConstraintComponent")
"""The constraint that says of a thing that it lacks a value."""


def _hanging(workspace: Workspace, planned: Plan, report: Report) -> list[Hanging]:
    """Return what speaks of things that are withdrawn, and lacks a value without them."""
    wrong = [
        one
        for one in report.results
        if one.severity is Severity.VIOLATION and one.component == _LACKS
    ]
    if not wrong or "withdrawn" not in planned.things or "merged" in planned.things:
        return []
    gone = {f"<{line.iri}> .".encode() for line in planned.minted if line.replaced_by == WITHDRAWN}
    foci = {f"<{one.focus}>".encode(): one for one in reversed(wrong)}
    speaking = {
        subject
        for graph in workspace.released()[1].values()
        for line in graph.lines
        if (subject := line.partition(b" ")[0]) in foci and line.endswith(tuple(gone))
    }
    found = (foci[one] for one in speaking - {iri.removesuffix(b" .") for iri in gone})
    things = (Hanging(one.focus, one.message) for one in found if one.focus.startswith(terms.ID))
    return sorted(things, key=lambda one: one.iri)


def _differences(
    workspace: Workspace, planned: Plan
) -> tuple[dict[str, tuple[int, int]], set[str]]:
    """Return how many statements go and come in each graph, and of which things."""
    before = workspace.released()[1]
    graphs: dict[str, tuple[int, int]] = {}
    things: set[str] = set()
    for iri in sorted(before.keys() | planned.graphs.keys()):
        old, new = before.get(iri), planned.graphs.get(iri)
        if old == new:
            continue
        differs = store.difference(old, new)
        graphs[iri] = len(differs.gone), len(differs.come)
        things.update(_subject(line) for line in (*differs.gone, *differs.come))
    return graphs, things


def merge(workspace: Workspace, settings: Settings, old: str, new: str) -> Change:
    """Make one thing of two of the same kind, given by IRI: `new` stays, `old` leads to it.

    A city that stays gets the names and the items of Wikidata of the other one, so that it is found
    by them. A link of the two with each other would be one of a city with itself, and is withdrawn.

    Raises
    ------
    Problem
        `not-found` or `conflict`, where the two cannot be merged.

    """
    known = read_ledger(workspace, settings)
    entries = {entry.iri: entry for entry in known.entries}
    for iri in (old, new):
        _check_standing(known, entries, iri)
    kinds = [(terms.kind_and_ref(iri) or ("", ""))[0] for iri in (old, new)]
    if old == new or kinds[0] != kinds[1]:
        raise Problem("conflict", "what is merged are two different things of one kind")
    lines = [_given_up(entries[old], new.removeprefix(terms.thing(kinds[0], "")))]
    graphs: dict[str, Graph] = {}
    withdrawn: list[str] = []
    released = workspace.released()[1]
    if kinds[0] == "city" and terms.CITIES_GRAPH in released:
        cities = _with_names(released, old, new)
        graphs[cities.iri] = cities
        items = dict.fromkeys((*entries[new].items, *entries[old].items))
        if list(items) != list(entries[new].items):
            lines.append(_corrected(entries[new], " ".join(items)))
        refs = sorted(iri.removeprefix(_CITY) for iri in (old, new))
        both = terms.thing("link", "--".join(refs))
        if any(graph.has(f"<{both}>".encode()) for graph in released.values()):
            withdrawn.append(both)
            lines += [_given_up(entries.get(both) or minted(both, today()), WITHDRAWN)]
    told = {"merged": [old, new], **({"withdrawn": withdrawn} if withdrawn else {})}
    return Change([], minted=lines, graphs=graphs, things=told)


def doubts(workspace: Workspace, old: str, new: str) -> list[Doubt]:
    """Return what speaks against it that two cities are one; of other things nothing is known."""
    if not all(iri.startswith(_CITY) for iri in (old, new)):
        return []
    graphs = [graph for graph in workspace.released()[1].values() if graph.role in WRITABLE]
    one, other = (_facts(graphs, iri) for iri in (old, new))
    found = []
    at = [_position(facts) for facts in (one, other)]
    if at[0] and at[1] and (apart := distance(*at[0], *at[1])) > _FAR:
        found.append(Doubt("distance", f"{apart:.0f}", ""))
    for what, shared, before in _TOLD_APART:
        here, there = one.get(shared, []), other.get(shared, [])
        if here and there and not {*here} & {*there}:
            found.append(Doubt(what, *(before + _entry(iris[0]) for iris in (here, there))))
    schemes = _identifiers(graphs, one), _identifiers(graphs, other)
    for scheme in sorted(schemes[0].keys() & schemes[1].keys()):
        here, there = (sorted(one[scheme]) for one in schemes)
        if not {*here} & {*there}:
            found.append(Doubt("identifiers", *(f"{scheme} {one[0]}" for one in (here, there))))
    return found


_TOLD_APART: Final = (
    ("country", terms.prefixed("cl:inCountry"), ""),
    ("identifiers", terms.prefixed("cl:geonamesFeature"), "GeoNames "),
    ("identifiers", _ITEM, "Wikidata "),
)
"""The doubt that a property raises whose values two cities do not share, and what comes first."""

_COORDINATES: Final = tuple(map(terms.prefixed, ("wgs84:lat", "wgs84:long")))
_OWN_IDENTIFIER: Final = terms.prefixed("cl:externalIdentifier")
_SCHEME, _VALUE = map(terms.prefixed, ("cl:identifierScheme", "cl:identifierValue"))


def _facts(graphs: Iterable[Graph], iri: str) -> dict[str, list[str]]:
    """Return what graphs say of a thing: the texts of its values by property."""
    found: dict[str, list[str]] = {}
    for triple in _said_of(iri, graphs):
        value = getattr(triple.object, "value", "")
        found.setdefault(triple.predicate.value, []).append(value)
    return {name: sorted(values) for name, values in found.items()}


def _position(facts: Mapping[str, Sequence[str]]) -> tuple[float, float] | None:
    if not all(facts.get(name) for name in _COORDINATES):
        return None
    latitude, longitude = (float(facts[name][0]) for name in _COORDINATES)
    return latitude, longitude


def _identifiers(
    graphs: Sequence[Graph], facts: Mapping[str, Sequence[str]]
) -> dict[str, set[str]]:
    """Return the identifiers that a thing has at authorities, by what these call them."""
    found: dict[str, set[str]] = {}
    for node in facts.get(_OWN_IDENTIFIER, ()):
        about = _facts(graphs, node)
        for scheme in about.get(_SCHEME, ()):
            found.setdefault(scheme, set()).update(about.get(_VALUE, ()))
    return found


def _entry(iri: str) -> str:
    """Return the entry of a register as people know it: its last part."""
    return iri.rstrip("/").rpartition("/")[2]


def withdraw(workspace: Workspace, settings: Settings, iris: Sequence[str]) -> Change:
    """Take things out, with what is a part of them alone or has nothing else to stand on.

    Raises
    ------
    Problem
        `not-found` where one was never there, `conflict` where it is given up already.

    """
    known = read_ledger(workspace, settings)
    entries = {entry.iri: entry for entry in known.entries}
    graphs = workspace.released()[1]
    day, lines = today(), list[LedgerEntry]()
    for iri in iris:
        if iri not in entries and _is_stated(graphs.values(), iri):
            continue
        _check_standing(known, entries, iri)
    gone = whole(graphs.values(), iris)
    for iri in sorted(one for one in gone if one.startswith(terms.ID)):
        if known.is_withdrawn(iri):
            continue
        if iri not in entries:
            lines.append(minted(iri, day))
        lines.append(_given_up(entries.get(iri) or minted(iri, day), WITHDRAWN))
    removed = sorted(gone & graphs.keys())
    return Change([], removed, minted=lines, things={"withdrawn": list(iris)})


def whole(graphs: Iterable[Graph], iris: Iterable[str]) -> set[str]:
    """Return things with what is a part of them alone, or has nothing to stand on without them.

    Those are the passages of a document, the claims that only they support, the links without any
    other claim, the nodes that a thing owns, and graphs without any other source.
    """
    parts, stands = _relations(graphs)
    gone = {iri.encode() for iri in iris}
    while True:
        more = {one for one, wholes in parts.items() if wholes <= gone}
        more |= {one for one, grounds in stands.items() if any(g <= gone for g in grounds.values())}
        if more <= gone:
            return {iri.decode() for iri in gone}
        gone |= more


def _relations(
    graphs: Iterable[Graph],
) -> tuple[dict[bytes, set[bytes]], dict[bytes, dict[bytes, set[bytes]]]]:
    """Return for each part what has it, and for each thing what it stands on, by property."""
    parts: dict[bytes, set[bytes]] = {}
    stands: dict[bytes, dict[bytes, set[bytes]]] = {}
    for graph in graphs:
        for block in graph.blocks():
            for predicate in _OWNING | _NEEDED:
                for subject, value in _pairs(block, predicate):
                    if predicate in _OWNING:
                        parts.setdefault(value, set()).add(subject)
                    if predicate in _NEEDED:
                        stands.setdefault(subject, {}).setdefault(predicate, set()).add(value)
    return parts, stands


def _pairs(content: bytes, predicate: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the things, or the graph itself, that a predicate joins with things."""
    mark = b"> <%b> <%b" % (predicate, _THINGS)
    at = content.find(mark)
    while at >= 0:
        subject = content[content.rfind(b"\n", 0, at) + 2 : at]
        if b" " not in subject:  # Else the mark is in the text of a literal.
            value = at + len(mark) - len(_THINGS)
            yield subject, content[value : content.index(b">", value)]
        at = content.find(mark, at + 1)


def _check_standing(known: Ledger, entries: Mapping[str, LedgerEntry], iri: str) -> None:
    """Refuse what was never minted, and what was given up."""
    if known.is_withdrawn(iri):
        raise Problem("conflict", f"<{iri}> is withdrawn already")
    if (now := known.current(iri)) != iri:
        raise Problem("conflict", f"<{iri}> is merged into <{now}> already")
    if iri not in entries:
        raise Problem("not-found", f"nothing is known of <{iri}>")


def _is_stated(graphs: Iterable[Graph], iri: str) -> bool:
    """Whether any graph says something of a thing."""
    start = f"\n<{iri}> ".encode()
    return any(start in b"\n" + block for graph in graphs for block in graph.blocks())


def _given_up(entry: LedgerEntry, replaced_by: str) -> LedgerEntry:
    return replace(entry, decided=PERSON, date=today(), replaced_by=replaced_by)


def _corrected(entry: LedgerEntry, items: str) -> LedgerEntry:
    return replace(entry, wikidata=items, decided=CORRECTED, date=today())


def minted(iri: str, day: str) -> LedgerEntry:
    """Return the line of a thing that graphs speak of, and the ledger does not know yet."""
    kind, ref = terms.kind_and_ref(iri) or ("", "")
    return LedgerEntry(ref, kind, "", "", "", "", PERSON, day, "")


def today() -> str:
    """Return the day of lines that are new."""
    return datetime.now(UTC).date().isoformat()


def _with_names(graphs: Mapping[str, Graph], old: str, new: str) -> Graph:
    """Return the authority file in which a city has the names and items of another one.

    The other one is described no more, whether there or in a graph that proposed it.
    """
    cities = graphs[terms.CITIES_GRAPH]
    describing = [cities, *(graph for graph in graphs.values() if states_class(graph, old))]
    theirs = _said_of(old, describing)
    ours = _said_of(new, (graph for graph in graphs.values() if graph.role in WRITABLE))
    has = {str(triple.object) for triple in ours if triple.predicate.value in _NAMES}
    node = ox.NamedNode(new)
    more = [
        ox.Triple(node, _OTHER_NAME, triple.object)
        for triple in theirs
        if triple.predicate.value in _NAMES and str(triple.object) not in has
    ]
    items = [t for t in theirs if t.predicate.value == _ITEM]
    more += [ox.Triple(node, triple.predicate, triple.object) for triple in items]
    return Graph(cities.iri, from_lines({*cities.lines, *lines_of(more)}))


def _said_of(iri: str, graphs: Iterable[Graph]) -> list[ox.Triple]:
    """Return what graphs say of a thing."""
    start = f"<{iri}> ".encode()
    lines = {line for graph in graphs for line in graph.lines if line.startswith(start)}
    return parse_lines(from_lines(lines))


def _subject(line: bytes) -> str:
    return line[1 : line.index(b">")].decode()
