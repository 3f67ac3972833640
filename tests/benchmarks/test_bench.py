"""The pure parts of the measurements: statistics, variation of requests, reading of answers."""

from __future__ import annotations

from array import array
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import synthetic
from benchmarks.answers import canonical, differences
from benchmarks.client import Tally, length_of, merged
from benchmarks.commands import Timing
from benchmarks.report import Row, Sample, middle, percentile, ratio, sample, table, timing_table
from benchmarks.workloads import ALL, LEAST_LIMIT, SOLUTIONS, TRIPLES, Workload, pages, stream
from registry.settings import Settings
from registry.sparql.guards import outline
from registry.terms import thing

CITIES = [thing("city", ref) for ref in ("pavia-3171366", "perm-511196", "köln'é")]


def _query(request: bytes) -> str:
    """Take the query out of a request, as a server would."""
    target = request.split(b" ", 2)[1].decode()
    (query,) = parse_qs(urlsplit(target).query)["query"]
    return query


@pytest.mark.parametrize("workload", ALL, ids=lambda w: w.name)
@pytest.mark.parametrize("number", [LEAST_LIMIT, LEAST_LIMIT + 1, LEAST_LIMIT + 5])
def test_a_request_holds_the_query_that_answers_are_compared_with(
    workload: Workload, number: int
) -> None:
    made = stream(workload, "/sparql", "127.0.0.1:8070", CITIES).request(number)
    assert _query(made) == workload.text(CITIES[number % len(CITIES)], number)
    assert made.endswith(b"\r\n\r\n")
    assert f"\r\nAccept: {workload.accept}\r\n".encode() in made


@pytest.mark.parametrize("workload", ALL, ids=lambda w: w.name)
def test_no_two_requests_are_equal(workload: Workload) -> None:
    made = stream(workload, "/sparql", "localhost", CITIES)
    assert len({made.request(LEAST_LIMIT + n) for n in range(100)}) == 100


@pytest.mark.parametrize("workload", ALL, ids=lambda w: w.name)
def test_every_query_is_one_that_our_endpoint_takes(workload: Workload) -> None:
    form = outline(workload.text(CITIES[0], LEAST_LIMIT), Settings()).form
    assert (form == "DESCRIBE") == (workload.accept == TRIPLES)


def test_documents_are_asked_for_under_different_addresses() -> None:
    made = pages(["/doc/city/a.ttl", "/doc/city/b.ttl"], "localhost", TRIPLES)
    assert made.request(3).startswith(b"GET /doc/city/b.ttl?number=3 HTTP/1.1\r\n")


HEAD = b"HTTP/1.1 200 OK\r\nX: y\r\n"


@pytest.mark.parametrize(
    "whole",
    [
        HEAD + b"Content-Length: 5\r\n\r\nhello",
        HEAD + b"content-length:0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nA;x=y\r\n0\r\n\r\n01234\r\n0\r\n\r\n",
    ],
)
def test_an_answer_ends_where_it_says(whole: bytes) -> None:
    assert length_of(whole) == len(whole)
    for length in range(len(whole)):
        assert length_of(whole[:length]) == -1


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
    other = Tally(1.9, 1.5, 1, array("q", [3_000_000]))
    whole = merged([one, other])
    assert (whole.rate, whole.client_share, whole.processes) == (2.0, 0.5, 2)
    assert sample(whole, 0.008) == Sample(2.0, 1.0, 3.0, 2.0, 0.5)


def test_the_median_is_taken_of_each_figure_by_itself() -> None:
    samples = [Sample(n, 10 - n, n, 1, 0) for n in (1, 5, 3)]
    assert middle(samples) == Sample(3, 7, 3, 1, 0)


def test_ratios_are_to_the_first_server() -> None:
    rows = [
        Row("point", 1, "citylinks", 3, Sample(1000, 1, 2, 0.5, 0.1)),
        Row("point", 1, "oxigraph", 3, Sample(2500, 0.4, 1, 0.05, 0.95)),
    ]
    ours, theirs = table(rows, {"point": "labels"}).splitlines()[1:3]
    assert ours.split() == ["citylinks", "1,000", "1.00", "1.00", "2.00", "0.500", "1.00", "10%"]
    assert theirs.split() == ["oxigraph", "2,500", "2.50", "0.40", "1.00", "0.050", "0.10", "95%!"]


def test_nothing_is_divided_by_zero() -> None:
    assert ratio(1.0, 0.0) == "-"
    assert Tally().rate == Tally().client_share == 0.0


def test_timings_show_the_median_and_the_range() -> None:
    last = timing_table([Timing("publish", (0.5, 1.5, 0.7))]).splitlines()[-1]
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
