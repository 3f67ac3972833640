"""Lists: cities, links, practices, programmes; filtered, as a page, as data and as a drawing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from registry import formats, terms
from registry.dates import DATE
from registry.formats import Format
from registry.graphs.jsonld import context
from registry.lists import filters
from registry.lists.filters import Chosen
from registry.lists.formats import WITHOUT_WORDS, WRITERS
from registry.lists.tables import FACETS, LIST_NAMES, TABLES, ListRow, scheme_of
from registry.lists.writer import Writer
from registry.reconcile.protocol import TYPES
from registry.things.age import Age, age
from registry.things.labels import Labels
from registry.things.lookup import Lookup
from registry.things.wording import country_name
from registry.views.names import NAMES
from registry.web.context import languages, last_modified, licence, origin, pages, release
from registry.web.negotiation import (
    Resource,
    Variant,
    Written,
    fixed_format,
    respond,
    respond_as,
    with_parameters,
)
from registry.web.operation import TEXT, Json, Operation, Parameter, whole

routes = Blueprint("lists", __name__)

FORMATS: Final = (formats.HTML, *WRITERS)

MAPPED: Final = ("links", "cities")
"""The lists that there are maps of."""

_PAGE: Final = 50
"""Rows of a page; in all other formats a list is whole where no limit is asked for."""


_DATE: Final[Json] = {"type": "string", "pattern": f"^(?:{DATE.pattern})?$"}
_SCHEMAS: Final[dict[str, Json]] = {
    **dict.fromkeys(filters.DATES, _DATE),
    "limit": whole(1, filters.MOST),
    "within": {"type": "number", "minimum": 0, "maximum": 99_999},
    "after": {"type": "string", "pattern": f"^(?:{terms.REF.pattern})?$"},
}
"""Schemas of the filters that are not plain text."""

FILTERS: Final = tuple(
    Parameter(name, description, _SCHEMAS.get(name, TEXT), empty=True)
    for name, description in filters.PARAMETERS.items()
)
"""The parameters by which lists are filtered."""


@routes.get("/context.jsonld")
@Operation("The context of lists in JSON-LD", "things", (formats.JSONLD,))
def terms_of_lists() -> Response:
    """Return the context of lists in JSON-LD."""
    release()
    write = lambda: json.dumps(context(), indent=1) + "\n"  # noqa: E731
    return respond_as(formats.JSONLD, write, "context", licence=licence())


def _respond(name: str, extension: str = "") -> Response:
    """Answer with a list in the format that the address or the client asks for."""
    form = fixed_format(FORMATS, extension)
    asked = filters.read(request.args, release().view(NAMES))
    chosen = cache(
        lambda limit: filters.choose(release().view(TABLES), name, replace(asked, limit=limit))
    )

    def rows() -> tuple[ListRow, ...]:
        return chosen(asked.limit).rows

    def write(form: Format) -> Written:
        if form == formats.HTML:
            return _page(name, chosen(asked.limit or _PAGE))
        parts = WRITERS[form](_writer(name), rows())
        # A drawing is the same for all readers and is cached, so it is written as a whole.
        return "".join(parts) if form in WITHOUT_WORDS else parts

    variants = tuple(Variant(form, _url(name, form), partial(write, form)) for form in FORMATS)
    speaks = form not in WITHOUT_WORDS
    reader = f"{languages().wanted} {_context()}" if speaks else ""
    tag = f"{release().version} {asked} {reader}"
    resource = Resource(
        variants, tag, form, last_modified(), licence(), lasting=True, speaks=speaks
    )
    response = respond(resource)
    limit = asked.limit or (_PAGE if response.mimetype == formats.HTML.media_type else 0)
    if limit and (after := chosen(limit).after):
        response.headers.add("Link", f'<{_next_url(after)}>; rel="next"')
    return response


def _context() -> str:
    return f"{origin()}/context.jsonld"


def _writer(name: str) -> Writer:
    lookup = Lookup(release().store)
    labels = Labels(lookup, languages().wanted)
    return Writer(name, release().view(TABLES), labels, lookup, _context())


def _url(name: str, form: Format) -> str:
    """Return the address of a list in a format, with the filters of this request."""
    return with_parameters(f"/{name}.{form.extension}")


def _next_url(after: str) -> str:
    """Return the address of the rows that follow."""
    return f"{request.path}?{urlencode(_query_fields() | {'after': after})}"


def _query_fields(*without: str) -> dict[str, str]:
    """Return the parameters of this request that have a value, without those named."""
    given = request.args.items()
    return {key: value for key, value in given if value and key not in without}


def _page(name: str, chosen: Chosen) -> str:
    """Show a part of a list, with its facets."""
    writer, counted = _writer(name), filters.facets(release().view(TABLES), chosen.fitting)
    return render_template(
        "list.html",
        name=name,
        total=len(chosen.fitting),
        rows=[(row, writer.cells(row)) for row in chosen.rows],
        link=pages().link,
        ages=_ages(chosen) if name == "links" else {},
        worded=lambda facet, value: _wording(name, facet)(value) if value else "",
        facets={facet: _facet(name, facet, counts) for facet, counts in counted.items() if counts},
        asked=_query_fields("limit", "after"),
        filters=[
            (key, _worded_filter(name, key, value), _without(key))
            for key, value in filters.filter_values(request.args)
        ],
        networks=networks(),
        mapped=_mapped(name, chosen),
        following=_next_url(chosen.after) if chosen.after else "",
        downloads=[(form, _url(name, form)) for form in FORMATS[1:]],
    )


def networks() -> list[tuple[str, str]]:
    """Return the networks, programmes and projects with cities: what they are called, and value."""
    labels = pages().labels
    return sorted((labels.of(terms.ID + one).text, one) for one in release().view(TABLES).networks)


def _mapped(name: str, chosen: Chosen) -> dict[str, str] | None:
    """Return the filters of a list that has a map; None where there is nothing to show."""
    return _query_fields("limit", "after", "lang") if name in MAPPED and chosen.fitting else None


def _ages(chosen: Chosen) -> dict[str, Age]:
    """Return how old what is known of each link on a page is."""
    makes = pages()
    known = ((row.iri, makes.links.link(row.iri)) for row in chosen.rows)
    return {iri: age(makes, link) for iri, link in known if link}


def _without(key: str) -> str:
    """Return the address of this list without one of its filters."""
    return f"{request.path}?{urlencode(_query_fields(key, 'after'))}"


def _facet(name: str, facet: str, counts: Counter[str]) -> list[tuple[str, str, int]]:
    """Return the values of a facet in the order of their words, each with how often it is found."""
    words = _wording(name, facet)
    return sorted(((words(value), value, count) for value, count in counts.items()))


def _worded_filter(name: str, key: str, value: str) -> str:
    """Word the value of a filter for the reader; what was typed freely stays as it is."""
    if key == "country":
        return country_name(value.upper(), languages().interface) if len(value) == 2 else value
    if key == "network":
        return pages().labels.of(terms.ID + value).text
    return _wording(name, key)(value) if key in FACETS else value


def _wording(name: str, facet: str) -> Callable[[str], str]:
    """Return the function that words the values of a facet for the reader."""
    if facet == "country":
        return partial(country_name, language=languages().interface)
    if (name, facet) == ("programmes", "kind"):
        return lambda kind: TYPES[kind]
    labels, scheme = pages().labels, scheme_of(name, facet)
    return lambda value: labels.of(f"{terms.SCHEME}{scheme}/{value}").text


for _name in LIST_NAMES:
    _described = Operation(f"The {_name} of the release, filtered", "things", FORMATS, FILTERS)
    _handler = _described(partial(_respond, _name))
    routes.add_url_rule(f"/{_name}", _name, _handler)
    routes.add_url_rule(f"/{_name}.<extension>", _name, _handler)
