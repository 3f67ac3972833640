"""The identity ledger: references are minted once, and mergers are followed to their end."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import shipped, terms
from registry.identity.ledger import (
    COLUMNS,
    CORRECTED,
    REVIVED,
    RULE,
    SPLIT,
    WITHDRAWN,
    Ledger,
    LedgerEntry,
    LedgerError,
    continued,
    extended,
    read,
)
from tests.tables import every_row

PAVIA, PAVIE, PERM = "pavia-3171366", "pavie-9", "perm-511196"


def line(
    kind: str, ref: str, replaced_by: str = "", *, items: str = "", decided: str = "curator"
) -> str:
    cells = [ref, kind, "", items, "", "A name", decided, "2026-11-23", replaced_by]
    return "\t".join(cells)


def city(ref: str, replaced_by: str = "", items: str = "") -> str:
    return line("city", ref, replaced_by, items=items)


def corrected(ref: str, items: str = "", replaced_by: str = "") -> str:
    return line("city", ref, replaced_by, items=items, decided=CORRECTED)


def split(ref: str, replaced_by: str = "") -> str:
    return line("city", ref, replaced_by, decided=SPLIT)


def ledger(tmp_path: Path, *lines: str) -> Ledger:
    path = tmp_path / "identity.tsv"
    path.write_text("\n".join(["\t".join(COLUMNS), *lines, ""]), encoding="utf-8")
    return read(path)


def thing(path: str) -> str:
    return terms.ID + path


def test_the_shipped_ledger_is_read() -> None:
    found = read(shipped.LEDGER)
    assert found.entries[0].iri == thing("city/pavia-3171366")
    assert found.entries[0].label == "Pavia"
    assert (found.merged, found.moved, found.stubs()) == ({}, {}, [])


BROKEN = {
    "split, but never merged": [city(PAVIA), split(PAVIA)],
    "split, but never minted": [split(PAVIA)],
    "split, but withdrawn": [city(PAVIA), city(PAVIA, WITHDRAWN), split(PAVIA)],
    "split into another": [city(PAVIA), city(PAVIE), city(PAVIE, PAVIA), split(PAVIE, PAVIA)],
    "minted twice": [city(PAVIA), city(PERM), city(PAVIA)],
    "unmerged": [city(PAVIA), city(PAVIE), city(PAVIE, PAVIA), city(PAVIE)],
    "merged before it was minted": [city(PAVIA), city(PAVIE, PAVIA)],
    "withdrawn before it was minted": [city(PAVIA), city(PAVIE, WITHDRAWN)],
    "minted again after it was withdrawn": [city(PAVIA), city(PAVIA, WITHDRAWN), city(PAVIA)],
    "merged into what was never minted": [city(PAVIE), city(PAVIE, PAVIA)],
    "merged into itself": [city(PAVIA), city(PAVIA, PAVIA)],
    "a ring of three": [city(r) for r in "abc"] + [city("a", "b"), city("b", "c"), city("c", "a")],
    "a ring of a link and its city": [
        city("a"), city("b"), city("c"), line("link", "a--c"), line("link", "b--c"),
        city("b", "a"), line("link", "a--c", "b--c"),
    ],
    "corrected after it was merged": [city(PAVIA), city(PAVIE), city(PAVIE, PAVIA),
                                      corrected(PAVIE, "Q1")],
    "corrected after it was withdrawn": [city(PAVIA), city(PAVIA, WITHDRAWN), corrected(PAVIA)],
    "a link of an unknown city withdrawn": [city(PAVIA), line("link", f"{PAVIA}--x-1", WITHDRAWN)],
    "a claim of an unknown city merged": [
        city(PAVIA), city(PERM),
        line("claim", f"{PAVIA}--x-1/list/1", f"{PAVIA}--{PERM}/list/1"),
    ],
    "a claim without its row": [
        city(PAVIA), city(PERM), line("claim", f"{PAVIA}--{PERM}", WITHDRAWN),
    ],
    "a link merged into one of an unknown city": [
        city(PAVIA), city(PERM), line("link", f"{PAVIA}--{PERM}", f"{PAVIA}--x-1"),
    ],
    "a ring of two links": [
        city("a"), city("b"), city("c"), line("link", "a--b", "a--c"), line("link", "a--c", "a--b"),
    ],
    "a city in force revived": [city(PAVIA), line("city", PAVIA, decided=REVIVED)],
    "revived as another": [
        city("a"), city("b"), city("c"), line("link", "a--b", "a--c"),
        line("link", "a--b", "b--c", decided=REVIVED),
    ],
    "a link of an unknown city revived": [city("a"), line("link", "a--b", decided=REVIVED)],
    "a malformed reference": [city("Pavia")],
    "a malformed kind": [line("City", PAVIA)],
    "a missing cell": [city(PAVIA).rpartition("\t")[0]],
    "one cell too many": [city(PAVIA) + "\t"],
    "an empty line": [city(PAVIA), "", city(PERM)],
}  # fmt: skip

WORDS = {
    "split, but never merged": "line 3: .*pavia-3171366 is split, but was not merged",
    "split, but never minted": "line 2: .*pavia-3171366 is split, but was not merged",
    "split, but withdrawn": "line 4: .*pavia-3171366 is split, but was not merged",
    "split into another": "line 5: .*pavie-9 is split, but was not merged",
    "a city in force revived": "line 3: .*pavia-3171366 is revived, but is no link or claim",
    "revived as another": "line 6: .*a--b is revived, but is no link or claim",
    "a link of an unknown city revived": "line 3: .*a--b is revived, but is no link or claim",
    "minted twice": "line 4: https://w3id.org/citylinks/id/city/pavia-3171366 is minted twice",
    "unmerged": "line 5: .* is minted twice",
    "merged before it was minted": "line 3: .*pavie-9 is merged, but was never minted",
    "withdrawn before it was minted": "line 3: .*pavie-9 is withdrawn, but was never minted",
    "minted again after it was withdrawn": "line 4: .*pavia-3171366 is minted twice",
    "merged into what was never minted": "pavia-3171366, which was never minted",
    "merged into itself": "line 3: .* is replaced by itself",
    "a ring of three": "is replaced by itself in the end",
    "a ring of a link and its city": "is replaced by itself in the end",
    "corrected after it was merged": "line 5: .*pavie-9 is corrected, but was given up",
    "corrected after it was withdrawn": "line 4: .*pavia-3171366 is corrected, but was given up",
    "a link of an unknown city withdrawn": "line 3: .* is withdrawn, but was never minted",
    "a claim of an unknown city merged": "line 4: .* is merged, but was never minted",
    "a claim without its row": "line 4: .* is withdrawn, but was never minted",
    "a link merged into one of an unknown city": "which was never minted",
    "a ring of two links": "is replaced by itself in the end",
    "a malformed reference": "line 2: 'Pavia' is not a reference",
    "a malformed kind": "line 2: 'City' is not a kind",
    "a missing cell": "line 2: 8 cells, not 9",
    "one cell too many": "line 2: 10 cells, not 9",
    "an empty line": "line 3: 0 cells, not 9",
}


@pytest.mark.parametrize("kind", ["city", "heritage-asset"])
def test_a_kind_is_words_with_hyphens(tmp_path: Path, kind: str) -> None:
    (entry,) = ledger(tmp_path, line(kind, "toll-tower")).entries
    assert entry.iri == terms.thing(kind, "toll-tower")


@pytest.mark.parametrize("case", [*BROKEN])
def test_a_ledger_that_contradicts_itself_is_refused(tmp_path: Path, case: str) -> None:
    with pytest.raises(LedgerError, match=WORDS[case]):
        ledger(tmp_path, *BROKEN[case])


@pytest.mark.parametrize("content", [b"", b"ref\tkind\n", b"\xff", b"ref\0kind"])
def test_what_is_no_ledger_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "identity.tsv"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"identity\.tsv"):
        read(path)
    with pytest.raises(LedgerError, match="cannot be read"):
        read(tmp_path / "elsewhere.tsv")


MERGED = [city(PAVIA), city(PAVIE), city(PERM), city("a-1"), city("b-2"), city(PAVIE, PAVIA)]

CURRENT = {
    "city/pavie-9": "city/pavia-3171366",
    "city/perm-511196": "city/perm-511196",
    "link/pavie-9--perm-511196": "link/pavia-3171366--perm-511196",
    "link/a-1--pavie-9": "link/a-1--pavia-3171366",
    "link/pavie-9--pb-1": "link/pavia-3171366--pb-1",
    "link/paz-1--pavie-9": "link/pavia-3171366--paz-1",
    "claim/pavie-9--perm-511196/perm-twins/p2": "claim/pavia-3171366--perm-511196/perm-twins/p2",
    "link/pavie-9-agreement": "link/pavie-9-agreement",
    "link/zeta--alpha": "link/zeta--alpha",
    "participation/cultcities/pavie-9": "participation/cultcities/pavie-9",
    "link/pavie-9--perm-511196--a-1": "link/pavie-9--perm-511196--a-1",
}


@pytest.mark.parametrize(("old", "new"), CURRENT.items())
def test_current(tmp_path: Path, old: str, new: str) -> None:
    """Links of two go with their cities, sorted anew; names of one's own stay as they are."""
    assert ledger(tmp_path, *MERGED).current(thing(old)) == thing(new)


