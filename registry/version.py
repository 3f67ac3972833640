"""The version and the build of the software; a module of its own, as both take time to compute."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path
from typing import Final
from urllib.parse import quote

from registry import shipped

__version__ = version("citylinks")

AGENT = f"citylinks/{__version__} (https://w3id.org/citylinks/)"
"""How this software names itself to servers of others."""


def agent_of(contact: str) -> str:
    """Return how this software names itself, and whom its operator names as contact.

    >>> agent_of("registry@example.org").partition(" ")[2]
    '(https://w3id.org/citylinks/; registry@example.org)'
    """
    return f"{AGENT.removesuffix(')')}; {quote(contact, safe=_PLAIN)})" if contact else AGENT


_PLAIN: Final = ":/@?&=+,~%#.!*' -"
"""Characters of a contact that a header has as they are; line breaks and others are encoded."""

_NO_PART: Final = frozenset({"__pycache__", "frontend", "shipped"})
"""Folders that no answer depends on: caches, sources of the assets, and data (see releases)."""

_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


@cache
def build() -> str:
    """Return the fingerprint of this software: code, templates, words, assets, queries, libraries.

    Where it is equal two servers answer alike. It is computed once in a process that serves, in
    a dozen milliseconds; nothing computes it on import.
    """
    package = Path(__file__).parent
    folders = (package, *(shipped.ROOT / name for name in ("ontology", "shapes", "queries")))
    return fingerprint(folders, _libraries())


def fingerprint(folders: Iterable[Path], others: Iterable[str] = ()) -> str:
    """Return the hash of the files in some folders by their paths, and of other lines.

    It depends neither on times nor on where a folder is, so that replicas have the same one.
    """
    digest = hashlib.sha256("".join(f"{line}\n" for line in others).encode())
    for folder in folders:
        for path in sorted(_files(folder)):
            name, content = path.relative_to(folder.parent).as_posix(), path.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:32]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in _NO_PART:
                yield from _files(path)
        elif path.suffix != ".pyc":
            yield path


def _libraries() -> Iterator[str]:
    """Name the installed version of each library that the software requires."""
    for requirement in sorted(requires("citylinks") or ()):
        name, _, marker = requirement.partition(";")
        if "extra" not in marker and (found := _NAME.match(name)):
            yield f"{found[0]} {version(found[0])}"
