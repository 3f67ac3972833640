"""The examples of CONTRIBUTING, chapter "Extending": one file and one line, put into a copy."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checkout import Checkout
from tests.docs.test_examples import ROOT

CHAPTER = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("\n## Extending\n")[2]
CHAPTER = CHAPTER.partition("\n## ")[0]

FILES = dict(re.findall(r"```\w+ new=(\S+)\n(.*?)^```$", CHAPTER, re.M | re.S))
LINES = re.findall(r"```diff\n--- a/\S+\n\+\+\+ b/(\S+)\n(.*?)^```$", CHAPTER, re.M | re.S)


def change(path: Path, hunks: str) -> None:
    """Change a file as a difference says, which has no numbers of lines."""
    text = path.read_text("utf-8")
    for hunk in filter(None, hunks.split("@@\n")):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        assert text.count(before) == 1, before
        text = text.replace(before, "".join(line[1:] for line in lines if line[0] != "-"))
    path.write_text(text, "utf-8")


@pytest.fixture
def extended(checkouts: Callable[[], Checkout]) -> Checkout:
    """Return a copy of the software with all that the chapter adds."""
    copy = checkouts()
    for name in ("tests", "docs"):
        shutil.copytree(ROOT / name, copy.folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
    for path in (*ROOT.glob("*.md"), *ROOT.glob("*.toml"), ROOT / "Makefile"):
        shutil.copy2(path, copy.folder)
    for name, text in FILES.items():
        assert not (copy.folder / name).exists()
        (copy.folder / name).write_text(text, "utf-8")
    for name, hunks in LINES:
        change(copy.folder / name, hunks)
    return copy


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def succeeds(copy: Checkout, *command: object) -> None:
    """Run a command in a copy of the software, with its packages; it must end well."""
    done = subprocess.run(
        [*map(str, command)],
        env=os.environ | {"PYTHONPATH": str(copy.folder)},
        cwd=copy.folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_source_is_a_file_and_its_lines_in_the_ledger(checkouts: Callable[[], Checkout]) -> None:
    copy = checkouts()
    shutil.copytree(ROOT / "tests", copy.folder / "tests")
    shutil.copy2(ROOT / "pyproject.toml", copy.folder)
    ((name, text),) = re.findall(r"```turtle file=(\S+)\n(.*?)^```$", CONTRIBUTING, re.M | re.S)
    (copy.folder / name).write_text(text, "utf-8")
    (command,) = re.findall(r"```sh ledger\n(.*?)^```$", CONTRIBUTING, re.M | re.S)
    subprocess.run(["sh", "-c", command], cwd=copy.folder, check=True)
    succeeds(copy, *PYTEST, "tests/data/test_data.py")


ASK = """
    from registry.publishing.plan import Change
    from registry.publishing.transaction import publish
    from registry.releases.reading import Shelf
    from registry.releases.workspace import Workspace
    from registry.settings import read
    from registry.views.languages import LANGUAGES
    from registry.web.app import create_app

    ITALIAN = {"Accept": "text/html", "Accept-Language": "it"}
    settings = read()
    workspace = Workspace(settings.home)
    publish(workspace, settings, Change())
    print(Shelf(workspace).current().view(LANGUAGES)["en"])
    client = create_app(settings).test_client()
    answer = client.get("/cities", headers={"Accept": "application/x-ndjson"})
    named = answer.get_data(as_text=True).count('"name": "Pavia"')
    print(answer.status_code, answer.mimetype, named)
    print(client.get("/cities.ndjson?limit=2").get_data(as_text=True).count("\\n"))
    described = client.get("/openapi.json").json["paths"]["/cities"]["get"]["responses"]["200"]
    print("application/x-ndjson" in described["content"])
    asked = client.get("/queries/first-links", headers={"Accept": "text/csv"})
    print(asked.status_code, asked.get_data(as_text=True).count("/id/link/"))
    print(client.get("/languages").json["en"])

    for city in ("besancon-3033123", "agrigento-2525764"):
        page = client.get("/doc/city/" + city, headers=ITALIAN)
        text = page.get_data(as_text=True)
        shown = text.partition('<section id="friends">')[2].partition("</section>")[0]
        leads = text.count('href="#friends"')
        print(page.status_code, leads, shown.count("Amicizie"), shown.count("<a "))
