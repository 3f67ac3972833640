"""What a city's page tells first, in words."""

from __future__ import annotations

from collections.abc import Sequence

from flask.testing import FlaskClient

from registry.things.age import Age
from registry.things.city.partners import Partner
from registry.things.labels import Words
from registry.things.page import Value
from registry.web.opening import opening
from tests.tables import every_row
from tests.web.reading import page

State = tuple[str, str, str, str]
"""Status, start, last confirmation, country."""


def partner(state: str, start: str, confirmed: str, country: str) -> Partner:
    words, value = Words(""), Value(Words(""), "", f"x:{start}{confirmed}")
    return Partner(
        link=value,
        cities=(value,),
        places=(None,),
        countries=(country,) if country else (),
        codes=(),
        kind=words,
        kind_ref="twinning",
        start=start,
        end="",
        earlier=(),
        status=words,
        state=state,
        as_of="",
        age=Age(),
        confirmed=confirmed,
        contested=False,
        decision=None,
        disputes=(),
        claims=(),
        families=1,
    )


HELD = ("active", "1992-05", "2019-04", "France")
OPENINGS: list[tuple[str, Sequence[State], str]] = [
    ("en", [], ""),
    (
        "en",
        [HELD],
        "X has 1 partner city in 1 country. The link dates from 1992. Last confirmed: April 2019.",
    ),
    (
        "en",
        [HELD, ("listed", "", "2026-02-28", "France"), ("active", "2003", "2017", "China")],
        "X has 3 partner cities in 2 countries. The earliest known start of a link is 1992. "
        "Last confirmed: 28 February 2026.",
    ),
    (
        "de",
        [HELD, ("not-confirmed", "1980", "2017", "Italien"), ("suspended", "1995", "2022", "")],
        "X hat 1 Partnerstadt in 1 Land. Die Verbindung besteht seit 1992. "
        "Zuletzt bestätigt: April 2019. 1 Verbindung ist durch neuere Quellen nicht bestätigt. "
        "1 Verbindung ist beendet oder ausgesetzt.",
    ),
    (
        "it",
        [("not-confirmed", "1980", "2017", "Italia")] * 2,
        "Nessuna fonte recente conferma una città partner di X. "
        "2 legami non sono confermati da fonti recenti.",
    ),
    ("en", [("active", "", "", "")], "X has 1 partner city."),
    (
        "en",
        [("active", str(1900 + number), "", "") for number in range(26)],
        "X has 26 partner cities. Lists may count those of its boroughs and districts among them. "
        "The earliest known start of a link is 1900.",
    ),
]


@every_row(("language", "states", "told"), OPENINGS)
def test_a_city_is_told_in_words(language: str, states: Sequence[State], told: str) -> None:
    assert opening("X", [partner(*one) for one in states], language) == told


def test_the_page_begins_with_it(client: FlaskClient) -> None:
    shown = page(client.get("/doc/city/perm-511196?lang=fr").data)
    (lead,) = shown.find("header/p[@class='lead']")
    assert "Perm a " in "".join(lead.itertext())
