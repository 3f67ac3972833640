"""Drafts: what a form says, as it is stored; and how its texts, dates and source are read.

A draft has the values of the fields of its kind (`kinds`): a text, a date, the code of a concept,
the reference of a thing. Faults are named by keys, which pages word in the language of their
reader.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from registry.dates import DATE
from registry.releases.as_of import first_day, last_day
from registry.sources.provenance import is_address

LINK: Final = "link"
"""The kind of drafts that were stored before there were others; they do not name it."""

LANGUAGES: Final[Mapping[str, str]] = {
    line.split()[0]: line.split()[1]
    for line in """
    af AFR
    am AMH
    ar ARA
    az AZE
    be BEL
    bg BUL
    bn BEN
    bs BOS
    ca CAT
    cs CES
    cy CYM
    da DAN
    de DEU
    dv DIV
    el ELL
    en ENG
    es SPA
    et EST
    eu EUS
    fa FAS
    fi FIN
    fo FAO
    fr FRA
    ga GLE
    gl GLG
    he HEB
    hi HIN
    hr HRV
    ht HAT
    hu HUN
    hy HYE
    id IND
    is ISL
    it ITA
    ja JPN
    ka KAT
    kk KAZ
    kl KAL
    km KHM
    ko KOR
    ku KUR
    ky KIR
    la LAT
    lb LTZ
    lo LAO
    lt LIT
    lv LAV
    mk MKD
    mn MON
    ms MSA
    mt MLT
    my MYA
    ne NEP
    nl NLD
    no NOR
    pl POL
    ps PUS
    pt POR
    ro RON
    ru RUS
    si SIN
    sk SLK
    sl SLV
    so SOM
    sq SQI
    sr SRP
    sv SWE
    sw SWA
    ta TAM
    tg TGK
    th THA
    tk TUK
    tr TUR
    uk UKR
    ur URD
    uz UZB
    vi VIE
    zh ZHO
    """.strip().splitlines()
}
"""Languages of sources and names: their tag, and the code of the European Union's table."""

LONGEST: Final = {
    "title": 300,
    "address": 1000,
    "publisher": 150,
    "locator": 200,
    "reason": 500,
    "comment": 2000,
    "text": 4000,
    "email": 254,
    "city": 200,
    "page": 1000,
}
"""Characters that each text may have."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Categories of characters that are not seen, and could make a text look like another."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Characters that are not seen and that some scripts need."""

_DOTTED: Final = re.compile(r"(?:([0-9]{1,2})\. ?)?([0-9]{1,2})\. ?([0-9]{4})")
_EMAIL: Final = re.compile(r"[^\s@<>\"(),:;\\]+@[^\s@<>\"(),:;\\]+\.[^\s@<>\"(),:;\\]+")
_EARLIEST: Final = "0800"
"""No link of two cities is told to be older."""


@dataclass(frozen=True)
class Source:
    """The document that says something: its title or address, and its date.

    `undated` is set where it states no date; `date` is then the day on which it was looked at.
    `language` is the tag of its title, `locator` the place in it.
    """

    title: str = ""
    address: str = ""
    date: str = ""
    undated: bool = False
    publisher: str = ""
    language: str = "en"
    locator: str = ""

    @property
    def key(self) -> str:
        """What two proposals have in common that rest on the same document."""
        scheme, _, rest = self.address.partition("://")
        return rest.removeprefix("www.").rstrip("/") if scheme else self.title.casefold()


_BESIDE: Final = ("of", "worded", "source", "stated_by")
"""What is stored of a draft beside the values of its fields."""


@dataclass(frozen=True)
class Draft:
    """What a source says of something: the kind of draft, and values by field.

    Texts are in `worded`, a tag. `stated_by` is the IRI of the authority that says so itself.
    """

    kind: str
    values: Mapping[str, str]
    source: Source = field(default_factory=Source)
    worded: str = "en"
    stated_by: str = ""

    def __getitem__(self, name: str) -> str:
        """Return the value of a field, empty where nothing is filled in."""
        return self.values.get(name, "")

    def lines(self, name: str) -> list[str]:
        """List the values of a field that takes several."""
        return self[name].split("\n") if self[name] else []

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        beside = {"of": self.kind, "worded": self.worded, "stated_by": self.stated_by}
        return {**self.values, **beside, "source": asdict(self.source)}


