"""The command `citylinks`: results on stdout, all else on stderr.

A command is one module of this package, which calls it `command`, and one line of `COMMANDS`. A
module is imported when its command is run or explained, and imports in its function what takes
time to load: `citylinks status` does not load a validator.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from registry.cli.errors import FAILED, REFUSED, USAGE

__all__ = ["COMMANDS", "FAILED", "REFUSED", "USAGE", "Commands", "main"]

COMMANDS: Final = {
    "backup": "registry.cli.backup",
    "check": "registry.cli.check",
    "deposit": "registry.cli.deposit",
    "dump": "registry.cli.dump",
    "export": "registry.cli.export",
    "format": "registry.cli.format",
    "harvest": "registry.cli.harvest",
    "import": "registry.cli.import_",
    "keep": "registry.cli.keep",
    "link": "registry.cli.link",
    "merge": "registry.cli.merge",
    "mirror": "registry.cli.mirror",
    "publish": "registry.cli.publish",
    "query": "registry.cli.query",
    "redact": "registry.cli.redact",
    "refresh": "registry.cli.refresh",
    "releases": "registry.cli.releases",
    "restore": "registry.cli.restore",
    "rollback": "registry.cli.rollback",
    "serve": "registry.cli.serve",
    "split": "registry.cli.split",
    "status": "registry.cli.status",
    "token": "registry.cli.token",
    "undo": "registry.cli.undo",
    "validate": "registry.cli.validate",
    "withdraw": "registry.cli.withdraw",
}
"""The module of each command."""


class Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is no command of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="citylinks", prog_name="citylinks")
def main() -> None:
    """The registry of town twinnings: publish, ask and serve it."""
