"""Log records as lines of JSON (https://jsonlines.org/), for every process of a server."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class Lines(logging.Formatter):
    """Writes a record as a line of JSON: time, level, event, and the record's own fields."""

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


def log_to_standard_error() -> None:
    """Send the log of this process, from level INFO on, to its standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    log = logging.getLogger("citylinks")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
