"""Rights that a child process gives up before it reads untrusted input.

Sockets and the start of programs are refused by the kernel with a seccomp filter
(https://docs.kernel.org/userspace-api/seccomp_filter.html) on Linux x86-64 and arm64. Elsewhere
only the reading of the query stands between a SERVICE clause and the network.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path
from threading import Thread
from typing import Final

_REFUSED: Final[dict[str, tuple[int, tuple[int, ...]]]] = {
    "x86_64": (0xC000003E, (41, 59, 322)),
    "aarch64": (0xC00000B7, (198, 221, 281)),
}
"""Audit architecture, and the system calls socket (the first), execve and execveat, by machine."""

_PR_SET_NAME: Final = 15
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2

_ARENA_MAX: Final = -8
"""M_ARENA_MAX of glibc's malloc.h."""

_LOAD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050001
"""SECCOMP_RET_ERRNO with EPERM."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def harden(sockets: bool = False) -> bool:
    """Drop the right to run programs and, unless they are needed, to open sockets; dump no core.

    Returns whether the kernel now refuses them.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    machine = _REFUSED.get(platform.machine())
    if machine is None:
        return False
    architecture, calls = machine
    return _install(libc, _instructions(architecture, calls[1:] if sockets else calls))


def _instructions(architecture: int, calls: tuple[int, ...]) -> bytes:
    """Assemble the filter: refuse the calls on this architecture, and every other architecture."""
    last = len(calls)
    steps = [(_LOAD, 0, 0, 4), (_JUMP_EQUAL, 0, last + 2, architecture), (_LOAD, 0, 0, 0)]
    steps += [(_JUMP_EQUAL, last - at, 0, call) for at, call in enumerate(calls)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _install(libc: ctypes.CDLL, code: bytes) -> bool:
    """Install the filter; False where the kernel does not take it."""
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    taken = libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return bool(taken == 0)


def end_with_parent(pipe: int) -> None:
    """End this process group once the parent closes a pipe that it never writes to."""

    def wait() -> None:
        os.read(pipe, 1)
        os.killpg(0, signal.SIGKILL)

    Thread(target=wait, daemon=True).start()


def name_process(name: str) -> None:
    """Name this process, in at most 15 characters, which `ps -o comm` shows on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, ctypes.c_char_p(name.encode()), 0, 0, 0)


def share_arena() -> None:
    """Have threads share one arena where the allocator is glibc's.

    Else each reserves 64 MiB of address space, and what the memory limit leaves is left to chance.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)


MUCH: Final = 1 << 29
"""Bytes of memory from which what is free is given back between the steps of a publish."""


def trim_memory(least: int = 0) -> None:
    """Give memory that is free back to the system, where the allocator is glibc's, which keeps it.

    After a store was loaded it is some hundred megabytes. A process that holds less than `least`
    bytes is left alone: to look through what is free takes milliseconds.
    """
    if least and resident() < least:
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def resident() -> int:
    """Return the bytes of memory that this process holds; 0 where the system does not tell."""
    return _mapped()[1]


def _mapped() -> tuple[int, int]:
    """Return the bytes that are mapped, and those of them in memory; 0 where that is not told."""
    try:
        size, held = Path("/proc/self/statm").read_text().split()[:2]
    except OSError:
        return 0, 0
    return int(size) * resource.getpagesize(), int(held) * resource.getpagesize()


def cap_memory(extra: int) -> None:
    """Bound the address space to what is mapped now plus `extra` bytes."""
    mapped, _ = _mapped()
    if not mapped:
        return
    wanted = mapped + extra
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
