"""How links stand: which status means that a link holds, and how lines of maps show it."""

from __future__ import annotations

from typing import Final

HOLDING: Final = frozenset({"active", "listed"})
"""The status of links that hold, by notation."""

STATES: Final = (
    *("active", "listed", "not-confirmed", "dormant", "suspended", "ended", "proposed"),
)
"""The statuses that readers meet, by notation, from what holds to what is over or to come."""

UNCONFIRMED: Final = "not-confirmed"
"""The status of links that no recent list has; nobody is known to have ended them."""


def drawn(kind: str, state: str, *, is_old: bool = False) -> str:
    """Return the class of a line: the kind of its link, fainter where that is not confirmed.

    A link that a source states to be active is marked where that source is old.

    >>> drawn("twinning", "listed"), drawn("twinning", "not-confirmed"), drawn("twinning", "ended")
    ('twinning', 'twinning unconfirmed', 'past')
    >>> drawn("twinning", "active", is_old=True)
    'twinning old'
    """
    if state in HOLDING:
        return f"{kind} old" if is_old else kind
    return f"{kind} unconfirmed" if state == UNCONFIRMED else "past"
