"""The ontology, its schemes, alignments and wording, and how the rest of the product uses them.

The first tests read the files as text and triples: what each term must say of itself. The last
ones reason, by HermiT (OWL 2 DL) and by OWL 2 RL rules, over the ontology and all that is
published. ``peers.ttl`` holds the axioms of PROV-O, ORG, FOAF, SKOS and the EU core vocabularies
that touch our terms, ``geosparql.ttl`` those of GeoSPARQL; the ontology imports none of them.
"""

import csv
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import owlready2
import pytest
from babel import Locale
from owlrl import DeductiveClosure, OWLRL_Semantics
from owlrl.Namespaces import ERRNS
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QueryTriples, RdfFormat, Store
from rdflib import DCTERMS, FOAF, OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.term import Node

from registry.places.countries import alpha3
from tests.tables import every_row

ROOT = Path(__file__).parents[2]
ONTOLOGY = ROOT / "ontology" / "citylinks.ttl"
ALIGNMENTS = ROOT / "ontology" / "alignments.ttl"
SSSOM = ROOT / "ontology" / "alignments.sssom.tsv"
WORDING = ROOT / "ontology" / "wording.ttl"
SCHEMES = sorted((ROOT / "ontology" / "schemes").glob("*.ttl"))
OWN_SCHEMES = [path for path in SCHEMES if path.stem != "country"]
DATA = sorted((ROOT / "data").glob("*.ttl"))
RULES = sorted((ROOT / "queries" / "derive").glob("*.rq"))
PEERS = Path(__file__).with_name("peers.ttl")
GEOSPARQL = Path(__file__).with_name("geosparql.ttl")
VERSIONS = sorted((ROOT / "ontology" / "versions").glob("*.ttl"))
EXAMPLES = sorted(Path(__file__).with_name("examples").glob("*.ttl"))
"""Data made up for tests, one thing of each kind that the shipped data have none of yet."""

BASE = "https://w3id.org/citylinks/"
BIBO = "http://purl.org/ontology/bibo/"
GEO = "http://www.opengis.net/ont/geosparql#"
VANN = "http://purl.org/vocab/vann/"
CL = BASE + "ontology#"
SCHEMA = "http://schema.org/"
LANGUAGES = {"en", "it", "fr", "de", "es"}
PROPERTY_TYPES = (OWL.ObjectProperty, OWL.DatatypeProperty)
AS_OF = "2022-04-30"

NAMESPACES = {
    BASE,
    SCHEMA,
    str(DCTERMS),
    str(OWL),
    str(RDF),
    str(RDFS),
    str(SKOS),
    str(XSD),
    "http://data.europa.eu/m8g/",
    "http://data.europa.eu/s66#",
    "http://dbpedia.org/ontology/",
    "http://eurovoc.europa.eu/",
    "http://publications.europa.eu/resource/authority/",
    "http://purl.org/cerif/frapo/",
    BIBO,
    VANN,
    "http://semanticweb.cs.vu.nl/2009/11/sem/",
    "http://www.cidoc-crm.org/cidoc-crm/",
    "http://www.europeana.eu/schemas/edm/",
    "http://www.geonames.org/ontology#",
    GEO,
    "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "http://www.w3.org/ns/adms#",
    "http://www.w3.org/ns/dcat#",
    "http://www.w3.org/ns/org#",
    "http://www.w3.org/ns/prov#",
    "http://www.wikidata.org/entity/",
    "http://www.wikidata.org/prop/direct/",
    "http://xmlns.com/foaf/0.1/",
    "https://creativecommons.org/licenses/",
    "https://spec.edmcouncil.org/fibo/ontology/FND/Agreements/Agreements/",
    "https://w3id.org/italia/onto/",
    "https://www.ica.org/standards/RiC/ontology#",
}
"""Every address in the ontology folder begins with one of these, spelt as its owner spells it."""

HERMIT_DATATYPES = {XSD.string, XSD.integer, XSD.decimal, XSD.boolean, RDF.langString}
"""The datatypes in use that are in the OWL 2 datatype map, which xsd:date and xsd:gYear are not."""


def graph_of(*paths: Path) -> Graph:
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@cache
def ontology() -> Graph:
    return graph_of(ONTOLOGY)


