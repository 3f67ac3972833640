"""Long VALUES are planned as short ones are."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from registry.sparql.planner import plan, syntax
from registry.sparql.planner.long_values import LONG, shortened
from tests.processes import guarded
from tests.sparql.test_planner import PREFIXES, answer, iri, store
from tests.tables import every_row

MANY = " ".join(f"<x:other{n}>" for n in range(3_000))
ROWS = " ".join(f"(<x:other{n}> {n} 'a')" for n in range(2_000))
QUERIES = [
    f"SELECT * {{ VALUES ?a {{ :k :l :m }} ?a :p|:q ?b }} VALUES ?b {{ {MANY} <x:k> }}",
    f"SELECT ?a {{ VALUES ?a {{ {MANY} <x:k> <x:l> 5 'b' }} ?a :p|:q ?b }}",
    f"SELECT * {{ ?a :p ?b VALUES (?a ?n ?m) {{ {ROWS} (<x:k> 1.5 'c') (<x:l> 1e0 'd\\n') }} }}",
    f"SELECT * {{ ?a :p ?b FILTER NOT EXISTS {{ ?b :q ?c VALUES ?c {{ {MANY} <x:m> }} }} }}",
    f"SELECT * {{ {{ VALUES ?a {{ {MANY} <x:k> }} }} UNION {{ VALUES ?a {{ {MANY} <x:l> }} }} "
    "?a :p ?b }",
]
AS_THEY_ARE = [
    f"SELECT * {{ VALUES ?a {{ {MANY} UNDEF }} ?a :p|:q ?b }}",
    f"SELECT * {{ VALUES ?a {{ {MANY} :k }} ?a :p|:q ?b }}",
    f"SELECT * {{ VALUES ?a {{ {MANY} 'a'@en }} ?a :p|:q ?b }}",
    f"SELECT * {{ VALUES ?a {{ {MANY} 'a'^^<x:b> }} ?a :p|:q ?b }}",
    f"SELECT * {{ VALUES ?a {{ {MANY} <x:\\u0061> }} ?a :p|:q ?b }}",
    f"SELECT * {{ VALUES ?a {{ {MANY} <relative> }} ?a :p|:q ?b }}",
    f"SELECT * {{ VALUES (?a ?b) {{ {ROWS} }} ?a :p|:q ?b }}",
    f"SELECT * {{ VALUES ?a {{ {MANY}",
    f"SELECT * {{ VALUES ?a {{ {MANY} <x-rows:0> }} ?a :p|:q ?b }}",
    "SELECT * { VALUES" + " " * LONG,
]


@every_row("query", QUERIES)
def test_long_values_have_the_answer_of_the_same_in_short(query: str) -> None:
    """What they list beside a few terms is not in the data."""
    brief = PREFIXES + query.replace(MANY, "<x:other1>").replace(ROWS, "(<x:other1> 1 'a')")
    found = plan(PREFIXES + query)
    assert not found.given_up
    assert found.steps == plan(brief).steps
    for seed in range(3):
        data = store(seed)
        assert answer(data, found.text) == answer(data, plan(brief).text)


def test_every_row_is_written_again() -> None:
    row = r"""(<x:z> 1.50 'a\"\n')"""
    query = f"SELECT * {{ VALUES (?a ?n ?m) {{ {ROWS} {row} }} }}"
    written = syntax.write(*syntax.read(query))
    assert len(shortened(query)[0]) < 2_000
    data = ox.Store()
    assert answer(data, written) == answer(data, query)


@every_row("query", AS_THEY_ARE)
def test_others_stay_as_they_are(query: str) -> None:
    assert shortened(PREFIXES + query) == (PREFIXES + query, ())


def test_ten_thousand_cities_are_planned() -> None:
    listed = " ".join(f"<x:{n}>" for n in range(10_000))
    found = plan(f"SELECT * {{ VALUES ?a {{ {listed} <x:k> }} ?a <x:p>|<x:q> ?b }}")
    assert not found.given_up
    data = store()
    data.add(ox.Quad(iri("9999"), iri("p"), iri("k")))
    rows = data.query(found.text)
    assert isinstance(rows, ox.QuerySolutions)
    assert ("x:9999", "x:k") in {(row["a"].value, row["b"].value) for row in rows}


@pytest.mark.parametrize("unit", ["VALUES ?a { ", "VALUES (", "VALUES { } ", "VALUES (?a "])
def test_whatever_is_long_is_read(unit: str) -> None:
    with guarded():
        assert shortened(unit * 5_000) == (unit * 5_000, ())
