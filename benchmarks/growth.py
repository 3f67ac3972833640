"""What publishing costs as the registry grows: `python -m benchmarks.growth 1 4 16`.

The world is taken several times over, each copy with cities, links and identifiers of its own. It
is published whole, as if nothing were ready, then with one source of a few statements changed. Each
step is timed where the software does it. Memory is the most that the process and those it started
hold together meanwhile, without pages of files, which the system takes back when it needs them.
"""

from __future__ import annotations

import lzma
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import Any, Final, Self
from unittest import mock

from benchmarks import processes
from registry import shipped
from registry.publishing import (
    build,
    derive,
    graph_writing,
    prebuilt,
    store,
    transaction,
)
from registry.publishing.plan import Change
from registry.releases.workspace import Workspace
from registry.settings import Settings

_STEPS: Final = {
    "plan": (transaction, "plan"),
    "copy the store": (store, "open_copy"),
    "change graphs": (store, "change_graph"),
    "derive all": (derive, "derive_all"),
    "derive what changes": (derive.Derivation, "run"),
    "validate all": (build, "validate"),
    "validate what changes": (build, "revise"),
    "files of graphs": (graph_writing, "keep"),
    "files of what is derived": (graph_writing, "changed"),
    "list the files": (build, "seal"),
}
"""The steps of a publish, and where they are taken."""

_NUMBERED: Final = re.compile(rb"(?<=[a-z0-9])-(q?[0-9]+)(?=--|/|>)")
_IDENTIFIED: Final = re.compile(rb"(sws\.geonames\.org/|wikidata\.org/entity/Q)([0-9]+)")
_PAIR: Final = re.compile(rb"id/link/([a-z0-9-]+?)--([a-z0-9-]+)(?=>)")

_CHANGED: Final = ("perm-twins.ttl", '"1992"^^xsd:gYear', '"1991"^^xsd:gYear')
"""The small change: a file, and what is said otherwise in it."""


def copies(folder: Path, number: int) -> list[Path]:
    """Write the world several times over; give all files to publish."""
    files = [path for path in shipped.files_of("all") if path.suffix == ".ttl"]
    cities: list[bytes] = []
    for copy in range(number):
        for path in shipped.world_files():
            content = lzma.decompress(path.read_bytes())
            # Longer than any number there is, so that none is met twice.
            suffix = f"9{copy:08}" if copy else ""
            changed = _renamed(content, suffix.encode()) if copy else content
            if path.name == "cities.nt.xz":
                cities.append(changed)
            else:
                target = folder / f"{path.name.partition('.')[0]}{suffix}.nt"
                target.write_bytes(changed)
                files.append(target)
    (folder / "cities.nt").write_bytes(b"".join(cities))
    return [*files, folder / "cities.nt"]


def _renamed(content: bytes, suffix: bytes) -> bytes:
    """Give cities, links and identifiers numbers of their own; leave out links this turns round."""
    content = _NUMBERED.sub(rb"-\g<1>" + suffix, content)
    content = _IDENTIFIED.sub(rb"\g<1>\g<2>" + suffix, content)
    turned = {m[1] + b"--" + m[2] for m in _PAIR.finditer(content) if m[1] > m[2]}
    if not turned:
        return content
    named = re.compile(b"|".join(map(re.escape, sorted(turned, key=len, reverse=True))))
    return b"".join(line for line in content.splitlines(True) if not named.search(line))


class Steps:
    """Adds up the seconds of each step, and watches the most memory it needed, in bytes.

    Memory is that of this process and those it started; `most` has that of the whole as well.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(_STEPS, 0.0)
        self.most: dict[str, int] = dict.fromkeys([*_STEPS, _WHOLE], 0)
        self._under_way = [_WHOLE]
        self._ended = threading.Event()
        self._patched = ExitStack()

    def __enter__(self) -> Self:
        for step, (owner, name) in _STEPS.items():
            watched = self._watched(step, getattr(owner, name))
            self._patched.enter_context(mock.patch.object(owner, name, watched))
        watching = threading.Thread(target=self._watch)
        watching.start()
        self._patched.callback(watching.join)
        self._patched.callback(self._ended.set)
        return self

    def __exit__(self, *_: object) -> None:
        self._patched.close()

    def _watched(self, step: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def call(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            self._under_way.append(step)
            try:
                return original(*arguments, **named)
            finally:
                self._under_way.remove(step)
                self.seconds[step] += time.perf_counter() - begun

        return call

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            memory = processes.anonymous_memory(os.getpid())
            for step in tuple(self._under_way):
                self.most[step] = max(self.most[step], memory)


_WHOLE: Final = "whole"


def measure(number: int) -> None:
    """Publish the world so many times over, then a small change; print the seconds of each step."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        workspace = Workspace(folder / "home")
        settings = Settings(home=workspace.home, intake_seconds=3_600, intake_memory=12 * 2**30)
        files = copies(folder, number)
        name, old, new = _CHANGED
        changed = folder / name
        changed.write_text((shipped.ROOT / "data" / name).read_text("utf-8").replace(old, new))
        for what, given in (("whole", files), ("small change", [changed])):
            begun, used = time.perf_counter(), processes.cpu_seconds(os.getpid())
            with Steps() as steps, mock.patch.object(prebuilt, "of", return_value=None):
                transaction.publish(workspace, settings, Change(given))
            seconds, processor = (
                time.perf_counter() - begun,
                processes.cpu_seconds(os.getpid()) - used,
            )
            print(
                f"{number} x, {what}: {seconds:.1f} s, {processor:.1f} s of processor time, "
                f"at most {steps.most[_WHOLE] // 2**20} MB",
                flush=True,
            )
            for step, took in steps.seconds.items():
                if took >= 0.05:
                    memory = f"at most {steps.most[step] // 2**20} MB"
                    print(f"  {step}: {took:.1f} s, {memory}", flush=True)
        version = workspace.current() or ""
        triples = sum(entry.triples for entry in workspace.manifest(version).all_graphs())
        print(f"  {triples} triples")


def main() -> None:
    """Measure each size in a process of its own, so that none has the memory of another."""
    if sys.argv[1:2] == ["--one"]:
        measure(int(sys.argv[2]))
        return
    for number in sys.argv[1:] or ["1", "4"]:
        subprocess.run([sys.executable, "-m", "benchmarks.growth", "--one", number], check=True)


if __name__ == "__main__":
    main()
