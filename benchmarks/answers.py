"""Equality of answers: a server that answers something else is not compared for its speed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from benchmarks.servers import Server
from benchmarks.workloads import ALL, LEAST_LIMIT, TRIPLES, Workload


class Unequal(Exception):
    """Two servers gave different answers."""


def canonical(body: bytes, accept: str) -> list[str]:
    """Give an answer as sorted lines that do not depend on who wrote it.

    >>> canonical(b'{"results": {"bindings": [{"a": {"type": "uri", "value": "b"}}]}}', "json")
    ['[["a", [["type", "uri"], ["value", "b"]]]]']
    """
    if accept == TRIPLES:
        form = ox.RdfFormat.RDF_XML if body.startswith(b"<?xml") else ox.RdfFormat.TURTLE
        return sorted({str(quad.triple) for quad in ox.parse(body, format=form)})
    rows = json.loads(body)["results"]["bindings"]
    return sorted(
        json.dumps([(name, sorted(row[name].items())) for name in sorted(row)]) for row in rows
    )


def differences(ours: Iterable[str], theirs: Iterable[str], most: int = 5) -> list[str]:
    """List lines that only one side has.

    >>> differences(["a", "b"], ["b", "c"])
    ['- a', '+ c']
    """
    one, other = set(ours), set(theirs)
    listed = [f"- {line}" for line in sorted(one - other)[:most]]
    return listed + [f"+ {line}" for line in sorted(other - one)[:most]]


def check(servers: Sequence[Server], cities: Sequence[str]) -> dict[str, int]:
    """Put each workload's query about each city to all; give the lines seen by workload.

    Raises
    ------
    Unequal
        when two servers differ, or when a workload has no rows at all.

    """
    counts = {workload.name: 0 for workload in ALL}
    for workload in ALL:
        for city in cities if workload.about_a_city else cities[:1]:
            counts[workload.name] += _check(servers, workload, city)
        if not counts[workload.name]:
            raise Unequal(f"{workload.name}: no rows for any of {len(cities)} cities")
    return counts


def _check(servers: Sequence[Server], workload: Workload, city: str) -> int:
    """Compare the answers to one query; give the number of lines."""
    query, first = workload.text(city, LEAST_LIMIT), servers[0]
    ours = canonical(first.ask(query, workload.accept), workload.accept)
    for other in servers[1:]:
        theirs = canonical(other.ask(query, workload.accept), workload.accept)
        if ours != theirs:
            seen = "\n".join(differences(ours, theirs)) or f"{len(ours)} and {len(theirs)} rows"
            raise Unequal(
                f"{workload.name} of <{city}>: {first.name} (-) and {other.name} (+)\n{seen}"
            )
    return len(ours)
