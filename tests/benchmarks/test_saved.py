"""The measurement of saved queries has a row for each of them."""

from __future__ import annotations

from benchmarks import saved
from registry import shipped
from registry.releases.reading import Release


def test_every_saved_query_is_measured(release: Release) -> None:
    head, *rows = saved.table(release.store).strip().splitlines()
    assert head.split() == ["saved", "query", "CPU", "s", "rows"]
    assert sorted(row.split()[0] for row in rows) == [path.stem for path in shipped.query_files()]
