"""Own names: which language a place itself is named in, and whether its main name is in that.

The gazetteer tells no language of main names, and labels with languages of few places. The main
name of a smaller place is mostly the local one, but not in every country (`Toyohama` is in no
Japanese letters), nor in every region (`Lleida` is Catalan). Where it is, the places show that have
labels: the main name of a place of fewer than 50,000 inhabitants is taken for one in a language
that is official in its country where the labels of such places in its region, or else its country,
say the same. That of a larger place may be an exonym (`Milan`), and is taken only where no label in
Latin letters is another. `docs/operator.md` has how often that is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from babel.core import get_global
from babel.languages import get_official_languages
from rapidfuzz.distance import Levenshtein

from registry.places.gazetteer import Place
from registry.places.names import fold, is_latin

SMALL: Final = 50_000
"""Inhabitants from which on a main name is often an exonym: `Milan`, `Munich`, `Venice`."""

_WHOLE: Final = {"nb": "no", "nn": "no"}

_SPELLED: Final = {"saint": "st", "sankt": "st", "sint": "st"}


@dataclass
class Sample:
    """How many main names have a label beside them, and how many of those say the same."""

    told: int = 0
    same: int = 0
    equal: int = 0
    """How many are the same in spelling, too."""

    @property
    def wrong(self) -> int:
        """How many labels say otherwise."""
        return self.told - self.same

    def is_good(self, least: int, of: int = 30) -> bool:
        """Whether at least so many are told, and one of so many at most is wrong."""
        return self.told >= least and self.wrong <= self.told // of


@dataclass(frozen=True)
class Samples:
    """What labels show of main names, by country, region (or none for all) and language."""

    of: defaultdict[tuple[str, str, str], Sample] = field(
        default_factory=lambda: defaultdict(Sample)
    )

    def language(self, country: str, region: str) -> str:
        """Return the language of the main names of smaller places; empty where none is shown."""
        official = official_languages(country)
        if not official or not all(map(is_in_latin_letters, official)):
            return ""
        here = {tag: self.of[country, region, tag] for tag in languages(country)}
        if len(official) > 1:
            return _nearest({tag: here[tag] for tag in official if here[tag].is_good(4)})
        (tag,) = official
        all_over = self.of[country, "", tag]
        agrees = all_over.told >= 5 and all_over.wrong <= all_over.told // 50
        if here[tag].is_good(2) or (agrees and here[tag].wrong <= 1):
            return tag
        others = [tag for tag in here if tag not in official]
        largest = max(others, key=lambda tag: here[tag].told, default="")
        return largest if largest and here[largest].is_good(4) else ""


def _nearest(samples: Mapping[str, Sample]) -> str:
    """Return the language in which most names are spelled alike; empty where that is no one."""
    shares = sorted(((one.equal / one.told, tag) for tag, one in samples.items()), reverse=True)
    several = len(shares) > 1 and shares[0][0] == shares[1][0]
    return "" if several or not shares else shares[0][1]


def with_own_names(places: Sequence[Place]) -> Iterator[Place]:
    """Yield the places with the language of their own name: a label, or else the main name."""
    samples = samples_of(places)
    shown = cache(samples.language)
    for place in places:
        yield _with_own_name(place, shown(place.country, place.region))


def samples_of(places: Iterable[Place]) -> Samples:
    """Compare the main names of smaller places with their labels in languages of the country."""
    samples = Samples()
    for place in places:
        if place.population < SMALL:
            for tag, name in ((_whole(tag), name) for tag, name in place.labels):
                if tag in languages(place.country) and is_latin(name):
                    same = is_same(place.name, name)
                    for region in ("", place.region):
                        sample = samples.of[place.country, region, tag]
                        sample.told += 1
                        sample.same += same
                        sample.equal += place.name == name
    return samples


def _with_own_name(place: Place, shown: str) -> Place:
    """Return the own language of a place, of which a label in other letters is no name."""
    told = {tag: name for tag, name in place.labels if is_in_letters_of(tag, name)}
    official = [tag for tag in official_languages(place.country) if tag in told]
    if shown in told or len(official) == 1:
        return place._replace(own=shown if shown in told else official[0])
    if not official and shown and may_be_local(place):
        labels = tuple((tag, name) for tag, name in place.labels if tag != shown)
        return place._replace(own=shown, labels=labels)
    same = [tag for tag in official if told[tag] == place.name]
    return place._replace(own=same[0]) if len(same) == 1 else place


def may_be_local(place: Place) -> bool:
    """Whether the main name may be the local one: a larger place has no other in any language."""
    labels = (name for _, name in place.labels if is_latin(name))
    return place.population < SMALL or all(is_same(place.name, name) for name in labels)


@cache
def official_languages(country: str) -> tuple[str, ...]:
    """List the languages that are official in a whole country, as CLDR has them.

    >>> official_languages("IT"), official_languages("BE"), official_languages("NO")
    (('it',), ('nl', 'fr', 'de'), ('no',))
    """
    return _without_scripts(get_official_languages(country, de_facto=True))


@cache
def languages(country: str) -> tuple[str, ...]:
    """List the languages that are official in a country or in regions of it."""
    found = get_official_languages(country, regional=True, de_facto=True)
    return tuple(dict.fromkeys((*official_languages(country), *_without_scripts(found))))


def _without_scripts(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_whole(tag.partition("_")[0]) for tag in tags))


def _whole(language: str) -> str:
    """Return the language that a written form of it belongs to: both of Norway's are one."""
    return _WHOLE.get(language, language)


@cache
def is_in_latin_letters(language: str) -> bool:
    """Whether a language is mostly written in Latin letters, as CLDR has it.

    >>> is_in_latin_letters("ro"), is_in_latin_letters("ru")
    (True, False)
    """
    return "_Latn" in get_global("likely_subtags").get(language, "")


def is_in_letters_of(language: str, name: str) -> bool:
    """Whether a name may be one in a language: `Кодля` is none in Romanian."""
    return is_latin(name) or not is_in_latin_letters(language)


def is_same(one: str, other: str) -> bool:
    """Whether two names are the same but for spelling or an addition.

    >>> is_same("Winsen", "Winsen (Luhe)"), is_same("Meyzieu", "Meyzieux")
    (True, True)
    >>> is_same("Saint Andrews", "St Andrews"), is_same("Mantua", "Mantova")
    (True, False)
    """
    a, b = sorted((_spelled(one), _spelled(other)), key=len)
    added = b.startswith(f"{a} ") or b.endswith(f" {a}")
    return a == b or added or (len(a) >= 5 and Levenshtein.distance(a, b, score_cutoff=1) <= 1)


def _spelled(name: str) -> str:
    """Fold a name; a saint is abbreviated."""
    return " ".join(_SPELLED.get(word, word) for word in fold(name.replace(".", " ")).split())
