"""The systemd unit: systemd takes it, the server does what it expects, nginx's file agrees."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from benchmarks.nginx import SHIPPED, rendered
from registry import settings
from registry.cli import COMMANDS
from registry.releases.workspace import Workspace
from tests.tables import every_row
from tests.web.served import PATIENCE, serving

UNIT = SHIPPED.with_name("citylinks.service")
REFRESH, CHECK = (SHIPPED.with_name(f"citylinks-{name}.service") for name in ("refresh", "check"))
MIRROR, DEPOSIT = (SHIPPED.with_name(f"citylinks-{n}.service") for n in ("mirror", "deposit"))
SETTINGS = SHIPPED.with_name("citylinks.toml")
INVOCATION = "0123456789abcdef0123456789abcdef"


def entries(unit: Path = UNIT) -> dict[str, list[str]]:
    """Read the values of a unit, by their name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE):
        found[name].append(value)
    return found


def timer_of(unit: Path) -> Path:
    """Name the timer that starts a unit, whether there is one or not."""
    return unit.with_suffix(".timer")


@pytest.fixture(params=[UNIT, REFRESH, CHECK, MIRROR, DEPOSIT], ids=lambda path: path.name)
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a unit with the command that is installed here."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    unit: Path = request.param
    path = tmp_path / unit.name
    here = str(Path(sys.executable).with_name("citylinks"))
    path.write_text(rendered(unit.read_text(), {"/opt/citylinks/bin/citylinks": here}))
    if timer_of(unit).exists():
        shutil.copy(timer_of(unit), tmp_path)
    return path


def analysed(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_systemd_takes_the_units(installed: Path) -> None:
    """The timer as well, beside the unit that it starts."""
    for unit in filter(Path.exists, (installed, timer_of(installed))):
        said = analysed("verify", "--man=no", str(unit))
        assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


NOT_OF_ONE_RUN = {"Type", "ExecStartPre", "ExecReload", "Restart", "RestartSec", "WantedBy"} | {
    *("TimeoutStopSec", "KillMode", "OOMPolicy", "RuntimeDirectory", "RuntimeDirectoryMode"),
}
"""What the server alone needs, or has otherwise."""

REACHING = {"IPAddressDeny", "IPAddressAllow", "RestrictAddressFamilies", "After"}
"""What depends on whom a unit connects to."""


@every_row("unit", [REFRESH, CHECK], ids=str)
def test_runs_are_as_well_protected_as_the_server(unit: Path) -> None:
    """But for the addresses that they may connect to."""
    server, run = entries(), entries(unit)
    assert server.keys() - run.keys() - REACHING == NOT_OF_ONE_RUN - {"Type"}
    same = (server.keys() & run.keys()) - REACHING
    same -= {"Type", "ExecStart", "Description", "TimeoutStartSec", "Environment", "MemoryMax"}
    assert {name: run[name] for name in same} == {name: server[name] for name in same}


@every_row(("unit", "word"), [(MIRROR, "mirror"), (DEPOSIT, "deposit")], ids=str)
def test_followers_are_as_well_protected_as_a_run(unit: Path, word: str) -> None:
    run, follower = entries(REFRESH), entries(unit)
    assert follower["ExecStart"][0].split()[1:3] == [word, "--follow"]
    same = {"Type", "ExecStart", "Description", "TimeoutStartSec", "Environment", "MemoryMax"}
    same = run.keys() - REACHING - same
    assert {name: follower[name] for name in same} == {name: run[name] for name in same}


def test_a_check_asks_nobody() -> None:
    check = entries(CHECK)
    assert check["PrivateNetwork"] == ["yes"]
    assert check["RestrictAddressFamilies"] == ["AF_UNIX"]


@every_row("unit", [REFRESH, CHECK], ids=str)
def test_a_timer_starts_a_run_at_a_time_of_its_own(unit: Path) -> None:
    (command,) = entries(unit)["ExecStart"]
    (word,) = command.split()[1:]
    assert word in COMMANDS
    assert unit.stem == f"citylinks-{word}"
    timer = entries(timer_of(unit))
    assert timer["Persistent"] == ["true"]
    assert timer["FixedRandomDelay"] == ["yes"]
    assert timer["RandomizedDelaySec"][0].endswith("h")


def test_systemd_calls_the_unit_well_protected(installed: Path) -> None:
    """Of 10 points of exposure it has less than 2."""
    said = analysed("security", "--offline=true", "--threshold=20", str(installed))
    assert said.returncode == 0, said.stdout[-200:]


def test_each_start_gets_a_name_that_nginx_reads(tmp_path: Path) -> None:
    """Also where the folder of an earlier start was left."""
    (command,) = entries()["ExecStartPre"]
    shell, script = re.fullmatch(r"(\S+) -c '(.*)'", command).groups()  # type: ignore[union-attr]
    for name in (INVOCATION, INVOCATION[::-1]):
        environ = {"RUNTIME_DIRECTORY": str(tmp_path), "INVOCATION_ID": name, "PATH": os.defpath}
        subprocess.run([shell, "-c", script], env=environ, check=True)
        assert (tmp_path / "start").resolve() == tmp_path / name
        pattern = re.search(
            r"map \$realpath_root \$citylinks_linked_start \{[^']*''[^']*'~([^']*)'",
            SHIPPED.read_text(),
        )
        assert pattern
        found = re.search(pattern[1].replace("?<", "?P<"), str((tmp_path / "start").resolve()))
        assert found
        assert found["citylinks_name"] == name


def test_the_server_tells_systemd_when_it_is_ready(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert entries()["Type"] == ["notify"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(PATIENCE)
        listening.bind(str(tmp_path / "s"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        with serving({"home": str(workspace.home), "workers": "1"}):
            assert listening.recv(1000).startswith(b"READY=1")


@every_row("unit", [UNIT, REFRESH, CHECK, MIRROR], ids=str)
def test_units_read_the_settings_file_and_nothing_else(unit: Path) -> None:
    """Commands read the same one, so that neither has settings of its own."""
    assert entries(unit)["Environment"] == [f"{settings.CONFIG}={settings.CONFIG_FILE}"]


def test_the_settings_file_can_be_read() -> None:
    read = settings.read({settings.CONFIG: str(SETTINGS)})
    assert read.trusted_proxies == 1
    assert str(read.home) == "/var/lib/citylinks"
    assert read.public_url


def test_the_unit_and_nginx_name_the_same_places() -> None:
    nginx, unit = SHIPPED.read_text(encoding="utf-8"), entries()
    (state,), (run,), (start,) = (
        unit[name] for name in ("StateDirectory", "RuntimeDirectory", "ExecStart")
    )
    assert f"root /var/lib/{state}/current;" in nginx
    assert f"root /run/{run}/start;" in nginx
    host, port = re.findall(r"--host (\S+) --port (\S+)", start)[0]
    assert f"server {host}:{port};" in nginx
    assert unit["StateDirectoryMode"] == unit["RuntimeDirectoryMode"] == ["0755"]


def test_nginx_waits_longer_than_a_query_may_take() -> None:
    """A query may wait for a worker for as long as it may run; others wait for its answer."""
    twice = 2 * settings.Settings().query_seconds
    nginx = SHIPPED.read_text(encoding="utf-8")
    for name in ("proxy_read_timeout", "proxy_cache_lock_age", "proxy_cache_lock_timeout"):
        (seconds,) = re.findall(rf"{name}\s+([0-9]+)s;", nginx)
        assert float(seconds) > twice
