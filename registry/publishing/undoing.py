"""Undoing: what one publish changed is taken back, and nothing of what came after it.

    graphs   of the publish: lines gone and come  ─ the other way round ─▶ graphs of now
    ledger   what it merged or withdrew stands for itself again

It needs both the release of the publish and the one before it to be kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from registry import terms
from registry.graphs.graph import WRITABLE, Graph, Role, from_lines
from registry.identity.ledger import (
    CORRECTED,
    REVIVED,
    SPLIT,
    WITHDRAWN,
    LedgerEntry,
    is_of_stub,
)
from registry.problems import Problem
from registry.publishing import store
from registry.publishing.curation import today
from registry.publishing.plan import Change, read_ledger
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings

_ITEM: Final = f"<{terms.prefixed('cl:wikidataItem')}>"


def undo(workspace: Workspace, settings: Settings, wanted: str) -> Change:
    """Take back what the publish of a release changed, given its version or name.

    Raises
    ------
    Problem
        `not-found` where the release or the one before it is not kept, `conflict` where nothing of
        the change is left, or a graph that it concerned was removed since.

    """
    version = workspace.resolve(wanted)
    switches = log.switches(workspace.log_path)
    event = next((e for e in reversed(switches) if e.version == version), None)
    if event is None or not event.previous or event.previous not in workspace.versions():
        raise Problem("not-found", f"the release before {version} is not kept")
    then, before, now = (
        {iri: g for iri, g in graphs.items() if g.role in WRITABLE}
        for graphs in (
            workspace.graphs(version),
            workspace.graphs(event.previous),
            workspace.released()[1],
        )
    )
    graphs: dict[str, Graph] = {}
    removed: list[str] = []
    stubs: set[str] = set()
    for iri in sorted(then.keys() | before.keys()):
        differs = store.difference(before.get(iri), then.get(iri))
        if not len(differs):
            continue
        lines = {*now[iri].lines} if iri in now else set[bytes]()
        after = (lines - differs.come) | differs.gone
        stubs.update(_subject(line) for line in differs.come if is_of_stub(line))
        if after == lines:
            continue
        if after:
            graphs[iri] = Graph(iri, from_lines(after))
        else:
            removed.append(iri)
    if not graphs and not removed:
        raise Problem("conflict", f"nothing of what {version} changed is left")
    known = {entry.iri: entry for entry in read_ledger(workspace, settings).entries}
    lines_of_ledger = [*_revived(known, stubs), *_corrected(known, now, graphs)]
    return Change([], removed, minted=lines_of_ledger, graphs=graphs, things={"undone": [version]})


def _revived(known: Mapping[str, LedgerEntry], things: Iterable[str]) -> list[LedgerEntry]:
    """Write the lines by which things stand for themselves again that were given up."""
    given_up = [known[iri] for iri in sorted(things) if iri in known and known[iri].replaced_by]
    return [
        replace(
            entry,
            decided=REVIVED if _may_be_revived(entry) else SPLIT,
            date=today(),
            replaced_by="",
        )
        for entry in given_up
    ]


def _may_be_revived(entry: LedgerEntry) -> bool:
    """Whether a thing that was given up is revived; a merger of others is undone by a split."""
    return entry.kind in {"link", "claim"} or entry.replaced_by == WITHDRAWN


def _corrected(
    known: Mapping[str, LedgerEntry], before: Mapping[str, Graph], after: Mapping[str, Graph]
) -> list[LedgerEntry]:
    """Write the lines that state the items of cities as graphs do again."""
    found = list[LedgerEntry]()
    for iri, graph in after.items():
        if graph.role is not Role.CITIES or iri not in before:
            continue
        changed = {*graph.lines} ^ {*before[iri].lines}
        cities = {_subject(line) for line in changed if _ITEM.encode() in line}
        for city in sorted(cities & known.keys()):
            start = f"<{city}> {_ITEM} ".encode()
            items = [_item(line) for line in graph.lines if line.startswith(start)]
            own = [one for one in known[city].items if one in items]
            text = " ".join([*own, *(one for one in items if one not in own)])
            if items and text != known[city].wikidata and not known[city].replaced_by:
                line = replace(known[city], wikidata=text, decided=CORRECTED, date=today())
                found.append(line)
    return found


def _subject(line: bytes) -> str:
    return line[1 : line.index(b">")].decode()


def _item(line: bytes) -> str:
    return line[line.rindex(b"/") + 1 : line.rindex(b">")].decode()
