"""The log of a server: one JSON object a line, on standard error."""

from __future__ import annotations

import logging
from typing import Final

from registry.json_log import log_to_standard_error
from registry.settings import Settings

_LEVELS: Final = {"all": logging.INFO, "slow": logging.WARNING, "none": logging.CRITICAL}
"""The lowest level of queries that are logged, by the setting `log`."""


def to_standard_error(settings: Settings) -> None:
    """Let the server's log go to standard error."""
    log_to_standard_error()
    logging.getLogger("citylinks.queries").setLevel(_LEVELS[settings.log])
