"""What maps to explore load: countries and their ties, cities and links, and names as needed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.formats import Format
from registry.lists import filters, overview_map
from registry.lists.atlas import ATLAS, PER_DEGREE
from registry.lists.choosing import CHOOSER
from registry.lists.tables import TABLES, ListRow, concept
from registry.problems import Problem
from registry.releases.reading import Release
from registry.things.labels import Labels
from registry.things.lookup import Lookup
from registry.things.standing import HOLDING
from registry.things.wording import country_name
from registry.views.names import NAMES
from registry.web.context import kept_manifest, languages, parts, redirect_to
from registry.web.language import phrases
from registry.web.negotiation import Resource, Variant, respond
from registry.web.operation import JSON, VERSION, Operation, Parameter
from registry.web.routes.lists import FILTERS, MAPPED

routes = Blueprint("maps", __name__)

WORDS: Final = (
    *("map_region", "map_keys", "map_ctrl", "map_cmd", "map_fingers", "map_zoom_in"),
    *("map_zoom_out", "map_whole", "map_more", "map_open", "map_strongest"),
    *("map_unplaced", "map_unsure", "map_cities"),
    *("link_count", "since_year"),
)
"""Phrases of the interface that a map shows."""

_MOST_NAMES: Final = 100
"""Cities that are named in one answer."""

_LIST: Final = Parameter(
    "list", "the list that is shown", {"type": "string", "enum": [*MAPPED], "default": MAPPED[0]}
)
_LISTED: Final = re.compile(r"(?:[0-9]{1,7}(?:,[0-9]{1,7})*)?", re.ASCII)
_OF: Final = Parameter(
    "of",
    f"the numbers of up to {_MOST_NAMES} cities, with commas between",
    {"type": "string", "pattern": f"^{_LISTED.pattern}$"},
    "0,1",
)
_FILTERED: Final = (VERSION, _LIST, *FILTERS)
_REFUSES: Final = ("not-found", "bad-parameter")


@routes.get("/map/<version>/overview.json")
@Operation(
    "A list by country on a map: how many links and cities, and the ties of each two countries",
    "things",
    JSON,
    _FILTERED,
    refuses=_REFUSES,
    statuses=(302,),
    speaks=True,
)
def overview(version: str) -> Answer:
    """Return how countries are linked by the rows of a list, with the words of the map."""
    return _answer(version, formats.JSON, _overview, speaks=True)


@routes.get("/map/<version>/overview.svg")
@Operation(
    "The same as a drawing: the strongest ties, or each link where they are few",
    "things",
    (formats.SVG,),
    _FILTERED,
    refuses=_REFUSES,
    statuses=(302,),
)
def drawing(version: str) -> Answer:
    """Return the drawing that pages show without scripts."""
    return _answer(version, formats.SVG, _drawing)


@routes.get("/map/<version>/atlas.json")
@Operation(
    "The cities and links of a list as columns of numbers, for a map",
    "things",
    JSON,
    _FILTERED,
    refuses=_REFUSES,
    statuses=(302,),
)
def atlas(version: str) -> Answer:
    """Return where the cities and links of a list are."""
    return _answer(version, formats.JSON, _atlas, immutable=True)


@routes.get("/map/<version>/names.json")
@Operation(
    "The references and names of cities by their number on a map",
    "things",
    JSON,
    (VERSION, _OF),
    refuses=_REFUSES,
    statuses=(302,),
    speaks=True,
)
def names(version: str) -> Answer:
    """Return what cities are called in the reader's language, in the order of their numbers."""
    return _answer(version, formats.JSON, _names, speaks=True)


def _answer(version: str, form: Format, write: Callable[[Release], str], **about: Any) -> Answer:
    """Answer with what is written of a kept release; `about` are fields of the `Resource`."""
    kept = parts().shelf.named(kept_manifest(version).version)
    path = f"/map/{kept.version}/{request.path.rpartition('/')[2]}"
    if version != kept.version:
        # What does not fit is refused here, and repeated in no address.
        if write is _names:
            _numbers(kept)
        else:
            _rows(kept)
        asked = {name: value for name, value in request.args.items() if name != "lang"}
        return redirect_to(f"{path}?{urlencode(asked)}" if asked else path, 302)
    reader = languages().wanted if about.get("speaks") else ""
    tag = f"{kept.version} {sorted(request.args.items())} {reader}"
    variants = (Variant(form, "", partial(write, kept)),)
    response = respond(Resource(variants, tag, form, **about))
    response.headers["Citylinks-Release"] = kept.version
    return response


