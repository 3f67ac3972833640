"""The table of cases in docs/model.md, line by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.queries.test_derive import claim, date, derive, facts, link
from tests.tables import every_row

TEXT = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
TODAY = "2026-11-29"
COVERS = re.compile(r"([A-Z]) (\S+) has ([A-Z])")
SAYS = re.compile(r"(\w+) ([0-9-]+)(?: of ([A-Z]))?(?: under ([A-Z]))?")


def rows() -> list[list[str]]:
    """Read the cells of the table, without its head."""
    table = TEXT[TEXT.index("| case | sources |") :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def written(sources: str) -> str:
    """Write what sources say as Turtle: a link of A and B, and other entries of its sources."""
    claims, others = [], []
    for number, text in enumerate(sources.split("; ")):
        if covers := COVERS.fullmatch(text):
            family, day, city = covers.groups()
            others += [
                link(f"{claim(day, under=city)} ; cl:supportedBy :p{number}", name=f"l{number}"),
                passage(number, family, day),
            ]
            continue
        said, *options = text.split(", ")
        status, day, family, under = SAYS.fullmatch(said).groups("")  # type: ignore[union-attr]
        dates = dict(option.split(" ") for option in options if re.match("(start|end) ", option))
        mode = next((o for o in options if o in {"announced", "inferred", "disputed"}), "reported")
        stated = claim(day, status=status.replace("list", ""), under=under, **dates)
        stated += " ; cl:statedBy :council" if "by a party" in options else ""
        claims.append(f"{stated} ; cl:supportedBy :p{number}")
        others.append(passage(number, family or f"own-{number}", day, mode))
    return "\n".join([link(*claims, parties="A B"), *others])


def passage(number: int, family: str, day: str, mode: str = "reported") -> str:
    """Write a passage of a document of its own."""
    return f"""
        :p{number} cl:passageOf :d{number} ; cl:mode <../scheme/evidence-mode/{mode}> .
        :d{number} cl:sourceFamily "{family}" ; dcterms:issued {date(day)} .
    """.replace("<../", "<https://w3id.org/citylinks/")


def told(found: dict[str, str]) -> dict[str, str]:
    """Word what is derived of a link as the table does."""
    dates = []
    if start := found.get("startDate"):
        dates.append(f"since {start}")
        is_planned = found["status"] == "proposed"
        dates += [] if is_planned or "first" not in found else [f"first {found['first']}"]
    dates += [f"until {found['endDate']}"] if "endDate" in found else []
    return {
        "status": found["status"],
        "confirmed": found.get("lastConfirmed", ""),
        "contested": found.get("contestedAbout", ""),
        "dates": ", ".join(dates),
    }


@every_row(
    ("sources", "expected"), [(row[1], row[2:]) for row in rows()], ids=[r[0] for r in rows()]
)
def test_what_follows_from_what_sources_say(sources: str, expected: list[str]) -> None:
    found = facts(derive(written(sources), TODAY), "link")
    if "first" in expected[3]:
        found["first"] = found["firstStart"]
    assert list(told(found).values()) == expected


@pytest.mark.parametrize("word", ["ended", "suspended", "listed", "not-confirmed", "proposed"])
def test_the_table_has_cases_of_every_status(word: str) -> None:
    assert sum(row[2] == word for row in rows()) >= 2
