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
class DatedSource:
    """A source that a status rests on: its document, and the date it speaks for, worded."""

    document: Value
    day: str


@dataclass(frozen=True)
class Age:
    """Who says how a link stands, who confirmed it last, and who no longer lists it, and when.

    `stated` is left out where it would repeat what confirms the link; `as_of` is the date of a
    status that follows from several sources. `years` are those since the link was confirmed, where
    they are many: else 0.
    """

    stated: DatedSource | None = None
    confirmed: DatedSource | None = None
    unlisted: DatedSource | None = None
    years: int = 0
    as_of: str = ""

    @property
    def sources(self) -> list[Value]:
        """The documents that are named, each as often as it is."""
        named = (self.stated, self.confirmed, self.unlisted)
        return [one.document for one in named if one and one.document.iri]


def age(pages: Pages, link: Link) -> Age:
    """Return how old what is known of a link is, worded for the reader of some pages."""
    confirmed = _if_dated(pages, link.confirmed_by, link.last_confirmed)
    stated = _if_dated(pages, link.status_by, link.as_of) if link.status_by else None
    return Age(
        stated if stated != confirmed else None,
        confirmed,
        _if_dated(pages, link.not_listed_by, link.not_listed_since),
        years_since(link.last_confirmed, pages.as_of),
        "" if stated or confirmed else day(link.as_of, pages.language),
    )


def dated_source(pages: Pages, document: str, when: str) -> DatedSource:
    """Return a source by the IRI of its document, which may be empty, and its date."""
    return DatedSource(document_of(pages, document), day(when, pages.language))


def document_of(pages: Pages, document: str) -> Value:
    """Return a document by its IRI; a dash where that is empty."""
    return pages.link(document) if document else Value(Words("–"))


def _if_dated(pages: Pages, document: str, when: str) -> DatedSource | None:
    return dated_source(pages, document, when) if when else None


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
