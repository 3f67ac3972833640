"""The history of a thing: what each publish changed of it, when, by whom and why.

It is read from the feed, which has what every publish made of every thing, and outlives the
releases. With a thing its parts are told of, such as claims; with a city its links, without what
changed of them: they have histories of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import parse_lines
from registry.identity.ledger import DEPRECATED, REPLACED
from registry.releases.difference import What
from registry.releases.log import Event
from registry.things.describe import OWNING
from registry.things.labels import Words
from registry.things.page import Pages, Statement, Value
from registry.views.feed import Feed, Member

MOST: Final = 30
"""Publishes on one page of a history."""

_COMPUTED: Final = {terms.DERIVED_GRAPH, terms.SETTINGS_GRAPH}
_MOST_PARTS: Final = 500
"""Parts of a thing that are told of; a network has ten thousand members."""

_NAMED: Final = 5
"""Graphs of a publish that are named where none of them is known to speak of the thing."""


@dataclass(frozen=True)
class Change:
    """What a publish made of a node: its statements before and after, as triples.

    `after` is None where they are not told: of a link of a city, or after a redaction.
    """

    iri: str
    what: What
    before: frozenset[ox.Triple] = frozenset()
    after: frozenset[ox.Triple] | None = None

    @property
    def come(self) -> list[ox.Triple]:
        """The statements that are new."""
        return sorted((self.after or frozenset()) - self.before, key=str)

    @property
    def gone(self) -> list[ox.Triple]:
        """The statements that are no more."""
        return [] if self.after is None else sorted(self.before - self.after, key=str)


@dataclass(frozen=True)
class Step:
    """A publish that changed a thing; `graphs` are those that it changed and that say something."""

    event: Event
    changes: tuple[Change, ...]
    graphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownChange:
    """A change in words: of which node, what happened, the statements that came and went."""

    node: Value
    what: What
    come: tuple[Statement, ...]
    gone: tuple[Statement, ...]


@dataclass(frozen=True)
class ShownStep:
    """A step in words."""

    event: Event
    changes: tuple[ShownChange, ...]
    graphs: tuple[Value, ...]


def history(feed: Feed, iri: str) -> list[Step]:
    """Return what publishes changed of a thing, the newest first."""
    own = feed.history([iri])
    parts = {part for one in own for triple in _triples(one) for part in _parts(triple)}
    described = feed.history([iri, *parts]) if 0 < len(parts) <= _MOST_PARTS else own
    linked = ((one, Change(one.iri, one.what)) for one in _links(feed, iri))
    changes = [*_compared(described), *linked]
    return list(_steps(iri, sorted(changes, key=lambda found: -found[0].number)))


def _links(feed: Feed, iri: str) -> list[Member]:
    """Return what became of the links of a city; of another thing, nothing."""
    kind, ref = terms.kind_and_ref(iri) or ("", "")
    start = terms.thing("link", "")
    found = feed.told_of(start, ref) if kind == "city" else []
    return [one for one in found if ref in one.iri.removeprefix(start).split("--")]


def _parts(triple: ox.Triple) -> Iterator[str]:
    if triple.predicate in OWNING and isinstance(triple.object, ox.NamedNode):
        yield triple.object.value


def _triples(member: Member) -> list[ox.Triple]:
    return parse_lines(b"\n".join(member.lines) + b"\n") if member.lines else []


def _compared(members: Sequence[Member]) -> Iterable[tuple[Member, Change]]:
    """Yield each member, the newest first, with how it differs from the one before of its node."""
    before: dict[str, frozenset[ox.Triple]] = {}
    found = []
    for one in reversed(members):
        what, after = _state(one)
        if one.iri not in before and one.what == What.UPDATED:
            before[one.iri] = after or frozenset()  # What it was is not known any more.
        found.append((one, Change(one.iri, what, before.get(one.iri, frozenset()), after)))
        if after is None:
            before.pop(one.iri, None)
        else:
            before[one.iri] = after
    return reversed(found)


def _state(member: Member) -> tuple[What, frozenset[ox.Triple] | None]:
    """Return what happened to a node, and its statements from then on; None if they are not told.

    A node that was merged or withdrawn was removed, and all that is said of it is what took its
    place.
    """
    said = frozenset(_triples(member))
    if said and all(triple.predicate in {DEPRECATED, REPLACED} for triple in said):
        return What.DELETED, frozenset(t for t in said if t.predicate == REPLACED)
    is_told = bool(said) or member.what == What.DELETED
    return member.what, said if is_told else None


def _steps(iri: str, changes: Iterable[tuple[Member, Change]]) -> Iterable[Step]:
    """Put together what one publish changed: the thing itself first."""
    for _, group in groupby(changes, key=lambda found: (found[0].event.version, found[0].event.at)):
        some = list(group)
        event = some[0][0].event
        told = sorted((change for _, change in reversed(some)), key=lambda one: one.iri != iri)
        yield Step(event, tuple(told), _graphs(event, some))


def _graphs(event: Event, changes: Sequence[tuple[Member, Change]]) -> tuple[str, ...]:
    """Return the graphs that an event changed: those of claims, else all where they are few."""
    changed = {iri for iris in event.graphs.values() for iri in iris} - _COMPUTED
    claims = (terms.link_parts(change.iri) for _, change in changes)
    stated = {terms.GRAPH + rest.split("/")[1] for kind, _, rest in claims if kind == "claim"}
    if found := changed & stated:
        return tuple(sorted(found))
    return tuple(sorted(changed)) if len(changed) <= _NAMED else ()


def former_names(feed: Feed, pages: Pages, steps: Iterable[Step]) -> dict[str, Words]:
    """Return what things were called that steps speak of, and that are not there any more."""
    spoken_of: set[str] = set()
    for change in (one for step in steps for one in step.changes):
        spoken_of.update(_cities(change.iri))
        for triple in (*change.before, *(change.after or ())):
            if isinstance(triple.object, ox.NamedNode):
                spoken_of.update({triple.object.value, *_cities(triple.object.value)})
    things = {iri for iri in spoken_of if iri.startswith(terms.ID)}
    gone = [
        iri for iri in sorted(things - pages.index.by_iri(things).keys()) if _is_gone(pages, iri)
    ]
    found: dict[str, Words] = {}
    for member in feed.history(gone[:_MOST_PARTS]) if gone else ():
        if member.iri not in found and (words := _called(pages, _triples(member))):
            found[member.iri] = words
    return found


def _cities(iri: str) -> list[str]:
    """List the cities that the IRI of a link is made of."""
    kind, link, _ = terms.link_parts(iri)
    return [terms.thing("city", one) for one in link.split("--")] if kind == "link" else []


def _is_gone(pages: Pages, iri: str) -> bool:
    """Whether the release tells nothing of a thing, or only what took its place."""
    return all(t.predicate in {DEPRECATED, REPLACED} for t in pages.lookup.outgoing(iri))


def new_names(pages: Pages, iris: Iterable[str]) -> dict[str, Words]:
    """Return what links and claims will be called that are not there yet: as cities and source."""
    found: dict[str, Words] = {}
    for iri in iris:
        kind, link, rest = terms.link_parts(iri)
        cities = [terms.thing("city", one) for one in link.split("--")]
        if kind and len(cities) == 2 and _is_gone(pages, iri):
            text = "–".join(pages.labels.of(city).text for city in cities)
            source = pages.labels.of(terms.GRAPH + rest.split("/")[1]).text if rest else ""
            found[iri] = Words(", ".join(filter(None, (text, source))))
    return found


def names(pages: Pages, steps: Iterable[Step]) -> dict[str, Words]:
    """Return what is changed is called, what is not there any more by what was said of it.

    A claim is called as its source.
    """
    said: dict[str, set[ox.Triple]] = {}
    for change in (one for step in steps for one in step.changes):
        said.setdefault(change.iri, set()).update(change.before, change.after or ())
    return {iri: _name(pages, iri, triples) for iri, triples in said.items()}


def _name(pages: Pages, iri: str, said: Iterable[ox.Triple]) -> Words:
    """Return the name of a thing: that of the release, else the last that was said of it."""
    kind, link, rest = terms.link_parts(iri)
    if kind == "claim":
        return pages.labels.of(terms.GRAPH + rest.split("/")[1])
    if not _is_gone(pages, iri):
        return pages.labels.of(iri)
    if kind == "link" and len(cities := link.split("--")) == 2:
        return Words("–".join(pages.labels.of(terms.thing("city", one)).text for one in cities))
    return _called(pages, said) or pages.labels.of(iri)


def _called(pages: Pages, said: Iterable[ox.Triple]) -> Words | None:
    """Return the name that is said of a thing, in the language of the page if there is one."""
    named = [t.object for t in sorted(said, key=str) if t.predicate.value in _NAMES]
    words = [Words(n.value, n.language or "") for n in named if isinstance(n, ox.Literal)]
    wanted = [one for one in words if one.lang == pages.language] or words
    return wanted[0] if wanted else None


_NAMES: Final = frozenset(map(terms.prefixed, ("skos:prefLabel", "dcterms:title")))


def shown(pages: Pages, steps: Sequence[Step], called: Mapping[str, Words]) -> list[ShownStep]:
    """Word the steps of a history for a reader, given what is called how."""
    return [
        ShownStep(
            step.event,
            tuple(
                ShownChange(
                    replace(pages.link(change.iri), words=called[change.iri]),
                    change.what,
                    tuple(pages.statements(change.come, named=True)),
                    tuple(pages.statements(change.gone, named=True)),
                )
                for change in step.changes
            ),
            tuple(map(pages.link, step.graphs)),
        )
        for step in steps
    ]
