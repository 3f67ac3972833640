"""Revision: whatever was published still answers, once the cities are found anew."""

from __future__ import annotations

import csv
import random
from itertools import compress, pairwise
from pathlib import Path

from registry import terms
from registry.identity.ledger import CORRECTED, WITHDRAWN, Ledger, LedgerEntry, extended
from registry.identity.mentions import Finding, MatchStatus, Mention
from registry.sources.report import MOVED, write_moved
from registry.sources.revision import Row, Statement, changes
from registry.sources.world import Moved, World
from tests.tables import every_row

DAY = "2026-11-29"

COUNTRIES = {
    "laval-6050610": "CAN",
    "laval-3005866": "FRA",
    "boston-4930956": "USA",
    "boston-2655138": "GBR",
    "haarlem-q1": "NLD",
    "haarlem-q2": "NLD",
    "haarlem-2755003": "NLD",
    "hayange-q3": "FRA",
    "tyreso-q4": "DNK",
    "tyreso-q5": "SWE",
}
"""References with their countries; those with an item have no number at GeoNames."""

LABELS = {
    "tyreso-q4": "Tyresö Municipality",
    "tyreso-q5": "Tyresö",
    "haarlem-q1": "Haarlem",
    "laval-3005866": "Laval",
}
"""Labels of those that have one."""


def minted() -> Ledger:
    """Make a ledger of all cities."""
    return Ledger(
        tuple(
            LedgerEntry(
                *(ref, "city", number if number.isdigit() else "", "", country),
                *(LABELS.get(ref, ""), "rule", DAY, ""),
            )
            for ref, country in COUNTRIES.items()
            for number in (ref.rpartition("-")[2],)
        )
    )


def row(key: str, here: str, there: str) -> tuple[Row, Statement]:
    link = "--".join(sorted((here, there)))
    return ("france", f"line {key}"), Statement(f"{link}/france/{key}", link, here)


LAVAL, QUEBEC = "laval-3005866", "laval-6050610"
BOSTON, USA = "boston-2655138", "boston-4930956"
FIRST, SECOND, TOWN, FRENCH = "haarlem-q1", "haarlem-q2", "haarlem-2755003", "hayange-q3"
WAS = f"{USA}--{QUEBEC}"
NOW = f"{BOSTON}--{LAVAL}"
IN_DENMARK, IN_SWEDEN = "tyreso-q4", "tyreso-q5"

