"""Publishing: from files to the release that readers see, or to an error that changed nothing.

Until the link `current` is switched, in one step, everything happens in a folder that no reader
knows; a publisher may be killed at any moment.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry import intake, saved_queries, shipped, terms
from registry.intake import canonical
from registry.intake.graphs import WRITABLE, Graph
from registry.problems import Problem
from registry.releases import as_of, code, derive, dumps, files, log, merge, retention, store
from registry.releases import manifest as manifests
from registry.releases.manifest import Manifest
from registry.releases.validation import Report, validate
from registry.releases.workspace import Workspace
from registry.settings import Settings


@dataclass(frozen=True)
class Change:
    """What a publisher asks for."""

    files: Sequence[Path] | None = None
    """The files to take; None = the shipped data."""

    remove: Sequence[str] = ()
    """IRIs of graphs to remove."""

    as_of: str | None = None
    """The as-of date (an ISO date); None = the newest date that sources state."""

    winner: merge.Winner | None = None
    """Which side wins where both changed."""


@dataclass(frozen=True)
class Outcome:
    """What came of a publish; `report` is None when the release was there already."""

    version: str
    changed: bool
    report: Report | None


@dataclass(frozen=True)
class _Next:
    """The graphs of the release in the making, but the derived one."""

    graphs: dict[str, Graph]
    taken: dict[str, str]
    as_of: str

    @property
    def version(self) -> str:
        return manifests.version_of(self.graphs.values())


def publish(workspace: Workspace, settings: Settings, change: Change, name: str = "") -> Outcome:
    """Publish a change, and give the release a name that keeps it where one is given.

    Raises
    ------
    Problem
        `data-syntax`, `data-invalid` (with the report), `conflict` or `not-found`; the current
        release is then what it was.

    """
    with workspace.lock():
        _heal_log(workspace)
        after = _next(workspace, settings, change)
        outcome = _released(workspace, after)
        workspace.write_taken(after.taken)
        if name:
            keep(workspace, outcome.version, name)
        retention.prune(workspace, settings)
        return outcome


def judge(workspace: Workspace, settings: Settings, change: Change) -> Report:
    """Judge the release that a change would make, without publishing it."""
    with workspace.lock():
        after = _next(workspace, settings, change)
        with workspace.unfinished() as folder:
            return _build(workspace, after, folder)[1]


def _next(workspace: Workspace, settings: Settings, change: Change) -> _Next:
    """Say what the graphs of the next release are."""
    current = workspace.current()
    here = workspace.graphs(current) if current else {}
    sources = {iri: graph for iri, graph in here.items() if graph.role in WRITABLE}
    merged = merge.merge(sources, _offered(settings, change), workspace.taken(), change.winner)
    kept = merge.without(merged.graphs, change.remove)
    day = change.as_of or as_of.newest(kept.values())
    computed = {**code.graphs(settings), terms.SETTINGS_GRAPH: code.settings_graph(day)}
    return _Next({**kept, **computed}, merged.taken, day)


def _offered(settings: Settings, change: Change) -> dict[str, Graph]:
    """Read the files of a change."""
    paths = shipped.data_files() if change.files is None else change.files
    derived = saved_queries.derived_terms(code.rules())
    sources = [intake.source_of(path) for path in paths]
    return intake.read(sources, settings, ledger=shipped.LEDGER, derived=derived)


def _released(workspace: Workspace, after: _Next) -> Outcome:
    """Make the release current, building it unless it is there."""
    current = workspace.current()
    if after.version == current:
        return Outcome(current, changed=False, report=None)
    before = workspace.manifest(current) if current else None
    report = None
    if not (workspace.folder(after.version) / "store").is_dir():
        report = _frozen(workspace, after)
    workspace.switch(after.version)
    graphs = log.changes(before, workspace.manifest(after.version))
    log.append(workspace.log_path, log.Event("publish", after.version, current, graphs=graphs))
    return Outcome(after.version, changed=True, report=report)


def _frozen(workspace: Workspace, after: _Next) -> Report:
    """Build a release and put it in its place; refuse it when it violates."""
    with workspace.unfinished() as folder:
        manifest, report = _build(workspace, after, folder)
        if not report.conforms:
            count = report.counts[next(iter(report.counts))]
            raise Problem(
                "data-invalid", f"{count} violations; nothing was published", report=report
            )
        manifest = dumps.write(workspace, manifest, folder / "dumps")
        files.write(folder / "manifest.json", manifest.to_json())
        target = workspace.folder(after.version)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
        files.sync_folder(target.parent)
        return report


def _build(workspace: Workspace, after: _Next, folder: Path) -> tuple[Manifest, Report]:
    """Bring a copy of the last store to the new state, derive, validate, store the graphs."""
    current = workspace.current()
    before = workspace.graphs(current) if current else {}
    last = workspace.folder(current) if current else None
    target = store.open_copy(last / "store" if last else None, folder / "store")
    for iri in sorted(before.keys() | after.graphs.keys()):
        store.replace_graph(target, iri, before.get(iri), after.graphs.get(iri))
    results = derive.Derivation(target, read_results(last)).run()
    _write_results(folder, results)
    derived = derive.graph_of(results)
    report = validate(target, after.graphs[terms.SHAPES_GRAPH])
    target.flush()
    for graph in (*after.graphs.values(), derived):
        dumps.keep_graph(workspace, graph)
    return _manifest(after, derived, report), report


def _manifest(after: _Next, derived: Graph, report: Report) -> Manifest:
    """List what the release is made of, but its dumps."""
    entries = tuple(manifests.entry_of(graph) for _, graph in sorted(after.graphs.items()))
    counts = {f"{severity.value}s": count for severity, count in report.counts.items()}
    return Manifest(
        after.version,
        after.as_of,
        canonical.VERSION,
        code.rules_version(),
        entries,
        manifests.entry_of(derived),
        validation=counts,
    )


def read_results(release: Path | None) -> derive.Results:
    """Read what each rule derived in a release."""
    if release is None:
        return {}
    return {
        path.name.removesuffix(".nt.gz"): frozenset(
            files.decompress(path.read_bytes()).splitlines()
        )
        for path in sorted((release / "derived").glob("*.nt.gz"))
    }


def _write_results(folder: Path, results: derive.Results) -> None:
    """Keep what each rule derived, for the difference at the next publish."""
    for name, lines in results.items():
        content = b"".join(line + b"\n" for line in sorted(lines))
        files.write(folder / "derived" / f"{name}.nt.gz", files.compress(content))


def keep(workspace: Workspace, version: str, name: str) -> None:
    """Name a release for ever; `conflict` when another release has the name."""
    if not terms.REF.fullmatch(name) or "/" in name:
        raise Problem("bad-parameter", f"{name!r} is not a name in a-z, 0-9 and hyphens")
    holder = workspace.names().get(name)
    if holder == version:
        return
    if holder is not None or name == "latest":
        raise Problem("conflict", f"the name {name!r} is taken")
    workspace.name(name, version)
    log.append(workspace.log_path, log.Event("keep", version, workspace.current(), name))


def rollback(workspace: Workspace, wanted: str) -> str:
    """Make an earlier release the current one; give its version."""
    with workspace.lock():
        _heal_log(workspace)
        current, version = workspace.current(), workspace.resolve(wanted)
        if version == current:
            return version
        before = workspace.manifest(current) if current else None
        rebuild_store(workspace, version)
        workspace.switch(version)
        graphs = log.changes(before, workspace.manifest(version))
        log.append(workspace.log_path, log.Event("rollback", version, current, graphs=graphs))
        return version


def rebuild_store(workspace: Workspace, version: str) -> None:
    """Make a release's store anew from its graphs' files, where it was pruned."""
    target = workspace.folder(version) / "store"
    if target.is_dir():
        return
    with workspace.unfinished() as folder:
        made = store.open_copy(None, folder / "store")
        for entry in workspace.manifest(version).all_graphs():
            store.replace_graph(made, entry.graph, None, workspace.graph(entry))
        made.flush()
        del made
        (folder / "store").rename(target)


def _heal_log(workspace: Workspace) -> None:
    """Write the event of a switch whose publisher was killed before it could."""
    current = workspace.current()
    switches = [e for e in log.read(workspace.log_path) if e.event in {"publish", "rollback"}]
    if current and (not switches or switches[-1].version != current):
        last = switches[-1].version if switches else None
        known = last in workspace.versions() if last else False
        before = workspace.manifest(last) if last and known else None
        graphs = log.changes(before, workspace.manifest(current))
        log.append(workspace.log_path, log.Event("publish", current, last, graphs=graphs))


def export(workspace: Workspace, version: str, folder: Path) -> list[Path]:
    """Write the contributed graphs of a release as Turtle files for git; give their paths."""
    from registry.intake import turtle

    written = []
    for graph in _contributed(workspace.graphs(version).values()):
        path = folder / (graph.iri.removeprefix(terms.GRAPH).replace("/", "-") + ".ttl")
        files.write(path, turtle.canonical(graph.ntriples, "nt"))
        written.append(path)
    return written


def _contributed(graphs: Iterable[Graph]) -> list[Graph]:
    return [graph for graph in graphs if graph.role in WRITABLE]
