"""A city or region: a name in a language, an identifier, or how it came to be and ended.

    city ── cl:name ───────────────▶ name ── cl:nameForm, cl:startDate, cl:endDate
      ├ skos:altLabel                  └ cl:supportedBy ▶ passage
      ├ cl:externalIdentifier ─────▶ identifier ── cl:identifierScheme, cl:identifierValue
      ├ cl:wikidataItem, cl:geonamesFeature
      └ cl:established, cl:dissolved, cl:precededBy, cl:succeededBy

A name joins the other names: by which of them pages call the city is for its authority file.
"""

from __future__ import annotations

import re
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.contribute.drafts import Draft, Faults, first, last
from registry.contribute.fields import Field, Part
from registry.contribute.kind import Kind
from registry.contribute.kinds.link import after_source
from registry.contribute.known import Known
from registry.contribute.writing import Writing, id_of, iri_of
from registry.graphs.statements import Value
from registry.search.identifiers import item_of, number_of

USES: Final = {
    "also": "",
    "official": "Official name.",
    "short": "Short name.",
    "former": "Former name.",
}
"""How a name is used, and the note that says so."""

REGISTERS: Final = {
    "wikidata": "Wikidata",
    "geonames": "GeoNames",
    "isni": "ISNI",
    "viaf": "VIAF",
    "gnd": "GND",
}
"""Registers whose identifiers are known by their form; any other is named in words."""

_OTHER: Final = "other"
_PAGES: Final = {
    "wikidata": "https://www.wikidata.org/wiki/{}",
    "geonames": "https://www.geonames.org/{}/",
    "isni": "https://isni.org/isni/{}",
    "viaf": "https://viaf.org/viaf/{}",
    "gnd": "https://d-nb.info/gnd/{}",
}
_FORMS: Final = {
    "viaf": re.compile(r"(?:https?://(?:www\.)?viaf\.org/viaf/)?([1-9][0-9]{1,21})/?"),
    "gnd": re.compile(r"(?:https?://d-nb\.info/gnd/)?([0-9]{3,10}-?[0-9X])"),
    "isni": re.compile(r"(?:https?://(?:www\.)?isni\.org/(?:isni/)?)?([0-9]{15}[0-9X])"),
}
TERRITORIES: Final = ("city", "region")


def identifier(register: str, text: str) -> str:
    """Read an identifier as its register writes it; empty where it cannot be one.

    >>> identifier("wikidata", "https://www.wikidata.org/wiki/Q6259"), identifier("isni", "12")
    ('Q6259', '')
    >>> identifier("isni", "0000 0001 2150 090X"), identifier("isni", "0000000121500901")
    ('000000012150090X', '')
    """
    if register == "wikidata":
        return item_of(text)
    if register == "geonames":
        return str(number_of(text) or "")
    form = _FORMS.get(register)
    if form is None:
        return text
    found = form.fullmatch(text.replace(" ", "") if register == "isni" else text)
    value = found[1] if found else ""
    return "" if register == "isni" and value and not _is_isni(value) else value


def _is_isni(text: str) -> bool:
    """Whether the last of 16 characters fits the others (ISO 7064, MOD 11-2)."""
    rest = 0
    for digit in text[:-1]:
        rest = (rest + int(digit)) * 2 % 11
    return text[-1] == "0123456789X"[(12 - rest) % 11]


def _check(draft: Draft, today: str) -> Faults:
    faults: Faults = {}
    told = ("name", "identifier", "established", "dissolved", "preceded", "succeeded")
    if not any(draft[name] for name in told):
        faults["name"] = "fault_nothing"
    if not draft["name"]:
        faults |= {name: "fault_name" for name in ("since", "until") if draft[name]}
    faults |= _faults_of_identifier(draft)
    faults |= after_source(
        draft, ("since", "until", "established", "dissolved"), draft.source.date or today
    )
    for start, end in (("since", "until"), ("established", "dissolved")):
        if draft[start] and draft[end] and first(draft[start]) > last(draft[end]):
            faults[end] = "fault_order"
    for name in ("preceded", "succeeded"):
        if draft["city"] and id_of(draft["city"]) in map(id_of, draft.lines(name)):
            faults[name] = "fault_same_city"
    return faults


def _faults_of_identifier(draft: Draft) -> Faults:
    faults: Faults = {}
    if draft["identifier"] and not draft["register"]:
        faults["register"] = "fault_choice"
    if draft["register"] and not draft["identifier"]:
        faults["identifier"] = "fault_identifier"
    if draft["identifier"] and not identifier(draft["register"], draft["identifier"]):
        faults["identifier"] = "fault_identifier"
    if (draft["register"] == _OTHER) != bool(draft["other_register"]):
        faults["other_register"] = "fault_register"
    return faults


