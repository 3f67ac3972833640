"""Share-alike graphs: marked, passed on to what is made of them, or left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry import shipped, terms
from registry.graphs import parsing
from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.licences import CC_BY, CC_BY_SA, is_share_alike, label, of_whole
from registry.releases.manifest import Manifest, from_json
from registry.releases.workspace import Workspace
from registry.settings import NO_SHARE_ALIKE, Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME

LIST = f"{terms.GRAPH}list"

File = Callable[..., Path]


def under(path: Path, licence: str) -> Path:
    """Put a list under a licence."""
    text = path.read_text("utf-8")
    assert text.count(CC_BY) == 1
    path.write_text(text.replace(CC_BY, licence), "utf-8")
    return path


@pytest.fixture
def given(own: Workspace, settings: Settings) -> Settings:
    return replace(settings, home=own.home)


def derived_licence(workspace: Workspace, manifest: Manifest) -> str:
    graph = workspace.graph(manifest.derived)
    return graph.literal(terms.prefixed("dcterms:license"))


def current(workspace: Workspace) -> Manifest:
    return workspace.manifest(str(workspace.current()))


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        (CC_BY_SA, True),
        ("http://creativecommons.org/licenses/by-sa/3.0/", True),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", True),
        ("https://spdx.org/licenses/CC-BY-SA-4.0", True),
        ("https://opendatacommons.org/licenses/odbl/1-0/", True),
        (CC_BY, False),
        ("https://creativecommons.org/publicdomain/zero/1.0/", False),
        ("https://spdx.org/licenses/MIT", False),
        ("https://example.org/by-sa/", False),
    ],
)
def test_which_licences_are_share_alike(licence: str, expected: bool) -> None:
    assert is_share_alike(licence) is expected


@pytest.mark.parametrize(
    ("licences", "whole"),
    [
        ([], CC_BY),
        ([CC_BY, "https://spdx.org/licenses/MIT"], CC_BY),
        ([CC_BY, CC_BY_SA], CC_BY_SA),
        (["http://creativecommons.org/licenses/by-sa/3.0/", CC_BY_SA], CC_BY_SA),
        (["https://spdx.org/licenses/ODbL-1.0", CC_BY], "https://spdx.org/licenses/ODbL-1.0"),
    ],
)
def test_the_licence_of_what_is_made_of_several_graphs(licences: list[str], whole: str) -> None:
    assert of_whole(licences) == whole


def test_licences_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(Problem, match="nothing can be made of graphs under") as refused:
        of_whole([CC_BY_SA, "https://spdx.org/licenses/ODbL-1.0"])
    assert refused.value.name == "conflict"


def test_the_names_of_licences() -> None:
    named = {CC_BY: "CC BY 4.0", CC_BY_SA: "CC BY-SA 4.0", "urn:x": "urn:x"}
    assert {one: label(one) for one in named} == named


def test_a_share_alike_graph_is_marked_and_passes_its_licence_on(
    own: Workspace, given: Settings, file: File
) -> None:
    before = current(own)
    assert (before.licence, derived_licence(own, before)) == (CC_BY, CC_BY)
    assert not any(entry.shareAlike for entry in before.all_graphs())
    publish(own, given, Change([under(file("start"), CC_BY_SA)]))
    after = current(own)
    assert (after.licence, derived_licence(own, after)) == (CC_BY_SA, CC_BY_SA)
    marked = {entry.graph for entry in after.all_graphs() if entry.shareAlike}
    assert marked == {LIST, terms.DERIVED_GRAPH}
    assert from_json(after.to_json()) == after


def test_without_its_share_alike_graph_the_rest_is_as_it_was(
    own: Workspace, given: Settings, file: File
) -> None:
    before = current(own)
    publish(own, given, Change([under(file("start"), CC_BY_SA)]))
    publish(own, given, Change([], remove=[LIST]))
    after = current(own)
    assert after.version == before.version
    assert after.derived == before.derived


@pytest.fixture
def shipping(monkeypatch: pytest.MonkeyPatch, file: File) -> Callable[[], None]:
    """Give what ships a list under CC BY-SA beside the curated data."""
    listed, files_of = under(file("start"), CC_BY_SA), shipped.files_of

    def ship() -> None:
        monkeypatch.setattr(shipped, "files_of", lambda which: [*files_of(which), listed])

    return ship


def test_what_is_left_out_of_the_shipped_data_comes_back(
    own: Workspace, given: Settings, shipping: Callable[[], None]
) -> None:
    shipping()
    publish(own, given, Change())
    whole = current(own)
    assert whole.graph(LIST)
    publish(own, replace(given, licences=NO_SHARE_ALIKE), Change())
    without = current(own)
    assert without.graph(LIST) is None
    assert (without.licence, derived_licence(own, without)) == (CC_BY, CC_BY)
    publish(own, given, Change())
    assert current(own).version == whole.version


def test_what_somebody_offers_is_not_left_out_in_silence(
    own: Workspace, given: Settings, file: File
) -> None:
    path, strict = under(file("start"), CC_BY_SA), replace(given, licences=NO_SHARE_ALIKE)
    before = own.current()
    for change in (Change([path]), Change(sent=[parsing.source_of(path)])):
        with pytest.raises(Problem, match="CITYLINKS_LICENCES=no-share-alike") as refused:
            publish(own, strict, change)
        assert refused.value.name == "conflict"
    assert own.current() == before


def test_catalogue_and_pages_name_the_licence(
    own: Workspace, given: Settings, file: File, forks: Forks
) -> None:
    publish(own, given, Change([under(file("start"), CC_BY_SA)]))
    app = create_app(given, forks)
    client = app.test_client()
    try:
        licence = f"<{CC_BY_SA}>"
        for path, subject in (
            ("/catalog.nt", terms.DATASET),
            ("/void.nt", terms.DATASET),
            ("/void.nt", LIST),
            ("/void.nt", terms.DERIVED_GRAPH),
            (f"/release/{own.current()}.nt", terms.release(str(own.current()))),
        ):
            said = f"<{subject}> <{terms.prefixed('dcterms:license')}> {licence} ."
            assert said in client.get(path).text, path
        for path in ("/graph/list", "/graph", f"/release/{own.current()}"):
            page = client.get(path, headers={"Accept": "text/html"}).text
            assert "share alike: what is made of it stands under the same licence" in page, path
        dumps = client.get(f"/dumps/{own.current()}/", headers={"Accept": "text/html"}).text
        assert f'All graphs together: <a href="{CC_BY_SA}">CC BY-SA 4.0</a>' in dumps
        link = client.get("/graphs?default", headers={"Accept": "text/turtle"}).headers
        assert f'{licence}; rel="license"' in ", ".join(link.getlist("Link"))
    finally:
        app.extensions[NAME].engine.pool.close()
