"""What is redacted is in no file any more: no release, no index, no feed, no log, no proposal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from registry import files, terms
from registry.identity.ledger import LedgerEntry
from registry.problems import Problem
from registry.publishing import build, redaction
from registry.publishing.curation import iri_of
from registry.publishing.plan import Change, read_ledger
from registry.publishing.redaction import Redacted, Wanted, find, redact
from registry.publishing.transaction import keep, publish
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.views import feed as feeds
from registry.views.feed import Feed
from registry.web.app import create_app
from registry.web.context import NAME as PARTS
from tests.copies import copied
from tests.lists import listing
from tests.tables import every_row

SECRET = "Zyxwvut Qponmlk"
LIST = f"{terms.GRAPH}list"
CLAIM = iri_of("claim/oxford-2640729--perm-511196/list/twinning")
TRUE = b'"true"^^<http://www.w3.org/2001/XMLSchema#boolean> .'
COLUMNS = "ref kind geonames wikidata country label decided date replacedBy"


def publish_list(workspace: Workspace, settings: Settings, folder: Path, note: str) -> str:
    path = folder / "list.ttl"
    said = f'<{CLAIM}> skos:note "{note}"@en .\n'
    path.write_text(listing(["twinning", "start"]) + said, encoding="utf-8")
    return publish(workspace, settings, Change([path], winner="file")).version


@dataclass(frozen=True)
class Told:
    """A workspace whose list had a secret in its title in two releases, the last or the one before.

    `first` has not had it yet; each of the others followed the one before.
    """

    workspace: Workspace
    settings: Settings
    first: str
    told: list[str]

    def redact(self, *things: str, texts: tuple[str, ...] = (SECRET,)) -> Redacted:
        wanted = Wanted(tuple(map(iri_of, things)), texts)
        return redact(self.workspace, self.settings, wanted, "Anna", "Article 17")


@pytest.fixture(scope="module")
def made(
    workspace: Workspace, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Told]:
    """Publish what is redacted once; `before` has a release behind it, in which it is no more."""
    folder = tmp_path_factory.mktemp("told")
    own = copied(workspace, folder / "now")
    given = replace(settings, home=own.home)
    first = own.current() or ""
    Feed(own).follow()
    releases = [publish_list(own, given, folder, f"By {SECRET}")]
    releases.append(publish_list(own, given, folder, f"Told by {SECRET}"))
    keep(own, "named", releases[0])
    Feed(own).follow()
    later = copied(own, folder / "before")
    behind = replace(settings, home=later.home)
    publish_list(later, behind, folder, "Told by nobody")
    Feed(later).follow()
    return {
        "now": Told(own, given, first, releases),
        "before": Told(later, behind, first, releases),
    }


@pytest.fixture
def told(request: pytest.FixtureRequest, made: dict[str, Told], tmp_path: Path) -> Told:
    found = made[getattr(request, "param", "now")]
    own = copied(found.workspace, tmp_path / "home")
    return replace(found, workspace=own, settings=replace(found.settings, home=own.home))


def spread(workspace: Workspace) -> None:
    """Put the secret where else it may have come to."""
    for name in ("imports/list/assigned.csv", "refresh/list/taken.csv", "jobs/1/answer"):
        files.write(workspace.home / name, f"a,{SECRET}\n".encode())
    files.write(workspace.home / "imports/other/assigned.csv", b"a,b\n")
    killed = workspace.home / "feed/pages" / f"{files.UNFINISHED}3.nt.gz-11577"
    killed.write_bytes(files.compress(SECRET.encode()))
    log.append(workspace.log_path, log.Event("prune", "0" * 32, reason=f"of {SECRET}"))
    line = ("list", "document", "", "", "", SECRET, "person", "2026-11-30", "")
    rows = (COLUMNS.split(), line)
    files.write(workspace.ledger, b"".join("\t".join(row).encode() + b"\n" for row in rows))
    path = workspace.home / "contributions" / "proposals.sqlite"
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as state, state:
        state.execute("CREATE TABLE proposal (id INTEGER PRIMARY KEY, draft TEXT)")
        state.executemany("INSERT INTO proposal (draft) VALUES (?)", [(SECRET,), ("a",)])


def members(workspace: Workspace) -> list[tuple[int, str, str, int]]:
    """List what the feed has: number, thing, what happened to it, how much is said of it."""
    feed, page, found = Feed(workspace), 1, []
    while one := feed.page(page):
        found += [(m.number, m.iri, m.what.name, len(m.lines)) for m in one.members]
        page += 1
    return found


def places(home: Path, secret: str = SECRET) -> list[str]:
    """List all files that have the secret, as they are or unpacked."""
    found = []
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            unpacked = files.decompress(content) if path.suffix == ".gz" else b""
            if secret.encode() in content + unpacked:
                found.append(str(path.relative_to(home)))
    return found


@pytest.mark.parametrize("told", ["now", "before"], indirect=True)
def test_no_byte_is_left(told: Told) -> None:
    spread(told.workspace)
    before = places(told.workspace.home)
    assert {one.split("/")[0] for one in before} >= {
        *("contributions", "feed", "graphs", "identity.tsv", "imports", "jobs", "log.jsonl"),
        *("refresh", "releases"),
    }
    assert [one for one in before if "/store/" in one]
    done = told.redact()
    assert places(told.workspace.home) == []
    assert {*told.told} == {*done.dropped}
    assert done.names == ["named"]
    assert (told.workspace.home / "imports/other/assigned.csv").exists()
    with closing(sqlite3.connect(told.workspace.home / "contributions/proposals.sqlite")) as state:
        assert state.execute("SELECT draft FROM proposal").fetchall() == [("a",)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "step"), [(build, "renew"), (Feed, "_write_rewritten"), (redaction, "_scrub")]
)
def test_what_was_interrupted_is_finished_by_the_same_command(
    where: object, step: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: Any) -> None:
        if where is not Feed or feeds._has_rewritten(given[1]):  # Behind the commit.
            raise OSError("the machine was switched off")

    spread(told.workspace)
    with monkeypatch.context() as broken:
        broken.setattr(where, step, fail)
        with pytest.raises(OSError, match="switched off"):
            told.redact()
    assert places(told.workspace.home)
    assert [one for one in members(told.workspace) if not one[1]] == []
    told.redact()
    assert places(told.workspace.home) == []
    publish_list(told.workspace, told.settings, told.workspace.home.parent, f"By {SECRET}")


def test_the_rest_is_as_it_was(told: Told) -> None:
    """Releases that never had it stay, with stores of just their graphs."""
    done = told.redact()
    own = told.workspace
    assert set(own.versions()) == {told.first, done.version}
    assert own.current() == done.version
    assert (own.folder(done.version) / "store").is_dir()
    for version in (one for one in own.versions() if (own.folder(one) / "store").is_dir()):
        store = ox.Store.read_only(str(own.folder(version) / "store"))
        manifest = own.manifest(version)
        for entry in manifest.all_graphs():
            name = ox.NamedNode(entry.graph)
            count = sum(1 for _ in store.quads_for_pattern(None, None, None, name))
            assert count == entry.triples
    event = log.read(own.log_path)[-1]
    assert (event.event, event.version, event.by, event.reason) == (
        *("redact", done.version, "Anna", "Article 17"),
    )
    assert set(event.things["dropped"]) == {*told.told, "named"}


def test_the_feed_tells_that_it_changed_and_not_what_was_said(told: Told) -> None:
    before = members(told.workspace)
    told.redact()
    after = members(told.workspace)
    assert [one[:3] for one in after[: len(before)]] == [one[:3] for one in before]
    forgotten = {old[1] for old, new in zip(before, after, strict=False) if old != new}
    assert forgotten == {CLAIM}
    assert {iri: lines for _, iri, _, lines in after}[CLAIM] >= 5


@pytest.fixture
def client(told: Told, forks: Forks) -> Iterator[FlaskClient]:
    app = create_app(replace(told.settings, workers=1), forks)
    yield app.test_client()
    app.extensions[PARTS].engine.pool.close()


def test_addresses_say_that_it_is_gone_and_why(told: Told, client: FlaskClient) -> None:
    assert client.get("/dumps/named/manifest.json").status_code == 302
    told.redact("document/list")
    for path in ("/dumps/named/", f"/dumps/{told.told[1]}/", f"/release/{told.told[0]}"):
        answer = client.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 410
        assert answer.json
        assert answer.json["reason"] == "Article 17"
    gone = client.get("/id/document/list")
    assert gone.status_code == 410
    assert gone.json
    assert gone.json["reason"] == "Article 17"
    assert client.get("/id/document/other").status_code == 404
    assert client.get("/feed/1", headers={"Accept": "application/trig"}).status_code == 200


def test_a_document_goes_with_what_was_said_of_it(told: Told) -> None:
    """Its address stays, which says that it is gone."""
    own, iri = told.workspace, f"<{terms.ID}document/list>".encode()
    done = told.redact("document/list", texts=())
    assert own.versions() == sorted({told.first, done.version})
    assert LIST not in own.released()[1]
    graphs = [own.graph(e) for v in own.versions() for e in own.manifest(v).all_graphs()]
    lines = {line for graph in graphs for line in graph.lines if iri in line}
    assert lines == {iri + b" <http://www.w3.org/2002/07/owl#deprecated> " + TRUE}
    assert Feed(own).said(lambda line: iri in line and TRUE not in line) == set()
    entries = own.ledger.read_text("utf-8").splitlines()
    assert [line.split("\t")[5] for line in entries if line.startswith("list\tdocument")] == [
        ""
    ] * 2


def test_an_address_that_is_redacted_itself_is_gone(told: Told, client: FlaskClient) -> None:
    """It stands nowhere any more, and is known again by its hash."""
    told.redact(texts=("2640729--perm",))
    assert places(told.workspace.home, "2640729--perm") == []
    gone = client.get("/id/link/oxford-2640729--perm-511196")
    assert gone.status_code == 410


def test_what_is_nowhere_is_told(told: Told) -> None:
    for things, texts in (((), ("Nobody at all",)), (("document/nowhere",), ())):
        with pytest.raises(Problem) as caught:
            told.redact(*things, texts=texts)
        assert caught.value.name == "not-found"
    told.redact()
    with pytest.raises(Problem) as caught:
        told.redact()
    assert caught.value.name == "not-found"


SLUG = "zyxwvut-qponmlk"


@pytest.fixture(scope="module")
def worded(
    workspace: Workspace, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, Settings, Redacted]:
    """Redact a name of which references of a list are made, and a city that was merged away."""
    folder = tmp_path_factory.mktemp("worded")
    own = copied(workspace, folder / "home")
    given = replace(settings, home=own.home)
    path = folder / f"letters-of-{SLUG}.ttl"
    path.write_text(listing(["twinning"], name=path.stem, title="Letters"), encoding="utf-8")
    files.write(own.home / f"imports/{SLUG}/assigned.csv", b"a,b\n")
    old = LedgerEntry(f"{SLUG}-7", "network", "", "", "", "", "person", "2026-11-30", "")
    minted = [old, replace(old, replaced_by="ec2u")]
    minted.append(replace(old, ref=path.stem, kind="document"))
    publish(own, given, Change([path], minted=minted))
    assert places(own.home, SLUG)
    return own, given, redact(own, given, Wanted((), (SECRET,)), "Anna", "Article 17")


def test_addresses_made_of_it_are_changed(worded: tuple[Workspace, Settings, Redacted]) -> None:
    """What keeps standing has another address, which says nothing of it, wherever it is named."""
    own, _, done = worded
    assert places(own.home, SLUG) == []
    assert not [path for path in own.home.rglob("*") if SLUG in path.name]
    assert (own.current(), len(done.dropped)) == (done.version, 1)
    graph = own.released()[1][f"{terms.GRAPH}redacted-x1"].ntriples.decode()
    for ref in ("document/redacted-x1", "claim/oxford-2640729--perm-511196/redacted-x1/twinning"):
        assert f"\n<{terms.ID}{ref}> " in f"\n{graph}"
    known = {entry.iri for entry in read_ledger(own, worded[1]).entries}
    assert f"{terms.ID}document/redacted-x1" in known


def test_the_former_address_is_gone_and_leads_nowhere(
    worded: tuple[Workspace, Settings, Redacted], forks: Forks
) -> None:
    app = create_app(replace(worded[1], workers=1), forks)
    client = app.test_client()
    for ref in (f"document/letters-of-{SLUG}", f"network/{SLUG}-7"):
        gone = client.get(f"/id/{ref}", headers={"Accept": "application/json"})
        assert gone.status_code == 410
        assert gone.json
        assert gone.json["reason"] == "Article 17"
        assert "redacted-x1" not in gone.text
    assert client.get("/id/document/redacted-x1").status_code == 303
    app.extensions[PARTS].engine.pool.close()


def test_only_whole_words_of_an_address_are_meant() -> None:
    wanted = Wanted((), ("Anna", "Jane Doe"))
    for text, is_meant in {
        *(
            ("<id/name/anna-7>", True),
            ("<id/city/vanna-1>", False),
            ("<id/city/annapolis-1>", False),
        ),
        *(("https://example.org/jane-doe", True), ("mary-jane-doe-2", True), ("jane-does", False)),
    }:
        assert wanted.has_text(text.encode()) is is_meant, text


def test_a_link_keeps_the_order_of_its_sides() -> None:
    wanted = Wanted((), ("Jane Doe",))
    line = f"<{terms.ID}link/jane-doe-1--perm-2> <a:p> <a:q> .".encode()
    other = f"<{terms.ID}link/alba-1--jane-doe-1> <a:p> <{terms.GRAPH}redacted-x3> .".encode()
    renaming = redaction._Renaming.of(wanted, [line, other])
    assert renaming.renamed(line) == line.replace(b"jane-doe-1--perm-2", b"perm-2--redacted-x4")
    assert b"link/alba-1--redacted-x4>" in renaming.renamed(other)


@every_row("text", ["abc", 'a "quoted" name', "two\nlines", "a <tag>", "back\\slash"])
def test_what_cannot_be_found_everywhere_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        Wanted((), (text,))
    assert caught.value.name == "bad-parameter"


def test_the_reason_must_not_say_it(told: Told) -> None:
    with pytest.raises(Problem) as caught:
        redact(told.workspace, told.settings, Wanted((), (SECRET,)), "Anna", f"for {SECRET}")
    assert caught.value.name == "bad-parameter"


def test_it_is_shown_before(told: Told) -> None:
    before = told.workspace.current()
    found = find(told.workspace, told.settings, Wanted((), (SECRET,)))
    assert {*found.dropped} == {*told.told}
    assert told.first in found.kept
    assert told.workspace.current() == before
