"""How a form and what it says are worded for a reader: labels, options, values, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from registry import terms
from registry.contribute.drafts import LANGUAGES, Draft, rows_of
from registry.contribute.fields import NEW, PROPOSED, Field
from registry.contribute.kind import Kind
from registry.contribute.kinds import KINDS
from registry.contribute.kinds.link import link_of
from registry.contribute.store import TABLE, Proposal
from registry.contribute.tables import filled
from registry.contribute.writing import id_of
from registry.places.countries import codes
from registry.problems import Problem
from registry.sources.provenance import date
from registry.things import link as links
from registry.things.labels import Words
from registry.things.wording import country_name, language_name, worded
from registry.views.names import NAMES, Thing
from registry.web.context import languages, pages, parts, release
from registry.web.language import capitalise, word

_SOURCE: Final = ("address", "title", "date", "publisher", "locator", "language")
"""The fields of the source, which all forms have."""

WORDS: Final = {"new_here", "city_waits", *(f"source_{name}" for name in _SOURCE)} | {
    key
    for kind in KINDS.values()
    for keys in (
        kind.sentences,
        (part.heading for part in kind.parts),
        (part.lead for part in kind.parts),
        (field.hint for field in kind.fields.values()),
        (field.label for field in kind.fields.values() if ":" not in field.label),
        (
            field.words + option
            for field in kind.fields.values()
            for option in field.options
            if field.words and option not in field.names
        ),
    )
    for key in keys
    if key
}
"""The keys of the phrases that forms of all kinds are made of."""


@dataclass(frozen=True)
class Option:
    """An option of a choice, as it is sent and as it is read."""

    value: str
    words: Words


@dataclass(frozen=True)
class Shown:
    """A field of a form as its reader sees it; `kind` is that of the things it suggests."""

    field: Field
    label: str
    hint: str
    options: tuple[Option, ...]
    kind: str


@dataclass(frozen=True)
class Cell:
    """A value as it is read: a text, where it leads, and what stands beside it."""

    words: Words
    href: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Summary:
    """What a draft says, in plain words: a sentence, and by label the values that are filled in.

    `subjects` are the things that have to be named. `shown_on` leads to the pages on which it will
    stand, as far as they are there; `now` is what the registry says of the link of two cities,
    where the draft is about one that it knows.
    """

    draft: Draft
    sentence: str
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    language: str
    stated_by: str
    subjects: tuple[Cell, ...]
    shown_on: tuple[Cell, ...]
    now: Any
    link: str


def form_address(kind: Kind, thing: str = "") -> str:
    """Return the address of a form that begins with a thing, as far as it takes one of its kind.

    >>> form_address(KINDS["practice"], "practice/lantern-bridges")
    '/contribute/practice?practice=practice/lantern-bridges'
    """
    begun = (
        urlencode({field.parameter: thing}, safe="/")
        for field in kind.fields.values()
        if field.parameter and not field.doubts and thing.partition("/")[0] in field.kinds
    )
    return "?".join(filter(None, (f"/contribute/{kind.name}", next(begun, ""))))


def correcting(thing: str) -> str:
    """Return the address where a thing is corrected; empty where there is only a note for it.

    >>> correcting("city/perm-511196"), correcting("agreement/a"), correcting("document/a")
    ('/contribute?of=city/perm-511196', '/contribute/agreement?agreement=agreement/a', '')
    """
    forms = [form_address(kind, thing) for kind in KINDS.values()]
    found = [address for address in forms if "?" in address]
    return found[0] if len(found) == 1 else f"/contribute?of={thing}" if found else ""


def label_of(field: Field) -> str:
    """Return what a field is called: by a phrase, or as the vocabulary calls its property."""
    if ":" in field.label:
        return capitalise(pages().labels.of(terms.prefixed(field.label)).text)
    return word(field.label, languages().interface)


def labels_of(kind: Kind) -> dict[str, str]:
    """Return what the fields of a form are called, by name, those of the source among them."""
    tag = languages().interface
    own = {name: label_of(field) for name, field in kind.fields.items()}
    return own | {name: word(f"source_{name}", tag) for name in _SOURCE}


def parts_of(kind: Kind) -> list[tuple[Any, list[Shown]]]:
    """Return the parts of a form, each with its fields."""
    return [(part, [_shown(field) for field in part.fields]) for part in kind.parts]


def _shown(field: Field) -> Shown:
    hint = word(field.hint, languages().interface) if field.hint else ""
    return Shown(field, label_of(field), hint, tuple(_options(field)), field.kinds[0])


def _options(field: Field) -> Iterator[Option]:
    if field.role == "language":
        for tag, named in source_languages():
            yield Option(tag, Words(capitalise(named)))
    if field.role == "country":
        countries = {one: country_name(one, languages().interface) for one in codes()}
        for code in sorted(countries, key=lambda one: countries[one].casefold()):
            yield Option(code, Words(countries[code]))
    for value in field.options:
        yield Option(value, _option(field, value))


def _option(field: Field, value: str) -> Words:
    """Word an option of a choice."""
    if name := field.names.get(value):
        return Words(name)
    if field.scheme:
        found = pages().labels.of(f"{terms.SCHEME}{field.scheme}/{value}")
        return Words(capitalise(found.text), found.lang)
    return Words(word(field.words + value, languages().interface))


def source_languages() -> list[tuple[str, str]]:
    """List the languages that a source may be in, by what the reader calls them."""
    interface = languages().interface
    named = [(tag, language_name(tag, interface)) for tag in LANGUAGES]
    return sorted(named, key=lambda one: one[1].casefold())


def thing_cell(value: str) -> Cell:
    """Word the thing of a field, with its country and its page; a new one by its name."""
    if value.startswith(NEW):
        return Cell(Words(value.removeprefix(NEW)), "", word("new_here", languages().interface))
    kind, _, ref = id_of(value).partition("/")
    if kind == PROPOSED:
        return _proposed_cell(int(ref))
    thing = release().view(NAMES).thing(kind, ref)
    return thing_shown(thing) if thing else Cell(Words(value))


def _proposed_cell(number: int) -> Cell:
    """Word the city of a proposal."""
    try:
        found = parts().door.proposals.get(number)
    except Problem:
        return Cell(Words(f"{PROPOSED}/{number}"))
    name = next((one["name"] for one in rows_of(found.draft)), "").removeprefix(NEW)
    return Cell(Words(name), "", _waits(number))


def _waits(number: int) -> str:
    """Say that a city waits for an editor."""
    return word("city_waits", languages().interface, number=str(number))


def thing_shown(thing: Thing) -> Cell:
    """Word a thing of the index, or a city that waits for an editor."""
    country = country_name(thing.country, languages().interface) if thing.country else ""
    if thing.kind == PROPOSED:
        return Cell(Words(thing.label), "", ", ".join((country, _waits(int(thing.ref)))))
    return Cell(pages().labels.of(thing.iri), terms.path_of(thing.iri) or "", country)


def thing_at(id_: str) -> Cell:
    """Word a thing by its kind and reference, with its page."""
    iri = terms.ID + id_
    return Cell(pages().labels.of(iri), terms.path_of(iri) or "")


def moved(found: Proposal) -> list[tuple[str, Cell]]:
    """Say what took the place of things that a proposal named, each by the reference it had."""
    return [(old, thing_at(new)) for old, new in found.moved.items()]


def choices_of(
    kind: Kind, choices: dict[str, Sequence[Thing]]
) -> dict[str, list[tuple[str, Cell, str]]]:
    """Word the things to choose among: by field, the value of each, what it is, and where."""
    found: dict[str, list[tuple[str, Cell, str]]] = {}
    for name, some in choices.items():
        plain = kind.fields[name].is_plain
        found[name] = [
            (
                one.ref if plain and one.kind == "city" else one.id,
                thing_shown(one),
                _division(one),
            )
            for one in some
        ]
    return found


def _division(thing: Thing) -> str:
    if thing.kind != "city":
        return ""
    return parts().matchers.matcher(release()).division_of(thing)


def told(draft: Draft) -> Summary:
    """Say in plain words what a draft says."""
    makes, kind = pages(), KINDS[draft.kind]
    rows = tuple(
        (label_of(field), cells)
        for field in kind.fields.values()
        if (cells := tuple(_cells(draft, field)))
    )
    values = {name: draft[name] for name in kind.fields}
    plain = {
        name: ", ".join(thing_cell(one).words.text for one in draft.lines(name))
        for name, field in kind.fields.items()
        if field.role in {"thing", "things"}
    }
    iri = terms.thing("link", link_of(draft)) if draft.kind == "link" else ""
    is_there = bool(iri) and makes.lookup.exists(iri)
    return Summary(
        draft,
        word(kind.sentence(draft), languages().interface, **(values | plain)),
        rows,
        language_name(draft.source.language, languages().interface),
        makes.labels.of(draft.stated_by).text,
        tuple(
            thing_cell(draft[name])
            for name, field in kind.fields.items()
            if field.is_needed and field.role == "thing"
        ),
        tuple(_pages_of(kind.shown_on(draft))),
        links.link(makes, iri) if is_there else None,
        (terms.path_of(iri) or "") if is_there else "",
    )


def _pages_of(ids: Iterable[str]) -> Iterator[Cell]:
    """Lead to the pages of things that are there."""
    makes = pages()
    for one in dict.fromkeys(ids):
        if makes.lookup.exists(terms.ID + one):
            yield Cell(makes.labels.of(terms.ID + one), terms.path_of(terms.ID + one) or "")


def _cells(draft: Draft, field: Field) -> Iterator[Cell]:
    """Word the values of a field; none where nothing is filled in."""
    value, tag = draft[field.name], languages().interface
    if not value or (field.of and not any(_is_worded(draft, name) for name in field.of)):
        return
    if field.role in {"thing", "things"}:
        yield from map(thing_cell, draft.lines(field.name))
    elif field.role in {"choice", "radio"}:
        yield Cell(_option(field, value))
    elif field.role == "date":
        yield Cell(Words(worded(date(value), tag)))
    elif field.role == "language":
        yield Cell(Words(language_name(value, tag)))
    elif field.role == "country":
        yield Cell(Words(country_name(value, tag)))
    elif field.role == "tick":
        yield Cell(Words(word("yes", tag)))
    else:
        yield Cell(Words(value), value if field.role == "address" else "")


@dataclass(frozen=True)
class Columns:
    """What the rows of a table say: the labels of what any of them fills in, and their values."""

    labels: tuple[str, ...]
    rows: tuple[tuple[Summary, tuple[tuple[Cell, ...], ...]], ...]


def columns_of(rows: Sequence[Summary]) -> Columns:
    """Lay out what drafts of one kind say as a table."""
    labels = tuple(dict.fromkeys(label for one in rows for label, _ in one.rows))
    laid = tuple((one, tuple(dict(one.rows).get(name, ()) for name in labels)) for one in rows)
    return Columns(labels, laid)


def _is_worded(draft: Draft, name: str) -> bool:
    """Whether a field has a text or the name of a new thing, which are in some language."""
    is_thing = KINDS[draft.kind].fields[name].role == "thing"
    return draft[name].startswith(NEW) if is_thing else bool(draft[name])


def drafts_told(found: Proposal) -> dict[str, Any]:
    """Return what a template needs to say what a proposal says: of one draft, or of a table's."""
    rows = [told(one) for one in rows_of(found.draft)]
    is_table = found.kind == TABLE
    return {
        "moved": moved(found),
        "table": columns_of(rows) if is_table else None,
        "told": rows[0] if rows and not is_table else None,
    }


def fields_of(kind: Kind, draft: Draft) -> dict[str, str]:
    """Return the fields of a form as whoever sent it may have filled them in."""
    fields = filled(kind, draft)
    for name, field in kind.fields.items():
        if field.role == "thing" and draft[name]:
            cell = thing_cell(draft[name])
            is_new = draft[name].startswith(NEW)
            beside = "" if is_new else cell.beside
            label = ", ".join(filter(None, (cell.words.text, beside)))
            chosen = NEW if is_new else draft[name]
            fields |= {name: label, f"{name}_ref": chosen, f"{name}_for": label}
    return fields
