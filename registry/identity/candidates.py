"""Candidates: the places that a mention may mean, found by its name, position and identifier.

The name is looked up as it is written; only where no place that fits is called so, it is read
otherwise: without a form of address, without its qualifiers, as one of two joined names. Names that
are spelled alike come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

from rapidfuzz import fuzz, process

from registry.identity.contradictions import away, is_disputed, is_same, may_be_in
from registry.identity.mentions import Contradiction, Evidence, Mention, Reason
from registry.identity.qualifiers import AGREE, Agreement, agreement, is_of, joined_agreement
from registry.places.countries import code_of, is_territory
from registry.places.gazetteer import NameRank, Place, Places
from registry.places.names import Form, NameReading, addressed, fold, readings
from registry.places.position import Position, distance

IDENTIFIER: Final = Reason("the source gives its identifier", 14.0, Evidence.IDENTIFIER)
DOUBTED: Final = Reason(
    "the source gives its identifier, but another name", -5.0, Evidence.IDENTIFIER
)
DECIDED: Final = Reason("a person says so", 60.0)
PUBLISHED: Final = Reason("its item is published as this place", 12.0)

RANKS: Final = {
    NameRank.MAIN: Reason("it is its name", 0.0),
    NameRank.TOLD: Reason("it is its name in another language", -0.2),
    NameRank.OTHER: Reason("it is another name of it", -1.5, Evidence.UNTOLD),
}
OTHER_ANYWHERE: Final = Reason(
    "it is another name of it, in whatever country", -3.0, Evidence.UNTOLD
)

_FORMS: Final = {
    Form.WHOLE: Reason("", 0.0),
    Form.ADDRESS: Reason("without the form of address", -0.2, Evidence.ADDRESS),
    Form.QUALIFIED: Reason("with what is said beside it", 0.0),
    Form.JOINED: Reason("as one of two names", -0.5),
    Form.GENITIVE: Reason("in the genitive", -1.0),
}

_AGREEMENTS: Final = {
    Agreement.AGREES: 3.0,
    Agreement.COUNTRY: 3.0,
    Agreement.NEAR: 1.0,
    Agreement.UNREAD: -4.0,
    Agreement.CONTRADICTS: -4.0,
}
"""Weights of a qualifier, by what it says of the place."""

_KINDS: Final = {Agreement.AGREES: Evidence.BESIDE, Agreement.COUNTRY: Evidence.COUNTRY}
_NEAR, _CONTRADICTS = Agreement.NEAR, Agreement.CONTRADICTS

UNREAD: Final = "not all of the name is read"
"""How a reason ends of the kind `UNREAD`: a person has to look at the candidate."""

TERRITORY: Final = Reason("it is in a territory of the country", -4.0)

ALIKE: Final = 86.0
"""Similarity in per cent from which spellings may be of one name (normalised indel distance)."""

_SAME: Final = 100.0

_WORDS_ALIKE: Final = 70.0
"""The same of each word: `Horné Saliby` is not `Dolné Saliby`, nor north south."""

_NEARLY: Final = 20.0
"""What a spelling loses that is wholly unlike; a fifth of it at the least likeness."""

_MISSPELLED: Final = -2.0
"""What a spelling loses because it is not one that is known."""

_NEARLY_SAME: Final = 93.0
_LONG: Final = 9
_SHORT: Final = -4.0
"""What a spelling loses further that is less alike, or has fewer characters.

