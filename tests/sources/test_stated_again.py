"""A link that rules gave up is in force again once it is stated: its IRI means one link alone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import terms
from registry.graphs.graph import from_triples
from registry.identity import ledger, succession
from registry.identity.ledger import REVIVED, RULE, WITHDRAWN, LedgerEntry
from registry.places.gazetteer import configured
from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import importing
from registry.sources.importing import Imported, Options
from registry.sources.inputs import Input
from registry.sources.mirror import mirror
from registry.sources.statements import key_of
from registry.sources.world import REFUSED
from registry.sparql.forks import Forks
from tests.cli.mapping import HEAD, MAPPING
from tests.copies import copied
from tests.sources.conftest import serving_origin

DAY = "2026-11-28"
OXFORD, PAVIA = "oxford-2640729", "pavia-3171366"
LINK, TURKU, IASI = f"{OXFORD}--{PAVIA}", f"{OXFORD}--turku-633679", f"iasi-675810--{OXFORD}"
ROW = f"{HEAD}Pavia,IT,Oxford,GB,1990\n"
KEY = key_of(["Pavia", "IT", "Oxford", "GB", "1990"])


def line(kind: str, ref: str, now: str, decided: str = RULE) -> LedgerEntry:
    return LedgerEntry(ref, kind, "", "", "", "", decided, DAY, now)


@dataclass(frozen=True)
class Registry:
    """A workspace whose ledger has lines of its own, and a list that is imported."""

    workspace: Workspace
    settings: Settings
    folder: Path

    def lines(self, *lines: LedgerEntry) -> None:
        path = self.workspace.ledger
        before = path.read_bytes() if path.exists() else ledger.HEAD
        path.write_bytes(before + b"".join(map(ledger.line, lines)))

    def revived(self) -> list[str]:
        """List the references that lines of the workspace have put in force again."""
        rows = self.workspace.ledger.read_text("utf-8").splitlines()
        return [row.split("\t")[0] for row in rows if row.split("\t")[6] == REVIVED]

    def bring(self, graph: str = "list-2015", family: str = "list") -> Imported:
        """Import a list."""
        mapping = MAPPING.replace("list-2015", graph).replace('"list"', f'"{family}"')
        (self.folder / "list.toml").write_text(mapping, "utf-8")
        (self.folder / "list.csv").write_text(ROW, "utf-8")
        files = (self.folder / "list.csv",)
        read = Input("table", files, str(self.folder / "list.toml"))
        how = Options(gazetteer=configured(self.settings.gazetteer))
        return importing.run(self.workspace, self.settings, [read], how, lambda _: None)

    def said(self, iri: str, graph: str = terms.CITIES_GRAPH) -> dict[str, set[str]]:
        """Return what a graph states of a thing: properties and values."""
        found: dict[str, set[str]] = {}
        for triple in self.workspace.released()[1][graph].triples():
            if triple.subject == ox.NamedNode(iri):
                what = terms.compact(triple.predicate.value)
                found.setdefault(what, set()).add(str(triple.object).strip("<>"))
        return found

    def is_stated(self, graph: str = "list-2015") -> bool:
        """Whether the link is stated whole, and no stub of it is left."""
        iri = terms.thing("link", LINK)
        said = self.said(iri, terms.GRAPH + graph)
        cities = {terms.thing("city", ref) for ref in (OXFORD, PAVIA)}
        whole = said.get("cl:party") == cities and len(said.get("cl:claim", ())) == 1
        return whole and not self.said(iri)


@pytest.fixture
def registry(own: Workspace, settings: Settings, tmp_path: Path) -> Registry:
    return Registry(own, replace(settings, home=own.home), tmp_path)


GIVEN_UP = {
    "moved": [line("link", LINK, TURKU)],
    "moved twice": [line("link", LINK, TURKU), line("link", TURKU, IASI)],
    "moved to where another moved": [line("link", LINK, TURKU), line("link", IASI, TURKU)],
    "withdrawn": [line("link", LINK, WITHDRAWN)],
    "moved, and withdrawn there": [line("link", LINK, TURKU), line("link", TURKU, WITHDRAWN)],
    "moved with its claim": [
        line("link", LINK, TURKU),
        line("claim", f"{LINK}/list-2015/{KEY}", f"{TURKU}/list-2015/{KEY}"),
    ],
    "its claim withdrawn": [line("claim", f"{LINK}/list-2015/{KEY}", WITHDRAWN)],
}


@pytest.mark.slow
@pytest.mark.parametrize("case", GIVEN_UP)
def test_a_link_that_is_stated_is_in_force(registry: Registry, case: str) -> None:
    """Whatever became of it; what else was given up stays so, and a second time changes nothing."""
    others = {one.iri for one in GIVEN_UP[case]} - {
        terms.thing("link", LINK),
        terms.thing("claim", f"{LINK}/list-2015/{KEY}"),
    }
    registry.lines(*GIVEN_UP[case])
    publish(registry.workspace, registry.settings, Change([]))
    assert "owl:deprecated" in registry.said(GIVEN_UP[case][0].iri)
    done = registry.bring()
    assert registry.is_stated()
    assert all("owl:deprecated" in registry.said(iri) for iri in others)
    again = {one.ref for one in GIVEN_UP[case] if one.iri not in others}
    assert set(registry.revived()) == again
    lines = registry.workspace.ledger.read_bytes()
    assert registry.bring().version == done.version
    assert not publish(registry.workspace, registry.settings, Change([])).changed
    assert registry.workspace.ledger.read_bytes() == lines


@pytest.mark.slow
@pytest.mark.parametrize("family", ["list", "another"])
def test_whoever_states_it_again(registry: Registry, family: str) -> None:
    """The edition of before and one of after say the same of the one link."""
    registry.bring()
    registry.lines(line("link", LINK, TURKU))
    registry.bring("list-2016", family)
    assert registry.is_stated()
    assert registry.is_stated("list-2016")
    assert registry.revived() == [LINK]


def test_a_graph_that_is_kept_states_its_links_of_their_cities(registry: Registry) -> None:
    """Lines that come with other data, as with a new version of what is shipped, undo nothing."""
    before = registry.bring().version
    registry.lines(line("link", LINK, TURKU))
    done = publish(registry.workspace, registry.settings, Change([]))
    assert (done.version, done.changed) == (before, False)
    assert registry.is_stated()


def test_what_refers_to_a_link_alone_goes_where_that_went() -> None:
    """Neither a reference nor a claim of its own states which cities a link is of."""
    link, claim = terms.thing("link", LINK), terms.thing("claim", f"{LINK}/list/1")
    refers = ox.Triple(
        ox.NamedNode(link), ox.NamedNode(terms.prefixed("cl:claim")), ox.NamedNode(claim)
    )
    described = ox.Triple(ox.NamedNode(claim), ox.NamedNode(terms.RDF_TYPE), ox.NamedNode(link))
    made = from_triples(f"{terms.GRAPH}list", [refers, described])
    assert set(succession.stated([made])) == {claim}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["link", "claim"])
def test_what_a_person_gave_up_stays_so(registry: Registry, kind: str) -> None:
    ref = {"link": LINK, "claim": f"{LINK}/list-2015/{KEY}"}[kind]
    registry.lines(line(kind, ref, WITHDRAWN, decided="Ana"))
    done = registry.bring()
    (outcome,) = done.world.outcomes
    assert outcome.lost == {REFUSED: 1}
    assert not registry.revived()
    assert "owl:deprecated" in registry.said(terms.thing(kind, ref))


@pytest.mark.slow
def test_what_a_person_merged_is_not_mixed_with_the_link_of_others(registry: Registry) -> None:
    registry.bring()
    registry.lines(line("link", LINK, TURKU, decided="Ana"))
    with pytest.raises(Problem, match="violation"):
        publish(registry.workspace, registry.settings, Change([]))


@pytest.mark.slow
def test_another_workspace_with_the_same_ledger_agrees(registry: Registry, tmp_path: Path) -> None:
    other = replace(registry.settings, home=tmp_path / "other")
    second = Registry(copied(registry.workspace, other.home), other, registry.folder)
    registry.lines(line("link", LINK, TURKU))
    shutil.copyfile(registry.workspace.ledger, second.workspace.ledger)
    assert registry.bring().version == second.bring().version
    assert registry.workspace.ledger.read_bytes() == second.workspace.ledger.read_bytes()


@pytest.mark.slow
def test_a_mirror_that_lacks_the_line_agrees(
    registry: Registry, forks: Forks, tmp_path: Path
) -> None:
    """Its ledger says that the link moved, and its origin's that it is in force again."""
    copy = replace(registry.settings, home=tmp_path / "copy")
    moved = line("link", LINK, TURKU)
    registry.lines(moved)
    version = registry.bring().version
    copied(registry.workspace, copy.home)
    here = Registry(Workspace(copy.home), copy, tmp_path)
    here.workspace.ledger.write_bytes(ledger.HEAD + ledger.line(moved))
    publish(here.workspace, copy, Change([], remove=[f"{terms.GRAPH}list-2015"]))
    assert here.revived() == []
    with serving_origin(
        registry.workspace, registry.settings, tmp_path / "origin", forks
    ) as origin:
        assert mirror(here.workspace, copy, origin.url, replace=True).version == version
    assert here.revived() == [LINK]
