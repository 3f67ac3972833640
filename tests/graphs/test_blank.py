"""Blank nodes get names that depend on the graph alone."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.graphs import blank
from registry.graphs.graph import Graph

Read = Callable[[str, str | bytes], dict[str, Graph]]

GRAPH = "https://w3id.org/citylinks/graph/list"
SELF = f"<{GRAPH}> a <http://www.w3.org/ns/dcat#Dataset> .\n"
P, Q = ox.NamedNode("urn:p"), ox.NamedNode("urn:q")

nodes = st.one_of(
    st.integers(0, 3).map(lambda n: ox.BlankNode(f"b{n}")),
    st.integers(0, 1).map(lambda n: ox.NamedNode(f"urn:n{n}")),
)
triples = st.lists(
    st.builds(
        ox.Triple, nodes, st.sampled_from([P, Q]), st.one_of(nodes, st.just(ox.Literal("x")))
    ),
    max_size=8,
)


def relabelled(graph: list[ox.Triple], labels: list[str]) -> list[ox.Triple]:
    """Give blank nodes other labels."""
    names = dict(zip([f"b{n}" for n in range(4)], labels, strict=True))

    def other(term: object) -> object:
        return ox.BlankNode(names[term.value]) if isinstance(term, ox.BlankNode) else term

    return [ox.Triple(other(t.subject), t.predicate, other(t.object)) for t in graph]  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(triples, st.permutations(["x0", "x1", "c14n0", "c14n1"]), st.randoms())
def test_labels_and_order_do_not_matter(
    graph: list[ox.Triple], labels: list[str], random: Random
) -> None:
    other = relabelled(graph, labels)
    random.shuffle(other)
    named = blank.named(GRAPH, graph)
    assert set(named) == set(blank.named(GRAPH, other))
    assert not any(isinstance(term, ox.BlankNode) for t in named for term in (t.subject, t.object))


@settings(max_examples=100, deadline=None)
@given(triples)
def test_what_has_names_keeps_them(graph: list[ox.Triple]) -> None:
    named = blank.named(GRAPH, graph)
    assert blank.named(GRAPH, named) == named


@settings(max_examples=100, deadline=None)
@given(triples, triples)
def test_new_blank_nodes_never_take_the_name_of_an_old_one(
    old: list[ox.Triple], new: list[ox.Triple]
) -> None:
    """As when a graph is exported, and an editor writes new brackets into the file."""
    apart = relabelled(new, ["n0", "n1", "n2", "n3"])
    assert set(blank.named(GRAPH, [*blank.named(GRAPH, old), *apart])) == set(
        blank.named(GRAPH, [*old, *apart])
    )


def test_names_are_made_of_graph_and_canonical_label() -> None:
    (triple,) = blank.named(GRAPH, [ox.Triple(ox.BlankNode("any"), P, ox.NamedNode("urn:n0"))])
    assert triple.subject == ox.NamedNode(f"{GRAPH}#_c14n0")


SAME = {
    "labels and brackets": (
        "_:a <urn:p> _:b . _:b <urn:q> 1 . <urn:n> <urn:p> _:a .",
        "<urn:n> <urn:p> [ <urn:p> [ <urn:q> 1 ] ] .",
    ),
    "forms of a number": (
        '[ <urn:p> 01 ; <urn:q> "A"@EN ] <urn:q> [ <urn:p> 2.50 ] .',
        '[ <urn:p> 1 ; <urn:q> "A"@en ] <urn:q> [ <urn:p> 2.5 ] .',
    ),
    "lists": (
        "<urn:n> <urn:p> ( 1 [ <urn:q> 2 ] ) .",
        "@prefix : <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . <urn:n> <urn:p> _:l ."
        " _:m :rest () ; :first _:o . _:o <urn:q> 2 . _:l :first 1 ; :rest _:m .",
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_files_of_the_same_graph_are_equal(read: Read, case: str) -> None:
    one, other = (read("list.ttl", SELF + content) for content in SAME[case])
    assert one == other
    assert b"_:" not in one[GRAPH].ntriples


def test_the_same_label_in_two_files_is_two_nodes(read: Read) -> None:
    """Labels are local to a file, so that two readings of one file do not meet either."""
    content = SELF + "_:a <urn:p> 1 ."
    assert read("list.ttl", content) == read("list.ttl", content.replace("_:a", "_:b"))
