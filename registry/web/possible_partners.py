"""Possible partners of a city: cached for pages, and written as CSV and JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any, Final

from registry import csv_rows
from registry.things.city.affinities import AFFINITIES
from registry.things.city.possible import WEIGHTS, Possible, Proposal, propose
from registry.things.page import Pages
from registry.things.wording import country_name
from registry.views.ties import Tie
from registry.web.context import pages, parts, release

QUERY: Final = "possible-partners"
"""The saved query that finds the same evidence."""


def possible(iri: str) -> Possible:
    """Return what is proposed to a city in the release of this request."""
    of = release()
    key = (of.version, QUERY, iri)
    cached = parts().cache.get(key)
    if isinstance(cached, Possible):
        return cached
    found = propose(pages().lookup, of.view(AFFINITIES), iri)
    parts().cache.put(key, found)
    return found


def to_csv(iri: str) -> str:
    """Write the proposals as a table; IRIs and names of several things are in the same order."""
    text = io.StringIO()
    table = csv_rows.Writer(text)
    table.writerow(_COLUMNS)
    for record in _records(pages(), possible(iri).proposals):
        table.writerow(_cell(record[column]) for column in _COLUMNS)
    return text.getvalue()


def to_json(iri: str) -> str:
    """Write the proposals, the weights, and the countries left out with their figures."""
    found, makes = possible(iri), pages()
    body = {
        "city": iri,
        "cityName": makes.labels.of(iri).text,
        "proposals": _records(makes, found.proposals),
        "leftOut": [
            {
                "country": code,
                "countryName": country_name(code, makes.language),
                "since": found.since,
                **_figures(tie),
            }
            for code, tie in found.left_out.items()
        ],
        "weights": dict(WEIGHTS),
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _figures(tie: Tie) -> dict[str, int | str]:
    return {
        "links": tie.links,
        "endedOrSuspended": tie.lost,
        "lastEndedOrSuspended": tie.lost_until,
        "notConfirmed": tie.unconfirmed,
        "lastConfirmed": tie.confirmed_until,
    }


def _records(makes: Pages, proposals: Iterable[Proposal]) -> list[dict[str, Any]]:
    """Describe proposals: each thing by its IRI, and by its name in the reader's language."""
    found = tuple(proposals)
    makes.labels.learn(makes.index, {iri for one in found for iri in one.things})
    return [_record(makes, one) for one in found]


def _record(makes: Pages, one: Proposal) -> dict[str, Any]:
    several = {
        "partner": one.partners,
        "group": tuple(whole for whole, _ in one.groups),
        "topic": one.topics,
        "practice": one.practices,
        "endedOrSuspendedPartner": one.lost,
    }
    record: dict[str, Any] = {
        "candidate": one.city,
        "candidateName": makes.labels.of(one.city).text,
        "country": one.country,
        "countryName": country_name(one.country, makes.language),
        "inhabitants": one.inhabitants or None,
        "kilometres": one.kilometres or None,
        "score": one.score,
        "partnersExpectedByChance": one.expected,
        "fields": [field for _, field in one.groups],
        "similarSize": one.is_similar,
        "noPartnerInCountryYet": one.is_first,
        "countriesThatLostLinks": one.countries,
    }
    for name, iris in several.items():
        record[f"{name}s"] = list(iris)
        record[f"{name}Names"] = [makes.labels.of(iri).text for iri in iris]
    return {column: record[column] for column in _COLUMNS}


_COLUMNS: Final = (
    *("candidate", "candidateName", "country", "countryName", "inhabitants", "kilometres", "score"),
    *("partners", "partnerNames", "partnersExpectedByChance", "groups", "groupNames", "fields"),
    *("topics", "topicNames", "practices", "practiceNames"),
    *("similarSize", "noPartnerInCountryYet"),
    *("endedOrSuspendedPartners", "endedOrSuspendedPartnerNames", "countriesThatLostLinks"),
)
"""The columns of the table, and the members of a proposal in JSON."""


def _cell(value: object) -> object:
    """Write a value for a cell: several things with a semicolon between them."""
    if isinstance(value, list):
        return "; ".join(str(one) for one in value) if any(value) else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
