"""Every shape that speaks has data that make it speak; the shipped data give none a cause to.

A file ``shapes/damage/{shape}.ru`` damages the good data (sources, cities, what is derived,
ontology and schemes in one graph) so that this shape reports something new. For speed only the
shape and what it refers to is run on the damaged copy; the good data meet all shapes at once. Each
time the validator of releases must say what plain pySHACL says.
"""

import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph
import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, SKOS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from registry.graphs import graph
from registry.publishing.impact import Changes
from registry.publishing.shacl import Report, revise, validate
from registry.releases.reading import Release
from tests.tables import every_row

ROOT = Path(__file__).parents[2]
DAMAGE = ROOT / "shapes" / "damage"
SHAPES = "https://w3id.org/citylinks/shapes#"
SHAPES_GRAPH = "https://w3id.org/citylinks/graph/shapes"
REFERENCES = (SH.property, SH.node, SH.qualifiedValueShape, RDF.first)

Finding = tuple[str, str, str, str, str, str]
"""Severity, shape, message, focus node, path and value."""


def as_graph(quads: Iterable[pyoxigraph.Quad]) -> Graph:
    """Read the triples of quads with rdflib."""
    triples = (quad.triple for quad in quads)
    written = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES)
    return Graph().parse(data=written, format="nt")


def plain_findings(graph: Graph, shapes: Graph) -> set[Finding]:
    """Validate a graph by shapes, with pySHACL alone."""
    validated = pyshacl.validate(graph, shacl_graph=shapes, inference="none", inplace=True)
    report: Graph = validated[1]

    def text(result: Node, predicate: URIRef) -> str:
        value = report.value(result, predicate)
        return "" if value is None or isinstance(value, BNode) else str(value)

    return {
        (
            text(result, SH.resultSeverity).removeprefix(str(SH)).lower(),
            text(result, SH.sourceShape),
            text(result, SH.resultMessage),
            text(result, SH.focusNode),
            text(result, SH.resultPath),
            text(result, SH.value),
        )
        for result in report.objects(None, SH.result)
    }


def findings(store: pyoxigraph.Store, shapes: Graph) -> set[Finding]:
    """Validate the default graph by shapes, as a release is validated."""
    return as_findings(validate(store, as_shapes(shapes)))


def as_shapes(shapes: Graph) -> graph.Graph:
    """Write shapes as a graph of a release."""
    return graph.Graph(SHAPES_GRAPH, shapes.serialize(format="nt").encode())


def as_findings(report: Report) -> set[Finding]:
    """Give the findings of a report."""
    return {(str(r.severity), r.shape, r.message, r.focus, r.path, r.value) for r in report.results}


@cache
def all_shapes() -> Graph:
    """Read every file of shapes into one graph."""
    graph = Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


@pytest.fixture(scope="session")
def good_data(release: Release) -> frozenset[pyoxigraph.Quad]:
    """Give all that the registry ships, and what is derived from it, merged into one graph."""
    return frozenset(release.store.quads_for_pattern(None, None, None, pyoxigraph.DefaultGraph()))


@pytest.fixture(scope="session")
def good_graph(good_data: frozenset[pyoxigraph.Quad]) -> Graph:
    """Give the same as rdflib reads it; who changes it changes it back."""
    return as_graph(good_data)


Reported = Callable[[Node], Report]


@pytest.fixture(scope="session")
def good_reports(good_data: frozenset[pyoxigraph.Quad]) -> Reported:
    """Return what validates the good data by a shape and what it refers to, once for each."""
    store = pyoxigraph.Store()
    store.bulk_extend(good_data)
    return cache(lambda node: validate(store, as_shapes(described(node, Graph()))))


@pytest.fixture(scope="session")
def good_findings(release: Release) -> set[Finding]:
    """Validate the good data by all shapes, once."""
    return findings(release.store, all_shapes())


class Damaged(NamedTuple):
    """The good data with a damage, and how it differs from them."""

    store: pyoxigraph.Store
    added: frozenset[pyoxigraph.Quad]
    removed: frozenset[pyoxigraph.Quad]


Damage = Callable[[str], AbstractContextManager[Damaged]]


