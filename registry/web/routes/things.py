"""Things by their IRIs: 303 from the thing to its document, and the document in every format.

*Cool URIs for the Semantic Web*, section 4.2: one generic document, and one for each format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.catalogue import histories
from registry.formats import Format
from registry.graphs import statements
from registry.lists import filters
from registry.lists.choosing import order_of
from registry.lists.filters import lists_of
from registry.lists.tables import TABLES
from registry.problems import Problem
from registry.things.about import Source
from registry.things.city import city, is_city
from registry.things.city import shown as panels_shown
from registry.things.city.agreements import agreement
from registry.things.city.narrowed import Wanted, by_country, choices, narrowed
from registry.things.city.partners import SORTS, cities_of, in_order, partners
from registry.things.city.possible import Possible
from registry.things.decades import by_decade
from registry.things.document import document as document_page
from registry.things.gathering import gathering
from registry.things.history import MOST, Step, former_names, history, names, shown
from registry.things.link import link
from registry.things.lookup import Lookup
from registry.things.page import HEADINGS, Pages
from registry.things.practice import practice
from registry.things.trees import Branch, concepts
from registry.things.wording import country_name
from registry.views.feed import Feed
from registry.views.names import NAMES, Thing
from registry.web import possible_partners, sharing
from registry.web.context import (
    kept_release,
    last_modified,
    licence,
    origin,
    pages,
    parts,
    present,
    redirect_to,
    release,
)
from registry.web.drafting import correcting
from registry.web.negotiation import Resource, documents, fixed_format, respond
from registry.web.opening import opening
from registry.web.operation import DOCUMENT, LANG, REF, Operation, Parameter, in_path, whole
from registry.web.saved_query_results import address

routes = Blueprint("things", __name__)

_KIND: Final = in_path("kind", "the kind of thing, or `scheme`", REF, "city")
_REF: Final = in_path("ref", "the reference; a slash in it may be sent as %2F", REF, "perm-511196")
_CONCEPT: Final = in_path(
    "concept", "scheme and concept; a slash in it may be sent as %2F", REF, "status/active"
)
_OFFSET: Final = Parameter(
    "offset",
    "on a page, how many of the things that point here are passed over",
    whole(0, 10**9 - 1, 0),
    empty=True,
)
_SORT: Final = Parameter(
    "sort",
    "on the page of a city, the column by which partners are sorted; a minus turns it",
    {"enum": ["", *SORTS, *(f"-{column}" for column in SORTS)]},
    empty=True,
)
_NARROWING: Final = (
    Parameter(
        "country", "on the page of a city, the country of partners, by code or name", empty=True
    ),
    Parameter("status", "on the page of a city, the status of links", empty=True),
    Parameter("kind", "on the page of a city, the kind of links", empty=True),
    Parameter("from", "on the page of a city, the earliest start of links", empty=True),
    Parameter("source", "on the page of a city, a document that tells of links", empty=True),
    Parameter(
        "group",
        "on the page of a city, by what partners are grouped",
        {"enum": ["", "country"]},
        empty=True,
    ),
)


def _wanted() -> Wanted:
    """Read which partners are wanted.

    Raises
    ------
    Problem
        `bad-parameter` when a value cannot be what it should be.

    """
    given = {one.name: one.read().strip() for one in _NARROWING}
    asked = filters.read({key: given[key] for key in _AS_IN_LISTS}, release().view(NAMES))
    filters.check_concepts(release().view(TABLES), "links", asked)
    source = given["source"]
    known = terms.REF.fullmatch(source) and Lookup(release().store).exists(terms.ID + source)
    if source and not known:
        raise Problem("bad-parameter", "source is not a document here, such as document/perm-twins")
    grouped = given["group"] == "country"
    return Wanted(asked.country, asked.status, asked.kind, asked.start, source, grouped)


_AS_IN_LISTS: Final = ("country", "status", "kind", "from")
"""Parameters that are read as lists read them."""


@routes.get("/id/<kind>/<path:ref>")
@Operation(
    "Lead from a thing to its document, from a former address to the present one",
    "things",
    parameters=(_KIND, _REF, LANG),
    refuses=("not-found", "gone"),
    statuses=(301, 303),
)
def thing(kind: str, ref: str) -> Answer:
    """Send from a thing to its document; from a former IRI to the present one."""
    iri = _iri(kind, ref)
    if not iri.startswith(terms.ID):
        raise Problem("not-found", "a concept's IRI is not under /id/")
    now = present(iri)
    if now != iri:
        return redirect_to(now.replace(terms.BASE, "/", 1), 301)
    return _see_other(terms.path_of(iri) or "/")


@routes.get("/scheme/<path:concept>")
@Operation(
    "Lead from a concept or scheme to its document",
    "vocabularies",
    parameters=(_CONCEPT, LANG),
    statuses=(303,),
)
def of_scheme(concept: str) -> Answer:
    """Send from a concept or scheme to its document."""
    iri = _iri("scheme", concept)
    if not Lookup(release().store).exists(iri):
        raise Problem("not-found", f"nothing is known of <{iri}>")
    return _see_other(f"/doc/scheme/{concept}")


def _iri(kind: str, ref: str) -> str:
    """Return the IRI that an address stands for; `not-found` where none of ours can be so."""
    if not terms.REF.fullmatch(f"{kind}/{ref}"):
        raise Problem("not-found", f"{kind}/{ref} is no reference in a-z, 0-9, hyphens and slashes")
    return terms.SCHEME + ref if kind == "scheme" else terms.thing(kind, ref)


def _see_other(path: str) -> Answer:
    """Answer 303; what the client accepts decides what it gets there."""
    response = redirect_to(path, 303)
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


_RELEASE: Final = Parameter(
    "release", "the release in which it is described; without it, the current one", empty=True
)
_VIEW: Final = Parameter(
    "view",
    "`history`: what changed of it, when, by whom and why (PROV-O)",
    {"enum": ["", "history"]},
    empty=True,
)


@routes.get("/doc/<kind>/<path:ref>")
@routes.get("/doc/<kind>/<path:ref>.<extension>")
@Operation(
    "The description of a thing, now or in a release that is kept, or its history",
    "things",
    DOCUMENT,
    (_KIND, _REF, _OFFSET, _SORT, *_NARROWING, _RELEASE, _VIEW),
    refuses=("not-found", "gone", "unwritable"),
    statuses=(301,),
)
def document(kind: str, ref: str, extension: str = "") -> Answer:
    """Describe a thing in the format that the address or the client asks for."""
    iri, form = _iri(kind, ref), fixed_format(DOCUMENT, extension)
    if _VIEW.read():
        return _history(iri, form)
    if wanted_release := _RELEASE.read():
        return _as_it_was(iri, form, wanted_release)
    now = present(iri)
    if now != iri:
        ending = f".{form.extension}" if form else ""
        return redirect_to((terms.path_of(now) or "/") + ending, 301)
    path, offset, sort = terms.path_of(iri) or "/", int(_OFFSET.read()), _SORT.read()
    wanted = _wanted()
    page = partial(write_page, iri, offset, sort, wanted)
    variants = documents(path, page, partial(_in_rdf, iri), root=iri)
    tag = f"{release().version} {path} {offset} {sort} {wanted}"
    return respond(Resource(variants, tag, form, last_modified(), licence(), iri, lasting=True))


def _in_rdf(iri: str, form: Format) -> bytes:
    """Describe a thing in a format of RDF, by the release of this request."""
    of = release()
    source = Source(of.store, of.manifest, parts().shelf.issued_at(of.version))
    return formats.serialise(source.document(iri), form)


def _as_it_was(iri: str, form: Format | None, wanted: str) -> Answer:
    """Describe a thing as it is in a release that is kept (RFC 7089)."""
    current_version = release().version
    of = g.release = kept_release(wanted)
    path = terms.path_of(now := present(iri)) or "/"
    if now != iri:
        ending = f".{form.extension}" if form else ""
        return redirect_to(f"{path}{ending}?release={of.version}", 301)
    page = partial(write_page, iri, int(_OFFSET.read()), _SORT.read(), _wanted())
    variants = tuple(
        replace(one, url=f"{one.url}?release={of.version}" if one.url else "")
        for one in documents(path, page, partial(_in_rdf, iri), root=iri)
    )
    tag = f"{of.version} {current_version} {path} {request.query_string!r}"
    at = parts().shelf.published_at(of.version)
    return respond(Resource(variants, tag, form, at, licence(), iri, original=path))


def _history(iri: str, form: Format | None) -> Answer:
    """Tell what changed of a thing; what is gone has a history, too."""
    release()
    feed = Feed(parts().shelf.workspace)
    feed.catch_up()
    steps = history(feed, iri)
    if not steps:
        present(iri)
        raise Problem("not-found", f"nothing is known of the history of <{iri}>")
    path, offset, here = terms.path_of(iri) or "/", int(_OFFSET.read()), origin()
    variants = tuple(
        replace(one, url=f"{one.url}?view=history" if one.url else "")
        for one in documents(
            path,
            partial(_history_page, feed, iri, steps, offset),
            lambda form: statements.write(histories.describe(here, steps), form),
            formats.GRAPHS,
        )
    )
    tag = f"history {path} {offset} {here} {len(steps)} {steps[0].event.at} {release().version}"
    return respond(Resource(variants, tag, form, last_modified(), licence(), iri))


def _is_there(iri: str) -> bool:
    """Whether a thing is described now."""
    try:
        return present(iri) == iri
    except Problem:
        return False


def _history_page(feed: Feed, iri: str, steps: Sequence[Step], offset: int) -> str:
    makes, some = pages(), steps[offset : offset + MOST]
    makes.labels.call(former_names(feed, makes, some))
    makes.labels.learn(makes.index, {one.iri for step in some for one in step.changes})
    called = names(makes, steps)
    kept = {v for v in parts().shelf.workspace.versions() if parts().shelf.has_store(v)}
    return render_template(
        "history.html",
        title=called.get(iri) or makes.labels.of(iri),
        path=terms.path_of(iri) or "/",
        is_there=_is_there(iri),
        steps=shown(makes, some, called),
        total=len(steps),
        offset=offset,
        most=MOST,
        kept=kept,
        formats=formats.GRAPHS,
    )


_ALL: Final = Wanted()
"""Every partner, by no group."""


def write_page(iri: str, offset: int = 0, sort: str = "", wanted: Wanted = _ALL) -> str:
    """Write the page of a thing."""
    makes, path = pages(), terms.path_of(iri) or "/"
    common: dict[str, object] = {
        "path": path,
        "formats": formats.GRAPHS,
        "correct": correcting(iri.removeprefix(terms.ID)),
    }
    if not is_city(iri):
        view = _view(iri)
        page = makes.page(
            iri, offset, headings=view.headings, incoming=view.incoming, tables=view.tables
        )
        seen = view.collect(makes, iri, offset)
        if view is _GATHERING:
            member_of = iri.removeprefix(terms.ID)
            common["countries"] = release().view(TABLES).countries_of(member_of)
            common["member_of"] = member_of
        if view is _VIEWS["link"]:
            common["codes"] = _codes(makes, iri)
        return render_template(view.template, page=page, view=seen, **common)
    ref, seen_city = {"city": iri.rpartition("/")[2]}, city(makes, iri, sort)
    ours = makes.index.by_iri([iri]).get(iri)
    return render_template(
        "city.html",
        page=makes.page(iri, headings=_OF_CITIES, incoming=()),
        city=seen_city,
        opening=opening(makes.labels.of(iri).text, seen_city.partners, makes.language),
        panels=panels_shown(seen_city),
        wanted=wanted,
        joined=len(cities_of(seen_city.partners)),
        some=(some := narrowed(seen_city.partners, wanted)),
        groups=by_country(some, makes.language) if wanted.grouped else [("", "", some)],
        choices=choices(makes, seen_city.partners),
        decades=by_decade((one.start, one.state) for one in seen_city.partners),
        dated=sum(bool(one.start) and one.may_hold for one in seen_city.partners),
        described=_described(makes, iri, ours),
        ours=ours,
        sorting=partial(_sorting, sort),
        possible=_possible(makes, iri),
        possible_query=address(possible_partners.QUERY, ref),
        link_of=makes.link,
        country_of=partial(country_name, language=makes.language),
        ref=ref["city"],
        **common,
    )


def _codes(makes: Pages, iri: str) -> list[str]:
    """Return the countries of the cities of a link, by code."""
    cities = makes.index.by_iri(makes.lookup.iris(iri, "cl:party"))
    return sorted({city.country for city in cities.values() if city.country})


@dataclass(frozen=True)
class View:
    """The page of a kind of things: template, collector of its panels, and shared sections.

    `tables` is set where the nodes that it owns stand in tables of their own.
    """

    template: str
    collect: Callable[[Pages, str, int], object]
    headings: tuple[str, ...] = HEADINGS
    incoming: tuple[str, ...] = HEADINGS
    tables: bool = True


@dataclass(frozen=True)
class Concept:
    """What the page of a scheme or a concept shows: lists of what has it, and what is narrower."""

    lists: list[tuple[str, str]]
    tree: tuple[Branch, ...]
    is_scheme: bool

    @classmethod
    def of(cls, makes: Pages, iri: str) -> Concept:
        """Read what the page of a scheme or a concept shows."""
        return cls(lists_of(iri), concepts(makes, iri), not _is_concept(iri))


_GATHERING: Final = View(
    "gathering.html", lambda makes, iri, _: gathering(makes, iri), tables=False
)
_PLAIN: Final = View("thing.html", lambda _makes, _iri, _offset: None)
_OWN: Final = ("about", "heritage", "funding", "related", "source", "identity", "more")
"""Headings of things whose participants are shown in panels."""

_OF_REGIONS: Final = ("about", "place", "source", "identity", "more")
"""Headings on the page of a region: its links, and whom they join, are shown in a panel."""

_VIEWS: Final = {
    "link": View("link_page.html", lambda makes, iri, _: link(makes, iri), _OWN, incoming=()),
    "agreement": View("agreement.html", lambda makes, iri, _: agreement(makes, iri), _OWN),
    "practice": View(
        "practice.html", lambda makes, iri, _: practice(makes, iri), _OWN, incoming=()
    ),
    "region": View(
        "region.html",
        lambda makes, iri, _: in_order(partners(makes, iri)),
        _OF_REGIONS,
        incoming=_OF_REGIONS,
    ),
    "document": View("document.html", document_page, incoming=()),
    "scheme": View("concept.html", lambda makes, iri, _: Concept.of(makes, iri)),
    **dict.fromkeys(
        ("programme", "project", "network", "body", "event", "exchange", "association"), _GATHERING
    ),
}
"""By the kind in the IRI."""

_SCHEME: Final = replace(_VIEWS["scheme"], incoming=())
"""The concepts of a scheme are its tree."""


def _view(iri: str) -> View:
    """Return how the page of a thing, a scheme or a concept looks."""
    if thing := terms.kind_and_ref(iri):
        return _VIEWS.get(thing[0], _PLAIN)
    return _VIEWS["scheme"] if _is_concept(iri) else _SCHEME


def _is_concept(iri: str) -> bool:
    return "/" in iri.removeprefix(terms.SCHEME)


_OF_CITIES: Final = ("about", "place", "identity", "more")
"""Headings on the page of a city; its panels show what would stand under the others."""


def _described(makes: Pages, iri: str, at: Thing | None) -> dict[str, object] | None:
    """Describe a city in schema.org."""
    country = country_name(at.country, makes.language) if at else ""
    items = makes.index.items(at) if at else ()
    return sharing.city(at, makes.labels.of(iri).text, country, items)


def _possible(makes: Pages, iri: str) -> Possible:
    """Return what is proposed to a city, and learn what that is called."""
    found = possible_partners.possible(iri)
    makes.labels.learn(makes.index, {one for row in found.proposals for one in row.things})
    return found


def _sorting(sort: str, column: str) -> tuple[str, str]:
    """Return the link in the head of a column, and its order (WAI-ARIA 1.2, aria-sort)."""
    state = order_of(sort, column)
    asked = {key: value for key, value in request.args.items() if key != "sort"}
    wanted = f"-{column}" if state == "ascending" else column
    return f"?{urlencode(asked | {'sort': wanted})}#partners", state
