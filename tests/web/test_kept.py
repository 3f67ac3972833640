"""What is kept of answers: by all that they depend on, and never beyond the release they are of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry import shipped
from registry.formats import HTML, TURTLE
from registry.publishing.plan import Change
from registry.publishing.transaction import publish, rollback
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.cache import Cache, Sized
from registry.sparql.forks import Forks
from registry.things.labels import ConceptLabels
from registry.web import context, negotiation
from registry.web.app import create_app
from registry.web.client_deadlines import ClientDeadlines
from registry.web.context import NAME
from registry.web.middleware import KEEP, Middleware
from registry.web.negotiation import Resource, Variant
from tests.tables import every_row

PAVIA = "pavia-3171366"
QUERY = "/sparql?query=SELECT*{<https://w3id.org/citylinks/id/city/pavia-3171366>%20?p%20?o}ORDER%20BY%20?p%20?o"

CHANGING = [
    "/",
    f"/doc/city/{PAVIA}",
    f"/doc/city/{PAVIA}.ttl",
    f"/doc/city/{PAVIA}.jsonld",
    f"/doc/city/{PAVIA}.html?lang=it",
    "/cities.html",
    "/cities.html?lang=fr",
    "/cities.csv",
    "/links.html",
    "/links.csv",
    "/search?q=Ticinum",
    "/search?q=Ticinum&lang=it",
    "/suggest?q=Ticin",
    QUERY,
    QUERY + "&format=csv",
    "/queries/twins-of-a-city.csv",
    '/reconcile?queries={"q":{"query":"Ticinum"}}',
    f"/reconcile/preview?id=city/{PAVIA}",
    "/calendar.ics",
    "/catalog.ttl",
    "/catalog.html",
    "/void.ttl",
    "/feed",
    "/feed.atom",
    "/graph",
    "/graph/cities.ttl",
    "/release",
    "/health",
]
"""Addresses whose answers are another after the change below."""

STAYING = [
    "/openapi.json",
    "/sparql?format=ttl",
    "/ontology.ttl",
    "/ontology.html",
    "/shapes.ttl",
    "/practices.html",
]


def asked(client: FlaskClient, times: int = 2) -> dict[str, tuple[int, bytes, str]]:
    """Ask for all addresses so many times; give status, body and ETag of the last answers."""
    found = {}
    for path in (*CHANGING, *STAYING):
        for _ in range(times):
            answer = client.get(path, headers={"Accept": "text/html;q=0.9, */*;q=0.1"})
        found[path] = answer.status_code, answer.data, answer.headers.get("ETag", "")
    return found


@contextmanager
def serving(settings: Settings, forks: Forks) -> Iterator[FlaskClient]:
    """Give a client of an application that has kept nothing yet."""
    app = create_app(settings, forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


def other(folder: Path) -> list[Path]:
    """Write sources in which Pavia has another name and size, and a partnership another year."""
    files = []
    for name, changes in {
        "cities": {'"Pavia"@en': '"Ticinum"@en', "cl:population 65734": "cl:population 70001"},
        "perm-twins": {'"1992"^^xsd:gYear': '"1991"^^xsd:gYear'},
    }.items():
        text = (shipped.ROOT / "data" / f"{name}.ttl").read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        files.append(folder / f"{name}.ttl")
        files[-1].write_text(text, encoding="utf-8")
    return files


@pytest.mark.slow
def test_what_was_asked_before_a_publish_is_answered_anew(
    own: Workspace, settings: Settings, forks: Forks, tmp_path: Path
) -> None:
    """By an application that had kept all answers as by one that has kept none; and back again."""
    given = replace(settings, home=own.home, workers=1)
    first, seen = str(own.current()), []
    with serving(given, forks) as client:
        before = asked(client)
        assert {path: status for path, (status, _, _) in before.items() if status != 200} == {}
        second = publish(own, given, Change(other(tmp_path))).version
        for version in (second, first):
            if own.current() != version:
                rollback(own, version)
            seen.append(asked(client))
            with serving(given, forks) as fresh:
                wanted = asked(fresh, times=1)
            assert [path for path in wanted if seen[-1][path] != wanted[path]] == []
    assert {path for path in CHANGING if seen[0][path][1] == before[path][1]} == set()


def test_labels_of_concepts_are_those_of_a_release_and_its_readers_languages(
    app: Flask, release: Release
) -> None:
    for language in ("en", "it"):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            wanted = context.languages().wanted
            assert wanted[0] == language
            shared = context.parts().concepts.of(release.version, wanted)
            assert context.pages().labels.concepts is shared
    concepts = ConceptLabels()
    known = concepts.of("one", ("en",))
    assert concepts.of("one", ("en",)) is known
    assert concepts.of("one", ("it",)) is not known
    assert concepts.of("two", ("en",)) is not known


ENVIRON = {
    "REQUEST_METHOD": "GET",
    "wsgi.url_scheme": "http",
    "HTTP_HOST": "one.example",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
}
OTHER = {
    "wsgi.url_scheme": "https",
    "HTTP_HOST": "two.example",
    "SCRIPT_NAME": "/under",
    "PATH_INFO": "/cities",
    "QUERY_STRING": "lang=it",
    "HTTP_ACCEPT": "text/csv",
    "HTTP_ACCEPT_LANGUAGE": "it",
    "HTTP_ACCEPT_ENCODING": "gzip",
}


class Counted:
    """A front before an application that counts its answers; `switch` names the current release."""

    def __init__(self) -> None:
        self.written = 0
        self.switch: str | None = "publish 1"
        self._front = Middleware(
            self._app, lambda: self.switch, Cache[Sized](10**6), ClientDeadlines(9, 9)
        )

    def _app(self, environ: Any, start: Any) -> list[bytes]:
        self.written += 1
        environ[KEEP] = True
        start("200 OK", [])
        return [str(self.written).encode()]

    def __call__(self, **environ: str) -> bytes:
        return b"".join(self._front(ENVIRON | environ, lambda *_: lambda _: None))


@every_row("name", OTHER)
def test_an_answer_is_given_again_only_to_the_same_request(name: str) -> None:
    front = Counted()
    first, second = front(), front(**{name: OTHER[name]})
    assert (first, second) == (b"1", b"2")
    assert (front(), front(**{name: OTHER[name]}), front.written) == (first, second, 2)


def test_an_answer_is_given_again_only_until_the_next_switch() -> None:
    """Whether to another release or back to an earlier one; before the first nothing is kept."""
    front = Counted()
    assert (front(), front()) == (b"1", b"1")
    front.switch = "rollback 2"
    assert (front(), front()) == (b"2", b"2")
    front.switch = None
    assert (front(), front()) == (b"3", b"4")


@every_row("condition", ["HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_RANGE"])
def test_what_is_asked_under_a_condition_is_not_given_again(condition: str) -> None:
    front = Counted()
    assert (front(**{condition: "x"}), front(**{condition: "x"})) == (b"1", b"2")


@every_row(
    ("path", "vary"),
    [
        ("/", {"Accept-Language", "Accept-Encoding"}),
        (f"/doc/city/{PAVIA}", {"Accept", "Accept-Language", "Accept-Encoding"}),
        (f"/doc/city/{PAVIA}.html", {"Accept-Language", "Accept-Encoding"}),
        (f"/doc/city/{PAVIA}.ttl", {"Accept-Encoding"}),
        ("/cities", {"Accept", "Accept-Language", "Accept-Encoding"}),
        ("/cities.html", {"Accept-Language", "Accept-Encoding"}),
        ("/cities.csv", {"Accept-Language", "Accept-Encoding"}),
        ("/search?q=Perm", {"Accept", "Accept-Language", "Accept-Encoding"}),
        ("/queries/figures.html", {"Accept-Language", "Accept-Encoding"}),
        ("/catalog", {"Accept", "Accept-Language", "Accept-Encoding"}),
    ],
)
def test_vary_names_all_that_an_answer_depends_on(
    path: str, vary: set[str], client: FlaskClient
) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert set(answer.headers["Vary"].split(", ")) == vary


# The recipe of an ETag: it stands in caches of others, so that it never changes unseen.


@pytest.fixture
def tagged(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Give a function that names an answer of software of a version of one's choice."""

    def tag(
        *,
        path: str = "/doc/x?b=1",
        of: str = "release",
        form: Any = TURTLE,
        coding: str = "",
        version: str = "1.2.3",
        language: str = "en",
    ) -> str:
        monkeypatch.setattr(negotiation, "build", lambda: version)
        with app.test_request_context(path, headers={"Accept-Language": language}):
            variant = Variant(form, "", lambda: b"")
            return negotiation.etag(Resource((variant,), of), variant, coding)

    return tag


