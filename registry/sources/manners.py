"""Manners: how servers of others are asked, and asked again where they have no time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from registry.sources.http_client import Unavailable
from registry.version import AGENT

_T = TypeVar("_T")


@dataclass(frozen=True)
class Manners:
    """How to ask.

    `items` is how many a block has, `pause` the seconds between two requests, `seconds` how long
    an answer may take (the public endpoint of Wikidata itself ends a query after 60), `tries` how
    often a busy server is asked, `longest` the seconds that it may ask to wait, `limit` the bytes
    of an answer.
    """

    agent: str = AGENT
    items: int = 300
    pause: float = 1.0
    seconds: int = 75
    tries: int = 6
    longest: float = 900.0
    limit: int = 1 << 28
    sleep: Callable[[float], None] = time.sleep

    def insist(self, ask: Callable[[], _T]) -> _T:
        """Ask; where that raises `Unavailable`, again, later each time and no sooner than it says.

        Raises
        ------
        ConnectionError
            when the server asks to wait for longer than `longest`, or has no time in the end.

        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return ask()
            except Unavailable as error:
                if error.wait > self.longest:
                    asks = f"asks to come back in {error.wait:.0f} seconds"
                    raise ConnectionError(f"{error}, and {asks}") from error
                if attempt >= self.tries:
                    raise ConnectionError(f"{error}; it did not answer {attempt} times") from error
                self.sleep(max(2.0**attempt, error.wait))
