"""How well places are identified: `python -m benchmarks.identity [OPTIONS]`.

Sets of names of which the truth is known, and of each how many are right, wrong and undecided:

    City, State       of places of 20 countries, with the name of their division behind a comma or
                      in brackets, made of the gazetteer; with and without the country
    own labels        of all cities of the release in a home (`--home`), with and without country;
                      and of those that share their label with no other city of the country
    URBACT            a table (`--table`, `;` between columns) with a name, a country and the
                      GeoNames id that its makers took for it
    positions         what an import assigned (`--assigned assigned.csv`), by source: what is more
                      than 30 km from where the source says it is while a place of the name is
                      there, in another country, or on a place of a wholly other name

Importers resolve them, one at a time and all together; with a home they are matched, too, as
`/link` and `/reconcile` do. A name whose city the registry lacks is right where it has no match.
Beside it stands what a plain lookup finds, the most populous place of the folded name. What differs
from the truth of the table is listed, and told whether the truth has that name at all.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from registry import shipped
from registry.identity import ledger
from registry.identity.candidates import DECIDED, spelled_alike
from registry.identity.contradictions import FAR, away, may_be_in
from registry.identity.mentions import Finding, Mention
from registry.identity.resolution import find, resolve
from registry.places.countries import code_of
from registry.places.gazetteer import Gazetteer, NameRank, Place, index_of, unpack
from registry.places.names import Form, fold, readings
from registry.places.position import Position, distance
from registry.reconcile.matching import Matcher
from registry.reconcile.places import RegistryPlaces
from registry.reconcile.query import MatchQuery
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.views.names import NAMES, Thing

_COUNTRIES: Final = "US CA DE BR IN CN MX IT ES FR AU RU GB PL AR JP CO NG UA PH".split()
_EACH: Final = 50
"""Countries of the names that are made, and how many of each."""

_SEED: Final = 3

Row = tuple[Mention, int]
"""A place as it is named, and the GeoNames id that is taken for the truth; nought = none is."""


def rows(path: Path) -> Iterator[Row]:
    """Read names, countries and the truth."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            known = row["geonameId"]
            place = Mention(row["NameCity"], code_of(row["Country"]))
            yield place, int(known) if known.isdecimal() else 0


def plain(mention: Mention, gazetteer: Gazetteer) -> int:
    """Look a name up: the most populous place that is called so; nought where none is."""
    found = [place for place, _ in gazetteer.named(fold(mention.name), mention.country)]
    return max(found, key=lambda place: place.population).id if found else 0


def told(ids: Sequence[int], wanted: Sequence[int]) -> str:
    """Say which share is right, wrong and unknown."""
    pairs = zip(ids, wanted, strict=True)
    counted = Counter("right" if a == b else "wrong" if a else "unknown" for a, b in pairs)
    return _shares(counted, len(ids), ("right", "wrong", "unknown"))


def _shares(counted: Counter[str], whole: int, kinds: Iterable[str]) -> str:
    return ", ".join(
        f"{counted[kind]} {kind} ({100 * counted[kind] / max(1, whole):.2f} %)" for kind in kinds
    )


def judged(mention: Mention, found: Finding, truth: Place | None) -> str:
    """Say of a difference what speaks for and against the truth."""
    if truth is None:
        return "the gazetteer does not have the truth"
    called = fold(mention.name) in {fold(name) for name in (truth.name, *truth.names)}
    if found.place is None:
        return f"{found.outcome.value}: {found.why}"
    away = distance(truth.latitude, truth.longitude, found.place.latitude, found.place.longitude)
    what = "has that name, too" if called else f"is {truth.name}, which is not called so"
    return f"the truth {what}; {away:.0f} km away, {truth.population} : {found.place.population}"


