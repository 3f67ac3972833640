"""The context of a request: the parts of the application, and the one release it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final, cast
from urllib.parse import urlsplit

from flask import current_app, g, redirect, request
from werkzeug.wrappers import Response as Answer

from registry.contribute.deciding import Acts
from registry.contribute.door import Door
from registry.identity.ledger import owners
from registry.jobs import Jobs
from registry.problems import Problem
from registry.publishing.forgetting import DROPPED, GONE, is_among
from registry.publishing.uploads import Uploads
from registry.publishing.write_tokens import Refusals
from registry.reconcile.isolated_linking import TableLinker
from registry.reconcile.matcher import Matchers
from registry.releases import log
from registry.releases.difference import Comparer
from registry.releases.manifest import Manifest
from registry.releases.reading import Release, Shelf
from registry.sandbox import NOBODY, abandoned
from registry.settings import Settings
from registry.sources.audit import Reports
from registry.sparql.admission import Client
from registry.sparql.cache import Cache, Sized
from registry.sparql.engine import Call, Embedded
from registry.things.former import current
from registry.things.labels import ConceptLabels, Labels
from registry.things.lookup import Lookup
from registry.things.page import Pages
from registry.views.links import LINKS
from registry.views.names import NAMES
from registry.web import language
from registry.web.client_deadlines import ClientDeadlines
from registry.web.language import Languages
from registry.web.listeners import Listeners
from registry.web.readiness import Readiness

NAME: Final = "citylinks"
LATEST: Final = "latest"
"""Stands for the current release in addresses; no release can be named so."""


@dataclass(frozen=True)
class Body:
    """The bytes of an answer, which its ETag names, and the deviations that its query met."""

    content: bytes
    deviations: tuple[str, ...] = ()

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
    """The parts of an application, shared by all requests."""

    settings: Settings
    shelf: Shelf
    engine: Embedded
    cache: Cache[Sized]
    deadlines: ClientDeadlines
    uploads: Uploads
    refusals: Refusals
    tables: TableLinker
    matchers: Matchers
    readiness: Readiness
    concepts: ConceptLabels
    reports: Reports
    comparer: Comparer
    jobs: Jobs
    listeners: Listeners
    door: Door
    acts: Acts


def parts() -> Parts:
    """Return the parts of the running application."""
    return cast("Parts", current_app.extensions[NAME])


def release() -> Release:
    """Return the release of this request: looked up once, so that an answer is of one release."""
    if "release" not in g:
        g.release = parts().shelf.current()
    return cast("Release", g.release)


def licence() -> str:
    """Return the licence of what is made of all graphs of the release."""
    return release().manifest.licence


def kept_manifest(wanted: str) -> Manifest:
    """Return the manifest of a kept release, by version, prefix or name.

    Raises
    ------
    Problem
        `not-found` when no kept release fits, with those that are kept; `gone` when a redaction has
        dropped the one that did.

    """
    workspace = parts().shelf.workspace
    if wanted == LATEST:
        return workspace.manifest(release().version)
    with _missing_told(wanted):
        return workspace.manifest(workspace.resolve(wanted))


def kept_release(wanted: str) -> Release:
    """Return a kept release whose store is kept, too, by version, prefix or name.

    Raises
    ------
    Problem
        `not-found` when there is none, with those that are kept; `gone` when a redaction has
        dropped it.

    """
    with _missing_told(wanted, stored=True):
        return parts().shelf.named(wanted)


@contextmanager
def _missing_told(wanted: str, *, stored: bool = False) -> Iterator[None]:
    """Say of a release that is not there what became of it, and which ones there are."""
    try:
        yield
    except Problem as problem:
        path = parts().shelf.workspace.log_path
        if event := log.last_about(path, DROPPED, {wanted}):
            raise _redacted(f"release {wanted}", event) from None
        switches = (one for one in log.switches(path) if one.version.startswith(wanted))
        detail = problem.detail
        if len(wanted) >= _TELLING and (event := next(switches, None)) and "dumps" not in detail:
            detail = f"release {wanted} of {event.at[:10]} is not kept any more"
        kept = _kept_releases(stored=stored)
        raise Problem(problem.name, detail, releases=kept) from None


_TELLING: Final = 6
"""Characters of a version from which on it is told from others."""


def _kept_releases(*, stored: bool) -> list[dict[str, object]]:
    """List the releases that are kept, the newest first; those alone that have a store."""
    shelf = parts().shelf
    names: dict[str, list[str]] = {}
    for name, version in sorted(shelf.workspace.names().items()):
        names.setdefault(version, []).append(name)
    kept = (v for v in shelf.workspace.versions() if not stored or shelf.has_store(v))
    told: Iterable[dict[str, object]] = (
        {"release": v, "names": names.get(v, []), "published": shelf.published_at(v)} for v in kept
    )
    return sorted(told, key=lambda one: str(one["published"]), reverse=True)[:_MOST_RELEASES]


_MOST_RELEASES: Final = 20
"""Releases that are named to somebody who asked for another one."""


def _redacted(what: str, event: log.Event) -> Problem:
    """Return the problem that something was redacted."""
    detail = f"{what} was removed for legal reasons"
    return Problem("gone", detail, since=event.at[:10], reason=event.reason)


def deviations() -> tuple[str, ...]:
    """Return the deviations from the standard that queries of this request met."""
    return cast("tuple[str, ...]", g.get("deviations", ()))


def meet(names: Iterable[str]) -> None:
    """Remember deviations from the standard, to tell them beside the answer."""
    g.deviations = tuple(dict.fromkeys((*deviations(), *names)))


def languages() -> Languages:
    """Return the reader's languages: `bad-parameter` when `lang` is not a language tag."""
    if "languages" not in g:
        g.languages = language.of(request)
    return cast("Languages", g.languages)


