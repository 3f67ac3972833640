"""Named graphs by the SPARQL 1.1 Graph Store HTTP Protocol: read by all, written with a token.

https://www.w3.org/TR/sparql11-http-rdf-update/ . A graph is named by `?graph=IRI` (section 4.2);
the default graph, the merge of the others, by `?default`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.datastructures import ETags

from registry import formats, terms
from registry.contribute.tokens import AUTHORITY, PREFIX
from registry.formats import Format
from registry.graphs.graph import MERGED, Role
from registry.problems import Problem
from registry.publishing import write_tokens
from registry.publishing.uploads import Edit, Upload, Written
from registry.publishing.write_tokens import Writer
from registry.releases.graph_files import converted
from registry.web import bodies, negotiation
from registry.web.context import call, last_modified, licence, parts, release
from registry.web.negotiation import Resource, Variant, etag, etags, respond
from registry.web.operation import IF_MATCH, IF_NONE_MATCH, IRI, LIMITS, Operation, Parameter
from registry.web.routes.graphs import write_graph
from registry.web.saved_query_results import answer

routes = Blueprint("graph_store", __name__)

_EVERYTHING: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


_GRAPH: Final = Parameter("graph", "the IRI of a graph; either this or `default`", IRI)
_DEFAULT: Final = Parameter("default", "all graphs as one; its value is passed over", empty=True)


_DELETION: Final = Operation(
    "Remove a graph",
    "releases",
    parameters=(_GRAPH, _DEFAULT, IF_MATCH, IF_NONE_MATCH),
    refuses=(
        *("unauthorised", "forbidden", "not-found", "conflict", "precondition", "data-too-large"),
        *("data-invalid", "answer-too-large", "busy", "rate", "unwritable"),
    ),
    statuses=(204,),
    description="The change is a release of its own; nobody writes the default graph.",
)
_WRITING: Final = replace(
    _DELETION,
    refuses=(*_DELETION.refuses, "data-syntax", "unsupported-type"),
    statuses=(201, 204),
    takes=partial(bodies.rdf, formats.GRAPHS),
)


@routes.get("/graphs")
@Operation(
    "A graph by its IRI, or the merge of all",
    "releases",
    formats.RDF_FORMATS,
    (_GRAPH, _DEFAULT),
    refuses=("not-found", *LIMITS),
)
def read() -> Response:
    """Return a graph (section 5.2)."""
    iri = _target()
    if iri is None:
        variants = tuple(Variant(f, "", partial(_merge, f)) for f in formats.RDF_FORMATS)
        tag = f"{release().version} default"
        return respond(Resource(variants, tag, None, last_modified(), licence()))
    resource = _resource(iri)
    if resource is None:
        raise Problem("not-found", f"<{iri}> is not a graph of release {release().version}")
    return respond(resource)


def _merge(form: Format) -> negotiation.Written:
    """Write the default graph: the merge of the graphs' files, in XML the answer to a query."""
    if form == formats.RDFXML:
        return answer(_EVERYTHING, form)
    entries = [one for one in release().manifest.all_graphs() if Role(one.role) in MERGED]
    return converted(parts().shelf.workspace.merged_blocks(entries), form)


@routes.put("/graphs")
@replace(_WRITING, summary="Make or replace a graph")
def replace_graph() -> Response:
    """Replace a graph (section 5.3)."""
    return _write()


@routes.post("/graphs")
@replace(_WRITING, summary="Make a graph, or merge into it")
def merge() -> Response:
    """Merge into a graph (section 5.5)."""
    return _write()


@routes.delete("/graphs")
@_DELETION
def remove() -> Response:
    """Remove a graph (section 5.4)."""
    return _write()


