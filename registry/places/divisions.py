"""Divisions of the first level of all countries: states, provinces, regions, by name and by code.

They are those of GeoNames (`admin1`), in all languages of its labels. To these names come the short
forms that people write ("Jalisco" for "Estado de Jalisco"), names that a map has, and, from ISO
3166-2, names and codes. Of its parts of divisions (provinces of Italy, municipalities of Estonia)
those are divisions of the second level that GeoNames has, too; the others count as their division.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

from registry.places.countries import code_of
from registry.places.names import fold

_T = TypeVar("_T")


class Division(NamedTuple):
    """A division: its country (alpha-2), its code at GeoNames, its name in English.

    The code of a part has that of its division and a full stop before it: `09.PV`. `municipal`
    tells those that are towns or municipalities.
    """

    country: str
    code: str
    name: str
    municipal: bool = False


class DivisionNames(NamedTuple):
    """A division with all names that mean it, and all codes, those of their country before them.

    Codes of GeoNames have a full stop (`US.OR`), those of ISO 3166-2 a hyphen (`US-OR`).
    """

    country: str
    code: str
    name: str
    names: tuple[str, ...]
    codes: tuple[str, ...]
    municipal: bool = False

    def keys(self) -> dict[str, bool]:
        """Return the keys under which it is found, and of each if it is as written or folded.

        Names are in lower case, codes in upper case; one without that of its country is marked. Its
        own name is among them, though it may be that of a country, too: Norfolk, Granada.

        >>> DivisionNames("DE", "15", "Thuringia", ("Thüringen",), ("DE-TH",)).keys()
        {'thuringia': True, 'thuringen': False, 'thüringen': True, 'DE-TH': True, '=TH': True}
        """
        names = (self.name, *self.names)
        found = {key: False for name in names if (key := fold(name)) and not key.isdigit()}
        found |= {written(name): True for name in names}
        for code in self.codes:
            found |= {code.upper(): True, f"={code[3:].upper()}": True}
        return found


def written(text: str) -> str:
    """Return a text as it is compared exactly: in lower case and normal form, with single spaces.

    >>> written(" Baja  CALIFORNIA ")
    'baja california'
    """
    return unicodedata.normalize("NFC", " ".join(text.split())).casefold()


def searched(text: str, coded: bool = False) -> dict[str, bool]:
    """Return the keys under which a text is looked up, and of each if it is the text as written.

    `coded`: the text may be a code without that of its country.

    >>> searched("Zürich"), searched("D.C.", coded=True)
    ({'zurich': False, 'zürich': True}, {'d c': False, 'd.c.': True, '=DC': True})
    """
    keys = {fold(text): False} | {written(text): True}
    if _WHOLE_CODE.fullmatch(text.strip()):
        keys[text.strip().upper()] = True
    bare = text.strip().replace(".", "").upper()
    if coded and bare.isalnum():
        keys[f"={bare}"] = True
    return {key: exact for key, exact in keys.items() if key}


_WHOLE_CODE: Final = re.compile(r"[A-Za-z]{2}[-.][A-Za-z0-9]+(?:\.[A-Za-z0-9]+)?")
"""A code of a division with that of its country: `US-OR` of ISO 3166-2, `US.OR` of GeoNames."""

_KINDS: Final = (
    "(?:free and sovereign |autonomous |united |federal |free )?state|province|provinces|provincia"
    "|provincie|provinz|província|provins|provinsen|region|región|regione|région|região|regiunea"
    "|county|comitat|comitato|judet|județ|județul|department|departamento|département|departement"
    "|prefecture|préfecture|prefectura|prefettura|präfektur|governorate|gouvernement|gouvernorat"
    "|gobernación|governatorato|voivodeship|voivodship|województwo|woiwodschaft|voïvodie|voivodía"
    "|voivodato|vojvodství|oblast|oblast'|óblast|obwód|kraj|krai|kray|canton|kanton|cantón|cantone"
    "|cantão|land|bundesland|freistaat|estado(?: libre y soberano)?|état|stato|estat|emirate|emirat"
    "|emirato|district|distrikt|distrito|distretto|(?:autonomous )?(?:republic|community|region"
    "|province|okrug|prefecture)|republik|república|repubblica|république|comunidad(?: autónoma)?"
    "|comunitat|communauté(?: autonome)?|principado|principality|union territory|territory"
    "|territoire|territorio|parish|municipality|city|misto|gorod|wilaya|vilayet"
    "|muhafazah?|regierungsbezirk|ostan|город|місто|область|край|автономный округ"
    "|автономная область|республика|провинция|штат|земля|регион"
    "|департамент|кантон|воеводство|префектура|округ|вобласць|провінція|республіка"
)
_OF: Final = r"(?:of the |of |d['’]|dell['’]|de l['’]|de las? |de los |del |della |delle |dei |de "
_OF_MORE: Final = r"|des |du |di |da |do |dos |das |von |van |av |af |od )"
_FRONT: Final = re.compile(rf"^(?:the )?(?:{_KINDS}) {_OF}{_OF_MORE}?(?=\w)", re.IGNORECASE)
_BEHIND: Final = re.compile(
    rf"(?: |-|, )(?:{_KINDS}|megye|vármegye|maakunta|maakond|lään|län|fylke|ili|bölgesi|eyaleti"
    r"|apskritis|novads|županija|kraj|облысы|ауданы|oblys|oblısı|viloyati|velayaty|vilayati|marz"
    r"|autonomous region|autonomous okrug|autonomous oblast|metropolitan region|capital region"
    r"|do|si|sheng|shi|(?:huizu |zhuangzu )?zizhiqu|respublika|avtonomnyy okrug"
    r"|avtonomnaya oblast['’]|teukbyeolsi|gwangyeoksi|teukbyeoljachido)$",
    re.IGNORECASE,
)
_BEHIND_HAN: Final = re.compile(
    "(?<=..)(?:自治区|自治州|省|市|州|県|縣|府|都|邦|大区|주|도|현|성)$"
)
_LEAST: Final = 3
"""Letters that a short form has at least, when folded."""


def short_forms(name: str) -> set[str]:
    """Return a name without words for a kind of division, in front or behind.

    >>> sorted(short_forms("Free State of Saxony")), sorted(short_forms("Departamento del Chocó"))
    (['Saxony'], ['Chocó'])
    >>> short_forms("Land"), sorted(short_forms("Moscow Oblast")), short_forms("加利福尼亚州")
    (set(), ['Moscow'], {'加利福尼亚'})
    """
    found: set[str] = set()
    left = [name]
    while left:
        one = left.pop()
        for words in (_FRONT, _BEHIND, _BEHIND_HAN):
            short = words.sub("", one).strip(" ,-")
            if short != one and len(fold(short)) >= _LEAST and short not in found:
                found.add(short)
                left.append(short)
    return found


Named = Iterable[tuple[str, str]]
"""Codes of divisions of a country, and names that each has."""


class Names:
    """The names of the divisions of one country, added from the surest to the least sure."""

    def __init__(self) -> None:
        self.by_code: dict[str, set[str]] = defaultdict(set)
        self._owners: dict[str, set[str]] = defaultdict(set)

    def add(self, named: Named) -> None:
        """Add names, whatever else they mean."""
        for code, name in named:
            self.by_code[code].add(name)
            self._owners[fold(name)].add(code)

    def add_where_clear(self, named: Named) -> None:
        """Add names that are neither those of another division so far nor of a country."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for code, name in named:
            found[fold(name)].add((code, name))
        for key, pairs in found.items():
            codes = {code for code, _ in pairs}
            if len(codes | self._owners.get(key, set())) == 1 and not code_of(key):
                self.add(pairs)

    def add_short_forms(self) -> None:
        """Add the short forms of all names, where they are clear."""
        names = [(code, name) for code, known in self.by_code.items() for name in known]
        self.add_where_clear([(code, short) for code, name in names for short in short_forms(name)])

    def meant(self, names: Iterable[str]) -> str:
        """Return the code of the only division that has one of some names; empty where none."""
        codes = {code for name in names for code in self._owners.get(fold(name), ())}
        return codes.pop() if len(codes) == 1 else ""


