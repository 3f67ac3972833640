"""What each address reads and answers: one table, from which the description is written.

A test compares it with the routes, and another has every status of it occur.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from registry import formats
from registry.formats import Format
from registry.lists.filters import PARAMETERS as LISTED
from registry.lists.tables import NAMES as LISTS
from registry.saved_queries import Parameter, SavedQuery
from registry.sparql.engine import formats_for


def _types(*offered: Format) -> tuple[str, ...]:
    return tuple(form.media_type for form in offered)


PAGE: Final = _types(formats.HTML)
DOCUMENT: Final = _types(formats.HTML, *formats.GRAPHS)
LISTING: Final = _types(formats.HTML, formats.JSON)
ANSWER: Final = _types(*formats.SOLUTIONS, *formats.GRAPHS, formats.HTML)
JSON: Final = _types(formats.JSON)
STREAMS: Final = (formats.TRIG, formats.NQUADS, formats.JSONLD)
"""Formats of the feed: what a member says stands in a graph of its own."""

DUMP: Final = ("application/gzip", *JSON, "text/plain")
STATIC: Final = ("text/css", "image/svg+xml", "text/javascript", "text/plain")
REPORT: Final = _types(formats.JSON, formats.HTML, formats.TEXT, *formats.GRAPHS)

TAGS: Final = {
    "things": "Cities, links and all else that has an IRI",
    "vocabularies": "The ontology, the schemes and the shapes",
    "sparql": "The SPARQL endpoint",
    "queries": "Saved queries, with their parameters",
    "reconcile": "Names become things: the Reconciliation Service API 0.2",
    "releases": "Releases, their graphs and their files",
    "harvest": "Catalogue, statistics and every change, for harvesters and mirrors",
    "server": "The server itself",
}

_LIMITS: Final = ("query-memory", "answer-too-large", "busy", "rate", "query-timeout")
"""What may happen to any query, ours included."""

_FOREIGN: Final = (
    "query-syntax",
    "query-too-deep",
    "unknown-graph",
    "unknown-function",
    "service-refused",
    "update-refused",
    "query-too-large",
)
"""What may be wrong with the query of a reader."""


@dataclass(frozen=True)
class Operation:
    """What a method of an address does.

    `answers` are the media types of a 200, `reads` the names of shared parameters beside `lang`,
    which all pages read, `refuses` the problems beside that of a header or `lang`, `statuses` other
    answers. `takes` names the body, `negotiated` tells that Accept chooses, `named` that answers
    have an ETag, `schema` which shape JSON has here; `parameters` are those of a saved query.
    """

    path: str
    summary: str
    tag: str
    answers: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    method: str = "get"
    takes: str = ""
    negotiated: bool = False
    named: bool = True
    schema: str = ""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()


def _page(
    path: str, summary: str, tag: str, reads: tuple[str, ...] = (), statuses: tuple[int, ...] = ()
) -> Operation:
    """Describe what there is as a page alone."""
    return Operation(path, summary, tag, PAGE, reads, ("not-found",), statuses)


def _negotiated(
    path: str, summary: str, tag: str, reads: tuple[str, ...] = (), statuses: tuple[int, ...] = ()
) -> Operation:
    """Describe a document at the address where Accept chooses."""
    refuses = ("not-found", "not-acceptable")
    return Operation(path, summary, tag, DOCUMENT, reads, refuses, statuses, negotiated=True)


def _document(
    path: str, summary: str, tag: str, reads: tuple[str, ...] = (), statuses: tuple[int, ...] = ()
) -> tuple[Operation, Operation]:
    """Describe a document at the address where Accept chooses, and at those with an extension."""
    fixed = Operation(
        f"{path}.{{extension}}",
        f"{summary}, in the format of the extension",
        tag,
        DOCUMENT,
        (*reads, "extension"),
        ("not-found",),
        statuses,
    )
    return _negotiated(path, summary, tag, reads, statuses), fixed


def _withdrawn(operations: Iterable[Operation]) -> Iterable[Operation]:
    """Describe what may be gone."""
    return (replace(found, refuses=(*found.refuses, "gone")) for found in operations)


def _listing(
    path: str, summary: str, reads: tuple[str, ...] = (), statuses: tuple[int, ...] = ()
) -> Operation:
    """Describe the graphs of a release: a page, and the manifest."""
    return Operation(
        path,
        summary,
        "releases",
        LISTING,
        reads,
        ("not-found", "not-acceptable"),
        statuses,
        negotiated=True,
        schema="manifest",
    )


def _endpoint(path: str, summary: str, reads: tuple[str, ...]) -> tuple[Operation, Operation]:
    """Describe the query operation by GET, and by both ways of POST."""
    refuses = (*_FOREIGN, "not-found", "not-acceptable", *_LIMITS)
    dataset = (*reads, "default-graph-uri", "named-graph-uri", "format")
    asked = Operation(
        path,
        f"{summary}; without one, describe the service",
        "sparql",
        ANSWER,
        ("query", *dataset),
        refuses,
        negotiated=True,
    )
    posted = Operation(
        path,
        f"{summary} that is too long for an address",
        "sparql",
        ANSWER,
        dataset,
        (*refuses, "unsupported-type"),
        method="post",
        takes="query",
        negotiated=True,
    )
    return asked, posted


def _store() -> tuple[Operation, ...]:
    """Describe the operations of the graph store: one reads, the others need a token."""
    read = Operation(
        "/graphs",
        "A graph by its IRI, or the merge of all",
        "releases",
        _types(*formats.GRAPHS),
        ("graph-iri", "default"),
        ("not-found", "not-acceptable", *_LIMITS),
        negotiated=True,
    )
    put, post = (
        _write(method, summary, "graph", _SENT, (201, 204))
        for method, summary in (
            ("put", "Make or replace a graph"),
            ("post", "Make a graph, or merge into it"),
        )
    )
    return read, put, post, _write("delete", "Remove a graph", "", (), (204,))


_SENT: Final = ("data-syntax", "unsupported-type")
"""What may be wrong with data that are sent."""

_WRITING: Final = (
    *("unauthorised", "forbidden", "not-found", "conflict", "precondition", "data-too-large"),
    *("data-invalid", "answer-too-large", "busy"),
)
"""What may be in the way of a change."""


def _write(
    method: str, summary: str, takes: str, refuses: tuple[str, ...], statuses: tuple[int, ...]
) -> Operation:
    return Operation(
        "/graphs",
        summary,
        "releases",
        reads=("graph-iri", "default", "If-Match", "If-None-Match"),
        refuses=(*_WRITING, *refuses),
        statuses=statuses,
        method=method,
        takes=takes,
        description="The change is a release of its own; nobody writes the default graph.",
    )


def _validation() -> tuple[Operation, Operation]:
    """Describe the form, and what is done with what it sends."""
    refuses = (*_SENT, "data-too-large", "not-found", "not-acceptable", "answer-too-large", "busy")
    form = Operation(
        "/validate", "A form for data to be checked", "releases", PAGE, ("into",), ("not-found",)
    )
    return form, Operation(
        "/validate",
        "Check data in the release that is current; nothing is published",
        "releases",
        REPORT,
        ("into",),
        refuses,
        method="post",
        takes="upload",
        negotiated=True,
        named=False,
        schema="report",
    )


def _reconciliation() -> tuple[Operation, ...]:
    """Describe the Reconciliation Service API."""

    def get(path: str, summary: str, *reads: str, page: bool = False) -> Operation:
        answers = PAGE if page else JSON
        return Operation(path, summary, "reconcile", answers, reads, ("not-found",))

    return (
        get(
            "/reconcile",
            "Find what names mean, or tell facts; without either, describe the service",
            "queries",
            "extend",
        ),
        Operation(
            "/reconcile",
            "Find what names mean, or tell facts, of too many for an address",
            "reconcile",
            JSON,
            refuses=("not-found", "unsupported-type", "query-too-large"),
            method="post",
            takes="reconcile",
            named=False,
        ),
        get("/reconcile/suggest/{service}", "Complete a name", "service", "prefix", "cursor"),
        get("/reconcile/flyout/{service}", "A suggestion as a piece of HTML", "service", "of"),
        get("/reconcile/properties", "The facts that can be told of a type", "type", "most"),
        get("/reconcile/preview", "A small page on a thing, for a frame", "of", page=True),
        Operation(
            "/lookup",
            "Lead from an identifier of Wikidata or GeoNames to the thing here",
            "reconcile",
            reads=("iri", "lang"),
            refuses=("not-found",),
            statuses=(303,),
        ),
        get("/link", "A form for a table whose cities are to be linked", page=True),
        Operation(
            "/link",
            "Give the rows of a table with the IRIs of the cities that they name",
            "reconcile",
            _types(formats.RESULTS_CSV),
            _COLUMNS,
            (*_SENT, "data-too-large", "not-found", "busy"),
            method="post",
            takes="table",
            named=False,
        ),
    )


_COLUMNS: Final = (
    *("column", "country-column", "in-country", "region-column", "latitude-column"),
    *("longitude-column", "with"),
)
"""What an address says of a table that is sent as it is."""


def _lists() -> Iterable[Operation]:
    """Describe the lists at the addresses where Accept chooses, and those with an extension."""
    answers = _types(
        formats.HTML, formats.RESULTS_CSV, formats.GEOJSON, formats.JSONLD, formats.SVG
    )
    reads = tuple(f"list-{name}" for name in LISTED)
    for name in LISTS:
        listed = Operation(
            f"/{name}",
            f"The {name} of the release, filtered",
            "things",
            answers,
            reads,
            ("not-found", "not-acceptable"),
            negotiated=True,
        )
        yield listed
        yield replace(
            listed,
            path=f"/{name}.{{extension}}",
            summary=f"{listed.summary}, in the format of the extension",
            reads=(*reads, "list-extension"),
            refuses=("not-found",),
            negotiated=False,
        )
    context = "The context of lists in JSON-LD"
    yield Operation(
        "/context.jsonld", context, "things", _types(formats.JSONLD), refuses=("not-found",)
    )


def _finding() -> Iterable[Operation]:
    """Describe search, and what a city takes away."""
    reads = tuple(f"find-{name}" for name in ("q", "kind", "country", "limit", "offset"))
    for path, summary in (
        ("/search", "Find things by their names, in any language and script"),
        ("/suggest", "Complete a name that is being typed, as JSON or a piece of a page"),
    ):
        yield Operation(
            path,
            summary,
            "things",
            LISTING,
            reads,
            ("not-found", "not-acceptable"),
            negotiated=True,
            schema="found",
        )
    of_all = "Anniversaries of all active links, and days that are observed"
    calendar = _types(formats.CALENDAR)
    yield Operation(
        "/calendar.ics", of_all, "things", calendar, ("lang", "Accept-Language"), ("not-found",)
    )
    yield Operation(
        "/calendar/{ref}.ics",
        "Anniversaries of a city, and days that are observed",
        "things",
        calendar,
        ("city", "lang", "Accept-Language"),
        ("not-found", "gone"),
        (301,),
    )
    card = _page("/card/{ref}", "A city's partners on a small page, for a frame", "things")
    yield replace(card, reads=("city",), refuses=("not-found", "gone"), statuses=(301,))


def _harvest() -> Iterable[Operation]:
    """Describe what harvesters begin with, and what changes."""
    yield Operation(
        "/dataset",
        "Lead from the registry as a dataset to its description",
        "harvest",
        refuses=("not-found",),
        statuses=(303,),
    )
    yield from _document("/catalog", "The registry as a catalogue (DCAT-AP 3)", "harvest")
    yield from _document("/void", "Statistics, partitions, linksets (VoID)", "harvest")
    yield Operation(
        "/.well-known/void",
        "Lead to the description of the dataset",
        "harvest",
        refuses=("not-found",),
        statuses=(302,),
    )
    yield from _feeds()
    listed = _types(formats.XML_TEXT)
    yield Operation("/robots.txt", "What is not for crawlers", "server", _types(formats.TEXT))
    for path, summary, reads in (
        ("/sitemap.xml", "The files of the sitemap", ()),
        ("/sitemap/{sitemap}.xml", "Pages, each with its last change", ("sitemap",)),
    ):
        yield Operation(path, summary, "harvest", listed, reads, ("not-found",))


def _feeds() -> Iterable[Operation]:
    """Describe the stream of changes, and what parts two releases."""
    stream, refuses = _types(*STREAMS), ("not-found", "not-acceptable")
    yield Operation(
        "/feed",
        "The stream of all changes (LDES): the way to its first page; to people, what is new",
        "harvest",
        (*stream, *PAGE),
        (),
        refuses,
        negotiated=True,
    )
    yield Operation(
        "/feed/{page}",
        "A page of the stream; one that has a next page never changes",
        "harvest",
        stream,
        ("page",),
        refuses,
        negotiated=True,
    )
    yield Operation(
        "/feed.atom",
        "What changed, release by release, for feed readers",
        "harvest",
        _types(formats.ATOM),
        ("lang", "Accept-Language"),
        ("not-found",),
    )
    compared = Operation(
        "/release/{before}..{after}",
        "What parts two releases: graphs and things added, changed, removed",
        "harvest",
        (*DOCUMENT, *JSON),
        ("before", "after"),
        refuses,
        (302,),
        negotiated=True,
        schema="difference",
    )
    yield compared
    yield replace(
        compared,
        path="/release/{before}..{after}.{extension}",
        summary="What parts two releases, in the format of the extension",
        reads=("before", "after", "difference-extension"),
        refuses=("not-found",),
        negotiated=False,
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    _page("/", "The start page: search, a map of all links, figures, the four doors", "things"),
    *_finding(),
    Operation(
        "/id/{kind}/{ref}",
        "Lead from a thing to its document, from a former address to the present one",
        "things",
        reads=("kind", "ref", "lang"),
        refuses=("not-found", "gone"),
        statuses=(301, 303),
    ),
    *_withdrawn(
        _document(
            "/doc/{kind}/{ref}",
            "The description of a thing",
            "things",
            ("kind", "ref", "offset", "sort"),
            (301,),
        )
    ),
    Operation(
        "/scheme/{concept}",
        "Lead from a concept or scheme to its document",
        "vocabularies",
        reads=("concept", "lang"),
        refuses=("not-found",),
        statuses=(303,),
    ),
    *_document("/ontology", "The ontology", "vocabularies"),
    _negotiated("/ontology/{edition}", "A version of the ontology", "vocabularies", ("edition",)),
    *_document("/shapes", "The shapes that data must meet", "vocabularies"),
    *_endpoint("/sparql", "Answer a query", ("release",)),
    *_endpoint("/release/{version}/sparql", "Ask one release a query", ("version",)),
    _page("/queries", "The saved queries, by the reader they are for", "queries"),
    Operation(
        "/queries/{query}.{extension}",
        "The answer of a saved query, in the format of the extension",
        "queries",
        ANSWER,
        ("saved-query", "query-extension", "values"),
        ("not-found", *_LIMITS),
    ),
    _listing("/graph", "The graphs of the release"),
    *_document("/graph/{graph}", "What one graph states", "releases", ("graph",)),
    *_store(),
    *_validation(),
    *_reconciliation(),
    *_lists(),
    *_harvest(),
    _page("/release", "The releases that are kept", "releases"),
    _listing("/release/{version}", "What a release is made of", ("version",), (302,)),
    _page("/dumps", "The releases whose files are kept", "releases"),
    _page("/dumps/{version}/", "The files of a release", "releases", ("version",), (302,)),
    Operation(
        "/dumps/{version}/{file}",
        "A file of a release; its bytes never change",
        "releases",
        DUMP,
        ("version", "file", "Range"),
        ("not-found",),
        (206, 302, 416),
        schema="manifest",
    ),
    _page("/problem/{problem}", "What a problem means", "server", ("problem",)),
    Operation(
        "/health",
        "That the process answers, and which release it serves",
        "server",
        JSON,
        named=False,
        schema="health",
    ),
    Operation(
        "/ready",
        "Whether query, indexes and a page of the current release answer",
        "server",
        JSON,
        refuses=("not-ready",),
        named=False,
        schema="ready",
    ),
    Operation(
        "/metrics", "Figures of the server, for Prometheus", "server", ("text/plain",), named=False
    ),
    Operation("/openapi.json", "This description", "server", JSON, schema="openapi"),
    Operation(
        "/static/{asset}",
        "Style sheet and mark of the pages",
        "server",
        STATIC,
        ("asset", "Range"),
        ("not-found",),
        (206, 416),
    ),
)


def of_queries(queries: Iterable[SavedQuery]) -> tuple[Operation, ...]:
    """Describe each saved query at an address of its own, with its parameters."""
    return tuple(
        Operation(
            f"/queries/{query.name}",
            query.title["en"],
            "queries",
            _types(formats.HTML, *formats_for(query.form)),
            refuses=("not-found", "not-acceptable", *_LIMITS),
            negotiated=True,
            description=query.description["en"],
            parameters=query.parameters,
        )
        for query in queries
    )
