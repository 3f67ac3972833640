"""Targets of shapes (SHACL section 2.1.3) as patterns that find focus nodes in a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyoxigraph as ox

from registry import terms
from registry.publishing.impact import Path, restricted
from registry.publishing.impact.of_targets import target
from registry.publishing.shacl.report import SH

_PATTERNS: Final = {
    f"{SH}targetClass": "?this <{rdf}type>/<{rdfs}subClassOf>* {value}",
    f"{SH}targetSubjectsOf": "?this {value} ?any",
    f"{SH}targetObjectsOf": "?any {value} ?this",
    f"{SH}targetNode": "BIND({value} AS ?this)",
}

KINDS: Final = tuple(_PATTERNS)

Target = tuple[str, str]
"""The IRI of a kind of target, and its value as a term is written in N-Triples."""


def reads(targets: Iterable[Target]) -> set[Path]:
    """Return what is read to tell whether a node is a focus node of some targets."""
    return {path for kind, value in targets for path in target(kind, value[1:-1])}


def pattern(targets: Iterable[Target]) -> str:
    """Write the graph pattern that finds the focus nodes of some targets."""
    patterns = (_PATTERNS[kind].format(value=value, **terms.PREFIXES) for kind, value in targets)
    return " UNION ".join(f"{{ {one} }}" for one in sorted(patterns))


def focus_nodes(
    store: ox.Store, targets: Iterable[Target], condition: str = "", among: Any = None
) -> Iterator[Any]:
    """Find the focus nodes of some targets, each once; all, or those `among` some nodes.

    `condition` is a FILTER on `?this`.
    """
    wanted = pattern(targets)
    if not wanted:
        return
    query = f"SELECT DISTINCT ?this WHERE {{ {wanted} {condition} }}"
    found = store.query(query if among is None else restricted(query, "this", among))
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("focus nodes are found by a SELECT")
    for row in found:
        yield row["this"]
