"""Labels of concepts are shared by readers of a release in the same languages, and by no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry import terms
from registry.things.labels import ConceptLabels, Labels, Words
from registry.things.lookup import Lookup
from tests.things.made import store_of

ITALIAN, GERMAN = ["it", "en"], ["de", "en"]


def test_labels_are_of_one_release_in_some_languages() -> None:
    known = ConceptLabels()
    known.of("one", ITALIAN)["urn:x"] = Words("gemellaggio", "it")
    assert known.of("one", ITALIAN) == {"urn:x": Words("gemellaggio", "it")}
    assert known.of("two", ITALIAN) == {}
    assert known.of("one", GERMAN) == {}
    assert ConceptLabels().of("one", ITALIAN) == {}


def test_those_that_were_asked_for_last_are_kept() -> None:
    known = ConceptLabels(limit=2)
    first, second = known.of("one", ITALIAN), known.of("two", ITALIAN)
    assert known.of("one", ITALIAN) is first
    known.of("three", ITALIAN)
    assert known.of("one", ITALIAN) is first
    assert known.of("two", ITALIAN) is not second


class Hooked(Lookup):
    """A lookup that does something before each answer."""

    before: Callable[[], None]

    def literals(self, *given: Any) -> Any:
        self.before()
        return super().literals(*given)


def hooked(before: Callable[[], None]) -> Hooked:
    lookup = Hooked(store_of('status:active skos:prefLabel "Active"@en .'))
    lookup.before = before
    return lookup


ACTIVE = f"{terms.SCHEME}status/active"


def test_a_label_that_could_not_be_read_is_read_anew() -> None:
    """As where a file could not be opened; what is shared holds nothing that was not read."""

    def fail() -> None:
        raise OSError("Too many open files")

    shared: dict[str, Words] = {}
    with pytest.raises(OSError, match="Too many"):
        Labels(hooked(fail), ["en"], shared).of(ACTIVE)
    assert shared == {}
    assert Labels(hooked(lambda: None), ["en"], shared).of(ACTIVE) == Words("Active", "en")


def test_who_asks_while_another_one_reads_gets_the_label() -> None:
    shared: dict[str, Words] = {}
    other = Labels(hooked(lambda: None), ["en"], shared)
    found: list[Words] = []
    one = Labels(hooked(lambda: found.append(other.of(ACTIVE))), ["en"], shared)
    assert one.of(ACTIVE) == Words("Active", "en")
    assert set(found) == {Words("Active", "en")}
