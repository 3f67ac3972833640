"""Acts: what editors decide on things by a form, each a change that is shown before it is done.

merge      the first thing is the second one: one record stays, the other leads to it
split      what is said of the first city, with some partners or in some graphs, is the second's
withdraw   what should not be here is gone, with the reason
redact     what the law wants to be gone leaves every release and file
undo       what one publish changed is taken back
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from registry.problems import Problem
from registry.publishing import curation, redaction, undoing
from registry.publishing.curation import Doubt
from registry.publishing.plan import Change
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources.splitting import chosen_by, split

MERGE: Final = "merge"
SPLIT: Final = "split"
WITHDRAW: Final = "withdraw"
REDACT: Final = "redact"
UNDO: Final = "undo"
ACTS: Final = (MERGE, SPLIT, WITHDRAW, REDACT, UNDO)

MOST: Final = 200
"""Things, partners, graphs or texts that one act names at most."""


@dataclass(frozen=True)
class Act:
    """What an editor decides, why, and whether doubts about it were seen.

    `things` are IRIs: of a merger the old and the new one, of a split the two cities.
    """

    what: str
    by: str
    reason: str
    things: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    graphs: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    release: str = ""
    sure: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no act of ours; `bad-parameter`."""
        if self.what not in ACTS:
            raise Problem("bad-parameter", f"act is one of {', '.join(ACTS)}")
        if max(map(len, (self.things, self.partners, self.graphs, self.texts))) > MOST:
            raise Problem("bad-parameter", f"name up to {MOST} at once")
        if self.what in {MERGE, SPLIT} and len(self.things) != 2:
            raise Problem("bad-parameter", "name two different things")
        if self.what == WITHDRAW and not self.things:
            raise Problem("bad-parameter", "name what is to be withdrawn")
        if self.what == UNDO and not self.release:
            raise Problem("bad-parameter", "name the release whose publish is taken back")
        if self.what == REDACT:
            if not self.things and not self.texts:
                raise Problem("bad-parameter", "name things, or words that must stand nowhere")
            self.wanted.refuse_told(self.by, self.reason)

    @property
    def wanted(self) -> redaction.Wanted:
        """What a redaction removes."""
        return redaction.Wanted(self.things, self.texts)

    def doubts(self, workspace: Workspace) -> list[Doubt]:
        """Return what speaks against it, and an editor has to be sure about."""
        return curation.doubts(workspace, *self.things) if self.what == MERGE else []

    def change(self, workspace: Workspace, settings: Settings) -> Change:
        """Return the change that it makes; of a redaction, in the current release.

        Raises
        ------
        Problem
            Where it cannot be decided.

        """
        if self.what == MERGE:
            made = curation.merge(workspace, settings, *self.things)
        elif self.what == SPLIT:
            chosen = chosen_by(self.things[0], self.things[1], self.partners, self.graphs)
            made = split(workspace, settings, chosen)
        elif self.what == WITHDRAW:
            made = curation.withdraw(workspace, settings, self.things)
        elif self.what == UNDO:
            made = undoing.undo(workspace, settings, self.release)
        else:
            made = redaction.find(workspace, settings, self.wanted).change
        return replace(made, by=self.by, reason=self.reason)

    def as_json(self) -> dict[str, Any]:
        """Return its fields."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Act:
        """Read what `as_json` returned."""
        lists = {name: tuple(told[name]) for name in ("things", "partners", "graphs", "texts")}
        return cls(**{**told, **lists})


def refuse_doubtful(doubts: Sequence[Doubt], *, sure: bool) -> None:
    """Refuse what there are doubts about, until somebody says that they are sure; `conflict`."""
    if doubts and not sure:
        told = ", ".join(doubt.text for doubt in doubts)
        how = "--sure, or the box of the form, says that they are one"
        detail = f"these may be two cities, for {told}; {how}"
        raise Problem("conflict", detail, doubts=[asdict(doubt) for doubt in doubts])
