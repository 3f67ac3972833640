"""Names of places, folded so that spellings meet, and the readings that one name may have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import lru_cache
from typing import Final

from anyascii import anyascii

_APART: Final = re.compile("[^a-z0-9]+")
_BRACKETS: Final = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*")
_CODE: Final = re.compile(r"(.*\S)\s+([A-Z]{2,3}|(?:[A-Z]\.){2,3})")
"""A name with the code of a division or country behind it: `Rucăr AG`, `Bogotá D.C.`."""

_SITUATED: Final = re.compile(
    r"(.*\S)\s+((?:am|an|im|in|bei|ob|vor|unter|on|upon|sur|sous|nad|pod|les|lez|lès)\s.*\S)",
    re.IGNORECASE,
)
"""A name with the river, hill or town that it is at: `Wulften am Harz`."""

_SHORTLY: Final = re.compile(
    r"(.*\w)[\s-]+(?:([aiovbu])\.\s*(?:(d)\.\s*)?|(s)[./])[\s-]*(\S.*)", re.IGNORECASE
)
"""The same, abbreviated: `Frankfurt a.M.`, `Rothenburg o. d. Tauber`, `Boulogne s/Mer`."""

_SITUATIONS: Final = {
    "a": ("am", "an"),
    "a d": ("an der",),
    "b": ("bei", "beim"),
    "b d": ("bei der",),
    "i": ("im", "in"),
    "i d": ("in der",),
    "o": ("ob",),
    "o d": ("ob der",),
    "s": ("sur", "sous"),
    "u": ("unter", "upon"),
    "u d": ("unter der",),
    "v": ("vor",),
    "v d": ("vor der",),
}
"""What these abbreviations stand for."""

_JOINTS: Final = re.compile(r"\s*/\s*|\s+[-–—]\s+|\s+(?:alias|aka|oder|or|ou)\s+")
"""What stands between two names of one place: `Bozen/Bolzano`, `Donostia - San Sebastián`."""

_PAIRS: Final = re.compile(r"\s*[-–—]\s*|\s+(?:and|und|et|e|y|i|&)\s+")
"""What stands between the names of two places that were merged: `Brighton and Hove`."""

_LEAST: Final = 3
"""Characters that one of two joined names has at least."""

_FORMS: Final = frozenset(
    (
        "city town municipality borough commune village council parish township metropolis "
        "municipal "
        "metropolitan buyuksehir "
        "stadt gemeinde stadtgemeinde marktgemeinde markt landeshauptstadt hauptstadt hansestadt "
        "kreisstadt universitatsstadt einheitsgemeinde ortsgemeinde flecken "
        "ville mairie commune municipalite "
        "comune citta comunita municipio "
        "ciudad ayuntamiento municipalidad municipio villa alcaldia concello ajuntament concejo "
        "cidade camara municipal municipio prefeitura concelho "
        "gemeente stad "
        "kommun kommune stads kaupunki kunta sogn "
        "miasto gmina urzad mesto obec mestys mestska cast obcina opcina grad opstina obshtina "
        "obshchina oras orasul orasului municipiul municipiului comuna comunei primaria "
        "varos megyei jogu kozseg onkormanyzat nagykozseg "
        "linn vald pilseta novads miestas rajonas savivaldybe miesto "
        "dimos demos koinotita "
        "bashkia komuna belediyesi belediye "
        "gorod misto mistska rada shi ilcesi pho "
        "miasta gminy onkormanyzata hromada community"
    ).split()
)
"""Words for a municipality, in folded form, that people write around its name."""

_KINDS_OF_FORMS: Final = frozenset(
    "the grosse grosskreisangehorige kreisfreie statutarni statutarne mestna royal united "
    "territorial amalgamated varosi kozsegi nagykozsegi thanh i a and und".split()
)
"""Words that belong to a form of address where one follows: `Große Kreisstadt`, `the City of`."""

_SHORT_FORMS: Final = frozenset({"g", "gor", "m"})
"""Abbreviated forms of address, before a name: `г. Пермь`, `м. Львів`."""

_OF: Final = frozenset("of di de del della des du do da dos d van der am the".split())
"""Words between a form of address and the name."""

_AROUND: Final = _FORMS | _OF | _KINDS_OF_FORMS
"""Words of which forms of address are made."""

_INFLECTED: Final = frozenset(
    "kommun kommune stad kaupunki kunta miestas miesto savivaldybe pilseta novads linn vald "
    "dimos demos rajonas obshtina municipality".split()
)
"""Forms of address beside which the name often stands in the genitive."""

_ABBREVIATIONS: Final = {
    "st": ("saint", "sankt", "sint", "szent"),
    "ste": ("sainte",),
    "s": ("san", "santa"),
    "sta": ("santa",),
    "sto": ("santo",),
    "ft": ("fort",),
    "mt": ("mount",),
}

_SPELLINGS: Final = _ABBREVIATIONS | {
    word: (short,) for short, words in _ABBREVIATIONS.items() for word in words if len(short) > 1
}

_ARTICLES: Final = frozenset(
    "the la le les el los las il lo gli i den de het die der das bad l a o as os".split()
)
"""Words that tables put behind a name, after a comma: `Hague, The`, `Grönenbach, Bad`."""

OTHER_KINDS: Final = {
    "district": r"landkreis|kreis|distrikt|district|bezirk|powiat|okres|rayon|raion|distrito",
    "rural municipality": r"gmina",
    "county": r"county|comitat|komitat|judet|jud|fylke|megye|[a-z]+shire",
    "province": r"province|provinz|provincia|prefecture|prafektur|oblast|voivodeship|"
    r"gouvernorat|governorate|gebiet",
    "region": r"regional council|greater|region|regione|departement|department|canton|kanton|"
    r"arrondissement|krai",
    "township": r"township",
    "part of a city": r"historic cent(?:er|re)|old town|quarter|[a-z]+ [0-9]{1,2}$",
    "union of municipalities": r"samtgemeinde|verbandsgemeinde|verwaltungsgemeinschaft|"
    r"communaute de communes|communaute d agglomeration",
}
"""Words by which a name says that it is not that of a city, in folded form."""

_OTHER_KINDS: Final = {kind: re.compile(rf"\b(?:{words})\b") for kind, words in OTHER_KINDS.items()}
_NAMED_KIND: Final = re.compile(r"shire\b|[0-9]")
"""A word by which a name says its kind, and which is of that one place: `Pembrokeshire`."""

_ANY_KIND: Final = re.compile(rf"\b(?:{'|'.join(OTHER_KINDS.values())})\b")


@lru_cache(1 << 16)
def fold(name: str) -> str:
    """Return the key under which spellings of a name meet: ASCII, lower case, single spaces.

    >>> fold("Saint-Étienne"), fold("ŁÓDŹ"), fold("Пермь"), fold(" L’Aquila ")
    ('saint etienne', 'lodz', 'perm', 'l aquila')
    """
    return _APART.sub(" ", anyascii(name).lower().replace("'", " ")).strip()


def is_of_quarter(names: Iterable[str]) -> bool:
    """Whether one of the names of a place says that it is a part of a city.

    >>> is_of_quarter(["Buda", "Budapest II. kerület"]), is_of_quarter(["Buda"])
    (True, False)
    """
    return any(_QUARTERS.search(fold(name)) for name in names)


_QUARTERS: Final = re.compile(
    r"\b(?:distrito|district of|kerulete?|arrondissement|rione|stadsdel|stadtbezirk)\b"
)


def is_latin(text: str) -> bool:
    """Whether all letters are of the Latin script.

    >>> is_latin("Iași"), is_latin("Пермь")
    (True, False)
    """
    return all("LATIN" in unicodedata.name(c, "") for c in text if c.isalpha())


class Form(IntEnum):
    """How a name is read, the plainest first."""

    WHOLE = 0
    """As it is written, or with abbreviated words spelled out."""

    ADDRESS = 1
    """Without a form of address: `Stadt Hildesheim`, `Municipality of Tirana`."""

    QUALIFIED = 2
    """Without what stands in brackets or after a comma, which has to agree with the place."""

    JOINED = 3
    """One of two names that are joined; the other one has to agree with the place."""

    GENITIVE = 4
    """Without the ending that a form of address gives it: `Göteborgs kommun`."""


@dataclass(frozen=True)
class NameReading:
    """One way to read a name: `qualifiers` are the parts set aside, which must agree."""

    key: str
    form: Form = Form.WHOLE
    qualifiers: tuple[str, ...] = ()
    digraphs: str = field(default="", repr=False)
    """The key as it is written, where two letters of it are read as one: `koeln`."""

    def is_of(self, names: Iterable[str]) -> bool:
        """Whether a place of some names may be called so: one has the letters that are spelled out.

        >>> NameReading("koln", digraphs="koeln").is_of(["Köln"])
        True
        >>> NameReading("mors", digraphs="moers").is_of(["Mors"])
        False
        """
        return not self.digraphs or any(spelled_out(name) == self.digraphs for name in names)


@lru_cache(1 << 12)
def readings(name: str) -> tuple[NameReading, ...]:
    """Return the readings of a name, the plainest first; each key and its qualifiers once.

    >>> [(r.key, r.form.name) for r in readings("Stadt Hildesheim")]
    [('stadt hildesheim', 'WHOLE'), ('hildesheim', 'ADDRESS')]
    >>> readings("Springfield, Illinois")[1]
    NameReading(key='springfield', form=<Form.QUALIFIED: 2>, qualifiers=('Illinois',))
    >>> [r.key for r in readings("Haye, La")]
    ['haye la', 'la haye', 'haye']
    """
    found: dict[tuple[str, tuple[str, ...]], NameReading] = {}
    read = [one for reading in _readings(name) for one in (reading, *_without_digraphs(reading))]
    for reading in sorted(read, key=lambda one: one.form):
        if reading.key:
            found.setdefault((reading.key, reading.qualifiers), reading)
    return tuple(found.values())


def spelled_out(name: str) -> str:
    """Fold a name with its umlauts as two letters, as in `Koeln` and `Aarhus`.

    >>> spelled_out("Köln"), spelled_out("Århus"), spelled_out("Perm")
    ('koeln', 'aarhus', 'perm')
    """
    composed = unicodedata.normalize("NFC", name)
    return fold(composed.translate(_DIGRAPHS))


_DIGRAPHS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
    | {"Å": "Aa", "Ø": "Oe"}
)
_DIGRAPH: Final = re.compile("ae|oe|(?<![aeq])ue|aa")
_MOST_DIGRAPHS: Final = 4
"""How many there are at most in a name of which each reading is tried."""


def _without_digraphs(reading: NameReading) -> Iterator[NameReading]:
    """Read two letters as one that they may stand for: `Koeln` as `Köln`, each where there are."""
    found = list(_DIGRAPH.finditer(reading.key))[:_MOST_DIGRAPHS]
    for chosen in range(1, 1 << len(found)):
        key = reading.key
        for number in reversed(range(len(found))):
            if chosen >> number & 1:
                at = found[number].start() + 1
                key = key[:at] + key[at + 1 :]
        yield replace(reading, key=key, digraphs=reading.key)


def _readings(name: str) -> Iterator[NameReading]:
    key = fold(name)
    yield NameReading(key)
    for spelled in _spelled_out(key):
        yield NameReading(spelled)
    head, qualifiers = _split(name)
    for address in _addresses(key):
        if qualifiers and key == f"{fold(head)} {address}":
            continue  # `The Village, Oklahoma` is a name and where it is.
        yield NameReading(address, Form.ADDRESS)
        for spelled in _spelled_out(address):
            yield NameReading(spelled, Form.ADDRESS)
        yield from _genitives(key, address)
    if found := _CODE.fullmatch(name):
        yield from _qualified(found[1], (found[2],))
    if qualifiers:
        yield from _qualified(head, qualifiers)
    if found := _SITUATED.fullmatch(head.replace("-", " ")):
        yield from _qualified(found[1], (found[2], *qualifiers))
    yield from _shortly(head, qualifiers)
    yield from _joined(head, qualifiers)


def _shortly(head: str, qualifiers: tuple[str, ...]) -> Iterator[NameReading]:
    """Read a name with abbreviated words for where it is: spelled out, and without them."""
    if found := _SHORTLY.fullmatch(head):
        name, first, article, french, where = found.groups()
        words = " ".join(filter(None, (first or french, article))).lower()
        form = Form.QUALIFIED if qualifiers else Form.WHOLE
        for spelled in _SITUATIONS[words]:
            yield NameReading(fold(f"{name} {spelled} {where}"), form, qualifiers)
        yield NameReading(fold(name), Form.QUALIFIED, (where, *qualifiers))


def _qualified(head: str, qualifiers: tuple[str, ...]) -> Iterator[NameReading]:
    key = fold(head)
    if fold(qualifiers[0]) in _ARTICLES:
        yield NameReading(f"{fold(qualifiers[0])} {key}", Form.WHOLE, qualifiers[1:])
    for one in dict.fromkeys((key, *_spelled_out(key), *_addresses(key))):
        yield NameReading(one, Form.QUALIFIED, qualifiers)


def _joined(head: str, qualifiers: tuple[str, ...]) -> Iterator[NameReading]:
    """Read names that are joined: each one, with the others as what has to agree."""
    for joint in (_JOINTS, _PAIRS):
        parts = [part for part in joint.split(head) if part]
        if len(parts) == 2 and min(map(len, parts)) >= (_LEAST if joint is _PAIRS else 2):
            for part, other in (parts, parts[::-1]):
                key = addressed(fold(part))
                yield NameReading(key, Form.JOINED, (other, *qualifiers))


def _split(name: str) -> tuple[str, tuple[str, ...]]:
    """Split a name from what stands in brackets or after commas.

    >>> _split("Frankfurt (Oder)"), _split("Tolbiac"), _split("Portland, Oregon, USA")
    (('Frankfurt', ('Oder',)), ('Tolbiac', ()), ('Portland', ('Oregon', 'USA')))
    """
    bracketed = tuple(found.strip() for found in _BRACKETS.findall(name))
    head, *rest = (part.strip() for part in _BRACKETS.sub(" ", name).split(","))
    return head, tuple(part for part in (*bracketed, *rest) if fold(part))


@lru_cache(1 << 14)
def heads(name: str) -> frozenset[str]:
    """Return what may be the name proper, in lower case: all, without address, what is beside it.

    >>> sorted(heads("Stadt Köln (Rhein)")), sorted(heads("Meran/Merano"))
    (['köln', 'köln (rhein)', 'stadt köln', 'stadt köln (rhein)'], \
['meran', 'meran/merano', 'merano'])
    """
    head, _ = _split(name)
    parts = {name.strip(), head, *(part for part in _JOINTS.split(head) if part)}
    return frozenset(text.casefold() for part in parts for text in (part, *_unaddressed(part)))


def _unaddressed(text: str) -> Iterator[str]:
    """Yield a text as it is written without the forms of address around it, or on one side."""
    words = text.split()
    keys = [fold(word) for word in words]
    if keys and all(keys) and " " not in keys[0] and " " not in keys[-1]:
        first, last = _addressed_within(keys)
        for end in (last, len(keys)):
            yield " ".join(words[first:end]) or text
        yield " ".join(words[:last]) or text


_LAST: Final = re.compile(
    r"(.*\S)(?:\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]"
    r"|,\s*([^,()\[\]]+)|\s*/\s*([^/]+)|\s[-–—]\s+(.+))\s*"
)
"""A name, and what stands behind it: in brackets, after a comma, a slash or a dash."""

_SEPARATED: Final = re.compile(r"[,/()\[\]]")

_WORDS: Final = 4
"""Words of the longest name of a country that is read behind a name with nothing between."""

_FIRST: Final = re.compile(r"(?:([^,:/()]+?)(?:\s*[,:/]|\s[-–—]\s)|([A-Z]{1,3})-)\s*(\S.*)")
"""A name, and what stands before it: `France: Lyon`, `F-Lyon`."""

_POSTCODE: Final = re.compile(
    r"(?:([A-Z]{1,3})\s?-\s?)?(?:[0-9]{4,6}|[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|[0-9]{4} ?[A-Z]{2})"
    r"\s+([^\W\d].*)"
)
"""A name behind a postcode, which may have the code of a country before it: `D-80331 München`."""


def beside(name: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to split a name from what may be a country beside it, last, first or before.

    What stands beside it is empty where it is a postcode alone.

    >>> list(beside("Portland, Oregon (US)"))
    [('Portland, Oregon', 'US'), ('Oregon (US)', 'Portland')]
    >>> list(beside("F-Lyon")), list(beside("Lyon France")), list(beside("D-80331 Ulm"))
    ([('Lyon', 'F')], [('Lyon', 'France')], [('Ulm', 'D')])
    """
    if name.isalpha():
        return
    if found := _POSTCODE.fullmatch(name):
        yield found[2], found[1] or ""
        return
    if found := _LAST.fullmatch(name):
        yield found[1], next(filter(None, found.groups()[1:]), "")
    if found := _FIRST.fullmatch(name):
        yield found[3], found[1] or found[2]
    words = name.split() if not _SEPARATED.search(name) else []
    for last in range(1, min(len(words), _WORDS + 1)):
        yield " ".join(words[:-last]), " ".join(words[-last:])


