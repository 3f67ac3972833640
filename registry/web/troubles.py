"""Problems as HTTP answers (RFC 9457): JSON for machines, a page for people."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from registry import formats, terms
from registry.problems import Problem
from registry.releases.validation import Report
from registry.web.language import Languages
from registry.web.negotiation import choose

_LOG = logging.getLogger("citylinks")

_BY_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    410: "gone",
    413: "query-too-large",
    415: "unsupported-type",
}


def register(app: Flask) -> None:
    """Let the application answer with problems."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _problem(problem: Problem) -> Response:
    """Answer with a problem."""
    body = {
        "type": terms.PROBLEM + problem.name,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": request.path,
        **{key: _plain(value) for key, value in problem.members.items()},
    }
    response = _page(body, problem) if _for_people() else _json(body)
    response.status_code = problem.kind.status
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    if retry := problem.members.get("retryAfter"):
        response.headers["Retry-After"] = str(retry)
    return response


def _plain(value: object) -> object:
    """Write a member as JSON can hold it."""
    return value.as_json() if isinstance(value, Report) else value


def _for_people() -> bool:
    """Tell whether the client would rather have a page."""
    accept = request.headers.get("Accept")
    return choose(accept, (formats.PROBLEM_JSON, formats.HTML)) == formats.HTML


def _json(body: dict[str, object]) -> Response:
    text = json.dumps(body, ensure_ascii=False) + "\n"
    return Response(text, content_type=formats.PROBLEM_JSON.content_type)


def _page(body: dict[str, object], problem: Problem) -> Response:
    if "languages" not in g:
        g.languages = Languages((), "en")
    text = render_template("problem.html", problem=body, meaning=problem.kind.meaning)
    return Response(text, content_type=formats.HTML.content_type)


def _http(error: HTTPException) -> Response:
    """Answer what Flask refuses, and pass its redirects on."""
    original = error.get_response()
    if error.code is None or error.code < 400:
        return Response(original.response, original.status_code, dict(original.headers))
    name = _BY_STATUS.get(error.code, "internal" if error.code >= 500 else "bad-parameter")
    response = _problem(Problem(name, error.description or error.name))
    if "Allow" in original.headers:
        response.headers["Allow"] = original.headers["Allow"]
    return response


def _unexpected(error: Exception) -> Response:
    """Answer a mistake of ours: logged whole, told without its inside."""
    _LOG.error("%s %s", request.method, request.path, exc_info=error)
    return _problem(Problem("internal", "the request could not be answered"))
