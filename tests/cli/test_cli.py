"""The command line: results on stdout, one line of trouble on stderr, and the exit codes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner

from registry import shipped, terms
from registry.cli import main
from registry.releases.workspace import Workspace
from registry.version import __version__
from tests.tables import every_row

PERM = f"{terms.GRAPH}perm-twins"


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


@pytest.fixture
def cli(own: Workspace) -> Run:
    """Give a function that runs a command on a workspace of one's own."""
    return lambda *arguments, **options: run_in(own.home, *arguments, **options)


@pytest.fixture
def look(workspace: Workspace) -> Run:
    """Give a function that runs a command that changes nothing."""
    return lambda *arguments, **options: run_in(workspace.home, *arguments, **options)


def version_of(workspace: Workspace) -> str:
    return str(workspace.current())


# What each command prints


def test_publish(cli: Run, own: Workspace) -> None:
    first = version_of(own)
    assert cli("publish") == (0, f"{first} is current already\n", "")
    done = cli("publish", "--as-of", "2020-01-01")
    second = version_of(own)
    assert done.out.startswith(f"{second} is published, 0 violation, ")
    assert cli("publish").out == f"{first} is published\n"
    assert cli("publish", "--json").json == {"version": first, "changed": False}
    assert cli("publish", "--as-of", "2020-01-01", "-q") == (0, "", "")
    assert version_of(own) == second


def test_publish_with_its_report(cli: Run) -> None:
    done = cli("publish", "--as-of", "2021-01-01", "-v", "--json")
    assert (done.code, done.json["report"]["violation"]) == (0, 0)
    assert done.err.startswith(("warning: ", "info: "))
    assert done.err.endswith(" info\n")


def test_publish_removes_and_keeps(cli: Run, own: Workspace) -> None:
    iurc = f"{terms.GRAPH}themayor-iurc"
    assert cli("publish", "--remove", iurc, "--keep", "without").code == 0
    assert iurc not in own.graphs(version_of(own))
    assert own.names() == {"without": version_of(own)}
    assert cli("publish", "--take", "file").code == 0
    assert iurc in own.graphs(version_of(own))


def test_validate(cli: Run, own: Workspace, tmp_path: Path) -> None:
    before = version_of(own)
    done = cli("validate")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1].startswith("0 violation, ")
    done = cli("validate", "--remove", terms.CITIES_GRAPH, "--json")
    assert (done.code, done.err) == (1, "")
    body = done.json
    assert body["conforms"] is False
    assert body["counts"]["violation"] == sum(r["severity"] == "violation" for r in body["results"])
    assert body["results"][0].keys() == {
        "severity", "shape", "focus", "label", "path", "value", "message", "graph"
    }  # fmt: skip
    assert version_of(own) == before


def test_status(look: Run, workspace: Workspace) -> None:
    manifest = workspace.manifest(version_of(workspace))
    triples = sum(entry.triples for entry in manifest.all_graphs())
    done = look("status")
    assert done.out.splitlines()[:3] == [
        f"release  {manifest.version}",
        "as of    2022-04-30",
        f"triples  {triples}",
    ]
    assert done.out.splitlines()[3:][-1].endswith(f"{terms.GRAPH}wording")
    body = look("status", "--json").json
    assert (body["release"], body["asOf"], body["triples"]) == (
        manifest.version,
        "2022-04-30",
        triples,
    )
    assert body["software"] == __version__
    assert body["validation"]["violations"] == 0
    assert [g["graph"] for g in body["graphs"]] == [e.graph for e in manifest.all_graphs()]


def test_releases_and_rollback(cli: Run, own: Workspace) -> None:
    first = version_of(own)
    second = cli("publish", "--as-of", "2020-01-01", "--keep", "early", "--json").json["version"]
    lines = cli("releases").out.splitlines()
    assert [line[:34] for line in lines] == [f"* {second}", f"  {first}"]
    assert lines[0].endswith("Z  early")
    assert cli("rollback", first) == (0, f"{first} is current\n", "")
    assert cli("rollback", "early", "--json").json == {"version": second}
    assert cli("rollback", first[:8], "-q") == (0, "", "")
    body = cli("releases", "--json").json
    assert [row.keys() for row in body] == [{"version", "name", "at", "current", "store"}] * 2
    assert [(row["version"], row["name"], row["current"]) for row in body] == [
        (first, None, True),
        (second, "early", False),
    ]


