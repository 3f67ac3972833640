"""Matchers look up names: one for each release, all with the same gazetteer."""

from __future__ import annotations

from collections.abc import Container
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Final

from registry import locks
from registry.places.gazetteer import Gazetteer, configured, index_of, index_path
from registry.reconcile.matching import Matcher
from registry.reconcile.places import RegistryPlaces
from registry.releases.reading import Release
from registry.settings import Settings
from registry.views.names import NAMES

FOLDER: Final = "gazetteer"
"""Folder of a workspace in which the index of the gazetteer is kept."""

_PLACES: Final = 1 << 14
"""Places of the gazetteer that a server keeps in memory."""

_KEPT: Final = 3
"""Releases whose matcher is kept."""


def is_prepared(settings: Settings) -> bool:
    """Whether the index of the gazetteer is there.

    Raises
    ------
    OSError
        when the gazetteer cannot be read.

    """
    return index_path(configured(settings.gazetteer), settings.home / FOLDER).exists()


def prepare(settings: Settings) -> Path:
    """Make the index of the gazetteer where it is not there, which takes some seconds.

    Raises
    ------
    OSError
        when the gazetteer cannot be read.

    """
    folder = settings.home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # Who comes while another makes it waits for that.
    with locks.held(folder / "lock"):
        return index_of(configured(settings.gazetteer), folder)


class Matchers:
    """Matchers of releases; for any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = RLock()
        self._matchers: dict[str, Matcher] = {}

    @cached_property
    def _gazetteer(self) -> Gazetteer:
        return Gazetteer(prepare(self._settings), _PLACES)

    def matcher(self, release: Release) -> Matcher:
        """Return the matcher of a release; the first one waits for the index of the gazetteer."""
        with self._lock:
            if release.version not in self._matchers:
                while len(self._matchers) >= _KEPT:
                    self._matchers.pop(next(iter(self._matchers)))
                places = RegistryPlaces(self._gazetteer, release.view(NAMES))
                self._matchers[release.version] = Matcher(release.view(NAMES), places)
            return self._matchers[release.version]

    def keep(self, versions: Container[str]) -> None:
        """Close the matchers of other releases than these."""
        with self._lock:
            self._matchers = {v: one for v, one in self._matchers.items() if v in versions}
