"""The application: its parts are made and joined, and its routes registered."""

from __future__ import annotations

import atexit
import shutil
from functools import cache, partial
from typing import Final
from urllib.parse import quote_plus

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from registry import terms
from registry.contribute import deciding as acts
from registry.contribute.door import Door
from registry.jobs import QUERY, Jobs, Work
from registry.publishing.uploads import Uploads, template
from registry.publishing.write_tokens import Refusals
from registry.reconcile import isolated_linking
from registry.reconcile.isolated_linking import TableLinker
from registry.reconcile.jobs import TABLE, Tables
from registry.reconcile.matcher import Matchers
from registry.releases import licences
from registry.releases.difference import Comparer
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.sandbox import Templates
from registry.settings import Settings
from registry.sources.audit import Reports
from registry.sparql.cache import Cache, Sized
from registry.sparql.deviations import warning
from registry.sparql.engine import Embedded
from registry.sparql.forks import Forks
from registry.sparql.jobs import Queries
from registry.sparql.pool import Pool
from registry.things.labels import ConceptLabels
from registry.things.wording import country_name, day, decimal, number, size
from registry.version import __version__, build
from registry.web import asset_files, language, operation, problem_responses
from registry.web import sharing as sharing_head
from registry.web.age import line_titles, worded_once
from registry.web.bodies import BoundedRequest
from registry.web.client_deadlines import ClientDeadlines
from registry.web.context import NAME, Parts, deviations, parts
from registry.web.context import languages as readers_languages
from registry.web.listeners import Listeners
from registry.web.middleware import ROUTE, Middleware
from registry.web.readiness import Checks, Readiness, renderer
from registry.web.routes import (
    assets,
    audit,
    changes,
    compare,
    contribute,
    contribute_table,
    countries,
    coverage,
    deciding,
    dumps,
    editing,
    editor,
    graph_store,
    graphs,
    harvest,
    home,
    jobs,
    link,
    lists,
    lookup,
    manual,
    maps,
    notices,
    officer,
    openapi,
    queries,
    reconcile,
    search,
    sharing,
    sparql,
    things,
    validate,
    vocabularies,
)
from registry.web.told import told

_EVALUATIONS: Final = 4
"""A query waits, runs, and may have to wait and run again, each within the deadline."""

_ALLOWED: Final = (
    "Accept, Accept-Language, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, "
    "If-Unmodified-Since, Last-Event-ID, Prefer, Range"
)
"""The headers that scripts of other sites may send (Fetch standard)."""

BLUEPRINTS: Final = (
    home,
    search,
    sparql,
    editor,
    jobs,
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
    maps,
    audit,
    coverage,
    countries,
    compare,
    lookup,
    dumps,
    harvest,
    changes,
    notices,
    manual,
    contribute,
    contribute_table,
    editing,
    deciding,
    sharing,
    openapi,
    assets,
)
"""The modules with the routes; a new one is added here, and nowhere else."""


def app_with_routes() -> Flask:
    """Make an application that has the routes and nothing else: enough for its description."""
    app = Flask("registry.web", static_folder=None)
    app.url_map.strict_slashes = False
    for module in BLUEPRINTS:
        app.register_blueprint(module.routes)
    return app


@cache
def _own_templates() -> Templates:
    """Return the template of applications that were given none; it goes with the process."""
    made = template(None, isolated_linking.PROCESS, acts.PROCESS)
    atexit.register(shutil.rmtree, made.folder, ignore_errors=True)
    return made


