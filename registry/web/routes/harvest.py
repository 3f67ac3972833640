"""For harvesters: catalogue, VoID, feed, sitemap, robots.txt; each leads to the others."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection
from functools import partial
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.catalogue import atom, dcat, schema_org, stream, void
from registry.catalogue import server_sent_events as sse
from registry.catalogue import sitemap as site
from registry.catalogue.publication import Edition, Publication
from registry.formats import Format
from registry.graphs.statements import write
from registry.identity.ledger import HEAD
from registry.lists.tables import LIST_NAMES, TABLES
from registry.problems import Problem
from registry.publishing.pending import own_ledger
from registry.releases import log
from registry.releases.difference import What
from registry.views.feed import Feed, FeedEvent
from registry.views.names import KINDS, NAMES
from registry.views.statistics import STATISTICS
from registry.web import language
from registry.web.context import (
    contact,
    languages,
    last_modified,
    licence,
    neighbourhood,
    origin,
    parts,
    release,
)
from registry.web.listeners import Listener
from registry.web.middleware import LISTENING, OLD
from registry.web.negotiation import Resource, Variant, documents, fixed_format, respond, respond_as
from registry.web.operation import DOCUMENT, SOME_TEXT, Operation, header, in_path

routes = Blueprint("harvest", __name__)

_COUNTED: Final = {
    What.CREATED: "added_count",
    What.UPDATED: "changed_count",
    What.DELETED: "removed_count",
}
"""The phrases that count things which an event made, changed or removed."""

WORDS: Final = (*_COUNTED.values(), "no_changes")
"""Phrases of the interface that the summary of an event has."""
_NUMBER: Final = re.compile("[1-9][0-9]{0,8}")
_STREAMS: Final = (formats.TRIG, formats.NQUADS, formats.JSONLD)
"""Formats of the feed: the statements of each member stand in a graph of their own."""


def publication() -> Publication:
    """Collect what the catalogue describes: the current release, the named ones, statistics."""
    shelf, found = parts().shelf, release()
    there = shelf.workspace.versions()
    names = sorted(
        (shelf.published_at(version), version, name)
        for name, version in shelf.workspace.names().items()
        if version in there
    )
    named = tuple(Edition(shelf.workspace.manifest(v), at, name) for at, v, name in names)
    current = Edition(found.manifest, last_modified())
    since = shelf.first_published()
    return Publication(origin(), current, named, since, found.view(STATISTICS), contact())


@routes.get("/dataset")
@Operation("Lead from the registry as a dataset to its description", "harvest", statuses=(303,))
def dataset() -> Answer:
    """Lead from the registry as a dataset to its description."""
    release()
    return redirect("/catalog", 303)


@routes.get("/catalog")
@routes.get("/catalog.<extension>")
@Operation("The registry as a catalogue (DCAT-AP 3)", "harvest", DOCUMENT)
def catalog(extension: str = "") -> Response:
    """Describe the registry as a catalogue."""
    found = publication()
    return _respond("/catalog", extension, found, dcat.describe, partial(_catalog, found))


def _catalog(found: Publication) -> str:
    edition = found.current
    return render_template(
        "catalog.html",
        dataset=schema_org.describe(found, languages().interface),
        formats=formats.GRAPHS,
        edition=edition,
        named=found.named,
        statistics=found.statistics,
        whole=edition.whole,
        publisher=terms.PUBLISHER_NAME,
    )


@routes.get("/.well-known/void")
@Operation("Lead to the description of the dataset", "harvest", statuses=(302,))
def well_known() -> Answer:
    """Lead to the description of the dataset (VoID, section 7.2)."""
    release()
    return redirect("/void", 302)


@routes.get("/void")
@routes.get("/void.<extension>")
@Operation("Statistics, partitions, linksets (VoID)", "harvest", DOCUMENT)
def void_description(extension: str = "") -> Response:
    """Describe the registry as a VoID dataset."""
    found = publication()
    page = lambda: render_template(  # noqa: E731
        "void.html",
        statistics=found.statistics,
        formats=formats.GRAPHS,
        path_of=terms.path_of,
        compact=terms.compact,
    )
    return _respond("/void", extension, found, void.describe, page)


def _respond(
    path: str,
    extension: str,
    found: Publication,
    describe: Callable[[Publication], list[ox.Triple]],
    page: Callable[[], str],
) -> Response:
    """Answer with a description in the format of the address, or that the client asks for."""
    variants = documents(path, page, lambda form: write(describe(found), form))
    form = fixed_format(DOCUMENT, extension)
    return respond(Resource(variants, found.state, form, last_modified(), licence()))


@routes.get("/log")
@Operation(
    "When which release became current, or was named: what mirrors follow",
    "harvest",
    (formats.JSON,),
)
def history() -> Response:
    """List what happened, oldest first, with who did it and why, where that is told."""
    release()
    events = list(map(log.as_json, log.public(parts().shelf.workspace.log_path)))
    body = json.dumps({"events": events}, ensure_ascii=False)
    tag = hashlib.sha256(body.encode()).hexdigest()[:32]
    return _monitored(respond_as(formats.JSON, lambda: body, tag))


def _monitored(response: Response) -> Response:
    """Say where the changes of an answer are told at once (relation of RFC 5989)."""
    here = f'</events>; rel="monitor"; type="{formats.EVENTS.media_type}"'
    response.headers["Link"] = ", ".join(filter(None, (response.headers.get("Link"), here)))
    return response


_LAST: Final = header(
    "Last-Event-ID",
    "the last release that the client was told of: it is told what followed",
    "0" * 32,
)


@routes.get("/events")
@Operation(
    "Each new release, told at once on a connection that stays open (Server-Sent Events)",
    "harvest",
    (formats.EVENTS,),
    (_LAST,),
    refuses=("not-found", "busy", "rate"),
    named=False,
)
def events() -> Response:
    """Tell of the current release, or those that the client has missed, and of each new one.

    Servers that cannot hand a connection over end the answer, and its client comes back.
    """
    release()
    listeners, client = parts().listeners, neighbourhood(request.remote_addr or "")
    is_held = "gunicorn.socket" in request.environ and request.method == "GET"
    is_held &= request.environ["SERVER_PROTOCOL"] != OLD
    if is_held:
        listeners.check_room(client)
    known = listeners.events()
    told = sse.missed(known, request.headers.get("Last-Event-ID", ""))
    head = b"".join((sse.RETRY, *map(sse.write, told)))
    response = Response(iter([head]) if is_held else head)
    response.content_type = formats.EVENTS.content_type
    response.headers["Cache-Control"] = "no-store"
    # For nginx, whatever its configuration: each event is passed on as it comes.
    response.headers["X-Accel-Buffering"] = "no"
    if is_held:
        listener = Listener(client, len(known))
        request.environ[LISTENING] = partial(listeners.handing_over, listener)
    return response


@routes.get("/identity.tsv")
@Operation(
    "The references that were minted, merged or withdrawn here, beside those of the software",
    "harvest",
    (formats.RESULTS_TSV,),
)
def ledger() -> Response:
    """Send the ledger of the workspace, which mirrors take over."""
    release()
    content = own_ledger(parts().shelf.workspace) or HEAD
    tag = hashlib.sha256(content).hexdigest()[:32]
    return respond_as(formats.RESULTS_TSV, lambda: content, tag)


@routes.get("/feed")
@Operation(
    "The stream of all changes (LDES): the way to its first page; to people, what is new",
    "harvest",
    (*_STREAMS, formats.HTML),
    refuses=("not-found", "unwritable"),
)
def feed() -> Response:
    """Describe the stream of changes and lead to its first page; show people the newest."""
    changes, address = _feed(), f"{origin()}/feed"
    streams = _streams(lambda: stream.root(address, changes.first_at(), licence()))
    variants = (*streams, Variant(formats.HTML, "", lambda: _news(changes)))
    about = Resource(variants, f"{_last_switch()} {address}", None, last_modified(), licence())
    return _monitored(respond(about))


def _streams(quads: Callable[[], list[ox.Quad]]) -> tuple[Variant, ...]:
    """Return the variants of a page of the stream."""

    def write_page(form: Format) -> bytes:
        return write(quads(), form)

    return tuple(Variant(form, "", partial(write_page, form)) for form in _STREAMS)


_PAGE: Final = in_path(
    "page", "the number of the page, from 1 on", {"type": "integer", "minimum": 1}, "1"
)


@routes.get("/feed/<page>")
@Operation(
    "A page of the stream; one that has a next page never changes",
    "harvest",
    _STREAMS,
    (_PAGE,),
    refuses=("not-found", "unwritable"),
)
def feed_page(page: str) -> Response:
    """Return a page of the stream; one that has a next page never changes."""
    changes, address = _feed(), f"{origin()}/feed"
    found = changes.page(int(page)) if _NUMBER.fullmatch(page) else None
    if found is None:
        raise Problem("not-found", f"the feed has no page {page}")
    variants = _streams(partial(stream.page, address, found))
    lines = sum(len(member.lines) for member in found.members)  # Fewer after a redaction.
    tag = f"{page} {len(found.members)} {lines} {found.following} {address}"
    return respond(Resource(variants, tag, None, "", "", immutable=found.is_closed))


@routes.get("/feed.atom")
@Operation(
    "What changed, release by release, for feed readers",
    "harvest",
    (formats.ATOM,),
    refuses=("not-found", "unwritable"),
    speaks=True,
)
def news() -> Response:
    """Show what changed, release by release."""
    changes, here = _feed(), origin()
    word = partial(language.word, language=languages().interface)
    titles = f"Citylinks: {word('whats_new')}", word("whats_new_intro")

    there = set(parts().shelf.workspace.versions())

    def summary(one: FeedEvent) -> tuple[str, str, str]:
        title = f"{word('release')} {one.event.version[:8]}"
        return title, _summary(one), _page_of(one, there)

    write_it = lambda: atom.write(here, titles, changes.events(atom.MOST), summary)  # noqa: E731
    tag = f"{_last_switch()} {here} {languages().interface}"
    return respond_as(formats.ATOM, write_it, tag, modified=last_modified(), speaks=True)


def _news(changes: Feed) -> str:
    there = set(parts().shelf.workspace.versions())
    rows = [(one, _page_of(one, there)) for one in changes.events(atom.MOST)]
    return render_template("feed.html", rows=rows, told=_summary)


def _page_of(one: FeedEvent, there: Collection[str]) -> str:
    """Return the page of the changes of an event, of its release, or of all kept releases."""
    event = one.event
    if event.version not in there:
        return "/release"
    before = f"{event.previous}.." if event.previous in there else ""
    return f"/release/{before}{event.version}"


def _summary(one: FeedEvent) -> str:
    """Return how many things an event made, changed and removed, by whom and why."""
    speaks = languages().interface
    counts = [
        language.plural(key, one.counts[what], speaks)
        for what, key in _COUNTED.items()
        if what in one.counts
    ]
    graphs = {iri for iris in one.event.graphs.values() for iri in iris} - _COMPUTED
    names = [iri.removeprefix(terms.GRAPH) for iri in sorted(graphs)]
    more = ", …" if len(names) > _NAMED else ""
    named = f" ({', '.join(names[:_NAMED])}{more})" if names else ""
    counted = (", ".join(counts) or language.word("no_changes", speaks)) + named
    return " · ".join(filter(None, (counted, one.event.by, one.event.reason)))


_NAMED: Final = 5
"""Graphs that are named in the summary of an event."""

_COMPUTED: Final = {terms.DERIVED_GRAPH, terms.SETTINGS_GRAPH}


def _feed() -> Feed:
    """Return the feed with all changes up to now."""
    release()
    found = Feed(parts().shelf.workspace)
    found.catch_up()
    return found


def _last_switch() -> str:
    """Return what differs after each switch, and is the same on all replicas."""
    switches = log.switches(parts().shelf.workspace.log_path)
    return f"{len(switches)} {switches[-1].version} {switches[-1].at}" if switches else ""


@routes.get("/robots.txt")
@Operation("What is not for crawlers", "server", (formats.TEXT,), refuses=())
def robots() -> Response:
    """List for crawlers what is not for them, and where all else is listed."""
    here = origin()
    text = "\n".join(
        (
            "# To harvest or mirror the registry you need not crawl it:",
            f"# catalogue (DCAT-AP) {here}/catalog",
            f"# every change (LDES) {here}/feed",
            f"# each release, told at once (Server-Sent Events) {here}/events",
            "User-agent: *",
            *(f"Disallow: {path}" for path in CLOSED),
            *(f"Allow: /{name}?lang=" for name in LIST_NAMES),
            f"Sitemap: {here}/sitemap.xml\n",
        )
    )
    return respond_as(formats.TEXT, lambda: text, text)


CLOSED: Final = (
    *("/sparql?", "/release/*/sparql", "/queries/*?", "/reconcile", "/link$", "/validate"),
    *(f"/{name}?" for name in LIST_NAMES),
    *("/graphs?", "/lookup", "/audit?", "/compare?", "/contact?", "/*?*sort=", "/*?*with="),
    "/events",
    *("/*?*view=", "/*?*release="),
)
"""Answers without end, made for one reader."""


_SITEMAP: Final = in_path("sitemap", "the name of the file, as listed", SOME_TEXT, "pages")


@routes.get("/sitemap.xml")
@Operation("The files of the sitemap", "harvest", (formats.XML_TEXT,))
def sitemaps() -> Response:
    """List the files of the sitemap."""
    here, at = origin(), last_modified()
    return _xml(lambda: site.index(here, _things(), at))


@routes.get("/sitemap/<sitemap>.xml")
@Operation(
    "Pages, each with its last change",
    "harvest",
    (formats.XML_TEXT,),
    (_SITEMAP,),
    refuses=("not-found", "unwritable"),
)
def one_sitemap(sitemap: str) -> Response:
    """List pages."""
    here = origin()
    if sitemap == site.PAGES:
        codes = [code for code, _ in release().view(NAMES).countries()]
        return _xml(lambda: site.doors(here, last_modified(), codes))
    found = site.part(_things(), sitemap)
    if found is None:
        raise Problem("not-found", f"there is no sitemap {sitemap}")
    changed = _feed().changed
    return _xml(lambda: site.pages(here, *found, changed()))


def _xml(write_it: Callable[[], str]) -> Response:
    tag = f"{_last_switch()} {origin()}"
    return respond_as(formats.XML_TEXT, write_it, tag, modified=last_modified())


def _things() -> dict[str, list[str]]:
    """Return the references of all things that have a page of their own, by kind."""
    index, tables = release().view(NAMES), release().view(TABLES)
    named = {kind: [thing.ref for thing in index.of_kind(kind)] for kind in KINDS}
    links = [row.iri.removeprefix(terms.thing("link", "")) for row in tables.links]
    return {**named, "link": links}
