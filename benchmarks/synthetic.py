"""A world of made-up cities, links and claims, shaped like the shipped data, of any size.

It is not validated nor dumped, only derived from and frozen, with the same parts that publishing
uses, so that a million triples are there in less than a minute.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from registry import capacity, files, terms
from registry.graphs import canonical
from registry.graphs.graph import Graph
from registry.publishing import derive, store
from registry.releases import code, log, manifest
from registry.releases.workspace import Workspace
from registry.settings import Settings

TRIPLES_PER_CITY: Final = 130
"""How many triples a city brings with it, on average: its own, its links', what is derived."""

_LINKS_PER_CITY: Final = 3
_SOURCES: Final = 20
_COUNTRIES: Final = 40
_AS_OF: Final = "2026-01-01"
_SEED: Final = 20_261_101
_COUNTRY: Final = "http://publications.europa.eu/resource/authority/country/"

Statement = tuple[str, str, str]
"""Subject IRI, predicate as a prefixed name, object as it stands in N-Triples."""


def build(home: Path, triples: int) -> None:
    """Make a workspace whose current release has about so many triples."""
    graphs = {graph.iri: graph for graph in world(max(20, triples // TRIPLES_PER_CITY))}
    graphs |= code.graphs(Settings(home=home))
    graphs[terms.SETTINGS_GRAPH] = code.settings_graph(_AS_OF)
    workspace, version = Workspace(home), manifest.version_of(graphs.values())
    derived = _freeze(workspace.folder(version) / "store", graphs)
    entries = tuple(manifest.entry_of(graph) for _, graph in sorted(graphs.items()))
    listed = manifest.Manifest(
        version,
        _AS_OF,
        canonical.VERSION,
        code.rules_version(),
        entries,
        manifest.entry_of(derived),
    )
    files.write(workspace.folder(version) / "manifest.json", listed.to_json())
    workspace.switch(version)
    added = {"added": sorted(graphs)}
    log.append(workspace.log_path, log.Event("publish", version, graphs=added))


def _freeze(folder: Path, graphs: dict[str, Graph]) -> Graph:
    """Write a store of the graphs and what follows from them; give what follows."""
    folder.parent.mkdir(parents=True)
    target = store.open_copy(None, folder)
    with store.loading(target, [*graphs.values()], capacity.cores()):
        pass
    derived = derive.derive_all(target)
    target.flush()
    return derived


def world(cities: int) -> Iterator[Graph]:
    """Give the graph of the cities and the graphs of the sources; the same for equal numbers."""
    chance = random.Random(_SEED)
    yield _graph("cities", (s for number in range(cities) for s in _city(number, chance)))
    pairs = sorted({_pair(cities, chance) for _ in range(cities * _LINKS_PER_CITY)})
    by_source: dict[int, list[Statement]] = {number: [] for number in range(_SOURCES)}
    for pair in pairs:
        for source in chance.sample(range(_SOURCES), chance.choice((1, 1, 2))):
            by_source[source] += _claim(pair, source, chance)
    for source, statements in by_source.items():
        yield _graph(_source(source), [*_document(source), *statements])


def _graph(name: str, statements: Iterator[Statement] | list[Statement]) -> Graph:
    """Make a graph of statements."""
    lines = {
        f"<{subject}> <{terms.prefixed(predicate)}> {value} .\n"
        for subject, predicate, value in statements
    }
    return Graph(terms.GRAPH + name, "".join(sorted(lines)).encode())


def _iri(iri: str) -> str:
    return f"<{iri}>"


def _text(value: str, tag: str = "en") -> str:
    return f'"{value}"@{tag}'


def _typed(value: object, datatype: str) -> str:
    return f'"{value}"^^<{terms.prefixed(datatype)}>'


def _ref(number: int) -> str:
    return f"city{number}-{1_000_000 + number}"


def _city(number: int, chance: random.Random) -> Iterator[Statement]:
    """Describe a city as `data/cities.ttl` does."""
    city = terms.thing("city", _ref(number))
    # No whole degrees, which servers write in ways of their own.
    latitude = chance.randrange(3_500_001, 6_500_000, 2)
    longitude = chance.randrange(100_001, 4_500_000, 2)
    yield city, "rdf:type", _iri(terms.prefixed("cl:City"))
    for tag in ("en", "de", "fr", "it", "es"):
        yield city, "skos:prefLabel", _text(f"City {number}", tag)
    yield city, "skos:altLabel", _text(f"Town {number}")
    yield city, "cl:inCountry", _iri(f"{_COUNTRY}C{int(_COUNTRIES * chance.random() ** 2):02}")
    yield city, "cl:population", _typed(chance.randint(1_000, 5_000_000), "xsd:integer")
    yield city, "wgs84:lat", _typed(latitude / 100_000, "xsd:decimal")
    yield city, "wgs84:long", _typed(longitude / 100_000, "xsd:decimal")
    point = f"POINT({longitude / 100_000} {latitude / 100_000})"
    geometry = terms.geometry_of(city)
    yield city, "geo:hasDefaultGeometry", _iri(geometry)
    yield geometry, "rdf:type", _iri(terms.prefixed("geo:Geometry"))
    yield geometry, "geo:asWKT", _typed(point, "geo:wktLiteral")
    yield city, "cl:ownLanguage", '"en"'
    yield city, "cl:geonamesFeature", _iri(f"https://sws.geonames.org/{1_000_000 + number}/")
    yield city, "cl:wikidataItem", _iri(f"http://www.wikidata.org/entity/Q{1_000_000 + number}")


def _pair(cities: int, chance: random.Random) -> tuple[int, int]:
    """Choose two cities; some have many links, most have few."""
    one, other = int(cities * chance.random() ** 2), chance.randrange(cities - 1)
    other += other >= one
    return min(one, other), max(one, other)


def _source(number: int) -> str:
    return f"source-{number:02}"


def _document(source: int) -> Iterator[Statement]:
    """Describe a source, its document and the passages that claims rest on."""
    name = _source(source)
    graph, document = terms.GRAPH + name, terms.thing("document", name)
    yield graph, "rdf:type", _iri(terms.prefixed("dcat:Dataset"))
    yield graph, "dcterms:title", _text(f"Source {source}")
    yield document, "rdf:type", _iri(terms.prefixed("cl:SourceDocument"))
    yield document, "dcterms:title", _text(f"Document {source}")
    passage = terms.thing("passage", f"{name}/p1")
    yield passage, "rdf:type", _iri(terms.prefixed("cl:Passage"))
    yield passage, "cl:passageOf", _iri(document)
    yield passage, "cl:locator", '"paragraph 1"'


def _claim(pair: tuple[int, int], source: int, chance: random.Random) -> Iterator[Statement]:
    """State a link and a source's claim on it, as the graphs of the sources do."""
    names = [_ref(number) for number in pair]
    ref = "--".join(sorted(names))
    link, claim = terms.thing("link", ref), terms.thing("claim", f"{ref}/{_source(source)}/p1")
    passage = _iri(terms.thing("passage", f"{_source(source)}/p1"))
    kind = chance.choice(("twinning", "twinning", "friendship"))
    yield link, "rdf:type", _iri(terms.prefixed("cl:CityLink"))
    yield link, "skos:prefLabel", _text(f"City {pair[0]}–City {pair[1]}")
    yield link, "cl:claim", _iri(claim)
    for name in names:
        yield link, "cl:party", _iri(terms.thing("city", name))
    yield link, "cl:supportedBy", passage
    yield claim, "rdf:type", _iri(terms.prefixed("cl:LinkClaim"))
    yield claim, "skos:prefLabel", _text(f"City {pair[0]}–City {pair[1]}, according to {source}")
    yield claim, "cl:asOf", _typed(chance.randint(2000, 2025), "xsd:gYear")
    yield claim, "cl:claimedKind", _iri(f"{terms.SCHEME}link-kind/{kind}")
    yield claim, "cl:claimedStatus", _iri(f"{terms.SCHEME}status/active")
    yield claim, "cl:recordedUnder", _iri(terms.thing("city", chance.choice(names)))
    yield claim, "cl:startDate", _typed(chance.randint(1950, 1999), "xsd:gYear")
    yield claim, "cl:supportedBy", passage
