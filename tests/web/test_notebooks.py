"""The notebooks run from their first cell to their last, and print what they promise."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from registry.web.manual import SERVER
from tests.tables import every_row
from tests.web.served import Server

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PRINTED = {
    "analyst": ["Pavia – Hildesheim", "rows of release", "2010s #"],
    "portal": [
        "4 rows; {'country': 'country', 'name': 'city'}",
        "Pavya – another place may be meant",
        "city/pavia-3171366 Lombardy Italy",
        "a person chose it | Q6259",
        "a person says that it is none of these",
    ],
}
"""What stands in the output of each."""


def cells(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["cells"])


@every_row("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_their_output(path: Path) -> None:
    """So that a change shows what was changed; and each names the server of the docs."""
    assert PRINTED.keys() == {one.stem for one in NOTEBOOKS}
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert SERVER in "".join(code[0]["source"])


@pytest.mark.parametrize(
    "path",
    [
        FOLDER / "analyst.ipynb",
        # Linking begins a process for each of its steps.
        pytest.param(FOLDER / "portal.ipynb", marks=pytest.mark.slow),
    ],
    ids=lambda path: path.stem,
)
def test_cells_run_one_after_the_other(path: Path, server: Server) -> None:
    """As plain Python, with nothing but its own library."""
    printed, names = io.StringIO(), dict[str, Any]()
    with redirect_stdout(printed):
        for cell in cells(path):
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]).replace(SERVER, server.url), names)
    missing = [text for text in PRINTED[path.stem] if text not in printed.getvalue()]
    assert missing == [], printed.getvalue()
