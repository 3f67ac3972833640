"""The HTTP tests of SPARQL pass on other engines, but for what they are known to do otherwise."""

from __future__ import annotations

import pytest

from tests.engines.differences import DIFFERENCES
from tests.engines.running import outcome_on
from tests.engines.saved import different
from tests.engines.servers import ENGINES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ENGINES)
def test_the_http_tests_pass(name: str) -> None:
    if why := ENGINES[name].missing():
        pytest.skip(why)
    outcome = outcome_on(ENGINES[name])
    assert not outcome.failed, outcome.said
    assert outcome.passed > 100
    assert outcome.known >= len(DIFFERENCES[name])


@pytest.mark.parametrize(("name", "known"), [("oxigraph", []), ("jena", ["coverage-of-languages"])])
def test_saved_queries_have_the_same_answers(name: str, known: list[str]) -> None:
    if why := ENGINES[name].missing():
        pytest.skip(why)
    assert [*different(ENGINES[name])] == known
