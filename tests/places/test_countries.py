"""Countries: codes and names in many languages."""

from __future__ import annotations

from babel import localedata

from registry.places.countries import _by_name, alpha3, code_of
from tests.tables import every_row


@every_row(
    ("written", "code"),
    [
        *[("IT", "IT"), ("it", "IT"), ("ITA", "IT"), ("UK", "GB"), ("EL", "GR"), ("XK", "XK")],
        *[("Italy", "IT"), ("Italia", "IT"), ("Italien", "IT"), ("Włochy", "IT"), ("Италия", "IT")],
        *[("Lettland", "LV"), ("Polen", "PL"), ("Weißrussland", "BY"), ("Großbritannien", "GB")],
        *[("Ivory Coast", "CI"), ("Cape Verde", "CV"), ("United States of America", "US")],
        *[("日本", "JP"), ("Republic of Macedonia", "MK"), ("England", "GB"), (" Ungarn ", "HU")],
        *[("", ""), ("Prussia", ""), ("Q183", ""), ("Narnia", "")],
    ],
)
def test_codes(written: str, code: str) -> None:
    assert code_of(written) == code


@every_row(
    ("code", "three"),
    [("DE", "DEU"), ("FR", "FRA"), ("CD", "COD"), ("TL", "TLS"), ("XK", "XKX"), ("ZZZ", "")],
)
def test_codes_of_three_letters(code: str, three: str) -> None:
    assert alpha3(code) == three


def test_what_is_read_of_a_language_for_its_names_is_not_kept() -> None:
    _by_name.cache_clear()
    before = set(localedata._cache)
    assert code_of("Lettland") == code_of("Lettország") == "LV"
    assert {*localedata._cache} - before <= {"root"}
