"""How old what is known of a link is: which source states or confirmed it last, which left it out.

Pages, cards and calendars word this; it comes from the one table of links (`views/links.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.releases.as_of import last_day, years_before
from registry.releases.code import UNCONFIRMED_AFTER
from registry.things.labels import Words
from registry.things.page import Pages, Value
from registry.things.wording import day
from registry.views.links import Link


@dataclass(frozen=True)
class Told:
    """A source that a status rests on: its document, and the date it speaks for."""

    document: Value
    day: str


@dataclass(frozen=True)
class Age:
    """Who says how a link stands, who confirmed it last, and who no longer lists it, and when.

    `stated` is left out where it would repeat what confirms the link; `as_of` is the date of a
    status that follows from several sources. `years` are those since the link was confirmed, where
    they are many: else 0.
    """

    stated: Told | None = None
    confirmed: Told | None = None
    unlisted: Told | None = None
    years: int = 0
    as_of: str = ""

    @property
    def sources(self) -> list[Value]:
        """The documents that are named, each as often as it is."""
        told = (self.stated, self.confirmed, self.unlisted)
        return [one.document for one in told if one and one.document.iri]


def age(pages: Pages, link: Link) -> Age:
    """Return how old what is known of a link is, worded for the reader of some pages."""
    confirmed = _told(pages, link.confirmed_by, link.last_confirmed)
    stated = _told(pages, link.status_by, link.as_of) if link.status_by else None
    return Age(
        stated if stated != confirmed else None,
        confirmed,
        _told(pages, link.not_listed_by, link.not_listed_since),
        years_since(link.last_confirmed, pages.as_of),
        "" if stated or confirmed else day(link.as_of, pages.language),
    )


def _told(pages: Pages, document: str, when: str) -> Told | None:
    """Return a source and its date; None where there is no date."""
    source = pages.link(document) if document else Value(Words("–"))
    return Told(source, day(when, pages.language)) if when else None


def years_since(when: str, today: str) -> int:
    """Return the whole years since the end of a date, if enough for a list to count as old.

    Those are the years after which a link that is only listed is not confirmed.

    >>> years_since("2017-03", "2026-11-29"), years_since("2016", "2026-11-29")
    (9, 9)
    >>> years_since("2023-04-04", "2026-11-29"), years_since("", "2026-11-29")
    (0, 0)
    """
    last = last_day(when)
    if not last or not last_day(today):
        return 0
    years = int(today[:4]) - int(last[:4])
    years -= last > years_before(today, years)
    return years if years >= UNCONFIRMED_AFTER else 0
