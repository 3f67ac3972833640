"""Queries as jobs: for clients that do not wait for an answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from registry import formats
from registry.formats import Format
from registry.jobs import Outcome
from registry.releases.reading import Release, Shelf
from registry.settings import Settings
from registry.sparql.engine import Embedded, Query
from registry.sparql.forks import Forks
from registry.sparql.guards import outline
from registry.sparql.pool import Pool


@dataclass(frozen=True)
class Question:
    """A query on a dataset of a release, in a format by its name."""

    release: str
    query: str
    format: str
    base: str = ""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    @property
    def form(self) -> Format:
        """The format of its answer."""
        known = (*formats.SOLUTIONS, *formats.TRIPLES)
        return next(form for form in known if form.name == self.format)

    def as_json(self) -> dict[str, Any]:
        """Return its fields."""
        return asdict(self)


class Queries:
    """Evaluates queries with a deadline of jobs, in a worker beside those of readers."""

    def __init__(self, settings: Settings, shelf: Shelf, forks: Forks | None) -> None:
        self._settings = settings
        own = replace(settings, query_seconds=settings.job_seconds, young_seconds=0.0)
        self._engine = Embedded(own, shelf, Pool(own, forks, slots=1))

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return self._engine.pool.slots.waiting

    def read(self, told: dict[str, Any]) -> Question:
        """Read a question that was written down."""
        graphs = {name: tuple(told[name]) for name in ("default_graphs", "named_graphs")}
        return Question(**{**told, **graphs})

    def answer(self, release: Release, question: Question, folder: Path) -> Outcome:
        """Evaluate a query."""
        query = Query(question.query, question.default_graphs, question.named_graphs, question.base)
        seen = outline(query.text, self._settings, query.base)
        found = self._engine.evaluate(release, query, seen, question.form)
        return Outcome(found.parts, found.deviations)
