"""Debian's nginx with the shipped `deploy/nginx.conf`, in front of a server of ours.

The file is rendered for one run: paths lead into a folder, ports are free ones of this machine,
everything else is as shipped. Around it stands what Debian's own `nginx.conf` sets.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from benchmarks.servers import HOST, free_port

PROGRAM: Final = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SHIPPED: Final = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"

_PATIENCE: Final = 20.0
"""Seconds in which nginx has to listen, and later to end."""

_MAIN: Final = """\
{user}worker_processes auto;
pid {folder}/nginx.pid;
daemon off;
events {{ worker_connections 1024; }}
http {{
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    types {{ text/html html; text/css css; }}
    default_type application/octet-stream;
    access_log off;
    gzip on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    {around}
    include {folder}/citylinks.conf;
}}
"""


def available() -> bool:
    """Tell whether nginx is installed."""
    return PROGRAM is not None


@dataclass(frozen=True)
class Variant:
    """What differs from the shipped file in one run.

    `replaced` are further pieces of its text, `tls` the files of a certificate and its key, and
    `around` lines for the http context. `crowd` lifts the limits of an address, for a crowd of
    readers that has only one.
    """

    replaced: Mapping[str, str] | None = None
    tls: tuple[Path, Path] | None = None
    around: str = ""
    crowd: bool = False


CROWD: Final = Variant(crowd=True)


class Nginx:
    """Nginx in front of `upstream`, whose workspace is `home`; a context that ends it.

    `folder` takes all that it writes. Outside the context `port` is 0, and so is `plain_port`
    where there is no TLS.
    """

    def __init__(
        self,
        home: Path,
        upstream: tuple[str, int],
        folder: Path,
        variant: Variant = CROWD,
    ) -> None:
        self._home, self._upstream = home.resolve(), upstream
        self._folder, self._variant = folder.resolve(), variant
        self._process: subprocess.Popen[bytes] | None = None
        self.port = self.plain_port = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return HOST, self.port

    @property
    def host(self) -> str:
        """The value of a Host header."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{'https' if self._variant.tls else 'http'}://{self.host}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._running().pid

    @property
    def access_log(self) -> Path:
        """Its log of requests."""
        return self._folder / "citylinks.access.log"

    @property
    def error_log(self) -> Path:
        """Its log of errors."""
        return self._folder / "citylinks.error.log"

    def __enter__(self) -> Nginx:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.name_start()
        self.port = free_port()
        self.plain_port = free_port() if self._variant.tls else 0
        (self._folder / "citylinks.conf").write_text(self._rendered())
        (self._folder / "nginx.conf").write_text(
            _MAIN.format(
                user="user root;\n" if os.geteuid() == 0 else "",
                folder=self._folder,
                around=self._variant.around,
            )
        )
        self._process = self._start()
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def name_start(self) -> None:
        """Give the start of the application a new name, as its systemd unit does."""
        name = uuid4().hex
        (self._folder / "run" / name).mkdir(parents=True)
        beside = self._folder / "run" / "start.new"
        beside.symlink_to(name)
        beside.replace(self._folder / "run" / "start")

    def _rendered(self) -> str:
        """Render the shipped file for this run."""
        host, port = self._upstream
        pieces = {
            "server 127.0.0.1:8000;": f"server {host}:{port};",
            "/var/lib/citylinks/": f"{self._home}/",
            "/run/citylinks/": f"{self._folder}/run/",
            "/var/cache/citylinks-nginx": f"{self._folder}/cache",
            "/var/log/nginx/": f"{self._folder}/",
            **(_LIFTED if self._variant.crowd else {}),
            **self._listening(),
            **(self._variant.replaced or {}),
        }
        return rendered(SHIPPED.read_text(encoding="utf-8"), pieces)

    def _listening(self) -> dict[str, str]:
        """Listen without TLS, or take the lines of the variant with it."""
        if not self._variant.tls:
            second = "    listen [::]:80 reuseport; # plain\n"
            return {second: "", "listen 80      ": f"listen {HOST}:{self.port} "}
        certificate, key = self._variant.tls
        return {
            "    listen 80      reuseport; # plain\n": "",
            "    listen [::]:80 reuseport; # plain\n": "",
            "    #tls listen [::]:443 ssl http2 reuseport;\n": "",
            "#tls     listen [::]:80;\n": "",
            "#tls ": "",
            "listen 443      ": f"listen {HOST}:{self.port} ",
            "listen 80;": f"listen {HOST}:{self.plain_port};",
            "/etc/letsencrypt/live/citylinks.example/fullchain.pem": str(certificate),
            "/etc/letsencrypt/live/citylinks.example/privkey.pem": str(key),
        }

    def _start(self) -> subprocess.Popen[bytes]:
        log = self._folder / "start.log"
        command = [PROGRAM or "nginx", "-p", str(self._folder), "-e", str(log)]
        with log.open("ab") as said:
            return subprocess.Popen(
                [*command, "-c", str(self._folder / "nginx.conf")],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("nginx is not started")
        return self._process

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not _listens(self.address):
            if self._running().poll() is not None or time.monotonic() > deadline:
                said = (self._folder / "start.log").read_text()
                raise RuntimeError(f"nginx does not listen:\n{said[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End nginx; what is under way is cut off."""
        process = self._running()
        process.terminate()
        process.wait(_PATIENCE)


def rendered(text: str, pieces: Mapping[str, str]) -> str:
    """Replace pieces of a text; ValueError when one is not there.

    >>> rendered("listen 80;", {"80": "8080"})
    'listen 8080;'
    """
    for piece, instead in pieces.items():
        if piece not in text:
            raise ValueError(f"there is no {piece!r} in it")
        text = text.replace(piece, instead)
    return text


_LIFTED: Final = {
    "rate=500r/s": "rate=1000000r/s",
    "limit_conn        citylinks_requests 32;": "limit_conn        citylinks_requests 60000;",
}
"""The limits of one address, for a crowd that has only one."""


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True
