"""How well places are identified: `python -m benchmarks.identity FILE`, a table with the truth.

The table of URBACT (`;` between columns) has a name, a country and the GeoNames id that its makers
took for it. Name and country go in, one place at a time and all together; beside it stands what a
plain lookup finds, the most populous place of the folded name in the country. What differs from
the truth is listed, and told whether the truth has the name that was asked for at all.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from registry import shipped
from registry.identity.mentions import Finding, Mention
from registry.identity.resolution import find, resolve
from registry.places.countries import code_of
from registry.places.gazetteer import Gazetteer, Place, index_of
from registry.places.names import fold
from registry.places.position import distance

Row = tuple[Mention, int]
"""A place as it is named, and the GeoNames id that is taken for the truth; nought = none is."""


def rows(path: Path) -> Iterator[Row]:
    """Read names, countries and the truth."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            known = row["geonameId"]
            place = Mention(row["NameCity"], code_of(row["Country"]))
            yield place, int(known) if known.isdecimal() else 0


def plain(mention: Mention, gazetteer: Gazetteer) -> int:
    """Look a name up: the most populous place that is called so; nought where none is."""
    found = [place for place, _ in gazetteer.named(fold(mention.name), mention.country)]
    return max(found, key=lambda place: place.population).id if found else 0


def told(ids: Sequence[int], wanted: Sequence[int]) -> str:
    """Say which share is right, wrong and unknown."""
    pairs = zip(ids, wanted, strict=True)
    counted = Counter("right" if a == b else "wrong" if a else "unknown" for a, b in pairs)
    return ", ".join(
        f"{counted[kind]} {kind} ({100 * counted[kind] / len(ids):.2f} %)"
        for kind in ("right", "wrong", "unknown")
    )


def judged(mention: Mention, found: Finding, truth: Place | None) -> str:
    """Say of a difference what speaks for and against the truth."""
    if truth is None:
        return "the gazetteer does not have the truth"
    called = fold(mention.name) in {fold(name) for name in (truth.name, *truth.names)}
    if found.place is None:
        return f"{found.outcome.value}: {found.why}"
    away = distance(truth.latitude, truth.longitude, found.place.latitude, found.place.longitude)
    what = "has that name, too" if called else f"is {truth.name}, which is not called so"
    return f"the truth {what}; {away:.0f} km away, {truth.population} : {found.place.population}"


def main() -> None:
    """Compare, and list what differs."""
    given = list(rows(Path(sys.argv[1])))
    mentions, wanted = [mention for mention, _ in given], [truth for _, truth in given]
    with tempfile.TemporaryDirectory() as folder:
        index = index_of(shipped.GAZETTEER, Path(folder))
        compare(mentions, wanted, index)


def compare(mentions: Sequence[Mention], wanted: Sequence[int], index: Path) -> None:
    """Print what each way finds, and what of the last one differs."""
    with Gazetteer(index) as gazetteer:
        by_name = [plain(mention, gazetteer) for mention in mentions]
        print(f"{len(mentions)} places\n  plain lookup: {told(by_name, wanted)}")
        alone = [find(mention, gazetteer) for mention in mentions]
        print(f"  one at a time: {told(_ids(alone), wanted)}")
        together = resolve(mentions, gazetteer)
        print(f"  all together: {told(_ids(together), wanted)}\n")
        misses = Counter(
            f"{m.name}, {m.country}: {judged(m, finding, gazetteer.place(truth))}"
            for m, finding, truth in zip(mentions, together, wanted, strict=True)
            if (finding.place.id if finding.place else 0) != truth
        )
        for miss, times in sorted(misses.items()):
            print(f"{times} x {miss}")


def _ids(findings: Sequence[Finding]) -> list[int]:
    return [finding.place.id if finding.place else 0 for finding in findings]


if __name__ == "__main__":
    main()