def qualified(places: Iterable[Place], gazetteer: Gazetteer) -> list[Row]:
    """Name places with their divisions, in which no other is called so; the same each time."""
    by_country: dict[str, list[Place]] = {country: [] for country in _COUNTRIES}
    for place in sorted(places):
        if place.country in by_country and gazetteer.division(place.country, place.region):
            by_country[place.country].append(place)
    made, rnd = list[Row](), random.Random(_SEED)
    for found in by_country.values():
        rnd.shuffle(found)
        alone = [place for place in found if _is_alone(place, gazetteer)]
        for number, place in enumerate(alone[:_EACH]):
            division = gazetteer.division(place.country, place.region)
            assert division
            text = (f"{place.name}, {{}}", f"{place.name} ({{}})")[number % 2].format(division.name)
            made.append((Mention(text, place.country), place.id))
    return made


def _is_alone(place: Place, gazetteer: Gazetteer) -> bool:
    """Whether no other place of its division has its name as the main one."""
    named = gazetteer.named(fold(place.name), place.country)
    same = [p for p, rank in named if p.region == place.region and rank is NameRank.MAIN]
    return same == [place]


def anywhere(given: Sequence[Row]) -> list[Row]:
    """Return the same names without their countries."""
    return [(Mention(mention.name), truth) for mention, truth in given]


def matched(matcher: Matcher, given: Sequence[tuple[Mention, Thing | None]]) -> str:
    """Say which share is matched right, wrong and not at all, and list what is wrong."""
    counted: Counter[str] = Counter()
    wrong = []
    for mention, truth in given:
        countries = (mention.country,) if mention.country else ()
        found = matcher.match(MatchQuery(mention.name, ("city",), countries))
        top = found[0].thing if found and found[0].certain else None
        counted["right" if top == truth else "wrong" if top else "undecided"] += 1
        if top and top != truth:
            wrong.append(f"\n  {mention.name}, {mention.country}: {top.id}, not {_told(truth)}")
    return _shares(counted, len(given), ("right", "wrong", "undecided")) + "".join(wrong)


def _told(thing: Thing | None) -> str:
    return thing.id if thing else "in the registry"


def labels(cities: Sequence[Thing]) -> list[tuple[Mention, Thing | None]]:
    """Return the labels of cities with their countries, and which city each is of."""
    return [(Mention(city.label, city.country), city) for city in cities]