def _spelled_out(key: str) -> tuple[str, ...]:
    """Spell the first word of a folded name otherwise that is abbreviated, or often is.

    >>> _spelled_out("st gallen")
    ('saint gallen', 'sankt gallen', 'sint gallen', 'szent gallen')
    """
    words = key.split(" ")
    for place, word in enumerate(words):
        if found := _SPELLINGS.get(word):
            return tuple(" ".join((*words[:place], one, *words[place + 1 :])) for one in found)
    return ()


def is_address(key: str) -> bool:
    """Whether a folded text is nothing but a form of address: `city`, `kreisfreie stadt`."""
    words = key.split(" ")
    return any(word in _FORMS for word in words) and all(word in _AROUND for word in words)


def addressed(key: str) -> str:
    """Return a folded name without the forms of address before and behind it.

    >>> addressed("ville de lyon"), addressed("city of the city"), addressed("malmo stad")
    ('lyon', 'city of the city', 'malmo')
    """
    words = key.split(" ")
    first, last = _addressed_within(words)
    return " ".join(words[first:last]) or key


def _addresses(key: str) -> Iterator[str]:
    """Yield a folded name without forms of address: around it, before it, behind it.

    >>> list(_addresses("city of daly city"))
    ['daly', 'daly city', 'city of daly']
    """
    words = key.split(" ")
    first, last = _addressed_within(words)
    ends = dict.fromkeys(((first, last), (first, len(words)), (0, last)))
    yield from (" ".join(words[a:b]) for a, b in ends if 0 < b - a < len(words))


