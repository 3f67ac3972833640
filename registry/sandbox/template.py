"""Template process: it has modules loaded, so that a child that runs one of them starts at once.

Runs as `python -m registry.sandbox.template ADDRESS LIFE IDLE_SECONDS MODULE…`: a fork server whose
request `{"do": "fork", "module": M, "group": G}` forks a child that calls `M.main(source, target)`
with the two ends of its socket; it joins the process group G, or leads one of its own where that is
nought. A child has what a process of its own would have: its standard error, its signals, and no
descriptor of another child. It gives up rights and bounds its memory itself, as it does when it is
started by `python -m M`.

No thread may run here: of a process with threads only the one that forks lives on in the child, and
what the others hold is locked for ever. So modules are loaded and nothing of theirs is called.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from registry.json_log import log_to_standard_error
from registry.sandbox import forkserver
from registry.sandbox.child import fork_beside
from registry.sandbox.hardening import name_process, share_arena

NAME: Final = "citylinks-templ"
"""What `ps -o comm` calls it."""


class Template(forkserver.ForkServer):
    """Forks children that run the modules that are loaded."""

    def __init__(
        self, address: Path, life: int, idle_seconds: float, modules: dict[str, ModuleType]
    ) -> None:
        super().__init__(address, life, idle_seconds)
        self._modules = modules

    def _child(self, request: dict[str, Any]) -> forkserver.Child:
        main = self._modules[request["module"]].main
        return partial(_run, main=main, group=request["group"], address=self._address)


def _run(connection: socket.socket, main: Any, group: int, address: Path) -> None:
    """In the forked process: be as if started anew, and run a module."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setpgid(0, group)
    name_process("citylinks-child")
    fork_beside(address)
    with connection.makefile("rb") as source, connection.makefile("wb") as target:
        main(source, target)


def main(address: str, life: str, idle_seconds: str, *modules: str) -> None:
    """Load modules and serve."""
    # Ctrl-C in a terminal reaches every process; only the server acts on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    name_process(NAME)
    log_to_standard_error()
    share_arena()
    loaded = {name: import_module(name) for name in modules}
    # What was loaded stays shared with the children: their collector does not touch it.
    gc.collect()
    gc.freeze()
    if Path(address).parent.is_dir():  # else its clients, and their folder, are gone meanwhile
        Template(Path(address), int(life), float(idle_seconds), loaded).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