CASES = {
    "nothing moved": (
        [row("1", LAVAL, BOSTON)], [row("1", LAVAL, BOSTON)], [],
    ),
    "a row moved, and its link with it": (
        [row("1", QUEBEC, USA)], [row("1", LAVAL, BOSTON)], [("link", WAS, NOW)],
    ),
    "a row moved, and its link is still stated by another": (
        [row("1", QUEBEC, USA), row("2", QUEBEC, USA)],
        [row("1", LAVAL, BOSTON), row("2", QUEBEC, USA)],
        [("claim", f"{WAS}/france/1", f"{NOW}/france/1")],
    ),
    "the rows of a link went apart": (
        [row("1", QUEBEC, USA), row("2", QUEBEC, USA)],
        [row("1", LAVAL, BOSTON), row("2", LAVAL, USA)],
        [("link", WAS, WITHDRAWN), ("claim", f"{WAS}/france/1", f"{NOW}/france/1"),
         ("claim", f"{WAS}/france/2", f"{USA}--{LAVAL}/france/2")],
    ),
    "a row vanished, and with it its link": (
        [row("1", QUEBEC, USA)], [], [("link", WAS, WITHDRAWN)],
    ),
    "a row vanished, and its link is still stated by another": (
        [row("1", QUEBEC, USA), row("2", QUEBEC, USA)],
        [row("2", QUEBEC, USA)],
        [("claim", f"{WAS}/france/1", WITHDRAWN)],
    ),
    "of two rows of a link one moved and one vanished": (
        [row("1", QUEBEC, USA), row("2", QUEBEC, USA)],
        [row("1", LAVAL, BOSTON)],
        [("link", WAS, NOW), ("claim", f"{WAS}/france/2", WITHDRAWN)],
    ),
    "a city of our own is another of its country": (
        [row("1", FIRST, BOSTON)], [row("1", TOWN, BOSTON)], [("city", FIRST, TOWN)],
    ),
    "a city of our own is one of another country: its link moves, it does not": (
        [row("1", FIRST, BOSTON)],
        [row("1", LAVAL, BOSTON)],
        [("city", FIRST, WITHDRAWN), ("claim", f"{BOSTON}--{FIRST}/france/1", f"{NOW}/france/1")],
    ),
    "a city of our own is the one of its name in another country, which was stated wrongly": (
        [row("1", IN_DENMARK, BOSTON), row("2", IN_DENMARK, USA)],
        [row("1", IN_SWEDEN, BOSTON)],
        [("city", IN_DENMARK, IN_SWEDEN),
         ("link", f"{USA}--{IN_DENMARK}", WITHDRAWN)],
    ),
    "a city of our own is several": (
        [row("1", FIRST, BOSTON), row("2", FIRST, USA)],
        [row("1", TOWN, BOSTON), row("2", SECOND, USA)],
        [("city", FIRST, WITHDRAWN),
         ("claim", f"{BOSTON}--{FIRST}/france/1", f"{BOSTON}--{TOWN}/france/1"),
         ("claim", f"{USA}--{FIRST}/france/2", f"{USA}--{SECOND}/france/2")],
    ),
    "a city of the gazetteer stays, though nothing is stated of it": (
        [row("1", QUEBEC, BOSTON)],
        [row("1", LAVAL, BOSTON)],
        [("link", f"{BOSTON}--{QUEBEC}", NOW)],
    ),
    "a city that is nothing any more": (
        [row("1", FIRST, BOSTON)], [], [("city", FIRST, WITHDRAWN)],
    ),
    "a row is recorded under the other side": (
        [row("1", LAVAL, BOSTON)], [row("1", BOSTON, LAVAL)], [],
    ),
}  # fmt: skip


@every_row("case", CASES)
def test_lines_say_where_what_was_published_is(case: str) -> None:
    before, after, lines = CASES[case]
    found = changes(dict(before), dict(after), minted(), DAY)
    assert [(one.kind, one.ref, one.replaced_by) for one in found] == lines
    assert {one.date for one in found} <= {DAY}


def test_every_row_that_was_published_leads_to_where_it_is_or_is_gone() -> None:
    """For any rows, before and after: a claim leads to its row's, and nothing else does."""
    rnd = random.Random(4)
    cities = sorted(COUNTRIES)

    def some(keys: list[str]) -> dict[Row, Statement]:
        return dict(row(key, *rnd.sample(cities, 2)) for key in keys)

    for _ in range(500):
        before = some([str(n) for n in range(rnd.randrange(1, 7))])
        after = some([str(n) for n in range(7) if rnd.random() < 0.7])
        # The first row stays: of another file, rows are known by their links.
        kept = [n == 0 or rnd.random() < 0.4 for n in range(len(before))]
        after |= dict(compress(before.items(), kept))
        made = extended(minted(), changes(before, after, minted(), DAY))
        for key, old in before.items():
            iri = terms.thing("claim", old.claim)
            if key in after:
                assert made.current(iri) == terms.thing("claim", after[key].claim)
            assert made.is_withdrawn(iri) is (key not in after), (key, before, after)
        for new in after.values():
            for iri in (terms.thing("claim", new.claim), terms.thing("link", new.link)):
                assert made.current(iri) == iri
                assert not made.is_withdrawn(iri)
        links = {terms.thing("link", one.link) for one in after.values()}
        for old in before.values():
            iri = terms.thing("link", old.link)
            assert made.is_withdrawn(iri) or made.current(iri) in links, (old, before, after)


