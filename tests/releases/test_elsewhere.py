"""The software run as a program, from another folder: the same bytes, and mergers of cities."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from registry import terms
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace

Checkouts = Callable[[], Any]
Whole = Callable[[Workspace], str]

OLD, NEW = "perm-1", "perm-511196"
STUBS = ("owl:deprecated", "dcterms:isReplacedBy")


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


def described(checkout: Any) -> str:
    """Describe Perm once more, as a second city with identifiers of its own."""
    (cities,) = [path for path in checkout.data if path.stem == "cities"]
    quads = ox.parse(path=str(cities), format=ox.RdfFormat.TURTLE)
    perm = [f"{q.triple} ." for q in quads if str(q.subject).endswith(f"city/{NEW}>")]
    text = (
        "\n".join(perm).replace(NEW, OLD).replace("/511196/", "/1/").replace("Q915", "Q999999999")
    )
    return str(cities.read_text("utf-8") + text)


LIST = f"""
@prefix cl: <{terms.CL}> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <{terms.ID}> .
<{terms.GRAPH}list> a dcat:Dataset ; dcterms:title "A list"@en ; dcterms:source <document/list> ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> .
<document/list> a cl:SourceDocument ; dcterms:title "A list"@en ; cl:sourceFamily "list" ;
    dcterms:language <http://publications.europa.eu/resource/authority/language/ENG> .
<link/duisburg-2934691--{OLD}> a cl:CityLink ; skos:prefLabel "Duisburg and Molotov"@en ;
    cl:party <city/duisburg-2934691>, <city/{OLD}> ;
    cl:claim <claim/duisburg-2934691--{OLD}/list/1> .
<claim/duisburg-2934691--{OLD}/list/1> a cl:LinkClaim ; cl:asOf "2021"^^xsd:gYear ;
    cl:claimedKind <{terms.SCHEME}link-kind/twinning> ; cl:recordedUnder <city/{OLD}> ;
    cl:locator "row 1" ; dcterms:source <document/list> .
"""


def ledger_lines(*rows: tuple[str, str, str]) -> str:
    return "".join(
        f"{ref}\t{kind}\t\t\t\tA name\tcurator\t2026-11-24\t{by}\n" for ref, kind, by in rows
    )


def everything(workspace: Workspace) -> str:
    return "\n".join(str(quad) for quad in Shelf(workspace).current().store)


def test_one_line_of_the_ledger_merges_two_cities(
    checkouts: Checkouts, tmp_path: Path, whole: Whole
) -> None:
    checkout, workspace = checkouts(), Workspace(tmp_path / "home")
    (tmp_path / "list.ttl").write_text(LIST)
    cities = checkout.folder / "data" / "cities.ttl"
    cities.write_text(described(checkout), encoding="utf-8")
    ledger = checkout.folder / "data" / "identity.tsv"
    link, claim = f"duisburg-2934691--{OLD}", f"duisburg-2934691--{OLD}/list/1"
    with ledger.open("a", encoding="utf-8") as file:
        file.write(ledger_lines((OLD, "city", ""), (link, "link", ""), (claim, "claim", "")))

    code, _, err = checkout.run(workspace.home, "publish", *checkout.data, tmp_path / "list.ttl")
    assert code == 0, err
    two = whole(workspace)
    assert f"city/{OLD}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>" in everything(workspace)

    with ledger.open("a", encoding="utf-8") as file:
        file.write(ledger_lines((OLD, "city", NEW)))
    code, _, err = checkout.run(workspace.home, "publish")
    assert code == 0, err
    one = whole(workspace)
    assert one != two

    moved = {
        terms.thing("city", OLD): terms.thing("city", NEW),
        terms.thing("link", link): terms.thing("link", f"duisburg-2934691--{NEW}"),
        terms.thing("claim", claim): terms.thing("claim", f"duisburg-2934691--{NEW}/list/1"),
    }
    store = Shelf(workspace).current().store
    stated = {}
    for old in moved:
        for quad in store.quads_for_pattern(ox.NamedNode(old), None, None, ox.DefaultGraph()):
            stated[old, terms.compact(quad.predicate.value)] = quad.object.value  # type: ignore[union-attr]
        assert not list(store.quads_for_pattern(None, None, ox.NamedNode(old), None))
    assert stated == {
        (old, predicate): value
        for old, new in moved.items()
        for predicate, value in zip(STUBS, ("true", new), strict=True)
    }
    new_link = ox.NamedNode(moved[terms.thing("link", link)])
    claims = store.quads_for_pattern(
        new_link, ox.NamedNode(f"{terms.CL}claim"), None, ox.DefaultGraph()
    )
    assert len(list(claims)) == 2
    assert "Duisburg and Molotov" not in everything(workspace)

    for arguments in ((), (*checkout.data, tmp_path / "list.ttl")):
        code, out, err = checkout.run(workspace.home, "publish", *arguments)
        assert (code, out.strip()) == (0, f"{one} is current already"), err
    _, out, _ = checkout.run(workspace.home, "export", tmp_path / "out", "--json")
    exported = json.loads(out)["files"]
    assert checkout.run(workspace.home, "publish", *exported)[1].startswith(f"{one} is current")
    checkout.run(tmp_path / "fresh", "publish", *checkout.data[::-1], tmp_path / "list.ttl")
    assert whole(Workspace(tmp_path / "fresh")) == one


def test_a_ledger_that_is_broken_is_refused(checkouts: Checkouts, tmp_path: Path) -> None:
    checkout = checkouts()
    with (checkout.folder / "data" / "identity.tsv").open("a", encoding="utf-8") as file:
        file.write(ledger_lines(("pavia-3171366", "city", "pavia-3171366")))
    code, out, err = checkout.run(tmp_path / "home", "publish")
    assert (code, out) == (1, "")
    assert err.startswith("citylinks: identity.tsv, line ")
    assert err.endswith(" is replaced by itself\n")
