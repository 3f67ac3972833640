"""The application: settings, shelf and workers put together, routes registered, headers for all."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from registry import terms
from registry.publishing.uploads import Uploads
from registry.reconcile.matcher import Matchers
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.cache import Cache, Sized
from registry.sparql.engine import Embedded
from registry.sparql.forks import Forks
from registry.sparql.pool import Pool
from registry.things.labels import ConceptLabels
from registry.things.wording import day, number
from registry.version import __version__, build
from registry.web import built, language, operation, problem_responses
from registry.web.bodies import BoundedRequest
from registry.web.client_deadlines import ClientDeadlines
from registry.web.context import NAME, Parts, contact
from registry.web.context import languages as readers_languages
from registry.web.middleware import ROUTE, Middleware
from registry.web.readiness import Checks, Readiness, renderer
from registry.web.routes import (
    assets,
    dumps,
    graph_store,
    graphs,
    harvest,
    home,
    link,
    lists,
    lookup,
    officer,
    openapi,
    queries,
    reconcile,
    search,
    sparql,
    things,
    validate,
    vocabularies,
)

_EVALUATIONS: Final = 4
"""A query waits, runs, and may have to wait and run again, each within the deadline."""

_ALLOWED: Final = (
    "Accept, Accept-Language, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, "
    "If-Unmodified-Since, Range"
)
"""What scripts of other sites may say in a request (Fetch standard)."""

BLUEPRINTS: Final = (
    home,
    search,
    sparql,
    queries,
    things,
    officer,
    vocabularies,
    graphs,
    graph_store,
    validate,
    reconcile,
    link,
    lists,
    lookup,
    dumps,
    harvest,
    openapi,
    assets,
)
"""The modules with the routes; a new one is added here, and nowhere else."""


def routed() -> Flask:
    """Make an application that has the routes and nothing else: enough to be described."""
    app = Flask("registry.web", static_folder=None)
    app.url_map.strict_slashes = False
    for module in BLUEPRINTS:
        app.register_blueprint(module.routes)
    return app


def create_app(settings: Settings, forks: Forks | None = None) -> Flask:
    """Make the application; the evaluating processes are started with it.

    They come from the fork server that is given, else from one of the application's own.
    """
    # Now, so that no reader waits for it, and templates that change later are not taken for these.
    build()
    app = routed()
    shelf = Shelf(Workspace(settings.home))
    engine = Embedded(settings, shelf, Pool(settings, forks, max(1, settings.workers), reserved=1))
    engine.start()
    cache = Cache[Sized](settings.cache_bytes)
    longest = _EVALUATIONS * max(settings.query_seconds, settings.upload_seconds)
    patience = ClientDeadlines(settings.client_seconds, longest)
    uploads = Uploads(settings, shelf.workspace)
    checks = Checks(shelf, engine, renderer(app, things.write_page))
    readiness = Readiness(checks, shelf.workspace.switched)
    app.extensions[NAME] = Parts(
        settings=settings,
        shelf=shelf,
        engine=engine,
        kept=cache,
        patience=patience,
        uploads=uploads,
        desk=Matchers(settings),
        readiness=readiness,
        concepts=ConceptLabels(),
    )
    app.request_class = BoundedRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.query_bytes
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["raised"] = language.raised
    app.wsgi_app = Middleware(app.wsgi_app, shelf.workspace.switched, cache, patience)  # type: ignore[assignment, method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops, hops)  # type: ignore[method-assign]
    problem_responses.register(app)
    operation.enforce(app, settings)
    app.after_request(_finished)
    app.context_processor(_template_globals)
    return app


def _finished(response: Response) -> Response:
    """Say what an answer is of, and tell `Front` which route gave it."""
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = _sendable(response)
        response.headers["Access-Control-Max-Age"] = "86400"
    if "release" in g:
        response.headers.setdefault("Citylinks-Release", g.release.version)
    if request.url_rule:
        request.environ[ROUTE] = request.url_rule.rule
    return response


def _sendable(response: Response) -> str:
    """Name the headers that a script may send to this address."""
    return _ALLOWED + (", Authorization" if "PUT" in response.headers.get("Allow", "") else "")


def _template_globals() -> dict[str, object]:
    """Give templates the interface's words, the reader's language and the release."""
    languages = readers_languages()
    return {
        "t": lambda key: language.word(key, languages.interface),
        "here": language.keeping(request),
        "asset": built.address,
        "path_of": terms.path_of,
        "in_language": lambda code: language.switched(request, code),
        "chosen": language.chosen(request),
        "day": lambda date: day(date, languages.interface),
        "number": lambda value: number(value, languages.interface),
        "contact": contact(),
        "language": languages.interface,
        "release": g.get("release"),
        "software": __version__,
    }
