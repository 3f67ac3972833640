"""Checks of a workspace: every kept file is read, and compared with the hash that is stated of it.

    links, names, log, ledger ─ graphs by their hashes ─ releases: manifest, results, store, views,
    dumps; each fault says what readers see of it, and how it is mended from what is intact

What is checked is never changed. A fault that can be mended has a function that does so; it takes
only what fits its hash, and makes beside it what takes the place of the damaged file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from registry import databases, files, formats, progress
from registry.damage import BY_DATABASE, BY_FORMAT, BY_STORE, Damaged, json_object
from registry.graphs.graph import MERGED, Graph, Role
from registry.problems import Problem
from registry.publishing import build, mending, pending
from registry.publishing.plan import read_ledger
from registry.publishing.shacl import Report
from registry.publishing.transaction import restore_current
from registry.releases import as_of, graph_counts, log, view_sums
from registry.releases import manifest as manifests
from registry.releases.graph_files import INDEX, GraphFiles
from registry.releases.manifest import GraphEntry, Manifest
from registry.releases.reading import Release, View
from registry.releases.workspace import REMEDIES, Workspace
from registry.settings import Settings
from registry.views import VIEWS
from registry.views.dumps import SUMS, WHOLE

_RAISED: Final = (Damaged, Problem, *BY_FORMAT, *BY_DATABASE, *BY_STORE)
"""What reading a damaged file raises."""

_BATCH: Final = 20_000
"""Triples that are written as lines at a time."""

_BACKUP: Final = "restore it from a backup"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file, what readers see of it, and what to do about it.

    `mend` makes it whole from what is intact, and raises `Damaged` where nothing has it.
    """

    path: Path
    what: str
    seen: str
    remedy: str = _BACKUP
    mend: Callable[[], None] | None = field(default=None, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the fault as commands print it."""
        told = {"path": str(self.path), "what": self.what, "seen": self.seen}
        return told | {"remedy": self.remedy, "mendable": self.mend is not None}


def check(workspace: Workspace, settings: Settings) -> Iterator[Fault]:
    """Yield all faults of a workspace; what others are made of comes first."""
    yield from _state(workspace, settings)
    kept = dict[str, Manifest]()
    for version in workspace.versions():
        faults = list(_manifest(workspace, version))
        yield from faults
        if not faults:
            kept[version] = workspace.manifest(version)
    entries = {e.sha256: e for manifest in kept.values() for e in manifest.all_graphs()}
    for number, entry in enumerate(entries.values(), 1):
        progress.step(f"checking graphs ({number} of {len(entries)})")
        yield from _graph(workspace, entry, kept)
    for version, manifest in kept.items():
        progress.step(f"checking release {version}")
        yield from _release(workspace, manifest)


class Repair(NamedTuple):
    """The faults that were mended, those that are left, and by file why it was not mended."""

    mended: Sequence[Fault]
    left: Sequence[Fault]
    failed: Mapping[Path, str]


def repair(workspace: Workspace, settings: Settings) -> Repair:
    """Mend all faults that can be.

    A mended file may be what another one is made of, so all is checked again after each pass.
    """
    mended, failed = list[Fault](), dict[Path, str]()
    while True:
        left, is_changed = list[Fault](), False
        for fault in check(workspace, settings):
            left.append(fault)
            if fault.mend is None or fault.path in failed:
                continue
            try:
                if fault in mended:
                    raise Damaged("it was mended, and is damaged again")
                fault.mend()
            except _RAISED as error:
                failed[fault.path] = " ".join(str(error).split())
            else:
                mended.append(fault)
                is_changed = True
        if not is_changed:
            return Repair(mended, left, failed)


@contextmanager
def _found(faults: list[Fault], fault: Callable[[str], Fault]) -> Iterator[None]:
    """Note a fault, made of the error's words, where the reading inside fails."""
    try:
        yield
    except FileNotFoundError:
        faults.append(fault("it is missing"))
    except _RAISED as error:
        faults.append(fault(" ".join(str(error).split()) or type(error).__name__))


# What belongs to no release


def _state(workspace: Workspace, settings: Settings) -> Iterator[Fault]:
    """Check the link to the current release, the log, names, merge bases and ledger."""
    faults: list[Fault] = []

    def link(why: str) -> Fault:
        is_link = workspace.current_link.is_symlink() or not workspace.current_link.exists()
        mend = partial(_put_back, workspace, settings) if is_link else None
        remedy = "citylinks rollback puts it back as the log has it"
        return Fault(workspace.current_link, why, "nothing is served", remedy, mend)

    with _found(faults, link):
        if not workspace.current() and workspace.versions():
            raise Damaged("releases are kept, and none is the current one")
    for path, read, seen in (
        (workspace.home / "names.json", workspace.names, "names of releases are not known"),
        (
            workspace.sources_path,
            partial(pending.merge_bases, workspace),
            "the next publish cannot tell who changed what",
        ),
        (
            workspace.ledger,
            partial(read_ledger, workspace, settings),
            "nothing can be published or imported",
        ),
    ):
        with _found(faults, partial(_fault, path, seen, REMEDIES.get(path.name, _BACKUP))):
            read()
    lost = log.damaged(workspace.log_path)
    if lost:
        seen = "feed and history lack what these lines told"
        what = f"{lost} of its lines cannot be read"
        faults.append(Fault(workspace.log_path, what, seen, f"{_BACKUP}, or leave it"))
    elif not faults and _is_untold(workspace):
        what = "it does not tell that the current release became current"
        seen = "dates, feed and history lack it"
        faults.append(Fault(workspace.log_path, what, seen, f"{_BACKUP}; the next publish adds it"))
    yield from faults


def _is_untold(workspace: Workspace) -> bool:
    """Whether the log lacks the last switch, as where it was emptied or a publisher was killed."""
    current = workspace.current()
    told = [event.version for event in log.switches(workspace.log_path)]
    return current is not None and told[-1:] != [current]


def _fault(path: Path, seen: str, remedy: str, what: str) -> Fault:
    return Fault(path, what, seen, remedy)


def _put_back(workspace: Workspace, settings: Settings) -> None:
    restore_current(workspace, settings)


# The files of graphs


def _graph(
    workspace: Workspace, entry: GraphEntry, kept: Mapping[str, Manifest]
) -> Iterator[Fault]:
    """Check the files of one graph."""
    faults: list[Fault] = []
    folder = workspace.graph_folder(entry.sha256)
    own = GraphFiles(folder, entry.graph)
    content = own.paths["nt"]

    def lost(what: str) -> Fault:
        seen = f"<{entry.graph}> is not exported, downloaded or changed; queries still answer"
        mend = partial(mending.graph, workspace, entry, kept)
        return Fault(content, what, seen, _BACKUP, mend)

    graph = workspace.graph(entry)
    with _found(faults, lost):
        _ = graph.ntriples  # Reading it compares it with its hash.
    if faults:  # What is made of it cannot be compared with it.
        yield from faults
        return
    for name, expected in _hashes(entry, kept).items():
        path = own.paths[name]
        seen = f"<{entry.graph}> cannot be read as {name}, or is not what it is"
        mend = partial(mending.graph_file, workspace, entry, name, expected)
        with _found(faults, partial(_mendable, path, seen, mend)):
            if files.sha256(path) != expected:
                raise ValueError("its hash is not that of the manifest")
    for path, seen, read in (
        (folder / INDEX, "the next version of the graph cannot be written", own.check),
        (folder / as_of.STATED, "the as-of date may be wrong", partial(_stated, workspace, graph)),
        (folder / graph_counts.COUNTS, "queries may be slow", partial(_counts, folder, graph)),
    ):
        mend = partial(mending.beside_graph, workspace, entry, path)
        with _found(faults, partial(_mendable, path, seen, mend)):
            read()
    yield from faults


def _mendable(path: Path, seen: str, mend: Callable[[], None], what: str) -> Fault:
    return Fault(path, what, seen, "citylinks check --repair makes it anew", mend)


def _hashes(entry: GraphEntry, kept: Mapping[str, Manifest]) -> dict[str, str]:
    """Return the hashes that manifests have of the files of a graph, by extension."""
    for manifest in kept.values():
        if (found := manifest.graph(entry.graph)) and found.sha256 == entry.sha256:
            listed = {dump.file: dump.sha256 for dump in manifest.dumps}
            return {name: listed[file] for name, file in found.files.items() if file in listed}
    return {}


def _stated(workspace: Workspace, graph: Graph) -> None:
    if workspace.stated_dates(graph) != as_of.stated_by(graph):
        raise ValueError("these are not the dates that its graph states")


def _counts(folder: Path, graph: Graph) -> None:
    found = json_object(folder / graph_counts.COUNTS, "remove it")
    numbers = {name: (one["triples"], one["subjects"]) for name, one in found.items()}
    counted = graph_counts.count(graph.lines)
    if numbers != {name: (one["triples"], one["subjects"]) for name, one in counted.items()}:
        raise ValueError("these are not the numbers of its graph")


# Releases


def _manifest(workspace: Workspace, version: str) -> Iterator[Fault]:
    """Check that a release has a manifest, and that its version is the hash of its graphs."""
    faults: list[Fault] = []
    path = workspace.folder(version) / "manifest.json"
    seen = f"release {version} is not served, compared or rolled back to"
    mend = partial(mending.manifest, workspace, version)
    with _found(faults, lambda why: Fault(path, why, seen, REMEDIES[path.name], mend)):
        found = workspace.manifest(version)
        if manifests.version_of_entries(found.graphs) != version:
            raise ValueError("its version is not the hash of its graphs")
    yield from faults


def _release(workspace: Workspace, manifest: Manifest) -> Iterator[Fault]:
    """Check what a release has beside its graphs."""
    faults: list[Fault] = []
    folder = workspace.folder(manifest.version)
    if (folder / "store").is_dir():  # Of older releases only the dumps are kept.
        seen = f"queries of release {manifest.version} fail, or are answered wrongly"
        mend = partial(mending.store, workspace, manifest.version)
        with _found(faults, partial(_mendable, folder / "store", seen, mend)):
            _check_store(workspace, manifest, folder / "store")
        faults += _views(workspace, manifest)
        faults += _report(workspace, manifest)
    elif workspace.current() == manifest.version:
        mend = partial(mending.store, workspace, manifest.version)
        faults.append(_mendable(folder / "store", "no query is answered", mend, "it is missing"))
    faults += _dumps(workspace, manifest)
    yield from faults


def _check_store(workspace: Workspace, manifest: Manifest, path: Path) -> None:
    """Refuse a store that does not hold each graph, and the merge of those that are merged."""
    opened = ox.Store.read_only(str(path))
    indexes = _Indexes(opened)
    for entry in manifest.all_graphs():
        found = indexes.sum_of(ox.NamedNode(entry.graph))
        if found != _sum(line for line in workspace.lines(entry) if line):
            raise ValueError(f"it does not hold <{entry.graph}> as it is")
    merged = [e for e in manifest.all_graphs() if Role(e.role) in MERGED]
    whole = (line for block in workspace.merged_blocks(merged) for line in block.splitlines())
    if indexes.sum_of(ox.DefaultGraph()) != _sum(whole):
        raise ValueError("its default graph is not the merge of its graphs")
    indexes.check_those_of_all_graphs()


@dataclass
class _Indexes:
    """The nine orders in which a store keeps its quads: each is a file that may be damaged alone.

    The engine has no check of its own. It reads an order where a pattern asks for it, so each is
    asked for all terms that stand first in it, and has to yield as many quads as there are.
    """

    opened: ox.Store
    _total: int = 0
    _firsts: tuple[set[Any], set[Any], set[Any]] = field(
        default_factory=lambda: (set(), set(), set())
    )
    """All subjects, predicates and objects."""

    def sum_of(self, graph: ox.NamedNode | ox.DefaultGraph) -> tuple[int, int]:
        """Return the number and the sum of a graph's lines, read in each of its orders."""
        firsts: tuple[set[Any], ...] = (set(), set(), set())

        def quads() -> Iterator[ox.Quad]:
            for quad in self.opened.quads_for_pattern(None, None, None, graph):
                for seen, term in zip(firsts, quad.triple, strict=True):
                    seen.add(term)
                yield quad

        found = _sum(_lines(quads()))
        for position in (1, 2):
            self._check(found[0], position, firsts[position], graph)
        for whole, some in zip(self._firsts, firsts, strict=True):
            whole.update(some)
        self._total += found[0]
        return found

    def check_those_of_all_graphs(self) -> None:
        """Read the orders in which the quads of all graphs stand together."""
        for position, terms in enumerate(self._firsts):
            self._check(self._total, position, terms, None)

    def _check(self, number: int, position: int, terms: Iterable[Any], graph: Any) -> None:
        counted = 0
        for term in terms:
            asked = [term if at == position else None for at in range(3)]
            quads = self.opened.quads_for_pattern(asked[0], asked[1], asked[2], graph)
            counted += sum(1 for _ in quads)
        if counted != number:
            order = ("subject", "predicate", "object")[position]
            raise ValueError(f"by {order}, it holds {counted} quads and not {number}")


def _lines(quads: Iterable[ox.Quad]) -> Iterator[bytes]:
    """Yield quads as lines of N-Triples without their graph."""
    triples = (quad.triple for quad in quads)
    while some := list(islice(triples, _BATCH)):
        yield from formats.serialise(some, formats.NTRIPLES).splitlines()


def _sum(lines: Iterable[bytes]) -> tuple[int, int]:
    """Return how many lines there are, and a sum of their hashes that no order changes."""
    number = total = 0
    for line in lines:
        number += 1
        total += int.from_bytes(hashlib.blake2b(line, digest_size=16).digest())
    return number, total % (1 << 128)


def _views(workspace: Workspace, manifest: Manifest) -> Iterator[Fault]:
    """Check the views that are files of their own in the folder of a release."""
    release = Release(workspace.folder(manifest.version), manifest)
    for view in VIEWS:
        if not view.write or view.name.startswith("dumps"):
            continue
        faults: list[Fault] = []
        path = release.folder / view.name
        seen = f"pages and searches of release {manifest.version} fail, or lack things"
        mend = partial(mending.view, workspace, manifest.version, view)
        with _found(faults, partial(_mendable, path, seen, mend)):
            _check_view(release, view, path)
        yield from faults


def _check_view(release: Release, view: View[Any], path: Path) -> None:
    if not path.exists():
        raise FileNotFoundError("it is missing")
    view_sums.check(path)
    if path.suffix == ".sqlite":
        databases.verify(path, whole=True)
    release.view(view)


def _report(workspace: Workspace, manifest: Manifest) -> Iterator[Fault]:
    """Check the report, which the next publish goes on from; without it, all is validated anew."""
    faults: list[Fault] = []
    report = workspace.folder(manifest.version) / build.REPORT
    mend = partial(mending.remove, workspace, report)
    with _found(faults, partial(_mendable, report, "the next publish fails", mend)):
        if report.exists():
            Report.from_json(files.decompress(report.read_bytes()))
    yield from faults


def _dumps(workspace: Workspace, manifest: Manifest) -> Iterator[Fault]:
    """Check the files for download by the hashes that the manifest has of them."""
    folder = workspace.folder(manifest.version) / "dumps"
    mend = partial(mending.dumps, workspace, manifest)
    for entry in manifest.dumps:
        path = folder / entry.file
        if not path.is_file():
            yield _mendable(path, "it cannot be downloaded", mend, "it is missing")
        elif files.sha256(path) != entry.sha256:
            seen = "what is downloaded is not what its hash says"
            yield _mendable(path, seen, mend, "its hash is not that of the manifest")
    yield from _whole_dumps(workspace, manifest)
    sums = {line.partition("  ")[2]: line[:64] for line in _text(folder / SUMS).splitlines()}
    if sums != {e.file: e.sha256 for e in manifest.dumps} | {
        "manifest.json": hashlib.sha256(manifest.to_json()).hexdigest()
    }:
        seen = "who checks what he has downloaded is misled"
        yield _mendable(folder / SUMS, seen, mend, "it does not list the files as they are")


def _whole_dumps(workspace: Workspace, manifest: Manifest) -> Iterator[Fault]:
    """Check the files of datasets of each graph, which make up those of all graphs."""
    listed = {dump.file: dump.sha256 for dump in manifest.dumps}
    for form in formats.DATASETS:
        digest, entries = hashlib.sha256(), manifest.all_graphs()
        faults: list[Fault] = []
        expected = listed.get(f"{WHOLE}.{form.extension}.gz", "")
        mend = partial(mending.dataset_files, workspace, manifest, form.extension, expected)
        seen = f"graphs cannot be read as {form.extension}, and the next release lacks them"
        with _found(faults, partial(_mendable, workspace.home / "graphs", seen, mend)):
            for entry in entries:
                own = GraphFiles(workspace.graph_folder(entry.sha256), entry.graph)
                digest.update(own.paths[form.extension].read_bytes())
            if digest.hexdigest() != expected:
                raise ValueError(f"files in {form.extension} do not make up that of all graphs")
        yield from faults


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
