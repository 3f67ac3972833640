"""The pure parts of the measurements: statistics, variation of requests, reading of answers."""

from __future__ import annotations

import subprocess
import sys
from array import array
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import answers, processes, subjects, synthetic, virtuoso
from benchmarks.answers import canonical, differences
from benchmarks.attack import Slowdown
from benchmarks.client import Reader, Tally, merged, problem_of
from benchmarks.commands import Timing
from benchmarks.comparison import Plan
from benchmarks.figures import Cell, Row, Sample, middle, percentile, ratio, sample
from benchmarks.hostile import DEADLINE, MEMORY, RESERVED, Outcome
from benchmarks.leaks import Count
from benchmarks.processes import Holdings
from benchmarks.report import classes, figures, leaks, outcomes, ratios, slowdowns, timings
from benchmarks.servers import Endpoint, Server, citylinks, dump
from benchmarks.targets import BEHIND_NGINX, NATIVE, OURS, OVERRUN, RDFLIB, target, verdicts
from benchmarks.workloads import (
    ALL,
    SOLUTIONS,
    TRIPLES,
    About,
    Asked,
    Group,
    Subject,
    Workload,
    pages,
    stream,
)
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.guards import outline
from registry.terms import thing
from tests.tables import every_row

CITIES: list[Subject] = [
    (thing("city", ref),) for ref in ("pavia-3171366", "perm-511196", "köln'é")
]
SUBJECTS: dict[About, list[Subject]] = {
    About.NOTHING: [()],
    About.CITY: CITIES,
    About.LINKED_CITY: CITIES,
    About.COUNTRIES: [("http://example.org/ITA", "http://example.org/RUS")],
}


def _query(request: bytes) -> str:
    """Take the query out of a request, as a server would."""
    target = request.split(b" ", 2)[1].decode()
    (query,) = parse_qs(urlsplit(target).query)["query"]
    return query


@every_row("workload", ALL, ids=lambda w: w.name)
@every_row("number", [0, 1, 5, 1_000_000])
def test_a_request_holds_the_query_that_answers_are_compared_with(
    workload: Workload, number: int
) -> None:
    about = SUBJECTS[workload.about]
    made = stream(workload, "/sparql?query=", "127.0.0.1:8070", about).request(number)
    assert _query(made) == workload.text(about[number % len(about)], number)
    assert made.endswith(b"\r\n\r\n")
    assert f"\r\nAccept: {workload.accept}\r\n".encode() in made


