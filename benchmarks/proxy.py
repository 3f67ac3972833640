"""Our server behind Debian's nginx with the shipped configuration, where nginx is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.servers import Endpoint
from benchmarks.targets import BEHIND_NGINX

WHY_NOT: Final = "nginx is not installed"

_MODULE: Final = "benchmarks.nginx"


def available() -> bool:
    """Tell whether nginx is there."""
    return find_spec(_MODULE) is not None and bool(import_module(_MODULE).available())


@contextmanager
def before(ours: Endpoint, home: Path, folder: Path) -> Iterator[Endpoint]:
    """Start nginx before our server, without the limits of one address: all load comes from one."""
    nginx = import_module(_MODULE)
    with nginx.Nginx(home, ours.address, folder, nginx.CROWD) as started:
        pids = (*ours.pids, started.pid)
        yield Endpoint(BEHIND_NGINX, started.address, ours.path, pids, repeated_only=True)