def _addressed_within(words: Sequence[str]) -> tuple[int, int]:
    """Return where among words a name begins and ends, without the forms of address around it."""
    first, last = 0, len(words)
    if "borough" in words and words[words.index("borough") + 1 :][:1] == ["of"]:
        first = words.index("borough") + 1  # London, royal and metropolitan boroughs.
    while (after := _after_form(words, first)) > first:
        first = after
    if not first and len(words) > 1 and words[0] in _SHORT_FORMS:
        first = 1
    while first and first < last and words[first] in _OF:
        first += 1
    while last > first and words[last - 1] in _FORMS:
        last -= 1
        while last > first and words[last - 1] in _KINDS_OF_FORMS:
            last -= 1
    return first, last


def _after_form(words: Sequence[str], first: int) -> int:
    """Return where a form of address ends that begins at a word; there, where none does."""
    at = first
    while at < len(words) and words[at] in _KINDS_OF_FORMS:
        at += 1
    return at + 1 if at < len(words) and words[at] in _FORMS else first


_GENITIVES: Final = (
    ("s", ""),
    ("n", ""),
    ("in", ""),
    ("en", ""),
    ("un", ""),
    ("es", ""),
    ("ngin", "nki"),
    ("nnan", "nta"),
    ("run", "rku"),
    ("den", "ti"),
    ("joen", "joki"),
    ("en", "i"),
    ("iaus", "ius"),
    ("aus", "us"),
    ("os", "a"),
    ("o", "as"),
    ("io", "ys"),
    ("iu", "iai"),
    ("na", "n"),
    ("ta", "t"),
)
"""Endings of genitives in Nordic and Baltic languages and Greek, and those of the names."""


