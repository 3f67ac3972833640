"""Importing: sources of others become graphs, in the workspace or as files.

The path: inputs are read, decisions of people applied, the cities of all inputs found together,
and what they say is published as the next release, or written into a folder. The ledger gets its
new lines last, when nothing can be refused any more.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from registry import files, shipped, terms
from registry.graphs import parsing
from registry.graphs.graph import Graph, from_lines
from registry.identity import ledger
from registry.identity.ledger import Entry, Ledger
from registry.places import gazetteer
from registry.problems import Problem
from registry.publishing.publish import Change, publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import (
    authority,
    decisions,
    report,
    wikidata_live,
    world,
)
from registry.sources.inputs import Input
from registry.sources.statements import Reading
from registry.sources.wikidata_live import Manners
from registry.sources.world import World

Tell = Callable[[str], None]
"""Says how far an import has come."""


@dataclass(frozen=True)
class Options:
    """How to import; `ledger` follows that of what is curated and gets the new lines.

    Where it is None, all that are shipped and that of the workspace are meant.
    """

    decisions: Path | None = None
    strict: bool = False
    into: Path | None = None
    ledger: Path | None = None
    gazetteer: Path = shipped.GAZETTEER


@dataclass(frozen=True)
class Imported:
    """What came of an import; `version` is the release, empty where files were written."""

    world: World
    summary: dict[str, Any]
    version: str = ""


@dataclass(frozen=True)
class _Known:
    """What is known before: the authority file, the ledger, and where its new lines go."""

    cities: Graph
    ledger: Ledger
    path: Path


def run(
    workspace: Workspace, settings: Settings, inputs: Sequence[Input], options: Options, tell: Tell
) -> Imported:
    """Import inputs together.

    Raises
    ------
    Problem
        `data-syntax` when a file cannot be read, `data-invalid` when a row cannot and `strict` is
        asked, or shapes are violated; nothing is changed then.

    """
    decided = decisions.read(options.decisions) if options.decisions else []
    tell("reading")
    readings = [decisions.applied(one.read(), decided) for one in inputs]
    if options.strict:
        _refuse_faults(readings)
    day = datetime.now(UTC).date().isoformat()
    known = _known(workspace, settings, options)
    merged = decisions.merged(known.ledger, decided, day)
    before = Ledger(ledger.followed(known.ledger.entries, merged))
    tell(f"finding the cities of {sum(len(one.rows) for one in readings)} rows")
    made = _assembled(workspace, readings, options, _Known(known.cities, before, known.path), day)
    counted = report.summary(made)
    for one, told in zip(inputs, counted["inputs"], strict=True):
        told.update(one.described())
    tell("writing")
    version = _delivered(workspace, settings, made, known.cities, options, counted)
    _append(known.path, [*merged, *made.lines])
    return Imported(made, counted, version)


def asked(workspace: Workspace, endpoint: str, manners: Manners | None = None) -> Input:
    """Ask an endpoint of Wikidata for what it has today; what was fetched today is there already.

    Raises
    ------
    ConnectionError
        when it does not answer; the next time it is asked for the rest.

    """
    day = datetime.now(UTC).date().isoformat()
    name = hashlib.sha256(endpoint.encode()).hexdigest()[:16]
    folder = workspace.home / "wikidata" / f"{day}-{name}"
    pages = wikidata_live.fetch(endpoint, folder, manners or Manners())
    return Input("pages", tuple(pages), origin=endpoint, taken=day, licence="CC0-1.0")


def _refuse_faults(readings: Sequence[Reading]) -> None:
    """Refuse readings in which a row could not be read."""
    faults = [fault for reading in readings for fault in reading.refused]
    if faults:
        first = f"line {faults[0].line}: {faults[0].why}"
        raise Problem("data-invalid", f"{len(faults)} rows cannot be read, the first: {first}")


def _known(workspace: Workspace, settings: Settings, options: Options) -> _Known:
    """Read what is known before: for files the shipped cities, else those of the workspace."""
    shipped_ones = [shipped.LEDGER] if options.ledger else shipped.ledgers(settings.shipped)
    paths = [*shipped_ones, options.ledger or workspace.ledger]
    try:
        lines = ledger.read(*paths)
    except ledger.LedgerError as error:
        raise Problem("data-syntax", str(error)) from error
    if not options.into:
        if workspace.current() is None:
            publish(workspace, settings, Change())
        graphs = workspace.released()[1]
    if options.into or terms.CITIES_GRAPH not in graphs:
        graphs = parsing.read([parsing.source_of(shipped.CITIES)], settings)
    return _Known(graphs[terms.CITIES_GRAPH], lines, paths[-1])


def _assembled(
    workspace: Workspace, readings: Sequence[Reading], options: Options, known: _Known, day: str
) -> World:
    """Find the cities of the readings, by an index of the gazetteer that the workspace keeps."""
    index = gazetteer.index_of(options.gazetteer, workspace.home / "gazetteer")
    described = authority.described_in(known.cities)
    with gazetteer.Gazetteer(index) as places:
        return world.assemble(readings, described, places, known.ledger, day)


def _delivered(  # noqa: PLR0913, PLR0917  (what is made, and where it may go)
    workspace: Workspace,
    settings: Settings,
    made: World,
    cities: Graph,
    options: Options,
    counted: dict[str, Any],
) -> str:
    """Write what was made into a folder, or publish it; give the version."""
    graphs = _whole(made, cities)
    if options.into:
        _write(options.into, graphs)
        files.write(options.into / "unresolved.csv", report.unresolved(made).encode())
        body = json.dumps(counted, ensure_ascii=False, indent=1).encode()
        files.write(options.into / "summary.json", body + b"\n")
        return ""
    with tempfile.TemporaryDirectory(prefix="citylinks-") as folder:
        _write(Path(folder), graphs)
        sent = [parsing.source_of(path) for path in sorted(Path(folder).iterdir())]
        return publish(workspace, settings, Change(sent=sent, by="import")).version


def _whole(made: World, cities: Graph) -> list[Graph]:
    """Give all graphs, that of the cities with those that it had."""
    new = made.graphs.get(terms.CITIES_GRAPH)
    whole = Graph(terms.CITIES_GRAPH, from_lines({*cities.lines, *(new.lines if new else ())}))
    return [*(g for g in made.graphs.values() if g.iri != terms.CITIES_GRAPH), whole]


def _write(folder: Path, graphs: Sequence[Graph]) -> None:
    """Write each graph as a compressed file whose bytes depend on the content alone."""
    for graph in graphs:
        path = folder / f"{world.graph_name(graph.iri)}.nt.gz"
        files.write(path, files.compress(graph.ntriples))


def _append(path: Path, lines: Sequence[Entry]) -> None:
    """Append lines to a ledger, which appears whole or not at all."""
    if lines:
        before = path.read_bytes() if path.exists() else ledger.HEAD
        files.write(path, before + b"".join(map(ledger.line, lines)))