def test_chains_are_followed_through_cities_and_links(tmp_path: Path) -> None:
    lines = [
        city("a"),
        city("b"),
        city("c"),
        city("d"),
        line("link", "a--d"),
        line("link", "founded"),
    ]
    merged = ledger(tmp_path, *lines, city("a", "b"), city("b", "c"))
    assert merged.current(thing("city/a")) == thing("city/c")
    assert merged.current(thing("claim/a--d/list/1")) == thing("claim/c--d/list/1")
    more = ledger(tmp_path, *lines, line("link", "founded", "a--d"), city("a", "b"), city("b", "c"))
    assert more.current(thing("link/founded")) == thing("link/c--d")


def test_every_minted_iri_that_moved_has_a_stub(tmp_path: Path) -> None:
    links = [line("link", f"{PAVIE}--{PERM}"), line("claim", f"{PAVIE}--{PERM}/perm-twins/p2")]
    found = ledger(tmp_path, *MERGED[:-1], *links, MERGED[-1])
    assert found.moved == {
        thing(f"city/{PAVIE}"): thing(f"city/{PAVIA}"),
        thing(f"claim/{PAVIE}--{PERM}/perm-twins/p2"): thing(
            f"claim/{PAVIA}--{PERM}/perm-twins/p2"
        ),
        thing(f"link/{PAVIE}--{PERM}"): thing(f"link/{PAVIA}--{PERM}"),
    }
    stubs = [str(triple) for triple in found.stubs()]
    assert len(stubs) == 6
    assert stubs[:2] == [
        f"<{thing('city/pavie-9')}> <http://www.w3.org/2002/07/owl#deprecated> "
        '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>',
        f"<{thing('city/pavie-9')}> <http://purl.org/dc/terms/isReplacedBy> "
        f"<{thing('city/pavia-3171366')}>",
    ]


