"""Splitting: what sources say of one record, but mean of another city, moves to that one.

    split a into c, of links with p    link/a--p ─▶ link/c--p, with its claims, in the graphs chosen
                                       ledger: c is minted, links and claims that left lead there

The other city is in the registry already, or was merged into the first one and stands for itself
again, as the release before the merger described it, or comes from the gazetteer by the number in
its reference. What a graph says of a city that it describes itself, as one that proposed it, stays:
no statement that could mean another one.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from registry import terms
from registry.graphs.graph import WRITABLE, Graph, Role, from_lines
from registry.identity.ledger import CORRECTED, REVIVED, SPLIT, WITHDRAWN, LedgerEntry
from registry.identity.succession import states_class
from registry.places.gazetteer import Gazetteer, Place
from registry.problems import Problem
from registry.publishing.curation import PERSON, minted, today
from registry.publishing.plan import Change, read_ledger
from registry.reconcile.matcher import prepare
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources.authority import graph_of
from registry.sources.labels import Names
from registry.sources.minting import City, reference

_CITY: Final = terms.thing("city", "")
_THING: Final = re.compile(rf"<{re.escape(terms.ID)}([a-z-]+)/([^>]*)>")
_STATES_LINK: Final = tuple(
    f"> <{terms.prefixed(name)}> ".encode() for name in ("rdf:type", "cl:party", "skos:prefLabel")
)
"""The statements without which a link is none."""

_OF_LINKS: Final = frozenset({"link", "claim"})
_NAME: Final = _STATES_LINK[-1]
_LINK: Final = f"<{terms.thing('link', '')}".encode()


@dataclass(frozen=True)
class Chosen:
    """Which statements move: those of links with some cities, in some graphs; none = all."""

    old: str
    new: str
    partners: frozenset[str] = frozenset()
    graphs: frozenset[str] = frozenset()

    def moved(self, line: bytes) -> bytes:
        """Return a statement as it is said of the other city; one that is not meant, as it is."""
        if self._ref not in line:
            return line
        text = line.decode()
        subject, rest = text.split(" ", 1)
        about = _THING.sub(self._of_thing, subject)
        if about != subject:
            return f"{about} {_THING.sub(self._of_any, rest)}".encode()
        return f"{subject} {_THING.sub(self._of_thing, rest)}".encode()

    @cached_property
    def _ref(self) -> bytes:
        return self.old.encode()

    def _of_thing(self, found: re.Match[str]) -> str:
        """Rename a thing whose reference is made of the city's, if it is one of those chosen."""
        kind, ref = found[1], found[2]
        return f"<{terms.ID}{kind}/{'/'.join(self._segments(kind, ref))}>"

    def _of_any(self, found: re.Match[str]) -> str:
        """Rename the city itself, too: the statement is about what moves."""
        is_city = found[1] == "city" and found[2] == self.old
        return f"<{_CITY}{self.new}>" if is_city else self._of_thing(found)

    def _segments(self, kind: str, ref: str) -> Iterator[str]:
        for part in ref.split("/"):
            sides = part.split("--")
            if self.old not in sides or (kind in {"city", "geometry"} and self.partners):
                yield part
            elif len(sides) == 1:
                yield part if self.partners else self.new
            elif self.partners and self.partners.isdisjoint(sides):
                yield part
            else:
                yield "--".join(sorted(self.new if one == self.old else one for one in sides))


def split(workspace: Workspace, settings: Settings, chosen: Chosen) -> Change:
    """Move what is chosen from one city to another one.

    Raises
    ------
    Problem
        `not-found` where a city, a graph or anything to move is not there, `conflict` where the
        first city was given up.

    """
    known = read_ledger(workspace, settings)
    entries = {entry.iri: entry for entry in known.entries}
    old, new = _CITY + chosen.old, _CITY + chosen.new
    if old not in entries or known.is_withdrawn(old) or known.current(old) != old:
        raise Problem("not-found", f"<{old}> is no city of this registry")
    released = workspace.released()[1]
    graphs = {i: g for i, g in released.items() if g.role in WRITABLE}
    other = _other(workspace, settings, entries, graphs, chosen)
    lines = list(other.lines)
    moved = {i: g for i, g in _moved(graphs, chosen).items() if g != graphs[i]}
    if not moved and not any(line.decided == SPLIT for line in lines):
        detail = f"nothing chosen is said of <{old}>, but for what describes the city itself"
        raise Problem("not-found", detail)
    moved |= _with_links(graphs, moved, chosen)
    lines += _followed({**entries, **{line.iri: line for line in lines}}, graphs, moved, chosen)
    if other.described:
        items = set(entries[new].items) if new in entries else set()
        for iri in other.described.keys() | {terms.CITIES_GRAPH}:
            now = moved.get(iri) or graphs[iri]
            kept = (line for line in now.lines if not _names_item(line, old, items))
            own = {*kept, *other.described.get(iri, ())} - other.given_back
            moved[iri] = Graph(iri, from_lines(own))
        if items:
            left = " ".join(one for one in entries[old].items if one not in items)
            lines.append(replace(entries[old], wikidata=left, decided=CORRECTED, date=today()))
    return Change([], minted=lines, graphs=moved, things={"split": [old, new]})