def test_a_row_that_moved_and_moves_back_stands_where_it_was() -> None:
    """What is known later may tell that what was published first was right after all."""
    there, back = dict([row("1", LAVAL, BOSTON)]), dict([row("1", QUEBEC, USA)])
    moved = extended(minted(), changes(back, there, minted(), DAY))
    made = extended(moved, changes(there, back, moved, DAY))
    for kind, rest in (("link", ""), ("claim", "/france/1")):
        assert made.current(terms.thing(kind, WAS + rest)) == terms.thing(kind, WAS + rest)
        assert made.current(terms.thing(kind, NOW + rest)) == terms.thing(kind, WAS + rest)


def test_rows_of_another_file_are_known_by_their_link() -> None:
    """A longer list takes the place of a part of it: what was claimed leads to the same claim."""
    old = [row("1", LAVAL, BOSTON), row("2", QUEBEC, BOSTON)]
    (graph, _), said = row("9", LAVAL, BOSTON)
    new = [((graph, "whole list, line 9"), said)]
    gone = f"{BOSTON}--{QUEBEC}"
    found = changes(dict(old), dict(new), minted(), DAY)
    assert [(one.kind, one.ref, one.replaced_by) for one in found] == [
        ("link", gone, WITHDRAWN),
        ("claim", f"{NOW}/france/1", f"{NOW}/france/9"),
    ]
    made = extended(minted(), found)
    assert made.is_withdrawn(terms.thing("claim", f"{gone}/france/2"))


def test_rows_that_move_again_and_again_make_no_ring() -> None:
    """For any three states: the ledger accepts all lines, and a claim leads to where its row is."""
    rnd = random.Random(7)
    places = [ref for ref in sorted(COUNTRIES) if ref.rpartition("-")[2].isdigit()]
    for _ in range(500):
        states = [dict(row(str(key), *rnd.sample(places, 2)) for key in range(4)) for _ in range(3)]
        made = minted()
        for before, after in pairwise(states):
            made = extended(made, changes(before, after, made, DAY))
        for key, last in states[-1].items():
            now = terms.thing("claim", last.claim)
            assert not made.is_withdrawn(now)
            assert made.current(now) == now
            old = terms.thing("claim", states[-2][key].claim)
            assert made.is_withdrawn(old) or made.current(old) == now


def test_the_order_of_rows_changes_no_line() -> None:
    for before, after, _ in CASES.values():
        lines = changes(dict(before), dict(after), minted(), DAY)
        assert changes(dict(before[::-1]), dict(after[::-1]), minted(), DAY) == lines


def test_what_is_corrected_is_still_merged() -> None:
    entries = minted().entries
    corrected = extended(
        minted(),
        [LedgerEntry(FIRST, "city", "", "Q9", "NLD", "", CORRECTED, DAY, "")],
    )
    assert len(corrected.entries) == len(entries)
    before, after, lines = CASES["a city of our own is another of its country"]
    found = changes(dict(before), dict(after), corrected, DAY)
    assert [(one.kind, one.ref, one.replaced_by) for one in found] == lines
    assert found[0].wikidata == "Q9"


def test_what_moved_before_stays_listed(tmp_path: Path) -> None:
    """But for what moved from the same city once more."""

    def world(name: str, now: str) -> World:
        missing = Finding(MatchStatus.MISSING, why=now)
        return World({}, [], [], {}, [Moved("list", Mention(name), "a", None, now, missing, 1)])

    for name, why in (("Here", "first"), ("There", "then"), ("Here", "at last")):
        write_moved(tmp_path, world(name, why))
    with (tmp_path / MOVED).open(encoding="utf-8", newline="") as file:
        found = [(row["name"], row["before"], row["reason"]) for row in csv.DictReader(file)]
    assert found == [("There", "a", "then"), ("Here", "a", "at last")]
