"""What a graph holds, counted by property: the planner's statistics, made once per graph version.

Kept beside the graph's files as `counts.json`, so that a publish counts what has changed alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from registry import terms

COUNTS: Final = "counts.json"
"""The file, beside those of a graph, with its counts."""

OF_RELEASE: Final = "counts-1.json"
"""The file in a release's folder with those of all its graphs, by IRI."""

_FEW: Final = 300
"""Values of a property up to which each is counted, such as classes, countries and status."""


_TYPE: Final = f"<{terms.RDF_TYPE}>".encode()


def count(lines: Sequence[bytes]) -> dict[str, dict[str, Any]]:
    """Count a graph, given as sorted lines of N-Triples, by property as it stands in them.

    For each: its triples, subjects and values, and where the values are few, the triples of each.

    >>> count([b"<x:a> <x:p> 1 .", b"<x:a> <x:p> 2 .", b"<x:b> <x:p> 2 ."])
    {'<x:p>': {'triples': 3, 'subjects': 2, 'values': 2, 'of': {'1': 1, '2': 2}}}
    """
    values = _by_property(Counter(line.partition(b" ")[2] for line in lines))
    subjects = Counter(pair[1] for pair, _ in groupby(map(_subject_and_property, lines)))
    return {
        name.decode(): {
            "triples": sum(found.values()),
            "subjects": subjects[name],
            "values": len(found),
            **({"of": _decoded(found)} if _are_few(name, found) else {}),
        }
        for name, found in sorted(values.items())
    }


def _subject_and_property(line: bytes) -> list[bytes]:
    return line.split(b" ", 2)[:2]


def _are_few(name: bytes, counts: dict[bytes, int]) -> bool:
    """Whether values are worth a count each: classes, and what on average occurs twice."""
    often = name == _TYPE or 2 * len(counts) <= sum(counts.values())
    return often and len(counts) <= _FEW


def _by_property(counts: Counter[bytes]) -> dict[bytes, dict[bytes, int]]:
    """Sort counts of property and value, as a line ends with them, by property."""
    found = defaultdict[bytes, dict[bytes, int]](dict)
    for end, n in counts.items():
        name, _, value = end.partition(b" ")
        found[name][value.removesuffix(b" .")] = n
    return found


def _decoded(counts: dict[bytes, int]) -> dict[str, int]:
    return {value.decode(): n for value, n in sorted(counts.items())}
