"""The description of a thing: what it says itself, and what it owns."""

from __future__ import annotations

import pyoxigraph as ox

from registry import terms
from registry.releases.reading import Release
from registry.things.describe import DESCRIBED, describe
from registry.things.lookup import Lookup, node
from tests.tables import every_row
from tests.things.made import store_of

LINK = terms.thing("link", "x")


def subjects(triples: list[ox.Triple]) -> set[str]:
    return {
        t.subject.value.removeprefix(terms.ID)
        for t in triples
        if isinstance(t.subject, ox.NamedNode)
    }


OWNED = {
    "claims and their passages": (
        "link:x cl:party city:a ; cl:claim claim:x . claim:x cl:supportedBy passage:x . "
        "passage:x cl:passageOf document:x . document:x dcterms:title 'D' .",
        {"link/x", "claim/x", "passage/x"},
    ),
    "participations": (
        "link:x cl:participation participation:x . participation:x cl:participant city:a .",
        {"link/x", "participation/x"},
    ),
    "signatures": (
        "link:x cl:signature signature:x . signature:x cl:signedFor city:a .",
        {"link/x", "signature/x"},
    ),
    "not what points here": (
        "link:y cl:underLink link:x . link:x cl:party city:a .",
        {"link/x"},
    ),
    "not what others own": ("link:x cl:party city:a . city:a cl:claim claim:x .", {"link/x"}),
    "nothing": ("link:y cl:party city:a .", set()),
    "itself once": (
        "link:x cl:claim link:x, claim:x . claim:x cl:claim link:x .",
        {"link/x", "claim/x"},
    ),
}


@every_row(("turtle", "expected"), OWNED.values(), ids=OWNED.keys())
def test_a_thing_is_described_with_what_it_owns(turtle: str, expected: set[str]) -> None:
    found = describe(store_of(turtle), LINK)
    assert subjects(found) == expected
    assert found == sorted(set(found), key=str)


def test_only_the_default_graph_is_described() -> None:
    store = store_of("link:x cl:party city:a .", "list")
    assert len(describe(store, LINK)) == 1


def test_a_scheme_is_described_with_its_concepts() -> None:
    store = store_of(
        "status:a skos:inScheme <https://w3id.org/citylinks/scheme/status> ; skos:notation 'a' . "
        "<https://w3id.org/citylinks/scheme/status> a skos:ConceptScheme ."
    )
    assert len(describe(store, terms.SCHEME + "status")) == 3
    assert len(describe(store, terms.SCHEME + "status/a")) == 2


def test_each_description_is_a_part_of_the_release(release: Release) -> None:
    """Every triple of a thing is in its description, and none that the release does not state."""
    lookup = Lookup(release.store)
    quads = release.store.quads_for_pattern(None, node("cl:claim"), None, ox.DefaultGraph())
    things = {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}
    assert things
    for thing in things:
        found = set(describe(release.store, thing))
        assert set(lookup.outgoing(thing)) <= found
        owned = {t.object for t in found if t.predicate in DESCRIBED}
        assert {t.subject for t in found} == {ox.NamedNode(thing), *owned}
        assert all(quad in release.store for quad in map(_in_default, found))


def _in_default(triple: ox.Triple) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object)
