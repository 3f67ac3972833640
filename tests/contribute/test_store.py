"""Proposals: kept outside releases, changed by whoever saw the last version, forgotten in time."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from registry.contribute import database
from registry.contribute.drafts import Draft, Note
from registry.contribute.store import (
    ACCEPTED,
    DECLINED,
    OPEN,
    Proposals,
    Said,
    Sent,
    now,
)
from registry.problems import Problem
from tests.contribute.drafts import FILLED, read

DRAFT = read(FILLED).draft


@pytest.fixture
def proposals(tmp_path: Path) -> Proposals:
    return Proposals(tmp_path, days=180)


def said(what: str = "declined") -> Said:
    return Said(now(), what, "Anna", "why")


def test_a_proposal_is_found_by_its_secret_alone(proposals: Proposals, tmp_path: Path) -> None:
    secret = "s" * 32
    number, _ = proposals.add(Sent(DRAFT, "a", "see page 3", "anna@example.org"), secret)
    found = proposals.by_secret(secret)
    assert (found.id, found.draft, found.state, found.version) == (number, DRAFT, OPEN, 1)
    assert [one.what for one in found.said] == ["sent"]
    assert secret.encode() not in database.path_in(tmp_path).read_bytes()
    with pytest.raises(Problem, match="there is no such proposal"):
        proposals.by_secret(secret[:-1])


def test_nobody_else_reads_the_database(proposals: Proposals, tmp_path: Path) -> None:
    proposals.add(Sent(DRAFT, "a"), "s")
    path = database.path_in(tmp_path)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_nothing_is_written_before_anybody_sends_anything(
    proposals: Proposals, tmp_path: Path
) -> None:
    assert proposals.queue([OPEN]) == ([], 0)
    assert proposals.like(Sent(DRAFT, "a")) == []
    assert list(tmp_path.iterdir()) == []


def test_a_form_is_taken_once_and_tells_whether_it_says_the_same(proposals: Proposals) -> None:
    assert proposals.add(Sent(DRAFT, "a"), "s") == (1, True)
    amended = replace(DRAFT, values={**DRAFT.values, "began": "1998"})
    before = json.dumps(DRAFT.as_json())
    told = Said(now(), "amended", "Anna", "as the source has it", before)
    proposals.change(proposals.get(1), OPEN, told, draft=json.dumps(amended.as_json()))
    assert proposals.add(Sent(DRAFT, "a"), "s") == (1, True)
    assert proposals.add(Sent(amended, "a"), "s") == (1, False)
    assert proposals.queue([OPEN])[1] == 1


def test_of_what_was_redacted_it_is_known_that_it_is_gone(
    proposals: Proposals, tmp_path: Path
) -> None:
    proposals.add(Sent(DRAFT, "a", "a secret of Anna"), "s")
    with closing(sqlite3.connect(database.path_in(tmp_path))) as connection, connection:
        connection.execute("DELETE FROM proposal")  # As a redaction does.
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (0,)
    for again in (lambda: proposals.by_secret("s"), lambda: proposals.add(Sent(DRAFT, "a"), "s")):
        with pytest.raises(Problem, match="removed for legal reasons") as caught:
            again()
        assert caught.value.name == "gone"
    with pytest.raises(Problem, match="there is no such proposal"):
        proposals.by_secret("t")


def test_of_two_editors_one_is_refused(proposals: Proposals) -> None:
    number, _ = proposals.add(Sent(DRAFT, "a"), "s")
    seen = proposals.get(number)

    def decide(state: str) -> str:
        try:
            return proposals.change(seen, state, said()).state
        except Problem as problem:
            return problem.name

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(decide, [DECLINED] * 8))
    assert outcomes == ["conflict"] * 7 + [DECLINED]
    assert proposals.get(number).version == 2
    assert len(proposals.get(number).said) == 2


def test_what_is_like_a_proposal_is_found(proposals: Proposals) -> None:
    number, _ = proposals.add(Sent(DRAFT, "a"), "s")
    elsewhere = replace(DRAFT, values={**DRAFT.values, "other": "oxford-2640729"})
    unlike = replace(elsewhere, source=replace(DRAFT.source, address="", title="Another"))
    assert [one.id for one in proposals.like(Sent(elsewhere, "b"))] == [number]
    assert proposals.like(Sent(unlike, "c")) == []
    assert proposals.like(Sent(DRAFT, "d"), number) == []
    assert proposals.like(Sent(Note("wrong"), "e")) == []


def test_addresses_are_forgotten(proposals: Proposals, tmp_path: Path) -> None:
    old, _ = proposals.add(Sent(DRAFT, "a", email="old@example.org"), "s")
    with closing(sqlite3.connect(database.path_in(tmp_path))) as connection, connection:
        connection.execute("UPDATE proposal SET created = '2020-01-01T00:00:00Z'")
    new, _ = proposals.add(Sent(Note("wrong"), "b", email="new@example.org"), "t")
    assert (proposals.get(old).email, proposals.get(new).email) == ("", "new@example.org")


def test_the_queue_is_in_the_order_of_arrival_and_in_pages(proposals: Proposals) -> None:
    numbers = [proposals.add(Sent(DRAFT, str(one)), str(one))[0] for one in range(60)]
    first, total = proposals.queue([OPEN])
    rest, _ = proposals.queue([OPEN], first[-1].id)
    assert ([one.id for one in (*first, *rest)], total) == (numbers, 60)
    proposals.change(first[0], ACCEPTED, said("accepted"), release="0" * 32)
    assert proposals.queue([OPEN])[1] == 59
    assert isinstance(first[0].draft, Draft)