@dataclass(frozen=True)
class Table:
    """What sources say of many things of one kind: a draft for each row."""

    rows: tuple[Draft, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {"rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True)
class Note:
    """That something is wrong, in free words: no data, and nothing to be published."""

    text: str
    page: str = ""
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self)


def draft_of(body: Mapping[str, Any]) -> Draft:
    """Return a draft as it was stored."""
    values = {name: value for name, value in body.items() if name not in _BESIDE}
    source = Source(**body["source"])
    return Draft(body.get("of", LINK), values, source, body["worded"], body["stated_by"])


def table_of(body: Mapping[str, Any]) -> Table:
    """Return a table of drafts as it was stored."""
    return Table(tuple(map(draft_of, body["rows"])))


def rows_of(draft: Draft | Table | Note) -> tuple[Draft, ...]:
    """Return the drafts that something has: a note has none."""
    if isinstance(draft, Draft):
        return (draft,)
    return draft.rows if isinstance(draft, Table) else ()


def with_rows(draft: Draft | Table | Note, rows: Sequence[Draft]) -> Draft | Table:
    """Return what has other drafts in the place of its own: a table, or the one draft itself."""
    return Table(tuple(rows)) if isinstance(draft, Table) else rows[0]


Faults = dict[str, str]
"""By field, the key of the phrase that says what is wrong with it."""


def one_line(text: str) -> str:
    r"""Return a text in one line, without characters that are not seen.

    >>> one_line(" Minutes\n of\u202e the council ")
    'Minutes of the council'
    """
    kept = (
        " " if c.isspace() else c
        for c in text
        if c.isspace() or c in _JOINERS or unicodedata.category(c) not in _UNSEEN
    )
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def lines(text: str) -> str:
    """Return a text of several lines, each without characters that are not seen."""
    return "\n".join(map(one_line, text.replace("\r\n", "\n").split("\n"))).strip()


def read_date(text: str) -> str | None:
    """Return a year, month or day as it is written in data; None where the text is none.

    >>> read_date("17.5.1992"), read_date("05.1992"), read_date("1992-02-30"), read_date("")
    ('1992-05-17', '1992-05', None, '')
    """
    if dotted := _DOTTED.fullmatch(text):
        day, month, year = dotted.groups()
        text = f"{year}-{int(month):02}" + (f"-{int(day):02}" if day else "")
    if not text:
        return ""
    if not text.isascii() or not DATE.fullmatch(text) or text < _EARLIEST:
        return None
    try:
        datetime.date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return None
    return text


def first(text: str) -> str:
    """Return the first day that a date can mean."""
    return first_day(text) or text


def last(text: str) -> str:
    """Return the last day that a date can mean."""
    return last_day(text) or text


def read_source(fields: Mapping[str, str], today: str) -> tuple[Source, Faults]:
    """Read what a form says of its source; return it with its faults."""
    names = ("title", "address", "publisher", "locator")
    texts = {name: one_line(fields.get(name, "")) for name in names}
    faults = {name: "fault_long" for name, text in texts.items() if len(text) > LONGEST[name]}
    day = read_date(one_line(fields.get("date", "")))
    undated = bool(fields.get("undated"))
    language = fields.get("language", "en")
    if language not in LANGUAGES:
        faults["language"] = "fault_choice"
    if texts["address"] and not is_address(texts["address"]):
        faults["address"] = "fault_address"
    if not texts["title"] and not texts["address"]:
        faults["title"] = "fault_source"
    if fault := _fault_of_source_date(day, undated, today):
        faults["date"] = fault
    return Source(**texts, date=day or "", undated=undated, language=language), faults


def _fault_of_source_date(day: str | None, undated: bool, today: str) -> str:
    """Return the key of what is wrong with the date of a source; empty where nothing is."""
    if not day:
        return "fault_source_date" if day == "" else "fault_date"
    if first(day) > today:
        return "fault_future"
    return "fault_day" if undated and len(day) != len("2026-11-30") else ""


def read_note(fields: Mapping[str, str]) -> tuple[Note, Faults]:
    """Read what a form says is wrong; return it with its faults."""
    note = Note(
        lines(fields.get("text", "")),
        one_line(fields.get("page", "")),
        one_line(fields.get("address", "")),
    )
    faults: Faults = {}
    if not note.text:
        faults["text"] = "fault_text"
    found = (("text", note.text), ("page", note.page), ("address", note.source))
    faults |= {name: "fault_long" for name, text in found if len(text) > LONGEST[name]}
    return note, faults


def read_email(text: str) -> tuple[str, Faults]:
    """Read an e-mail address, which may be left out."""
    text = one_line(text)
    fits = not text or (_EMAIL.fullmatch(text) and len(text) <= LONGEST["email"])
    return text, {} if fits else {"email": "fault_email"}
