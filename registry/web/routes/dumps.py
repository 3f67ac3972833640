"""Dumps: every file of every kept release, with Range, ETag and immutable addresses."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from flask import Blueprint, Response, redirect, render_template, send_file
from werkzeug.wrappers import Response as Answer

from registry import formats
from registry.formats import Format
from registry.problems import Problem
from registry.publishing import retention
from registry.releases.graph_files import GraphFiles
from registry.releases.manifest import Manifest
from registry.views import dumps
from registry.views.linksets import AUTHORITIES
from registry.web.conditions import for_file
from registry.web.context import kept_manifest, parts, redirect_to, release
from registry.web.negotiation import FOREVER, respond_as, respond_page
from registry.web.operation import PAGE, SOME_TEXT, VERSION, Operation, in_path

routes = Blueprint("dumps", __name__)

_FORMATS: Final = (
    Format("gzip", "application/gzip", "gz", "compressed"),
    formats.JSON,
    formats.TEXT,
)
_FILE: Final = in_path(
    "file", "the name of the file, as the release lists it", SOME_TEXT, dumps.SUMS
)


@routes.get("/dumps")
@Operation("The releases whose files are kept", "releases", PAGE)
def listing() -> Response:
    """List the releases whose dumps are kept."""
    workspace = parts().shelf.workspace
    current, versions = release().version, retention.newest_first(workspace)
    manifests = [workspace.manifest(version) for version in versions]
    write = lambda: render_template("dumps.html", manifests=manifests, current=current)  # noqa: E731
    return respond_page(write, f"{current} {versions}")


@routes.get("/dumps/<version>/")
@Operation("The files of a release", "releases", PAGE, (VERSION,), statuses=(302,))
def files(version: str) -> Answer:
    """List the files of a release."""
    manifest = kept_manifest(version)
    if version != manifest.version:
        return redirect_to(f"/dumps/{manifest.version}/", 302)
    links = [name for authority in AUTHORITIES for name in authority.files.values()]
    write = lambda: render_template("dump.html", manifest=manifest, links=links)  # noqa: E731
    return respond_page(write, f"{release().version} {manifest.version}")


@routes.get("/dumps/<version>/<file>")
@Operation(
    "A file of a release; its bytes never change",
    "releases",
    _FORMATS,
    (VERSION, _FILE),
    statuses=(302,),
    schema="manifest",
    files=True,
)
def one_file(version: str, file: str) -> Answer:
    """Send a file of a release."""
    manifest = kept_manifest(version)
    if file not in dumps.names(manifest):
        raise Problem("not-found", f"release {manifest.version} has no file {file}")
    if version != manifest.version:
        return redirect(f"/dumps/{manifest.version}/{file}", 302)
    return _send(manifest, file)


@routes.get("/dumps/<version>/<file>/chunks")
@Operation(
    "The parts of a graph's N-Triples; a mirror fetches those that it has not by their ranges",
    "releases",
    (formats.JSON,),
    (VERSION, replace(_FILE, example="perm-twins.nt.gz")),
)
def chunks(version: str, file: str) -> Response:
    """List the chunks of a graph's N-Triples: the hash of each, and its bytes in the file."""
    manifest = kept_manifest(version)
    graphs = {entry.files.get("nt"): entry for entry in manifest.all_graphs()}
    if (entry := graphs.get(file)) is None:
        raise Problem("not-found", f"release {manifest.version} has no file {file}")
    folder = parts().shelf.workspace.graph_folder(entry.sha256)
    found = GraphFiles(folder, entry.graph).chunks("nt")
    body = json.dumps({"chunks": [{"sha256": key, "bytes": size} for key, size in found]})
    response = respond_as(formats.JSON, lambda: body, f"chunks {entry.sha256}")
    response.headers["Citylinks-Release"] = manifest.version
    return response


def _send(manifest: Manifest, name: str) -> Response:
    """Send a file; its bytes never change at this address."""
    folder = parts().shelf.workspace.folder(manifest.version).resolve()
    path = dumps.whole_file(folder, manifest, name)
    known = {entry.file: entry.sha256 for entry in manifest.dumps}
    etag = known.get(name, f"{manifest.version}-{name}")
    media_type = dumps.media_type(name)
    response = for_file(send_file(path, media_type, conditional=False, etag=etag), name)
    response.content_type = media_type
    response.headers["Cache-Control"] = FOREVER
    response.headers["Citylinks-Release"] = manifest.version
    return response
