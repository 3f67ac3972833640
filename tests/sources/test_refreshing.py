"""A refresh: what sources have now becomes a dated graph beside the earlier ones, or nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import files, locks, shipped, terms
from registry.identity import ledger
from registry.problems import Problem
from registry.publishing import transaction
from registry.publishing.shacl import Report, Result, Severity
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import NO_SHARE_ALIKE, Settings
from registry.sources import mapping, online, refreshing
from registry.sources.manners import Manners
from registry.sources.refreshing import Outcome, Wanted
from registry.sources.wikidata import PAIRS
from registry.version import AGENT, agent_of
from tests.cli.mapping import HEAD, MAPPING
from tests.copies import copied
from tests.sources.file_server import Files, serving_files
from tests.sources.wikidata_endpoint import Endpoint, Sent, cities, serving

ROWS = f"{HEAD}Pavia,IT,Odense,DK,1990\nPerm,RU,Odense,DK,\nPavia,IT,Oxford,GB,1991\n"
LIST = """
[[source]]
name = "wikidata-p190"
kind = "wikidata"
address = "{wikidata}"
title = "Wikidata"
family = "wikidata"
licence = "https://creativecommons.org/publicdomain/zero/1.0/"
every = 30
[[source]]
name = "list"
kind = "file"
address = "{file}"
mapping = "list.toml"
title = "A list"
family = "list"
licence = "https://spdx.org/licenses/MIT"
every = 7
"""


@dataclass
class Refresh:
    """A workspace with two sources, and the day on which it is refreshed."""

    workspace: Workspace
    settings: Settings
    endpoint: Endpoint
    server: Files
    folder: Path
    day: str = "2025-06-02"
    slept: list[float] = field(default_factory=list)

    def __call__(self, *names: str, **how: object) -> dict[str, Outcome]:
        """Refresh; return what came of each source."""
        wanted = Wanted(online.read(self.listed), names, **how)  # type: ignore[arg-type]
        manners = Manners(agent_of("ops@example.org"), pause=0, sleep=self.slept.append)
        outcomes = refreshing.refresh(self.workspace, self.settings, wanted, manners)
        return {one.source: one for one in outcomes}

    @property
    def listed(self) -> Path:
        return self.folder / "refresh.toml"

    def graph(self, name: str) -> str:
        return self.workspace.released()[1][terms.GRAPH + name].ntriples.decode()

    @property
    def graphs(self) -> list[str]:
        """The names of the graphs that refreshes made."""
        names = (iri.removeprefix(terms.GRAPH) for iri in self.workspace.released()[1])
        return sorted(name for name in names if name.startswith(("wikidata-", "list-2")))

    def lies(self, source: str) -> list[str]:
        """List the days of which something that was fetched lies there."""
        folder = self.workspace.home / "refresh" / source
        return sorted(path.name for path in folder.iterdir() if path.is_dir())


@pytest.fixture
def refresh(
    workspace: Workspace, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Refresh]:
    """Give a workspace in which the curated data are published, and two servers."""
    own = copied(workspace, tmp_path / "home")
    (tmp_path / "list.toml").write_text(MAPPING, "utf-8")
    with serving() as endpoint, serving_files() as server:
        cities(endpoint)
        server.content = ROWS.encode()
        told = LIST.format(wikidata=endpoint.address, file=server.url)
        (tmp_path / "refresh.toml").write_text(told, "utf-8")
        made = Refresh(own, replace(settings, home=own.home), endpoint, server, tmp_path)
        monkeypatch.setattr(refreshing, "today", lambda: date.fromisoformat(made.day))
        yield made


def test_what_a_source_has_becomes_a_dated_graph(refresh: Refresh) -> None:
    done = refresh("wikidata-p190")
    assert {one.state for one in done.values()} == {"published"}, done
    assert refresh.graphs == ["wikidata-p190-2025-06-02"]
    wikidata = refresh.graph("wikidata-p190-2025-06-02")
    claim = f"<{terms.ID}claim/oxford-2640729--pavia-3171366/wikidata-p190-2025-06-02/"
    said = [line for line in wikidata.splitlines() if line.startswith(claim)]
    told = {line.split(" ", 1)[1] for line in said}
    cl, xsd = terms.CL, "http://www.w3.org/2001/XMLSchema#"
    derived = terms.prefixed("prov:wasDerivedFrom")
    note = terms.prefixed("skos:note")
    assert {
        f'<{cl}asOf> "2025-06-02"^^<{xsd}date> .',
        f'<{cl}startDate> "1990-05"^^<{xsd}gYearMonth> .',
        f"<{derived}> <https://example.org/twins?a=1> .",
        f"<{derived}> <http://www.wikidata.org/entity/Q5375741> .",
        f'<{note}> "https://example.org/twins?a=1 was retrieved on 2020-03-04"@en .',
    } <= told
    assert f'<{cl}endDate> "2022-03-28"^^<{xsd}date>' in wikidata
    assert f"<{refresh.endpoint.address}>" in wikidata
    assert '"Wikidata, 2025-06-02"@en' in wikidata
    assert set(refresh.endpoint.agents) == {agent_of("ops@example.org")}
    refs = [entry.ref for entry in ledger.read(refresh.workspace.ledger).entries]
    assert refs == ["odense-2622447"]
    assert done["wikidata-p190"].claims == 3
    assert log.switches(refresh.workspace.log_path)[-1].by == "refresh of wikidata-p190"


@pytest.mark.slow
def test_a_second_refresh_of_what_did_not_change_publishes_nothing(refresh: Refresh) -> None:
    refresh()
    version, asked = refresh.workspace.current(), len(refresh.endpoint.asked)
    assert {one.state for one in refresh().values()} == {"waiting"}
    assert len(refresh.endpoint.asked) == asked
    done = refresh("list", "wikidata-p190")
    assert {one.state for one in done.values()} == {"unchanged"}
    refresh.day = "2025-07-18"
    done = refresh()
    assert {one.state for one in done.values()} == {"unchanged"}
    assert done["list"].detail == "unchanged since 2025-06-02"
    assert len(refresh.endpoint.asked) > asked
    assert refresh.server.sent == 1
    assert refresh.server.asked[-1]["If-None-Match"] == refresh.server.tag
    assert refresh.server.asked[-1]["User-Agent"] == agent_of("ops@example.org") != AGENT
    assert refresh.workspace.current() == version
    assert refresh().popitem()[1].detail == "not due before 2025-07-25"


@pytest.mark.slow
def test_what_changed_becomes_an_edition_beside_the_earlier_one(refresh: Refresh) -> None:
    refresh()
    before = refresh.graph("wikidata-p190-2025-06-02")
    refresh.day = "2025-07-24"
    statement = refresh.endpoint.twins("Q34217", "Q3185")
    refresh.endpoint.dated(statement, "P580", "2001-01-01T00:00:00Z", 9)
    gone = refresh.endpoint.twins("Q34217", "Q25331")
    for quad in list(refresh.endpoint.store):
        if gone in (str(quad.object).strip("<>"), str(quad.subject).strip("<>")):
            refresh.endpoint.store.remove(quad)
    refresh.server.content = ROWS.replace("1990", "1992").encode()
    done = refresh()
    difference = done["wikidata-p190"].difference
    assert (difference.new, difference.before) == (1, "wikidata-p190-2025-06-02")
    assert (difference.came, difference.went, difference.changed) == (1, 1, 0)
    assert (done["list"].difference.new, done["list"].difference.changed) == (0, 1)
    assert refresh.graph("wikidata-p190-2025-06-02") == before
    assert refresh.graphs == [
        "list-2025-06-02", "list-2025-07-24",
        "wikidata-p190-2025-06-02", "wikidata-p190-2025-07-24",
    ]  # fmt: skip
    assert refresh.lies("list") == refresh.lies("wikidata-p190") == ["2025-07-24"]
    query = f"<{terms.ID}link/odense-2622447--oxford-2640729> <{terms.CL}notListedSince>"
    assert query in _derived(refresh.workspace)


def _derived(workspace: Workspace) -> str:
    version = workspace.current()
    assert version
    return workspace.graph(workspace.manifest(version).derived).ntriples.decode()


@pytest.mark.slow
def test_an_item_stays_the_city_that_it_was_published_as(refresh: Refresh) -> None:
    """Although that has no number at GeoNames, and a place that has one is called the same."""
    refresh.endpoint.place("Q77", "Odense", "Q38", point="Point(9.3 45.3)")
    refresh.endpoint.twins("Q6259", "Q77")
    refresh("wikidata-p190")
    (made,) = (e for e in ledger.read(refresh.workspace.ledger).entries if e.wikidata == "Q77")
    assert (made.geonames, made.country) == ("", "ITA")
    refresh.endpoint.store.remove_graph(ox.DefaultGraph())
    refresh.endpoint.place("Q77", "Odense")
    refresh.endpoint.place("Q6259", "Pavia")
    refresh.endpoint.twins("Q6259", "Q77")
    refresh.day = "2025-07-24"
    done = refresh("wikidata-p190", fewer=True)["wikidata-p190"]
    assert (done.state, done.claims) == ("published", 1), done
    assert f"link/{made.ref}--pavia-3171366" in refresh.graph(done.graph)


@pytest.mark.slow
@pytest.mark.parametrize("named", ["Q77", "Q78"])
def test_an_item_that_was_merged_stays_the_city_that_it_was_published_as(
    refresh: Refresh, named: str
) -> None:
    """Whether statements name it still or the item that it leads to: no place is made of that."""
    refresh.endpoint.place("Q77", "Odense", "Q38", point="Point(9.3 45.3)")
    refresh.endpoint.twins("Q6259", "Q77")
    refresh("wikidata-p190")
    (made,) = (e for e in ledger.read(refresh.workspace.ledger).entries if e.wikidata == "Q77")
    refresh.endpoint.store.remove_graph(ox.DefaultGraph())
    refresh.endpoint.place("Q78", "Odense")
    refresh.endpoint.merged("Q77", "Q78")
    refresh.endpoint.place("Q6259", "Pavia")
    refresh.endpoint.twins("Q6259", named)
    refresh.day = "2025-07-24"
    done = refresh("wikidata-p190", fewer=True)["wikidata-p190"]
    assert (done.state, done.claims) == ("published", 1), done
    assert f"link/{made.ref}--pavia-3171366" in refresh.graph(done.graph)
    after = ledger.read(refresh.workspace.ledger).entries
    assert [e.ref for e in after if "Q78" in e.items] == [made.ref]


@pytest.mark.slow
def test_what_people_decided_of_the_world_counts_for_every_refresh(
    refresh: Refresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without asking for it; what is given beside it counts as well."""
    head = "source,row,name,country,decision,ref,note\n"
    of_world, given = refresh.folder / "world.csv", refresh.folder / "given.csv"
    of_world.write_text(f"{head}list-2025-06-02,,Oxford,,reject,,\n", "utf-8")
    given.write_text(f"{head}list-2025-06-02,,Perm,RU,reject,,\n", "utf-8")
    assert refresh("list")["list"].claims == 3
    refresh.day = "2025-07-24"
    refresh.server.content += b"Perm,RU,Oxford,GB,\n"
    monkeypatch.setattr(shipped, "DECISIONS", of_world)
    refresh.settings = replace(refresh.settings, shipped="all")
    assert refresh("list", rehearse=True)["list"].claims == 2
    assert refresh("list", rehearse=True, decisions=given)["list"].claims == 1


