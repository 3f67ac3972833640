"""Licences: which of them want what is made of a graph to be shared alike, and what follows.

A graph stands under the licence that it names. What is made of several graphs, the derived graph
and every merge of all, stands under CC BY 4.0, and under a share-alike licence as soon as one of
its sources does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from registry.problems import Problem

CC_BY: Final = "https://creativecommons.org/licenses/by/4.0/"
CC_BY_SA: Final = "https://creativecommons.org/licenses/by-sa/4.0/"

_SHARE_ALIKE: Final = re.compile(
    r"^https?://(?:creativecommons\.org/licenses/(?:by-sa|by-nc-sa)/"
    r"|spdx\.org/licenses/(?:CC-BY-SA|CC-BY-NC-SA|ODbL|GFDL)-"
    r"|(?:www\.)?opendatacommons\.org/licenses/odbl/?)",
    re.IGNORECASE,
)
_BY_SA: Final = re.compile(
    r"^https?://(?:creativecommons\.org/licenses/by-sa/|spdx\.org/licenses/CC-BY-SA-)",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"^https?://(?:creativecommons\.org/(?:licenses/([a-z-]+)|publicdomain/zero)/([0-9.]+)"
    r"|spdx\.org/licenses/([^/]+))",
    re.IGNORECASE,
)


def is_share_alike(licence: str) -> bool:
    """Whether a licence wants what is made of the data to stand under the same terms.

    >>> is_share_alike(CC_BY_SA), is_share_alike("https://spdx.org/licenses/ODbL-1.0")
    (True, True)
    >>> is_share_alike(CC_BY), is_share_alike("https://spdx.org/licenses/MIT")
    (False, False)
    """
    return bool(_SHARE_ALIKE.match(licence))


def of_whole(licences: Iterable[str]) -> str:
    """Return the licence under which what is made of all of these graphs stands.

    Of CC BY-SA every version may be passed on under version 4.0.

    Raises
    ------
    Problem
        `conflict` when two share-alike licences contradict each other.

    """
    found = {CC_BY_SA if _BY_SA.match(one) else one for one in licences if is_share_alike(one)}
    if len(found) > 1:
        both = " and ".join(sorted(found))
        raise Problem(
            "conflict",
            f"nothing can be made of graphs under {both} together; leave those of one of them out",
        )
    return found.pop() if found else CC_BY


def label(licence: str) -> str:
    """Return the usual short name of a licence; its address where it has none.

    >>> label(CC_BY_SA), label("https://spdx.org/licenses/MIT"), label("https://example.org/terms")
    ('CC BY-SA 4.0', 'MIT', 'https://example.org/terms')
    >>> label("https://creativecommons.org/publicdomain/zero/1.0/")
    'CC0 1.0'
    """
    found = _LABEL.match(licence)
    if found is None:
        return licence
    terms, version, spdx = found.groups()
    return spdx or (f"CC {terms.upper()} {version}" if terms else f"CC0 {version}")
