"""What cannot be so by what a release knows: a link that begins before a city was founded."""

from __future__ import annotations

from registry.contribute.drafts import Draft, Faults, first, last
from registry.contribute.kinds import KINDS
from registry.contribute.known import Known
from registry.contribute.writing import iri_of


def faults(draft: Draft, known: Known) -> Faults:
    """Find what cannot be so by what a release knows, by field."""
    kind = KINDS[draft.kind]
    found = kind.against(draft, known) if kind.against else {}
    fields, dates = kind.lived
    cities = [iri_of(one) for name in fields for one in draft.lines(name)]
    for name in dates:
        for city in cities if draft[name] else ():
            born = known.lookup.text(city, "cl:established")
            died = known.lookup.text(city, "cl:dissolved")
            if born and last(draft[name]) < first(born):
                found[name] = "fault_before_foundation"
            if died and first(draft[name]) > last(died):
                found[name] = "fault_after_dissolution"
    return found
