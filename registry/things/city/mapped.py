"""The map of a city's links."""

from __future__ import annotations

from collections.abc import Iterable

from registry.maps.drawing import Drawing, End, draw
from registry.things.city.partners import Partner
from registry.things.page import Pages
from registry.things.places import place_of
from registry.things.standing import drawn


def mapped(pages: Pages, me: str, linked: Iterable[Partner]) -> Drawing | None:
    """Draw the links of a city; None where its place is not known, or that of no partner."""
    home = place_of(pages, me)
    ends = [
        End(city.words.text, at, _drawn(partner), partner.key)
        for partner in linked
        for city, at in zip(partner.cities, partner.places, strict=True)
        if at
    ]
    return draw(pages.labels.of(me).text, home, ends) if home and ends else None


def _drawn(partner: Partner) -> str:
    return drawn(partner.kind_ref, partner.state, is_old=partner.age.years > 0)
