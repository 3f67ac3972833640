"""The reader's languages: `?lang=` first, then Accept-Language, in their order of quality."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Request

from registry import terms
from registry.problems import Problem
from registry.things.languages import lookup
from registry.things.wording import number
from registry.web.phrases import catalogue, phrase

TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MOST: Final = 10


@dataclass(frozen=True)
class Languages:
    """The language ranges that a reader wants, and the language of the interface."""

    wanted: tuple[str, ...]
    interface: str

    @property
    def shown(self) -> tuple[str, ...]:
        """The ranges by which a page names things, so that it does not mix languages.

        They end with its own language, where the reader wants none that it could have.
        """
        fits = lookup(self.wanted, terms.LANGUAGES) is not None
        return self.wanted if fits else (*self.wanted, self.interface)


def of(request: Request) -> Languages:
    """Read the reader's languages; `bad-parameter` when `lang` is not a language tag."""
    chosen = request.args.get("lang")
    if chosen is not None and not TAG.fullmatch(chosen):
        raise Problem("bad-parameter", "lang is not a language tag such as it or pt-BR")
    return accepted_languages(request, *([chosen] if chosen else []))


def accepted_languages(request: Request, *chosen: str) -> Languages:
    """Return the chosen languages, then those of Accept-Language."""
    tags = [tag for tag, quality in request.accept_languages if quality > 0]
    tags = [tag for tag in tags if TAG.fullmatch(tag)][:_MOST]
    wanted = tuple(tag.lower() for tag in (*chosen, *tags))
    return Languages(wanted, lookup(wanted, terms.LANGUAGES) or "en")


def language_parameter(request: Request) -> str:
    """Return the language that an address asks for; empty for none or nonsense."""
    tag = request.args.get("lang", "")
    return tag if TAG.fullmatch(tag) else ""


def with_language(tag: str, path: str) -> str:
    """Add the language that was asked for (empty = none) to the address of a page of ours."""
    if not tag or not path.startswith("/"):
        return path
    page, mark, fragment = path.partition("#")
    return f"{page}{'&' if '?' in page else '?'}lang={tag}{mark}{fragment}"


def address_in_language(request: Request, language: str) -> str:
    """Return the address of this page in another language, with its other parameters."""
    pairs = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    return "?" + urlencode([*pairs, ("lang", language)])


def capitalise(phrase: str) -> str:
    """Begin a phrase with a capital, where it stands alone."""
    return phrase[:1].upper() + phrase[1:]


def word(key: str, language: str, **values: str) -> str:
    """Return a phrase of the interface with its placeholders filled in, such as `{name}`."""
    return _filled(phrase(key, language), values)


def phrases(keys: Iterable[str], language: str) -> dict[str, str | list[str]]:
    """Return phrases for a script; one that counts in its forms, for one and for several.

    >>> phrases(["next", "rows"], "en")
    {'next': 'Next', 'rows': ['{n} row', '{n} rows']}
    """
    forms = {key: catalogue(language).forms[key] for key in keys}
    return {key: one[0] if len(one) == 1 else list(one) for key, one in forms.items()}


def plural(key: str, count: int, language: str) -> str:
    """Return a phrase that counts, with the number in it.

    >>> plural("rows", 1, "en"), plural("rows", 1200, "en"), plural("rows", 0, "fr")
    ('1 row', '1,200 rows', '0 ligne')
    """
    return _filled(phrase(key, language, count), {"n": number(count, language)})


def _filled(phrase: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        phrase = phrase.replace(f"{{{name}}}", value)
    return phrase
