"""The home page, the pages of problems, and what monitors ask for: health, readiness, metrics."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from registry import formats, metrics, terms
from registry.catalogue import schema_org
from registry.lists import filters
from registry.lists.choosing import CHOOSER
from registry.lists.tables import TABLES, Tables, concept
from registry.problems import KINDS, Problem
from registry.releases.manifest import Manifest
from registry.things.labels import Words
from registry.things.page import Value
from registry.things.wording import country_name, issued
from registry.version import __version__
from registry.views.names import NAMES
from registry.web.context import languages, last_modified, licence, pages, parts, release
from registry.web.negotiation import respond_page
from registry.web.operation import JSON, PAGE, Operation, in_path
from registry.web.problem_responses import problem_text
from registry.web.routes.lists import FILTERS
from registry.web.saved_query_results import solutions

routes = Blueprint("home", __name__)


FIGURES: Final = (*("cities", "links", "claims", "sources", "agreements", "events", "practices"),)
"""What the page counts, in this order: values of `what` in the query `figures`."""

_LOG: Final = logging.getLogger("citylinks")
_COUNTED: Final = "figures"
_NEWEST: Final = "newest-sources"
QUERIES: Final = (_COUNTED, _NEWEST)
"""The saved queries that the home page asks."""

_BY_STATUS: Final = "links: "
"""What stands before the notation of a status in the query that counts links by it."""

_NEWS: Final = 4
"""Sources that the home page lists."""


_FOREMOST: Final = 40
"""Countries that the home page leads to: those with most cities. Their list has them all."""

_CHOICES: Final = ("country", "kind", "status", "member-of", "from")
"""The filters of the map, of those of the list of links."""


@routes.get("/")
@Operation(
    "The start page: search, a map of links, figures, the four doors",
    "things",
    PAGE,
    tuple(one for one in FILTERS if one.name in _CHOICES),
    refuses=("not-found", "bad-parameter"),
)
def home() -> Response:
    """Show the home page."""

    def write() -> str:
        counted, asked = count(), dict(filters.filter_values(request.args))
        countries = _countries()
        return render_template(
            "home.html",
            figures=figures(counted),
            states=_states(counted),
            asked=asked,
            choices=_choices(),
            fitting=_fitting() if asked else counted.get("links", 0),
            listed=f"/links?{urlencode(asked)}" if asked else "/links",
            countries=countries,
            foremost=sorted(sorted(countries, key=lambda one: -one[2])[:_FOREMOST]),
            news=_news(),
            dataset=schema_org.named(languages().interface, licence()),
        )

    return respond_page(write, release().version, last_modified())


def _fitting() -> int:
    """Count the links that the filters of the map choose."""
    asked = filters.read(request.args, release().view(NAMES))
    return len(release().view(CHOOSER).fitting("links", asked))


def _choices() -> dict[str, list[tuple[str, str]]]:
    """Return the values of the filters of the map that have a few, each with its words."""
    tables, labels = release().view(TABLES), pages().labels
    networks = (
        (labels.of(terms.ID + one).text, one) for one, some in tables.members.items() if some
    )
    return {
        "country": [(code, name) for name, code, _ in _countries()],
        **{facet: _concepts(tables, facet) for facet in ("kind", "status")},
        "member-of": [(one, text) for text, one in sorted(networks)],
    }


def _concepts(tables: Tables, facet: str) -> list[tuple[str, str]]:
    """Return the values that a facet of links can have, by their words."""
    labels, values = pages().labels, tables.concepts("links", facet)
    worded = sorted((labels.of(concept("links", facet, one)).text, one) for one in values)
    return [(one, text) for text, one in worded]


def figures(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the figures that pages show, of all that is counted."""
    return [(what, counted.get(what, 0)) for what in FIGURES]


def count() -> dict[str, int]:
    """Count what there is, by its name."""
    return {row.text("what"): int(row.text("number")) for row in solutions(_COUNTED)}


def _states(counted: Mapping[str, int]) -> list[tuple[Words, str, int]]:
    """Return each status that links have, with its notation and how many have it."""
    makes, found = pages(), []
    for what, count in counted.items():
        state = what.removeprefix(_BY_STATUS)
        if state != what:
            found.append((makes.labels.of(f"{terms.SCHEME}status/{state}"), state, count))
    return sorted(found, key=lambda one: (-one[2], one[1]))


def _countries() -> list[tuple[str, str, int]]:
    """Return the countries by name, each with its code and the number of its cities."""
    interface, counted = languages().interface, release().view(NAMES).countries()
    return sorted((country_name(code, interface), code, number) for code, number in counted)


def _news() -> list[tuple[Value, str, int]]:
    """Return the newest sources, each with its date and its number of links."""
    makes, news = pages(), []
    for row in solutions(_NEWEST)[:_NEWS]:
        stated, earliest, latest = map(row.literal, ("issued", "issuedEarliest", "issuedLatest"))
        day = issued(stated, earliest, latest, languages().interface)
        news.append((makes.link(row.iri("document")), day, int(row.text("links"))))
    return news


_PROBLEM: Final = in_path("problem", "the name of the problem", {"enum": [*KINDS]}, "busy")


@routes.get("/problem/<problem>")
@Operation("What a problem means", "server", PAGE, (_PROBLEM,))
def explain(problem: str) -> Response:
    """Explain a problem by its name."""
    if problem not in KINDS:
        raise Problem("not-found", f"there is no problem named {problem}")
    body = {"status": KINDS[problem].status}
    return respond_page(
        lambda: render_template("problem.html", problem=body, told=problem_text(problem)), problem
    )


@routes.get("/health")
@Operation(
    "That the process answers, and which release it serves",
    "server",
    JSON,
    refuses=(),
    schema="health",
    named=False,
)
def health() -> tuple[dict[str, object], dict[str, str]]:
    """Answer as long as the process lives, with the current release as far as it is known."""
    try:
        manifest = parts().shelf.current().manifest
    except Exception:  # /ready reports whatever is wrong with the release.
        _LOG.debug("the current release is not known", exc_info=True)
        manifest = None
    return {"status": "ok", **_of(manifest)}, {"Cache-Control": "no-store"}


@routes.get("/ready")
@Operation(
    "Whether query, indexes and a page of the current release answer",
    "server",
    JSON,
    refuses=("not-ready",),
    schema="ready",
    named=False,
)
def ready() -> tuple[dict[str, object], dict[str, str]]:
    """Answer 200 when query, indexes and a page of the current release answer, else 503."""
    verdict = parts().readiness.verdict()
    if verdict.faults:
        detail = "; ".join(f"{name}: {reason}" for name, reason in verdict.faults.items())
        raise Problem("not-ready", detail, checks=dict(verdict.faults))
    return {"status": "ready", **_of(verdict.manifest)}, {"Cache-Control": "no-store"}


def _of(manifest: Manifest | None) -> dict[str, object]:
    """Describe the release that is served (null where it is not known), and the software."""
    return {
        "release": manifest and manifest.version,
        "asOf": manifest and manifest.as_of,
        "triples": manifest and manifest.triples,
        "software": __version__,
    }


@routes.get("/metrics")
@Operation(
    "Figures of the server, for Prometheus", "server", (formats.TEXT,), refuses=(), named=False
)
def prometheus() -> Response:
    """Return the figures of all processes to Prometheus."""
    response = Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response
