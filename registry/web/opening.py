"""The sentences that a city's page begins with: its partners, since when, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from registry.things.city.partners import Partner, cities_of
from registry.things.wording import day
from registry.web.language import plural, word

_OVER: Final = frozenset({"ended", "suspended"})

_MANY: Final = 25
"""Partner cities beyond which those of a city's boroughs are often among them.

Lists name a partner of Berlin's Spandau under Berlin, and claims do not keep the difference.
"""

_PARTS: Final = (
    "placeless cities countries parts none since since_single confirmed unconfirmed past".split()
)
WORDS: Final = ("opening", *(f"opening_{part}" for part in _PARTS))
"""The phrases of the interface that the sentences are made of."""


def opening(name: str, partners: Sequence[Partner], language: str) -> str:
    """Return in words how a city is linked; empty where no source tells of a partner."""
    if not partners:
        return ""
    holding = [one for one in partners if one.holds]
    told = [_holding(name, holding, language)] if holding else []
    if not holding:
        told.append(word("opening_none", language, name=name))
    for key, some in (
        ("opening_unconfirmed", [one for one in partners if one.may_hold and not one.holds]),
        ("opening_past", [one for one in partners if one.state in _OVER]),
    ):
        if some:
            told.append(plural(key, len(some), language))
    return " ".join(told)


def _holding(name: str, partners: Sequence[Partner], language: str) -> str:
    """Describe the partners whose links hold."""
    countries = {country for one in partners for country in one.countries}
    lands = plural("opening_countries", len(countries), language)
    count = len(cities_of(partners))
    cities = plural("opening_cities", count, language)
    key = "opening" if countries else "opening_placeless"
    told = [word(key, language, name=name, cities=cities, countries=lands)]
    if count > _MANY:
        told.append(word("opening_parts", language))
    if since := min((one.since for one in partners if one.since), default=""):
        many = "opening_since" if len(partners) > 1 else "opening_since_single"
        told.append(word(many, language, year=since))
    if confirmed := max(one.confirmed for one in partners):
        told.append(word("opening_confirmed", language, day=day(confirmed, language)))
    return " ".join(told)