def _rows(kept: Release) -> tuple[str, tuple[ListRow, ...]]:
    """Return the list that is asked for, and its rows that fit."""
    name, asked = _LIST.read(), filters.read(request.args, kept.view(NAMES))
    return name, kept.view(CHOOSER).fitting(name, asked)


def _overview(kept: Release) -> str:
    (name, rows), places = _rows(kept), kept.view(ATLAS)
    seen, interface = places.overview(name, rows), languages().interface
    shown = [one for one in seen.countries if one.code in places.anchors]
    at = {one.code: number for number, one in enumerate(shown)}
    flows = (flow for flow in seen.flows if flow.one in at and flow.other in at)
    return _written(
        {
            **{"list": name, "rows": seen.rows, "cities": seen.cities, "unplaced": seen.unplaced},
            "countries": [
                (one.code, country_name(one.code, interface), *_anchor(kept, one.code), *one[1:])
                for one in shown
            ],
            "flows": [(at[f.one], at[f.other], f.links, f.unsure) for f in flows],
            "words": phrases(WORDS, interface),
            **_labels(kept),
            **_addresses(kept, name),
        }
    )


def _anchor(kept: Release, code: str) -> tuple[float, float]:
    at = kept.view(ATLAS).anchors[code]
    return round(at.longitude, 2), round(at.latitude, 2)


def _labels(kept: Release) -> dict[str, Any]:
    """Return what kinds and statuses of links are called, and which status means that it holds."""
    labels, tables = Labels(Lookup(kept.store), languages().wanted), kept.view(TABLES)
    named = {
        facet: {
            one: labels.of(concept("links", facet, one)).text
            for one in tables.concepts("links", facet)
        }
        for facet in ("kind", "status")
    }
    return {**named, "holding": sorted(HOLDING)}


def _addresses(kept: Release, name: str) -> dict[str, Any]:
    """Return where the map finds more."""
    asked = {"list": name, **dict(filters.filter_values(request.args))}
    spoken = {"lang": languages().interface}
    return {
        "perDegree": PER_DEGREE,
        "few": overview_map.FEW,
        "atlas": f"/map/{kept.version}/atlas.json?{urlencode(asked)}",
        "names": f"/map/{kept.version}/names.json?{urlencode(spoken)}",
    }


def _drawing(kept: Release) -> str:
    return overview_map.draw(kept.view(ATLAS), kept.view(TABLES), *_rows(kept))


def _atlas(kept: Release) -> str:
    return _written(kept.view(ATLAS).table(*_rows(kept)))


def _numbers(kept: Release) -> list[int]:
    """Return the numbers of cities that are asked for; `bad-parameter` where one is none."""
    order = kept.view(ATLAS).order
    asked = request.args.get("of", "")
    if not _LISTED.fullmatch(asked):
        raise Problem("bad-parameter", "of is not numbers of cities, with commas between")
    numbers = [int(number) for number in asked.split(",") if number]
    if len(numbers) > _MOST_NAMES or max(numbers, default=0) >= len(order):
        detail = f"of is not up to {_MOST_NAMES} numbers below {len(order)}"
        raise Problem("bad-parameter", detail, limit=_MOST_NAMES)
    return numbers


def _names(kept: Release) -> str:
    numbers, order, index = _numbers(kept), kept.view(ATLAS).order, kept.view(NAMES)
    labels = Labels(Lookup(kept.store), languages().wanted)
    iris = [order[number] for number in numbers]
    labels.learn(index, iris)
    return _written([_named(iri, labels) for iri in iris])


def _named(iri: str, labels: Labels) -> tuple[str, str, str]:
    """Return the reference of a city, its name, and the language of that."""
    words = labels.of(iri)
    return iri.removeprefix(terms.thing("city", "")), words.text, words.lang


def _written(value: Mapping[str, Any] | list[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
