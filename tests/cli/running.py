"""Running `citylinks` in this process, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from registry.cli import main
from registry.releases.workspace import Workspace


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


def run_in(home: Path, *arguments: object, **options: str) -> Done:
    environment = {"CITYLINKS_HOME": str(home), **options}
    text = environment.pop("stdin", None)
    result = CliRunner().invoke(main, [str(a) for a in arguments], env=environment, input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def version_of(workspace: Workspace) -> str:
    return str(workspace.current())
