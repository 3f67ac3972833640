"""What browsers load: named by hash, kept for ever, compressed; and pages without it."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest
from flask.testing import FlaskClient

from registry.web import asset_files
from tests.web.reading import page

needs_assets = pytest.mark.skipif(
    not asset_files.names(), reason="assets were not built: make assets"
)


FILES = {
    *("site.js", "style.css", "world.svg", "licences.txt"),
    *("map.js", "map.css", "worker.js", "editor.js", "editor.css"),
    *("graph.js", "link.js", "link.css", "ontology.json"),
}


@needs_assets
def test_built_files_are_named_by_their_content_and_kept_for_ever(client: FlaskClient) -> None:
    assert asset_files.names().keys() == FILES | {"tiles"}
    for name in (asset_files.names()[plain] for plain in sorted(FILES)):
        response = client.get(f"/static/{name}")
        assert response.status_code == 200
        assert hashlib.sha256(response.data).hexdigest()[:12] in name
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        packed = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == response.data
        known = client.get(f"/static/{name}", headers={"If-None-Match": response.headers["ETag"]})
        assert known.status_code == 304


@needs_assets
@pytest.mark.parametrize(
    ("page_of", "names", "most"),
    [
        ("/sparql", ("site.js", "style.css", "editor.js", "editor.css", "graph.js"), 200_000),
        ("/link", ("site.js", "style.css", "link.js", "link.css"), 30_000),
        ("maps", ("map.js", "map.css", "worker.js"), 450_000),
    ],
)
def test_pages_are_light(page_of: str, names: tuple[str, ...], most: int) -> None:
    """What they load of scripts and styles, compressed."""
    built = asset_files.names()
    packed = (gzip.compress((asset_files.ASSETS / built[name]).read_bytes()) for name in names)
    assert sum(map(len, packed)) <= most, page_of


@needs_assets
def test_pages_load_what_was_built_and_nothing_else(client: FlaskClient) -> None:
    shown = page(client.get("/").data)
    loaded = {one.get("href") for one in shown.find("link") if one.get("rel") == "stylesheet"}
    loaded |= {one.get("src") for one in shown.find("script") if one.get("src")}
    assert loaded == {asset_files.address("style.css"), asset_files.address("site.js")}


def test_without_a_build_pages_are_plain_and_whole(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_files, "names", dict)
    for path in (
        "/?x=1",
        "/doc/city/perm-511196?x=1",
        "/search?q=perm&x=1",
        "/card/perm-511196?x=1",
    ):
        shown = page(client.get(path, headers={"Accept": "text/html"}).data)
        assert shown.errors == ()
        assert not [one for one in shown.find("script") if one.get("src")]
        assert [
            one.get("href") for one in shown.find("link") if one.get("rel") == "stylesheet"
        ] == ["/static/style.css"]
        assert not [one for one in shown.find("use") if "world" in one.get("href", "")]
    assert client.get("/static/style.css").status_code == 200


def test_the_packages_are_pinned_and_no_address_of_a_registry_is_kept() -> None:
    lock = (asset_files.ASSETS.parent / "frontend" / "package-lock.json").read_text(
        encoding="utf-8"
    )
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
    packages = json.loads(lock)["packages"]
    assert len(packages) > 20
    # Where its authors ask for support is all that a package may name.
    assert "http" not in json.dumps([{**one, "funding": ""} for one in packages.values()])
