"""Dates as this project writes them: a year, a month or a day."""

from __future__ import annotations

import re
from typing import Final

DATE: Final = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
"""xsd:gYear, xsd:gYearMonth or xsd:date without a time zone."""
