"""What happened to a city's links, year by year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.things.city.agreements import Agreement
from registry.things.city.happenings import Happening
from registry.things.city.partners import Partner
from registry.things.city.parts import Part
from registry.things.labels import Words
from registry.things.page import Value


@dataclass(frozen=True)
class Moment:
    """Something at a time: `what` is a key of the interface's words, `kind` says more of it.

    `when` words its date where that is more than a year.
    """

    date: str
    what: str
    kind: Words
    things: tuple[Value, ...]
    href: str
    when: str = ""

    @property
    def year(self) -> str:
        """Its year."""
        return self.date[:4]


def timeline(
    linked: Iterable[Partner],
    signed: Iterable[Agreement],
    taking: Iterable[Part],
    happened: Iterable[Happening],
) -> tuple[Moment, ...]:
    """Put all that has a date in the order of time."""
    found = (*_links(linked), *_others(signed, taking, happened))
    return tuple(sorted(found, key=lambda moment: (moment.date, moment.what)))


def _links(linked: Iterable[Partner]) -> Iterator[Moment]:
    for partner in linked:
        for start, end in (*partner.earlier, (partner.start, partner.end)):
            for date, what in ((start, "began"), (end, "ended")):
                if date:
                    yield Moment(date, what, partner.kind, partner.cities, partner.link.href)


def _others(
    signed: Iterable[Agreement], taking: Iterable[Part], happened: Iterable[Happening]
) -> Iterator[Moment]:
    for one in signed:
        if one.date:
            yield Moment(one.date, "signed", Words(""), (one.agreement,), one.agreement.href)
    seen = set()
    for event in happened:
        seen.add(event.event.iri)
        if event.start:
            when = event.when if event.when != event.start else ""
            named = (event.event,)
            yield Moment(event.start, "happened", event.kind, named, event.event.href, when)
    for part in taking:
        if part.start and part.whole.iri not in seen:
            yield Moment(part.start, "joined", part.kind, (part.whole,), part.whole.href)
