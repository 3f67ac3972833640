"""Own names of cities that the gazetteer lacks, as sources and the places around show them."""

from __future__ import annotations

from collections.abc import Iterable

from registry.places.gazetteer import Place
from registry.sources.labels import Names
from registry.sources.minting import City
from registry.sources.own_names import with_own_names
from registry.sources.statements import Document, Reading
from tests.tables import every_row


class Around:
    """A gazetteer of some places, all of which are near."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = list(places)

    def near(self, *_: float) -> list[Place]:
        return self.places


def own(
    name: str,
    *,
    country: str = "IT",
    known: int = 20,
    renamed: int = 0,
    people: int = 900,
    languages: tuple[str, ...] = ("it",),
    source: str = "ENG",
) -> str:
    """Give the own language of a city that two sources name, of `known` cities around.

    These have so many `people` each, and another source renames some of them.
    """
    names = Names()
    for_cities = Document("a", "A", "2017", "a", "urn:l", "urn:a", language="ENG")
    for_this = Document("b", "B", "2017", "b", "urn:l", "urn:a", language=source)
    cities = []
    for number in range(1, known + 1):
        place = Place(number, f"Borgo {number}", 0, 0, "IT", "", people, own=languages[0])
        cities.append(City(f"borgo-{number}", place))
        said = place.name if number > renamed else "Elsewhere"
        names.hear(f"borgo-{number}", Reading(for_cities), said)
    new = City("new", Place(-1, name, 0, 0, country, "", 0))
    names.hear("new", Reading(for_this), name)
    around = [one.place._replace(own=tag) for one, tag in zip(cities, languages, strict=False)]
    return [*with_own_names([*cities, new], names, Around(around))][-1].place.own  # type: ignore[arg-type]


@every_row(
    ("what", "expected"),
    [
        ({"name": "Romanzado"}, "it"),
        ({"name": "Romanzado", "known": 19}, ""),
        ({"name": "Romanzado", "renamed": 1}, ""),
        ({"name": "Romanzado", "known": 100, "renamed": 1}, "it"),
        ({"name": "Romanzado", "known": 199, "renamed": 2}, ""),
        ({"name": "Romanzado", "people": 5_000}, ""),
        ({"name": "Romanzado", "languages": ("it", "de")}, ""),
        ({"name": "Romanzado", "languages": ("",)}, ""),
        ({"name": "Romanzado", "source": "DEU"}, ""),
        ({"name": "Romanzado", "country": "ES"}, ""),
        ({"name": "Centro (Trento)"}, ""),
        ({"name": "Романцадо"}, ""),
    ],
)
def test_a_name_is_local_where_sources_name_the_country_so(
    what: dict[str, object], expected: str
) -> None:
    assert own(**what) == expected  # type: ignore[arg-type]