@cache
def everything() -> Graph:
    """What the default graph of a release holds before the derivation."""
    return graph_of(ONTOLOGY, ALIGNMENTS, WORDING, *SCHEMES, *DATA)


@cache
def published() -> Graph:
    """Ontology, schemes, data and examples with all that the rules derive."""
    store = Store()
    for path in (ONTOLOGY, *SCHEMES, *DATA, *EXAMPLES):
        store.load(path=path, format=RdfFormat.TURTLE)
    settings = NamedNode(BASE + "graph/settings")
    today = Literal(AS_OF, datatype=NamedNode(str(XSD.date)))
    store.add(Quad(settings, NamedNode(CL + "asOf"), today, settings))
    for rule in RULES:
        derived = store.query(rule.read_text("utf-8"))
        assert isinstance(derived, QueryTriples)
        store.extend([Quad(t.subject, t.predicate, t.object) for t in derived])
    triples = store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    return Graph().parse(data=triples, format="nt")


def own(nodes: Iterable[Node]) -> set[URIRef]:
    return {node for node in nodes if isinstance(node, URIRef) and node.startswith(CL)}


@cache
def classes() -> set[URIRef]:
    return own(ontology().subjects(RDF.type, OWL.Class))


@cache
def properties() -> set[URIRef]:
    return own(s for kind in PROPERTY_TYPES for s in ontology().subjects(RDF.type, kind))


def terms() -> list[URIRef]:
    return sorted(classes() | properties())


def name(term: Node) -> str:
    return re.split(r"[#/]", str(term))[-1]


@cache
def deprecated() -> set[str]:
    return set(map(name, ontology().subjects(OWL.deprecated, RdfLiteral(True))))


def languages(graph: Graph, subject: Node, predicate: URIRef) -> list[str]:
    return sorted(str(getattr(o, "language", None)) for o in graph.objects(subject, predicate))


def is_sentence(text: Node) -> bool:
    return str(text)[0].isupper() and str(text).endswith(".")


def texts(graph: Graph) -> Iterator[str]:
    return (str(o) for o in graph.objects() if isinstance(o, RdfLiteral))


def resources(graph: Graph) -> set[URIRef]:
    return {node for triple in graph for node in triple if isinstance(node, URIRef)}


# What every term says of itself


def test_the_ontology_names_itself_and_its_version() -> None:
    header = URIRef(BASE + "ontology")
    assert (header, RDF.type, OWL.Ontology) in ontology()
    version = str(ontology().value(header, OWL.versionInfo))
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert (header, OWL.versionIRI, URIRef(f"{header}/{version}")) in ontology()
    assert languages(ontology(), header, DCTERMS.title) == sorted(LANGUAGES)
    assert version in str(ontology().value(header, DCTERMS.bibliographicCitation))
    assert (
        header,
        URIRef(VANN + "preferredNamespacePrefix"),
        RdfLiteral("citylinks"),
    ) in ontology()
    assert ontology().value(header, URIRef(BIBO + "status"))
    for predicate in ("license", "created", "issued", "modified", "description"):
        assert ontology().value(header, DCTERMS[predicate]), predicate


@every_row("role", ["creator", "publisher", "contributor"])
def test_those_behind_the_ontology_are_things_with_a_name(role: str) -> None:
    for agent in ontology().objects(URIRef(BASE + "ontology"), DCTERMS[role]):
        assert isinstance(agent, URIRef)
        assert (agent, RDF.type, FOAF.Agent) in ontology()
        assert ontology().value(agent, FOAF.name)


def test_the_prior_version_is_kept_and_lost_no_term() -> None:
    header = URIRef(BASE + "ontology")
    prior = ontology().value(header, OWL.priorVersion)
    assert f"{header}/{VERSIONS[-1].stem}" == str(prior)
    for path in VERSIONS:
        past = graph_of(path)
        assert (header, OWL.versionIRI, URIRef(f"{header}/{path.stem}")) in past
        assert own(past.subjects(RDF.type)) <= set(terms())


def test_the_ontology_imports_nothing() -> None:
    assert not list(ontology().subject_objects(OWL.imports))


