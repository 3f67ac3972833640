"""Wikidata is asked slice by slice, politely, and again where it is busy; nothing is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from registry.identity.mentions import Mention
from registry.places.position import Position
from registry.problems import Problem
from registry.sources import wikidata_live, wikidata_slices
from registry.sources.inputs import Input
from registry.sources.manners import Manners
from registry.sources.statements import Citation, LinkRow
from registry.version import AGENT
from tests.sources.wikidata_endpoint import PROP, WD, Endpoint, Sent, cities, serving

PAIRS = Path(__file__).parents[3] / "shared" / "data" / "wikidata-p190-2016"
DAY = "2026-11-24"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as served:
        yield served


@dataclass
class Clock:
    """Waits for nothing, and remembers how long it should have."""

    slept: list[float] = field(default_factory=list)

    def manners(self, tries: int = 4, items: int = 2, seconds: int = 10) -> Manners:
        return Manners(
            items=items, pause=0.5, seconds=seconds, tries=tries, sleep=self.slept.append
        )

    @property
    def waits(self) -> list[float]:
        """How long it waited beside the pauses."""
        return [seconds for seconds in self.slept if seconds != 0.5]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def many(endpoint: Endpoint, count: int = 40) -> set[tuple[str, str]]:
    """State twinnings of one item with others."""
    for number in range(2, count + 2):
        endpoint.twins("Q1", f"Q{number}")
        endpoint.place(f"Q{number}", f"Town {number}", "Q38")
    return {("Q1", f"Q{number}") for number in range(2, count + 2)}


def rows_of(paths: list[Path]) -> list[LinkRow]:
    rows = wikidata_slices.read(paths, DAY).rows
    assert all(isinstance(row, LinkRow) for row in rows)
    return [row for row in rows if isinstance(row, LinkRow)]


def pairs(paths: list[Path]) -> set[tuple[str, str]]:
    return {(row.here.wikidata, row.there.wikidata) for row in rows_of(paths)}


def slices_asked(endpoint: Endpoint) -> list[str]:
    """List the digits of the slices that were asked for."""
    found = (re.search(r'STRENDS\(.*, "([0-9a-f]+)"\)', query) for query in endpoint.asked)
    return [match[1] for match in found if match]


def test_what_is_stated_comes_with_its_dates_and_what_it_cites(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    cities(endpoint)
    endpoint.twins("Q6259", "Q6259")
    paths = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert slices_asked(endpoint) == list("0123456789abcdef")
    assert set(endpoint.agents) == {AGENT}
    assert clock.slept == [0.5] * (len(endpoint.asked) - 1)
    reading = wikidata_slices.read(paths, DAY)
    assert reading.document.graph == f"wikidata-p190-{DAY}"
    found = {row.there.name: row for row in rows_of(paths)}
    assert sorted(found) == ["Hildesheim", "Landkreis Hildesheim", "Odense", "Oxford"]
    assert (found["Oxford"].since, found["Oxford"].until) == ("1990-05", "")
    assert found["Oxford"].cites == (
        Citation("https://example.org/twins?a=1", f"{WD}Q5375741", "2020-03-04"),
    )
    assert (found["Hildesheim"].since, found["Hildesheim"].until) == ("2000", "2022-03-28")
    assert found["Oxford"].locator.startswith("Q6259-")
    assert found["Oxford"].here == Mention(
        "Pavia",
        "IT",
        Position(45.19205, 9.15917),
        geonames=3171366,
        wikidata="Q6259",
    )
    assert found["Odense"].there == Mention("Odense", "DK", wikidata="Q25331")
    assert found["Landkreis Hildesheim"].there.kind == "district"
    assert dict(reading.passed_over) == {
        "deprecated statements": 1,
        "links of an item with itself": 1,
    }


def test_an_item_that_was_merged_is_the_one_that_it_was_merged_into(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    """Over several mergers; a statement may name it still, or name the later one already."""
    cities(endpoint)
    endpoint.merged("Q90", "Q91")
    endpoint.merged("Q91", "Q25331")
    endpoint.merged("Q92", "Q6259")
    endpoint.twins("Q6259", "Q90")
    endpoint.twins("Q34217", "Q92")
    rows = rows_of(wikidata_live.fetch(endpoint.address, tmp_path, clock.manners()))
    odense = Mention("Odense", "DK", wikidata="Q25331", former=("Q90", "Q91"))
    assert {row.there for row in rows if row.there.wikidata == "Q25331"} == {odense}
    assert len([row for row in rows if row.there == odense]) == 2
    (pavia,) = (row.there for row in rows if row.here.name == "Oxford" and row.there != odense)
    assert (pavia.name, pavia.items) == ("Pavia", ("Q6259", "Q92"))


def test_a_busy_endpoint_is_asked_again_later_each_time_and_as_it_says(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    expected = many(endpoint)
    endpoint.failures += [Sent(503), Sent(429, {"Retry-After": "60"}), Sent(502)]
    paths = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert pairs(paths) == expected
    assert clock.waits == [2.0, 60.0, 8.0]
    assert slices_asked(endpoint)[:4] == ["0"] * 4


def test_who_asks_to_come_back_much_later_is_not_waited_for(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    endpoint.failures += [Sent(429, {"Retry-After": "3600"})]
    with pytest.raises(ConnectionError, match="asks to come back in 3600 seconds"):
        wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert clock.waits == []


STACK = b'{"results": {"bindings": [{"statement": {"type": "uri", \nSPARQL-QUERY: queryStr=SELECT'
PAGE = b"<html><body>Service unavailable</body></html>"


@pytest.mark.parametrize(
    "refusal",
    [Sent(504), Sent(500), Sent(body=STACK), Sent(cut=40), Sent(body=PAGE), Sent(body=b"[]")],
)
def test_a_slice_that_takes_too_long_is_split(
    refusal: Sent, endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    """Whether the endpoint says so, or ends in the middle of its answer."""
    expected = many(endpoint)
    endpoint.behave = lambda _, count: refusal if count > 4 else None
    paths = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert pairs(paths) == expected
    names = [path.name for path in paths if path.name.startswith("twinnings-")]
    assert any(len(name) > len("twinnings-0.json.gz") for name in names)
    assert len(names) == len(set(names))
    assert all(row.here.wikidata == "Q1" for row in rows_of(paths))


def test_what_cannot_be_split_further_is_told(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    many(endpoint)
    endpoint.behave = lambda _, __: Sent(504)
    with pytest.raises(ConnectionError, match="does not finish a query"):
        wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert slices_asked(endpoint) == ["0", "0", "00", "00", "000", "000"]


@pytest.mark.slow
def test_an_endpoint_that_never_ends_its_answer_is_split_as_well(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    expected = many(endpoint, 8)

    def slowly(query: str, count: int) -> None:
        if '"0")' in query:
            time.sleep(3)

    endpoint.behave = slowly
    paths = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners(seconds=1))
    assert pairs(paths) == expected
    assert slices_asked(endpoint)[:4] == ["0", "0", "00", "10"]


@pytest.mark.parametrize("refusal", [Sent(503), Sent(400), Sent(403), Sent(404), Sent(401)])
def test_what_broke_off_goes_on_where_it_was(
    refusal: Sent, endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    expected = many(endpoint)
    endpoint.behave = lambda query, _: refusal if '"7")' in query else None
    with pytest.raises(ConnectionError, match=r"refuses|did not answer"):
        wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert [path.name[10] for path in sorted(tmp_path.iterdir())] == list("0123456")
    endpoint.behave = lambda _, __: None
    endpoint.asked.clear()
    assert pairs(wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())) == expected
    assert slices_asked(endpoint) == list("789abcdef")


def test_a_slice_that_was_split_is_not_asked_for_as_a_whole_again(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    expected = many(endpoint)
    endpoint.behave = lambda query, _: Sent(504) if '"0")' in query else None
    wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    for name in (wikidata_live.WHOLE, "twinnings-f0.json.gz"):
        (tmp_path / name).unlink()
    endpoint.asked.clear()
    assert pairs(wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())) == expected
    assert slices_asked(endpoint) == ["f0"]


def test_what_is_there_is_not_asked_for_again(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    many(endpoint)
    first = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    endpoint.asked.clear()
    assert wikidata_live.fetch(endpoint.address, tmp_path, clock.manners()) == first
    assert endpoint.asked == []


def test_an_endpoint_that_sends_less_than_it_counts_is_not_believed(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    many(endpoint)
    nothing = b'{"head": {"vars": []}, "results": {"bindings": []}}'
    endpoint.behave = lambda query, _: Sent(body=nothing) if "STRENDS" in query else None
    with pytest.raises(ConnectionError, match="counts 40 statements, of which 0 came"):
        wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_is_not_followed(endpoint: Endpoint, tmp_path: Path, clock: Clock) -> None:
    elsewhere = endpoint.address.replace("/sparql", "/elsewhere")
    for status in (301, 302, 303, 307, 308):
        endpoint.failures.append(Sent(status, {"Location": elsewhere}))
        with pytest.raises(ConnectionError, match=f"leads to {elsewhere}"):
            wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert not any(query.startswith("GET") for query in endpoint.asked)


def test_nobody_there(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(ConnectionError, match="did not answer 2 times"):
        wikidata_live.fetch("http://127.0.0.1:9/sparql", tmp_path, clock.manners(tries=2))
    assert list(tmp_path.iterdir()) == []


HOSTILE = 'Town" . } DROP ALL # <script>\u202e\n\t' + "x" * 5_000


def test_what_is_hostile_is_a_text_or_left_out(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    endpoint.place("Q1", HOSTILE, "Q38", "9" * 40, point="Point(999 999)")
    endpoint.place("Q2", " ", "Q38", "12; DROP", point="Point(1e9 x)")
    endpoint.place("Q2", "Zwei", "Q183", language="de")
    statement = endpoint.twins("Q1", "Q2")
    for address in ("javascript:alert(1)", "https://w3id.org/citylinks/id/city/no-1"):
        endpoint.cites(statement, address, "2020-01-01")
    endpoint.cites(statement, "https://example.org/" + "a" * 5_000)
    endpoint.dated(statement, "P580", "2099-01-01T00:00:00Z", 9)
    endpoint.twins("Q1", "Q3;DROP")
    early = endpoint.twins("Q1", "Q4")
    endpoint.dated(early, "P580", "1990-01-01T00:00:00Z", 9)
    endpoint.dated(early, "P582", "1980-01-01T00:00:00Z", 9)
    backwards = endpoint.twins("Q1", "Q5")
    endpoint.dated(backwards, "P580", "-0044-03-15T00:00:00Z", 11)
    endpoint.add(f"{WD}Q6", f"{PROP}P190", f"{WD}statement/Q6-0")
    endpoint.add(f"{WD}statement/Q6-0", f"{PROP}statement/P190", f"{WD}.well-known/genid/1")
    paths = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners())
    assert not any("Q3;" in query for query in endpoint.asked)
    reading = Input("slices", tuple(paths), taken=DAY).read()
    rows = {row.there.wikidata: row for row in reading.rows if isinstance(row, LinkRow)}
    assert sorted(rows) == ["Q2", "Q4", "Q5"]
    assert rows["Q2"].here == Mention(HOSTILE.strip(), "IT", wikidata="Q1")
    assert rows["Q2"].there == Mention("Zwei", wikidata="Q2")
    assert all((row.since, row.until, row.cites) == ("", "", ()) for row in rows.values())
    assert [fault.why for fault in reading.refused] == [
        f"{reading.refused[0].why.partition(':')[0]}: not two items"
    ]
    assert reading.noticed["places with several countries"] == 1


@pytest.mark.parametrize("content", [b"", b"[1]", b'[{"item": 1}]', b"{}", b"3", b"[" * 100_000])
def test_what_is_no_slice_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "places-0.json"
    path.write_bytes(content)
    with pytest.raises(Problem, match="no slice"):
        wikidata_slices.read([path], DAY)


@pytest.mark.slow
@pytest.mark.skipif(not PAIRS.is_dir(), reason="the pairs of 2016 are not here")
def test_the_pairs_of_2016_come_through_whole(
    endpoint: Endpoint, tmp_path: Path, clock: Clock
) -> None:
    lines = (PAIRS / "relations.tsv").read_text("utf-8").splitlines()
    expected = {tuple(line.split("\t")) for line in lines}
    for here, there in expected:
        endpoint.twins(here, there)
    paths = wikidata_live.fetch(endpoint.address, tmp_path, clock.manners(items=1000))
    assert len(rows_of(paths)) == len(expected)
    assert pairs(paths) == expected