def _against(draft: Draft, known: Known) -> Faults:
    """Find an identifier that the release has of another city."""
    return {"identifier": "fault_taken"} if _owners(draft, known) - {iri_of(draft["city"])} else {}


def _owners(draft: Draft, known: Known) -> set[str]:
    """Return the cities and regions that have an identifier of Wikidata or GeoNames."""
    register, find = draft["register"], known.lookup.subjects
    value = identifier(register, draft["identifier"])
    if register == "wikidata":
        return {*find("cl:wikidataItem", terms.WIKIDATA + value)}
    if register == "geonames":
        return {*find("cl:geonamesFeature", terms.GEONAMES.format(value))}
    return set()


def _write(made: Writing) -> None:
    city = made.thing("city")
    made.say(city, {"cl:supportedBy": made.passage})
    if made.draft["name"]:
        _name(made, city)
    if made.draft["identifier"]:
        _identifier(made, city)
    made.say(
        city,
        {"cl:established": made.date("established"), "cl:dissolved": made.date("dissolved")},
    )
    for name, there, back in (
        ("preceded", "cl:precededBy", "cl:succeededBy"),
        ("succeeded", "cl:succeededBy", "cl:precededBy"),
    ):
        for other in map(iri_of, made.draft.lines(name)):
            made.say(city, {there: other})
            made.say(other, {back: city, "cl:supportedBy": made.passage})


def _name(made: Writing, city: str) -> None:
    """Write a name as a node with its dates and source, and as one of the labels."""
    draft = made.draft
    name = ox.Literal(draft["name"], language=draft["spoken"])
    note = USES[draft["use"]]
    label = f"{draft['name']}, name of {_ref(draft)}"
    node = made.described(
        "name",
        made.own(_ref(draft)),
        label,
        {
            "rdf:type": "cl:Name",
            "cl:nameForm": name,
            "cl:startDate": made.date("since"),
            "cl:endDate": made.date("until"),
            "skos:note": ox.Literal(note, language="en") if note else "",
        },
    )
    names = ("skos:prefLabel", "skos:altLabel", "skos:hiddenLabel")
    is_known = name in made.known.lookup.literals(city, *names)
    made.say(city, {"cl:name": node, "skos:altLabel": "" if is_known else name})


def _identifier(made: Writing, city: str) -> None:
    """Write an identifier as a node with its source, and by the property of its register."""
    draft, register = made.draft, made.draft["register"]
    value = identifier(register, draft["identifier"])
    scheme = REGISTERS.get(register) or draft["other_register"]
    page = _PAGES.get(register, "").format(value)
    node = made.described(
        "identifier",
        made.own(_ref(draft)),
        f"{scheme} {value} of {_ref(draft)}",
        {
            "rdf:type": "cl:Identifier",
            "cl:identifierScheme": ox.Literal(scheme),
            "cl:identifierValue": ox.Literal(value),
            "foaf:page": page,
        },
    )
    same: dict[str, Value] = {"cl:externalIdentifier": node}
    if register == "wikidata":
        same["cl:wikidataItem"] = terms.WIKIDATA + value
    if register == "geonames":
        same["cl:geonamesFeature"] = terms.GEONAMES.format(value)
    made.say(city, same)


def _standing(draft: Draft, known: Known) -> list[str]:
    """Return the city and the nodes that say all that a draft says of it; else nothing."""
    lookup, city = known.lookup, iri_of(draft["city"])
    names = _named(draft, known, city) if draft["name"] else [city]
    identifiers = _identified(draft, known, city) if draft["identifier"] else [city]
    lived = all(
        draft[field] in {"", lookup.text(city, f"cl:{field}")}
        for field in ("established", "dissolved")
    )
    joined = all(
        {*map(iri_of, draft.lines(field))} <= {*lookup.iris(city, f"cl:{field}By")}
        for field in ("preceded", "succeeded")
    )
    if not (names and identifiers and lived and joined):
        return []
    return [one for one in (*names, *identifiers) if one != city] or [city]


