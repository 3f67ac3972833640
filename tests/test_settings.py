"""Settings: each is read from its variable, and what cannot be read is told in one line."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import settings
from registry.settings import CONFIG, PREFIX, SettingError, Settings, read, size
from tests.tables import every_row

SAMPLES = {
    "path": ("/srv/links", Path("/srv/links")),
    "file": ("/etc/citylinks/tokens", "/etc/citylinks/tokens"),
    "seconds": ("2.5", 2.5),
    "bytes": ("3 MiB", 3 * 2**20),
    "count": ("7", 7),
    "levels": ("7", 7),
    "days": ("7", 7),
    "triples": ("7", 7),
    "URL": ("https://example.org/links", "https://example.org/links"),
    "URL or file": ("http://localhost:7878/{release}", "http://localhost:7878/{release}"),
    "bucket": ("s3://bucket/prefix", "s3://bucket/prefix"),
    "e-mail or URL": ("mailto:a@example.org", "mailto:a@example.org"),
    "word": ("all", "all"),
    "text": ("City of Pavia", "City of Pavia"),
    "e-mail": ("desk@example.org", "desk@example.org"),
}
"""By unit: a text and the value that it means."""

FAULTS = {
    "path": ["", "  "],
    "bucket": ["bucket", "https://example.org", "s3://", "s3://B", "s3://bucket/a b", "s3://b/.?x"],
    "file": [],
    "seconds": ["", "soon", "0", "-1", "nan", "inf", "86400"],
    "bytes": ["", "many", "-1", "1.5 MB", "1 TB", "MB"],
    "count": ["", "-1", "1.5", "few", "1_000"],
    "levels": ["", "-1"],
    "days": ["", "-1", "1.5"],
    "triples": ["", "-1"],
    "URL": ["example.org", "ftp://example.org", "https://", "https://a b", "https://a/?x"],
    "URL or file": ["ftp://localhost", "http://", "http:///query"],
    "e-mail or URL": [],
    "word": ["", "some", "ALL"],
    "text": [],
    "e-mail": ["desk", "mailto:desk@example.org", "a b@example.org", "@", "https://example.org"],
}

ENTRIES = [pytest.param(entry, id=entry.name) for entry in fields(Settings)]


@every_row("entry", ENTRIES)
def test_every_setting_is_read_from_its_variable(entry: Any) -> None:
    text, value = SAMPLES[entry.metadata["unit"]]
    found = read({PREFIX + entry.name.upper(): text, "HOME": "/root"})
    assert getattr(found, entry.name) == value
    assert getattr(read({}), entry.name) == entry.default


@every_row("entry", ENTRIES)
def test_every_setting_has_a_meaning_and_a_default_that_it_could_be_given(entry: Any) -> None:
    assert entry.metadata["meaning"]
    written = str(entry.default)
    assert read({PREFIX + entry.name.upper(): written}) == Settings() if written else True


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(entry.name, text, id=f"{entry.name}={text}")
        for entry in fields(Settings)
        for text in FAULTS[entry.metadata["unit"]]
    ],
)
def test_what_cannot_be_read_names_the_variable(name: str, text: str) -> None:
    variable = PREFIX + name.upper()
    with pytest.raises(SettingError, match=f"^{variable}: ") as caught:
        read({variable: text})
    assert "\n" not in str(caught.value)


def test_a_variable_that_is_no_setting_is_refused() -> None:
    with pytest.raises(SettingError, match="CITYLINKS_HOMES is not a setting"):
        read({"CITYLINKS_HOMES": "var"})
    assert read({"citylinks_home": "var", "CITYLINKSHOME": "var"}) == Settings()


@given(st.integers(0, 10**12), st.sampled_from(["", "B", "kB", "MB", "GB", "KiB", "mib", "GiB"]))
def test_sizes(number: int, unit: str) -> None:
    factor = {"": 1, "b": 1, "k": 1000, "m": 1000**2, "g": 1000**3}[unit.lower()[:1]]
    if "i" in unit.lower():
        factor = 1024 ** " kmg".index(unit.lower()[0])
    assert size(f"{number}{unit}") == size(f" {number} {unit} ") == number * factor


def test_a_file_has_what_no_variable_says(tmp_path: Path) -> None:
    """Command and service read the same one, so that neither has settings of its own."""
    path = tmp_path / "citylinks.toml"
    path.write_text('workers = 7\nquery_bytes = "2 MB"\ncontact = "a@example.org"\n')
    found = read({CONFIG: str(path), PREFIX + "WORKERS": "3"})
    assert (found.workers, found.query_bytes) == (3, 2_000_000)
    assert found.contact == read({PREFIX + "CONTACT": "a@example.org"}).contact


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("workers = ", "cannot be read: "),
        ("wokers = 7", ", wokers is not a setting"),
        ("[workers]\nmany = 7", ", workers: "),
        ("workers = -7", ", workers: "),
        ("query_seconds = false", ", query_seconds: "),
        ("WORKERS = 7", ", WORKERS is not a setting"),
    ],
)
def test_what_cannot_be_read_in_a_file_names_its_place(
    content: str, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "citylinks.toml"
    path.write_text(content)
    with pytest.raises(SettingError) as caught:
        read({CONFIG: str(path)})
    assert str(caught.value).startswith(f"{path}{why if why[0] == ',' else ' ' + why}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_named_has_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        read({CONFIG: str(tmp_path / "none.toml")})
    monkeypatch.setattr(settings, "CONFIG_FILE", tmp_path / "none.toml")
    assert read({}) == Settings()
    (tmp_path / "none.toml").write_text("workers = 7")
    assert read({}).workers == 7
    assert read({CONFIG: ""}) == Settings()