def _genitives(key: str, address: str) -> Iterator[NameReading]:
    """Read what stands beside a form of address as a genitive: `Turun kaupunki`, `Kauno miesto`."""
    if not _INFLECTED.isdisjoint(key.split(" ")):
        for ending, own in _GENITIVES:
            called = address.removesuffix(ending) + own
            if address.endswith(ending) and len(called) - len(own) // 2 >= _LEAST:
                yield NameReading(called, Form.GENITIVE)


def other_kind(name: str) -> str:
    """Return what a name says it is the name of, where that is not a city; else empty.

    What stands beside the name counts only where it says nothing else: a town may lie in a canton.

    >>> other_kind("Landkreis Gießen"), other_kind("Düren (Kreis)"), other_kind("Gießen")
    ('district', 'district', '')
    >>> other_kind("Breitenbach (Kanton Solothurn)"), other_kind("Xanadu, Pembrokeshire")
    ('', '')
    """
    head, qualifiers = _split(name)
    said = [fold(head), *(key for key in map(fold, qualifiers) if _is_kind(key))]
    return next(
        (kind for kind, words in _OTHER_KINDS.items() if any(words.search(key) for key in said)),
        "",
    )


def _is_kind(key: str) -> bool:
    """Whether a folded text says of what kind something is, and names nothing."""
    return not without_kind(key) and not _NAMED_KIND.search(key)


def without_kind(key: str) -> str:
    """Return a folded text without the words for divisions and cities, and those between.

    >>> without_kind("kanton solothurn"), without_kind("province of turin"), without_kind("kreis")
    ('solothurn', 'turin', '')
    """
    words = _ANY_KIND.sub(" ", key).split()
    return " ".join(word for word in words if word not in _OF and word not in _PLAIN)


_PLAIN: Final = frozenset("rural urban free autonomous special administrative the".split())
"""Words beside one for a division that say nothing else."""
