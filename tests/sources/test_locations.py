"""Locations in free text: towns are read, and what is none is named."""

from __future__ import annotations

import pytest

from registry.identity.mentions import Mention
from registry.sources.locations import ONLINE, SEVERAL, mention_of


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("Nicosia, Cyprus", "Nicosia", "CY"),
        ("Brussels", "Brussels", ""),
        ("Matera ITALY", "Matera", "IT"),
        ("Florence IT", "Florence", "IT"),
        ("Online - Florence ITALY", "Florence", "IT"),
        ("Online Florence IT", "Florence", "IT"),
        ("Nicosia and online", "Nicosia", ""),
        ("Athens, Greece and Online", "Athens", "GR"),
        ("Frankfurt am Main / Online", "Frankfurt am Main", ""),
        ("Graz, Austria (and other European Countries)", "Graz", "AT"),
        ("Museum of Ethnology, Nicosia, Cyprus", "Nicosia", "CY"),
        ("Dublin, Republic of Ireland", "Dublin", "IE"),
        ("Rotterdam, The Netherlands", "Rotterdam", "NL"),
        ("Pafos region, Republic of Cyprus", "Pafos region", "CY"),
        ("Skiathos island, Sporades, Magnesia, Greece", "Magnesia", "GR"),
    ],
)
def test_a_town_and_its_country_are_read(text: str, name: str, country: str) -> None:
    assert mention_of(text) == Mention(name, country)


def test_a_part_of_a_country_is_a_region() -> None:
    assert mention_of("Dundee, Scotland, UK") == Mention("Dundee", "GB", region="Scotland")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Online", ONLINE),
        ("online", ONLINE),
        ("Greece, Georgia, Romania", SEVERAL),
        ("Galicia region (Spain) and Northern Portugal; Italy with Veneto; Hungary", SEVERAL),
        ("Georgia, online", "country"),
        ("The Netherlands", "country"),
    ],
)
def test_what_names_no_town(text: str, kind: str) -> None:
    mention = mention_of(text)
    assert (mention.name, mention.kind) == (text, kind)
