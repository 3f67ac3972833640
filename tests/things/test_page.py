"""The page of a thing: which statements it shows, and what points here."""

from __future__ import annotations

from registry import terms
from registry.web.routes.things import _VIEWS
from tests.tables import every_row
from tests.things.made import add, pages_of, store_of

REGION = terms.thing("region", "valley")
VALLEY = f"""
<{REGION}> a cl:Region ; skos:prefLabel "Valley"@en ; cl:linkedCity city:b .
city:a a cl:City ; skos:prefLabel "Alba"@en ; cl:within <{REGION}> .
city:b a cl:City ; skos:prefLabel "Brno"@en ; cl:linkedCity <{REGION}> .
link:b--valley a cl:CityLink ; cl:party <{REGION}>, city:b ; cl:status status:active .
"""


def test_the_page_of_a_region_has_each_link_once() -> None:
    makes, view = pages_of(store_of(VALLEY)), _VIEWS["region"]
    page = makes.page(REGION, headings=view.headings, incoming=view.incoming)
    assert [terms.compact(one.iri) for one in page.incoming] == ["cl:within"]
    assert not [s for group in page.groups for s in group.statements if "linkedCity" in s.iri]
    shown = view.collect(makes, REGION, 0)
    assert isinstance(shown, tuple)
    assert [partner.name for partner in shown] == ["Brno"]


@every_row(("stated", "shown"), [("3", []), ("49", []), ("50", ["50"]), ("71882", ["71,882"])])
def test_inhabitants_are_shown_that_a_city_can_have(stated: str, shown: list[str]) -> None:
    makes = pages_of(store_of(f"city:a a cl:City ; cl:population {stated} ."))
    page = makes.page(terms.thing("city", "a"))
    told = [s for group in page.groups for s in group.statements if s.iri.endswith("#population")]
    assert [value.words.text for statement in told for value in statement.values] == shown


def test_of_a_text_in_several_languages_the_reader_sees_one() -> None:
    told = """
g:one skos:prefLabel "One"@en . city:a a cl:City ;
    dcterms:description "A town."@en, "Eine Stadt."@de, "By a river."@en ."""
    store = store_of(told, "one")
    add(store, 'city:a dcterms:description "Une ville."@fr .', "two")
    page = pages_of(store).page(terms.thing("city", "a"))
    (statement,) = [s for group in page.groups for s in group.statements]
    assert [value.words.text for value in statement.values] == [
        *("A town.", "By a river.", "Une ville.")
    ]
