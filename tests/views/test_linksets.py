"""Linksets: the identifiers of others, as the graph of cities states them."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import terms
from registry.graphs.graph import Graph, from_lines
from registry.releases.reading import Content, Release
from registry.views.linksets import AUTHORITIES, LINKSETS, Authority
from registry.views.names import NAMES


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


def test_a_linkset_lists_each_item_of_a_city(tmp_path: Path) -> None:
    city, item = terms.thing("city", "town-1"), "http://www.wikidata.org/entity/"
    about, named = (terms.prefixed(name) for name in ("cl:wikidataItem", "skos:prefLabel"))
    lines = [f"<{city}> <{about}> <{item}{number}> ." for number in ("Q20", "Q3")]
    said = from_lines(map(str.encode, [*lines, f'<{city}> <{named}> "Town"@en .']))
    content = Content(tmp_path, [Graph(terms.CITIES_GRAPH, said)])
    content.dumps.mkdir(exist_ok=True)
    for view in (NAMES, LINKSETS):
        assert view.write
        view.write(content)
    written = gzip.decompress((content.dumps / "linkset_wikidata.nt.gz").read_bytes()).decode()
    assert written == "".join(f"{line}\n" for line in lines)
    table = gzip.decompress((content.dumps / "linkset_wikidata.csv.gz").read_bytes()).decode()
    assert table.split() == ["iri,wikidata", f"{city},{item}Q20", f"{city},{item}Q3"]
