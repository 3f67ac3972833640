"""Building a release in a folder that no reader knows: store, derived statements, judgement, files.

The store is a copy of the last release's, brought to the new state by the difference alone.
"""

from __future__ import annotations

from pathlib import Path

from registry import terms
from registry.intake import canonical
from registry.intake.graphs import Graph
from registry.problems import Problem
from registry.releases import code, derive, dumps, files, store
from registry.releases import manifest as manifests
from registry.releases.manifest import Manifest
from registry.releases.plan import Plan
from registry.releases.validation import Report, Severity, validate
from registry.releases.workspace import Workspace


def judge(workspace: Workspace, plan: Plan) -> Report:
    """Judge the release that a plan makes, and leave nothing of it; needs no lock."""
    return workspace.steadily(lambda: _judged(workspace, plan))


def _judged(workspace: Workspace, plan: Plan) -> Report:
    with workspace.draft() as folder:
        return _build(workspace, plan, folder)[1]


def freeze(workspace: Workspace, plan: Plan) -> Report:
    """Build a release and put it in its place.

    Raises
    ------
    Problem
        `data-invalid`, with the report, when the shapes are violated; nothing is left then.

    """
    with workspace.unfinished() as folder:
        derived, report = _build(workspace, plan, folder)
        if not report.conforms:
            count = report.counts[Severity.VIOLATION]
            what = "1 violation" if count == 1 else f"{count} violations"
            raise Problem("data-invalid", f"{what}; nothing was published", report=report)
        for graph in (*plan.graphs.values(), derived):
            dumps.keep_graph(workspace, graph)
        manifest = dumps.write(workspace, _manifest(plan, derived, report), folder / "dumps")
        files.write(folder / "manifest.json", manifest.to_json())
        target = workspace.folder(plan.version)
        folder.rename(target)
        files.sync_folder(target.parent)
        return report


def _build(workspace: Workspace, plan: Plan, folder: Path) -> tuple[Graph, Report]:
    """Make the store of a release; give its derived graph, and what the shapes say."""
    last = _last(workspace)
    before = workspace.graphs(last.name) if last else {}
    target = store.open_copy(last / "store" if last else None, folder / "store")
    for iri in sorted(before.keys() | plan.graphs.keys()):
        store.replace_graph(target, iri, before.get(iri), plan.graphs.get(iri))
    results = derive.Derivation(target, _read_results(last)).run()
    _write_results(folder, results)
    report = validate(target, plan.graphs[terms.SHAPES_GRAPH])
    target.flush()
    return derive.graph_of(results), report


def _last(workspace: Workspace) -> Path | None:
    """Give the folder of the current release, where it has a store made by the same rules."""
    current = workspace.current()
    if not current or workspace.manifest(current).rules != code.rules_version():
        return None
    folder = workspace.folder(current)
    return folder if (folder / "store").is_dir() else None


def _manifest(plan: Plan, derived: Graph, report: Report) -> Manifest:
    """List what the release is made of, but its dumps."""
    entries = tuple(manifests.entry_of(graph) for _, graph in sorted(plan.graphs.items()))
    counts = {f"{severity.value}s": count for severity, count in report.counts.items()}
    return Manifest(
        plan.version,
        plan.as_of,
        canonical.VERSION,
        code.rules_version(),
        entries,
        manifests.entry_of(derived),
        validation=counts,
    )


def _read_results(release: Path | None) -> derive.Results:
    """Read what each rule derived in a release."""
    if release is None:
        return {}
    return {
        path.name.removesuffix(".nt.gz"): frozenset(
            files.decompress(path.read_bytes()).splitlines()
        )
        for path in sorted((release / "derived").iterdir())
    }


def _write_results(folder: Path, results: derive.Results) -> None:
    """Keep what each rule derived, for the difference at the next publish."""
    for name, lines in results.items():
        content = b"".join(line + b"\n" for line in sorted(lines))
        files.write(folder / "derived" / f"{name}.nt.gz", files.compress(content))


def restore(workspace: Workspace, version: str) -> None:
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
        files.sync_folder(target.parent)
