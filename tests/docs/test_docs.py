"""The documentation is whole and true: what exists is in it, what it names exists."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import click
from flask import Flask

from registry import cli, formats, saved_queries, shipped
from registry.problems import KINDS
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import CONFIG, CONFIG_FILE, OF_TESTS, PREFIX, Settings
from registry.sparql.engine import formats_for
from registry.sparql.guards import CHAIN_FACTOR
from registry.version import __version__
from tests.tables import every_row

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
HISTORY = ROOT / "CHANGELOG.md"
READERS = ("analyst", "portal", "harvester", "officer", "operator")

Row = tuple[str, ...]


def named(path: Path) -> str:
    return path.stem


@cache
def text(page: str) -> str:
    """Give a page of the documentation."""
    return (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """Give what stands under a heading, down to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    after = text(page).split(f"\n{heading}\n", 1)[1]
    return re.split(rf"\n#{{1,{level}}} ", after, maxsplit=1)[0]


def tables(markdown: str) -> Iterator[tuple[Row, list[Row]]]:
    """Give the tables of a text: their header and their rows."""
    for block in re.findall(r"(?:^\|.*\|\n)+", markdown + "\n", re.MULTILINE):
        header, _, *rows = [cells(line) for line in block.splitlines()]
        yield header, rows


def cells(line: str) -> Row:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))


def table(page: str, *header: str) -> list[Row]:
    """Find the one table of a page that has this header."""
    (rows,) = [rows for head, rows in tables(text(page)) if head == header]
    return rows


def code(cell: str) -> list[str]:
    """Give what stands in a cell as code."""
    return re.findall(r"`([^`]+)`", cell)


# Each reader has a page, and each page is found from the README.


def test_every_reader_has_a_page_and_readme_leads_to_each() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(READERS) <= {path.stem for path in PAGES}
    assert [p.name for p in PAGES if p.parent.name == "docs" and p.name not in readme] == []


# Settings


def test_every_setting_is_documented_with_its_unit_and_default() -> None:
    rows = table("operator", "setting", "unit", "default", "meaning")
    documented = {row[0].strip("`"): row[1:3] for row in rows}
    known = {PREFIX + entry.name.upper(): entry for entry in fields(Settings)}
    assert documented.keys() == known.keys()
    for name, (unit, default) in documented.items():
        assert unit == known[name].metadata["unit"], name
        assert is_default(known[name].name, default), name


OF_THE_MACHINE = {
    "workers": "number of cores",
    "processes": "number of cores",
    "validators": "number of cores",
    "store_memory": "a quarter of the memory",
}
"""Defaults that differ from machine to machine, in words."""


def is_default(name: str, written: str) -> bool:
    """Tell whether a documented default, read as the environment is read, is the code's."""
    entry = next(entry for entry in fields(Settings) if entry.name == name)
    plain = written.strip("`")
    if name in OF_THE_MACHINE:
        return plain == OF_THE_MACHINE[name]
    if plain == "empty":
        return entry.default == ""
    return bool(entry.metadata["read"](plain) == entry.default)


@every_row("page", [*PAGES, HISTORY], ids=named)
def test_no_page_names_a_setting_that_does_not_exist(page: Path) -> None:
    known = {PREFIX + entry.name.upper() for entry in fields(Settings)}
    written = set(re.findall(PREFIX + r"[A-Z_]*[A-Z]", page.read_text(encoding="utf-8")))
    assert written <= known | OF_TESTS | {CONFIG}


def test_limits_are_those_of_the_settings() -> None:
    rows = {limit: default for limit, default, _ in table("analyst", "limit", "default", "over it")}
    settings = {
        "time for one query": "query_seconds",
        "memory for one query": "query_memory",
        "answer": "answer_bytes",
        "answer shown as a page": "page_bytes",
        "query text": "query_bytes",
        "tokens of a query: words, names, IRIs, strings, signs": "query_tokens",
        "nesting of brackets": "query_depth",
        "triples of several FROM graphs together": "merge_triples",
        "queries waiting": "queue",
    }
    chained = "chain of operators; unions and optionals together"
    assert rows.keys() == {*settings, chained}
    for limit, name in settings.items():
        value = re.sub(r",| seconds| levels", "", rows[limit])
        assert is_default(name, value), limit
    depth = int(rows["nesting of brackets"].split()[0])
    assert int(rows[chained].replace(",", "")) == depth * CHAIN_FACTOR


# The command


