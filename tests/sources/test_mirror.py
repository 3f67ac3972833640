"""A mirror: equal to its origin or as it was before, whatever the origin sends."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
import urllib3
from click.testing import CliRunner
from werkzeug.wrappers import Request, Response

from registry import cli, terms
from registry.problems import Problem
from registry.publishing.backups import backup, restore
from registry.publishing.curation import merge, withdraw
from registry.publishing.plan import Change
from registry.publishing.redaction import Wanted, redact
from registry.publishing.transaction import keep, publish, rollback
from registry.releases import graph_files, log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import http_client as clients
from registry.sources import patching
from registry.sources.listening import Listening
from registry.sources.mirror import Mirrored, followed, leave, mirror, read, read_log
from registry.sparql.forks import Forks
from registry.views.feed import Feed, FeedPage
from registry.web.app import create_app
from registry.web.context import NAME
from tests.catalogue.conftest import changed
from tests.copies import copied
from tests.lists import CLAIMS, listing
from tests.publishing.curated import CITY, STAYS, publish_twice
from tests.publishing.former import publish_former
from tests.publishing.test_redaction import places
from tests.sources.conftest import Hand, Origin, serving_origin
from tests.tables import every_row
from tests.web.served import serving

LIST = terms.GRAPH + "list"
DUISBURG = terms.thing("link", "duisburg-2934691--perm-511196")


def dumps(workspace: Workspace) -> dict[str, str]:
    """Give the hash of each dump file of the current release."""
    manifest = workspace.manifest(workspace.current() or "")
    return {entry.file: entry.sha256 for entry in manifest.dumps}


def run(origin: Origin, copy: Settings, *, replace: bool = False) -> Mirrored:
    return mirror(Workspace(copy.home), copy, origin.url, replace)


def contribute(origin: Origin, folder: Path, *names: str) -> None:
    path = folder / "list.ttl"
    path.write_text(listing(names), encoding="utf-8")
    publish(origin.workspace, origin.settings, Change([path], winner="file"))


def test_a_mirror_is_what_its_origin_is_after_each_change(
    origin: Origin, copy: Settings, tmp_path: Path
) -> None:
    first, here = origin.workspace.current() or "", Workspace(copy.home)

    def step(change: Callable[[], object]) -> Mirrored:
        change()
        done = run(origin, copy)
        assert here.current() == origin.workspace.current() == done.version
        assert dumps(here) == dumps(origin.workspace)
        assert run(origin, copy) == Mirrored(done.version, changed=False)
        return done

    assert step(lambda: None).fetched == 6
    assert step(lambda: contribute(origin, tmp_path, "twinning")).fetched == 1
    assert step(lambda: contribute(origin, tmp_path, "twinning", "start")).fetched == 1
    removing = Change([], remove=[LIST])
    gone = step(lambda: publish(origin.workspace, origin.settings, removing))
    assert (gone.fetched, gone.removed) == (0, 1)
    assert step(lambda: contribute(origin, tmp_path, "twinning")).changed
    assert step(lambda: rollback(origin.workspace, first)).changed
    later = Change([], as_of="2026-01-01")
    assert step(lambda: publish(origin.workspace, origin.settings, later)).fetched == 0


@pytest.mark.slow
def test_a_mirror_takes_over_what_people_decide(
    origin: Origin, copy: Settings, tmp_path: Path
) -> None:
    """And holds to it once it is an origin of its own."""
    here, given = Workspace(copy.home), publish_twice(origin.workspace, origin.settings, tmp_path)

    def decided(change: Change) -> None:
        publish(origin.workspace, given, replace(change, by="Anna", reason="Seen"))

    run(origin, copy)
    decided(merge(origin.workspace, given, CITY, STAYS))
    decided(withdraw(origin.workspace, given, [DUISBURG]))
    run(origin, copy)
    assert dumps(here) == dumps(origin.workspace)
    assert here.ledger.read_bytes() == origin.workspace.ledger.read_bytes()
    told = [log.as_json(event) for event in log.switches(origin.workspace.log_path)]
    assert [log.as_json(event) for event in log.switches(here.log_path)] == told
    assert told[-1]["things"] == {"withdrawn": [DUISBURG]}
    leave(here)
    before = here.released()[1][terms.CITIES_GRAPH]
    publish(here, copy, Change([], as_of="2026-11-01"))
    assert here.released()[1][terms.CITIES_GRAPH] == before


@pytest.mark.slow
def test_a_mirror_forgets_what_is_redacted(origin: Origin, copy: Settings, tmp_path: Path) -> None:
    """Though nobody tells it what that was, nor which addresses were made of it."""
    here, secret, name = Workspace(copy.home), "Zyxwvut Qponmlk", "by-zyxwvut-qponmlk"
    run(origin, copy)
    for note in (f"By {secret}", f"Told by {secret}"):
        path = tmp_path / f"{name}.ttl"
        claim = f"{terms.ID}claim/oxford-2640729--perm-511196/{name}/twinning"
        said = f'<{claim}> skos:note "{note}"@en .\n'
        path.write_text(listing(["twinning"], name) + said, encoding="utf-8")
        publish(origin.workspace, origin.settings, Change([path], winner="file"))
        run(origin, copy)
    keep(origin.workspace, "named")
    for workspace in (origin.workspace, here):
        Feed(workspace).follow()
    assert places(copy.home, secret)
    redact(origin.workspace, origin.settings, Wanted((), (secret,)), "Anna", "Article 17")
    done = run(origin, copy)
    assert places(copy.home, secret) == places(copy.home, name) == []
    assert f"{terms.GRAPH}redacted-x1" in here.released()[1]
    assert here.current() == origin.workspace.current() == done.version
    assert here.versions() == origin.workspace.versions()
    assert (dumps(here), here.names()) == (dumps(origin.workspace), {})
    assert log.read(here.log_path)[-1] == log.read(origin.workspace.log_path)[-1]
    feeds = []
    for workspace in (origin.workspace, here):
        feed, pages = Feed(workspace), list[FeedPage]()
        feed.follow()
        while page := feed.page(len(pages) + 1):
            pages.append(page)
        feeds.append(pages)
    assert feeds[0] == feeds[1]
    assert not run(origin, copy).changed


@pytest.mark.slow
def test_only_what_is_missing_is_fetched(origin: Origin, copy: Settings, tmp_path: Path) -> None:
    run(origin, copy)
    contribute(origin, tmp_path, "twinning")
    origin.paths()
    done = run(origin, copy)
    version = origin.workspace.current()
    assert origin.paths() == [
        "/log 200",
        f"/dumps/{version}/manifest.json 200",
        f"/dumps/{version}/list.nt.gz 200",
        "/identity.tsv 200",
    ]
    kept = (origin.workspace.folder(version or "") / "dumps" / "list.nt.gz").stat().st_size
    assert kept < done.sent < kept + 10_000
    assert run(origin, copy).sent == 0
    assert origin.paths() == ["/log 304"]
    rollback(origin.workspace, Workspace(copy.home).versions()[0])


@pytest.mark.slow
def test_one_connection_is_enough(
    workspace: Workspace, copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, new = [], urllib3.HTTPConnectionPool._new_conn

    def counted(pool: urllib3.HTTPConnectionPool) -> object:
        opened.append(pool)
        return new(pool)

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "_new_conn", counted)
    with serving({"home": str(workspace.home), "processes": "1"}) as server:
        done = mirror(Workspace(copy.home), copy, server.url)
    assert done.fetched == 6
    assert len(opened) == 1


def of_files(change: Callable[[bytes], bytes]) -> Hand:
    """Change the content of the files of graphs on their way."""

    def hand(request: Request, response: Response) -> Response:
        if request.path.endswith(".nt.gz"):
            response.set_data(change(response.get_data()))
        return response

    return hand


def of_manifest(change: Callable[[dict[str, Any]], object]) -> Hand:
    """Change the manifest on its way."""

    def hand(request: Request, response: Response) -> Response:
        if request.path.endswith("/manifest.json") and response.status_code == 200:
            body = json.loads(response.get_data())
            change(body)
            response.set_data(json.dumps(body))
        return response

    return hand


def packed(content: bytes) -> Callable[[dict[str, Any]], object]:
    """Have the manifest name the hash of other content, as one who lies well would."""

    def change(body: dict[str, Any]) -> None:
        for dump in body["dumps"]:
            if dump["file"] == "perm-twins.nt.gz":
                dump.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    return change


def entry(body: dict[str, Any], name: str = "perm-twins") -> dict[str, Any]:
    found: dict[str, Any] = next(e for e in body["graphs"] if e["graph"].endswith(name))
    return found


BOMB = gzip.compress(bytes(50_000_000))
OTHER = gzip.compress(b"<a:b> <a:b> <a:b> .\n")

LIES: dict[str, Hand] = {
    "a byte is damaged": of_files(lambda content: content[:-9] + b"\0" + content[-8:]),
    "another file": of_files(lambda _: OTHER),
    "too long": of_files(lambda content: content + b"more"),
    "no manifest": of_manifest(dict.clear),
    "another version": of_manifest(lambda body: body.update(version="0" * 32)),
    "no version": of_manifest(lambda body: body.update(version="../../x")),
    "no date": of_manifest(lambda body: body.update(asOf="soon")),
    "a graph is left out": of_manifest(lambda body: body["graphs"].pop()),
    "a graph twice": of_manifest(lambda body: body["graphs"].append(entry(body))),
    "a hash of another": of_manifest(lambda body: entry(body).update(sha256="0" * 64)),
    "a graph elsewhere": of_manifest(lambda body: entry(body).update(graph="https://example.org/")),
    "a role that is none": of_manifest(lambda body: entry(body).update(role="king")),
    "a size that is none": of_manifest(lambda body: entry(body).update(bytes="many")),
    "a file elsewhere": of_manifest(lambda body: entry(body)["files"].update(nt="../../etc.nt.gz")),
    "a file that is none": of_manifest(lambda body: entry(body)["files"].update(nt=7)),
    "no file": of_manifest(lambda body: entry(body)["files"].clear()),
    "too large": of_manifest(lambda body: entry(body).update(bytes=10**15)),
    "another derived graph": of_manifest(lambda body: body["derived"].update(sha256="1" * 64)),
    "nested": lambda request, response: (
        Response("[" * 100_000) if request.path.endswith(".json") else response
    ),
    "a bomb": lambda request, response: (
        Response(BOMB)
        if request.path.endswith("perm-twins.nt.gz")
        else of_manifest(packed(BOMB))(request, response)
    ),
    "a well made lie": lambda request, response: (
        Response(OTHER)
        if request.path.endswith("perm-twins.nt.gz")
        else of_manifest(packed(OTHER))(request, response)
    ),
    "an error": lambda request, response: (
        Response("sorry", 500) if request.path.endswith(".nt.gz") else response
    ),
    "elsewhere": lambda request, response: (
        Response(status=302, headers={"Location": "http://127.0.0.2:9/"})
        if request.path.endswith(".nt.gz")
        else response
    ),
    "in circles": lambda request, _: Response(status=302, headers={"Location": request.path}),
}


@pytest.fixture(scope="module")
def behind(
    workspace: Workspace,
    settings: Settings,
    forks: Forks,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Origin, Settings]]:
    """Give an origin, and a mirror that is one change behind."""
    folder = tmp_path_factory.mktemp("behind")
    copy = replace(settings, home=folder / "copy")
    with serving_origin(workspace, settings, folder / "origin", forks) as origin:
        run(origin, copy)
        publish(origin.workspace, origin.settings, Change([changed(folder, "1991")]))
        yield origin, copy


@pytest.mark.slow
@pytest.mark.parametrize("lie", LIES)
def test_who_lies_changes_nothing(
    lie: str, behind: tuple[Origin, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "sleep", lambda _: None)
    origin, mirrored = behind
    copy = replace(mirrored, home=tmp_path / "copy")
    here = copied(Workspace(mirrored.home), copy.home)
    before = here.current(), sorted(here.versions())
    origin.hand = LIES[lie]
    with pytest.raises((Problem, ConnectionError)) as caught:
        run(origin, copy)
    origin.hand = lambda _, response: response
    assert not isinstance(caught.value, Problem) or caught.value.name == "conflict", caught.value
    assert (here.current(), sorted(here.versions())) == before


@pytest.mark.slow
@pytest.mark.parametrize("lie", ["another file", "a bomb", "a well made lie", "an error"])
def test_what_a_liar_left_does_not_stand_in_the_way(
    lie: str, behind: tuple[Origin, Settings], copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "sleep", lambda _: None)
    origin, mirrored = behind
    here = copied(Workspace(mirrored.home), copy.home)
    before = here.current()
    origin.hand = LIES[lie]
    with pytest.raises((Problem, ConnectionError)):
        run(origin, copy)
    assert here.current() == before
    origin.hand = lambda _, response: response
    assert run(origin, copy).version == origin.workspace.current() != before


@pytest.mark.slow
def test_a_broken_download_goes_on_where_it_was(
    origin: Origin, copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "sleep", lambda _: None)
    ranges: list[str] = []

    def breaking(request: Request, response: Response) -> Response:
        if request.path.endswith("/cities.nt.gz"):
            ranges.append(request.headers.get("Range", ""))
            content, length = response.get_data(), response.headers["Content-Length"]
            if len(ranges) < 3:
                half = content[: len(content) // 2]
                response.response = [half]
                response.headers["Content-Length"] = length
        return response

    origin.hand = breaking
    done = run(origin, copy)
    assert ranges[0] == ""
    assert all(part.startswith("bytes=") for part in ranges[1:])
    assert len(ranges) == 3
    assert done.version == origin.workspace.current()


def test_a_full_disk_here_is_no_fault_of_the_origin(
    origin: Origin, copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as what it is, and the origin is not asked again and again."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refusing(path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
        if path.name.endswith(".part"):
            raise full
        return opened(path, mode, *more, **named)

    opened = Path.open
    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(OSError, match="No space left") as raised:
        run(origin, copy)
    assert raised.value is full
    assert len([path for path in origin.paths() if "nt.gz" in path]) == 1


@pytest.mark.slow
def test_what_was_fetched_before_a_failure_is_not_fetched_again(
    origin: Origin, copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "sleep", lambda _: None)
    origin.hand = lambda request, response: (
        Response(status=503) if request.path.endswith("/perm-twins.nt.gz") else response
    )
    with pytest.raises(ConnectionError):
        run(origin, copy)
    assert Workspace(copy.home).current() is None
    fetched = {path for path in origin.paths() if path.endswith("nt.gz 200")}
    assert fetched
    origin.hand = lambda _, response: response
    run(origin, copy)
    assert fetched.isdisjoint(origin.paths())


def test_an_origin_with_other_rules_is_refused(
    origin: Origin, copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.releases.code._TITLES", {"ontology": "Another ontology"})
    with pytest.raises(Problem, match="runs another version of this software"):
        run(origin, copy)
    assert Workspace(copy.home).current() is None


@pytest.mark.slow
def test_a_workspace_that_is_no_mirror_stays_what_it_is(
    origin: Origin, workspace: Workspace, copy: Settings, tmp_path: Path
) -> None:
    copied(workspace, copy.home)
    contribute(replace_home(origin, copy), tmp_path, "twinning")
    own = Workspace(copy.home).current()
    with pytest.raises(Problem, match="--replace"):
        run(origin, copy)
    assert Workspace(copy.home).current() == own
    assert run(origin, copy, replace=True).version == origin.workspace.current()
    assert run(origin, copy).changed is False
    with pytest.raises(Problem, match=f"is a mirror of {origin.url}"):
        contribute(replace_home(origin, copy), tmp_path, "start")
    assert leave(Workspace(copy.home)) == origin.url
    contribute(replace_home(origin, copy), tmp_path, "start")
    with pytest.raises(Problem, match="--replace"):
        run(origin, copy)


@pytest.mark.slow
def test_a_mirror_takes_no_changes_of_its_own(
    origin: Origin, copy: Settings, tmp_path: Path
) -> None:
    """Whatever would change it is refused, and what readers see stays the origin's."""
    run(origin, copy)
    here = Workspace(copy.home)
    before, logged = here.current(), here.log_path.read_bytes()
    for change in (
        lambda: publish(here, copy, Change([], as_of="2026-01-01")),
        lambda: rollback(here, str(before)),
        lambda: keep(here, "autumn"),
        lambda: contribute(replace_home(origin, copy), tmp_path, "start"),
    ):
        with pytest.raises(Problem, match="is a mirror of"):
            change()
    assert (here.current(), here.log_path.read_bytes()) == (before, logged)
    leave(here)
    with pytest.raises(Problem, match="is no mirror"):
        leave(here)
    assert keep(here, "autumn") == before


