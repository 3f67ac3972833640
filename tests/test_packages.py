"""The sdist and the wheel: built from a clone by each command, and tried where nothing else is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from registry import files, terms
from registry.version import __version__
from tests.web.served import serving
from tests.web.test_assets import FILES

ROOT = Path(__file__).parents[1]
ASSETS = "registry/web/assets/"

pytestmark = pytest.mark.slow
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is needed to build assets")

Clone = Callable[[], Path]


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command outside of any checkout."""
    return subprocess.run(
        list(map(str, command)),
        cwd="/",
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Return a function that copies what is under version control, and nothing that was built."""
    listed = run("git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z")
    if listed.returncode:
        pytest.skip("this is no checkout")

    def cloned() -> Path:
        folder = tmp_path_factory.mktemp("clone")
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, folder / name)
        return folder

    return cloned


@pytest.fixture(scope="module")
def built(clone: Clone) -> Path:
    """Build the sdist from a clone, and the wheel from the sdist; return their folder."""
    folder = clone()
    done = run(sys.executable, "-m", "build", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "dist"


def wheel_of(folder: Path, source: Path) -> subprocess.CompletedProcess[str]:
    """Build a wheel from a folder of sources by `pip wheel`."""
    return run(
        *(sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", folder, source)
    )


def assets(names: list[str], read: Callable[[str], bytes]) -> set[str]:
    """Return the built files of a package, which are those that its manifest names."""
    manifest = next(name for name in names if name.endswith(f"{ASSETS}manifest.json"))
    listed = json.loads(read(manifest))
    folder = manifest.removesuffix("manifest.json")
    held = {name.removeprefix(folder) for name in names if name.startswith(folder)}
    tiles = listed.pop("tiles")
    cut = {name for name in held if name.startswith(f"{tiles}/")}
    # Of the zooms 0 to 5, each with four times as many as the one before.
    assert len(cut) == sum(4**zoom for zoom in range(6))
    assert held == {"manifest.json", *listed.values(), *cut}
    assert listed.keys() == FILES
    assert not [name for name in names if "node_modules" in name]
    return held


@needs_npm
def test_every_way_to_build_carries_the_same_assets(
    built: Path, clone: Clone, tmp_path: Path
) -> None:
    (archive,), (wheel,) = built.glob("*.tar.gz"), built.glob("*.whl")
    done = wheel_of(tmp_path, clone())
    assert done.returncode == 0, done.stderr
    (direct,) = tmp_path.glob("*.whl")

    def read(name: str) -> bytes:
        file = sdist.extractfile(name)
        assert file
        return file.read()

    with tarfile.open(archive) as sdist:
        carried = assets(sdist.getnames(), read)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(direct) as other:
        assert assets(one.namelist(), one.read) == carried
        assert assets(other.namelist(), other.read) == carried
        assert sorted(one.namelist()) == sorted(other.namelist())
        assert not [name for name in one.namelist() if "/frontend/" in name]
        assert "registry/shipped/queries/possible-partners.rq" in one.namelist()
        manual = (
            "CONTRIBUTING.md",
            "docs/portal.md",
            "docs/notebooks/portal.ipynb",
            "docs/images/link.png",
        )
        assert {f"registry/shipped/{name}" for name in manual} <= {*one.namelist()}


def test_without_npm_one_line_says_what_to_run(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = clone()
    monkeypatch.setenv("PATH", str(tmp_path))
    done = wheel_of(tmp_path, folder)
    said = [line.strip() for line in done.stderr.splitlines() if "make assets" in line]
    assert done.returncode != 0
    assert said == [
        "The scripts and styles of the pages are not built: there is no npm here."
        " Run `make assets`, then build again."
    ]
    assert "Traceback" not in done.stdout + done.stderr


@needs_npm
def test_assets_that_are_older_than_their_sources_are_built_anew(
    built: Path, clone: Clone, tmp_path: Path
) -> None:
    folder = clone()
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder, [name for name in packed.namelist() if ASSETS in name])
    sheet = folder / "registry" / "web" / "static" / "style.css"
    sheet.write_text(sheet.read_text("utf-8") + "\n.changed { color: red; }\n", "utf-8")
    newer = (folder / ASSETS / "manifest.json").stat().st_mtime + 1
    os.utime(sheet, (newer, newer))
    done = wheel_of(tmp_path, folder)
    assert done.returncode == 0, done.stderr
    (rebuilt,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(rebuilt) as packed:
        styled = json.loads(packed.read(f"{ASSETS}manifest.json"))["style.css"]
        assert b".changed" in packed.read(ASSETS + styled)


@needs_npm
def test_two_builds_give_the_same_bytes(
    built: Path, clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another folder, with another umask and order of files, at another time."""
    (wheel,) = built.glob("*.whl")
    folder = clone()
    for path in folder.rglob("*"):
        os.utime(path, (10**9, 10**9), follow_symlinks=False)
    before = os.umask(0o077)
    try:
        done = wheel_of(tmp_path, folder)
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    (again,) = tmp_path.glob("*.whl")
    assert again.name == wheel.name
    assert files.sha256(again) == files.sha256(wheel)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    other = tmp_path / "other"
    assert wheel_of(other, folder).returncode == 0
    with zipfile.ZipFile(next(other.glob("*.whl"))) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(2023, 11, 14, 22, 13, 20)}


@needs_npm
def test_the_wheel_says_who_it_is(built: Path) -> None:
    """What an index of packages shows, and refuses where it is not as it should be."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (n for n in packed.namelist() if n.endswith(".dist-info/METADATA"))
        found = Metadata.from_email(packed.read(name), validate=True)
        licences = [n for n in packed.namelist() if "/licenses/" in n]
    assert (found.name, str(found.version)) == ("citylinks", __version__)
    assert (found.license_expression, len(licences)) == ("Apache-2.0", 2)
    assert found.description_content_type == "text/markdown"
    assert found.description == (ROOT / "README.md").read_text("utf-8")
    assert found.project_urls
    assert found.project_urls["Homepage"] == terms.BASE
    assert found.classifiers
    for version in ("3.11", "3.12", "3.13"):
        assert f"Programming Language :: Python :: {version}" in found.classifiers


@needs_npm
def test_the_wheel_works_in_an_empty_environment(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    environment = tmp_path / "env"
    assert run(sys.executable, "-m", "venv", environment).returncode == 0
    pip = (environment / "bin" / "python", "-m", "pip", "install", "--quiet")
    done = run(*pip, "--constraint", ROOT / "constraints.txt", wheel)
    assert done.returncode == 0, done.stderr
    citylinks = environment / "bin" / "citylinks"
    helped = run(citylinks, "--help")
    assert helped.returncode == 0, helped.stderr
    assert "publish" in helped.stdout
    home = str(tmp_path / "home")
    published = run(citylinks, "publish", CITYLINKS_HOME=home, CITYLINKS_SHIPPED="curated")
    assert published.returncode == 0, published.stderr
    with serving({"home": home}, program=[str(citylinks)]) as server:
        shown = server.ask("/doc/city/pavia-3171366", Accept="text/html", Accept_Language="en")
        assert shown.status == 200
        assert "Besançon" in shown.text
        named = shown.text.partition('src="/static/site-')[2].partition('"')[0]
        script = server.ask(f"/static/site-{named}")
        assert (script.status, script.type) == (200, "text/javascript")
        assert len(script.body) > 1_000
