"""Wikidata: twinned administrative bodies (P190), from lists of pairs and from entities.

The data model is that of Wikibase (https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from registry import progress
from registry.identity.mentions import Mention
from registry.problems import Problem
from registry.sources.reader import Reader
from registry.sources.statements import (
    Document,
    LinkRow,
    Reading,
    Refusal,
)

ITEM: Final = re.compile(r"Q[1-9][0-9]*")

_TWINNED, _START, _END, _GEONAMES = "P190", "P580", "P582", "P1566"
PRECISIONS: Final = {9: 4, 10: 7, 11: 10}
"""Characters of a time that count, by its precision: year, month, day."""

PAIRS: Final = Document(
    graph="wikidata-p190-2016",
    title="Twinned administrative bodies in Wikidata, September 2016",
    date="2016-09",
    family="wikidata",
    licence="https://creativecommons.org/publicdomain/zero/1.0/",
    address="https://www.wikidata.org/wiki/Property:P190",
    language="MUL",
    item_page="https://www.wikidata.org/wiki/{item}#P190",
)
"""What the lists of pairs are."""


def read_pairs(relations: Path, names: Path) -> Reading:
    """Read pairs of items, one a line, and the labels of items.

    Raises
    ------
    Problem
        `data-syntax` when a file cannot be read; lines that cannot are in the reading.

    """
    reading = Reading(PAIRS)
    labels = {item: label for _, (item, label) in _lines(names, reading)}
    seen: set[tuple[str, str]] = set()
    for line, (here, there) in progress.counted(_lines(relations, reading)):
        if here not in labels or there not in labels:
            lacking = there if here in labels else here
            reading.refused.append(Refusal(line, f"{relations.name}: {lacking} has no label"))
        elif here == there:
            reading.passed_over["links of an item with itself"] += 1
        elif (here, there) in seen:
            reading.passed_over["repeated rows"] += 1
        else:
            seen.add((here, there))
            a, b = (Mention(labels[item], wikidata=item) for item in (here, there))
            reading.rows.append(LinkRow(a, b, here.lower(), f"{here} P190 {there}"))
    reading.noticed["one-way statements"] = sum((b, a) not in seen for a, b in seen)
    shared = Counter(labels.values()).values()
    reading.noticed["labels of several items"] = sum(count > 1 for count in shared)
    return reading


def _lines(path: Path, reading: Reading) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the lines of two cells, the first of which is an item."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("data-syntax", f"{path.name} cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split("\t")
        if len(cells) == 2 and ITEM.fullmatch(cells[0]) and cells[1].strip():
            yield number, (cells[0], cells[1].strip())
        else:
            reading.refused.append(Refusal(number, f"{path.name}: not an item and a cell"))


def read_entities(paths: list[Path]) -> Reading:
    """Read the twinnings of entities as Special:EntityData gives them.

    They are a source of the day on which the last of them was modified.

    Raises
    ------
    Problem
        `data-syntax` when a file is none.

    """
    rows: list[LinkRow] = []
    days = [day for path in sorted(paths) for day in _read_entity(path, rows)]
    day = max(days, default="")
    title = f"Twinned administrative bodies in Wikidata, entities of {day}"
    reading = Reading(replace(PAIRS, graph=f"wikidata-entities-{day}", title=title, date=day))
    reading.rows += rows
    return reading


def _read_entity(path: Path, rows: list[LinkRow]) -> Iterator[str]:
    """Read a file; give the days on which its entities were modified."""
    try:
        for entity in json.loads(path.read_bytes())["entities"].values():
            rows += _twinnings(entity)
            yield entity["modified"][:10]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem("data-syntax", f"{path.name} is no Wikibase entity: {error!r}") from error


def _twinnings(entity: dict[str, Any]) -> Iterator[LinkRow]:
    here = _mention(entity)
    for statement in entity["claims"].get(_TWINNED, ()):
        snak = statement["mainsnak"]
        if statement["rank"] == "deprecated" or snak["snaktype"] != "value":
            continue
        item = snak["datavalue"]["value"]["id"]
        qualifiers = statement.get("qualifiers", {})
        yield LinkRow(
            here,
            Mention(item, wikidata=item),
            key=here.wikidata.lower(),
            locator=statement["id"],
            since=_time(qualifiers.get(_START)),
            until=_time(qualifiers.get(_END)),
        )


def _mention(entity: dict[str, Any]) -> Mention:
    """Read what an entity says of itself."""
    labels = entity["labels"]
    label = next((labels[code]["value"] for code in ("en", "mul", "de") if code in labels), "")
    numbers = [s["mainsnak"]["datavalue"]["value"] for s in entity["claims"].get(_GEONAMES, ())]
    number = int(numbers[0]) if numbers and str(numbers[0]).isdecimal() else 0
    return Mention(label or entity["id"], wikidata=entity["id"], geonames=number)


def _time(snaks: list[dict[str, Any]] | None) -> str:
    """Read a time at its precision; empty where it is not told, or before the year 1.

    >>> value = {"time": "+1958-00-00T00:00:00Z", "precision": 9}
    >>> _time([{"snaktype": "value", "datavalue": {"value": value}}])
    '1958'
    """
    for snak in snaks or ():
        if snak["snaktype"] == "value":
            value = snak["datavalue"]["value"]
            length = PRECISIONS.get(value["precision"])
            if length and value["time"].startswith("+"):
                return str(value["time"][1 : 1 + length])
    return ""


PAIRS_READER: Final = Reader(
    lambda source: read_pairs(*source.files), files=2, form="two files: relations and names"
)
ENTITIES_READER: Final = Reader(lambda source: read_entities(list(source.files)))