def create_app(
    settings: Settings, forks: Forks | None = None, templates: Templates | None = None
) -> Flask:
    """Make the application.

    Its workers start with `forks`, and the processes of uploads with `templates`, or with fork
    servers of its own.
    """
    # The build is hashed now: no reader waits for it, and files that change later do not count.
    build()
    app = app_with_routes()
    shelf = Shelf(Workspace(settings.home))
    engine = Embedded(settings, shelf, Pool(settings, forks, max(1, settings.workers), reserved=1))
    engine.start()
    cache = Cache[Sized](settings.cache_bytes)
    longest = _EVALUATIONS * max(settings.query_seconds, settings.upload_seconds)
    deadlines = ClientDeadlines(settings.client_seconds, longest)
    templates = templates or _own_templates()
    uploads = Uploads(settings, shelf.workspace, templates)
    checks = Checks(shelf, engine, renderer(app, things.write_page))
    readiness = Readiness(checks, shelf.workspace.switched)
    tables = Tables(settings, templates, link.worded)
    decisions = acts.Acts(settings, shelf.workspace, templates)
    works: dict[str, Work] = {
        **{QUERY: Queries(settings, shelf, forks), TABLE: tables, acts.ACT: decisions}
    }
    app.extensions[NAME] = Parts(
        settings=settings,
        shelf=shelf,
        engine=engine,
        cache=cache,
        deadlines=deadlines,
        uploads=uploads,
        refusals=Refusals(),
        tables=TableLinker(settings, templates),
        matchers=Matchers(settings),
        readiness=readiness,
        concepts=ConceptLabels(),
        reports=Reports(settings.home, settings.shipped),
        comparer=Comparer(shelf.workspace, cache),
        jobs=Jobs(settings, shelf, works),
        listeners=Listeners(shelf.workspace.log_path, settings.listeners),
        door=Door(settings),
        acts=decisions,
    )
    app.request_class = BoundedRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.query_bytes
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["in_address"] = partial(quote_plus, safe="/?:@!$'()*,;")
    app.jinja_env.filters["raised"] = language.capitalise
    app.jinja_env.filters["address_shown"] = _address_shown
    app.jinja_env.filters["reference"] = lambda iri: iri.removeprefix(terms.ID)
    app.jinja_env.filters["licence_label"] = licences.label
    app.wsgi_app = Middleware(app.wsgi_app, shelf.workspace.switched, cache, deadlines)  # type: ignore[assignment, method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops, hops)  # type: ignore[method-assign]
    problem_responses.register(app)
    operation.enforce(app, settings)
    app.after_request(_add_headers)
    app.context_processor(_template_globals)
    return app


def _add_headers(response: Response) -> Response:
    """Add the release and the CORS headers to an answer, and its route for the metrics."""
    if request.method == "OPTIONS":
        methods = response.headers.get("Allow", "")
        sent = _ALLOWED + (", Authorization" if "PUT" in methods else "")
        response.headers["Access-Control-Allow-Methods"] = methods
        response.headers["Access-Control-Allow-Headers"] = sent
        response.headers["Access-Control-Max-Age"] = "86400"
    if "release" in g:
        response.headers.setdefault("Citylinks-Release", g.release.version)
    if response.status_code in {200, 206} and (met := deviations()):
        response.headers["Citylinks-Warning"] = warning(met)
    if request.url_rule:
        request.environ[ROUTE] = request.url_rule.rule
    return response


def _address_shown(address: str) -> str:
    """Return an address as people read it.

    >>> _address_shown("mailto:desk@example.org?subject=x"), _address_shown("https://example.org/x")
    ('desk@example.org', 'https://example.org/x')
    """
    scheme, _, rest = address.partition(":")
    return rest.partition("?")[0] if scheme == "mailto" else address


def _template_globals() -> dict[str, object]:
    """Return what every template may use: words, languages, addresses and the release."""
    languages, tag = readers_languages(), language.language_parameter(request)
    return {
        "t": lambda key, **values: language.word(key, languages.interface, **values),
        "plural": lambda key, count: language.plural(key, count, languages.interface),
        "here": partial(language.with_language, tag),
        "asset": asset_files.address,
        "path_of": terms.path_of,
        "in_language": lambda code: language.address_in_language(request, code),
        "asked_language": tag,
        "say": lambda text: told(text, languages.interface),
        "day": lambda date: day(date, languages.interface),
        "aged": worded_once(languages.interface),
        "line_titles": lambda partners: line_titles(partners, languages.interface),
        "decimal": lambda value: decimal(value, languages.interface),
        "size_of": lambda value: size(value, languages.interface),
        "country_named": lambda code: country_name(code, languages.interface),
        "number": lambda value: number(value, languages.interface),
        "deviations": deviations,
        "page_addresses": sharing_head.head,
        "plain": sharing_head.plain,
        "event_of": sharing_head.event,
        "structured": sharing_head.structured,
        "language": languages.interface,
        "release": g.get("release"),
        "desk_words": lambda: language.phrases(link.WORDS, languages.interface),
        "editor_words": lambda: language.phrases(editor.WORDS, languages.interface),
        "explains": parts().engine.elsewhere is None,
        "software": __version__,
    }
