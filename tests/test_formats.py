"""RDF in each format: with the prefixes that are used, in an order that is always the same."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import chain, repeat

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import formats, terms
from registry.formats import Format

TITLE = ox.NamedNode(terms.prefixed("dcterms:title"))
THING = ox.NamedNode(terms.thing("city", "perm-511196"))
WORDED = ox.Triple(THING, TITLE, ox.Literal("Perm", language="en"))
DECLARED = {
    formats.TURTLE: re.compile(r"^@prefix (\w+):", re.MULTILINE),
    formats.TRIG: re.compile(r"^@prefix (\w+):", re.MULTILINE),
    formats.RDFXML: re.compile(r" xmlns:(\w+)="),
}
ALWAYS = {formats.RDFXML: {"rdf", "its"}}
"""What the engine declares in any case."""

names = st.sampled_from([*terms.PREFIXES.values(), "x:", "https://w3id.org/citylinks/id/"]).flatmap(
    lambda start: st.sampled_from(["a", "type", "integer"]).map(
        lambda end: ox.NamedNode(start + end)
    )
)
literals = st.one_of(
    st.text("a:@prefix\n <>", max_size=20).map(ox.Literal),
    st.builds(
        lambda text, name: ox.Literal(text, datatype=name),
        st.sampled_from(["1", "-1", "1.0", "1.", ".5", "1e3", "true", "INF", ""]),
        st.one_of(
            names,
            st.sampled_from(["integer", "decimal", "double", "boolean", "date"]).map(
                lambda name: ox.NamedNode(terms.prefixed(f"xsd:{name}"))
            ),
        ),
    ),
)
triples = st.builds(ox.Triple, names, names, st.one_of(names, literals))


def declared(body: bytes, form: Format) -> set[str]:
    return set(DECLARED[form].findall(body.decode())) - ALWAYS.get(form, set())


@pytest.mark.parametrize("form", DECLARED, ids=lambda form: form.name)
def test_what_is_not_used_is_not_declared(form: Format) -> None:
    typed = ox.Triple(THING, ox.NamedNode(terms.prefixed("rdf:type")), THING)
    plain = [ox.Triple(THING, TITLE, ox.Literal(value)) for value in (1, True, "a")]
    found = [WORDED, typed, *plain]
    assert declared(formats.serialise(found, form), form) == {"dcterms"}
    assert declared(formats.serialise([], form), form) == set()


@given(st.lists(triples, max_size=8))
def test_what_is_used_is_declared(found: list[ox.Triple]) -> None:
    """It reads as it is, and nothing is written in full that has a prefix."""
    body = formats.serialise(found, formats.TURTLE)
    assert {q.triple for q in ox.parse(body, format=ox.RdfFormat.TURTLE)} == set(found)
    tokens = set(re.findall(r"(?<![<\w])(\w+):", re.sub(r'"[^"]*"', "", statements(body).decode())))
    assert declared(body, formats.TURTLE) == tokens & terms.PREFIXES.keys()
    written = ox.serialize(found, format=ox.RdfFormat.TURTLE, prefixes=terms.PREFIXES) or b""
    assert statements(body) == statements(written)


def statements(turtle: bytes) -> bytes:
    return re.sub(rb"\A(?:@prefix [^\n]*\n)*", b"", turtle)


def test_prefixes_are_those_of_the_first_of_many() -> None:
    """An answer begins before it ends; what comes late is written in full, and is right."""
    late = ox.Triple(THING, ox.NamedNode(terms.prefixed("foaf:name")), ox.Literal("Perm"))
    many = chain(repeat(WORDED, 10_000), [late])
    body = formats.serialise(many, formats.TURTLE)
    assert declared(body, formats.TURTLE) == {"dcterms"}
    assert {q.triple for q in ox.parse(body, format=ox.RdfFormat.TURTLE)} == {WORDED, late}


def test_nothing_is_waited_for_but_the_first() -> None:
    taken = 0

    class Taken:
        def write(self, part: bytes) -> int:
            nonlocal taken
            taken += len(part)
            return len(part)

        def flush(self) -> None:
            """Nothing is kept."""

    def coming() -> object:
        for number in range(30_000):
            yield ox.Triple(THING, TITLE, ox.Literal(f"{number} " * 10))
        assert taken > 100_000

    formats.write_into(Taken(), coming(), formats.TURTLE)  # type: ignore[arg-type]
    assert taken > 1_000_000


SCRIPT = """
import sys
from registry import formats
from registry.graphs.statements import triples_of, write
found = list(triples_of("x:a", {"dcterms:title": 7, "cl:x": "skos:y", "foaf:name": "org:z"}))
for form in formats.RDF_FORMATS:
    sys.stdout.buffer.write(write(found, form))
"""


def test_equal_statements_are_equal_bytes_in_every_process() -> None:
    """Answers of two processes have one ETag."""
    bodies = {subprocess.check_output([sys.executable, "-c", SCRIPT]) for _ in range(3)}
    assert len(bodies) == 1


@pytest.mark.parametrize("form", formats.DATASETS, ids=lambda form: form.name)
def test_a_graph_has_its_name_in_a_dataset(form: Format) -> None:
    name = ox.NamedNode(terms.GRAPH + "list")
    quad = ox.Quad(WORDED.subject, WORDED.predicate, WORDED.object, name)
    body = formats.serialise([quad], form)
    assert list(ox.parse(body, format=formats.RDF[form.name])) == [quad]
