"""The conformance statement: what each specification asks, and the test that proves it.

Tests carry marks: `conforms` names a specification, a section and what it asks, `deviates` a place
where the engine does otherwise. `python -m tests.conformance` collects the marks and writes
`docs/CONFORMANCE.md`; a test fails where the page is another.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "CONFORMANCE.md"
ENGINE: Final = "0.5.13"
"""The version of pyoxigraph whose result in the suite of the W3C the page tells."""


@dataclass(frozen=True)
class Specification:
    """A specification: its name, its address, and the anchors of its sections."""

    name: str
    url: str
    anchors: dict[str, str] = field(default_factory=dict)
    pattern: str = ""

    def cite(self, section: str) -> str:
        """Write a section as a link; to the whole where its anchor is not known."""
        anchor = self.anchors.get(section) or self.pattern.format(section.replace(":", "-"))
        return f"[{section}]({self.url}{anchor and '#' + anchor})"


def rfc(number: int, title: str) -> Specification:
    return Specification(
        f"RFC {number}", f"https://www.rfc-editor.org/rfc/rfc{number}", {"": title}, "section-{}"
    )


def w3c(name: str, short: str, anchors: dict[str, str], pattern: str = "") -> Specification:
    return Specification(name, f"https://www.w3.org/TR/{short}/", anchors, pattern)


PROTOCOL: Final = "SPARQL 1.1 Protocol"
DESCRIPTION: Final = "SPARQL 1.1 Service Description"
SPECIFICATIONS: Final = (
    w3c(
        PROTOCOL,
        "sparql11-protocol",
        {
            "2.1": "query-operation",
            "2.1.1": "query-via-get",
            "2.1.2": "query-via-post-urlencoded",
            "2.1.3": "query-via-post-direct",
            "2.1.4": "dataset",
            "2.1.5": "conneg",
            "2.1.6": "query-success",
            "2.1.7": "query-failure",
            "2.2": "update-operation",
        },
    ),
    w3c(DESCRIPTION, "sparql11-service-description", {"2": "accessing"}, "{}"),
    w3c("SPARQL 1.1 Query", "sparql11-query", {"13": "rdfDataset", "19.2": "codepointEscape"}),
    w3c(
        "SPARQL 1.1 Query Results JSON Format",
        "sparql11-results-json",
        {"3.2.2": "select-encode-terms"},
    ),
    w3c("SPARQL Query Results XML Format", "rdf-sparql-XMLres", {}),
    w3c(
        "SPARQL 1.1 Query Results CSV and TSV Formats",
        "sparql11-results-csv-tsv",
        {"3.2": "csv-terms"},
    ),
    w3c("SPARQL 1.1 Graph Store HTTP Protocol", "sparql11-http-rdf-update", {}),
    w3c("Cool URIs for the Semantic Web", "cooluris", {}),
    rfc(9110, "HTTP Semantics"),
    rfc(9111, "HTTP Caching"),
    rfc(9112, "HTTP/1.1"),
    rfc(8246, "HTTP Immutable Responses"),
    rfc(8288, "Web Linking"),
    rfc(9457, "Problem Details for HTTP APIs"),
    Specification(
        "Reconciliation Service API 0.2",
        "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",
    ),
    Specification(
        "DCAT-AP 3",
        "https://semiceu.github.io/DCAT-AP/releases/3.0.0/",
        {"catalogue": "Catalogue", "shapes": "validation-of-dcat-ap"},
    ),
    w3c("VoID", "void", {"4": "statistics"}),
    Specification("LDES", "https://w3id.org/ldes/specification", {"": "Linked Data Event Streams"}),
    Specification(
        "HTML Standard",
        "https://html.spec.whatwg.org/multipage/server-sent-events.html",
        {"": "Server-Sent Events", "9.2.5": "parsing-an-event-stream"},
    ),
    rfc(4287, "The Atom Syndication Format"),
    rfc(7946, "The GeoJSON Format"),
    rfc(4180, "Common Format and MIME Type for CSV Files"),
    Specification(
        "Fetch", "https://fetch.spec.whatwg.org/", {"": "CORS", "3.3": "http-cors-protocol"}
    ),
)

Row = tuple[str, str, str, str]
"""Specification, section, what it asks, and the state: what proves it, or why it is not offered."""

NOT_OFFERED: Final[tuple[Row, ...]] = (
    (PROTOCOL, "2.2", "the update operation", "contributions come in as source graphs"),
    (PROTOCOL, "2.1.4", "a default graph or named graph of the client's, fetched from its IRI",
     "nothing is fetched; the graphs of a release alone make up a dataset"),
    (DESCRIPTION, "sd:feature", "`sd:UnionDefaultGraph`",
     "not so: shapes and saved queries are not in the default graph"),
    (DESCRIPTION, "sd:feature", "`sd:DereferencesURIs`, `sd:BasicFederatedQuery`",
     "not so: queries read this registry alone"),
    (DESCRIPTION, "sd:feature", "`sd:EmptyGraphs`", "not so: GRAPH finds graphs with triples"),
    (DESCRIPTION, "sd:feature", "`sd:RequiresDataset`", "not so: without one there is a default"),
    ("SPARQL 1.1 Graph Store HTTP Protocol", "5.5", "POST to the store itself, or of several parts",
     "a change names its graph"),
    ("RFC 9110", "9.3.7", "`OPTIONS *`", "404; each address answers OPTIONS"),
    ("RFC 9110", "14.2", "Range on documents and answers", "sent whole; files of dumps have it"),
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Deviation:
    """A place where the engine does otherwise: a query, its answer, and the one it should give.

    `warning` is its name in `registry/sparql/deviations.py`. Answers are lines of TSV without the
    head; the section is one of SPARQL 1.1 Query. `padding` follows the query.
    """

    warning: str
    section: str
    said: str
    query: str
    found: str
    expected: str
    padding: str = ""


COMPARED: Final = "9,900"
"""How many random queries the page tells to have been compared with a second engine."""

LONG: Final = " " * 20_000
"""Makes a query too long for the planner."""


class Marks:
    """What a collection of tests finds; a plugin of pytest."""

    def __init__(self) -> None:
        self.proofs: dict[tuple[str, str, str], set[str]] = {}
        self.deviations: set[Deviation] = set()
        self.files: set[Path] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        """Read the marks of the tests, before any are deselected."""
        for item in items:
            self.files.add(item.path)
            test = item.nodeid.partition("[")[0]
            for mark in item.iter_markers("conforms"):
                specification, section, asked = mark.args
                self.proofs.setdefault((specification, section, asked), set()).add(test)
            self.deviations.update(mark.args[0] for mark in item.iter_markers("deviates"))


RUNNING: Final = pytest.StashKey[Marks]()
"""Where the marks of the tests of this run stand in its configuration."""


def marked() -> list[Path]:
    """List the files whose tests carry marks."""
    return sorted(
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if "mark.conforms" in (text := path.read_text(encoding="utf-8")) or "mark.deviates" in text
    )


_COLLECT: Final = ("--collect-only", "-q", "-p", "no:cacheprovider")


def collected() -> Marks:
    """Collect the tests that carry marks."""
    files = map(str, marked())
    marks, said = Marks(), io.StringIO()
    with contextlib.redirect_stdout(said):
        ended = pytest.main([*_COLLECT, "--rootdir", str(ROOT), *files], [marks])
    if ended != pytest.ExitCode.OK:
        raise RuntimeError(said.getvalue())
    return marks


def rows(marks: Marks) -> Iterator[Row]:
    """Give all rows: what is proven, and what is not offered."""
    for (specification, section, asked), tests in marks.proofs.items():
        yield specification, section, asked, "<br>".join(map(_test, sorted(tests)))
    for specification, section, asked, reason in NOT_OFFERED:
        yield specification, section, asked, f"**not offered**: {reason}"


def _test(name: str) -> str:
    """Write the name of a test as a link to its file."""
    path, _, function = name.partition("::")
    return f"[`{Path(path).name}::{function}`](../{path})"


def numbers(section: str) -> list[tuple[int, str]]:
    """Give what sections are sorted by.

    >>> sorted(["13.2", "2.1.10", "2.1.2", "sd:name"], key=numbers)
    ['2.1.2', '2.1.10', '13.2', 'sd:name']
    """
    return [(int(n), "") if n.isdigit() else (10**6, n) for n in section.split(".")]


def written(marks: Marks) -> str:
    """Write the page."""
    found = list(rows(marks))
    if unknown := {row[0] for row in found} - {known.name for known in SPECIFICATIONS}:
        raise ValueError(f"no specification is called {unknown}")
    parts = [_HEAD]
    for specification in SPECIFICATIONS:
        title = specification.anchors.get("")
        parts.append(f"## {specification.name}" + (f", {title}" if title else ""))
        own = [row for row in found if row[0] == specification.name]
        lines = sorted(own, key=lambda row: (numbers(row[1]), row[2]))
        cells = ([specification.cite(section), asked, state] for _, section, asked, state in lines)
        parts.append(_table(["section", "asks", "proven by"], cells))
    proven, refused = len(marks.proofs), len(NOT_OFFERED)
    parts[0] = parts[0].format(proven=proven, refused=refused)
    known = sorted(marks.deviations, key=lambda d: (numbers(d.section), d))
    query = w3c("SPARQL 1.1 Query", "sparql11-query", {})
    differ = (
        [query.cite(d.section), d.said, _code(d.query) + (_LONG_QUERY if d.padding else ""),
         *map(_code, (d.found, d.expected, d.warning))]
        for d in known
    )  # fmt: skip
    parts += [_ENGINE.format(version=ENGINE, compared=COMPARED)]
    parts.append(_table(_DIFFERS, differ))
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Write a table of Markdown."""
    rule = ["---"] * len(head)
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
        for line in (head, rule, *lines)
    )


