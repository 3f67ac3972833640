"""Targets of shapes (SHACL section 2.1.3) as patterns that find focus nodes in a store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any, Final

import pyoxigraph as ox

from registry import terms
from registry.publishing.impact import Path
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
    store: ox.Store,
    targets: Collection[Target],
    condition: str = "",
    among: Iterable[Any] | None = None,
) -> Iterator[Any]:
    """Find the focus nodes of some targets, each once; all, or those `among` some nodes.

    `condition` is a FILTER on `?this`. Of a few nodes those that are targeted are looked up: a
    query would read all nodes of a class for that.
    """
    if among is None:
        wanted = pattern(targets)
    else:
        tests = _tests(store, targets)
        targeted = [node for node in dict.fromkeys(among) if any(test(node) for test in tests)]
        if not condition:
            yield from targeted
        wanted = f"VALUES ?this {{ {' '.join(map(str, targeted))} }}" if targeted else ""
    if not wanted or (among is not None and not condition):
        return
    found = store.query(f"SELECT DISTINCT ?this WHERE {{ {wanted} {condition} }}")
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("focus nodes are found by a SELECT")
    for row in found:
        yield row["this"]


def _tests(store: ox.Store, targets: Iterable[Target]) -> list[Callable[[Any], bool]]:
    """Return for each target the test whether it takes a node of the default graph."""
    return [_TAKES[kind](store, value) for kind, value in targets]


def _of_class(store: ox.Store, value: str) -> Callable[[Any], bool]:
    below = _below(store, value)
    return lambda node: any(str(quad.object) in below for quad in _quads(store, node, _TYPE, None))


def _below(store: ox.Store, value: str) -> set[str]:
    """Return a class and those below it."""
    found, new = {value}, [value]
    while new:
        quads = _quads(store, None, _SUBCLASS, ox.NamedNode(new.pop()[1:-1]))
        more = {str(quad.subject) for quad in quads} - found
        found |= more
        new += more
    return found


def _quads(store: ox.Store, subject: Any, predicate: ox.NamedNode, value: Any) -> Iterator[ox.Quad]:
    """Look up statements of the default graph; a literal is the subject of none."""
    if isinstance(subject, ox.Literal):
        return iter(())
    return store.quads_for_pattern(subject, predicate, value, ox.DefaultGraph())


def _with_statement(store: ox.Store, value: str, *, subject: bool) -> Callable[[Any], bool]:
    name = ox.NamedNode(value[1:-1])

    def test(node: Any) -> bool:
        found = _quads(store, node, name, None) if subject else _quads(store, None, name, node)
        return next(iter(found), None) is not None

    return test


_TYPE: Final = ox.NamedNode(terms.RDF_TYPE)
_SUBCLASS: Final = ox.NamedNode(terms.prefixed("rdfs:subClassOf"))
_TAKES: Final[dict[str, Callable[[ox.Store, str], Callable[[Any], bool]]]] = {
    f"{SH}targetClass": _of_class,
    f"{SH}targetSubjectsOf": partial(_with_statement, subject=True),
    f"{SH}targetObjectsOf": partial(_with_statement, subject=False),
    f"{SH}targetNode": lambda _, value: lambda node: str(node) == value,
}
"""By the kind of a target, the test whether it takes a node, given its value."""
