"""Importing: sources of others become graphs, in the workspace or as files.

The path: inputs are read, decisions of people applied, the cities of all inputs found together,
and what they say is published in one transaction with the new lines of the ledger, or written into
a folder. Beside it stand the lists of what each place was found to be, and of what is open.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from registry import capacity, files, shipped, terms
from registry.graphs import parsing
from registry.graphs.graph import Graph, Role, from_lines, role_of
from registry.identity import ledger
from registry.identity.ledger import Ledger, LedgerEntry
from registry.places import gazetteer
from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import Transaction, begin
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import (
    claims,
    decisions,
    report,
    revision,
    world,
)
from registry.sources.authority import with_proposed
from registry.sources.decisions import Decided, References
from registry.sources.families import family_of, issued_of, published_families
from registry.sources.inputs import Input
from registry.sources.known_places import KnownPlaces
from registry.sources.statements import Reading
from registry.sources.world import World

Tell = Callable[[str], None]
"""Says how far an import has come."""


@dataclass(frozen=True)
class Options:
    """How to import.

    With `into` nothing is published: files are written there, and the new lines of the ledger go
    to `ledger`, which follows that of what is curated; where it is None, to a file beside them,
    which follows all that are shipped. `anew` decides cities again that are published in that
    folder, and writes where the links of those that moved are now. With `rehearse` nothing is
    published or written: only what would be is found out. `by` is who imports, for the log.
    """

    decisions: Path | None = None
    strict: bool = False
    into: Path | None = None
    anew: bool = False
    rehearse: bool = False
    by: str = "import"
    ledger: Path | None = None
    gazetteer: Path = shipped.GAZETTEER


@dataclass(frozen=True)
class Imported:
    """What came of an import; `version` is the release, empty where files were written.

    `lists` are the files that say what each place was found to be, and what is open.
    """

    world: World
    summary: dict[str, Any]
    version: str = ""
    lists: Sequence[Path] = ()


def run(
    workspace: Workspace, settings: Settings, inputs: Sequence[Input], options: Options, tell: Tell
) -> Imported:
    """Import inputs together: publish what they state, or write it into the folder `into`.

    Raises
    ------
    Problem
        `data-syntax` when a file cannot be read, `data-invalid` when a row cannot and `strict` is
        asked, or shapes are violated, `conflict` when another process changes the workspace;
        nothing is changed then.

    """
    given = [options.decisions] if options.decisions else []
    is_of_world = settings.shipped == "all" and not options.into
    decided = decisions.read(*([shipped.DECISIONS] if is_of_world else []), *given)
    readings = []
    for one in inputs:
        tell(f"reading {', '.join(path.name for path in one.files[:1])}")
        readings.append(one.read())
    decisions.check_subjects(decisions.read(*given), readings)
    if options.strict:
        _refuse_faults(readings)
    if (options.ledger or options.anew) and not options.into:
        what = "a ledger of its own" if options.ledger else "--anew"
        raise Problem("bad-parameter", f"{what} goes with a folder to write into")
    found = _Inputs(inputs, readings, decided, options, workspace.home / "gazetteer")
    if options.into:
        return _written(found, settings, options.into, tell)
    with begin(workspace, settings) as transaction:
        return _published(found, transaction, tell)


def _published(found: _Inputs, transaction: Transaction, tell: Tell) -> Imported:
    """Publish what inputs state, after the shipped data where nothing is published yet."""
    workspace, first = transaction.workspace, Change()
    # Decisions that cannot be carried out are refused before anything is published.
    is_first = transaction.version is None
    graphs = transaction.plan(first).graphs if is_first else transaction.graphs()
    cities = graphs.get(terms.CITIES_GRAPH) or _shipped_cities(transaction.settings)
    _refuse_graphs_of_others(found.readings, graphs)
    known = with_proposed(cities, graphs.values())
    made, minted, counted = found.assemble(known, graphs.values(), transaction.ledger(), tell)
    if found.options.rehearse:
        return Imported(made, counted)
    tell("writing")
    with tempfile.TemporaryDirectory(prefix="citylinks-") as folder:
        _write(Path(folder), _whole(made, cities))
        sent = [parsing.source_of(path) for path in sorted(Path(folder).iterdir())]
        with _lists_prepared(workspace, made, counted) as folders:
            if is_first:
                transaction.publish(first)
            change = Change(sent=sent, minted=minted, folders=folders, by=found.options.by)
            version = transaction.publish(change).version
    lists = [folder / name for folder in folders for name in (report.UNRESOLVED, report.ASSIGNED)]
    return Imported(made, counted, version, lists)


@contextmanager
def _lists_prepared(
    workspace: Workspace, made: World, counted: dict[str, Any]
) -> Iterator[dict[Path, Path]]:
    """Write the lists of each source; yield their folders with those that take the place of them.

    What is inside publishes the sources, and puts the lists in their place with the same switch.
    Where it fails before that, the earlier lists stay.
    """
    folders: dict[Path, Path] = {}
    try:
        for outcome, row in zip(made.outcomes, counted["inputs"], strict=True):
            target = workspace.lists_of(outcome.reading.document.graph)
            beside = folders[target] = workspace.prepared(target)
            report.write_lists(beside, made, [outcome])
            _write_summary(beside, row)
        yield folders
    finally:
        # Once it is written down what is pending, the next transaction finishes it or drops it.
        if not workspace.pending_path.exists():
            for beside in folders.values():
                shutil.rmtree(beside, ignore_errors=True)


def _write_summary(folder: Path, counted: dict[str, Any]) -> None:
    body = json.dumps(counted, ensure_ascii=False, indent=1).encode()
    files.write(folder / "summary.json", body + b"\n")


def _written(found: _Inputs, settings: Settings, into: Path, tell: Tell) -> Imported:
    """Write what inputs state into a folder, following the ledger and cities that are shipped."""
    own = found.options.ledger or into / ledger.NAME
    before = [shipped.LEDGER] if found.options.ledger else shipped.ledgers(settings.shipped)
    cities = _shipped_cities(settings)
    try:
        known = ledger.read(*before, own)
    except ledger.LedgerError as error:
        raise Problem("data-syntax", str(error)) from error
    made, minted, counted = found.assemble(cities, (), known, tell)
    tell("writing")
    _write(into, _whole(made, cities))
    report.write_lists(into, made, made.outcomes)
    if found.options.anew:
        report.write_moved(into, made)
    _write_summary(into, counted)
    _append(own, minted)
    return Imported(
        made, counted, lists=[into / name for name in (report.UNRESOLVED, report.ASSIGNED)]
    )


def _shipped_cities(settings: Settings) -> Graph:
    return parsing.read([parsing.source_of(shipped.CITIES)], settings)[terms.CITIES_GRAPH]


@dataclass(frozen=True)
class _Inputs:
    """Inputs with what was read of them, and the decisions of people that apply."""

    inputs: Sequence[Input]
    readings: Sequence[Reading]
    decided: Decided
    options: Options
    index_folder: Path

    def assemble(
        self, cities: Graph, graphs: Iterable[Graph], known: Ledger, tell: Tell
    ) -> tuple[World, list[LedgerEntry], dict[str, Any]]:
        """Find the cities of all readings together; return the world, new ledger lines, counts.

        `graphs` are those that are published already.
        """
        day, into = datetime.now(UTC).date().isoformat(), self.options.into
        graphs = list(graphs)
        earlier = self._earlier(graphs)
        sources = [one.document.graph for one in self.readings]
        others = [
            graph
            for graph in graphs
            if graph.role is Role.SOURCE and world.graph_name(graph.iri) not in sources
        ]
        split = decisions.split(known, self.decided, day)
        apart = Ledger(ledger.followed(known.entries, split))
        merged = decisions.merged(apart, self.decided, day)
        before = Ledger(ledger.followed(apart.entries, merged))
        index = gazetteer.index_of(self.options.gazetteer, self.index_folder)
        with gazetteer.Gazetteer(index) as opened:
            places = KnownPlaces(opened, cities, before)
            references = References(before, places)
            pairs = decisions.different(self.decided, references)
            readings = [
                decisions.applied(one, self.decided, references, earlier[one.document.graph])
                for one in self.readings
            ]
            tell(f"finding the cities of {sum(len(one.rows) for one in readings):,} rows")
            said = revision.published(into) if self.options.anew and into else None
            made = world.assemble(
                readings, places, before, day, said, different=pairs, named=claims.names_in(others)
            )
        counted = report.summary(made, published_families(others))
        counted["decisions"] = self.decided.counted({*sources, *chain(*earlier.values())})
        for one, row in zip(self.inputs, counted["inputs"], strict=True):
            licence = one.licence or row["licence"]
            row.update(one.described() | {"licence": licence})
        return made, [*split, *merged, *made.lines], counted

    def _earlier(self, graphs: Iterable[Graph]) -> dict[str, list[str]]:
        """Return for each source those that people decided upon and that it is an edition of later.

        An edition is known by its family, and by the date of its document.
        """
        documents = [reading.document for reading in self.readings]
        decided = self.decided.sources()
        known = {
            name: (family_of(graph), issued_of(graph))
            for graph in graphs
            if (name := world.graph_name(graph.iri)) in decided
        }
        known |= {one.graph: (one.family, one.date) for one in documents if one.graph in decided}
        return {
            one.graph: [
                name
                for name, (family, date) in sorted(known.items(), key=lambda item: item[1][1])
                if family == one.family and date < one.date and name != one.graph
            ]
            for one in documents
        }


def _refuse_faults(readings: Sequence[Reading]) -> None:
    """Refuse readings in which a row could not be read."""
    faults = [fault for reading in readings for fault in reading.refused]
    if faults:
        first = f"line {faults[0].line}: {faults[0].why}"
        raise Problem("data-invalid", f"{len(faults)} rows cannot be read, the first: {first}")


def _refuse_graphs_of_others(readings: Sequence[Reading], graphs: Mapping[str, Graph]) -> None:
    """Refuse to put a source in the place of a graph that is of another family, or of ours."""
    for document in (reading.document for reading in readings):
        iri = terms.GRAPH + document.graph
        if role_of(iri) is not Role.SOURCE:
            raise Problem(
                "conflict", f"the graph {document.graph} is no source of others; choose another"
            )
        family = family_of(graphs[iri]) if iri in graphs else document.family
        if family != document.family:
            what = f"is of the family {family!r}, not {document.family!r}; choose another graph"
            raise Problem("conflict", f"the graph {document.graph} {what}")


def _whole(made: World, cities: Graph) -> list[Graph]:
    """Return all graphs, that of the cities with those that it had."""
    new = made.graphs.get(terms.CITIES_GRAPH)
    whole = Graph(terms.CITIES_GRAPH, from_lines({*cities.lines, *(new.lines if new else ())}))
    return [*(g for g in made.graphs.values() if g.iri != terms.CITIES_GRAPH), whole]


def _write(folder: Path, graphs: Sequence[Graph]) -> None:
    """Write each graph as a compressed file, as small as can be: it may be shipped."""

    def write(graph: Graph) -> None:
        path = folder / f"{world.graph_name(graph.iri)}.nt.xz"
        files.write_xz(path, graph.ntriples)

    # The library compresses without holding Python up, and the largest graph takes half the time.
    with ThreadPoolExecutor(capacity.cores()) as beside:
        list(beside.map(write, sorted(graphs, key=lambda graph: -len(graph.ntriples))))


def _append(path: Path, lines: Sequence[LedgerEntry]) -> None:
    """Append lines to a ledger, which appears whole or not at all."""
    if lines:
        before = path.read_bytes() if path.exists() else ledger.HEAD
        files.write(path, before + b"".join(map(ledger.line, lines)))
