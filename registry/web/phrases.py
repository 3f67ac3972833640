"""The phrases of the interface: English in a gettext template, other languages in catalogues.

    locale/citylinks.pot                       msgctxt = key, msgid = the English phrase
    locale/fr/LC_MESSAGES/citylinks.po         the same, with msgstr = the French phrase

The keys are ours; translators see them as the context of a phrase. A phrase that counts has a form
for each plural of its language, `{n}` standing for the number.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from babel.messages.pofile import read_po

from registry import terms

SOURCE: Final = "en"
"""The language of the template."""

_TEMPLATE: Final = "citylinks.pot"
_CATALOGUE: Final = "{language}/LC_MESSAGES/citylinks.po"


@dataclass(frozen=True)
class Catalogue:
    """The phrases of one language: by key their forms, one for each plural where they count."""

    forms: Mapping[str, tuple[str, ...]]
    form_for: Callable[[int], int]
    """Which of two forms a number takes, such as 0 for 1."""


@cache
def catalogue(language: str) -> Catalogue:
    """Read the phrases of a language of the interface.

    >>> catalogue("fr").forms["cities"], catalogue("en").forms["rows"]
    (('Villes',), ('{n} row', '{n} rows'))
    """
    is_source = language == SOURCE
    name = _TEMPLATE if is_source else _CATALOGUE.format(language=language)
    with resources.files("registry.web").joinpath("locale", name).open("rb") as file:
        found = read_po(file, locale=language, abort_invalid=True)
    forms = {
        str(message.context): _forms(message.id if is_source else message.string)
        for message in found
        if message.context
    }
    return Catalogue(forms, gettext.c2py("n != 1" if is_source else found.plural_expr))


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def phrase(key: str, language: str, count: int | None = None) -> str:
    """Return a phrase, in English where a translation is missing; `count` chooses its form.

    Raises
    ------
    KeyError
        There is no such phrase: a mistake of ours.

    """
    spoken = (language, SOURCE) if language in terms.LANGUAGES else (SOURCE,)
    for one in map(catalogue, spoken):
        forms = one.forms.get(key, ("",))
        at = min(one.form_for(count), len(forms) - 1) if count is not None else len(forms) - 1
        if forms[at]:
            return forms[at]
    raise KeyError(key)
