"""What changed, release by release, for people with a feed reader (Atom, RFC 4287)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final
from xml.etree import ElementTree as ET

from registry.catalogue.publication import NAME, SERIES
from registry.views.feed import FeedEvent

_ATOM: Final = "http://www.w3.org/2005/Atom"

MOST: Final = 50
"""Entries of a feed: the newest."""

Summary = Callable[[FeedEvent], tuple[str, str, str]]
"""Returns title, text and path of the page of an event."""


def write(
    origin: str, titles: tuple[str, str], events: Iterable[FeedEvent], summary: Summary
) -> bytes:
    """Write a feed; `titles` are its title and subtitle, `events` the newest first."""
    feed = ET.Element("feed", {"xmlns": _ATOM})
    entries = [_entry(origin, event, summary) for event in events]
    title, subtitle = titles
    updated = next((entry.findtext("updated") or "" for entry in entries), "1970-01-01T00:00:00Z")
    for tag, text in (("id", f"{origin}/feed.atom"), ("title", title), ("subtitle", subtitle)):
        ET.SubElement(feed, tag).text = text
    ET.SubElement(feed, "updated").text = updated
    ET.SubElement(ET.SubElement(feed, "author"), "name").text = NAME
    for relation, media_type, path in _LINKS:
        link = {"rel": relation, "type": media_type, "href": origin + path}
        ET.SubElement(feed, "link", link)
    feed.extend(entries)
    ET.indent(feed)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


_LINKS: Final = (
    ("self", "application/atom+xml", "/feed.atom"),
    ("alternate", "text/html", "/release"),
    ("related", "application/trig", "/feed"),
)
"""Relation, media type and path of the addresses that belong to a feed."""


def _entry(origin: str, event: FeedEvent, summary: Summary) -> ET.Element:
    """Write the entry of an event."""
    version, at, entry = event.event.version, event.event.at, ET.Element("entry")
    title, text, path = summary(event)
    elements = {"id": f"{SERIES}/{version}#{at}", "title": title, "updated": at, "summary": text}
    for tag, content in elements.items():
        ET.SubElement(entry, tag).text = content
    page = {"rel": "alternate", "type": "text/html", "href": f"{origin}{path}"}
    ET.SubElement(entry, "link", page)
    return entry
