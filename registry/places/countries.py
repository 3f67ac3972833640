"""Countries as sources write them: by code, or by a name in any language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from babel import Locale, localedata
from babel.core import get_global

from registry.places.names import fold

_COUNTRY: Final = 2
"""Letters of a country's code (ISO 3166-1 alpha-2)."""

_ALSO: Final = {
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "great britain": "GB",
    "schottland": "GB",
    "nordirland": "GB",
    "grossbritannien": "GB",
    "u k": "GB",
    "u s a": "US",
    "usa": "US",
    "united states of america": "US",
    "holland": "NL",
    "russian federation": "RU",
    "people s republic of china": "CN",
    "volksrepublik china": "CN",
    "taiwan province of china": "TW",
    "republic of china": "TW",
    "republic of macedonia": "MK",
    "mazedonien": "MK",
    "palestine": "PS",
    "palestinian national authority": "PS",
    "state of palestine": "PS",
    "palastina": "PS",
    "republic of ireland": "IE",
    "republik irland": "IE",
    "czech republic": "CZ",
    "tschechische republik": "CZ",
    "moldawien": "MD",
    "weissrussland": "BY",
    "elfenbeinkuste": "CI",
    "ivory coast": "CI",
    "burma": "MM",
    "birma": "MM",
    "republic of the congo": "CG",
    "democratic republic of the congo": "CD",
    "cape verde": "CV",
    "kap verde": "CV",
    "swaziland": "SZ",
    "east timor": "TL",
    "the gambia": "GM",
    "the bahamas": "BS",
    "federated states of micronesia": "FM",
    "sahrawi arab democratic republic": "EH",
    "northern cyprus": "CY",
    "turkish republic of northern cyprus": "CY",
    "transnistria": "MD",
    "vatikanstadt": "VA",
    "sao tome and principe": "ST",
    "curacao": "CW",
    "el": "GR",
}
"""Names and codes in use that CLDR does not have as those of a country; England has no code."""

_PARTS: Final = frozenset(
    {"england", "scotland", "wales", "northern ireland", "schottland", "nordirland"}
)
"""Names among these that are those of divisions, too."""

_UNIONS: Final = frozenset("EU EZ UN QO XA XB ZZ".split())
"""Codes in CLDR that are those of several countries, or of none."""

_FORMER: Final = frozenset("BUR DDR FXX TMP ZAR SCG ANT".split())
"""Codes of three letters that were withdrawn; some were those of a part."""

_TERRITORIES: Final = {
    "AU": "CC CX NF",
    "CN": "HK MO",
    "DK": "FO GL",
    "FI": "AX",
    "FR": "BL GF GP MF MQ NC PF PM RE WF YT",
    "GB": "AI BM FK GG GI IM JE KY MS PN SH TC VG",
    "NL": "AW BQ CW SX",
    "NO": "SJ",
    "NZ": "CK NU TK",
    "US": "AS GU MP PR VI",
}
"""Territories with codes of their own, of which people also say that they are in the country."""


_PLATES: Final = {
    **{"A": "AT", "B": "BE", "C": "CU", "D": "DE", "E": "ES", "F": "FR", "G": "GA", "H": "HU"},
    **{"I": "IT", "J": "JP", "K": "KH", "L": "LU", "M": "MT", "N": "NO", "P": "PT", "Q": "QA"},
    **{"S": "SE", "T": "TH", "V": "VA", "Z": "ZM", "BDS": "BB", "BRU": "BN", "CAM": "CM"},
    **{"CDN": "CA", "EAK": "KE", "EAT": "TZ", "EAU": "UG", "FL": "LI", "GBG": "GG"},
    **{"GBJ": "JE", "GBM": "IM", "GBZ": "GI", "GCA": "GT", "JA": "JM", "KSA": "SA", "LAR": "LY"},
    **{"MAL": "MY", "MOC": "MZ", "NEP": "NP", "NMK": "MK", "RA": "AR", "RB": "BW", "RCA": "CF"},
    **{"RCB": "CG", "RCH": "CL", "RG": "GN", "RH": "HT", "RI": "ID", "RIM": "MR", "RKS": "XK"},
    **{"RL": "LB", "RM": "MG", "RMM": "ML", "RN": "NE", "ROK": "KR", "RP": "PH", "SLO": "SI"},
    **{"SME": "SR", "SUD": "SD", "UAE": "AE", "WAG": "GM", "WAL": "SL", "WAN": "NG", "YV": "VE"},
}
"""Codes on number plates (Convention on Road Traffic, Vienna 1968, Annex 3), which people write
behind names. Those that are codes of ISO 3166-1 are read as these, whatever they are on plates."""


