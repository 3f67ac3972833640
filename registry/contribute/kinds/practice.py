"""A practice of heritage: what it is, who bears it, where it is carried out, how it travelled.

    practice ── cl:originCity ▶ city           implementation ── cl:implementedIn ▶ city, cl:stage
      ├ cl:bearer ▶ community                    └ cl:implementationOf ▶ practice
      ├ cl:runBy ▶ organisation                transfer ── cl:fromCity ▶ city ── cl:toCity ▶ city
      └ cl:practiceType, cl:topic, …             └ cl:transferOf ▶ practice, cl:transferMode

One that the registry knows gets what is filled in; a new one needs a type as well.
"""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.contribute.drafts import Draft, Faults
from registry.contribute.fields import NEW, Field, Part
from registry.contribute.kind import Kind
from registry.contribute.kinds.link import after_source
from registry.contribute.writing import Writing, digits, id_of, ref_of, slug
from registry.graphs.statements import Properties, Value

TYPES: Final = (
    *("adaptive-reuse", "business-model", "community-centre", "conservation", "enhancement"),
    *("facility", "financing-model", "governance-model", "municipal-service"),
    *("participation-format", "social-project"),
)
HERITAGE: Final = ("tangible", "intangible", "natural", "documentary")
DOMAINS: Final = (
    *("craftsmanship", "knowledge-of-nature", "oral-traditions", "performing-arts"),
    "social-practices",
)
STAGES: Final = ("idea", "planned", "pilot", "operating", "discontinued")
MODES: Final = ("idea", "plan", "model", "project", "staff")
TOPICS: Final = (
    *("heritage", "heritage-conservation", "heritage-enhancement", "adaptive-reuse", "arts"),
    *("business", "circular-models", "higher-education", "inclusion", "innovation"),
    *("participation", "public-services", "sport-leisure", "sustainability", "youth"),
)

_TOLD: Final = (
    *("type", "heritage", "domain", "topic", "description", "origin", "bearer", "run_by"),
    *("place", "from_city"),
)


def _check(draft: Draft, today: str) -> Faults:
    faults: Faults = {}
    is_new = draft["practice"].startswith(NEW)
    if is_new and not draft["type"]:
        faults["type"] = "fault_type"
    if not is_new and not any(draft[name] for name in _TOLD):
        faults["type"] = "fault_nothing"
    for one, other in (("place", "stage"), ("stage", "place")):
        if draft[one] and not draft[other]:
            faults[other] = "fault_stage"
    way = ("from_city", "to_city", "mode")
    if any(draft[name] for name in (*way, "passed")):
        faults |= {name: "fault_way" for name in way if not draft[name]}
    if draft["from_city"] and draft["from_city"] == draft["to_city"]:
        faults["to_city"] = "fault_same_city"
    return faults | after_source(draft, ("passed",), draft.source.date or today)


def _write(made: Writing) -> None:
    draft = made.draft
    practice = made.thing("practice") or _new(made)
    name = made.new("practice") or made.known.label("practice", ref_of(practice))
    bearer = made.agent(draft["bearer"], draft["spoken"], "community") if draft["bearer"] else ""
    runs = made.agent(draft["run_by"], draft["spoken"]) if draft["run_by"] else ""
    is_heritage = any(draft[one] for one in ("heritage", "domain", "bearer"))
    said: dict[str, Value | list[str]] = {
        "rdf:type": "cl:HeritagePractice" if is_heritage else "",
        "cl:practiceType": made.concept("practice-type", "type"),
        "cl:heritageKind": made.concept("heritage-kind", "heritage"),
        "cl:heritageDomain": made.concept("heritage-domain", "domain"),
        "cl:topic": made.concept("topic", "topic"),
        "dcterms:description": made.text("description", draft["spoken"]),
        "cl:originCity": made.thing("origin"),
        "cl:bearer": bearer,
        "cl:runBy": runs,
        "cl:supportedBy": made.passage,
    }
    made.say(practice, said)
    if draft["place"]:
        _carried_out(made, practice, name)
    if draft["from_city"]:
        _passed(made, practice, name)


def _new(made: Writing) -> str:
    """Describe a practice that is new."""
    name = made.new("practice")
    label = ox.Literal(name, language=made.draft["spoken"])
    properties: Properties = {"rdf:type": "cl:Practice", "skos:prefLabel": label}
    ref = f"{slug(name) or 'practice'}-{digits(name)}"
    return made.described("practice", ref, name, properties)


