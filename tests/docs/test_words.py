"""The phrases of the interface: each in every language, each used, none missing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import nodes

from registry import saved_queries, shipped, terms
from registry.catalogue.coverage import CUBES, MEASURES
from registry.contribute import store
from registry.contribute.acts import ACTS
from registry.contribute.kinds import KINDS as DRAFTS
from registry.contribute.tokens import ROLES
from registry.graphs.graph import Role
from registry.jobs import STATES
from registry.lists.tables import LIST_NAMES
from registry.problems import KINDS
from registry.publishing.shacl import Severity
from registry.releases.difference import What
from registry.sources.audit import Cause
from registry.sources.decisions import ON_PLACES
from registry.sparql.deviations import BY_NAME
from registry.sparql.parameters import WANTED
from registry.sparql.planner import hints
from registry.things import link, page, vocabulary
from registry.things.city import PANELS
from registry.things.city.partners import _CLAIMED
from registry.things.standing import STATES as STATUSES
from registry.web import age, drafting, language, manual, opening, phrases, told
from registry.web.routes import audit, changes, deciding, editor, harvest, home, officer, search
from registry.web.routes import link as link_page
from registry.web.routes.link import OFFERED
from tests.tables import every_row

PARTS = ("title", "meaning")
ROOT = Path(__file__).parents[2]
WEB = ROOT / "registry" / "web"
PHRASES = {language: phrases.catalogue(language).forms for language in terms.LANGUAGES}
"""By language and key, the forms of each phrase."""

PROBLEMS = {f"{name}.{part}": getattr(KINDS[name], part) for name in KINDS for part in PARTS}
WORDS = [key for key in PHRASES["en"] if key not in PROBLEMS]
TEMPLATES = sorted((WEB / "templates").glob("*.html"))

COMPUTED = {
    "group.heading": {*page._GROUPS, "more"},
    "heading": {*vocabulary._KINDS, *vocabulary._CHAPTERS, "schemes", "deprecated"},
    "chapter": {*vocabulary._CHAPTERS, vocabulary._OF_SEVERAL},
    "counted": set(home.FIGURES),
    "change": {what.past for what in What},
    "what.past": {what.past for what in What},
    "name": set(LIST_NAMES),
    "severity": {f"{severity.value}s" for severity in Severity},
    "entry.role": {role.value for role in Role},
    "e.role": {role.value for role in Role},
    "first.role": {role.value for role in Role},
    "r.severity": {severity.value for severity in Severity},
    "level": {severity.value for severity in Severity},
    "p.type": set(WANTED),
    "d.about": {*_CLAIMED, "denial"},
    "m.what": {"began", "ended", "signed", "happened", "joined"},
    "row.matter": {*link._MATTERS},
    "role": {"decided", "confirmed", "unlisted", "contradicted", "denied"},
    "pid": {*OFFERED},
    "group": {*manual.GROUPS},
    "column": {one for one in link_page.COLUMNS.values() if one != "everywhere"},
    "met": {*BY_NAME},
    "known.name": {*BY_NAME},
    "job.state": {*STATES},
    "state": {*STATUSES},
    "cause": {cause.value for cause in Cause},
    "decision": {*ON_PLACES},
    "place.cause": {cause.value for cause in Cause},
    "cube.name": {cube.name for cube in CUBES},
    "cube.one": {cube.one for cube in CUBES},
    "measure": {*MEASURES},
    "fault": {key for key in WORDS if key.startswith("fault_")},
    "kind": {*DRAFTS},
    "one": {*DRAFTS},
    "part.heading": {part.heading for kind in DRAFTS.values() for part in kind.parts},
    "part.lead": {part.lead for kind in DRAFTS.values() for part in kind.parts if part.lead},
    "act": {*ACTS},
    "offered": {*ACTS},
    "standing_as": {*ROLES},
    "step": {*deciding._STEPS.values(), "step_waiting"},
    "event.what": {*store.EVENTS},
    "proposal.state": {*store.STATES},
    "stage": {*store.STATES},
    "matter.matter": {*link._MATTERS},
    "one.severity": {severity.value for severity in Severity},
    "phrase": {w for one in PANELS for w in (one.heading, one.short) if w and isinstance(w, str)},
}
"""Keys that templates are given by the code, by the expression that holds them."""

_WORDING = {"t", "plural"}
"""Functions of templates whose first argument is a key."""

Known = Mapping[str, frozenset[str]]


def forms(key: str) -> Iterator[tuple[str, str]]:
    """Give a phrase in all its forms, each with its language."""
    for tag, known in PHRASES.items():
        yield from ((tag, form) for form in known[key])


def messages(language: str) -> Iterator[Message]:
    """Give what the file of a language says."""
    folder = WEB / "locale"
    name = "citylinks.pot" if language == "en" else f"{language}/LC_MESSAGES/citylinks.po"
    with (folder / name).open("rb") as file:
        yield from (one for one in read_po(file, locale=language) if one.id)


@every_row("tag", terms.LANGUAGES[1:])
def test_a_catalogue_translates_what_the_template_has(tag: str) -> None:
    """`make words` brings the phrases of the template to the catalogues."""
    translated = {(one.context, one.id) for one in messages(tag) if not one.fuzzy}
    assert translated == {(one.context, one.id) for one in messages("en")}
    assert [key for key, found in PHRASES[tag].items() if not all(found)] == []


def terms_of_translators() -> Iterator[tuple[str, str]]:
    """Read the words that CONTRIBUTING.md has for each thing, with their languages."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = page.split("| English | Italian |")[1].partition("\n\n")[0]
    for row in table.splitlines()[2:]:
        yield from zip(("it", "fr", "de", "es"), row.strip("| ").split(" | ")[1:], strict=True)


