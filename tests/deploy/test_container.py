"""The Containerfile: what it names exists, and what the docs promise of it is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from registry import settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def steps() -> list[str]:
    """Give the instructions of the file, each on one line."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [
        re.sub(r"\s+", " ", step) for step in "\n".join(lines).replace("\\\n", " ").splitlines()
    ]


def the_last(steps: list[str], name: str) -> str:
    return [step for step in steps if step.startswith(f"{name} ")][-1].removeprefix(f"{name} ")


def test_nobody_is_root(steps: list[str]) -> None:
    user, group = the_last(steps, "USER").split(":")
    assert int(user) == int(group) > 1000
    home = the_last(steps, "VOLUME")
    assert f"install -d -o {user} -g {group} {home}" in the_last(steps, "RUN")
    assert f"{settings.PREFIX}HOME={home} " in the_last(steps, "ENV")


def test_the_health_check_asks_for_readiness_at_the_port_that_is_served(steps: list[str]) -> None:
    check, command = the_last(steps, "HEALTHCHECK"), the_last(steps, "CMD")
    port = the_last(steps, "EXPOSE")
    assert f"http://127.0.0.1:{port}/ready" in check
    assert f'"serve", "--host", "0.0.0.0", "--port", "{port}"' in command


def test_what_is_built_from_is_not_left_out() -> None:
    """Of what the wheel holds nothing is ignored but what is built anew."""
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    needed = {"registry", "ontology", "shapes", "data", "queries", "docs", "README.md", "LICENSE"}
    needed |= {"docs/images", "docs/notebooks", "CONTRIBUTING.md"}
    assert needed.isdisjoint(ignored)
    assert "registry/web/assets" in ignored
