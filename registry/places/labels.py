"""Names with their languages, as GeoNames has them: of places, and of divisions of countries.

The file has three columns divided by tabs: a key, a language and a label. A key is the id of a
place, or the code of a division with that of its country before it (`US.CA`). Read once, to make
the compact gazetteer.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from registry.places.gazetteer import Place
from registry.places.names import fold
from registry.places.position import distance

Labels = dict[str, set[tuple[str, str]]]
"""Languages and names, by key."""

_UNSEEN: Final = dict.fromkeys([0x200B, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x2060, 0xFEFF])
"""Marks of direction and breaks, which are no part of a name."""

_BESIDE: Final = 25.0
"""Kilometres within which a place is a neighbour, whose name is not another one's."""

_JOINERS: Final = re.compile("[\u200c\u200d\u00ad]")
"""Marks that are not printed, but are part of spelling."""


def read_labels(file: Path) -> Labels:
    """Read the labels of places and divisions, without what is no name."""
    found: Labels = defaultdict(set)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            name = cleaned(row["label"])
            if is_name(name):
                found[row["key"]].add((row["language"].replace("_", "-"), name))
    return found


def cleaned(label: str) -> str:
    """Remove marks that are no part of a name, and space around it.

    >>> cleaned(" Perm\u200e")
    'Perm'
    """
    return label.translate(_UNSEEN).strip()


def is_name(text: str) -> bool:
    r"""Whether a text may be a name: it has letters, and nothing that is not printed.

    >>> [is_name(text) for text in ("Perm", "", "614000", "Pe|rm", "Pe\x07rm")]
    [True, False, False, False, False]
    """
    printed = _JOINERS.sub("", text).isprintable()
    return printed and "|" not in text and any(character.isalpha() for character in text)


def by_division(labels: Labels) -> Iterator[tuple[str, str, Iterable[tuple[str, str]]]]:
    """Yield the country, code and labels of each division."""
    for key, names in sorted(labels.items()):
        country, dot, code = key.partition(".")
        if dot:
            yield country, code, sorted(names)


def labelled(place: Place, labels: Labels) -> Place:
    """Return a place with its labels; names of which a language is told are no others any more."""
    own = tuple(sorted(labels.get(str(place.id), ())))
    told = {name for _, name in own}
    others = tuple(name for name in place.others if name not in told)
    return place._replace(labels=own, others=others)


def without_names_of_neighbours(places: Sequence[Place]) -> Iterator[Place]:
    """Yield places, of which no label is the main name of another place near by.

    GeoNames and maps call `San Lorenzo de El Escorial` by the name of the town beside it. A place
    of less than half the inhabitants, such as a quarter, takes no name from a city.
    """
    bearers: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in places:
        bearers[place.country, fold(place.name)].append(place)
    for place in places:
        own = fold(place.name)
        kept = tuple(
            (tag, name)
            for tag, name in place.labels
            if (key := fold(name)) == own
            or not any(_is_beside(place, one) for one in bearers.get((place.country, key), ()))
        )
        yield place if kept == place.labels else _with_labels(place, kept)


def _is_beside(place: Place, other: Place) -> bool:
    """Whether another place is near and large enough to have a name that both are given."""
    large = 0 < place.population <= 2 * other.population
    if place.id == other.id or not large:
        return False
    return distance(place.latitude, place.longitude, other.latitude, other.longitude) <= _BESIDE


def _with_labels(place: Place, kept: tuple[tuple[str, str], ...]) -> Place:
    """Drop labels, which stay names of an untold language."""
    names = {name for _, name in kept}
    given_up = (name for _, name in place.labels if name not in names)
    return place._replace(labels=kept, others=tuple(dict.fromkeys((*place.others, *given_up))))
