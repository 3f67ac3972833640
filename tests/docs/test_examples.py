"""The examples of the documentation that are marked `run` run, and give what stands below them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry import terms
from registry.cli import main
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.sparql.full_text import searching, with_things
from tests.copies import copied
from tests.tables import every_row

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
SERVER = "127.0.0.1:8000"


@dataclass(frozen=True)
class Example:
    """A fenced block: its language, the words after it, its text, and the block right after it."""

    page: Path
    line: int
    language: str
    marks: tuple[str, ...]
    text: str
    result: str | None = None

    def mark(self, name: str, default: str) -> str:
        """Give the value of a mark such as `exit=1`."""
        return next((m.partition("=")[2] for m in self.marks if m.startswith(name + "=")), default)

    def __str__(self) -> str:
        return f"{self.page.stem}-{self.line}"


_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$(\n```\w+ result\n(.*?)^```$)?", re.M | re.S)


def examples(page: Path) -> Iterator[Example]:
    """Give the fenced blocks of a page."""
    content = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(content):
        line = content.count("\n", 0, match.start()) + 1
        yield Example(page, line, match[1], tuple(match[2].split()), match[3], match[5])


ALL = [example for page in PAGES for example in examples(page)]


def marked(language: str, mark: str) -> list[Example]:
    return [e for e in ALL if e.language == language and mark in e.marks]


def test_there_are_examples_of_each_kind() -> None:
    assert marked("sparql", "run")
    assert marked("sh", "run")
    assert marked("turtle", "data")
    assert not [e for e in ALL if e.language == "sparql" and "run" not in e.marks]


@every_row("example", marked("sparql", "run"), ids=str)
def test_a_query_gives_the_answer_below_it(example: Example, release: Release) -> None:
    found = release.store.query(with_things(example.text, searching(release)))
    if isinstance(found, ox.QueryBoolean):
        assert found
        return
    if isinstance(found, ox.QueryTriples):
        assert next(found)
        return
    rows = (found.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode().split()
    assert len(rows) > 1
    if example.result is not None:
        assert rows == example.result.split()


@every_row("example", marked("turtle", "data"), ids=str)
def test_the_data_have_what_an_example_states(example: Example, release: Release) -> None:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in terms.PREFIXES.items())
    head = f"BASE <{terms.BASE}>\n{prefixes}"
    stated = list(ox.parse(head + example.text, format=ox.RdfFormat.TURTLE))
    assert stated
    missing = [str(quad.triple) for quad in stated if quad not in release.store]
    assert missing == []


STORIES = {
    page: [e for e in examples(page) if "run" in e.marks or e.mark("file", "")]
    for page in PAGES
    if any(e.language == "sh" and "run" in e.marks for e in examples(page))
}


@pytest.mark.parametrize("page", STORIES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_run_in_their_order(
    page: Path,
    client: FlaskClient,
    release: Release,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for folder in ("data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    if any("citylinks" in e.text for e in STORIES[page]):
        copied(Workspace(release.folder.parents[1]), tmp_path / "var")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYLINKS_HOME", str(tmp_path / "var"))
    shell = Shell(client, release.version)
    for example in STORIES[page]:
        if name := example.mark("file", ""):
            Path(name).write_text(example.text, encoding="utf-8")
        elif example.language == "sh":
            shell.run(example)


@dataclass
class Shell:
    """Runs the commands of examples; `curl` asks the application without a socket."""

    client: FlaskClient
    version: str
    printed: str = ""
    codes: list[int] = field(default_factory=list)

    def run(self, example: Example) -> None:
        """Run a block, and compare what it prints."""
        self.printed, self.codes = "", []
        for line in example.text.replace("\\\n", " ").splitlines():
            self._command(shlex.split(line, comments=True), example)
        assert self.codes[-1] == int(example.mark("exit", "0")), f"{example}\n{self.printed}"
        assert not any(self.codes[:-1]), f"{example}\n{self.printed}"
        if example.result is not None:
            assert fits(example.result, self.printed), f"{example}\n{self.printed}"

    def _command(self, words: list[str], example: Example) -> None:
        if words[0] == "curl":
            self._curl(words[1:], int(example.mark("status", "200")))
        elif words[0] == "citylinks":
            result = CliRunner().invoke(main, words[1:])
            self.printed += result.output
            self.codes.append(result.exit_code)
        else:
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            self.printed += done.stdout + done.stderr
            self.codes.append(done.returncode)

    def _curl(self, words: list[str], status: int) -> None:
        """Ask what curl would ask; the address is checked, and so is what comes back."""
        options, addresses = curl(words)
        (address,) = addresses
        parts = urlsplit(address.replace("{version}", self.version))
        assert (parts.scheme, parts.netloc) == ("http", SERVER)
        data = [pair for name, pair in options if name == "--data-urlencode"]
        files = [Path(value[1:]).read_bytes() for name, value in options if name == "--data-binary"]
        response = self.client.open(
            f"{parts.path}?{parts.query}",
            method="POST" if data or files else "GET",
            headers=[header.split(": ", 1) for name, header in options if name == "-H"],
            data=urlencode([urlencoded(pair) for pair in data]) if data else b"".join(files),
            content_type="application/x-www-form-urlencoded" if data else None,
        )
        response = self._followed(response, ("-L", "") in options)
        assert response.status_code == status, f"{address}\n{response.text}"
        if ("-O", "") in options:
            Path(parts.path.rpartition("/")[2]).write_bytes(response.data)
        else:
            self.printed += response.text
        self.codes.append(0)

    def _followed(self, response: TestResponse, follow: bool) -> TestResponse:
        """Follow redirects where curl was told to; where it was not there must be none."""
        while response.status_code in {301, 302, 303}:
            assert follow, "curl needs -L to follow this redirect"
            headers = [(k, v) for k, v in response.request.headers if k in {"Accept"}]
            response = self.client.get(response.headers["Location"], headers=headers)
        return response


def curl(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Part the options of curl, with their values, from the addresses."""
    options, addresses, rest = [], [], iter(words)
    for word in rest:
        if word in {"-H", "--data-urlencode", "--data-binary"}:
            options.append((word, next(rest)))
        elif word.startswith("-"):
            assert word in {"-L", "-O"}, f"{word} is not an option that this test knows"
            options.append((word, ""))
        else:
            addresses.append(word)
    return options, addresses


def urlencoded(pair: str) -> tuple[str, str]:
    """Read `name=text` or `name@file` as curl does."""
    name, sign, value = re.split(r"([=@])", pair, maxsplit=1)
    return name, Path(value).read_text(encoding="utf-8") if sign == "@" else value


def fits(expected: str, printed: str) -> bool:
    """Tell whether what was printed is what stands there, where … stands for anything."""
    pattern = ".*".join(map(re.escape, expected.strip().split("…")))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def test_an_ellipsis_stands_for_anything() -> None:
    assert fits("… is published, 0 violation, …\n", "ab12 is published, 0 violation, 3 info\n")
    assert not fits("… is published", "ab12 is current already")


def test_curl_is_read_as_curl_reads_it(tmp_path: Path) -> None:
    options, addresses = curl(["-L", "-H", "Accept: text/csv", "http://127.0.0.1:8000/"])
    assert options == [("-L", ""), ("-H", "Accept: text/csv")]
    assert addresses == ["http://127.0.0.1:8000/"]
    file = tmp_path / "q.rq"
    file.write_text("ASK {}", encoding="utf-8")
    assert urlencoded(f"query@{file}") == ("query", "ASK {}")
    assert urlencoded("query=ASK {}") == ("query", "ASK {}")
