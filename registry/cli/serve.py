"""`citylinks serve`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing_no_result
from registry.problems import Problem

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.option("--publish", is_flag=True, help="Publish the shipped data first.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 = any that is free.",
)
@printing_no_result
def command(publish: bool, host: str, port: int, output: Output) -> None:
    """Serve the current release over HTTP, in the foreground."""
    settings, workspace = open_workspace()
    folder = tempfile.mkdtemp(prefix="citylinks-")
    # All processes write their metrics there; the library reads the variable when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    from registry.publishing import write_tokens
    from registry.reconcile import matcher
    from registry.views.feed import Feed
    from registry.web import server

    if settings.tokens:
        write_tokens.read(Path(settings.tokens))
    # Publishing may take minutes, so a port in use is refused before it.
    address = _address_of(host, port)
    if publish or workspace.current() is None:
        _publish(output)
    if not matcher.is_prepared(settings):
        # Names are matched once the gazetteer is indexed; the rest is answered meanwhile.
        _start(sys.executable, "-m", "registry.reconcile")
    # Requests for the feed wait for it; all others are answered meanwhile.
    _start(*Feed(workspace).command)
    hints = [exposure(address, settings.trusted_proxies), _how_to_run() if publish else ""]
    server.run(settings, Path(folder), host, port, "\n".join(filter(None, hints)))


def _address_of(host: str, port: int) -> str:
    """Return the IP address of a host at which this machine can listen, and does not yet.

    Raises
    ------
    Problem
        `conflict` where nothing can listen there.

    """
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (")[0]
        ways = "choose another by --host and --port (make serve HOST=… PORT=…)"
        raise Problem("conflict", f"cannot listen on {host}, port {port}: {why}; {ways}") from error
    return str(place[0])


def exposure(address: str, proxies: int) -> str:
    """Return a warning where other machines reach the server without a proxy; else nothing.

    >>> exposure("127.0.0.1", 0), exposure("0.0.0.0", 1)
    ('', '')
    """
    if proxies or ip_address(address).is_loopback:
        return ""
    return (
        "citylinks: warning: this server faces the network directly "
        f"({address} is no loopback address, CITYLINKS_TRUSTED_PROXIES is 0): it has no TLS and "
        "does not limit how many connections and requests a client makes; "
        "see 'Without a proxy' in docs/operator.md"
    )


def _publish(output: Output) -> None:
    """Publish the shipped data in another process: this one will fork, and has to stay small."""
    flags = [flag for flag, is_set in (("-q", output.quiet), ("-v", output.verbose)) if is_set]
    command = [sys.executable, "-m", "registry.cli", "publish", *flags]
    done = subprocess.run(command, stdout=sys.stderr, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def _start(*command: str) -> None:
    """Start a process that runs beside the server."""
    _ = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603


def _how_to_run() -> str:
    """Return a line on how to make a shell find `citylinks`; empty where it does."""
    activate = Path(sys.prefix) / "bin" / "activate"
    if shutil.which("citylinks") or not activate.exists():
        return ""
    near = activate.relative_to(Path.cwd()) if activate.is_relative_to(Path.cwd()) else activate
    return f"To run the command citylinks in another shell: source {near}"
