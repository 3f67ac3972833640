"""What changed between two releases: as a page, a table, JSON and RDF."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from flask import Blueprint, render_template
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.catalogue import stream
from registry.formats import Format
from registry.graphs.statements import write
from registry.problems import Problem
from registry.releases.difference import Change, Difference, What
from registry.releases.manifest import Manifest
from registry.releases.reading import Release
from registry.things import changes
from registry.things.changes import Namer
from registry.things.labels import Words
from registry.views.names import NAMES
from registry.web import language
from registry.web.context import kept_manifest, languages, pages, parts, redirect_to, release
from registry.web.negotiation import Resource, Variant, Written, fixed_format, respond
from registry.web.operation import VERSION, Operation

routes = Blueprint("changes", __name__)

_FORMATS: Final = (formats.HTML, formats.JSON, formats.RESULTS_CSV, *formats.GRAPHS)

_LISTED: Final = 100
"""Things that a page names of those added, of those changed, and of those removed."""

_MOST_IN_RDF: Final = 100_000
"""Things whose changes are written in RDF, which is done at once, and not in parts."""


@routes.get("/release/<before>..<after>")
@routes.get("/release/<before>..<after>.<extension>")
@Operation(
    "What changed between two releases: graphs and things added, changed, removed, by name",
    "harvest",
    _FORMATS,
    tuple(replace(VERSION, name=name) for name in ("before", "after")),
    refuses=("not-found", "answer-too-large", "busy"),
    statuses=(302,),
    schema="difference",
    speaks=True,
)
def compare(before: str, after: str, extension: str = "") -> Answer:
    """Compare two releases that are kept."""
    first, second, current = kept_manifest(before), kept_manifest(after), release()
    path = f"/release/{first.version}..{second.version}"
    form = fixed_format(_FORMATS, extension)
    if (before, after) != (first.version, second.version):
        return redirect_to(f"{path}.{extension}" if extension else path, 302)

    def content(wanted: Format) -> Written:
        found = parts().comparer.between(first, second)
        return _write(found, wanted, path)

    variants = tuple(
        Variant(one, f"{path}.{one.extension}", partial(content, one)) for one in _FORMATS
    )
    speaks = form not in formats.GRAPHS
    reader = languages().wanted if speaks else ""
    return respond(Resource(variants, f"{path} {current.version} {reader}", form, speaks=speaks))


def _write(found: Difference, form: Format, path: str) -> Written:
    if form == formats.HTML:
        return _page(found, path)
    if form == formats.JSON:
        return changes.to_json(found, _namer(found))
    if form == formats.RESULTS_CSV:
        return changes.to_csv(found, _namer(found))
    if len(found.changes) > _MOST_IN_RDF:
        detail = f"{len(found.changes)} things differ; ask for CSV or JSON, which have no limit"
        raise Problem("answer-too-large", detail, limit=_MOST_IN_RDF)
    return write(stream.changes(found), form)


def _namer(found: Difference) -> Namer:
    return Namer(_opened(found.before), _opened(found.after), languages().wanted)


def _opened(manifest: Manifest) -> Release:
    """Open a release, or the current one where its store or its index of names is not kept."""
    try:
        kept = parts().shelf.named(manifest.version)
        kept.view(NAMES)
    except Problem:
        return release()
    return kept


def _page(found: Difference, path: str) -> str:
    """Write the page: counts first, then the things that people look for."""
    namer, listed = _namer(found), {}
    for what in What:
        if those := [change for change in found.changes if change.what == what]:
            those.sort(key=lambda change: changes.rank(change.kind))
            listed[what.past] = len(those), list(namer.named(those[:_LISTED]))
    return render_template(
        "difference.html",
        found=found,
        whats=What,
        kinds=_kinds(found),
        listed=listed,
        graphs=changes.named_graphs(found),
        path=path,
        formats=_FORMATS[1:],
        label=pages().labels.of,
        address=partial(_address, found.after.version == release().version),
        current=found.after.version == release().version,
        path_of=terms.path_of,
        short=lambda iri: iri.removeprefix(terms.BASE),
    )


def _kinds(found: Difference) -> dict[str, Words]:
    """Word the kinds of things that differ: those under `id/` by the class that most of them have.

    Of several such classes it is the broadest: not every link is a twinning.
    """
    makes, named = pages(), {}
    for kind in sorted(found.counts, key=lambda kind: (changes.rank(kind), kind)):
        counted = found.classes[kind]
        most = [iri for iri, count in counted.items() if count == max(counted.values())]
        if key := _PHRASES.get(kind):
            named[kind] = Words(language.word(key, languages().interface))
        else:
            named[kind] = makes.labels.of(makes.broadest(most)[0]) if most else Words(kind)
    return named


_PHRASES: Final = {"graph": "graphs", "scheme": "schemes", "ontology": "ontology", "other": "more"}
"""The phrases for what has an address, but not under `id/`."""

WORDS: Final = (*_PHRASES.values(),)
"""Phrases of the interface that are chosen by the kind of a thing."""


def _address(is_current: bool, change: Change) -> str:
    """Return the page of a thing, where the release that has it is the current one."""
    if not is_current or change.what == What.DELETED:
        return ""
    return terms.path_of(change.iri) or ""
