"""The prefilter before pySHACL, against plain pySHACL.

Each constraint that the prefilter knows is violated by some of the nodes, and met by most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib import SH, Graph, URIRef
from rdflib.term import Node

from registry import terms
from registry.graphs import graph
from registry.publishing.shacl import prefilter, validate
from tests.tables import every_row

EX = "http://example.org/"
PREFIXES = f"@prefix : <{EX}> . " + " ".join(
    f"@prefix {name}: <{terms.PREFIXES[name]}> ." for name in ("rdfs", "sh", "skos", "xsd")
)

ON_PATHS = {
    "min": ":a ; sh:minCount 1",
    "min-two": ":two ; sh:minCount 2",
    "max": ":a ; sh:maxCount 1",
    "max-none": ":never ; sh:maxCount 0",
    "datatype": ":number ; sh:datatype xsd:integer",
    "date": ":day ; sh:datatype xsd:date",
    "class": ":friend ; sh:class :Being",
    "kind": ":link ; sh:nodeKind sh:IRI",
    "pattern": ':code ; sh:pattern "^[a-z]+$" ; sh:flags "i"',
    "min-length": ":code ; sh:minLength 2",
    "max-length": ":code ; sh:maxLength 4",
    "at-least": ":number ; sh:minInclusive 0",
    "at-most": ":number ; sh:maxInclusive 9",
    "more": ":level ; sh:minExclusive 0",
    "less": ":level ; sh:maxExclusive 10",
    "in": ":colour ; sh:in ( :red :green )",
    "language": ':label ; sh:languageIn ( "en" "it" )',
    "once": ":label ; sh:uniqueLang true",
    "value": ":sort ; sh:hasValue :good",
    "apart": ":a ; sh:disjoint :other",
    "not-after": ":first ; sh:lessThanOrEquals :last",
    "not-above": ":number ; sh:lessThanOrEquals :level",
    "either": ":mixed ; sh:or ( [ sh:datatype xsd:integer ] [ sh:nodeKind sh:IRI ] )",
    "all": ":word ; sh:and ( [ sh:minLength 2 ] [ sh:maxLength 4 ] )",
    "node": ":friend ; sh:node :Inner",
    "qualified": """:two ; sh:qualifiedMinCount 1 ;
        sh:qualifiedValueShape [ sh:pattern "^first" ]""",
    "inverse": "[ sh:inversePath :owns ] ; sh:maxCount 1",
    "sequence": "( :link :colour ) ; sh:minCount 1",
    "alternative": "[ sh:alternativePath ( :x :y ) ] ; sh:maxCount 1",
}
"""Constraints by the name of their shape, each with its path first."""

SHAPES = "\n".join(
    [
        PREFIXES,
        ":Shape a sh:NodeShape ; sh:targetClass :Thing .",
        ":Inner a sh:NodeShape ; sh:property :inner .",
        ":inner a sh:PropertyShape ; sh:path :colour ; sh:minCount 1 .",
        *(
            f':Shape sh:property :{n} . :{n} sh:message "{n}" ; sh:path {text} .'
            for n, text in ON_PATHS.items()
        ),
    ]
)

GOOD = {
    ":a": '"one"',
    ":two": '"first", "second"',
    ":number": "5",
    ":day": '"2022-02-01"^^xsd:date',
    ":friend": ":friend",
    ":code": '"abC"',
    ":colour": ":red",
    ":label": '"Perm"@en, "Perm\'"@it',
    ":sort": ":good",
    ":other": '"two"',
    ":first": '"2022-02-01"^^xsd:date',
    ":last": '"2022-02-01"^^xsd:date',
    ":mixed": "7",
    ":level": "5",
    ":link": ":friend",
    ":word": '"abc"',
    ":x": '"1"',
}
"""What is said of a node that conforms."""

DAMAGE: list[dict[str, str]] = [
    {":a": ""},
    {":a": '"one", "another"'},
    {":two": '"first"'},
    {":two": '"third", "second"'},
    {":never": '"once"'},
    {":number": '"5"'},
    {":number": "5, 5.5"},
    {":number": "-1"},
    {":number": "10"},
    {":number": "-2, 11"},
    {":day": '"2022-02-30"^^xsd:date'},
    {":day": '"2022-02-28"^^xsd:date, "tomorrow"'},
    {":friend": ":stone"},
    {":friend": '"nobody"'},
    {":friend": ":friend, :dull"},
    {":code": '"a1"'},
    {":code": '"a"'},
    {":code": '"abcde"'},
    {":colour": ":blue"},
    {":label": '"Perm"@en, "Molotov"@EN'},
    {":label": '"Perm"@fr'},
    {":label": '"Perm"'},
    {":sort": ":bad"},
    {":sort": ""},
    {":other": '"one"'},
    {":last": '"2022-01-31"^^xsd:date'},
    {":last": '"2022-03"^^xsd:gYearMonth'},
    {":last": '"2022-02-01"^^xsd:date, "2022-01-01"^^xsd:date'},
    {":level": "4"},
    {":level": "4.5"},
    {":mixed": '"word"'},
    {":mixed": ":thing, 4"},
    {":level": "0"},
    {":level": "10"},
    {":link": '"text"'},
    {":link": ":dull"},
    {":word": '"abcde"'},
    {":y": '"2"'},
]
"""What is said otherwise of a node; nothing = it is not said.

