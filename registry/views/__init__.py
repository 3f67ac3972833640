"""Views: what is computed once for each release, and read many times.

The table lists what publishing writes into the folder of a release, in this order: a view may read
those before it. Statistics and the tables of lists are computed when they are first asked for, and
the feed describes all releases, so they are not listed here.
"""

from __future__ import annotations

from typing import Any, Final

from registry.releases.reading import View
from registry.views.counts import COUNTS
from registry.views.dumps import DUMPS
from registry.views.links import LINKS
from registry.views.linksets import LINKSETS
from registry.views.names import NAMES
from registry.views.positions import POSITIONS

VIEWS: Final[tuple[View[Any], ...]] = (NAMES, LINKS, POSITIONS, LINKSETS, COUNTS, DUMPS)
