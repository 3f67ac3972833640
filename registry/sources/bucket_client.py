"""A client of a bucket: asks for its objects as of a server's addresses, each signed."""

from __future__ import annotations

from urllib.parse import urlsplit

from registry.buckets import Bucket
from registry.sources.http_client import Client
from registry.version import AGENT


class BucketClient(Client):
    """Asks for the objects of `s3://bucket/prefix`, within the bounds of every client."""

    tells = False

    def __init__(self, url: str, agent: str = AGENT) -> None:
        """Open nothing yet; `Problem` where this is no address of a bucket."""
        self._bucket = Bucket(url)
        server = urlsplit(self._bucket.signed("log"))
        super().__init__(f"{server.scheme}://{server.netloc}", agent)
        self.url = self._bucket.url

    def _address(self, path: str) -> str:
        return self._bucket.signed(path.lstrip("/"))

    def _shown(self, url: str) -> str:
        """Return an address without its signature."""
        return urlsplit(url)._replace(query="").geturl()
