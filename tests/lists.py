"""Lists that claim things of the shipped cities, as a contributor would write them in Turtle."""

from __future__ import annotations

from collections.abc import Iterable

from registry import terms

CLAIMS = {
    "twinning": "oxford-2640729--perm-511196 cl:claimedStatus status:active",
    "start": "duisburg-2934691--perm-511196 cl:startDate '2007-07'^^xsd:gYearMonth",
    "end": "louisville-4299276--perm-511196 cl:endDate '2020'^^xsd:gYear",
    "suspended": "perm-511196--qingdao-1797929 cl:claimedStatus status:suspended",
    "disputed": "agrigento-2525764--perm-511196 cl:startDate '1950'^^xsd:gYear",
}
"""By name: a link, and what the list claims of it."""


def listing(names: Iterable[str], name: str = "list", title: str = "A list") -> str:
    """Write a graph with the claims of these names."""
    claims = "".join(_claim(name, key, *CLAIMS[key].split(" ", 1)) for key in names)
    return f"{_PREFIXES}{_source(name, title)}{claims}"


_PREFIXES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in terms.PREFIXES.items()) + (
    f"@prefix kind: <{terms.SCHEME}link-kind/> .\n@prefix status: <{terms.SCHEME}status/> .\n"
    f"@base <{terms.ID}> .\n"
)


def _source(name: str, title: str) -> str:
    return f"""
<{terms.GRAPH}{name}> a dcat:Dataset ; dcterms:title "{title}"@en ;
    dcterms:source <document/{name}> ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> .
<document/{name}> a cl:SourceDocument ; dcterms:title "{title}"@en ; cl:sourceFamily "{name}" ;
    dcterms:language <http://publications.europa.eu/resource/authority/language/ENG> .
"""


def _claim(name: str, key: str, link: str, said: str) -> str:
    claim = f"<claim/{link}/{name}/{key}>"
    return f"""
<link/{link}> cl:claim {claim} .
{claim} a cl:LinkClaim ; {said} ; cl:claimedKind kind:twinning ; cl:asOf "2021"^^xsd:gYear ;
    cl:locator "row {key}" ; dcterms:source <document/{name}> .
"""
