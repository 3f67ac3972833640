"""A map as a picture (PNG), which other sites show beside a link to a page.

resvg renders it (https://github.com/linebender/resvg), without any font: a picture is the same on
every machine, and the words stand beside it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Final

import resvg_py

from registry.maps.drawing import Drawing

WIDTH, HEIGHT = 1200, 630
"""Pixels of a picture, in the shape that networks show without cutting it (1.91 : 1)."""

_SEA, _LAND, _LINE, _HOME = "#fbfaf7", "#e3ded0", "#14566b", "#a5461d"
_FAINT: Final = {"unconfirmed": 0.4, "old": 0.55}
"""The opacity of lines by the class that a page gives them."""

_MANY: Final = 150
"""Links from which on lines and dots are finer."""

_MARK: Final = (
    '<g transform="translate({x} {y}) scale({scale})"><path d="M7 23C7 11 25 11 25 23" fill="none" '
    'stroke="#b4532a" stroke-width="3" stroke-linecap="round"/><circle cx="7" cy="23" r="4.5" '
    'fill="#2b7f99"/><circle cx="25" cy="23" r="4.5" fill="#2b7f99"/></g>'
)
"""The mark of the registry, 32 units wide."""


def outlines(world: str) -> dict[str, str]:
    """Return the paths of a map of the world by their ids.

    >>> outlines('<svg><path id="land" d="M0 0"/><path id="borders" fill="none" d="M1 1"/></svg>')
    {'land': 'M0 0', 'borders': 'M1 1'}
    """
    return dict(re.findall(r'<path id="(\w+)"[^>]*? d="([^"]*)"', world))


def of_links(drawing: Drawing | None, world: Mapping[str, str]) -> bytes:
    """Draw links, or the world where there is no drawing."""
    box = drawing.box if drawing else None
    x, y, width, height = (box.x, box.y, box.width, box.height) if box else _WORLD
    # What is drawn fits the picture's height or width: a unit is as large as the smaller needs.
    unit = max(width / WIDTH, height / HEIGHT)
    parts = [
        f'<path fill="{_LAND}" d="{world.get("land", "")}"/>',
        f'<path fill="none" stroke="{_SEA}" stroke-width="{unit}" d="{world.get("borders", "")}"/>',
    ]
    if drawing:
        parts += [_lines(drawing, unit), _dots(drawing, unit)]
    corner = (x + width / 2 - unit * WIDTH / 2, y + height / 2 + unit * (HEIGHT / 2 - 88))
    parts.append(_MARK.format(x=corner[0] + 24 * unit, y=corner[1], scale=2.2 * unit))
    return _rendered(f"{x} {y} {width} {height}", WIDTH, HEIGHT, "".join(parts), _SEA)


def of_list(drawn: str, world: Mapping[str, str]) -> bytes:
    """Draw what a map of a list shows: `drawn` as pages lay it over the world.

    Its strokes are told in pixels of a page, and resvg scales them with all else.
    """
    unit = _WORLD[2] / WIDTH
    inner = drawn[drawn.index("<g ") : drawn.rindex("</svg>")]
    scale = float(_SCALE.findall(inner)[0])
    strokes = _STROKE.sub(lambda one: f'stroke-width="{float(one[1]) * unit / scale}"', inner)
    parts = [
        f'<path fill="{_LAND}" d="{world.get("land", "")}"/>',
        f'<g fill="none" stroke="{_LINE}" stroke-linecap="round">{strokes}</g>',
        _MARK.format(x=24 * unit, y=_WORLD[1] + _WORLD[3] - 88 * unit, scale=2.2 * unit),
    ]
    return _rendered(" ".join(map(str, _WORLD)), WIDTH, HEIGHT, "".join(parts), _SEA)


_WORLD: Final = (0, 180, 20000, 8150)
"""The part of the world that a map of lists shows: left, top, width and height."""

_STROKE: Final = re.compile(r'stroke-width="([0-9.]+)"')
_SCALE: Final = re.compile(r"scale\(([0-9.]+)\)")


def _lines(drawing: Drawing, unit: float) -> str:
    drawn, share = [], 1.0 if len(drawing.lines) <= _MANY else 0.3
    for line in drawing.lines:
        names = line.kind.split(" ")
        faint = share * min((_FAINT.get(name, 1.0) for name in names), default=1.0)
        dashes = f' stroke-dasharray="{unit * 2} {unit * 7}"' if "past" in names else ""
        drawn.append(f'<path d="{line.path}" stroke-opacity="{faint}"{dashes}/>')
    width = unit * (2.5 if len(drawing.lines) <= _MANY else 1)
    style = f'fill="none" stroke="{_LINE}" stroke-width="{width}" stroke-linecap="round"'
    return f"<g {style}>{''.join(drawn)}</g>"


def _dots(drawing: Drawing, unit: float) -> str:
    """Draw the cities: dots are lines without length, whose ends are round."""
    style = 'fill="none" stroke-linecap="round"'
    width = unit * (9 if len(drawing.lines) <= _MANY else 5)
    return (
        f'<path d="{drawing.dots}" {style} stroke="{_LINE}" stroke-width="{width}"/>'
        f'<path d="{drawing.home}" {style} stroke="{_HOME}" stroke-width="{unit * 17}"/>'
    )


def icon(size: int) -> bytes:
    """Draw the mark as a square icon of some pixels."""
    inner = _MARK.format(x=2, y=0, scale=0.875)
    return _rendered("0 0 32 32", size, size, inner, _SEA)


def favicon() -> bytes:
    """Draw the mark as an icon file of 16 and 32 pixels, each a PNG."""
    images = [(size, icon(size)) for size in (16, 32)]
    at, head, body = 6 + 16 * len(images), struct.pack("<HHH", 0, 1, len(images)), b""
    for size, image in images:
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(image), at + len(body))
        body += image
    return head + body


def _rendered(box: str, width: int, height: int, inner: str, background: str) -> bytes:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width}" '
        f'height="{height}">{inner}</svg>'
    )
    return bytes(
        resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, background=background)
    )
