"""Publishing, as stories: what is taken, refused, kept, rolled back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pyoxigraph as ox
import pytest

from registry import shipped, terms
from registry.graphs import parsing
from registry.identity import ledger
from registry.problems import Problem
from registry.publishing import build, derive
from registry.publishing.plan import Change
from registry.publishing.shacl import Report
from registry.publishing.transaction import Published, keep, publish, report_on, rollback
from registry.releases import log
from registry.releases.export import export
from registry.releases.reading import Release, Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.tables import every_row

File = Callable[..., Path]
Whole = Callable[[Workspace], str]

LIST = f"{terms.GRAPH}list"
PERM = f"{terms.GRAPH}perm-twins"
OXFORD = terms.thing("link", "oxford-2640729--perm-511196")


def left(workspace: Workspace) -> dict[str, list[str]]:
    """List what is in a workspace, and how long its log is."""
    folders = {
        "home": workspace.home,
        "releases": workspace.home / "releases",
        "graphs": workspace.home / "graphs",
    }
    found = {
        name: sorted(path.name for path in folder.iterdir()) for name, folder in folders.items()
    }
    return found | {"log": [event.event for event in log.read(workspace.log_path)]}


@pytest.fixture
def put(own: Workspace, settings: Settings) -> Callable[..., Published]:
    """Give a function that publishes files in a workspace of one's own."""

    def publishing(*files: Path, **asked: object) -> Published:
        change = Change(list(files) if files or asked.get("remove") else None, **asked)  # type: ignore[arg-type]
        return publish(own, replace(settings, home=own.home), change)

    return publishing


def test_the_shipped_data_are_published_whole(workspace: Workspace, whole: Whole) -> None:
    version = whole(workspace)
    manifest = workspace.manifest(version)
    assert len(version) == 32
    assert manifest.as_of == "2022-12-31"
    assert manifest.validation["violations"] == manifest.validation["warnings"] == 0
    (event,) = log.read(workspace.log_path)
    assert (event.event, event.version, event.previous) == ("publish", version, None)
    assert event.graphs["added"] == [entry.graph for entry in manifest.all_graphs()]


def test_publishing_again_changes_nothing_and_judges_nothing(
    own: Workspace, put: Callable[..., Published]
) -> None:
    before = left(own)
    outcome = put()
    assert (outcome.changed, outcome.report) == (False, None)
    assert left(own) == before


def test_a_file_is_added_changed_and_removed(
    own: Workspace, put: Callable[..., Published], file: File, whole: Whole
) -> None:
    start = own.current()
    added = put(file("disputed")).version
    assert whole(own) == added
    changed = put(file("disputed", "twinning")).version
    assert whole(own) == changed
    assert put(remove=[LIST]).version == start == whole(own)
    assert left(own)["log"] == ["publish"] * 4
    events = log.read(own.log_path)[1:]
    derived = terms.DERIVED_GRAPH
    assert [event.graphs for event in events] == [
        {"added": [LIST], "changed": [derived], "removed": []},
        {"added": [], "changed": [derived, LIST], "removed": []},
        {"added": [], "changed": [derived], "removed": [LIST]},
    ]
    assert [event.previous for event in events] == [start, added, changed]


