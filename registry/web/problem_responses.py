"""Problems as HTTP answers (RFC 9457): JSON for machines, a page for people."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote

from flask import Flask, Response, current_app, g, render_template, request
from gunicorn.http.errors import ParseException
from rapidfuzz import fuzz, process
from werkzeug.exceptions import HTTPException

from registry import formats, terms
from registry.places.names import fold
from registry.problems import KINDS, Problem
from registry.publishing.shacl import Report
from registry.sandbox import Abandoned
from registry.search.finding import Wanted, find
from registry.things.labels import Words
from registry.things.page import Value
from registry.things.wording import country_name
from registry.views.names import NAMES
from registry.web import language
from registry.web.context import Filled, languages, pages, release
from registry.web.negotiation import as_sent, choose
from registry.web.phrases import phrase

_LOG = logging.getLogger("citylinks")

_BY_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    410: "gone",
    413: "query-too-large",
    415: "unsupported-type",
    500: "internal",
}
_AROUND: Final = 60
"""Characters of a line that are shown on each side of a position."""

_NOWHERE: Final = "nothing is at this address"

_KEPT = ("Allow", "Content-Range")
"""Headers of an answer of the framework that belong to its meaning."""


_HOST: Final = re.compile(r"(?:[\w.~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?", re.ASCII)
"""A Host header: a name or address, and a port (RFC 9110, section 7.2; RFC 3986, section 3.2)."""


@dataclass(frozen=True)
class ProblemText:
    """The title and meaning of a problem on a page, and their language."""

    title: str
    meaning: str = ""
    language: str = "en"


def register(app: Flask) -> None:
    """Let the application answer with problems."""
    app.before_request(_refuse_strange_host)
    app.register_error_handler(ParseException, _answer_parse_error)
    app.register_error_handler(Problem, _answer_problem)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Abandoned, _answer_abandoned)
    app.register_error_handler(Exception, _answer_fault)


def _answer_abandoned(_: Abandoned) -> Response:
    """Answer a client that has hung up: nobody reads it, but metrics count it as nginx does."""
    return Response(status=499)


def _answer_problem(problem: Problem) -> Response:
    """Answer with a problem; lead from an address with a slash too many to the one without."""
    if problem.kind.status == 404 and (shorter := _without_slash()):
        return Response(status=301, headers={"Location": shorter})
    members = {
        key: value.as_json() if isinstance(value, Report) else value
        for key, value in problem.members.items()
    }
    kind = problem.kind
    if problem.name == "unwritable":
        _LOG.error("%s %s: %s", request.method, _path_to_log(), problem)
    body = _body(terms.PROBLEM + problem.name, kind.title, kind.status, problem.detail) | members
    response = _respond(body)
    if retry := problem.members.get("retryAfter"):
        response.headers["Retry-After"] = str(retry)
    if kind.status == 401:
        wrong = ', error="invalid_token"' if "Authorization" in request.headers else ""
        # RFC 6750, section 3
        response.headers["WWW-Authenticate"] = f'Bearer realm="citylinks"{wrong}'
    return response


def _path_to_log() -> str:
    """Return the path of this request; its pattern where it has a secret in it."""
    is_secret = "secret" in (request.view_args or {})
    return request.url_rule.rule if request.url_rule and is_secret else request.path


def _without_slash() -> str:
    """Return the address of this request without the slash at its end; empty if there is none."""
    path = request.path.rstrip("/")
    if request.method not in {"GET", "HEAD"} or path == request.path or path[1:2] in {"", "/"}:
        return ""
    if request.url_rule and request.url_rule.rule.endswith("/"):
        return ""  # The slash belongs to it.
    try:
        current_app.create_url_adapter(request).match(path, "GET")  # type: ignore[union-attr]
    except HTTPException:
        return ""
    asked = as_sent(request.query_string)
    return quote(path) + (f"?{asked}" if asked else "")


def _body(type_: str, title: str, status: int, detail: str) -> dict[str, object]:
    """Put together the members that every problem has (section 3.1)."""
    return {
        "type": type_,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
    }


def _respond(body: dict[str, object]) -> Response:
    """Answer in the format that the client prefers; no cache may keep the answer."""
    accept = request.headers.get("Accept")
    if choose(accept, (formats.PROBLEM_JSON, formats.HTML)) == formats.HTML:
        response = _page(body)
    else:
        told = {**body, "title": _told(body).title}
        text = json.dumps(told, ensure_ascii=False) + "\n"
        response = Response(text, content_type=formats.PROBLEM_JSON.content_type)
    response.status_code = cast("int", body["status"])
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    return response


def _told(body: dict[str, object]) -> ProblemText:
    """Word a problem in the language that its reader asks for (RFC 9457, section 3.1.3)."""
    if "languages" not in g:
        # The problem may be the language that is asked for.
        chosen = language.language_parameter(request)
        g.languages = language.accepted_languages(request, *([chosen] if chosen else []))
    name = str(body["type"]).removeprefix(terms.PROBLEM)
    return problem_text(name) if name in KINDS else ProblemText(str(body["title"]))


def _page(body: dict[str, object]) -> Response:
    told = _told(body)
    again = Filled() if body["status"] == 404 else _form_to_show()
    place = _excerpt(again.text, body.get("line"), body.get("column"))
    near = _near(request.path) if body["status"] == 404 else []
    text = render_template(
        "problem.html",
        problem=body,
        told=told,
        excerpt=place,
        near=near,
        form=again.form,
        **again.values,
    )
    response = Response(text, content_type=formats.HTML.content_type)
    response.headers["Content-Language"] = g.languages.interface
    return response


def _near(path: str) -> list[Value]:
    """Return what is called as the end of an address, where nothing is at that address."""
    end = _ENDING.sub("", path.rpartition("/")[2]).replace("-", " ").replace("_", " ")
    suggest = _countries_called_so if path.startswith("/countries/") else _called_so
    try:
        return suggest(end)
    except (Problem, OSError, sqlite3.Error) as trouble:  # Nothing is published, or it is damaged.
        _LOG.debug("nothing to be told beside: %s", trouble)
        return []


def _called_so(name: str) -> list[Value]:
    found = find(release().view(NAMES), Wanted(name, limit=_NEAR))
    return [pages().link(one.suggestion.thing.iri) for one in found.results]


def _countries_called_so(name: str) -> list[Value]:
    """Return countries whose names are like what was typed, and the list of all."""
    interface = languages().interface
    named = {code: country_name(code, interface) for code, _ in release().view(NAMES).countries()}
    like = process.extract(
        fold(name), named, processor=fold, score_cutoff=_LIKE, limit=_NEAR, scorer=fuzz.ratio
    )
    near = [Value(Words(text), f"/countries/{code}") for text, _, code in like]
    return [*near, Value(Words(phrase("countries", interface)), "/countries")]


_ENDING: Final = re.compile(r"(?:-[0-9]+)?(?:\.[a-z]{2,6})?$")
"""What stands after a name in an address: a number, and the extension of a format."""

_LIKE: Final = 75
"""How alike the name of a country is, of 100, that may be meant."""

_NEAR: Final = 5
"""Things that are told where an address leads to nothing."""


def problem_text(name: str) -> ProblemText:
    """Word a problem in the language of the interface, else in English."""
    interface = languages().interface
    title, meaning = (phrase(f"{name}.{part}", interface) for part in ("title", "meaning"))
    return ProblemText(title, meaning, interface)


def _form_to_show() -> Filled:
    """Return the form that the problem is about, for its reader to correct."""
    query = request.args.get("query", "")
    if not query or not request.path.endswith("/sparql"):
        return cast("Filled", g.get("filled", Filled()))
    values = {"query": query, "solutions": formats.SOLUTIONS, "graphs": formats.GRAPHS}
    return Filled("sparql_form.html", query, values)


def _excerpt(text: str, line: object, column: object) -> dict[str, str] | None:
    """Return the line of a position, with a gap that puts a mark under the position."""
    if not text or not isinstance(line, int) or not isinstance(column, int):
        return None
    lines = text.split("\n")
    row = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    start = max(0, column - 1 - _AROUND)
    gap = "".join("\t" if char == "\t" else " " for char in row[start : column - 1])
    return {"text": row[start : column + _AROUND], "gap": gap}


def _answer_http_error(error: HTTPException) -> Response:
    """Answer an error of Flask, and pass its redirects on.

    A status without a problem of ours gets the type `about:blank` (section 4.2.1).
    """
    original = error.get_response()
    if error.code is None or error.code < 400:
        return Response(original.response, original.status_code, dict(original.headers))
    detail = _NOWHERE if error.code == 404 else error.description or error.name
    if error.code in _BY_STATUS:
        response = _answer_problem(Problem(_BY_STATUS[error.code], detail))
    else:
        response = _respond(_body("about:blank", error.name, error.code, detail))
    for name in _KEPT:
        if name in original.headers:
            response.headers[name] = original.headers[name]
    return response


def _refuse_strange_host() -> None:
    """Refuse a request that names no host (RFC 9112, section 3.2); HTTP/1.0 need not name one."""
    named = request.environ.get("HTTP_HOST")
    if named is None and request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return
    if not _HOST.fullmatch(named or ""):
        raise Problem("bad-parameter", "the Host header is missing, or names no host")


def _answer_parse_error(_error: ParseException) -> Response:
    """Answer a request whose body is not HTTP; the server has read its head before."""
    return _answer_problem(Problem("bad-parameter", "the body is not sent as HTTP has it"))


def _answer_fault(error: Exception) -> Response:
    """Answer a fault of this software: the log has all of it, the answer no internals."""
    _LOG.error("%s %s", request.method, _path_to_log(), exc_info=error)
    return _answer_problem(Problem("internal", "the request could not be answered"))
