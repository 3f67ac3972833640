"""Forgetting: what a redaction removes from a workspace beside the current release.

    releases that have it      dropped whole: their versions are hashes of what they held
    releases that stay         store and indexes made anew, since those that follow begin as copies
    the feed                   tells that things changed, not any more what was said of them before
    answers of jobs, drafts    removed

An event of the log says what was dropped, and names things by salted hashes: who knows an address
can ask whether it is one of them, as the answer 410 tells anyway. So a mirror, which does not know
what was redacted, forgets the same.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from typing import Final

from registry import jobs, locks
from registry.publishing import build, retention
from registry.releases import log
from registry.releases.log import Event
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views import VIEWS
from registry.views.feed import Feed

KEPT: Final = "kept"
"""The releases that stay: they never had it."""

DROPPED: Final = "dropped"
"""The releases that were dropped, and their names."""

SAID: Final = "said"
"""Hashes of the things of which something was said that is redacted."""

GONE: Final = "gone"
"""Hashes of the things whose addresses are redacted."""

_TRANSIENT: Final = ("jobs", "drafts", "spool", "mirror/graphs")
"""Folders whose content may be lost: answers, what is being validated, what is being fetched."""


def hashed(iri: str, salt: str) -> str:
    """Return the hash by which an event names a thing; `salt` is the version of the event.

    >>> hashed("https://w3id.org/citylinks/id/city/perm-511196", "1f")
    '86934828406bc4dedbebd4f0b4fdef8f'
    """
    return hashlib.sha256(f"{salt} {iri}".encode()).hexdigest()[:32]


def is_among(event: Event, what: str) -> Callable[[str], bool]:
    """Return a function that tells whether an event names a thing, given its IRI."""
    listed = frozenset(event.things.get(what, ()))
    return lambda iri: bool(listed) and hashed(iri, event.version) in listed


def forget(workspace: Workspace, settings: Settings, events: Iterable[Event]) -> None:
    """Remove from a workspace, whose lock is held, what was redacted."""
    feed = Feed(workspace)
    if feed.is_begun:
        feed.follow()  # It reads the releases that are dropped.
    dropped: set[str] = set()
    for event in events:
        feed.forget(is_among(event, SAID), is_among(event, GONE))
        dropped |= _had_it(workspace, event)
    for version in set(workspace.versions()) - dropped:
        build.renew(workspace, version, VIEWS)
    _remove_transient(workspace)
    # While one of these is there, the same command finds that it has to be run again.
    workspace.unname(dropped)
    for version in sorted(dropped):
        workspace.throw_away(workspace.folder(version))
    retention.prune(workspace, settings, set(workspace.names().values()))
    if current := workspace.current():
        workspace.switch(current)  # Servers forget the answers that they keep.


def _remove_transient(workspace: Workspace) -> None:
    """Remove what may be lost, but what a process is working on."""
    for folder in _TRANSIENT:
        for left in (workspace.home / folder).glob("*"):
            if not left.is_dir():
                left.unlink()
            elif not (locks.is_held(left) or locks.is_held(left / jobs.LOCK)):
                shutil.rmtree(left)


def _had_it(workspace: Workspace, event: Event) -> set[str]:
    """Return the releases that were there at a redaction, but those that stay."""
    then = {one.version for one in log.switches(workspace.log_path) if one.at <= event.at}
    return then & set(workspace.versions()) - {*event.things.get(KEPT, ()), workspace.current()}
