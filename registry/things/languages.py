"""Which label a reader sees: lookup of language ranges (RFC 4647, section 3.4) and fall-backs.

Requested languages first, then the thing's own if it is in Latin script, English, its own
whatever the script, labels whose language the source did not tell, then the order of tags.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyoxigraph as ox

from registry.places.names import is_latin


def lookup(ranges: Sequence[str], available: Sequence[str]) -> str | None:
    """Find the first language that fits, each range shortened from the end until one does.

    >>> lookup(["de-CH", "fr"], ["fr", "de"])
    'de'
    >>> lookup(["ja"], ["fr", "de"]) is None
    True
    """
    known = {tag.lower(): tag for tag in available}
    for wanted in ranges:
        subtags = wanted.lower().split("-")
        while subtags:
            if (tag := "-".join(subtags)) in known:
                return known[tag]
            subtags.pop()
            if subtags and len(subtags[-1]) == 1:
                subtags.pop()
    return None


def best(
    labels: Sequence[ox.Literal], wanted: Sequence[str], own: Sequence[str] = ()
) -> ox.Literal | None:
    """Choose the label that a reader sees; None when there is none."""
    by_language = {label.language or "": label for label in reversed(labels)}
    if (found := lookup(wanted, [tag for tag in by_language if tag])) is not None:
        return by_language[found]
    latin = [tag for tag in own if tag in by_language and is_latin(by_language[tag].value)]
    for tag in (*latin, "en", *own, "und", ""):
        if tag in by_language:
            return by_language[tag]
    return by_language[min(by_language)] if by_language else None