@every_row("term", terms(), ids=name)
def test_a_term_is_labelled_in_each_language_once(term: URIRef) -> None:
    assert languages(ontology(), term, RDFS.label) == sorted(LANGUAGES)


@every_row("term", terms(), ids=name)
def test_a_term_is_defined_by_a_sentence_in_each_language(term: URIRef) -> None:
    assert languages(ontology(), term, SKOS.definition) == sorted(LANGUAGES)
    for definition in ontology().objects(term, SKOS.definition):
        assert is_sentence(definition), definition


@every_row("term", terms(), ids=name)
def test_a_term_is_defined_by_the_ontology(term: URIRef) -> None:
    assert set(ontology().objects(term, RDFS.isDefinedBy)) == {URIRef(BASE + "ontology")}


def test_all_that_is_ours_in_the_ontology_is_a_term() -> None:
    assert own(resources(ontology())) == set(terms())


def test_class_labels_are_distinct_in_each_language() -> None:
    labels = [o for term in classes() for o in ontology().objects(term, RDFS.label)]
    assert len(labels) == len(set(labels))


@every_row("term", terms(), ids=name)
def test_a_term_begins_with_a_capital_if_and_only_if_it_is_a_class(term: URIRef) -> None:
    assert name(term)[0].isupper() == (term in classes())


def test_a_deprecated_term_names_its_successor_and_says_since_when() -> None:
    assert deprecated() == {"ThematicNetwork"}
    for term in (URIRef(CL + local) for local in deprecated()):
        (successor,) = ontology().objects(term, DCTERMS.isReplacedBy)
        assert successor in terms()
        assert name(successor) not in deprecated()
        notes = [str(note) for note in ontology().objects(term, SKOS.historyNote)]
        assert any(re.match(r"Deprecated since \d+\.\d+\.\d+\. ", note) for note in notes)
        kind = OWL.DeprecatedClass if term in classes() else OWL.DeprecatedProperty
        assert (term, RDF.type, kind) in ontology()


# How the axioms are written


def test_axioms_are_named() -> None:
    assert not [node for triple in ontology() for node in triple if isinstance(node, BNode)]


def test_a_property_has_at_most_one_domain_and_one_range() -> None:
    for term in properties():
        for one, many in ((RDFS.domain, "domainIncludes"), (RDFS.range, "rangeIncludes")):
            single = list(ontology().objects(term, one))
            several = list(ontology().objects(term, URIRef(SCHEMA + many)))
            assert not (single and several), term
            assert len(single) <= 1, term


def test_ranges_are_datatypes_that_a_reasoner_knows() -> None:
    for term in properties() & set(ontology().subjects(RDF.type, OWL.DatatypeProperty)):
        assert set(ontology().objects(term, RDFS.range)) <= HERMIT_DATATYPES, term


def test_what_terms_specialise_is_declared_and_not_redefined() -> None:
    for predicate, kind in ((RDFS.subClassOf, OWL.Class), (RDFS.subPropertyOf, OWL.ObjectProperty)):
        for parent in set(ontology().objects(None, predicate)) - set(terms()):
            assert set(ontology().predicate_objects(parent)) == {(RDF.type, kind)}


def test_no_property_is_of_two_kinds() -> None:
    kinds = (*PROPERTY_TYPES, OWL.AnnotationProperty)
    declared = [s for kind in kinds for s in ontology().subjects(RDF.type, kind)]
    assert len(declared) == len(set(declared))


def test_the_main_classes_are_pairwise_disjoint() -> None:
    main = "Agreement CityLink LocalAuthority Practice Programme Project SourceDocument Territory"
    pairs = {frozenset(map(name, pair)) for pair in ontology().subject_objects(OWL.disjointWith)}
    expected = main.split()
    of_territories = {frozenset({"City", "Region"})}
    assert pairs == of_territories | {
        frozenset({a, b}) for a in expected for b in expected if a != b
    }


def test_shortcuts_between_cities_are_symmetric() -> None:
    symmetric = set(map(name, ontology().subjects(RDF.type, OWL.SymmetricProperty)))
    assert {"linkedCity", "twinCity", "friendCity", "pairedCity"} <= symmetric
    assert {"formerLinkedCity", "projectPartnerCity"} <= symmetric


