"""Building a release in a folder that no reader knows: store, derived graph, report, views, files.

The store is a copy of the last release's, brought to the new state by the difference alone.

    last release's store ─ copy, change ─▶ store ─ rules ─▶ derived graph ─ shapes ─▶ report
    graphs ─▶ files under their hash ─▶ views (names, links, linksets, dumps) ─▶ manifest
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from registry import capacity, files, progress, terms
from registry.damage import BY_DATABASE, BY_STORE, reading, remade
from registry.databases import check_whole
from registry.graphs import canonical
from registry.graphs.graph import MERGED, Graph, role_of
from registry.problems import Problem
from registry.publishing import derive, graph_writing, prebuilt, store
from registry.publishing.impact import Changes
from registry.publishing.plan import LEDGER_KEY, Plan
from registry.publishing.shacl import Report, Severity, revise, validate
from registry.releases import code, view_sums
from registry.releases import manifest as manifests
from registry.releases.manifest import GraphEntry, Manifest
from registry.releases.reading import Content, View
from registry.releases.workspace import Workspace
from registry.sandbox import trim_memory
from registry.settings import Settings
from registry.views.dumps import seal

REPORT: Final = "report.json.gz"
"""The report of a release, in its folder."""

_DERIVED: Final = "derived"
"""The folder of a release in the making with the files of a derived graph that was changed."""

_MANY: Final = 50_000
"""Changed triples from which a release is made as if it were the first."""


def report_on(workspace: Workspace, settings: Settings, plan: Plan) -> Report:
    """Validate the release that a plan makes, and leave nothing of it; needs no lock."""

    def attempt() -> Report:
        with workspace.draft() as folder:
            building = _Building(workspace, settings, plan, folder)
            with building.following():
                return building.build().report

    return workspace.steadily(attempt)


def freeze(
    workspace: Workspace, settings: Settings, plan: Plan, views: Sequence[View[Any]]
) -> Report:
    """Build a release with its views, and put it in its place.

    Raises
    ------
    Problem
        `data-invalid`, with the report, when the shapes are violated; nothing is left then.

    """
    with workspace.unfinished() as folder:
        building = _Building(workspace, settings, plan, folder, views)
        expected = building.prebuilt
        new = [*plan.graphs.values(), *([expected.derived] if expected else [])]
        with (
            building.following(),
            graph_writing.written_beside(workspace, new, settings.validators > 1) as wait,
        ):
            derived, report, changes = building.build()
            if not report.conforms:
                count = report.counts[Severity.VIOLATION]
                what = "1 violation" if count == 1 else f"{count} violations"
                raise Problem("data-invalid", f"{what}; nothing was published", report=report)
            progress.step("writing views and dumps")
            building.write_early_views(derived, changes)
            wait()
        for graph in plan.graphs.values():
            graph_writing.keep(workspace, graph, building.before.get(graph.iri))
        manifest = building.manifest(derived, report)
        graph_writing.keep_made(workspace, derived, folder / _DERIVED)
        content = Content(folder, (), manifest.all_graphs(), workspace.graph_folder)
        for view in views:
            if view.write and not view.follow:
                view.write(content)
        view_sums.note(folder, [view.name for view in views])
        files.write(folder / LEDGER_KEY, plan.ledger.encode())
        files.write(folder / "manifest.json", seal(content.dumps, manifest).to_json())
        target = workspace.folder(plan.version)
        folder.rename(target)
        files.sync_folder(target.parent)
        return report


class _Built(NamedTuple):
    """The derived graph, the report, and what changed since the last release, if that is little."""

    derived: Graph
    report: Report
    changes: Changes | None


class _Last(NamedTuple):
    """The release that a new one is made of: its folder, its graphs, and what changes of each."""

    folder: Path
    entries: Mapping[str, GraphEntry]
    changed: Mapping[str, store.Difference]


@dataclass(frozen=True)
class _Building:
    """A release in the making in a folder, from the last one where the same rules made that."""

    workspace: Workspace
    settings: Settings
    plan: Plan
    folder: Path
    views: Sequence[View[Any]] = ()

    @cached_property
    def _last(self) -> _Last | None:
        """The current release, where the same rules made its store and little of it changes."""
        current = self.workspace.current()
        if not current:
            return None
        manifest, folder = self.workspace.manifest(current), self.workspace.folder(current)
        if manifest.rules != code.rules_version() or not (folder / "store").is_dir():
            return None
        entries = {entry.graph: entry for entry in manifest.all_graphs()}
        changed = self._changed(entries)
        return None if changed is None else _Last(folder, entries, changed)

    def _changed(self, before: Mapping[str, GraphEntry]) -> dict[str, store.Difference] | None:
        """Return what changes of each graph that is not as it was; None if that is much."""
        changed, total = dict[str, store.Difference](), 0
        for iri in sorted((before.keys() | self.plan.graphs.keys()) - {terms.DERIVED_GRAPH}):
            old, new = before.get(iri), self.plan.graphs.get(iri)
            if old and new and old.sha256 == new.sha256:
                continue
            graph = self.workspace.graph(old) if old else None
            changed[iri] = store.difference(graph, new)
            total += len(changed[iri])
            if total > _MANY:
                return None
        return changed

    @property
    def before(self) -> Mapping[str, GraphEntry]:
        """The entries of the last release's manifest, by graph."""
        return self._last.entries if self._last else {}

    @cached_property
    def prebuilt(self) -> prebuilt.Prebuilt | None:
        """The shipped results for just these graphs, where no last release is to be changed."""
        return prebuilt.of(self.plan.graphs) if self._last is None else None

    @contextmanager
    def following(self) -> Iterator[None]:
        """Name the store of the last release where a copy of it turns out to be damaged."""
        if self._last is None:
            yield
            return
        path = self._last.folder / "store"
        with reading(path, remade(path), BY_STORE):
            yield

    def build(self) -> _Built:
        """Bring the store to its new state, derive, and validate."""
        last = self._last.folder if self._last else None
        progress.step("copying the store" if last else "loading the store")
        target = store.open_copy(last / "store" if last else None, self.folder / "store")
        changes, results = None, self.prebuilt
        if self._last:
            changes = self._change(target, self._last)
        else:
            self._load(target)
            trim_memory()
        if results is None:
            progress.step("deriving")
            derived = self._derived(target, changes)
            if changes is None:
                trim_memory()
            progress.step("validating")
            results = prebuilt.Prebuilt(derived, self._validate(target, changes))
        files.write(self.folder / REPORT, files.compress(results.report.to_json()))
        target.flush()
        return _Built(results.derived, results.report, changes)

    def _derived(self, target: ox.Store, changes: Changes | None) -> Graph:
        """Derive all, or what changes; the files of a graph that changes are written with it."""
        before = self.before.get(terms.DERIVED_GRAPH)
        if changes is None or before is None:
            return derive.derive_all(target, self.folder)
        difference = derive.Derivation(target, changes).run()
        if not difference:
            return self.workspace.graph(before)
        return graph_writing.changed(self.workspace, before, difference, self.folder / _DERIVED)

    def _change(self, target: ox.Store, last: _Last) -> Changes:
        """Bring the graphs in a copy of the last release's store to their new content."""
        changes = Changes()
        for iri, difference in last.changed.items():
            changed = store.change_graph(target, iri, difference)
            if role_of(iri) in MERGED:
                changes.note(changed)
            if iri == terms.SETTINGS_GRAPH:
                old = last.entries.get(iri)
                before = self.workspace.graph(old) if old else None
                changes.moved = derive.moved_days(before, self.plan.graphs.get(iri))
        return changes

    def _load(self, target: ox.Store) -> None:
        """Load all graphs into a new store."""
        graphs = [self.plan.graphs[iri] for iri in sorted(self.plan.graphs)]
        if self.prebuilt:
            graphs.append(self.prebuilt.derived)
        with store.loading(target, graphs, self.settings.validators):
            if self.prebuilt:  # The engine loads in threads of its own, so that this costs no time.
                self.write_early_views(self.prebuilt.derived, None)

    def write_early_views(self, derived: Graph, changes: Changes | None) -> None:
        """Write the views that read graphs alone, from the last release's where it has them."""

        @cache  # To read all graphs takes as long as all else in a small publish.
        def content() -> Content:
            return Content(self.folder, [*self.plan.graphs.values(), derived])

        for view in self.views:
            target = self.folder / view.name
            if not view.write or not view.follow or target.exists():
                continue
            before = self._last and self._last.folder / view.name
            if changes is None or before is None or not before.exists():
                view.write(content())
            else:
                subjects = {str(triple.subject)[1:-1] for triple in changes.of(view.reads)}
                opened = ox.Store.read_only(str(self.folder / "store"))
                with reading(before, remade(before), BY_DATABASE):
                    if before.suffix == ".sqlite":
                        check_whole(before)
                    view.follow(target, before, opened, subjects)

    def _validate(self, target: ox.Store, changes: Changes | None) -> Report:
        """Validate what a change concerns where the shapes are the same, else everything."""
        shapes = self.plan.graphs[terms.SHAPES_GRAPH]
        before = self.before.get(terms.SHAPES_GRAPH)
        path, report = self._last.folder / REPORT if self._last else None, None
        same = before is not None and before.sha256 == shapes.sha256
        if changes is not None and same and path and path.exists():
            with reading(path, "remove it; all is validated anew then"):
                earlier = Report.from_json(files.decompress(path.read_bytes()))
            report = revise(target, shapes, earlier, changes)
        validators = self.settings.validators
        queries = 1 if store.is_crowded(self.plan.graphs.values()) else validators
        return report or validate(target, shapes, self.folder, validators, queries)

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


