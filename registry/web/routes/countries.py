"""Countries, and the links between two of them: each number leads to the list that it counts."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as Answer

from registry import terms
from registry.lists.choosing import order_of
from registry.lists.countries import LANDS, Lands
from registry.places.countries import code_of
from registry.places.names import fold
from registry.problems import Problem
from registry.things.wording import country_name
from registry.views.names import NAMES
from registry.web.context import languages, last_modified, pages, redirect_to, release
from registry.web.negotiation import respond_page
from registry.web.operation import PAGE, SOME_TEXT, Operation, Parameter, in_path

routes = Blueprint("countries", __name__)

SORTS: Final = ("name", "cities", "links", "holding", "partners")
"""The columns by which countries are sorted."""

_SORT: Final = Parameter(
    "sort",
    "the column by which countries are sorted; a minus turns it",
    {"enum": ["", *SORTS, *(f"-{column}" for column in SORTS)]},
    empty=True,
)
_WITH: Final = Parameter("with", "a second country, by code or name", empty=True)
_CODE: Final = in_path("code", "a country, by code or name", SOME_TEXT, "IT")
_OTHER: Final = in_path("other", "another country, or the same", SOME_TEXT, "RU")


@routes.get("/countries")
@Operation("All countries with cities, and how many links they have", "things", PAGE, (_SORT,))
def countries() -> Answer:
    """List the countries."""
    sort = _SORT.read()
    return respond_page(partial(_list, sort), f"{release().version} {sort}", last_modified())


@routes.get("/countries/<code>")
@Operation(
    "A country: how its links stand, when they began, its partner countries and cities",
    "things",
    PAGE,
    (_CODE, _WITH),
    statuses=(301, 303),
)
def country(code: str) -> Answer:
    """Show a country."""
    known = _known(code)
    if other := _WITH.read():
        if code_of(other) not in _codes():
            raise Problem("bad-parameter", "with is not a country with cities here")
        return redirect_to(_pair_path(known, code_of(other)), 303)
    if code != known:
        return redirect_to(f"/countries/{known}", 301)
    return respond_page(partial(_country, known), release().version, last_modified())


@routes.get("/countries/<code>/<other>")
@Operation(
    "The links between two countries: how they stand, when they began, their cities",
    "things",
    PAGE,
    (_CODE, _OTHER),
    statuses=(301,),
)
def pair(code: str, other: str) -> Answer:
    """Show the links between two countries, whose codes stand in the order of the alphabet."""
    one, two = _known(code), _known(other)
    if (path := _pair_path(one, two)) != f"/countries/{code}/{other}":
        return redirect_to(path, 301)
    return respond_page(partial(_pair, one, two), release().version, last_modified())


def _pair_path(one: str, other: str) -> str:
    return "/countries/" + "/".join(sorted((one, other)))


def _known(text: str) -> str:
    """Return the code of a country that has cities here.

    Raises
    ------
    Problem
        `not-found` where there is none.

    """
    code = code_of(text)
    if code not in _codes():
        raise Problem("not-found", f"there is no country {text!r} with cities here")
    return code


def _codes() -> set[str]:
    return {code for code, _ in release().view(NAMES).countries()}


def _lands() -> Lands:
    return release().view(LANDS)


def _named(code: str) -> str:
    return country_name(code, languages().interface)


def _list(sort: str) -> str:
    rows = [
        (
            code,
            _named(code),
            {"cities": cities, "links": links.total(), **links, "partners": others},
        )
        for code, (cities, links, others) in _lands().all.items()
    ]
    rows.sort(key=lambda row: fold(row[1]))
    column = sort.removeprefix("-")
    if column not in {"", "name"}:
        rows.sort(key=lambda row: row[2].get(column, 0), reverse=sort.startswith("-"))
    elif sort == "-name":
        rows.reverse()
    initials = {fold(name)[:1].upper(): code for code, name, _ in reversed(rows)}
    return render_template(
        "countries.html",
        rows=rows,
        sorting=partial(_sorting, sort),
        initials={} if column not in {"", "name"} else initials,
    )


def _sorting(sort: str, column: str) -> tuple[str, str]:
    """Return the link in the head of a column, and its order (WAI-ARIA 1.2, aria-sort)."""
    state = order_of(sort, column)
    state = "ascending" if (column, sort) == ("name", "") else state
    falls = state == "ascending" or (state == "none" and column != "name")
    asked = {key: value for key, value in request.args.items() if key != "sort"}
    return f"?{urlencode(asked | {'sort': f'-{column}' if falls else column})}", state


def _country(code: str) -> str:
    land, makes = _lands().land(code), pages()
    makes.labels.learn(makes.index, [iri for iri, _ in land.cities])
    return render_template(
        "country.html",
        land=land,
        named=_named,
        list_of=partial(_list_of, country=code),
        pair_path=partial(_pair_path, code),
        **_worded(),
    )


def _pair(one: str, other: str) -> str:
    found, makes = _lands().pair(one, other), pages()
    makes.labels.learn(makes.index, [iri for some in found.cities.values() for iri, _ in some])
    return render_template(
        "pair.html",
        pair=found,
        named=_named,
        list_of=partial(_list_of, country=one, **{"with-country": other}),
        city_list=lambda code: _list_of(
            "cities", country=code, **{"with-country": other if code == one else one}
        ),
        **_worded(),
    )


def _worded() -> dict[str, object]:
    """Return what both templates name things with."""
    makes = pages()
    return {
        "link": makes.link,
        "worded": lambda state: makes.labels.of(f"{terms.SCHEME}status/{state}"),
    }


def _list_of(name: str = "links", **filters: object) -> str:
    """Return the address of a list with filters; empty ones are left out."""
    return f"/{name}?{urlencode({key: str(value) for key, value in filters.items() if value})}"
