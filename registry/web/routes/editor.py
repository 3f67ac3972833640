"""What the editor of queries knows of a release: prefixes, terms, concepts, and saved queries."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from flask import Blueprint, Response

from registry import formats, terms
from registry.places.countries import code_of
from registry.things.languages import best
from registry.things.page import Pages
from registry.things.wording import country_name
from registry.views.counts import COUNTS
from registry.web.context import languages, pages, release
from registry.web.negotiation import Resource, Variant, respond
from registry.web.operation import JSON, Operation
from registry.web.routes import maps
from registry.web.saved_query_results import shipped_queries

routes = Blueprint("editor", __name__)

WORDS: Final = (
    *maps.WORDS,
    *("query", "queries", "result", "yes", "no", "rows", "no_rows", "first_rows", "whole_answer"),
    *("page_of", "previous", "next", "release", "deviations", "line", "column", "classes"),
    *("properties", "countries", "explanation_steps", "explanation_hints", "explanation_query"),
    *("explanation_estimated", "explanation_rows", "audience_officer", "audience_analyst"),
    *("audience_portal", "audience_harvester", "editor_keys", "editor_choose", "editor_values"),
    *("editor_stop", "editor_share", "editor_copied", "editor_copy", "editor_history"),
    *("editor_kept", "editor_not_kept", "editor_no_past", "editor_clear", "editor_programs"),
    *("editor_for", "editor_running", "editor_stopped", "editor_no_answer", "editor_table"),
    *("editor_map", "editor_raw", "editor_no_places", "editor_cut", "editor_unknown"),
    "editor_too_long",
    *("editor_keywords", "editor_prefixes", "editor_concepts", "editor_things"),
    *("editor_declare", "editor_chart", "editor_timeline", "editor_timeline_of", "editor_graph"),
    *("editor_graph_of", "editor_graph_cut", "editor_as_list", "editor_tabs", "editor_new_tab"),
    *("editor_rename", "editor_close", "editor_tab_name", "editor_untitled"),
)
"""Phrases of the interface that the editor shows, those of its map among them."""

_COUNTRIES: Final = "SELECT DISTINCT ?country { ?thing cl:inCountry ?country }"
_CLASSES: Final = ("owl:Class", "rdfs:Class")
_PROPERTIES: Final = ("owl:ObjectProperty", "owl:DatatypeProperty", "rdf:Property")


@routes.get("/editor.json")
@Operation(
    "What the editor of queries completes and offers: prefixes, terms, concepts, saved queries",
    "sparql",
    JSON,
    speaks=True,
)
def editor() -> Response:
    """Return what the editor completes and offers, in the reader's language."""
    variant = Variant(formats.JSON, "/editor.json", _written)
    tag = f"{release().version} {languages().wanted}"
    return respond(Resource((variant,), tag, formats.JSON, lasting=True, speaks=True))


def _written() -> str:
    makes, (classes, properties) = pages(), _uses()
    found = {
        "prefixes": terms.PREFIXES,
        "classes": _terms(makes, _CLASSES, classes),
        "properties": _terms(makes, _PROPERTIES, properties),
        "concepts": list(_concepts(makes)),
        "countries": sorted(_countries(makes), key=lambda one: one[1]),
        "queries": list(_queries(languages().interface)),
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n"


def _uses() -> tuple[Counter[str], Counter[str]]:
    """Count the instances of classes and the statements of properties, summed over all graphs."""
    classes, properties = Counter[str](), Counter[str]()
    for counts in release().view(COUNTS).values():
        for name, found in counts.items():
            properties[name[1:-1]] += found["triples"]
        for name, number in counts.get(f"<{terms.RDF_TYPE}>", {}).get("of", {}).items():
            classes[name[1:-1]] += number
    return classes, properties


def _terms(
    makes: Pages, kinds: tuple[str, ...], counts: Counter[str]
) -> list[tuple[str, str, int, str]]:
    """List terms that data have or the ontology defines: name, label, uses and definition."""
    defined = {
        iri
        for kind in kinds
        for iri in makes.lookup.subjects("rdf:type", terms.prefixed(kind))
        if iri.startswith(terms.CL) and makes.lookup.text(iri, "owl:deprecated") != "true"
    }
    rows = (
        (terms.compact(iri), makes.labels.of(iri).text, counts[iri], _defined(makes, iri))
        for iri in defined | counts.keys()
    )
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def _defined(makes: Pages, iri: str) -> str:
    """Return the definition of a term; empty where it has none."""
    chosen = best(makes.lookup.literals(iri, "skos:definition"), makes.labels.wanted)
    return chosen.value if chosen else ""


def _concepts(makes: Pages) -> Iterator[tuple[str, str, str]]:
    """List the concepts of our schemes: IRI, label, and the label of the scheme."""
    for iri in sorted(makes.lookup.subjects("rdf:type", terms.prefixed("skos:Concept"))):
        if iri.startswith(terms.SCHEME):
            scheme = makes.lookup.iri(iri, "skos:inScheme")
            yield iri, makes.labels.of(iri).text, makes.labels.of(scheme).text


def _countries(makes: Pages) -> Iterator[tuple[str, str]]:
    """List the countries that things are in: IRI and name."""
    for row in makes.lookup.rows(_COUNTRIES):
        iri = row.iri("country")
        code = code_of(iri.rpartition("/")[2])
        yield iri, country_name(code, makes.language) if code else makes.labels.of(iri).text


def _queries(language: str) -> Iterator[dict[str, Any]]:
    """List the saved queries with their parameters, as the editor takes them."""
    for saved in shipped_queries():
        yield {
            "name": saved.name,
            "title": saved.titled(language),
            "reader": saved.reader,
            "parameters": [(one.name, one.type) for one in saved.parameters],
            "text": saved.body,
        }
