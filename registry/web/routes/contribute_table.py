"""Many at once: a table of one kind is checked row by row, and then proposed as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from registry import formats
from registry.contribute import tables
from registry.contribute.already import Already, already
from registry.contribute.drafts import LINK, Draft, Faults, Table
from registry.contribute.kind import Kind
from registry.contribute.kinds import KINDS
from registry.contribute.review import Found, is_refused
from registry.contribute.tables import MOST, TableError
from registry.problems import Problem
from registry.web.context import languages, release
from registry.web.contributing import (
    FORM_REFUSES,
    Fields,
    body,
    door,
    known,
    page,
    read_form,
    refuse_closed,
    refuse_faults,
    wants_page,
)
from registry.web.drafting import Cell, choices_of, columns_of, label_of, thing_at, told
from registry.web.negotiation import respond_as
from registry.web.operation import PAGE, Operation, Parameter
from registry.web.routes.contribute import (
    BESIDE,
    CONFIRMS,
    faults_beside,
    found_in,
    may_be_sent,
    read_fields,
    reader,
    refuse_known,
    sealed,
    sent_by,
    stored,
)

routes = Blueprint("contribute_table", __name__)

LIMIT: Final = 400_000
"""Bytes that a form with a table may have."""

_SHOWN: Final = 100
"""Rows that a page shows of a table without faults."""

_KIND: Final = Parameter(
    "kind", "what the rows are about", {"enum": ["", *KINDS], "default": ""}, empty=True
)


@dataclass(frozen=True)
class Row:
    """A row that was read: its line, its draft, what is wrong by field, what may be meant.

    `cells` are what stands in its columns, by field; `things` are what it is about already.
    """

    line: int
    draft: Draft
    faults: Faults
    choices: Sequence[tuple[str, Cell, str]]
    cells: Mapping[str, str]
    things: Sequence[Cell] = ()


def kind_of(name: str) -> Kind:
    """Return a kind by its name, links without one; `bad-parameter` where there is none."""
    if (name or LINK) not in KINDS:
        raise Problem("bad-parameter", f"kind is not one of {', '.join(KINDS)}")
    return KINDS[name or LINK]


@routes.get("/contribute/table.csv")
@Operation("A table without rows, to be filled in", "contribute", (formats.RESULTS_CSV,), (_KIND,))
def template() -> Response:
    """Send the template."""
    kind = kind_of(_KIND.read())
    tag = f"{release().version} {kind.name}"
    return respond_as(formats.RESULTS_CSV, lambda: tables.template(kind), tag)


@routes.get("/contribute/table")
@Operation("A form for many drafts of one kind", "contribute", PAGE, (_KIND,), named=False)
def form() -> Response:
    """Show the form."""
    release()
    return show_table(kind_of(_KIND.read()), {})


def show_table(kind: Kind, fields: Fields, faults: Faults | None = None, **other: Any) -> Response:
    """Show the form with what was pasted, and what is wrong in it."""
    refuse_faults(faults or {})
    values: dict[str, Any] = {
        "rows": [],
        "ready": False,
        "sealed": "",
        "stamp": door().stamp("table"),
        "action": "/contribute/table",
        "amends": None,
        **other,
    }
    missing, wrong = list[str](), list[str]()
    if (faults or {}).get("table") == "fault_columns":
        missing, wrong = tables.columns_at_fault(fields.get("table", ""), kind)
    is_wrong = bool(faults or (values["rows"] and not values["ready"]))
    return page(
        "contribute_table.html",
        409 if "repeated" in other or "changed" in other else 422 if is_wrong else 200,
        kind=kind.name,
        kinds=list(KINDS),
        fields=fields,
        faults=faults or {},
        missing=missing,
        wrong_columns=wrong,
        columns=tables.columns(kind),
        meaning=_meaning(kind),
        needed=tables.needed(kind),
        most=MOST,
        **values,
    )


def _meaning(kind: Kind) -> list[tuple[str, str, list[str]]]:
    """Return the columns of a kind, with what each is called and which words it takes."""
    found = []
    for one in kind.fields.values():
        cells = {value: cell for cell, value in one.cells.items()}
        found.append((one.in_table, label_of(one), [cells.get(v, v) for v in one.options]))
    return found


@routes.post("/contribute/table")
@Operation(
    "Check a table row by row, and with `step=send` propose it",
    "contribute",
    PAGE,
    refuses=(
        *(*FORM_REFUSES, "conflict", "data-invalid", "busy", "answer-too-large", "not-found"),
        "gone",
    ),
    statuses=(303,),
    takes=body(
        {
            "table": f"CSV with up to {MOST} rows and the columns of the template of its kind",
            "kind": f"what the rows are about: one of {', '.join(KINDS)}",
            **BESIDE,
            **CONFIRMS,
            "step": "`send`, or `check` for a look before",
        },
        "table",
        "agree",
    ),
    named=False,
)
def send() -> Answer:
    """Show what would be said, row by row; or store it."""
    fields = read_form("table", LIMIT)
    refuse_closed()
    kind = kind_of(fields.get("kind", ""))
    if fields.get("step") == "change":
        return show_table(kind, fields)
    rows, faults = read_rows(kind, fields)
    faults |= faults_beside(fields)
    if wrong := [row for row in rows if row.faults]:
        return show_table(kind, fields, faults, rows=wrong)
    if faults:
        return show_table(kind, fields, faults)
    return _checked(kind, fields, rows)


def read_rows(kind: Kind, fields: Mapping[str, str]) -> tuple[list[Row], Faults]:
    """Read every row as a form; a row that stands there twice is wrong.

    Names are looked up once, however many rows have them.
    """
    try:
        cells = tables.read(fields.get("table", ""), kind)
    except TableError as error:
        return [], {"table": str(error)}
    begun = {"language": languages().interface}
    reads = replace(reader(), proposed=lambda _: ())  # In a table nothing can be chosen.
    seen: set[str] = set()
    found = []
    for line, row in cells:
        one = read_fields(kind, {**begun, **row}, reads)
        faults, said = dict(one.faults), json.dumps(one.draft.as_json())
        if not faults and said in seen:
            faults[next(iter(kind.fields))] = "fault_same_row"
        seen.add(said)
        worded = choices_of(kind, dict(one.choices)) if faults else {}
        choices = [choice for some in worded.values() for choice in some]
        found.append(Row(line, one.draft, faults, choices, row))
    columns = {name: column for column, name in tables.columns(kind).items()}
    refuse_faults(
        {
            f"line {row.line}": ", ".join(f"{columns[n]}: {f}" for n, f in row.faults.items())
            for row in found
            if row.faults
        }
    )
    return found, {}


def refused_rows(
    kind: Kind, fields: Fields, rows: Sequence[Row], found: list[Found], **other: Any
) -> Response:
    """Show what the shapes refuse in a table, by its lines."""
    refuse_faults({f"row {one['row']}": one["message"] for one in found})
    return show_table(kind, fields, rows=rows, found=found, **other)


def too_long(problem: Problem, kind: Kind, fields: Fields, **other: Any) -> Response:
    """Show a table again that could not be checked in time; any other problem is raised again."""
    if problem.name not in {"data-too-large", "busy"} or not wants_page():
        raise problem
    return show_table(kind, fields, {"table": "fault_late"}, **other)


def _cited(kind: Kind, fields: Fields, rows: Sequence[Row], has: Sequence[Already]) -> Response:
    """Show which rows are known already from their very sources: there is nothing to add."""
    first = next(iter(kind.fields))
    wrong = [
        replace(row, faults={first: "fault_cited"}, things=(thing_at(one.standing),))
        for row, one in zip(rows, has, strict=True)
        if one.is_cited
    ]
    refuse_faults({f"line {row.line}": "fault_cited" for row in wrong})
    return show_table(kind, fields, rows=wrong)


def _checked(kind: Kind, fields: Fields, rows: Sequence[Row]) -> Answer:
    """Have the shapes look at all rows together; then show what would be said, or store it."""
    drafts = tuple(row.draft for row in rows)
    has = [already(one, known()) for one in drafts]
    if any(one.is_cited for one in has):
        return _cited(kind, fields, rows, has)
    refuse_known(has, fields)
    try:
        found = found_in(drafts, fields.get("found", ""))
    except Problem as problem:
        return too_long(problem, kind, fields)
    if is_refused(found):
        return refused_rows(kind, fields, rows, found)
    if fields.get("step") == "send" and may_be_sent(has, fields):
        draft = drafts[0] if len(drafts) == 1 else Table(drafts)
        again = partial(show_table, kind, fields)
        return stored(sent_by(draft, fields, found), again)
    shown = [told(one) for one in drafts[:_SHOWN]]
    return show_table(
        kind,
        fields,
        rows=rows,
        ready=True,
        found=found,
        shown=columns_of(shown),
        known=[
            (row.line, thing_at(one.standing))
            for row, one in zip(rows, has, strict=True)
            if one.standing
        ],
        sealed=sealed(drafts, found),
    )
