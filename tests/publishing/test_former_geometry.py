"""A workspace that the former version published is brought over by the next publish.

There `geo:asWKT` stood at the city itself, which contradicts the axioms of GeoSPARQL.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable
from dataclasses import replace
from itertools import count, takewhile
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import shipped, terms
from registry.graphs import parsing
from registry.graphs.geometry import brought_over
from registry.graphs.graph import Graph
from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases import difference
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.feed import Feed
from tests.publishing.former import former, publish_former

pytestmark = pytest.mark.slow

PAVIA, PERM = (terms.thing("city", ref) for ref in ("pavia-3171366", "perm-511196"))
PATH = "SELECT ?city ?wkt { ?city geo:hasDefaultGeometry/geo:asWKT ?wkt } ORDER BY ?city"
AT_CITIES = "ASK { ?city a cl:City ; geo:asWKT ?wkt }"


@pytest.fixture
def fresh(own: Workspace) -> str:
    """Return the release that this version publishes where there was nothing before."""
    return str(own.current())


@pytest.fixture
def before(own: Workspace, settings: Settings, fresh: str) -> str:
    """Return the release of a workspace that the former version published."""
    return publish_former(own, replace(settings, home=own.home))


@pytest.fixture
def given(own: Workspace, settings: Settings) -> Settings:
    return replace(settings, home=own.home)


def ask(workspace: Workspace, query: str) -> list[tuple[str, ...]] | bool:
    """Query the current release."""
    path = workspace.folder(str(workspace.current())) / "store"
    found = ox.Store.read_only(str(path)).query(query, prefixes=terms.PREFIXES)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(str(term) for term in solution) for solution in found]


def cities(workspace: Workspace) -> Graph:
    return workspace.graphs(str(workspace.current()))[terms.CITIES_GRAPH]


def test_the_former_version_is_what_it_was(own: Workspace, before: str) -> None:
    assert own.current() == before
    assert ask(own, AT_CITIES) is True
    assert ask(own, PATH) == []


def test_the_shipped_graphs_are_brought_over(
    own: Workspace,
    given: Settings,
    fresh: str,
    before: str,
    whole: Callable[[Workspace], str],
) -> None:
    published = publish(own, given, Change())
    assert (published.version, published.changed) == (fresh, True)
    assert ask(own, AT_CITIES) is False
    found = ask(own, PATH)
    assert isinstance(found, list)
    assert (f"<{PAVIA}>", f'"POINT(9.15917 45.19205)"^^<{terms.prefixed("geo:wktLiteral")}>') in (
        found
    )
    assert len(found) == len({line for line in cities(own).lines if b"ontology#City>" in line})
    assert whole(own) != before
    assert not publish(own, given, Change()).changed


def test_graphs_of_the_operator_are_brought_over_without_their_files(
    own: Workspace, given: Settings, before: str
) -> None:
    publish(own, given, Change([]))
    assert cities(own) == brought_over(cities(own))
    found = ask(own, PATH)
    assert isinstance(found, list)
    assert len(found) > 10


def test_a_file_in_the_former_form_is_taken_again_and_again(
    own: Workspace, given: Settings, before: str, tmp_path: Path
) -> None:
    path = tmp_path / "cities.nt"
    path.write_bytes(former(cities(own)).ntriples)
    first = publish(own, given, Change([path]))
    assert ask(own, AT_CITIES) is False
    again = publish(own, given, Change([path]))
    assert (again.version, again.changed) == (first.version, False)
    path.write_bytes(path.read_bytes().replace(b'"Girgenti"@it', b'"Girgente"@it'))
    assert publish(own, given, Change([path])).changed
    assert ask(own, 'ASK { ?city skos:altLabel "Girgente"@it }') is True
    assert ask(own, AT_CITIES) is False


def test_an_upload_in_the_former_form_is_brought_over(
    own: Workspace, given: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "cities.nt"
    path.write_bytes(former(cities(own)).ntriples)
    version = own.current()
    sent = [parsing.InputFiles((path,), terms.CITIES_GRAPH, name=terms.CITIES_GRAPH)]
    assert publish(own, given, Change(sent=sent)).version == version


def test_what_was_changed_here_and_in_the_file_is_asked_for(
    own: Workspace, given: Settings, before: str, tmp_path: Path
) -> None:
    """An import added to the cities; the operator says which side wins, and nothing is lost."""
    path = tmp_path / "cities.nt"
    path.write_bytes(cities(own).ntriples.replace(b'"Girgenti"@it', b'"Girgente"@it'))
    sent = [parsing.InputFiles((path,), terms.CITIES_GRAPH, name=terms.CITIES_GRAPH)]
    publish(own, given, Change(sent=sent))
    with pytest.raises(Problem, match="--take workspace"):
        publish(own, given, Change())
    publish(own, given, Change(winner="workspace"))
    assert ask(own, 'ASK { ?city skos:altLabel "Girgente"@it }') is True
    assert ask(own, AT_CITIES) is False


def members(workspace: Workspace) -> list[tuple[str, difference.What]]:
    """List the members of the feed, in their order."""
    feed = Feed(workspace)
    feed.catch_up()
    pages = takewhile(bool, (feed.page(number) for number in count(1)))
    return [(member.iri, member.what) for page in pages if page for member in page.members]


def test_the_feed_carries_it(own: Workspace, given: Settings, before: str) -> None:
    told = members(own)
    publish(own, given, Change([]))
    since = members(own)[len(told) :]
    assert (PERM, difference.What.UPDATED) in since
    assert (terms.geometry_of(PERM), difference.What.CREATED) in since


def test_an_import_writes_what_the_shipped_world_was_brought_to() -> None:
    """The world's cities were brought over; none is left, and to bring them over again is idle."""
    graph = Graph(
        terms.CITIES_GRAPH, lzma.decompress((shipped.WORLD / "cities.nt.xz").read_bytes())
    )
    assert brought_over(graph) is graph
    assert brought_over(former(graph)) == graph
