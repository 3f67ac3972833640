"""The soak's own parts: what it asks, how it judges, and that a short one finds nothing wrong."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from benchmarks.family import Holding, Watch, holding, members, named, query_processes
from benchmarks.soak.__main__ import arguments, remaining
from benchmarks.soak.asks import CSV, Ask, digest, request_of, table
from benchmarks.soak.oracle import Oracle
from benchmarks.soak.report import Tally, holdings, leaks
from benchmarks.soak.timeline import Reign, Timeline
from benchmarks.soak.variants import varied
from benchmarks.soak.verdict import KILLED, RIGHT, Judge, Seen
from benchmarks.workloads import SOLUTIONS, TRIPLES
from registry import terms
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.guards import outline
from tests.tables import every_row
from tests.web.served import Server, serving

CITIES = (terms.thing("city", "perm-511196"), terms.thing("city", "pavia-3171366"))
ASKS = table(CITIES)


@pytest.fixture(scope="module")
def server(workspace: Workspace) -> Iterator[Server]:
    """Give a server of the shipped data."""
    with serving({"home": str(workspace.home), "workers": "2"}) as running:
        yield running


# What is asked


def query_of(ask: Ask, seed: int, release: str = "") -> tuple[str, str]:
    """Give the query that a request asks, and the release that it names."""
    made = request_of(ask, random.Random(seed), release)
    fields = dict(made.headers)
    asked = parse_qs(urlsplit(made.path).query)
    if fields.get("Content-Type", "").endswith("form-urlencoded"):
        asked |= parse_qs(made.body.decode())
    elif made.body:
        asked["query"] = [made.body.decode()]
    assert fields["Accept"] == ask.accept
    return asked["query"][0], asked.get("release", [""])[0]


@every_row("seed", range(12))
def test_every_way_of_asking_asks_the_same(seed: int) -> None:
    for ask in (ask for ask in ASKS if ask.endpoint):
        before, _, after = ask.about.partition("@limit@")
        text, release = query_of(ask, seed, "abcdef")
        assert text.startswith(before)
        assert text.endswith(after)
        assert release == "abcdef"
        assert outline(text, Settings()).form


def test_questions_are_told_apart_by_their_key() -> None:
    assert max(Counter(ask.key for ask in ASKS).values()) == 1


def test_rows_and_triples_are_equal_in_any_order() -> None:
    one = b'{"results": {"bindings": [{"a": {"type": "uri", "value": "x"}}, {}]}}'
    other = b'{"results": {"bindings": [{}, {"a": {"type": "uri", "value": "x"}}]}}'
    assert digest("claims", SOLUTIONS, one) == digest("claims", SOLUTIONS, other)
    turtle, turned = b"<u:a> <u:b> 1, 2 .", b"<u:a> <u:b> 2, 1 ."
    assert digest("construct", TRIPLES, turtle) == digest("construct", TRIPLES, turned)
    assert digest("population", CSV, b"a\n1") != digest("population", CSV, b"1\na")
    assert digest("document", TRIPLES, turtle) != digest("document", TRIPLES, turned)


def test_of_a_page_the_marks_count() -> None:
    assert digest("page", "text/html", b"<p>Perm soak2</p> Oxford soak2 soak3") == "soak2 soak3"


# The data


def test_variants_differ_in_words_and_numbers() -> None:
    label, population = (
        ox.NamedNode(terms.prefixed(name)) for name in ("skos:prefLabel", "cl:population")
    )
    whole = ox.NamedNode(terms.prefixed("xsd:integer"))
    triples = [
        ox.Triple(ox.NamedNode("u:a"), label, ox.Literal("Perm", language="en")),
        ox.Triple(ox.NamedNode("u:a"), label, ox.Literal("Пермь", language="ru")),
        ox.Triple(ox.NamedNode("u:a"), population, ox.Literal("10", datatype=whole)),
    ]
    one, russian, people = varied(triples, 7).decode().splitlines()
    assert '"Perm soak7"@en' in one
    assert '"Пермь"@ru' in russian
    assert '"17"' in people


# The right answers


def test_the_oracle_says_what_the_server_says(
    server: Server, workspace: Workspace, release: Release
) -> None:
    oracle = Oracle(workspace.home)
    for ask in ASKS:
        made = request_of(ask, random.Random(1))
        reply = server.ask(made.path, made.method, made.body or None, **dict(made.headers))
        if reply.status == 302:
            reply = server.ask(urlsplit(reply.headers["Location"]).path)
        assert reply.status == 200
        found = digest(ask.kind, ask.accept, reply.body)
        assert found == oracle.expected(release.version, ask), ask.about


# When a release was current


def test_a_release_is_current_between_its_switch_and_the_next() -> None:
    timeline = Timeline()
    timeline.seen("a", 0, 0)
    timeline.seen("a", 1, 2)
    timeline.seen("b", 10, 11)
    timeline.seen("a", 20, 21)
    assert len(timeline) == 3
    assert timeline.was_current("a", 5, 6)
    assert timeline.was_current("b", 9, 10.5), "it may have been, at the end of the request"
    assert not timeline.was_current("b", 8, 9.5), "it was not yet"
    assert timeline.was_current("a", 10.5, 12), "it may have been, when the request was sent"
    assert not timeline.was_current("a", 11.5, 19), "it was no longer"
    assert timeline.was_current("a", 30, 31), "it is again"
    assert not timeline.was_current("c", 0, 99)
    assert timeline.knows("b")
    assert not timeline.knows("c")


# What is right, allowed and wrong


TIMELINE = Timeline([Reign("old", 0, 0, 10), Reign("new", 10, 10)])
JUDGE = Judge(TIMELINE, lambda version, _: f"of {version}", [50.0])
RIGHTLY = Seen("point", 3, 20, 21, 200, "new", "of new")
VERDICTS = {
    "right": (RIGHTLY, RIGHT),
    "not changed": (replace(RIGHTLY, status=304), RIGHT),
    "kept": (replace(RIGHTLY, release="old", digest="of old", named="old"), RIGHT),
    "stale": (
        replace(RIGHTLY, release="old", digest="of old"),
        "WRONG: a release that was not current",
    ),
    "mixed": (replace(RIGHTLY, digest="of old"), "WRONG: not what the release says"),
    "another": (replace(RIGHTLY, named="old"), "WRONG: another release than the one named"),
    "invented": (replace(RIGHTLY, release="x"), "WRONG: a release that never was, 'x'"),
    "busy": (replace(RIGHTLY, problem="busy"), "busy"),
    "killed": (replace(RIGHTLY, sent=49, received=51, problem="internal"), f"{KILLED} (internal)"),
    "not killed": (replace(RIGHTLY, problem="query-memory"), "WRONG: query-memory"),
    "reset": (replace(RIGHTLY, problem="ConnectionResetError()"), "WRONG: ConnectionResetError()"),
    "expected": (replace(RIGHTLY, problem="gone", allowed=frozenset({"gone"})), "gone"),
    "redirected": (replace(RIGHTLY, status=302), "WRONG: status 302"),
}


@every_row(("seen", "verdict"), VERDICTS.values(), ids=VERDICTS.keys())
def test_what_is_thought_of_an_answer(seen: Seen, verdict: str) -> None:
    assert JUDGE.of(seen) == verdict


def test_what_was_seen_is_counted_by_kind() -> None:
    tally = Tally(begun=20)
    tally.note(RIGHTLY, RIGHT)
    tally.note(replace(RIGHTLY, received=23), "busy")
    tally.note(replace(RIGHTLY, kind="page"), "WRONG: so")
    assert tally.requests == 3
    page, point = tally.table().splitlines()[1:]
    assert page.split() == ["page", "1", "0", "1.00", "1.00", "1", "WRONG:", "so"]
    assert point.split() == ["point", "2", "1", "3.00", "3.00", "1", "busy"]
    assert tally.examples() == "0.00 s to 1.00 s, page 3: WRONG: so new"


# The command line


def test_ten_minutes_are_the_default() -> None:
    plan = arguments([])
    assert (plan.seconds, plan.publish_every, plan.kill_helpers) == (600, 20, 0)
    assert plan.seed
    assert arguments(["--seconds", "9", "--seed", "7"]) == replace(plan, seconds=9, seed=7)


# What a server holds


def test_more_than_the_margin_is_a_leak() -> None:
    warm = Holding(6, 20, 100, 200_000_000)
    assert leaks(warm, warm) == []
    assert leaks(warm, replace(warm, memory=360_000_000)) == []
    grown = replace(warm, processes=9, threads=61, descriptors=161, memory=361_000_000)
    assert len(leaks(warm, grown)) == 4
    shown = holdings({"warm": warm}).splitlines()[1]
    assert shown.split() == ["warm", "6", "20", "100", "200"]


def test_what_a_server_holds_is_read_from_the_system(server: Server) -> None:
    assert server.query("ASK {}").status == 200
    held = holding(members(server.process.pid))
    assert held.processes >= 4
    assert held.threads >= held.processes
    assert held.descriptors > 10
    assert held.memory > 10_000_000
    assert len(query_processes(members(server.process.pid))) >= 2


@pytest.mark.slow
def test_a_process_whose_parent_is_gone_is_known_by_its_mark() -> None:
    inner = "import subprocess, sys; print(subprocess.Popen(['sleep', '60'], stdout=-3).pid)"
    mark = f"SOAK_TEST={os.getpid()}"
    environ = {**os.environ, **dict([mark.split("=")])}
    ended = subprocess.run(
        [sys.executable, "-c", inner], env=environ, stdout=subprocess.PIPE, text=True, check=True
    )
    orphan = int(ended.stdout)
    try:
        assert orphan not in members(os.getpid())
        assert orphan in members(os.getpid(), mark)
        assert named([orphan, os.getpid()], "sleep") == [orphan]
        assert remaining([orphan], 0.1) == [orphan]
    finally:
        os.kill(orphan, signal.SIGKILL)
    assert remaining([orphan]) == []


@pytest.mark.slow
def test_a_watch_sees_every_query_process(server: Server) -> None:
    with Watch(server.process.pid, 0.01) as watch:
        for number in range(5):
            assert server.query(f"ASK {{ }} #{number}").status == 200
    assert set(query_processes(members(server.process.pid))) <= set(watch.peaks)
    assert all(peak > 1_000_000 for peak in watch.peaks.values())
    assert watch.sockets == set()
