"""Countries by their items of Wikidata, as tables hold them that were reconciled with Wikidata.

`country_items.tsv` lists each item with the country that it is (ISO 3166-1 alpha-2). The pairs are
facts of Wikidata, taken from country-coder 5.6.1 (https://github.com/rapideditor/country-coder):
all entries with a code, and those without one, such as England, whose name is that of a country in
`countries`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_TABLE: Final = Path(__file__).with_name("country_items.tsv")


def country_of_item(item: str) -> str:
    """Return the code of the country that an item is; empty where it is none.

    >>> country_of_item("Q38"), country_of_item("Q35"), country_of_item("Q6259")
    ('IT', 'DK', '')
    """
    return _countries().get(item, "")


@cache
def _countries() -> dict[str, str]:
    _, *lines = _TABLE.read_text(encoding="utf-8").splitlines()
    return {item: country for item, _, country in (line.partition("\t") for line in lines)}
