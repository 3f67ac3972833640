"""Reading a form, or a row of a table: each field by its role, things by what they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from registry import terms
from registry.contribute.drafts import (
    LANGUAGES,
    LONGEST,
    Draft,
    Faults,
    one_line,
    read_date,
    read_source,
)
from registry.contribute.fields import NEW, Field
from registry.contribute.kind import Kind
from registry.contribute.things import meant
from registry.contribute.writing import iri_of
from registry.places.countries import code_of
from registry.places.position import position_of
from registry.reconcile.matching import Matcher
from registry.search.identifiers import ours
from registry.sources.provenance import is_address
from registry.views.names import NameIndex, Thing

MOST_LINES: Final = 20
"""Things that a field may have which takes several."""


@dataclass(frozen=True)
class Read:
    """A form as it was read: its draft, what is wrong, and the things to choose among.

    Of fields that take several things, `lines` has the one that is wrong.
    """

    draft: Draft
    faults: Faults
    choices: Mapping[str, Sequence[Thing]]
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Reader:
    """Reads forms in the language of their reader, of one day; each name is looked up once.

    `became` returns the IRI of what the thing of a reference has become, `proposed` the cities of a
    name that wait for an editor: one of them has to be chosen, since nothing else names it.
    """

    index: NameIndex
    matcher: Callable[[], Matcher]
    language: str
    today: str
    became: Callable[[str], str] = iri_of
    proposed: Callable[[str], Sequence[Thing]] = field(default=lambda _: ())
    _meant: dict[tuple[tuple[str, ...], str], tuple[Thing | None, Sequence[Thing]]] = field(
        default_factory=dict
    )

    def read(self, kind: Kind, fields: Mapping[str, str]) -> Read:
        """Read a form; faults are by field."""
        source, faults = read_source(fields, self.today)
        values: dict[str, str] = {}
        choices: dict[str, Sequence[Thing]] = {}
        for one in kind.fields.values():
            values[one.name], fault, some = self._value(one, fields)
            if fault:
                faults[one.name] = fault
            if some:
                choices[one.name] = some
        draft = Draft(kind.name, values, source, self.language)
        together = kind.check(draft, self.today) | self._misplaced(kind, draft, faults)
        lines = {
            name: line
            for name in faults.keys() & kind.fields.keys()
            if (line := self._wrong_line(kind.fields[name], fields.get(name, "")))
        }
        return Read(draft, {**together, **faults}, choices, lines)

    def _misplaced(self, kind: Kind, draft: Draft, faults: Faults) -> Faults:
        """Find a position that is not in its country, by what lies around it."""
        if kind.place is None or faults.keys() & {*kind.place}:
            return {}
        country, at = draft[kind.place[0]], position_of(draft[kind.place[1]])
        if not country or at is None or self.matcher().may_lie_in(at, country):
            return {}
        return {kind.place[1]: "fault_country"}

    def _value(self, one: Field, fields: Mapping[str, str]) -> tuple[str, str, Sequence[Thing]]:
        """Return the value of a field, what is wrong with it, and the things that it may mean."""
        given = fields.get(one.name, "")
        if one.role == "things":
            return self._things(one, given)
        typed = one_line(given)
        if len(typed) > one.longest:
            return "", "fault_long", ()
        if one.role == "thing":
            return self._thing(one, typed, fields)
        value, fault = self._plain(one, typed)
        return value, fault or ("fault_needed" if one.is_needed and not value else ""), ()

    def _plain(self, one: Field, typed: str) -> tuple[str, str]:
        """Return the value of a field that is no thing, and what is wrong with it."""
        if one.role == "date":
            day = read_date(typed)
            return day or "", "fault_date" if day is None else ""
        if one.role in {"choice", "radio", "language"}:
            value = typed or (self.language if one.role == "language" else one.default)
            known = LANGUAGES if one.role == "language" else one.options
            return (value, "") if not value or value in known else (typed, "fault_choice")
        if one.role == "country":
            code = code_of(typed)
            return code or typed, "" if code or not typed else "fault_choice"
        if one.role == "address" and typed and not is_address(typed):
            return typed, "fault_address"
        return ("1" if typed else "", "") if one.role == "tick" else (typed, "")

    def _thing(
        self, one: Field, typed: str, fields: Mapping[str, str]
    ) -> tuple[str, str, Sequence[Thing]]:
        """Return the thing of a field; else those to choose among, and what is wrong."""
        if not typed:
            return "", ("fault_needed" if one.is_new else "fault_city") * one.is_needed, ()
        if len(typed) > LONGEST["city"]:
            return "", "fault_long", ()
        waiting = [] if one.doubts or "city" not in one.kinds else list(self.proposed(typed))
        chosen = fields.get(f"{one.name}_ref", "")
        if chosen and fields.get(f"{one.name}_for") == typed:
            return self._picked(one, typed, chosen, waiting)
        value, fault, some = self._named(one, typed)
        if not waiting or fault not in {"", "fault_choose", "fault_unknown_city"}:
            return value, fault, some
        meant = [self._chosen(one, value)] if value else some
        return "", "fault_choose", [*filter(None, meant), *waiting]

    def _picked(
        self, one: Field, typed: str, chosen: str, waiting: Sequence[Thing]
    ) -> tuple[str, str, Sequence[Thing]]:
        """Return the thing that was chosen for a name, or said to be none that is known.

        A city that waits for an editor is chosen by whoever knows what it is called.
        """
        if one.is_new and chosen == NEW:
            return NEW + typed.removeprefix(NEW).strip(), "", ()
        named = next((thing for thing in waiting if thing.id == chosen), None)
        if thing := named or self._chosen(one, chosen):
            return _written(one, thing), "", ()
        return "", "fault_gone", self._named(one, typed)[2]

    def _chosen(self, one: Field, chosen: str) -> Thing | None:
        """Return the thing of a reference, with or without its kind, if it may stand in a field."""
        kind, ref = terms.kind_and_ref(iri_of(chosen)) or ("", "")
        found = self.index.thing(kind, ref) or self._now(chosen)
        return found if found and found.kind in one.kinds else None

    def _now(self, value: str) -> Thing | None:
        """Return what the thing of a reference has become; None where it has not changed."""
        now = self.became(value)
        changed = now != iri_of(value)
        return self.index.thing(*(terms.kind_and_ref(now) or ("", ""))) if changed else None

    def _named(self, one: Field, typed: str) -> tuple[str, str, Sequence[Thing]]:
        """Find the thing that a text means."""
        if one.is_new and typed.startswith(NEW) and (name := typed.removeprefix(NEW).strip()):
            return NEW + name, "", ()
        key = one.kinds, typed
        if key not in self._meant:
            later = self._now("/".join(ours(typed) or ("city", typed)))
            found = (later, (later,)) if later and later.kind in one.kinds else None
            self._meant[key] = found or meant(self.index, typed, self.matcher, one.kinds)
        thing, some = self._meant[key]
        if one.doubts and (thing or some):
            return "", "fault_known", (thing,) if thing else some
        if thing:
            return _written(one, thing), "", ()
        if some:
            return "", "fault_choose", some
        return (NEW + typed, "", ()) if one.is_new else ("", "fault_unknown_city", ())

    def _wrong_line(self, one: Field, given: str) -> str:
        """Return the first line of a field that names no thing; empty for other fields."""
        lines = _lines(given)[:MOST_LINES] if one.role == "things" else []
        short = (line for line in lines if len(line) <= LONGEST["city"])
        return next((line for line in short if self._named(one, line)[1]), "")

    def _things(self, one: Field, given: str) -> tuple[str, str, Sequence[Thing]]:
        """Return the things of a field with one in each line, or between semicolons."""
        typed = _lines(given)
        if len(typed) > MOST_LINES or any(len(line) > LONGEST["city"] for line in typed):
            return "", "fault_long", ()
        found = []
        for line in typed:
            value, fault, some = self._named(one, line)
            if fault:
                return "", "fault_one_of_several" if not some else "fault_choose_line", some
            found.append(value)
        return "\n".join(dict.fromkeys(found)), "", ()


def _lines(given: str) -> list[str]:
    """List what stands in the lines of a field, or between its semicolons."""
    return list(filter(None, map(one_line, given.replace(";", "\n").splitlines())))


def _written(one: Field, thing: Thing) -> str:
    return thing.ref if one.is_plain and thing.kind == "city" else thing.id
