"""The cities that a text may mean: one without a doubt, or some to choose among."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from registry.reconcile.matching import Matcher
from registry.reconcile.query import MatchQuery
from registry.search.finding import Wanted, find
from registry.search.identifiers import thing_of
from registry.views.names import NameIndex, Thing

MOST: Final = 8
"""Cities that are offered to choose among."""


def meant(
    index: NameIndex, text: str, matcher: Callable[[], Matcher]
) -> tuple[Thing | None, Sequence[Thing]]:
    """Return the city that a text means, None where that is in doubt; and what it may mean."""
    found = thing_of(index, text)
    if found is not None:
        return (found, (found,)) if found.kind == "city" else (None, ())
    matches = matcher().match(MatchQuery(text, ("city",)))
    certain = [one.thing for one in matches if one.certain]
    if len(certain) == 1:
        return certain[0], certain
    named = [one.thing for one in matches[:MOST]]
    if not named:
        wanted = Wanted(text, ("city",), limit=MOST)
        named = [one.suggestion.thing for one in find(index, wanted).results]
    return None, tuple(dict.fromkeys(named))
