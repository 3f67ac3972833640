"""Equality of answers: a server that answers something else is not compared for its speed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pyoxigraph as ox

from benchmarks.servers import Endpoint
from benchmarks.workloads import TRIPLES, Subject, Subjects, Workload

MOST_SUBJECTS: Final = 20
"""So many subjects of a workload are asked about, evenly from all."""


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
        json.dumps([(name, sorted(_term(row[name]).items())) for name in sorted(row)])
        for row in rows
    )


def _term(written: dict[str, str]) -> dict[str, str]:
    """Read a literal of the time before SPARQL 1.1 as what it is now."""
    return {**written, "type": written["type"].removeprefix("typed-")}


def differences(ours: Iterable[str], theirs: Iterable[str], most: int = 5) -> list[str]:
    """List lines that only one side has.

    >>> differences(["a", "b"], ["b", "c"])
    ['- a', '+ c']
    """
    one, other = set(ours), set(theirs)
    listed = [f"- {line}" for line in sorted(one - other)[:most]]
    return listed + [f"+ {line}" for line in sorted(other - one)[:most]]


Known = Mapping[tuple[str, str], str]
"""Why a server, by name, is known to answer a workload, by name, otherwise."""


def check(
    endpoints: Sequence[Endpoint], workloads: Sequence[Workload], about: Subjects, known: Known
) -> dict[str, int]:
    """Put each workload's queries to all; give the lines seen by workload.

    A known difference is printed where it shows.

    Raises
    ------
    Unequal
        when two servers differ, one does not answer, or a workload has no rows at all.

    """
    counts = {}
    for workload in workloads:
        subjects = about[workload.about]
        asked = subjects[:: max(1, len(subjects) // MOST_SUBJECTS)]
        counts[workload.name] = _check(endpoints, workload, asked, known)
        if not counts[workload.name]:
            raise Unequal(f"{workload.name}: no rows for any of {len(asked)} subjects")
    return counts


def _check(
    endpoints: Sequence[Endpoint], workload: Workload, subjects: Sequence[Subject], known: Known
) -> int:
    """Compare the answers to a workload's queries; give the number of lines."""
    ours = [_asked(endpoints[0], workload, subject) for subject in subjects]
    for other in endpoints[1:]:
        for subject, lines in zip(subjects, ours, strict=True):
            theirs = _asked(other, workload, subject)
            if lines == theirs:
                continue
            if reason := known.get((other.name, workload.name)):
                print(f"{other.name} answers {workload.name} otherwise: {reason}", flush=True)
                break
            seen = "\n".join(differences(lines, theirs)) or f"{len(lines)} and {len(theirs)} rows"
            names = f"{endpoints[0].name} (-) and {other.name} (+)"
            raise Unequal(f"{workload.name} of {subject}: {names}\n{seen}")
    return sum(len(lines) for lines in ours)


def _asked(endpoint: Endpoint, workload: Workload, subject: Subject) -> list[str]:
    try:
        answer = endpoint.ask(workload.text(subject, 0), workload.accept)
    except OSError as error:
        raise Unequal(f"{endpoint.name} does not answer {workload.name}: {error}") from error
    return canonical(answer, workload.accept)
