"""Proof that somebody speaks for a city: a line on a website of the city."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from registry.contribute import proof
from registry.contribute.stamps import Stamps
from registry.problems import Problem
from tests.tables import every_row

LINE = "citylinks-authority: perm-511196 0123"
SITES = {
    "the line": (200, f"# ours\n  {LINE}  \n", True),
    "another city": (200, LINE.replace("perm", "pavia"), False),
    "a longer code": (200, LINE + "4", False),
    "no file": (404, LINE, False),
    "too long": (200, "x" * 30_000 + f"\n{LINE}\n", False),
    "no text": (200, "\udcff", False),
}


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, object]]]:
    said: dict[str, object] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_there = self.path == proof.PATH
            self.send_response(int(str(said["status"])) if is_there else 404)
            body = str(said["body"]).encode("utf-8", "surrogateescape")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", said
    server.shutdown()
    server.server_close()


def test_only_the_line_itself_is_a_proof(site: tuple[str, dict[str, object]]) -> None:
    address, said = site
    for name, (status, body, fits) in SITES.items():
        said.update(status=status, body=body)
        if fits:
            proof.check(address, LINE)
        else:
            with pytest.raises(Problem) as caught:
                proof.check(address, LINE)
            assert caught.value.name == "bad-parameter", name


def test_a_line_is_for_one_person_one_city_and_one_workspace(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path / "a")
    line = proof.line(stamps, "perm-511196", "Anna")
    assert line == proof.line(Stamps(tmp_path / "a"), "perm-511196", "Anna")
    others = [
        proof.line(stamps, "perm-511196", "Bert"),
        proof.line(stamps, "oxford-2640729", "Anna"),
        proof.line(Stamps(tmp_path / "b"), "perm-511196", "Anna"),
    ]
    assert len({line, *others}) == 4


@every_row(
    "text", ["", "localhost", "https://a.b", "a..b", "a.b/c", "a.b:80", "-a.b", "1.2.3.4", "a b.cd"]
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="is not a domain"):
        proof.address(text)


def test_a_domain_is_asked_over_tls() -> None:
    assert proof.address("www.Example.org") == "https://www.example.org"
