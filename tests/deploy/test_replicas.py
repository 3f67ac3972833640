"""HAProxy with the shipped file before an origin and two replicas, one of which dies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.nginx import SHIPPED, rendered
from benchmarks.servers import free_port
from registry import terms
from registry.publishing.backups import backup, restore
from registry.publishing.plan import Change
from registry.publishing.transaction import begin
from registry.releases.workspace import Workspace
from registry.settings import PREFIX, Settings
from tests.lists import listing
from tests.processes import until
from tests.web.served import Server, serving

pytestmark = pytest.mark.slow

HAPROXY = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
FILE = SHIPPED.with_name("haproxy.cfg")
ASKED = f"""
SELECT ?title WHERE {{ <{terms.GRAPH}list> <{terms.PREFIXES["dcterms"]}title> ?title }}"""

ROUNDS, PAUSE = (int(part) for part in os.environ.get("REPLICAS", "1 2").split())
"""How often a replica dies, and the seconds between publishes: `REPLICAS="10 20"` is a soak."""

if not HAPROXY:
    pytest.skip("haproxy is not installed", allow_module_level=True)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def said_by(home: Path) -> Path:
    """Return the file of what the follower of a replica has said."""
    return home.with_suffix(".log")


@contextmanager
def replica(home: Path, port: int, url: str, origin: str) -> Iterator[Server]:
    """Serve a workspace on a port, and have it follow the origin."""
    settings = {"home": str(home), "workers": "1", "trusted_proxies": "1", "public_url": url}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {f"{PREFIX}HOME": str(home), f"{PREFIX}SHIPPED": "curated"}
    environment |= {f"{PREFIX}GAZETTEER": os.environ[f"{PREFIX}GAZETTEER"]}
    command = [sys.executable, "-m", "registry.cli", "mirror", "--follow", "--every", "0.3", origin]
    with (
        said_by(home).open("ab") as said,
        serving(settings, subprocess.DEVNULL, options=("--port", str(port))) as server,
        subprocess.Popen(command, env=environment, stdout=said, stderr=said) as following,
    ):
        try:
            yield server
        finally:
            following.kill()


@contextmanager
def balancing(ports: list[int], port: int, folder: Path) -> Iterator[str]:
    """Run HAProxy with the shipped file before servers on some ports."""
    numbers = dict(zip((8000, 8001, 8002), ports, strict=True))
    changed = {f"127.0.0.1:{old}": f"127.0.0.1:{new}" for old, new in numbers.items()}
    path = folder / "haproxy.cfg"
    # Many clients of one address here: they are spread over the machines as many addresses are.
    many = {"bind :80": f"bind 127.0.0.1:{port}", "balance source": "balance roundrobin"}
    path.write_text(rendered(FILE.read_text(encoding="utf-8"), {**changed, **many}))
    with subprocess.Popen([str(HAPROXY), "-f", str(path), "-q"]) as process:
        try:
            assert until(lambda: listens(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def contribute(
    own: Workspace, settings: Settings, folder: Path, number: int, titles: dict[str, str]
) -> None:
    """Publish a list whose title has a number; readers know it before they can meet it."""
    path = folder / "list.ttl"
    path.write_text(listing(["twinning"], title=f"List {number}"), encoding="utf-8")
    with begin(own, settings) as transaction:
        planned = transaction.plan(Change([path], winner="file"))
        titles[planned.version] = f"List {number}"
        transaction.build(planned)
        transaction.commit(planned)


class Reader(threading.Thread):
    """Asks the balancer again and again, and notes what is wrong with an answer."""

    def __init__(self, site: Server, titles: dict[str, str], stop: threading.Event) -> None:
        super().__init__()
        self.site, self.titles, self.stop = site, titles, stop
        self.wrong: list[str] = []
        self.seen: Counter[str] = Counter()

    def run(self) -> None:
        while not self.stop.wait(0.02):
            try:
                self.look()
            except Exception as error:
                self.wrong.append(repr(error))

    def look(self) -> None:
        """Ask for a query and a page; each answer is of the release that it names."""
        answer = self.site.query(ASKED, Accept="text/csv")
        release = answer.headers["Citylinks-Release"]
        title = answer.text.split()[1:]
        if answer.status != 200 or " ".join(title) != self.titles.get(release, "no release"):
            self.wrong.append(f"{answer.status} {release} {title}")
        self.seen[release] += 1
        for path in ("/doc/city/perm-511196", "/feed", "/catalog.ttl"):
            page = self.site.ask(path)
            if page.status != 200:
                self.wrong.append(f"{path} {page.status}")


def test_a_replica_dies_and_comes_back_and_no_reader_notices(
    own: Workspace, settings: Settings, tmp_path: Path
) -> None:
    at_home: Any = {"home": own.home, "shipped": "curated", "gazetteer": settings.gazetteer}
    given = Settings(**at_home)
    titles: dict[str, str] = {}
    contribute(own, given, tmp_path, 0, titles)
    homes = [own.home, tmp_path / "one", tmp_path / "two"]
    backup(own, tmp_path / "backup.tar")
    for home in homes[1:]:
        restore(tmp_path / "backup.tar", Workspace(home))
    port, ports = free_port(), [free_port() for _ in homes]
    url, origin = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{ports[0]}"
    stop = threading.Event()
    with ExitStack() as running:
        shared = {"workers": "1", "trusted_proxies": "1", "public_url": url}
        options = ("--port", str(ports[0]))
        first = serving({"home": str(own.home), **shared}, subprocess.DEVNULL, options=options)
        server = running.enter_context(first)
        other = running.enter_context(replica(homes[2], ports[2], url, origin))
        balancer = running.enter_context(balancing(ports, port, tmp_path))
        site = Server(balancer, server.process, 0)
        readers = [Reader(site, titles, stop) for _ in range(3)]
        assert until(lambda: site.ask("/ready").status == 200)
        for reader in readers:
            reader.start()
        for _ in range(ROUNDS):
            with replica(homes[1], ports[1], url, origin) as dying:
                for _ in range(2):
                    contribute(own, given, tmp_path, len(titles), titles)
                    time.sleep(PAUSE)
                os.killpg(dying.process.pid, signal.SIGKILL)
            contribute(own, given, tmp_path, len(titles), titles)
            time.sleep(PAUSE)
        with replica(homes[1], ports[1], url, origin) as back:
            contribute(own, given, tmp_path, len(titles), titles)
            last = str(own.current())
            following = [Workspace(home) for home in homes]
            are_equal = until(lambda: {one.current() for one in following} == {last})
            assert are_equal, [said_by(home).read_text()[-2000:] for home in homes[1:]]
            machines = (server, other, back)
            asked = [one.ask("/feed/1", Accept="application/n-quads") for one in machines]
            assert len({reply.body for reply in asked}) == 1
            assert len({reply.headers["ETag"] for reply in asked}) == 1
            assert until(lambda: site.query(ASKED).headers["Citylinks-Release"] == last)
            stop.set()
            for reader in readers:
                reader.join()
    seen = sum((reader.seen for reader in readers), Counter[str]())
    print(f"{seen.total()} queries and three times as many pages, {len(titles)} releases")
    assert [wrong for reader in readers for wrong in reader.wrong] == []
    assert seen.keys() == titles.keys()
