"""Tokens and stamps: shown once, kept as hashes, of no use once they are void."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from registry.contribute import database
from registry.contribute.stamps import KEY, Stamps
from registry.contribute.tokens import Tokens
from registry.problems import Problem


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path)


def test_a_token_is_kept_as_a_hash(tokens: Tokens, tmp_path: Path) -> None:
    assert not tokens.has_editor()
    holder, token = tokens.add("Anna", "editor", 30)
    assert tokens.holder(token) == holder
    assert tokens.has_editor()
    content = database.path_in(tmp_path).read_bytes()
    assert token.encode() not in content
    assert token.split("_", 2)[2].encode() not in content
    assert b"$argon2id$" in content


def test_what_is_nobodys_token_is_nobodys(tokens: Tokens) -> None:
    _, token = tokens.add("Anna", "editor", 30)
    for wrong in ("", "cl_", token[:-1], token + "x", token.upper(), "cl_00000000_" + "x" * 43):
        assert tokens.holder(wrong) is None


def test_a_token_that_was_revoked_ends_its_sessions(tokens: Tokens) -> None:
    holder, token = tokens.add("Anna", "editor", 30)
    session = tokens.open(holder)
    assert tokens.in_session(session) == holder
    assert tokens.revoke(holder.id).revoked
    assert (tokens.holder(token), tokens.in_session(session)) == (None, None)
    assert not tokens.has_editor()
    with pytest.raises(Problem, match="there is no token"):
        tokens.revoke("nobody")


def test_a_token_expires_with_its_sessions(tokens: Tokens, tmp_path: Path) -> None:
    holder, token = tokens.add("Anna", "editor", 30)
    session = tokens.open(holder)
    with closing(sqlite3.connect(database.path_in(tmp_path))) as connection, connection:
        connection.execute("UPDATE token SET expires = '2020-01-01T00:00:00Z'")
    assert (tokens.holder(token), tokens.in_session(session)) == (None, None)


def test_a_session_that_was_closed_is_of_no_use(tokens: Tokens) -> None:
    holder, _ = tokens.add("Anna", "editor", 30)
    session, other = tokens.open(holder), tokens.open(holder)
    tokens.close(session)
    assert (tokens.in_session(session), tokens.in_session(other)) == (None, holder)


@pytest.mark.parametrize(
    ("name", "role", "days", "scope"),
    [
        ("", "editor", 1, ()),
        ("Anna\n", "editor", 1, ()),
        ("Anna", "owner", 1, ()),
        ("Anna", "editor", 0, ()),
        ("Anna", "editor", 99_999, ()),
        ("Anna", "editor", 1, ("perm-",)),
        ("Anna", "authority", 1, ()),
        ("Anna", "contributor", 1, ("../x",)),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    name: str, role: str, days: int, scope: tuple[str, ...], tokens: Tokens
) -> None:
    with pytest.raises(Problem) as caught:
        tokens.add(name, role, days, scope)
    assert caught.value.name == "bad-parameter"
    assert tokens.all() == []


def test_a_stamp_is_for_one_purpose_and_of_one_workspace(tmp_path: Path) -> None:
    stamps, others = Stamps(tmp_path / "a"), Stamps(tmp_path / "b")
    stamp = stamps.new("link")
    stamps.check(stamp, "link")
    for wrong, purpose in ((stamp, "note"), (others.new("link"), "link"), ("", "link")):
        with pytest.raises(Problem) as caught:
            stamps.check(wrong, purpose)
        assert caught.value.name == "forbidden"
    assert stamps.new("link") != stamp
    key = tmp_path / "a" / database.FOLDER / KEY
    assert (key.stat().st_mode & 0o777, len(key.read_bytes())) == (0o600, 32)
    assert [path.name for path in key.parent.iterdir()] == [KEY]


def test_a_stamp_of_yesterday_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamps = Stamps(tmp_path)
    stamp = stamps.new("link")
    monkeypatch.setattr("registry.contribute.stamps._LASTS", -1)
    with pytest.raises(Problem, match="open it anew"):
        stamps.check(stamp, "link")


def test_what_was_found_out_counts_for_its_text_alone(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path)
    sealed = stamps.seal("draft", [{"severity": "warning"}])
    assert stamps.unseal("draft", sealed) == [{"severity": "warning"}]
    assert stamps.unseal("another", sealed) is None
    assert stamps.unseal("draft", sealed[:-1]) is None
    assert stamps.unseal("draft", stamps.new("link")) is None
