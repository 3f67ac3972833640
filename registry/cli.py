"""The command `citylinks`: results on stdout, all else on stderr.

Exit codes: 0 done, 1 refused (invalid, conflict, not found), 2 usage, 3 the other side failed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import date
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ParamSpec

import click

from registry import files as whole_files
from registry import shipped
from registry.problems import Problem
from registry.publishing import publish as publishing
from registry.publishing import retention, write_tokens
from registry.publishing.merge import Winner
from registry.publishing.shacl import Report
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import SettingError, Settings, read
from registry.sources import importing, inputs, report
from registry.sources.inputs import Input

if TYPE_CHECKING:
    from registry.reconcile.csv_linking import Linking

P = ParamSpec("P")

REFUSED, USAGE, FAILED = 1, 2, 3


def _guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what is refused into one line on stderr and an exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except BrokenPipeError:
            raise
        except Problem as problem:
            _explain(problem)
            sys.exit(REFUSED)
        except (SettingError, ConnectionError, OSError) as error:
            click.echo(f"citylinks: {' '.join(str(error).split())}", err=True)
            sys.exit(_code(error))

    return run


def _code(error: Exception) -> int:
    """Give the exit code of an error that has no name of its own."""
    if isinstance(error, SettingError):
        return USAGE
    return FAILED if isinstance(error, ConnectionError) else REFUSED


def _explain(problem: Problem) -> None:
    """Say what was refused: one line, after the report or the difference where there is one."""
    report = problem.members.get("report")
    if isinstance(report, Report):
        click.echo(report.as_text(), err=True)
    elif difference := problem.members.get("difference"):
        click.echo(difference, err=True)
    click.echo(f"citylinks: {problem}", err=True)


def _open() -> tuple[Settings, Workspace]:
    settings = read()
    return settings, Workspace(settings.home)


def _current(workspace: Workspace) -> str:
    """Give the current version; `not-found` before the first publish."""
    version = workspace.current()
    if version is None:
        raise Problem("not-found", "nothing is published yet; run: citylinks publish")
    return version


def _print(body: dict[str, Any] | list[Any], as_json: bool, lines: list[str]) -> None:
    """Print a result: as JSON, or as lines for people."""
    click.echo(json.dumps(body, ensure_ascii=False, indent=1) if as_json else "\n".join(lines))


def _date(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Read a date option."""
    try:
        return date.fromisoformat(value).isoformat() if value else None
    except ValueError as error:
        raise click.BadParameter(f"{value} is not a date such as 2026-11-01") from error


