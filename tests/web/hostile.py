"""Requests as nobody ought to send them, as strategies; and what holds of every answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, quote_from_bytes, urlsplit

from hypothesis import strategies as st

from registry import shipped, terms
from registry.problems import KINDS

METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")

LEAKS: Final = (b"Traceback", b"site-packages", b"/registry/", str(shipped.ROOT).encode())
"""What tells of the inside: of the code, or of the machine's files."""

STOPPED: Final = {"query-timeout", "query-memory", "answer-too-large", "busy"}
"""The problems that are the server's and not a mistake of ours."""

OF_ALL: Final = (
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
)
"""Headers that every answer has."""

SEGMENTS: Final = (
    *("", ".", "..", "%2e%2e", "%2E.", "%2f", "%5c", "..%2f..", "%00", "%ff", "%c3%28", "%", "%zz"),
    *("%u002e", "~", ";a=b", "%0d%0aX-Injected:%20y", "%20", "%3Cb%3E", "%F0%9F%8F%99", "{}", "*"),
    *("id", "doc", "scheme", "graph", "release", "dumps", "queries", "problem", "static"),
    *("sparql", "ontology", "shapes", "ontology.ttl", "shapes.rdf", "health", "openapi.json"),
    *("metrics", "validate", "graphs"),
    *("city", "link", "perm-511196", "perm-511196.ttl", "any-511196", "perm-511196.html"),
    *("status", "active", "cities", "cities.jsonld", "latest", "manifest.json", "SHA256SUMS"),
    *("figures.csv", "twins-of-a-city", "derive", "01-bounds", "style.css", "busy", "a" * 3_000),
    *("1.0.0", ".git", "etc", "passwd", "__init__.py", "con", "%ef%bb%bf", "%e2%80%ae"),
)
QUERIES: Final = (
    *(
        "ASK {}",
        "SELECT * { ?s ?p ?o } LIMIT 3",
        "DESCRIBE <x:y>",
        "SELECT (NOW() AS ?x) {}",
        "ASK {",
    ),
    *("INSERT DATA { <x:a> <x:b> 1 }", "ASK { SERVICE <http://127.0.0.1:9/> {} }", "", "\x00"),
    *("SELECT * { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }", "ASK " + "{" * 300, "CONSTRUCT WHERE {}"),
)
DATA: Final = (
    *(b"<urn:s> <urn:p> 1 .", b"{}", b"[]", b"<a/>", b"content=x", b"@prefix : <urn:> . :a :b"),
    b'--x\r\nContent-Disposition: form-data; name="content"\r\n\r\n<urn:s>\r\n--x--\r\n',
)
NAMES: Final = (
    *("query", "update", "format", "release", "default-graph-uri", "named-graph-uri", "lang"),
    *("graph", "default", "content", "file"),
    *("offset", "city", "day", "year", "link", "a", "", "query[]"),
)
VALUES: Final = (
    *("", "json", "html", "turtle", "it", "en-GB", "0", "-1", "9" * 400, "perm-511196", "latest"),
    *("../../etc/passwd", "<script>", "x:y", terms.CITIES_GRAPH, "http://[", "2000-01-01", "\x00"),
    *("'; DROP", "{{7*7}}", "%s%n", "\r\nX-Injected: y", "\ud800", "é", "\U0001f3d9"),
)


@dataclass(frozen=True)
class Asked:
    """A request: the address as it is written, and all else."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def target(self) -> str:
        """What stands in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


def _percent(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def _token() -> st.SearchStrategy[str]:
    """Give text that a header may hold, as the server gets it: bytes of any value but line ends."""
    letters = st.characters(max_codepoint=255, exclude_characters="\r\n\x00")
    return st.text(letters, max_size=30)


_ROUTED: Final = (
    *("/", "/sparql", "/id/city/perm-511196", "/doc/city/perm-511196", "/doc/city/perm-511196.nt"),
    *("/doc/city/any-511196", "/scheme/status/active", "/ontology", "/shapes.ttl", "/graph"),
    *("/graph/cities.jsonld", "/release", "/release/latest", "/release/latest/sparql", "/queries"),
    *("/queries/figures", "/queries/twins-of-a-city.csv", "/dumps", "/dumps/latest/", "/health"),
    *("/dumps/latest/SHA256SUMS", "/problem/busy", "/openapi.json", "/static/style.css"),
    *("/metrics", "/validate", "/graphs"),
)
_MADE: Final = st.lists(
    st.one_of(
        st.sampled_from(SEGMENTS), st.binary(max_size=8).map(lambda b: quote_from_bytes(b, safe=""))
    ),
    max_size=6,
).map(lambda segments: "/" + "/".join(segments))
PATHS: Final = st.one_of(
    st.just("/sparql"),
    st.sampled_from(_ROUTED),
    _MADE,
    st.tuples(st.sampled_from(_ROUTED), _MADE).map(lambda both: both[0] + both[1]),
)

_PAIRS: Final = st.one_of(
    st.tuples(st.just("query"), st.sampled_from(QUERIES)),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)),
).map(lambda pair: f"{_percent(pair[0])}={_percent(pair[1])}")
_RUBBISH: Final = st.sampled_from(("%", "%ff=%fe", "=", "&&&", "query", "a=b;c=d", "?", "+", "%00"))

PARAMETERS: Final = st.lists(st.one_of(_PAIRS, _PAIRS, _RUBBISH), max_size=4).map("&".join)

