"""Opening the workspace of the settings, and finding the release that a command names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from registry import shipped
from registry.problems import Problem
from registry.settings import Settings, read

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.publishing.plan import Change
    from registry.releases.workspace import Workspace


def open_workspace() -> tuple[Settings, Workspace]:
    """Read the settings; return them with their workspace, which need not exist yet."""
    from registry.releases.workspace import Workspace

    settings = read()
    if settings.engine:
        from registry.sparql.remote.servers import server_of

        server_of(settings.engine)  # What is wrong with its file is told before anything is done.
    return settings, Workspace(settings.home)


def version_of(workspace: Workspace, wanted: str | None) -> str:
    """Return the version of the wanted release, or of the current one where none is named.

    Raises
    ------
    Problem
        `not-found` when there is no such release, or nothing is published yet.

    """
    version = workspace.resolve(wanted) if wanted else workspace.current()
    if version is None:
        raise Problem("not-found", "nothing is published yet; run: citylinks publish")
    return version


def warn_of_files_alone(
    settings: Settings, workspace: Workspace, change: Change, output: Output
) -> None:
    """Warn on stderr that files make up the first release without the shipped data."""
    if not change.files or output.quiet or workspace.current() is not None:
        return
    given = {path.resolve() for path in change.files}
    if not given.issuperset(path.resolve() for path in shipped.files_of(settings.shipped)):
        alone = "nothing is published yet, so these files are judged without the shipped data"
        click.echo(f"{alone}; with them: first run citylinks publish", err=True)
