"""Progress: long work names its steps, and whoever started it may show them.

The work calls `step`; a caller that wants to show the steps runs it inside `shown_by`. Elsewhere,
as in a server, they are not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

Show = Callable[[str], None]
"""Shows the name of the step that begins."""

_SHOW: Final[ContextVar[Show | None]] = ContextVar("show", default=None)


def step(what: str) -> None:
    """Name the step that begins, such as `validating`."""
    if show := _SHOW.get():
        show(what)


@contextmanager
def shown_by(show: Show) -> Iterator[None]:
    """Show the steps of the work inside, in this thread.

    >>> seen = []
    >>> with shown_by(seen.append):
    ...     step("reading")
    >>> step("writing")
    >>> seen
    ['reading']
    """
    before = _SHOW.set(show)
    try:
        yield
    finally:
        _SHOW.reset(before)
