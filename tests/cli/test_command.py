"""The command as a whole: usage, settings, exit codes, one line of trouble, and its help."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from registry import terms
from registry.cli import COMMANDS, main
from registry.releases.workspace import Workspace
from registry.version import __version__
from tests.cli.running import Run, run_in
from tests.cli.test_query import COUNT

REFUSED = {
    "a file that is not there": ("publish nowhere.ttl", "nowhere.ttl: there is no such file"),
    "no graph to remove": ("publish --remove urn:g", "there is no graph <urn:g> that could"),
    "a graph of the software": (f"publish --remove {terms.GRAPH}ontology", "there is no graph <"),
    "a bad name": ("keep No_Name", "'No_Name' is not a name in a-z, 0-9 and hyphens"),
    "the name latest": ("keep latest", "the name 'latest' is taken"),
    "no release to keep": ("keep mine nowhere", "there is no release 'nowhere'"),
    "no release to roll back to": ("rollback nowhere", "there is no release 'nowhere'"),
    "no release to export": ("export out --release nowhere", "there is no release 'nowhere'"),
    "no release to dump": ("dump out --release nowhere", "there is no release 'nowhere'"),
    "no release to ask": ("query - --release nowhere", "there is no release 'nowhere'"),
    "no such format": ("query - --format turtle", "SELECT cannot be answered as turtle"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(look: Run, case: str) -> None:
    command, words = REFUSED[case]
    done = look(*command.split(), stdin=COUNT)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"citylinks: {words}")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["export", "out"],
        ["dump", "out"],
        ["query", "-"],
        ["keep", "mine"],
        ["rollback"],
    ],
    ids=lambda a: a[0],
)
def test_before_the_first_publish(tmp_path: Path, arguments: list[str]) -> None:
    done = run_in(tmp_path / "nowhere", *arguments, stdin=COUNT)
    assert (done.code, done.out) == (1, "")
    assert done.err == "citylinks: nothing is published yet; run: citylinks publish\n"
    assert not (tmp_path / "nowhere").exists()
    assert run_in(tmp_path / "nowhere", "releases", "--json").json == []


USAGE = {
    "no such option": ["status", "--nonsense"],
    "no such command": ["nonsense"],
    "a date that is none": ["publish", "--as-of", "2022-02-30"],
    "a date of another form": ["publish", "--as-of", "yesterday"],
    "a winner that is none": ["publish", "--take", "both"],
    "no folder": ["export"],
    "no release": ["rollback"],
    "no name": ["keep"],
    "no query": ["query", "nowhere.rq"],
    "no file to format": ["format", "nowhere.ttl"],
    "no such port": ["serve", "--port", "70000"],
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_use(look: Run, case: str) -> None:
    done = look(*USAGE[case])
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


SETTINGS = {
    "CITYLINKS_QUERY_SECONDS": ("soon", "CITYLINKS_QUERY_SECONDS: "),
    "CITYLINKS_ANSWER_BYTES": (
        "many",
        "CITYLINKS_ANSWER_BYTES: 'many' is not a size such as 50 MiB",
    ),
    "CITYLINKS_NONSENSE": ("1", "CITYLINKS_NONSENSE is not a setting"),
    "CITYLINKS_HOME": ("", "CITYLINKS_HOME: the path of a folder is missing"),
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("command", ["publish", "status", "serve"])
def test_a_setting_that_cannot_be_read(look: Run, name: str, command: str) -> None:
    value, words = SETTINGS[name]
    done = look(command, **{name: value})
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"citylinks: {words}")
    assert done.err.count("\n") == 1


def test_tokens_that_cannot_be_read_stop_the_start(look: Run, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    for content, words in ((None, "cannot be read"), ("secret perm\n", "line 1")):
        if content:
            path.write_text(content)
        done = look("serve", CITYLINKS_TOKENS=str(path))
        assert (done.code, done.out) == (2, "")
        assert words in done.err
        assert "secret" not in done.err
        assert done.err.count("\n") == 1


def test_a_workspace_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_in(tmp_path / "file" / "home", "publish")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("citylinks: ")
    assert done.err.count("\n") == 1


def command_of(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found
    return found


def installed(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("citylinks")), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, **options
    )


def test_the_installed_command_tells_its_version_and_commands() -> None:
    assert installed("--version").stdout == f"citylinks, version {__version__}\n"
    shown = installed("-h").stdout
    assert re.findall(r"^  (\w+) ", shown.partition("Commands:")[2], re.M) == sorted(COMMANDS)


def test_every_command_and_option_explains_itself() -> None:
    for command in map(command_of, COMMANDS):
        assert command.help
        options = [p for p in command.params if isinstance(p, click.Option)]
        assert all(option.help for option in options)


def test_a_reader_that_stops_reading_is_no_trouble(workspace: Workspace) -> None:
    """As with `citylinks status | head -1`, where the pipe is closed early."""
    code = f"{Path(sys.executable).with_name('citylinks')} status --json | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", code],
        env={"CITYLINKS_HOME": str(workspace.home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("{\n", "")
