"""What the commands share by which people decide on things: reason, author, preview, outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import click

from registry import terms
from registry.cli.opening import open_workspace
from registry.problems import Problem

if TYPE_CHECKING:
    from registry.cli.options import Command
    from registry.cli.output import Output
    from registry.publishing.curation import Doubt, Hanging, Preview
    from registry.publishing.plan import Change
    from registry.releases.workspace import Workspace
    from registry.settings import Settings

MOST_NAMED: Final = 20
"""Things that a preview names."""

_OPTIONS: Final = (
    click.option("--reason", required=True, help="Why; it is published with the change."),
    click.option("--by", required=True, metavar="NAME", help="Who decides; it is published, too."),
    click.option("--apply", "applied", is_flag=True, help="Do it; else only show what it does."),
)


@dataclass(frozen=True)
class Decision:
    """Who decides, why, and whether it is carried out or only shown."""

    reason: str
    by: str
    applied: bool


def deciding(command: Command) -> Command:
    """Add --reason, --by and --apply to a command; it is called with a `Decision`."""

    @wraps(command)
    def run(reason: str, by: str, applied: bool, **given: Any) -> None:
        command(decision=Decision(_told(reason), _told(by), applied), **given)

    for add in reversed(_OPTIONS):
        run = add(run)
    return run


Decide = Callable[["Workspace", "Settings"], "Change"]
"""Makes the change that people decided on."""


def carry_out(
    decide: Decide, decision: Decision, output: Output, doubts: Sequence[Doubt] = ()
) -> None:
    """Show what a change would do, and what speaks against it; or do it.

    Raises
    ------
    Problem
        `data-invalid`, with the report, where the shapes refuse it.

    """
    from registry.publishing.curation import preview
    from registry.publishing.transaction import publish

    settings, workspace = open_workspace()
    change = replace(decide(workspace, settings), reason=decision.reason, by=decision.by)
    with output.progress():
        if decision.applied:
            output.outcome(publish(workspace, settings, change))
            return
        seen = preview(workspace, settings, change)
    names = called(workspace, [*seen.things[:MOST_NAMED], *(one.iri for one in seen.hanging)])
    told = {"doubts": [one.text for one in doubts]}
    output.result(as_json(seen, change) | told, [*as_doubts(doubts), *as_lines(seen, names)])
    refuse(seen)


def called(workspace: Workspace, iris: Iterable[str]) -> dict[str, str]:
    """Return what things are called in English, or any language, in the current release."""
    from registry.releases.reading import Shelf
    from registry.things.labels import Labels
    from registry.things.lookup import Lookup

    release = Shelf(workspace).current()
    labels = Labels(Lookup(release.store), ("en",))
    return {iri: labels.of(iri).text for iri in iris}


def as_doubts(doubts: Sequence[Doubt]) -> list[str]:
    """Tell people what speaks against a merger."""
    if not doubts:
        return []
    return [
        *(f"warning: {one.text}" for one in doubts),
        "these may be two: --sure says they are not",
    ]


def refuse(seen: Preview) -> None:
    """Refuse, with the report, a change that the shapes refuse."""
    if not seen.report.conforms:
        raise Problem("data-invalid", "the shapes refuse it", report=seen.report)


def _told(text: str) -> str:
    """Return a text that is published, in one line."""
    told = " ".join(text.split())
    if not told:
        raise click.UsageError("--reason and --by cannot be empty")
    return told


def as_json(seen: Preview, change: Change) -> dict[str, Any]:
    """Return what a change would do, for --json."""
    return {
        "applied": False,
        "decided": {what: list(iris) for what, iris in change.things.items()},
        "graphs": {i: {"removed": gone, "added": come} for i, (gone, come) in seen.graphs.items()},
        "things": list(seen.things),
        "hanging": [one.iri for one in seen.hanging],
        "report": seen.report.counts,
    }


def as_lines(seen: Preview, names: Mapping[str, str]) -> list[str]:
    """Tell people what a change would do."""
    graphs = [
        f"{iri.removeprefix(terms.GRAPH)}: {gone} removed, {come} added"
        for iri, (gone, come) in seen.graphs.items()
    ]
    things = [_named(iri, names) for iri in seen.things[:MOST_NAMED]]
    more = len(seen.things) - len(things)
    return [
        *graphs,
        f"{len(seen.things)} things change, and the pages that name them:",
        *things,
        *([f"  and {more} more"] if more else []),
        seen.report.counted,
        *_as_hanging(seen.hanging, names),
        "nothing was changed yet: --apply does it",
    ]


def _as_hanging(hanging: Sequence[Hanging], names: Mapping[str, str]) -> list[str]:
    """Tell people what cannot stay without what is withdrawn."""
    if not hanging:
        return []
    told = [f"{_named(one.iri, names)}: {one.message}" for one in hanging]
    refs = " ".join(one.iri.removeprefix(terms.ID) for one in hanging)
    return ["these hang on it, and cannot stay without it:", *told, f"name them as well: {refs}"]


def _named(iri: str, names: Mapping[str, str]) -> str:
    """Return the reference of a thing, and what it is called."""
    ref, name = iri.removeprefix(terms.ID), names.get(iri, "")
    return f"  {ref} ({name})" if name and name != ref else f"  {ref}"
