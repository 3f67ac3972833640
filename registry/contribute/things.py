"""The things that a text may mean: one without a doubt, or some to choose among."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final

from registry.places.names import fold
from registry.reconcile.matching import Matcher
from registry.reconcile.query import MatchQuery
from registry.search.finding import Wanted, find
from registry.search.identifiers import number_of, thing_of
from registry.views.names import NameIndex, Thing

MOST: Final = 8
"""Things that are offered to choose among."""

_CITY: Final = "city"

_BESIDE: Final = re.compile(r".*\(([^()\s]+)\)")
"""A name with a reference beside it, as suggestions write those that read the same."""


def meant(
    index: NameIndex,
    text: str,
    matcher: Callable[[], Matcher],
    kinds: Collection[str] = (_CITY,),
) -> tuple[Thing | None, Sequence[Thing]]:
    """Return the thing that a text means, None where that is in doubt; and what it may mean.

    Whatever is called so is among the latter, however unlikely it is: of two namesakes, the one
    that was added yesterday has no inhabitants and no links yet.
    """
    found = _identified(index, text)
    if found is not None:
        return (found, (found,)) if found.kind in kinds else (None, ())
    matches = matcher().match(MatchQuery(text, (_CITY,))) if _CITY in kinds else ()
    certain = [one.thing for one in matches if one.certain]
    called = index.named(fold(text))
    named = {thing for thing, main in called if main}
    certain += sorted(one for one in named if one.kind in kinds and one.kind != _CITY)
    if len(certain) == 1:
        return certain[0], certain
    some = [*certain, *(one.thing for one in matches)][:MOST]
    some += [thing for thing, _ in called if thing.kind in kinds]
    if not some:
        wanted = Wanted(text, tuple(kinds), limit=MOST)
        some = [one.suggestion.thing for one in find(index, wanted).results]
    return None, tuple(dict.fromkeys(some))


def _identified(index: NameIndex, text: str) -> Thing | None:
    """Return the thing of an identifier, which may stand beside its name."""
    if found := thing_of(index, text) or index.by_geonames(number_of(text)):
        return found
    beside = _BESIDE.fullmatch(text)
    return thing_of(index, beside[1]) if beside else None
