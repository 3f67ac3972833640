"""The log of a server: one JSON object a line, on standard error."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Final

from registry.settings import Settings

_LEVELS: Final = {"all": logging.INFO, "slow": logging.WARNING, "none": logging.CRITICAL}
"""From which level queries are told, by the setting `log`."""


class Lines(logging.Formatter):
    """Writes a record as a line of JSON: when, how grave, what, and the fields that it has."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["trouble"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def to_standard_error(settings: Settings) -> None:
    """Let the server's log go to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    log = logging.getLogger("citylinks")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
    logging.getLogger("citylinks.queries").setLevel(_LEVELS[settings.log])
