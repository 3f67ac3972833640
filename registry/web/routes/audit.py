"""What is not decided: places that sources name and no import could identify, by country."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Self

from flask import Blueprint, Response, render_template

from registry import csv_rows, formats, terms
from registry.formats import Format
from registry.places.countries import code_of
from registry.problems import Problem
from registry.sources.audit import (
    NOWHERE,
    Audit,
    Cause,
    Choice,
    CountryCount,
    ListedCandidate,
    OpenPlace,
)
from registry.sources.decisions import ON_PLACES
from registry.things.labels import Words
from registry.things.page import Pages, Value
from registry.things.wording import country_name
from registry.views.names import NAMES, Thing
from registry.web import language
from registry.web.context import languages, pages, parts, release
from registry.web.negotiation import (
    Resource,
    Variant,
    Written,
    fixed_format,
    respond,
    with_others,
    with_parameters,
)
from registry.web.operation import Operation, Parameter, whole
from registry.web.told import told

routes = Blueprint("audit", __name__)

FORMATS: Final = (formats.HTML, formats.RESULTS_CSV, formats.JSON)

_MOST: Final = 10_000
_PAGE: Final = 50
"""Places of a page; in all other formats the list is whole where no limit is asked for."""

WORDS: Final = ("not_stated",)
"""Phrases of the interface that this module uses beside its template."""

_CAUSES: Final = [cause.value for cause in Cause]
_COUNTRY: Final = Parameter(
    "country", f"the country that is stated, by code or name; {NOWHERE} = none is", empty=True
)
_SOURCE: Final = Parameter("source", "the graph of the source, by name", empty=True)
_CAUSE: Final = Parameter("cause", "why it is open", {"enum": ["", *_CAUSES]}, empty=True)
_SORT: Final = Parameter(
    "sort",
    "what countries are ordered by: name, places or those of a cause; else by rows",
    {"enum": ["", "country", "places", *_CAUSES]},
    empty=True,
)
_LIMIT: Final = Parameter("limit", f"places at most, up to {_MOST}", whole(1, _MOST), empty=True)
_OFFSET: Final = Parameter("offset", "how many are passed over", whole(0, 999_999, 0), empty=True)


@routes.get("/audit")
@routes.get("/audit.<extension>")
@Operation(
    "Places that sources name and that are not identified, the most frequent first, by country",
    "things",
    FORMATS,
    (_COUNTRY, _SOURCE, _CAUSE, _SORT, _LIMIT, _OFFSET),
    schema="audit",
)
def audit(extension: str = "") -> Response:
    """List the places that are open, as a page, as a table to be filled in, or as JSON."""
    form = fixed_format(FORMATS, extension)
    of_release, found = release().version, parts().reports.current()
    asked = _Asked(_choice(found), _SORT.read(), int(_OFFSET.read()), int(_LIMIT.read() or 0))

    def write(form: Format) -> Written:
        return _WRITERS[form](found, asked)

    variants = tuple(Variant(one, _url(one), partial(write, one)) for one in FORMATS)
    # Reports change without a release, so there is neither a time of change nor a lasting answer.
    response = respond(Resource(variants, f"{of_release} {found.digest} {asked}", form))
    most = asked.limit or (_PAGE if response.mimetype == formats.HTML.media_type else 0)
    if following := asked.following(found, most):
        response.headers.add("Link", f'<{following}>; rel="next"')
    return response


@dataclass(frozen=True)
class _Asked:
    """What a request asks for; a limit of 0 is none."""

    choice: Choice
    sort: str
    offset: int
    limit: int

    def places(self, found: Audit, most: int) -> list[OpenPlace]:
        """Return the places of this part of the list."""
        chosen = found.chosen(self.choice)[self.offset :]
        return chosen[:most] if most else chosen

    def following(self, found: Audit, most: int) -> str:
        """Return the address of the places after so many; empty where there are none."""
        after = self.offset + most
        there_are_more = most and after < len(found.chosen(self.choice))
        return _address(offset=str(after)) if there_are_more else ""


def _choice(found: Audit) -> Choice:
    """Read which places are wanted; `bad-parameter` where a value cannot be one."""
    country, source = _COUNTRY.read().strip(), _SOURCE.read()
    code = NOWHERE if country == NOWHERE else code_of(country)
    if country and not code:
        raise Problem("bad-parameter", "country is not the code or name of a country")
    if source and source not in found.sources:
        wanted = f"one of {', '.join(found.sources)}" if found.sources else "there: none is open"
        raise Problem("bad-parameter", f"source is not {wanted}", allowed=found.sources)
    return Choice(code, source, _CAUSE.read())


def _url(form: Format) -> str:
    return with_parameters(f"/audit.{form.extension}")


def _address(**changed: str) -> str:
    """Return the address of this list with other parameters; those that are empty go."""
    return with_others(**({"offset": ""} | changed))


def _csv(found: Audit, asked: _Asked) -> str:
    """Write lines of the reports as they are, to be filled in and given to the next import."""
    text, places = io.StringIO(), asked.places(found, asked.limit)
    table = csv_rows.Writer(text)
    table.writerow(found.columns)
    table.writerows([one.cells.get(column, "") for column in found.columns] for one in places)
    return text.getvalue()


def _json(found: Audit, asked: _Asked) -> str:
    """Write counts by country, and places with their candidates, as data."""
    body = {
        "total": len(found.chosen(asked.choice)),
        "countries": [
            {"country": one.country, "places": one.places, "rows": one.rows, "causes": one.causes}
            for one in _countries(found, asked, str)
        ],
        "results": [_result(place) for place in asked.places(found, asked.limit)],
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _result(place: OpenPlace) -> dict[str, Any]:
    return {
        "source": place.source,
        "name": place.name,
        "wikidata": place.item,
        "country": place.country,
        "cause": place.cause.value,
        "reason": place.reason,
        "rows": place.rows,
        "candidates": [
            {
                "name": one.name,
                "country": one.country,
                "geonames": one.geonames or None,
                "iri": city and city.iri,
                "against": one.against,
            }
            for one in place.candidates
            for city in (_city(one),)
        ],
    }


def _city(candidate: ListedCandidate) -> Thing | None:
    """Return the city that a candidate is in this release; None where it is none."""
    index, number = release().view(NAMES), candidate.geonames
    return index.by_geonames(number) if number else index.thing("city", candidate.ref)


def _countries(found: Audit, asked: _Asked, named: Callable[[str], str]) -> list[CountryCount]:
    """Count what is wanted by country, in the order that is asked for."""
    sort, counts = asked.sort, found.by_country(replace(asked.choice, country=""))
    if sort == "country":
        return sorted(counts, key=lambda one: (not one.country, named(one.country).casefold()))
    if sort == "places":
        return sorted(counts, key=lambda one: -one.places)
    return sorted(counts, key=lambda one: -one.causes[sort]) if sort else counts


def _country_name(code: str) -> str:
    """Word a country; one that is not stated is worded, too."""
    stated = code not in {"", NOWHERE}
    return country_name(code, languages().interface) if stated else _word("not_stated")


def _word(key: str) -> str:
    return language.word(key, languages().interface)


@dataclass(frozen=True)
class _Row:
    """A place as the page shows it; what `reason` and `candidates` name leads to its page.

    Each candidate is followed by what tells it from its namesakes: its country and number, and
    what contradicts it.
    """

    place: OpenPlace
    source: Value
    language: str
    reason: Sequence[Value]
    candidates: Sequence[tuple[Value, str, Words]]

    @classmethod
    def of(cls, makes: Pages, place: OpenPlace) -> Self:
        """Word a place for a reader."""
        candidates = [_candidate(makes, one) for one in place.candidates]
        why = told(place.reason, makes.language)
        reason = [_part(makes, part) for part in _ITEM.split(why.text) if part]
        return cls(place, _source(makes, place.source), why.lang, reason, candidates)


_ITEM: Final = re.compile(r"\b(Q[1-9][0-9]*)\b")
"""An item of Wikidata in a text."""


def _page(found: Audit, asked: _Asked) -> str:
    """Show places, one page of them, under the counts by country."""
    makes, choice, most = pages(), asked.choice, asked.limit or _PAGE
    counts = _countries(found, asked, _country_name)
    before = max(0, asked.offset - most)
    return render_template(
        "audit.html",
        total=len(found.chosen(choice)),
        causes=_CAUSES,
        decisions=ON_PLACES,
        counts=counts,
        counted=[cause for cause in _CAUSES if any(one.causes[cause] for one in counts)],
        named=_country_name,
        sort=asked.sort,
        address=_address,
        nowhere=NOWHERE,
        facets=_facets(found, choice),
        chosen=choice,
        is_narrowed=choice != Choice(),
        worded=_worded,
        rows=[_Row.of(makes, one) for one in asked.places(found, most)],
        before=_address(offset=str(before or "")) if asked.offset else "",
        following=asked.following(found, most),
        downloads=[(form, _url(form)) for form in FORMATS[1:]],
    )


_WRITERS: Final = {formats.HTML: _page, formats.RESULTS_CSV: _csv, formats.JSON: _json}


def _facets(found: Audit, choice: Choice) -> dict[str, list[tuple[str, str, int]]]:
    """Return the values of each filter, worded, counted among what fits the other filters."""
    values: dict[str, Callable[[OpenPlace], str]] = {
        "country": lambda one: one.country or NOWHERE,
        "source": lambda one: one.source,
        "cause": lambda one: one.cause.value,
    }
    facets = {}
    for name, value in values.items():
        counts = Counter(map(value, found.chosen(replace(choice, **{name: ""}))))
        facets[name] = sorted((_worded(name, one), one, count) for one, count in counts.items())
    return facets


def _worded(name: str, value: str) -> str:
    """Word the value of a filter."""
    if name == "source":
        return _source(pages(), value).words.text
    return _country_name(value) if name == "country" else _word(f"cause_{value}")


def _source(makes: Pages, graph: str) -> Value:
    """Word a source; it leads to its document where the release has one."""
    iri = terms.thing("document", graph)
    known = terms.REF.fullmatch(graph) and makes.lookup.iris(iri, "rdf:type")
    return makes.link(iri) if known else Value(Words(graph))


_EACH: Final = re.compile(r", (?=it is |Q[1-9])")
"""What stands between two reasons against a place."""


def _candidate(makes: Pages, one: ListedCandidate) -> tuple[Value, str, Words]:
    """Word a candidate; it leads to its page where it is a city here, else to GeoNames."""
    city = _city(one)
    mark = f"{one.country or (city.country if city else '')} {one.geonames or ''}".strip()
    against = told(_EACH.sub("; ", one.against), makes.language)
    if city:
        return makes.link(city.iri), mark, against
    href = f"https://www.geonames.org/{one.geonames}" if one.geonames else ""
    return Value(Words(one.name), href), mark, against


def _part(makes: Pages, text: str) -> Value:
    """Word a part of a reason; an item leads to its city here, else to Wikidata."""
    if not _ITEM.fullmatch(text):
        return Value(Words(text))
    city = makes.index.by_wikidata(text)
    path = terms.path_of(city.iri) if city else None
    return Value(Words(text), path or f"https://www.wikidata.org/wiki/{text}")
