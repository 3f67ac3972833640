"""Following: what a draft names may have become something else since it was sent.

    a proposal on A ────────────── A is merged into B ─────▶ the proposal is on B, and says so
    a proposal on `proposed/17` ── 17 is accepted ─────────▶ the proposal is on the city of 17

What was withdrawn or declined stays named, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from registry import terms
from registry.contribute.drafts import Draft
from registry.contribute.fields import NEW, PROPOSED
from registry.contribute.kinds import KINDS
from registry.contribute.known import Known
from registry.contribute.writing import id_of, iri_of

Became = Callable[[str], str]
"""Returns the IRI of what a thing has become: its own where it has not changed."""


@dataclass(frozen=True)
class Followed:
    """A draft on what is there now; `moved` has what the things that it named have become."""

    draft: Draft
    moved: Mapping[str, str]


def followed(draft: Draft, known: Known, accepted: Became) -> Followed:
    """Return a draft that names what is there now; `accepted` tells it of cities that waited."""

    def became(value: str) -> str:
        return known.current(accepted(value) if is_proposed(value) else iri_of(value))

    found = replaced(draft, became)
    stated_by = known.current(draft.stated_by) if draft.stated_by else ""
    return replace(found, draft=replace(found.draft, stated_by=stated_by))


def replaced(draft: Draft, became: Became) -> Followed:
    """Return a draft that names other things, given what the value of each becomes."""
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
    """Whether a value is a city that waits for an editor."""
    return value.startswith(f"{PROPOSED}/")


def proposed_in(draft: Draft) -> Iterator[int]:
    """Yield the numbers of the proposals of cities that a draft names."""
    for field in KINDS[draft.kind].fields.values():
        if field.role in {"thing", "things"}:
            for value in filter(is_proposed, draft.lines(field.name)):
                yield int(value.partition("/")[2])
