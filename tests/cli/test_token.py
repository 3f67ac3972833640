"""`citylinks token`: who is given one, and for whom they speak."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.contribute import proof
from registry.contribute.tokens import Tokens
from registry.problems import Problem
from registry.releases.workspace import Workspace
from tests.cli.running import Done, run_in
from tests.copies import copied

Run = Callable[..., Done]


@pytest.fixture
def run(workspace: Workspace, tmp_path: Path) -> Run:
    """Give a function that runs a command in a workspace of its own."""
    home = copied(workspace, tmp_path / "home").home
    return lambda *arguments: run_in(home, "token", *arguments)


def test_an_authority_gets_a_token_for_a_city_that_it_governs(run: Run) -> None:
    done = run("add", "Comune", "--authority", "pavia-3171366")
    assert done.code == 0, done.err
    assert "speaks as Comune di Pavia" in done.out
    said = json.loads(run("list", "--json").out)
    assert [(one["role"], one["scope"]) for one in said] == [("authority", ["pavia-3171366"])]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--authority", "atlantis-1"], "is not a city of the current release"),
        (["--authority", "perm-511196"], "knows no authority that governs perm-511196"),
        (["--authority", "pavia-3171366", "--scope", "perm-511196"], "takes no --scope"),
        (["--domain", "www.example.org"], "--domain needs --authority"),
        (["--authority", "pavia-3171366", "--domain", "localhost"], "is not a domain"),
    ],
)
def test_nobody_speaks_for_what_is_not_known(run: Run, arguments: list[str], why: str) -> None:
    done = run("add", "Somebody", *arguments)
    assert done.code != 0
    assert why in done.err
    assert json.loads(run("list", "--json").out) == []


def test_without_the_line_on_the_domain_there_is_no_token(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run("proof", "Comune", "--authority", "pavia-3171366")
    line = shown.out.splitlines()[0]
    assert line.startswith("citylinks-authority: pavia-3171366 ")
    assert proof.PATH in shown.out
    published = {"https://www.comune.example": line}

    def check(site: str, wanted: str) -> None:
        if published.get(site) != wanted:
            raise Problem("bad-parameter", "the line is not there")

    monkeypatch.setattr(proof, "check", check)
    given = ("--authority", "pavia-3171366", "--domain", "www.comune.example")
    assert run("add", "Somebody else", *given).code != 0
    assert run("add", "Comune", *given).code == 0


def test_tokens_of_a_scope_are_given_out_as_before(run: Run, tmp_path: Path) -> None:
    done = run("add", "Perm", "--role", "authority", "--scope", "perm-511196", "--json")
    assert done.code == 0
    assert json.loads(done.out)["scope"] == ["perm-511196"]
    assert Tokens(tmp_path / "home").holder(json.loads(done.out)["token"])
