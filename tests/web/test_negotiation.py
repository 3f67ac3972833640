"""Content negotiation (RFC 9110, section 12.5.1): which format, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import formats
from registry.formats import Format
from registry.web.negotiation import choose
from tests.processes import guarded
from tests.tables import every_row

DOCUMENT = (formats.HTML, *formats.GRAPHS)
FORMS = (formats.HTML, *formats.GRAPHS, *formats.PROFILES)
EXPANDED, COMPACTED, FRAMED = formats.PROFILES
LD = "http://www.w3.org/ns/json-ld#"
SOLUTIONS = (*formats.SOLUTIONS, formats.HTML)

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

CHOSEN: list[tuple[str | None, tuple[Format, ...], Format | None]] = [
    (None, DOCUMENT, formats.HTML),
    ("", DOCUMENT, formats.HTML),
    ("*/*", DOCUMENT, formats.HTML),
    ("*/*", SOLUTIONS, formats.RESULTS_JSON),
    (CHROME, DOCUMENT, formats.HTML),
    (FIREFOX, SOLUTIONS, formats.HTML),
    ("text/turtle", DOCUMENT, formats.TURTLE),
    ("TEXT/Turtle", DOCUMENT, formats.TURTLE),
    ("text/turtle; charset=utf-8", DOCUMENT, formats.TURTLE),
    ("text/turtle;q=0.5, application/rdf+xml", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=0.5,application/rdf+xml;q=0.4", DOCUMENT, formats.TURTLE),
    ("text/turtle ; q=0.5 , application/rdf+xml ; Q=0.6", DOCUMENT, formats.RDFXML),
    ("application/ld+json;profile=\"x\";q=0.9, text/turtle;q=0.8", DOCUMENT, formats.JSONLD),
    ("application/json", DOCUMENT, formats.JSONLD),
    ("application/json", SOLUTIONS, formats.RESULTS_JSON),
    ("application/xml", SOLUTIONS, formats.RESULTS_XML),
    ("text/xml", SOLUTIONS, formats.RESULTS_XML),
    ("application/xhtml+xml", DOCUMENT, formats.HTML),
    ("text/plain", DOCUMENT, formats.NTRIPLES),
    ("application/*", DOCUMENT, formats.JSONLD),
    ("text/*", DOCUMENT, formats.HTML),
    ("text/*;q=0.5, application/*", DOCUMENT, formats.JSONLD),
    ("text/*", SOLUTIONS, formats.RESULTS_CSV),
    ("text/csv, */*;q=0.1", SOLUTIONS, formats.RESULTS_CSV),
    ("*/*, text/html;q=0", DOCUMENT, formats.TURTLE),
    ("text/*, text/html;q=0, text/turtle;q=0.1", DOCUMENT, formats.TURTLE),
    ("image/png, */*;q=0.1", DOCUMENT, formats.HTML),
    ("text/turtle, text/html", DOCUMENT, formats.HTML),
    ("text/turtle, text/turtle;q=0.1", DOCUMENT, formats.TURTLE),
    ("image/png", DOCUMENT, None),
    ("text/turtle;q=0", DOCUMENT, None),
    ("*/*;q=0", DOCUMENT, None),
    ("application/trig", DOCUMENT, None),
    ("text/csv", formats.BOOLEANS, None),
    ("text/turtle;q=0.001, */*;q=0", DOCUMENT, formats.TURTLE),
    ("text/turtle;q=0., application/rdf+xml;q=1.", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=0.000, application/rdf+xml;q=0.001", DOCUMENT, formats.RDFXML),
    ("text/turtle\t;\tq=0.1 ,\tapplication/rdf+xml", DOCUMENT, formats.RDFXML),
    ("  text/turtle  ", DOCUMENT, formats.TURTLE),
    (", ,text/turtle,,", DOCUMENT, formats.TURTLE),
    ('application/ld+json;profile="a,b;q=0";q=0.1, text/turtle;q=0.5', DOCUMENT, formats.TURTLE),
    (r'application/ld+json;profile="a\",b";q=0.1, text/turtle;q=0.5', DOCUMENT, formats.TURTLE),
    (f'application/ld+json;profile="{LD}framed"', FORMS, FRAMED),
    (f'application/ld+json; PROFILE="x:y {LD}compacted"', FORMS, COMPACTED),
    (f'text/turtle;q=0.9, application/ld+json;q=0.5;profile="{LD}expanded"', FORMS, formats.TURTLE),
    (f'application/ld+json;profile="{LD}flattened"', FORMS, formats.JSONLD),
    (f'application/ld+json;profile="{LD}framed"', DOCUMENT, formats.JSONLD),
    (f'application/ld+json;q=0.5, application/ld+json;profile="{LD}framed"', FORMS, FRAMED),
    ("application/ld+json", FORMS, formats.JSONLD),
    # What is malformed is passed over.
    ('application/ld+json;profile="a, text/turtle', DOCUMENT, formats.JSONLD),
    ('text/turtle;q="0.5", application/rdf+xml;q=0.1', DOCUMENT, formats.RDFXML),
    ("text/turtle;q=1e-1, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=0_1, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=0.0011, application/rdf+xml;q=0.001", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=1.001, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=+1, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=\u0661, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/ turtle, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("*/turtle, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("/, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ('"text/turtle", application/rdf+xml;q=0.1', DOCUMENT, formats.RDFXML),
    ("turtle", DOCUMENT, formats.HTML),
    (",,;", DOCUMENT, formats.HTML),
    ("text/turtle;q=high", DOCUMENT, formats.HTML),
    ("text/turtle;q=high, application/rdf+xml", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=2, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=nan, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/turtle;q=-1, application/rdf+xml;q=0.1", DOCUMENT, formats.RDFXML),
    ("text/turtle/x, application/rdf+xml", DOCUMENT, formats.RDFXML),
    ("text/turtle;q, application/rdf+xml;q=0.9", DOCUMENT, formats.TURTLE),
]  # fmt: skip


@pytest.mark.conforms(
    "RFC 9110",
    "12.5.1",
    "the most specific range weighs a format, the greatest weight wins; `*/*`, parameters, quotes",
)
@pytest.mark.conforms("RFC 9110", "12.4.2", "weights of 0 to 1 with three digits; nought refuses")
@pytest.mark.conforms(
    "RFC 9110",
    "12.5.1",
    "what is malformed is passed over; no header, or an empty one, accepts all",
)
@every_row(("accept", "offered", "expected"), CHOSEN)
def test_the_format_of_the_highest_quality_is_chosen(
    accept: str | None, offered: tuple[Format, ...], expected: Format | None
) -> None:
    assert choose(accept, offered) == expected


@pytest.mark.conforms("RFC 9110", "12.5.1", "no header breaks anything")
@given(st.text(alphabet='*/;,q=.019 texurlhmapiconjsd+"\\\x00é'))
def test_any_header_is_read(accept: str) -> None:
    assert choose(accept, DOCUMENT) in {*DOCUMENT, None}


@every_row("unit", ['"', '"\\\\', "\\\\", '"a\\\\"', ",", ";", "a/b;q=", '";,'])
def test_no_header_takes_long(unit: str) -> None:
    with guarded():
        choose(unit * (100_000 // len(unit)), DOCUMENT)


WEIGHTS = [f"{n / 1000:.3f}" for n in range(0, 1001, 125)]


@pytest.mark.conforms("RFC 9110", "12.4.2", "weights of 0 to 1 with three digits; nought refuses")
@given(st.dictionaries(st.sampled_from(DOCUMENT), st.sampled_from(WEIGHTS), min_size=1))
def test_the_greatest_weight_wins(wanted: dict[Format, str]) -> None:
    """Whatever the order and the spacing; what has no weight but nought is not chosen."""
    accept = " ,".join(f"{form.media_type.upper()} ; Q={wanted[form]}" for form in wanted)
    best = max(wanted.values(), key=float)
    fitting = {form for form in wanted if wanted[form] == best}
    assert choose(accept, DOCUMENT) in (fitting if float(best) else {None})


@given(st.sampled_from(DOCUMENT), st.sampled_from(["", ";q=0.3", "; q=1.0", ";charset=utf-8"]))
def test_what_alone_is_asked_for_is_given(form: Format, parameters: str) -> None:
    for name in (form.media_type, *form.aliases):
        assert choose(name + parameters, DOCUMENT) == form
