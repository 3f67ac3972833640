"""What a request works with: the parts of the application, and the one release it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final, cast
from urllib.parse import urlsplit

from flask import current_app, g, request

from registry.problems import Problem
from registry.publishing.uploads import Uploads
from registry.reconcile.matcher import Matchers
from registry.releases.manifest import Manifest
from registry.releases.reading import Release, Shelf
from registry.sandbox import NOBODY, abandoned
from registry.settings import Settings
from registry.sparql.admission import Client
from registry.sparql.cache import Cache, Sized
from registry.sparql.engine import Call, Embedded
from registry.things.labels import ConceptLabels, Labels
from registry.things.lookup import Lookup
from registry.things.page import Pages
from registry.views.links import LINKS
from registry.views.names import NAMES
from registry.web import language
from registry.web.client_deadlines import ClientDeadlines
from registry.web.language import Languages
from registry.web.readiness import Readiness

NAME: Final = "citylinks"
LATEST: Final = "latest"
"""Stands for the current release in addresses; no release can be named so."""


@dataclass(frozen=True)
class Body:
    """The bytes of an answer, which its ETag names."""

    content: bytes

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return len(self.content)


@dataclass(frozen=True)
class Filled:
    """A form as its reader filled it in: its template, the text at fault, and all values."""

    form: str = ""
    text: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """What the routes work with."""

    settings: Settings
    shelf: Shelf
    engine: Embedded
    kept: Cache[Sized]
    deadlines: ClientDeadlines
    uploads: Uploads
    matchers: Matchers
    readiness: Readiness
    concepts: ConceptLabels


def parts() -> Parts:
    """Return the parts of the running application."""
    return cast("Parts", current_app.extensions[NAME])


def release() -> Release:
    """Return the release of this request: looked up once, so that an answer is of one release."""
    if "release" not in g:
        g.release = parts().shelf.current()
    return cast("Release", g.release)


def kept(wanted: str) -> Manifest:
    """Return the manifest of a kept release, by version, prefix or name."""
    workspace = parts().shelf.workspace
    return workspace.manifest(release().version if wanted == LATEST else workspace.resolve(wanted))


def languages() -> Languages:
    """Return the reader's languages: `bad-parameter` when `lang` is not a language tag."""
    if "languages" not in g:
        g.languages = language.of(request)
    return cast("Languages", g.languages)


def kept_language(path: str) -> str:
    """Return the address that a redirect leads to, in the language that this one asks for.

    Raises
    ------
    Problem
        `bad-parameter` when `lang` is not a language tag.

    """
    languages()
    return language.keeping(request)(path)


def filled(form: str, text: str = "", **values: object) -> None:
    """Note which form the reader filled in, and how: where there is trouble, it is shown again.

    `text` is what the line and column of a problem are places in.
    """
    g.filled = Filled(form, text, values)


def body_is_read() -> None:
    """Note that all of the request is there, and its answer is worked on."""
    if connection := request.environ.get("gunicorn.socket"):
        parts().deadlines.answering(connection)


def call(limit: int | None = None) -> Call:
    """Return who asks, and how long the answer may be where it is not as in the settings.

    Who has closed its side with the request still waits for the answer; who closes later has left.
    """
    connection = request.environ.get("gunicorn.socket")
    socket = connection.fileno() if connection else NOBODY
    if abandoned(socket):
        socket = NOBODY
    return Call(Client(_neighbourhood(request.remote_addr or ""), socket), limit)


def _neighbourhood(address: str) -> str:
    """Return an address, or of IPv6 the network of 64 bits, of which one client has all.

    >>> _neighbourhood("2001:db8:1:2:3:4:5:6"), _neighbourhood("192.0.2.1")
    ('2001:db8:1:2::/64', '192.0.2.1')
    """
    if ":" not in address:
        return address
    try:
        return str(ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


def pages() -> Pages:
    """Return what makes pages of this request's release for its reader."""
    of, reader = release(), languages()
    lookup = Lookup(of.store)
    labels = Labels(lookup, reader.wanted, parts().concepts.of(of.version, reader.wanted))
    return Pages(lookup, labels, reader.interface, of.view(NAMES), of.view(LINKS))


def modified() -> str:
    """Return the time at which this request's release was published, as in the log."""
    return parts().shelf.published_at(release().version)


def contact() -> str:
    """Return the address that people can turn to; empty where none is set."""
    contact = parts().settings.contact
    return f"mailto:{contact}" if "@" in contact and ":" not in contact else contact


def origin() -> str:
    """Return the address of this server, without a slash at the end.

    Raises
    ------
    Problem
        `bad-parameter` when it is not set and the request does not name it.

    """
    address = parts().settings.public_url or _asked_for()
    if not urlsplit(address).netloc:
        raise Problem("bad-parameter", "the header Host does not name a server")
    return address.rstrip("/")


def _asked_for() -> str:
    """Return the address that the request names; empty where the name cannot be read."""
    try:
        return request.url_root
    except UnicodeError:
        return ""