def _names_item(line: bytes, city: str, items: Iterable[str]) -> bool:
    """Whether a city is said to be one of some items, which it got from one merged into it."""
    ends = tuple(f"/entity/{item}> .".encode() for item in items)
    return line.startswith(f"<{city}> ".encode()) and line.endswith(ends)


@dataclass(frozen=True)
class _Other:
    """What ledger and graphs lack of the other city, and what the first one gives back to it.

    `described` has lines by graph, `given_back` those by which the first got names of the other.
    """

    lines: Sequence[LedgerEntry] = ()
    described: Mapping[str, set[bytes]] = field(default_factory=dict)
    given_back: Set[bytes] = frozenset()


def _other(
    workspace: Workspace,
    settings: Settings,
    entries: Mapping[str, LedgerEntry],
    graphs: Mapping[str, Graph],
    chosen: Chosen,
) -> _Other:
    """Return what is lacking of the other city, which may be one merged before."""
    iri, ref = _CITY + chosen.new, chosen.new
    entry = entries.get(iri)
    if entry and entry.replaced_by == WITHDRAWN:
        raise Problem("conflict", f"<{iri}> was withdrawn; undo that first, or name another city")
    if not (entry and entry.replaced_by) and any(states_class(g, iri) for g in graphs.values()):
        return _Other([] if entry else [minted(iri, today())])
    if entry and entry.replaced_by:
        again = replace(entry, decided=SPLIT, date=today(), replaced_by="")
        if before := _as_before_merger(workspace, graphs, _CITY + chosen.old, iri):
            return replace(before, lines=[again])
    number = int(found[1]) if (found := re.fullmatch(r".*-([0-9]+)", ref)) else 0
    with Gazetteer(prepare(settings)) as gazetteer:
        place: Place | None = gazetteer.place(number) if number else None
        items = gazetteer.items(number) if place else ()
    if place is None or (not entry and reference(place, items) != ref):
        named = f"; it would be {reference(place, items)}" if place else ""
        raise Problem("not-found", f"neither the registry nor the gazetteer has {ref}{named}")
    lines = []
    if entry:
        items = entry.items
        lines = [again] if entry.replaced_by else []
    else:
        line = replace(minted(iri, today()), geonames=str(number), label=place.name)
        lines = [replace(line, wikidata=" ".join(items))]
    described = graph_of((), [City(ref, place, tuple(items))], Names())
    return _Other(lines, {terms.CITIES_GRAPH: set(described.lines)})


def _as_before_merger(
    workspace: Workspace, graphs: Mapping[str, Graph], old: str, new: str
) -> _Other | None:
    """Return how graphs that are still there described a city before it was merged into another.

    None where the release before the merger is not kept, or did not describe it.
    """
    event = log.last_about(workspace.log_path, "merged", {new})
    if event is None or event.previous not in workspace.versions():
        return None
    starts = tuple(f"<{one}> ".encode() for one in (new, terms.geometry_of(new)))
    then = workspace.graphs(event.previous)
    described = {
        iri: lines
        for iri in then.keys() & graphs.keys()
        if graphs[iri].role is Role.CITIES or states_class(then[iri], new)
        if (lines := {line for line in then[iri].lines if line.startswith(starts)})
    }
    cities, since = then.get(terms.CITIES_GRAPH), graphs.get(terms.CITIES_GRAPH)
    if not described or cities is None or since is None:
        return None
    names = {line.split(b" ", 2)[2] for lines in described.values() for line in lines}
    start = f"<{old}> <{terms.prefixed('skos:altLabel')}> ".encode()
    gained = {line for line in since.lines if line.startswith(start)} - {*cities.lines}
    given_back = {line for line in gained if line.removeprefix(start) in names}
    return _Other((), described, given_back)