@pytest.mark.slow
def test_a_rollback_is_not_undone_by_what_is_unchanged(refresh: Refresh) -> None:
    before = refresh.workspace.current()
    refresh("list")
    assert before
    transaction.rollback(refresh.workspace, before)
    assert refresh("list")["list"].state == "unchanged"
    assert refresh.workspace.current() == before
    assert refresh("list", anew=True)["list"].state == "published"
    assert refresh.graphs == ["list-2025-06-02"]
    assert refresh("list", anew=True)["list"].detail == "what is published already"
    assert refresh.server.sent == 3


@pytest.mark.slow
def test_a_rehearsal_publishes_nothing(refresh: Refresh) -> None:
    version = refresh.workspace.current()
    done = refresh(rehearse=True)
    assert {one.state for one in done.values()} == {"rehearsed"}
    assert done["wikidata-p190"].difference.new == 2
    assert refresh.workspace.current() == version
    assert not refresh.workspace.ledger.exists()
    asked, sent = len(refresh.endpoint.asked), refresh.server.sent
    assert {one.state for one in refresh().values()} == {"published"}
    assert (len(refresh.endpoint.asked), refresh.server.sent) == (asked, sent)


@pytest.mark.slow
def test_one_source_that_fails_keeps_no_other_waiting(refresh: Refresh) -> None:
    refresh.endpoint.behave = lambda query, _: Sent(403) if '"5")' in query else None
    done = refresh()
    assert (done["wikidata-p190"].state, done["list"].state) == ("failed", "published")
    assert "refuses: HTTP Error 403" in done["wikidata-p190"].detail
    refresh.endpoint.behave = lambda _, __: None
    refresh.endpoint.asked.clear()
    refresh.day = "2025-06-03"
    assert refresh()["wikidata-p190"].graph == "wikidata-p190-2025-06-02"
    assert not any('"4")' in query for query in refresh.endpoint.asked)


