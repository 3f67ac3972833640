"""What changed, release by release, for people with a feed reader (Atom, RFC 4287)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final
from xml.etree import ElementTree as ET

from registry.catalogue.publication import NAME, SERIES
from registry.views.feed import FeedEvent

_ATOM: Final = "http://www.w3.org/2005/Atom"

MOST: Final = 50
"""Entries of a feed: the newest."""

Summary = Callable[[FeedEvent], tuple[str, str, str]]
"""Gives title, text and path of an entry's page, for its reader."""


def write(
    origin: str, titles: tuple[str, str], events: Iterable[FeedEvent], summary: Summary
) -> bytes:
    """Write a feed; `titles` are its title and subtitle, the events stand newest first."""
    feed = ET.Element("feed", {"xmlns": _ATOM})
    entries = [_entry(origin, one, summary) for one in events]
    title, subtitle = titles
    updated = next((entry.findtext("updated") or "" for entry in entries), "1970-01-01T00:00:00Z")
    for tag, text in (("id", f"{origin}/feed.atom"), ("title", title), ("subtitle", subtitle)):
        ET.SubElement(feed, tag).text = text
    ET.SubElement(feed, "updated").text = updated
    ET.SubElement(ET.SubElement(feed, "author"), "name").text = NAME
    for relation, kind, address in _links(origin):
        ET.SubElement(feed, "link", {"rel": relation, "type": kind, "href": address})
    feed.extend(entries)
    ET.indent(feed)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _links(origin: str) -> Iterator[tuple[str, str, str]]:
    yield "self", "application/atom+xml", f"{origin}/feed.atom"
    yield "alternate", "text/html", f"{origin}/release"
    yield "related", "application/trig", f"{origin}/feed"


def _entry(origin: str, events: FeedEvent, summary: Summary) -> ET.Element:
    """Write what an event did."""
    event, entry = events.event, ET.Element("entry")
    title, text, path = summary(events)
    for tag, said in (
        ("id", f"{SERIES}/{event.version}#{event.at}"),
        ("title", title),
        ("updated", event.at),
        ("summary", text),
    ):
        ET.SubElement(entry, tag).text = said
    page = {"rel": "alternate", "type": "text/html", "href": f"{origin}{path}"}
    ET.SubElement(entry, "link", page)
    return entry
