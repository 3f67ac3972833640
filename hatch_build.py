"""Build hook: a package carries what browsers load, whoever builds it and by which command.

An sdist has these files in it, so that only a build from a clone needs Node. An editable
installation is left alone: its pages are plain until `make assets` has run.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMMANDS = (
    ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
    ("npm", "run", "--silent", "build"),
)
"""The commands of `make assets`."""


class Assets(BuildHookInterface):
    """Builds the files of `registry/web/assets` where they are missing or out of date."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the files, or end with one line that says what to run."""
        web = Path(self.root) / "registry" / "web"
        if version == "editable" or is_built(web):
            return
        for name, *arguments in COMMANDS:
            program = shutil.which(name)
            if program is None:
                self._abort("there is no npm here")
            elif subprocess.run(
                (program, *arguments), cwd=web / "frontend", capture_output=True, check=False
            ).returncode:
                self._abort(f"npm {arguments[0]} failed")

    def _abort(self, why: str) -> None:
        """End with one line; what npm printed is seen by running the command that it names."""
        self.app.abort(
            f"The scripts and styles of the pages are not built: {why}."
            " Run `make assets`, then build again."
        )


def is_built(web: Path) -> bool:
    """Whether the files are there, and newer than what they are built from, as make sees it."""
    manifest = web / "assets" / "manifest.json"
    if not manifest.is_file():
        return False
    sources = (
        web / "static" / "style.css",
        *(p for p in (web / "frontend").iterdir() if p.is_file()),
    )
    return all(path.stat().st_mtime <= manifest.stat().st_mtime for path in sources)