def commands(group: click.Group = cli.main, before: str = "citylinks") -> Iterator[Row]:
    """Walk the commands; give the name and options of each."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        whole = f"{before} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, whole)
        else:
            assert command
            shown = (p for p in command.params if isinstance(p, click.Option) and not p.hidden)
            options = [o for p in shown for o in p.opts]
            yield (whole, *options)


def documented_commands() -> dict[str, str]:
    """Give the section of each command."""
    page = section("operator", "## The command")
    parts = re.split(r"^### `([^`]+)`$", page, flags=re.MULTILINE)[1:]
    return {
        re.sub(r" [\[A-Z].*", "", heading): f"{heading}\n{body}"
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_command_is_documented() -> None:
    assert documented_commands().keys() == {command for command, *_ in commands()}


@every_row(("command", "options"), [(c, o) for c, *o in commands()])
def test_every_option_of_a_command_is_documented_and_no_other(
    command: str, options: list[str]
) -> None:
    written = re.findall(r"(?<![\w`-])`?(--?[a-z][a-z-]*)", documented_commands()[command])
    assert set(written) == set(options)


@every_row("command", [c for c, *_ in commands()])
def test_arguments_of_a_command_are_documented(command: str) -> None:
    found: click.Command | None = cli.main
    for name in command.split()[1:]:
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), name)
    assert found
    arguments = [p.name.upper() for p in found.params if isinstance(p, click.Argument) and p.name]
    heading = documented_commands()[command].splitlines()[0]
    assert re.findall(r"[A-Z]+", heading) == arguments


def test_options_of_the_command_itself_are_documented() -> None:
    general = section("operator", "## The command").split("\n### ")[0]
    for option in ("-h", "--help", "--version"):
        assert f"`{option}`" in general


def test_exit_codes_are_documented() -> None:
    rows = table("operator", "exit code", "means")
    assert [int(number) for number, _ in rows] == [0, cli.REFUSED, cli.USAGE, cli.FAILED]


# Make


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())


def test_every_make_target_is_documented() -> None:
    documented = {code(target)[0] for target, _ in table("operator", "target", "does")}
    assert documented == {f"make {target}" for target in targets()}


@every_row("page", PAGES, ids=named)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    written = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(written) <= targets()


def test_readme_says_how_to_start() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\nmake serve " in readme
    assert "\nmake test " in readme


def test_the_command_is_found_as_readme_and_contributing_say() -> None:
    """The script that puts it on the path belongs to the environment that make makes."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (environment,) = re.findall(r"^VENV +\?= (.*)$", makefile, re.MULTILINE)
    for name in ("README.md", "CONTRIBUTING.md", "docs/operator.md"):
        page = (ROOT / name).read_text(encoding="utf-8")
        told = page.find(f"source {environment}/bin/activate")
        used = re.search(r"^citylinks ", page, re.MULTILINE)
        assert used
        assert 0 < told < used.start(), name


# Addresses


def test_every_address_is_documented_and_no_other(app: Flask) -> None:
    served = {re.sub(r"<[^>]*>", "{}", rule.rule) for rule in app.url_map.iter_rules()}
    written = [
        address for cell, _ in table("portal", "address", "answers with") for address in code(cell)
    ]
    assert {re.sub(r"\{[^}]*\}", "{}", address) for address in written} == served


@every_row("page", PAGES, ids=named)
def test_every_address_that_a_page_names_is_served(page: Path, app: Flask) -> None:
    served = [
        re.compile(re.sub(r"<path:[^>]*>", ".+", re.sub(r"<\w+>", "[^/]+", rule.rule)) + "/?")
        for rule in app.url_map.iter_rules()
    ]
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    for written in re.findall(r"`(?:GET |POST )?(/[a-z][^`]*)`", prose):
        path = written.split("?")[0].replace("…", "x")
        assert any(pattern.fullmatch(path) for pattern in served) or path in _ELSEWHERE, written


_ELSEWHERE = {"/citylinks/id/city/perm-511196", str(CONFIG_FILE), "/tmp"}
"""A path at w3id.org, which redirects to a server, and paths of files."""


# Problems


def test_every_problem_is_documented() -> None:
    documented = [
        (name.strip("`"), *rest) for name, *rest in table("analyst", "name", "status", "title")
    ]
    assert documented == [(name, str(kind.status), kind.title) for name, kind in KINDS.items()]


def test_limits_name_problems_that_exist() -> None:
    rows = table("analyst", "limit", "default", "over it")
    assert {name for *_, over in rows for name in code(over)} - {"Retry-After"} <= KINDS.keys()


# Formats


def test_formats_of_answers_are_documented() -> None:
    rows = table("analyst", "`format`", "media type", "answers")
    documented = {(one, code(kind)[0]): forms for name, kind, forms in rows for one in code(name)}
    expected = {
        (form.name, form.media_type + ';profile="…"' * bool(form.profile)): ", ".join(
            query
            for query in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
            if form in formats_for(query)
        )
        for form in (*formats.SOLUTIONS, *formats.TRIPLES)
    }
    assert documented == {**expected, ("html", "text/html"): "all, as a page"}


