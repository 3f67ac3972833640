"""A second record of Perm, with a link of its own, as somebody minted it by mistake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from registry import terms
from registry.graphs import parsing
from registry.graphs.graph import Graph, from_lines
from registry.identity.ledger import LedgerEntry
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.checkout import PERM, listing

MOLOTOV: Final = "molotov-1"
CITY: Final = terms.thing("city", MOLOTOV)
STAYS: Final = terms.thing("city", PERM)
ITEM: Final = "Q999999991"
LINK: Final = f"duisburg-2934691--{MOLOTOV}"
NAME: Final = "Molotow an der Kama"


def publish_twice(workspace: Workspace, settings: Settings, folder: Path) -> Settings:
    """Publish the second record and its list; return the settings of the workspace."""
    given = replace(settings, home=workspace.home)
    path = folder / "list.ttl"
    path.write_text(listing("list", MOLOTOV), encoding="utf-8")
    link, claim = ((kind, ref) for kind, ref in (("link", LINK), ("claim", f"{LINK}/list/1")))
    entries = [LedgerEntry(MOLOTOV, "city", "1", ITEM, "RU", NAME, "person", "2026-11-30", "")]
    for kind, ref in (link, claim, ("document", "list")):
        entries.append(LedgerEntry(ref, kind, "", "", "", ref, "person", "2026-11-30", ""))
    sent = [parsing.InputFiles((path,), f"{terms.GRAPH}list", name="the list")]
    cities = {terms.CITIES_GRAPH: _with_molotov(workspace)}
    publish(workspace, given, Change([], sent=sent, minted=entries, graphs=cities))
    return given


def _with_molotov(workspace: Workspace) -> Graph:
    """Describe Perm once more, as a city with a name, a number and an item of its own."""
    cities = workspace.released()[1][terms.CITIES_GRAPH]
    perm = b"\n".join(line for line in cities.lines if f"/{PERM}>".encode() in line[:90])
    copied = perm.decode().replace(PERM, MOLOTOV).replace("/511196/", "/1/")
    copied = copied.replace("Q915>", f"{ITEM}>").replace('"Perm"@en', f'"{NAME}"@en')
    return Graph(cities.iri, from_lines([*cities.lines, *copied.encode().splitlines()]))
