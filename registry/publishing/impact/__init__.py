"""Impact: which nodes a change can affect, from what queries, rules and shapes read.

A query says what it reads, so this need not be written down beside it: its patterns become paths
from the node that it is about. Followed forwards from a node, they lead to all that its result
depends on (`surroundings`); followed backwards from a triple that came or went, to the nodes whose
result may be another one (`origins`). Only these are derived and validated again.

A rule that counts the sources of a link, and the paths that are made of its patterns:

    ?link cl:claim ?c . ?c cl:supportedBy ?p . ?p cl:passageOf ?document

    link ─ cl:claim ─▶ claim ─ cl:supportedBy ─▶ passage ─ cl:passageOf ─▶ document

A publish replaces `P cl:passageOf D1` by `P cl:passageOf D2`. That is the last step of the path,
so the way back takes the steps before it against their direction:

    P ◀─ cl:supportedBy ─ C1, C2 ◀─ cl:claim ─ L1, L2      the rule runs for L1 and L2 alone

Where a query reads a triple from which no pattern leads back to its node, any change of such
triples concerns every node (`Reads.elsewhere`), and all is computed again.
"""

from registry.publishing.impact.changes import Changes
from registry.publishing.impact.paths import (
    ANY,
    Path,
    Reads,
    Step,
    origins,
    surroundings,
)
from registry.publishing.impact.recorded import reads, subject
from registry.publishing.impact.restriction import restricted

__all__ = [
    "ANY",
    "Changes",
    "Path",
    "Reads",
    "Step",
    "origins",
    "reads",
    "restricted",
    "subject",
    "surroundings",
]
