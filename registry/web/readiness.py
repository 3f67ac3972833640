"""Readiness: whether the current release can be queried, shown and searched, by trying each.

A check runs a query in a new worker process, reads both index databases and renders a page. It
takes no ticket of the queue and no slot, so that a server whose queue is full is ready all the
same. Each serving process checks at most once in `FRESH_SECONDS`, and never twice at a time:
requests meanwhile share the result. So `/ready` cannot be used to load the server.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flask import Flask, g

from registry import databases, terms
from registry.problems import Problem
from registry.releases.manifest import Manifest
from registry.releases.reading import Release, Shelf
from registry.sparql.engine import Embedded
from registry.views import VIEWS
from registry.views.links import LINKS

FRESH_SECONDS: Final = 2.0
"""How long a result is used again, unless another release has become current."""

WAIT_SECONDS: Final = 5.0
"""How long an answer waits for a check that is under way."""

STALE_SECONDS: Final = 60.0
"""How old the last result may be where a check takes longer, as under heavy load."""

_DATABASES: Final = [view.name for view in VIEWS if view.name.endswith(".sqlite")]
"""The views that are databases."""

_LOG: Final = logging.getLogger("citylinks")


@dataclass(frozen=True)
class Verdict:
    """The result of a check: of which release, and by check why it failed; ready without faults.

    `at` is a time of `time.monotonic()`, `switch` names the switch to the release.
    """

    at: float
    switch: str | None = None
    manifest: Manifest | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


class Readiness:
    """Runs checks on demand; any number of threads may ask for a verdict."""

    def __init__(self, check: Callable[[], Verdict], switched: Callable[[], str | None]) -> None:
        self._check, self._switched = check, switched
        self._lock = threading.Lock()
        self._last: Verdict | None = None
        self._check_end: threading.Event | None = None

    def verdict(self) -> Verdict:
        """Return a result that is fresh, or of a check that ends within `WAIT_SECONDS`.

        Where the check takes longer, the last result holds for `STALE_SECONDS`.
        """
        switch = self._switched()
        with self._lock:
            if (last := self._recent(FRESH_SECONDS)) and last.switch == switch:
                return last
            ended = self._check_end or self._start()
        ended.wait(WAIT_SECONDS)
        if last := self._recent(STALE_SECONDS):
            return last
        late = f"no check came to an end within {WAIT_SECONDS:g} seconds"
        return Verdict(time.monotonic(), switch, None, {"time": late})

    def _recent(self, seconds: float) -> Verdict | None:
        last = self._last
        return last if last and time.monotonic() - last.at < seconds else None

    def _start(self) -> threading.Event:
        """Start a check in a thread of its own, since nothing can end one that hangs."""
        self._check_end = ended = threading.Event()
        threading.Thread(target=self._run, args=(ended,), name="readiness", daemon=True).start()
        return ended

    def _run(self, ended: threading.Event) -> None:
        try:
            self._last = self._check()
        except Exception:
            _LOG.exception("a check of readiness broke")
        finally:
            with self._lock:
                self._check_end = None
            ended.set()


class Checks:
    """The checks of the current release of a shelf.

    `page` renders a page of a release.
    """

    def __init__(self, shelf: Shelf, engine: Embedded, page: Callable[[Release], object]) -> None:
        self._shelf, self._engine, self._page = shelf, engine, page
        self._verified: dict[str, tuple[Path, tuple[int, int, int]]] = {}

    def __call__(self) -> Verdict:
        """Run all checks; failures are logged in full, and summarised in the verdict."""
        switch, faults = self._shelf.workspace.switched(), dict[str, str]()
        found: list[Release] = []
        _attempt("release", lambda: found.append(self._shelf.current()), faults)
        for release in found:
            _attempt("query", lambda: self._engine.probe(release), faults)  # noqa: B023
            for name in _DATABASES:
                _attempt(name, lambda: self._read(release.folder / name), faults)  # noqa: B023
            _attempt("page", lambda: self._page(release), faults)  # noqa: B023
        manifest = found[0].manifest if found else None
        return Verdict(time.monotonic(), switch, manifest, faults)

    def _read(self, path: Path) -> None:
        """Read a database: all of it at first and after a change, then the beginning of each table.

        All of the world's takes a tenth of a second.
        """
        status = os.stat(path)  # noqa: PTH116
        state = path, (status.st_ino, status.st_mtime_ns, status.st_size)
        databases.verify(path, whole=self._verified.get(path.name) != state)
        self._verified[path.name] = state


def _attempt(name: str, check: Callable[[], object], faults: dict[str, str]) -> None:
    """Check one thing; where that fails, whatever the reason, note it as a fault."""
    try:
        check()
    except Problem as problem:
        faults[name] = problem.detail
        _LOG.warning("not ready: %s: %s", name, problem.detail)
    except Exception:
        faults[name] = "it cannot be read"
        _LOG.exception("not ready: %s", name)


def renderer(app: Flask, write: Callable[[str], str]) -> Callable[[Release], object]:
    """Return a function that renders the page of a link of a release, as a request would.

    A page that needs no query is chosen: it needs the store, both databases and the templates.
    """

    def render(release: Release) -> object:
        with app.test_request_context():
            g.release = release
            return write(release.view(LINKS).first() or terms.SCHEME + "link-kind")

    return render
