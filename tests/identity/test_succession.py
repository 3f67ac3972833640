"""What the ledger has merged is replaced in every graph, what it has withdrawn is removed."""

from __future__ import annotations

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph, from_triples
from registry.identity.ledger import Ledger, LedgerEntry
from registry.identity.succession import applied, changes_nothing
from tests.tables import every_row

LIST, OTHER = f"{terms.GRAPH}list", f"{terms.GRAPH}other"
CELLS = ("", "", "", "", "", "")


def ledger(**mergers: str) -> Ledger:
    """Make a ledger of cities a, b, c, d, their links, and mergers of cities."""
    minted = [LedgerEntry(ref, "city", *CELLS, mergers.get(ref, "")) for ref in "abcd"]
    links = [LedgerEntry(ref, "link", *CELLS, "") for ref in ("a--d", "b--d", "c--d")]
    return Ledger((*minted, *links))


def graph(iri: str, turtle: str) -> Graph:
    """Read Turtle whose IRIs are relative to things."""
    prefixes = "".join(f"@prefix {p}: <{uri}> .\n" for p, uri in terms.PREFIXES.items())
    quads = ox.parse(f"@base <{terms.ID}> .\n{prefixes}{turtle}", format=ox.RdfFormat.TURTLE)
    return from_triples(iri, [quad.triple for quad in quads])


def after(made: Ledger, **turtle: str) -> dict[str, Graph]:
    """Apply a ledger to graphs, given by name."""
    return applied(
        made, {terms.GRAPH + n: graph(terms.GRAPH + n, text) for n, text in turtle.items()}
    )


B_TO_A = ledger(b="a")

REWRITTEN = {
    "a reference": ("<event/e> cl:organiser <city/b>", "<event/e> cl:organiser <city/a>"),
    "a link": (
        "<link/b--d> a cl:CityLink ; cl:party <city/b>, <city/d>",
        "<link/a--d> a cl:CityLink ; cl:party <city/a>, <city/d>",
    ),
    "a claim": (
        "<link/b--d> cl:claim <claim/b--d/list/1> . <claim/b--d/list/1> cl:recordedUnder <city/b>",
        "<link/a--d> cl:claim <claim/a--d/list/1> . <claim/a--d/list/1> cl:recordedUnder <city/a>",
    ),
    "a name without another": (
        '<link/b--d> skos:prefLabel "B and D"@en',
        '<link/a--d> skos:prefLabel "B and D"@en',
    ),
    "a name beside another": (
        '<link/b--d> skos:prefLabel "B and D"@en . <link/a--d> skos:prefLabel "A and D"@en',
        '<link/a--d> skos:prefLabel "A and D"@en',
    ),
    "an own name of a thing": (
        "<participation/cultcities/b> cl:participant <city/b>",
        "<participation/cultcities/b> cl:participant <city/a>",
    ),
    "a geometry": (
        "<city/b> geo:hasDefaultGeometry <geometry/b> . <geometry/b> a geo:Geometry",
        "<city/a> geo:hasDefaultGeometry <geometry/a> . <geometry/a> a geo:Geometry",
    ),
    "a text": ('<event/e> skos:note "id/city/b"@en', '<event/e> skos:note "id/city/b"@en'),
}


@every_row("case", REWRITTEN)
def test_a_graph_is_rewritten(case: str) -> None:
    before, wanted = REWRITTEN[case]
    assert after(B_TO_A, list=f"{before} .") == {LIST: graph(LIST, f"{wanted} .")}


def test_nothing_changes_without_mergers() -> None:
    before = {LIST: graph(LIST, "<link/b--d> cl:party <city/b> .")}
    assert applied(ledger(), before) == before
    assert applied(B_TO_A, {OTHER: graph(OTHER, "<event/e> cl:organiser <city/d> .")}) == {
        OTHER: graph(OTHER, "<event/e> cl:organiser <city/d> .")
    }


def test_a_name_gives_way_to_one_in_another_graph() -> None:
    found = after(
        B_TO_A,
        list='<link/b--d> skos:prefLabel "B and D"@en ; cl:topic <x> .',
        other='<link/a--d> skos:prefLabel "A and D"@en .',
    )
    assert found[LIST] == graph(LIST, "<link/a--d> cl:topic <x> .")
    assert found[OTHER] == graph(OTHER, '<link/a--d> skos:prefLabel "A and D"@en .')


