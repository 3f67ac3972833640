"""What changed between two releases, for readers: each thing by name, as CSV (RFC 4180) and JSON.

A thing is named as the later release that has it names it; where only the dumps of that one are
left, as the current one does. Both forms are written in parts, for a difference may be long.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final, TypeVar

from registry import csv_rows, terms
from registry.releases.difference import Change, Difference, What
from registry.releases.manifest import Manifest
from registry.releases.reading import Release
from registry.things.labels import Labels, Words
from registry.things.lookup import Lookup
from registry.views.names import KINDS, NAMES

COLUMNS: Final = "change kind iri name status_before status_after properties".split()
"""The columns of the table."""

_BATCH: Final = 500
"""Things whose names are looked up at once."""

_FIRST: Final = ("link", *KINDS, "document")
"""The kinds of things that people look for, which come first on a page."""


@dataclass(frozen=True)
class Namer:
    """Names things of two releases for one reader; `before` knows those that were removed."""

    before: Release
    after: Release
    wanted: Sequence[str]

    def named(self, changes: Iterable[Change]) -> Iterator[tuple[Change, Words]]:
        """Yield each change with what its thing is called."""
        for some in _batches(changes):
            sides = {
                gone: self._labels(
                    release, [c.iri for c in some if (c.what == What.DELETED) == gone]
                )
                for gone, release in ((True, self.before), (False, self.after))
            }
            for change in some:
                yield change, sides[change.what == What.DELETED].of(change.iri)

    def _labels(self, release: Release, iris: Sequence[str]) -> Labels:
        """Read the names of things, and of the parties of links, at once."""
        lookup = Lookup(release.store)
        labels = Labels(lookup, self.wanted)
        links = (iri for iri in iris if iri.startswith(_LINK))
        parties = chain.from_iterable(lookup.iris(link, "cl:party") for link in links)
        labels.learn(release.view(NAMES), {*iris, *parties})
        return labels


T = TypeVar("T")


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(islice(left, _BATCH)):
        yield some


_LINK: Final = terms.thing("link", "")


_RANKS: Final = {kind: rank for rank, kind in enumerate(_FIRST)}


def rank(kind: str) -> int:
    """Return where a kind of things comes on a page: links, what has a name, then their parts."""
    return _RANKS.get(kind, len(_RANKS))


def to_csv(found: Difference, namer: Namer) -> Iterator[str]:
    """Write a table with a row for each thing, in the order of the IRIs."""
    yield _lines([COLUMNS])
    for some in _batches(namer.named(found.changes)):
        yield _lines(_row(change, name) for change, name in some)


def _row(change: Change, name: Words) -> list[str]:
    record = _record(change, name)
    return [
        *(change.what.past, change.kind, *(record[key] for key in ("iri", "name"))),
        *(record["statusBefore"], record["statusAfter"]),
        " | ".join(record["properties"]),
    ]


def _lines(rows: Iterable[Sequence[str]]) -> str:
    table = io.StringIO()
    csv_rows.Writer(table).writerows(rows)
    return table.getvalue()


def to_json(found: Difference, namer: Namer) -> Iterator[str]:
    """Write both versions, graphs and things added, changed and removed, and how many of each."""
    head = {
        "from": found.before.version,
        "to": found.after.version,
        "counts": {
            kind: {what.past: counts[what] for what in What}
            for kind, counts in found.counts.items()
        },
        "graphs": {
            past: [{"iri": iri, "name": name} for iri, name in graphs.items()]
            for past, graphs in named_graphs(found).items()
        },
    }
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "things": {'
    for what in What:
        yield f'{"," if what else ""}\n  "{what.past}": ['
        yield from _members(namer.named(one for one in found.changes if one.what == what))
        yield "]"
    yield "\n }\n}\n"


def _members(named: Iterable[tuple[Change, Words]]) -> Iterator[str]:
    """Write the members of an array, a line each."""
    between = "\n"
    for some in _batches(named):
        records = ({"kind": change.kind, **_record(change, name)} for change, name in some)
        yield between + ",\n".join(f"   {json.dumps(one, ensure_ascii=False)}" for one in records)
        between = ",\n"


def _record(change: Change, name: Words) -> dict[str, Any]:
    """Return what is written of a change; a status is its notation, as in the list of links."""
    return {
        "iri": change.iri,
        "name": name.text,
        "statusBefore": change.before.rpartition("/")[2],
        "statusAfter": change.after.rpartition("/")[2],
        "properties": list(map(terms.compact, change.properties)),
    }


def named_graphs(found: Difference) -> dict[str, dict[str, str]]:
    """Return the titles of the graphs by IRI, by what happened to them."""
    titles = {**_titles(found.before), **_titles(found.after)}
    return {
        past: {iri: titles.get(iri) or terms.compact(iri) for iri in iris}
        for past, iris in found.graphs.items()
    }


def _titles(manifest: Manifest) -> dict[str, str]:
    return {entry.graph: entry.title for entry in manifest.all_graphs()}