@pytest.mark.slow
def test_a_fetch_that_was_broken_off_long_ago_begins_anew(refresh: Refresh) -> None:
    refresh.endpoint.behave = lambda query, _: Sent(403) if '"5")' in query else None
    refresh("wikidata-p190")
    refresh.endpoint.behave = lambda _, __: None
    refresh.day = "2025-06-06"
    assert refresh("wikidata-p190")["wikidata-p190"].graph == "wikidata-p190-2025-06-06"
    assert refresh.lies("wikidata-p190") == ["2025-06-06"]


@pytest.mark.slow
def test_what_a_killed_refresh_was_writing_is_removed(refresh: Refresh) -> None:
    folder = refresh.workspace.home / "refresh" / "list"
    for left in (
        folder / f"{files.UNFINISHED}state.json-1",
        folder / refresh.day / f"{files.UNFINISHED}a",
    ):
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(b"x")
    assert refresh("list")["list"].state == "published"
    assert not list(folder.rglob(f"{files.UNFINISHED}*"))


@pytest.mark.slow
def test_a_file_is_asked_for_again_where_its_server_is_busy(refresh: Refresh) -> None:
    refresh.server.failures += [Sent(429, {"Retry-After": "30"}), Sent(503), Sent(cut=20)]
    assert refresh("list")["list"].state == "published"
    assert refresh.slept == [30.0, 4.0, 8.0]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (Sent(404), "answers 404"),
        (Sent(304, body=b""), "answers 304"),
        (Sent(429, {"Retry-After": "7200"}), "come back in 7200 seconds"),
        (Sent(body=b"\n<!DOCTYPE html><p>Sorry"), "sends a page"),
        (Sent(headers={"Content-Type": "text/html; charset=utf-8"}), "sends a page"),
        (Sent(body=b""), "sends nothing"),
        (Sent(302, {"Location": "http://10.0.0.1/"}), "leads to another server"),
        (Sent(body=b"town,partner\nPavia,Perm\n"), "no column 'city'"),
        (Sent(body=HEAD.encode()), "no row that can be read"),
        (Sent(body=b"city,country\nPavia,\xe9\xff\xfe,\x80" * 50), "twins.csv"),
    ],
)
def test_what_is_no_edition_changes_nothing(refresh: Refresh, sent: Sent, why: str) -> None:
    version = refresh.workspace.current()
    refresh.server.failures.append(sent)
    done = refresh("list")["list"]
    assert (done.state, why in done.detail) == ("failed", True), done.detail
    assert refresh.workspace.current() == version
    assert refresh("list", rehearse=True)["list"].state == "rehearsed"


