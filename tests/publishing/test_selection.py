"""The smaller selection of the shipped data is not offered to a workspace that has the larger one.

The authority file of the selection would replace the larger one, and links lose their cities.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import shipped, terms
from registry.graphs import parsing
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.checkout import Checkout, listing, minted

REF = "louisville-4299276"


def with_a_small_world(checkout: Checkout) -> Checkout:
    """Leave one list of links in the world."""
    world = checkout.folder / "data" / "world"
    for path in (*world.glob("*.nt.xz"), *world.glob("*.ttl")):
        path.unlink()
    triples = ox.parse(listing("a-list", REF), format=ox.RdfFormat.TURTLE)
    lines = sorted(f"{quad.triple} .\n" for quad in triples)
    (world / "a-list.nt.xz").write_bytes(lzma.compress("".join(lines).encode()))
    checkout.ledger(*(row for row in minted("a-list", REF) if row[1] != "city"))
    return checkout


@pytest.mark.slow
def test_it_is_refused_in_one_line(checkouts: Callable[[], Checkout], tmp_path: Path) -> None:
    checkout, home = with_a_small_world(checkouts()), tmp_path / "home"
    checkout.must(home, "publish", CITYLINKS_SHIPPED="curated")
    code, out, err = checkout.run(home, "publish", CITYLINKS_SHIPPED="all")
    assert (code, "is published" in out) == (0, True), err
    for command in ("publish", "validate", "publish --take file", "publish --take workspace"):
        code, out, err = checkout.run(home, *command.split(), CITYLINKS_SHIPPED="curated")
        assert (code, out, err.count("\n")) == (1, "", 1), err
        assert "holds more of the shipped data than CITYLINKS_SHIPPED=curated selects" in err
        assert "set CITYLINKS_SHIPPED=all, or give the selection a workspace of its own" in err
    checkout.must(home, "publish", checkout.data[0], CITYLINKS_SHIPPED="curated")
    removal = ("publish", "--remove", f"{terms.GRAPH}a-list")
    checkout.must(home, *removal, CITYLINKS_SHIPPED="curated")
    checkout.must(home, "publish", CITYLINKS_SHIPPED="curated")


def test_what_did_not_come_from_a_shipped_file_is_no_reason(
    own: Workspace, settings: Settings, tmp_path: Path
) -> None:
    """Somebody may import the same source by themselves, under the same name."""
    given, name = replace(settings, home=own.home), shipped.left_out("curated")[0]
    (tmp_path / "x.ttl").write_text(listing(name, REF), encoding="utf-8")
    sent = [parsing.InputFiles((tmp_path / "x.ttl",), terms.GRAPH + name, name="a list")]
    assert publish(own, given, Change((), sent=sent)).changed
    assert not publish(own, given, Change()).changed
