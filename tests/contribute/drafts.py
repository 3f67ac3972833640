"""A form as somebody fills it in, for the tests of contributions."""

from __future__ import annotations

from typing import Final

TODAY: Final = "2026-11-30"

FILLED: Final = {
    "one": "pavia-3171366",
    "other": "perm-511196",
    "says": "linked",
    "kind": "twinning",
    "began": "17.5.1999",
    "title": "Minutes of the council",
    "address": "https://example.org/minutes",
    "date": "2024-02",
    "publisher": "Comune di Pavia",
    "language": "it",
    "locator": "item 4",
}