def test_export(look: Run, tmp_path: Path) -> None:
    done = look("export", tmp_path / "out")
    files = [tmp_path / "out" / path.name for path in shipped.data_files()]
    assert done == (0, "".join(f"{path}\n" for path in files), "")
    assert [path.read_bytes() for path in files] == [p.read_bytes() for p in shipped.data_files()]
    assert look("export", tmp_path / "out", "--json").json["files"] == [str(path) for path in files]


def test_dump(look: Run, tmp_path: Path, workspace: Workspace) -> None:
    version = version_of(workspace)
    originals = sorted((workspace.folder(version) / "dumps").iterdir())
    done = look("dump", tmp_path / "out", "--release", version[:6])
    assert done.out.splitlines() == [str(tmp_path / "out" / path.name) for path in originals]
    for path in originals:
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    body = look("dump", tmp_path / "out", "--json").json
    assert (body["version"], len(body["files"])) == (version, len(originals))


COUNT = "SELECT (COUNT(*) AS ?n) { ?city a <https://w3id.org/citylinks/ontology#City> }"


def test_query(look: Run, tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "count.rq"
    path.write_text(COUNT)
    assert look("query", path).json["results"]["bindings"][0]["n"]["value"] == "17"
    assert look("query", path, "--format", "csv").out == "n\n17\n"
    assert look("query", "-", "--format", "tsv", stdin=COUNT).out.splitlines() == ["?n", "17"]
    ask = look("query", "-", "--release", version_of(workspace), stdin="ASK { ?s ?p ?o }")
    assert ask.json["boolean"] is True
    graph = look("query", "-", "--format", "ntriples", stdin="CONSTRUCT WHERE { <urn:x> ?p ?o }")
    assert graph == (0, "", "")


def test_format(look: Run, tmp_path: Path) -> None:
    path, other = tmp_path / "list.ttl", tmp_path / "other.ttl"
    path.write_text("<urn:a> <urn:b> 1 .")
    other.write_bytes(shipped.data_files()[0].read_bytes())
    assert look("format", "--check", path, other) == (1, "", f"{path} is not canonical\n")
    assert look("format", path, other) == (0, "", f"{path}\n")
    assert look("format", "--check", path, other) == (0, "", "")


def test_shipped_files_are_canonical(look: Run) -> None:
    files = [*shipped.data_files(), *shipped.ontology_files(), *shipped.scheme_files()]
    assert look("format", "--check", *files, *shipped.shape_files()) == (0, "", "")


# What goes wrong: (arguments, exit code, the line on stderr)

REFUSED = {
    "a file that is not there": ("publish nowhere.ttl", "nowhere.ttl: there is no such file"),
    "no graph to remove": ("publish --remove urn:g", "there is no graph <urn:g> that could"),
    "a graph of the software": (f"publish --remove {terms.GRAPH}ontology", "there is no graph <"),
    "a bad name": ("publish --keep No_Name", "'No_Name' is not a name in a-z, 0-9 and hyphens"),
    "the name latest": ("publish --keep latest", "the name 'latest' is taken"),
    "no release to roll back to": ("rollback nowhere", "there is no release 'nowhere'"),
    "no release to export": ("export out --release nowhere", "there is no release 'nowhere'"),
    "no release to dump": ("dump out --release nowhere", "there is no release 'nowhere'"),
    "no release to ask": ("query - --release nowhere", "there is no release 'nowhere'"),
    "no such format": ("query - --format turtle", "SELECT cannot be answered as turtle"),
}


@every_row("case", REFUSED)
def test_what_is_refused(look: Run, case: str) -> None:
    command, words = REFUSED[case]
    done = look(*command.split(), stdin=COUNT)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"citylinks: {words}")
    assert done.err.count("\n") == 1


def test_a_broken_file_is_refused_with_its_place(cli: Run, own: Workspace, tmp_path: Path) -> None:
    before, path = version_of(own), tmp_path / "list.ttl"
    path.write_text("<urn:a> <urn:b>\n  broken .")
    for command in ("publish", "validate"):
        done = cli(command, path)
        assert done == (
            1,
            "",
            f"citylinks: {path}: broken is not a valid RDF object (line 2, column 3)\n",
        )
    assert version_of(own) == before
    done = cli("format", path)
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith(" (line 2, column 3)\n")