`Frederiksborg` is not `Frederiksberg`: without a position near, such names are left to people.
"""

NEAR: Final = 12.0
"""Kilometres within which a place may be meant whose name is spelled otherwise."""

_THERE: Final = 3.0
"""Kilometres within which a place of the name is at a position."""

_AT: Final = 1.5
_ALIKE_NEAR: Final = 90.0
"""Kilometres within which a place may be meant that is just `ALIKE`; others are more so."""

_PART_NEAR: Final = 5.0
"""Kilometres within which a place may be meant whose name is only a part."""

_PART: Final = -2.5
_LEAST_PART: Final = 5
"""What a part of a name loses, and how many characters it has at least."""

_QUARTERS: Final = re.compile(r"[0-9]|\b(?:[ivx]+|quarter|ward|quartier|sud|nord|est|ouest)\b")
"""What stands beside the name of a city that its parts are called by: `Prague 1`."""

UNLISTED: Final = 500
"""Inhabitants that a place is taken to have which GeoNames does not list, from 500 on."""

_CITY: Final = 20
_WITHIN: Final = 10.0
"""How many times more inhabitants a city has than a quarter, and how far that lies off (km)."""

_SPELLINGS: Final = 8
"""How many spellings that are alike are looked at."""

Against = tuple[Contradiction, ...]

Ranked = list[tuple[Place, NameRank]]
"""Places of a name, each with how it is theirs."""

Found = dict[Place, tuple[Reason, Against]]
"""Places with the best reason why each is a candidate, and what contradicts that reading of it."""


def candidates(mention: Mention, places: Places) -> Found:
    """Return the places that a mention may mean, and by which reason each is one."""
    if mention.decided and (place := places.place(mention.decided)):
        return {place: (DECIDED, ())}
    found: Found = {}
    for name in mention.names:
        for place, reason, against in _named(name, mention, places):
            _take(found, place, reason, against)
    if mention.geonames and (place := places.place(mention.geonames)):
        found[place] = _identified(place, mention, found)
    if mention.published and (place := places.place(mention.published)):
        address = found[place][0].kind & Evidence.ADDRESS if place in found else Evidence.PLAIN
        _take(found, place, PUBLISHED._replace(kind=address), ())
    _take_alike(found, mention, places)
    return found


def _take_alike(found: Found, mention: Mention, places: Places) -> None:
    """Add what is spelled alike: about the position, and where nothing else fits, anywhere.

    Where a place that is called so lies at the position, no other is meant: Ealing is not
    `Ealing Common`.
    """
    if (at := mention.position) and not any(
        reason.weight >= RANKS[NameRank.TOLD].weight
        and _fits(place, against, mention)
        and away(at, place) <= _THERE
        for place, (reason, against) in found.items()
    ):
        for place, reason in _around(mention, at, places):
            _take(found, place, reason, ())
    if not any(_fits(place, against, mention) for place, (_, against) in found.items()):
        for place, reason in _alike(mention, places):
            _take(found, place, reason, ())


def _identified(place: Place, mention: Mention, found: Found) -> tuple[Reason, Against]:
    """Weigh an identifier, which a name contradicts that is nothing like the place's.

    It may be a name that is not known where it has a word of the place's name, or the position is
    there, and no other place is called so.
    """
    if place in found or _is_called(place, mention):
        return IDENTIFIER, ()
    there = mention.position is not None and away(mention.position, place) <= NEAR
    if not there and not _shares_word(place, mention):
        return DOUBTED, (Contradiction("name", f"it is not called {mention.name}"),)
    return DOUBTED, _other_names(mention, found)


def called_for_short(mention: Mention, place: Place, places: Places) -> list[Place]:
    """List the places that a name may be short for as well as for one that it is another name of.

    Their names begin so, too, and they are not much smaller: `Reggio` is Reggio nell'Emilia for
    short, and Reggio Calabria as well. A name that is misspelt is short for nothing.
    """
    key = fold(mention.name)
    if not mention.country or key not in map(fold, place.names):
        return []
    keys = places.keys_beginning(f"{key} ", mention.country)
    named = {one for known in keys for one, _ in places.named(known, mention.country)}
    return [
        one
        for one in sorted(named)
        if one.population * _SMALLER >= place.population and not is_same(one, place)
    ]


_SMALLER: Final = 5
"""By what factor a place may be smaller that is called by the same short form."""


def _shares_word(place: Place, mention: Mention) -> bool:
    """Whether a name has a word that one of a place's names has, of some length."""
    words = {word for name in mention.names for word in fold(name).split(" ")}
    known = {word for name in place.names for word in fold(name).split(" ")}
    return any(len(word) >= _LEAST_PART for word in words & known)


def _take(found: Found, place: Place, reason: Reason, against: Against) -> None:
    """Keep the best reason of a place: one that nothing contradicts before one of more weight."""
    before = found.get(place)
    if before is None or (not against, reason.weight) > (not before[1], before[0].weight):
        found[place] = reason, against


def _other_names(mention: Mention, found: Found) -> Against:
    """Return a contradiction of an identifier where the name is that of other places."""
    named = [place for place, (_, against) in found.items() if _fits(place, against, mention)]
    why = f"it is not called {mention.name}, and others are"
    return (Contradiction("name", why),) if named else ()


def _is_called(place: Place, mention: Mention) -> bool:
    """Whether a name, as it can be read, is one of a place or is spelled nearly so."""
    keys = {reading.key for name in mention.names for reading in readings(name)}
    known = {fold(name) for name in place.names}
    return not keys.isdisjoint(known) or any(
        spelled_alike(key, name) for key in keys for name in known
    )


def _fits(place: Place, against: Against, mention: Mention) -> bool:
    return not against and (not mention.country or may_be_in(place, mention.country))