def _code(text: str) -> str:
    """Write a line as code; no line, and one without values, in words."""
    if not text:
        return "no row"
    return f"`{text.expandtabs(2)}`" if text.strip() else "no value"


_HEAD: Final = """# Conformance

What the specifications ask of the endpoint and of the addresses, in our words, and the test that
proves it: {proven} statements are proven, {refused} things are not offered. This page is written by
`make conformance` from the marks on the tests, and a test fails where it is out of date."""

_DIFFERS: Final = ("section", "differs in", "query", "answers", "should answer", "warning")
_LONG_QUERY: Final = ", with 20,000 spaces"

_ENGINE: Final = """## Known deviations of the engine

Queries are evaluated by pyoxigraph {version}, after a [planner](analyst.md#fast-and-slow) has
rewritten some. Of the 962 evaluation tests of the W3C for SPARQL 1.0 and 1.1 the engine alone
passes 934, and 941 with the planner. The 21 others: numbers are kept by value, GRAPH with a
variable has another scope, and what follows from these.

A query that may meet one of these deviations has an answer all the same, with a
[warning](analyst.md#warnings); those with 20,000 spaces are right and without a warning where the
planner reads the query. Each is proven by `test_deviations.py`, so that we see it when an engine
mends it.

{compared} random queries, all but 230 of them on the curated data, were compared with Apache Jena
4.5 (`tests/sparql/second.py`); of some 750 others, one engine gave up, or ours warned. Whatever
differed and was the engine's fault is mended or in the table. The rest is Jena's: it loses rows of
VALUES that are twice beside a sub-select with DISTINCT, drops rows of VALUES with UNDEF, and of
MINUS beside OPTIONAL, and shares the variable of GRAPH with MINUS."""


def main() -> None:
    """Write the page; with `--print`, to standard output."""
    text = written(collected())
    if "--print" in sys.argv[1:]:
        sys.stdout.write(text)
    else:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