def _moved(graphs: Mapping[str, Graph], chosen: Chosen) -> dict[str, Graph]:
    """Move the statements of the graphs that are chosen."""
    if missing := chosen.graphs - graphs.keys():
        raise Problem("not-found", f"there is no graph <{min(missing)}>")
    wanted = chosen.graphs or {i for i, graph in graphs.items() if graph.role is Role.SOURCE}
    named = _subjects_of(graphs.values(), _NAME)
    return {iri: Graph(iri, from_lines(_lines_moved(graphs[iri], chosen, named))) for iri in wanted}


def _lines_moved(graph: Graph, chosen: Chosen, named: Container[str]) -> set[bytes]:
    """Move statements of a graph; a name is dropped where what it moves to has one of its own."""
    city = _CITY + chosen.old
    own = tuple(f"<{one}> ".encode() for one in (city, terms.geometry_of(city)))
    stays = own if states_class(graph, city) else ()
    pairs = ((line, line if line.startswith(stays) else chosen.moved(line)) for line in graph.lines)
    return {
        after
        for line, after in pairs
        if line == after or _NAME not in line or _subject(after) not in named
    }


def _with_links(
    graphs: Mapping[str, Graph], moved: Mapping[str, Graph], chosen: Chosen
) -> dict[str, Graph]:
    """State class, cities and name of the links that moved where only what stays states them."""
    after = {**graphs, **moved}
    new = {
        _subject(line)
        for iri, graph in moved.items()
        for line in set(graph.lines) - set(graphs[iri].lines)
        if line.startswith(_LINK)
    }
    more = {
        chosen.moved(line)
        for predicate in _STATES_LINK
        for lacking in [new - _subjects_of(after.values(), predicate)]
        for graph in graphs.values()
        for line in graph.lines
        if predicate in line and _subject(chosen.moved(line)) in lacking
    }
    if not more:
        return {}
    first = min(moved)
    return {first: Graph(first, from_lines({*moved[first].lines, *more}))}


def _subjects_of(graphs: Iterable[Graph], predicate: bytes) -> set[str]:
    return {_subject(line) for graph in graphs for line in graph.lines if predicate in line}


def _followed(
    entries: Mapping[str, LedgerEntry],
    before: Mapping[str, Graph],
    moved: Mapping[str, Graph],
    chosen: Chosen,
) -> list[LedgerEntry]:
    """Mint what moved under its new reference; what no graph states any more leads there."""
    lines = list[LedgerEntry]()
    left = _subjects({**before, **moved}.values(), chosen.old)
    for old in sorted(_subjects((before[iri] for iri in moved), chosen.old)):
        new = _subject(chosen.moved(f"<{old}> <a:a> <a:a> .".encode()))
        if new == old:
            continue
        kind, ref = terms.kind_and_ref(new) or ("", "")
        label = entries[old].label if old in entries else ""
        if new not in entries:
            lines.append(replace(minted(new, today()), label=label))
        elif entries[new].replaced_by:  # It moves back to where it was.
            decided = REVIVED if kind in _OF_LINKS else SPLIT
            lines.append(replace(entries[new], decided=decided, date=today(), replaced_by=""))
        if old not in left and (kind in _OF_LINKS or (old in entries and kind != "city")):
            mine = entries.get(old) or minted(old, today())
            lines.append(replace(mine, decided=PERSON, date=today(), replaced_by=ref))
    return lines


def _subjects(graphs: Iterable[Graph], ref: str) -> set[str]:
    """List the things of which graphs say something, and whose reference has that of a city."""
    named = ref.encode()
    start = f"<{terms.ID}".encode()
    return {
        _subject(line)
        for graph in graphs
        for line in graph.lines
        if line.startswith(start) and named in line.split(b" ", 1)[0]
    }


def _subject(line: bytes) -> str:
    return line[1 : line.index(b">")].decode()


def chosen_by(ref: str, other: str, partners: Sequence[str], graphs: Sequence[str]) -> Chosen:
    """Read which statements move, from references and names of graphs.

    Raises
    ------
    Problem
        `bad-parameter` where all would move: that is a merger, or no choice.

    """
    if not partners and not graphs:
        raise Problem("bad-parameter", "say which statements move: by a partner, or by a graph")
    cities = [one.removeprefix(_CITY).removeprefix("city/") for one in (ref, other, *partners)]
    if wrong := [one for one in cities if not terms.NAME.fullmatch(one)]:
        raise Problem("bad-parameter", f"{wrong[0]!r} is not a reference such as perm-511196")
    named = frozenset(terms.GRAPH + one.removeprefix(terms.GRAPH) for one in graphs)
    return Chosen(cities[0], cities[1], frozenset(cities[2:]), named)
