"""What things are called: by their label, by what they join, or by the end of their IRI."""

from __future__ import annotations

import pyoxigraph as ox

from registry import terms
from registry.releases.reading import Release
from registry.things.labels import Labels, Words
from registry.things.lookup import Lookup
from tests.tables import every_row
from tests.things.made import lookup_of

STATED = {
    "a preferred label": ('city:a skos:prefLabel "Pavia"@it', "Pavia", "it"),
    "a preferred label before all": (
        'city:a skos:prefLabel "P"@it ; dcterms:title "T"@en ; rdfs:label "L"@en ; foaf:name "F"',
        "P",
        "it",
    ),
    "a title": ('city:a dcterms:title "T"@en ; rdfs:label "L"@en', "T", "en"),
    "a name": ('city:a foaf:name "F" ; rdfs:label "L"@en', "F", ""),
    "a label": ('city:a rdfs:label "L"@en', "L", "en"),
    "the language asked for": ('city:a skos:prefLabel "Turin"@en, "Torino"@it', "Torino", "it"),
    "its own language": (
        'city:a skos:prefLabel "Turku"@fi, "Åbo"@sv ; cl:ownLanguage "fi"',
        "Turku",
        "fi",
    ),
    "no alternative label": ('city:a skos:altLabel "Ticinum"@la', "a", ""),
    "the end of the IRI": ("city:a rdf:type cl:City", "a", ""),
}


@every_row(("turtle", "text", "lang"), STATED.values(), ids=STATED.keys())
def test_a_thing_is_called(turtle: str, text: str, lang: str) -> None:
    labels = Labels(lookup_of(turtle + " ."), ["it"])
    assert labels.of(terms.thing("city", "a")) == Words(text, lang)


OTHERS = [
    ("http://example.org/a/b", "b"),
    ("http://example.org/a/", "a"),
    ("http://example.org", "example.org"),
    (terms.prefixed("cl:party"), "cl:party"),
    ("http://www.w3.org/2004/02/skos/core#prefLabel", "skos:prefLabel"),
    ("http://example.org/x#y", "http://example.org/x#y"),
    ("urn:uuid:1", "urn:uuid:1"),
]


@every_row(("iri", "text"), OTHERS)
def test_what_nobody_named_is_called_by_its_iri(iri: str, text: str) -> None:
    assert Labels(lookup_of(""), ["en"]).of(iri) == Words(text)


NAMES = """
city:a skos:prefLabel "A"@en . city:b skos:prefLabel "B"@en . city:c skos:prefLabel "C"@en .
city:d skos:prefLabel "D"@en . document:x dcterms:title "Notice"@en .
passage:x cl:passageOf document:x ; cl:locator "paragraph 3" .
"""
COMPOSED = {
    "a link": ("link:x cl:party city:b, city:a .", "link", "A – B"),
    "a link of many": ("link:x cl:party city:d, city:b, city:a, city:c .", "link", "A – B – … (4)"),
    "a claim": (
        "link:x cl:party city:b, city:a ; cl:claim claim:x . claim:x cl:supportedBy passage:x .",
        "claim",
        "A – B, Notice",
    ),
    "a period": (
        "link:x cl:party city:b, city:a ; cl:period <https://w3id.org/citylinks/id/period/x> . "
        '<https://w3id.org/citylinks/id/period/x> cl:startDate "1960" ; cl:endDate "1990" .',
        "period",
        "A – B, 1960–1990",
    ),
    "a passage": ("", "passage", "Notice, paragraph 3"),
    "a participation": (
        "participation:x cl:participant city:a . programme:p cl:participation participation:x ; "
        'skos:prefLabel "P"@en .',
        "participation",
        "A, P",
    ),
    "a signature": ("signature:x cl:signedFor city:a .", "signature", "A"),
    "an implementation": (
        'implementation:x cl:implementationOf practice:p ; cl:implementedIn city:a . '
        'practice:p skos:prefLabel "P"@en .',
        "implementation",
        "P, A",
    ),
}  # fmt: skip


@every_row(("turtle", "kind", "text"), COMPOSED.values(), ids=COMPOSED.keys())
def test_what_joins_others_is_called_by_them(turtle: str, kind: str, text: str) -> None:
    labels = Labels(lookup_of(NAMES + turtle), ["en"])
    assert labels.of(terms.thing(kind, "x")).text == text


def test_things_that_name_each_other_have_an_end() -> None:
    labels = Labels(lookup_of("link:x cl:party link:y . link:y cl:party link:x ."), ["en"])
    assert labels.of(terms.thing("link", "x")).text
    assert labels.of(terms.thing("link", "y")).text


def test_all_names_are_listed_once() -> None:
    turtle = (
        'city:a skos:prefLabel "Pavia"@it, "Pavia"@en ; skos:altLabel "Ticinum"@la, "Pavia"@en .'
    )
    names = Labels(lookup_of(turtle), ["en"]).all_of(terms.thing("city", "a"))
    assert sorted(names) == [Words("Pavia", "en"), Words("Pavia", "it"), Words("Ticinum", "la")]


@every_row("language", ["en", "it", "fr", "de", "es", "ru", "ja"])
def test_everything_of_a_release_is_called_something(language: str, release: Release) -> None:
    """No thing shows its IRI, and none an empty label."""
    labels = Labels(Lookup(release.store), [language])
    things = {
        quad.subject.value
        for quad in release.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
        if isinstance(quad.subject, ox.NamedNode) and terms.is_ours(quad.subject.value)
    }
    assert len(things) > 300
    for thing in things:
        words = labels.of(thing)
        assert words.text.strip() == words.text != ""
        assert "://" not in words.text, thing
        assert words.text != thing.rpartition("/")[2] or words.lang, thing


def test_terms_are_worded_in_each_language_of_the_interface(release: Release) -> None:
    for language in ("en", "it", "fr", "de", "es"):
        labels = Labels(Lookup(release.store), [language])
        for name in ("cl:City", "cl:party", "cl:status"):
            assert labels.of(terms.prefixed(name)).lang == language
        assert labels.of(terms.SCHEME + "status/active").lang == language


def test_a_period_without_dates_is_called_as_its_link() -> None:
    stated = {"1": "cl:periodNumber 1", "2": 'cl:startDate "1992"^^xsd:gYear'}
    period = terms.thing("period", "a--b")
    turtle = " ".join(
        f"<{terms.thing('link', 'a--b')}> skos:prefLabel 'A–B' ; cl:period <{period}/{number}> ."
        f" <{period}/{number}> {said} ."
        for number, said in stated.items()
    )
    labels = Labels(lookup_of(turtle), ["it"])
    assert [labels.of(f"{period}/{number}").text for number in stated] == ["A–B", "A–B, 1992–"]
