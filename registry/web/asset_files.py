"""The files that browsers load: built by `make assets`, and named by the hash of their content.

Where they were not built, pages have the style sheet as it is written, and no scripts.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

STATIC: Final = Path(__file__).with_name("static")
"""Files that are there without a build."""

ASSETS: Final = Path(__file__).with_name("assets")
"""Files of the build, and `manifest.json`, which gives their names by their plain ones."""


@cache
def names() -> dict[str, str]:
    """Return the names of built files by their plain ones; none where nothing is built."""
    try:
        return cast("dict[str, str]", json.loads((ASSETS / "manifest.json").read_bytes()))
    except FileNotFoundError:
        return {}


def layout(name: str) -> Any:
    """Read a drawing that was laid out by the build, as JSON; None where it was not built.

    >>> layout("no-such-file.json")
    """
    built = names().get(name)
    return json.loads((ASSETS / built).read_bytes()) if built else None


TILES: Final = "tiles"
"""The plain name of the folder of vector tiles, each at `{zoom}/{column}/{row}.pbf`."""


def is_built(name: str) -> bool:
    """Whether a name is that of a file of the build.

    >>> is_built("no-such-file.js")
    False
    """
    folder, _, tile = name.partition("/")
    if not tile:
        return name != names().get(TILES) and name in names().values()
    is_tile = re.fullmatch(r"\d{1,2}/\d{1,3}/\d{1,3}\.pbf", tile, re.ASCII) is not None
    return is_tile and folder == names().get(TILES) and (ASSETS / name).is_file()


def address(name: str) -> str:
    """Return the address of a file; empty where it was not built.

    >>> address("no-such-file.js")
    ''
    """
    if built := names().get(name):
        return f"/static/{built}"
    return f"/static/{name}" if (STATIC / name).is_file() else ""
