"""What a release has already: it is named as it is called there, and not described anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from registry import terms
from registry.contribute.drafts import Source
from registry.places.names import fold
from registry.problems import Problem
from registry.sources.labels import UNTOLD
from registry.things.former import current
from registry.things.lookup import Lookup
from registry.views.names import NameIndex

_PUBLISHERS: Final = ("organisation", "authority")
_DAYS: Final = ("dcterms:issued", "cl:issuedLatest")
_DOCUMENT: Final = ("dcterms:title", "dcterms:publisher", "foaf:page", *_DAYS)


@dataclass(frozen=True)
class Known:
    """What a release has."""

    lookup: Lookup
    names: NameIndex

    def has(self, kind: str, ref: str) -> bool:
        """Whether the release has a thing with a name, by its kind and reference."""
        return self.names.thing(kind, ref) is not None

    def current(self, iri: str) -> str:
        """Return the IRI of what took the place of a thing: its own where nothing did."""
        kind_and_ref = terms.kind_and_ref(iri)
        if kind_and_ref is None or not terms.REF.fullmatch(kind_and_ref[1]):
            return iri
        try:
            return current(self.lookup, iri)
        except Problem:  # Withdrawn, or never there: it stays what it is.
            return iri

    def is_withdrawn(self, iri: str) -> bool:
        """Whether a thing was taken out, and nothing took its place."""
        return self.lookup.text(iri, "owl:deprecated") == "true" and self.current(iri) == iri

    def name_of_link(self, link: str) -> str:
        """Return the name of a link without a language: that of other graphs, else its cities'."""
        stated = self.lookup.literals(terms.thing("link", link), "skos:prefLabel")
        name = next((label.value for label in stated if label.language == UNTOLD), "")
        return name or "–".join(self.label("city", ref) for ref in link.split("--"))

    def label(self, kind: str, ref: str) -> str:
        """Return what a thing is called; its reference where the release has none."""
        found = self.names.thing(kind, ref)
        return found.label if found else ref

    def authority(self, refs: Iterable[str]) -> str:
        """Return the IRI of the authority that governs one of some cities; empty if not known."""
        cities = (terms.thing("city", ref) for ref in refs)
        found = (self.lookup.subjects("cl:governs", city) for city in cities)
        return next((sorted(some)[0] for some in found if some), "")

    def publisher(self, name: str) -> str:
        """Return the IRI of the one publisher that is called so; empty where there is none."""
        return self.called(name, _PUBLISHERS)

    def called(self, name: str, kinds: Iterable[str]) -> str:
        """Return the IRI of the one thing of some kinds that is called so; else empty."""
        wanted = {*kinds}
        named = {thing for thing, main in self.names.named(fold(name)) if main}
        found = [thing for thing in named if thing.kind in wanted]
        return found[0].iri if len(found) == 1 else ""

    def cites(self, iri: str, source: Source) -> bool:
        """Whether a thing is supported by the very document of a source.

        That is one of the same day, at the same address or, without one, of the same title by the
        same publisher, as far as that is told.
        """
        publisher = self.publisher(source.publisher) if source.publisher else ""
        for passage in self.lookup.iris(iri, "cl:supportedBy"):
            document = self.lookup.iri(passage, "cl:passageOf")
            said = self.lookup.described(document, *_DOCUMENT) if document else None
            if said is None:
                continue
            days = {value.value for name in _DAYS for value in said.objects(name)}
            pages = {Source(address=page).key for page in said.iris("foaf:page")}
            titles = {value.value.casefold() for value in said.objects("dcterms:title")}
            by = {*said.iris("dcterms:publisher")}
            others = bool(source.publisher and by and publisher not in by)
            is_same = source.key in pages if source.address else source.key in titles and not others
            if is_same and source.date in days:
                return True
        return False

    def says(self, iri: str, name: str, value: str) -> bool:
        """Whether the release says of a thing that a property has an IRI as value."""
        return value in self.lookup.iris(iri, name)
