"""The recipe of a release's version: every mirror relies on it, so that it never changes unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry import terms
from registry.graphs import canonical
from registry.graphs.graph import Graph, Role
from registry.releases import manifest

TRIPLE = b'<urn:s> <urn:p> "%b" .\n'
SOURCE = Graph(f"{terms.GRAPH}perm-list", TRIPLE % b"a")
SCHEME = Graph(f"{terms.GRAPH}scheme-topic", TRIPLE % b"b")
DERIVED = Graph(f"{terms.GRAPH}derived", TRIPLE % b"c")
ALL = (SOURCE, SCHEME, DERIVED)

GOLDEN = "6520b6d85b059d4da96d68f48fb997a0"
"""A release of another version by the same graphs is another recipe, and needs a note of it."""


def test_the_version_of_made_up_graphs() -> None:
    assert [graph.role for graph in ALL] == [Role.SOURCE, Role.SCHEME, Role.DERIVED]
    assert canonical.VERSION == "1"
    assert manifest.version_of(ALL) == GOLDEN
    assert manifest.version_of(reversed(ALL)) == GOLDEN
    assert manifest.version_of(ALL[:2]) == GOLDEN, "what is derived follows from the rest"
    assert manifest.version_of_entries(map(manifest.entry_of, ALL[:2])) == GOLDEN


def test_no_graph_has_no_version_of_its_own() -> None:
    assert manifest.version_of([]) == "e1383bbf059e61986c5528506dde7331"


def test_role_content_and_name_count(monkeypatch: pytest.MonkeyPatch) -> None:
    other_content = Graph(SOURCE.iri, TRIPLE % b"z")
    other_name = Graph(f"{terms.GRAPH}perm-lists", SOURCE.ntriples)
    versions = {
        manifest.version_of(graphs)
        for graphs in ((other_content, SCHEME), (other_name, SCHEME), (SOURCE,), (SCHEME,), ALL)
    }
    listed = manifest.entry_of(SOURCE), manifest.entry_of(SCHEME)
    swapped = replace(listed[0], role=Role.SCHEME.value)
    versions.add(manifest.version_of_entries([swapped, listed[1]]))
    monkeypatch.setattr(canonical, "VERSION", "another")
    versions.add(manifest.version_of(ALL))
    assert len(versions) == 7
