"""However data are damaged, every way of validating them says what plain pySHACL says."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyoxigraph as ox
import pyshacl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import SH, BNode, Graph, URIRef
from rdflib.term import Node

from registry import formats, terms
from registry.graphs import graph
from registry.publishing import shacl
from registry.publishing.impact import Changes
from registry.publishing.shacl import (
    Report,
    core,
    revise,
    validate,
)
from registry.publishing.shacl.constraints import COMPONENT
from registry.publishing.shacl.targets import focus_nodes
from registry.releases.reading import Release

SILENT_PREDICATES = (terms.prefixed("rdfs:comment"), terms.prefixed("skos:definition"))


@pytest.fixture(scope="session")
def shapes(release: Release) -> graph.Graph:
    """Give the shapes as a release has them."""
    quads = release.store.quads_for_pattern(None, None, None, ox.NamedNode(terms.SHAPES_GRAPH))
    return graph.from_triples(terms.SHAPES_GRAPH, [quad.triple for quad in quads])


@pytest.fixture(scope="session")
def pool(release: Release) -> list[ox.Triple]:
    """Give the triples of the default graph that are not words about terms, in a fixed order."""
    quads = release.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    kept = [q.triple for q in quads if q.predicate.value not in SILENT_PREDICATES]
    return sorted(kept, key=str)


def a_part(pool: list[ox.Triple], chance: Random, share: float) -> set[ox.Triple]:
    """Keep all that describes classes and concepts, and a share of the things."""
    things = sorted({str(t.subject) for t in pool if str(t.subject).startswith(f"<{terms.ID}")})
    kept = set(chance.sample(things, int(len(things) * share)))
    return {
        t for t in pool if str(t.subject) in kept or not str(t.subject).startswith(f"<{terms.ID}")
    }


def damage(triples: set[ox.Triple], pool: list[ox.Triple], chance: Random, many: int) -> None:
    """Drop triples, and say of things what is said of others, or what nobody would."""
    ours = [t for t in sorted(triples, key=str) if str(t.subject).startswith(f"<{terms.ID}")]
    for _ in range(many):
        one, two = chance.sample(ours, 2)
        odd = ox.Literal(
            chance.choice(["", "0", "2022-02-30", "x\n", "12"]), datatype=_datatype(chance)
        )
        triples ^= {
            chance.choice(
                [
                    one,
                    ox.Triple(one.subject, two.predicate, two.object),
                    ox.Triple(one.subject, one.predicate, two.object),
                    ox.Triple(one.subject, one.predicate, odd) if _is_stated(one) else two,
                    ox.Triple(two.subject, chance.choice(pool).predicate, one.subject),
                ]
            )
        }


def _datatype(chance: Random) -> ox.NamedNode:
    names = ("date", "gYear", "gYearMonth", "integer", "decimal", "string", "boolean", "anyURI")
    return ox.NamedNode(terms.prefixed(f"xsd:{chance.choice(names)}"))


def _is_stated(triple: ox.Triple) -> bool:
    """Tell whether sources may state it: derived bounds are dates, which pySHACL relies on."""
    return not triple.predicate.value.endswith(("Earliest", "Latest"))


def stored(triples: set[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in sorted(triples, key=str))
    return store


def plain(triples: set[ox.Triple], shapes: graph.Graph) -> set[tuple[str, ...]]:
    """Validate with pySHACL alone, by all shapes but their SPARQL, which it takes minutes for."""
    by = Graph().parse(data=shapes.ntriples, format="nt")
    by.remove((None, SH.sparql, None))
    data = Graph().parse(data=formats.serialise(triples, formats.NTRIPLES), format="nt")
    _, report, _ = pyshacl.validate(data, shacl_graph=by, inference="none", inplace=True)
    assert isinstance(report, Graph)

    def text(result: Node, predicate: URIRef) -> str:
        value = report.value(result, predicate)
        return "" if value is None or isinstance(value, BNode) else str(value)

    names = (SH.sourceShape, SH.focusNode, SH.resultPath, SH.value, SH.resultMessage)
    return {tuple(text(r, name) for name in names) for r in report.objects(None, SH.result)}


def findings(report: Report) -> set[tuple[str, ...]]:
    return {
        (r.shape, r.focus, r.path, r.value, r.message)
        for r in report.results
        if r.component != COMPONENT
    }


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.3]), st.sampled_from([1, 5, 40]))
def test_damaged_data(
    pool: list[ox.Triple], shapes: graph.Graph, seed: int, share: float, many: int
) -> None:
    """Anew, anew through the prefilter, and given what was said before the damage."""
    chance = Random(seed)
    before = a_part(pool, chance, share)
    damage(before, pool, chance, chance.choice([0, 20]))
    after = set(before)
    damage(after, pool, chance, many)
    now = stored(after)
    wanted = plain(after, shapes)
    report = validate(now, shapes)
    assert findings(report) == wanted
    changes = Changes()
    changes.note(before ^ after)
    assert revise(now, shapes, validate(stored(before), shapes), changes) == report
    contract = core.CoreShapes(shapes)
    assert set(contract.results(now, contract.suspects(now, threads=2))) == set(
        contract.results(now, focus_nodes(now, {(str(k), v.n3()) for _, k, v in contract._targets}))
    )


@pytest.mark.slow
def test_several_judges_say_what_one_says(
    pool: list[ox.Triple], shapes: graph.Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with batches of its own, from a copy of the store that is gone afterwards."""
    chance, triples = Random(7), set(pool)
    damage(triples, pool, chance, 200)
    store = ox.Store(str(tmp_path / "store"))
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    alone = validate(store, shapes)
    monkeypatch.setattr(core, "BATCH", 40)
    assert validate(store, shapes, tmp_path, validators=2) == alone
    assert validate(store, shapes, tmp_path, validators=2, queries=1) == alone
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_what_concerns_too_much_is_judged_anew(
    pool: list[ox.Triple], shapes: graph.Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shacl, "MANY", 10)
    changes = Changes()
    changes.note(pool)
    assert revise(stored(set(pool)), shapes, Report(()), changes) is None