@cache
def derived_by_rules() -> set[str]:
    headers = (re.search(r"^# derives: (.*)$", rule.read_text("utf-8"), re.M) for rule in RULES)
    return {term.removeprefix("cl:") for found in headers if found for term in found[1].split()}


def test_what_is_derived_says_so() -> None:
    notes = ontology().subject_objects(SKOS.note)
    said = {name(term) for term, note in notes if str(note).startswith("Derived: ")}
    both_ways = {"startDate", "endDate"}
    assert said == derived_by_rules() - both_ways


# Text and addresses


@every_row("path", [ONTOLOGY, ALIGNMENTS, WORDING, *SCHEMES], ids=lambda path: path.stem)
def test_text_is_tidy(path: Path) -> None:
    for text in texts(graph_of(path)):
        assert text == unicodedata.normalize("NFC", text)
        assert text == text.strip()
        assert "  " not in text
        assert "'" not in text, "an apostrophe is written ’"


@every_row("path", [ONTOLOGY, WORDING, *SCHEMES], ids=lambda path: path.stem)
def test_what_is_told_is_told_in_each_language(path: Path) -> None:
    graph = graph_of(path)
    for predicate in (SKOS.note, SKOS.historyNote, SKOS.scopeNote, DCTERMS.description):
        for subject in set(graph.subjects(predicate)):
            told = Counter(languages(graph, subject, predicate))
            assert {*told} == LANGUAGES, subject
            assert len({*told.values()}) == 1, subject


@every_row("path", [ONTOLOGY, ALIGNMENTS, WORDING, *SCHEMES], ids=lambda path: path.stem)
def test_french_has_a_no_break_space_before_high_punctuation(path: Path) -> None:
    literals = [o for o in graph_of(path).objects() if isinstance(o, RdfLiteral)]
    french = [str(literal) for literal in literals if literal.language == "fr"]
    assert [text for text in french if re.search(r" [:;?!]|\w[;?!]", text)] == []


@every_row("path", [ONTOLOGY, ALIGNMENTS, WORDING, *SCHEMES], ids=lambda path: path.stem)
def test_addresses_are_in_namespaces_we_know(path: Path) -> None:
    stray = {i for i in resources(graph_of(path)) if not str(i).startswith(tuple(NAMESPACES))}
    assert not stray


# Schemes


def concepts(graph: Graph) -> list[Node]:
    return sorted(graph.subjects(RDF.type, SKOS.Concept), key=str)


def scheme_of(path: Path) -> URIRef:
    return URIRef(f"{BASE}scheme/{path.stem}")


@every_row("path", SCHEMES, ids=lambda path: path.stem)
def test_a_scheme_is_titled_in_each_language(path: Path) -> None:
    graph = graph_of(path)
    (scheme,) = graph.subjects(RDF.type, SKOS.ConceptScheme)
    assert languages(graph, scheme, DCTERMS.title) == sorted(LANGUAGES)
    assert languages(graph, scheme, SKOS.prefLabel) == sorted(LANGUAGES)


@every_row("path", SCHEMES, ids=lambda path: path.stem)
def test_a_concept_is_labelled_in_each_language_once(path: Path) -> None:
    graph = graph_of(path)
    for concept in concepts(graph):
        assert languages(graph, concept, SKOS.prefLabel) == sorted(LANGUAGES), concept


@every_row("path", SCHEMES, ids=lambda path: path.stem)
def test_labels_of_a_scheme_are_distinct_in_each_language(path: Path) -> None:
    graph = graph_of(path)
    labels = [o for concept in concepts(graph) for o in graph.objects(concept, SKOS.prefLabel)]
    assert len(labels) == len(set(labels))


@every_row("path", OWN_SCHEMES, ids=lambda path: path.stem)
def test_a_concept_is_defined_by_a_sentence_in_each_language(path: Path) -> None:
    graph = graph_of(path)
    for concept in concepts(graph):
        assert languages(graph, concept, SKOS.definition) == sorted(LANGUAGES), concept
        for definition in graph.objects(concept, SKOS.definition):
            assert is_sentence(definition), definition


