"""Wikidata as it is now: its twinnings, page by page, from a SPARQL endpoint into files.

Pages are asked one after another with a pause between them, each from where the last one ended, so
that a fetch that was broken off goes on where it was. An endpoint that is busy is asked again,
later each time, and no sooner than it says itself.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError

from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, SPARQLWrapperException

from registry.version import AGENT

_BUSY: Final = frozenset({429, 500, 502, 503, 504})
"""Status codes after which it is worth asking again."""

_QUERY: Final = """
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX ps: <http://www.wikidata.org/prop/statement/>
PREFIX pq: <http://www.wikidata.org/prop/qualifier/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX wikibase: <http://wikiba.se/ontology#>
SELECT ?statement ?here ?there ?hereLabel ?thereLabel ?since ?until WHERE {
  { SELECT ?statement ?here ?there WHERE {
      ?here p:P190 ?statement . ?statement ps:P190 ?there .
      FILTER(ISIRI(?there) && STR(?statement) > "%s")
      FILTER NOT EXISTS { ?statement wikibase:rank wikibase:DeprecatedRank }
    } ORDER BY STR(?statement) LIMIT %d }
  OPTIONAL { ?here rdfs:label ?hereLabel FILTER(LANG(?hereLabel) = "en") }
  OPTIONAL { ?there rdfs:label ?thereLabel FILTER(LANG(?thereLabel) = "en") }
  OPTIONAL { ?statement pq:P580 ?since }
  OPTIONAL { ?statement pq:P582 ?until }
} ORDER BY STR(?statement)"""


@dataclass(frozen=True)
class Manners:
    """How to ask: rows a page, seconds between pages and for an answer, and how often to retry."""

    rows: int = 5_000
    pause: float = 1.0
    seconds: int = 120
    tries: int = 6
    sleep: Callable[[float], None] = time.sleep


def fetch(endpoint: str, folder: Path, manners: Manners) -> list[Path]:
    """Fetch all pages that a folder lacks; give all of them.

    Raises
    ------
    ConnectionError
        when the endpoint does not answer, again and again; the pages that are there stay.

    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = sorted(folder.glob("page-*.json"))
    last, full = _end(pages[-1], manners.rows) if pages else ("", True)
    while full:
        found = _page(endpoint, _QUERY % (last, manners.rows), manners)
        path = folder / f"page-{len(pages) + 1:05}.json"
        _write(path, found)
        pages.append(path)
        last, full = _end(path, manners.rows)
        if full:
            manners.sleep(manners.pause)
    return pages


def _end(page: Path, rows: int) -> tuple[str, bool]:
    """Return the last statement of a page, and whether more may follow."""
    statements = {row["statement"]["value"] for row in json.loads(page.read_bytes())}
    return max(statements, default=""), len(statements) >= rows


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a page whole, since what is there is not asked for again."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(rows, ensure_ascii=False, sort_keys=True), "utf-8")
    beside.replace(path)


def _page(endpoint: str, query: str, manners: Manners) -> list[dict[str, Any]]:
    """Ask for a page, again where the endpoint is busy."""
    why: Exception = ConnectionError("it was not asked")
    for attempt in range(manners.tries):
        if attempt:
            manners.sleep(_wait(why, attempt))
        try:
            return _answer(endpoint, query, manners)
        except HTTPError as error:
            if error.code not in _BUSY:
                raise ConnectionError(f"{endpoint} refuses: {error}") from error
            why = error
        except (EndPointInternalError, URLError, TimeoutError, ValueError) as error:
            why = error
        except SPARQLWrapperException as error:
            raise ConnectionError(f"{endpoint} refuses: {type(error).__name__}") from error
    raise ConnectionError(f"{endpoint} did not answer {manners.tries} times, at last: {why}")


def _answer(endpoint: str, query: str, manners: Manners) -> list[dict[str, Any]]:
    asked = SPARQLWrapper(endpoint, agent=AGENT, returnFormat=JSON)
    asked.setMethod(POST)
    asked.setTimeout(manners.seconds)
    asked.setQuery(query)
    found: Any = asked.query().convert()
    rows: list[dict[str, Any]] = found["results"]["bindings"]
    return rows


def _wait(why: Exception, attempt: int) -> float:
    """Return the seconds to wait: twice as long each time, and as long as the endpoint says."""
    told = why.headers.get("Retry-After", "") if isinstance(why, HTTPError) else ""
    return max(2.0**attempt, float(told) if told.isdecimal() else 0.0)
