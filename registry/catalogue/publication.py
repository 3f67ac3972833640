"""What a catalogue is about: the current release, those that are kept by name, the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from registry import terms
from registry.releases.manifest import DumpEntry, GraphEntry, Manifest
from registry.views.dumps import WHOLE
from registry.views.statistics import Statistics

DATASET: Final = terms.DATASET
SERIES: Final = terms.BASE + "release"
"""The series of the releases that have a name."""

PUBLISHER: Final = terms.PUBLISHER
PLACE: Final = DATASET + "#place"
CONTACT: Final = DATASET + "#contact"

NAME: Final = "Citylinks"

TITLE: Final = {
    "en": "Citylinks: the open registry of town twinnings",
    "it": "Citylinks: il registro aperto dei gemellaggi tra città",
    "fr": "Citylinks : le registre ouvert des jumelages",
    "de": "Citylinks: das offene Register der Städtepartnerschaften",
    "es": "Citylinks: el registro abierto de los hermanamientos",
}

DESCRIPTION: Final = {
    "en": "Twinnings, friendship agreements, programmes and shared practices of cities as linked "
    "data, in which every statement names its source.",
    "it": "Gemellaggi, accordi di amicizia, programmi e pratiche condivise delle città come dati "
    "collegati, in cui ogni affermazione indica la sua fonte.",
    "fr": "Jumelages, accords d’amitié, programmes et pratiques partagées des villes en données "
    "liées, où chaque affirmation indique sa source.",
    "de": "Partnerschaften, Freundschaftsabkommen, Programme und geteilte Praktiken von Städten "
    "als verknüpfte Daten, in denen jede Aussage ihre Quelle nennt.",
    "es": "Hermanamientos, acuerdos de amistad, programas y prácticas compartidas de ciudades como "
    "datos enlazados, en los que cada afirmación indica su fuente.",
}


@dataclass(frozen=True)
class Edition:
    """A release, the UTC time at which it was published (as in the log), its name if it has one."""

    manifest: Manifest
    at: str
    name: str = ""

    @property
    def iri(self) -> str:
        """The IRI of the release."""
        return terms.release(self.manifest.version)

    @property
    def whole(self) -> list[DumpEntry]:
        """The dump files that hold all graphs."""
        return [e for e in self.manifest.dumps if e.file.startswith(f"{WHOLE}.")]

    @cached_property
    def graphs(self) -> Mapping[str, GraphEntry]:
        """The graph of each dump file that is of one."""
        return {name: e for e in self.manifest.all_graphs() for name in e.files.values()}


@dataclass(frozen=True)
class Publication:
    """A registry as it is published at an address (`origin`, without a slash at its end).

    `named` are the releases that are kept by name, the oldest first; `since` is the UTC time of the
    first publication; `contact` is a URL or `mailto:`, empty where there is none.
    """

    origin: str
    current: Edition
    named: tuple[Edition, ...]
    since: str
    statistics: Statistics
    contact: str = ""

    @property
    def state(self) -> str:
        """What all that is said of it depends on."""
        editions = [(e.manifest.version, e.at, e.name) for e in (self.current, *self.named)]
        return f"{editions} {self.since} {self.origin} {self.contact}"

    @property
    def licence(self) -> str:
        """The licence of what is made of all graphs of the current release."""
        return self.current.manifest.licence

    @property
    def catalogue(self) -> str:
        """The IRI of the catalogue, which is that of this place."""
        return f"{self.origin}/catalog"

    @property
    def endpoint(self) -> str:
        """The address of the SPARQL endpoint."""
        return f"{self.origin}/sparql"

    def file(self, edition: Edition, entry: DumpEntry) -> str:
        """Return the address of a dump file, at which its bytes never change."""
        return f"{self.origin}/dumps/{edition.manifest.version}/{entry.file}"
