"""Dumps over HTTP: complete, verifiable, resumable (RFC 9110, sections 13 and 14), for ever."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from registry.releases.reading import Release
from tests.tables import every_row
from tests.web.reading import page
from tests.web.served import Reply, Server

WHOLE = "citylinks.nq.gz"


def at(release: Release, name: str) -> str:
    return f"/dumps/{release.version}/{name}"


def whole(server: Server, release: Release) -> Reply:
    return server.ask(at(release, WHOLE))


def test_every_file_has_its_checksum(server: Server, release: Release) -> None:
    sums = server.ask(at(release, "SHA256SUMS")).text
    pairs = (line.split("  ") for line in sums.splitlines())
    listed = {name: expected for expected, name in pairs}
    names = {entry.file for entry in release.manifest.dumps}
    assert listed.keys() == {*names, "manifest.json"}
    for name, expected in listed.items():
        reply = server.ask(at(release, name))
        assert hashlib.sha256(reply.body).hexdigest() == expected, name


def test_every_file_has_its_media_type(server: Server, release: Release) -> None:
    for entry in release.manifest.dumps:
        reply = server.ask(at(release, entry.file), "HEAD")
        assert reply.headers["Content-Type"] == entry.mediaType == "application/gzip"
        assert int(reply.headers["Content-Length"]) == entry.bytes
        assert reply.headers["Content-Encoding"] is None
    assert server.ask(at(release, "manifest.json")).type == "application/json"
    sums = server.ask(at(release, "SHA256SUMS"))
    assert sums.headers.get_all("Content-Type") == ["text/plain; charset=utf-8"]


def test_the_manifest_lists_every_graph_by_its_content(server: Server, release: Release) -> None:
    manifest = server.ask(at(release, "manifest.json")).json
    assert manifest["version"] == release.version
    for entry in [*manifest["graphs"], manifest["derived"]]:
        content = gzip.decompress(server.ask(at(release, entry["files"]["nt"])).body)
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert content.count(b"\n") == entry["triples"]


@pytest.mark.conforms("RFC 8246", "2", "files of a release are `immutable`")
def test_a_file_never_changes(server: Server, release: Release) -> None:
    first = whole(server, release)
    assert "immutable" in first.headers["Cache-Control"]
    assert first.headers["Citylinks-Release"] == release.version
    again = server.ask(at(release, WHOLE), If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    other = server.ask(at(release, WHOLE), If_None_Match='"another"')
    assert (other.status, other.body) == (200, first.body)


RANGES = [
    ("bytes=0-99", slice(0, 100)),
    ("bytes=100-", slice(100, None)),
    ("bytes=-50", slice(-50, None)),
    ("bytes=0-99999999", slice(0, None)),
]


@pytest.mark.conforms("RFC 9110", "14.2", "a part of a file of a dump is 206")
@every_row(("asked", "part"), RANGES)
def test_a_part_can_be_asked_for(asked: str, part: slice, server: Server, release: Release) -> None:
    complete = whole(server, release)
    assert complete.headers["Accept-Ranges"] == "bytes"
    reply = server.ask(at(release, WHOLE), Range=asked)
    assert reply.status == 206
    assert reply.body == complete.body[part]
    assert reply.headers["Content-Range"].endswith(f"/{len(complete.body)}")
    assert reply.headers["ETag"] == complete.headers["ETag"]


@pytest.mark.conforms("RFC 9110", "13.1.5", "If-Range gives a part of the same file alone")
def test_a_part_is_given_of_the_same_file_alone(server: Server, release: Release) -> None:
    complete = whole(server, release)
    same = server.ask(at(release, WHOLE), Range="bytes=5-9", If_Range=complete.headers["ETag"])
    assert (same.status, same.body) == (206, complete.body[5:10])
    other = server.ask(at(release, WHOLE), Range="bytes=5-9", If_Range='"another"')
    assert (other.status, other.body) == (200, complete.body)


@pytest.mark.conforms("RFC 9110", "15.5.17", "a part that there is not is 416 with Content-Range")
def test_a_part_that_there_is_not_is_told(server: Server, release: Release) -> None:
    reply = server.ask(at(release, WHOLE), Range="bytes=99999999-")
    assert reply.status == 416
    assert reply.headers["Content-Range"] == f"bytes */{len(whole(server, release).body)}"
    assert reply.json["type"] == "about:blank"
    assert reply.json["status"] == 416


def test_latest_leads_to_the_current_release(server: Server, release: Release) -> None:
    for wanted in ("latest", release.version[:8]):
        for name in ("", WHOLE, "manifest.json"):
            reply = server.ask(f"/dumps/{wanted}/{name}")
            assert reply.status == 302
            assert reply.headers["Location"] == at(release, name)
            assert "immutable" not in reply.headers.get("Cache-Control", "")


@pytest.mark.parametrize("name", ["nothing", "x%0D%0Ay", "%C3%A9"])
def test_latest_leads_to_no_file_that_is_not_there(name: str, server: Server) -> None:
    assert server.ask(f"/dumps/latest/{name}").status == 404


def test_a_release_has_one_page_whatever_it_is_called(server: Server, release: Release) -> None:
    for wanted in ("latest", release.version[:8]):
        reply = server.ask(f"/release/{wanted}")
        assert reply.status == 302
        assert reply.headers["Location"] == f"/release/{release.version}"
    page = server.ask(f"/release/{release.version}", accept="text/html")
    assert 'href="/graph/perm-twins"' in page.text


@every_row(
    "path",
    [
        "/dumps/{version}/unknown.nq.gz",
        "/dumps/{version}/..%2fmanifest.json",
        "/dumps/{version}/../manifest.json",
        "/dumps/{version}/%2e%2e/%2e%2e/log.jsonl",
        "/dumps/{version}/../../../log.jsonl",
        "/dumps/..%2f..%2fetc/passwd",
        "/dumps/../log.jsonl",
        "/dumps/{version}/store/CURRENT",
        "/dumps/{version}//etc/passwd",
        "/dumps/{version}/citylinks.nq.gz%00",
        "/dumps/unknown/",
        "/dumps/unknown/manifest.json",
        "/dumps/{version}x/manifest.json",
        "/dumps/latest/../log.jsonl",
    ],
)
def test_nothing_else_is_sent(path: str, server: Server, release: Release) -> None:
    reply = server.ask(path.format(version=release.version))
    assert reply.status == 404, reply.text
    assert reply.json["type"].endswith("/not-found")


def test_the_lists_lead_to_every_file(server: Server, release: Release) -> None:
    releases = page(server.ask("/dumps").body)
    assert at(release, "") in set(releases.links())
    links = set(page(server.ask(at(release, "")).body).links())
    for entry in release.manifest.dumps:
        assert at(release, entry.file) in links
    assert {at(release, "SHA256SUMS"), at(release, "manifest.json")} <= links
