"""The history of a thing, as a page and in PROV-O, and the thing as it was in a kept release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.publishing.curation import withdraw
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.things.history import history
from registry.views.feed import Feed
from registry.web.app import create_app
from registry.web.context import NAME
from tests.copies import copied
from tests.lists import listing
from tests.web.reading import page

LINK = "link/oxford-2640729--perm-511196"
PROV = terms.PREFIXES["prov"]


@dataclass(frozen=True)
class Told:
    """A registry in which a list told of a link, and was then withdrawn, with its two releases."""

    client: FlaskClient
    workspace: Workspace
    before: str
    after: str

    def page(self, path: str) -> str:
        answer = self.client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture(scope="module")
def told(
    workspace: Workspace,
    settings: Settings,
    forks: Forks,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("told")
    own = copied(workspace, folder / "home")
    given = replace(settings, home=own.home, workers=1)
    path = folder / "list.ttl"
    path.write_text(listing(["twinning"]), encoding="utf-8")
    before = publish(own, given, Change([path], by="Bert", reason="proposal 7: Looked up")).version
    change = withdraw(own, given, [terms.ID + "document/list"])
    after = publish(own, given, replace(change, by="Anna", reason="No such list")).version
    app = create_app(given, forks)
    yield Told(app.test_client(), own, before, after)
    app.extensions[NAME].engine.pool.close()


def test_a_history_has_each_publish_that_changed_a_thing(told: Told) -> None:
    feed = Feed(told.workspace)
    feed.follow()
    steps = history(feed, terms.ID + LINK)
    assert [(step.event.by, step.event.reason) for step in steps] == [
        ("Anna", "No such list"),
        ("Bert", "proposal 7: Looked up"),
        (None, None),
    ]
    graph = terms.GRAPH + "list"
    assert [graph in step.graphs for step in steps] == [True, True, False]
    claims = [[c.iri for c in step.changes if "/claim/" in c.iri] for step in steps]
    claim = f"{terms.ID}claim/{LINK.removeprefix('link/')}/list/twinning"
    assert claim in claims[0]
    assert claim in claims[1]
    (came,) = [change for change in steps[1].changes if change.iri == claim]
    assert came.come
    assert not came.gone
    (went,) = [change for change in steps[0].changes if change.iri == claim]
    assert (went.come, went.gone) == ([], came.come)


def test_the_page_of_a_city_tells_of_its_links(told: Told) -> None:
    page = told.page("/doc/city/perm-511196?view=history")
    assert f"/doc/{LINK}?view=history" in page
    assert "No such list" in page
    assert "proposal 7: Looked up" in page
    assert "?view=history" in told.page("/doc/city/perm-511196")


def test_the_page_of_a_release_says_who_made_it_and_why(told: Told) -> None:
    assert "Bert: proposal 7: Looked up" in told.page(f"/release/{told.before}")


def test_what_is_gone_has_a_history(told: Told) -> None:
    assert told.client.get("/doc/document/list").status_code == 410
    page = told.page("/doc/document/list?view=history&lang=it")
    assert "No such list" in page
    for nothing in ("/doc/document/nowhere?view=history", "/doc/document/list?view=future"):
        assert told.client.get(nothing).status_code in {400, 404}


def test_a_history_in_prov_o(told: Told) -> None:
    answer = told.client.get(f"/doc/{LINK}.nt?view=history")
    assert answer.status_code == 200
    store = ox.Store()
    store.load(answer.data, format=ox.RdfFormat.N_TRIPLES)
    rows = store.query(
        f"""PREFIX prov: <{PROV}> PREFIX dc: <http://purl.org/dc/elements/1.1/>
        SELECT ?version ?before ?who ?used WHERE {{
          ?version a prov:Entity ; prov:specializationOf <{terms.ID}{LINK}> ;
            prov:wasGeneratedBy ?publish ; prov:generatedAtTime ?at .
          ?publish a prov:Activity ; prov:endedAtTime ?at ; prov:generated ?release .
          OPTIONAL {{ ?version prov:wasRevisionOf ?before }}
          OPTIONAL {{ ?publish dc:creator ?who }}
          OPTIONAL {{ ?version prov:wasDerivedFrom ?used FILTER(CONTAINS(STR(?used), "/list")) }}
        }} ORDER BY ?at"""
    )
    assert isinstance(rows, ox.QuerySolutions)
    found = [tuple(getattr(term, "value", None) for term in row) for row in rows]
    address = f"http://localhost/doc/{LINK}?release="
    first = found[0][0]
    assert found == [
        (first, None, None, None),
        (
            *(f"{address}{told.before}", first, "Bert"),
            f"{terms.BASE}release/{told.before}/graph/list",
        ),
        (
            *(f"{address}{told.after}", f"{address}{told.before}", "Anna"),
            f"{terms.BASE}release/{told.after}/graph/list",
        ),
    ]


def test_a_thing_as_it_was(told: Told) -> None:
    then = told.client.get(f"/doc/document/list?release={told.before}")
    assert then.status_code == 200
    assert then.headers["Citylinks-Release"] == told.before
    assert "Memento-Datetime" in then.headers
    assert '</doc/document/list>; rel="original"' in then.headers["Link"]
    page = told.page(f"/doc/document/list?release={told.before[:8]}")
    assert told.before[:12] in page
    rdf = told.client.get(f"/doc/document/list.ttl?release={told.before}")
    assert (rdf.status_code, "A list" in rdf.text) == (200, True)
    assert f"?release={told.before}" in then.headers["Link"]
    assert told.client.get(f"/doc/document/list?release={told.after}").status_code == 410
    assert told.client.get(f"/doc/document/none?release={told.before}").status_code == 404


def test_of_a_release_that_is_not_kept_those_are_told_that_are(told: Told) -> None:
    """The page leads to the same thing in these; of one that was there it says when."""
    path = f"/doc/{LINK}?release="
    unknown = told.client.get(f"{path}12345678")
    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")
    assert unknown.json
    assert unknown.json["detail"] == "there is no release '12345678'"
    kept = [one["release"] for one in unknown.json["releases"]]
    assert kept[:2] == [told.after, told.before]
    seen = told.client.get(f"{path}12345678&lang=fr", headers={"Accept": "text/html"}).text
    for version in kept:
        assert f"{path}{version}&amp;lang=fr" in seen
    assert told.client.get(f"{path}{kept[0]}").status_code == 200
    log.append(told.workspace.log_path, log.Event("publish", "5" * 32))
    day = log.read(told.workspace.log_path)[-1].at[:10]
    pruned = told.client.get(f"{path}{'5' * 32}").json
    assert pruned
    assert pruned["detail"] == f"release {'5' * 32} of {day} is not kept any more"
    assert told.client.get("/release/12345678").json["releases"]  # type: ignore[index]


def test_what_is_gone_and_what_changes_is_called_by_its_name(told: Told) -> None:
    claim = told.page(f"/doc/claim/{LINK.removeprefix('link/')}/list/twinning?view=history")
    named = page(claim.encode()).texts("a[@href='/doc/document/list']")
    assert {*named} == {"A list"}
    document = page(told.page("/doc/document/list?view=history").encode())
    assert document.texts("dd")[0] == "A list (English)"
