"""A workspace that nobody can write: what is read is answered, all else is told and logged."""

from __future__ import annotations

import errno
import hashlib
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from registry import terms
from registry.problems import unwritable
from registry.releases.workspace import Workspace
from registry.views.feed import Feed
from tests.copies import copied
from tests.web.served import Server, serving

pytestmark = pytest.mark.slow

TOKEN = "a token"
GRAPH = f"graph={quote(terms.GRAPH + 'list', safe='')}"
LOCK = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
"""Makes a folder read only for a command, as the kernel does with a disk that fails."""


def within(folder: Path) -> list[str]:
    """Give the beginning of a command that sees the folder as read only."""
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", LOCK, str(folder)]


@dataclass(frozen=True)
class Locked:
    """A server of a workspace that it cannot write, and the file of what it logs."""

    server: Server
    said: Path


@pytest.fixture(scope="module", params=["never asked for the feed", "asked before", "in time"])
def locked(
    request: pytest.FixtureRequest, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Locked]:
    folder = tmp_path_factory.mktemp("locked")
    copy = copied(workspace, folder / "home")
    shutil.rmtree(copy.home / "feed", ignore_errors=True)
    if request.param != "never asked for the feed":
        Feed(copy).follow()
    if request.param == "asked before":
        log = copy.log_path.read_bytes()
        copy.log_path.write_bytes(log + log)
    if subprocess.run([*within(folder), "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets no user have a mount of their own")
    tokens = folder / "tokens"
    tokens.write_text(f"{hashlib.sha256(TOKEN.encode()).hexdigest()} office\n")
    said = folder.with_name(f"{folder.name}-said")
    settings = {"home": str(copy.home), "workers": "1", "tokens": str(tokens)}
    with said.open("w") as errors, serving(settings, errors, within(copy.home)) as server:
        yield Locked(server, said)


def test_what_is_read_is_answered(locked: Locked) -> None:
    for path in ("/", "/sparql?query=ASK%7B%7D", "/search?q=Perm", "/catalog", "/dumps"):
        assert locked.server.ask(path).status == 200, path


def test_the_feed_is_read_where_it_is_complete(
    locked: Locked, request: pytest.FixtureRequest
) -> None:
    complete = "in time" in request.node.callspec.id
    for path in ("/feed", "/feed/1", "/feed.atom", "/sitemap/city-1.xml"):
        reply = locked.server.ask(path)
        assert reply.status == (200 if complete else 503), path
        if not complete:
            assert_told(reply.json, locked, f"GET {path}")


def test_what_is_sent_is_not_taken(locked: Locked) -> None:
    headers = {"Content_Type": "text/turtle", "Authorization": f"Bearer {TOKEN}"}
    for method, path in (("POST", "/validate"), ("PUT", "/graphs"), ("DELETE", "/graphs")):
        reply = locked.server.ask(f"{path}?{GRAPH}", method, "# nothing", **headers)
        assert reply.status == 503, reply.text
        assert_told(reply.json, locked, f"{method} {path}")


def assert_told(problem: dict[str, object], locked: Locked, asked: str) -> None:
    """Make sure that the reader and the operator are told, without the inside of either."""
    assert problem["type"] == terms.PROBLEM + "unwritable"
    assert problem["detail"] == "nothing can be written: Read-only file system"
    said = locked.said.read_text()
    assert f"{asked}: nothing can be written: Read-only file system" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EACCES])
def test_a_disk_that_is_full_is_the_same(code: int) -> None:
    assert unwritable(OSError(code, "why", "/a/path")).detail == "nothing can be written: why"


def test_another_error_stays_what_it_is() -> None:
    for error in (OSError(errno.EIO, "why"), sqlite3.DatabaseError("malformed")):
        with pytest.raises(type(error)):
            unwritable(error)


def test_a_database_that_cannot_be_written_is_one(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a").execute("CREATE TABLE a (b)").connection.close()
    connection = sqlite3.connect(f"{(tmp_path / 'a').as_uri()}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("INSERT INTO a VALUES (1)")
    connection.close()
    assert unwritable(caught.value).name == "unwritable"
