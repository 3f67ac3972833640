"""`citylinks serve`: what is told before anything is published, and what follows the address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from registry.cli.serve import exposure
from registry.releases.workspace import Workspace
from tests.cli.running import run_in
from tests.tables import every_row
from tests.web.served import serving


@pytest.mark.parametrize(("family", "host"), [("AF_INET", "127.0.0.1"), ("AF_INET6", "::1")])
def test_a_port_in_use_is_told_before_anything_is_published(
    tmp_path: Path, family: str, host: str
) -> None:
    if family == "AF_INET6" and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with socket.create_server((host, 0), family=getattr(socket, family)) as taken:
        port = taken.getsockname()[1]
        done = run_in(tmp_path / "home", "serve", "--publish", "--host", host, "--port", port)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"citylinks: cannot listen on {host}, port {port}: Address already in use; "
        "choose another by --host and --port (make serve HOST=… PORT=…)\n"
    )
    assert not (tmp_path / "home").exists()


def test_an_address_that_is_not_of_this_machine_is_told(tmp_path: Path) -> None:
    done = run_in(tmp_path / "home", "serve", "--publish", "--host", "192.0.2.1")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("citylinks: cannot listen on 192.0.2.1, port 8000: ")
    assert done.err.count("\n") == 1


@pytest.mark.slow
def test_what_cannot_be_published_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "log.jsonl").write_text("{}\n", encoding="utf-8")
    for arguments in (["serve"], ["serve", "--publish"]):
        done = subprocess.run(
            [sys.executable, "-m", "registry.cli", *arguments, "--port", "0"],
            env={**os.environ, "CITYLINKS_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.endswith("run: citylinks rollback\n")
        assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("found", [True, False])
def test_it_tells_how_to_run_the_command_where_a_shell_does_not_find_it(
    tmp_path: Path, found: bool
) -> None:
    folder = str(Path(sys.executable).parent)
    path = "/usr/bin:/bin" + (f":{folder}" if found else "")
    process = subprocess.Popen(
        [sys.executable, "-m", "registry.cli", "serve", "--publish", "--port", "0"],
        env={**os.environ, "CITYLINKS_HOME": str(tmp_path), "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline().startswith("Citylinks at http://127.0.0.1:")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert "is published, 0 violation" in err
    hint = "To run the command citylinks in another shell: source "
    assert (hint in err) == (not found)
    if not found:
        script = err.split(hint)[1].splitlines()[0]
        assert (Path.cwd() / script).name == "activate"
        assert (Path.cwd() / script).exists()


WARNING = "citylinks: warning: this server faces the network directly"


@every_row(
    ("address", "proxies", "exposed"),
    [
        ("0.0.0.0", 0, True),
        ("192.0.2.1", 0, True),
        ("::", 0, True),
        ("2001:db8::1", 0, True),
        ("fe80::1%eth0", 0, True),
        ("127.0.0.1", 0, False),
        ("127.1.2.3", 0, False),
        ("::1", 0, False),
        ("0.0.0.0", 1, False),
        ("::", 2, False),
    ],
)
def test_a_server_that_faces_the_network_directly_warns(
    address: str, proxies: int, exposed: bool
) -> None:
    line = exposure(address, proxies)
    assert line.startswith(WARNING) == exposed
    assert bool(line) == exposed
    assert "\n" not in line
    assert not exposed or f"({address} " in line


@pytest.mark.parametrize(
    ("host", "proxies", "warnings"),
    [
        ("0.0.0.0", "0", 1),
        pytest.param("0.0.0.0", "1", 0, marks=pytest.mark.slow),
        ("localhost", "0", 0),
    ],
)
def test_the_warning_is_one_line_on_stderr(
    workspace: Workspace, host: str, proxies: str, warnings: int
) -> None:
    settings = {"home": str(workspace.home), "trusted_proxies": proxies}
    with serving(settings, options=["--host", host]) as server:
        server.process.terminate()
        _, err = server.process.communicate(timeout=60)
    lines = err.splitlines()
    assert [line.startswith(WARNING) for line in lines] == [True] * warnings, err
    assert all("docs/operator.md" in line for line in lines)
