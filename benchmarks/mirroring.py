"""How fast a mirror is in step, and what that costs: `python -m benchmarks.mirroring`.

The shipped world is served and mirrored; then one small graph changes at the origin, again and
again, and each time the mirror follows. Beside it stands what a client costs that takes the whole
dump each time.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.servers import HOST, Server, citylinks
from registry import shipped
from registry.releases.workspace import Workspace
from registry.views.feed import Feed

_YEARS: Final = ("1991", "1990", "1989", "1988", "1987")
"""In which a partnership begins, one after another; the file says another."""

_WHOLE: Final = "citylinks.nq.gz"


def _run(home: Path, *arguments: str) -> tuple[float, dict[str, Any]]:
    """Run a command on a workspace; give seconds and what it tells."""
    command = [str(Path(sys.executable).with_name("citylinks")), *arguments, "--json"]
    began = time.monotonic()
    done = subprocess.run(
        command,
        check=True,
        env=os.environ | {"CITYLINKS_HOME": str(home), "CITYLINKS_SHIPPED": "all"},
        stdout=subprocess.PIPE,
    )
    return time.monotonic() - began, json.loads(done.stdout)


def _changed(folder: Path, year: str) -> str:
    """Write a small source in which one year is another."""
    text = (shipped.ROOT / "data" / "perm-twins.ttl").read_text(encoding="utf-8")
    path = folder / "perm-twins.ttl"
    path.write_text(text.replace('"1992"^^xsd:gYear', f'"{year}"^^xsd:gYear'), encoding="utf-8")
    return str(path)


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        origin, mirror = folder / "origin", folder / "mirror"
        seconds, _ = _run(origin, "publish")
        print(f"the world is published in {seconds:.1f} s")
        with Server(citylinks(origin, CITYLINKS_SHIPPED="all"), folder / "log") as server:
            url = f"http://{HOST}:{server.port}"
            seconds, told = _run(mirror, "mirror", url)
            print(f"mirrored for the first time in {seconds:.1f} s, {told['sent']:,} bytes")
            _follow(folder, origin, mirror, url)


def _follow(folder: Path, origin: Path, mirror: Path, url: str) -> None:
    """Change a small graph several times, and print medians."""
    publishing, following, telling, sent = [], [], [], []
    for year in _YEARS:
        publishing.append(_run(origin, "publish", _changed(folder, year))[0])
        began = time.monotonic()
        Feed(Workspace(origin)).follow()
        telling.append(time.monotonic() - began)
        seconds, told = _run(mirror, "mirror", url)
        following.append(seconds)
        sent.append(told["sent"])
    dump = (origin / "current" / "dumps" / _WHOLE).stat().st_size
    print(f"a small graph changes, {len(_YEARS)} times; medians")
    print(f"  published by the origin in {statistics.median(publishing):.1f} s")
    print(f"  told by the feed in {statistics.median(telling[1:]):.1f} s")
    print(f"  in step after {statistics.median(following):.1f} s")
    share = statistics.median(sent) / dump
    print(f"  {statistics.median(sent):,.0f} bytes, {share:.2%} of {_WHOLE} ({dump:,} bytes)")


if __name__ == "__main__":
    main()
