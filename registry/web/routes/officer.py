"""For officers of cities: calendars of anniversaries, and a card for the city's own site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Final

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.catalogue import calendar
from registry.catalogue.calendar import Anniversary, Head, Observed
from registry.problems import Problem
from registry.things.age import age
from registry.things.city.mapped import mapped
from registry.things.city.partners import in_order, partners
from registry.things.page import Pages
from registry.things.standing import HOLDING, UNCONFIRMED
from registry.things.wording import day
from registry.views.links import Link
from registry.web import language
from registry.web import possible_partners as possible
from registry.web.age import phrases
from registry.web.context import (
    languages,
    last_modified,
    licence,
    pages,
    present,
    redirect_to,
    release,
)
from registry.web.middleware import POLICY
from registry.web.negotiation import (
    Resource,
    Variant,
    choose,
    fixed_format,
    respond,
    respond_as,
    respond_page,
)
from registry.web.operation import PAGE, REF, Operation, in_path

routes = Blueprint("officer", __name__)

_CARD_POLICY: Final = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""A card is made to be shown in pages of others; it loads no scripts."""

WORDS: Final = (
    *("calendar", "year_only", "since_year", "unconfirmed_since", "sources_disagree"),
    "card_others",
)
"""Phrases of the interface that calendars and cards have."""

_SHOWN: Final = 12
"""Partners that a card names."""


_CITY: Final = in_path("ref", "the reference of a city", REF, "perm-511196")
_CALENDAR: Final = (formats.CALENDAR,)


@routes.get("/calendar.ics")
@Operation(
    "Anniversaries of all links that may hold, and days that are observed",
    "things",
    _CALENDAR,
    speaks=True,
)
def everything() -> Response:
    """Return the anniversaries of all links that may hold, and the days that are observed."""
    return _calendar("")


@routes.get("/calendar/<ref>.ics")
@Operation(
    "Anniversaries of a city, and days that are observed",
    "things",
    _CALENDAR,
    (_CITY,),
    refuses=("not-found", "gone"),
    statuses=(301,),
    speaks=True,
)
def of_city(ref: str) -> Answer:
    """Return the anniversaries of a city."""
    iri, now = _city(ref)
    return _calendar(iri) if now == ref else redirect_to(f"/calendar/{now}.ics", 301)


@routes.get("/card/<ref>")
@Operation(
    "A city's partners on a small page, for a frame",
    "things",
    PAGE,
    (_CITY,),
    refuses=("not-found", "gone"),
    statuses=(301,),
)
def card(ref: str) -> Answer:
    """Show a city's partners on a small page, for a frame in a page of the city's own."""
    iri, now = _city(ref)
    if now != ref:
        return redirect_to(f"/card/{now}", 301)
    response = respond_page(partial(_card, iri), release().version, last_modified())
    response.headers["Content-Security-Policy"] = _CARD_POLICY
    return response


_POSSIBLE: Final = (formats.RESULTS_CSV, formats.JSON)


@routes.get("/possible-partners/<ref>")
@routes.get("/possible-partners/<ref>.<extension>")
@Operation(
    "The cities that could become partners of a city, with the reasons",
    "things",
    _POSSIBLE,
    (_CITY,),
    refuses=("not-found", "gone"),
    statuses=(301, 303),
    speaks=True,
)
def possible_partners(ref: str, extension: str = "") -> Answer:
    """Return the cities that could become partners of a city; people are led to its page."""
    form = fixed_format(_POSSIBLE, extension)
    iri, now = _city(ref)
    path = f"/possible-partners/{now}"
    if now != ref:
        return redirect_to(f"{path}.{extension}" if extension else path, 301)
    if (
        not form
        and choose(request.headers.get("Accept"), (*_POSSIBLE, formats.HTML)) == formats.HTML
    ):
        response = redirect_to(f"/doc/city/{now}#possible", 303)
        response.headers["Vary"] = "Accept"
        return response
    writers = {formats.RESULTS_CSV: possible.to_csv, formats.JSON: possible.to_json}
    variants = tuple(
        Variant(form, f"{path}.{form.extension}", partial(write, iri))
        for form, write in writers.items()
    )
    tag = f"{release().version} {path} {languages().wanted}"
    at = last_modified()
    return respond(Resource(variants, tag, form, at, licence(), iri, lasting=True, speaks=True))