class Subdivision(NamedTuple):
    """An entry of ISO 3166-2: its code, its names, the code of the entry that it is part of.

    `at` is its code at GeoNames without that of the country (`09`, `09.PV`); empty where that is
    not known.
    """

    code: str
    names: tuple[str, ...]
    parent: str
    at: str = ""
    municipal: bool = False


def divisions(
    labels: Iterable[tuple[str, str, Named]],
    mapped: Iterable[tuple[str, str, str]] = (),
    entries: Iterable[Subdivision] = (),
) -> Iterator[DivisionNames]:
    """Yield the divisions of all countries.

    Parameters
    ----------
    labels
        country, code, and languages with names, of each division
    mapped
        countries, codes and names that a map has for the divisions
    entries
        those of ISO 3166-2

    """
    english: dict[tuple[str, str], str] = {}
    countries: dict[str, Names] = defaultdict(Names)
    for country, code, names in labels:
        known = list(names)
        countries[country].add((code, name) for _, name in known)
        english[country, code] = next((n for tag, n in known if tag == "en"), known[0][1])
    by_country = _grouped(entries, lambda entry: entry.code[:2])
    on_map = _grouped((one for one in mapped if one[:2] in english), lambda one: one[0])
    for country, found in sorted(countries.items()):
        found.add_short_forms()
        found.add_where_clear((code, name) for _, code, name in on_map.get(country, ()))
        mine = by_country.get(country, [])
        parts = [one for one in mine if _is_part(one, found)]
        whole = [one for one in mine if one not in parts]
        codes, municipal = _coded(found, whole), {one.at for one in whole if one.municipal}
        for code, names_of_it in sorted(found.by_code.items()):
            own = (f"{country}.{code}", *sorted(codes.get(code, ())))
            told = (english[country, code], tuple(sorted(names_of_it)))
            yield DivisionNames(country, code, *told, own, code in municipal)
        for one in sorted(parts):
            own = (f"{country}.{one.at}", one.code)
            yield DivisionNames(country, one.at, one.names[0], _part_names(one), own, one.municipal)