@every_row(
    ("lines", "items"),
    [
        ([city(PAVIA)], ()),
        ([city(PAVIA, items="Q6259")], ("Q6259",)),
        ([city(PAVIA, items="Q6259 Q1")], ("Q6259", "Q1")),
        ([corrected(PAVIA, "Q6259")], ("Q6259",)),
        ([city(PAVIA, items="Q1"), corrected(PAVIA, "Q6259 Q1")], ("Q6259", "Q1")),
        ([city(PAVIA, items="Q1"), corrected(PAVIA)], ()),
        ([city(PAVIA), corrected(PAVIA, "Q1"), corrected(PAVIA, "Q2")], ("Q2",)),
    ],
)
def test_the_last_line_states_the_items(
    lines: list[str], items: tuple[str, ...], tmp_path: Path
) -> None:
    (entry,) = ledger(tmp_path, *lines).entries
    assert entry.items == items


ONE, OTHER = f"{PAVIE}--{PERM}", f"{PAVIA}--{PERM}"
ROW, MOVED = f"{ONE}/list/1", f"{OTHER}/list/1"
CITIES = [city(PAVIA), city(PAVIE), city(PERM)]

REVISED = {
    "a link went elsewhere, with its claims": (
        [line("link", ONE, OTHER)],
        {f"link/{ONE}": f"link/{OTHER}", f"claim/{ROW}": f"claim/{MOVED}"},
        set(),
    ),
    "a link is stated no more, nor are its claims": (
        [line("link", ONE, WITHDRAWN)],
        {f"link/{OTHER}": f"link/{OTHER}"},
        {f"link/{ONE}", f"claim/{ROW}"},
    ),
    "a claim went elsewhere alone": (
        [line("claim", ROW, MOVED)],
        {f"link/{ONE}": f"link/{ONE}", f"claim/{ROW}": f"claim/{MOVED}",
         f"claim/{ONE}/list/2": f"claim/{ONE}/list/2"},
        set(),
    ),
    "a claim is withdrawn alone": (
        [line("claim", ROW, WITHDRAWN)],
        {f"link/{ONE}": f"link/{ONE}", f"claim/{ONE}/list/2": f"claim/{ONE}/list/2"},
        {f"claim/{ROW}"},
    ),
    "a claim went elsewhere, and its link is withdrawn": (
        [line("link", ONE, WITHDRAWN), line("claim", ROW, MOVED)],
        {f"claim/{ROW}": f"claim/{MOVED}"},
        {f"link/{ONE}", f"claim/{ONE}/list/2"},
    ),
    "a link went elsewhere without one of its claims": (
        [line("link", ONE, OTHER), line("claim", ROW, WITHDRAWN)],
        {f"link/{ONE}": f"link/{OTHER}", f"claim/{ONE}/list/2": f"claim/{OTHER}/list/2"},
        {f"claim/{ROW}"},
    ),
    "a link was withdrawn before its city was merged": (
        [line("link", ONE, WITHDRAWN), city(PAVIE, PAVIA)],
        {f"city/{PAVIE}": f"city/{PAVIA}"},
        {f"link/{ONE}", f"claim/{ROW}"},
    ),
    "a link that went elsewhere is withdrawn there": (
        [line("link", ONE, OTHER), line("link", OTHER, WITHDRAWN)],
        {},
        {f"link/{ONE}", f"link/{OTHER}", f"claim/{ROW}", f"claim/{MOVED}"},
    ),
    "a link that went elsewhere goes on with a merged city": (
        [city("a-1"), line("link", ONE, OTHER), city(PAVIA, "a-1")],
        {f"link/{ONE}": f"link/a-1--{PERM}", f"claim/{ROW}": f"claim/a-1--{PERM}/list/1"},
        set(),
    ),
}  # fmt: skip


