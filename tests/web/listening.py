"""A client that listens to `/events` over a socket of its own."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

from tests.web.served import PATIENCE, Server


class Stream:
    """A stream of events, and what has come of it without the marks of its chunks."""

    def __init__(self, server: Server, last: str = "", path: str = "/events") -> None:
        address = urlsplit(server.url)
        where = (address.hostname, address.port)
        self.socket = socket.create_connection(where, timeout=PATIENCE)
        resuming = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{resuming}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while line := self.file.readline().decode().strip():
            name, _, value = line.partition(": ")
            self.headers[name] = value
        self.came = b""

    def events(self, number: int) -> list[dict[str, str]]:
        """Return the next events; each has what its data say, its `type` and its `id`."""
        while self.came.count(b"data: ") < number or not self.came.endswith(b"\n\n"):
            self.came += self.chunk()
        blocks, self.came = self.came.decode().split("\n\n"), b""
        found = []
        for block in blocks:
            fields = dict(line.partition(": ")[::2] for line in block.splitlines())
            if "data" in fields:
                named = {"type": fields["event"], "id": fields.get("id", "")}
                found.append(json.loads(fields["data"]) | named)
        assert len(found) == number
        return found

    def chunk(self) -> bytes:
        """Return the next chunk; empty at the end."""
        size = int(self.file.readline(), 16)
        return self.file.read(size + 2)[:-2]

    def close(self) -> None:
        self.file.close()
        self.socket.close()