_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Print the report, too.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
files_argument = click.argument("files", nargs=-1, type=click.Path(path_type=Path))
as_of_option = click.option(
    "--as-of", callback=_date, help="The only today in rules and shapes; default: newest stated."
)
take_option = click.option(
    "--take", type=click.Choice(["file", "workspace"]), help="Which side wins where both changed."
)
release_option = click.option(
    "--release", default=None, help="Version or name; default: the current release."
)
remove_option = click.option("--remove", multiple=True, metavar="IRI", help="Remove a graph.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="citylinks", prog_name="citylinks")
def main() -> None:
    """The registry of town twinnings: publish, ask and serve it."""


def _change(
    files: tuple[Path, ...], remove: tuple[str, ...], as_of: str | None, take: Winner | None
) -> publishing.Change:
    """Put together what a publisher asks for; removing alone takes no files."""
    paths = list(files) if files or remove else None
    return publishing.Change(paths, remove, as_of, take)


@main.command()
@files_argument
@remove_option
@as_of_option
@take_option
@click.option("--keep", "name", default="", metavar="NAME", help="Keep this release for ever.")
@json_option
@quiet_option
@verbose_option
@_guarded
def publish(  # noqa: PLR0913, PLR0917  (one parameter for each option)
    files: tuple[Path, ...],
    remove: tuple[str, ...],
    as_of: str | None,
    take: Winner | None,
    name: str,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Publish FILES (default: the shipped data) as the next release."""
    settings, workspace = _open()
    outcome = publishing.publish(workspace, settings, _change(files, remove, as_of, take), name)
    if verbose and outcome.report:
        click.echo(outcome.report.as_text(), err=True)
    _tell_of(outcome, as_json, quiet)


def _tell_of(outcome: publishing.Outcome, as_json: bool, quiet: bool) -> None:
    """Say what came of a publish."""
    body: dict[str, Any] = {"version": outcome.version, "changed": outcome.changed}
    words = f"{outcome.version} {'is published' if outcome.changed else 'is current already'}"
    if outcome.report:
        body["report"] = outcome.report.as_json()["counts"]
        words += "".join(f", {n} {severity.value}" for severity, n in outcome.report.counts.items())
    if as_json or not quiet:
        _print(body, as_json, [words])


@main.command()
@files_argument
@remove_option
@as_of_option
@take_option
@json_option
@_guarded
def validate(
    files: tuple[Path, ...],
    remove: tuple[str, ...],
    as_of: str | None,
    take: Winner | None,
    as_json: bool,
) -> None:
    """Judge the current release with FILES in it, without publishing."""
    settings, workspace = _open()
    report = publishing.judge(workspace, settings, _change(files, remove, as_of, take))
    _print(report.as_json(), as_json, [report.as_text()])
    if not report.conforms:
        sys.exit(REFUSED)


@main.command()
@json_option
@_guarded
def status(as_json: bool) -> None:
    """Show what the current release is."""
    from registry.version import __version__

    _, workspace = _open()
    manifest = workspace.manifest(_current(workspace))
    graphs = manifest.all_graphs()
    body = {
        "release": manifest.version,
        "asOf": manifest.as_of,
        "triples": manifest.triples,
        "graphs": [{"graph": e.graph, "role": e.role, "triples": e.triples} for e in graphs],
        "validation": manifest.validation,
        "software": __version__,
    }
    lines = [f"release  {manifest.version}", f"as of    {manifest.as_of}"]
    lines += [f"triples  {body['triples']}"]
    lines += [f"{entry.triples:>9}  {entry.role:<9} {entry.graph}" for entry in graphs]
    _print(body, as_json, lines)


@main.command()
@json_option
@_guarded
def releases(as_json: bool) -> None:
    """List the releases that are kept, newest first."""
    _, workspace = _open()
    names = workspace.named()
    events = log.read(workspace.log_path)
    rows = [_release_row(workspace, events, names, v) for v in retention.newest_first(workspace)]
    lines = [
        f"{'*' if row['current'] else ' '} {row['version']}  {row['at']}  {row['name'] or ''}"
        for row in rows
    ]
    _print(rows, as_json, lines)


def _release_row(
    workspace: Workspace, events: list[log.Event], names: dict[str, str], version: str
) -> dict[str, Any]:
    """Say of a release when it was published, its name, and whether it is shown."""
    at = next((e.at for e in reversed(events) if e.version == version and e.graphs), "")
    return {
        "version": version,
        "name": names.get(version),
        "at": at,
        "current": version == workspace.current(),
        "store": (workspace.folder(version) / "store").is_dir(),
    }


@main.command()
@click.argument("release")
@json_option
@quiet_option
@_guarded
def rollback(release: str, as_json: bool, quiet: bool) -> None:
    """Make an earlier RELEASE (version or name) the current one."""
    _, workspace = _open()
    version = publishing.rollback(workspace, release)
    if as_json or not quiet:
        _print({"version": version}, as_json, [f"{version} is current"])


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@release_option
@json_option
@_guarded
def export(folder: Path, release: str | None, as_json: bool) -> None:
    """Write the source graphs as Turtle files into FOLDER, for git."""
    _, workspace = _open()
    version = workspace.resolve(release) if release else _current(workspace)
    files = [str(path) for path in publishing.export(workspace, version, folder)]
    _print({"version": version, "files": files}, as_json, files)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@release_option
@json_option
@_guarded
def dump(folder: Path, release: str | None, as_json: bool) -> None:
    """Copy all dump files of a release into FOLDER."""
    _, workspace = _open()
    version = workspace.resolve(release) if release else _current(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    originals = sorted((workspace.folder(version) / "dumps").iterdir())
    files = [str(shutil.copyfile(path, folder / path.name)) for path in originals]
    _print({"version": version, "files": files}, as_json, files)


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--format", "name", default=None, help="json, xml, csv, tsv, turtle, ntriples, …")
@release_option
@click.option("--endpoint", default=None, metavar="URL", help="Ask another SPARQL endpoint.")
@_guarded
def query(file: Any, name: str | None, release: str | None, endpoint: str | None) -> None:
    """Ask the query in FILE (- for standard input)."""
    from registry.sparql.engine import Query, engine_for

    settings, workspace = _open()
    try:
        text = file.read().decode()
    except UnicodeDecodeError as error:
        raise Problem("query-syntax", f"the query is not in UTF-8: {error.reason}") from error
    with engine_for(settings, workspace, release, endpoint) as engine:
        answer = engine.answer(Query(text), name)
    sys.stdout.buffer.write(answer.body)


@main.command()
@click.argument("url")
@click.option("--replace", is_flag=True, help="What this workspace has published itself may go.")
@json_option
@quiet_option
@_guarded
def mirror(url: str, replace: bool, as_json: bool, quiet: bool) -> None:
    """Bring the workspace to the current release of the server at URL."""
    from registry.sources.mirror import mirror as mirrored

    settings, workspace = _open()
    done = mirrored(workspace, settings, url, replace)
    told = "is mirrored" if done.changed else "is mirrored already"
    counted = f"{done.fetched} graphs fetched, {done.removed} removed, {done.sent} bytes"
    if as_json or not quiet:
        _print(asdict(done), as_json, [f"{done.version} {told}: {counted}"])


@main.command()
@click.argument("url")
@click.option("--query", type=click.File("r"), help="Ask the endpoint at URL this CONSTRUCT.")
@click.option("--dump", is_flag=True, help="Take the RDF file at URL.")
@click.option("--name", required=True, help="What all harvests of this source are called.")
@click.option("--title", required=True, help="What it is, in English.")
@click.option("--licence", required=True, metavar="IRI", help="The licence of the statements.")
@click.option("--language", default="ENG", show_default=True, help="Code of the EU's table.")
@click.option("--seconds", default=120, show_default=True, help="Time that the endpoint has.")
@json_option
@quiet_option
@_guarded
def harvest(
    url: str, query: IO[str] | None, dump: bool, as_json: bool, quiet: bool, **about: Any
) -> None:
    """Bring what another endpoint or dump at URL states in, as a dated source graph."""
    from registry.sources.harvest import Harvest
    from registry.sources.harvest import harvest as harvested

    if bool(query) == dump:
        raise click.UsageError("say --query FILE, or --dump")
    settings, workspace = _open()
    wanted = Harvest(url, query=query.read() if query else "", **about)
    _tell_of(harvested(workspace, settings, wanted), as_json, quiet)


@main.command(name="format")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where a file is not canonical.")
@_guarded
def format_(files: tuple[Path, ...], check: bool) -> None:
    """Bring Turtle FILES to the one canonical form."""
    others = [path for path in files if _differs(path, check)]
    for path in others:
        click.echo(f"{path}{' is not canonical' if check else ''}", err=True)
    if check and others:
        sys.exit(REFUSED)


def _differs(path: Path, check: bool) -> bool:
    """Tell whether a file is not canonical; unless it is only checked, rewrite it."""
    from registry.graphs import turtle

    try:
        return not turtle.is_canonical(path) if check else turtle.rewrite(path)
    except Problem as problem:
        raise Problem(problem.name, f"{path}: {problem.detail}", **problem.members) from problem


@main.group(name="import")
def import_() -> None:
    """Import sources of others: tables, Wikidata, or a list of inputs."""


_IMPORT_OPTIONS = (
    click.option("--decisions", type=_FILE, help="Decisions of people, as CSV."),
    click.option("--strict", is_flag=True, help="Refuse all where a row cannot be read."),
    click.option("--into", type=_FOLDER, help="Write files into this folder, publish nothing."),
    click.option("--ledger", type=_FILE, help="Ledger to append to, after the curated one."),
    click.option("--gazetteer", type=_FILE, default=shipped.GAZETTEER, help="Another gazetteer."),
    json_option,
    quiet_option,
)


def _importing(command: Callable[..., list[Input]]) -> Callable[..., None]:
    """Make a command that imports the inputs which a function gives."""

    @wraps(command)
    def run(as_json: bool, quiet: bool, **given: Any) -> None:
        names = {field.name for field in fields(importing.Options)}
        options = importing.Options(**{key: given.pop(key) for key in names})
        settings, workspace = _open()
        tell = _progress if sys.stderr.isatty() and not quiet else _silent
        done = importing.run(workspace, settings, command(**given), options, tell)
        lines = [*report.as_text(done.summary)]
        lines += [f"{done.version} is published"] if done.version else []
        if as_json or not quiet:
            _print({**done.summary, "version": done.version or None}, as_json, lines)

    guarded = _guarded(run)
    for option in reversed(_IMPORT_OPTIONS):
        guarded = option(guarded)
    return guarded


def _progress(what: str) -> None:
    click.echo(f"citylinks: {what} …", err=True)


def _silent(_what: str) -> None:
    """Say nothing, to who is no terminal."""


@import_.command(name="table")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--mapping", required=True, help="A mapping (TOML), or the name of a shipped one.")
@_importing
def import_table(files: tuple[Path, ...], mapping: str) -> list[Input]:
    """Import FILES, tables (CSV, TSV) of one form, by a mapping."""
    return [Input("table", files, mapping)]


@import_.command(name="wikidata")
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--names", type=_FILE, help="Labels of items: FILES is one list of pairs then.")
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint; there are no FILES.")
@_importing
def import_wikidata(
    files: tuple[Path, ...], names: Path | None, endpoint: str | None
) -> list[Input]:
    """Import FILES: entities of Wikidata as JSON, or with --names a list of pairs of items."""
    if bool(files) == bool(endpoint):
        raise click.UsageError("name files, or an endpoint")
    if endpoint:
        return [importing.asked(_open()[1], endpoint)]
    if names and len(files) != 1:
        raise click.UsageError("with --names there is one list of pairs")
    return [Input("pairs", (files[0], names)) if names else Input("entities", files)]


@import_.command(name="inputs")
@click.argument("file", type=_FILE)
@click.option("--from", "folder", type=_FOLDER, required=True, help="Folder of the files.")
@_importing
def import_inputs(file: Path, folder: Path) -> list[Input]:
    """Import the inputs that FILE (TOML) lists, together."""
    return inputs.read(file, folder)


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--column", required=True, metavar="C", help="The column with the names of cities.")
@click.option("--country-column", default="", metavar="K", help="The column with their countries.")
@click.option("--country", default="", metavar="CODE", help="The country of all of them.")
@click.option("--region-column", default="", metavar="R", help="The column with states of the US.")
@click.option("--latitude-column", default="", metavar="LAT", help="Degrees; with the other one.")
@click.option("--longitude-column", default="", metavar="LON", help="Degrees.")
@click.option("--with", "extra", multiple=True, metavar="FACT", help="Add a column of facts.")
@click.option("--into", type=_FILE, help="Write this file; default: standard output.")
@quiet_option
@_guarded
def link(  # noqa: PLR0913, PLR0917  (one parameter for each option)
    file: IO[bytes],
    column: str,
    country_column: str,
    country: str,
    region_column: str,
    latitude_column: str,
    longitude_column: str,
    extra: tuple[str, ...],
    into: Path | None,
    quiet: bool,
) -> None:
    """Add the IRIs of cities to FILE, a table (CSV, TSV; - for standard input)."""
    named = (column, country_column, region_column, latitude_column, longitude_column, country)
    linking = _linking(named, extra)
    with _seekable(file) as source:
        lines = (line.encode() for line in linking.lines(source))
        if into:
            whole_files.write_parts(into, lines)
        else:
            sys.stdout.buffer.writelines(lines)
    if not quiet:
        counts = (f"{linking.counted[key]} {key}" for key in ("linked", "ambiguous", "unknown"))
        click.echo(f"citylinks: {', '.join(counts)}", err=True)


def _linking(named: tuple[str, ...], extra: tuple[str, ...]) -> Linking:
    """Open the current release for linking."""
    from registry.reconcile.csv_linking import Columns, Linking
    from registry.reconcile.extension import Facts
    from registry.reconcile.matcher import Desk
    from registry.releases.reading import Shelf

    settings, workspace = _open()
    release = Shelf(workspace).current()
    facts = Facts.of(release, ["en"])
    return Linking(Desk(settings).matcher(release), facts, Columns(*named), extra)


@contextmanager
def _seekable(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Give a file that can be read twice; what comes through a pipe is put down first."""
    if file.seekable():
        yield file
        return
    with tempfile.TemporaryFile() as kept:
        shutil.copyfileobj(file, kept)
        kept.seek(0)
        yield kept


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 = any that is free.",
)
@_guarded
def serve(host: str, port: int) -> None:
    """Serve the current release over HTTP, in the foreground."""
    settings, workspace = _open()
    folder = tempfile.mkdtemp(prefix="citylinks-")
    # The metrics of all processes meet there; it has to be known before they are loaded.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    from registry.reconcile import matcher
    from registry.views.feed import Feed
    from registry.web import server

    if settings.tokens:
        write_tokens.read(Path(settings.tokens))
    if not matcher.is_prepared(settings):
        # Names are looked up once it is done; all else is answered meanwhile.
        command = [sys.executable, "-m", "registry.reconcile"]
        _ = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    if workspace.current() is None:
        publishing.publish(workspace, settings, publishing.Change())
    # Who asks for the feed waits for it; all else is answered meanwhile.
    command = Feed(workspace).command
    _ = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    server.run(settings, Path(folder), host, port)


if __name__ == "__main__":
    main()
