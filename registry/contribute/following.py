"""Following: what a draft names may have become something else since it was sent.

    a proposal on A ────────────── A is merged into B ─────▶ the proposal is on B, and says so
    a proposal on `proposed/17` ── 17 is accepted ─────────▶ the proposal is on the city of 17

What was withdrawn or declined stays named, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from registry import terms
from registry.contribute.drafts import Draft
from registry.contribute.fields import NEW, PROPOSED
from registry.contribute.kinds import KINDS
from registry.contribute.writing import id_of, iri_of

_DIGITS: Final = 9
"""Digits that the number of a proposal may have."""

Became = Callable[[str], str]
"""Returns the IRI of what the thing of a reference has become: its own where nothing changed."""


@dataclass(frozen=True)
class Followed:
    """A draft on what is there now; `moved` has what the things that it named have become."""

    draft: Draft
    moved: Mapping[str, str]


def followed(draft: Draft, became: Became) -> Followed:
    """Return a draft that names what the things that it names have become."""
    moved: dict[str, str] = {}
    values = dict(draft.values)
    for field in KINDS[draft.kind].fields.values():
        if field.role not in {"thing", "things"}:
            continue
        lines = draft.lines(field.name)
        for at, value in enumerate(lines):
            if value.startswith(NEW) or (now := became(value)) == iri_of(value):
                continue
            one = moved[id_of(value)] = now.removeprefix(terms.ID)
            lines[at] = one.removeprefix("city/") if field.is_plain else one
        values[field.name] = "\n".join(dict.fromkeys(lines))
    return Followed(replace(draft, values=values), moved)


def is_proposed(value: str) -> bool:
    """Whether a reference is that of a city that waits, by the number of its proposal."""
    kind, _, number = value.partition("/")
    return kind == PROPOSED and number.isascii() and number.isdigit() and len(number) <= _DIGITS


def proposed_in(draft: Draft) -> Iterator[int]:
    """Yield the numbers of the proposals of cities that a draft names."""
    for field in KINDS[draft.kind].fields.values():
        if field.role in {"thing", "things"}:
            for value in filter(is_proposed, draft.lines(field.name)):
                yield int(value.partition("/")[2])
