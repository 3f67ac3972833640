"""Long answers through nginx: whole or seen to be broken off, and never kept when they are."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from benchmarks.nginx import available
from registry.releases.workspace import Workspace
from registry.sparql.output import WHOLE
from tests.deploy.behind import Behind, behind
from tests.web.served import serving

LIMIT = 10 * 2**20
ROWS = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT "


@pytest.fixture(scope="module")
def site(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    if not available():
        pytest.skip("nginx is not installed")
    limits = {"home": str(workspace.home), "answer_bytes": str(LIMIT), "trusted_proxies": "1"}
    with (
        serving(limits) as server,
        behind(workspace.home, server, tmp_path_factory.mktemp("nginx")) as standing,
    ):
        yield standing


def test_a_long_answer_passes_whole(site: Behind) -> None:
    for _ in range(3):
        reply = site.front.ask(f"/sparql?query={quote(ROWS + '20000')}&format=csv")
        assert reply.body.count(b"\r\n") >= 20_001
        assert len(reply.body) > WHOLE


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_one_that_breaks_off_does_so_each_time(coding: str, site: Behind) -> None:
    codings = {"Accept_Encoding": coding} if coding else {}
    for _ in range(4):
        with pytest.raises(http.client.IncompleteRead):
            site.front.ask(f"/sparql?query={quote(ROWS + '5000000')}&format=csv", **codings)
