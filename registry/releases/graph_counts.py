"""What a graph holds, counted by property: the planner's statistics, made once per graph version.

Kept beside the graph's files as `counts.json`, so that a publish counts what has changed alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, Final

from registry import terms

COUNTS: Final = "counts.json"
"""The file, beside those of a graph, with its counts."""

OF_RELEASE: Final = "counts-1.json"
"""The file in a release's folder with those of all its graphs, by IRI."""

_FEW: Final = 300
"""Values of a property up to which each is counted, such as classes, countries and status."""


_BATCH: Final = 200_000
"""Lines that are counted at a time."""

_TYPE: Final = f"<{terms.RDF_TYPE}>".encode()


def count(lines: Iterable[bytes]) -> dict[str, dict[str, Any]]:
    """Count a graph, given as sorted lines of N-Triples, by property as it stands in them.

    For each: its triples, subjects and values, and where the values are few, the triples of each.

    >>> count([b"<x:a> <x:p> 1 .", b"<x:b> <x:p> 1 ."])
    {'<x:p>': {'triples': 2, 'subjects': 2, 'values': 1, 'of': {'1': 2}}}
    """
    values, subjects = defaultdict[bytes, _Values](_Values), Counter[bytes]()
    coming, last = iter(lines), [b"", b""]
    while batch := list(islice(coming, _BATCH)):
        found, more = _counted(batch)
        for name, counts in found.items():
            values[name].add(counts)
        subjects.update(more)
        if last == _subject_and_property(batch[0]):  # It was counted in the batch before.
            subjects[last[1]] -= 1
        last = _subject_and_property(batch[-1])
    return {
        name.decode(): _described(name, one.few, one.triples, subjects[name], one.count())
        for name, one in sorted(values.items())
    }


class _Values:
    """The values of a property: each with its triples while they are few, else their hashes."""

    def __init__(self) -> None:
        self.triples, self.few, self._many = 0, dict[bytes, int](), set[int]()

    def add(self, counts: Mapping[bytes, int]) -> None:
        self.triples += sum(counts.values())
        if not self._many:
            for value, n in counts.items():
                self.few[value] = self.few.get(value, 0) + n
            if len(self.few) <= _FEW:
                return
            counts, self.few = self.few, {}
        self._many.update(map(hash, counts))

    def count(self) -> int:
        return len(self._many or self.few)


def changed(
    before: dict[str, Any], gone: Sequence[bytes], added: Sequence[bytes]
) -> dict[str, Any]:
    """Bring counts up to date with all lines of the subjects that changed, before and after.

    All is exact but how many values a property has, where they are too many to count each.
    """
    (less, fewer), (more, further) = _counted(gone), _counted(added)
    found = {}
    for key in sorted({*before, *(name.decode() for name in more)}):
        name, old = key.encode(), before.get(key, {"triples": 0, "subjects": 0, "values": 0})
        values = Counter({value.encode(): n for value, n in old.get("of", {}).items()})
        values.update(more.get(name, {}))
        values.subtract(less.get(name, {}))
        triples = old["triples"] + _sum(more, name) - _sum(less, name)
        subjects = old["subjects"] + further[name] - fewer[name]
        if not triples:
            continue
        if "of" in old or key not in before:
            kept = {value: n for value, n in values.items() if n}
            found[key] = _described(name, kept, triples, subjects, len(kept))
        else:
            many = old["values"] + len(more.get(name, ())) - len(less.get(name, ()))
            found[key] = {"triples": triples, "subjects": subjects, "values": max(many, 1)}
    return found


def _sum(counts: dict[bytes, dict[bytes, int]], name: bytes) -> int:
    return sum(counts.get(name, {}).values())


def _counted(lines: Sequence[bytes]) -> tuple[dict[bytes, dict[bytes, int]], Counter[bytes]]:
    """Count the triples of each value, and the subjects, by property."""
    values = _by_property(Counter(line.partition(b" ")[2] for line in lines))
    return values, Counter(pair[1] for pair, _ in groupby(map(_subject_and_property, lines)))


def _described(
    name: bytes, values: Mapping[bytes, int], triples: int, subjects: int, many: int
) -> dict[str, Any]:
    counts = {"triples": triples, "subjects": subjects, "values": many}
    return {**counts, "of": _decoded(values)} if _are_few(name, values, triples) else counts


def _subject_and_property(line: bytes) -> list[bytes]:
    return line.split(b" ", 2)[:2]


def _are_few(name: bytes, counts: Mapping[bytes, int], triples: int) -> bool:
    """Whether values are worth a count each: classes, and what on average occurs twice."""
    often = name == _TYPE or 2 * len(counts) <= triples
    return often and 0 < len(counts) <= _FEW


def _by_property(counts: Counter[bytes]) -> dict[bytes, dict[bytes, int]]:
    """Sort counts of property and value, as a line ends with them, by property."""
    found = defaultdict[bytes, dict[bytes, int]](dict)
    for end, n in counts.items():
        name, _, value = end.partition(b" ")
        found[name][value.removesuffix(b" .")] = n
    return found


def _decoded(counts: Mapping[bytes, int]) -> dict[str, int]:
    return {value.decode(): n for value, n in sorted(counts.items())}
