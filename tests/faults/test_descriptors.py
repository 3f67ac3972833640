"""A server that sees many releases come and go holds files of the last few of them at most."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.processes import descendants, until
from tests.web.served import Server, serving

pytestmark = pytest.mark.slow

PATHS = ("/doc/city/perm-511196", "/links.csv", "/suggest?q=per", "/sparql?query=ASK%7B%7D")
RELEASES, WARM = 16, 4


def open_files(server: Server) -> list[str]:
    """List what all processes of a server have open, by the path that the system shows."""
    found = []
    for process in {server.process.pid, *descendants(server.process.pid)}:
        with suppress(OSError):  # It has ended meanwhile.
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                with suppress(OSError):
                    found.append(str(descriptor.readlink()))
    return found


def test_descriptors_are_released_after_publishes(own: Workspace, settings: Settings) -> None:
    given = Settings(
        home=own.home,
        shipped="curated",
        gazetteer=settings.gazetteer,
        keep_releases=2,
        keep_stores=1,
    )
    wrong: list[int] = []
    stop = threading.Event()
    with serving({"home": str(own.home), "workers": "2"}) as server:

        def read() -> None:
            while not stop.is_set():
                wrong.extend(status for path in PATHS if (status := server.ask(path).status) != 200)

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        counts = []
        for number in range(RELEASES):
            publish(own, given, Change(as_of=f"20{number:02}-01-01"))
            counts.append(len(open_files(server)))
        stop.set()
        for reader in readers:
            reader.join()
        assert wrong == []
        # Readers hold the last few releases that they have seen, and never more of them.
        assert max(counts[-WARM:]) <= 1.5 * max(counts[WARM:-WARM]), counts
        assert until(lambda: len(open_files(server)) <= max(counts[:-WARM])), counts
