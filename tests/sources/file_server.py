"""A server of one file, which knows whether it has changed, and fails as it is told."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.sources.wikidata_endpoint import Sent


@dataclass
class Files:
    """A file with its `ETag`, and its `Last-Modified` where that is given."""

    content: bytes = b""
    modified: str = ""
    kind: str = "text/csv"
    failures: list[Sent] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    sent: int = 0
    url: str = ""

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append({"path": request.path, **dict(request.headers.items())})
        sent = self.failures.pop(0) if self.failures else Sent()
        is_same = request.headers.get("If-None-Match") == self.tag and sent.status == 200
        content = b"" if is_same else self.content if sent.body is None else sent.body
        request.send_response(304 if is_same else sent.status)
        headers = {"Content-Type": self.kind, "ETag": self.tag, **sent.headers}
        if self.modified:
            headers["Last-Modified"] = self.modified
        if not is_same:
            headers["Content-Length"] = str(len(content))
            self.sent += 1
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(content[: sent.cut])


@contextmanager
def serving_files(certificate: Path | None = None) -> Iterator[Files]:
    """Serve a file on this machine, at any path; over TLS with a certificate and its key."""
    served = Files()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        served.url = (
            f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}/lists/twins.csv"
        )
        yield served
        server.shutdown()
