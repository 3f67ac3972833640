"""Search for things by their names in all languages; suggestions while a name is typed."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, Final
from unicodedata import category

from flask import Blueprint, Response, render_template, request

from registry import formats, terms
from registry.formats import Format
from registry.places.countries import code_of
from registry.places.names import fold
from registry.problems import Problem
from registry.search.finding import MOST, Found, Wanted
from registry.search.understanding import LINK, Searcher, Understood
from registry.things.labels import Words
from registry.things.wording import country_name
from registry.views.links import LINKS
from registry.views.names import INDEXED, NAMES, Thing
from registry.web import language, manual
from registry.web.context import languages, last_modified, pages, parts, release
from registry.web.manual import Hit
from registry.web.negotiation import Resource, Variant, respond, with_others, with_parameters
from registry.web.operation import LISTING, Operation, Parameter, whole

_LOG = logging.getLogger("citylinks")

routes = Blueprint("search", __name__)

FRAGMENT: Final = Format(
    "fragment", "text/html", "html", "piece of a page", ("text/fragment+html",), True
)
"""Suggestions for a page that is there already."""

_SUGGESTED: Final = 8
"""Suggestions under a field."""

_MOST_COUNTRIES: Final = 8
"""Countries by which a page offers to narrow its results."""

_MOST_CHAPTERS: Final = 5
"""Sections of the documentation on a page of results; `/docs` has all."""

_SHORTEST: Final = 3
_LONGEST: Final = 200
"""Characters of what is searched in the documentation."""

PASSED_OVER: Final = "search_words"
"""The phrase of the interface that lists words which say what is wanted of a name."""

_TYPED: Final = Parameter("q", "what was typed", empty=True)
_KINDS: Final = Parameter(
    "kind", "the kind of things; without it, all", {"enum": ["", *INDEXED, LINK]}, empty=True
)
_COUNTRY: Final = Parameter("country", "the country of cities, by code or name", empty=True)
_LIMIT: Final = Parameter("limit", f"how many at most, up to {MOST}", whole(1, MOST), empty=True)
_OFFSET: Final = Parameter("offset", "how many are passed over", whole(0, 999_999, 0), empty=True)
_FILL: Final = Parameter(
    "fill",
    "in a piece of a page, `field` for names that fill a field in, and lead nowhere",
    {"enum": ["", "field"]},
    empty=True,
)
_ASKED: Final = (_TYPED, _KINDS, _COUNTRY, _LIMIT, _OFFSET)

_CLASSES: Final = {
    "city": "cl:City",
    "practice": "cl:Practice",
    "programme": "cl:Programme",
    "network": "cl:Network",
    "project": "cl:Project",
    "body": "cl:PermanentBody",
    "association": "cl:CivicAssociation",
    "organisation": "org:FormalOrganization",
    "agreement": "cl:Agreement",
    "event": "cl:Event",
    "exchange": "cl:Exchange",
    "region": "cl:Region",
    "heritage-asset": "cl:HeritageAsset",
    "community": "cl:BearerCommunity",
    "call": "cl:Call",
    "authority": "cl:LocalAuthority",
    "document": "cl:SourceDocument",
    "link": "cl:CityLink",
}
"""The class whose label names a kind of things."""


@routes.get("/search")
@Operation(
    "Find things by their names, in any language and script",
    "things",
    LISTING,
    _ASKED,
    schema="found",
)
def search() -> Response:
    """Answer with the results, as a page or JSON."""
    return _respond({formats.HTML: _page, formats.JSON: _json}, Wanted.limit)


@routes.get("/suggest")
@Operation(
    "Complete a name that is being typed, as JSON or a piece of a page",
    "things",
    (formats.JSON, FRAGMENT),
    (*_ASKED, _FILL),
    schema="found",
)
def suggest() -> Response:
    """Complete a name, as JSON or a piece of a page."""
    fragment = partial(_fragment, fills=bool(_FILL.read()))
    return _respond({formats.JSON: _json, FRAGMENT: fragment}, _SUGGESTED)


@routes.get("/completions")
@Operation(
    "Complete a name in the search field of a browser (OpenSearch Suggestions 1.1)",
    "things",
    (formats.COMPLETIONS,),
    (_TYPED,),
    speaks=True,
)
def completions() -> Response:
    """Complete a name for a browser."""
    return _respond({formats.COMPLETIONS: _completions}, _SUGGESTED)


def _completions(wanted: Wanted, understood: Understood) -> str:
    """Write what was typed, and what it may become."""
    results = understood.found.results
    labels = (pages().labels.of(one.suggestion.thing.iri).text for one in results)
    return json.dumps([wanted.typed, list(dict.fromkeys(labels))], ensure_ascii=False) + "\n"


def _respond(writers: Mapping[Format, Callable[[Wanted, Understood], str]], limit: int) -> Response:
    wanted = _wanted(limit)

    def write(writer: Callable[[Wanted, Understood], str]) -> str:
        return writer(wanted, searcher().search(wanted))

    url = with_parameters(request.path)
    variants = tuple(Variant(form, url, partial(write, w)) for form, w in writers.items())
    # Labels are in the reader's languages, and links keep the one that was asked for.
    tag = (
        f"{release().version} {wanted} {languages().wanted} {language.language_parameter(request)} "
        f"{request.args.get(_FILL.name, '')}"
    )
    resource = Resource(variants, tag, None, last_modified(), lasting=True, speaks=True)
    return respond(resource)


def searcher() -> Searcher:
    """Return what searches the release of this request."""
    found = release()
    return Searcher(found.view(NAMES), found.view(LINKS), _located, passed_over())


def _located(text: str) -> list[Thing]:
    """Return the places that a name with a qualifier certainly means."""
    try:
        return parts().matchers.matcher(release()).certain(text)
    except OSError as error:  # The index of the gazetteer is not there and cannot be made.
        _LOG.warning("places are searched by their names alone: %s", error)
        return []


@cache
def passed_over() -> frozenset[str]:
    """Return the words, in all languages, that say what is wanted of a name."""
    return frozenset(
        fold(" ".join(language.word(PASSED_OVER, one) for one in terms.LANGUAGES)).split()
    )


def _wanted(limit: int) -> Wanted:
    """Read the parameters; `bad-parameter` where a value does not fit."""
    kind, country = _KINDS.read(), _COUNTRY.read().strip()
    code = code_of(country) if country else ""
    if country and not code:
        raise Problem("bad-parameter", "country is not the code or name of a country")
    number = int(_LIMIT.read() or limit)
    # A character that controls something is no letter of a name, and no HTML may hold a NUL.
    typed = "".join(" " if category(one) == "Cc" else one for one in _TYPED.read())
    return Wanted(typed, (kind,) if kind else (), code, number, int(_OFFSET.read()))


def _json(wanted: Wanted, understood: Understood) -> str:
    """Write results as JSON: each with its label for the reader, and the name that matched."""
    found = understood.found
    body: dict[str, Any] = {
        "query": wanted.typed,
        "read": understood.read,
        "named": understood.country,
        "total": found.total,
        "corrected": found.corrected,
        "kinds": dict(_kinds(wanted, found)),
        "countries": dict(_countries(wanted, found)),
        "results": _results(found),
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _kinds(wanted: Wanted, found: Found) -> list[tuple[str, int]]:
    """Count what fits by its kind, in the country that is wanted, the most first."""
    numbers = found.numbers.items()
    return _summed((kind, n) for (kind, country), n in numbers if wanted.takes_country(country))


def _countries(wanted: Wanted, found: Found) -> list[tuple[str, int]]:
    """Count what fits by its country, of the kinds that are wanted, the most first."""
    numbers = found.numbers.items()
    return _summed((at, n) for (kind, at), n in numbers if at and wanted.takes_kind(kind))


def _summed(numbers: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    summed = Counter[str]()
    for name, number in numbers:
        summed[name] += number
    return summed.most_common()


def _results(found: Found) -> list[dict[str, Any]]:
    labels, regions = pages().labels, _regions(found)
    return [
        {
            "iri": thing.iri,
            "kind": thing.kind,
            "label": labels.of(thing.iri).text,
            "lang": labels.of(thing.iri).lang,
            "region": regions.get(thing.iri, ""),
            "country": thing.country,
            "matched": name,
            "score": result.score,
        }
        for result in found.results
        for thing, name in (result.suggestion,)
    ]


def _regions(found: Found) -> dict[str, str]:
    """Return the state or province of each city that has namesakes in its country."""
    labels = pages().labels
    called: dict[tuple[str, str], list[Thing]] = {}
    for thing, _ in (result.suggestion for result in found.results):
        if thing.kind == "city":
            called.setdefault((labels.of(thing.iri).text, thing.country), []).append(thing)
    alike = [thing for things in called.values() if len(things) > 1 for thing in things]
    if not alike:
        return {}
    try:
        matcher = parts().matchers.matcher(release())
    except OSError as error:  # As in `_located`.
        _LOG.warning("namesakes are not told apart: %s", error)
        return {}
    return {thing.iri: matcher.division_of(thing) for thing in alike}


def _fragment(wanted: Wanted, understood: Understood, fills: bool) -> str:
    """Write suggestions grouped by kind, the kind of the best one first.

    What fills a field in is told from others that read the same by its reference.
    """
    groups: dict[str, list[Any]] = {}
    rows = _rows(understood.found)
    read = Counter((link.words.text, country) for link, _, country, _ in rows)
    for row, result in zip(rows, understood.found.results, strict=True):
        (link, _, country, _), thing = row, result.suggestion.thing
        twice = fills and read[link.words.text, country] > 1
        filled = ", ".join(filter(None, (link.words.text, country)))
        value = f"{filled} ({thing.ref if thing.kind == 'city' else thing.id})" if twice else filled
        groups.setdefault(thing.kind, []).append((*row, value, thing.ref if twice else ""))
    return render_template("suggestions.html", groups=groups, typed=wanted.typed, fills=fills)


def _page(wanted: Wanted, understood: Understood) -> str:
    found = understood.found
    following = wanted.offset + wanted.limit
    return render_template(
        "search.html",
        wanted=wanted,
        found=found,
        read=understood.read,
        named=understood.country,
        country_name=partial(country_name, language=languages().interface),
        results=_rows(found),
        kinds=_kinds(wanted, found),
        kind_words=lambda kind: pages().labels.of(terms.prefixed(_CLASSES[kind])),
        countries=_countries(wanted, found)[:_MOST_COUNTRIES],
        with_others=with_others,
        following=following if following < found.total else 0,
        chapters=_chapters(wanted),
        most_chapters=_MOST_CHAPTERS,
    )


def _chapters(wanted: Wanted) -> tuple[Hit, ...]:
    """Find sections of the documentation, where all is asked for, on the first page."""
    if wanted.kinds or wanted.country or wanted.offset or len(wanted.typed) < _SHORTEST:
        return ()
    return manual.found(wanted.typed[:_LONGEST])


def _rows(found: Found) -> list[tuple[Any, Words, str, str]]:
    """Return of each result the link to it, its kind, where it is, and the name that matched."""
    makes, interface, regions = pages(), languages().interface, _regions(found)
    return [
        (
            makes.link(thing.iri),
            makes.labels.of(terms.prefixed(_CLASSES[thing.kind])),
            ", ".join(
                filter(None, (regions.get(thing.iri), country_name(thing.country, interface)))
            ),
            "" if name == makes.labels.of(thing.iri).text else name,
        )
        for thing, name in (result.suggestion for result in found.results)
    ]
