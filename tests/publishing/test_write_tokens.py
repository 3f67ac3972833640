"""Who may write which graph: the file of tokens, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.problems import Problem
from registry.publishing import write_tokens
from registry.publishing.write_tokens import Writer
from registry.settings import SettingError
from tests.tables import every_row


def sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


ALL, SOME = sha256("all"), sha256("söme")


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """Give a file of two tokens."""
    path = tmp_path / "tokens"
    path.write_text(f"# who writes\n\n{ALL} office\n  {SOME.upper()}\tperm perm- visits-2026 \n")
    return path


def admit(tokens: str, token: str | None) -> write_tokens.Writer:
    """Ask as a client that was never refused."""
    return write_tokens.admit(tokens, token, "client", write_tokens.Refusals())


def test_a_line_is_a_token_and_what_it_may_write(tokens: Path) -> None:
    assert write_tokens.read(tokens) == {
        ALL: Writer("office"),
        SOME: Writer("perm", ("perm-", "visits-2026")),
    }


def test_who_has_a_token_is_known(tokens: Path) -> None:
    assert admit(str(tokens), "all").name == "office"
    assert admit(str(tokens), "söme").name == "perm"


@pytest.mark.parametrize("token", [None, "", "al", "all ", "ALL", ALL, "x" * 100_000, "\udcff"])
def test_who_has_none_is_not(tokens: Path, token: str | None) -> None:
    with pytest.raises(Problem) as caught:
        admit(str(tokens), token)
    assert caught.value.name == "unauthorised"
    assert "office" not in str(caught.value)


@given(st.text())
def test_no_text_is_a_token_by_chance(tmp_path_factory: pytest.TempPathFactory, token: str) -> None:
    path = tmp_path_factory.getbasetemp() / "tokens"
    path.write_text(f"{ALL} office\n")
    if token != "all":
        with pytest.raises(Problem):
            admit(str(path), token)


def test_a_token_that_is_struck_out_is_nobodys(tokens: Path) -> None:
    tokens.write_text(f"#{ALL} office\n")
    with pytest.raises(Problem, match="nobody here has that token"):
        admit(str(tokens), "all")


@pytest.mark.parametrize(
    "line",
    [
        ALL,
        "all office",
        f"{ALL}0 office",
        f"office {ALL}",
        f"{ALL} office\n{ALL} again",
        f"{ALL} office\n{ALL.upper()} again",
        "\udcff",
    ],
)
def test_a_line_that_cannot_be_read_lets_nobody_write(
    line: str, tokens: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tokens.write_text(f"{SOME} perm\n{line}\n", errors="surrogateescape")
    with pytest.raises(SettingError):
        write_tokens.read(tokens)
    with pytest.raises(Problem) as caught:
        admit(str(tokens), "söme")
    assert caught.value.name == "forbidden"
    assert str(tokens) not in str(caught.value)
    assert "tokens" in caplog.text


def test_without_a_file_nobody_writes(tmp_path: Path) -> None:
    for path in ("", str(tmp_path / "none"), str(tmp_path)):
        with pytest.raises(Problem) as caught:
            admit(path, "all")
        assert caught.value.name == "forbidden"


MAY = [
    ((), "list", True),
    ((), "cities", True),
    (("perm-",), "perm-twins", True),
    (("perm-", "visits"), "visits-2026", True),
    (("perm-",), "perm", False),
    (("perm-",), "oxford-perm-", False),
    (("perm-",), "cities", False),
    ((), "shapes", False),
    ((), "derived", False),
    ((), "settings", False),
    ((), "scheme-topic", False),
    ((), "A", False),
    ((), "a/b", False),
    ((), "", False),
    ((terms.GRAPH,), "list", False),
]


@every_row(("beginnings", "name", "may"), MAY)
def test_what_may_be_written(beginnings: tuple[str, ...], name: str, may: bool) -> None:
    writer, graph = Writer("perm", beginnings), terms.GRAPH + name
    if may:
        writer.check(graph)
        return
    with pytest.raises(Problem) as caught:
        writer.check(graph)
    assert caught.value.name == "forbidden"


def test_graphs_of_others_are_not_written() -> None:
    for graph in ("http://example.org/list", "urn:list", terms.BASE + "id/list", "list"):
        with pytest.raises(Problem, match="is not a graph of this registry"):
            Writer("office").check(graph)


def test_who_guesses_waits_and_nobody_else_does(
    tokens: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(write_tokens, "_GUESSES", 3)
    refusals = write_tokens.Refusals()

    def refused(token: str | None, client: str = "guesser") -> str:
        with pytest.raises(Problem) as caught:
            write_tokens.admit(str(tokens), token, client, refusals)
        return caught.value.name

    assert [refused(None) for _ in range(9)] == ["unauthorised"] * 9
    assert [refused(f"secret {n}") for n in range(5)] == ["unauthorised"] * 3 + ["rate"] * 2
    assert refused("all") == "rate", "also with one that is somebody's"
    assert refused("secret", "other") == "unauthorised"
    assert write_tokens.admit(str(tokens), "all", "other", refusals).name == "office"
    assert len(caplog.records) == 4
    assert not any(
        "secret" in r.getMessage() or "guesser" in r.getMessage() for r in caplog.records
    )
