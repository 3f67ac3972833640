"""Linksets: the identifiers of others, as the graph of cities states them."""

from __future__ import annotations

import csv
import gzip
import io

import pyoxigraph as ox
import pytest

from registry import terms
from registry.releases.reading import Release
from registry.views.linksets import AUTHORITIES, Authority


@pytest.mark.parametrize("authority", AUTHORITIES, ids=lambda one: one.name)
def test_a_linkset_is_what_the_store_says(authority: Authority, release: Release) -> None:
    predicate = ox.NamedNode(terms.prefixed(authority.predicate))
    stated = release.store.quads_for_pattern(None, predicate, None, ox.DefaultGraph())
    lines = sorted(f"{quad.triple} ." for quad in stated)
    assert len(lines) > 10
    folder = release.folder / "dumps"
    named = f"linkset_{authority.name}"
    triples, table = (
        gzip.decompress((folder / f"{named}.{extension}.gz").read_bytes()).decode()
        for extension in ("nt", "csv")
    )
    assert triples.splitlines() == lines
    rows = list(csv.reader(io.StringIO(table)))
    assert rows[0] == ["iri", authority.name]
    assert [f"<{a}> {predicate} <{b}> ." for a, b in rows[1:]] == lines
    listed = {entry.file for entry in release.manifest.dumps}
    assert {f"{named}.nt.gz", f"{named}.csv.gz"} <= listed
