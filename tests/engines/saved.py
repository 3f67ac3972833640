"""The answers of all saved queries on another engine beside those of the embedded one.

`python -m tests.engines.saved [NAMES]` counts those that are equal, on the curated data.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import cast

from registry import saved_queries, shipped
from registry.formats import NTRIPLES, RESULTS_JSON
from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.engine import Embedded, Query
from registry.sparql.guards import outline
from registry.sparql.pool import Pool
from tests.engines.servers import ENGINES, Engine

Rows = list[str] | str
"""The rows or triples of an answer, sorted, or the name of the problem there was instead."""


def answers(settings: Settings) -> dict[str, Rows]:
    """Publish the curated data in a new workspace, and ask all saved queries as they stand."""
    workspace = Workspace(settings.home)
    publish(workspace, settings, Change(tuple(shipped.files_of("curated"))))
    with Embedded(settings, Shelf(workspace), Pool(settings)) as engine:
        engine.start()
        return {
            query.name: _rows(engine, query.text)
            for query in saved_queries.read(shipped.query_files())
        }


def _rows(engine: Embedded, text: str) -> Rows:
    wanted = NTRIPLES if outline(text, engine.settings).form == "CONSTRUCT" else RESULTS_JSON
    try:
        body = engine.answer(Query(text), wanted.name).body
    except Problem as problem:
        return problem.name
    if wanted is NTRIPLES:
        return sorted(body.decode().splitlines())
    found = json.loads(body)
    bindings = found["results"]["bindings"] if "results" in found else [found["boolean"]]
    return sorted(json.dumps(one, sort_keys=True) for one in bindings)


def different(engine: Engine) -> dict[str, tuple[Rows, Rows]]:
    """Return the saved queries whose answers differ: those of the embedded engine, and these."""
    with tempfile.TemporaryDirectory(prefix="citylinks-saved-") as made:
        folder = Path(made) / engine.name
        folder.mkdir()
        settings = Settings(home=Path(made) / "one", shipped="curated", workers=1, query_seconds=60)
        ours = answers(settings)
        with cast("tempfile.TemporaryDirectory[str]", engine.running(folder)) as file:
            other = replace(settings, home=Path(made) / "two", engine=str(file))
            theirs = answers(other)
    return {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}


def main() -> None:
    """Print how many answers are equal on each engine, and which are not."""
    total = len(saved_queries.read(shipped.query_files()))
    for name in sys.argv[1:] or ENGINES:
        found = different(ENGINES[name])
        print(f"{name}: {total - len(found)} of {total} alike; not {', '.join(found) or 'one'}")


if __name__ == "__main__":
    main()
