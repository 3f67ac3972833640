"""A registry with two editors and a reader, and how they fill in forms."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry import terms
from registry.contribute import database
from registry.contribute.store import Proposals
from registry.contribute.tokens import Holder
from registry.releases.workspace import Workspace
from tests.contribute.drafts import FILLED

PAGE = {"Accept": "text/html"}
FORM = {
    **FILLED,
    "one": "Pavia",
    "other": "Perm",
    "comment": "page 3",
    "email": "anna@example.org",
    "agree": "1",
}
LINK = "pavia-3171366--perm-511196"


SPOILT = (
    *("<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{7*7}}", "' OR 1=1 --"),
    *("\x00", "\u202egnp.exe", "../../etc/passwd", "%00%0d%0aSet-Cookie:x=1", "\ud7ff\uffff"),
    *("x" * 5000, "9" * 400, "javascript:alert(1)", "https://a b/<x>", "\r\nBcc: a@b.cd"),
    *("\u200b", "a\tb\nc", "1e309", "-1", "٢٠٢٤", "cl_00000000_" + "x" * 43, "İ" * 50),
)
"""Texts that somebody may send who means no good."""


@dataclass(frozen=True)
class Door:
    """A registry of its own with two editors, and a client for each."""

    workspace: Workspace
    reader: FlaskClient
    anna: FlaskClient
    bert: FlaskClient
    tokens: dict[str, tuple[Holder, str]]

    @property
    def proposals(self) -> Proposals:
        return Proposals(self.workspace.home, 180)


def value(page: TestResponse, name: str = "form") -> str:
    """Read a hidden field of a page; of the form to sign out only where there is no other."""
    text = re.sub('<form class="session".*?</form>', "", page.text, flags=re.DOTALL)
    wanted = re.compile(rf'name="{name}" value="([^"]*)"')
    (found,) = set(wanted.findall(text) or wanted.findall(page.text))
    return html.unescape(found)


def stamps(page: TestResponse) -> list[str]:
    """List the stamps of the forms of a page."""
    return list(map(html.unescape, re.findall(r'name="form" value="([^"]*)"', page.text)))


def post(client: FlaskClient, path: str, fields: dict[str, str], **options: Any) -> TestResponse:
    """Fill in the form of a page and send it."""
    form = {"form": value(client.get(path, headers=PAGE)), **fields}
    return client.post(path, data=form, headers={**PAGE, **options})


def proposed(client: FlaskClient, **change: str) -> str:
    """Propose a link; return the address of its secret page."""
    sent = post(client, "/contribute/link", {**FORM, "step": "send", **change})
    assert sent.status_code == 303, sent.text
    return sent.headers["Location"]


def sign_in(client: FlaskClient, token: str) -> TestResponse:
    return post(client, "/contribute/sign-in", {"token": token})


def decided(client: FlaskClient, number: int, action: str, text: str = "") -> TestResponse:
    path = f"/contribute/queue/{number}"
    version = value(client.get(path, headers=PAGE), "version")
    return post(client, path, {"action": action, "text": text, "version": version})


def problem(response: TestResponse) -> str:
    assert response.json, response.text
    return str(response.json["type"]).removeprefix(terms.PROBLEM)


def state(door: Door) -> tuple[str | None, bytes, list[tuple[int, str, int]]]:
    """Return all that a refused request must not change."""
    with closing(sqlite3.connect(database.path_in(door.workspace.home))) as connection:
        rows = connection.execute("SELECT id, state, version FROM proposal").fetchall()
    return door.workspace.current(), door.workspace.log_path.read_bytes(), rows
