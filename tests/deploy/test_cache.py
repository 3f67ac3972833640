"""What nginx keeps is exact: no answer is stale, none is another request's."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest

from benchmarks.nginx import CROWD
from registry import terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish, rollback
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.deploy.behind import Behind, behind
from tests.processes import until
from tests.web.served import PATIENCE, Reply, Server

pytestmark = pytest.mark.slow

JSON = "application/sparql-results+json"
TODAY = f"SELECT ?day {{ GRAPH <{terms.SETTINGS_GRAPH}> {{ ?s <{terms.CL}asOf> ?day }} }}"
PERM = "/doc/city/perm-511196"


def new(text: str = TODAY) -> str:
    """Make the address of a query that nobody asked before."""
    return f"/sparql?query={quote(f'{text} # {uuid4().hex}')}"


def hit(reply: Reply) -> bool:
    """Tell whether nginx answered from what it keeps."""
    return reply.headers["Cache-Status"] == "nginx; hit"


def kept(site: Behind, path: str, **headers: str) -> Reply:
    """Ask until nginx answers by itself."""
    for _ in range(4):
        reply = site.front.ask(path, **headers)
        if hit(reply):
            return reply
    raise AssertionError(f"{path} is not kept")


def asked_four_times(site: Behind, path: str, **headers: str) -> int:
    """Ask four times, none of which nginx may answer by itself; give how often the server was."""
    before = len(site.tap.requests)
    assert not any(hit(site.front.ask(path, **headers)) for _ in range(4))
    return len(site.tap.requests) - before


# What is repeated


@pytest.mark.parametrize(
    "path", [new(), f"{PERM}?_=1", "/graph?_=1", "/queries/figures.csv?", "/?_"]
)
def test_what_is_repeated_is_answered_by_nginx(path: str, site: Behind) -> None:
    before = len(site.tap.requests)
    replies = [site.front.ask(path) for _ in range(6)]
    assert [hit(reply) for reply in replies] == [False, False, True, True, True, True]
    assert len(site.tap.requests) - before == 2
    expected = site.direct(path)
    for reply in replies:
        assert (reply.status, reply.body) == (200, expected.body)
        for name in ("ETag", "Content-Type", "Vary", "Cache-Control", "Citylinks-Release"):
            assert reply.headers[name] == expected.headers[name]


def test_a_hundred_equal_queries_at_once_are_evaluated_twice(
    workspace: Workspace, server: Server, tmp_path: Path
) -> None:
    """The first is not yet known to be repeated; the second is waited for by all others."""
    path = new()
    with (
        behind(workspace.home, server, tmp_path / "nginx", CROWD) as site,
        ThreadPoolExecutor(100) as threads,
    ):
        site.tap.meanwhile = lambda: time.sleep(1)
        replies = list(threads.map(site.front.ask, [path] * 100))
        assert len(site.tap.requests) == 2
    assert {reply.status for reply in replies} == {200}
    assert {reply.body for reply in replies} == {server.ask(path).body}


def test_a_longest_address_is_kept_too(site: Behind) -> None:
    """Its key is long, and the links in the header of its answer repeat it."""
    address = "/queries/figures?_="
    assert kept(site, address + "a" * (8_150 - len(address))).status == 200


# Conditional requests, methods


def test_conditions_are_answered_by_nginx(site: Behind) -> None:
    path = new()
    tag = kept(site, path).headers["ETag"]
    before = len(site.tap.requests)
    for condition in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        reply = site.front.ask(path, If_None_Match=condition)
        assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", tag)
    assert site.front.ask(path, If_None_Match='"other"').status == 200
    assert site.front.ask(path, If_Match=tag).status == 200
    failed = site.front.ask(path, If_Match='"other"')
    assert (failed.status, failed.type) == (412, "application/problem+json")
    assert len(site.tap.requests) == before


def test_a_condition_on_what_is_not_kept_is_the_servers(site: Behind) -> None:
    path = new()
    tag = site.server.ask(path).headers["ETag"]
    reply = site.front.ask(path, If_None_Match=tag)
    assert (reply.status, hit(reply)) == (304, False)


def test_a_date_is_no_condition_on_what_is_kept(site: Behind) -> None:
    """Two releases of the same second have the same date."""
    modified = kept(site, PERM).headers["Last-Modified"]
    assert modified
    assert kept(site, PERM, If_Modified_Since=modified).status == 200


def test_head_and_get_share_an_answer(site: Behind) -> None:
    path = new()
    whole = [site.front.ask(path, method) for method in ("HEAD", "GET", "HEAD", "GET")]
    assert [hit(reply) for reply in whole] == [False, False, True, True]
    assert [len(reply.body) for reply in whole[::2]] == [0, 0]
    assert whole[2].headers["Content-Length"] == str(len(whole[1].body))


def test_a_part_of_what_is_kept_is_not_given(site: Behind) -> None:
    """The server gives parts of dumps alone, and so does nginx."""
    path = new()
    whole = kept(site, path)
    part = site.front.ask(path, Range="bytes=0-1")
    assert (part.status, part.body) == (200, whole.body)


def test_parts_of_dumps_are_the_servers(site: Behind) -> None:
    path = site.front.ask("/dumps/latest/SHA256SUMS").headers["Location"]
    part = site.front.ask(path, Range="bytes=2-5")
    assert (part.status, part.body) == (206, site.front.ask(path).body[2:6])


def test_posts_are_never_kept(site: Behind) -> None:
    before = len(site.tap.requests)
    assert not any(hit(site.front.post(f"{TODAY} # post")) for _ in range(4))
    assert len(site.tap.requests) - before == 4


# What is not kept


def plain(name: str) -> str:
    return name


def percent_encoded(name: str) -> str:
    return "".join(f"%{ord(letter):02X}" for letter in name)


def escaped(name: str) -> str:
    """Write a word as SPARQL may write any character (section 19.2)."""
    return quote(f"\\u{ord(name[0]):04X}{name[1:]}")


@pytest.mark.parametrize("name", ["NOW", "RAND", "UUID", "STRUUID", "BNODE"])
@pytest.mark.parametrize("written", [plain, percent_encoded, escaped])
def test_what_differs_each_time_is_never_kept(
    name: str, written: Callable[[str], str], site: Behind
) -> None:
    path = new(f"SELECT ({name}() AS ?x) {{}}").replace(name, written(name))
    assert site.front.ask(path).status == 200
    assert asked_four_times(site, path) == 4


@pytest.mark.parametrize("name", ["NOW", "rand", "Uuid", "STRUUID", "BNODE"])
def test_what_differs_each_time_does_not_wait_for_its_like(name: str, site: Behind) -> None:
    path, going = new(f"SELECT ({name}() AS ?x) {{}}"), Event()
    for _ in range(2):
        site.front.ask(path)
    before = len(site.tap.requests)
    site.tap.meanwhile = lambda: going.wait(PATIENCE)
    with ThreadPoolExecutor(5) as threads:
        asked = [threads.submit(site.front.ask, path) for _ in range(5)]
        together = until(lambda: len(site.tap.requests) == before + 5)
        going.set()
        assert {reply.result().status for reply in asked} == {200}
    site.tap.meanwhile = lambda: None
    assert together


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sparql?query=SELECT", 400),
        ("/sparql?query=ASK%7B%7D&query=ASK%7B%7D", 400),
        ("/sparql?query=ASK%7BSERVICE%3Chttp%3A%2F%2Fx%3E%7B%7D%7D", 403),
        ("/doc/city/unknown", 404),
        ("/sparql?query=ASK%7B%7D&format=csv", 406),
    ],
)
def test_errors_are_never_kept(path: str, status: int, site: Behind) -> None:
    assert site.front.ask(path).status == status
    assert asked_four_times(site, path) == 4


@pytest.mark.parametrize(
    "path",
    [
        "/release",
        "/release/{version}",
        "/release/{version}/sparql?query=ASK%7B%7D",
        "/sparql?query=ASK%7B%7D&release={version}",
        "/dumps",
        "/dumps/{version}/",
        "/dumps/{version}/manifest.json",
        "/health",
        "/id/city/perm-511196",
        "/problem/busy",
        "/static/style.css",
        "//release",
        "/doc%2F..%2Frelease",
        "/doc/../release",
        "/release/../doc/city/perm-511196",
        "/release#/../sparql",
    ],
)
def test_what_follows_from_more_than_the_release_is_never_kept(path: str, site: Behind) -> None:
    version = site.server.ask("/health").json["release"]
    assert asked_four_times(site, path.format(version=version)) == 4


# Variants


ACCEPTS = (JSON, "text/csv", "text/html", "text/turtle", "*/*", "")
LANGUAGES = ("", "it", "fr;q=0.5, de")
ENCODINGS = ("", "gzip", "gzip;q=0", "identity")


@pytest.mark.parametrize("path", [new(), PERM])
def test_each_client_gets_what_the_server_would_give(path: str, site: Behind) -> None:
    """Asked three times in turn, so that each answer is made, kept and given while others are."""
    wanted = [
        {name: value for name, value in zip(names, values, strict=True) if value}
        for names in [("Accept", "Accept_Language", "Accept_Encoding")]
        for values in itertools.product(ACCEPTS, LANGUAGES, ENCODINGS)
    ]
    rounds = [[site.front.ask(path, **headers) for headers in wanted] for _ in range(3)]
    for headers, *replies in zip(wanted, *rounds, strict=True):
        direct = site.direct(path, **headers)
        for reply in replies:
            assert (reply.status, reply.body) == (direct.status, direct.body), headers
            for name in ("Content-Type", "Content-Encoding", "Content-Language", "ETag", "Vary"):
                assert reply.headers[name] == direct.headers[name], headers
        assert hit(replies[-1]) == (direct.status == 200)


def spoken(site: Behind, lines: str) -> bytes:
    """Send a request as it is written; give the answer."""
    address = urlsplit(site.front.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
        client.sendall(lines.replace("\n", "\r\n").encode())
        return b"".join(iter(lambda: client.recv(1 << 16), b""))


def test_a_header_sent_twice_does_not_change_what_others_get(site: Behind) -> None:
    """The first line of each is in the key, and the server is told that one alone."""
    path = new()
    lines = f"GET {path} HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n"
    for _ in range(3):
        answer = spoken(site, f"{lines}Accept: */*;q=0.1\nAccept: text/csv\n\n")
        assert f"Content-Type: {JSON}".encode() in answer
    assert site.front.ask(path, Accept="*/*;q=0.1").type == JSON


def test_addresses_of_other_hosts_are_kept_apart(site: Behind) -> None:
    """The service description names the address at which it was asked."""
    for host in ("one.example", "other.example"):
        for _ in range(4):
            described = spoken(site, f"GET /sparql HTTP/1.1\nHost: {host}\nConnection: close\n\n")
            assert f"<http://{host}:{site.nginx.port}/sparql>".encode() in described


# Releases


@dataclass
class Switches:
    """Two releases of a workspace, and when each was made the current one."""

    workspace: Workspace
    versions: tuple[str, str]
    history: list[tuple[float, float, str]] = field(default_factory=list)

    def to(self, version: str) -> None:
        begun = time.monotonic()
        rollback(self.workspace, version)
        self.history.append((begun, time.monotonic(), version))

    def other(self) -> None:
        current = self.workspace.current()
        self.to(next(version for version in self.versions if version != current))

    def current_within(self, since: float, until: float) -> set[str]:
        """Give the releases that were current at some moment of an interval."""
        before = [version for _, done, version in self.history if done <= since]
        within = {v for begun, done, v in self.history if begun <= until and done >= since}
        return within | set(before[-1:])


@pytest.fixture
def switches(own: Workspace) -> Switches:
    settings = Settings(home=own.home, shipped="curated")
    first = own.current()
    assert first
    second = publish(own, settings, Change(as_of="2030-01-01")).version
    made = Switches(own, (first, second))
    made.to(first)
    return made


def test_a_publish_is_seen_at_once(own_site: Behind, own: Workspace) -> None:
    path = new()
    for day in ("2030-01-01", "2031-01-01", "2032-01-01"):
        publish(own, Settings(home=own.home, shipped="curated"), Change(as_of=day))
        assert all(day in own_site.front.ask(path).text for _ in range(4))
        assert hit(own_site.front.ask(path))


def test_an_earlier_release_that_comes_back_is_answered_right(
    switches: Switches, own_site: Behind
) -> None:
    """What was kept of it is given again: the same bytes under the same tag."""
    paths = (new(), PERM, "/", "/graph/settings.nt")
    first = {path: kept(own_site, path) for path in paths}
    switches.other()
    between = {path: kept(own_site, path) for path in paths}
    switches.other()
    before = len(own_site.tap.requests)
    for path in paths:
        again, direct = own_site.front.ask(path), own_site.direct(path)
        assert hit(again)
        assert again.body == direct.body == first[path].body
        assert again.headers["ETag"] == direct.headers["ETag"] != between[path].headers["ETag"]
        stale = own_site.front.ask(path, If_None_Match=between[path].headers["ETag"])
        assert (stale.status, stale.body) == (200, direct.body)
    assert len(own_site.tap.requests) == before


@dataclass(frozen=True)
class Seen:
    """An answer, and when it was asked for and had."""

    since: float
    until: float
    path: str
    reply: Reply


def ask_until(stop: Event, site: Behind, paths: Sequence[str]) -> list[Seen]:
    """Ask again and again."""
    seen = []
    for path in itertools.cycle(paths):
        if stop.is_set():
            break
        since = time.monotonic()
        reply = site.front.ask(path)
        seen.append(Seen(since, time.monotonic(), path, reply))
    return seen


def test_no_answer_is_stale_while_releases_are_switched(
    switches: Switches, own_site: Behind
) -> None:
    """Each answer is of a release that was current while it was asked for, whole and unmixed."""
    paths, stop = [new() for _ in range(3)], Event()
    expected = {}
    for _ in switches.versions:
        for path in paths:
            reply = own_site.server.ask(path)
            expected[path, reply.headers["Citylinks-Release"]] = reply.body
        switches.other()
    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask_until, stop, own_site, paths) for _ in range(4)]
        for _ in range(60):
            switches.other()
            time.sleep(0.03)
        stop.set()
        seen = [one for thread in asking for one in thread.result()]
    assert sum(hit(one.reply) for one in seen) > len(seen) / 2 > 100
    for one in seen:
        release = one.reply.headers["Citylinks-Release"]
        assert release in switches.current_within(one.since, one.until)
        assert one.reply.body == expected[one.path, release]


def test_an_answer_of_the_next_release_is_not_kept_for_the_last(
    switches: Switches, own_site: Behind
) -> None:
    """The release is switched when nginx has made its key and the server has not yet answered."""
    path, (first, second) = new(), switches.versions
    own_site.front.ask(path)
    own_site.tap.meanwhile = lambda: switches.to(second)
    assert own_site.front.ask(path).headers["Citylinks-Release"] == second
    own_site.tap.meanwhile = lambda: None
    switches.to(first)
    replies = [own_site.front.ask(path) for _ in range(3)]
    assert {reply.headers["Citylinks-Release"] for reply in replies} == {first}
    assert [hit(reply) for reply in replies] == [False, True, True]


def test_nothing_is_kept_where_the_current_release_is_lost(
    own: Workspace, own_site: Behind
) -> None:
    path = new()
    kept(own_site, path)
    own.current_link.rename(own.home / "away")
    assert own_site.front.ask(path).status == 500
    (own.home / "away").rename(own.current_link)
    assert hit(own_site.front.ask(path))


# Starts of the server


@pytest.fixture
def restarted(workspace: Workspace, server: Server, tmp_path: Path) -> Iterator[Behind]:
    with behind(workspace.home, server, tmp_path / "nginx") as site:
        yield site


def test_another_start_of_the_server_is_asked_anew(restarted: Behind) -> None:
    """Its software or its settings may be others."""
    path = new()
    kept(restarted, path)
    restarted.nginx.name_start()
    before = len(restarted.tap.requests)
    assert not hit(restarted.front.ask(path))
    assert len(restarted.tap.requests) == before + 1
    kept(restarted, path)


def test_nothing_is_kept_while_the_start_has_no_name(restarted: Behind, tmp_path: Path) -> None:
    path = new()
    kept(restarted, path)
    (tmp_path / "nginx" / "run" / "start").unlink()
    assert asked_four_times(restarted, path) == 4


# Clients that leave


def leaves(site: Behind, request: str) -> None:
    """Send a request, wait until it is with the server, and leave."""
    address, before = urlsplit(site.front.url), len(site.tap.requests)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
        client.sendall(request.replace("\n", "\r\n").encode())
        assert until(lambda: len(site.tap.requests) > before)


CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.mark.parametrize(
    "request_",
    [
        lambda: f"GET {new(CROSS)} HTTP/1.1\nHost: x\n\n",
        lambda: f"GET {new(CROSS + '# NOW()')} HTTP/1.1\nHost: x\n\n",
        lambda: (
            "POST /sparql HTTP/1.1\nHost: x\nContent-Type: application/sparql-query\n"
            f"Content-Length: {len(CROSS)}\n\n{CROSS}"
        ),
    ],
    ids=["get", "volatile", "post"],
)
def test_a_client_that_leaves_is_told_to_the_server(
    request_: Callable[[], str], site: Behind
) -> None:
    before = site.tap.given_up
    leaves(site, request_())
    assert until(lambda: site.tap.given_up == before + 1)


def test_what_others_wait_for_is_evaluated_though_its_client_leaves(site: Behind) -> None:
    path, before = new(), site.tap.given_up
    site.front.ask(path)
    site.tap.meanwhile = lambda: time.sleep(0.5)
    leaves(site, f"GET {path} HTTP/1.1\nHost: 127.0.0.1\n\n")
    site.tap.meanwhile = lambda: None
    assert until(lambda: hit(site.front.ask(path)))
    assert site.tap.given_up == before