def _named(name: str, mention: Mention, places: Places) -> Iterator[tuple[Place, Reason, Against]]:
    """Find the places of a name, form by form until a place is called so that fits.

    Where a place is in what a qualifier names, one that is only near that is not meant. A form of
    address may be part of the name of a quarter: the city around it may be meant, too. A name of
    which no language is told does not end the search before a qualifier is read: that Naples is
    called `Naples (Florida)` somewhere is less than that Naples is in Florida.
    """
    whole: list[Place] = []
    all_read = readings(name)
    qualified = any(reading.qualifiers for reading in all_read)
    for form, read in groupby(all_read, key=lambda reading: reading.form):
        fitting = list[Place]()
        for reading, named in _each_looked_up(read, mention, places):
            found = [one for one in named if not whole or _is_around(one[0], whole)]
            for place, reason, against in _all_read(reading, found, mention, places):
                untold = qualified and Evidence.UNTOLD in reason.kind
                if not untold and _fits(place, against, mention):
                    fitting.append(place)
                yield place, reason, against
        if whole or (fitting and form is not Form.WHOLE):
            return
        whole = fitting
        if whole and not _is_addressed(name):
            return


def _each_looked_up(
    read: Iterable[NameReading], mention: Mention, places: Places
) -> Iterator[tuple[NameReading, Ranked]]:
    """Look readings up; those of two letters as one only where no other is surely that of a place.

    `Koeln` is a name of Cologne, too, but of no language.
    """
    met = False
    for reading in read:
        if not (met and reading.digraphs):
            found = _looked_up(reading, mention, places)
            met = met or any(rank > NameRank.OTHER for _, rank in found)
            yield reading, found


def _all_read(
    reading: NameReading, found: Ranked, mention: Mention, places: Places
) -> Iterator[tuple[Place, Reason, Against]]:
    """Weigh a reading for each place that it finds.

    What names the division of one of them and the country of another one tells nothing: `México`.
    """
    if not reading.qualifiers:
        for place, rank in found:
            yield place, *_read(reading, place, rank, [], mention)
        return
    said = {place: _said(reading, place, places) for place, _ in found}
    agreed = {text for told in said.values() for text, how in told if how in AGREE}
    inside = {text for told in said.values() for text, how in told if how is Agreement.AGREES}
    either = {text for told in said.values() for text, how in told if how is Agreement.COUNTRY}
    for place, rank in found:
        told = [
            (text, _CONTRADICTS)
            if how is _NEAR and text in agreed
            else (text, Agreement.UNREAD)
            if how in AGREE and text in inside & either
            else (text, how)
            for text, how in said[place]
        ]
        reason, against = _read(reading, place, rank, told, mention)
        yield place, reason, against


def _is_addressed(name: str) -> bool:
    """Whether a form of address stands behind a name: `Canberra City`, not `City of London`."""
    key = fold(name)
    return key.startswith(f"{addressed(key)} ")


def _is_around(city: Place, quarters: Iterable[Place]) -> bool:
    """Whether a place is the city that one of others lies in, by its size."""
    return any(
        city.population >= _CITY * max(one.population, UNLISTED)
        and distance(city.latitude, city.longitude, one.latitude, one.longitude) <= _WITHIN
        for one in quarters
    )


def _looked_up(reading: NameReading, mention: Mention, places: Places) -> Ranked:
    """Return the places of a reading in its country, or elsewhere where none is there.

    A territory of the country is looked at where a qualifier or the region names it.
    """
    named = {code_of(text) for text in (*reading.qualifiers, mention.region)}
    territories = [code for code in sorted(named) if is_territory(code, mention.country)]
    codes = (mention.country, *territories) if mention.country else ()
    found = [one for code in codes for one in _of(reading, places, code)]
    return found or _of(reading, places)


def _of(reading: NameReading, places: Places, code: str = "") -> Ranked:
    """Return the places of a reading, in a country or anywhere."""
    found = places.named(reading.key, code)
    return [one for one in found if reading.is_of(one[0].names)] if reading.digraphs else found


Said = list[tuple[str, Agreement]]
"""The qualifiers of a reading, and what each says of a place."""


def _said(reading: NameReading, place: Place, places: Places) -> Said:
    """Compare what stands beside a name with a place; a list of places is no name of the first.

    Another name of the place is no further place: `Meran/Merano (BZ)`.
    """
    compare = joined_agreement if reading.form is Form.JOINED else agreement
    said = [(text, compare(text, place, places, reading.key)) for text in reading.qualifiers]
    if len(said) < 2:
        return said
    own = {fold(name) for name in place.names}
    listed = [text for text, _ in said if fold(text) not in own]
    if len(listed) > 1 and not any(is_of(text, place, places) for text in listed):
        return [(text, Agreement.UNREAD if how in AGREE else how) for text, how in said]
    return said


