"""The document about a thing: names of neighbours, licence, release, and which graphs say what."""

from __future__ import annotations

from dataclasses import replace

import pyoxigraph as ox

from registry import formats, terms
from registry.catalogue.publication import PUBLISHER
from registry.releases.licences import CC_BY
from registry.releases.reading import Release
from registry.things.about import NEIGHBOURS, Source, document_of
from registry.things.describe import describe
from registry.things.lookup import Lookup, node
from tests.tables import every_row
from tests.things.made import add, store_of

PERM = terms.thing("city", "perm-511196")
LINK = terms.thing("link", "oxford-2640729--perm-511196")
THINGS = (
    PERM,
    LINK,
    terms.thing("geometry", "perm-511196"),
    terms.thing("practice", "ars-vivendi"),
    f"{terms.SCHEME}status",
    f"{terms.SCHEME}status/active",
)


def values(triples: list[ox.Triple], subject: str, name: str) -> list[str]:
    """List the values of a property, as texts."""
    return [
        t.object.value
        for t in triples
        if t.subject == ox.NamedNode(subject)
        and t.predicate == node(name)
        and isinstance(t.object, ox.NamedNode | ox.Literal)
    ]


def source_of(release: Release) -> Source:
    return Source(release.store, release.manifest, "2026-11-23T12:00:00Z")


def known(release: Release) -> list[str]:
    return [iri for iri in THINGS if describe(release.store, iri)]


def test_the_document_says_what_it_is_and_whose(release: Release) -> None:
    for iri in known(release):
        found, document = source_of(release).document(iri), document_of(iri)
        assert values(found, document, "foaf:primaryTopic") == [iri]
        assert values(found, document, "dcterms:license") == [CC_BY]
        assert values(found, document, "dcterms:publisher") == [PUBLISHER]
        assert values(found, PUBLISHER, "foaf:name")
        assert values(found, document, "dcterms:modified") == ["2026-11-23T12:00:00Z"]
        assert values(found, document, "prov:wasDerivedFrom") == [terms.release(release.version)]
        assert values(found, terms.release(release.version), "cl:asOf") == [release.manifest.as_of]


def test_where_it_is_not_known_when_it_was_published_no_date_is_given(release: Release) -> None:
    found = replace(source_of(release), published="").document(PERM)
    assert values(found, document_of(PERM), "dcterms:modified") == []


def test_all_that_is_said_of_the_thing_is_there(release: Release) -> None:
    for iri in known(release):
        assert set(describe(release.store, iri)) <= set(source_of(release).document(iri))


def test_neighbours_are_named(release: Release) -> None:
    """Each partner, concept and source that has a name somewhere has it here, too."""
    lookup = Lookup(release.store)
    for iri in known(release):
        found = source_of(release).document(iri)
        for end in {t.object for t in describe(release.store, iri)}:
            if isinstance(end, ox.NamedNode) and (
                names := lookup.literals(end.value, "skos:prefLabel")
            ):
                assert set(values(found, end.value, "skos:prefLabel")) <= {n.value for n in names}
                assert end.value in terms.ONTOLOGY or values(found, end.value, "skos:prefLabel")


def test_the_graphs_that_state_it_are_named_with_their_share(release: Release) -> None:
    lookup, found, document = (
        Lookup(release.store),
        source_of(release).document(LINK),
        document_of(LINK),
    )
    parts = values(found, document, "void:subset")
    stated = [(t, graph) for t in describe(release.store, LINK) for graph in lookup.graphs(t)]
    assert len(parts) == len({graph for _, graph in stated}) > 1
    for part in parts:
        (source,) = values(found, part, "prov:wasDerivedFrom")
        (graph,) = values(found, source, "dcterms:isVersionOf")
        assert source == terms.graph_in(release.version, graph)
        own = [t for t, stating in stated if stating == graph]
        assert values(found, part, "void:triples") == [str(len(own))]
        assert set(values(found, part, "foaf:topic")) == {
            t.subject.value for t in own if isinstance(t.subject, ox.NamedNode)
        }
        entry = release.manifest.graph(graph)
        assert entry
        assert values(found, source, "dcterms:title") == [entry.title]
        assert values(found, part, "dcterms:license") == [entry.licence]


@every_row("form", formats.GRAPHS, ids=lambda form: form.name)
def test_no_format_has_blank_nodes(form: formats.Format, release: Release) -> None:
    for iri in known(release):
        body = formats.serialise(source_of(release).document(iri), form)
        quads = list(ox.parse(body, format=formats.RDF[form.name]))
        assert quads
        assert not any(
            isinstance(end, ox.BlankNode) for q in quads for end in (q.subject, q.object)
        )


def test_a_hub_stays_small(release: Release) -> None:
    """A city with 2,000 partners has the names of some of them, and all its own statements."""
    partners = ", ".join(f"city:p{number}" for number in range(2 * NEIGHBOURS))
    names = "".join(
        f'city:p{number} skos:prefLabel "P{number}"@en, "Q{number}"@de .\n'
        for number in range(2 * NEIGHBOURS)
    )
    store = store_of(f"city:hub cl:linkedCity {partners} .", "list")
    add(store, names)
    hub = terms.thing("city", "hub")
    found = Source(store, release.manifest).document(hub)
    named = {t.subject for t in found if t.predicate == node("skos:prefLabel")}
    assert len(named) == NEIGHBOURS
    assert len(values(found, hub, "cl:linkedCity")) == 2 * NEIGHBOURS
    assert len(found) < 5 * NEIGHBOURS


def test_of_nothing_there_is_no_document(release: Release) -> None:
    assert source_of(release).document(terms.thing("city", "nowhere-1")) == []
