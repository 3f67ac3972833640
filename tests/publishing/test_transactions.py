"""Two writers at a time, at random moments: nothing is lost, and nothing is minted twice.

`CITYLINKS_ROUNDS` says how often each pair meets (10 by default).
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest

from registry import shipped, terms
from registry.graphs import parsing
from registry.identity import ledger
from registry.places.gazetteer import pack
from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import importing
from registry.sources.inputs import Input
from registry.sources.mirror import leave, mirror
from tests.cli.mapping import HEAD, MAPPING
from tests.copies import copied
from tests.places.places import PLACES
from tests.sources.conftest import Origin, origin

__all__ = ["origin"]

ROUNDS = int(os.environ.get("CITYLINKS_ROUNDS", "10"))
LATEST = 1.0
"""Seconds after which the second writer sets out at the latest: about what one takes alone."""

Writer = Callable[[], object]
Copy = Callable[[int], tuple[Workspace, Settings]]

pytestmark = pytest.mark.slow


def until_done(write: Writer, delay: float) -> None:
    """Write after a delay, again and again while another holds the lock."""
    time.sleep(delay)
    while True:
        try:
            write()
        except Problem as problem:
            if "under way" not in str(problem):
                raise
            time.sleep(0.01)
        else:
            return


def meet(random: Random, one: Writer, other: Writer) -> None:
    """Have two writers write at a random distance, either one first."""
    delays = [0.0, random.uniform(0, LATEST)]
    random.shuffle(delays)
    with ThreadPoolExecutor(2) as beside:
        for done in [
            beside.submit(until_done, *pair) for pair in zip((one, other), delays, strict=True)
        ]:
            done.result()


@pytest.fixture
def copy(workspace: Workspace, settings: Settings, tmp_path: Path) -> Copy:
    """Return a function that copies the published workspace for one round."""

    def copy_of(number: int) -> tuple[Workspace, Settings]:
        home = tmp_path / f"home-{number}"
        return copied(workspace, home), replace(settings, home=home)

    return copy_of


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Return a folder with two tables that both need a city which is not registered yet."""
    (tmp_path / "gazetteer.xz").write_bytes(pack(PLACES))
    for name, city in {"a": "Pavia,IT", "b": "Perm,RU"}.items():
        (tmp_path / f"{name}.toml").write_text(
            MAPPING.replace("list-2015", f"list-{name}"), "utf-8"
        )
        (tmp_path / f"{name}.csv").write_text(f"{HEAD}{city},Odense,DK,1990\n", "utf-8")
    return tmp_path


def bring(own: Workspace, given: Settings, tables: Path, name: str) -> None:
    """Import one of the tables."""
    inputs = [Input("table", (tables / f"{name}.csv",), str(tables / f"{name}.toml"))]
    options = importing.Options(gazetteer=tables / "gazetteer.xz")
    importing.run(own, given, inputs, options, lambda _: None)


def graph(own: Workspace, name: str) -> str:
    return own.graphs(str(own.current()))[terms.GRAPH + name].ntriples.decode()


def test_two_imports(copy: Copy, tables: Path) -> None:
    random = Random(18)
    for number in range(ROUNDS):
        own, given = copy(number)
        meet(random, *(partial(bring, own, given, tables, name) for name in "ab"))
        minted = [entry.ref for entry in ledger.read(shipped.LEDGER, own.ledger).entries]
        assert minted.count("odense-2622447") == 1
        assert "odense-2622447--pavia-3171366" in graph(own, "list-a")
        assert "odense-2622447--perm-511196" in graph(own, "list-b")
        shutil.rmtree(own.home)


def publish_unless_refused(
    own: Workspace, given: Settings, change: Change, refused: Callable[[], None]
) -> None:
    """Publish, unless the import came first: then file and workspace have both changed."""
    try:
        publish(own, given, change)
    except Problem as problem:
        if "file and workspace both changed" not in str(problem):
            raise
        refused()


def test_an_import_beside_a_publish(copy: Copy, tables: Path) -> None:
    random = Random(19)
    cities = tables / "cities.ttl"
    text = shipped.CITIES.read_text("utf-8").replace('"Пермь"@ru', '"Пермище"@ru')
    cities.write_text(text, "utf-8")
    refused: list[int] = []
    for number in range(ROUNDS):
        own, given = copy(number)
        meet(
            random,
            partial(bring, own, given, tables, "a"),
            partial(
                publish_unless_refused,
                own,
                given,
                Change([cities]),
                partial(refused.append, number),
            ),
        )
        ledger.read(shipped.LEDGER, own.ledger)
        assert "odense-2622447--pavia-3171366" in graph(own, "list-a")
        assert ('"Пермище"@ru' in graph(own, "cities")) != (number in refused)
        shutil.rmtree(own.home)
    assert len(refused) < ROUNDS, "the publish never came first"


def done_unless_refused(done: list[str], name: str, write: Writer, *reasons: str) -> None:
    """Write and note it, unless it is refused for one of the reasons."""
    try:
        write()
    except Problem as problem:
        if not any(reason in str(problem) for reason in reasons):
            raise
    else:
        done.append(name)


def test_a_mirror_beside_an_upload(copy: Copy, origin: Origin, tables: Path) -> None:
    """The first of both is accepted and stays; the second is refused."""
    random = Random(20)
    template, given = Workspace(tables / "mirror"), replace(origin.settings, home=tables / "mirror")
    mirror(template, given, origin.url)
    leave(template)
    twins = tables / "perm-twins.ttl"
    text = (shipped.ROOT / "data" / "perm-twins.ttl").read_text("utf-8")
    twins.write_text(text.replace('"1992"^^xsd:gYear', '"1991"^^xsd:gYear'), "utf-8")
    publish(origin.workspace, origin.settings, Change([twins]))
    notice = shipped.ROOT / "data" / "pavia-notice.ttl"
    uploaded = tables / "notice.ttl"
    uploaded.write_text(notice.read_text("utf-8").replace("@en", "@en-GB", 1), "utf-8")
    source = parsing.InputFiles((uploaded,), f"{terms.GRAPH}pavia-notice")
    firsts: set[str] = set()
    for number in range(ROUNDS):
        own = copied(template, tables / f"mirror-{number}")
        here = replace(given, home=own.home)
        before = graph(own, "pavia-notice")

        done: list[str] = []
        change = Change(sent=[source], by="a curator")
        follow, upload = partial(mirror, own, here, origin.url), partial(publish, own, here, change)
        meet(
            random,
            partial(done_unless_refused, done, "mirror", follow, "--replace", "mirror once more"),
            partial(done_unless_refused, done, "upload", upload, "is a mirror of"),
        )
        assert len(done) == 1
        assert (graph(own, "pavia-notice") != before) == (done == ["upload"])
        firsts.update(done)
        shutil.rmtree(own.home)
    assert firsts == {"mirror", "upload"}, "one of both never came first"
