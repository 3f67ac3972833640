"""What one publish changed is taken back, whatever came after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry import terms
from registry.problems import Problem
from registry.publishing.curation import iri_of, merge, withdraw
from registry.publishing.plan import Change, read_ledger
from registry.publishing.transaction import publish
from registry.publishing.undoing import undo
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.copies import copied
from tests.lists import listing
from tests.publishing.curated import CITY, LINK, STAYS, publish_twice
from tests.tables import every_row

Decide = Callable[[Workspace, Settings], Change]

DECISIONS: dict[str, Decide] = {
    "a merger": lambda w, s: merge(w, s, CITY, STAYS),
    "a city": lambda w, s: withdraw(w, s, [CITY]),
    "a link": lambda w, s: withdraw(w, s, [terms.thing("link", LINK)]),
    "a document and its graph": lambda w, s: withdraw(w, s, [iri_of("document/list")]),
    "a graph": lambda _w, _s: Change([], remove=[f"{terms.GRAPH}list"]),
}


@pytest.fixture(scope="module")
def made(
    workspace: Workspace, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, Settings]:
    folder = tmp_path_factory.mktemp("undone")
    own = copied(workspace, folder / "home")
    return own, publish_twice(own, settings, folder)


def hashes(workspace: Workspace) -> dict[str, str]:
    return {iri: graph.sha256 for iri, graph in workspace.released()[1].items()}


@pytest.mark.parametrize("what", DECISIONS)
def test_a_decision_is_taken_back(
    what: str, made: tuple[Workspace, Settings], tmp_path: Path
) -> None:
    """All is as it was, but for what was published meanwhile; and it stays so."""
    own = copied(made[0], tmp_path / "home")
    given = replace(made[1], home=own.home)
    before, known = hashes(own), read_ledger(own, given)
    done = publish(own, given, DECISIONS[what](own, given)).version
    assert hashes(own) != before
    later = tmp_path / "later.ttl"
    later.write_text(listing(["twinning"], name="later"), encoding="utf-8")
    publish(own, given, Change([later]))
    publish(own, given, replace(undo(own, given, done), by="Anna", reason="A mistake"))
    publish(own, given, Change([], as_of="2026-11-01"))
    after = hashes(own)
    assert after.pop(f"{terms.GRAPH}later")
    for graphs in (before, after):
        graphs.pop(terms.SETTINGS_GRAPH)
    assert after == before
    now = read_ledger(own, given)
    for iri in (CITY, STAYS, terms.thing("link", LINK)):
        assert now.current(iri) == iri
        assert not now.is_withdrawn(iri)
        found, former = ({e.iri: e for e in one.entries}.get(iri) for one in (now, known))
        assert found is not None
        assert former is not None
        assert found.items == former.items
    with pytest.raises(Problem, match="nothing of what"):
        undo(own, given, done)
    event = log.switches(own.log_path)[-2]
    assert (event.things, event.reason) == ({"undone": [done]}, "A mistake")


def test_what_was_added_is_taken_out(made: tuple[Workspace, Settings]) -> None:
    own, given = made
    change = undo(own, given, own.current() or "")
    assert change.remove == [f"{terms.GRAPH}list"]


@every_row("wanted", ["0", "0" * 32])
def test_what_cannot_be_undone(wanted: str, made: tuple[Workspace, Settings]) -> None:
    """The first release follows no other, and one that is not kept is not known."""
    own, given = made
    first = log.switches(own.log_path)[0].version
    with pytest.raises(Problem) as caught:
        undo(own, given, first if wanted == "0" else wanted)
    assert caught.value.name == "not-found"