@every_row("path", OWN_SCHEMES, ids=lambda path: path.stem)
def test_a_concept_is_in_its_scheme_under_its_notation(path: Path) -> None:
    graph, scheme = graph_of(path), scheme_of(path)
    for concept in concepts(graph):
        assert concept == URIRef(f"{scheme}/{graph.value(concept, SKOS.notation)}")
        assert set(graph.objects(concept, SKOS.inScheme)) == {scheme}
        assert set(graph.objects(concept, RDFS.isDefinedBy)) == {scheme}


@every_row("path", OWN_SCHEMES, ids=lambda path: path.stem)
def test_a_concept_is_either_on_top_or_below_another_and_both_say_so(path: Path) -> None:
    graph, scheme = graph_of(path), scheme_of(path)
    top = set(graph.subjects(SKOS.topConceptOf, scheme))
    below = set(graph.subject_objects(SKOS.broader))
    assert top == set(graph.objects(scheme, SKOS.hasTopConcept))
    assert below == {(narrow, wide) for wide, narrow in graph.subject_objects(SKOS.narrower)}
    assert sorted([*top, *(narrow for narrow, _ in below)], key=str) == concepts(graph)


def test_countries_are_those_of_the_eu_table() -> None:
    graph = graph_of(ROOT / "ontology" / "schemes" / "country.ttl")
    table = "http://publications.europa.eu/resource/authority/country"
    for concept in concepts(graph):
        assert re.fullmatch(table + "/[A-Z]{3}", str(concept))
        assert re.fullmatch("[A-Z]{2}", str(graph.value(concept, SKOS.notation)))
        assert set(graph.objects(concept, SKOS.inScheme)) == {URIRef(table)}


# Alignments


FORMAL = {
    True: {RDFS.subClassOf, OWL.equivalentClass, RDFS.seeAlso},
    False: {RDFS.subPropertyOf, OWL.equivalentProperty, RDFS.seeAlso},
}
"""How a class, and how a property, may be aligned; SKOS relates concepts alone."""


def test_alignments_go_from_terms_that_exist_to_terms_of_others() -> None:
    for subject, predicate, target in graph_of(ALIGNMENTS):
        assert subject in terms()
        assert predicate in FORMAL[subject in classes()], subject
        assert not str(target).startswith(BASE)
        assert not re.match(r".*/entity/P\d+$", str(target)), "a property, not its item"


def test_concepts_alone_are_matched_by_skos() -> None:
    schemes = graph_of(*SCHEMES)
    matches = [(s, p) for s, p in everything().subject_predicates() if str(p).endswith("Match")]
    assert matches
    for subject, predicate in matches:
        assert str(predicate).startswith(str(SKOS))
        assert (subject, RDF.type, SKOS.Concept) in schemes


def sssom() -> tuple[dict[str, str], list[dict[str, str]]]:
    """The prefixes of the mapping set and its rows, by column."""
    lines = SSSOM.read_text("utf-8").splitlines()
    declared = (re.fullmatch(r"#  (\w[\w-]*): (\S+)", line) for line in lines)
    prefixes = {found[1]: found[2] for found in declared if found}
    return prefixes, list(csv.DictReader((x for x in lines if x[0] != "#"), delimiter="\t"))


def test_the_mapping_set_says_what_the_alignments_say() -> None:
    prefixes, rows = sssom()

    def iri(curie: str) -> URIRef:
        prefix, local = curie.split(":", 1)
        return URIRef(prefixes[prefix] + local)

    columns = ("subject_id", "predicate_id", "object_id")
    found = [tuple(iri(row[column]) for column in columns) for row in rows]
    matches = {t for t in graph_of(*SCHEMES) if str(t[1]).endswith("Match")}
    assert len(found) == len(set(found))
    assert set(found) == set(graph_of(ALIGNMENTS)) | matches
    labels = everything()
    for row in rows:
        label = RdfLiteral(row["subject_label"], lang="en")
        assert (iri(row["subject_id"]), None, label) in labels
        assert iri(row["mapping_justification"]).endswith("/vocab/ManualMappingCuration")


# Wording of other people's terms