@cache
def labels() -> str:
    """Read the ontology and its concept schemes, with their labels in all languages."""
    return "\n".join(f.read_text(encoding="utf-8") for f in (ROOT / "ontology").rglob("*.ttl"))


@every_row(("tag", "term"), list(terms_of_translators()))
def test_a_term_of_the_translators_is_in_use(tag: str, term: str) -> None:
    """Its catalogue has it, or else a label of the ontology."""
    labelled = re.findall(rf'"(.+)"@{tag}\b', labels())
    texts = itertools.chain(labelled, *PHRASES[tag].values())
    assert any(term.casefold() in text.casefold() for text in texts)


def test_problems_are_in_the_template_as_they_are_written() -> None:
    assert {key: PHRASES["en"].get(key) for key in PROBLEMS} == {
        key: (text,) for key, text in PROBLEMS.items()
    }


@every_row("key", PROBLEMS)
def test_a_problem_is_translated_as_it_is_written(key: str) -> None:
    """A title is no sentence, a meaning is one or more."""
    is_sentence = key.endswith(".meaning")
    for _, phrase in forms(key):
        assert phrase.endswith(".") is is_sentence
        assert phrase[0].isupper()


@every_row("key", [*WORDS, *PROBLEMS])
def test_a_phrase_is_written_cleanly(key: str) -> None:
    for tag, phrase in forms(key):
        assert phrase == phrase.strip() != ""
        if key in WORDS or tag != "en":
            assert not re.search(r"  |'|\.\.\.", phrase), (
                "one space, ’ and … as typography has them"
            )


def french() -> Iterator[str]:
    """Give all French that pages show."""
    yield from (form for found in PHRASES["fr"].values() for form in found)
    for query in saved_queries.read(shipped.query_files()):
        yield from (query.title["fr"], query.description["fr"])


@every_row("phrase", list(french()))
def test_french_has_a_no_break_space_before_high_punctuation(phrase: str) -> None:
    found = re.search(r"[^\u00a0][:;?!]", re.sub(r"Authorization:|\bcl:", "", phrase))
    assert not found, f"{phrase!r} lacks U+00A0 at {found[0]!r}"


@every_row("key", WORDS)
def test_a_sentence_is_a_sentence_in_every_language(key: str) -> None:
    if key != "as_of":
        assert len({phrase[-1] in ".:" for _, phrase in forms(key)}) == 1


PLACEHOLDER = re.compile(r"\{(\w+)\}")


