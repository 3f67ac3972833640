"""The shipped data, published once for each test process, for every test that reads a release."""

from __future__ import annotations

import atexit
import gc
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Hashable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest
from _pytest.doctest import DoctestModule
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from registry import locks, shipped
from registry.graphs import parsing
from registry.places.gazetteer import pack
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.publishing.uploads import template
from registry.reconcile.matcher import prepare
from registry.releases.reading import Release, Shelf
from registry.releases.workspace import Workspace
from registry.sandbox import Isolated, Templates
from registry.settings import Settings
from registry.sparql.forks import Forks
from tests.checkout import Checkout
from tests.conformance import RUNNING, Marks
from tests.copies import copied, shared
from tests.engines.differences import TESTED_ENGINE, mark_differences
from tests.places.places import ANCHORS, DIVISIONS, PLACES

# Files of tests need not outlive a power cut, and to bring each to disk takes longer than the rest.
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2**31:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# The settings of this machine are not those of the tests.
os.environ.setdefault("CITYLINKS_CONFIG", "")

# Tests publish what is curated; those of the world say so.
os.environ.setdefault("CITYLINKS_SHIPPED", "curated")

# Names are looked up among a few places; the gazetteer that is shipped takes seconds to prepare.
_GAZETTEER = Path(tempfile.mkdtemp(prefix="citylinks-")) / "gazetteer.xz"
_GAZETTEER.write_bytes(pack(PLACES, DIVISIONS, ANCHORS))
atexit.register(shutil.rmtree, _GAZETTEER.parent, ignore_errors=True)
os.environ.setdefault("CITYLINKS_GAZETTEER", str(_GAZETTEER))

# What fails was caused by a change: the same examples are tried each time. New ones are looked for
# by `pytest --hypothesis-profile random`.
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.settings.register_profile("random", deadline=None)
hypothesis.settings.load_profile("fixed")


class Compiled(BytecodeCache):
    """Templates as they were compiled for another application of this process."""

    def __init__(self) -> None:
        self._code: dict[str, CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template, if its text is the same."""
        bucket.code = self._code.get(f"{bucket.key} {bucket.checksum}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._code[f"{bucket.key} {bucket.checksum}"] = bucket.code


# Each test that breaks an application makes one of its own.
Flask.jinja_options = Flask.jinja_options | {"bytecode_cache": Compiled()}

_BUILDERS: dict[Hashable, Any] = {}
"""The compiled builders of addresses, by all that they are made of."""


class _Rule(Rule):
    """A rule of addresses that compiles its builders once for all applications of a process."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        key = (self.rule, append_unknown, repr(self.defaults), tuple(self._trace))
        if key not in _BUILDERS:
            _BUILDERS[key] = super()._compile_builder(append_unknown)
        return _BUILDERS[key]


Flask.url_rule_class = _Rule

# Nothing that is collected is garbage, and to look through it takes a fifth of the collection.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Read the marks of the tests of this run, for the test of the conformance statement."""
    config.stash[RUNNING] = Marks()
    config.pluginmanager.register(config.stash[RUNNING])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Say how many processes test at a time: one more than cores, since tests often wait."""
    return (os.cpu_count() or 1) + 1


NOT_COPIED = shutil.ignore_patterns("*.pyc.*", "node_modules")
"""What a copy of the software goes without: bytecode that is being written, and npm packages.

Bytecode that is whole comes with it, since to compile all anew takes as long as most tests.
"""

SLOW_AS_A_WHOLE = "\npytestmark = pytest.mark.slow\n"
"""What a module says of which every test is slow."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a module of slow tests where none is run: what they import and draw takes long."""
    if config.getoption("markexpr") != "not slow" or collection_path.suffix != ".py":
        return None
    return True if SLOW_AS_A_WHOLE in collection_path.read_text(encoding="utf-8") else None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path,
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Leave out the examples of modules without any: to look for them imports each module."""
    found = yield
    if (
        any(isinstance(one, DoctestModule) for one in found)
        and b">>> " not in file_path.read_bytes()
    ):
        return [one for one in found if not isinstance(one, DoctestModule)]
    return found


LONG = {"walk", "merged", "withdrawn"}
"""Fixtures of modules that take long to make."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is long prepared: processes take over each other's last tests, not these.

    Tests that another engine is known to fail are marked.
    """
    mark_differences(items)
    items.sort(key=lambda item: LONG.isdisjoint(getattr(item, "fixturenames", ())))


def pytest_collection_finish() -> None:
    """Set the tests themselves aside: they are not looked through for garbage again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give the default settings, at home in a folder of this test run."""
    home = tmp_path_factory.mktemp("home")
    engine = os.environ.get(TESTED_ENGINE, "")
    return Settings(
        home=home, workers=2, shipped="curated", gazetteer=str(_GAZETTEER), engine=engine
    )


Once = Callable[[str, Callable[[Path], object]], Path]
"""Makes a folder of a name, by a function, for all processes of a run; the others wait for it."""


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Return what makes a folder once, however many processes run tests; they only read it."""
    own = tmp_path_factory.getbasetemp()
    root = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, making = root / f"shared-{name}", own / f"making-{name}"
        with locks.held(root / f"shared-{name}.lock"):
            if not folder.exists():
                make(making)
                making.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def workspace(settings: Settings, once: Once) -> Iterator[Workspace]:
    """Publish the shipped data; tests only read this workspace, and copies share its files."""

    def publish_into(home: Path) -> None:
        given = replace(settings, home=home)
        publish(Workspace(home), given, Change())
        prepare(given)

    published = once("workspace", publish_into)
    settings.home.rmdir()
    made = copied(Workspace(published), settings.home)
    before = shared(made)
    yield made
    assert shared(made) == before, "a test wrote in place what copies of a workspace share"


@pytest.fixture(scope="session")
def release(workspace: Workspace) -> Release:
    """Give the release of the shipped data, opened for reading."""
    return Shelf(workspace).current()


@pytest.fixture
def own(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give a copy of the workspace in which the shipped data are published, to change."""
    return copied(workspace, tmp_path / "home")


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Give a fork server for all applications of a test process that live for some tests only."""
    made = Forks()
    yield made
    made.close()


@pytest.fixture(scope="session")
def templates() -> Iterator[Templates]:
    """Give a template of the processes of uploads, which takes a second to be ready."""
    made = template()
    yield made
    made.close()
    shutil.rmtree(made.folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def readers() -> Iterator[None]:
    """Fork the processes that read files, as a server does: most files are shorter than a start."""
    made = Templates(("registry.graphs.parser_process",), idle_seconds=math.inf)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "Isolated", partial(Isolated, templates=made))
        yield
    made.close()
    shutil.rmtree(made.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def checkouts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Checkout]:
    """Give a function that copies the software and its data into a new folder."""

    def copied() -> Checkout:
        folder = tmp_path_factory.mktemp("elsewhere") / "citylinks"
        for name in ("registry", "ontology", "shapes", "data", "queries"):
            shutil.copytree(shipped.ROOT / name, folder / name, ignore=NOT_COPIED)
        return Checkout(folder)

    return copied
