"""The rules agree with a second implementation of what docs/model.md says."""

from __future__ import annotations

import lzma
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest

from registry import shipped, terms
from registry.graphs import parsing
from registry.graphs.graph import parse_lines
from registry.publishing import derive, prebuilt
from registry.publishing import store as stores
from registry.releases import as_of, code
from registry.settings import Settings
from tests.publishing.second_opinion import MODES, Answer, Opinion
from tests.publishing.test_derive import brought, graphs

TODAY, LIMIT = "2026-11-29", "2021-11-29"
COMPARED = (
    "status statusAsOf decidedBy lastConfirmed confirmedBy notListedSince notListedBy linkKind "
    "contestedAbout startDate firstStart endDate period"
).split()
"""All that both say of a link."""

DATES = "1960 1990 1990-05 1992 1992-05 1992-05-16 2019 2022 2022-03 2022-03-28 2025".split()
SOURCES = 12


def derived(store: ox.Store, links: set[str]) -> dict[str, Answer]:
    """Return what the rules derived of some links."""
    names = {terms.CL + name: name for name in COMPARED}
    found: dict[str, dict[str, set[str]]] = {link: defaultdict(set) for link in links}
    graph = ox.NamedNode(terms.DERIVED_GRAPH)
    for quad in store.quads_for_pattern(None, None, None, graph):
        name, link = names.get(quad.predicate.value), str(quad.subject)[1:-1]
        if name and link in found and not isinstance(quad.object, ox.Triple):
            text = quad.object.value
            short = name in {"status", "linkKind"}
            found[link][name].add(text.rpartition("/")[2] if short else text)
    return {
        link: {name: frozenset(texts) for name, texts in values.items()}
        for link, values in found.items()
    }


def differences(store: ox.Store, today: str, limit: str) -> list[str]:
    """Describe where the rules and the second implementation disagree."""
    opinion = Opinion(store, today, limit)
    expected = opinion.answers()
    got = derived(store, set(expected))
    return [
        f"{link}\n  {name}: rules {sorted(got[link].get(name, ()))}"
        f" second {sorted(expected[link].get(name, ()))}\n  {opinion.links[link].claims}"
        for link in expected
        for name in COMPARED
        if got[link].get(name) != expected[link].get(name)
    ]


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode(name if "//" in name else terms.prefixed(name))


def random_links(chance: Random, count: int) -> Iterator[tuple[str, str, str | ox.Literal]]:
    """Make links of random claims, over some cities and some editions of some sources."""
    documents = [terms.thing("document", f"d{n}") for n in range(SOURCES)]
    for number, document in enumerate(documents):
        if number % 4:
            yield document, "cl:sourceFamily", ox.Literal(f"family-{number % 4}")
        if number % 5 == 3:
            yield document, "cl:mode", f"{terms.SCHEME}evidence-mode/{chance.choice(MODES)}"
        if number != 7:
            stated = "dcterms:issued" if number % 3 else "cl:issuedEarliest"
            yield document, stated, written(chance.choice(DATES))
    for number in range(count):
        link = terms.thing("link", f"l{number}")
        cities = [terms.thing("city", f"c{chance.randrange(60)}") for _ in range(2)]
        yield from ((link, "cl:party", city) for city in cities)
        if chance.random() < 0.05:
            programme = terms.thing("programme", f"p{chance.randrange(3)}")
            yield link, "rdf:type", terms.CL + "ProgrammePairing"
            yield link, "cl:underProgramme", programme
            yield programme, "cl:endDate", written("2022" if programme.endswith("1") else "2030")
        for position in range(chance.choice([1, 1, 2, 2, 3, 4, 6])):
            claim = terms.thing("claim", f"l{number}/{position}")
            yield link, "cl:claim", claim
            yield from random_claim(chance, claim, cities, chance.choice(documents))


def random_claim(
    chance: Random, claim: str, cities: list[str], document: str
) -> Iterator[tuple[str, str, str | ox.Literal]]:
    kind = chance.choice(["twinning", "twinning", "friendship", "contact", "iurc-pairing"])
    status = chance.choice("active proposed dormant suspended ended unknown".split())
    possible: list[tuple[float, str, str | ox.Literal]] = [
        (1, "cl:asOf", written(chance.choice(DATES))),
        (0.9, "cl:claimedKind", f"{terms.SCHEME}link-kind/{kind}"),
        (0.4, "cl:claimedStatus", f"{terms.SCHEME}status/{status}"),
        (0.3, "cl:startDate", written(chance.choice(DATES))),
        (0.2, "cl:endDate", written(chance.choice([*DATES, "2030"]))),
        (0.15, "cl:statedBy", terms.thing("authority", "a")),
        (0.5, "cl:recordedUnder", chance.choice(cities)),
    ]
    yield from ((claim, name, value) for share, name, value in possible if chance.random() < share)
    if chance.random() < 0.5:
        yield claim, "dcterms:source", document
        return
    for number in range(chance.choice([1, 1, 2])):
        passage = f"{claim.replace('/claim/', '/passage/')}-{number}"
        mode = chance.choice(["reported", *MODES])
        yield claim, "cl:supportedBy", passage
        yield passage, "cl:passageOf", document
        yield passage, "cl:mode", f"{terms.SCHEME}evidence-mode/{mode}"


def written(text: str) -> ox.Literal:
    names = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}
    return ox.Literal(text, datatype=node(names[len(text)]))


def store_of(seed: int, count: int) -> ox.Store:
    """Make a store of random links, with all that rules derive of them."""
    store, kinds = ox.Store(), graphs()[terms.GRAPH + "scheme-link-kind"]
    graph = terms.GRAPH + "random"
    settings = code.settings_graph(TODAY)
    brought(store, {}, {kinds.iri: kinds, settings.iri: settings})
    triples = [
        ox.Triple(node(s), node(p), o if isinstance(o, ox.Literal) else node(o))
        for s, p, o in random_links(Random(seed), count)
    ]
    stores.add(store, graph, triples)
    derive.derive_all(store)
    return store


def test_random_sets_of_claims_are_judged_alike() -> None:
    assert differences(store_of(1, 500), TODAY, LIMIT) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_thousands_of_sets_of_claims_are_judged_alike(seed: int) -> None:
    assert differences(store_of(seed, 1_000), TODAY, LIMIT) == []


def test_curated_links_are_judged_alike() -> None:
    store = ox.Store()
    brought(store, {}, graphs())
    derive.derive_all(store)
    assert differences(store, "2022-04-30", "2017-04-30") == []


@pytest.mark.slow
def test_the_world_is_judged_alike() -> None:
    """By the results that are shipped with it; other tests say that the rules give them."""
    world, others = prebuilt.unchanged(shipped.files_of("all"))
    read = world | parsing.read([parsing.source_of(p) for p in others], Settings(home=Path()))
    read |= {iri: graph for iri, graph in graphs().items() if "/scheme-" in iri}
    store = ox.Store()
    brought(store, {}, read)
    results = lzma.decompress((prebuilt.FOLDER / "derived.nt.xz").read_bytes())
    lines = b"\n".join(line for line in results.splitlines() if not line.startswith(b"#"))
    stores.add(store, terms.DERIVED_GRAPH, parse_lines(lines + b"\n"))
    today = as_of.newest(frozenset().union(*map(as_of.stated_by, read.values())), TODAY)
    limit = as_of.years_before(today, code.UNCONFIRMED_AFTER)
    assert len(Opinion(store, today, limit).links) > 18_000
    assert differences(store, today, limit) == []
