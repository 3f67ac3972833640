"""Deriving the difference gives what deriving anew gives, whatever happened to the graphs."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Variable
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.algebra import traverse

from registry import shipped, terms
from registry.graphs import parsing
from registry.graphs.graph import MERGED, Graph, role_of
from registry.publishing import derive, store
from registry.publishing.impact import Changes
from registry.releases import code
from registry.saved_queries import SavedQuery
from registry.settings import Settings
from tests.tables import every_row

Graphs = Mapping[str, Graph]
DATA = ["cities", "ec2u-cultcities", "pavia-notice", "perm-twins", "themayor-iurc"]
PAVIA = "https://w3id.org/citylinks/id/city/pavia-3171366"
BESANCON = "https://w3id.org/citylinks/id/city/besancon-3033123"
DOUBLE = f"<{PAVIA}> <{terms.CL}twinCity> <{BESANCON}> .".encode()
"""A derived triple that a source may state as well: each can drop it, and the other keeps it."""


@cache
def graphs() -> Graphs:
    """Read what the rules read: data, kinds of links, the as-of date."""
    kinds = parsing.InputFiles(
        (shipped.ROOT / "ontology/schemes/link-kind.ttl",),
        f"{terms.GRAPH}scheme-link-kind",
        contributed=False,
    )
    sources = [parsing.source_of(path) for path in shipped.data_files()]
    read = parsing.read([*sources, kinds], Settings(home=Path()))
    return {**read, terms.SETTINGS_GRAPH: code.settings_graph("2022-04-30")}


def edited(name: str, percent: int, seed: int, double: bool, mixed: int) -> Graph | None:
    """Keep a share of a graph's lines, have it state a triple of the derived graph, too, and mix.

    Mixed lines say of some node of any graph what another graph says of another: things are of
    several classes then, claims have parties, and links are claims of one another.
    """
    graph = graphs()[terms.GRAPH + name]
    lines = {line for line in graph.lines if zlib.crc32(line, seed) % 100 < percent}
    lines |= {DOUBLE} if double else set()
    chance, pool = (
        Random(seed),
        [line for other in DATA for line in graphs()[terms.GRAPH + other].lines],
    )
    for _ in range(mixed):
        one, two = chance.sample(pool, 2)
        node = chance.choice([one.split(b" ")[0], two.split(b" ")[0], one.split(b" ", 2)[2][:-2]])
        about = node if node.startswith(b"<") else two.split(b" ")[0]
        lines.add(about + b" " + two.split(b" ", 1)[1])
    return Graph(graph.iri, b"".join(line + b"\n" for line in sorted(lines))) if lines else None


EDIT = st.tuples(
    st.sampled_from(DATA),
    st.sampled_from([0, 1, 10, 50, 99, 100]),
    st.integers(0, 99),
    st.booleans(),
    st.sampled_from([0, 0, 1, 5, 50]),
    st.sampled_from(["2022-04-30", "1999-12-31", "2031-01-01"]),
)
"""Which graph, how many of its lines stay, which ones, whether it states what is derived; mixed
lines, and a day."""


def brought(target: ox.Store, before: Graphs, after: Graphs) -> Changes:
    changes = Changes()
    for iri in sorted(before.keys() | after.keys()):
        difference = store.difference(before.get(iri), after.get(iri))
        changes.note(store.change_graph(target, iri, difference))
    return changes


def named(target: ox.Store) -> set[ox.Triple]:
    """Give the triples of the graphs that are merged into the default graph."""
    return {
        quad.triple
        for quad in target
        if isinstance(quad.graph_name, ox.NamedNode) and role_of(quad.graph_name.value) in MERGED
    }


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(EDIT, min_size=1, max_size=6))
def test_any_history_of_edits_gives_what_its_last_state_gives(
    history: list[tuple[str, int, int, bool, int, str]],
) -> None:
    now = dict(graphs())
    target = ox.Store()
    brought(target, {}, now)
    derived = {*derive.derive_all(target).lines}
    for edit in history:
        before, graph = dict(now), edited(*edit[:5])
        now.pop(terms.GRAPH + edit[0], None)
        now |= {graph.iri: graph} if graph else {}
        now[terms.SETTINGS_GRAPH] = code.settings_graph(edit[5])
        changes = brought(target, before, now)
        changes.moved = derive.moved_days(before[terms.SETTINGS_GRAPH], now[terms.SETTINGS_GRAPH])
        gone, come = derive.Derivation(target, changes).run()
        assert gone <= derived
        assert come.isdisjoint(derived)
        derived = (derived - gone) | come
    anew = ox.Store()
    brought(anew, {}, now)
    assert {*derive.derive_all(anew).lines} == derived
    assert set(target) == set(anew)
    default = [q.triple for q in target.quads_for_pattern(None, None, None, ox.DefaultGraph())]
    assert len(default) == len(set(default))
    assert set(default) == named(target)


def test_a_link_that_goes_takes_its_dates_with_it() -> None:
    """Bounds were once derived from the derived start of a link that was there no more."""
    friendship = f"<{terms.thing('link', 'cultcities-friendship-agreement')}>"
    target, without = ox.Store(), dict(graphs())
    brought(target, {}, graphs())
    derived = derive.derive_all(target)
    assert derived.has(f"{friendship} <{terms.CL}startEarliest>".encode())
    for name in ("ec2u-cultcities", "pavia-notice"):
        del without[terms.GRAPH + name]
    changes = brought(target, graphs(), without)
    gone, _ = derive.Derivation(target, changes).run()
    left = {*derived.lines} - gone
    assert not [line for line in left if friendship.encode() in line]


def test_no_two_rules_derive_a_term_of_the_same_kind_of_thing() -> None:
    """A statement shows which rule derived it, so that this is kept nowhere."""
    derived = [(term, rule.about) for rule in code.rules() for term in rule.derives]
    assert len(derived) == len(set(derived))


@every_row("rule", code.rules(), ids=lambda rule: rule.name)
def test_a_rule_derives_what_its_header_says_and_nothing_else(rule: SavedQuery) -> None:
    target = ox.Store()
    brought(target, {}, graphs())
    derived = derive.derive_all(target)
    owners = derive.Owners(code.rules())
    constructed = derive.construct(target, rule.text)
    assert {owners.of(triple) for triple in constructed} <= {rule.name}
    assert {*map(str, constructed)} <= {line.decode().removesuffix(" .") for line in derived.lines}


@pytest.mark.slow
@every_row("rule", code.rules(), ids=lambda rule: rule.name)
def test_what_a_rule_reads_is_seen_in_its_text(rule: SavedQuery) -> None:
    """A rule that read any predicate whatever could not be ordered among the others."""
    read, listed = set(), set()

    def visit(part: Any) -> None:
        for triple in getattr(part, "triples", None) or ():
            read.add(triple[1])
        for row in part.get("res") or () if getattr(part, "name", "") == "values" else ():
            listed.update(row)

    traverse(prepareQuery(rule.text).algebra, visitPre=visit)
    assert {predicate for predicate in read if isinstance(predicate, Variable)} <= listed
