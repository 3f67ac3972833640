"""Another SPARQL 1.1 server in place of the embedded engine.

    publisher ── Graph Store Protocol ─▶ a place of the server: one release, whole and by its names
    reader ── guards, queue ─▶ worker ── SPARQL Protocol ─▶ that place ─▶ answer, read and checked

A place is a dataset, repository or server that holds one release at a time. Names of graphs are
never changed to tell releases apart: they would show in answers, and in joins with what graphs say
of themselves.
"""

from __future__ import annotations


class Moved(Exception):
    """The place does not hold the release any more."""
