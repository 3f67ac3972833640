"""The history of a thing in RDF (PROV-O, https://www.w3.org/TR/prov-o/).

    version of the thing ── prov:specializationOf ─▶ the thing
      │ └ prov:wasGeneratedBy ─▶ the publish: when, by whom, why ── prov:used ─▶ graphs it changed
      └ prov:wasRevisionOf ─▶ the version before          └ prov:generated ─▶ the release

A version is named by the address at which it is described while its release is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.catalogue.publication import SERIES
from registry.catalogue.stream import told_by
from registry.graphs.statements import Value, triples_of, typed
from registry.releases.difference import What
from registry.releases.log import Event
from registry.things.history import Change, Step

_ENDS: Final = {
    What.CREATED: "prov:wasGeneratedBy",
    What.UPDATED: "prov:wasGeneratedBy",
    What.DELETED: "prov:wasInvalidatedBy",
}


def describe(origin: str, steps: Iterable[Step]) -> list[ox.Triple]:
    """Describe a history, the newest step first, as a server at an origin has it."""
    found: set[ox.Triple] = set()
    last: dict[str, str] = {}
    for step in reversed(list(steps)):
        found.update(_publish(step))
        for change in step.changes:
            found.update(_version(origin, step, change, last.get(change.iri, "")))
            last[change.iri] = version_of(origin, change.iri, step.event.version)
    return sorted(found, key=str)


def version_of(origin: str, iri: str, version: str) -> str:
    """Return the address of a thing as it is in a release."""
    return f"{origin}{terms.path_of(iri) or '/'}?release={version}"


def _publish(step: Step) -> Iterator[ox.Triple]:
    """Describe a publish: when it was, by whom and why, and what it was made of."""
    event = step.event
    about: dict[str, Value | Iterable[Value]] = {
        "rdf:type": "prov:Activity",
        "prov:endedAtTime": typed(event.at, "xsd:dateTime"),
        "prov:generated": terms.release(event.version),
        "prov:used": [terms.graph_in(event.version, iri) for iri in step.graphs],
        **told_by(event),
    }
    return triples_of(_activity(event), about)


def _activity(event: Event) -> str:
    return f"{SERIES}/{event.version}#{event.at}"


def _version(origin: str, step: Step, change: Change, before: str) -> Iterator[ox.Triple]:
    """Describe a version of a thing; what was removed ends the version before."""
    event, is_gone = step.event, change.what == What.DELETED
    version = before if is_gone else version_of(origin, change.iri, event.version)
    if not version:
        return
    about: dict[str, Value | Iterable[Value]] = {
        "rdf:type": "prov:Entity",
        "prov:specializationOf": change.iri,
        _ENDS[change.what]: _activity(event),
    }
    if not is_gone:
        about["prov:generatedAtTime"] = typed(event.at, "xsd:dateTime")
        about["prov:wasRevisionOf"] = before
        about["prov:wasDerivedFrom"] = [terms.graph_in(event.version, iri) for iri in step.graphs]
    yield from triples_of(version, about)
