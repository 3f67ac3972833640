"""`citylinks dump`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace, version_of
from registry.cli.options import FOLDER, printing, release_option

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.argument("folder", type=FOLDER)
@release_option
@printing
def command(folder: Path, release: str | None, output: Output) -> None:
    """Copy all dump files of a release into FOLDER."""
    from registry.views import dumps

    _, workspace = open_workspace()
    version = version_of(workspace, release)
    folder.mkdir(parents=True, exist_ok=True)
    kept, manifest = workspace.folder(version), workspace.manifest(version)
    originals = [dumps.whole_file(kept, manifest, name) for name in dumps.names(manifest)]
    files = [str(shutil.copyfile(path, folder / path.name)) for path in originals]
    output.result({"version": version, "files": files}, files)
