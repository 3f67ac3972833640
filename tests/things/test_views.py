"""What is shown of a whole release, of a graph and of the vocabularies."""

from __future__ import annotations

from collections import Counter

import pytest
import rdflib

from registry import shipped, terms
from registry.graphs.graph import Role
from registry.releases.reading import Release
from registry.things.contents import SHOWN, contents
from registry.things.gathering import SHOWN as MOST
from registry.things.gathering import gathering
from registry.things.lookup import Lookup
from registry.things.page import Pages
from registry.things.vocabulary import Vocabulary, ontology, shapes, uses
from registry.views.counts import COUNTS
from tests.tables import every_row
from tests.things.made import pages_of, pages_of_release, store_of


@pytest.fixture(scope="module")
def pages(release: Release) -> Pages:
    """Give what makes pages of the shipped data for a reader of English."""
    return pages_of_release(release)


# A graph.
def test_the_things_of_a_graph_are_counted_by_class(pages: Pages, release: Release) -> None:
    for entry in release.manifest.all_graphs():
        if entry.role != Role.SOURCE.value:
            continue
        seen = contents(pages, entry.graph)
        typed = Counter(
            t.object for t in pages.lookup.graph(entry.graph)
            if t.predicate.value == terms.RDF_TYPE and t.subject.value != entry.graph  # type: ignore[union-attr]
        )  # fmt: skip
        assert sorted(count for _, count, _ in seen.classes) == sorted(typed.values())
        assert seen.about
        for _, count, shown in seen.classes:
            assert len(shown) == min(count, SHOWN)
            assert list(shown) == sorted(shown, key=lambda value: value.words)


def test_of_many_things_some_are_shown() -> None:
    turtle = "".join(f"city:c{n} a cl:City .\n" for n in range(SHOWN + 5))
    seen = contents(pages_of(store_of(turtle, "many")), terms.GRAPH + "many")
    ((_, count, shown),) = seen.classes
    assert (count, len(shown)) == (SHOWN + 5, SHOWN)


def test_of_many_participants_some_are_shown() -> None:
    parts = "".join(
        f"<urn:n> cl:participation participation:p{n:04} . participation:p{n:04} "
        f"cl:participant city:c{n} . city:c{n} skos:prefLabel 'City {n}'@en .\n"
        for n in range(MOST + 5)
    )
    seen = gathering(pages_of(store_of(parts)), "urn:n")
    assert (seen.count, len(seen.participants)) == (MOST + 5, MOST)
    few = gathering(pages_of(store_of(parts.partition("\n")[0])), "urn:n")
    assert (few.count, len(few.participants)) == (1, 1)


# The vocabularies.
def declared(kind: str) -> set[str]:
    graph = rdflib.Graph().parse(shipped.ROOT / "ontology" / "citylinks.ttl")
    cls = rdflib.URIRef(terms.prefixed(kind))
    found = {str(iri) for iri in graph.subjects(rdflib.RDF.type, cls)}
    return {iri.removeprefix(terms.CL) for iri in found if iri.startswith(terms.CL)}


@pytest.fixture(scope="module")
def shown(pages: Pages, release: Release) -> Vocabulary:
    return ontology(pages, uses(release.view(COUNTS)))


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("classes", "owl:Class"),
        ("relations", "owl:ObjectProperty"),
        ("attributes", "owl:DatatypeProperty"),
    ],
)
def test_every_term_of_the_ontology_is_listed(heading: str, kind: str, shown: Vocabulary) -> None:
    listed = [dict(sections).get(heading, ()) for _, sections in shown.chapters]
    names = [term.name for section in listed for term in section]
    assert sorted(names) == sorted(declared(kind) - declared("owl:DeprecatedClass"))
    for section in listed:
        assert list(section) == sorted(section, key=lambda term: term.name)
        assert all(term.label.text and term.definition.text for term in section)


def test_every_class_belongs_to_one_chapter(shown: Vocabulary) -> None:
    """A new class without a broader one is added to a chapter."""
    assert "classes" not in dict(dict(shown.chapters)["chapter_several"])
    assert [chapter for chapter, sections in shown.chapters if not sections] == []


