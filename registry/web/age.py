"""Wording how old what is known of a link is, for pages, cards, maps and calendars alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from markupsafe import Markup

from registry.things.age import Age, DatedSource
from registry.things.city.partners import Partner
from registry.things.page import Value
from registry.web.language import word

WORDS: Final = ("as_of", "status_by", "confirmed_by", "years_ago", "unlisted_since")
"""Phrases of the interface that this is worded by."""


def phrases(
    age: Age, language: str, link: Callable[[Value], Markup] | None = None
) -> tuple[str, ...]:
    """Word who states how a link stands, who confirmed it last, and who no longer lists it.

    They are markup where `link` writes sources, and plain text where there is none. Each says what
    a source says and when; none says what to make of it.
    """

    def filled(key: str, source: DatedSource) -> str:
        phrase = word(key, language)
        if link is None:
            return phrase.format(day=source.day, source=source.document.words.text)
        return Markup(phrase).format(day=source.day, source=link(source.document))  # noqa: S704

    found = [f"{word('as_of', language)} {age.as_of}"] if age.as_of else []
    if age.stated:
        found.append(filled("status_by", age.stated))
    if age.confirmed:
        confirmed = filled("confirmed_by", age.confirmed)
        if age.years:
            ago = word("years_ago", language, years=str(age.years))
            mark = "{} ({})" if link is None else Markup('{} <span class="ago">{}</span>')
            confirmed = mark.format(confirmed, ago)
        found.append(confirmed)
    if age.unlisted:
        found.append(filled("unlisted_since", age.unlisted))
    return tuple(found)


def worded_once(language: str) -> Callable[..., tuple[str, ...]]:
    """Return `phrases` for one page: of a hundred links most are as old by the same sources."""
    known: dict[tuple[Age, bool], tuple[str, ...]] = {}

    def worded(age: Age, link: Callable[[Value], Markup] | None = None) -> tuple[str, ...]:
        key = age, link is None
        if key not in known:
            known[key] = phrases(age, language, link)
        return known[key]

    return worded


def line_titles(partners: Iterable[Partner], language: str) -> dict[str, str]:
    """Word the lines of a map by their keys: with whom a link is, how it stands, who says so."""
    worded = worded_once(language)
    return {
        partner.key: f"{', '.join(city.words.text for city in partner.cities)}: "
        + "; ".join((partner.status.text, *worded(partner.age)))
        for partner in partners
    }