def test_of_two_merged_names_one_stays() -> None:
    found = after(
        ledger(b="c", a="c"),
        list='<link/b--d> skos:prefLabel "B and D"@en .',
        other='<link/a--d> skos:prefLabel "A and D"@en .',
    )
    assert found == {
        LIST: graph(LIST, ""),
        OTHER: graph(OTHER, '<link/c--d> skos:prefLabel "A and D"@en .'),
    }


STUBS = """
    <city/b> owl:deprecated true ; dcterms:isReplacedBy <city/a> .
    <link/b--d> owl:deprecated true ; dcterms:isReplacedBy <link/a--d> .
"""


def test_the_description_of_a_merged_city_gives_way_to_stubs() -> None:
    cities = '<city/a> cl:population 5 . <city/b> cl:population 7 ; skos:prefLabel "B"@en .'
    found = after(B_TO_A, cities=cities)[terms.CITIES_GRAPH]
    assert found == graph(terms.CITIES_GRAPH, f"<city/a> cl:population 5 . {STUBS}")


def test_stubs_stand_among_the_cities_alone_and_are_never_rewritten() -> None:
    once = after(B_TO_A, cities=STUBS, list=f"<city/d> cl:topic <x> . {STUBS}")
    assert once[terms.CITIES_GRAPH] == graph(terms.CITIES_GRAPH, STUBS)
    assert once[LIST] == graph(LIST, "<city/d> cl:topic <x> .")
    assert applied(B_TO_A, once) == once


def test_nothing_is_stated_of_what_was_withdrawn() -> None:
    """Nor does anything refer to it; a word of it is left among the cities."""
    found = after(
        ledger(b="-"),
        cities='<city/a> cl:population 5 . <city/b> cl:population 7 ; skos:prefLabel "B"@en .',
        list="""
            <link/b--d> a cl:CityLink ; cl:party <city/b>, <city/d> ; cl:claim <claim/b--d/list/1> .
            <claim/b--d/list/1> cl:recordedUnder <city/d> .
            <link/a--d> cl:party <city/a>, <city/d> .
            <event/e> cl:organiser <city/b>, <city/a> ; skos:note "id/city/b"@en .
        """,
    )
    stubs = "<city/b> owl:deprecated true . <link/b--d> owl:deprecated true ."
    assert found == {
        terms.CITIES_GRAPH: graph(terms.CITIES_GRAPH, f"<city/a> cl:population 5 . {stubs}"),
        LIST: graph(
            LIST,
            """
            <link/a--d> cl:party <city/a>, <city/d> .
            <event/e> cl:organiser <city/a> ; skos:note "id/city/b"@en .
            """,
        ),
    }
    assert applied(ledger(b="-"), found) == found


def test_what_was_merged_into_the_withdrawn_is_gone_with_it() -> None:
    merged = after(B_TO_A, cities="<city/a> cl:population 5 .", list="<city/d> cl:topic <city/b> .")
    found = applied(ledger(b="a", a="-"), merged)
    stubs = "".join(f"<{old}> owl:deprecated true ." for old in (
        "city/a", "city/b", "link/a--d", "link/b--d"))  # fmt: skip
    assert found[terms.CITIES_GRAPH] == graph(terms.CITIES_GRAPH, stubs)
    assert found[LIST] == graph(LIST, "")


def test_a_later_merger_goes_on_from_an_earlier_one() -> None:
    text = "<link/a--d> cl:party <city/a> . <event/e> cl:organiser <city/b> ."
    first, both = ledger(a="b"), ledger(a="b", b="c")
    assert applied(both, after(first, list=text, cities="")) == after(both, list=text, cities="")


def revised(*lines: tuple[str, str, str]) -> Ledger:
    """Make a ledger of cities a, b, c, d, and of lines of links and claims: kind, from, to."""
    cities = [LedgerEntry(ref, "city", *CELLS, "") for ref in "abcd"]
    return Ledger((*cities, *(LedgerEntry(old, kind, *CELLS, new) for kind, old, new in lines)))


LINKED = """
    <link/b--d> a cl:CityLink ; cl:party <city/b>, <city/d> ; cl:claim <claim/b--d/list/1> .
    <claim/b--d/list/1> cl:recordedUnder <city/d> .
    <link/a--d> cl:party <city/a>, <city/d> .
"""


