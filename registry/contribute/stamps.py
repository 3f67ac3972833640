"""Stamps on forms: a form that this server did not write, or wrote long ago, is not taken.

A stamp names what a form is for (a session, a proposal, or anybody) and when it was written, and is
signed with a key that is kept in the workspace. Forms of editors are bound to their session, so
that another site cannot send one in their name.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

from registry.contribute.database import FOLDER
from registry.problems import Problem, unwritable

KEY: Final = "secret.key"
_LASTS: Final = 86_400
"""Seconds for which a form may be filled in."""

_BYTES: Final = 32


@dataclass(frozen=True)
class Stamps:
    """Stamps of one workspace."""

    home: Path

    def new(self, purpose: str) -> str:
        """Return a new stamp for a form of some purpose; no two are the same."""
        return str(self._signer.dumps([purpose, secrets.token_hex(8)]))

    def check(self, stamp: str, purpose: str) -> None:
        """Refuse a form whose stamp is missing, of another purpose, too old, or not ours.

        Raises
        ------
        Problem
            `forbidden`, with what to do.

        """
        try:
            body = self._signer.loads(stamp, max_age=_LASTS)
        except BadSignature as error:
            raise Problem("forbidden", _REFUSED) from error
        if not isinstance(body, list) or not secrets.compare_digest(
            str(body[:1]).encode(), str([purpose]).encode()
        ):
            raise Problem("forbidden", _REFUSED)

    def seal(self, about: str, content: object) -> str:
        """Return something that was found out about a text, to be handed back with a form."""
        return str(self._sealer.dumps([_digest(about), content]))

    def unseal(self, about: str, sealed: str) -> object | None:
        """Return what was found out about a text; None where that is not ours, or of another."""
        try:
            body = self._sealer.loads(sealed, max_age=_LASTS)
        except BadSignature:
            return None
        return body[1] if body[0] == _digest(about) else None

    def code(self, about: str) -> str:
        """Return the code for something that only this workspace makes, always the same."""
        return hmac.new(_key(self.home / FOLDER / KEY), about.encode(), "sha256").hexdigest()[:32]

    @cached_property
    def _sealer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(_key(self.home / FOLDER / KEY), salt="citylinks.found")

    @cached_property
    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(_key(self.home / FOLDER / KEY), salt="citylinks.form")


_REFUSED: Final = "the form has no valid stamp of this server, or is a day old: open it anew"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _key(path: Path) -> bytes:
    """Read the key, or make one where there is none; its owner alone may read it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            _make(path)
        path.chmod(0o600)
        return path.read_bytes()
    except OSError as error:
        raise unwritable(error) from error


def _make(path: Path) -> None:
    """Make a key beside its place, and link it there: nobody reads part of one."""
    beside = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
    if path.exists():
        return
    descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    finally:
        beside.unlink()