Most violate one constraint alone: what another one finds is validated by pySHACL anyway.
"""


def data(many: int, damage: Sequence[dict[str, str]] = DAMAGE) -> str:
    """Write so many things, of which every tenth is damaged, each in a way of its own."""
    lines = [
        PREFIXES,
        ":Being rdfs:subClassOf rdfs:Resource . :Human rdfs:subClassOf :Being .",
        ":friend a :Human ; :colour :red . :dull a :Being . :stone a :Rock ; :colour :red .",
        ":one :owns :thing7, :thing8 . :two :owns :thing8 .",
        ":Special rdfs:subClassOf :Thing .",
    ]
    for number in range(many):
        worse = damage[number // 10 % len(damage)] if number % 10 == 0 else {}
        said = {name: value for name, value in (GOOD | worse).items() if value}
        kind = ":Special" if number % 3 else ":Thing"
        text = " ; ".join(f"{name} {value}" for name, value in said.items())
        lines.append(f":thing{number} a {kind} ; {text} .")
    return "\n".join(lines)


def plain(shapes: Graph, turtle: str) -> set[tuple[str, ...]]:
    """Validate with pySHACL alone."""
    graph = Graph().parse(data=turtle, format="turtle")
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    assert isinstance(report, Graph)

    def text(result: Node, predicate: URIRef) -> str:
        value = report.value(result, predicate)
        return "" if value is None or isinstance(value, rdflib.BNode) else str(value)

    names = (SH.sourceShape, SH.focusNode, SH.value, SH.resultMessage)
    return {tuple(text(r, name) for name in names) for r in report.objects(None, SH.result)}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Give a list in which the suspects of each target come to stand."""
    found: list[set[str]] = []
    suspects = prefilter.Prefilter.suspects

    def watched(
        self: prefilter.Prefilter, target: tuple[Node, Node, Node]
    ) -> Iterator[ox.NamedNode]:
        given = list(suspects(self, target))
        found.append({node.value for node in given})
        return iter(given)

    monkeypatch.setattr(prefilter.Prefilter, "suspects", watched)
    return found


@pytest.mark.parametrize("many", [400, pytest.param(2_400, marks=pytest.mark.slow)])
def test_what_is_found_through_the_prefilter_is_what_pyshacl_finds(
    many: int, asked: list[set[str]]
) -> None:
    turtle, store = data(many), ox.Store()
    store.load(turtle.encode(), format=ox.RdfFormat.TURTLE)
    shapes = Graph().parse(data=SHAPES, format="turtle")
    by = graph.Graph(terms.SHAPES_GRAPH, shapes.serialize(format="nt").encode())
    wanted = plain(shapes, turtle)
    found = {(r.shape, r.focus, r.value, r.message) for r in validate(store, by).results}
    assert found == wanted
    (suspects,) = asked
    assert {focus for _, focus, _, _ in wanted} <= suspects
    assert len(suspects) < many / 5, "most are not validated by pySHACL"
    named = {shape.removeprefix(EX) for shape, *_ in wanted}
    assert named == {*ON_PATHS}, "each shape finds something"


@pytest.mark.slow
@every_row("damage", DAMAGE, ids=str)
def test_what_is_left_out_because_no_node_violates_it_is_what_pyshacl_does_not_find(
    damage: dict[str, str],
) -> None:
    """With one kind of damage alone, most constraints are met by all nodes."""
    turtle, store = data(6, [damage]), ox.Store()
    store.load(turtle.encode(), format=ox.RdfFormat.TURTLE)
    shapes = Graph().parse(data=SHAPES, format="turtle")
    by = graph.Graph(terms.SHAPES_GRAPH, shapes.serialize(format="nt").encode())
    found = {(r.shape, r.focus, r.value, r.message) for r in validate(store, by).results}
    assert found == plain(shapes, turtle)


def test_every_constraint_that_the_sieve_knows_is_tried() -> None:
    shapes = Graph().parse(data=SHAPES, format="turtle")
    known = {*prefilter._OF_VALUE, *prefilter._OF_PATH, *prefilter._PARAMETERS}
    beside = {SH.qualifiedValueShapesDisjoint}
    assert known - beside <= set(shapes.predicates())