def _city(ref: str) -> tuple[str, str]:
    """Return the IRI and the reference of a city, as they are now.

    Raises
    ------
    Problem
        `not-found` where there is none, `gone` where it was withdrawn.

    """
    if not terms.REF.fullmatch(ref):
        raise Problem("not-found", f"there is no city {ref}")
    iri = present(terms.thing("city", ref))
    return iri, (terms.kind_and_ref(iri) or ("", ref))[1]


def _card(iri: str) -> str:
    makes = pages()
    linked = in_order(partners(makes, iri))
    named = linked[:_SHOWN]
    unconfirmed = makes.labels.of(f"{terms.SCHEME}status/{UNCONFIRMED}").text
    groups = (
        ("", [one for one in named if one.holds]),
        (unconfirmed, [one for one in named if one.state == UNCONFIRMED]),
        (language.word("card_others", makes.language), [one for one in named if not one.may_hold]),
    )
    sources = {value.iri: value for one in named for value in one.age.sources}
    return render_template(
        "card.html",
        sources=list(sources.values()),
        numbers={iri: number for number, iri in enumerate(sources, 1)},
        thing=makes.link(iri),
        map=mapped(makes, iri, linked),
        linked=linked,
        groups=[group for group in groups if group[1]],
        more=max(0, len(linked) - _SHOWN),
        total=sum(partner.may_hold for partner in linked),
    )


def _calendar(iri: str) -> Response:
    """Answer with the calendar of a city, or (empty) of all."""
    tag, write = f"{release().version} {languages().wanted}", partial(_write_calendar, iri)
    about = {"modified": last_modified(), "lasting": True, "speaks": True}
    return respond_as(formats.CALENDAR, write, tag, **about)


def _write_calendar(iri: str) -> Iterator[str]:
    makes = pages()
    called = language.word("calendar", makes.language)
    name = f"{makes.labels.of(iri).text}: {called}" if iri else called
    as_of = datetime.fromisoformat(release().manifest.as_of).replace(tzinfo=UTC)
    entries = _of_city(makes, iri) if iri else _of_all(makes)
    return calendar.write(Head(name, iri or terms.BASE, as_of), chain(entries, _observances(makes)))


def _of_city(makes: Pages, iri: str) -> Iterator[Anniversary]:
    """Yield the links of a city that may hold and began at a known time."""
    me = makes.labels.of(iri).text
    for link, _ in makes.links.of_city(iri):
        others = sorted(makes.labels.of(city).text for city in link.parties if city != iri)
        yield from _entries(makes, link, f"{me} – {', '.join(others)}")


def _of_all(makes: Pages) -> Iterator[Anniversary]:
    """Yield all links that may hold and began at a known time."""
    for link in makes.links.all():
        yield from _entries(makes, link, "")


def _entries(makes: Pages, link: Link, cities: str) -> Iterator[Anniversary]:
    """Yield the anniversary of a link: its title, who says so and when; none where it is over."""
    word = partial(language.word, language=makes.language)
    state = link.status.rpartition("/")[2]
    if not link.start or state not in {*HOLDING, UNCONFIRMED}:
        return
    told = f"{word('since_year')} {link.start[:4]}"
    if state == UNCONFIRMED:
        when = day(link.last_confirmed, makes.language)
        told += f"; {word('unconfirmed_since').format(day=when)}"
    kind, cities = makes.labels.of(link.kind).text, cities or makes.labels.of(link.iri).text
    said = [makes.labels.of(link.status).text, *phrases(age(makes, link), makes.language)]
    said += [word("sources_disagree")] if link.contested else []
    notes = ["; ".join(said), *([word("year_only")] if len(link.start) == 4 else [])]
    yield Anniversary(link.iri, f"{kind}: {cities} ({told})", link.start, "\n".join(notes))


def _observances(makes: Pages) -> Iterable[Observed]:
    """Yield the days that are observed all over the world."""
    for iri in makes.lookup.subjects("rdf:type", terms.prefixed("cl:Observance")):
        schedule = makes.lookup.described(makes.lookup.iri(iri, "schema:eventSchedule"))
        month, weekday = schedule.text("schema:byMonth"), schedule.text("schema:byDay")
        first = schedule.text("schema:startDate")[:4]
        if month and weekday and first:
            title = makes.labels.of(iri).text
            yield Observed(iri, title, int(first), int(month), weekday)