def _is_part(entry: Subdivision, found: Names) -> bool:
    """Whether an entry is a division of the second level, in one that is known."""
    division, dot, _ = entry.at.partition(".")
    return bool(dot) and division in found.by_code


def _part_names(entry: Subdivision) -> tuple[str, ...]:
    """Return the names of a part: they may be those of other divisions, but of no country."""
    return tuple(sorted({name for name in _forms(entry) if not code_of(name)}))


def _grouped(some: Iterable[_T], key: Callable[[_T], str]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = defaultdict(list)
    for one in some:
        found[key(one)].append(one)
    return found


def _coded(found: Names, entries: list[Subdivision]) -> Mapping[str, set[str]]:
    """Return the codes of ISO 3166-2 of each division, and add the names of their entries.

    An entry is the division that has one of its names; else, a part of that of which its parent is.
    A part that is called like a division that has an entry of its own, and not in it, is left out.
    """
    called = {
        entry.code: entry.at if entry.at in found.by_code else found.meant(_forms(entry))
        for entry in entries
    }
    whole = {called[entry.code] for entry in entries if not entry.parent}
    codes: dict[str, set[str]] = defaultdict(set)
    names: list[tuple[str, str]] = []
    for entry in entries:
        own, parent = called[entry.code], called.get(entry.parent, "")
        contradicts = own and parent and own != parent and own in whole
        if not contradicts and (code := own or parent):
            codes[code].add(entry.code)
            names += [(code, name) for name in _forms(entry)]
    found.add_where_clear(names)
    return codes


def _forms(entry: Subdivision) -> Iterator[str]:
    for name in entry.names:
        yield name
        yield from short_forms(name)
