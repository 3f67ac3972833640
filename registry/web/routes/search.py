"""Search: things by their names in all languages, as a page and JSON; and as they are typed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from registry import formats, terms
from registry.formats import Format
from registry.places.countries import code_of
from registry.problems import Problem
from registry.search.finding import MOST, Found, Result, Wanted, find
from registry.things.labels import Words
from registry.things.wording import country_name
from registry.views.names import KINDS, NAMES
from registry.web import language
from registry.web.context import languages, modified, pages, release
from registry.web.negotiation import Resource, Variant, as_sent, respond

routes = Blueprint("search", __name__)

FRAGMENT: Final = Format(
    "fragment", "text/html", "html", "piece of a page", ("text/fragment+html",), True
)
"""Suggestions for a page that is there already."""

_SUGGESTED: Final = 8
"""Suggestions under a field."""

_NUMBER: Final = re.compile(r"[0-9]{1,6}")

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
}
"""The class whose label names a kind of things."""


@routes.get("/search")
def search() -> Response:
    """Answer with what is found, as a page or JSON."""
    return _answered({formats.HTML: _page, formats.JSON: _json}, Wanted.limit)


@routes.get("/suggest")
def suggest() -> Response:
    """Complete what is typed, as JSON or a piece of a page."""
    return _answered({formats.JSON: _json, FRAGMENT: _fragment}, _SUGGESTED)


def _answered(writers: Mapping[Format, Callable[[Wanted, Found], str]], limit: int) -> Response:
    wanted = _wanted(request.args, limit)
    index = release().view(NAMES)

    def write(writer: Callable[[Wanted, Found], str]) -> str:
        return writer(wanted, find(index, wanted))

    variants = tuple(Variant(form, _url(), partial(write, w)) for form, w in writers.items())
    # Labels are in the reader's languages, and links keep the one that was asked for.
    tag = f"{release().version} {wanted} {languages().wanted} {language.chosen(request)}"
    resource = Resource(variants, tag, None, modified(), lasting=True, speaks=True)
    return respond(resource)


def _url() -> str:
    return f"{request.path}?{as_sent(request.query_string)}"


def _wanted(asked: Mapping[str, str], limit: int) -> Wanted:
    """Read what is looked for; `bad-parameter` where a value cannot be what it should be."""
    kind, country = asked.get("kind", ""), asked.get("country", "").strip()
    if kind and kind not in KINDS:
        raise Problem("bad-parameter", f"kind is not one of {', '.join(KINDS)}", allowed=[*KINDS])
    code = code_of(country) if country else ""
    if country and not code:
        raise Problem("bad-parameter", "country is not the code or name of a country")
    number = _number(asked, "limit", limit)
    if not 1 <= number <= MOST:
        raise Problem("bad-parameter", f"limit is not from 1 to {MOST}", limit=MOST)
    kinds = (kind,) if kind else ()
    return Wanted(asked.get("q", ""), kinds, code, number, _number(asked, "offset", 0))


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, "")
    if text and not _NUMBER.fullmatch(text):
        raise Problem("bad-parameter", f"{name} is not a whole number")
    return int(text or default)


def _json(wanted: Wanted, found: Found) -> str:
    """Write results as INTERFACES fixes them: label in the reader's language, name that matched."""
    told = {
        "query": wanted.typed,
        "total": found.total,
        "corrected": found.corrected,
        "results": [_result(result) for result in found.results],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _result(result: Result) -> dict[str, Any]:
    thing, name = result.suggestion
    label = pages().labels.of(thing.iri)
    return {
        "iri": thing.iri,
        "kind": thing.kind,
        "label": label.text,
        "lang": label.lang,
        "country": thing.country,
        "matched": name,
        "score": result.score,
    }


def _fragment(wanted: Wanted, found: Found) -> str:
    return render_template("suggestions.html", results=_shown(found), typed=wanted.typed)


def _page(wanted: Wanted, found: Found) -> str:
    following = wanted.offset + wanted.limit
    return render_template(
        "search.html",
        wanted=wanted,
        found=found,
        results=_shown(found),
        with_offset=_further,
        following=following if following < found.total else 0,
    )


def _further(offset: int) -> str:
    """Give the address of the results from another one on."""
    asked = {key: value for key, value in request.args.items() if key != "offset"}
    return f"{request.path}?{urlencode(asked | {'offset': offset})}"


def _shown(found: Found) -> list[tuple[Any, Words, str, str]]:
    """Give what is shown of each result: the link to it, its kind, its country, and the name."""
    makes, interface = pages(), languages().interface
    return [
        (
            makes.link(thing.iri),
            _kind(thing.kind),
            country_name(thing.country, interface),
            "" if name == makes.labels.of(thing.iri).text else name,
        )
        for thing, name in (result.suggestion for result in found.results)
    ]


def _kind(kind: str) -> Words:
    return pages().labels.of(terms.prefixed(_CLASSES[kind]))
