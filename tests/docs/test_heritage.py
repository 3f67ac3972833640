"""The examples of docs/contributing-heritage.md validate together, and have pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import parts
from tests.docs.test_examples import ROOT, examples
from tests.tables import every_row

PAGE = ROOT / "docs" / "contributing-heritage.md"


def part(name: str) -> str:
    """Join the examples that are parts of one file."""
    found = [one.text for one in examples(PAGE) if one.mark("part", "") == name]
    assert found
    return "".join(found)


@pytest.fixture(scope="module")
def entered(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings, forks: Forks
) -> Iterator[FlaskClient]:
    """Publish what the page says, and ask the application."""
    folder = tmp_path_factory.mktemp("heritage")
    cities, road = folder / "cities.ttl", folder / "silver-road.ttl"
    cities.write_text((ROOT / "data" / "cities.ttl").read_text("utf-8") + part("cities"), "utf-8")
    road.write_text(part("silver-road"), "utf-8")
    own = Settings(home=folder / "home", workers=1, shipped="curated", gazetteer=settings.gazetteer)
    publish(Workspace(own.home), own, Change())
    publish(Workspace(own.home), own, Change([cities, road]))
    app = create_app(own, forks)
    yield app.test_client()
    with app.app_context():
        parts().engine.pool.close()


PAGES = [
    ("practice/lantern-bridges", "Register of living heritage", "2019", "Lantern families",
     "Ponteargento", "Silberbrück", "Social practices", "first full moon", "fold the paper"),
    ("practice/silver-chasing", "Guild of Chasers", "raftsmanship"),
    ("practice/lime-and-labour", "Toll tower", "Restoration", "Silver Valley", "Apprentices",
     "Silver Valley Workshops"),
    ("practice/open-pattern-books", "Pattern books of the silversmiths", "Digitisation"),
    ("event/silver-fair", "Toll tower", "Silver Valley Workshops", "early"),
    ("heritage-asset/toll-tower", "Register of monuments", "1234", "Lime and Labour"),
    ("inscription/lantern-bridges/representative-list", "Register of living heritage", "09999"),
    ("identifier/toll-tower/register", "Register of monuments 1234"),
    ("name/vecchio-guado-4513n0936e/1", "Guado Regio", "1946"),
    ("region/silberland", "Silver Valley", "Italy", "2022", "D-0815", "Silberbrück"),
    ("link/silberland--valle-d-argento", "Silberland", "Silver Valley"),
    ("programme/silver-road", "Programme for Towns and Regions", "Silver Foundation", "80",
     "a mint before 1800", "Old Silver Road", "Silver Road, call of 2023"),
    ("call/silver-road-2023", "1,200,000", "EUR", "Silver Road"),
    ("grant/silver-hands", "SR-2023-17", "Silver Hands", "90,000"),
    ("city/vecchio-guado-4513n0936e", "Guado Regio", "Silberbrück", "1871",
     'class="lead fate"', "dissolved", "succeeded by", "Ponteargento"),
]  # fmt: skip


@pytest.mark.slow
@every_row("shown", PAGES, ids=lambda shown: shown[0])
def test_what_is_entered_has_a_page(shown: tuple[str, ...], entered: FlaskClient) -> None:
    ref, *words = shown
    page = entered.get(f"/id/{ref}", headers={"Accept": "text/html"}, follow_redirects=True)
    assert page.status_code == 200
    assert [word for word in words if word not in page.text] == []
    described = entered.get(f"/id/{ref}", headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert described.status_code == 200
    assert described.mimetype == "text/turtle"


def test_claims_stay_with_the_municipality_that_was_party(entered: FlaskClient) -> None:
    new = entered.get("/doc/city/ponteargento-4512n0934e", headers={"Accept": "text/html"}).text
    assert "Vecchio Guado" in new
    assert 'id="partners"' in new
    assert "Silberbrück" not in new.partition('id="partners"')[2].partition("</section>")[0]
    assert terms.thing("city", "ponteargento-4512n0934e") in new


def test_search_finds_regions_assets_and_communities(entered: FlaskClient) -> None:
    for kind, typed in (
        ("region", "Silberland"),
        ("heritage-asset", "Toll tower"),
        ("community", "Guild of Chasers"),
        ("call", "Silver Road"),
    ):
        found = entered.get(
            f"/search?q={typed}&kind={kind}", headers={"Accept": "application/json"}
        )
        results = (found.json or {})["results"]
        assert [one["kind"] for one in results] == [kind], kind


ANSWERS = [
    ("heritage-of-partners", {"city": "vecchio-guado-4513n0936e"}, "lantern-bridges", 1),
    ("shared-heritage", {}, "lantern-bridges", 1),
    ("funding-by-call", {}, "silver-road-2023", 1),
    ("pairs-of-regions", {}, "silberland--valle-d-argento", 1),
    ("open-programmes", {"city": "silberbruck-5010n0930e"}, "programme/silver-road", 1),
]


@every_row("asked", ANSWERS, ids=lambda asked: asked[0])
def test_saved_queries_answer_of_what_is_entered(
    asked: tuple[str, dict[str, str], str, int], entered: FlaskClient
) -> None:
    name, parameters, found, rows = asked
    answer = entered.get(
        f"/queries/{name}", query_string=parameters, headers={"Accept": "text/csv"}
    )
    assert answer.status_code == 200, answer.text
    assert sum(found in line for line in answer.text.splitlines()) == rows, answer.text
