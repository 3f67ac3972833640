"""Dumps: every file of every kept release, with Range, ETag and immutable addresses."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, redirect, render_template, request, send_file
from werkzeug.wrappers import Response as Answer

from registry.problems import Problem
from registry.publishing import retention
from registry.releases.manifest import Manifest
from registry.views import dumps
from registry.views.linksets import AUTHORITIES
from registry.web import language
from registry.web.conditions import Outcome, outcome
from registry.web.context import kept, parts, release
from registry.web.negotiation import FOREVER, respond_page

routes = Blueprint("dumps", __name__)


@routes.get("/dumps")
def listing() -> Response:
    """List the releases whose dumps are kept."""
    workspace = parts().shelf.workspace
    current, versions = release().version, retention.newest_first(workspace)
    manifests = [workspace.manifest(version) for version in versions]
    write = lambda: render_template("dumps.html", manifests=manifests, current=current)  # noqa: E731
    return respond_page(write, f"{current} {versions}")


@routes.get("/dumps/<wanted>/")
def files(wanted: str) -> Answer:
    """List the files of a release."""
    manifest = kept(wanted)
    if wanted != manifest.version:
        return redirect(language.keeping(request)(f"/dumps/{manifest.version}/"), 302)
    links = [name for authority in AUTHORITIES for name in authority.files.values()]
    write = lambda: render_template("dump.html", manifest=manifest, links=links)  # noqa: E731
    return respond_page(write, f"{release().version} {manifest.version}")


@routes.get("/dumps/<wanted>/<name>")
def file(wanted: str, name: str) -> Answer:
    """Send a file of a release."""
    manifest = kept(wanted)
    if name not in {dumps.MANIFEST, dumps.SUMS, *(entry.file for entry in manifest.dumps)}:
        raise Problem("not-found", f"release {manifest.version} has no file {name}")
    if wanted != manifest.version:
        return redirect(f"/dumps/{manifest.version}/{name}", 302)
    return _sent(manifest, name)


def _sent(manifest: Manifest, name: str) -> Response:
    """Send a file whose bytes never change at this address."""
    path = parts().shelf.workspace.folder(manifest.version).resolve() / "dumps" / name
    known = {entry.file: entry.sha256 for entry in manifest.dumps}
    etag = known.get(name, f"{manifest.version}-{name}")
    written = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    if outcome(request, etag, written) is Outcome.FAILED:
        raise Problem("precondition", f"{name} is not as the request expects")
    # The framework judges once more, for Range; it takes `If-Match: *` for a name.
    request.environ.pop("HTTP_IF_MATCH", None)
    response = send_file(path, dumps.media_type(name), conditional=True, etag=etag)
    response.content_type = dumps.media_type(name)
    response.headers["Cache-Control"] = FOREVER
    response.headers["Citylinks-Release"] = manifest.version
    return response