PUBLISHED = (
    *("/", "/log", "/release", "/dumps", "/feed", "/feed/1", "/feed.atom", "/feed/1?page"),
    *("/catalog.ttl", "/catalog", "/void.ttl", "/sitemap.xml", "/links.csv", "/cities", "/search"),
    *("/doc/city/perm-511196", "/doc/city/perm-511196.ttl", "/coverage", "/graphs?default"),
    "/sparql?query=SELECT+*+{+GRAPH+?g+{+?s+?p+?o+}+}+ORDER+BY+?s+?p+?o+LIMIT+500",
)


def seen_of(home: Path, origin: Origin, forks: Forks) -> dict[str, tuple[object, ...]]:
    """Return what a server of a workspace answers, under the name that all replicas share."""
    settings = replace(origin.settings, home=home, public_url="https://links.example")
    app = create_app(settings, forks)
    client = app.test_client()
    found: dict[str, tuple[object, ...]] = {}
    for path in PUBLISHED:
        response = client.get(path)
        named = {k: v for k, v in response.headers if k in {"ETag", "Last-Modified", "Link"}}
        found[path] = response.status_code, named, response.data
    app.extensions[NAME].engine.pool.close()
    return found


@pytest.mark.slow
def test_replicas_answer_as_their_origin_byte_for_byte(
    origin: Origin, copy: Settings, tmp_path: Path, forks: Forks
) -> None:
    """One that was there from the beginning, asking seldom, and one that begins with a backup."""
    early = copy
    run(origin, early)
    first = str(origin.workspace.current())
    contribute(origin, tmp_path, "twinning")
    contribute(origin, tmp_path, "twinning", "start")
    keep(origin.workspace, "autumn")
    done = run(origin, early)
    assert (done.changed, done.fetched) == (True, 2)
    late = replace(copy, home=tmp_path / "late")
    backup(origin.workspace, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", Workspace(late.home))
    assert run(origin, late).changed is False
    contribute(origin, tmp_path, "twinning")
    rollback(origin.workspace, first)
    publish(origin.workspace, origin.settings, Change([], as_of="2026-01-01"))
    for replica in (early, late):
        assert run(origin, replica).changed
        assert run(origin, replica).changed is False
    wanted = seen_of(origin.settings.home, origin, forks)
    assert {status for status, *_ in wanted.values()} <= {200, 302, 400}
    for replica in (early, late):
        found = seen_of(replica.home, origin, forks)
        assert [path for path in PUBLISHED if found[path] != wanted[path]] == []
        assert Workspace(replica.home).names() == origin.workspace.names()


@pytest.mark.slow
def test_a_release_that_the_origin_has_pruned_is_passed_over(
    origin: Origin, copy: Settings, tmp_path: Path
) -> None:
    run(origin, copy)
    few = Origin("", replace(origin.settings, keep_releases=1))
    for names in (["twinning"], ["twinning", "start"], ["start"]):
        contribute(few, tmp_path, *names)
    done = run(origin, copy)
    here = Workspace(copy.home)
    assert (done.version, done.fetched) == (origin.workspace.current(), 1)
    logged = [
        [(e.event, e.version, e.at) for e in log.switches(w.log_path)]
        for w in (here, origin.workspace)
    ]
    assert logged[0] == logged[1]


class NextYear(datetime):
    """A clock that is ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromisoformat(datetime.now(tz).isoformat()) + timedelta(days=365)


@pytest.mark.slow
def test_a_mirror_that_prunes_between_two_releases_knows_both_again(
    origin: Origin, copy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it prunes happens here, later than what the origin published next."""
    few, here = replace(copy, keep_releases=1), Workspace(copy.home)
    run(origin, few)
    contribute(origin, tmp_path, "twinning")
    contribute(origin, tmp_path, "twinning", "start")
    with monkeypatch.context() as ahead:
        ahead.setattr(log, "datetime", NextYear)
        assert run(origin, few).changed
    assert [one.event for one in log.read(here.log_path)][-4:] == ["publish", "prune"] * 2
    assert log.identified(log.read(here.log_path)) == log.identified(
        log.read(origin.workspace.log_path)
    )
    assert not run(origin, few).changed
    contribute(origin, tmp_path, "start")
    assert run(origin, few).changed


@pytest.mark.slow
def test_what_replaces_a_later_release_of_our_own_is_known_again(
    origin: Origin,
    workspace: Workspace,
    copy: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Times of the log do not go back, so that it has another one here than at the origin."""
    copied(workspace, copy.home)
    with monkeypatch.context() as ahead:
        ahead.setattr(log, "datetime", NextYear)
        contribute(replace_home(origin, copy), tmp_path, "twinning")
    assert run(origin, copy, replace=True).changed
    assert not run(origin, copy).changed
    contribute(origin, tmp_path, "start")
    assert run(origin, copy).changed
    assert not run(origin, copy).changed


def event(**members: str) -> bytes:
    """Write a log with one event, in which a member is another than it should be."""
    good = {"event": "publish", "version": "0" * 32, "at": "2026-01-01T00:00:00Z"}
    return json.dumps({"events": [good | members]}).encode()


NO_LOGS = [
    *(b"", b"{}", b"[]", b"null", b"\xff", b'{"events": 7}', b'{"events": [7]}', b'{"events": []}'),
    *(event(version="../.."), event(at="soon"), event(event="prune"), event(event="keep")),
]


@every_row("body", NO_LOGS)
def test_what_is_no_log_is_refused(body: bytes) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        read_log(body)


@pytest.mark.slow
def test_of_a_graph_only_the_parts_that_changed_are_fetched(
    origin: Origin, copy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where the parts are not what they should be, the whole is."""
    monkeypatch.setattr(patching, "_SMALL", 0)
    monkeypatch.setattr(graph_files, "_SUBJECTS", 2)

    def change(title: str) -> None:
        path = tmp_path / "list.ttl"
        path.write_text(listing(CLAIMS, title=title), encoding="utf-8")
        publish(origin.workspace, origin.settings, Change([path], winner="file"))

    def paths() -> list[str]:
        return [path.rpartition("/")[2] for path in origin.paths() if "/list." in path]

    change("One")
    run(origin, copy)
    assert paths() == ["list.nt.gz 200"]
    change("Two")
    run(origin, copy)
    asked = paths()
    assert asked[0] == "chunks 200"
    assert {*asked[1:]} == {"list.nt.gz 206"}
    assert dumps(Workspace(copy.home))["list.nt.gz"] == dumps(origin.workspace)["list.nt.gz"]

    def spoilt(_: Request, response: Response) -> Response:
        if response.status_code == 206:
            response.set_data(b"x" * len(response.get_data()))
        return response

    origin.hand = spoilt
    change("Three")
    run(origin, copy)
    assert paths()[-1] == "list.nt.gz 200"
    assert dumps(Workspace(copy.home))["list.nt.gz"] == dumps(origin.workspace)["list.nt.gz"]


@pytest.mark.slow
def test_a_mirror_goes_on_after_its_origin_failed(
    origin: Origin, copy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def slept(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            origin.hand = lambda _, __: Response(status=500)
        elif len(pauses) == 3:
            origin.hand = lambda _, response: response
            contribute(origin, tmp_path, "twinning")

    monkeypatch.setattr("registry.sources.mirror.sleep", slept)
    monkeypatch.setattr(Listening, "wait", lambda _, seconds, __=0.0: slept(seconds))
    monkeypatch.setattr(clients, "sleep", lambda _: None)
    runs = followed(Workspace(copy.home), copy, origin.url, 1.0)
    assert next(runs).changed
    assert next(runs).version == origin.workspace.current()
    assert pauses == [1.0, 2.0, 4.0]


def replace_home(origin: Origin, copy: Settings) -> Origin:
    return Origin("", replace(origin.settings, home=copy.home))


@every_row("body", [b"", b"{}", b"[]", b"null", b"\xff", b'{"graphs": 7}'])
def test_what_is_no_manifest_is_refused(body: bytes) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        read(body)


@pytest.mark.slow
def test_the_command_says_what_it_did(
    origin: Origin, copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYLINKS_HOME", str(copy.home))
    done = CliRunner().invoke(cli.main, ["mirror", origin.url])
    assert done.exit_code == 0, done.output
    assert "is mirrored: 6 graphs fetched, 0 removed" in done.output
    again = CliRunner().invoke(cli.main, ["mirror", origin.url, "--json"])
    assert json.loads(again.output)["changed"] is False
    wrong = CliRunner().invoke(cli.main, ["mirror", "ftp://example.org"])
    assert wrong.exit_code == cli.REFUSED
    origin.hand = lambda _, __: Response(status=500)
    monkeypatch.setattr(clients, "sleep", lambda _: None)
    failed = CliRunner().invoke(cli.main, ["mirror", origin.url])
    assert failed.exit_code == cli.FAILED


@pytest.mark.slow
def test_a_mirror_follows_when_its_origin_is_brought_over(origin: Origin, copy: Settings) -> None:
    """Both have what the former version published; the origin is the first that publishes anew."""
    here = Workspace(copy.home)
    run(origin, copy)
    leave(here)
    formerly = publish_former(here, copy)
    assert publish_former(origin.workspace, origin.settings) == formerly
    assert not run(origin, copy, replace=True).changed
    publish(origin.workspace, origin.settings, Change())
    assert run(origin, copy).changed
    assert here.current() == origin.workspace.current()
    assert dumps(here) == dumps(origin.workspace)
