"""Modules that a child process runs, started or forked."""

from __future__ import annotations

import textwrap

_IMPORTS = "import os, signal, sys, time\nfrom registry.sandbox import read_frame, write_frame\n"
_RUN = '\nif __name__ == "__main__":\n    main(sys.stdin.buffer, sys.stdout.buffer)\n'


def module(code: str, before: str = "") -> str:
    """Write a module whose `main(source, target)` runs some Python; `before` is at its top."""
    body = textwrap.indent(textwrap.dedent(code), "    ")
    return f"{_IMPORTS}{before}\ndef main(source, target):\n{body}\n{_RUN}"
