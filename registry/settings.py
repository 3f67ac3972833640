"""All settings in one table: name, unit, default, meaning.

A setting `query_seconds` is read from the environment as `CITYLINKS_QUERY_SECONDS`, else from the
settings file as `query_seconds`. Sizes are given in bytes or with a unit: `50 MB`, `1 GiB`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from registry import buckets, capacity

PREFIX: Final = "CITYLINKS_"

NO_SHARE_ALIKE: Final = "no-share-alike"
"""The value of `licences` with which no release has a graph under such a licence."""

_CORES: Final = capacity.cores()
_MEMORY: Final = capacity.memory()

_UNITS: Final = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}


class SettingError(ValueError):
    """A setting whose value cannot be read."""


def size(text: str) -> int:
    """Read a size in bytes.

    >>> size("50 MiB"), size("100kB"), size("7")
    (52428800, 100000, 7)
    """
    match = re.fullmatch(r"\s*([0-9]+)\s*([A-Za-z]*)\s*", text)
    if not match or match[2].lower() not in _UNITS:
        raise ValueError(f"{text!r} is not a size such as 50 MiB")
    return int(match[1]) * _UNITS[match[2].lower()]


def _count(text: str) -> int:
    """Read a whole number that is not negative."""
    if not text.strip().isdecimal():
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def _seconds(text: str) -> float:
    """Read a positive number of seconds."""
    value = float(text)
    if not 0 < value < 86_400:
        raise ValueError(f"{text!r} is not a number of seconds between 0 and 86400")
    return value


def _folder(text: str) -> Path:
    """Read the path of a folder."""
    if not text.strip():
        raise ValueError("the path of a folder is missing")
    return Path(text)


def _url(text: str) -> str:
    """Read the address of a server, or nothing."""
    if text and not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", text):
        raise ValueError(f"{text!r} is not an address such as https://example.org/citylinks")
    return text


def _engine(text: str) -> str:
    """Read the address of a server or the path of a file, or nothing."""
    if "://" in text and not re.match(r"https?://[^\s/]+[^\s]*$", text):
        raise ValueError(f"{text!r} is neither an address such as http://localhost:3030 nor a file")
    return text


def _bucket(text: str) -> str:
    """Read the address of a bucket, or nothing."""
    if text and not buckets.ADDRESS.fullmatch(text):
        raise ValueError(f"{text!r} is not an address such as s3://bucket/prefix")
    return text


def _email(text: str) -> str:
    """Read an e-mail address, or nothing."""
    if text and not re.fullmatch(r"[^\s@:/?<>]+@[^\s@:/?<>]+", text):
        raise ValueError(f"{text!r} is not an e-mail address such as desk@example.org")
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    """Return a reader that accepts some words."""

    def word(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r} is none of {', '.join(words)}")
        return text

    return word


def _setting(default: object, unit: str, meaning: str, read: object) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning, "read": read})


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    home: Path = _setting(
        Path("var"), "path", "folder of the workspace: releases, graphs, log", _folder
    )
    shipped: str = _setting(
        "all",
        "word",
        "shipped data that are published: all, or curated (without the world)",
        _one_of("all", "curated"),
    )
    licences: str = _setting(
        "all",
        "word",
        "graphs that are published, by licence: all, or no-share-alike (none under CC BY-SA or so)",
        _one_of("all", NO_SHARE_ALIKE),
    )
    gazetteer: str = _setting(
        "", "file", "the places that names are looked up in; empty = those that are shipped", str
    )
    public_url: str = _setting(
        "", "URL", "address under which readers reach the server; empty = from the request", _url
    )
    trusted_proxies: int = _setting(
        0, "count", "proxies in front whose X-Forwarded headers are believed", _count
    )
    engine: str = _setting(
        "",
        "URL or file",
        "SPARQL 1.1 server that answers queries, or a file (TOML) about it; empty = embedded",
        _engine,
    )
    query_seconds: float = _setting(
        30.0, "seconds", "deadline of one query, waiting for a worker not counted", _seconds
    )
    query_memory: int = _setting(
        2**30, "bytes", "address space one query may add to that of an idle worker", size
    )
    answer_bytes: int = _setting(
        2 * 2**30, "bytes", "longest answer to a query; a long one goes through a file", size
    )
    page_bytes: int = _setting(
        2_000_000, "bytes", "longest answer to a query that is shown as a page", size
    )
    query_bytes: int = _setting(1_000_000, "bytes", "longest query text", size)
    query_tokens: int = _setting(
        100_000, "count", "most tokens of a query: words, names, IRIs, strings and signs", _count
    )
    query_depth: int = _setting(
        200, "levels", "deepest nesting of brackets, and longest chain of operators", _count
    )
    merge_triples: int = _setting(
        200_000, "triples", "largest dataset that several FROM graphs may be merged into", _count
    )
    job_seconds: float = _setting(
        600.0,
        "seconds",
        "deadline of what clients do not wait for: queries, tables, acts of editors",
        _seconds,
    )
    job_bytes: int = _setting(
        4 * 2**30, "bytes", "answers of such queries that are kept, oldest removed first", size
    )
    queue: int = _setting(32, "count", "queries that may wait for a worker", _count)
    workers: int = _setting(
        _CORES, "count", "queries that a process has evaluated at a time; default = cores", _count
    )
    young_seconds: float = _setting(
        1.0, "seconds", "how long a query runs before its worker gets a lower priority", _seconds
    )
    store_memory: int = _setting(
        _MEMORY // 4,
        "bytes",
        "memory for a store and its copies in worker processes; a larger one stays on disk",
        size,
    )
    processes: int = _setting(_CORES, "count", "processes that speak HTTP; default = cores", _count)
    client_seconds: float = _setting(
        30.0,
        "seconds",
        "how long a client may take to send a request, or to begin to read",
        _seconds,
    )
    listeners: int = _setting(
        200, "count", "connections of a process over which clients are told of releases", _count
    )
    validators: int = _setting(
        _CORES,
        "count",
        "queries, and processes, that validate a large release at the same time; default = cores",
        _count,
    )
    log: str = _setting(
        "slow",
        "word",
        "queries that are logged: `all`, `slow` ones and failures, `none`",
        _one_of("all", "slow", "none"),
    )
    cache_bytes: int = _setting(
        256 * 2**20, "bytes", "answers that are kept in memory, all together", size
    )
    intake_seconds: float = _setting(
        120.0, "seconds", "deadline for reading all files of one publish", _seconds
    )
    intake_memory: int = _setting(
        4 * 2**30, "bytes", "memory for reading the files of one publish", size
    )
    batch: int = _setting(50, "count", "names that are reconciled in one request", _count)
    upload_bytes: int = _setting(5_000_000, "bytes", "longest body with data", size)
    upload_seconds: float = _setting(
        60.0, "seconds", "deadline for reading an upload, and again for validating it", _seconds
    )
    upload_memory: int = _setting(
        2**30, "bytes", "memory for reading an upload, and again for validating it", size
    )
    report_bytes: int = _setting(
        50 * 2**20, "bytes", "longest report on an upload that breaks rules", size
    )
    uploads: int = _setting(
        2, "count", "uploads that are validated at once; four times as many arrive or wait", _count
    )
    tokens: str = _setting(
        "", "file", "tokens, and the graphs that each may write; empty = nobody writes", str
    )
    contribution_days: int = _setting(
        180, "days", "how long the e-mail address of whoever sent a proposal is kept", _count
    )
    contribution_rate: int = _setting(
        30, "count", "forms that one client may send to each process in an hour", _count
    )
    keep_releases: int = _setting(20, "count", "newest unnamed releases that are kept", _count)
    keep_stores: int = _setting(3, "count", "newest releases that keep their store", _count)
    bucket: str = _setting(
        "",
        "bucket",
        "bucket into which `citylinks deposit` puts the kept releases; empty = none",
        _bucket,
    )
    contact: str = _setting("", "e-mail or URL", "whom readers can turn to; empty = none", str)
    repository: str = _setting(
        "", "URL", "where the files of this software are, for links of /docs; empty = nowhere", _url
    )
    operator_name: str = _setting(
        "", "text", "who runs the server, for /imprint; empty = none", str
    )
    operator_address: str = _setting(
        "", "text", "postal address of the operator, its lines separated by semicolons", str
    )
    operator_email: str = _setting(
        "",
        "e-mail",
        "address of the operator; readers write to it where `contact` is empty",
        _email,
    )
    enforcement_body: str = _setting(
        "", "text", "body that enforces accessibility, and how to reach it, for /accessibility", str
    )


OF_TESTS: Final = {
    PREFIX + name for name in ("SPECS", "INPUTS", "SECOND_ENGINE", "SECOND_HOME", "TESTED_ENGINE")
}
"""Variables that name what tests compare with, and no settings."""


CONFIG: Final = PREFIX + "CONFIG"
"""The variable that names the settings file; empty = none."""

CONFIG_FILE: Final = Path("/etc/citylinks/citylinks.toml")
"""The settings file where no variable names one; it need not be there."""


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings: variables, and what the settings file has beside them.

    Raises
    ------
    SettingError
        when a value cannot be read, or a `CITYLINKS_` variable or a line of the file is no setting.

    """
    known = {entry.name: entry for entry in fields(Settings)}
    values: dict[str, Any] = {}
    for name, (where, text) in sorted({**_of_file(environ), **_of_variables(environ)}.items()):
        if name not in known:
            raise SettingError(f"{where} is not a setting")
        try:
            values[name] = known[name].metadata["read"](text)
        except ValueError as error:
            raise SettingError(f"{where}: {error}") from error
    return Settings(**values)


def _of_variables(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return what variables say, by setting: the variable and its text."""
    ours = [n for n in environ if n.startswith(PREFIX) and n not in OF_TESTS and n != CONFIG]
    if wrong := [name for name in ours if name != name.upper()]:
        raise SettingError(f"{min(wrong)} is not a setting")
    return {name.removeprefix(PREFIX).lower(): (name, environ[name]) for name in ours}


def _of_file(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return what the settings file says, by setting: the place in it and its text."""
    named = environ.get(CONFIG)
    path = CONFIG_FILE if named is None else Path(named)
    if named == "" or (named is None and not path.exists()):
        return {}
    try:
        with path.open("rb") as file:
            body = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise SettingError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    return {name: (f"{path}, {name}", str(value)) for name, value in body.items()}
