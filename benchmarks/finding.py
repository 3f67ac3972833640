"""What a search of the shipped world finds first: `python -m benchmarks.finding`.

`finding.tsv` has what people type, and what they mean by it. Each search is made once, in this
process; its time is processor time. Nothing is asserted.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.report import aligned
from benchmarks.saved import print_on_the_world
from registry.reconcile.matcher import Matchers
from registry.releases.reading import Release
from registry.search.finding import Wanted
from registry.search.understanding import Searcher
from registry.settings import Settings
from registry.views.links import LINKS
from registry.views.names import NAMES
from registry.web.routes.search import passed_over

EXPECTED: Final = Path(__file__).with_suffix(".tsv")


def expected() -> list[tuple[str, str]]:
    """List what is typed, each with kind and reference of what should be found first."""
    with EXPECTED.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["typed"], row["first"]) for row in rows]


def table(release: Release) -> str:
    """Search for all; list those that find something else first, and count the others."""
    matcher = Matchers(Settings(home=release.folder.parent.parent)).matcher(release)
    index = release.view(NAMES)
    searcher = Searcher(index, release.view(LINKS), matcher.certain, passed_over())
    searcher.search(Wanted("Oxford, England"))  # The names of countries are read once.
    wrong, seconds = list[tuple[str, ...]](), list[float]()
    for typed, first in expected():
        started = time.process_time()
        found = searcher.search(Wanted(typed)).found.results
        seconds.append(time.process_time() - started)
        name = found[0].suggestion.thing.id if found else "nothing"
        if name != first:
            wrong.append((typed, first, name))
    right = 1 - len(wrong) / len(seconds)
    summary = f"{right:.1%} of {len(seconds)} first; median {1_000 * median(seconds):.1f} ms CPU"
    return "\n".join([aligned([("typed", "meant", "found"), *wrong]), summary])


if __name__ == "__main__":
    print_on_the_world(table)