def main() -> None:
    """Measure what is given."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--table", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--assigned", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = index_of(shipped.GAZETTEER, Path(folder))
        with Gazetteer(index) as gazetteer:
            urbact = list(rows(given.table)) if given.table else []
            places = unpack(shipped.GAZETTEER.read_bytes()).places
            made = qualified(places, gazetteer)
            resolved(made, gazetteer)
            if given.home:
                linked(given.home, gazetteer, made, urbact)
            if given.assigned:
                positions(given.assigned, gazetteer)
        if urbact:
            mentions, wanted = [mention for mention, _ in urbact], [truth for _, truth in urbact]
            compare(mentions, wanted, index)


def resolved(made: Sequence[Row], gazetteer: Gazetteer) -> None:
    """Print what the importers make of the names that are made."""
    for what, given in (("with country", made), ("alone", anywhere(made))):
        ids = _ids([find(mention, gazetteer) for mention, _ in given])
        print(f"City, State {what}, resolved: {told(ids, [truth for _, truth in given])}")


def linked(home: Path, gazetteer: Gazetteer, made: Sequence[Row], urbact: Sequence[Row]) -> None:
    """Print what is matched in the current release of a home."""
    index = Shelf(Workspace(home)).current().view(NAMES)
    matcher = Matcher(index, RegistryPlaces(gazetteer, index))
    own = labels(list(index.cities.values()))
    ours = [gazetteer.place(city.geonames) for _, city in own if city and city.geonames]
    made = [*made, *qualified(filter(None, ours), gazetteer)]
    print(f"own labels with country: {matched(matcher, own)}")
    bearers = Counter((fold(city.label), city.country) for city in index.cities.values())
    alone = [(m, t) for m, t in own if bearers[fold(m.name), m.country] == 1]
    print(f"  of the {len(alone)} that one city has: {matched(matcher, alone)}")
    print(f"own labels alone: {matched(matcher, [(Mention(m.name), t) for m, t in own])}")
    for what, given in (
        ("City, State with country", made),
        ("City, State alone", anywhere(made)),
        ("URBACT", urbact),
    ):
        known = [(mention, index.by_geonames(truth)) for mention, truth in given]
        here = [pair for pair in known if pair[1]]
        print(f"{what}, of {len(here)} in the registry: {matched(matcher, here)}")
        lacking = [pair for pair in known if not pair[1]]
        print(f"{what}, of {len(lacking)} that it lacks: {matched(matcher, lacking)}")


def positions(assigned: Path, gazetteer: Gazetteer) -> None:
    """Print how what an import assigned fits what its sources state, by source."""
    entries = ledger.read(*shipped.ledgers("all")).entries
    numbers = {one.ref: int(one.geonames) for one in entries if one.geonames}
    counted: dict[str, Counter[str]] = {}
    with assigned.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place = gazetteer.place(numbers.get(row["ref"], 0))
            by_source = counted.setdefault(row["source"], Counter())
            by_source["places"] += 1
            if place and row["name"] != row["item"] and DECIDED.what not in row["for"]:
                for what in _contradicting(row, place, gazetteer):
                    by_source[what] += 1
                    if what != _CONFUSED:
                        named = f"{row['source']}: {row['name']}, {row['country']}"
                        print(f"  {named}: {row['ref']}: {what}")
    for source, found in counted.items():
        told = ", ".join(f"{found[what]} {what}" for what in ("places", *_WHAT))
        print(f"positions of {source}: {told}")


_CONFUSED: Final = "in a country that its source confuses"
_WHAT: Final = ("too far", "in another country", _CONFUSED, "misnamed")


def _contradicting(row: dict[str, str], place: Place, gazetteer: Gazetteer) -> Iterator[str]:
    """Yield what a place is that a row of an import is not of."""
    read = [one for one in readings(row["name"]) if not one.digraphs]
    keys = {one.key for one in read}
    if float(row["kilometres"] or 0) > FAR and row["latitude"]:
        at = Position(float(row["latitude"]), float(row["longitude"]))
        plain = [one.key for one in read if one.form <= Form.ADDRESS]
        named = [one for key in plain for one, _ in gazetteer.named(key, row["country"])]
        if any(away(at, one) <= FAR for one in named):
            yield "too far"
    if row["country"] and not may_be_in(place, row["country"]):
        yield _CONFUSED if "its source confuses" in row["for"] else "in another country"
    words = {word for key in keys for word in key.split() if len(word) >= _WORD}
    known = {fold(name) for name in place.names}
    alike = any(spelled_alike(key, name) for key in keys for name in known)
    if not alike and words.isdisjoint(word for name in known for word in name.split()):
        yield "misnamed"


_WORD: Final = 4
"""Letters of the shortest word by which a name is known again."""


def compare(mentions: Sequence[Mention], wanted: Sequence[int], index: Path) -> None:
    """Print what each way finds, and what of the last one differs."""
    with Gazetteer(index) as gazetteer:
        by_name = [plain(mention, gazetteer) for mention in mentions]
        print(f"{len(mentions)} places\n  plain lookup: {told(by_name, wanted)}")
        alone = [find(mention, gazetteer) for mention in mentions]
        print(f"  one at a time: {told(_ids(alone), wanted)}")
        together = resolve(mentions, gazetteer)
        print(f"  all together: {told(_ids(together), wanted)}\n")
        misses = Counter(
            f"{m.name}, {m.country}: {judged(m, finding, gazetteer.place(truth))}"
            for m, finding, truth in zip(mentions, together, wanted, strict=True)
            if (finding.place.id if finding.place else 0) != truth
        )
        for miss, times in sorted(misses.items()):
            print(f"{times} x {miss}")


def _ids(findings: Sequence[Finding]) -> list[int]:
    return [finding.place.id if finding.place else 0 for finding in findings]


if __name__ == "__main__":
    main()