def _carried_out(made: Writing, practice: str, name: str) -> None:
    """Write that it is carried out in a city; one that is there in another stage is another one."""
    city, lookup = made.thing("place"), made.known.lookup
    label = f"{name} in {made.known.label('city', ref_of(city))}"
    stage = made.concept("practice-stage", "stage")
    own = f"{ref_of(practice)}/{ref_of(city)}"
    there = terms.thing("implementation", own)
    if lookup.exists(there) and not made.known.says(there, "cl:stage", stage):
        own = made.own(ref_of(practice), ref_of(city))
    made.described(
        "implementation",
        own,
        label,
        {
            "rdf:type": "cl:PracticeImplementation",
            "cl:implementationOf": practice,
            "cl:implementedIn": city,
            "cl:stage": stage,
        },
    )


def _passed(made: Writing, practice: str, name: str) -> None:
    """Write that it passed from a city to another."""
    lookup = made.known.lookup
    sides = made.thing("from_city"), made.thing("to_city")
    known = [
        one
        for one in lookup.subjects("cl:transferOf", practice)
        if (lookup.iri(one, "cl:fromCity"), lookup.iri(one, "cl:toCity")) == sides
        and made.draft["passed"] in {"", lookup.text(one, "cl:startDate")}
        and lookup.iris(one, "cl:transferMode") == [made.concept("transfer-mode", "mode")]
    ]
    way = " → ".join(made.known.label("city", ref_of(side)) for side in sides)
    made.described(
        "transfer",
        ref_of(known[0]) if known else made.own(ref_of(practice)),
        f"{name}: {way}",
        {
            "rdf:type": "cl:PracticeTransfer",
            "cl:transferOf": practice,
            "cl:fromCity": sides[0],
            "cl:toCity": sides[1],
            "cl:transferMode": made.concept("transfer-mode", "mode"),
            "cl:startDate": made.date("passed"),
        },
    )


def _shown_on(draft: Draft) -> list[str]:
    names = ("practice", "origin", "place", "from_city", "to_city")
    return list(dict.fromkeys(one for name in names if (one := id_of(draft[name]))))


_WHAT: Final = Part(
    "part_practice",
    (
        Field(
            *("practice", "thing", "practice_name", "practice_name_hint"),
            kinds=("practice",),
            is_new=True,
            is_needed=True,
            parameter="practice",
            properties=("skos:prefLabel",),
        ),
        Field(
            *("spoken", "language", "language_of_practice"),
            default="en",
            of=("practice", "description"),
        ),
        Field(
            *("type", "choice", "cl:practiceType", "practice_type_hint"),
            options=TYPES,
            scheme="practice-type",
            properties=("cl:practiceType",),
        ),
        Field(
            *("heritage", "choice", "cl:heritageKind"),
            options=HERITAGE,
            scheme="heritage-kind",
            properties=("cl:heritageKind",),
        ),
        Field(
            *("domain", "choice", "cl:heritageDomain", "domain_hint"),
            options=DOMAINS,
            scheme="heritage-domain",
            properties=("cl:heritageDomain",),
        ),
        Field(
            *("topic", "choice", "cl:topic"),
            options=TOPICS,
            scheme="topic",
            properties=("cl:topic",),
        ),
        Field(
            *("description", "area", "practice_description", "practice_description_hint"),
            longest=1000,
            properties=("dcterms:description",),
        ),
    ),
)
_WHO: Final = Part(
    "part_bearers",
    (
        Field("origin", "thing", "cl:originCity", "city_hint", properties=("cl:originCity",)),
        Field("bearer", "text", "practice_bearer", "bearer_hint", properties=("cl:bearer",)),
        Field("run_by", "text", "cl:runBy", "run_by_hint", properties=("cl:runBy",)),
    ),
)
_WHERE: Final = Part(
    "part_place",
    (
        Field(
            *("place", "thing", "practice_place"),
            parameter="city",
            properties=("cl:implementedIn",),
        ),
        Field(
            *("stage", "choice", "cl:stage"),
            options=STAGES,
            scheme="practice-stage",
            properties=("cl:stage",),
        ),
    ),
    boxed=True,
)
_WAY: Final = Part(
    "part_way",
    (
        Field("from_city", "thing", "cl:fromCity", properties=("cl:fromCity",)),
        Field("to_city", "thing", "cl:toCity", properties=("cl:toCity",)),
        Field(
            *("mode", "choice", "cl:transferMode"),
            options=MODES,
            scheme="transfer-mode",
            properties=("cl:transferMode",),
        ),
        Field("passed", "date", "passed_when", "date_hint", properties=("cl:startDate",)),
    ),
    boxed=True,
)

PRACTICE: Final = Kind(
    "practice",
    (_WHAT, _WHO, _WHERE, _WAY),
    check=_check,
    write=_write,
    sentence=lambda _: "said_practice",
    sentences=("said_practice",),
    about=lambda draft: id_of(draft["practice"]) or draft["practice"].casefold(),
    shown_on=_shown_on,
)
