"""What tests are known to find otherwise on another engine than the embedded one, and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

TESTED_ENGINE = "CITYLINKS_TESTED_ENGINE"
"""The variable that names the file of an engine, in a folder of its name, on which tests run."""

_EXPLAINED = "only the embedded engine explains how it runs a query"
_OURS = "the test is of deviations that the embedded engine has, and this one has not"
_VALUES = "integers are divided without a remainder, and what has no value is an empty text"
_WHOLE = "it makes the whole answer before it sends any: five million rows take longer than we wait"

DIFFERENCES: Mapping[str, Mapping[str, str]] = {
    "oxigraph": {"test_a_query_is_explained_as_a_page_and_as_json": _EXPLAINED},
    "virtuoso": {
        "test_a_query_is_explained_as_a_page_and_as_json": _EXPLAINED,
        "test_what_deviates_is_told_with_each_answer": _OURS,
        "test_a_page_tells_what_deviates_and_leads_to_all_that_do": _OURS,
        "test_an_iri_is_relative_to_the_address": "IRI() does not resolve what is relative",
        "test_any_script_arrives": "names of variables are ASCII",
        "test_the_service_is_described_in_every_format": "GRAPH ?g {} finds no graph",
        "test_a_page_shows_the_first_rows_of_a_long_answer": _WHOLE,
        "test_a_saved_query_gives_what_it_promises": _VALUES,
        "test_each_has_a_page_with_downloads": "it fails to evaluate some of the saved queries",
        "test_its_own_address_gives_the_same": _VALUES,
        "test_the_own_address_of_each_gives_the_same": _VALUES,
        "test_a_client_without_chunks_is_told_the_problem": _WHOLE,
        "test_what_breaks_off_is_not_taken_for_whole": _WHOLE,
        "test_other_clients_see_it_as_well": _WHOLE,
        "test_a_killed_worker_breaks_its_answer_off": _WHOLE,
    },
    "jena": {
        "test_a_query_is_explained_as_a_page_and_as_json": _EXPLAINED,
        "test_what_deviates_is_told_with_each_answer": _OURS,
        "test_a_page_tells_what_deviates_and_leads_to_all_that_do": _OURS,
        "test_it_is_told_with_the_result_what_deviates": _OURS,
    },
}
"""By engine: tests by their names, and why each fails."""


def mark_differences(items: Iterable[pytest.Item]) -> None:
    """Mark the tests that fail for a known reason; one that passes after all is told."""
    if TESTED_ENGINE not in os.environ:
        return
    known = DIFFERENCES[Path(os.environ[TESTED_ENGINE]).parent.name]
    for item in items:
        name = item.name.partition("[")[0]
        if name in known:
            # What only takes too long would do so each time.
            runs = known[name] != _WHOLE
            item.add_marker(pytest.mark.xfail(reason=known[name], strict=True, run=runs))