@pytest.mark.slow
def test_an_edition_that_lost_most_of_its_rows_is_refused(refresh: Refresh) -> None:
    refresh("list")
    refresh.day, refresh.server.content = "2025-06-13", ROWS[: ROWS.index("Perm")].encode()
    done = refresh("list")["list"]
    assert "has 1 rows, and had 3 before; --fewer takes them" in done.detail
    assert refresh("list", fewer=True)["list"].difference.went == 2


@pytest.mark.slow
def test_a_file_speaks_of_the_day_on_which_it_was_written(refresh: Refresh) -> None:
    refresh.server.modified = "Sat, 08 Feb 2025 10:00:00 GMT"
    assert refresh("list")["list"].graph == "list-2025-02-08"
    refresh.server.modified = "Sun, 08 Feb 2099 10:00:00 GMT"
    refresh.server.content += b"Perm,RU,Oxford,GB,\n"
    refresh.day = "2025-06-03"
    assert refresh("list")["list"].graph == "list-2025-06-03"


@pytest.mark.slow
def test_a_file_that_was_imported_already_is_not_published_again(refresh: Refresh) -> None:
    summary = refresh.workspace.lists_of("list-2015") / "summary.json"
    summary.parent.mkdir(parents=True)
    refresh("list", rehearse=True)
    (fetched,) = (refresh.workspace.home / "refresh" / "list").rglob("source-*")
    summary.write_text(json.dumps({"files": [{"sha256": files.sha256(fetched)}]}))
    done = refresh("list")["list"]
    assert (done.state, done.detail) == ("unchanged", "what is published already")
    refresh.server.content += b"Perm,RU,Oxford,GB,\n"
    refresh.day = "2025-06-03"
    assert refresh("list")["list"].state == "published"


