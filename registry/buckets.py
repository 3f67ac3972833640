"""Buckets: object storage with the interface of S3, by an address such as `s3://bucket/prefix`.

The library that speaks to it comes with `pip install 'citylinks[s3]'`. As other programs do, it
takes from the environment who asks and where: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION,
and for other services than Amazon's AWS_ENDPOINT_URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from registry.problems import Problem

ADDRESS: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9._-]+)*/?")
"""An address of a bucket, with or without a prefix."""

_SIGNED: Final = timedelta(hours=1)
"""How long an address that was signed can be used."""

_RETRIES: Final[Any] = {"max_retries": 3, "retry_timeout": timedelta(seconds=60)}

_AT_ONCE: Final = 500
"""Keys that are removed by one request."""


@dataclass(frozen=True)
class Kept:
    """An object: its key below the prefix, its size in bytes, and when it was written."""

    key: str
    size: int
    at: datetime


class Replaced(Exception):
    """Somebody else has written an object that was to be replaced."""


class Bucket:
    """The objects below a prefix of a bucket.

    Its methods raise `ConnectionError` where the bucket does not answer, or refuses.
    """

    def __init__(self, url: str) -> None:
        """Open nothing yet.

        Raises
        ------
        Problem
            `bad-parameter` where this is no address of a bucket, or the library is not installed.

        """
        if not ADDRESS.fullmatch(url):
            raise Problem("bad-parameter", f"{url!r} is not an address such as s3://bucket/prefix")
        try:
            from obstore.store import S3Store
        except ImportError as error:
            detail = "object storage needs a library more: pip install 'citylinks[s3]'"
            raise Problem("bad-parameter", detail) from error
        self.url = url.rstrip("/")
        with self._asked():
            self._store = S3Store.from_url(self.url, retry_config=_RETRIES)

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return the content of an object and its ETag; None where there is none."""
        import obstore

        with self._asked():
            try:
                found = obstore.get(self._store, key)
                return bytes(found.bytes()), str(found.meta["e_tag"])
            except FileNotFoundError:
                return None

    def kept(self) -> Iterator[Kept]:
        """List all objects."""
        import obstore

        with self._asked():
            for some in obstore.list(self._store):
                for one in some:
                    yield Kept(one["path"], one["size"], one["last_modified"])

    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object, in the place of an earlier one; readers see the one or the other."""
        import obstore

        with self._asked():
            obstore.put(self._store, key, content)

    def replace(self, key: str, content: bytes, tag: str | None) -> None:
        """Write an object if it still has the ETag, or if it is still not there where that is None.

        Raises
        ------
        Replaced
            when it is another one by now.

        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with self._asked():
            try:
                obstore.put(self._store, key, content, mode={"e_tag": tag} if tag else "create")
            except (AlreadyExistsError, PreconditionError) as error:
                raise Replaced(key) from error

    def remove(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is not there is passed over."""
        import obstore

        listed = sorted(keys)
        with self._asked():
            for at in range(0, len(listed), _AT_ONCE):
                obstore.delete(self._store, listed[at : at + _AT_ONCE])

    def signed(self, key: str) -> str:
        """Return an address at which the object can be fetched for an hour."""
        import obstore

        with self._asked():
            return str(obstore.sign(self._store, "GET", key, _SIGNED))

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Tell what the library raises in words of ours, without what the server wrote of keys."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            why = " ".join(str(error).partition("<?xml")[0].split())[:300].rstrip(" :")
            code = re.search(r"<Code>(\w+)</Code>", str(error))
            detail = f"{self.url} does not answer as it should: {why}"
            raise ConnectionError(detail + (f" ({code[1]})" if code else "")) from error