@every_row("workload", ALL, ids=lambda w: w.name)
def test_no_two_distinct_requests_are_equal_and_all_repeated_ones_are(workload: Workload) -> None:
    made = stream(workload, "/sparql?query=", "localhost", SUBJECTS[workload.about])
    assert len({made.request(n) for n in range(100)}) == 100
    repeated = {made.typical().request(n) for n in range(100)}
    assert len(repeated) == 1
    about = SUBJECTS[workload.about]
    assert _query(repeated.pop()) == workload.text(about[len(about) // 2], 0)


@every_row("workload", ALL, ids=lambda w: w.name)
def test_every_query_is_one_that_our_endpoint_takes(workload: Workload) -> None:
    text = workload.text(SUBJECTS[workload.about][0], 1)
    assert "@" not in text
    form = outline(text, Settings()).form
    assert (form in {"DESCRIBE", "CONSTRUCT"}) == (workload.accept == TRIPLES)


def test_documents_are_asked_for_under_different_addresses() -> None:
    made = pages(["/doc/city/a.ttl", "/doc/city/b.ttl"], "localhost", TRIPLES)
    assert made.request(3).startswith(b"GET /doc/city/b.ttl?number=3 HTTP/1.1\r\n")


HEAD = b"HTTP/1.1 200 OK\r\nX: y\r\n"


@every_row(
    "whole",
    [
        HEAD + b"Content-Length: 5\r\n\r\nhello",
        HEAD + b"content-length:0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nA;x=y\r\n0\r\n\r\n01234\r\n0\r\n\r\n",
    ],
)
def test_an_answer_ends_where_it_says(whole: bytes) -> None:
    for length in range(1, len(whole)):
        reader = Reader()
        assert not reader.feed(whole[:length])
        assert reader.feed(whole[length:])
        assert (reader.status, bytes(reader.text)) == (200, whole)


def test_answers_are_read_one_after_another() -> None:
    reader = Reader()
    for status in (b"200", b"503", b"200"):
        closing = b"Connection: close\r\n" if status == b"503" else b""
        whole = b"HTTP/1.1 %s So\r\n%sContent-Length: 1\r\n\r\nx" % (status, closing)
        assert [reader.feed(bytes([byte])) for byte in whole] == [False] * (len(whole) - 1) + [True]
        assert (reader.status, reader.closes) == (int(status), status == b"503")


def test_a_refusal_is_counted_by_its_problem_and_else_by_its_status() -> None:
    assert problem_of(504, b'{"type":"https://w3id.org/citylinks/problem/query-timeout"}') == (
        "query-timeout"
    )
    assert problem_of(502, b"<html>Bad Gateway</html>") == "502"


@given(st.lists(st.integers(0, 10**12), min_size=1), st.sampled_from([0.01, 0.5, 0.99, 1.0]))
def test_a_percentile_is_a_value_that_enough_do_not_exceed(values: list[int], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_tallies_of_processes_that_worked_together_are_added() -> None:
    one = Tally(2.0, 0.5, 1, array("q", [1_000_000] * 3))
    other = Tally(1.9, 1.5, 1, array("q", [3_000_000]), Counter(busy=1))
    whole = merged([one, other])
    assert (whole.rate, whole.client_share, whole.processes) == (2.0, 0.5, 2)
    assert whole.refusals == {"busy": 1}
    assert sample(whole, 0.008) == Sample(2.0, 1.0, 3.0, 2.0, 0.5)


def test_the_median_is_taken_of_each_figure_by_itself() -> None:
    samples = [Sample(n, 10 - n, n, 1, 0) for n in (1, 5, 3)]
    assert middle(samples) == Sample(3, 7, 3, 1, 0)


def _row(workload: str, server: str, rate: float, p50: float = 0.1, **cell: object) -> Row:
    where = {"data": "world", "asked": Asked.DISTINCT, "connections": 1, **cell}
    return Row(Cell(workload=workload, **where), server, 3, Sample(rate, p50, 2, 0.05, 0.95))  # type: ignore[arg-type]


def test_a_row_shows_its_ratio_to_the_native_server_and_whether_it_is_enough() -> None:
    rows = [_row("point", OURS, 1000), _row("point", NATIVE, 10_000)]
    ours, native = figures(rows, ALL, {}).splitlines()[1:3]
    assert ours.split() == (
        ["citylinks", "1,000", "0.10", "2.00", "0.050", "0.10", "0.07", "met", "95%!"]
    )
    assert native.split() == ["oxigraph", "10,000", "0.10", "2.00", "0.050", "1.00", "95%!"]


def test_a_row_of_a_workload_that_is_too_fast_for_its_class_is_not_judged() -> None:
    rows = [_row("group", OURS, 1000), _row("group", NATIVE, 10_000, p50=0.3)]
    assert "0.10" in figures(rows, ALL, {})
    assert "1.2" not in figures(rows, ALL, {})
    assert classes(rows, ALL, "world").splitlines()[-1].split()[-1] == "outside"


@every_row(
    ("server", "other", "group", "asked", "least"),
    [
        (OURS, NATIVE, Group.SCANS, Asked.DISTINCT, 1.2),
        (OURS, NATIVE, Group.SCANS, Asked.REPEATED, 50),
        (OURS, NATIVE, Group.JOINS, Asked.DISTINCT, 0.5),
        (OURS, NATIVE, Group.JOINS, Asked.REPEATED, 2),
        (OURS, NATIVE, Group.POINTS, Asked.DISTINCT, 0.07),
        (OURS, NATIVE, Group.POINTS, Asked.REPEATED, 0.12),
        (BEHIND_NGINX, NATIVE, Group.POINTS, Asked.REPEATED, 1),
        (BEHIND_NGINX, NATIVE, Group.SCANS, Asked.REPEATED, 1),
        (OURS, RDFLIB, Group.POINTS, Asked.DISTINCT, 2),
        (OURS, RDFLIB, Group.JOINS, Asked.REPEATED, 20),
        (OURS, "virtuoso", Group.JOINS, Asked.REPEATED, None),
        (NATIVE, NATIVE, Group.JOINS, Asked.REPEATED, None),
    ],
)
def test_targets(server: str, other: str, group: Group, asked: Asked, least: float | None) -> None:
    assert target(server, other, group, asked) == least


def test_a_class_meets_its_target_where_its_slowest_workload_does() -> None:
    rows = [
        *(_row("twins", OURS, 800), _row("twins", NATIVE, 1000, p50=1.2)),
        *(_row("second", OURS, 90), _row("second", NATIVE, 200, p50=4.0)),
        *(_row("pair", OURS, 10), _row("pair", NATIVE, 100, p50=7.0)),
    ]
    (verdict,) = verdicts(rows, ALL)
    assert (verdict.group, verdict.server, verdict.other) == (Group.JOINS, OURS, NATIVE)
    assert verdict.ratios == {"twins": 0.8, "second": 0.45}
    assert verdict.outside == {"pair": 0.1}
    assert verdict.least == ("second", 0.45)
    assert verdict.met is False
    shown = ratios([verdict]).splitlines()[1]
    assert shown.split()[-6:] == ["1", "0.62", "0.45", "second", "0.5", "MISSED"]


def test_no_class_is_judged_by_workloads_outside_it() -> None:
    rows = [_row("pair", OURS, 10), _row("pair", NATIVE, 100, p50=7.0)]
    (verdict,) = verdicts(rows, ALL)
    assert verdict.met is None
    assert ratios([verdict]).splitlines()[1].split()[-4:] == ["(0.10)", "(0.10)", "pair", "0.5"]


def test_a_slow_server_is_asked_less_and_a_proxy_nothing_distinct() -> None:
    plan = Plan("world", 3, 1.0, (1, 16))
    slow = Endpoint("rdflib-endpoint", ("", 0), "/", (), slow=True)
    proxy = Endpoint(BEHIND_NGINX, ("", 0), "/", (), repeated_only=True)
    cells = [Cell("world", "point", asked, count) for asked in Asked for count in (1, 16)]
    assert [plan.asks(slow, cell) for cell in cells] == [True, False, True, False]
    assert [plan.asks(proxy, cell) for cell in cells] == [False, False, True, True]


@every_row(
    ("outcome", "faults"),
    [
        (Outcome("a", "query-timeout", DEADLINE + OVERRUN, MEMORY + RESERVED, True), []),
        (Outcome("a", "query-timeout", DEADLINE + OVERRUN + 0.01, 0, True), ["late"]),
        (Outcome("a", "answered", 0.1, MEMORY + RESERVED + 1, True), ["memory"]),
        (Outcome("a", "", 0.1, 0, False), ["next answer", "no answer"]),
    ],
)
def test_what_a_hostile_query_breaks_is_named(outcome: Outcome, faults: list[str]) -> None:
    assert outcome.faults == faults
    assert f"1 hostile queries, {bool(faults):d} not bounded" in outcomes([outcome])


@pytest.mark.parametrize(
    ("quiet", "attacked", "refusals", "verdict"),
    [(2.0, 10.0, 0, "met"), (2.0, 10.2, 0, "MISSED"), (2.0, 4.0, 1, "MISSED")],
)
def test_light_queries_are_slowed_down_at_most_so_much_and_never_refused(
    quiet: float, attacked: float, refusals: int, verdict: str
) -> None:
    found = Slowdown("point", "", quiet, attacked, 100, refusals, 50)
    assert verdict in slowdowns([found]).splitlines()[1].split()


def test_what_is_held_more_than_before_is_named() -> None:
    before = Holdings(4, 2, 20, 50, 10**8, 10**8)
    after = Holdings(4, 2, 21, 51, 2 * 10**8, 10**8)
    assert after.leaked(before) == ["threads", "descriptors"]
    assert before.leaked(after) == []
    counted = [Count("warm-up", before, {}), Count("1,000 kills", after, {"query-timeout": 1000})]
    first, second = leaks(counted).splitlines()[1:]
    assert "nothing" in first
    assert second.endswith("threads, descriptors  1000 query-timeout")


def test_nothing_is_divided_by_zero() -> None:
    assert ratio(1.0, 0.0) == "-"
    assert Tally().rate == Tally().client_share == 0.0


def test_timings_show_the_median_and_the_range() -> None:
    last = timings([Timing("publish", (0.5, 1.5, 0.7))]).splitlines()[-1]
    assert last.split() == ["publish", "700.0", "500.0", "1,500.0", "3"]


def test_rows_are_equal_whoever_wrote_them() -> None:
    ours = b'{"results": {"bindings": [{"a": {"type": "uri", "value": "x"}}, {}]}}'
    theirs = b'{"results":{"bindings":[{},{"a":{"value":"x","type":"uri"}}]},"head":{"vars":["a"]}}'
    assert canonical(ours, SOLUTIONS) == canonical(theirs, SOLUTIONS)


def test_equal_rows_count_as_often_as_they_are_given() -> None:
    once = canonical(b'{"results": {"bindings": [{}]}}', SOLUTIONS)
    assert once != canonical(b'{"results": {"bindings": [{}, {}]}}', SOLUTIONS)


def test_triples_are_equal_in_turtle_and_rdf_xml() -> None:
    turtle = b'@prefix e: <http://e/> . e:s e:p "o"@en .'
    rdfxml = (
        b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        b' xmlns:e="http://e/"><rdf:Description rdf:about="http://e/s">'
        b'<e:p xml:lang="en">o</e:p></rdf:Description></rdf:RDF>'
    )
    assert canonical(turtle, TRIPLES) == canonical(rdfxml, TRIPLES)
    assert differences(canonical(turtle, TRIPLES), []) == ['- <http://e/s> <http://e/p> "o"@en']


def test_the_made_up_world_is_the_same_every_time_and_in_canonical_form() -> None:
    one, other = list(synthetic.world(30)), list(synthetic.world(30))
    assert one == other
    assert sum(graph.iri.endswith("/cities") for graph in one) == 1
    for graph in one:
        assert graph.lines == sorted(set(graph.lines))
        assert {str(t).encode() + b" ." for t in graph.triples()} == set(graph.lines)


def test_no_city_of_the_made_up_world_is_linked_with_itself() -> None:
    claims = (t for graph in synthetic.world(30) for t in graph.triples())
    links = [str(t.subject) for t in claims if t.predicate.value.endswith("#claim")]
    assert links
    for link in links:
        one, other = link.strip("<>").rpartition("/")[2].split("--")
        assert one != other


def test_a_literal_of_older_servers_is_a_literal() -> None:
    rows = '{"results": {"bindings": [{"n": {"type": "%s", "value": "1", "datatype": "d"}}]}}'
    old, new = (rows % kind for kind in ("typed-literal", "literal"))
    assert canonical(old.encode(), SOLUTIONS) == canonical(new.encode(), SOLUTIONS)


_PARENT = """
import subprocess, sys
print("alone", flush=True)
sys.stdin.readline()
script = "kept = open('/dev/null'); print('opened', flush=True); input()"
child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
sys.stdin.readline()
child.communicate(b"\\n")
print("alone", flush=True)
sys.stdin.readline()
"""


def test_a_child_and_what_it_opens_are_counted_until_it_ends() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdin=pipe, stdout=pipe) as parent:
        assert parent.stdin
        assert parent.stdout
        told = []
        for awaited in (b"alone", b"opened", b"alone"):
            assert parent.stdout.readline().strip() == awaited
            told.append(processes.holdings(parent.pid))
            if awaited == b"opened":
                (child,) = set(processes.tree(parent.pid)) - {parent.pid}
                assert 0 < processes.private_memory(child) < told[1].resident
            parent.stdin.write(b"\n")
            parent.stdin.flush()
    before, held, after = told
    assert [one.processes for one in told] == [1, 2, 1]
    assert held.descriptors >= before.descriptors + 4
    assert after.leaked(before) == []


@pytest.mark.skipif(not virtuoso.available(), reason=virtuoso.WHY_NOT)
def test_virtuoso_gives_our_answers_but_where_it_is_known_not_to(
    workspace: Workspace, tmp_path: Path
) -> None:
    quads, _ = dump(workspace.home, tmp_path)
    kind = virtuoso.kind(quads, tmp_path / "virtuoso")
    with (
        Server(citylinks(workspace.home), tmp_path / "ours.log") as ours,
        Server(kind, tmp_path / "virtuoso.log") as other,
    ):
        asked = [ours.endpoint, other.endpoint], ALL, subjects.read(workspace.home)
        assert all(answers.check(*asked, virtuoso.DIFFERENCES).values())