@pytest.mark.slow
def test_another_address_is_another_source(refresh: Refresh) -> None:
    refresh("list")
    text = refresh.listed.read_text("utf-8")
    refresh.listed.write_text(text.replace("/lists/", "/other/"), "utf-8")
    refresh.server.content += b"Perm,RU,Oxford,GB,\n"
    refresh.day = "2025-06-03"
    assert refresh()["list"].state == "published"


def test_a_slice_that_is_damaged_is_named(refresh: Refresh) -> None:
    refresh.endpoint.failures += [Sent(), Sent(403)]
    refresh("wikidata-p190", rehearse=True)
    (path,) = (refresh.workspace.home / "refresh").rglob("twinnings-0*")
    path.write_bytes(path.read_bytes()[:-9])
    told = refresh("wikidata-p190", rehearse=True)["wikidata-p190"]
    assert (told.state, "twinnings-0.json.gz is damaged" in told.detail) == ("failed", True), told
    path.unlink()
    assert refresh("wikidata-p190", rehearse=True)["wikidata-p190"].claims == 3


def test_a_source_whose_licence_is_left_out_is_not_asked(refresh: Refresh) -> None:
    text = refresh.listed.read_text("utf-8")
    shared = text.replace("spdx.org/licenses/MIT", "creativecommons.org/licenses/by-sa/4.0/")
    refresh.listed.write_text(shared, "utf-8")
    refresh.settings = replace(refresh.settings, licences=NO_SHARE_ALIKE)
    assert refresh("list")["list"].state == "left out"
    assert refresh.server.asked == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
@pytest.mark.parametrize("source", ["list", "wikidata-p190"])
def test_a_server_without_a_good_certificate_is_not_asked(refresh: Refresh, source: str) -> None:
    both = refresh.folder / "both.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(both), "-out", "-"]
    done = subprocess.run(["openssl", *words], check=True, capture_output=True)
    both.write_bytes(both.read_bytes() + done.stdout)
    with serving_files(both) as server:
        text = refresh.listed.read_text("utf-8").replace(refresh.server.url, server.url)
        refresh.listed.write_text(text.replace(refresh.endpoint.address, server.url), "utf-8")
        told = refresh(source)[source]
    assert (told.state, "is not who it says it is" in told.detail) == ("failed", True), told
    assert "certificate verify failed" in told.detail
    assert not server.asked
    assert not refresh.slept


