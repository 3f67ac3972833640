"""Following: what a draft names may have been merged into something else since it was sent.

    a proposal on A ── A is merged into B ──▶ the proposal is on B, and says so

What was withdrawn stays named, and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from registry import terms
from registry.contribute.drafts import Draft
from registry.contribute.fields import NEW
from registry.contribute.kinds import KINDS
from registry.contribute.known import Known
from registry.contribute.writing import id_of, iri_of


@dataclass(frozen=True)
class Followed:
    """A draft on what is there now; `moved` has what took the place of things that it named."""

    draft: Draft
    moved: Mapping[str, str]


def followed(draft: Draft, known: Known) -> Followed:
    """Return a draft that names what is there now."""
    moved: dict[str, str] = {}
    values = dict(draft.values)
    for field in KINDS[draft.kind].fields.values():
        if field.role not in {"thing", "things"}:
            continue
        lines = draft.lines(field.name)
        for at, value in enumerate(lines):
            if value.startswith(NEW) or (now := known.current(iri_of(value))) == iri_of(value):
                continue
            one = now.removeprefix(terms.ID)
            moved[id_of(value)] = one
            lines[at] = one.removeprefix("city/") if field.is_plain else one
        values[field.name] = "\n".join(dict.fromkeys(lines))
    stated_by = known.current(draft.stated_by) if draft.stated_by else ""
    return Followed(replace(draft, values=values, stated_by=stated_by), moved)
