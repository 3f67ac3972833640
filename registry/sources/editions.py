"""Editions: the dated graphs of one source, and what one says of links that another does not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from registry import terms
from registry.graphs.graph import Graph

_SAID: Final = "|".join(
    re.escape(terms.prefixed(name))
    for name in ("cl:claimedKind", "cl:claimedStatus", "cl:startDate", "cl:endDate")
)
_CLAIM: Final = re.compile(
    rf"^<{re.escape(terms.thing('claim', ''))}([^/>]*)/[^>]*> <({_SAID})> (.*) \.$".encode(),
    re.MULTILINE,
)
_DAY: Final = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}")

Links = Mapping[bytes, set[bytes]]
"""What claims say of links, by the reference of the link: properties and values."""


@dataclass(frozen=True)
class Difference:
    """How many links are in none of the other graphs (`new`), and what differs from an edition.

    `before` is the graph of that, empty where there is none; `came`, `went` and `changed` count
    links that only the later edition has, only the earlier one, or both, but described otherwise.
    """

    new: int = 0
    before: str = ""
    came: int = 0
    went: int = 0
    changed: int = 0


def links_of(graph: Graph) -> Links:
    """Return what the claims of a graph say."""
    found: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for link, name, value in _CLAIM.findall(graph.ntriples):
        found[link].add(name + b" " + value)
    return found


@dataclass(frozen=True)
class Earlier:
    """What was published before an edition: all links, and those of the edition before it."""

    links: frozenset[bytes]
    before: str
    edition: Links

    @classmethod
    def than(cls, graph: str, source: str, graphs: Iterable[Graph]) -> Earlier:
        """Look at the graphs of a release one by one; that of the edition itself does not count."""
        everything: set[bytes] = set()
        before = ""
        edition: Links = {}
        for one in graphs:
            name = one.iri.removeprefix(terms.GRAPH)
            if name == graph:
                continue
            said = links_of(one)
            everything.update(said)
            if before < name < graph and _DAY.fullmatch(name.removeprefix(source)):
                before, edition = name, said
        return cls(frozenset(everything), before, edition)

    def difference(self, later: Links) -> Difference:
        """Compare an edition with what was there before."""
        new = len(later.keys() - self.links)
        if not self.before:
            return Difference(new)
        changed = sum(later[link] != said for link, said in self.edition.items() if link in later)
        came, went = later.keys() - self.edition.keys(), self.edition.keys() - later.keys()
        return Difference(new, self.before, len(came), len(went), changed)
