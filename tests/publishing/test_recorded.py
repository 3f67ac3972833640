"""What the shipped rules and shapes read is noted as the parser finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import terms
from registry.publishing.impact import (
    of_queries,
    reads,
    recorded,
    subject,
)
from registry.publishing.shacl.constraints import constraints
from registry.releases import code
from registry.settings import Settings


@pytest.mark.slow
def test_what_is_noted_is_what_the_parser_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of rules or shapes it is noted anew: `make stamp`."""
    rules = [rule.text for rule in code.rules()]
    shapes = code.graphs(Settings(home=tmp_path))[terms.SHAPES_GRAPH]
    selects = [constraint.select for constraint in constraints(shapes)]
    for rule in rules:
        assert subject(rule) == of_queries.subject(rule)
        assert reads(rule, subject(rule)) == of_queries.reads(rule, subject(rule))
    for select in selects:
        assert reads(select, "this") == of_queries.reads(select, "this")
    shipped = recorded.FILE.read_bytes()
    monkeypatch.setattr(recorded, "FILE", tmp_path / "noted.json")
    recorded.write(rules, selects)
    assert recorded.FILE.read_bytes() == shipped


def test_what_is_not_noted_is_parsed() -> None:
    text = "CONSTRUCT { ?a a <x:b> } WHERE { ?a <x:c> ?d }"
    assert subject(text) == "a"
    assert len(reads(text, "a").paths) == 1
