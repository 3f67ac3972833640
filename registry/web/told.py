"""What the software says in English about a mistake or a place, in the language of a page.

Details of problems and reasons of imports are sentences in English: machines read them as they
are, and reports keep them. The phrases `told_…` of the template have each as it is written, with
its values as placeholders, so that a page can say the same in its own language; `told_shape_…`
have the messages of shapes that people meet who fill in forms.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from registry.sparql.parameters import WANTED
from registry.things.labels import Words
from registry.web.language import word
from registry.web.phrases import SOURCE, catalogue

PREFIX: Final = "told_"
"""How the keys of these phrases begin."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_KINDS: Final = {text: f"wanted_{kind}" for kind, text in WANTED.items()}
"""The keys of what a value of a saved query may be, by how it is told in English."""


def told(text: str, language: str) -> Words:
    """Word a sentence, or several with semicolons between, for a page; else leave it in English.

    >>> told("page is higher than 3", "de").text, told("Perm: it is not in Rome", "it").text
    ('page ist höher als 3', 'Perm: non si trova in Rome')
    >>> told("nobody has said this before", "de")
    Words(text='nobody has said this before', lang='en')
    """
    clauses, found = text.split("; "), list[str]()
    while clauses:
        # A sentence may have a semicolon of its own: the longest that is known is taken.
        for many in range(len(clauses), 0, -1):
            if clause := _clause("; ".join(clauses[:many]), language):
                found.append(clause)
                del clauses[:many]
                break
        else:
            return Words(text, SOURCE)
    return Words("; ".join(found), language)


def _clause(text: str, language: str) -> str:
    """Word a sentence, which may stand behind a name and a colon; empty where it is not known."""
    if phrase := _phrase(text, language):
        return phrase
    name, colon, rest = text.partition(": ")
    phrase = _phrase(rest, language) if colon else ""
    return word("labelled", language, label=name, value=phrase) if phrase else ""


def _phrase(text: str, language: str) -> str:
    typeset = text.replace("'", "’")
    for key, pattern in _patterns():
        if match := pattern.fullmatch(text) or pattern.fullmatch(typeset):
            values = {
                name: word(_KINDS[value], language) if value in _KINDS else value
                for name, value in match.groupdict().items()
            }
            return word(key, language, **values)
    return ""


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the keys and patterns of all sentences, those with most words of their own first."""
    forms = catalogue(SOURCE).forms
    sentences = {key: found[0] for key, found in forms.items() if key.startswith(PREFIX)}
    order = sorted(sentences, key=lambda key: -len(_PLACEHOLDER.sub("", sentences[key])))
    return tuple((key, _pattern(sentences[key])) for key in order)


def _pattern(sentence: str) -> re.Pattern[str]:
    # Literal parts and the names of placeholders in turn; no value has a sentence of its own.
    parts = _PLACEHOLDER.split(sentence)
    value = "(?P<{}>(?:(?!; ).)+)"
    written = (value.format(part) if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile("".join(written), re.DOTALL)