def vocabulary(graph: Graph) -> set[Node]:
    """The properties and classes that a page of this graph would have to word."""
    return set(graph.predicates()) | set(graph.objects(None, RDF.type))


def test_wording_has_one_label_a_language_and_nothing_else() -> None:
    wording = graph_of(WORDING)
    assert set(wording.predicates()) == {RDFS.label}
    for subject in set(wording.subjects()):
        assert languages(wording, subject, RDFS.label) == sorted(LANGUAGES), subject
        assert not str(subject).startswith(BASE)


def test_every_statement_can_be_worded() -> None:
    parents = set(ontology().objects(None, RDFS.subClassOf))
    used = vocabulary(everything()) | vocabulary(published()) | parents
    unworded = used - set(terms()) - set(graph_of(WORDING).subjects())
    assert not unworded


# Use


def words_in(paths: Iterable[Path]) -> set[str]:
    text = "\n".join(path.read_text("utf-8") for path in paths if path.suffix in {".ttl", ".rq"})
    return set(re.findall(rf"(?:\bcl:|{re.escape(CL)})(\w+)", text))


@cache
def words_used() -> set[str]:
    folders = ("data", "shapes", "queries")
    return words_in(path for folder in folders for path in (ROOT / folder).rglob("*.*"))


@every_row("term", terms(), ids=name)
def test_a_term_is_used_by_data_shapes_or_queries_or_awaited(term: URIRef) -> None:
    """A term is awaited while an example alone shows how it is meant to be used."""
    assert name(term) in words_used() | words_in(EXAMPLES) | deprecated()


def test_data_shapes_and_queries_use_only_terms_that_exist() -> None:
    assert words_used() | words_in(EXAMPLES) <= set(map(name, terms()))


def test_data_shapes_and_queries_use_no_deprecated_term() -> None:
    assert not deprecated() & (words_used() | words_in(EXAMPLES))
    used = own(resources(graph_of(*DATA, *EXAMPLES)))
    assert not deprecated() & set(map(name, used))


def test_data_use_only_concepts_that_exist() -> None:
    schemes = graph_of(*SCHEMES)
    mentioned = {i for i in resources(graph_of(*DATA, *EXAMPLES)) if i.startswith(BASE + "scheme/")}
    assert mentioned <= set(schemes.subjects(RDF.type, SKOS.Concept))


def test_the_table_has_every_country_that_importers_know() -> None:
    known = set(concepts(graph_of(ROOT / "ontology" / "schemes" / "country.ttl")))
    assert set(published().objects(None, URIRef(CL + "inCountry"))) <= known
    table = "http://publications.europa.eu/resource/authority/country/"
    codes = filter(None, map(alpha3, Locale("en").territories))
    assert {URIRef(table + code) for code in codes} <= known


def allowed(term: URIRef, one: URIRef, many: str) -> set[Node]:
    """The classes or datatypes that the ontology names at one end of a property."""
    includes = ontology().objects(term, URIRef(SCHEMA + many))
    return {*ontology().objects(term, one), *includes}


@cache
def with_parents() -> Graph:
    """The published graph with the classes above our own and above ORG's and FOAF's."""
    return published() + graph_of(PEERS)


def is_a(node: Node, wanted: set[Node]) -> bool:
    """Whether a value has one of the datatypes, or a thing one of the classes or one below."""
    if isinstance(node, RdfLiteral):
        return (RDF.langString if node.language else node.datatype or XSD.string) in wanted
    kinds = with_parents().objects(node, RDF.type)
    above = {up for k in kinds for up in with_parents().transitive_objects(k, RDFS.subClassOf)}
    return bool(above & wanted)


@every_row("term", sorted(properties()), ids=name)
def test_statements_have_the_ends_that_the_ontology_names(term: URIRef) -> None:
    domain = allowed(term, RDFS.domain, "domainIncludes")
    range_ = allowed(term, RDFS.range, "rangeIncludes")
    for subject, value in published().subject_objects(term):
        assert not domain or is_a(subject, domain), subject
        assert not range_ or value_is_elsewhere(value) or is_a(value, range_), (subject, value)


def value_is_elsewhere(value: Node) -> bool:
    """Whether a thing is described by others, as NUTS regions are."""
    return isinstance(value, URIRef) and not value.startswith(BASE)


