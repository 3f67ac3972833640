"""Some of a city's partners: of a country, status, kind or source, begun in or after a year.

A city may have a hundred. The counts beside each value are those of all its partners.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from registry import terms
from registry.places.names import fold
from registry.things.city.partners import Partner
from registry.things.page import Pages
from registry.things.wording import country_name


@dataclass(frozen=True)
class Wanted:
    """What partners have to be; empty conditions hold always.

    `since` is a date as far as it is known, `source` the reference of a document. With `grouped`
    they stand by country.
    """

    country: str = ""
    status: str = ""
    kind: str = ""
    since: str = ""
    source: str = ""
    grouped: bool = False

    @property
    def narrows(self) -> bool:
        """Whether there is any condition."""
        return any((self.country, self.status, self.kind, self.since, self.source))


Choice = tuple[str, str, int]
"""A value, its words, and how many partners have it."""


@dataclass(frozen=True)
class Choices:
    """What partners can be narrowed by."""

    country: tuple[Choice, ...]
    status: tuple[Choice, ...]
    kind: tuple[Choice, ...]
    source: tuple[Choice, ...]


def narrowed(partners: Iterable[Partner], wanted: Wanted) -> list[Partner]:
    """Return the partners that meet all conditions, in their order."""
    document = terms.ID + wanted.source
    return [
        one
        for one in partners
        if wanted.country in {"", *one.codes}
        and wanted.status in {"", one.state}
        and wanted.kind in {"", one.kind_ref}
        and (not wanted.since or one.start >= wanted.since[: len(one.start)] > "")
        and (not wanted.source or any(claim.document == document for claim in one.claims))
    ]


def choices(pages: Pages, partners: Sequence[Partner]) -> Choices:
    """Count partners by what they can be narrowed by, in the order of the words."""
    documents = chain.from_iterable({claim.document for claim in one.claims} for one in partners)
    sources = Counter(documents)
    statuses = {one.state: one.status.text for one in partners}
    kinds = {one.kind_ref: one.kind.text for one in partners}
    countries = Counter(code for one in partners for code in one.codes)
    return Choices(
        _sorted((code, country_name(code, pages.language), n) for code, n in countries.items()),
        _sorted((s, statuses[s], n) for s, n in Counter(one.state for one in partners).items()),
        _sorted((k, kinds[k], n) for k, n in Counter(one.kind_ref for one in partners).items()),
        _sorted(
            (iri.removeprefix(terms.ID), pages.labels.of(iri).text, n)
            for iri, n in sources.items()
            if iri
        ),
    )


def _sorted(found: Iterable[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(found, key=lambda one: fold(one[1])))


def by_country(partners: Iterable[Partner], language: str) -> list[tuple[str, str, list[Partner]]]:
    """Group partners by the first of their countries: code, name, and partners in their order."""
    groups: defaultdict[str, list[Partner]] = defaultdict(list)
    for one in partners:
        groups[next(iter(one.codes), "")].append(one)
    named = ((code, country_name(code, language), some) for code, some in groups.items())
    return sorted(named, key=lambda group: (not group[0], fold(group[1])))