@every_row("case", REVISED)
def test_lines_of_links_and_claims_are_followed(case: str, tmp_path: Path) -> None:
    lines, now, gone = REVISED[case]
    found = ledger(tmp_path, *CITIES, *lines)
    assert {old: found.current(thing(old)) for old in now} == {
        old: thing(new) for old, new in now.items()
    }
    assert not any(found.is_withdrawn(thing(old)) for old in now)
    assert all(found.is_withdrawn(thing(old)) for old in gone)
    given_up = {entry.iri for entry in found.given_up}
    assert {str(triple.subject).strip("<>") for triple in found.stubs()} >= given_up


def test_a_ledger_that_is_extended_reads_as_one_file(tmp_path: Path) -> None:
    more = [corrected(PAVIE, "Q1 Q2"), line("link", ONE, OTHER), line("claim", ROW, WITHDRAWN)]
    whole = ledger(tmp_path, *CITIES, *more)
    added = [LedgerEntry(*text.split("\t")) for text in more]
    assert extended(ledger(tmp_path, *CITIES), added) == whole
    with pytest.raises(LedgerError, match="never minted"):
        extended(ledger(tmp_path, *CITIES[:2]), added)


LINES = [city(PAVIA), city(PAVIE), city(PERM), line("link", f"{PAVIE}--{PERM}")]
LINES += [line("claim", f"{PAVIE}--{PERM}/list/1"), line("claim", "pact/list/2")]
LINES += [line("link", "pact"), line("event", f"fair/{PAVIE}")]

