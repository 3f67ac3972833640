"""Named graphs and releases: what the registry is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response, render_template
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.catalogue import editions
from registry.catalogue.publication import Edition
from registry.formats import Format
from registry.graphs.graph import Role
from registry.graphs.statements import write
from registry.problems import Problem
from registry.publishing import retention
from registry.releases.manifest import GraphEntry, Manifest
from registry.things.contents import Contents, contents
from registry.web.context import (
    kept_manifest,
    last_modified,
    origin,
    pages,
    parts,
    redirect_to,
    release,
)
from registry.web.negotiation import (
    Resource,
    Variant,
    Written,
    documents,
    fixed_format,
    respond,
    respond_page,
)
from registry.web.operation import LISTING, PAGE, REF, VERSION, Operation, in_path

routes = Blueprint("graphs", __name__)


@routes.get("/graph")
@Operation("The graphs of the release", "releases", LISTING, schema="manifest")
def listing() -> Response:
    """List the graphs of the release."""
    manifest = release().manifest
    page = lambda: render_template("graphs.html", manifest=manifest, path_of=terms.path_of)  # noqa: E731
    variants = (
        Variant(formats.HTML, "/graph", page),
        Variant(formats.JSON, f"/dumps/{manifest.version}/manifest.json", manifest.to_json),
    )
    return respond(Resource(variants, manifest.version, None, last_modified()))


_GRAPH: Final = in_path(
    "graph", "the name of the graph; a slash in it may be sent as %2F", REF, "cities"
)


_CONTENT: Final = (formats.HTML, *formats.RDF_FORMATS)


@routes.get("/graph/<path:graph>")
@routes.get("/graph/<path:graph>.<extension>")
@Operation("What one graph states", "releases", _CONTENT, (_GRAPH,))
def content(graph: str, extension: str = "") -> Response:
    """Return the content of a graph, or a page about it."""
    entry = release().manifest.graph(terms.GRAPH + graph)
    if entry is None:
        raise Problem("not-found", f"<{terms.GRAPH}{graph}> is not a graph of this release")
    path, form = terms.path_of(entry.graph) or "/", fixed_format(_CONTENT, extension)
    variants = _documents(path, partial(_page, entry), entry)
    tag = f"{release().version} {entry.sha256}"
    return respond(Resource(variants, tag, form, last_modified(), entry.licence, entry.graph))


def _documents(path: str, page: Callable[[], str], entry: GraphEntry) -> tuple[Variant, ...]:
    """Return the variants of a graph: its page, and each format of graphs and of datasets."""
    return documents(path, page, partial(write_graph, entry), formats.RDF_FORMATS)


_LARGE: Final = 20_000
"""Triples from which a graph is sent from its dump, whose Turtle has all our prefixes."""


def write_graph(entry: GraphEntry, form: Format) -> Written:
    """Write a graph, in the order of its dump; in a format of datasets under its name."""
    workspace = parts().shelf.workspace
    if form == formats.NTRIPLES:
        return workspace.blocks(entry)
    if entry.triples > _LARGE and form != formats.RDFXML:
        return workspace.file_blocks(entry, form.extension)
    triples = parts().shelf.workspace.graph(entry).triples()
    if form not in formats.DATASETS:
        return formats.serialise(triples, form)
    name = ox.NamedNode(entry.graph)
    return formats.serialise(
        (ox.Quad(t.subject, t.predicate, t.object, name) for t in triples), form
    )


def _page(entry: GraphEntry) -> str:
    return render_template(
        "graph.html",
        entry=entry,
        contents=contents(pages(), entry.graph),
        manifest=release().manifest,
        formats=formats.RDF_FORMATS,
        path=terms.path_of(entry.graph),
        cited=entry.graph,
    )


@routes.get("/release")
@Operation("The releases that are kept", "releases", PAGE)
def releases() -> Response:
    """List the releases that are kept."""
    workspace = parts().shelf.workspace
    names = workspace.named()
    current = release().version
    rows = [
        {
            "version": version,
            "name": names.get(version, ""),
            "at": parts().shelf.published_at(version),
            "current": version == current,
        }
        for version in retention.newest_first(workspace)
    ]
    return respond_page(lambda: render_template("releases.html", rows=rows), str(rows))


_RELEASE: Final = (*LISTING, *formats.GRAPHS)


@routes.get("/release/<version>")
@routes.get("/release/<version>.<extension>")
@Operation(
    "What a release is made of",
    "releases",
    _RELEASE,
    (VERSION,),
    statuses=(302,),
    schema="manifest",
)
def one_release(version: str, extension: str = "") -> Answer:
    """Describe what a release is made of."""
    manifest, current = kept_manifest(version), release()
    path, form = f"/release/{manifest.version}", fixed_format(_RELEASE, extension)
    if version != manifest.version:
        return redirect_to(f"{path}.{extension}" if extension else path, 302)
    html, *graphs = documents(path, partial(_release_page, manifest), partial(_in_rdf, manifest))
    json = Variant(formats.JSON, f"/dumps/{manifest.version}/manifest.json", manifest.to_json)
    at = parts().shelf.published_at(manifest.version)
    tag = f"{manifest.version} {current.version} {at} {parts().shelf.workspace.named()} {origin()}"
    about = terms.release(manifest.version)
    return respond(Resource((html, json, *graphs), tag, form, "", manifest.licence, about))


def _in_rdf(manifest: Manifest, form: Format) -> bytes:
    """Write what a release is made of in an RDF format."""
    version, shelf = manifest.version, parts().shelf
    edition = Edition(
        manifest, shelf.published_at(version), shelf.workspace.named().get(version, "")
    )
    return write(editions.Release(origin(), edition, shelf.previous(version)).describe(), form)


@routes.get("/release/<version>/graph/<path:graph>")
@routes.get("/release/<version>/graph/<path:graph>.<extension>")
@Operation(
    "What one graph states in a release that is kept",
    "releases",
    _CONTENT,
    (VERSION, _GRAPH),
    statuses=(302,),
)
def content_in(version: str, graph: str, extension: str = "") -> Answer:
    """Return the content of a graph as it is in a release, or a page about it."""
    manifest = kept_manifest(version)
    entry = manifest.graph(terms.GRAPH + graph)
    if entry is None:
        detail = f"<{terms.GRAPH}{graph}> is not a graph of release {manifest.version}"
        raise Problem("not-found", detail)
    path, form = f"/release/{manifest.version}/graph/{graph}", fixed_format(_CONTENT, extension)
    if version != manifest.version:
        return redirect_to(f"{path}.{extension}" if extension else path, 302)
    at = parts().shelf.published_at(manifest.version)
    response = respond(
        Resource(
            _documents(path, partial(_page_in, entry, manifest), entry),
            f"{path} {entry.sha256} {release().version}",
            form,
            at,
            entry.licence,
            terms.graph_in(manifest.version, entry.graph),
            immutable=form in formats.RDF_FORMATS,
            original=terms.path_of(entry.graph) or "/",
        )
    )
    response.headers["Citylinks-Release"] = manifest.version
    return response


def _page_in(entry: GraphEntry, manifest: Manifest) -> str:
    """Write the page of a graph of a release, whose store may have been pruned."""
    graph = parts().shelf.workspace.graph(entry)
    own = [t for t in graph.triples() if t.subject == ox.NamedNode(entry.graph)]
    return render_template(
        "graph.html",
        entry=entry,
        contents=Contents(tuple(pages().statements(own)), ()),
        manifest=manifest,
        formats=formats.RDF_FORMATS,
        path=f"/release/{manifest.version}{terms.path_of(entry.graph)}",
        cited=terms.graph_in(manifest.version, entry.graph),
    )


def _release_page(manifest: Manifest) -> str:
    """Show what a release is: when it is of, how much it holds, what came before, its graphs."""
    workspace, version = parts().shelf.workspace, manifest.version
    return render_template(
        "release.html",
        manifest=manifest,
        by_role=[
            (role, entries)
            for role in Role
            if (entries := [one for one in manifest.all_graphs() if one.role == role])
        ],
        current=version == release().version,
        name=workspace.named().get(version, ""),
        published=parts().shelf.published_at(version),
        told=parts().shelf.switch_to(version),
        previous=parts().shelf.previous(version),
        formats=formats.GRAPHS,
    )
