"""The software run as a program, from another folder: the same bytes, cities merged, withdrawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from registry import terms
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from tests.checkout import PERM as NEW
from tests.checkout import Checkout, listing, minted

pytestmark = pytest.mark.slow

Checkouts = Callable[[], Checkout]
Whole = Callable[[Workspace], str]

OLD = "perm-1"
NAME = terms.prefixed("skos:prefLabel")


def all_files(workspace: Workspace) -> dict[str, bytes]:
    """Give all files of the current release and its graphs but the store."""
    release = workspace.folder(str(workspace.current()))
    folders = [release / "dumps", release / "derived", workspace.home / "graphs"]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(workspace.home)): path.read_bytes() for path in paths}


@pytest.mark.parametrize(("seed", "order"), [("7", 1), ("11", -1)])
def test_two_builds_give_the_same_bytes(
    workspace: Workspace, checkouts: Checkouts, tmp_path: Path, seed: str, order: int
) -> None:
    """Whatever the hash seed, the folder, the order of files, the language of the machine."""
    checkout, home = checkouts(), tmp_path / "a folder"
    files = checkout.data[::order]
    code, out, err = checkout.run(
        home, "publish", *files, PYTHONHASHSEED=seed, LC_ALL="C", TZ="Asia/Tokyo"
    )
    assert (code, err) == (0, ""), err
    assert out.split()[0] == workspace.current()
    assert all_files(Workspace(home)) == all_files(workspace)


class Merged(NamedTuple):
    """A workspace in which a city was merged after it had been published."""

    checkout: Checkout
    workspace: Workspace
    list: Path
    before: str

    def publish(self, *arguments: object) -> str:
        """Publish, and give the first line that is printed."""
        code, out, err = self.checkout.run(self.workspace.home, "publish", *arguments)
        assert code == 0, err
        return str(out.split("\n")[0])


LINK, CLAIM = f"duisburg-2934691--{OLD}", f"duisburg-2934691--{OLD}/list/1"


@pytest.fixture(scope="module")
def merged(checkouts: Checkouts, tmp_path_factory: pytest.TempPathFactory, whole: Whole) -> Merged:
    """Publish Perm as two cities, merge them by one line of the ledger, publish again."""
    folder, checkout = tmp_path_factory.mktemp("merged"), checkouts()
    found = Merged(checkout, Workspace(folder / "home"), folder / "list.ttl", "")
    found.list.write_text(listing("list", OLD))
    checkout.describe(OLD)
    checkout.ledger(*minted("list", OLD))
    found.publish(*checkout.data, found.list)
    before = whole(found.workspace)
    checkout.ledger((OLD, "city", NEW))
    found.publish()
    assert whole(found.workspace) != before
    return found._replace(before=before)


MOVED = {
    terms.thing("city", OLD): terms.thing("city", NEW),
    terms.thing("link", LINK): terms.thing("link", f"duisburg-2934691--{NEW}"),
    terms.thing("claim", CLAIM): terms.thing("claim", f"duisburg-2934691--{NEW}/list/1"),
}


def store(merged: Merged) -> ox.Store:
    return Shelf(merged.workspace).current().store


def test_of_what_was_merged_stubs_are_left(merged: Merged) -> None:
    stated = {}
    for old in MOVED:
        for quad in store(merged).quads_for_pattern(ox.NamedNode(old), None, None, None):
            stated[old, terms.compact(quad.predicate.value)] = quad.object
        assert not list(store(merged).quads_for_pattern(None, None, ox.NamedNode(old), None))
    assert stated == {(old, "owl:deprecated"): ox.Literal(True) for old in MOVED} | {
        (old, "dcterms:isReplacedBy"): ox.NamedNode(new) for old, new in MOVED.items()
    }


def test_graphs_that_no_file_offered_are_rewritten(merged: Merged) -> None:
    """The list was published before the cities were merged, and not since."""
    link = ox.NamedNode(MOVED[terms.thing("link", LINK)])
    claim = ox.NamedNode(f"{terms.CL}claim")
    found = store(merged).quads_for_pattern(link, claim, None, ox.DefaultGraph())
    assert sorted(str(quad.object).rpartition("/id/claim/")[2] for quad in found) == [
        f"duisburg-2934691--{NEW}/list/1>",
        f"duisburg-2934691--{NEW}/perm-twins/p2>",
    ]
    names = store(merged).quads_for_pattern(link, ox.NamedNode(NAME), None, None)
    assert {str(quad.object) for quad in names} == {'"Duisburg–Perm"@en'}


def test_the_same_files_change_nothing(merged: Merged, tmp_path: Path, whole: Whole) -> None:
    current = f"{merged.workspace.current()} is current already"
    assert merged.publish() == current
    assert merged.publish(*merged.checkout.data, merged.list) == current
    _, out, _ = merged.checkout.run(merged.workspace.home, "export", tmp_path, "--json")
    assert merged.publish(*json.loads(out)["files"]) == current
    fresh = Workspace(tmp_path / "fresh")
    merged.checkout.run(fresh.home, "publish", *merged.checkout.data[::-1], merged.list)
    assert whole(fresh) == merged.workspace.current()


def test_the_release_before_the_merger_can_be_shown_again(merged: Merged) -> None:
    after = merged.workspace.current()
    merged.checkout.run(merged.workspace.home, "rollback", merged.before)
    city = ox.NamedNode(terms.thing("city", OLD))
    assert len(list(store(merged).quads_for_pattern(city, None, None, None))) > 10
    merged.checkout.run(merged.workspace.home, "rollback", after)
    assert merged.workspace.current() == after


@pytest.fixture(scope="module")
def withdrawn(checkouts: Checkouts, tmp_path_factory: pytest.TempPathFactory) -> Merged:
    """Publish a city that there is not, withdraw it by one line of the ledger, publish again."""
    folder, checkout = tmp_path_factory.mktemp("withdrawn"), checkouts()
    found = Merged(checkout, Workspace(folder / "home"), folder / "list.ttl", "")
    found.list.write_text(listing("list", OLD))
    checkout.describe(OLD)
    checkout.ledger(*minted("list", OLD))
    found.publish(*checkout.data, found.list)
    checkout.ledger((OLD, "city", "-"))
    found.publish()
    return found


def test_of_what_was_withdrawn_the_word_is_left(withdrawn: Merged, whole: Whole) -> None:
    assert whole(withdrawn.workspace)
    for old in MOVED:
        quads = list(store(withdrawn).quads_for_pattern(ox.NamedNode(old), None, None, None))
        assert {(terms.compact(q.predicate.value), q.object) for q in quads} == {
            ("owl:deprecated", ox.Literal(True))
        }
        named = {str(q.graph_name).strip("<>") for q in quads}
        assert named == {"DEFAULT", terms.CITIES_GRAPH}
        assert not list(store(withdrawn).quads_for_pattern(None, None, ox.NamedNode(old), None))
    manifest = withdrawn.workspace.manifest(str(withdrawn.workspace.current()))
    assert manifest.validation["violations"] == 0


def test_files_that_still_hold_what_was_withdrawn_change_nothing(
    withdrawn: Merged, tmp_path: Path
) -> None:
    current = f"{withdrawn.workspace.current()} is current already"
    assert withdrawn.publish(*withdrawn.checkout.data, withdrawn.list) == current
    _, out, _ = withdrawn.checkout.run(withdrawn.workspace.home, "export", tmp_path, "--json")
    assert withdrawn.publish(*json.loads(out)["files"]) == current


def test_what_is_incomplete_without_the_withdrawn_is_refused(
    checkouts: Checkouts, tmp_path: Path
) -> None:
    """A project of which a participant was withdrawn has to be mended first."""
    checkout = checkouts()
    checkout.ledger(("pavia-3171366", "city", "-"))
    code, out, err = checkout.run(tmp_path / "home", "publish")
    assert (code, out) == (1, "")
    assert "violation" in err
    assert not (tmp_path / "home" / "current").exists()


def test_a_ledger_that_is_broken_is_refused(checkouts: Checkouts, tmp_path: Path) -> None:
    checkout = checkouts()
    checkout.ledger(("pavia-3171366", "city", "pavia-3171366"))
    code, out, err = checkout.run(tmp_path / "home", "publish")
    assert (code, out) == (1, "")
    assert err.startswith("citylinks: identity.tsv, line ")
    assert err.endswith(" is replaced by itself\n")
