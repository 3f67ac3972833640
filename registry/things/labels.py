"""What a thing is called: its label in the reader's language, or one composed of what it joins."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.releases import licences
from registry.things.languages import best
from registry.things.lookup import Lookup
from registry.views.names import NameIndex

NAMING: Final = ("skos:prefLabel", "dcterms:title", "foaf:name", "rdfs:label", "cl:nameForm")
"""The properties that name things, the preferred one first."""

_SHOWN_PARTIES: Final = 3


_CONCEPTS: Final = (terms.SCHEME, terms.CL)
"""What the IRIs of concepts and of our terms begin with."""


@dataclass(frozen=True, order=True)
class Words:
    """Text for people with its BCP 47 language tag, empty where it has none."""

    text: str
    lang: str = ""


@dataclass
class Labels:
    """Labels of one release for one reader; each is looked up once.

    Those of concepts, of which there are some hundreds, may be shared with other readers of the
    same languages.
    """

    lookup: Lookup
    wanted: Sequence[str]
    concepts: dict[str, Words] = field(default_factory=dict)
    _known: dict[str, Words] = field(default_factory=dict)
    _underway: set[str] = field(default_factory=set)

    def of(self, iri: str) -> Words:
        """Return the label of anything that has an IRI; of nothing (an empty one) there is none."""
        if not iri:
            return Words("")
        known = self.concepts if iri.startswith(_CONCEPTS) else self._known
        if iri not in known:
            if iri in self._underway:  # Its label is composed of one that is composed of it.
                return Words(terms.compact(iri))
            self._underway.add(iri)
            try:
                known[iri] = self._named(iri) or self._composed(iri) or _last_part(iri)
            finally:
                self._underway.remove(iri)
        return known[iri]

    def learn(self, index: NameIndex, iris: Iterable[str]) -> None:
        """Read what many things are called off the index of the release at once."""
        preferred = index.preferred(iri for iri in iris if iri not in self._known)
        for iri, names in preferred.items():
            labels = [ox.Literal(name.text, language=name.lang or None) for name in names]
            own = [name.lang for name in names if name.own]
            if label := best(labels, self.wanted, own):
                self._known[iri] = Words(label.value, label.language or "")

    def call(self, names: Mapping[str, Words]) -> None:
        """Remember what things are called of which the release does not tell."""
        self._known.update(names)

    def _named(self, iri: str) -> Words | None:
        """Choose among the labels that are stated."""
        for name in NAMING:
            if labels := self.lookup.literals(iri, name):
                own = [tag.value for tag in self.lookup.literals(iri, "cl:ownLanguage")]
                label = best(labels, self.wanted, own)
                return Words(label.value, label.language or "") if label else None
        return None

    def _composed(self, iri: str) -> Words | None:
        """Put a label together for things that are relations between others."""
        parts = terms.kind_and_ref(iri)
        compose = _COMPOSED.get(parts[0]) if parts else None
        text = compose(self, iri) if compose else ""
        return Words(text) if text else None

    def listed(self, iris: Sequence[str]) -> list[str]:
        """Return labels of several things, in the order of the alphabet."""
        return sorted(self.of(iri).text for iri in iris)

    def all_of(self, iri: str) -> list[Words]:
        """List every name of a thing: preferred in each language, alternative."""
        found = self.lookup.literals(iri, "skos:prefLabel", "skos:altLabel")
        unique = {Words(label.value, label.language or ""): None for label in found}
        return list(unique)


class ConceptLabels:
    """Labels of concepts that have been looked up, by release and languages.

    They are few, asked for on every page, and the same for all readers of these languages. Of
    `limit` pairs of release and languages those asked for last are kept.
    """

    def __init__(self, limit: int = 64) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[str, tuple[str, ...]], dict[str, Words]] = OrderedDict()
        self._lock = Lock()

    def of(self, version: str, wanted: Sequence[str]) -> dict[str, Words]:
        """Return the labels known so far, to be added to by whoever looks one up."""
        key = version, tuple(wanted)
        with self._lock:
            found = self._kept.setdefault(key, {})
            self._kept.move_to_end(key)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
            return found


def _last_part(iri: str) -> Words:
    """Fall back to the usual name of a licence, and to what stands at the end of any other IRI."""
    if (licence := licences.label(iri)) != iri:
        return Words(licence)
    return Words(terms.compact(iri) if "#" in iri else iri.rstrip("/").rpartition("/")[2] or iri)


def _link(labels: Labels, iri: str) -> str:
    """Name a link by its parties."""
    names = labels.listed(labels.lookup.iris(iri, "cl:party"))
    if len(names) <= _SHOWN_PARTIES:
        return " – ".join(names)
    return f"{names[0]} – {names[1]} – … ({len(names)})"


def _period(labels: Labels, iri: str) -> str:
    """Name a period by its link and its start and end, as far as they are known."""
    link = next(iter(labels.lookup.subjects("cl:period", iri)), "")
    start, end = (labels.lookup.text(iri, name) for name in ("cl:startDate", "cl:endDate"))
    return f"{labels.of(link).text}, {start}–{end}" if link else ""


def _claim(labels: Labels, iri: str) -> str:
    """Name a claim by its link and its source."""
    link = next(iter(labels.lookup.subjects("cl:claim", iri)), "")
    return f"{labels.of(link).text}, {_document(labels, iri)}" if link else ""


def _document(labels: Labels, iri: str) -> str:
    """Name the document that supports a node, by a passage or as a table in which it stands."""
    for passage in labels.lookup.iris(iri, "cl:supportedBy"):
        if document := labels.lookup.iri(passage, "cl:passageOf"):
            return labels.of(document).text
    table = labels.lookup.iri(iri, "dcterms:source")
    return labels.of(table).text if table else ""


def _passage(labels: Labels, iri: str) -> str:
    """Name a passage by its document and place."""
    document = labels.lookup.iri(iri, "cl:passageOf")
    locator = labels.lookup.text(iri, "cl:locator")
    return ", ".join(
        part for part in (labels.of(document).text if document else "", locator) if part
    )


def _participation(labels: Labels, iri: str) -> str:
    """Name a participation by who takes part in what."""
    who = labels.listed(labels.lookup.iris(iri, "cl:participant"))
    what = labels.listed(labels.lookup.subjects("cl:participation", iri))
    return ", ".join([*who, *what])


def _signature(labels: Labels, iri: str) -> str:
    """Name a signature by whom it was given for."""
    return ", ".join(labels.listed(labels.lookup.iris(iri, "cl:signedFor")))


def _implementation(labels: Labels, iri: str) -> str:
    """Name an implementation by practice and city."""
    names = ("cl:implementationOf", "cl:implementedIn")
    return ", ".join(labels.of(i).text for n in names for i in labels.lookup.iris(iri, n))


def _transfer(labels: Labels, iri: str) -> str:
    """Name a transfer by practice, origin and destination."""
    practice = ", ".join(labels.listed(labels.lookup.iris(iri, "cl:transferOf")))
    way = [
        ", ".join(labels.listed(labels.lookup.iris(iri, n))) for n in ("cl:fromCity", "cl:toCity")
    ]
    return f"{practice}: {' → '.join(way)}"


def _membership(labels: Labels, iri: str) -> str:
    """Name a membership by person and body."""
    names = ("org:member", "org:organization")
    return ", ".join(labels.of(i).text for n in names for i in labels.lookup.iris(iri, n))


def _geometry(labels: Labels, iri: str) -> str:
    """Name a geometry by what lies there, and by its coordinates."""
    where = labels.listed(labels.lookup.subjects("geo:hasDefaultGeometry", iri))
    return ", ".join([*where, labels.lookup.text(iri, "geo:asWKT")])


def _stated(*names: str, between: str) -> Callable[[Labels, str], str]:
    """Return the function that names a thing by what it states of itself."""
    return lambda labels, iri: between.join(
        text for name in names if (text := labels.lookup.text(iri, name))
    )


def _part_of(whole: str, stated: str) -> Callable[[Labels, str], str]:
    """Return the function that names a thing by what it belongs to and what tells it apart."""

    def named(labels: Labels, iri: str) -> str:
        text = labels.lookup.text(iri, stated)
        return ", ".join(
            [*labels.listed(labels.lookup.iris(iri, whole)), *([text] if text else [])]
        )

    return named


_COMPOSED: Final[dict[str, Callable[[Labels, str], str]]] = {
    "link": _link,
    "period": _period,
    "claim": _claim,
    "passage": _passage,
    "participation": _participation,
    "signature": _signature,
    "implementation": _implementation,
    "transfer": _transfer,
    "membership": _membership,
    "geometry": _geometry,
    "inscription": _stated("cl:register", "cl:list", "cl:inscriptionYear", between=", "),
    "identifier": _stated("cl:identifierScheme", "cl:identifierValue", between=" "),
    "grant": _part_of("cl:grantOf", "cl:grantNumber"),
    "call": _part_of("cl:ofProgramme", "cl:opens"),
}
"""How things without a name of their own are named, by kind."""
