"""The ontology and the shapes as people read them: every term with its definition."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

import pyoxigraph as ox

from registry import shipped, terms
from registry.things import trees
from registry.things.labels import Words
from registry.things.languages import best
from registry.things.lookup import DEFAULT, Lookup, node
from registry.things.page import Pages, Statement, Value
from registry.things.trees import Branch

_KINDS: Final = {
    "classes": "owl:Class",
    "relations": "owl:ObjectProperty",
    "attributes": "owl:DatatypeProperty",
}
_CHAPTERS: Final = {
    "chapter_territories": ("Territory", "Name", "Identifier"),
    "chapter_links": ("CityLink", "LinkPeriod", "LinkClaim"),
    "chapter_agreements": ("Agreement", "Signature"),
    "chapter_programmes": ("Programme", "Call", "Grant", "Project", "Network", "Participation"),
    "chapter_bodies": ("LocalAuthority", "CivicAssociation", "PermanentBody"),
    "chapter_events": ("Event", "Observance"),
    "chapter_practices": (
        *("Practice", "PracticeImplementation", "PracticeTransfer"),
        *("HeritageAsset", "Inscription", "BearerCommunity"),
    ),
    "chapter_sources": ("SourceDocument", "Passage"),
}
"""Chapters by their headings: classes that have no broader class of ours."""

_OF_SEVERAL: Final = "chapter_several"
"""The chapter of what belongs to classes of several chapters, or to anything."""

_SHOWN: Final = (
    "rdfs:subClassOf rdfs:subPropertyOf owl:inverseOf rdfs:domain rdfs:range "
    "schema:domainIncludes schema:rangeIncludes owl:disjointWith rdfs:seeAlso skos:note "
    "skos:example dcterms:isReplacedBy skos:historyNote"
).split()
_ABOUT: Final = (
    "owl:versionInfo dcterms:issued dcterms:modified owl:priorVersion skos:historyNote "
    "dcterms:license dcterms:creator dcterms:publisher vann:preferredNamespaceUri "
    "vann:preferredNamespacePrefix"
).split()


@dataclass(frozen=True)
class Relation:
    """A property that leads from a class to others of ours."""

    label: Words
    name: str
    targets: tuple[tuple[Words, str], ...]


@dataclass(frozen=True)
class Term:
    """A class or property: its name in IRIs, label, definition and axioms.

    `uses` is how many statements of all graphs use it, `example` a thing that one is about;
    `relations` lead on from a class; `shapes` check it; `concepts` are those of a scheme.
    """

    iri: str
    name: str
    label: Words
    definition: Words
    statements: tuple[Statement, ...]
    uses: int = 0
    example: Value | None = None
    relations: tuple[Relation, ...] = ()
    shapes: tuple[Shape, ...] = ()
    concepts: tuple[Branch, ...] = ()


Section = tuple[str, tuple[Term, ...]]
"""Terms of one kind under a heading, which is a key of the interface's words."""


@dataclass(frozen=True)
class Vocabulary:
    """What the ontology is, and its terms: as trees, by chapter and kind, deprecated ones, schemes.

    Headings are keys of the interface's words.
    """

    title: Words
    description: Words
    citation: str
    about: tuple[Statement, ...]
    trees: tuple[tuple[str, tuple[Branch, ...]], ...]
    chapters: tuple[tuple[str, tuple[Section, ...]], ...]
    others: tuple[Section, ...]


def ontology(pages: Pages, uses: Mapping[str, int]) -> Vocabulary:
    """Describe the ontology, its classes and properties, and the concept schemes.

    `uses` says of classes and properties how often the data use them.
    """
    lookup = pages.lookup
    by_kind = {
        heading: [iri for iri in lookup.subjects("rdf:type", node(kind).value) if _is_own(iri)]
        for heading, kind in _KINDS.items()
    }
    deprecated = {iri for iris in by_kind.values() for iri in iris if _is_deprecated(lookup, iri)}
    relations = [iri for iri in by_kind["relations"] if iri not in deprecated]
    reading = _Reading(pages, uses, _guards(pages), _relations(pages, relations))
    chapters: dict[str, dict[str, list[Term]]] = {
        chapter: {kind: [] for kind in _KINDS} for chapter in (*_CHAPTERS, _OF_SEVERAL)
    }
    for kind, iris in by_kind.items():
        for iri in iris:
            if iri not in deprecated:
                chapters[_chapter(lookup, kind, iri)][kind].append(reading.term(iri, kind))
    schemes = lookup.subjects("rdf:type", node("skos:ConceptScheme").value)
    others = {
        "deprecated": [_term(pages, iri) for iri in sorted(deprecated)],
        "schemes": [
            replace(_term(pages, scheme), concepts=trees.concepts(pages, scheme))
            for scheme in schemes
            if terms.is_ours(scheme)
        ],
    }
    lasting = {kind: set(iris) - deprecated for kind, iris in by_kind.items()}
    grown = tuple((kind, trees.of_terms(pages, lasting[kind], uses)) for kind in _KINDS)
    return Vocabulary(
        pages.labels.of(terms.ONTOLOGY),
        _chosen(lookup.literals(terms.ONTOLOGY, "dcterms:description"), pages),
        lookup.text(terms.ONTOLOGY, "dcterms:bibliographicCitation"),
        _about(pages),
        grown,
        tuple((chapter, _filled(sections)) for chapter, sections in chapters.items()),
        _filled(others),
    )


