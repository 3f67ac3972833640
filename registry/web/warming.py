"""What is made ready before a reader asks for it: the tables of each release that becomes current.

A map of all links takes seconds where its release was never looked at, and a blink afterwards.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from registry.problems import Problem
from registry.releases.reading import Release, Shelf

_LOG = logging.getLogger("citylinks")

_EVERY: Final = 1.0
"""Seconds after which it is looked again which release is the current one."""


def warm(release: Release) -> None:
    """Make the tables of a release, and the words of its index."""
    tables = release.lists
    _ = tables.links, tables.drawn, release.index.spelling


class Warming(threading.Thread):
    """Warms each release that becomes current, as long as the process lives."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(name="warming", daemon=True)
        self._shelf = shelf

    def run(self) -> None:
        """Look for a new release now and then; what cannot be read now is tried again."""
        warmed = ""
        while True:
            try:
                release = self._shelf.current()
                if release.version != warmed:
                    warm(release)
                    warmed = release.version
            except (Problem, OSError) as trouble:
                _LOG.debug("nothing to be warmed: %s", trouble)
            time.sleep(_EVERY)
