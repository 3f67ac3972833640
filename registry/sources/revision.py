"""Revision: what of the published links stands elsewhere, once all cities are found anew.

    claims before   graph, locator -> claim, link, cities
    claims after    the same rows, of the cities that they are found to be of now
      -> lines of the ledger: a link or claim that moved leads to where it went (301), one that is
         stated no more is withdrawn (410), a city that turned out to be another is merged into it

A row is known again by its locator in its source. Where a source has another file now, in which no
row stands where it stood, its rows are known again by the link and the city that they are under.
"""

from __future__ import annotations

import lzma
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from registry import terms
from registry.identity.ledger import RULE, WITHDRAWN, Ledger, LedgerEntry, extended
from registry.places.names import addressed, fold
from registry.sources.claims import Claimed

_CLAIM: Final = re.compile(
    rf"<{re.escape(terms.thing('claim', ''))}([^>]*)> <([^>]*)> "
    r'(?:<([^>]*)>|"([^"\\]*)") \.'.encode()
)
_LOCATOR: Final = terms.prefixed("cl:locator").encode()
_UNDER: Final = terms.prefixed("cl:recordedUnder").encode()
_CITY: Final = terms.thing("city", "")

Row = tuple[str, str]
"""The graph of a source and the locator of a row in it."""


@dataclass(frozen=True)
class Statement:
    """Where a row stands: its claim, its link, and the city under which it is recorded."""

    claim: str
    link: str
    here: str

    @property
    def there(self) -> str:
        """The other city."""
        one, _, other = self.link.partition("--")
        return other if one == self.here else one


def published(folder: Path) -> dict[Row, Statement]:
    """Read the claims of the graphs in a folder (`*.nt.xz`)."""
    locators: dict[str, str] = {}
    under: dict[str, str] = {}
    for path in sorted(folder.glob("*.nt.xz")):
        for claim, predicate, node, text in _CLAIM.findall(lzma.decompress(path.read_bytes())):
            if predicate == _LOCATOR:
                locators[claim.decode()] = text.decode()
            elif predicate == _UNDER:
                under[claim.decode()] = node.decode().removeprefix(_CITY)
    found = {}
    for claim, locator in locators.items():
        link, graph, _ = claim.split("/", 2)
        found[graph, locator] = Statement(claim, link, under[claim])
    return found


def stated(claimed: Iterable[tuple[str, Claimed]]) -> dict[Row, Statement]:
    """Return the same of claims that are made now, each with the graph of its source."""
    return {
        (graph, one.row.locator): Statement(
            f"{one.link}/{graph}/{one.row.key}", one.link, one.here.ref
        )
        for graph, one in claimed
    }


def changes(
    before: Mapping[Row, Statement], after: Mapping[Row, Statement], ledger: Ledger, date: str
) -> list[LedgerEntry]:
    """Return the lines of the ledger by which all that was published still answers.

    `ledger` has the cities of both.
    """
    before = _known_again(before, after)
    known = {entry.ref: entry for entry in ledger.entries if entry.kind == "city"}
    cities = [
        replace(known[old], decided=RULE, date=date, replaced_by=new)
        for old, new in _merged(before, after, known)
    ]
    again = stated_again(after, ledger, date)
    merged = extended(ledger, [*cities, *again])
    links = list(_moved_links(before, after, merged, date))
    return [*cities, *again, *links, *_moved_claims(before, after, extended(merged, links), date)]


def _known_again(
    before: Mapping[Row, Statement], after: Mapping[Row, Statement]
) -> dict[Row, Statement]:
    """Return the rows of before, those of a source with another file by their places in that."""
    same = {graph for graph, _ in before.keys() & after.keys()}
    places: dict[tuple[str, str, str], Row] = {}
    for row, one in sorted(after.items()):
        places.setdefault((row[0], one.link, one.here), row)
    found: dict[Row, Statement] = {}
    for row, one in sorted(before.items()):
        place = row if row[0] in same else places.get((row[0], one.link, one.here), row)
        found[row if place in found else place] = one
    return found


def _merged(
    before: Mapping[Row, Statement],
    after: Mapping[Row, Statement],
    entries: Mapping[str, LedgerEntry],
) -> Iterator[tuple[str, str]]:
    """Yield the cities that are not found any more, each with the one that all its rows are of.

    One with a number at GeoNames stays: it is a place, of which nothing is stated any more. A city
    of another country is the same one only where it has the same name: of such a one the source
    stated a wrong country.
    """
    used = {ref for one in after.values() for ref in (one.here, one.there)}
    went: defaultdict[str, set[str]] = defaultdict(set)
    for row, old in before.items():
        new = after.get(row)
        for one, other in ((old.here, new and new.here), (old.there, new and new.there)):
            went[one].add(other or "")
    for ref, places in sorted(went.items()):
        entry = entries.get(ref)
        if ref not in used and entry and not entry.geonames and not entry.replaced_by:
            found = {place for place in places if place}
            same = {one for one in found if _is_same(entry, entries[one])}
            yield ref, found.pop() if len(found) == 1 and same else WITHDRAWN


def stated_again(after: Mapping[Row, Statement], ledger: Ledger, date: str) -> list[LedgerEntry]:
    """Return a line of each link and claim that rules gave up, and that is stated now."""
    stated = {terms.thing("link", one.link) for one in after.values()}
    stated |= {terms.thing("claim", one.claim) for one in after.values()}
    return ledger.revivals(stated, date)


def _is_same(old: LedgerEntry, new: LedgerEntry) -> bool:
    """Whether the city that all rows of another are of now is that one."""
    names = {addressed(fold(one.label)) for one in (old, new)}
    return old.country == new.country or len(names - {""}) == 1


def _moved_links(
    before: Mapping[Row, Statement], after: Mapping[Row, Statement], ledger: Ledger, date: str
) -> Iterator[LedgerEntry]:
    """Yield a line of each link that is stated no more, unless it goes with its cities.

    It does where they are withdrawn, or merged so that it is a link that is stated.
    """
    links = {one.link for one in after.values()}
    went: defaultdict[str, set[str]] = defaultdict(set)
    for row, old in before.items():
        if old.link not in links:
            went[old.link].add(after[row].link if row in after else "")
    for link, places in sorted(went.items()):
        iri = terms.thing("link", link)
        now = ledger.current(iri).removeprefix(terms.thing("link", ""))
        if ledger.is_withdrawn(iri) or now in links:
            continue
        found = places - {""}
        yield _line("link", link, found.pop() if len(found) == 1 else WITHDRAWN, date)


def _moved_claims(
    before: Mapping[Row, Statement], after: Mapping[Row, Statement], ledger: Ledger, date: str
) -> Iterator[LedgerEntry]:
    """Yield a line of each claim that does not stand where its link is now.

    One that another row makes now is not given up: rows of two items of a city make the same claim.
    """
    claims = {one.claim for one in after.values()}
    for row, old in sorted(before.items()):
        if old.claim in claims:
            continue
        iri = terms.thing("claim", old.claim)
        new = after.get(row)
        if new is None:
            if not ledger.is_withdrawn(iri):
                yield _line("claim", old.claim, WITHDRAWN, date)
        elif ledger.current(iri) != terms.thing("claim", new.claim):
            yield _line("claim", old.claim, new.claim, date)


def _line(kind: str, ref: str, replaced_by: str, date: str) -> LedgerEntry:
    return LedgerEntry(ref, kind, "", "", "", "", RULE, date, replaced_by)