"""


@pytest.mark.slow
def test_what_is_added_to_a_table_works(extended: Checkout, tmp_path: Path) -> None:
    assert set(FILES) == {
        *("registry/lists/ndjson.py", "registry/views/languages.py"),
        *("registry/things/city/friends.py", "registry/sources/twinnings.py"),
        *("registry/sources/mappings/friends.toml", "shapes/label.ttl"),
        *("shapes/damage/city-label-length.ru", "queries/first-links.rq"),
        *("registry/cli/languages.py", "registry/web/routes/languages.py"),
    }
    assert len(LINES) == 9
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ASK)],
        env={
            "CITYLINKS_HOME": str(tmp_path / "home"),
            "CITYLINKS_SHIPPED": "curated",
            "PYTHONPATH": str(extended.folder),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names, listed, limited, described, asked, served, *panels = done.stdout.splitlines()
    assert int(names) > 10
    assert served == names
    code, out, err = extended.run(tmp_path / "home", "languages", "--json")
    assert (code, json.loads(out)["en"], err) == (0, int(names), "")
    assert (listed, limited, described) == ("200 application/x-ndjson 1", "2", "True")
    assert asked == "200 3"
    assert panels == ["200 1 1 7", "200 0 0 0"]  # Besançon is one of eight CultCities.


OF_THE_HOUSE = (
    *("tests/test_floors.py", "tests/shapes", "tests/queries/test_questions.py"),
    *("tests/docs/test_docs.py", "-k"),
    "floors or has_its_damage or name_message or silent or blank or valid_shacl or conform or "
    "city-label-length or documented or header or parameters or pasted or "
    "expected or order_of_rows or title",
)
"""The tests that look at what was added; damage of shapes that were there is not tried again."""


@pytest.mark.slow
def test_what_is_added_passes_the_checks_of_the_project(extended: Checkout, tmp_path: Path) -> None:
    cache = tmp_path / "mypy"
    style = [sys.executable, "-m", "ruff"]
    touched = [*FILES, *(name for name, _ in LINES)]
    python = [name for name in touched if name.endswith(".py")]
    turtle = [name for name in touched if name.endswith(".ttl")]
    checks: list[list[object]] = [
        [*style, "check", "--no-cache", *python],
        [*style, "format", "--check", "--no-cache", *python],
        [sys.executable, "-m", "mypy", "--cache-dir", cache, *python],
        [sys.executable, "-m", "registry.cli", "format", "--check", *turtle],
        [*PYTEST, *OF_THE_HOUSE],
    ]
    for check in checks:
        succeeds(extended, *check)


@pytest.mark.slow
def test_a_mapping_alone_imports_a_table(extended: Checkout, tmp_path: Path) -> None:
    table = tmp_path / "friends.csv"
    table.write_text("city,country,partner,partner_country,since\nPavia,IT,Perm,RU,1999\n", "utf-8")
    code, out, err = extended.run(
        tmp_path / "home", "import", "table", table, "--mapping", "friends"
    )
    assert code == 0, err
    assert "1 links" in out or "1 link" in out


SOURCE = """
"graph": "friends-2023", "title": "Friends", "date": "2023", "family": "friends",
"licence": "https://creativecommons.org/publicdomain/zero/1.0/",
"address": "https://example.org/friends"
"""


@pytest.mark.slow
def test_a_reader_imports_what_a_list_of_inputs_names(extended: Checkout, tmp_path: Path) -> None:
    link = '{"places": [["Pavia", "IT"], ["Perm", "RU"]], "since": "1999"}'
    listed = f'{{"source": {{{SOURCE}}}, "links": [{link}]}}'
    (tmp_path / "friends.json").write_text(listed, "utf-8")
    (tmp_path / "bad.json").write_text('{"links": 3}', "utf-8")

    def imported(files: str) -> tuple[int, str, str]:
        inputs = tmp_path / "inputs.toml"
        inputs.write_text(f'[[input]]\nreader = "twinnings"\nfiles = ["{files}"]\n', "utf-8")
        return extended.run(tmp_path / "home", "import", "inputs", inputs, "--from", tmp_path)

    code, out, err = imported("friends.json")
    assert code == 0, err
    assert "1 link" in out
    extended.must(tmp_path / "home", "export", tmp_path / "graphs")
    written = (tmp_path / "graphs" / "friends-2023.ttl").read_text("utf-8")
    assert "link/pavia-3171366--perm-511196" in written
    assert '"1999"^^xsd:gYear' in written
    code, _, err = imported("bad.json")
    assert (code, err.count("\n")) == (1, 1)
    assert "bad.json is no list of twinnings" in err
    code, _, err = imported("*.json")
    assert (code, err.count("\n")) == (1, 1)
    assert "twinnings are one JSON file" in err


@pytest.mark.slow
def test_a_shape_alone_reports_what_it_guards(extended: Checkout, tmp_path: Path) -> None:
    cities = extended.folder / "data" / "cities.ttl"
    text = cities.read_text("utf-8")
    assert text.count('"Pavia"@en') == 1
    damaged = tmp_path / "cities.ttl"
    damaged.write_text(text.replace('"Pavia"@en', f'"{"Pavia " * 11}"@en'), "utf-8")
    extended.must(tmp_path / "home", "publish")
    code, out, err = extended.run(tmp_path / "home", "validate", damaged)
    assert "This name is longer than any city's" in out + err
    assert code == 0, err