def test_invalid_data_are_refused_with_the_report(cli: Run, own: Workspace) -> None:
    before = version_of(own)
    done = cli("publish", "--remove", terms.CITIES_GRAPH)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    assert lines[0].startswith("violation: ")
    assert lines[-1].endswith(" violations; nothing was published")
    assert version_of(own) == before


def test_a_conflict_is_refused_with_the_difference(
    cli: Run, own: Workspace, tmp_path: Path
) -> None:
    path, before = tmp_path / "perm-twins.ttl", version_of(own)
    text = (shipped.ROOT / "data" / path.name).read_text("utf-8")
    for number in ("I", "II"):
        path.write_text(text.replace("paragraph 1", f"part {number}"), "utf-8")
        done = cli("publish", path)
        cli("rollback", before)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    assert lines[:2] == [f"--- workspace {PERM}", "+++ file"]
    assert lines[-1] == (
        f"citylinks: file and workspace both changed <{PERM}>; say --take file or --take workspace"
    )
    assert cli("publish", path, "--take", "workspace").out == f"{before} is current already\n"
    assert cli("publish", path, "--take", "file").out != f"{before} is current already\n"


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["export", "out"], ["dump", "out"], ["query", "-"]],
    ids=lambda a: a[0],
)
def test_before_the_first_publish(tmp_path: Path, arguments: list[str]) -> None:
    done = run_in(tmp_path / "nowhere", *arguments, stdin=COUNT)
    assert (done.code, done.out) == (1, "")
    assert done.err == "citylinks: nothing is published yet; run: citylinks publish\n"
    assert not (tmp_path / "nowhere").exists()
    assert run_in(tmp_path / "nowhere", "releases", "--json").json == []


@every_row(
    ("text", "words"),
    [
        ("SELECT", "(line 1, column"),
        ("SELECT * {", "citylinks: "),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "citylinks: "),
        ("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", "citylinks: "),
        ("SELECT * FROM <urn:nowhere> { ?s ?p ?o }", "<urn:nowhere> is not a graph of release"),
    ],
)
def test_queries_that_are_refused(look: Run, text: str, words: str) -> None:
    done = look("query", "-", stdin=text)
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert done.err.count("\n") == 1


def test_a_query_that_is_not_utf_8_is_refused(look: Run, tmp_path: Path) -> None:
    path = tmp_path / "latin.rq"
    path.write_bytes("ASK { ?s ?p 'é' }".encode("latin-1"))
    done = look("query", path)
    assert done[:2] == (1, "")
    assert done.err.startswith("citylinks: the query is not in UTF-8")


USAGE = {
    "no such option": ["status", "--nonsense"],
    "no such command": ["nonsense"],
    "a date that is none": ["publish", "--as-of", "2022-02-30"],
    "a date of another form": ["publish", "--as-of", "yesterday"],
    "a winner that is none": ["publish", "--take", "both"],
    "no folder": ["export"],
    "no release": ["rollback"],
    "no query": ["query", "nowhere.rq"],
    "no file to format": ["format", "nowhere.ttl"],
    "no such port": ["serve", "--port", "70000"],
}


@every_row("case", USAGE)
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


@every_row("name", SETTINGS)
@every_row("command", ["publish", "status", "serve"])
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


def test_an_endpoint_that_does_not_answer(look: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = look("query", "-", "--endpoint", f"http://127.0.0.1:{port}/sparql", stdin=COUNT)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"citylinks: http://127.0.0.1:{port}/sparql did not answer")
    assert done.err.count("\n") == 1


def test_a_workspace_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_in(tmp_path / "file" / "home", "publish")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("citylinks: ")
    assert done.err.count("\n") == 1


# The command as it is installed


def installed(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("citylinks")), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, **options
    )


def test_the_installed_command_tells_its_version_and_commands() -> None:
    assert installed("--version").stdout == f"citylinks, version {__version__}\n"
    shown = installed("-h").stdout
    assert all(f"\n  {name} " in shown for name in main.commands)


def test_every_command_and_option_explains_itself() -> None:
    for command in main.commands.values():
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
