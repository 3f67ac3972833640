"""The city that is meant where one is asked for: by an identifier, or by a name that is its own."""

from __future__ import annotations

from typing import Final

from registry.places.names import fold
from registry.problems import Problem
from registry.search.identifiers import thing_of
from registry.views.names import NameIndex, Thing

_TIMES: Final = 10
"""How many times as many inhabitants as its namesakes a city has that is meant without more."""

_TOLD: Final = 5
"""Namesakes that are told where none is meant without more."""


def city_called(index: NameIndex, text: str, parameter: str) -> Thing:
    """Return the city of an identifier, else of a name in any language.

    Raises
    ------
    Problem
        `bad-parameter` where there is none, or where several may be meant, which are listed.

    """
    found = thing_of(index, text)
    if found is not None and found.kind == "city":
        return found
    named = [(thing, main) for thing, main in index.named(fold(text)) if thing.kind == "city"]
    cities = [thing for thing, main in named if main] or [thing for thing, _ in named]
    cities.sort(key=lambda thing: (-thing.population, thing.ref))
    if not cities:
        raise Problem("bad-parameter", f"{parameter} is not a city here, by reference or name")
    first, *others = cities
    if others and first.population < _TIMES * max(1, others[0].population):
        told = ", ".join(f"{one.ref} ({one.country})" for one in cities[:_TOLD])
        raise Problem("bad-parameter", f"several cities may be meant by {parameter}: {told}")
    return first


def called_in_forms(index: NameIndex, city: Thing, name: str) -> str:
    """Return a city's name where a form that is sent with it means this city, or its reference."""
    try:
        return name if city_called(index, name, "city") == city else city.ref
    except Problem:
        return city.ref