def redirect_to(path: str, status: int) -> Answer:
    """Redirect to a page of ours, in the language that the address of this one asks for.

    Raises
    ------
    Problem
        `bad-parameter` when `lang` is not a language tag.

    """
    languages()
    tag = language.language_parameter(request)
    return redirect(language.with_language(tag, path), status)


def remember_form(form: str, text: str = "", **values: object) -> None:
    """Remember the form that the reader filled in, to show it again with a problem.

    `text` is what the line and column of a problem refer to.
    """
    g.filled = Filled(form, text, values)


def body_is_read() -> None:
    """Let the time for the answer begin: the request has been read to its end."""
    if connection := request.environ.get("gunicorn.socket"):
        parts().deadlines.start_answer_timer(connection)


def call(limit: int | None = None) -> Call:
    """Return the client of this request, and a limit for the answer other than the settings'.

    A client that closes its side together with the request still waits for the answer; one that
    closes later has left.
    """
    connection = request.environ.get("gunicorn.socket")
    socket = connection.fileno() if connection else NOBODY
    if abandoned(socket):
        socket = NOBODY
    return Call(Client(neighbourhood(request.remote_addr or ""), socket), limit)


def neighbourhood(address: str) -> str:
    """Return an IPv4 address, or the /64 network of an IPv6 address: one client has all of it.

    >>> neighbourhood("2001:db8:1:2:3:4:5:6"), neighbourhood("192.0.2.1")
    ('2001:db8:1:2::/64', '192.0.2.1')
    """
    if ":" not in address:
        return address
    try:
        return str(ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


def pages() -> Pages:
    """Return the writer of pages of this request's release, for its reader."""
    of, reader = release(), languages()
    lookup = Lookup(of.store)
    labels = Labels(lookup, reader.shown, parts().concepts.of(of.version, reader.shown))
    views = of.view(NAMES), of.view(LINKS)
    return Pages(lookup, labels, reader.interface, *views, of.manifest.as_of)


def last_modified() -> str:
    """Return the time at which this request's release was published, as in the log."""
    return parts().shelf.published_at(release().version)


def present(iri: str) -> str:
    """Return the IRI under which a thing is described now: its own, or that of what replaced it.

    Raises
    ------
    Problem
        `gone` when it was withdrawn, with the day and the reason where these were told;
        `not-found` when there never was such a thing.

    """
    try:
        return current(Lookup(release().store), iri)
    except Problem as problem:
        path = parts().shelf.workspace.log_path
        if problem.name != "gone":
            events = (one for one in log.of_things(path) if is_among(one, GONE)(iri))
            if event := next(events, None):
                raise _redacted("this", event) from problem
            raise
        event = log.last_about(path, "withdrawn", owners(iri))
        if event is None:
            raise
        since, why = event.at[:10], event.reason
        raise Problem("gone", problem.detail, since=since, reason=why) from problem


def contact() -> str:
    """Return the address of the operator for readers; empty where none is set."""
    settings = parts().settings
    contact = settings.contact or settings.operator_email
    return f"mailto:{contact}" if "@" in contact and ":" not in contact else contact


def origin() -> str:
    """Return the address of this server, without a slash at the end.

    Raises
    ------
    Problem
        `bad-parameter` when it is not set and the request does not name it.

    """
    try:
        address = parts().settings.public_url or request.url_root
    except UnicodeError:  # The host cannot be decoded.
        address = ""
    if not urlsplit(address).netloc:
        raise Problem("bad-parameter", "the header Host does not name a server")
    return address.rstrip("/")
