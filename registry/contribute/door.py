"""The door through which people contribute: it is open where somebody decides on what comes in."""

from __future__ import annotations

from dataclasses import dataclass, field

from registry.contribute.rates import Rate
from registry.contribute.stamps import Stamps
from registry.contribute.store import Proposals
from registry.contribute.tokens import Tokens
from registry.settings import Settings


@dataclass(frozen=True)
class Door:
    """What forms need of a workspace, shared by all requests."""

    settings: Settings
    proposals: Proposals = field(init=False)
    tokens: Tokens = field(init=False)
    stamps: Stamps = field(init=False)
    forms: Rate = field(init=False)

    def __post_init__(self) -> None:
        """Make the parts, all of the same workspace."""
        home = self.settings.home
        made = {
            "proposals": Proposals(home, self.settings.contribution_days),
            "tokens": Tokens(home),
            "stamps": Stamps(home),
            "forms": Rate(self.settings.contribution_rate, "forms"),
        }
        for name, part in made.items():
            object.__setattr__(self, name, part)

    @property
    def is_open(self) -> bool:
        """Whether proposals are taken: somebody has to decide on them."""
        return self.tokens.has_editor()

    def stamp(self, purpose: str) -> str:
        """Return a stamp for a form; empty where none is taken, and nothing is to be written."""
        return self.stamps.new(purpose) if self.is_open else ""