def test_a_withdrawn_link_leaves_its_cities_alone() -> None:
    found = after(revised(("link", "b--d", "-")), list=LINKED, cities="<city/b> cl:population 7 .")
    assert found[LIST] == graph(LIST, "<link/a--d> cl:party <city/a>, <city/d> .")
    assert found[terms.CITIES_GRAPH] == graph(
        terms.CITIES_GRAPH, "<city/b> cl:population 7 . <link/b--d> owl:deprecated true ."
    )


def test_a_claim_that_is_withdrawn_alone_leaves_its_link() -> None:
    found = after(revised(("claim", "b--d/list/1", "-")), list=LINKED)
    assert found[LIST] == graph(
        LIST,
        """
        <link/b--d> a cl:CityLink ; cl:party <city/b>, <city/d> .
        <link/a--d> cl:party <city/a>, <city/d> .
        """,
    )


def test_what_refers_to_a_moved_claim_refers_to_where_it_went() -> None:
    made = revised(("link", "b--d", "a--d"), ("claim", "b--d/list/1", "a--d/list/1"))
    found = after(made, other="<event/e> cl:topic <link/b--d>, <claim/b--d/list/1> .", cities="")
    assert found[OTHER] == graph(OTHER, "<event/e> cl:topic <link/a--d>, <claim/a--d/list/1> .")
    assert found[terms.CITIES_GRAPH] == graph(
        terms.CITIES_GRAPH,
        """
        <link/b--d> owl:deprecated true ; dcterms:isReplacedBy <link/a--d> .
        <claim/b--d/list/1> owl:deprecated true ; dcterms:isReplacedBy <claim/a--d/list/1> .
        """,
    )
    assert applied(made, found) == found


def test_a_corrected_city_stays_as_it_is() -> None:
    line = LedgerEntry("b", "city", "", "Q1 Q2", "", "", "corrected", "2026-11-29", "")
    made = Ledger((*revised().entries[:1], line, *revised().entries[2:]))
    assert after(made, list=LINKED) == {LIST: graph(LIST, LINKED)}


def test_the_stubs_of_a_city_that_was_split_again_are_removed() -> None:
    """And what is stated of it by then stays."""
    merged = after(B_TO_A, cities="<city/a> cl:population 5 . <city/b> cl:population 7 .")
    described = graph(terms.CITIES_GRAPH, "<city/b> cl:population 7 .")
    whole = from_triples(
        terms.CITIES_GRAPH, [*merged[terms.CITIES_GRAPH].triples(), *described.triples()]
    )
    for split in (ledger(), ledger(c="d")):
        found = applied(split, {terms.CITIES_GRAPH: whole})[terms.CITIES_GRAPH]
        own = "<city/a> cl:population 5 . <city/b> cl:population 7 . "
        stubs = "".join(str(stub) + " . " for stub in split.stubs())
        assert found == graph(terms.CITIES_GRAPH, own + stubs)


def test_what_was_given_up_may_stand_in_place_of_what_replaced_it() -> None:
    """A stub that leads from it is removed, and does not lead it to itself."""
    before = after(B_TO_A, cities="<city/a> cl:population 5 .")
    assert applied(ledger(a="b"), before)[terms.CITIES_GRAPH] == graph(
        terms.CITIES_GRAPH,
        """
        <city/a> owl:deprecated true ; dcterms:isReplacedBy <city/b> .
        <link/a--d> owl:deprecated true ; dcterms:isReplacedBy <link/b--d> .
        """,
    )


def minted(ref: str, kind: str, decided: str = "curator", replaced_by: str = "") -> LedgerEntry:
    return LedgerEntry(ref, kind, "", "", "", "", decided, "2026-11-30", replaced_by)


@every_row(
    ("line", "nothing"),
    [
        (minted("list-2", "document"), True),
        (minted("alba-1--brno-2", "link"), True),
        (minted("alba-1--old-9", "link"), False),
        (minted("alba-1--old-9/list/p4", "claim"), False),
        (minted("alba-1", "city", replaced_by="brno-2"), False),
        (minted("alba-1--brno-2", "link", "revived"), False),
        (minted("alba-1", "city", "corrected"), False),
        (minted("alba-1", "city", "split"), False),
    ],
)
def test_lines_that_only_mint_change_no_graph(line: LedgerEntry, nothing: bool) -> None:
    known = Ledger((minted("new-8", "city"), minted("old-9", "city", replaced_by="new-8")))
    assert changes_nothing(known, [line]) is nothing
