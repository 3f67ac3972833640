"""Fetching a new version of a graph's file by the chunks that the last version lacks.

A file of N-Triples is a row of gzip members, one for each chunk of subjects. Where one claim of a
large graph changes, one chunk does:

    here    [a][b][c ][d]          chunks there: a b c' d e
    there   [a][b][c'][d][e]       fetched: two ranges, the members c' and e
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from registry import files
from registry.sources.http_client import Client

_INDEX_BYTES: Final = 20_000_000
_MOST_RANGES: Final = 50
"""Ranges from which the whole file is fetched instead; each is a request."""


_SMALL: Final = 65_536
"""Bytes up to which a file is fetched whole: to ask for its chunks would take as long."""


class _Member(NamedTuple):
    """A member of the new file: where it begins, its length, and its bytes where they are here."""

    start: int
    length: int
    content: bytes | None


def patched(
    client: Client, path: str, have: Mapping[str, bytes], sha256: str, target: Path
) -> int | None:
    """Put a file together at `target`; return the bytes that were sent for it.

    `have` are the members that are here, by the hashes of their chunks. None, and no file, where
    the whole is better fetched: much has changed, or the server does not know chunks.
    """
    if sum(map(len, have.values())) <= _SMALL:
        return None
    try:
        answer = client.get(f"{path}/chunks", _INDEX_BYTES, may_miss=True)
        chunks = json.loads(answer.body)["chunks"] if answer.status == 200 else []
        members = _members(chunks, have)
        missing = [one for one in members if one.content is None]
        runs = [list(run) for _, run in groupby(members, lambda one: one.content is None)]
        sent = sum(one.length for one in missing)
        is_much = 2 * sent > sum(one.length for one in members)
        if not members or is_much or len(runs) > 2 * _MOST_RANGES:
            return None
        content = b"".join(_content(client, path, run, sha256) for run in runs)
    except (ConnectionError, ValueError, LookupError, TypeError):
        return None  # The whole file is fetched, which says what is wrong.
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    files.write(target, content)
    return sent + len(answer.body)


def _members(chunks: Iterable[dict[str, object]], have: Mapping[str, bytes]) -> list[_Member]:
    """List the members of the new file."""
    found, at = list[_Member](), 0
    for chunk in chunks:
        key, length = chunk["sha256"], chunk["bytes"]
        if not isinstance(key, str) or not isinstance(length, int) or length <= 0:
            raise ValueError("a chunk is none")
        content = have.get(key)
        # Another compressor may have made others bytes of the same content.
        is_here = content is not None and len(content) == length
        found.append(_Member(at, length, content if is_here else None))
        at += length
    return found


def _content(client: Client, path: str, run: Sequence[_Member], sha256: str) -> bytes:
    """Return the bytes of members behind each other, which are all here, or all fetched."""
    if run[0].content is None:
        return client.part(path, run[0].start, sum(one.length for one in run), sha256)
    return b"".join(one.content for one in run if one.content is not None)
