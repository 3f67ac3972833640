"""`citylinks deposit`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.buckets import Bucket
    from registry.cli.output import Output
    from registry.publishing.deposit import Deposited


@click.command()
@click.option("--replace", is_flag=True, help="What another publisher has put there may go.")
@click.option("--follow", is_flag=True, help="Go on, and put each new release there as it comes.")
@printing
def command(replace: bool, follow: bool, output: Output) -> None:
    """Put the kept releases into the bucket of CITYLINKS_BUCKET, for mirrors."""
    from registry.buckets import Bucket
    from registry.publishing import deposit as deposits

    settings, workspace = open_workspace()
    if not settings.bucket:
        raise click.UsageError("set CITYLINKS_BUCKET to an address such as s3://bucket/prefix")
    bucket = Bucket(settings.bucket)
    if follow:
        for done in deposits.followed(workspace, bucket, replace=replace):
            _tell(done, bucket, output)
        return
    with output.progress():
        done = deposits.deposit(workspace, bucket, replace=replace)
    _tell(done, bucket, output)


def _tell(done: Deposited, bucket: Bucket, output: Output) -> None:
    """Print what came of one run."""
    what = "is in" if done.changed else "is already in"
    counts = f"{done.put} objects put, {done.removed} removed, {done.sent} bytes"
    output.result(asdict(done), [f"{done.version} {what} {bucket.url}: {counts}"])
