"""Countries by their items of Wikidata: all of them, and each of one country."""

from __future__ import annotations

from pathlib import Path

from babel import Locale

from registry.places import country_items
from registry.places.countries import alpha3, code_of
from registry.places.country_items import country_of_item
from tests.tables import every_row


@every_row(
    ("item", "country"),
    [
        ("Q142", "FR"),
        ("Q17070", "RE"),
        ("Q756617", "DK"),
        ("Q55", "NL"),
        ("Q29999", "NL"),
        ("Q21", "GB"),
        ("Q1246", "XK"),
        ("Q6259", ""),
        ("Q458", ""),
        ("", ""),
    ],
)
def test_an_item_is_that_of_a_country(item: str, country: str) -> None:
    assert country_of_item(item) == country


def test_each_country_has_an_item_and_each_item_one_country() -> None:
    path = Path(country_items.__file__).with_name("country_items.tsv")
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    items, codes = zip(*(line.split("\t") for line in lines), strict=True)
    assert len(set(items)) == len(items)
    known = {code for code in Locale("en").territories if alpha3(str(code))}
    assert known <= set(codes)
    assert all(code_of(code) == code for code in codes)