GONE = {
    "a city, with its links and their claims": (
        [city(PAVIE, WITHDRAWN)],
        {f"city/{PAVIE}", f"link/{PAVIE}--{PERM}", f"claim/{PAVIE}--{PERM}/list/1"},
    ),
    "a link, with its claims": (
        [line("link", f"{PAVIE}--{PERM}", WITHDRAWN)],
        {f"link/{PAVIE}--{PERM}", f"claim/{PAVIE}--{PERM}/list/1"},
    ),
    "a link with a name of its own": (
        [line("link", "pact", WITHDRAWN)],
        {"link/pact", "claim/pact/list/2"},
    ),
    "a claim alone": ([line("claim", "pact/list/2", WITHDRAWN)], {"claim/pact/list/2"}),
    "what was merged before": (
        [city(PAVIE, PAVIA), city(PAVIA, WITHDRAWN)],
        {
            f"city/{PAVIA}",
            f"city/{PAVIE}",
            f"link/{PAVIE}--{PERM}",
            f"claim/{PAVIE}--{PERM}/list/1",
        },
    ),
    "not what was merged after all": ([city(PAVIE, WITHDRAWN), city(PAVIE, PAVIA)], set()),
}


@pytest.mark.parametrize(("lines", "gone"), GONE.values(), ids=GONE.keys())
def test_what_is_withdrawn(tmp_path: Path, lines: list[str], gone: set[str]) -> None:
    found = ledger(tmp_path, *LINES, *lines)
    assert found.withdrawn == sorted(map(thing, gone))
    deprecated = {str(t.subject).strip("<>") for t in found.stubs() if t.object == ox.Literal(True)}
    assert deprecated == {*found.withdrawn, *found.moved}
    assert not set(found.withdrawn) & set(found.moved)


refs = st.sampled_from([f"c{n}" for n in range(6)])


@given(st.lists(st.tuples(refs, refs), max_size=6), refs, refs)
def test_current_is_the_end_of_the_road(mergers: list[tuple[str, str]], a: str, b: str) -> None:
    cells = ("", "", "", "", "", "")
    made = Ledger(tuple(LedgerEntry(old, "city", *cells, new) for old, new in mergers))
    try:
        ends = sorted(made.current(thing(f"city/{ref}")) for ref in (a, b))
    except LedgerError:
        return
    now = made.current(thing(f"link/{'--'.join(sorted([a, b]))}"))
    assert made.current(now) == now
    assert [thing(f"city/{ref}") for ref in now.removeprefix(thing("link/")).split("--")] == ends


def test_a_city_that_is_split_stands_for_itself_again(tmp_path: Path) -> None:
    merged = [city(PAVIA), city(PAVIE), city(PERM), city(PAVIE, PAVIA)]
    made = ledger(tmp_path, *merged, split(PAVIE))
    pavie, link = thing(f"city/{PAVIE}"), thing(f"link/{PAVIE}--{PERM}")
    assert ledger(tmp_path, *merged).current(link) == thing(f"link/{PAVIA}--{PERM}")
    assert (made.current(pavie), made.current(link)) == (pavie, link)
    assert made.moved == {}
    assert not made.is_withdrawn(pavie)
    again = ledger(tmp_path, *merged, split(PAVIE), corrected(PAVIE, "Q1"), city(PAVIE, PERM))
    assert again.current(pavie) == thing(f"city/{PERM}")


