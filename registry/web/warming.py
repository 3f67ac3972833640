"""Warms the caches of each release that becomes current, and closes what was pruned.

The home page of a release takes a second the first time, and milliseconds afterwards.
"""

from __future__ import annotations

import gc
import logging
import sqlite3
import threading
import time
from typing import Final

from flask import Flask

from registry.lists.atlas import ATLAS
from registry.lists.choosing import CHOOSER
from registry.lists.filters import Filter
from registry.lists.tables import TABLES
from registry.problems import Problem
from registry.reconcile.query import MatchQuery
from registry.views.names import NAMES
from registry.web import manual
from registry.web.context import parts, release
from registry.web.routes.home import QUERIES
from registry.web.routes.lists import MAPPED
from registry.web.saved_query_results import solutions

_LOG = logging.getLogger("citylinks")

_SEARCHED: Final = "Oxford, England"
"""A search that reads names of cities, countries and divisions."""

_EVERY: Final = 1.0
"""Seconds between two looks at which release is current."""


def warm() -> None:
    """Run the queries of the home page; build the tables and the spelling index of a release.

    What lists and maps of the whole world need is counted last.
    """
    for name in QUERIES:
        solutions(name)
    tables, atlas, chooser = release().view(TABLES), release().view(ATLAS), release().view(CHOOSER)
    _ = tables.links, tables.members, atlas.anchors, release().view(NAMES).spelling, atlas.numbers
    for name in MAPPED:
        chooser.facets(name, Filter())


def warm_matching() -> None:
    """Read what takes some seconds once in a process: names of divisions, the documentation."""
    manual.found(_SEARCHED)
    parts().matchers.matcher(release()).match(MatchQuery(_SEARCHED))


def close_unused() -> None:
    """Close pruned releases, whose files would keep their place on the disk."""
    shelf = parts().shelf
    some_closed = shelf.close_unused()
    parts().matchers.keep(shelf.opened())
    if some_closed:
        # What an error of theirs refers to in a circle holds them until the next full collection.
        gc.collect()
    parts().engine.pool.end_unused()


class Warming(threading.Thread):
    """Warms each release that becomes current, as long as the process lives, and tidies up."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="warming", daemon=True)
        self._app = app

    def run(self) -> None:
        """Warm each new release, and close pruned ones; what cannot be read is tried again."""
        warmed = ""
        while True:
            try:
                with self._app.app_context():
                    if release().version != warmed:
                        warm()
                        if not warmed:
                            threading.Thread(target=self._warm_matching, daemon=True).start()
                        warmed = release().version
                    close_unused()
            except (Problem, OSError, sqlite3.Error) as trouble:
                _LOG.debug("nothing to be warmed: %s", trouble)
            time.sleep(_EVERY)

    def _warm_matching(self) -> None:
        try:
            with self._app.app_context():
                warm_matching()
        except (Problem, OSError, sqlite3.Error) as trouble:
            _LOG.debug("names of places are read later: %s", trouble)
