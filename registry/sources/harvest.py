"""A harvest: statements of another endpoint or dump become a dated source graph here.

They come in by the door of every contribution: parsed in a process of its own, validated
together with all else, published whole or not at all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import pyoxigraph as ox
from SPARQLWrapper import TURTLE

from registry import formats, progress, terms
from registry.formats import NTRIPLES, Format, serialise
from registry.graphs import canonical, parsing
from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import Published, begin
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import endpoint, provenance
from registry.sources.claims import described
from registry.sources.http_client import Client
from registry.sources.provenance import source_of
from registry.sources.statements import Document, Extraction


@dataclass(frozen=True)
class Harvest:
    """What is asked for.

    `url` is the address of an endpoint that is asked the `query`, or where that is empty of a dump.
    `name` is what all harvests of this source share, `licence` and `language` are as the graph
    tells them; `seconds` is how long an endpoint may take.
    """

    url: str
    name: str
    title: str
    licence: str
    query: str = ""
    language: str = "ENG"
    seconds: int = 120

    def document(self, day: str) -> Document:
        """Describe the source as of a day."""
        if not terms.NAME.fullmatch(self.name):
            raise Problem("bad-parameter", f"{self.name!r} is not a name in a-z, 0-9 and hyphens")
        graph, title = f"{self.name}-{day}", f"{self.title}, {day}"
        try:
            return Document(graph, title, day, self.name, self.licence, self.url, self.language)
        except ValueError as error:
            raise Problem("bad-parameter", str(error)) from error


def harvest(workspace: Workspace, settings: Settings, wanted: Harvest) -> Published:
    """Fetch, and publish what came as the graph `{name}-{day}`.

    Raises
    ------
    Problem
        `bad-parameter` when the address, name or query is none, `data-syntax` when what came cannot
        be read, `data-invalid` when the shapes refuse it; nothing is changed then.
    ConnectionError
        when the other side fails, or sends less than all.

    """
    document = wanted.document(datetime.now(UTC).date().isoformat())
    with tempfile.TemporaryDirectory(prefix="citylinks-") as made:
        folder = Path(made)
        about = folder / "about.nt"
        about.write_bytes(serialise(map(canonical.triple, _about(wanted, document)), NTRIPLES))
        progress.step("fetching")
        fetch = _answer if wanted.query else _dump
        content = fetch(wanted, document, folder, settings.intake_memory)
        source = parsing.InputFiles((about, content), terms.GRAPH + document.graph, name=wanted.url)
        change = Change([], sent=[source], by=f"harvest of {wanted.url}")
        with begin(workspace, settings) as transaction:
            after = transaction.plan(change)
            if len(after.graphs[source.graph].lines) <= len(about.read_bytes().splitlines()):
                raise Problem("data-invalid", f"{wanted.url} states nothing of what was asked for")
            transaction.build(after)
            return transaction.commit(after)


def _about(wanted: Harvest, document: Document) -> Iterator[ox.Triple]:
    """Describe the graph, its document, and how it was made."""
    yield from described(document)
    how = Extraction("harvest", wanted.url, document.date)
    yield from provenance.described(document, how)


def _answer(wanted: Harvest, document: Document, folder: Path, limit: int) -> Path:
    """Ask an endpoint; `$GRAPH`, `$DOCUMENT`, `$DAY` in the query stand for those of this."""
    text = Template(wanted.query).safe_substitute(
        GRAPH=f"<{terms.GRAPH}{document.graph}>",
        DOCUMENT=str(source_of(document)),
        DAY=f'"{document.date}"^^<{terms.prefixed("xsd:date")}>',
    )
    asked = endpoint.request(wanted.url, text, TURTLE, wanted.seconds)
    if asked.queryType not in {"CONSTRUCT", "DESCRIBE"}:
        raise Problem("bad-parameter", "the query is neither a CONSTRUCT nor a DESCRIBE")
    try:
        response = endpoint.answer(asked)
        form = _form_of(response.headers.get("Content-Type", ""), "", wanted.url)
        target = folder / f"answer.{form.extension}"
        with target.open("wb") as file:
            file.writelines(endpoint.pieces(response, limit, wanted.seconds))
    except endpoint.FAILURES as error:
        raise ConnectionError(f"{wanted.url} does not answer: {error}") from error
    return target


def _dump(wanted: Harvest, _document: Document, folder: Path, limit: int) -> Path:
    """Fetch a dump."""
    path = urlsplit(wanted.url).path
    try:
        client = Client(wanted.url)
    except ValueError as error:
        raise Problem("bad-parameter", str(error)) from error
    with client:
        answer = client.save(wanted.url, folder / "dump", limit)
        kind = answer.headers.get("Content-Type", "")
    form = _form_of(kind, path, wanted.url)
    packed = ".gz" if path.endswith(".gz") or kind.startswith("application/gzip") else ""
    return (folder / "dump").rename(folder / f"dump.{form.extension}{packed}")


def _form_of(kind: str, path: str, url: str) -> Format:
    """Return the format by the media type, else by the name of the file."""
    media_type = kind.partition(";")[0].strip().lower()
    known = (*formats.GRAPHS, *formats.DATASETS)
    named = formats.of_file(path.rpartition("/")[2])[0] if path else None
    exact = (f for f in known if media_type == f.media_type)
    loosely = (f for f in known if media_type in f.aliases)
    found = next(exact, None) or named or next(loosely, None)
    if found is None or found in formats.DATASETS:
        raise Problem("data-syntax", f"{url} sends {media_type or 'nothing'}, which is no graph")
    return found
