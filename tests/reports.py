"""Reports of imports, as imports leave them in a workspace."""

from __future__ import annotations

from pathlib import Path

from registry import files

HEAD = "source,row,name,country,decision,ref,note,cause,rows,candidates,why,statement"

PERM = (
    "perm-twins,,Pawia,IT,,,,ambiguous,9,"
    "pavia-3171366 Pavia IT 9.0 | pawia-12345 Pawia PL 8.8,two fit,",
    "perm-twins,,Q84,,,,London,contradictory,2,,Q85 is this place,wikidata",
    "perm-twins,,Kreis Perm,RU,,,,it is a district,3,,,",
)
"""Lines of a report on a source that is published."""

LISTED = (
    "a-list,,Laval,CA,,,,contradictory,60,,it is 5000 km off,coordinates",
    *(f"a-list,,Village {number:03},FR,,,,missing,1,,," for number in range(120)),
)
"""Lines of a report on a source of which nothing could be published."""


def report(home: Path, graph: str, *lines: str, head: str = HEAD) -> Path:
    """Write the report of a graph into a workspace."""
    path = home / "imports" / graph / "unresolved.csv"
    files.write(path, "\n".join([head, *lines, ""]).encode())
    return path
