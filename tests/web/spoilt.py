"""A release whose every text was spoilt by somebody who wants harm."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox

from registry import terms
from registry.releases.workspace import Workspace
from registry.views.names import NAMES
from tests.reports import HEAD, report

TEXTS = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "</title></style></svg></textarea><svg onload=alert(1)>",
    "'\"&amp;&lt;<b>&#x3c;script&#x3e;{{7*7}}{% raw %}${7*7}",
    "\u202egnorw \u2066tuo\u200f\u061c\u202d",
    "javascript:alert(1)//\n\r\t \u0007",
    "W" * 10_000,
    "﷽" * 40 + "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
)
"""HTML, quotes, templates, controls of direction and others, a script's address, no end."""

SCRIPT = "javascript:alert(document.domain)"
_PAGES = {terms.prefixed(name) for name in ("foaf:page", "dcterms:publisher", "cl:wikidataItem")}
_PLAIN = {
    "http://www.w3.org/2001/XMLSchema#string",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
}
_STRUCTURE = terms.prefixed("skos:notation"), terms.prefixed("cl:contestedAbout")


def spoil(workspace: Workspace) -> None:
    """Spoil a workspace behind all guards: its current release, store and index; a report."""
    _report(workspace.home)
    folder = workspace.folder(workspace.current() or "")
    store = ox.Store(str(folder / "store"))
    changed = [(quad, other) for quad in store for other in _spoilt(quad)]
    for quad, _ in changed:
        store.remove(quad)
    store.extend(other for _, other in changed)
    store.flush()
    with closing(sqlite3.connect(folder / NAMES.name)) as connection, connection:
        for table in ("thing", "name"):
            for row, text in enumerate(TEXTS):
                sql = f"UPDATE {table} SET label = ? WHERE id % {len(TEXTS)} = {row}"
                connection.execute(sql, (text,))


def _report(home: Path) -> None:
    """Spoil the report of an import: each cell in turn is a hostile text."""
    text = io.StringIO()
    columns = HEAD.split(",")
    table = csv.DictWriter(text, columns)
    table.writerows(
        {"name": "A place", "source": "perm-twins", "rows": "1", column: hostile}
        for hostile in TEXTS
        for column in columns
        if column != "rows"
    )
    report(home, "perm-twins", text.getvalue())


def _spoilt(quad: ox.Quad) -> Iterator[ox.Quad]:
    """Give what takes the place of a quad, where it has a text or leads to a page."""
    subject, predicate, value, graph = quad
    if predicate.value in _PAGES:
        yield ox.Quad(subject, predicate, ox.NamedNode(SCRIPT), graph)
    elif (
        isinstance(value, ox.Literal)
        and value.datatype.value in _PLAIN
        and predicate.value not in _STRUCTURE
        and not graph_is_ours(graph)
        and not (isinstance(subject, ox.NamedNode) and not subject.value.startswith(terms.ID))
    ):
        text = TEXTS[sum(map(ord, value.value)) % len(TEXTS)]
        yield ox.Quad(subject, predicate, ox.Literal(text, language=value.language), graph)


def graph_is_ours(graph: object) -> bool:
    """Tell whether a graph comes with the software."""
    return isinstance(graph, ox.NamedNode) and "/graph/scheme-" in graph.value
