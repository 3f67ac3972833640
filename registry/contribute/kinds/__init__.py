"""The kinds of drafts, one in each module: its form, its checks, and its statements.

    link         what a source says of a link of two cities
    city         a name, an identifier, or the life of a city or region
    place        a city that the registry lacks
    practice     a practice: what it is, who bears it, where it is, how it travelled
    agreement    an agreement with the sides that signed it
    membership   a city takes part in a network, programme or project

To add a kind, write its module and list it here: forms, tables, words, checks, queue and publishing
follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from registry.contribute.kind import Kind
from registry.contribute.kinds.agreement import AGREEMENT
from registry.contribute.kinds.city import CITY
from registry.contribute.kinds.link import LINK
from registry.contribute.kinds.membership import MEMBERSHIP
from registry.contribute.kinds.place import PLACE
from registry.contribute.kinds.practice import PRACTICE

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind for kind in (LINK, CITY, PLACE, PRACTICE, AGREEMENT, MEMBERSHIP)
}
"""All kinds by name, in the order in which they are offered."""
