"""The three-way merge: file, workspace, and what was last taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.graphs.graph import Graph
from registry.problems import Problem
from registry.publishing.merge import (
    MergeBase,
    Winner,
    merge,
    next_bases,
    without,
)

IRI = "https://w3id.org/citylinks/graph/list"


def graph(text: str) -> Graph:
    return Graph(IRI, f'<urn:s> <urn:p> "{text}" .\n'.encode())


OLD, FILE, HERE = graph("old"), graph("file"), graph("here")
LAST = {IRI: MergeBase(OLD.sha256, OLD.sha256)}

CONFLICT = "conflict"

TABLE: list[tuple[str, Graph, Graph | None, dict[Winner | None, Graph | str | None]]] = [
    ("both unchanged", OLD, OLD, {None: OLD, "file": OLD, "workspace": OLD}),
    ("file changed", FILE, OLD, {None: FILE, "file": FILE, "workspace": FILE}),
    ("graph changed", OLD, HERE, {None: HERE, "file": OLD, "workspace": HERE}),
    ("graph removed", OLD, None, {None: None, "file": OLD, "workspace": None}),
    ("both changed", FILE, HERE, {None: CONFLICT, "file": FILE, "workspace": HERE}),
    ("file changed, graph removed", FILE, None, {None: CONFLICT, "file": FILE, "workspace": None}),
    ("both changed to the same", FILE, FILE, {None: FILE, "file": FILE, "workspace": FILE}),
]


@pytest.mark.parametrize(
    ("file", "here", "winner", "wanted"),
    [
        pytest.param(file, here, winner, wanted, id=f"{name}, take {winner}")
        for name, file, here, row in TABLE
        for winner, wanted in row.items()
    ],
)
def test_table(
    file: Graph, here: Graph | None, winner: Winner | None, wanted: Graph | str | None
) -> None:
    current = {IRI: here} if here else {}
    if wanted is CONFLICT:
        with pytest.raises(Problem, match="say --take file or --take workspace") as caught:
            merge(current, {IRI: file}, LAST, winner)
        assert caught.value.name == "conflict"
        return
    assert merge(current, {IRI: file}, LAST, winner).graphs.get(IRI) == wanted


def test_a_conflict_shows_the_difference() -> None:
    with pytest.raises(Problem) as caught:
        merge({IRI: HERE}, {IRI: FILE}, LAST)
    assert caught.value.members["difference"] == (
        f"--- workspace {IRI}\n+++ file\n@@ -1 +1 @@\n"
        '-<urn:s> <urn:p> "here" .\n+<urn:s> <urn:p> "file" .'
    )


def test_one_conflict_refuses_all() -> None:
    other = Graph(IRI + "-2", b"")
    with pytest.raises(Problem, match=f"both changed <{IRI}>; say"):
        merge({IRI: HERE}, {IRI: FILE, other.iri: other}, LAST)


def test_the_first_time_a_file_is_taken() -> None:
    assert merge({}, {IRI: FILE}, {}).graphs == {IRI: FILE}


def test_a_graph_that_came_without_a_file_is_not_overwritten() -> None:
    with pytest.raises(Problem):
        merge({IRI: HERE}, {IRI: FILE}, {})
    assert merge({IRI: FILE}, {IRI: FILE}, {}).graphs == {IRI: FILE}


def test_graphs_that_no_file_offers_stay() -> None:
    assert merge({IRI: HERE}, {}, LAST).graphs == {IRI: HERE}


def test_a_graph_that_the_ledger_changed_is_as_its_file() -> None:
    """The file holds the merged city's old IRI, the graph its new one; nobody edited either."""
    taken = {IRI: MergeBase(OLD.sha256, HERE.sha256)}
    assert merge({IRI: HERE}, {IRI: OLD}, taken).graphs == {IRI: OLD}
    assert merge({IRI: HERE}, {IRI: FILE}, taken).graphs == {IRI: FILE}
    with pytest.raises(Problem):
        merge({IRI: OLD}, {IRI: FILE}, taken)


states = st.sampled_from([None, OLD, FILE, HERE])
lasts = st.one_of(
    st.none(), st.builds(MergeBase, *[st.sampled_from([g.sha256 for g in (OLD, FILE)])] * 2)
)


@given(states, st.sampled_from([OLD, FILE]), lasts, st.sampled_from([None, "file", "workspace"]))
def test_the_same_again_changes_nothing(
    here: Graph | None, file: Graph, last: MergeBase | None, winner: Winner | None
) -> None:
    current, offered = ({IRI: here} if here else {}), {IRI: file}
    taken = {IRI: last} if last else {}
    try:
        merged = merge(current, offered, taken, winner)
    except Problem:
        assert winner is None
        return
    assert merged.graphs.get(IRI) in {here, file}
    after = next_bases(merged, offered, taken, merged.graphs)
    again = merge(merged.graphs, offered, after)
    assert again.graphs == merged.graphs
    assert next_bases(again, offered, after, again.graphs) == after


def test_what_is_remembered() -> None:
    """The file's hash always; the graph's where it is as the file, so that an edit shows."""
    became = graph("as the ledger has it")

    def after(
        here: Graph | None, file: Graph, winner: Winner | None, now: Graph | None
    ) -> MergeBase:
        current, offered = ({IRI: here} if here else {}), {IRI: file}
        merged = merge(current, offered, LAST, winner)
        return next_bases(merged, offered, LAST, {IRI: now} if now else {})[IRI]

    assert after(OLD, FILE, None, became) == MergeBase(FILE.sha256, became.sha256)
    assert after(HERE, FILE, "file", became) == MergeBase(FILE.sha256, became.sha256)
    assert after(HERE, FILE, "workspace", HERE) == MergeBase(FILE.sha256, FILE.sha256)
    assert after(HERE, OLD, None, HERE) == LAST[IRI]
    assert after(None, OLD, None, None) == LAST[IRI]
    unoffered = merge({IRI: OLD}, {}, LAST)
    assert next_bases(unoffered, {}, LAST, {IRI: became}) == {
        IRI: MergeBase(OLD.sha256, became.sha256)
    }


def test_removing() -> None:
    assert without({IRI: OLD, "urn:g": FILE}, [IRI, IRI]) == {"urn:g": FILE}
    with pytest.raises(Problem, match="there is no graph <urn:g> that could be removed"):
        without({IRI: OLD}, ["urn:g"])
