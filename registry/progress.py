"""Progress: long work names its steps and counts within them, and whoever started it may show them.

The work calls `step`, and iterates over what is `counted`; a caller that wants to show the steps
runs it inside `shown_by`. Elsewhere, as in a server, they are not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

T = TypeVar("T")

Show = Callable[[str], None]
"""Shows the name of the step that begins."""

ShowCount = Callable[[int, int], None]
"""Shows how many are done in the current step, and of how many; 0 where that is not known."""

_OFTEN: Final = 250
"""After how many a count is shown again."""

_SHOW: Final[ContextVar[Show | None]] = ContextVar("show", default=None)
_SHOW_COUNT: Final[ContextVar[ShowCount | None]] = ContextVar("show_count", default=None)


def step(what: str) -> None:
    """Name the step that begins, such as `validating`."""
    if show := _SHOW.get():
        show(what)


def counted(things: Iterable[T], total: int = 0) -> Iterator[T]:
    """Yield things, and count them within the current step; `total` is how many there are.

    >>> seen = []
    >>> with shown_by(print, lambda done, total: seen.append((done, total))):
    ...     _ = list(counted(range(600), 600))
    >>> seen
    [(250, 600), (500, 600), (600, 600)]
    """
    show = _SHOW_COUNT.get()
    if not show:
        yield from things
        return
    done = 0
    for done, thing in enumerate(things, start=1):
        yield thing
        if done % _OFTEN == 0:
            show(done, total)
    if done % _OFTEN:
        show(done, total)


@contextmanager
def shown_by(show: Show, show_count: ShowCount | None = None) -> Iterator[None]:
    """Show the steps of the work inside, in this thread, and what is counted in them.

    >>> seen = []
    >>> with shown_by(seen.append):
    ...     step("reading")
    >>> step("writing")
    >>> seen
    ['reading']
    """
    before, count_before = _SHOW.set(show), _SHOW_COUNT.set(show_count)
    try:
        yield
    finally:
        _SHOW.reset(before)
        _SHOW_COUNT.reset(count_before)
