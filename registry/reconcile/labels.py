"""Labels of the registry: what it weighs that a city is one of ours, and is labelled as asked for.

Towns that are twinned are named more often than others. Where a city of the stated country has a
label to the letter, the name is hardly a foreign or mistaken one of another place of that country,
nor that of a quarter which the registry lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from registry.identity.evidence import CALLED, LETTER, LETTER_TOLD, QUARTER
from registry.identity.mentions import Candidate, Reason
from registry.places.gazetteer import Place
from registry.places.names import Form, fold, heads, readings, spelled_out
from registry.reconcile.places import RegistryPlaces
from registry.reconcile.query import MatchQuery
from registry.views.names import Thing

REGISTERED: Final = Reason("the registry has it", 1.5)
LABELLED: Final = Reason("the registry has it under this name", 4.5)
"""Of the labels of our cities with their countries, 98 % come back with these weights, none wrong.

What is left to a person are mostly labels that two cities of the registry have in one country.
"""

BORROWED: Final = Reason("a city of the country is called so in its own language", -12.0)

FOR_OURS: Final = frozenset({REGISTERED, LABELLED})
"""What speaks for all cities of the registry alike."""

_FAR_LESS: Final = 4.0
"""How much less a place may weigh than ours for it to matter whether it is a quarter."""

Known = Sequence[tuple[Candidate, Thing | None]]
"""Candidates, each with the city of the registry that it is, if any."""


def with_labels(query: MatchQuery, places: Known, around: RegistryPlaces) -> Iterator[Candidate]:
    """Yield candidates with what the registry knows of their names, in the same order."""
    labelled = labelled_so(query.text, [thing for _, thing in places if thing])
    alone = len(query.countries) == 1 and not query.position
    own = [t for t in labelled if alone and _letters(t.label) == _letters(query.text)]
    least = max((candidate.score for candidate, thing in places if thing in own), default=0.0)
    for candidate, thing in places:
        reasons = candidate.reasons
        if thing:
            reasons = (*reasons, LABELLED if thing in labelled else REGISTERED)
        if thing in own:
            reasons = (*(one for one in reasons if one not in {LETTER, LETTER_TOLD}), LETTER)
        elif own and _is_borrowed(query.text, candidate.place, thing):
            reasons = (*reasons, BORROWED)
        elif own and not thing and _may_be_meant(candidate, least):
            reasons = (*reasons, QUARTER) if around.is_quarter(candidate.place) else reasons
        is_same = reasons is candidate.reasons
        yield candidate if is_same else replace(candidate, reasons=reasons)


def _may_be_meant(candidate: Candidate, least: float) -> bool:
    """Whether a place is called so and not far less likely than ours is, by its score."""
    return candidate.naming.weight >= CALLED and candidate.score > least - _FAR_LESS


def labelled_so(text: str, things: Iterable[Thing]) -> list[Thing]:
    """List the things of which a text is the label, but for an address and what is beside it.

    It is compared to the letter; where it is none so, with umlauts as two letters; then folded,
    with abbreviated words spelled out.
    """
    read = heads(text)
    plain = [one for one in readings(text) if one.form <= Form.ADDRESS and not one.digraphs]
    keys = frozenset([*map(fold, read), *(one.key for one in plain)])
    for same in (str.casefold, spelled_out, fold):
        among = read if same is str.casefold else keys
        if found := [thing for thing in things if same(thing.label) in among]:
            return found
    return []


def _letters(text: str) -> str:
    return text.strip().casefold()


def _is_borrowed(text: str, place: Place, thing: Thing | None) -> bool:
    """Whether a text is a name of a place, but neither its own nor the beginning of that."""
    key = fold(text)
    own = {fold(name) for name in (place.name, place.local, *([thing.label] if thing else []))}
    if any(f"{name} ".startswith(f"{key} ") for name in own):
        return False
    return key in map(fold, place.names)
