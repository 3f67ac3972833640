"""Data that differ from release to release: the shipped files with a number in what they say."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from benchmarks.soak.asks import MARK
from registry import shipped, terms

COUNT: Final = 3
"""How many variants there are."""

_NAMES: Final = ("cities", "perm-twins")
_POPULATION: Final = terms.prefixed("cl:population")
_WORDS: Final = frozenset(
    terms.prefixed(name) for name in ("skos:prefLabel", "skos:note", "dcterms:description")
)


def varied(triples: Iterable[ox.Triple], number: int) -> bytes:
    """Write triples as N-Triples, with a number in English words and in populations."""
    return b"".join(f"{_varied(triple, number)} .\n".encode() for triple in triples)


def _varied(triple: ox.Triple, number: int) -> ox.Triple:
    value = triple.object
    if not isinstance(value, ox.Literal):
        return triple
    if triple.predicate.value in _WORDS and value.language == "en":
        word = ox.Literal(f"{value.value} {MARK}{number}", language="en")
        return ox.Triple(triple.subject, triple.predicate, word)
    if triple.predicate.value == _POPULATION:
        people = ox.Literal(str(int(value.value) + number), datatype=value.datatype)
        return ox.Triple(triple.subject, triple.predicate, people)
    return triple


class Publisher:
    """Publishes one variant after another in a workspace, and sometimes rolls back."""

    def __init__(self, home: Path, folder: Path, chance: random.Random) -> None:
        self._home, self._folder, self._chance = home, folder, chance
        self._number = 0
        self._published: list[str] = []

    def first(self) -> None:
        """Publish the shipped data, then every variant once."""
        self._done(self._start("publish", "--quiet"))
        for _ in range(COUNT):
            self._done(self.next_variant())

    def next_variant(self) -> subprocess.Popen[bytes]:
        """Start to publish the next variant."""
        self._number = self._number % COUNT + 1
        files = [self._write(name) for name in _NAMES]
        return self._start("publish", "--quiet", "--take", "file", *map(str, files))

    def next_change(self, current: str) -> tuple[str, subprocess.Popen[bytes]]:
        """Start what comes next; give its name. Rolled back is to another of the last releases."""
        if current not in self._published:
            self._published.append(current)
        others = [version for version in self._published[-COUNT:] if version != current]
        if others and self._chance.random() < 0.25:
            return "rollback", self._start("rollback", "--quiet", self._chance.choice(others))
        return "publish", self.next_variant()

    def _write(self, name: str) -> Path:
        (source,) = [path for path in shipped.data_files() if path.stem == name]
        triples = [quad.triple for quad in ox.parse(path=source, format=ox.RdfFormat.TURTLE)]
        path = self._folder / f"{name}.nt"
        path.write_bytes(varied(triples, self._number))
        return path

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        given = {"CITYLINKS_HOME": str(self._home), "CITYLINKS_SHIPPED": "curated"}
        environ = {**os.environ, **given}
        command = [sys.executable, "-m", "registry.cli", *arguments]
        return subprocess.Popen(command, env=environ, stderr=subprocess.PIPE)

    @staticmethod
    def _done(process: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a publish, which must be a good one."""
        problem = trouble(process)
        if problem:
            raise RuntimeError(problem)


def trouble(process: subprocess.Popen[bytes]) -> str:
    """Wait for the end of a command; say what went wrong, or nothing."""
    _, said = process.communicate()
    return "" if process.returncode == 0 else f"exit code {process.returncode}: {said.decode()}"
