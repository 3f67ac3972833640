"""The page of a thing: statements grouped, worded, each with its source; and what points here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Role, role_of
from registry.things.describe import OWNING
from registry.things.labels import Labels, Words
from registry.things.languages import best
from registry.things.lookup import Lookup
from registry.things.wording import language_name, worded
from registry.views.links import Links
from registry.views.names import NameIndex, inhabitants

PAGE_LENGTH: Final = 50
"""Things that point here, per property, on one page."""

MOST_VALUES: Final = 100
"""Values of one property that a page names; a network has ten thousand members."""


@dataclass(frozen=True, order=True)
class Citation:
    """Where a statement comes from: title and address of the source, place in it, and mode.

    `mode` is empty for what a source reports, the plain case.
    """

    title: Words
    href: str
    locator: str = ""
    mode: Words = field(default_factory=lambda: Words(""))
    note: str = ""


@dataclass(frozen=True)
class Value:
    """One value: its words, where they lead (empty = nowhere), and who states it."""

    words: Words
    href: str = ""
    iri: str = ""
    sources: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Statement:
    """A property and its values; `more` counts those that a page leaves to the data."""

    label: Words
    iri: str
    values: tuple[Value, ...]
    more: int = 0


@dataclass(frozen=True)
class Group:
    """Statements under a heading; `heading` is a key of the interface's words."""

    heading: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class TableRow:
    """A node that is described with the thing: its cells stand under the table's columns."""

    node: Value
    cells: tuple[tuple[Value, ...], ...]
    sources: tuple[Citation, ...]


