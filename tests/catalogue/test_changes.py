"""What changed between two releases: by name, with the status of links, however large it is."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.damage import Damaged
from registry.problems import Problem
from registry.publishing.plan import Change as Wanted
from registry.publishing.transaction import publish
from registry.releases import difference
from registry.releases.difference import Comparer, Difference, What, _parted, between
from registry.releases.manifest import Manifest
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.cache import Cache, Sized
from registry.sparql.forks import Forks
from registry.web.routes import changes
from tests.catalogue.conftest import client_of
from tests.copies import copied
from tests.lists import listing
from tests.tables import every_row

QINGDAO = terms.thing("link", "perm-511196--qingdao-1797929")


@pytest.fixture(scope="module")
def pair(
    workspace: Workspace, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, Manifest, Manifest]:
    """Give a workspace in which a list was published after the shipped data."""
    folder = tmp_path_factory.mktemp("changes")
    own = copied(workspace, folder / "home")
    before = own.manifest(own.current() or "")
    given = replace(settings, home=folder / "home")
    (folder / "list.ttl").write_text(listing(["suspended", "end"]), encoding="utf-8")
    after = publish(own, given, Wanted([folder / "list.ttl"])).version
    return given, before, own.manifest(after)


@pytest.fixture(scope="module")
def reader(pair: tuple[Settings, Manifest, Manifest], forks: Forks) -> Iterator[FlaskClient]:
    yield from client_of(pair[0], forks)


@pytest.fixture(scope="module")
def path(pair: tuple[Settings, Manifest, Manifest]) -> str:
    return f"/release/{pair[1].version}..{pair[2].version}"


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_names_things_and_tells_the_status_of_links_before_and_after(
    reader: FlaskClient, path: str
) -> None:
    answer = reader.get(f"{path}.csv?lang=it")
    assert (answer.mimetype, answer.headers["Content-Language"]) == ("text/csv", "it")
    rows = {row["iri"]: row for row in table(answer.text)}
    qingdao = rows[QINGDAO]
    assert qingdao["name"] == "Perm–Qingdao"
    assert (qingdao["change"], qingdao["kind"]) == ("changed", "link")
    assert (qingdao["status_before"], qingdao["status_after"]) == ("active", "suspended")
    assert "cl:status" in qingdao["properties"].split(" | ")
    assert all(row["name"] for row in rows.values())
    document = rows[terms.thing("document", "list")]
    assert (document["change"], document["name"], document["properties"]) == ("added", "A list", "")


def test_json_has_the_same_and_counts_each_kind(reader: FlaskClient, path: str) -> None:
    body = reader.get(f"{path}.json").json
    assert body
    rows = table(reader.get(f"{path}.csv").text)
    assert {
        (past, one["iri"], one["name"], one["statusBefore"], one["statusAfter"])
        for past, things in body["things"].items()
        for one in things
    } == {(r["change"], r["iri"], r["name"], r["status_before"], r["status_after"]) for r in rows}
    assert body["counts"]["link"]["changed"] == sum(r["kind"] == "link" for r in rows)
    assert sum(n for counts in body["counts"].values() for n in counts.values()) == len(rows)
    assert {"iri": f"{terms.GRAPH}list", "name": "A list"} in body["graphs"]["added"]


def test_the_way_back_removes_what_was_added(reader: FlaskClient, path: str) -> None:
    one, other = path.removeprefix("/release/").split("..")
    there, back = (
        table(reader.get(f"/release/{way}.csv").text)
        for way in (f"{one}..{other}", f"{other}..{one}")
    )
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [(r["iri"], opposite[r["change"]]) for r in back] == [
        (r["iri"], r["change"]) for r in there
    ]
    assert {(r["status_after"], r["status_before"]) for r in back} == {
        (r["status_before"], r["status_after"]) for r in there
    }


@every_row(
    ("language", "title", "shown"),
    [
        ("en", "What changed between two releases", ("City link", "Active → Suspended")),
        ("it", "Che cosa è cambiato tra due versioni", ("Legame tra città", "→ Sospeso")),
        ("fr", "Ce qui a changé entre deux versions", ("Lien entre villes", "→ Suspendu")),
        (
            "de",
            "Was sich zwischen zwei Versionen geändert hat",
            ("Städteverbindung", "→ Ausgesetzt"),
        ),
        ("es", "Qué ha cambiado entre dos versiones", ("Vínculo entre ciudades", "→ Suspendido")),
    ],
)
def test_the_page_is_for_people(
    reader: FlaskClient, path: str, language: str, title: str, shown: tuple[str, str]
) -> None:
    page = reader.get(f"{path}.html?lang={language}").text
    kind, status = shown
    words = page.replace("<bdi>", "").replace("</bdi>", "")
    assert f"<h1>{title}</h1>" in page
    assert page.index("<table") < page.index(kind) < page.index("perm-511196--qingdao-1797929")
    assert status.casefold() in words.casefold()


def test_a_page_is_cut_and_leads_to_the_whole(
    reader: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_LISTED", 1)
    page = reader.get(f"{path}.html?lang=en-GB").text
    changed = reader.get(f"{path}.json").json["things"]["changed"]  # type: ignore[index]
    cut = f"This page shows 1 of {len(changed)}. All of them are in the file:"
    assert len(changed) > 1 and f'{cut} <a href="{path}.csv">CSV</a>' in page


def test_rdf_that_would_be_too_large_is_refused_and_csv_is_not(
    reader: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_MOST_IN_RDF", 3)
    refused = reader.get(f"{path}.nt")
    assert refused.json and refused.json["type"].endswith("answer-too-large")
    assert "CSV" in refused.json["detail"]
    assert reader.get(f"{path}.csv").status_code == 200


def test_who_looks_among_the_saved_queries_finds_it(reader: FlaskClient, path: str) -> None:
    assert f'<a href="{path}">What changed between two releases</a>' in reader.get("/queries").text
    assert f'href="{path}"' in reader.get("/release").text
    after = path.partition("..")[2]
    page = reader.get(f"/release/{after}", headers={"Accept": "text/html"}).text
    assert f'href="{path}"' in page


def test_where_only_dumps_are_left_things_are_named_by_the_current_release(
    pair: tuple[Settings, Manifest, Manifest], forks: Forks, tmp_path: Path
) -> None:
    settings, before, after = pair
    own = copied(Workspace(settings.home), tmp_path / "home")
    shutil.rmtree(own.folder(before.version) / "store")
    (client,) = client_of(replace(settings, home=tmp_path / "home"), forks)
    rows = table(client.get(f"/release/{after.version}..{before.version}.csv").text)
    assert {"removed", "changed"} == {row["change"] for row in rows}
    assert all(row["name"] for row in rows)
    whole = between(own, before, after).changes
    assert whole == between(Workspace(settings.home), before, after).changes


def test_both_ways_of_reading_nodes_agree(
    pair: tuple[Settings, Manifest, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, *both = pair
    looked_up = between(Workspace(settings.home), *both)
    monkeypatch.setattr(difference, "_FEW", 0)
    assert between(Workspace(settings.home), *both) == looked_up


def test_a_damaged_graph_is_no_difference(
    pair: tuple[Settings, Manifest, Manifest], tmp_path: Path
) -> None:
    settings, before, after = pair
    own = copied(Workspace(settings.home), tmp_path / "home")
    entry = next(one for one in after.all_graphs() if one.graph == f"{terms.GRAPH}list")
    cities = next(one for one in after.all_graphs() if one.graph == terms.CITIES_GRAPH)
    damaged = own.graph_folder(entry.sha256) / "nt.gz"
    damaged.unlink()
    shutil.copy(own.graph_folder(cities.sha256) / "nt.gz", damaged)
    with pytest.raises(Damaged, match="it is not what"):
        between(own, before, after)


@given(st.sets(st.binary(max_size=3)), st.sets(st.binary(max_size=3)))
def test_lines_of_one_side(one: set[bytes], other: set[bytes]) -> None:
    assert list(_parted(iter(sorted(one)), iter(sorted(other)))) == sorted(one ^ other)


def test_one_pair_at_a_time_is_compared_and_once(
    pair: tuple[Settings, Manifest, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, before, after = pair
    begun, go, compared = Event(), Event(), []

    def slow(workspace: Workspace, one: Manifest, other: Manifest) -> Difference:
        compared.append(workspace)
        begun.set()
        assert go.wait(30)
        return Difference(one, other, {}, ())

    monkeypatch.setattr(difference, "between", slow)
    kept: Cache[Sized] = Cache(1_000_000)
    comparer = Comparer(Workspace(settings.home), kept, seconds=0.01)
    first = Thread(target=comparer.between, args=(before, after))
    first.start()
    assert begun.wait(30)
    with pytest.raises(Problem) as caught:
        comparer.between(after, before)
    assert caught.value.name == "busy"
    go.set()
    first.join()
    assert comparer.between(before, after).nodes == {what: [] for what in What}
    assert len(compared) == 1
