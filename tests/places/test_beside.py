"""Places of our own beside the gazetteer are found as if each were compared."""

from __future__ import annotations

import random

from registry.places.beside import BesideGazetteer
from registry.places.gazetteer import Gazetteer, Place
from registry.places.position import distance


class _Ours(BesideGazetteer):
    def __init__(self, gazetteer: Gazetteer, places: list[Place]) -> None:
        super().__init__(gazetteer)
        self._set_own(places)


def test_what_is_near_is_what_comparing_each_place_finds(gazetteer: Gazetteer) -> None:
    rnd = random.Random(11)
    ours = [
        Place(-n, f"P{n}", rnd.uniform(-90, 90), rnd.uniform(-180, 180), "XX", "", 0)
        for n in range(1, 2_000)
    ]
    places = _Ours(gazetteer, ours)
    for _ in range(200):
        at = rnd.choice(ours)[2:4] if rnd.random() < 0.5 else (rnd.uniform(-90, 90), 179.9)
        limit = rnd.choice([0.0, 1.0, 30.0, 500.0])
        near = [one for one in places.near(*at, limit) if one.id < 0]
        expected = [one for one in ours if distance(*at, *one[2:4]) <= limit]
        assert sorted(near) == sorted(expected)
        away = [distance(*at, *one[2:4]) for one in near]
        assert away == sorted(away)


def test_names_are_found_by_how_they_begin(gazetteer: Gazetteer) -> None:
    keys = gazetteer.keys("DE")
    for start in ("hild", "frankfurt ", "", "xyz", "hildesheim"):
        expected = sorted(key for key in keys if key.startswith(start))
        assert sorted(gazetteer.keys_beginning(start, "DE")) == expected
    assert gazetteer.keys_beginning("hild", "IT") == []
