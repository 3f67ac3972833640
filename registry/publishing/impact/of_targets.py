"""What targets of shapes read (SHACL section 2.1.3): how it is told whether a node is one."""

from __future__ import annotations

from typing import Final

from registry import terms
from registry.publishing.impact.paths import Path, Step

_SH: Final = terms.PREFIXES["sh"]

INSTANCE: Final[Path] = (
    Step(frozenset({terms.prefixed("rdf:type")})),
    Step(frozenset({terms.prefixed("rdfs:subClassOf")}), repeated=True),
)
"""How it is found of which classes a node is."""


def target(kind: str, value: str) -> tuple[Path, ...]:
    """Return what is read to tell whether a node is one by a target, given its kind and value."""
    step = Step(frozenset({value}))
    read = {
        f"{_SH}targetClass": (INSTANCE,),
        f"{_SH}targetSubjectsOf": ((step,),),
        f"{_SH}targetObjectsOf": ((~step,),),
    }
    return read.get(kind, ())
