"""The query operation of the SPARQL 1.1 Protocol, section 2.1, read from the parts of a request."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.problems import Problem
from registry.sparql.engine import Query
from registry.sparql.protocol import FORM, QUERY, UPDATE, Request, read
from tests.tables import every_row

ASK = Query("ASK {}")


def asked(text: str, *default: str, named: tuple[str, ...] = ()) -> Request:
    return Request(Query(text, default, named))


READ = {
    "by GET": ("GET", "", b"query=ASK+%7B%7D", b"", asked("ASK {}")),
    "by HEAD": ("HEAD", "", b"query=ASK+%7B%7D", b"", asked("ASK {}")),
    "by form": ("POST", FORM, b"", b"query=ASK%20{}", asked("ASK {}")),
    "by POST directly": ("POST", QUERY, b"", b"ASK {}", asked("ASK {}")),
    "nothing asked": ("GET", "", b"", b"", Request(None)),
    "an empty query": ("GET", "", b"query=", b"", asked("")),
    "a plus sign": ("GET", "", b"query=1%2B1", b"", asked("1+1")),
    "decoded once": ("GET", "", b"query=%2520%252B", b"", asked("%20%2B")),
    "a form is decoded once": ("POST", FORM, b"", b"query=%2520", asked("%20")),
    "a body is not decoded": ("POST", QUERY, b"", b"%20+&query=a", asked("%20+&query=a")),
    "any script": ("GET", "", "query=%D0%9F青".encode(), b"", asked("П青")),
    "semicolons part nothing": ("GET", "", b"query=a;b", b"", asked("a;b")),
    "a default graph": ("GET", "", b"query=q&default-graph-uri=a", b"", asked("q", "a")),
    "graphs of a form": (
        "POST",
        FORM,
        b"",
        b"query=q&default-graph-uri=a&named-graph-uri=b&default-graph-uri=c",
        asked("q", "a", "c", named=("b",)),
    ),
    "graphs beside a body": (
        "POST",
        QUERY,
        b"named-graph-uri=a%23b&named-graph-uri=c",
        b"q",
        asked("q", named=("a#b", "c")),
    ),
    "a format": ("GET", "", b"query=ASK {}&format=xml", b"", Request(ASK, None, ("xml",))),
    "names of a format": (
        "GET",
        "",
        b"query=ASK {}&format=tsv&format=&format=text/tab-separated-values",
        b"",
        Request(ASK, None, ("tsv", "text/tab-separated-values")),
    ),
    "a release": ("GET", "", b"query=ASK {}&release=2026", b"", Request(ASK, "2026")),
    "a release described": ("GET", "", b"release=2026", b"", Request(None, "2026")),
    "a release beside a form": (
        "POST",
        FORM,
        b"release=2026&format=csv",
        b"query=ASK {}",
        Request(ASK, "2026", ("csv",)),
    ),
    "what is not known is passed over": ("GET", "", b"query=q&timeout=9", b"", asked("q")),
    "the body of a GET is not read": ("GET", QUERY, b"", b"ASK {}", Request(None)),
}


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1",
    "query, dataset and parameters are read as each way to ask has them",
)
@pytest.mark.parametrize(
    ("method", "media_type", "address", "body", "expected"), READ.values(), ids=READ.keys()
)
def test_a_request_is_read(
    method: str, media_type: str, address: bytes, body: bytes, expected: Request
) -> None:
    assert read(method, media_type, address, body) == expected


REFUSED = {
    "two queries": ("GET", "", b"query=a&query=b", b"", "bad-parameter"),
    "two equal queries": ("GET", "", b"query=a&query=a", b"", "bad-parameter"),
    "two in a form": ("POST", FORM, b"", b"query=a&query=b", "bad-parameter"),
    "one in the URL, one in the form": ("POST", FORM, b"query=a", b"query=b", "bad-parameter"),
    "one in the URL, one as body": ("POST", QUERY, b"query=a", b"b", "bad-parameter"),
    "two releases": ("GET", "", b"release=a&release=b", b"", "bad-parameter"),
    "none in a form": ("POST", FORM, b"", b"default-graph-uri=a", "bad-parameter"),
    "an update": ("GET", "", b"update=CLEAR+ALL", b"", "update-refused"),
    "an update in a form": ("POST", FORM, b"", b"update=CLEAR+ALL", "update-refused"),
    "an update beside a query": ("POST", FORM, b"", b"query=a&update=b", "update-refused"),
    "an update as body": ("POST", UPDATE, b"", b"CLEAR ALL", "update-refused"),
    "a body of no type": ("POST", "", b"", b"ASK {}", "unsupported-type"),
    "a body of another type": ("POST", "text/plain", b"", b"ASK {}", "unsupported-type"),
    "a form of another kind": ("POST", "multipart/form-data", b"", b"", "unsupported-type"),
    "no UTF-8 in the URL": ("GET", "", b"query=%E9", b"", "bad-parameter"),
    "no UTF-8 in the URL, raw": ("GET", "", b"query=\xe9", b"", "bad-parameter"),
    "no UTF-8 in the form": ("POST", FORM, b"", b"query=%FF%FE", "bad-parameter"),
    "no UTF-8 in the form, raw": ("POST", FORM, b"", b"query=\xff", "bad-parameter"),
    "no UTF-8 as body": ("POST", QUERY, b"", b"ASK {} # \xff", "bad-parameter"),
}


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1", "there is one query: two, or none by POST, are 400"
)
@every_row(
    ("method", "media_type", "address", "body", "name"), REFUSED.values(), ids=REFUSED.keys()
)
def test_a_request_is_refused(
    method: str, media_type: str, address: bytes, body: bytes, name: str
) -> None:
    with pytest.raises(Problem) as caught:
        read(method, media_type, address, body)
    assert caught.value.name == name


@pytest.mark.conforms("SPARQL 1.1 Protocol", "2.1.3", "a charset other than UTF-8 is refused")
@pytest.mark.parametrize("media_type", [FORM, QUERY])
def test_a_query_is_sent_in_utf_8(media_type: str) -> None:
    body = b"query=ASK+{}" if media_type == FORM else b"ASK {}"
    for charset in ("utf-8", "UTF-8", "utf8"):
        assert read("POST", media_type, b"", body, charset) == asked("ASK {}")
    for charset in ("iso-8859-1", "utf-16", "us-ascii", "", "nonsense"):
        with pytest.raises(Problem) as caught:
            read("POST", media_type, b"", body, charset)
        assert caught.value.name == "unsupported-type"


def test_what_is_read_is_told_with_a_refusal() -> None:
    with pytest.raises(Problem) as caught:
        read("POST", "text/turtle", b"", b"")
    assert caught.value.members["allowed"] == [QUERY, FORM]


@pytest.mark.conforms("SPARQL 1.1 Protocol", "2.1", "any text arrives as it was sent")
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_arrives_as_it_was_sent(text: str) -> None:
    sent = Request(Query(text))
    assert read("GET", "", b"query=" + quote(text).encode(), b"") == sent
    assert read("POST", FORM, b"", b"query=" + quote_plus(text).encode()) == sent
    assert read("POST", QUERY, b"", text.encode()) == sent


@given(st.binary(), st.sampled_from([FORM, QUERY, UPDATE, ""]), st.sampled_from(["GET", "POST"]))
def test_any_bytes_are_read_or_refused(body: bytes, media_type: str, method: str) -> None:
    for address, sent in ((body, b""), (b"", body)):
        try:
            assert isinstance(read(method, media_type, address, sent), Request)
        except Problem as problem:
            assert problem.kind.status in {400, 403, 415}
