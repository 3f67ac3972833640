"""JSON-LD with our context, and in the forms that a profile names: expanded, compacted, framed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from registry import terms
from registry.formats import Format
from registry.problems import Problem

TERMS: Final = {
    "name": "skos:prefLabel",
    "country": "cl:inCountry",
    "latitude": "wgs84:lat",
    "longitude": "wgs84:long",
    "population": "cl:population",
    "geonames": "cl:geonamesFeature",
    "wikidata": "cl:wikidataItem",
    "twinCity": "cl:twinCity",
    "unconfirmedCity": "cl:unconfirmedCity",
    "party": "cl:party",
    "linkKind": "cl:linkKind",
    "status": "cl:status",
    "statusAsOf": "cl:statusAsOf",
    "decidedBy": "cl:decidedBy",
    "lastConfirmed": "cl:lastConfirmed",
    "confirmedBy": "cl:confirmedBy",
    "notListedSince": "cl:notListedSince",
    "notListedBy": "cl:notListedBy",
    "startDate": "cl:startDate",
    "endDate": "cl:endDate",
    "sourceCount": "cl:sourceCount",
    "contested": "cl:contested",
    "practiceType": "cl:practiceType",
    "heritageKind": "cl:heritageKind",
    "originCity": "cl:originCity",
    "topic": "cl:topic",
}
"""The terms of our context, and the properties that they stand for."""

THINGS: Final = frozenset(
    (
        "country geonames wikidata twinCity unconfirmedCity party linkKind status practiceType "
        "heritageKind originCity topic decidedBy confirmedBy notListedBy"
    ).split()
)
"""The terms whose values are things."""


def context() -> dict[str, Any]:
    """Return the context that our JSON-LD is to be read by (JSON-LD 1.1, section 3.1)."""
    known = {**terms.PREFIXES, terms.PREFERRED_PREFIX: terms.CL}
    prefixes = {name: {"@id": iri, "@prefix": True} for name, iri in known.items()}
    entries: dict[str, Any] = {"@version": 1.1, "id": "@id", "type": "@type", **prefixes}
    for term, name in TERMS.items():
        kind = {"@type": "@id"} if term in THINGS else {}
        entries[term] = {"@id": name, **kind}
    return {"@context": entries}


def in_form(document: bytes, form: Format, root: str = "") -> bytes:
    """Write JSON-LD, as the engine wrote it, in the form of a profile.

    Framed, a tree begins at `root`, else at each thing that no other refers to.

    Raises
    ------
    Problem
        `not-acceptable` where it is nested too deeply.

    """
    # Imported late: it takes longer than to write most documents.
    from pyld import jsonld

    # A frame names no blank nodes, so they are IRIs meanwhile.
    mark = "x-blank:"
    while mark.encode() in document:
        mark = f"x-{mark}"
    found = _expanded(json.loads(document.replace(b'"_:', f'"{mark}'.encode())))
    options = {"documentLoader": _refuse}
    written: Any
    try:
        if form.name == "jsonld-expanded":
            written = found
        elif form.name == "jsonld-compacted":
            written = jsonld.compact(found, context(), options)
        else:
            frame = {**context(), "@id": list(_roots(found, root))}
            written = jsonld.frame(found, frame, options)
    except RecursionError as error:
        raise Problem("not-acceptable", "this is nested too deeply: ask for Turtle") from error
    text = json.dumps(written, ensure_ascii=False, indent=1)
    return text.replace(f'"{mark}', '"_:').encode() + b"\n"


def _expanded(nodes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put together what is said of a node in several places, and its types.

    >>> _expanded([{"@id": "a", "p": [1]}, {"@id": "a", _TYPE: [{"@id": "t"}, {"@value": "2"}]}])
    [{'@id': 'a', 'p': [1], '@type': ['t'], ...: [{'@value': '2'}]}]
    """
    merged: dict[str, dict[str, Any]] = {}
    for node in nodes:
        into = merged.setdefault(node["@id"], {"@id": node["@id"]})
        for key, values in node.items():
            for value in values if key != "@id" else ():
                if key == _TYPE and "@id" in value:
                    into.setdefault("@type", []).append(value["@id"])
                else:
                    into.setdefault(key, []).append(value)
    return list(merged.values())


_TYPE: Final = terms.PREFIXES["rdf"] + "type"


def _refuse(address: str, _: Mapping[str, Any]) -> Any:
    """Load no context: what the engine writes has none."""
    raise ValueError(f"{address} is not loaded")


def _roots(nodes: Sequence[Mapping[str, Any]], first: str) -> Iterator[str]:
    """Yield nodes from which all others are reached: those that none refers to, as far as can be.

    >>> list(_roots([{"@id": "a", "p": [{"@id": "b"}]}, {"@id": "b", "p": [{"@id": "b"}]}], ""))
    ['a']
    """
    ways = dict[str, list[str]]()
    for node in nodes:
        ways.setdefault(node["@id"], []).extend(_named(node))
    referred = {to for name, others in ways.items() for to in others if to != name}
    seen: set[str] = set()
    begin = [first] if first in ways else []
    for name in (*begin, *(name for name in ways if name not in referred), *ways):
        if name in seen:
            continue
        yield name
        ahead = [name]
        while ahead:
            if (here := ahead.pop()) not in seen and here in ways:
                seen.add(here)
                ahead += ways[here]


def _named(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the things that a node refers to."""
    for key, values in node.items():
        if not key.startswith("@"):
            for value in values:
                for one in value.get("@list", [value]):
                    if "@id" in one:
                        yield one["@id"]
