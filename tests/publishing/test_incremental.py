"""However a workspace came to its state, its release is what a fresh publish of that state is."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import shipped, terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings

Listing = Callable[[Iterable[str]], str]
CLAIMS = ("twinning", "start", "end", "suspended", "disputed")


class Editor:
    """Edits files at random, as people and sources do, and publishes after every edit."""

    def __init__(self, own: Workspace, settings: Settings, folder: Path, listing: Listing) -> None:
        self.own, self.settings, self.listing = own, settings, listing
        self.folder = folder
        shutil.copytree(shipped.ROOT / "data", folder)

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.ttl"))

    def publish(self, change: Change) -> None:
        publish(self.own, replace(self.settings, home=self.own.home), change)

    def claims(self, chance: random.Random) -> None:
        """Write the list with other claims."""
        names = chance.sample(CLAIMS, chance.randint(1, len(CLAIMS)))
        (self.folder / "list.ttl").write_text(self.listing(names), encoding="utf-8")
        self.publish(Change([self.folder / "list.ttl"], winner="file"))

    def words(self, chance: random.Random) -> None:
        """Change a title in a source."""
        path = self.folder / "perm-twins.ttl"
        number = chance.randint(2, 9)
        path.write_text(
            path.read_text("utf-8").replace("paragraph 1", f"section {number}"), "utf-8"
        )
        self.publish(Change([path]))

    def removal(self, chance: random.Random) -> None:
        """Remove the list, or a source on which no other depends, and forget its file."""
        name = chance.choice([p.stem for p in self.files() if p.stem in {"list", "themayor-iurc"}])
        (self.folder / f"{name}.ttl").unlink()
        self.publish(Change([], [terms.GRAPH + name]))

    def day(self, chance: random.Random) -> None:
        """Publish with another as-of date for once."""
        self.publish(Change(self.files(), as_of=f"20{chance.randint(10, 30)}-06-30"))


def quads(workspace: Workspace, version: str) -> set[ox.Quad]:
    return set(ox.Store.read_only(str(workspace.folder(version) / "store")))


def dumps(workspace: Workspace, version: str) -> dict[str, bytes]:
    folder = workspace.folder(version) / "dumps"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def editor(own: Workspace, settings: Settings, tmp_path: Path, listing: Listing) -> Editor:
    return Editor(own, settings, tmp_path / "data", listing)


@pytest.mark.slow
def test_a_history_of_edits(
    editor: Editor, tmp_path: Path, whole: Callable[[Workspace], str]
) -> None:
    own, settings, chance = editor.own, editor.settings, random.Random(2022)
    editor.claims(chance)
    for _ in range(5):
        chance.choice([editor.claims, editor.words, editor.removal, editor.day])(chance)
        editor.claims(chance) if not (editor.folder / "list.ttl").exists() else None
    editor.publish(Change(editor.files()))
    fresh = Workspace(tmp_path / "fresh")
    publish(fresh, replace(settings, home=fresh.home), Change(editor.files()[::-1]))
    version = whole(own)
    assert whole(fresh) == version
    assert dumps(own, version) == dumps(fresh, version)
    assert quads(own, version) == quads(fresh, version)
