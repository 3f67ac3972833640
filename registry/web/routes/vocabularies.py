"""The ontology and the shapes, as their files are, in every format and as a page."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response, render_template

from registry import formats, shipped, terms
from registry.formats import GRAPHS, Format
from registry.problems import Problem
from registry.releases.licences import CC_BY
from registry.things import vocabulary
from registry.views.counts import COUNTS
from registry.web import asset_files
from registry.web.context import pages, release
from registry.web.negotiation import Resource, Variant, documents, fixed_format, respond
from registry.web.operation import DOCUMENT, SOME_TEXT, Operation, in_path

routes = Blueprint("vocabularies", __name__)


@routes.get("/ontology")
@routes.get("/ontology.<extension>")
@Operation("The ontology", "vocabularies", DOCUMENT)
def ontology(extension: str = "") -> Response:
    """Show the ontology."""

    def page() -> str:
        counts = release().view(COUNTS)
        shown = vocabulary.ontology(pages(), vocabulary.uses(counts))
        return render_template(
            "ontology.html",
            ontology=shown,
            diagram=asset_files.layout("ontology.json"),
            labelled=lambda name: pages().labels.of(terms.CL + name),
        )

    return _answer("/ontology", extension, ontology_turtle, page)


_EDITION: Final = in_path("edition", "the version of the ontology", SOME_TEXT, "2.0.0")
_VERSION: Final = re.compile(r"(?P<number>\d+\.\d+\.\d+)(?:\.(?P<extension>\w+))?", re.ASCII)


@routes.get("/ontology/<edition>")
@Operation("A version of the ontology", "vocabularies", DOCUMENT, (_EDITION,))
def version(edition: str) -> Response:
    """Show the ontology, to which its version IRI leads, too, or an earlier version as data."""
    asked = _VERSION.fullmatch(edition)
    number, extension = (asked["number"], asked["extension"] or "") if asked else ("", "")
    if f"owl:versionIRI <{terms.ONTOLOGY}/{number}>".encode() in ontology_turtle():
        return ontology(extension)
    past = shipped.past_ontologies().get(number)
    if past is None:
        raise Problem("not-found", f"version {edition} of the ontology is not served here")
    path, content = f"/ontology/{number}", past.read_bytes()
    variants = [Variant(f, f"{path}.{f.extension}", partial(_write, content, f)) for f in GRAPHS]
    tag, form = hashlib.sha256(content).hexdigest(), fixed_format(GRAPHS, extension)
    return respond(Resource(tuple(variants), tag, form, "", CC_BY, terms.BASE + path[1:]))


@routes.get("/shapes")
@routes.get("/shapes.<extension>")
@Operation("The shapes that data must meet", "vocabularies", DOCUMENT)
def shapes(extension: str = "") -> Response:
    """Show the shapes."""
    page = lambda: render_template("shapes.html", shapes=vocabulary.shapes(pages()))  # noqa: E731
    return _answer("/shapes", extension, shapes_turtle, page)


@cache
def ontology_turtle() -> bytes:
    """Return the ontology's file."""
    return (shipped.ROOT / "ontology" / "citylinks.ttl").read_bytes()


@cache
def shapes_turtle() -> bytes:
    """Return all files of shapes as one."""
    from registry.graphs import turtle

    return turtle.merged(shipped.shape_files())


def _answer(
    path: str, extension: str, content: Callable[[], bytes], page: Callable[[], str]
) -> Response:
    """Put together the representations of a vocabulary."""
    variants = documents(path, page, lambda form: _write(content(), form))
    # The page words the content with the release's labels.
    tag = f"{release().version} {hashlib.sha256(content()).hexdigest()}"
    form = fixed_format(DOCUMENT, extension)
    return respond(Resource(variants, tag, form, "", CC_BY, terms.BASE + path[1:]))


def _write(content: bytes, form: Format) -> bytes:
    """Write Turtle in another format; Turtle stays as it is."""
    if form == formats.TURTLE:
        return content
    return formats.serialise(_numbered(ox.parse(content, format=ox.RdfFormat.TURTLE)), form)


def _numbered(quads: Iterable[ox.Quad]) -> Iterator[ox.Triple]:
    """Name blank nodes in their order; the parser's names would differ at each start."""
    names: defaultdict[ox.BlankNode, ox.BlankNode]
    names = defaultdict(lambda: ox.BlankNode(f"b{len(names)}"))
    for quad in quads:
        subject = names[quad.subject] if isinstance(quad.subject, ox.BlankNode) else quad.subject
        value = names[quad.object] if isinstance(quad.object, ox.BlankNode) else quad.object
        yield ox.Triple(subject, quad.predicate, value)