def code_beside(text: str) -> str:
    """Return the code of a country that stands beside a name; empty where none does.

    >>> code_beside("France"), code_beside("F"), code_beside("f"), code_beside("CL")
    ('FR', 'FR', '', 'CL')
    """
    return code_of(text) or _PLATES.get(text.strip(), "")


def with_territories(country: str) -> list[str]:
    """Return the code of a country with those of its territories.

    >>> with_territories("DK"), with_territories("DE")
    (['DK', 'FO', 'GL'], ['DE'])
    """
    return [country, *_TERRITORIES.get(country, "").split()]


def is_territory(code: str, country: str) -> bool:
    """Whether a territory with a code of its own belongs to a country.

    >>> is_territory("MQ", "FR"), is_territory("FR", "MQ")
    (True, False)
    """
    return code in _TERRITORIES.get(country, "").split()


def is_within(code: str, country: str) -> bool:
    """Whether a country is another one, or a territory of it.

    >>> is_within("FR", "FR"), is_within("MQ", "FR"), is_within("FR", "MQ")
    (True, True, False)
    """
    return code == country or is_territory(code, country)


def is_part(text: str) -> bool:
    """Whether a text names a part of a country, for which the country may stand: `Scotland`."""
    return fold(text) in _PARTS


def code_of(country: str) -> str:
    """Return the code of a country (ISO 3166-1 alpha-2); empty where it is not known.

    >>> code_of("IT"), code_of("UK"), code_of("Lettland"), code_of("Королевство"), code_of("ITA")
    ('IT', 'GB', 'LV', '', 'IT')
    """
    written = country.strip()
    if not written:  # To look a name up, all of them are read; nothing needs no look.
        return ""
    key = fold(written)
    return _by_code().get(written.upper()) or _ALSO.get(key) or _by_name().get(key, "")


def alpha3(code: str) -> str:
    """Return the code of three letters (ISO 3166-1 alpha-3); Kosovo has one by custom.

    >>> alpha3("DE"), alpha3("XK")
    ('DEU', 'XKX')
    """
    return _alpha3().get(code, "")


@cache
def _alpha3() -> dict[str, str]:
    aliases = get_global("territory_aliases").items()
    known = codes()
    three = {targets[0]: alias for alias, targets in aliases if _is_alpha3(alias, targets, known)}
    return {**three, "XK": "XKX"}


def _is_alpha3(alias: str, targets: list[str], known: frozenset[str]) -> bool:
    three = len(alias) == 3 and alias.isalpha() and alias not in _FORMER
    return three and len(targets) == 1 and targets[0] in known


@cache
def codes() -> frozenset[str]:
    """Return the codes of all countries and territories (ISO 3166-1 alpha-2)."""
    listed = (str(code) for code in Locale("en").territories)
    known = (code for code in listed if len(code) == _COUNTRY and code.isalpha())
    return frozenset(known) - _UNIONS


@cache
def _by_code() -> dict[str, str]:
    """Map codes of two and three letters, and `UK`."""
    three = {alias: code for code, alias in _alpha3().items()}
    return {code: code for code in codes()} | three | {"UK": "GB"}


@cache
def _by_name() -> dict[str, str]:
    """Map names in all languages of CLDR; one that two countries share is none of them."""
    found: dict[str, set[str]] = {}
    for key, code in _names():
        found.setdefault(key, set()).add(code)
    return {key: next(iter(codes)) for key, codes in found.items() if len(codes) == 1}


def _names() -> Iterator[tuple[str, str]]:
    known = codes()
    # Babel keeps all of a language that it reads: a million objects, 140 MB and slow collections.
    kept = getattr(localedata, "_cache", {})
    before = frozenset(kept)
    for identifier in localedata.locale_identifiers():
        if "_" not in identifier:
            for code, name in Locale(identifier).territories.items():
                if code in known:
                    yield fold(name), code
            if identifier not in before:
                kept.pop(identifier, None)
