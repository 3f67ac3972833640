"""Lists: cities, links, practices, programmes; filtered, as a page, as data and as a drawing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from registry import formats, terms
from registry.dates import DATE
from registry.formats import Format
from registry.graphs.jsonld import context
from registry.lists import asking, filters
from registry.lists.choosing import CHOOSER, COUNTED, Chosen, order_of, sorts
from registry.lists.filters import SHOWING, Filter
from registry.lists.formats import WITHOUT_WORDS, WRITERS
from registry.lists.tables import FACETS, LIST_NAMES, TABLES, ListRow, concept
from registry.lists.writer import Writer
from registry.search.calling import called_in_forms
from registry.things.age import Age, age
from registry.things.labels import Labels
from registry.things.lookup import Lookup
from registry.things.wording import country_name, day
from registry.views.names import NAMES
from registry.web import language, sharing
from registry.web.context import languages, last_modified, licence, origin, pages, release
from registry.web.negotiation import (
    Resource,
    Variant,
    Written,
    fixed_format,
    respond,
    respond_as,
    with_others,
    with_parameters,
)
from registry.web.operation import TEXT, Json, Operation, Parameter, whole

routes = Blueprint("lists", __name__)

FORMATS: Final = (formats.HTML, *WRITERS)

MAPPED: Final = ("links", "cities")
"""The lists that there are maps of."""

_PAGE: Final = 50
"""Rows of a page; in all other formats a list is whole where no limit or page is asked for."""

SIZES: Final = (50, 100, 200, 500)
"""How many rows a page may have; a higher `limit` is for the other formats."""

_DATE: Final[Json] = {"type": "string", "pattern": f"^(?:{DATE.pattern})?$"}
_SCHEMAS: Final[dict[str, Json]] = {
    **dict.fromkeys(filters.DATES, _DATE),
    "limit": whole(1, filters.MOST),
    "page": whole(1, filters.MOST),
    "within": {"type": "number", "minimum": 0, "maximum": 99_999},
    "after": {"type": "string", "pattern": f"^(?:{terms.REF.pattern})?$"},
}
"""Schemas of the filters that are not plain text."""


def _parameters(name: str) -> Iterator[Parameter]:
    """Describe the parameters of a list."""
    schemas = {**_SCHEMAS, "sort": {"type": "string", "enum": ["", *sorts(name)]}}
    for key, description in filters.PARAMETERS.items():
        yield Parameter(key, description, schemas.get(key, TEXT), empty=True)


FILTERS: Final = tuple(one for one in _parameters(MAPPED[0]) if one.name not in SHOWING)
"""The parameters that choose which rows fit, of lists that there are maps of."""


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
    reader = languages().wanted, languages().interface
    chooser = release().view(CHOOSER)
    chosen = cache(lambda limit: chooser.choose(name, replace(asked, limit=limit), reader))

    def write(form: Format) -> Written:
        if form == formats.HTML:
            return _page(name, replace(asked, limit=_limit(asked, form)))
        parts = WRITERS[form](_writer(name, languages().wanted), chosen(_limit(asked, form)).rows)
        # A drawing is the same for all readers and is cached, so it is written as a whole.
        return "".join(parts) if form in WITHOUT_WORDS else parts

    variants = tuple(Variant(form, _url(name, form), partial(write, form)) for form in FORMATS)
    speaks = form not in WITHOUT_WORDS
    spoken = f"{languages().wanted} {_context()}" if speaks else ""
    tag = f"{release().version} {asked} {spoken}"
    resource = Resource(
        variants, tag, form, last_modified(), licence(), lasting=True, speaks=speaks
    )
    response = respond(resource)
    shown = next(one for one in FORMATS if one.media_type == response.mimetype)
    if limit := _limit(asked, shown):
        for rel, href in _steps(asked, chosen(limit), shown):
            response.headers.add("Link", f'<{href}>; rel="{rel}"')
    return response


def _limit(asked: Filter, form: Format) -> int:
    """Return how many rows an answer has at most; nought where it is whole."""
    if form == formats.HTML:
        return min(asked.limit or _PAGE, SIZES[-1])
    return asked.limit or (_PAGE if asked.page else 0)


def _steps(asked: Filter, chosen: Chosen, form: Format) -> Iterator[tuple[str, str]]:
    """Yield the relation and address of the pages around this one (RFC 8288).

    Files in the order of IRIs lead on by a cursor: rows that come or go between two requests shift
    no others.
    """
    if asked.after or not (asked.page or asked.sort or form == formats.HTML):
        if chosen.after:
            yield "next", with_others(after=chosen.after)
        return
    if chosen.page < chosen.pages:
        yield "next", with_others(page=str(chosen.page + 1))
    if chosen.page > 1:
        yield "prev", with_others(page=str(chosen.page - 1))


def _context() -> str:
    return f"{origin()}/context.jsonld"


def _writer(name: str, wanted: Sequence[str]) -> Writer:
    lookup = Lookup(release().store)
    labels = Labels(lookup, wanted)
    return Writer(name, release().view(TABLES), labels, lookup, _context())


def _url(name: str, form: Format) -> str:
    """Return the address of a list in a format, with the filters of this request."""
    return with_parameters(f"/{name}.{form.extension}")


def _page(name: str, asked: Filter) -> str:
    """Show a part of a list, with its facets."""
    reader, chooser = (languages().shown, languages().interface), release().view(CHOOSER)
    chosen, counted = chooser.choose(name, asked, reader), chooser.facets(name, asked)
    writer = _writer(name, languages().shown)
    return render_template(
        "list.html",
        name=name,
        part=chosen,
        described=sharing.dataset(
            language.word(f"list_{name}", reader[1]),
            language.word("start_intro", reader[1]),
            licence(),
            [(f"{origin()}/{name}.{form.extension}", form.media_type) for form in FORMATS[1:]],
        ),
        rows=[(row, writer.cells(row) if name in _WITH_CELLS else {}) for row in chosen.rows],
        link=pages().link,
        ages=_ages(chosen) if name == "links" else {},
        worded=lambda facet, value: _wording(name, facet)(value) if value else "",
        facets={facet: _facet(name, facet, counts) for facet, counts in counted.items() if counts},
        asked={key: value for key, value in request.args.items() if value},
        typed=_typed(asked),
        filters=[
            (key, _worded_filter(name, asked, key, value), _without(key))
            for key, value in filters.filter_values(request.args)
        ],
        mapped=_mapped(name, chosen),
        sorts=sorts(name),
        sorting=partial(_sorting, asked.sort),
        pager=_pager(asked, chosen),
        sizes=[
            (size, with_others(limit=str(size), page="", after=""))
            for size in _sizes(asked, chosen)
        ],
        size=asked.limit,
        downloads=list(_downloads(name, writer, chosen)),
        query=asking.query(name, asked),
    )


def _mapped(name: str, chosen: Chosen) -> dict[str, str] | None:
    """Return the filters of a list that has a map; None where there is nothing to show."""
    shown = name in MAPPED and chosen.total
    return dict(filters.filter_values(request.args)) if shown else None


_WITH_CELLS: Final = frozenset({"cities", "links"})
"""Lists whose page shows cells of the file; those of others name thousands of cities in one."""


def _sorting(sort: str, column: str) -> tuple[str, str]:
    """Return the link in the head of a column, and its order (WAI-ARIA 1.2, aria-sort)."""
    state = order_of(sort, column)
    falls = state == "ascending" or (state == "none" and column in COUNTED)
    return with_others(sort=f"-{column}" if falls else column, page="", after=""), state


def _pager(asked: Filter, chosen: Chosen) -> list[tuple[str, int, str]]:
    """Return the links to pages, each with its relation and number; nought stands for a gap."""
    if asked.after:
        return [("next", 0, with_others(after=chosen.after))] if chosen.after else []
    if chosen.pages < 2:
        return []
    near = {1, chosen.pages, *range(chosen.page - _NEAR, chosen.page + _NEAR + 1)}
    found, before = list[tuple[str, int, str]](), 0
    for number in sorted(one for one in near if 1 <= one <= chosen.pages):
        if number > before + 1:
            found.append(("", 0, ""))
        found.append(("page", number, with_others(page=str(number))))
        before = number
    if chosen.page > 1:
        found.insert(0, ("prev", 0, with_others(page=str(chosen.page - 1))))
    if chosen.page < chosen.pages:
        found.append(("next", 0, with_others(page=str(chosen.page + 1))))
    return found


_NEAR: Final = 2
"""Pages before and after the present one that a list leads to by their numbers."""


def _sizes(asked: Filter, chosen: Chosen) -> list[int]:
    """Return the sizes of pages to choose from; none where the list fits the shortest page."""
    return sorted({*SIZES, asked.limit}) if chosen.total > SIZES[0] else []


@dataclass(frozen=True)
class Download:
    """A list as a file: format, address, and bytes, or about how many where it is not whole."""

    form: Format
    href: str
    size: int
    is_exact: bool


def _downloads(name: str, writer: Writer, chosen: Chosen) -> Iterator[Download]:
    """Yield the files with all rows that fit; their size is told from the rows that are shown."""
    kept = {key: value for key, value in request.args.items() if value}
    query = urlencode({key: value for key, value in kept.items() if key not in _OF_PAGES})
    for form in FORMATS[1:]:
        href = f"/{name}.{form.extension}" + (f"?{query}" if query else "")
        measured = form in _MEASURED and name in _WITH_CELLS
        size = _bytes(form, writer, chosen.rows) if measured else 0
        whole = chosen.total == len(chosen.rows)
        share = 1 if whole else chosen.total / max(1, len(chosen.rows))
        yield Download(form, href, round(size * share), whole)


_OF_PAGES: Final = SHOWING - {"sort"} | {"lang"}
"""Parameters of a page that a file with all rows does not have."""

_MEASURED: Final = (formats.RESULTS_CSV, formats.GEOJSON)
"""Formats that are written quickly enough to measure the rows of a page."""


def _bytes(form: Format, writer: Writer, rows: Sequence[ListRow]) -> int:
    return sum(len(part.encode()) for part in WRITERS[form](writer, rows))


def _without(key: str) -> str:
    """Return the address of this list without a filter, and what cannot be without it."""
    also = ["with-country"] if key == "country" else []
    return with_others(**dict.fromkeys((key, *also, "after", "page"), ""))


def _ages(chosen: Chosen) -> dict[str, Age]:
    """Return how old what is known of each link on a page is."""
    makes = pages()
    known = ((row.iri, makes.links.link(row.iri)) for row in chosen.rows)
    return {iri: age(makes, link) for iri, link in known if link}


def _facet(name: str, facet: str, counts: Counter[str]) -> list[tuple[str, str, int]]:
    """Return the values of a facet in the order of their words, each with how often it is found."""
    words = _wording(name, facet)
    return sorted(((words(value), value, count) for value, count in counts.items()))


def _typed(asked: Filter) -> dict[str, str]:
    """Return what stands in the field of a partner: its name, where that means it."""
    if not asked.partner:
        return {}
    index, name = release().view(NAMES), pages().labels.of(asked.partner).text
    return {"partner": called_in_forms(index, index.by_iri([asked.partner])[asked.partner], name)}


def _worded_filter(name: str, asked: Filter, key: str, value: str) -> str:
    """Word the value of a filter for the reader; what was typed freely stays as it is."""
    if key in {"partner", "city"}:
        return pages().labels.of(asked.partner).text
    if key in filters.DATES:
        return day(value, languages().interface)
    if key in {"country", "with-country"}:
        return country_name(value.upper(), languages().interface) if len(value) == 2 else value
    if key == "member-of":
        return pages().labels.of(terms.ID + value).text
    return _wording(name, key)(value) if key in FACETS else value


def _wording(name: str, facet: str) -> Callable[[str], str]:
    """Return the function that words the values of a facet for the reader."""
    if facet == "country":
        return partial(country_name, language=languages().interface)
    labels = pages().labels
    return lambda value: labels.of(concept(name, facet, value)).text


for _name in LIST_NAMES:
    _described = Operation(
        f"The {_name} of the release, filtered", "things", FORMATS, tuple(_parameters(_name))
    )
    _handler = _described(partial(_respond, _name))
    routes.add_url_rule(f"/{_name}", _name, _handler)
    routes.add_url_rule(f"/{_name}.<extension>", _name, _handler)
