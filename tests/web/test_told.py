"""What is told in English of mistakes and places, in the languages of pages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry import shipped, terms
from registry.web.phrases import catalogue
from registry.web.told import PREFIX, told
from tests.tables import every_row
from tests.web.reading import page, said

ROOT = Path(__file__).parents[2] / "registry"
TOLD = sorted(key for key in catalogue("en").forms if key.startswith(PREFIX))

READ_BY_PEOPLE = (
    *sorted((ROOT / "lists").glob("*.py")),
    *(ROOT / name for name in ("search/calling.py", "things/former.py", "releases/workspace.py")),
    *(ROOT / "web" / name for name in ("language.py", "negotiation.py", "operation.py")),
    *(ROOT / "contribute" / f"{name}.py" for name in "rates review stamps store".split()),
    ROOT / "web" / "contributing.py",
    *(ROOT / "publishing" / f"{name}.py" for name in "curation redaction undoing".split()),
    *(ROOT / name for name in ("contribute/acts.py", "sources/splitting.py")),
    *(
        ROOT / "web" / "routes" / f"{name}.py"
        for name in (
            *("audit", "compare", "countries", "deciding", "dumps", "lookup", "officer"),
            *("queries", "search", "things"),
        )
    ),
)
"""Modules that refuse what readers of pages ask for."""

READ = ("bad-parameter", "not-found", "forbidden", "gone")
"""Problems that people meet who read a page or fill in a form."""

_OF_MACHINES = {
    "a concept's IRI is not under /id/",
    "the field 1 is to be left empty",
    "act is one of 1",
}


def sentences(path: Path) -> Iterator[str]:
    """Give what a module tells of mistakes; `1` stands for each value."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
            name = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
            is_problem = node.func.id == "Problem" and name in READ
            if is_problem or node.func.id == "_must":
                yield from _written(node.args[1])


def _written(text: ast.expr) -> Iterator[str]:
    if isinstance(text, ast.Constant):
        yield str(text.value)
    elif isinstance(text, ast.JoinedStr):
        yield "".join(
            str(one.value) if isinstance(one, ast.Constant) else "1" for one in text.values
        )


@every_row("path", READ_BY_PEOPLE)
def test_what_people_are_told_is_translated(path: Path) -> None:
    untold = {text for text in sentences(path) if told(text, "de").lang != "de"}
    # What is composed of a value and what is wanted of it is told where that is known.
    assert {one for one in untold if not one.endswith("is not 1")} <= _OF_MACHINES


@every_row("key", TOLD)
def test_a_sentence_is_found_again_with_its_values(key: str) -> None:
    """No sentence is taken for another."""
    (english,) = catalogue("en").forms[key]
    names = re.findall(r"\{(\w+)\}", english)
    values = {name: f"<{name}>" for name in names}
    for language in terms.LANGUAGES[1:]:
        (phrase,) = catalogue(language).forms[key]
        assert told(english.format(**values), language).text == phrase.format(**values)
        assert told(english.format(**values), language).lang == language


def test_the_messages_of_shapes_are_those_that_the_shapes_have() -> None:
    shapes = "".join(path.read_text(encoding="utf-8") for path in shipped.shape_files())
    known = {one.replace("'", "’") for one in re.findall(r'sh:message "([^"]+)"@en', shapes)}
    translated = {catalogue("en").forms[key][0] for key in TOLD if "_shape_" in key}
    assert translated
    assert translated <= known


@pytest.mark.parametrize(
    ("text", "language", "translated"),
    [
        (
            "Kotō: it is not in Tokyo; it is 893 km from the position that is stated",
            "it",
            "Kotō: non si trova in Tokyo; dista 893 km dalla posizione indicata",
        ),
        ("day must be a whole number", "fr", "valeur attendue pour day\u00a0: un nombre entier"),
    ],
)
def test_sentences_are_told_one_by_one(text: str, language: str, translated: str) -> None:
    assert told(text, language).text == translated


def test_a_page_tells_a_mistake_in_its_language(client: FlaskClient) -> None:
    asked = {"Accept": "text/html"}
    shown = page(client.get("/links?page=0&lang=de", headers=asked).data)
    assert "page ist keine ganze Zahl von 1 bis 10000" in shown.text
    response = client.get("/links?page=0&lang=de", headers={"Accept": "application/problem+json"})
    assert json.loads(response.data)["detail"] == "page is not a whole number from 1 to 10000"
    near = page(client.get("/countries/Germny?lang=en", headers=asked).data)
    assert [said(one) for one in near.find("ul/li")] == ["Germany", "Countries"]