@pytest.fixture(scope="session")
def damaged(good_data: frozenset[pyoxigraph.Quad]) -> Damage:
    """Return what damages the good data for a while: to copy all of them each time takes long."""
    store = pyoxigraph.Store()
    store.bulk_extend(good_data)

    @contextmanager
    def damaging(update: str) -> Iterator[Damaged]:
        store.update(update)
        after = frozenset(store)
        added, removed = after - good_data, good_data - after
        assert added or removed, "the update changes nothing"
        try:
            yield Damaged(store, added, removed)
        finally:
            store.extend(removed)
            for quad in added:
                store.remove(quad)

    return damaging


@contextmanager
def changed(graph: Graph, damage: Damaged) -> Iterator[Graph]:
    """Damage a graph as the store was, for a while: to read all of it anew takes long."""
    added, removed = as_graph(damage.added), as_graph(damage.removed)
    graph += added
    graph -= removed
    assert len(graph) == len(damage.store)
    try:
        yield graph
    finally:
        graph += removed
        graph -= added


def described(node: Node, into: Graph) -> Graph:
    """Copy a shape and all that it refers to."""
    for triple in all_shapes().triples((node, None, None)):
        if triple not in into:
            into.add(triple)
            described(triple[2], into)
    return into


def owner(shape: URIRef) -> Node:
    """Find the shape with a target by which this one is reached."""
    return all_shapes().value(None, SH.property, shape) or shape


def speaking() -> list[str]:
    """List the local names of the shapes that carry a message."""
    return sorted(str(shape).removeprefix(SHAPES) for shape in all_shapes().subjects(SH.message))


def damages() -> list[str]:
    """List the local names of the shapes that have a damage."""
    return sorted(path.stem for path in DAMAGE.iterdir())


def silent() -> list[str]:
    """List the local names of the shapes that only group or serve others."""
    kinds = (SH.NodeShape, SH.PropertyShape)
    shapes = {str(shape) for kind in kinds for shape in all_shapes().subjects(RDF.type, kind)}
    return sorted({shape.removeprefix(SHAPES) for shape in shapes} - {*speaking()})


def only(shape: URIRef, predicate: URIRef) -> Node:
    """Give the one value that the shape must have."""
    (value,) = all_shapes().objects(shape, predicate)
    return value


def test_good_data_conform(good_findings: set[Finding]) -> None:
    assert {severity for severity, *_ in good_findings} == {"info"}


@pytest.mark.slow
def test_plain_pyshacl_says_the_same_of_the_dumps(
    release: Release, good_findings: set[Finding]
) -> None:
    """Who takes data and shapes from the dumps needs no software of ours to validate them."""
    dumps = release.folder / "dumps"
    shapes = Graph().parse(data=gzip.decompress((dumps / "shapes.ttl.gz").read_bytes()))
    quads = gzip.decompress((dumps / "citylinks.nq.gz").read_bytes())
    data = as_graph(pyoxigraph.parse(quads, format=pyoxigraph.RdfFormat.N_QUADS))
    assert plain_findings(data, shapes) == good_findings


def test_dumped_shapes_have_no_blank_nodes_and_no_names_for_paths(release: Release) -> None:
    dumped = release.folder / "dumps" / "shapes.ttl.gz"
    shapes = Graph().parse(data=gzip.decompress(dumped.read_bytes()))
    assert not {node for triple in shapes for node in triple if isinstance(node, BNode)}
    paths = {str(path) for path in shapes.objects(None, SH.path)}
    assert paths
    assert not {path for path in paths if path.startswith(SHAPES_GRAPH)}


def test_each_speaking_shape_has_its_damage() -> None:
    damaged, speak = {path.name for path in DAMAGE.iterdir()}, {f"{n}.ru" for n in speaking()}
    assert damaged == speak, f"without damage: {speak - damaged}, without shape: {damaged - speak}"


@pytest.mark.parametrize("name", damages())
def test_damage_is_reported(
    name: str, damaged: Damage, good_findings: set[Finding], good_reports: Reported
) -> None:
    update = (DAMAGE / f"{name}.ru").read_text(encoding="utf-8")
    assert update.startswith("# "), "the first line says what is damaged"
    shape = URIRef(SHAPES + name)
    shapes, good = as_shapes(described(owner(shape), Graph())), good_reports(owner(shape))
    with damaged(update) as damage:
        found = as_findings(validate(damage.store, shapes))
        assert revised(damage, shapes, good) == found
    severity = str(only(shape, SH.severity)).removeprefix(str(SH)).lower()
    wanted = (severity, str(shape), str(only(shape, SH.message)))
    assert wanted in {finding[:3] for finding in found - good_findings}