@dataclass(frozen=True)
class Table:
    """The nodes that a thing owns by one property: claims, participations, signatures."""

    label: Words
    columns: tuple[Words, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class Incoming:
    """Things that point here by one property: how many in all, and some of them."""

    label: Words
    iri: str
    total: int
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Page:
    """Everything a page about one thing shows."""

    iri: str
    title: Words
    kinds: tuple[Value, ...]
    names: tuple[Words, ...]
    groups: tuple[Group, ...]
    owned: tuple[Table, ...]
    incoming: tuple[Incoming, ...]
    references: tuple[Citation, ...]
    offset: int
    replaced_by: Value | None = None


_GROUPS: Final[dict[str, list[str]]] = {
    "about": (
        "dcterms:description skos:definition skos:scopeNote cl:linkKind cl:status "
        "cl:statusAsOf cl:lastConfirmed cl:notListedSince cl:firstStart "
        "cl:contested cl:contestedAbout cl:claimedKind "
        "cl:claimedStatus cl:statusSince cl:statusReason cl:decidedByParty cl:asOf cl:topic "
        "cl:worksOn cl:practiceType cl:exchangeType cl:stage "
        "cl:transferMode cl:regionKind cl:fullName cl:startDate cl:endDate cl:recurrence "
        "cl:established cl:dissolved cl:size cl:sizeAtLeast cl:sizeUnit cl:duration "
        "schema:startTime cl:nameForm cl:identifierScheme cl:identifierValue cl:register cl:list "
        "cl:inscriptionYear cl:inscriptionNumber cl:field cl:participationStatus skos:note"
    ).split(),
    "heritage": (
        "cl:heritageKind cl:heritageDomain cl:heritageMeasure cl:assetKind cl:bearer "
        "cl:concernsHeritage cl:season cl:threat cl:safeguarding cl:transferability cl:runBy"
    ).split(),
    "funding": (
        "cl:funder cl:fundingShare cl:budget cl:amount cl:currency cl:opens cl:closes cl:eligible "
        "cl:ofProgramme cl:underCall cl:grantOf cl:grantNumber cl:granted"
    ).split(),
    "people": (
        "cl:party cl:fromCity cl:toCity cl:transferOf cl:resultedIn cl:implementationOf "
        "cl:implementedIn cl:originCity cl:originTerritory cl:looksAfter "
        "cl:sending cl:receiving cl:organiser cl:coordinator "
        "cl:partner cl:associatedPartner cl:member cl:participant cl:role cl:actingBody "
        "cl:governs cl:signedFor cl:signatory cl:promotedBy org:postIn org:heldBy org:member "
        "org:organization org:linkedTo"
    ).split(),
    "related": (
        "cl:predecessor cl:successor cl:strand cl:renews "
        "cl:establishes cl:text cl:agreementLanguage cl:validUntil cl:councilDecision "
        "cl:signedAt cl:signatureDate cl:underProgramme cl:underProject "
        "cl:underLink cl:concurrentWith dcterms:isPartOf cl:decidedBy cl:confirmedBy "
        "cl:notListedBy cl:period cl:sourceCount "
        "cl:recordedBothWays skos:broader skos:narrower skos:inScheme cl:linkedCity "
        "cl:twinCity cl:friendCity cl:pairedCity cl:unconfirmedCity cl:suspendedCity "
        "cl:formerLinkedCity cl:projectPartnerCity"
    ).split(),
    "place": (
        "cl:precededBy cl:succeededBy cl:within cl:inCountry cl:inNUTS "
        "prov:atLocation wgs84:lat wgs84:long geo:hasDefaultGeometry "
        "geo:asWKT cl:population cl:populationDate cl:ownLanguage"
    ).split(),
    "source": (
        "cl:passageOf cl:locator cl:mode dcterms:publisher dcterms:issued "
        "cl:issuedEarliest cl:issuedLatest dcterms:language foaf:page cl:sourceFamily "
        "dcterms:source dcterms:license"
    ).split(),
    "identity": ["cl:geonamesFeature", "cl:wikidataItem", "skos:notation"],
}
"""Headings and the properties under them, in the order in which they are read."""

_ORDER: Final = {
    terms.prefixed(name): (number, heading)
    for heading, names in _GROUPS.items()
    for number, name in enumerate(names)
}
HEADINGS: Final = (*_GROUPS, "more")
"""The headings in the order in which they are read; the last one is for all that has no other."""


def _heading(name: str) -> str:
    return _ORDER.get(name, (0, "more"))[1]


_TABULATED: Final = OWNING - {ox.NamedNode(terms.prefixed("cl:supportedBy"))}
"""Owned nodes that are shown in tables; passages are shown as references."""

_LANGUAGE_TAG: Final = terms.prefixed("cl:ownLanguage")
_NAMES: Final = frozenset(
    terms.prefixed(name)
    for name in (
        "skos:prefLabel",
        "skos:altLabel",
        "skos:hiddenLabel",
        "foaf:name",
        "rdf:type",
        "dcterms:title",
        "rdfs:label",
    )
)
_UNTOLD: Final = "und"
"""The tag of a name whose language is not known."""

_LABELS: Final = _NAMES - {terms.RDF_TYPE}
_HIDDEN: Final = frozenset(
    terms.prefixed(name)
    for name in (
        "cl:startEarliest",
        "cl:startLatest",
        "cl:endEarliest",
        "cl:endLatest",
        "cl:asOfLatest",
        "cl:asOfEarliest",
        "cl:claimWeight",
        "cl:newestClaim",
        "cl:periodAfter",
        "cl:covers",
        "cl:partyIn",
        "geo:hasDefaultGeometry",
        "skos:topConceptOf",
        "skos:hasTopConcept",
        "rdfs:isDefinedBy",
    )
)
"""Left out of pages, not of data: bounds made for comparing, inverses, coordinates shown once."""

_POPULATION: Final = terms.prefixed("cl:population")
_UNSHOWN: Final = _NAMES | _HIDDEN


def _can_be_meant(triple: ox.Triple) -> bool:
    """Whether the value of a triple is shown: so few inhabitants no city has (`inhabitants`)."""
    value = triple.object
    if triple.predicate.value != _POPULATION or not isinstance(value, ox.Literal):
        return True
    return not value.value.isdecimal() or inhabitants(int(value.value)) > 0


def _references(
    groups: Iterable[Group], owned: Iterable[Table], supporting: Iterable[Citation]
) -> tuple[Citation, ...]:
    """List every source that a page names, once, in the order of titles and places."""
    found = set(supporting)
    for group in groups:
        found.update(s for item in group.statements for v in item.values for s in v.sources)
    for table in owned:
        found.update(source for row in table.rows for source in row.sources)
    return tuple(sorted(found))


@dataclass
class Pages:
    """Makes pages of one release for one reader; `as_of` is the as-of date of the release."""

    lookup: Lookup
    labels: Labels
    language: str
    index: NameIndex
    links: Links
    as_of: str

    def page(
        self,
        iri: str,
        offset: int = 0,
        *,
        headings: Collection[str] = HEADINGS,
        incoming: Collection[str] = HEADINGS,
        tables: bool = True,
    ) -> Page:
        """Make the page of a thing; what points here starts at `offset`.

        Nodes that the thing owns are shown in tables unless `tables` is false: a network may have
        ten thousand, which take seconds.

        Of the statements those are shown that stand under some headings, and of what points here
        that whose property would stand under some.
        """

        def wanted(name: ox.NamedNode) -> bool:
            if name in OWNING:
                return tables
            return name.value not in _UNSHOWN and _heading(name.value) in headings

        triples = self.lookup.outgoing(iri, wanted)
        replaced = self.lookup.iri(iri, "dcterms:isReplacedBy")
        groups, owned = self._groups(triples), self._owned(triples)
        return Page(
            iri,
            self.labels.of(iri),
            tuple(map(self.link, self.kinds(iri))),
            tuple(self.labels.all_of(iri)),
            groups,
            owned,
            self._incoming(iri, offset, incoming) if incoming else (),
            _references(groups, owned, self.supporting(iri)),
            offset,
            self.link(replaced) if replaced else None,
        )

    def _groups(self, triples: Iterable[ox.Triple]) -> tuple[Group, ...]:
        """Group the statements of a thing under headings."""
        grouped: dict[str, list[Statement]] = defaultdict(list)
        for statement in self.statements(triples):
            grouped[_heading(statement.iri)].append(statement)
        return tuple(Group(h, tuple(grouped[h])) for h in HEADINGS if grouped[h])

    def statements(self, triples: Iterable[ox.Triple], *, named: bool = False) -> list[Statement]:
        """Word the triples of a thing, but owned nodes and what is made for machines.

        Its names, which stand elsewhere on a page, are among them only if it is to be `named`.
        """
        by_property: dict[str, list[ox.Triple]] = defaultdict(list)
        unshown = _UNSHOWN - _LABELS if named else _UNSHOWN
        for triple in triples:
            name = triple.predicate.value
            if name not in unshown and triple.predicate not in OWNING and _can_be_meant(triple):
                by_property[name].append(triple)
        ordered = sorted(by_property, key=lambda name: (_ORDER.get(name, (999, ""))[0], name))
        first = sorted(ordered, key=lambda name: name not in _LABELS)
        return [
            self._names(name, by_property[name])
            if name in _LABELS
            else self._statement(name, by_property[name])
            for name in first
        ]

    def _names(self, name: str, triples: Iterable[ox.Triple]) -> Statement:
        """Word names: each once, with the languages in which a thing is called so."""
        spoken: dict[str, set[str]] = defaultdict(set)
        for literal in (t.object for t in triples if isinstance(t.object, ox.Literal)):
            tag = literal.language or _UNTOLD
            spoken[literal.value] |= (
                {language_name(tag, self.language)} if tag != _UNTOLD else set()
            )
        told = ((text, ", ".join(sorted(tongues))) for text, tongues in sorted(spoken.items()))
        values = [
            Value(Words(f"{text} ({tongues})" if tongues else text)) for text, tongues in told
        ]
        return Statement(self.labels.of(name), name, tuple(values), 0)

    def _statement(self, name: str, triples: Sequence[ox.Triple]) -> Statement:
        some = sorted(triples, key=str)[:MOST_VALUES] if len(triples) > MOST_VALUES else triples
        values = sorted((self.value(t) for t in some), key=lambda value: value.words)
        more = len(triples) - len(values)
        return Statement(self.labels.of(name), name, self._understood(values), more)

    def _understood(self, values: Sequence[Value]) -> tuple[Value, ...]:
        """Of texts that the same sources give in several languages, keep the reader's."""
        given: defaultdict[tuple[Citation, ...], list[ox.Literal]] = defaultdict(list)
        for one in values:
            if one.words.lang and not one.iri:
                given[one.sources].append(ox.Literal("", language=one.words.lang))
        chosen = {sources: best(tags, self.labels.wanted) for sources, tags in given.items()}
        kept = {sources: tag.language for sources, tag in chosen.items() if tag}
        return tuple(
            one
            for one in values
            if one.iri or not one.words.lang or one.words.lang == kept[one.sources]
        )

    def value(self, triple: ox.Triple) -> Value:
        """Word the value of a triple, with its sources."""
        term, sources = triple.object, tuple(self.sources(triple))
        if isinstance(term, ox.NamedNode):
            return self.link(term.value, sources)
        if isinstance(term, ox.Literal):
            tag = triple.predicate.value == _LANGUAGE_TAG
            words = language_name(term.value, self.language) if tag else worded(term, self.language)
            return Value(Words(words, term.language or ""), sources=sources)
        return Value(Words(str(term)), sources=sources)

    def worded(self, term: object) -> Words:
        """Word a value without its sources."""
        if isinstance(term, ox.NamedNode):
            return self.labels.of(term.value)
        if isinstance(term, ox.Literal):
            return Words(worded(term, self.language), term.language or "")
        return Words(str(term))

    def plain(self, term: object) -> Value:
        """Word a value, with the way to its page, and without its sources."""
        return self.link(term.value) if isinstance(term, ox.NamedNode) else Value(self.worded(term))

    def link(self, iri: str, sources: tuple[Citation, ...] = ()) -> Value:
        """Word an IRI; it leads to our page, or to another site where it is a web address."""
        web = iri if iri.startswith(("http://", "https://")) else ""
        return Value(self.labels.of(iri), terms.path_of(iri) or web, iri, sources)

    def link_path(self, iri: str) -> str:
        """Return the address of our page of a thing; empty where it is none of ours."""
        return terms.path_of(iri) or ""

    def kinds(self, iri: str) -> list[str]:
        """List the classes of a thing, the narrowest first."""
        found = self.lookup.iris(iri, "rdf:type")
        broader = {up for kind in found for up in self.lookup.iris(kind, "rdfs:subClassOf")}
        return sorted(found, key=lambda kind: (kind in broader, kind))

    def broadest(self, kinds: Iterable[str]) -> list[str]:
        """List classes, first those that none of the others is broader than."""
        found = sorted(kinds)
        narrow = {kind for kind in found if {*self.lookup.iris(kind, "rdfs:subClassOf")} & {*found}}
        return sorted(found, key=lambda kind: (kind in narrow, kind))

    def sources(self, triple: ox.Triple) -> list[Citation]:
        """Return which sources state a triple, with the passages that support its subject there."""
        if not isinstance(triple.subject, ox.NamedNode):
            return []
        found: set[Citation] = set()
        for graph in self.lookup.graphs(triple):
            passages = self._passages(triple.subject, graph)
            found.update(passages or self._graph_source(graph))
        return sorted(found)

    def supporting(self, iri: str) -> tuple[Citation, ...]:
        """Return which passages support a thing as a whole, or where in which tables it stands."""
        if passages := self.lookup.iris(iri, "cl:supportedBy"):
            return tuple(sorted(map(self.passage, passages)))
        place = self.lookup.text(iri, "cl:locator")
        tables = self.lookup.iris(iri, "dcterms:source") if place else []
        return tuple(Citation(self.labels.of(t), terms.path_of(iri) or "", place) for t in tables)

    def _passages(self, subject: ox.NamedNode, graph: str) -> list[Citation]:
        quads = self.lookup.store.quads_for_pattern(
            subject, ox.NamedNode(terms.prefixed("cl:supportedBy")), None, ox.NamedNode(graph)
        )
        return [self.passage(q.object.value) for q in quads if isinstance(q.object, ox.NamedNode)]

    def passage(self, iri: str) -> Citation:
        """Word a passage: the document, the place in it, and the mode unless it is reported."""
        document, mode = self.lookup.iri(iri, "cl:passageOf"), self.lookup.iri(iri, "cl:mode")
        title = self.labels.of(document or iri)
        plain = not mode or mode.endswith("/reported")
        return Citation(
            title,
            terms.path_of(iri) or "",
            self.lookup.text(iri, "cl:locator"),
            Words("") if plain else self.labels.of(mode),
            self.lookup.text(iri, "skos:note"),
        )

    def _graph_source(self, graph: str) -> list[Citation]:
        """Word a graph without passages; what the software itself says has no source to show."""
        if role_of(graph) in {Role.SOURCE, Role.CITIES, Role.DERIVED}:
            return [Citation(self.labels.of(graph), terms.path_of(graph) or "")]
        return []

    def _owned(self, triples: Iterable[ox.Triple]) -> tuple[Table, ...]:
        """Put the nodes that a thing owns into tables, one for each property."""
        by_property: dict[str, list[str]] = defaultdict(list)
        for triple in triples:
            if triple.predicate in _TABULATED and isinstance(triple.object, ox.NamedNode):
                by_property[triple.predicate.value].append(triple.object.value)
        return tuple(self._table(name, nodes) for name, nodes in sorted(by_property.items()))

    def _table(self, name: str, nodes: Sequence[str]) -> Table:
        """Put nodes into rows, with a column for each property that any of them has."""
        stated = {node: self.statements(self.lookup.outgoing(node)) for node in nodes}
        columns = {s.iri: s.label for row in stated.values() for s in row}
        ordered = sorted(columns, key=lambda iri: (_ORDER.get(iri, (999, ""))[0], iri))
        rows = [self._row(node, stated[node], ordered) for node in nodes]
        label = self.labels.of(name)
        return Table(
            label,
            tuple(columns[iri] for iri in ordered),
            tuple(sorted(rows, key=lambda row: row.node.words)),
        )

    def _row(self, node: str, statements: Sequence[Statement], columns: Sequence[str]) -> TableRow:
        values = {statement.iri: statement.values for statement in statements}
        cells = tuple(values.get(iri, ()) for iri in columns)
        return TableRow(self.link(node), cells, self.supporting(node))

    def _incoming(self, iri: str, offset: int, headings: Collection[str]) -> tuple[Incoming, ...]:
        """Count and word what points here, by property."""
        by_property: dict[str, set[str]] = defaultdict(set)
        for triple in self.lookup.incoming(iri):
            if isinstance(triple.subject, ox.NamedNode):
                by_property[triple.predicate.value].add(triple.subject.value)
        shown = sorted(n for n in by_property.keys() - _HIDDEN if _heading(n) in headings)
        return tuple(self._points_here(name, by_property[name], offset) for name in shown)

    def _points_here(self, name: str, subjects: set[str], offset: int) -> Incoming:
        some = sorted(subjects)[offset : offset + PAGE_LENGTH]
        values = sorted((self.link(subject) for subject in some), key=lambda value: value.words)
        return Incoming(self.labels.of(name), name, len(subjects), tuple(values))