def _named(draft: Draft, known: Known, city: str) -> list[str]:
    """List the nodes of a city that are the name of a draft; the city where it is plain."""
    lookup = known.lookup
    nodes = [one for one in lookup.iris(city, "cl:name") if _is_name(draft, known, one)]
    if nodes or any((draft["since"], draft["until"], USES[draft["use"]])):
        return nodes
    labels = lookup.literals(city, "skos:prefLabel", "skos:altLabel", "skos:hiddenLabel")
    return [city] if ox.Literal(draft["name"], language=draft["spoken"]) in labels else []


def _is_name(draft: Draft, known: Known, node: str) -> bool:
    """Whether a node is the name of a draft, with its dates and use."""
    lookup = known.lookup
    said = (("cl:startDate", draft["since"]), ("cl:endDate", draft["until"]))
    use = USES[draft["use"]]
    return (
        ox.Literal(draft["name"], language=draft["spoken"]) in lookup.literals(node, "cl:nameForm")
        and all(value in {"", lookup.text(node, name)} for name, value in said)
        and use in {"", lookup.text(node, "skos:note")}
    )


def _identified(draft: Draft, known: Known, city: str) -> list[str]:
    """Return the city or its node where it has the identifier of a draft."""
    lookup, register = known.lookup, draft["register"]
    value = identifier(register, draft["identifier"])
    item, feature = terms.WIKIDATA + value, terms.GEONAMES.format(value)
    if (register == "wikidata" and item in lookup.iris(city, "cl:wikidataItem")) or (
        register == "geonames" and feature in lookup.iris(city, "cl:geonamesFeature")
    ):
        return [city]
    scheme = REGISTERS.get(register) or draft["other_register"]
    return [
        node
        for node in lookup.iris(city, "cl:externalIdentifier")
        if lookup.text(node, "cl:identifierScheme") == scheme
        and lookup.text(node, "cl:identifierValue") == value
    ]


def _ref(draft: Draft) -> str:
    return id_of(draft["city"]).partition("/")[2]


def _shown_on(draft: Draft) -> list[str]:
    others = [*draft.lines("preceded"), *draft.lines("succeeded")]
    return [id_of(draft["city"]), *map(id_of, others)]


_NAME: Final = Part(
    "part_name",
    (
        Field(
            *("name", "text", "city_name", "city_name_hint"),
            properties=("skos:altLabel", "cl:nameForm", "cl:name", "skos:prefLabel"),
        ),
        Field(*("spoken", "language", "language_of_name"), default="en", of=("name",)),
        Field(
            *("use", "choice", "use_of_name"),
            options=tuple(USES),
            words="use_",
            default="also",
            of=("name",),
        ),
        Field("since", "date", "name_since", "date_hint", properties=("cl:startDate",)),
        Field("until", "date", "name_until", properties=("cl:endDate",)),
    ),
    "part_name_lead",
)
_IDENTIFIER: Final = Part(
    "part_identifier",
    (
        Field(
            *("register", "choice", "register_of"),
            options=(*REGISTERS, _OTHER),
            names=REGISTERS,
            words="register_",
            properties=("cl:identifierScheme",),
        ),
        Field("other_register", "text", "other_register", "other_register_hint"),
        Field(
            *("identifier", "text", "identifier", "identifier_hint"),
            properties=("cl:identifierValue", "cl:wikidataItem", "cl:geonamesFeature"),
            shapes=("wikidata-once", "geonames-once", "city-wikidata-iri", "city-geonames-iri"),
        ),
    ),
)
_LIFE: Final = Part(
    "part_life",
    (
        Field(
            *("established", "date", "cl:established", "established_hint"),
            properties=("cl:established",),
        ),
        Field(
            *("preceded", "things", "cl:precededBy", "preceded_hint"),
            kinds=TERRITORIES,
            properties=("cl:precededBy",),
        ),
        Field("dissolved", "date", "cl:dissolved", properties=("cl:dissolved",)),
        Field(
            *("succeeded", "things", "cl:succeededBy", "succeeded_hint"),
            kinds=TERRITORIES,
            properties=("cl:succeededBy",),
            shapes=("circle",),
        ),
    ),
)

CITY: Final = Kind(
    "city",
    (
        Part(
            "part_which_city",
            (
                Field(
                    *("city", "thing", "city_or_region", "city_hint"),
                    kinds=TERRITORIES,
                    is_needed=True,
                    parameter="city",
                ),
            ),
        ),
        _NAME,
        _IDENTIFIER,
        _LIFE,
    ),
    check=_check,
    write=_write,
    sentence=lambda _: "said_city",
    sentences=("said_city",),
    about=lambda draft: id_of(draft["city"]),
    shown_on=_shown_on,
    standing=_standing,
    against=_against,
)