@pytest.mark.parametrize("end", [OTHER, WITHDRAWN])
def test_a_link_that_is_revived_stands_for_itself_again(tmp_path: Path, end: str) -> None:
    """As if it had never been given up, and as often as it is said; with its cities it goes on."""
    revived = line("link", ONE, decided=REVIVED)
    lines = [*CITIES, line("link", ONE, end), line("claim", ROW, WITHDRAWN), revived, revived]
    made = ledger(tmp_path, *lines)
    link = thing(f"link/{ONE}")
    assert (made.current(link), made.is_withdrawn(link)) == (link, False)
    assert made.is_withdrawn(thing(f"claim/{ROW}"))
    assert not made.is_withdrawn(thing(f"claim/{ONE}/list/2"))
    merged = ledger(tmp_path, *lines, city(PAVIE, PAVIA))
    assert merged.current(link) == thing(f"link/{OTHER}")
    gone = ledger(tmp_path, *lines, line("link", ONE, WITHDRAWN))
    assert gone.is_withdrawn(link)


@every_row(
    ("given_up", "stated", "revived"),
    [
        (line("link", ONE, OTHER, decided=RULE), {f"link/{ONE}"}, [ONE]),
        (line("link", ONE, WITHDRAWN, decided=RULE), {f"link/{ONE}"}, [ONE]),
        (line("claim", ROW, WITHDRAWN, decided=RULE), {f"link/{ONE}", f"claim/{ROW}"}, [ROW]),
        (line("link", ONE, OTHER, decided=RULE), {f"link/{OTHER}", f"claim/{ROW}"}, []),
        (line("link", ONE, WITHDRAWN, decided="Ana"), {f"link/{ONE}"}, []),
        (line("city", PAVIE, WITHDRAWN, decided=RULE), {f"city/{PAVIE}"}, []),
    ],
)
def test_what_rules_gave_up_and_is_stated_is_revived(
    given_up: str, stated: set[str], revived: list[str], tmp_path: Path
) -> None:
    made = ledger(tmp_path, *CITIES, given_up)
    lines = made.revivals({*map(thing, stated)}, "2026-11-29")
    assert [one.ref for one in lines] == revived
    after = extended(made, lines)
    assert after.given_up == (() if revived else made.given_up)
    assert after.revivals({*map(thing, stated)}, "2026-11-29") == []


def own(*lines: str) -> bytes:
    return "\n".join(["\t".join(COLUMNS), *lines, ""]).encode()


@every_row(
    "lines",
    [
        [city(PAVIA)],
        [city(PAVIA, items="Q9")],
        [split(PAVIA)],
        [corrected(PERM, "Q9")],
        [city(PERM)],
        [line("link", ONE, decided=REVIVED)],
    ],
)
def test_what_is_shipped_may_have_minted_since_what_a_workspace_did(
    lines: list[str], tmp_path: Path
) -> None:
    """A new version of what is shipped says it once more, or has given it up."""
    shipped = ledger(tmp_path, *CITIES, city(PERM, WITHDRAWN))
    made = continued(shipped, "own.tsv", own(*lines, city("a-1"), city("a-1", PAVIA)))
    assert made.current(thing("city/a-1")) == thing(f"city/{PAVIA}")
    assert made.is_withdrawn(thing(f"city/{PERM}"))
    assert made.current(thing(f"city/{PAVIA}")) == thing(f"city/{PAVIA}")


@every_row(
    ("lines", "why"),
    [
        ([city("a-1"), city("a-1")], "own.tsv, line 3: .* is minted twice"),
        ([city(PAVIA, PAVIA)], "is replaced by itself"),
        ([city(PAVIA, "a-1")], "which was never minted"),
        ([corrected("a-1"), split("a-1")], "line 3: .* is split, but was not merged"),
    ],
)
def test_what_a_workspace_says_of_its_own_is_checked(
    lines: list[str], why: str, tmp_path: Path
) -> None:
    with pytest.raises(LedgerError, match=why):
        continued(ledger(tmp_path, *CITIES), "own.tsv", own(*lines))
