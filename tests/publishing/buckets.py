"""A server of object storage on this machine (moto), and what is in its buckets."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import urllib3

from registry import files
from registry.buckets import Bucket
from registry.publishing.deposit import LOG, file_key, manifest_key, read_log
from registry.releases import log, manifest
from registry.sources.mirror import read

SETTINGS = {
    "AWS_ACCESS_KEY_ID": "somebody",
    "AWS_SECRET_ACCESS_KEY": "unspeakable",
    "AWS_REGION": "eu-central-1",
    "AWS_ALLOW_HTTP": "true",
}


@dataclass(frozen=True)
class Storage:
    """A server of object storage, by its address."""

    url: str

    def make(self, name: str) -> str:
        """Make a bucket, and return its address with a prefix."""
        region = b"<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint>"
        body = region + b"</CreateBucketConfiguration>"
        assert urllib3.request("PUT", f"{self.url}/{name}", body=body).status == 200
        return f"s3://{name}/registry/one"

    def publish(self, name: str) -> None:
        """Let everybody read a bucket."""
        allowed = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"]}
        resources = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        policy = {"Version": "2012-10-17", "Statement": [allowed | {"Resource": resources}]}
        where = f"{self.url}/{name}?policy"
        assert urllib3.request("PUT", where, body=json.dumps(policy).encode()).status < 300


@contextmanager
def storing() -> Iterator[Storage]:
    """Run the server, and name it to the library."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    pytest.importorskip("obstore", reason="obstore is not installed")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer("127.0.0.1", 0)
    with contextlib.redirect_stdout(io.StringIO()):
        server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**SETTINGS, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}.items():
            patch.setenv(name, value)
        yield Storage(f"http://{host}:{port}")
    server.stop()


def content(url: str) -> dict[str, bytes]:
    """Return all objects, unpacked where they are packed."""
    bucket = Bucket(url)
    found = {}
    for one in list(bucket.kept()):
        body = (bucket.read(one.key) or (b"", ""))[0]
        found[one.key] = files.decompress(body) if body.startswith(b"\x1f\x8b") else body
    return found


def current(url: str) -> str:
    """Return the version that a bucket has as the current one, after looking whether it is whole.

    Each release whose manifest is there has its files; the current one has a manifest.
    """
    bucket = Bucket(url)
    there = {one.key for one in bucket.kept()}
    for key in there:
        if key.startswith("dumps/"):
            found = read((bucket.read(key) or (b"", ""))[0])
            named = {entry.file: entry for entry in found.dumps}
            graphs = [entry for entry in found.graphs if entry.role in {"source", "cities"}]
            assert graphs
            assert {file_key(named[entry.files["nt"]]) for entry in graphs} <= there, key
    if LOG not in there:
        return ""
    events = read_log((bucket.read(LOG) or (b"", ""))[0], url)
    last = [event for event in events if event.event in log.SWITCHES][-1].version
    assert manifest_key(last) in there
    assert manifest.from_json((bucket.read(manifest_key(last)) or (b"", ""))[0]).version == last
    return last
