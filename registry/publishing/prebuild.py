"""Makes the prebuilt results of the shipped world, by publishing it and keeping the results.

Runs as `python -m registry.publishing.prebuild`, after a change of data, rules, shapes or terms.
"""

from __future__ import annotations

import lzma
import tempfile
from dataclasses import replace
from pathlib import Path

from registry import settings, shipped, terms
from registry.graphs import parsing
from registry.graphs.graph import Graph
from registry.problems import Problem
from registry.publishing import prebuilt
from registry.publishing.impact import recorded
from registry.publishing.plan import LEDGER_KEY, Change
from registry.publishing.shacl.constraints import constraints
from registry.publishing.transaction import publish
from registry.releases import code
from registry.releases.workspace import Workspace
from registry.settings import Settings


def main() -> None:
    """Publish the shipped data in a temporary workspace; write results and build fingerprint."""
    with tempfile.TemporaryDirectory() as home:
        given = replace(settings.read(), home=Path(home), shipped="all")
        named = {path.name: _graph(path, given) for path in shipped.world_files()}
        workspace = Workspace(given.home)
        outcome = publish(workspace, given, Change())
        if outcome.report is None:
            raise RuntimeError("nothing was published")
        derived = workspace.graph(workspace.manifest(outcome.version).derived)
        made = prebuilt.Prebuilt(derived, outcome.report)
        graphs = workspace.graphs(outcome.version)
        ledger = (workspace.folder(outcome.version) / LEDGER_KEY).read_text(encoding="ascii")
        prebuilt.write(prebuilt.FOLDER, graphs, named, made, ledger)
        validated = constraints(graphs[terms.SHAPES_GRAPH])
        recorded.write([rule.text for rule in code.rules()], [one.select for one in validated])


def _graph(path: Path, given: Settings) -> Graph:
    """Return the graph in a file that is in canonical form."""
    ((_, graph),) = parsing.read([parsing.source_of(path)], given).items()
    if graph.ntriples != lzma.decompress(path.read_bytes()):
        raise Problem("data-invalid", f"{path} is not in canonical form")
    return graph


if __name__ == "__main__":
    main()