# Reasoning


def city_that_is_its_authority() -> Graph:
    both = URIRef(BASE + "id/city/both")
    kinds = (URIRef(CL + "City"), URIRef(CL + "LocalAuthority"))
    graph = Graph()
    for kind in kinds:
        graph.add((both, RDF.type, kind))
    return graph


def event_derived_from_a_passage() -> Graph:
    """The axiom that cl:supportedBy must not have, and an event that has a source."""
    event = URIRef(BASE + "id/event/x")
    derived_from = URIRef("http://www.w3.org/ns/prov#wasDerivedFrom")
    graph = Graph()
    graph.add((URIRef(CL + "supportedBy"), RDFS.subPropertyOf, derived_from))
    graph.add((derived_from, RDFS.domain, URIRef("http://www.w3.org/ns/prov#Entity")))
    graph.add((event, RDF.type, URIRef(CL + "Event")))
    graph.add((event, URIRef(CL + "supportedBy"), URIRef(BASE + "id/passage/x")))
    return graph


def city_that_is_its_geometry() -> Graph:
    """A city that has its coordinates itself, and not by a geometry."""
    city = URIRef(BASE + "id/city/point")
    wkt = RdfLiteral("POINT(9 45)", datatype=URIRef(GEO + "wktLiteral"))
    graph = Graph()
    graph.add((city, RDF.type, URIRef(CL + "City")))
    graph.add((city, URIRef(GEO + "asWKT"), wkt))
    return graph


def for_hermit(graph: Graph) -> Graph:
    """The graph with plain text for values of datatypes that HermiT refuses; no range is one."""
    fit = Graph()
    for subject, predicate, value in graph:
        if isinstance(value, RdfLiteral) and (value.datatype or XSD.string) not in HERMIT_DATATYPES:
            fit.add((subject, predicate, RdfLiteral(str(value))))
        else:
            fit.add((subject, predicate, value))
    return fit


def unsatisfiable_classes(graph: Graph, folder: Path) -> list[object]:
    """Reason with HermiT; raises when the graph as a whole is inconsistent."""
    triples = folder / "graph.nt"
    triples.write_text(for_hermit(graph).serialize(format="nt"), encoding="utf-8")
    world = owlready2.World()
    world.get_ontology(triples.as_uri()).load()
    owlready2.sync_reasoner_hermit(world, debug=0)
    return list(world.inconsistent_classes())


needs_java = pytest.mark.skipif(not shutil.which("java"), reason="HermiT runs on Java")


@pytest.mark.slow
@needs_java
def test_hermit_finds_the_ontology_consistent(tmp_path: Path) -> None:
    assert (
        unsatisfiable_classes(ontology() + graph_of(PEERS, GEOSPARQL, ALIGNMENTS), tmp_path) == []
    )


@pytest.mark.slow
@needs_java
def test_hermit_finds_ontology_and_data_consistent(tmp_path: Path) -> None:
    assert unsatisfiable_classes(published() + graph_of(GEOSPARQL), tmp_path) == []


@pytest.mark.slow
@needs_java
@pytest.mark.parametrize("fault", [city_that_is_its_authority(), city_that_is_its_geometry()])
def test_hermit_would_notice(fault: Graph, tmp_path: Path) -> None:
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        unsatisfiable_classes(ontology() + graph_of(GEOSPARQL) + fault, tmp_path)


def contradictions(graph: Graph) -> set[str]:
    """What the OWL 2 RL rules hold to be inconsistent."""
    closed = Graph() + graph
    DeductiveClosure(OWLRL_Semantics, rdfs_closure=False).expand(closed)
    return {str(message) for message in closed.objects(None, ERRNS.error)}


@pytest.mark.slow
def test_rules_find_ontology_and_data_consistent() -> None:
    assert contradictions(published() + graph_of(PEERS, GEOSPARQL, ALIGNMENTS)) == set()


@pytest.mark.slow
@pytest.mark.parametrize("fault", [city_that_is_its_authority(), event_derived_from_a_passage()])
def test_rules_would_notice(fault: Graph) -> None:
    assert contradictions(ontology() + graph_of(PEERS) + fault)
