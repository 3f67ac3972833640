"""The reader's languages: `?lang=`, then Accept-Language (RFC 9110, section 12.5.4)."""

from __future__ import annotations

import pytest
from flask import Flask, request

from registry.problems import Problem
from registry.web.language import Languages, of, word
from tests.tables import every_row

READ = [
    ("", None, (), "en"),
    ("", "it", ("it",), "it"),
    ("", "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", ("fr-ch", "fr", "en", "de"), "fr"),
    ("", "en;q=0.5, de;q=0.7", ("de", "en"), "de"),
    ("", "ru", ("ru",), "en"),
    ("", "ru, es;q=0.1", ("ru", "es"), "es"),
    ("", "de;q=0, it;q=0.1", ("it",), "it"),
    ("", "x, 1234, en_US, <b>, it", ("it",), "it"),
    ("", "*", (), "en"),
    ("", ",".join(["ru"] * 50), ("ru",) * 10, "en"),
    ("it", None, ("it",), "it"),
    ("IT", None, ("it",), "it"),
    ("pt-BR", None, ("pt-br",), "en"),
    ("de-AT", "fr", ("de-at", "fr"), "de"),
    ("zh-Hans", "es", ("zh-hans", "es"), "es"),
]


@pytest.mark.conforms("RFC 9110", "12.5.4", "Accept-Language by weight; `lang` in the address wins")
@every_row(("chosen", "accepted", "wanted", "interface"), READ)
def test_the_languages_of_a_reader(
    chosen: str, accepted: str | None, wanted: tuple[str, ...], interface: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    address = f"/?lang={chosen}" if chosen else "/"
    with Flask("test").test_request_context(address, headers=headers):
        assert of(request) == Languages(wanted, interface)


@every_row(
    ("wanted", "interface", "shown"),
    [
        ((), "en", ("en",)),
        (("xx", "ru"), "en", ("xx", "ru", "en")),
        (("de-at", "fr"), "de", ("de-at", "fr")),
    ],
)
def test_a_page_does_not_mix_languages(
    wanted: tuple[str, ...], interface: str, shown: tuple[str, ...]
) -> None:
    assert Languages(wanted, interface).shown == shown


@every_row("chosen", ["", "i", "en_US", "<b>", "it;", "en-", "é", "a" * 9, "en-123456789"])
def test_what_is_no_language_tag_is_told(chosen: str) -> None:
    context = Flask("test").test_request_context("/", query_string={"lang": chosen})
    with context, pytest.raises(Problem) as caught:
        of(request)
    assert caught.value.name == "bad-parameter"


def test_a_phrase_falls_back_to_english() -> None:
    assert word("release", "it") != word("release", "en") == word("release", "ru")
    with pytest.raises(KeyError):
        word("there is no such phrase", "en")