def test_what_changes_much_is_made_as_if_it_were_first(
    own: Workspace,
    put: Callable[..., Published],
    file: File,
    whole: Whole,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To follow a great difference takes many times as long as to load and derive all."""
    derived = Mock(wraps=derive.derive_all)
    monkeypatch.setattr(derive, "derive_all", derived)
    monkeypatch.setattr(build, "_MANY", 2)
    anew = put(file("disputed", "twinning")).version
    assert whole(own) == anew
    made = own.manifest(anew).derived
    derived.assert_called_once()
    put(remove=[LIST])
    monkeypatch.setattr(build, "_MANY", 50_000)
    derived.reset_mock()
    put(file("disputed"), winner="file")
    followed = put(file("disputed", "twinning")).version
    assert (followed, own.manifest(followed).derived) == (anew, made)
    derived.assert_not_called()


def test_a_removed_graph_stays_away_until_its_file_is_taken(
    own: Workspace, put: Callable[..., Published], file: File
) -> None:
    published = put(file("twinning")).version
    removed = put(remove=[LIST]).version
    assert put(file("twinning")).version == removed
    assert put(file("twinning"), winner="file").version == published
    put(remove=[LIST])
    with pytest.raises(Problem, match="both changed"):
        put(file("start"))
    with pytest.raises(Problem, match=f"there is no graph <{LIST}>"):
        put(remove=[LIST])


def test_a_rollback_holds_until_somebody_decides(
    own: Workspace, put: Callable[..., Published], file: File, whole: Whole
) -> None:
    first = put(file("twinning")).version
    second = put(file("twinning", "start")).version
    assert rollback(own, first) == first == whole(own)
    assert put(file("twinning", "start")).version == first
    with pytest.raises(Problem) as caught:
        put(file("twinning", "end"))
    assert "/list/end> <https://w3id.org" in str(caught.value.members["difference"])
    assert put(file("twinning", "end"), winner="workspace").version == first
    assert put(file("twinning", "start"), winner="file").version == second
    assert put(file("twinning")).version == first


@pytest.mark.slow
def test_what_was_sent_stays_whatever_the_files_say(
    own: Workspace, settings: Settings, put: Callable[..., Published], file: File, whole: Whole
) -> None:
    """It is a change of the workspace: neither the file taken before nor the shipped undo it."""

    def send(*names: str) -> Published:
        sent = [parsing.InputFiles((file(*names),), LIST, name="a list")]
        return publish(own, settings, Change(files=(), sent=sent, by="perm"))

    settings = replace(settings, home=own.home)
    first = put(file("twinning")).version
    second = send("twinning", "start").version
    assert second == whole(own) != first
    assert log.read(own.log_path)[-1].by == "perm"
    assert put(file("twinning")).version == second
    assert put().version == second
    with pytest.raises(Problem, match="both changed"):
        put(file("twinning", "end"))
    assert send("twinning").version == first
    assert put(file("twinning", "end")).changed
    assert not send("twinning", "end").changed


def test_a_graph_that_is_not_as_expected_is_not_changed(
    own: Workspace, settings: Settings, put: Callable[..., Published], file: File
) -> None:
    path = file("twinning")
    put(path)
    sha256 = own.graphs(str(own.current()))[LIST].sha256
    settings = replace(settings, home=own.home)
    for expected, iri in ((None, LIST), ("0" * 64, LIST), (sha256, f"{LIST}-2")):
        with pytest.raises(Problem) as caught:
            publish(own, settings, Change(files=(), remove=[LIST], expected={iri: expected}))
        assert caught.value.name == "precondition"
    expectations = {LIST: sha256, f"{LIST}-2": None}
    assert publish(own, settings, Change((), remove=[LIST], expected=expectations)).changed


def test_rolling_back_to_the_current_release_does_nothing(own: Workspace) -> None:
    before = left(own)
    assert rollback(own, str(own.current())) == own.current()
    assert left(own) == before
    with pytest.raises(Problem, match="there is no release 'nowhere'"):
        rollback(own, "nowhere")


def test_invalid_data_are_refused_whole(
    own: Workspace, put: Callable[..., Published], file: File, whole: Whole
) -> None:
    before = left(own)
    path = file("twinning")
    path.write_text(path.read_text().replace('dcterms:title "A list"@en ; cl:s', "cl:s"))
    with pytest.raises(Problem, match="nothing was published") as caught:
        put(path)
    report = caught.value.members["report"]
    assert isinstance(report, Report)
    assert not report.conforms
    assert report.results[0].focus == terms.thing("document", "list")
    assert report.results[0].graph == LIST
    assert left(own) == before
    assert whole(own)
    assert put(file("twinning")).changed


def test_a_broken_file_is_refused_with_its_place(
    own: Workspace, put: Callable[..., Published], file: File
) -> None:
    before, path = left(own), file("twinning")
    path.write_text(path.read_text() + "\n<broken")
    with pytest.raises(Problem) as caught:
        put(path)
    assert caught.value.name == "data-syntax"
    assert caught.value.members["line"] == path.read_text().count("\n") + 1
    assert left(own) == before


def test_judging_publishes_nothing(own: Workspace, settings: Settings, file: File) -> None:
    shutil.rmtree(own.home / "drafts", ignore_errors=True)
    before = left(own)
    report = report_on(own, replace(settings, home=own.home), Change([file("twinning")]))
    assert report.conforms
    without = report_on(own, replace(settings, home=own.home), Change([], [terms.CITIES_GRAPH]))
    assert not without.conforms
    assert list((own.home / "drafts").iterdir()) == []
    (own.home / "drafts").rmdir()
    assert left(own) == before


def ask(release: Release, query: str) -> list[str]:
    """Ask a release for the values of one variable."""
    found = release.store.query("PREFIX cl: <https://w3id.org/citylinks/ontology#>" + query)
    assert isinstance(found, ox.QuerySolutions)
    return [row[0].value for row in found]


def test_the_as_of_date_is_the_only_today(own: Workspace, put: Callable[..., Published]) -> None:
    day = f"SELECT ?day {{ GRAPH <{terms.SETTINGS_GRAPH}> {{ ?any cl:asOf ?day }} }}"
    first = own.current()
    put(as_of="2030-01-01")
    release = Shelf(own).current()
    assert ask(release, day) == [release.manifest.as_of] == ["2030-01-01"]
    assert put().version == first


def test_a_link_ends_when_its_end_has_passed(
    own: Workspace, put: Callable[..., Published], file: File
) -> None:
    link = terms.thing("link", "louisville-4299276--perm-511196")
    status = f"SELECT ?status {{ <{link}> cl:status ?status }}"
    found = {}
    for day in ("2020-06-01", "2021-01-01"):
        put(file("end"), as_of=day)
        found[day] = ask(Shelf(own).current(), status)[0].rpartition("/")[2]
    assert found == {"2020-06-01": "active", "2021-01-01": "ended"}


def test_the_newest_stated_date_is_the_default(
    own: Workspace, put: Callable[..., Published], file: File
) -> None:
    path = file("twinning")
    path.write_text(path.read_text().replace('"2021"^^xsd:gYear', '"2023-02"^^xsd:gYearMonth'))
    put(path)
    assert Shelf(own).current().manifest.as_of == "2023-02-28"


def test_names_are_for_ever(own: Workspace, put: Callable[..., Published], file: File) -> None:
    first = str(own.current())
    assert keep(own, "first", first) == keep(own, "first", "first") == first
    assert [event.name for event in log.read(own.log_path)] == [None, "first"]
    before = left(own)
    for name, kind in {
        "First": "bad-parameter",
        "a/b": "bad-parameter",
        "latest": "conflict",
    }.items():
        with pytest.raises(Problem) as caught:
            keep(own, name, first)
        assert caught.value.name == kind
    with pytest.raises(Problem, match="there is no release 'nowhere'"):
        keep(own, "second", "nowhere")
    assert left(own) == before
    assert own.current() == first
    assert own.resolve("first") == own.resolve(first) == own.resolve(first[:6]) == first
    second = put(file("twinning")).version
    with pytest.raises(Problem, match="the name 'first' is taken"):
        keep(own, "first", second)
    assert keep(own, "second", second[:6]) == keep(own, "other", "second") == second
    assert own.names() == {"first": first, "second": second, "other": second}
    assert rollback(own, "first") == first


@every_row("wanted", ["", "97", "first", "0" * 32, "../releases", "*"])
def test_what_is_no_release(workspace: Workspace, wanted: str) -> None:
    with pytest.raises(Problem, match="there is no release"):
        workspace.resolve(wanted)
    with pytest.raises(Problem):
        workspace.manifest(wanted or "nothing")


def test_what_was_exported_is_what_was_published(
    own: Workspace, put: Callable[..., Published], file: File, tmp_path: Path
) -> None:
    put(file("twinning", "suspended"))
    before, version = left(own), str(own.current())
    files = export(own, version, tmp_path / "out")
    assert [path.name for path in files] == sorted(
        [*(path.name for path in shipped.data_files()), "list.ttl"]
    )
    for path in shipped.data_files():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    assert not put(*files).changed
    assert left(own) == before


@pytest.mark.slow
def test_an_old_workspace_is_exported_into_a_new_one(
    own: Workspace, put: Callable[..., Published], file: File, settings: Settings, tmp_path: Path
) -> None:
    version = put(file("end", "disputed")).version
    files = export(own, version, tmp_path / "out")
    new = Workspace(tmp_path / "new")
    outcome = publish(new, replace(settings, home=new.home), Change(files))
    assert outcome.version == version
    ours, theirs = (w.folder(version) / "manifest.json" for w in (own, new))
    assert ours.read_bytes() == theirs.read_bytes()


def test_the_manifest_is_as_documented(workspace: Workspace) -> None:
    version = str(workspace.current())
    text = (workspace.folder(version) / "manifest.json").read_bytes()
    body = json.loads(text)
    assert list(body) == [
        "version", "asOf", "canonicalForm", "rules", "licence", "graphs", "derived", "dumps",
        "validation",
    ]  # fmt: skip
    entry = {
        "graph", "role", "sha256", "triples", "bytes", "title", "licence", "files", "shareAlike"
    }  # fmt: skip
    assert all(graph.keys() == entry for graph in [*body["graphs"], body["derived"]])
    assert [g["graph"] for g in body["graphs"]] == sorted(g["graph"] for g in body["graphs"])
    assert all(g["title"] and g["licence"].startswith("https://") for g in body["graphs"])
    assert {g["role"] for g in body["graphs"]} == {
        "source", "cities", "ontology", "scheme", "shapes", "queries", "settings"
    }  # fmt: skip
    assert body["derived"]["role"] == "derived"
    assert all(d.keys() == {"file", "mediaType", "bytes", "sha256"} for d in body["dumps"])
    assert body["validation"].keys() == {"violations", "warnings", "infos"}
    assert workspace.manifest(version).to_json() == text


@pytest.mark.slow
def test_the_store_of_other_rules_is_not_copied(
    own: Workspace, put: Callable[..., Published], file: File, whole: Whole
) -> None:
    """What other rules derived is not known to these; the store is made anew."""
    path = own.folder(str(own.current())) / "manifest.json"
    body = json.loads(path.read_bytes())
    path.write_text(json.dumps(body | {"rules": "of last year"}))
    put(file("twinning"))
    assert whole(own)


def test_a_store_that_is_missing_is_made_anew(
    own: Workspace, put: Callable[..., Published], file: File, whole: Whole
) -> None:
    shutil.rmtree(own.folder(str(own.current())) / "store")
    put(file("twinning"))
    assert whole(own)


def test_a_link_stated_by_several_graphs_counts_once(
    own: Workspace, put: Callable[..., Published], file: File
) -> None:
    path = file("twinning")
    path.write_text(
        path.read_text() + "<link/oxford-2640729--perm-511196> a cl:CityLink ; "
        "cl:party <city/oxford-2640729>, <city/perm-511196> ."
    )
    put(path)
    release = Shelf(own).current()
    pattern = f"{{ <{OXFORD}> cl:party ?city ; cl:claim ?claim }}"
    graphs = ask(release, f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {{ <{OXFORD}> a cl:CityLink }} }}")
    assert int(graphs[0]) >= 2
    assert ask(release, f"SELECT (COUNT(*) AS ?n) {pattern}") == ["4"]
    for variable in ("?link", "?city", "?claim"):
        every = "{ ?link a cl:CityLink ; cl:party ?city ; cl:claim ?claim }"
        counts = ask(release, f"SELECT (COUNT(*) AS ?n) {{ SELECT {variable} {every} }}")
        rows = ask(
            release,
            f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?link ?city ?claim {every} }}",
        )
        assert counts == rows


def test_files_of_the_software_that_change_are_read_anew(
    put: Callable[..., Published],
    own: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a process that has read them before, as for a server whose software is upgraded."""
    files = [Path(shutil.copy2(path, tmp_path)) for path in shipped.ontology_files()]
    monkeypatch.setattr(shipped, "ontology_files", lambda: files)
    first, path = put().version, tmp_path / "citylinks.ttl"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("Citylinks-Ontologie", "Ontologie der Partnerschaften")
    for content, stated in ((changed, True), (text, False)):
        path.write_text(content, encoding="utf-8")
        version = put().version
        assert (version == first) == (not stated)
        ontology = own.graphs(version)[f"{terms.GRAPH}ontology"].ntriples
        assert (b"Ontologie der Partnerschaften" in ontology) == stated


def test_what_a_workspace_minted_may_be_shipped_later(
    own: Workspace, put: Callable[..., Published]
) -> None:
    """A new version of this software knows a city that an import here has minted before it."""
    known = next(one for one in ledger.read(shipped.LEDGER).entries if one.kind == "city")
    own.ledger.write_bytes(ledger.HEAD + ledger.line(known))
    assert not put().changed
