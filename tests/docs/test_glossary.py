"""The glossary explains each term once, in order, and lists only terms that are in use."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.tables import every_row

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "glossary.md"


def sections() -> Iterator[list[tuple[str, ...]]]:
    """Read the rows of each section: term, meaning, and where to read more."""
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", section, re.MULTILINE)
        yield [row for row in rows if row[0] not in {"term", "---"}]


ROWS = [row for rows in sections() for row in rows]


@cache
def everything() -> str:
    """Read the software and its pages, names of several words apart, as in `ClientDeadlines`."""
    places = (("registry", "*.py"), ("ontology", "*.ttl"), ("queries", "*.rq"), ("docs", "*.md"))
    files = [file for folder, name in places for file in (ROOT / folder).rglob(name)]
    files.remove(PAGE)
    text = "\n".join(f.read_text(encoding="utf-8") for f in files if "node_modules" not in f.parts)
    return f"{text}\n{re.sub('(?<=[a-z])(?=[A-Z])', ' ', text)}"


@every_row("term", [term for term, *_ in ROWS])
def test_each_term_of_the_glossary_is_in_use(term: str) -> None:
    words = r"[\s_-]+".join(map(re.escape, re.split(r"[ -]", term)))
    found = re.search(rf"(?:\b|_){words}", everything(), re.IGNORECASE)
    assert found, "neither the software nor another page has it"


@every_row("row", ROWS)
def test_a_term_has_a_plain_meaning_and_a_link(row: tuple[str, ...]) -> None:
    _, meaning, more = row
    assert not meaning.endswith(".")
    assert re.search(r"\]\(\S+\)", more)


def test_terms_are_explained_once_and_in_order() -> None:
    terms = [term for term, *_ in ROWS]
    assert len(terms) == len(set(terms)) > 70
    for rows in sections():
        listed = [term for term, *_ in rows]
        assert listed == sorted(listed)
