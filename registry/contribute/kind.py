"""A kind of draft: its form, what its fields say together, and how it is written as statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property

from registry.contribute.drafts import Draft, Faults
from registry.contribute.fields import Field, Part, fields_of
from registry.contribute.known import Known
from registry.contribute.writing import Writing


@dataclass(frozen=True)
class Kind:
    """A kind of draft.

    `check` finds what cannot be so of the fields together, given the draft and the day. `write`
    says in statements what a draft says. `sentence` returns the key of the phrase, one of
    `sentences`, that says it in one sentence; its placeholders are names of fields. `about` names
    what a draft is about, for those that are like it; `shown_on` lists the things, as
    `city/pavia-3171366`, on whose pages it will stand. Proposals have a graph of their own
    (`own_graph`) where they describe what other sources describe, too, so that each statement has
    its own source.

    `same` lists the things of a release that a new one of the draft may be, each with the field
    beside which that is told; `standing` what says all that the draft says already, where its
    statements do not tell that by themselves; `alike` tells whether two drafts are about one new
    thing. `against` finds what cannot be so by what the release knows. `lived` names fields of
    cities and of the dates on which these did something, `place` those of a country and a position.
    """

    name: str
    parts: tuple[Part, ...]
    _: KW_ONLY
    check: Callable[[Draft, str], Faults]
    write: Callable[[Writing], None]
    sentence: Callable[[Draft], str]
    sentences: tuple[str, ...]
    about: Callable[[Draft], str]
    shown_on: Callable[[Draft], list[str]]
    own_graph: bool = True
    same: Callable[[Draft, Known], Iterable[tuple[str, str]]] | None = None
    standing: Callable[[Draft, Known], list[str]] | None = None
    alike: Callable[[Draft, Draft], bool] | None = None
    against: Callable[[Draft, Known], Faults] | None = None
    lived: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    place: tuple[str, str] | None = None

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Its fields by name, in their order."""
        return {field.name: field for field in fields_of(self.parts)}

    @cached_property
    def properties(self) -> Mapping[str, str]:
        """For each property, the field that it is written from."""
        return {name: field.name for field in self.fields.values() for name in field.properties}

    @cached_property
    def shapes(self) -> Mapping[str, str]:
        """For each shape that looks at several properties, the field beside which it is told."""
        return {name: field.name for field in self.fields.values() for name in field.shapes}
