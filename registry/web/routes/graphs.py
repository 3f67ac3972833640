"""Named graphs and releases: what the registry is made of."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Blueprint, Response, render_template
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.formats import Format
from registry.graphs.graph import Role
from registry.problems import Problem
from registry.publishing import retention
from registry.releases import log
from registry.releases.manifest import GraphEntry, Manifest
from registry.things.contents import contents
from registry.web.context import kept_manifest, last_modified, pages, parts, redirect_to, release
from registry.web.negotiation import (
    Resource,
    Variant,
    documents,
    fixed_format,
    respond,
    respond_page,
)
from registry.web.operation import DOCUMENT, LISTING, PAGE, REF, VERSION, Operation, in_path

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


@routes.get("/graph/<path:graph>")
@routes.get("/graph/<path:graph>.<extension>")
@Operation("What one graph states", "releases", DOCUMENT, (_GRAPH,))
def content(graph: str, extension: str = "") -> Response:
    """Return the content of a graph, or a page about it."""
    entry = release().manifest.graph(terms.GRAPH + graph)
    if entry is None:
        raise Problem("not-found", f"<{terms.GRAPH}{graph}> is not a graph of this release")
    path, form = terms.path_of(entry.graph) or "/", fixed_format(DOCUMENT, extension)
    variants = documents(path, partial(_page, entry), partial(write_graph, entry))
    tag = f"{release().version} {entry.sha256}"
    return respond(Resource(variants, tag, form, last_modified(), entry.licence, entry.graph))


def write_graph(entry: GraphEntry, form: Format) -> bytes:
    """Write a graph's triples, in the order of its dump."""
    return formats.serialise(parts().shelf.workspace.graph(entry).triples(), form)


def _page(entry: GraphEntry) -> str:
    return render_template(
        "graph.html",
        entry=entry,
        contents=contents(pages(), entry.graph),
        manifest=release().manifest,
        formats=formats.GRAPHS,
        path=terms.path_of(entry.graph),
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


@routes.get("/release/<version>")
@Operation(
    "What a release is made of",
    "releases",
    LISTING,
    (VERSION,),
    statuses=(302,),
    schema="manifest",
)
def one_release(version: str) -> Answer:
    """Describe what a release is made of."""
    manifest, current = kept_manifest(version), release()
    path = f"/release/{manifest.version}"
    if version != manifest.version:
        return redirect_to(path, 302)
    variants = (
        Variant(formats.HTML, path, partial(_release_page, manifest)),
        Variant(formats.JSON, f"/dumps/{manifest.version}/manifest.json", manifest.to_json),
    )
    at = parts().shelf.published_at(manifest.version)
    return respond(Resource(variants, f"{manifest.version} {current.version} {at}", None, ""))


def _release_page(manifest: Manifest) -> str:
    """Show what a release is: when it is of, how much it holds, what came before, its graphs."""
    workspace, version = parts().shelf.workspace, manifest.version
    switches = log.switches(workspace.log_path)
    before = [event.previous for event in switches if event.version == version]
    there = set(workspace.versions())
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
        previous=next((one for one in before[::-1] if one in there and one != version), ""),
    )