def _write() -> Response:
    """Change a graph as the method says."""
    sent = request.authorization  # RFC 6750, section 2.1
    token = sent.token if sent and sent.type == "bearer" else None
    client = call().client
    writer = _writer(token, client.name)
    iri = _target()
    if iri is None:
        raise Problem(
            "forbidden", "the default graph is the merge of the others; write one of them"
        )
    writer.check(iri)
    uploads = parts().uploads
    with uploads.writing.ticket(client):
        expected = _check_conditions(iri)
        upload = None
        if request.method != "DELETE":
            form, content = bodies.data(formats.GRAPHS)
            upload = Upload(content, form, iri, "the body")
        edit = Edit(iri, upload, request.method == "POST", expected, writer.name)
        done = uploads.write(edit, client)
    return _respond(iri, upload, done)


def _writer(token: str | None, client: str) -> Writer:
    """Return who has a token: one of a person, or of the file of tokens.

    Raises
    ------
    Problem
        `unauthorised`, `forbidden` or `rate`.

    """
    if not token or not token.startswith(PREFIX):
        return write_tokens.admit(parts().settings.tokens, token, client, parts().refusals)
    parts().refusals.check(client)
    holder = parts().door.tokens.holder(token)
    if holder is None:
        parts().refusals.count(client)
        raise Problem("unauthorised", "nobody here has that token")
    if holder.role == AUTHORITY:
        raise Problem("forbidden", f"{holder.name} speaks by forms, and writes no graphs")
    return Writer(holder.name, holder.scope)


def _target() -> str | None:
    """Return the IRI of the graph in the address, None for the default graph."""
    named, default = request.args.getlist("graph"), "default" in request.args
    if len(named) + default != 1:
        raise Problem(
            "bad-parameter", "say either graph, once, with the IRI of a graph, or default"
        )
    if default:
        return None
    try:
        return ox.NamedNode(named[0]).value
    except ValueError as error:
        raise Problem("bad-parameter", "graph is not an absolute IRI") from error


def _resource(iri: str) -> Resource | None:
    """Put together the representations of a graph; None where it is not in the release."""
    entry = release().manifest.graph(iri)
    if entry is None:
        return None
    path = terms.path_of(iri)
    variants = (
        Variant(f, f"{path}.{f.extension}", partial(write_graph, entry, f))
        for f in formats.RDF_FORMATS
    )
    at = last_modified()
    return Resource(tuple(variants), entry.sha256, None, at, entry.licence, iri)


def _check_conditions(iri: str) -> Mapping[str, str | None]:
    """Evaluate If-Match and If-None-Match (RFC 9110, section 13.1); return what must hold later.

    Raises
    ------
    Problem
        `precondition` when they do not hold now.

    """
    if not {"If-Match", "If-None-Match"} & set(request.headers.keys()):
        return {}
    here = _resource(iri)
    known = etags(here) if here else set()
    if "If-Match" in request.headers and not _names(request.if_match, known):
        raise Problem("precondition", f"<{iri}> has none of the ETags in If-Match")
    if _names(request.if_none_match, known, weakly=True):
        raise Problem("precondition", f"<{iri}> is there, or has an ETag in If-None-Match")
    return {iri: here.tag if here else None}


def _names(header: ETags, known: set[str], weakly: bool = False) -> bool:
    """Whether a condition names what is there."""
    return bool(known and (header.star_tag or known & header.as_set(include_weak=weakly)))


def _respond(iri: str, upload: Upload | None, done: Written) -> Response:
    """Answer a change that was made."""
    response = Response(status=201 if done.created and upload else 204)
    del response.headers["Content-Type"]
    response.headers["Citylinks-Release"] = done.release
    if response.status_code == 201:
        response.headers["Location"] = f"/graphs?graph={quote(iri, safe='')}"
    # A PUT that was brought to canonical form gets no ETag: its author would take it for that of
    # the bytes they sent (RFC 9110, section 9.3.4).
    sent = hashlib.sha256(upload.content).hexdigest() if upload else ""
    same = upload and upload.form == formats.NTRIPLES and sent == done.sha256
    if upload and done.sha256 and (same or request.method == "POST"):
        variant = Variant(upload.form, "", bytes)
        response.set_etag(etag(Resource((variant,), done.sha256), variant, ""))
    return response
