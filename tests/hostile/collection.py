"""The hostile collection: queries that are meant to harm, with what each must come to.

A query is a file `queries/NAME.rq` or a row of `grown.py`. A file begins with what it is and what
it must come to, in comments that are not part of the query:

    # hostile: why it is here
    # expect: query-timeout, query-memory
    # answer: the lines of the answer, where it is answered
    # accept: the media type that is asked for, where it matters

What is expected is `answered` or names of problems; several where it depends on the machine and on
the limits which is met first. Files of RDF are in `files.py` and in `tests/graphs`, requests in
`requests.py`. `@canary@` stands for a host and port at which nobody must ever knock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from tests.hostile import grown

FOLDER: Final = Path(__file__).parent / "queries"
NOBODY: Final = "127.0.0.1:9"
"""Where nothing listens: the port of the Discard protocol."""

ACCEPT: Final = "text/csv, application/n-triples;q=0.9, application/sparql-results+json;q=0.8"
ANSWERED: Final = "answered"

_HEADER: Final = re.compile(r"# (hostile|expect|answer|accept):(?: (.*))?")


@dataclass(frozen=True)
class Hostile:
    """A query, the outcomes that are right, and the lines of the right answer (empty = any)."""

    name: str
    text: str
    expected: frozenset[str]
    answer: tuple[str, ...] = ()
    accept: str = ACCEPT


def queries(canary: str = NOBODY) -> list[Hostile]:
    """Give all hostile queries; those that try to reach another server try `canary`."""
    return [replace(query, text=query.text.replace("@canary@", canary)) for query in _all()]


@cache
def _all() -> tuple[Hostile, ...]:
    kept = [parse(path.stem, path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.rq"))]
    made = [
        Hostile(name, text, outcomes(expected), answer)
        for name, text, expected, answer in grown.rows()
    ]
    return (*kept, *made)


def outcomes(written: str) -> frozenset[str]:
    """Read what is expected: names with commas between them."""
    return frozenset(name.strip() for name in written.split(","))


def parse(name: str, content: str) -> Hostile:
    r"""Take the header off a query.

    >>> found = parse("a", "# hostile: no reason\n# expect: answered\n# answer: true\nASK {}\n")
    >>> found.text, found.expected, found.answer
    ('ASK {}\n', frozenset({'answered'}), ('true',))
    """
    lines = content.splitlines(keepends=True)
    header: dict[str, list[str]] = {"hostile": [], "expect": [], "answer": [], "accept": [ACCEPT]}
    while lines and (match := _HEADER.fullmatch(lines[0].rstrip("\n"))):
        header[match[1]].append(match[2] or "")
        lines.pop(0)
    if not header["hostile"] or len(header["expect"]) != 1:
        raise ValueError(f"{name} does not say why it is hostile and what is expected of it")
    expected, answer = outcomes(header["expect"][0]), tuple(header["answer"])
    return Hostile(name, "".join(lines), expected, answer, header["accept"][-1])