def test_two_refreshes_at_once(refresh: Refresh) -> None:
    (refresh.workspace.home / "refresh").mkdir()
    with (
        locks.held(refresh.workspace.home / "refresh" / "lock"),
        pytest.raises(Problem, match="another refresh is under way"),
    ):
        refresh()


@pytest.mark.slow
def test_a_publish_that_is_under_way_is_told_and_nothing_is_fetched_twice(
    refresh: Refresh,
) -> None:
    with refresh.workspace.lock():
        assert "another publish is under way" in refresh("list")["list"].detail
    assert refresh("list")["list"].state == "published"
    assert refresh.server.sent == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"rows": "x"}', '{"asked": "soon"}', '{"a": 1}'])
def test_what_is_remembered_and_damaged_is_named(refresh: Refresh, text: str) -> None:
    path = refresh.workspace.home / "refresh" / "list" / "state.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    done = refresh("list", rehearse=True)["list"]
    assert (done.state, "state.json is damaged" in done.detail) == ("failed", True), done
    path.unlink()
    assert refresh("list", rehearse=True)["list"].state == "rehearsed"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[[source]]", "[[sources]]", "no table"),
        ('kind = "file"', 'kind = "rumour"', "kind is wikidata or file"),
        ('name = "list"', 'name = "wikidata-p190"', "listed twice"),
        ('name = "list"', 'name = "../up"', "is not a name"),
        ("every = 7", "every = 0", "number of days"),
        ("every = 7", 'every = "7"', "every is '7'"),
        ("every = 7", "", "lacks 'every'"),
        ("every = 7", "every = 7\nspeed = 3", "has no 'speed'"),
        ('mapping = "list.toml"', "", "a mapping goes with a file"),
        ('mapping = "list.toml"', 'mapping = "nobodys"', "no mapping 'nobodys'"),
        ('licence = "https://spdx', 'licence = "spdx', "no IRI"),
        ("address = ", 'address = "ftp://example.org/"\n#', "is not an address"),
        ("[[source]]", "[[source", "is no list of sources"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    (tmp_path / "list.toml").write_text(MAPPING, "utf-8")
    text = LIST.format(wikidata="https://example.org/sparql", file="https://example.org/a.csv")
    (tmp_path / "refresh.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(Problem, match=re.escape(why)):
        online.read(tmp_path / "refresh.toml")


def test_the_shipped_list_has_sources_of_which_all_is_told() -> None:
    listed = {one.name: one for one in online.read(refreshing.DEFAULT)}
    assert set(listed) == {"wikidata-p190", "wikipedia-twins"}
    assert all(one.address.startswith("https://") for one in listed.values())
    for one in listed.values():
        document = one.document("2026-11-29")
        assert document.graph == f"{one.name}-2026-11-29"
        assert "February" not in document.title + document.attribution
    origin = mapping.named("wikipedia-2026").document
    lists, wikidata = listed["wikipedia-twins"], listed["wikidata-p190"]
    assert (lists.licence, lists.family) == (origin.licence, origin.family)
    assert (wikidata.licence, wikidata.family) == (PAIRS.licence, PAIRS.family)


def test_an_edition_that_the_shapes_refuse_is_told_with_the_gravest_result() -> None:
    result = Result(Severity.VIOLATION, "urn:s", "urn:city", "", "", "Two cities\nhave one item.")
    error = Problem("data-invalid", "1 violation; nothing was published", report=Report((result,)))
    told = "1 violation; nothing was published; the first: Two cities have one item. <urn:city>"
    assert refreshing._why(error) == told
    assert refreshing._why(OSError("no\n answer")) == "no answer"
