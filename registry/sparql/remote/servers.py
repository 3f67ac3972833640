"""The server that the setting `engine` names: its places, its credentials, and how they are made.

    kind = "oxigraph"                             # optional: software whose deviations are known
    user = "citylinks"                            # optional, with password_file; or token_file
    password_file = "/etc/citylinks/engine.password"

    [[places]]                                    # each holds one release at a time
    query = "http://127.0.0.1:7878/query"         # SPARQL Protocol
    data = "http://127.0.0.1:7878/store"          # Graph Store Protocol
    update = "http://127.0.0.1:7878/update"       # SPARQL Update

One of the last two is enough. With both, a large graph of which little changed is not sent again.
Where addresses have `{release}`, each release has a place of its own, which `[make]` and `[drop]`
make and remove by a request: `method`, `url`, and where needed `body` and `type`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from registry.settings import SettingError

DEFAULT: Final = "urn:citylinks:default"
"""The graph of a place that is the default graph of its release."""

NOTHING: Final = "urn:citylinks:nothing"
"""The name of no graph: stands for an empty half of a dataset."""

PLACE: Final = "urn:citylinks:place"
"""The graph of a place that says what it holds, and its subject."""

HOLDS: Final = "urn:citylinks:holds"
LOAD: Final = "urn:citylinks:load"
SHA256: Final = "urn:citylinks:sha256"
TRIPLES: Final = "urn:citylinks:triples"

KINDS: Final = ("", "oxigraph", "virtuoso")
"""Software with known deviations; the embedded engine is that of Oxigraph, too."""

_RELEASE: Final = "{release}"


@dataclass(frozen=True)
class Place:
    """Where one release is: the addresses of queries, and of a graph store or of updates.

    One without these is only read: another machine loads it. `load` names the load by which it has
    the release that was found there.
    """

    query: str
    data: str = ""
    update: str = ""
    load: str = ""

    def of(self, version: str) -> Place:
        """Return the place of a release."""
        found = {name: url.replace(_RELEASE, version) for name, url in vars(self).items()}
        return Place(**found)

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be loaded here."""
        return not (self.data or self.update)


@dataclass(frozen=True)
class Order:
    """A request that makes or removes a place."""

    method: str
    url: str
    body: str = ""
    type: str = "application/x-www-form-urlencoded"

    def of(self, version: str) -> Order:
        """Return the request for the place of a release."""
        url, body = (text.replace(_RELEASE, version) for text in (self.url, self.body))
        return replace(self, url=url, body=body)


@dataclass(frozen=True)
class Server:
    """A SPARQL server: its places, or the pattern of all, and its credentials."""

    places: tuple[Place, ...]
    kind: str = ""
    make: Order | None = None
    drop: Order | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def has_place_for_each(self) -> bool:
        """Whether each release has a place of its own."""
        return _RELEASE in self.places[0].query

    def places_of(self, version: str) -> tuple[Place, ...]:
        """Return the places in which a release may be."""
        return tuple(place.of(version) for place in self.places)


def server_of(setting: str) -> Server | None:
    """Return the server that a setting names by address or file; None for the embedded engine.

    Raises
    ------
    SettingError
        when the file cannot be read, or does not describe a server.

    """
    if not setting:
        return None
    if setting.startswith(("http://", "https://")):
        return Server((Place(setting, update=setting),))
    path = Path(setting)
    try:
        return _read(path.read_text("utf-8"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SettingError(
            f"CITYLINKS_ENGINE: {path} does not describe a server: {error}"
        ) from error


@lru_cache(maxsize=8)
def _read(text: str) -> Server:
    table: dict[str, Any] = tomllib.loads(text)
    secrets: dict[str, Any] = {
        name: _secret(table.pop(f"{name}_file", "")) for name in ("password", "token")
    }
    places = tuple(Place(**place) for place in table.pop("places"))
    orders: dict[str, Any] = {
        name: Order(**table.pop(name)) for name in ("make", "drop") if name in table
    }
    server = Server(places, **table, **orders, **secrets)
    _check(server)
    return server


def _secret(path: str) -> str:
    return Path(path).read_text("utf-8").strip() if path else ""


def _check(server: Server) -> None:
    """Raise ValueError where a server cannot be as it is described."""
    if not server.places:
        raise ValueError("there are no places")
    if server.kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS[1:])}, or left out")
    addresses = [url for one in server.places for url in (one.query, one.data, one.update) if url]
    for url in addresses:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no address")
    patterns = {_RELEASE in url for url in addresses}
    if len(patterns) > 1 or (patterns == {True} and len(server.places) > 1):
        raise ValueError("either all addresses of the one place have {release}, or none has it")
    if len({place.is_read_only for place in server.places}) > 1:
        raise ValueError("either all places can be loaded, or none")
    if (server.make or server.drop) and not server.has_place_for_each:
        raise ValueError("places are made where their addresses have {release}")


def dataset_of(default: tuple[str, ...], named: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the parameters that name a dataset; neither half is left to the server.

    >>> dataset_of((), ("urn:a",))
    [('default-graph-uri', 'urn:citylinks:nothing'), ('named-graph-uri', 'urn:a')]
    """
    pairs = [("default-graph-uri", graph) for graph in default or (NOTHING,)]
    return pairs + [("named-graph-uri", graph) for graph in named or (NOTHING,)]
