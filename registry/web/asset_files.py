"""The files that browsers load: built by `make assets`, and named by the hash of their content.

Where they were not built, pages have the style sheet as it is written, and no scripts.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final, cast

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


def address(name: str) -> str:
    """Return the address of a file; empty where it was not built.

    >>> address("no-such-file.js")
    ''
    """
    if built := names().get(name):
        return f"/static/{built}"
    return f"/static/{name}" if (STATIC / name).is_file() else ""
