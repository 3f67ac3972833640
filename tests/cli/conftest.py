"""`citylinks` on a workspace in which the shipped data are published."""

from __future__ import annotations

import pytest

from registry.releases.workspace import Workspace
from tests.cli.running import Run, run_in


@pytest.fixture
def cli(own: Workspace) -> Run:
    """Give a function that runs a command on a workspace of one's own."""
    return lambda *arguments, **options: run_in(own.home, *arguments, **options)


@pytest.fixture
def look(workspace: Workspace) -> Run:
    """Give a function that runs a command that changes nothing."""
    return lambda *arguments, **options: run_in(workspace.home, *arguments, **options)
