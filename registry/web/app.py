"""The application: settings, shelf and workers put together, routes registered, headers for all."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from registry import __version__
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.cache import Cache
from registry.sparql.engine import Embedded
from registry.sparql.pool import Pool
from registry.things.wording import day
from registry.web import language, troubles
from registry.web.context import NAME, Parts, parts
from registry.web.routes import (
    dumps,
    graphs,
    home,
    openapi,
    queries,
    sparql,
    things,
    vocabularies,
)

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

_PERCENT_ENCODED: Final = 4
"""A form with a query may be longer than the query by this factor: `%20`, and the dataset."""


def create_app(settings: Settings) -> Flask:
    """Make the application; the evaluating processes are started with it."""
    app = Flask("registry.web", static_url_path="/static")
    pool = Pool(settings)
    pool.start()
    shelf = Shelf(Workspace(settings.home))
    engine = Embedded(settings, shelf, pool)
    app.extensions[NAME] = Parts(settings, shelf, engine, Cache(settings.cache_bytes))
    app.config["MAX_CONTENT_LENGTH"] = settings.query_bytes * _PERCENT_ENCODED
    app.url_map.strict_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops, hops)  # type: ignore[method-assign]
    for module in (home, sparql, queries, things, vocabularies, graphs, dumps, openapi):
        app.register_blueprint(module.routes)
    troubles.register(app)
    app.before_request(_languages)
    app.after_request(_headers_for_all)
    app.context_processor(_template_globals)
    return app


def _languages() -> None:
    g.languages = language.of(request)


def _headers_for_all(response: Response) -> Response:
    """Set what every answer has: who may read it, what it is of, what it may load."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Citylinks-Release, Link, ETag, Location"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type"
    if "release" in g:
        response.headers.setdefault("Citylinks-Release", g.release.version)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


def _template_globals() -> dict[str, object]:
    """Give templates the interface's words, the reader's language and the release."""
    languages = g.get("languages") or language.Languages((), "en")
    return {
        "t": lambda key: language.word(key, languages.interface),
        "here": lambda path: language.kept(request, path),
        "in_language": lambda code: language.switched(request, code),
        "day": lambda date: day(date, languages.interface),
        "contact": _contact(),
        "language": languages.interface,
        "release": g.get("release"),
        "software": __version__,
    }


def _contact() -> str:
    """Give the address that people can turn to; empty where none is set."""
    contact = parts().settings.contact
    return f"mailto:{contact}" if "@" in contact and ":" not in contact else contact
