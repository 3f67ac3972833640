"""Building a release in a folder that no reader knows: store, derived statements, judgement, files.

The store is a copy of the last release's, brought to the new state by the difference alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

import pyoxigraph as ox

from registry import progress, terms
from registry.damage import BY_DATABASE, BY_STORE, reading, remade
from registry.databases import check_whole
from registry.intake import canonical
from registry.intake.graphs import MERGED, Graph, Role, from_lines, role_of
from registry.problems import Problem
from registry.releases import code, derive, dumps, files, ready, store
from registry.releases import manifest as manifests
from registry.releases.dependence import Changes
from registry.releases.manifest import GraphEntry, Manifest
from registry.releases.plan import Plan
from registry.releases.validation import Report, Severity, revise, validate
from registry.releases.workspace import Workspace
from registry.search import index, links
from registry.settings import Settings


def judge(workspace: Workspace, settings: Settings, plan: Plan) -> Report:
    """Judge the release that a plan makes, and leave nothing of it; needs no lock."""
    return workspace.steadily(lambda: _judged(workspace, settings, plan))


def _judged(workspace: Workspace, settings: Settings, plan: Plan) -> Report:
    with workspace.draft() as folder:
        building = _Building(workspace, settings, plan, folder)
        with building.following():
            return building.make().report


def freeze(workspace: Workspace, settings: Settings, plan: Plan) -> Report:
    """Build a release and put it in its place.

    Raises
    ------
    Problem
        `data-invalid`, with the report, when the shapes are violated; nothing is left then.

    """
    with workspace.unfinished() as folder:
        building = _Building(workspace, settings, plan, folder)
        new = [*plan.graphs.values(), *([building.ready.derived] if building.ready else [])]
        with (
            building.following(),
            dumps.written_beside(workspace, new, settings.judges > 1) as written,
        ):
            derived, report, changes = building.make()
            if not report.conforms:
                raise _refusal(report)
            progress.step("writing indexes and dumps")
            building.index(derived, changes)
            written()
        for graph in (*plan.graphs.values(), derived):
            dumps.keep_graph(workspace, graph, building.before.get(graph.iri))
        found = index.Index(folder / index.FILE)
        listed = dumps.write(workspace, building.manifest(derived, report), found, folder / "dumps")
        files.write(folder / "manifest.json", listed.to_json())
        target = workspace.folder(plan.version)
        folder.rename(target)
        files.sync_folder(target.parent)
        return report


def _refusal(report: Report) -> Problem:
    count = report.counts[Severity.VIOLATION]
    what = "1 violation" if count == 1 else f"{count} violations"
    return Problem("data-invalid", f"{what}; nothing was published", report=report)


_REPORT: Final = "report.json.gz"

_INDEXES: Final = (index, links)
"""What is read off the graphs of a release beside its store."""

_MANY: Final = 50_000
"""Changed triples from which a release is derived and judged as if it were the first."""


class _Made(NamedTuple):
    """What was made: the derived graph, the report, and what has changed, where that is little."""

    derived: Graph
    report: Report
    changes: Changes | None


@dataclass(frozen=True)
class _Building:
    """A release in the making in a folder, from the last one where that was made by our rules."""

    workspace: Workspace
    settings: Settings
    plan: Plan
    folder: Path

    @cached_property
    def _last(self) -> Path | None:
        """The folder of the current release, where it has a store made by the same rules."""
        current = self.workspace.current()
        if not current or self.workspace.manifest(current).rules != code.rules_version():
            return None
        folder = self.workspace.folder(current)
        return folder if (folder / "store").is_dir() else None

    @cached_property
    def before(self) -> dict[str, GraphEntry]:
        """What the last release lists, by graph."""
        if self._last is None:
            return {}
        listed = self.workspace.manifest(self._last.name).all_graphs()
        return {entry.graph: entry for entry in listed}

    @contextmanager
    def following(self) -> Iterator[None]:
        """Name the store of the last release where a copy of it turns out to be damaged."""
        if self._last is None:
            yield
            return
        path = self._last / "store"
        with reading(path, remade(path), BY_STORE):
            yield

    def make(self) -> _Made:
        """Make the store; tell the derived graph, and what the shapes say."""
        last, made = self._last, self.ready
        progress.step("copying the store" if last else "loading the store")
        target = store.open_copy(last / "store" if last else None, self.folder / "store")
        changes = self._brought(target)
        before = results(last) if last else {}
        if made is None:
            progress.step("deriving")
            derived = derive.Derivation(target, before, changes).run()
            progress.step("validating")
            made = ready.Ready(derived, self._report(target, changes))
        _write_results(self.folder, made.results, before, last)
        files.write(self.folder / _REPORT, files.compress(made.report.to_json()))
        target.flush()
        return _Made(made.derived, made.report, changes)

    def index(self, derived: Graph, changes: Changes | None) -> None:
        """Make the indexes of names and links, from those of the last release where it has some."""
        for made in _INDEXES:
            if not (self.folder / made.FILE).exists():
                self._index(made, derived, changes)

    def _index(self, made: ModuleType, derived: Graph, changes: Changes | None) -> None:
        target, before = (folder and folder / made.FILE for folder in (self.folder, self._last))
        if changes is None or before is None or not before.exists():
            made.write(target, self._said(derived))
        else:
            read = ox.Store.read_only(str(self.folder / "store"))
            subjects = {str(triple.subject)[1:-1] for triple in changes.of(made.READ)}
            with reading(before, remade(before), BY_DATABASE):
                check_whole(before)
                made.follow(target, before, read, subjects)

    def _said(self, derived: Graph) -> list[bytes]:
        """Give the graphs that the default graph is made of."""
        merged = (graph for graph in self.plan.graphs.values() if graph.role in MERGED)
        return [graph.ntriples for graph in (*merged, derived)]

    @cached_property
    def ready(self) -> ready.Ready | None:
        """What comes of these graphs, where that was shipped and no other is to be changed."""
        return ready.of(self.plan.graphs) if self._last is None else None

    def _brought(self, target: ox.Store) -> Changes | None:
        """Bring the graphs in the store to their new content; tell the difference, if small."""
        changes, new = Changes(), [self.ready.derived] if self.ready else []
        for iri in sorted((self.before.keys() | self.plan.graphs.keys()) - {terms.DERIVED_GRAPH}):
            before, after = self.before.get(iri), self.plan.graphs.get(iri)
            if before and after and before.sha256 == after.sha256:
                continue
            if after and not before and store.is_large(after):
                new.append(after)
                continue
            old = self.workspace.graph(before) if before else None
            changed = store.replace_graph(target, iri, old, after)
            if role_of(iri) in MERGED:
                changes.note(changed)
            changes.of_settings |= iri == terms.SETTINGS_GRAPH
        with store.loading(target, new, self.settings.judges):
            if self.ready:
                self.index(self.ready.derived, None)
        return changes if self._last and not new and len(changes) <= _MANY else None

    def _report(self, target: ox.Store, changes: Changes | None) -> Report:
        """Judge the release, by what is known of the last one where the shapes are the same."""
        shapes = self.plan.graphs[terms.SHAPES_GRAPH]
        last, before = self._last, self.before.get(terms.SHAPES_GRAPH)
        known, report = last / _REPORT if last else None, None
        same = before is not None and before.sha256 == shapes.sha256
        if changes is not None and same and known and known.exists():
            with reading(known, "remove it; all is validated anew then"):
                said = Report.from_json(files.decompress(known.read_bytes()))
            report = revise(target, shapes, said, changes)
        return report or validate(target, shapes, self.folder, self.settings.judges)

    def manifest(self, derived: Graph, report: Report) -> Manifest:
        """List what the release is made of, but its dumps."""
        graphs = [self.plan.graphs[iri] for iri in sorted(self.plan.graphs)]
        counts = {f"{severity.value}s": count for severity, count in report.counts.items()}
        return Manifest(
            self.plan.version,
            self.plan.as_of,
            canonical.VERSION,
            code.rules_version(),
            tuple(map(self._entry, graphs)),
            manifests.entry_of(derived),
            validation=counts,
        )

    def _entry(self, graph: Graph) -> GraphEntry:
        """List a graph, as the last release did where it is the same."""
        before = self.before.get(graph.iri)
        same = before is not None and before.sha256 == graph.sha256
        return before if before is not None and same else manifests.entry_of(graph)


def results(release: Path) -> derive.Results:
    """Read what each rule derived in a release, given its folder."""
    found = {}
    for path in sorted((release / "derived").iterdir()):
        with reading(path, f"remove {release / 'store'} and publish a change: all is made anew"):
            lines = files.decompress(path.read_bytes()).splitlines()
            if not all(line.startswith(b"<") and line.endswith(b" .") for line in lines):
                raise ValueError("it is not N-Triples")
        found[path.name.removesuffix(".nt.gz")] = frozenset(lines)
    return found


def _write_results(
    folder: Path, made: derive.Results, before: derive.Results, last: Path | None
) -> None:
    """Keep what each rule derived, for the difference at the next publish."""
    (folder / "derived").mkdir()
    for name, lines in made.items():
        path = folder / "derived" / f"{name}.nt.gz"
        if last and before.get(name) == lines:
            path.hardlink_to(last / "derived" / path.name)
        else:
            files.write(path, files.compress(from_lines(lines)))


def restore(workspace: Workspace, version: str) -> None:
    """Make a release's store anew from its graphs' files, where it was pruned, and its indexes."""
    target = workspace.folder(version) / "store"
    _restore_indexes(workspace, version)
    if target.is_dir():
        return
    with workspace.unfinished() as folder:
        made = store.open_copy(None, folder / "store")
        for entry in workspace.manifest(version).all_graphs():
            store.replace_graph(made, entry.graph, None, workspace.graph(entry))
        made.flush()
        del made
        (folder / "store").rename(target)
        files.sync_folder(target.parent)


def _restore_indexes(workspace: Workspace, version: str) -> None:
    """Make the indexes that a release does not have, as an older software published it."""
    folder, listed = workspace.folder(version), workspace.manifest(version).all_graphs()
    missing = [made for made in _INDEXES if not (folder / made.FILE).exists()]
    if not missing:
        return
    said = [workspace.graph(entry).ntriples for entry in listed if Role(entry.role) in MERGED]
    with workspace.unfinished() as beside:
        for made in missing:
            made.write(beside / made.FILE, said)
            (beside / made.FILE).rename(folder / made.FILE)
