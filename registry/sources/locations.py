"""Locations in free text: the town, or what else such a text names.

A list may say where something is in words: a town with its country, an institution in a town, a
region, several countries, or that it is online. Only a town is a place of which something is said.

    Bank of Cyprus Cultural Foundation, Nicosia, Cyprus     Nicosia in CY
    Online - Florence ITALY                                 Florence in IT
    Dundee, Scotland, UK                                    Dundee in GB, Scotland
    Greece, Georgia, Romania                                a list of several countries
    Online                                                  a place online

Which of them are towns, and which are regions or islands, is found out as for every name.
"""

from __future__ import annotations

import re
from typing import Final

from registry.identity.mentions import Mention
from registry.places.countries import code_of, is_part

ONLINE: Final = "place online"
SEVERAL: Final = "list of several places"

_ONLINE: Final = re.compile(r"[\s,/–-]*(?:\band\s+)?\bonline\b[\s,/–-]*", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"\s*\([^()]*\)")
_SEPARATORS: Final = re.compile(r"\s*,\s*")
_REPUBLIC: Final = re.compile(r"^(?:the\s+)?(?:republic\s+of\s+)?", re.IGNORECASE)
_AT: Final = re.compile(r"^(?:at|in)\s+(?:the\s+)?", re.IGNORECASE)


def mention_of(text: str) -> Mention:
    """Read where something is.

    >>> mention_of("Nicosia and online").name
    'Nicosia'
    >>> mention_of("Museum of Cycles, Dundee, Scotland, UK").name
    'Dundee'
    >>> mention_of("Online").kind, mention_of("Greece, Georgia").kind
    ('place online', 'list of several places')
    """
    left = _BRACKETS.sub("", _ONLINE.sub(" ", text)).strip()
    if not left:
        return Mention(text, kind=ONLINE)
    parts = [part for part in _SEPARATORS.split(left) if part]
    countries = list(map(_country, parts))
    if ";" in left or (all(countries) and len(set(countries)) > 1):
        return Mention(text, kind=SEVERAL)
    return _in_country(text, parts)


def _in_country(text: str, parts: list[str]) -> Mention:
    """Read a place from what the commas part: the name, a division and the country come last."""
    country, region = "", ""
    if code := _country(parts[-1]):
        country, parts = code, parts[:-1]
        if not parts:
            return Mention(text, country, kind="country")
    else:
        *words, last = parts[-1].split(" ")
        if words and last.isupper() and (code := _country(last)):
            country, parts = code, [*parts[:-1], " ".join(words)]
    if len(parts) > 1 and is_part(parts[-1]):
        region, parts = parts[-1], parts[:-1]
    name = _AT.sub("", parts[-1]).strip(" -–/")
    return Mention(name or text, country, region=region)


def _country(text: str) -> str:
    return code_of(text) or code_of(_REPUBLIC.sub("", text))
