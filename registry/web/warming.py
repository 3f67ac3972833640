"""What is made ready before a reader asks for it, of each release that becomes current.

The home page takes a second where its release was never looked at, and a blink afterwards.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from typing import Final

from flask import Flask

from registry.lists.tables import TABLES
from registry.problems import Problem
from registry.views.names import NAMES
from registry.web.context import release
from registry.web.routes.home import QUERIES
from registry.web.saved_query_results import solutions

_LOG = logging.getLogger("citylinks")

_EVERY: Final = 1.0
"""Seconds after which it is looked again which release is the current one."""


def warm() -> None:
    """Ask what the home page asks, make the tables of a release, and the words of its index."""
    for name in QUERIES:
        solutions(name)
    tables = release().view(TABLES)
    _ = tables.links, tables.drawn, release().view(NAMES).spelling


class Warming(threading.Thread):
    """Warms each release that becomes current, as long as the process lives."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="warming", daemon=True)
        self._app = app

    def run(self) -> None:
        """Look for a new release now and then; what cannot be read now is tried again."""
        warmed = ""
        while True:
            try:
                with self._app.app_context():
                    if release().version != warmed:
                        warm()
                        warmed = release().version
            except (Problem, OSError, sqlite3.Error) as trouble:
                _LOG.debug("nothing to be warmed: %s", trouble)
            time.sleep(_EVERY)
