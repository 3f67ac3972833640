"""Reading releases: each is opened once, and the current one is looked up every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings


def test_a_reader_sees_the_switch(own: Workspace, settings: Settings) -> None:
    shelf = Shelf(own)
    before = shelf.current()
    count = len(before.store)
    after = publish(own, replace(settings, home=own.home), Change(as_of="2020-01-01")).version
    assert shelf.current().version == after != before.version
    assert shelf.current() is shelf.named(after[:8])
    assert len(before.store) == count
    assert shelf.published_at(after) >= shelf.published_at(before.version)
    assert shelf.published_at("never") == ""


def test_before_the_first_publish_there_is_nothing(tmp_path: Path) -> None:
    shelf = Shelf(Workspace(tmp_path / "nowhere"))
    with pytest.raises(Problem, match="nothing is published yet; run: citylinks publish"):
        shelf.current()
    assert shelf.published_at("x") == ""
    assert not (tmp_path / "nowhere").exists()
