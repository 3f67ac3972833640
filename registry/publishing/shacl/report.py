"""The validation report: what is wrong where, in words for people, JSON and RDF."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, partial
from typing import Any, Final

import pyoxigraph as ox

from registry import terms
from registry.formats import Format, serialise
from registry.graphs.graph import WRITABLE, role_of

SH: Final = terms.PREFIXES["sh"]


class Severity(StrEnum):
    """How grave a result is: a violation prevents publishing, the others are counted."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, order=True)
class Result:
    """One result; terms are written as IRIs or as the text of a literal, empty where none."""

    severity: Severity
    shape: str
    focus: str
    path: str
    value: str
    message: str
    label: str = ""
    graph: str = ""
    component: str = ""
    """The constraint component that found it (SHACL section 3.6.2.5), for the report as RDF."""

    @property
    def rank(self) -> tuple[int, Result]:
        """The order of a report: gravest first."""
        return list(Severity).index(self.severity), self

    def as_json(self) -> dict[str, Any]:
        """Return the result as users see it, without its component."""
        return {name: value for name, value in vars(self).items() if name != "component"}

    def as_text(self) -> str:
        """Write as one paragraph."""
        what = f"{self.label} <{self.focus}>" if self.label else f"<{self.focus}>"
        about = f", {terms.compact(self.path)}" if self.path else ""
        value = f", {self.value}" if self.value else ""
        place = f"\n  in <{self.graph}>" if self.graph else ""
        head = f"{self.severity.value}: {self.message}"
        return f"{head}\n  {what}{about}{value}{place}\n  {terms.compact(self.shape)}"


@dataclass(frozen=True)
class Report:
    """All results, gravest kind first."""

    results: tuple[Result, ...]

    @property
    def conforms(self) -> bool:
        """Whether the data may be published."""
        return not self.counts[Severity.VIOLATION]

    @property
    def counts(self) -> dict[Severity, int]:
        """Count the results of each severity."""
        counted = Counter(result.severity for result in self.results)
        return {severity: counted[severity] for severity in Severity}

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        return {
            "conforms": self.conforms,
            "counts": {severity.value: count for severity, count in self.counts.items()},
            "results": [result.as_json() for result in self.results],
        }

    def to_json(self) -> bytes:
        """Write all results, for `from_json`."""
        return json.dumps([vars(result) for result in self.results]).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Report:
        """Read what `to_json` wrote."""
        rows = json.loads(content)
        return cls(tuple(Result(Severity(row.pop("severity")), **row) for row in rows))

    @property
    def counted(self) -> str:
        """The counts in words."""
        return ", ".join(f"{count} {severity.value}" for severity, count in self.counts.items())

    def as_text(self) -> str:
        """Write one paragraph a result and a line that counts them."""
        return "\n\n".join([*(result.as_text() for result in self.results), self.counted])

    def as_rdf(self, form: Format) -> bytes:
        """Write the standard report (SHACL section 3.6)."""
        return serialise(_report_triples(self), form)

    def __str__(self) -> str:
        return json.dumps(self.as_json(), ensure_ascii=False, indent=1)


def completing(store: ox.Store) -> Callable[[Result], Result]:
    """Return what adds to a result the focus node's label and the source graph that describes it.

    Each node is looked up once, however many results it has.
    """
    described = cache(partial(_described, store))

    def completed(result: Result) -> Result:
        label, graph = described(result.focus)
        return replace(result, label=label, graph=graph)

    return completed


def _described(store: ox.Store, iri: str) -> tuple[str, str]:
    """Return a node's label and the source graph that describes it; empty where it has none."""
    try:
        focus = ox.NamedNode(iri)
    except ValueError:
        return "", ""
    graphs = {
        quad.graph_name.value
        for quad in store.quads_for_pattern(focus, None, None, None)
        if isinstance(quad.graph_name, ox.NamedNode) and role_of(quad.graph_name.value) in WRITABLE
    }
    return _label(store, focus), min(graphs, default="")


def _label(store: ox.Store, focus: ox.NamedNode) -> str:
    """Return a label for people, English first."""
    found = [
        quad.object
        for name in ("skos:prefLabel", "dcterms:title", "rdfs:label", "foaf:name")
        for quad in store.quads_for_pattern(
            focus, ox.NamedNode(terms.prefixed(name)), None, ox.DefaultGraph()
        )
        if isinstance(quad.object, ox.Literal)
    ]
    best = min(found, key=lambda label: (label.language != "en", label.value), default=None)
    return best.value if best else ""


def _report_triples(report: Report) -> list[ox.Triple]:
    """Describe a report and its results."""
    head = ox.BlankNode("report")
    triples = [
        _typed(head, "ValidationReport"),
        _statement(head, "conforms", ox.Literal(report.conforms)),
    ]
    for number, result in enumerate(report.results):
        node = ox.BlankNode(f"result{number}")
        triples += [_statement(head, "result", node), *_result_triples(node, result)]
    return triples


def _result_triples(node: ox.BlankNode, result: Result) -> list[ox.Triple]:
    """Describe one result."""
    severity = ox.NamedNode(SH + result.severity.value.capitalize())
    triples = [
        _typed(node, "ValidationResult"),
        _statement(node, "resultSeverity", severity),
        _statement(node, "sourceShape", ox.NamedNode(result.shape)),
        _statement(node, "focusNode", _value(result.focus)),
        _statement(node, "resultMessage", ox.Literal(result.message, language="en")),
    ]
    if result.component:
        component = ox.NamedNode(result.component)
        triples.append(_statement(node, "sourceConstraintComponent", component))
    if result.path:
        triples.append(_statement(node, "resultPath", ox.NamedNode(result.path)))
    if result.value:
        triples.append(_statement(node, "value", _value(result.value)))
    return triples


def _value(text: str) -> ox.NamedNode | ox.Literal:
    """Write a value: an IRI where it looks like one; untrusted text may only begin as one does."""
    if text.startswith(("http://", "https://")):
        with suppress(ValueError):
            return ox.NamedNode(text)
    return ox.Literal(text)


def _typed(node: ox.BlankNode, name: str) -> ox.Triple:
    return ox.Triple(node, ox.NamedNode(terms.RDF_TYPE), ox.NamedNode(SH + name))


def _statement(node: ox.BlankNode, name: str, value: Any) -> ox.Triple:
    return ox.Triple(node, ox.NamedNode(SH + name), value)
