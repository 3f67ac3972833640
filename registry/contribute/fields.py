"""Fields of forms: what each takes, what it is called, and which statements are written from it.

The same field is an input of a form, a column of a table, and a line of what will be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Final, Literal

Role = Literal[
    "thing", "things", "choice", "radio", "date", "text", "area", "address", "language",
    "country", "tick",
]  # fmt: skip
"""What a field takes: one thing of the registry or several, one of some options, a date of any
precision, a text, a web address, a language tag, a country by its code (ISO 3166-1
alpha-2), or a tick."""

NEW: Final = "+"
"""How the value of a field begins that names something which the registry does not know."""

PROPOSED: Final = "proposed"
"""The kind of a city that waits for an editor; its reference is the number of its proposal."""

LONGEST_TEXT: Final = 200


@dataclass(frozen=True)
class Field:
    """A field of a form.

    `label` is the key of a phrase, or a prefixed name, for what the vocabulary calls it; `hint` is
    the key of a phrase. Things are of some `kinds`, one that the registry does not know may be
    named where `is_new`; where it `doubts`, nothing that is known is taken unless it is chosen.

    The options of a choice are concepts of a `scheme`, or worded by phrases whose keys begin with
    `words`, or have names of their own. `parameter` is the name of the parameter by which the
    address of a form fills it in, `column` that of its column in a table, where `cells` are words
    for some values. `properties` are those that are written from it, `shapes` those that look at it
    with others. One that tells more `of` texts, or of the names of new things, says nothing without
    them.
    """

    name: str
    role: Role
    label: str
    hint: str = ""
    _: KW_ONLY
    is_needed: bool = False
    kinds: tuple[str, ...] = ("city",)
    is_new: bool = False
    doubts: bool = False
    options: tuple[str, ...] = ()
    scheme: str = ""
    words: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    longest: int = LONGEST_TEXT
    parameter: str = ""
    column: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    properties: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    of: tuple[str, ...] = ()

    @property
    def in_table(self) -> str:
        """The name of its column in a table."""
        return self.column or self.name

    @property
    def is_plain(self) -> bool:
        """Whether its values are references of cities, without the kind before them."""
        return self.kinds == ("city",)


@dataclass(frozen=True)
class Part:
    """Some fields of a form under a heading, the key of a phrase; `boxed` ones stand in a frame."""

    heading: str
    fields: tuple[Field, ...]
    lead: str = ""
    boxed: bool = False


def fields_of(parts: Iterable[Part]) -> Iterator[Field]:
    """List the fields of the parts of a form, in their order."""
    for part in parts:
        yield from part.fields
