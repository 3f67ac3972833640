"""What the registry covers: by country, source and language, as a page and as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template

from registry import formats, terms
from registry.catalogue.coverage import CUBES, Cube, describe
from registry.graphs.statements import write
from registry.things.lookup import Solution
from registry.things.wording import country_name, language_name, worded
from registry.web.context import languages, last_modified, licence, pages, release
from registry.web.negotiation import Resource, documents, fixed_format, respond
from registry.web.operation import DOCUMENT, Operation
from registry.web.saved_query_results import solutions

routes = Blueprint("coverage", __name__)


@routes.get("/coverage")
@routes.get("/coverage.<extension>")
@Operation("How much is known, by country, source and language", "things", DOCUMENT)
def coverage(extension: str = "") -> Response:
    """Show what the registry covers; as RDF it is a data cube for each table."""

    def counted() -> dict[str, tuple[Solution, ...]]:
        return {cube.name: solutions(cube.query) for cube in CUBES}

    def written(form: formats.Format) -> bytes:
        return write(describe(counted(), licence()), form)

    variants = documents("/coverage", _page, written)
    form, tag = fixed_format(DOCUMENT, extension), f"{release().version} coverage"
    return respond(Resource(variants, tag, form, last_modified(), licence(), lasting=True))


@dataclass(frozen=True)
class Row:
    """A row of a table: what it is about, where that leads, its mark, and its cells.

    A cell has the name of its measure, the value in words, and where it leads.
    """

    name: str
    href: str
    key: str
    cells: tuple[tuple[str, str, str], ...]


def _page() -> str:
    return render_template(
        "coverage.html",
        tables=[(cube, [_row(cube, row) for row in solutions(cube.query)]) for cube in CUBES],
        formats=formats.GRAPHS,
    )


def _row(cube: Cube, row: Solution) -> Row:
    """Word a row for the reader; the share of a source leads to the rows that are left out."""
    name, href, key = _ABOUT[cube.name](row)
    rest = {"share": f"/audit?{urlencode({'source': key})}"} if cube.name == "sources" else {}
    cells = [(measure, row.literal(measure)) for measure in cube.measures]
    worded_cells = (
        (measure, worded(value, languages().interface) if value else "", rest.get(measure, ""))
        for measure, value in cells
    )
    return Row(name, href, key, tuple(worded_cells))


def _country(row: Solution) -> tuple[str, str, str]:
    code = row.text("code")
    named = country_name(code, languages().interface) or pages().labels.of(row.iri("country")).text
    return named, f"/countries/{code}" if code else "", code


def _source(row: Solution) -> tuple[str, str, str]:
    name = row.iri("graph").removeprefix(terms.GRAPH)
    return row.text("title") or name, f"/graph/{name}", name


def _language(row: Solution) -> tuple[str, str, str]:
    tag = row.text("language")
    return language_name(tag, languages().interface) if tag else "–", "", tag


_ABOUT: Final = {"countries": _country, "sources": _source, "languages": _language}
"""What a row is about: its name, where that leads, and the code or tag that marks its row."""
