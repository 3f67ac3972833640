"""Two cities side by side."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Blueprint, Response, render_template, request

from registry.lists.comparison import compare
from registry.lists.tables import TABLES
from registry.problems import Problem
from registry.search.calling import called_in_forms, city_called
from registry.views.names import NAMES, Thing
from registry.web.context import last_modified, pages, release, remember_form
from registry.web.negotiation import respond_page
from registry.web.operation import PAGE, Operation, Parameter

routes = Blueprint("compare", __name__)

_CITY: Final = Parameter("city", "a city, by name, reference or identifier of others", empty=True)
_WITH: Final = Parameter("with", "another city", empty=True)


@routes.get("/compare")
@Operation(
    "Two cities side by side: partners, what they have in common, what joins them",
    "things",
    PAGE,
    (_CITY, _WITH),
)
def page() -> Response:
    """Compare two cities, or show the form that asks for them."""
    remember_form("compare_form.html", typed=request.args)
    index = release().view(NAMES)
    asked = [(one.name, one.read().strip()) for one in (_CITY, _WITH)]
    cities = [city_called(index, text, name) if text else None for name, text in asked]
    if cities[0] is not None and cities[0] == cities[1]:
        raise Problem("bad-parameter", "with is the same city")
    tag = f"{release().version} {' '.join(city.ref if city else '-' for city in cities)}"
    return respond_page(partial(_page, *cities), tag, last_modified())


def _page(one: Thing | None, other: Thing | None) -> str:
    makes = pages()
    found = compare(makes, release().view(TABLES), one, other) if one and other else None
    named = [makes.labels.of(city.iri).text if city else "" for city in (one, other)]
    index = release().view(NAMES)
    typed = {
        parameter.name: called_in_forms(index, city, name) if city else ""
        for parameter, city, name in zip((_CITY, _WITH), (one, other), named, strict=True)
    }
    return render_template("compare.html", found=found, named=named, typed=typed)
