"""When each release was current, and what may be said of an answer that came at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reign:
    """A time in which a release was current, by the clock `time.monotonic`.

    It began between `last_without` and `first_with`; the next one began before `gone`.
    """

    version: str
    last_without: float
    first_with: float
    gone: float = float("inf")


class Timeline:
    """The releases in the order in which they were current; one may come twice."""

    def __init__(self, reigns: Iterable[Reign] = ()) -> None:
        self._reigns = list(reigns)

    def __len__(self) -> int:
        return len(self._reigns)

    def seen(self, version: str, last_without: float, now: float) -> None:
        """Note that a release is current `now`, and was perhaps not at `last_without`."""
        if self._reigns and self._reigns[-1].version == version:
            return
        if self._reigns:
            last = self._reigns[-1]
            self._reigns[-1] = Reign(last.version, last.last_without, last.first_with, now)
        self._reigns.append(Reign(version, last_without, now))

    def was_current(self, version: str, sent: float, received: float) -> bool:
        """Tell whether a release was current at some moment while a request was under way."""
        return any(
            reign.last_without <= received and sent <= reign.gone
            for reign in self._reigns
            if reign.version == version
        )

    def knows(self, version: str) -> bool:
        """Tell whether a release was ever current."""
        return any(reign.version == version for reign in self._reigns)


class Follower:
    """Follows the link `current` of a workspace, as closely as the machine allows."""

    def __init__(self, link: Path, timeline: Timeline, seconds: float = 0.005) -> None:
        self._link, self._timeline, self._seconds = link, timeline, seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Follower:
        now = time.monotonic()
        self._timeline.seen(self.current(), now, now)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def current(self) -> str:
        """Give the version of the current release."""
        return self._link.readlink().name

    def _follow(self) -> None:
        before = time.monotonic()
        while not self._done.wait(self._seconds):
            looked = time.monotonic()
            version = self.current()
            self._timeline.seen(version, before, time.monotonic())
            before = looked
