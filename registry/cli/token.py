"""`citylinks token`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.group()
def command() -> None:
    """Tokens of people who edit: given out, listed, made void."""


@command.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["contributor", "authority", "editor"]),
    default="editor",
    help="What it allows; default: to decide on proposals.",
)
@click.option("--days", type=int, default=365, help="How long it is valid; default: 365.")
@click.option("--scope", multiple=True, help="A city of an authority, or graphs of a contributor.")
@printing
def add(name: str, role: str, days: int, scope: tuple[str, ...], output: Output) -> None:
    """Give out a token for NAME; it is shown once, and kept as a hash."""
    from registry.contribute.tokens import Tokens

    settings, _ = open_workspace()
    holder, token = Tokens(settings.home).add(name, role, days, scope)
    lines = [token, f"{holder.id} is {role} {name} until {holder.expires}; this is shown once"]
    output.result({**asdict(holder), "token": token}, lines)


@command.command(name="list")
@printing
def list_(output: Output) -> None:
    """List the tokens that were given out, without the tokens themselves."""
    from registry.contribute.store import now
    from registry.contribute.tokens import Tokens

    settings, _ = open_workspace()
    found, at = Tokens(settings.home).all(), now()
    lines = [
        f"{one.id}  {one.role:<11}  {'valid  ' if one.is_valid(at) else 'invalid'}  "
        f"until {one.revoked or one.expires}  {one.name}  {' '.join(one.scope)}".rstrip()
        for one in found
    ]
    output.result([{**asdict(one), "valid": one.is_valid(at)} for one in found], lines)


@command.command()
@click.argument("token")
@printing
def revoke(token: str, output: Output) -> None:
    """Make TOKEN, given by its number in the list, void at once, with its sessions."""
    from registry.contribute.tokens import Tokens

    settings, _ = open_workspace()
    holder = Tokens(settings.home).revoke(token)
    output.result(asdict(holder), [f"{holder.id} of {holder.name} is void"])
