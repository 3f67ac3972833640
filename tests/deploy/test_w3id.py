"""The rules for w3id.org: each IRI that the data have leads to what describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from tests.catalogue.conftest import client_of
from tests.tables import every_row

RULES = Path("deploy/w3id/.htaccess")
HOST = "https://citylinks.example"
FLAGS = {"R=302,NE,L": 302, "R=303,NE,L": 303}
DOORS = ("", "catalog", "void", "feed", "sparql", "queries", "ontology", "shapes", "dataset")


def rules() -> list[tuple[re.Pattern[str], str, int]]:
    """Read the rules: pattern, target and status; each line is one that is known here."""
    found = []
    for line in RULES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            rule = re.fullmatch(r"RewriteRule (\S+) (\S+) \[(\S+)\]", line)
            if rule:
                found.append((re.compile(rule[1]), rule[2], FLAGS[rule[3]]))
            else:
                assert line in {"Options +FollowSymLinks", "RewriteEngine on"}, line
    return found


def followed(iri: str) -> tuple[str, int]:
    """Do what mod_rewrite does in a folder: the first rule that matches redirects."""
    path = iri.partition("#")[0].removeprefix(terms.BASE)
    for pattern, target, status in rules():
        if found := pattern.search(path):
            return re.sub(r"\$(\d)", lambda part: found[int(part[1])], target), status
    raise AssertionError(f"no rule leads on from {iri}")


@pytest.fixture(scope="module")
def client(workspace: Workspace, settings: Settings, forks: Forks) -> Iterator[FlaskClient]:
    """Give a client of a server of the shipped data."""
    assert workspace.current()
    yield from client_of(settings, forks)


def ours(release: Release) -> set[str]:
    """List the IRIs of ours in all graphs, without fragments."""
    nodes = {
        node.value
        for quad in release.store
        for node in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        if isinstance(node, ox.NamedNode) and node.value.startswith(terms.BASE)
    }
    return {iri.partition("#")[0] for iri in nodes}


@pytest.mark.slow
def test_each_iri_of_the_data_leads_to_its_description(
    release: Release, client: FlaskClient
) -> None:
    found = ours(release)
    assert len(found) > 300
    unanswered = []
    for iri in sorted(found):
        address, _ = followed(iri)
        assert address.startswith(f"{HOST}/")
        answer = client.get(address.removeprefix(HOST), follow_redirects=True)
        if answer.status_code != 200:
            unanswered.append((iri, answer.status_code))
    assert unanswered == []


def test_what_is_no_document_is_answered_as_such() -> None:
    assert followed(terms.thing("city", "pavia-3171366")) == (f"{HOST}/id/city/pavia-3171366", 303)
    assert followed(terms.CL + "party") == (f"{HOST}/ontology", 303)
    assert followed(terms.DATASET) == (f"{HOST}/catalog", 303)
    assert followed(terms.PROBLEM + "busy") == (f"{HOST}/problem/busy", 302)
    release = f"{terms.BASE}release/63c30425393a76f929183a03276b28b4"
    assert followed(release)[0] == release.replace(terms.BASE, f"{HOST}/")


@every_row("door", DOORS)
def test_each_door_is_found(door: str, client: FlaskClient) -> None:
    address = urlsplit(followed(terms.BASE + door)[0]).path
    assert client.get(address, follow_redirects=True).status_code == 200