def uses(graphs: dict[str, Any]) -> dict[str, int]:
    """Add up how many statements use each class and property, in the counts of graphs."""
    found: Counter[str] = Counter()
    for counts in graphs.values():
        for name, counted in counts.items():
            found[name[1:-1]] += counted["triples"]
            if name == f"<{terms.RDF_TYPE}>":
                found.update({value[1:-1]: many for value, many in counted.get("of", {}).items()})
    return dict(found)


def _filled(sections: Mapping[str, list[Term]]) -> tuple[Section, ...]:
    return tuple((heading, tuple(found)) for heading, found in sections.items() if found)


def _is_own(iri: str) -> bool:
    return iri.startswith(terms.CL)


def _is_deprecated(lookup: Lookup, iri: str) -> bool:
    return lookup.text(iri, "owl:deprecated") == "true"


def _roots(lookup: Lookup, iri: str) -> set[str]:
    """Return the broadest classes of ours that a class is part of."""
    broader = [one for one in lookup.iris(iri, "rdfs:subClassOf") if _is_own(one)]
    return set().union(*(_roots(lookup, one) for one in broader)) if broader else {iri}


def _ends(lookup: Lookup, iri: str, end: str) -> list[str]:
    """List the classes of ours at an end of a property: its `domain` or `range`."""
    names = (f"rdfs:{end}", f"schema:{end}Includes")
    return [one for name in names for one in lookup.iris(iri, name) if _is_own(one)]


def _relations(pages: Pages, properties: Iterable[str]) -> dict[str, list[Relation]]:
    """List the properties that lead from each class to classes of ours."""
    lookup, labels = pages.lookup, pages.labels
    found: defaultdict[str, list[Relation]] = defaultdict(list)
    for one in properties:
        targets = [(labels.of(t), t.removeprefix(terms.CL)) for t in _ends(lookup, one, "range")]
        relation = Relation(labels.of(one), one.removeprefix(terms.CL), tuple(targets))
        for iri in _ends(lookup, one, "domain") if targets else ():
            found[iri].append(relation)
    return found


def _chapter(lookup: Lookup, kind: str, iri: str) -> str:
    """Return the heading of the chapter that a term belongs to."""
    classes = [iri] if kind == "classes" else _ends(lookup, iri, "domain")
    roots = {root.removeprefix(terms.CL) for one in classes for root in _roots(lookup, one)}
    found = {chapter for chapter, names in _CHAPTERS.items() if roots & {*names}}
    return found.pop() if len(found) == 1 else _OF_SEVERAL


@dataclass(frozen=True)
class _Reading:
    """Describes terms with what the release and the shapes say of them."""

    pages: Pages
    uses: Mapping[str, int]
    guards: Mapping[str, list[Shape]]
    relations: Mapping[str, list[Relation]]

    def term(self, iri: str, kind: str) -> Term:
        """Describe a term that is in use."""
        is_class = kind == "classes"
        return replace(
            _term(self.pages, iri),
            uses=self.uses.get(iri, 0),
            example=self._example(iri, is_class),
            relations=tuple(self.relations.get(iri, ())),
            shapes=tuple(self.guards.get(iri, ())),
        )

    def _example(self, iri: str, is_class: bool) -> Value | None:
        """Choose a thing with a page that is an instance, or has the property."""
        predicate = node("rdf:type") if is_class else ox.NamedNode(iri)
        value = ox.NamedNode(iri) if is_class else None
        found = self.pages.lookup.store.quads_for_pattern(None, predicate, value, DEFAULT)
        some = (quad.subject for quad in islice(found, _TRIED))
        subjects = (one.value for one in some if isinstance(one, ox.NamedNode))
        with_page = ((one, path) for one in subjects if (path := terms.path_of(one)))
        chosen, path = next(with_page, ("", ""))
        return Value(self.pages.labels.of(chosen), path, chosen) if chosen else None


_TRIED: Final = 50
"""Triples that are looked through for an example with a page."""


def _about(pages: Pages) -> tuple[Statement, ...]:
    """List what the ontology says of itself that readers ask for."""
    shown = {terms.prefixed(name) for name in _ABOUT}
    triples = [t for t in pages.lookup.outgoing(terms.ONTOLOGY) if t.predicate.value in shown]
    return tuple(pages.statements(triples))


