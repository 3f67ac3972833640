"""Releases in object storage: whole whoever is stopped, and mirrored as from a server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry import cli
from registry.buckets import Bucket
from registry.problems import Problem
from registry.publishing import deposit as deposits
from registry.publishing.deposit import LOG, deposit, followed
from registry.publishing.plan import Change
from registry.publishing.redaction import Wanted, redact
from registry.publishing.transaction import keep, publish, rollback
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import http_client
from registry.sources.bucket_client import BucketClient
from registry.sources.mirror import mirror
from tests.copies import copied
from tests.lists import listing
from tests.publishing.buckets import SETTINGS, Storage, content, current, storing
from tests.publishing.test_redaction import SECRET, publish_list

pytestmark = pytest.mark.slow

NAMES = count()


@pytest.fixture(scope="module")
def storage() -> Iterator[Storage]:
    with storing() as found:
        yield found


@pytest.fixture
def url(storage: Storage) -> str:
    """Make a bucket."""
    return storage.make(f"bucket-{next(NAMES)}")


@pytest.fixture
def given(own: Workspace, settings: Settings) -> Settings:
    return replace(settings, home=own.home)


@pytest.fixture
def copy(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, home=tmp_path / "copy")


def contribute(own: Workspace, given: Settings, folder: Path, title: str) -> str:
    path = folder / "list.ttl"
    path.write_text(listing(["twinning"], title=title), encoding="utf-8")
    return publish(own, given, Change([path], winner="file")).version


class Stopping(Bucket):
    """A bucket that is gone after so many writes."""

    left = 10**9

    def _count(self) -> None:
        if not self.left:
            raise ConnectionError("the bucket is gone")
        self.left -= 1

    def put(self, key: str, content: bytes | Path) -> None:
        self._count()
        super().put(key, content)

    def replace(self, key: str, content: bytes, tag: str | None) -> None:
        self._count()
        super().replace(key, content, tag)

    def remove(self, keys: object) -> None:
        self._count()
        super().remove(keys)  # type: ignore[arg-type]


class Overtaken(Bucket):
    """A bucket to which somebody else writes just before the log is written."""

    meanwhile: Callable[[], object] | None = None

    def replace(self, key: str, content: bytes, tag: str | None) -> None:
        if work := self.meanwhile:
            self.meanwhile = None
            work()
        super().replace(key, content, tag)


def test_a_mirror_of_a_bucket_is_what_its_publisher_is(
    url: str, own: Workspace, given: Settings, copy: Settings, tmp_path: Path
) -> None:
    here, bucket = Workspace(copy.home), Bucket(url)
    first = str(own.current())

    def step(change: Callable[[], object], fetched: int) -> None:
        change()
        assert deposit(own, bucket).changed
        assert current(url) == own.current()
        done = mirror(here, copy, url)
        assert (done.version, done.fetched) == (own.current(), fetched)
        assert here.names() == own.names()
        again = deposit(own, bucket)
        assert (again.changed, again.put, again.removed, again.sent) == (False, 0, 0, 0)
        assert mirror(here, copy, url).sent == 0

    step(lambda: None, 6)
    step(lambda: contribute(own, given, tmp_path, "One"), 1)
    step(lambda: keep(own, "autumn"), 0)
    step(lambda: rollback(own, first), 0)
    assert here.origin() == url


def test_a_bucket_that_the_web_can_read_is_an_origin_without_a_library(
    url: str, storage: Storage, own: Workspace, copy: Settings
) -> None:
    """Its files have the addresses that the log says, whatever server of files they are on."""
    deposit(own, Bucket(url))
    storage.publish(url.split("/")[2])
    done = mirror(Workspace(copy.home), copy, f"{storage.url}/{url.removeprefix('s3://')}")
    assert (done.version, done.fetched) == (own.current(), 6)


def test_whoever_is_stopped_leaves_whole_releases(
    url: str, own: Workspace, given: Settings, tmp_path: Path
) -> None:
    """At each of its writes: first of an empty bucket, then of one that has releases to remove."""
    few = replace(given, keep_releases=2)
    for _ in range(2):
        before = current(url)
        allowed = {before, str(own.current())}
        for writes in count():
            bucket = Stopping(url)
            bucket.left = writes
            try:
                deposit(own, bucket)
            except ConnectionError:
                assert current(url) in allowed
            else:
                break
        assert writes >= 3
        assert current(url) == own.current() != before
        for title in ("One", "Two", "Three"):
            contribute(own, few, tmp_path, title + before)


def test_what_no_kept_release_needs_is_removed(
    url: str, own: Workspace, given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, bucket = replace(given, keep_releases=1), Bucket(url)
    contribute(own, few, tmp_path, "One")
    deposit(own, bucket)
    before = {one.key for one in bucket.kept()}
    bucket.put("files/of-another", b"that is still being put there")
    contribute(own, few, tmp_path, "Two")
    contribute(own, few, tmp_path, "Three")
    done = deposit(own, bucket)
    after = {one.key for one in bucket.kept()}
    assert {key for key in after if key.startswith("dumps/")} == {
        f"dumps/{version}/manifest.json" for version in own.versions()
    }
    assert len(before - after) == done.removed == 2, "the release, and the list in it"
    assert "files/of-another" in after
    monkeypatch.setattr(deposits, "_ORPHAN", timedelta(0))
    assert deposit(own, bucket).removed == 1
    assert {one.key for one in bucket.kept()} == after - {"files/of-another"}


def test_a_redaction_leaves_no_byte_in_the_bucket(
    url: str, own: Workspace, given: Settings, copy: Settings, tmp_path: Path
) -> None:
    bucket = Bucket(url)
    publish_list(own, given, tmp_path, f"By {SECRET}")
    deposit(own, bucket)
    mirror(Workspace(copy.home), copy, url)
    assert any(SECRET.encode() in body for body in content(url).values())
    redact(own, given, Wanted((), (SECRET,)), "Anna", "Article 17")
    deposit(own, bucket)
    assert [key for key, body in content(url).items() if SECRET.encode() in body] == []
    assert mirror(Workspace(copy.home), copy, url).version == own.current()
    assert set(Workspace(copy.home).versions()) <= set(own.versions())


def test_of_two_publishers_none_undoes_the_other(
    url: str, own: Workspace, given: Settings, tmp_path: Path
) -> None:
    """A copy of the workspace has put more there, while this one was about to write the log."""
    other = copied(own, tmp_path / "other")
    contribute(own, given, tmp_path, "Ours")
    bucket = Overtaken(url)

    def meanwhile() -> None:
        contribute(other, replace(given, home=other.home), tmp_path, "Theirs")
        assert deposit(other, Bucket(url)).changed

    bucket.meanwhile = meanwhile
    with pytest.raises(Problem, match="were not published here"):
        deposit(own, bucket)
    assert current(url) == other.current()


def test_one_goes_on_from_what_another_has_put_there(
    url: str, own: Workspace, given: Settings, tmp_path: Path
) -> None:
    """A copy that is behind made the log, while this one was about to."""
    other = copied(own, tmp_path / "other")
    contribute(own, given, tmp_path, "More")
    bucket = Overtaken(url)
    bucket.meanwhile = lambda: deposit(other, Bucket(url))
    assert deposit(own, bucket).changed
    assert bucket.meanwhile is None
    assert current(url) == own.current() != other.current()


def test_several_at_once_wait_for_each_other(
    url: str, own: Workspace, given: Settings, tmp_path: Path
) -> None:
    few = replace(given, keep_releases=1)
    for title in ("One", "Two"):
        contribute(own, few, tmp_path, title)
        with ThreadPoolExecutor(4) as threads:
            done = [threads.submit(deposit, own, Bucket(url)) for _ in range(4)]
        assert sorted(one.result().changed for one in done) == [False, False, False, True]
        assert current(url) == own.current()


def test_a_workspace_without_a_release_has_nothing_to_put(url: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="nothing is published yet"):
        deposit(Workspace(tmp_path), Bucket(url))
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_of_another_registry_is_left_alone(
    url: str, own: Workspace, given: Settings, tmp_path: Path
) -> None:
    other = copied(own, tmp_path / "other")
    deposit(own, Bucket(url))
    contribute(own, given, tmp_path, "Ours")
    deposit(own, Bucket(url))
    theirs = replace(given, home=other.home)
    contribute(other, theirs, tmp_path, "Theirs")
    before = content(url)
    for _ in range(2):
        with pytest.raises(Problem, match="were not published here") as caught:
            deposit(other, Bucket(url))
        assert caught.value.name == "conflict"
        assert content(url) == before
    assert deposit(other, Bucket(url), replace=True).changed
    assert current(url) == other.current()
    Bucket(url).put(LOG, b"[]")
    with pytest.raises(Problem, match="cannot be read"):
        deposit(other, Bucket(url))


def test_each_new_release_is_put_there_as_it_comes(
    url: str, own: Workspace, given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def slept(seconds: float) -> None:
        pauses.append(seconds)
        bucket.left = 10**9
        if len(pauses) == 3:
            contribute(own, given, tmp_path, "New")

    bucket = Stopping(url)
    bucket.left = 2
    monkeypatch.setattr("registry.publishing.deposit.time.sleep", slept)
    runs = followed(own, bucket)
    assert next(runs).version == own.current()
    assert pauses == [2.0], "it failed once"
    assert next(runs).version == own.current() == current(url)
    assert pauses == [2.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[:-9] + b"\0" + body[-8:],
        lambda body: body + b"more",
        lambda _: b"",
    ],
    ids=["a byte", "more", "nothing"],
)
def test_what_is_spoilt_in_the_bucket_is_not_taken(
    spoil: Callable[[bytes], bytes],
    url: str,
    own: Workspace,
    copy: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_client, "sleep", lambda _: None)
    bucket = Bucket(url)
    deposit(own, bucket)
    keys = [one.key for one in bucket.kept() if one.key.startswith("files/")]
    whole = {key: (bucket.read(key) or (b"", ""))[0] for key in keys}
    for key, body in whole.items():
        bucket.put(key, spoil(body))
    with pytest.raises(ConnectionError) as caught:
        mirror(Workspace(copy.home), copy, url)
    assert Workspace(copy.home).current() is None
    assert "Signature" not in str(caught.value)
    for key, body in whole.items():
        bucket.put(key, body)
    assert mirror(Workspace(copy.home), copy, url).version == own.current()


def test_messages_have_no_signatures(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "sleep", lambda _: None)
    with BucketClient(url) as client, pytest.raises(ConnectionError, match="answers 404") as caught:
        client.get("/log", 1000)
    assert "X-Amz" not in str(caught.value)
    with BucketClient(url) as client:
        assert "X-Amz" not in client.get("/log", 1000, may_miss=True).url


def test_the_command_says_what_it_did(
    url: str, own: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYLINKS_HOME", str(own.home))

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli.main, ["deposit", *words])
        return done.exit_code, done.output

    assert run()[0] == cli.USAGE
    monkeypatch.setenv("CITYLINKS_BUCKET", "bucket")
    assert run()[0] == cli.USAGE
    monkeypatch.setenv("CITYLINKS_BUCKET", url)
    code, said = run("--json")
    assert (code, json.loads(said)["put"]) == (0, 7)
    assert run()[1] == f"{own.current()} is already in {url}: 0 objects put, 0 removed, 0 bytes\n"
    monkeypatch.setenv("CITYLINKS_BUCKET", "s3://nobodys-bucket")
    code, said = run()
    assert code == cli.FAILED
    assert "NoSuchBucket" in said
    assert SETTINGS["AWS_SECRET_ACCESS_KEY"] not in said
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    code, said = run()
    assert (code, "pip install 'citylinks[s3]'" in said) == (cli.REFUSED, True)
    code, said = (done := CliRunner().invoke(cli.main, ["mirror", url])).exit_code, done.output
    assert (code, "pip install 'citylinks[s3]'" in said) == (cli.REFUSED, True)
