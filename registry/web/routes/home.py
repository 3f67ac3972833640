"""The front door: what this is, its cities and figures, and the way to each reader's door."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from registry import metrics
from registry.catalogue import schema_org
from registry.problems import KINDS, Problem
from registry.things.overview import overview
from registry.version import __version__
from registry.web.context import languages, modified, pages, parts, release
from registry.web.negotiation import respond_page
from registry.web.troubles import explained

routes = Blueprint("home", __name__)


@routes.get("/")
def home() -> Response:
    """Show the home page, with the cities of a country where one is asked for."""
    chosen = request.args.get("country", "")

    def write() -> str:
        seen = overview(pages(), chosen)
        if chosen and chosen not in {country.code for country in seen.countries}:
            raise Problem("not-found", f"no city lies in a country {chosen!r}")
        dataset = schema_org.named(languages().interface)
        return render_template("home.html", overview=seen, dataset=dataset)

    return respond_page(write, release().version, modified())


@routes.get("/problem/<name>")
def problem(name: str) -> Response:
    """Explain a problem by its name."""
    if name not in KINDS:
        raise Problem("not-found", f"there is no problem named {name}")
    kind = KINDS[name]
    body = {"status": kind.status}
    write = lambda: render_template("problem.html", problem=body, told=explained(name))  # noqa: E731
    return respond_page(write, name)


@routes.get("/health")
def health() -> tuple[dict[str, object], int, dict[str, str]]:
    """Say whether queries can be answered, and from which release."""
    told, status = _health()
    return told, status, {"Cache-Control": "no-store"}


def _health() -> tuple[dict[str, object], int]:
    try:
        manifest = parts().shelf.current().manifest
    except Problem as trouble:
        return {"status": "unavailable", "detail": trouble.detail, "software": __version__}, 503
    triples = sum(entry.triples for entry in manifest.all_graphs())
    return {
        "status": "ok",
        "release": manifest.version,
        "asOf": manifest.as_of,
        "triples": triples,
        "software": __version__,
    }, 200


@routes.get("/metrics")
def measured() -> Response:
    """Give the figures of all processes to Prometheus."""
    response = Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response
