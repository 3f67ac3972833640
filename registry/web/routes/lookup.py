"""Lookup: from an identifier of Wikidata or GeoNames to the thing here."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as Answer

from registry.problems import Problem
from registry.search.identifiers import identified
from registry.views.names import NAMES
from registry.web import language
from registry.web.context import languages, release

routes = Blueprint("lookup", __name__)


@routes.get("/lookup")
def lookup() -> Answer:
    """Lead from an IRI of others to the thing that it is about."""
    languages()
    iri = request.args.get("iri", "")
    if not iri:
        raise Problem("bad-parameter", "iri is missing: an address at Wikidata or GeoNames")
    thing = identified(release().view(NAMES), iri)
    if thing is None:
        raise Problem("not-found", f"nothing here is about <{iri}>")
    return redirect(language.keeping(request)(f"/id/{thing.id}"), 303)
