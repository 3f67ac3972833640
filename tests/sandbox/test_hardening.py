"""What a hardened process cannot do, tried in real processes."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from registry.sandbox import hardening
from tests.tables import every_row

TRIES = {
    "a socket": "import socket; socket.socket()",
    "a local socket": "import socket; socket.socket(socket.AF_UNIX)",
    "an address": "import urllib.request as u; u.urlopen('http://127.0.0.1:18999/')",
    "a program": "import subprocess; subprocess.run(['true'])",
    "a shell": "import os; os.execv('/bin/sh', ['sh', '-c', 'true'])",
    "a SERVICE clause": (
        "import pyoxigraph as ox;"
        "list(ox.Store().query('SELECT * { SERVICE <http://127.0.0.1:18999/> { ?s ?p ?o } }'))"
    ),
    "a remote graph": "import pyoxigraph as ox; ox.Store().update('LOAD <http://127.0.0.1:18999/>')",
}


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@every_row("what", TRIES)
def test_the_network_and_other_programs_are_refused(what: str) -> None:
    done = run(f"from registry.sandbox import harden\nassert harden()\n{TRIES[what]}")
    assert done.returncode == 1, done.stderr
    assert "Operation not permitted" in done.stderr or "PermissionError" in done.stderr


def test_files_threads_and_the_store_stay(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("store")
    code = (
        "import pyoxigraph as ox, threading\n"
        "from registry.sandbox import harden\n"
        f"harden(); store = ox.Store({str(folder)!r}); node = ox.NamedNode('urn:n')\n"
        "store.add(ox.Quad(node, node, node))\n"
        "thread = threading.Thread(target=store.flush); thread.start(); thread.join()\n"
        f"print(len(ox.Store.read_only({str(folder)!r})))"
    )
    assert run(code).stdout == "1\n"


def test_memory_is_bound_to_what_is_mapped_and_more() -> None:
    code = (
        "from registry.sandbox import cap_memory\n"
        "cap_memory(200_000_000)\n"
        "kept = bytearray(100_000_000)\n"
        "try:\n    bytearray(200_000_000)\n"
        "except MemoryError:\n    print('refused')"
    )
    assert run(code).stdout == "refused\n"


def test_a_limit_from_outside_is_kept() -> None:
    """As under `ulimit -v`, which a process without rights cannot lift again."""
    code = (
        "import resource; from registry.sandbox import cap_memory\n"
        "hard = 4 * 2**30\n"
        "resource.setrlimit(resource.RLIMIT_AS, (hard, hard))\n"
        "cap_memory(2**40)\n"
        "assert resource.getrlimit(resource.RLIMIT_AS) == (hard, hard)\n"
        "cap_memory(1000)\n"
        "soft, now = resource.getrlimit(resource.RLIMIT_AS)\n"
        "print(soft < hard == now)"
    )
    assert run(code).stdout == "True\n"


def test_a_crash_leaves_no_core_file() -> None:
    code = "import resource; from registry.sandbox import harden; harden();"
    assert run(code + "print(resource.getrlimit(resource.RLIMIT_CORE))").stdout == "(0, 0)\n"


def test_a_process_that_holds_little_is_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed = list[int]()
    allocator = SimpleNamespace(malloc_trim=trimmed.append)
    monkeypatch.setattr("ctypes.CDLL", lambda _: allocator)
    held = hardening.resident()
    assert held > 1 << 20
    hardening.trim_memory(least=held << 10)
    assert trimmed == []
    hardening.trim_memory(least=1 << 20)
    hardening.trim_memory()
    assert trimmed == [0, 0]
