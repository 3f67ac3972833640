"""Many links at once: a table is checked row by row, and then proposed as a whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from registry import formats
from registry.contribute.drafts import Faults, LinkDraft, Table
from registry.contribute.review import Found, is_refused
from registry.contribute.tables import COLUMNS, MOST, NEEDED, TEMPLATE, TableError, read
from registry.web.context import call, languages, release
from registry.web.contributing import (
    FORM_REFUSES,
    Fields,
    body,
    door,
    page,
    read_form,
    refuse_closed,
    refuse_faults,
    review,
    told,
)
from registry.web.negotiation import respond_as
from registry.web.operation import PAGE, Operation
from registry.web.routes.contribute import faults_beside, read_fields, sent_by, stored, today

routes = Blueprint("contribute_table", __name__)

LIMIT: Final = 200_000
"""Bytes that a form with a table may have."""

_SHOWN: Final = 100
"""Rows that a page shows of a table without faults."""


@dataclass(frozen=True)
class Row:
    """A row that was read: its line, its draft, and what is wrong by field."""

    line: int
    draft: LinkDraft
    faults: Faults
    choices: Sequence[str]


@routes.get("/contribute/table.csv")
@Operation("A table of links without rows, to be filled in", "contribute", (formats.RESULTS_CSV,))
def template() -> Response:
    """Send the template."""
    return respond_as(formats.RESULTS_CSV, lambda: TEMPLATE, release().version)


@routes.get("/contribute/table")
@Operation("A form for many links at once", "contribute", PAGE, named=False)
def form() -> Response:
    """Show the form."""
    release()
    return _show({})


def _show(fields: Fields, faults: Faults | None = None, **other: Any) -> Response:
    """Show the form with what was pasted, and what is wrong in it."""
    refuse_faults(faults or {})
    values: dict[str, Any] = {"rows": [], "ready": False, "sealed": "", **other}
    is_wrong = bool(faults or (values["rows"] and not values["ready"]))
    return page(
        "contribute_table.html",
        422 if is_wrong else 200,
        fields=fields,
        faults=faults or {},
        stamp=door().stamp("table"),
        columns=COLUMNS,
        needed=NEEDED,
        most=MOST,
        **values,
    )


@routes.post("/contribute/table")
@Operation(
    "Check a table of links row by row, and with `step=send` propose it",
    "contribute",
    PAGE,
    refuses=(*FORM_REFUSES, "conflict", "data-invalid", "busy", "answer-too-large", "not-found"),
    statuses=(303,),
    takes=body(
        {
            "table": f"CSV with up to {MOST} rows and the columns {', '.join(COLUMNS)}",
            "comment": "what the editors should know; it is not published",
            "email": "an e-mail address for questions; it is not published",
            "agree": "`1` if what is sent may stand under the licence of the registry",
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
    if fields.get("step") == "change":
        return _show(fields)
    try:
        _, cells = read(fields.get("table", ""))
    except TableError as error:
        return _show(fields, {"table": str(error), **faults_beside(fields)})
    rows = _rows(cells)
    faults = faults_beside(fields)
    if wrong := [row for row in rows if row.faults]:
        refuse_faults({f"line {row.line}": ", ".join(row.faults.values()) for row in wrong})
        return _show(fields, faults, rows=wrong)
    if faults:
        return _show(fields, faults)
    return _checked(fields, rows)


def _rows(cells: Sequence[tuple[int, Fields]]) -> list[Row]:
    """Read every row as the form of one link; a row that stands there twice is wrong."""
    begun = {"language": languages().interface}
    seen: set[LinkDraft] = set()
    found = []
    for line, fields in cells:
        one = read_fields({**begun, **fields})
        faults = dict(one.faults)
        if not faults and one.draft in seen:
            faults["one"] = "fault_same_row"
        seen.add(one.draft)
        refs = [city["ref"] for some in one.choices.values() for city in some]
        found.append(Row(line, one.draft, faults, refs))
    return found


def _checked(fields: Fields, rows: Sequence[Row]) -> Answer:
    """Have the shapes look at all rows together; then show what would be said, or store it."""
    drafts = tuple(row.draft for row in rows)
    key = json.dumps([one.as_json() for one in drafts]) + release().version
    known = door().stamps.unseal(key, fields["found"]) if fields.get("found") else None
    if known is None:
        found = review().check(drafts, today(), call().client)
    else:
        found = cast("list[Found]", known)
    if is_refused(found):
        refuse_faults({f"row {one['row']}": one["message"] for one in found})
        return _show(fields, rows=rows[:_SHOWN], found=found)
    if fields.get("step") == "send":
        draft = drafts[0] if len(drafts) == 1 else Table(drafts)
        return stored(sent_by(draft, fields, found))
    return _show(
        fields,
        rows=rows,
        ready=True,
        found=found,
        shown=[told(one) for one in drafts[:_SHOWN]],
        sealed=door().stamps.seal(key, found),
    )