def restore(workspace: Workspace, version: str, views: Sequence[View[Any]]) -> None:
    """Write the store of a release anew where it was pruned, and the views that it lacks."""
    target, entries = workspace.folder(version), workspace.manifest(version).all_graphs()
    missing = [view for view in views if view.follow and not (target / view.name).exists()]
    if missing:
        graphs = [*map(workspace.graph, entries)]
        with workspace.unfinished() as folder:
            for view in missing:
                if view.write:
                    view.write(Content(folder, graphs))
                    (folder / view.name).rename(target / view.name)
        view_sums.note(target, [view.name for view in missing])
    if not (target / "store").is_dir():
        with workspace.unfinished() as folder:
            _load_graphs(workspace, entries, folder / "store")
            (folder / "store").rename(target / "store")
            files.sync_folder(target)


def renew(workspace: Workspace, version: str, views: Sequence[View[Any]]) -> None:
    """Make the store and the views of a release anew, from its graphs alone.

    Those of a release that follows another begin as copies, which keep bytes of what was removed.
    """
    target, entries = workspace.folder(version), workspace.manifest(version).all_graphs()
    followed = [v for v in views if v.write and v.follow and (target / v.name).exists()]
    with workspace.unfinished() as folder:
        if (target / "store").is_dir():
            _load_graphs(workspace, entries, folder / "store")
            workspace.throw_away(target / "store")
            (folder / "store").rename(target / "store")
        graphs = [*map(workspace.graph, entries)]
        for view in followed:
            if view.write:
                view.write(Content(folder, graphs))
                (folder / view.name).replace(target / view.name)
        view_sums.note(target, [view.name for view in followed])
        files.sync_folder(target)


def _load_graphs(workspace: Workspace, entries: Sequence[GraphEntry], path: Path) -> None:
    """Load graphs into a new store."""
    made = store.open_copy(None, path)
    with store.loading(made, [*map(workspace.graph, entries)], capacity.cores()):
        pass
    made.flush()