def is_slow(number: int, name: str) -> bool:
    """Whether plain pySHACL takes long for a shape, or another shape stands for it."""
    targets = {*all_shapes().objects(owner(URIRef(SHAPES + name)))}
    return number % 4 != 0 or not targets.isdisjoint({RDF.type, SKOS.Concept})


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if is_slow(number, name) else name
        for number, name in enumerate(damages())
    ],
)
def test_plain_pyshacl_reports_the_same_of_damage(
    name: str, damaged: Damage, good_graph: Graph
) -> None:
    shapes = described(owner(URIRef(SHAPES + name)), Graph())
    update = (DAMAGE / f"{name}.ru").read_text(encoding="utf-8")
    with damaged(update) as damage, changed(good_graph, damage) as graph:
        assert findings(damage.store, shapes) == plain_findings(graph, shapes)


def revised(damage: Damaged, shapes: graph.Graph, good: Report) -> set[Finding]:
    """Validate damaged data given the report on what they were before."""
    changes = Changes()
    changes.note(quad.triple for quad in damage.added | damage.removed)
    report = revise(damage.store, shapes, good, changes)
    assert report is not None
    return as_findings(report)


@every_row("name", speaking())
def test_speaking_shape_has_name_message_and_severity(name: str) -> None:
    shape = URIRef(SHAPES + name)
    assert only(shape, SH.severity) in {SH.Violation, SH.Warning, SH.Info}
    for predicate in (SH.name, SH.message):
        text = only(shape, predicate)
        assert isinstance(text, Literal)
        assert text.language == "en"


UNKNOWN = {
    "participation-participant": "?any cl:participant ?value",
    "implementation-city": "?any cl:implementedIn ?value",
    "membership-organization": "?any org:organization ?value",
    "link-claim": "?any cl:claim ?value",
}
"""By shape that counts values and tests what they are: the pattern of a value it finds."""


@every_row("name", UNKNOWN)
def test_what_is_named_and_unknown_is_told_to_be_described(name: str, damaged: Damage) -> None:
    """It is named exactly once, so that a message about its number alone would mislead."""
    prefixes = """PREFIX cl: <https://w3id.org/citylinks/ontology#>
        PREFIX org: <http://www.w3.org/ns/org#>"""
    unknown = "<https://w3id.org/citylinks/id/city/nowhere-1>"
    one = f"SELECT ?any ?value {{ {UNKNOWN[name]} }} ORDER BY ?any ?value LIMIT 1"
    old, new = UNKNOWN[name], UNKNOWN[name].replace("?value", unknown)
    update = f"{prefixes} DELETE {{ {old} }} INSERT {{ {new} }} WHERE {{ {{ {one} }} }}"
    with damaged(update) as damage:
        found = findings(damage.store, described(owner(URIRef(SHAPES + name)), Graph()))
    (message,) = {told for _, shape, told, *_ in found if shape == SHAPES + name}
    assert "must be described" in message


@every_row("name", silent())
def test_silent_shape_has_label_and_use(name: str) -> None:
    shape = URIRef(SHAPES + name)
    assert only(shape, RDFS.label)
    targeted = {SH.targetClass, SH.targetSubjectsOf} & {*all_shapes().predicates(shape)}
    assert targeted or any((None, way, shape) in all_shapes() for way in REFERENCES)


def test_only_lists_are_blank() -> None:
    """Lists may have IRIs for nodes, paths may not: an IRI is a path of one step (SHACL 2.3.1)."""
    said = {p for s, p in all_shapes().subject_predicates() if isinstance(s, BNode)}
    assert said <= {RDF.first, RDF.rest}
    assert not {path for path in all_shapes().objects(None, SH.path) if isinstance(path, BNode)}


@pytest.mark.slow
def test_shapes_are_valid_shacl() -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=all_shapes(), meta_shacl=True)
    assert conforms, text


@every_row("query", sorted(map(str, all_shapes().subjects(SH.select))))
def test_query_keeps_to_what_every_validator_can_bind(query: str) -> None:
    text = str(only(URIRef(query), SH.select))
    assert text.startswith(("SELECT $this", "SELECT DISTINCT $this"))
    assert not {"VALUES", "MINUS", "SERVICE", "GRAPH", "NOW"} & {
        *text.upper().replace("(", " ").split()
    }