@every_row("key", WORDS)
def test_a_phrase_has_the_same_placeholders_in_every_language(key: str) -> None:
    assert len({frozenset(PLACEHOLDER.findall(phrase)) for _, phrase in forms(key)}) == 1


@every_row("key", WORDS)
def test_a_phrase_counts_where_it_has_a_form_for_each_plural(key: str) -> None:
    counts = "{n}" in PHRASES["en"][key][0]
    assert {len(known[key]) for known in PHRASES.values()} == {2 if counts else 1}


def test_a_phrase_is_filled_in() -> None:
    assert language.word("nothing_found", "de", q="Xanadu") == "Keine Treffer für „Xanadu“."


@pytest.mark.parametrize(
    ("tag", "count", "worded"),
    [
        ("en", 0, "0 rows"),
        ("en", 1, "1 row"),
        ("en", 1200, "1,200 rows"),
        ("fr", 0, "0 ligne"),
        ("fr", 2, "2 lignes"),
        ("it", 1, "1 riga"),
        ("de", 1200, "1.200 Zeilen"),
        ("es", 1, "1 fila"),
    ],
)
def test_a_count_agrees_with_its_noun(tag: str, count: int, worded: str) -> None:
    assert language.plural("rows", count, tag) == worded


def test_templates_use_the_phrases_that_are_there_and_no_others() -> None:
    used = {key for template in TEMPLATES for key in used_in(template.read_text(encoding="utf-8"))}
    used |= {*officer.WORDS, *age.WORDS, *audit.WORDS, *changes.WORDS, *harvest.WORDS}
    used |= {*hints.WORDS, search.PASSED_OVER, *opening.WORDS, *editor.WORDS, *drafting.WORDS}
    used |= {*deciding.WORDS}
    used |= {*link_page.WORDS}
    used |= {key for key in WORDS if key.startswith(told.PREFIX)}
    assert used == {*WORDS}, {
        "missing": sorted(used - {*WORDS}),
        "unused": sorted({*WORDS} - used),
    }


def test_composed_keys_are_found() -> None:
    text = '{% for key, href in [("a", "#"), ("b", "/")] %}{{ t("door_" ~ key) }}{% endfor %}'
    assert set(used_in(text)) == {"door_a", "door_b"}


def used_in(template: str) -> Iterator[str]:
    """Find the keys that a template hands to `t` and `plural`, computed ones included."""
    return _calls(jinja2.Environment(autoescape=True).parse(template), {})


def _calls(node: nodes.Node, known: Known) -> Iterator[str]:
    """Walk a template; `known` holds the values that loops over literal lists give their names."""
    if isinstance(node, nodes.For):
        known = {**known, **_loop_values(node)}
    called = node.node if isinstance(node, nodes.Call) else None
    if isinstance(node, nodes.Call) and isinstance(called, nodes.Name) and called.name in _WORDING:
        yield from _values(node.args[0], known)
    for child in node.iter_child_nodes():
        yield from _calls(child, known)


def _loop_values(loop: nodes.For) -> dict[str, frozenset[str]]:
    """Give the literal values of each name of a loop."""
    if not isinstance(loop.iter, nodes.List):
        return {}
    targets = loop.target.items if isinstance(loop.target, nodes.Tuple) else [loop.target]
    rows = [item.items if isinstance(item, nodes.Tuple) else [item] for item in loop.iter.items]
    return {
        target.name: frozenset(str(c.value) for c in column if isinstance(c, nodes.Const))
        for target, column in zip(targets, zip(*rows, strict=True), strict=True)
        if isinstance(target, nodes.Name)
    }


def _values(node: nodes.Expr, known: Known) -> frozenset[str]:
    """Give every value that an expression can have."""
    if isinstance(node, nodes.Const):
        return frozenset({str(node.value)})
    if isinstance(node, nodes.Concat):
        found = frozenset({""})
        for part in node.nodes:
            found = frozenset(a + b for a in found for b in _values(part, known))
        return found
    if isinstance(node, nodes.Name):
        return known.get(node.name) or frozenset(COMPUTED[node.name])
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return frozenset(COMPUTED[f"{node.node.name}.{node.attr}"])
    raise AssertionError(f"a key is put together in a way that this test does not know: {node}")
