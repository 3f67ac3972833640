"""What a release has already of what a draft says: it is told, and not taken for new.

    same      a thing that a new one may be: by identifier, by name and place, by sides and day
    standing  all that the draft says is said already: its source is one more that confirms it
    cited     by that very source, so that there is nothing to add

It is asked when a form is sent, and again when an editor accepts it: something may have come since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry import terms
from registry.contribute.drafts import Draft
from registry.contribute.fields import NEW
from registry.contribute.kind import Kind
from registry.contribute.kinds import KINDS
from registry.contribute.known import Known
from registry.contribute.writing import Writing

_OWN = frozenset(map(terms.prefixed, ("cl:supportedBy", "skos:prefLabel")))
"""Properties of what is written that tell nothing of what is said."""


@dataclass(frozen=True)
class Already:
    """What a release has of a draft.

    `same` are the things that a new one may be, each with the field beside which that is told.
    `standing` leads to what says all of it; it is empty where something is new.
    """

    same: tuple[tuple[str, str], ...] = ()
    standing: str = ""
    is_cited: bool = False

    @property
    def conflicts(self) -> tuple[tuple[str, str], ...]:
        """What keeps a draft from being published; without a field where nothing is to be added."""
        return (*self.same, *((("", self.standing),) if self.is_cited else ()))


def already(draft: Draft, known: Known) -> Already:
    """Return what a release has of a draft."""
    kind = KINDS[draft.kind]
    if same := tuple(dict.fromkeys(_same(kind, draft, known))):
        return Already(same)
    if any(draft[name].startswith(NEW) for name in kind.fields):
        return Already()
    nodes = kind.standing(draft, known) if kind.standing else _said(kind, draft, known)
    if not nodes:
        return Already()
    shown = next(filter(None, kind.shown_on(draft)), "")
    return Already((), shown, any(known.cites(node, draft.source) for node in nodes))


def _same(kind: Kind, draft: Draft, known: Known) -> Iterator[tuple[str, str]]:
    """Yield the things that new ones of a draft may be: those that are called so, and its own."""
    named = (one for one in kind.fields.values() if one.is_new and not one.doubts)
    for field in named:
        value = draft[field.name]
        name = value.removeprefix(NEW) if value.startswith(NEW) else ""
        if name and (iri := known.called(name, field.kinds)):
            yield field.name, iri.removeprefix(terms.ID)
    if kind.same:
        yield from kind.same(draft, known)


def _said(kind: Kind, draft: Draft, known: Known) -> list[str]:
    """Return what a draft speaks of where the release has all its statements; else nothing."""
    made = Writing(draft, known, "draft", "0", "", draft.source.date)
    kind.write(made)
    store = known.lookup.store
    said = [one for one in made.triples if one.predicate.value not in _OWN]
    if not all(any(store.quads_for_pattern(t.subject, t.predicate, t.object, None)) for t in said):
        return []
    about = [terms.ID + one for one in kind.shown_on(draft)[:1]]
    return list(dict.fromkeys(str(one.subject)[1:-1] for one in said)) or about
