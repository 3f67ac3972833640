"""Labels of concepts are shared by readers of a release in the same languages, and by no others."""

from __future__ import annotations

from registry.things.labels import ConceptLabels, Words

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
