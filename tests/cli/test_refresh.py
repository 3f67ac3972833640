"""`citylinks refresh`: what came of each source, in lines and as JSON; killed, it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry import locks, terms
from registry.releases.workspace import Workspace
from tests.cli.mapping import MAPPING
from tests.cli.running import Done, run_in
from tests.processes import until
from tests.sources.file_server import Files, serving_files
from tests.sources.test_refreshing import LIST, ROWS
from tests.sources.wikidata_endpoint import Endpoint, Sent, cities, serving


@dataclass
class Site:
    """A workspace, two servers, and the list that names them."""

    home: Path
    endpoint: Endpoint
    server: Files
    listed: Path

    def run(self, *words: object, **options: str) -> Done:
        return run_in(self.home, "refresh", "--sources", self.listed, *words, **options)

    def graphs(self) -> list[str]:
        names = Workspace(self.home).released()[1]
        return [name for name in names if name.startswith((f"{terms.GRAPH}wikidata-p190-20",))]


@pytest.fixture
def site(own: Workspace, tmp_path: Path) -> Iterator[Site]:
    """Give a workspace in which the curated data are published, and two servers."""
    with serving() as endpoint, serving_files() as server:
        cities(endpoint)
        server.content = ROWS.encode()
        (tmp_path / "list.toml").write_text(MAPPING, "utf-8")
        listed = tmp_path / "refresh.toml"
        listed.write_text(LIST.format(wikidata=endpoint.address, file=server.url), "utf-8")
        yield Site(own.home, endpoint, server, listed)


def test_a_rehearsal_says_what_would_be_new(site: Site) -> None:
    done = site.run("list", "--dry-run")
    assert done.code == 0, done.err
    line, counted = done.out.splitlines()
    assert line.startswith("list  list-20")
    assert line.endswith(" would be published, 3 statements, 3 new links")
    assert counted == "1 rehearsed"
    assert "CITYLINKS_CONTACT is empty" in done.err
    told = site.run("list", "--dry-run", "--json", CITYLINKS_CONTACT="ops@example.org")
    assert (told.err, told.json[0]["difference"]["new"]) == ("", 3)
    assert site.server.asked[-1]["User-Agent"].endswith("citylinks/)")


@pytest.mark.slow
def test_what_was_fetched_may_be_an_input_of_the_world(site: Site, tmp_path: Path) -> None:
    """By the same reader, so that both say the same but for the title."""
    site.run("wikidata-p190", "--dry-run")
    folder = site.home / "refresh" / "wikidata-p190"
    (day,) = (path for path in folder.iterdir() if path.is_dir())
    told = '[[input]]\nreader = "slices"\nfiles = ["*.json.gz"]\n'
    (tmp_path / "inputs.toml").write_text(told)
    words = ("import", "inputs", tmp_path / "inputs.toml", "--from", day)
    done = run_in(site.home, *words)
    assert (done.code, "slices were taken on a day" in done.err) == (1, True), done.err
    (tmp_path / "inputs.toml").write_text(f'{told}taken = "{day.name}"\n')
    done = run_in(site.home, *words, "--json")
    assert (done.code, done.json["inputs"][0]["claims"]) == (0, 3)
    assert site.graphs() == [f"{terms.GRAPH}wikidata-p190-{day.name}"]


@pytest.mark.slow
def test_what_fails_is_one_line_and_the_others_are_done(site: Site) -> None:
    site.endpoint.behave = lambda _, __: Sent(403)
    done = site.run(CITYLINKS_CONTACT="ops@example.org")
    assert done.code == 1
    assert done.err.startswith("citylinks: wikidata-p190: http://127.0.0.1")
    assert done.err.count("\n") == 1
    assert "list-" in done.out
    assert done.out.splitlines()[-1] == "1 failed, 1 published"


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["nobody"], 1, "there is no source 'nobody', but wikidata-p190, list"),
        (["--sources", "none.toml"], 1, "none.toml is no list of sources"),
        (["--speed", "3"], 2, "No such option"),
    ],
)
def test_wrong_use(site: Site, words: list[str], code: int, why: str) -> None:
    done = site.run(*words)
    assert (done.code, done.out, why in done.err) == (code, "", True), done.err


def test_a_second_refresh_says_that_one_is_under_way(site: Site) -> None:
    (site.home / "refresh").mkdir()
    with locks.held(site.home / "refresh" / "lock"):
        done = site.run("list")
    assert (done.code, "another refresh is under way" in done.err) == (1, True)
    assert site.server.asked == []


@pytest.mark.slow
def test_a_refresh_that_is_killed_goes_on_where_it_was(site: Site) -> None:
    """Killed while a slice is under way, and again while places are; no slice is asked twice."""
    words = [sys.executable, "-m", "registry.cli", "refresh", "--sources", str(site.listed)]
    environ = os.environ | {"CITYLINKS_HOME": str(site.home)}
    asked: list[str] = []
    for mark in ('"3")', "VALUES"):
        site.endpoint.behave = lambda query, _, mark=mark: (  # type: ignore[misc]
            Sent(429, {"Retry-After": "600"}) if mark in query else None
        )
        site.endpoint.asked.clear()
        with subprocess.Popen([*words, "wikidata-p190"], env=environ) as process:
            assert until(lambda mark=mark: mark in " ".join(site.endpoint.asked))  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
        asked += [query for query in site.endpoint.asked if mark not in query]
    site.endpoint.behave = lambda _, __: None
    site.endpoint.asked.clear()
    done = site.run("wikidata-p190")
    assert done.code == 0, done.err
    assert not set(asked) & {query for query in site.endpoint.asked if "COUNT" not in query}
    assert len([query for query in asked if "STRENDS" in query]) == 16
    assert len(site.graphs()) == 1
