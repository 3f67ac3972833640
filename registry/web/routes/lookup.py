"""Lookup: from an identifier of Wikidata or GeoNames to the thing here."""

from __future__ import annotations

from typing import Final

from flask import Blueprint
from werkzeug.wrappers import Response as Answer

from registry.problems import Problem
from registry.search.identifiers import thing_of
from registry.views.names import NAMES
from registry.web.context import redirect_to, release
from registry.web.operation import LANG, Operation, Parameter

routes = Blueprint("lookup", __name__)


_IRI: Final = Parameter("iri", "an address at Wikidata or GeoNames, or an IRI of ours")


@routes.get("/lookup")
@Operation(
    "Lead from an identifier of Wikidata or GeoNames to the thing here",
    "reconcile",
    parameters=(_IRI, LANG),
    statuses=(303,),
)
def lookup() -> Answer:
    """Lead from an IRI of others to the thing that it is about."""
    iri = _IRI.read()
    if not iri:
        raise Problem("bad-parameter", "iri is missing: an address at Wikidata or GeoNames")
    thing = thing_of(release().view(NAMES), iri)
    if thing is None:
        raise Problem("not-found", f"nothing here is about <{iri}>")
    return redirect_to(f"/id/{thing.id}", 303)
