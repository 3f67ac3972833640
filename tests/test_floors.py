"""The house: no import of the package runs upward, and none goes round in a circle.

Each floor may import the floors above it in this table, that is: what is built before it.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

FLOORS = [
    line.split()
    for line in """
    terms problems metrics files locks damage progress dates shipped once capacity
    buckets
    version charsets csv_rows json_log databases formats settings saved_queries
    sandbox
    places
    graphs
    identity
    releases
    jobs views
    search maps
    things
    lists reconcile catalogue sparql
    publishing
    sources
    contribute
    web
    cli
    """.strip().splitlines()
]
"""What stands on one floor, in the order in which floors are built; rooms of one floor do not
import each other. A new module at the top of the package has to be given its floor here."""

FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ROOT = Path(__file__).parent.parent / "registry"


def module(path: Path) -> str:
    """Name the module of a file."""
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


SOURCES = {module(path): path for path in sorted(ROOT.rglob("*.py"))}


def imported(name: str) -> set[str]:
    """List the modules of the package that a module imports, wherever in it that stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(SOURCES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & SOURCES.keys()) - {name, "registry"}


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """List what each module imports."""
    return {name: imported(name) for name in SOURCES}


def room(name: str) -> str:
    """Name the room of a module: what follows the package in its name."""
    return name.split(".")[1]


def upward(imports: dict[str, set[str]]) -> list[str]:
    """List imports that do not lead to a floor that is built before."""
    return [
        f"{name} imports {other}"
        for name, others in imports.items()
        for other in sorted(others)
        if room(name) != room(other) and FLOOR[room(other)] >= FLOOR[room(name)]
    ]


def test_every_module_has_a_floor() -> None:
    rooms = {room(name) for name in SOURCES if name != "registry"}
    assert rooms == FLOOR.keys()


def test_no_import_runs_upward(imports: dict[str, set[str]]) -> None:
    assert upward(imports) == []


def test_no_modules_import_each_other_in_a_circle(imports: dict[str, set[str]]) -> None:
    within = {
        name: {other for other in others if not name.startswith(f"{other}.")}
        for name, others in imports.items()
    }
    TopologicalSorter(within).prepare()


def test_an_import_that_runs_upward_or_in_a_circle_is_found() -> None:
    assert upward({"registry.releases.log": {"registry.views.names"}}) == [
        "registry.releases.log imports registry.views.names"
    ]
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()


def test_only_web_knows_flask_and_only_the_command_line_knows_click() -> None:
    for library, floor in {"flask": "web", "click": "cli"}.items():
        known = {
            room(name)
            for name, path in SOURCES.items()
            if f"import {library}" in (text := path.read_text(encoding="utf-8"))
            or f"from {library}" in text
        }
        assert known == {floor}