def test_formats_of_documents_are_documented() -> None:
    rows = table("portal", "extension", "media type", "format")
    documented = [(code(extension)[0], code(kind)[0]) for extension, kind, _ in rows]
    expected = [(f".{form.extension}", form.media_type) for form in (formats.HTML, *formats.GRAPHS)]
    assert documented == expected


# Queries and rules


def test_every_saved_query_is_documented() -> None:
    documented = table("analyst", "name", "title", "reader", "parameters")
    assert documented == [
        (
            f"`{query.name}`",
            query.title["en"],
            query.reader,
            ", ".join(f"`{p.name}` ({p.type})" for p in query.parameters),
        )
        for query in saved_queries.read(shipped.query_files())
    ]


def test_officers_find_their_queries() -> None:
    documented = table("officer", "question", "query")
    queries = saved_queries.read(shipped.query_files())
    assert documented == [(q.title["en"], f"`{q.name}`") for q in queries if q.reader == "officer"]


def test_every_rule_is_documented_with_the_terms_that_it_derives() -> None:
    rules = saved_queries.read(shipped.rule_files())
    rows = table("model", "rule", "derives")
    assert [code(name)[0] for name, _ in rows] == [rule.name for rule in rules]
    for (_, derives), rule in zip(rows, rules, strict=True):
        assert set(code(derives)) == set(rule.derives)


# Releases


def test_every_field_of_the_manifest_is_documented(release: Release) -> None:
    manifest = release.manifest
    whole, graph = [rows for head, rows in tables(text("harvester")) if head == ("field", "holds")]
    assert fields_of(whole) == list(json.loads(manifest.to_json()))
    assert fields_of(graph) == list(json.loads(manifest.to_json())["graphs"][0])
    roles = {entry.role for entry in manifest.all_graphs()}
    assert roles == set(code(held(graph, "`role`")))
    assert set(code(held(whole, "`validation`"))) == set(manifest.validation)


def held(rows: list[Row], field: str) -> str:
    return next(holds for name, holds in rows if name == field)


def fields_of(rows: list[Row]) -> list[str]:
    return [name for cell, _ in rows for name in code(cell)]


def test_every_dump_file_is_of_a_documented_kind(release: Release) -> None:
    documented = [code(cell) for cell, _ in table("harvester", "file", "holds")]
    patterns = [
        re.escape(name).replace(r"\{graph\}", ".+") for names in documented for name in names
    ]
    files = [path.name for path in (release.folder / "dumps").iterdir()]
    assert [name for name in files if not re.fullmatch("|".join(patterns), name)] == []
    assert all(any(re.fullmatch(pattern, name) for name in files) for pattern in patterns)


def test_every_part_of_the_workspace_is_documented(workspace: Workspace) -> None:
    documented = {code(path)[0].split("/")[0] for path, _ in table("operator", "path", "is")}
    assert {path.name for path in workspace.home.iterdir()} <= documented


def test_the_example_of_health_is_of_the_shipped_data(release: Release) -> None:
    example = json.loads(
        re.findall(r"```json\n(.*?)```", section("operator", "## Health"), re.S)[0]
    )
    assert example["asOf"] == release.manifest.as_of
    assert example["software"] == __version__


def test_the_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == [__version__]
    assert f"## [{__version__}]" in HISTORY.read_text(encoding="utf-8")


# Links


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page: of its headings, as they are made on the web, and its own."""
    markdown = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    headings = re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)
    return {slug(heading) for heading in headings} | set(re.findall(r'<a id="([^"]+)">', markdown))


def slug(heading: str) -> str:
    """Make the anchor of a heading: lower case, punctuation gone, spaces to hyphens."""
    kept = (c for c in heading.lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


@every_row("page", [*PAGES, HISTORY], ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@every_row("page", [*PAGES, HISTORY], ids=named)
def test_pages_are_tidy(page: Path) -> None:
    content = page.read_text(encoding="utf-8")
    assert content.endswith("\n")
    assert not content.endswith("\n\n")
    assert not re.search(r"[ \t]+$", content, re.MULTILINE)
    prose = re.sub(r"^(```.*?^```|\|.*\|)$", "", content, flags=re.DOTALL | re.MULTILINE)
    long = [line for line in prose.splitlines() if len(line) > 100 and "](" not in line]
    assert long == []


def test_pictures_are_light() -> None:
    pictures = sorted((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > 200_000] == []
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [p.name for p in pictures if p.name not in shown] == []
