"""Proof that somebody speaks for a city: a line that only whoever runs its website can publish.

    citylinks-authority: perm-511196 7c0d5b…

It stands in `/.well-known/citylinks.txt` (RFC 8615) on a domain of the city, or in a TXT record of
`_citylinks` below it. The code is made of the city, the name of whoever is to have the token, and
the key of this workspace: a line that was published for one person proves nothing for another.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from registry.contribute.stamps import Stamps
from registry.problems import Problem
from registry.sources.http_client import Client

PATH: Final = "/.well-known/citylinks.txt"
RECORD: Final = "_citylinks"

_LIMIT: Final = 20_000
"""Bytes of the file that are read."""

_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


def line(stamps: Stamps, city: str, name: str) -> str:
    """Return the line that proves that somebody of a name speaks for a city."""
    return f"citylinks-authority: {city} {stamps.code(f'{city} {name}')}"


def address(domain: str) -> str:
    """Return the address of a domain.

    Raises
    ------
    Problem
        `bad-parameter` where it is none.

    """
    if not _DOMAIN.fullmatch(domain.lower()):
        raise Problem("bad-parameter", f"{domain!r} is not a domain such as www.example.org")
    return f"https://{domain.lower()}"


def check(site: str, wanted: str) -> None:
    """Refuse where a line is not published on the website of an address.

    Raises
    ------
    Problem
        `bad-parameter`, with what is there instead.

    """
    host = urlsplit(site).hostname
    try:
        with Client(site) as client:
            answer = client.get(PATH, _LIMIT, may_miss=True)
    except ConnectionError as error:
        raise Problem("bad-parameter", f"the proof of {host} cannot be read: {error}") from error
    found = answer.body.decode("utf-8", "replace").splitlines() if answer.status == 200 else []
    if wanted not in map(str.strip, found):
        raise Problem("bad-parameter", f"{site}{PATH} does not have the line {wanted!r}")
