"""A workspace whose link `current` is lost is damaged, not empty, and can be put right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry import terms
from registry.damage import Damaged
from registry.graphs import parsing
from registry.publishing import pending
from registry.publishing.pending import Pending
from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish, report_on, restore_current, rollback
from registry.releases import log
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME

Damage = Callable[[Workspace], None]


def lost(own: Workspace) -> None:
    own.current_link.unlink()


def lost_with_sources(own: Workspace) -> None:
    lost(own)
    (own.home / "sources.json").unlink()


def lost_with_log(own: Workspace) -> None:
    lost(own)
    own.log_path.unlink()


def dangling(own: Workspace) -> None:
    shutil.rmtree(own.folder(str(own.current())))


def astray(own: Workspace) -> None:
    lost(own)
    own.current_link.symlink_to("releases/nowhere")


def copied(own: Workspace) -> None:
    """As after a copy that followed links."""
    folder = own.folder(str(own.current()))
    lost(own)
    shutil.copytree(folder, own.current_link)


DAMAGES = [lost, lost_with_sources, lost_with_log, dangling, astray, copied]


def everything(own: Workspace) -> list[str]:
    return sorted(str(path) for path in own.home.rglob("*") if "drafts" not in path.parts)


@pytest.mark.parametrize("damage", DAMAGES)
def test_nobody_takes_it_for_an_empty_one(
    own: Workspace, settings: Settings, damage: Damage
) -> None:
    given, version = replace(settings, home=own.home), str(own.current())
    damage(own)
    before = everything(own)
    for work in (
        lambda: publish(own, given, Change()),
        lambda: publish(own, given, Change([])),
        lambda: report_on(own, given, Change()),
        lambda: keep(own, "mine", version),
        lambda: rollback(own, version),
        lambda: Shelf(own).current(),
        own.current,
        own.released,
    ):
        with pytest.raises(Damaged, match=r"run: citylinks rollback$"):
            work()
    assert [path for path in everything(own) if not path.endswith("lock")] == [
        path for path in before if not path.endswith("lock")
    ]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_switch_has_a_name_as_long_as_there_is_a_link(own: Workspace, damage: Damage) -> None:
    """Servers ask for it before anything else; it says nothing of damage."""
    before, version = own.switched(), own.current()
    assert before
    damage(own)
    links: dict[Damage, str] = {dangling: str(version), astray: "nowhere"}
    named = links.get(damage)
    assert own.switched() == (named and f"{named} {mtime(own)}")
    if damage is copied:
        shutil.rmtree(own.current_link)
    own.switch(str(version))
    assert own.switched() == f"{version} {mtime(own)}" != before


def mtime(own: Workspace) -> int:
    return own.current_link.lstat().st_mtime_ns


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_server_says_so(own: Workspace, settings: Settings, forks: Forks, damage: Damage) -> None:
    app = create_app(replace(settings, home=own.home, processes=1), forks)
    client = app.test_client()
    assert client.get("/").status_code == 200
    damage(own)
    assert client.get("/health").status_code == 200
    for path, status in {"/ready": 503, "/cities.csv": 500}.items():
        reply = client.get(path)
        assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
    app.extensions[NAME].engine.pool.close()


def test_a_workspace_without_anything_is_empty(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert Workspace(tmp_path_factory.mktemp("home") / "nowhere").current() is None


def test_before_the_first_publish_there_was_no_switch(tmp_path: Path) -> None:
    assert Workspace(tmp_path).switched() is None


def test_the_first_publish_may_have_been_killed_before_its_switch(
    own: Workspace, settings: Settings
) -> None:
    """There is one release then, which nobody has ever seen."""
    version = own.current()
    for path in (own.current_link, own.log_path, own.home / "sources.json"):
        path.unlink()
    assert own.current() is None
    assert publish(own, replace(settings, home=own.home), Change()).version == version


@pytest.mark.parametrize("damage", [lost, lost_with_sources, astray])
def test_the_last_switch_of_the_log_is_put_back(
    own: Workspace, settings: Settings, damage: Damage
) -> None:
    given, first = replace(settings, home=own.home), str(own.current())
    second = publish(own, given, Change([], as_of="2020-01-01")).version
    rollback(own, first)
    before = log.read(own.log_path)
    damage(own)
    assert restore_current(own) == restore_current(own) == own.current() == first != second
    assert log.read(own.log_path) == before
    assert not publish(own, given, Change()).changed


def test_the_newest_release_that_is_kept_is_put_back(own: Workspace, settings: Settings) -> None:
    given, first = replace(settings, home=own.home), str(own.current())
    second = publish(own, given, Change([], as_of="2020-01-01")).version
    shutil.rmtree(own.folder(second))
    assert restore_current(own) == own.current() == first
    event = log.read(own.log_path)[-1]
    assert (event.event, event.version, event.previous) == ("rollback", first, second)


def test_what_a_killed_publisher_wrote_down_is_not_lost(own: Workspace, settings: Settings) -> None:
    """It had switched, and the link was lost before anybody else came."""
    given, version = replace(settings, home=own.home), str(own.current())
    bases = pending.merge_bases(own)
    Pending(version, "publish", None, bases).write(own)
    lost(own)
    with pytest.raises(Damaged):
        pending.merge_bases(own)
    restore_current(own)
    assert not publish(own, given, Change()).changed
    assert pending.merge_bases(own) == bases


def test_without_any_release_of_the_log_it_says_so(own: Workspace) -> None:
    lost_with_log(own)
    with pytest.raises(Damaged, match="names no release that is kept"):
        restore_current(own)


def test_a_reader_beside_a_switch_sees_no_damage(
    own: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release that the link led to may be pruned between two looks."""
    given = replace(settings, home=own.home)
    second = publish(own, given, Change([], as_of="2020-01-01")).version
    rollback(own, min(set(own.versions()) - {second}))
    first = str(own.current())
    linked = Workspace._linked
    looks: list[str | None] = []

    def look(self: Workspace) -> str | None:
        found = linked(self)
        looks.append(found)
        if len(looks) == 1:
            self.switch(second)
            shutil.rmtree(self.folder(first))
        return found

    monkeypatch.setattr(Workspace, "_linked", look)
    assert own.current() == second
    assert looks[0] == first


def test_an_upload_is_refused(own: Workspace, settings: Settings) -> None:
    sent = [parsing.InputFiles((own.home / "x.ttl",), f"{terms.GRAPH}list", name="a list")]
    (own.home / "x.ttl").write_text("", encoding="utf-8")
    lost(own)
    with pytest.raises(Damaged):
        publish(own, replace(settings, home=own.home), Change((), sent=sent))