def test_a_term_says_where_it_leads_who_uses_it_and_what_checks_it(
    shown: Vocabulary, release: Release
) -> None:
    terms_ = {
        term.name: term
        for _, sections in shown.chapters
        for _, section in sections
        for term in section
    }
    link = terms_["CityLink"]
    led = {relation.name: [name for _, name in relation.targets] for relation in link.relations}
    assert led["party"] == ["Territory"]
    assert led["claim"] == ["LinkClaim"]
    for name, pattern in {"City": "?x a cl:City", "party": "?x cl:party ?y"}.items():
        (row,) = Lookup(release.store).rows(
            f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {{ {pattern} }} }}"
        )
        assert str(terms_[name].uses) == row.text("n")
        example = terms_[name].example
        assert example
        assert [
            *Lookup(release.store).rows(
                f"SELECT * {{ {pattern.replace('?x', f'<{example.iri}>')} }}"
            )
        ]
    assert "agreement-sides" in {shape.name for shape in terms_["Agreement"].shapes}
    assert all(shape.message for term in terms_.values() for shape in term.shapes)


def test_deprecated_terms_are_listed_apart_with_their_successors(shown: Vocabulary) -> None:
    listed = dict(shown.others)["deprecated"]
    assert {term.name for term in listed} == declared("owl:DeprecatedClass")
    for term in listed:
        assert any(s.iri == terms.prefixed("dcterms:isReplacedBy") for s in term.statements)


def test_the_ontology_says_what_it_is(pages: Pages) -> None:
    graph = rdflib.Graph().parse(shipped.ROOT / "ontology" / "citylinks.ttl")
    itself = rdflib.URIRef(terms.ONTOLOGY)
    seen = ontology(pages, {})
    shown = {s.iri: {v.words.text for v in s.values} for s in seen.about}
    for name in ("owl:versionInfo", "vann:preferredNamespaceUri", "vann:preferredNamespacePrefix"):
        predicate = terms.prefixed(name)
        assert shown[predicate] == set(map(str, graph.objects(itself, rdflib.URIRef(predicate))))
    assert {terms.prefixed("dcterms:license"), terms.prefixed("dcterms:issued")} <= set(shown)
    assert seen.citation == str(graph.value(itself, rdflib.DCTERMS.bibliographicCitation))
    assert seen.description.text


@every_row("language", ["it", "fr", "de", "es"])
def test_terms_are_worded_for_the_reader(language: str, release: Release) -> None:
    seen = ontology(pages_of(release.store, language), {})
    listed = [
        term
        for sections in (*(sections for _, sections in seen.chapters), seen.others)
        for _, section in sections
        for term in section
    ]
    assert {term.label.lang for term in listed} == {language}


def test_every_scheme_of_ours_is_listed(shown: Vocabulary) -> None:
    listed = dict(shown.others)["schemes"]
    files = {path.stem for path in shipped.scheme_files()}
    assert {term.name for term in listed} <= files
    assert len(listed) > 5
    assert all(term.iri.startswith(terms.SCHEME) for term in listed)


def test_what_a_shape_reports_is_shown_with_what_is_right(pages: Pages) -> None:
    damages = {shape.name: shape.damage for shape in shapes(pages) if shape.message}
    assert None not in damages.values()
    found = damages["agreement-sides"]
    assert found
    assert found.title == "All signatures but the first are gone"
    assert found.update.startswith("PREFIX agreement:")
    assert [value.iri for value in found.of] == [
        terms.thing("agreement", "2022-cultcities-friendship-agreement")
    ]


def test_everything_named_in_the_shapes_is_listed(pages: Pages) -> None:
    graph = rdflib.Graph()
    for path in shipped.shape_files():
        graph.parse(path)
    named = {str(s) for s in graph.subjects() if isinstance(s, rdflib.URIRef)}
    listed = shapes(pages)
    assert {terms.SHAPES + "#" + shape.name for shape in listed} == {
        iri for iri in named if iri.startswith(terms.SHAPES + "#")
    }
    assert [shape.name for shape in listed] == sorted(shape.name for shape in listed)
    assert all(shape.kind for shape in listed)


def test_every_shape_that_speaks_does_so_with_a_severity(pages: Pages) -> None:
    speaking = [shape for shape in shapes(pages) if shape.message]
    assert len(speaking) > 100
    assert {shape.severity for shape in speaking} == {"Violation", "Warning", "Info"}
    assert all(shape.title for shape in speaking)


# A claim from a table.
def test_a_row_of_a_table_is_evidence_as_a_passage_is() -> None:
    store = store_of(
        '<https://w3id.org/citylinks/id/document/list> dcterms:title "A list"@en .'
        " link:a--b cl:party city:a, city:b ; cl:claim claim:list ."
        ' claim:list cl:locator "line 7" ;'
        " dcterms:source <https://w3id.org/citylinks/id/document/list> ."
    )
    pages, claim = pages_of(store), terms.thing("claim", "list")
    (source,) = pages.supporting(claim)
    assert (source.title.text, source.locator) == ("A list", "line 7")
    assert source.href == terms.path_of(claim)
    assert pages.labels.of(claim).text.endswith("A list")