_KNOWN_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "Accept": (
        *("*/*", "text/html", "text/turtle;q=0.5, */*;q=0.1", "application/pdf", "text/*;q=nan"),
        *(
            "application/sparql-results+json",
            "",
            ";",
            ",,,",
            "a/b;q=2",
            "*/*;q=0",
            "text/html;q=1e9",
        ),
    ),
    "Accept-Language": ("it", "it;q=0.1,de", "*", "x-" + "a" * 500, "en_US", ";q", "-", "tlh, ja"),
    "Accept-Encoding": ("gzip", "identity;q=0", "*;q=0", "br, gzip;q=0.5", "gzip;q=x", ""),
    "If-Match": ("*", '"a"', "a"),
    "If-None-Match": ("*", '"a"', 'W/"a", "b"', '"', "a", ",", '"' + "a" * 900),
    "If-Modified-Since": ("Mon, 01 Jan 2001 00:00:00 GMT", "yesterday", "0", "Mon, 99 Foo 9999"),
    "Range": ("bytes=0-9", "bytes=9-0", "bytes=-1", "bytes=0-0,5-6", "lines=1-2", "bytes=", "x"),
    "If-Range": ('"a"', "Mon, 01 Jan 2001 00:00:00 GMT", "x"),
    "Content-Type": (
        *(
            "application/sparql-query",
            "application/x-www-form-urlencoded",
            "application/sparql-update",
            "text/turtle",
            "application/ld+json",
            "application/trig;charset=latin-1",
        ),
        *(
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "text/plain;charset=x",
            ";",
            "",
        ),
    ),
    "Host": (
        "example.org",
        "xn--a",
        "a b",
        "",
        "[::1",
        "evil.example:99999",
        "x" * 300,
        "\xff",
        "a/b@c",
    ),
    "X-Forwarded-For": ("127.0.0.1", "::1, unknown", ","),
    "X-Forwarded-Host": ("evil.example", "", "a,b"),
    "X-Forwarded-Proto": ("https", "javascript"),
    "X-Forwarded-Prefix": ("/x", "//evil.example"),
    "Origin": ("https://evil.example", "null"),
    "Cookie": ("session=x", "=;=;"),
    "Authorization": ("Basic Og==", "Bearer", "Bearer x"),
    "Content-Encoding": ("gzip", "identity", "x"),
    "Expect": ("100-continue",),
    "Content-Length": ("0", "5", "-1", "1e3", "9" * 30, "", "5, 5"),
    "Transfer-Encoding": (
        "chunked",
        "identity",
        "gzip, chunked",
        "chunked, chunked",
        "\x0bchunked",
    ),
}


def _header(name: str) -> st.SearchStrategy[tuple[str, str]]:
    values = st.one_of(st.sampled_from(_KNOWN_VALUES[name]), _token())
    return values.map(lambda value: (name, value))


def headers(*without: str) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """Give headers, but those that are left out."""
    known = [_header(name) for name in _KNOWN_VALUES if name not in without]
    return st.lists(st.one_of(known), max_size=4).map(tuple)


BODIES: Final = st.one_of(
    st.just(b""),
    st.sampled_from(DATA),
    st.sampled_from(QUERIES).map(lambda text: text.encode()),
    st.sampled_from(QUERIES).map(lambda text: f"query={_percent(text)}".encode()),
    PARAMETERS.map(str.encode),
    st.binary(max_size=50),
    st.just(b"x" * 6_000),
)


def requests(*without: str) -> st.SearchStrategy[Asked]:
    """Give requests, without certain headers."""
    methods = st.one_of(st.just("GET"), st.sampled_from(METHODS))
    return st.builds(Asked, methods, PATHS, PARAMETERS, headers(*without), BODIES)


@dataclass(frozen=True)
class Told:
    """An answer, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0]


def assert_holds(asked: Asked, told: Told) -> None:
    """Make sure of what holds of every answer, whatever was asked."""
    assert all(name.lower() in told.headers for name in OF_ALL)
    assert_tells_nothing(told)
    if told.status >= 400:
        assert_is_problem(asked, told)
    if 300 < told.status < 400 and told.status != 304:
        assert_stays(asked, told)
    if asked.method == "HEAD" or told.status in {204, 304}:
        assert told.body == b""
    elif "content-length" in told.headers:
        assert int(told.headers["content-length"]) == len(told.body)


def assert_tells_nothing(told: Told) -> None:
    """Make sure that an answer neither tells of the inside nor takes a header from a request."""
    written = told.body + "\n".join(told.headers.values()).encode("utf-8", "surrogateescape")
    assert [leak for leak in LEAKS if leak in written] == []
    assert not {"x-injected", "set-cookie"} & told.headers.keys()


def assert_is_problem(asked: Asked, told: Told) -> None:
    """Make sure that an error is one of ours, and told in one of its two forms."""
    assert told.type in {"application/problem+json", "text/html"}
    if told.type == "text/html":
        titles = (KINDS[name].title.encode() for name in STOPPED)
        assert told.status < 500 or asked.method == "HEAD" or any(t in told.body for t in titles)
    elif asked.method != "HEAD":
        problem = json.loads(told.body)
        name = problem["type"].removeprefix(terms.PROBLEM)
        assert problem["status"] == told.status
        assert name in KINDS or name == "about:blank"
        assert told.status < 500 or name in STOPPED


def assert_stays(asked: Asked, told: Told) -> None:
    """Make sure that a redirect leads to an address of the server that was asked."""
    there = urlsplit(told.headers["location"])
    named = dict(asked.headers).get("Host", "localhost")
    assert there.scheme in {"", "http"}
    # Names of hosts mean the same in capitals (RFC 3986, section 3.2.2).
    assert there.netloc.lower() in {"", "localhost", named.lower()}
    assert there.path.startswith("/")
    assert not there.path.startswith("//")
