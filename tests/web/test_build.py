"""An ETag names the build of the software, too: what another build wrote is not taken for ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from registry import shipped, version
from registry.settings import Settings
from registry.version import fingerprint
from tests.conftest import NOT_COPIED

ASK = """
import json, sys
from pathlib import Path
import registry
assert Path(registry.__file__).is_relative_to(Path.cwd()), registry.__file__
from registry.settings import read
from registry.web.app import create_app
from registry.web.context import NAME
app = create_app(read())
client, told = app.test_client(), {}
for path, had in json.loads(sys.argv[1]).items():
    reply = client.get(path, headers={"If-None-Match": had} if had else {})
    told[path] = [reply.status_code, reply.headers["ETag"]]
app.extensions[NAME].engine.pool.close()
print(json.dumps(told))
"""

PATHS = (
    "/",
    "/doc/city/perm-511196",
    "/doc/city/perm-511196.ttl",
    "/cities.csv",
    "/links.csv",
    "/sparql?query=ASK%20%7B%7D",
    "/queries/figures.csv",
    "/graph/perm-twins.ttl",
    "/problem/busy",
)

Told = dict[str, tuple[int, str]]


Ask = Callable[[Path, dict[str, str]], Told]


def copied(folder: Path) -> Path:
    """Copy the software to a folder."""
    for name in ("registry", "ontology", "shapes", "queries"):
        shutil.copytree(shipped.ROOT / name, folder / name, ignore=NOT_COPIED)
    return folder


@pytest.fixture(scope="module")
def ask(settings: Settings, release: object) -> Ask:
    """Return a function that asks a copy for addresses, with the ETags that the client has."""
    set_ = {"CITYLINKS_HOME": str(settings.home), "CITYLINKS_WORKERS": "1"}

    def asked(software: Path, had: dict[str, str]) -> Told:
        done = subprocess.run(
            [sys.executable, "-c", ASK, json.dumps(had)],
            cwd=software,
            env=os.environ | set_ | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return {path: tuple(answer) for path, answer in json.loads(done.stdout).items()}

    return asked


@pytest.fixture(scope="module")
def had(ask: Ask, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the ETags that an unchanged copy of the software gives."""
    first = ask(copied(tmp_path_factory.mktemp("unchanged")), dict.fromkeys(PATHS, ""))
    assert {status for status, _ in first.values()} == {200}
    return {path: tag for path, (_, tag) in first.items()}


@pytest.mark.slow
def test_the_same_software_is_asked_again_and_has_nothing_new(
    ask: Ask, had: dict[str, str], tmp_path: Path
) -> None:
    """In whatever folder it stands."""
    again = ask(copied(tmp_path), had)
    assert again == {path: (304, tag) for path, tag in had.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "addition"),
    [
        ("registry/web/templates/base.html", "<!-- another build -->\n"),
        ("registry/web/static/style.css", "/* another build */\n"),
        ("registry/web/locale/citylinks.pot", "# another build\n"),
        ("registry/things/labels.py", "# another build\n"),
        ("queries/figures.rq", "# another build\n"),
    ],
)
def test_another_build_is_never_answered_304(
    changed: str, addition: str, ask: Ask, had: dict[str, str], tmp_path: Path
) -> None:
    software = copied(tmp_path)
    with (software / changed).open("a") as file:
        file.write(addition)
    now = ask(software, had)
    assert {status for status, _ in now.values()} == {200}
    assert all(now[path][1] != tag for path, tag in had.items())


def test_a_fingerprint_is_of_names_and_content_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one" / "package", tmp_path / "two" / "package"
    for folder in (one, two):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "a.py").write_text("a")
        (folder / "b.html").write_text("b")
    os.utime(two / "b.html", (1, 1))
    for left_out in ("__pycache__", "frontend", "shipped"):
        (two / left_out).mkdir()
        (two / left_out / "c").write_text("c")
    (two / "old.pyc").write_text("")
    same = fingerprint([one])
    assert fingerprint([two]) == same
    assert fingerprint([one], ["library 2"]) != same
    (two / "b.html").rename(two / "d.html")
    assert fingerprint([two]) != same
    (two / "d.html").rename(two / "b.html")
    (two / "b.html").write_text("B")
    assert fingerprint([two]) != same
    (two / "b.html").write_text("b")
    assert fingerprint([two]) == same


def test_libraries_count_and_those_of_tests_do_not() -> None:
    named = {line.partition(" ")[0] for line in version._libraries()}
    assert {"pyoxigraph", "jinja2", "flask"} <= named
    assert "pytest" not in named


def test_processes_that_evaluate_do_not_wait_for_it() -> None:
    code = "import sys, registry.sparql.forkserver; print('registry.version' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