def test_the_etag_of_made_up_answers(tagged: Callable[..., str]) -> None:
    assert tagged() == "f5f3f992a43d2f1b4cd21315ce479e0c"
    assert tagged(form=HTML) == "cfc091fabe0bf2918eff4ab8a1503dba"


def test_an_etag_depends_on_all_that_an_answer_depends_on(tagged: Callable[..., str]) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"path": "/doc/y?b=1"},
        {"of": "another"},
        {"coding": "gzip"},
        {"version": "1.2.4"},
        {"form": HTML},
        {"form": HTML, "language": "it"},
        {"form": HTML, "path": "/doc/x?b=2"},
        {"form": HTML, "version": "1.2.4"},
    ]
    assert len({tagged(**change) for change in changes}) == len(changes)
    assert tagged(path="/doc/x?b=2") == tagged(language="it") == tagged()


@pytest.mark.slow
def test_what_was_pruned_is_found_no_more(
    own: Workspace, settings: Settings, forks: Forks, tmp_path: Path
) -> None:
    """Nor is an answer of it, where one was kept; what is current goes on."""
    given = replace(settings, home=own.home, workers=1, keep_releases=2, keep_stores=1)
    old = str(own.current())
    paths = [
        f"/release/{old}",
        f"/release/{old}/sparql?query=ASK{{}}",
        f"/sparql?query=ASK{{}}&release={old}",
        f"/dumps/{old}/",
        f"/dumps/{old}/manifest.json",
    ]
    with serving(given, forks) as client:
        for path in paths * 2:
            assert client.get(path).status_code == 200, path
        publish(own, given, Change(other(tmp_path)))
        for year in ("2019", "2020"):
            publish(own, given, Change([], as_of=f"{year}-01-01"))
        assert old not in own.versions()
        gone = {path: client.get(path).status_code for path in paths * 2}
        assert gone == dict.fromkeys(paths, 404)
        assert client.get(f"/doc/city/{PAVIA}").status_code == 200
        assert b"70001" in client.get(QUERY).data
        for version in own.versions():
            manifest = client.get(f"/dumps/{version}/manifest.json")
            assert json.loads(manifest.data)["version"] == version
