"""`citylinks token`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.releases.workspace import Workspace
    from registry.settings import Settings


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
@click.option(
    "--authority", metavar="CITY", help="The city that NAME speaks for, such as perm-511196."
)
@click.option("--domain", help="A domain of that city, which has to publish the proof.")
@printing
def add(  # noqa: PLR0913, PLR0917  (one parameter for each option)
    name: str,
    role: str,
    days: int,
    scope: tuple[str, ...],
    authority: str | None,
    domain: str | None,
    output: Output,
) -> None:
    """Give out a token for NAME; it is shown once, and kept as a hash.

    With --authority the claims of NAME are stated by the authority that governs the city.
    """
    from registry.contribute import proof
    from registry.contribute.stamps import Stamps
    from registry.contribute.tokens import Tokens

    settings, workspace = open_workspace()
    if (authority and scope) or (domain and not authority):
        raise click.UsageError("--domain needs --authority, and --authority takes no --scope")
    speaks = ""
    if authority:
        role, scope = "authority", (authority,)
        speaks = f", and speaks as {_governing(settings, workspace, authority)}"
    if authority and domain:
        proof.check(proof.address(domain), proof.line(Stamps(settings.home), authority, name))
    holder, token = Tokens(settings.home).add(name, role, days, scope)
    until = f"until {holder.expires}; this is shown once"
    lines = [token, f"{holder.id} is {role} {name}{speaks} {until}"]
    output.result({**asdict(holder), "token": token}, lines)


def _governing(settings: Settings, workspace: Workspace, city: str) -> str:
    """Return what the authority is called that governs a city of the current release.

    Raises
    ------
    Problem
        `bad-parameter` where the release has no such city, or knows none that governs it.

    """
    from registry.contribute.known import Known
    from registry.problems import Problem
    from registry.releases.reading import Shelf
    from registry.things.lookup import Lookup
    from registry.views.names import NAMES

    release = Shelf(workspace).current()
    known = Known(Lookup(release.store), release.view(NAMES))
    if not known.has("city", city):
        raise Problem("bad-parameter", f"{city!r} is not a city of the current release")
    found = known.authority([city])
    if not found:
        why = f"the registry knows no authority that governs {city}: describe it first"
        raise Problem("bad-parameter", why)
    return known.label("authority", found.rpartition("/")[2])


@command.command()
@click.argument("name")
@click.option(
    "--authority", metavar="CITY", required=True, help="The city that NAME is to speak for."
)
@printing
def proof(name: str, authority: str, output: Output) -> None:
    """Print the line that a domain of the city has to publish before NAME gets a token."""
    from registry.contribute import proof as proofs
    from registry.contribute.stamps import Stamps

    settings, workspace = open_workspace()
    speaks = _governing(settings, workspace, authority)
    line = proofs.line(Stamps(settings.home), authority, name)
    lines = [
        line,
        f"{speaks} publishes this line in https://DOMAIN{proofs.PATH}, "
        f"or as a TXT record of {proofs.RECORD}.DOMAIN",
    ]
    output.result({"line": line, "authority": speaks}, lines)


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
