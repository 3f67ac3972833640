"""Gathering: the places that all sources name, each once, with whom each is linked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from registry.identity.ledger import Ledger
from registry.identity.mentions import Mention
from registry.sources.statements import LinkRow, Reading


@dataclass(frozen=True)
class Gathered:
    """All mentions, in an order of their own, and the number of each one as a source has it."""

    mentions: Sequence[Mention]
    _numbers: dict[object, int]

    def number_of(self, mention: Mention) -> int:
        """Return the number of a mention among all."""
        return self._numbers[_key(mention)]


def gather(readings: Iterable[Reading]) -> Gathered:
    """Gather the mentions of readings; an item of Wikidata is one, whatever it is called."""
    found: defaultdict[object, list[Mention]] = defaultdict(list)
    linked: defaultdict[object, set[object]] = defaultdict(set)
    for reading in readings:
        for row in reading.rows:
            for mention in row.places:
                found[_key(mention)].append(mention)
            if isinstance(row, LinkRow):
                here, there = _key(row.here), _key(row.there)
                linked[here].add(there)
                linked[there].add(here)
    numbers = {key: number for number, key in enumerate(sorted(found, key=repr))}
    mentions = [
        replace(
            _joined(found[key]),
            partners=tuple(sorted(numbers[other] for other in linked[key] - {key})),
        )
        for key in numbers
    ]
    return Gathered(mentions, numbers)


def known_items(gathered: Gathered, ledger: Ledger, own: Mapping[str, int]) -> Gathered:
    """Return for items that the ledger has which places they are: an IRI keeps its meaning.

    A better rule finds more, and does not move what was published, unless the sources contradict
    it; a person may decide otherwise. `own` are the numbers of the cities that are described and
    have none at GeoNames, by their references. An item that was merged into another one is that.
    """
    places = {
        item: int(entry.geonames or own.get(entry.ref, 0))
        for entry in ledger.entries
        if not entry.replaced_by
        for item in entry.items
    }

    def known(mention: Mention) -> Mention:
        known = (places[item] for item in mention.items if item in places)
        number = 0 if mention.decided else next(known, 0)
        return replace(mention, published=number) if number else mention

    return replace(gathered, mentions=[known(mention) for mention in gathered.mentions])


def _key(mention: Mention) -> object:
    """Return the key of a mention: by their item, else by all that the source says."""
    return mention.wikidata or mention


def _joined(mentions: Sequence[Mention]) -> Mention:
    """Join what is said of one item; the first in the order of their texts says what several do."""

    def precedence(one: Mention) -> tuple[bool, bool, str]:
        return not one.create, one.name == one.wikidata, repr(one)

    ordered = sorted(mentions, key=precedence)
    told: dict[str, Any] = {
        field.name: next(filter(None, (getattr(one, field.name) for one in ordered)), field.default)
        for field in fields(Mention)
    }
    return Mention(**told)
