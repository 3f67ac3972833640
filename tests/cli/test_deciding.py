"""`citylinks merge`, `withdraw`, `redact` and `undo`: shown first, done when told so."""

from __future__ import annotations

from registry.releases import log
from registry.releases.workspace import Workspace
from tests.cli.running import Run, version_of
from tests.tables import every_row

LINK = "link/duisburg-2934691--perm-511196"
WHY = ("--reason", "It was a mistake", "--by", "Anna")


def test_a_withdrawal_is_shown_and_then_done(cli: Run, own: Workspace) -> None:
    before = version_of(own)
    shown = cli("withdraw", LINK, *WHY)
    assert shown.code == 0
    assert shown.out.splitlines()[:3] == [
        "cities: 0 removed, 2 added",
        "perm-twins: 20 removed, 0 added",
        "3 things change, and the pages that name them:",
    ]
    assert shown.out.endswith("nothing was changed yet: --apply does it\n")
    body = cli("withdraw", LINK, *WHY, "--json").json
    assert body["applied"] is False
    assert body["decided"] == {"withdrawn": [f"https://w3id.org/citylinks/id/{LINK}"]}
    assert len(body["things"]) == 3
    assert version_of(own) == before
    assert cli("withdraw", LINK, *WHY, "--apply", "-q") == (0, "", "")
    event = log.read(own.log_path)[-1]
    assert (event.version, event.by) == (version_of(own), "Anna")
    assert event.reason == "It was a mistake"
    again = cli("withdraw", LINK, *WHY, "--apply")
    assert (again.code, again.out) == (1, "")
    assert again.err == f"citylinks: <https://w3id.org/citylinks/id/{LINK}> is withdrawn already\n"


def test_a_redaction_is_shown_and_then_done(cli: Run, own: Workspace) -> None:
    before = version_of(own)
    said = "article says more than 80"
    shown = cli("redact", "--text", said, *WHY)
    assert shown.code == 0
    assert shown.out.splitlines()[:2] == [
        f"releases that have it will be dropped: {before}",
        "perm-twins: 1 removed, 0 added",
    ]
    assert cli("redact", "--text", said, *WHY, "--json").json["dropped"] == [before]
    assert version_of(own) == before
    done = cli("redact", "--texts", "-", *WHY, "--apply", "--json", stdin=f"\n{said}\n").json
    assert done == {
        "applied": True,
        "version": version_of(own),
        "dropped": [before],
        "names": [],
    }
    assert own.versions() == [done["version"]]
    again = cli("redact", "--text", said, *WHY)
    told = "citylinks: nothing here has it: no release, no list, no proposal\n"
    assert (again.code, again.out, again.err) == (1, "", told)


def test_what_hangs_on_it_is_named(look: Run) -> None:
    shown = look("withdraw", "practice/community-centres", *WHY)
    assert shown.code == 1
    lines = shown.out.splitlines()
    found = lines[lines.index("these hang on it, and cannot stay without it:") + 1 : -1]
    one = "  transfer/community-centres/oxford-2640729--perm-511196 (Community centres, from Oxford"
    assert [line.startswith(one) for line in found] == [False, False, True, False]
    assert found[-1].startswith("name them as well: implementation/community-centres/oxford-")


def test_doubts_about_a_merger_are_told(look: Run) -> None:
    told = "they lie 506 km apart"
    shown = look("merge", "amneville-3037838", "pavia-3171366", *WHY)
    assert (shown.code, shown.out.splitlines()[0]) == (0, f"warning: {told}")
    refused = look("merge", "amneville-3037838", "pavia-3171366", *WHY, "--apply")
    assert (refused.code, refused.out) == (1, "")
    assert told in refused.err
    assert "--sure" in refused.err


def test_a_publish_has_a_reason_and_an_author(cli: Run, own: Workspace) -> None:
    assert cli("publish", "--as-of", "2020-01-01", *WHY).code == 0
    event = log.read(own.log_path)[-1]
    assert (event.by, event.reason) == ("Anna", "It was a mistake")


def test_what_the_shapes_refuse_is_shown_with_their_report(cli: Run, own: Workspace) -> None:
    before = version_of(own)
    for more in ((), ("--apply",)):
        done = cli("merge", "duisburg-2934691", "perm-511196", "--sure", *WHY, *more)
        assert done.code == 1
        assert "A city cannot take up a practice from itself" in done.err
    assert version_of(own) == before


@every_row(
    ("arguments", "code", "told"),
    [
        (("withdraw", LINK), 2, "Missing option '--reason'"),
        (("withdraw", *WHY), 2, "Missing argument 'REFS...'"),
        (("redact", *WHY), 2, "name REFS, or words by --text"),
        (("redact", "--text", "link", *WHY), 1, "which this software brings"),
        (("redact", "--text", "abc", *WHY), 1, "a text has 4 characters at least"),
        (("merge", "perm-511196", *WHY), 2, "Missing argument 'INTO'"),
        (("withdraw", LINK, "--reason", " ", "--by", "Anna"), 2, "cannot be empty"),
        (("split", "perm-511196", "pavia-3171366", *WHY), 1, "say which statements move"),
        (("withdraw", "Perm!", *WHY), 1, "'Perm!' is not a reference such as city/perm-511196"),
        (("withdraw", "city/nowhere-7", *WHY), 1, "nothing is known of"),
        (("merge", "perm-511196", LINK, *WHY), 1, "two different things of one kind"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], code: int, told: str, look: Run) -> None:
    done = look(*arguments)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert code == 2 or done.err.count("\n") == 1


def test_a_publish_is_undone(cli: Run, own: Workspace) -> None:
    before = {iri: graph.sha256 for iri, graph in own.released()[1].items()}
    done = cli("withdraw", LINK, *WHY, "--apply", "--json").json["version"]
    shown = cli("undo", done[:8], *WHY)
    assert (shown.code, shown.out.splitlines()[0]) == (0, "cities: 2 removed, 0 added")
    assert cli("undo", done, *WHY, "--apply", "-q") == (0, "", "")
    assert {iri: graph.sha256 for iri, graph in own.released()[1].items()} == before