def _term(pages: Pages, iri: str) -> Term:
    name = iri.removeprefix(terms.CL) if iri.startswith(terms.CL) else iri.rpartition("/")[2]
    shown = {terms.prefixed(prefixed) for prefixed in _SHOWN}
    triples = [t for t in pages.lookup.outgoing(iri) if t.predicate.value in shown]
    definition = pages.lookup.literals(iri, "skos:definition", "dcterms:description")
    return Term(
        iri,
        name,
        pages.labels.of(iri),
        _chosen(definition, pages),
        tuple(pages.statements(_without_blank(triples))),
    )


def _without_blank(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    return [t for t in triples if not isinstance(t.object, ox.BlankNode)]


def _chosen(texts: list[ox.Literal], pages: Pages) -> Words:
    found = best(texts, pages.labels.wanted)
    return Words(found.value, found.language or "") if found else Words("")


_SHAPE: Final = terms.PREFIXES["shape"]


@dataclass(frozen=True)
class Damage:
    """What a shape refuses: in words, as a SPARQL Update, and the things that are right before."""

    title: str
    update: str
    of: tuple[Value, ...]


@dataclass(frozen=True)
class Shape:
    """A part of the shapes: its name in IRIs, kind, title, severity and what it says.

    What has no message (targets, queries, prefixes) belongs to a shape that has one. `guards` are
    the IRIs of classes and properties that it checks.
    """

    name: str
    kind: str
    title: str
    severity: str
    message: str
    guards: tuple[str, ...] = ()
    damage: Damage | None = None


def shapes(pages: Pages) -> tuple[Shape, ...]:
    """List everything that has an IRI in the shapes, by name, with an example of its damage."""
    return tuple(replace(one, damage=_damage(pages, one.name)) for one in _shapes(pages))


def _damage(pages: Pages, shape: str) -> Damage | None:
    """Read the damage that a shape reports; None where it reports nothing."""
    path = shipped.damage_file(shape)
    if not path.exists():
        return None
    title, _, update = path.read_text(encoding="utf-8").partition("\n")
    prefixes = dict(_PREFIX.findall(update))
    named = [prefixes.get(one, "") + name for one, name in _NAME.findall(_PREFIX.sub("", update))]
    # What the damage is of stands first; whether it is still known is asked of the release.
    paths = {iri: to for iri in named if (to := terms.path_of(iri)) and _is_known(pages, iri)}
    told = tuple(Value(pages.labels.of(iri), at, iri) for iri, at in islice(paths.items(), _THINGS))
    return Damage(title.removeprefix("# "), update.strip(), told)


_THINGS: Final = 2
"""Things that the example of a damage names."""

_PREFIX: Final = re.compile(r"PREFIX ([a-z-]*): *<([^>]*)>")
_NAME: Final = re.compile(r"(?<![\w<])([a-z-]+):([a-z0-9][\w-]*)")


def _is_known(pages: Pages, iri: str) -> bool:
    return iri.startswith(terms.ID) and pages.lookup.exists(iri)


def _shapes(pages: Pages) -> tuple[Shape, ...]:
    lookup = Lookup(_shapes_store(pages))
    found = {quad.subject.value for quad in lookup.store if isinstance(quad.subject, ox.NamedNode)}
    ours = sorted(iri for iri in found if iri.startswith(_SHAPE))
    return tuple(_shape(lookup, iri) for iri in ours)


def _guards(pages: Pages) -> dict[str, list[Shape]]:
    """Return the shapes with a message that check a class or a property, by its IRI."""
    found: defaultdict[str, list[Shape]] = defaultdict(list)
    for shape in _shapes(pages):
        for iri in shape.guards if shape.message else ():
            found[iri].append(shape)
    return found


def _shapes_store(pages: Pages) -> ox.Store:
    """Put the shapes, which stand in their named graph alone, where they can be looked up."""
    store = ox.Store()
    for triple in pages.lookup.graph(terms.SHAPES_GRAPH):
        store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
    return store


def _shape(lookup: Lookup, iri: str) -> Shape:
    severity = lookup.iri(iri, "sh:severity").rpartition("#")[2] or "Violation"
    return Shape(
        iri.removeprefix(_SHAPE),
        lookup.iri(iri, "rdf:type").rpartition("#")[2],
        lookup.text(iri, "sh:name") or lookup.text(iri, "rdfs:label"),
        severity,
        lookup.text(iri, "sh:message"),
        tuple(one for name in _TARGETS for one in lookup.iris(iri, name) if _is_own(one)),
    )


_TARGETS: Final = ("sh:targetClass", "sh:targetSubjectsOf", "sh:targetObjectsOf", "sh:path")
