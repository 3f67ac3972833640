"""Untrusted input is handled only in sandboxed child processes, which may be killed at any time.

The engine has no deadline, no memory limit and can be brought down by nesting, so a query or an
uploaded file is handed to a child process that has no network, a bound on its memory and a
deadline. Parent and child exchange frames: a JSON header and a payload, each with its length.
"""

from registry.sandbox.bounded import Bounds, begun, bound, refusal
from registry.sandbox.channel import (
    NOBODY,
    Abandoned,
    Channel,
    Closed,
    Late,
    Overlong,
    Reply,
    abandoned,
)
from registry.sandbox.child import Died, Isolated, Templates
from registry.sandbox.forks import Unavailable
from registry.sandbox.frames import read_frame, write_frame
from registry.sandbox.hardening import (
    MUCH,
    cap_memory,
    harden,
    name_process,
    share_arena,
    trim_memory,
)

__all__ = [
    "MUCH",
    "NOBODY",
    "Abandoned",
    "Bounds",
    "Channel",
    "Closed",
    "Died",
    "Isolated",
    "Late",
    "Overlong",
    "Reply",
    "Templates",
    "Unavailable",
    "abandoned",
    "begun",
    "bound",
    "cap_memory",
    "harden",
    "name_process",
    "read_frame",
    "refusal",
    "share_arena",
    "trim_memory",
    "write_frame",
]