def _read(
    reading: NameReading, place: Place, rank: NameRank, said: Said, mention: Mention
) -> tuple[Reason, Against]:
    """Weigh a reading of a name for a place, and say which qualifiers contradict it."""
    known = RANKS[rank]
    if rank is NameRank.OTHER and not mention.country and not reading.qualifiers:
        known = OTHER_ANYWHERE
    form, weight, against = _FORMS[reading.form], known.weight, list[Contradiction]()
    kind = known.kind | form.kind
    for text, how in said:
        weight += _AGREEMENTS[how]
        if how is Agreement.CONTRADICTS:
            against.append(Contradiction("name", f"it is not in {text}"))
        else:
            kind |= _KINDS.get(how, Evidence.PLAIN)
    what = f"{known.what}, {form.what}" if form.what else known.what
    if any(how is Agreement.UNREAD for _, how in said):
        what, kind = f"{known.what}; {UNREAD}", kind | Evidence.UNREAD
    elsewhere = mention.country not in {"", place.country}
    told = kind & (Evidence.BESIDE | Evidence.COUNTRY) or code_of(mention.region) == place.country
    if elsewhere and not told and not is_disputed(place, mention.country):
        weight += TERRITORY.weight
        what += f"; {TERRITORY.what}" if is_territory(place.country, mention.country) else ""
    return Reason(what, weight + form.weight, kind), tuple(against)


def _alike(mention: Mention, places: Places) -> Iterator[tuple[Place, Reason]]:
    """Find names of the country that are spelled alike."""
    if not mention.country:
        return
    key, keys = addressed(fold(mention.name)), places.keys(mention.country)
    alike = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=_SPELLINGS)
    for spelling, _, _ in alike:
        if spelling != key and (likeness := spelled_alike(key, spelling)):
            loss = _MISSPELLED + _loss(likeness)
            if likeness < _NEARLY_SAME or len(key) < _LONG:
                loss += _SHORT
            for place, rank in places.named(spelling, mention.country):
                what, weight = f"{spelling!r} is spelled alike", RANKS[rank].weight + loss
                yield place, Reason(what, weight, Evidence.ALIKE)


def spelled_alike(one: str, other: str) -> float:
    """Return the likeness of two folded names in per cent; 0 where they are not of one name."""
    likeness = fuzz.ratio(one, other, score_cutoff=ALIKE)
    words, others = one.split(" "), other.split(" ")
    if likeness and len(words) == len(others) > 1:
        pairs = zip(words, others, strict=True)
        if any(fuzz.ratio(a, b) < _WORDS_ALIKE for a, b in pairs):
            return 0.0
    return likeness


def _loss(likeness: float) -> float:
    """Return the weight of a likeness in per cent."""
    return _NEARLY * (likeness - 100) / 100


def _around(mention: Mention, position: Position, places: Places) -> Iterator[tuple[Place, Reason]]:
    """Find what lies about a position and is spelled alike, or has a part of the name."""
    keys = {addressed(fold(name)) for name in mention.names}
    for place in places.near(*position, NEAR):
        names = _unaddressed(place)
        likeness = max(spelled_alike(key, name) for key in keys for name in names)
        far = away(position, place)
        if likeness >= (ALIKE if far <= _AT else _ALIKE_NEAR):
            what = f"it is near ({far:.0f} km), and spelled alike"
            weight = RANKS[NameRank.OTHER].weight + _loss(likeness)
            kind = Evidence.PLAIN if likeness == _SAME else Evidence.ALIKE
            yield place, Reason(what, weight, kind)
        elif far <= _PART_NEAR and any(_is_part(addressed(fold(place.name)), key) for key in keys):
            what = f"it is there ({far:.0f} km), and has a part of the name"
            yield place, Reason(what, _PART, Evidence.ALIKE)


@lru_cache(1 << 15)
def _unaddressed(place: Place) -> frozenset[str]:
    """Return the folded names of a place without forms of address."""
    return frozenset(addressed(fold(name)) for name in place.names)


def _is_part(name: str, key: str) -> bool:
    """Whether the name of a place is the beginning of another: `Droitwich` of `Droitwich Spa`."""
    shorter, longer = sorted((_unadorned(name), _unadorned(key)), key=len)
    if shorter == longer:
        return True
    if len(shorter) < _LEAST_PART or not longer.startswith(f"{shorter} "):
        return False
    return not _QUARTERS.search(longer.removeprefix(shorter))


def _unadorned(key: str) -> str:
    return key.removeprefix("bad ")
