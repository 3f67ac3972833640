"""The documentation as pages of the site: Markdown of `docs/`, its links, examples and search.

Links between files become links between pages; those to files of the software lead to where it is
kept, if that is known. Queries can be run, and examples name this server.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

from markdown_it import MarkdownIt
from markdown_it.token import Token

from registry import shipped
from registry.catalogue.sitemap import DOORS
from registry.places.names import fold
from registry.problems import Problem
from registry.web.language import with_language

SERVER: Final = "http://127.0.0.1:8000"
"""The address of a server in the examples."""

GROUPS: Final = {
    "docs_use": ("officer", "analyst", "portal", "harvester"),
    "docs_notebooks": ("notebook-analyst", "notebook-portal"),
    "docs_data": ("model", "glossary"),
    "docs_contribute": ("contributor", "curator", "contributing-heritage", "contributing"),
    "docs_run": ("operator", "engines", "scaling", "conformance"),
}
"""The pages by what they are for."""

_FILES: Final = {
    "contributing": "CONTRIBUTING.md",
    "conformance": "docs/CONFORMANCE.md",
    **{f"notebook-{name}": f"docs/notebooks/{name}.ipynb" for name in ("analyst", "portal")},
}
"""The files of pages that are not called like them."""

_SNIPPET: Final = 180
"""Characters that are shown of a section, about the first word that was searched."""


@dataclass(frozen=True)
class Heading:
    """A heading of a page: its level, its text, and the fragment that leads to it."""

    level: int
    text: str
    slug: str


@dataclass(frozen=True)
class Section:
    """A part of a page, under one heading."""

    page: str
    title: str
    heading: Heading
    text: str


@dataclass(frozen=True)
class Page:
    """A page: title, first paragraph, headings and HTML."""

    name: str
    title: str
    intro: str
    headings: tuple[Heading, ...]
    html: str


@dataclass(frozen=True)
class Hit:
    """A section that was found, and the part of its text about what was searched."""

    section: Section
    before: str
    match: str
    after: str


def names() -> list[str]:
    """List all pages."""
    return [name for group in GROUPS.values() for name in group]


def file_of(name: str) -> Path:
    """Return the file of a page; `not-found` where there is none."""
    if name not in names():
        raise Problem("not-found", f"there is no page {name[:100]!r} in the documentation")
    return shipped.ROOT / _FILES.get(name, f"docs/{name}.md")


@cache
def _text(name: str) -> str:
    """Return a page in Markdown; a notebook as its cells one after the other."""
    content = file_of(name).read_text(encoding="utf-8")
    if not name.startswith("notebook-"):
        return content
    cells = json.loads(content)["cells"]
    return "\n\n".join(
        "".join(cell["source"])
        if cell["cell_type"] == "markdown"
        else f"```python\n{''.join(cell['source'])}\n```"
        for cell in cells
    )


_ANCHOR: Final = re.compile(r'<a id="([^"]+)"></a>')
"""A place that links lead to; itself it is no link."""

_PARSER: Final = MarkdownIt("commonmark", {"html": True}).enable("table")


@lru_cache(maxsize=128)
def page(name: str, repository: str, tag: str) -> Page:
    """Render a page, whose links ask for a language (empty = for none)."""
    tokens, here = _parsed(name), partial(with_language, tag)
    title = next(one for one in _headings(tokens) if one.level == 1)
    body = [*_body(tokens)]
    _link(body, name, repository, here)
    intro = next(
        (body[at + 1] for at, one in enumerate(body) if one.type == "paragraph_open"), None
    )
    return Page(
        name,
        title.text,
        _plain(intro) if intro else "",
        tuple(one for one in _headings(body) if one.level in {2, 3}),
        _ANCHOR.sub(
            r'<span id="\1"></span>', _renderer(here).renderer.render(body, _PARSER.options, {})
        ),
    )


def _parsed(name: str) -> list[Token]:
    """Parse a page, and give its headings the fragments that they have at GitHub."""
    tokens, taken = _PARSER.parse(_text(name)), Counter[str]()
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            slug = slug_of(_plain(inline))
            token.attrSet("id", f"{slug}-{taken[slug]}" if taken[slug] else slug)
            taken[slug] += 1
    return tokens


def slug_of(text: str) -> str:
    """Return the fragment of a heading.

    >>> slug_of("The `citylinks` command: a list, and more")
    'the-citylinks-command-a-list-and-more'
    """
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _plain(inline: Token) -> str:
    """Return the text of an inline token, without its marks."""
    children = inline.children or []
    return "".join(" " if one.type == "softbreak" else one.content for one in children)


def _headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            yield Heading(int(token.tag[1]), _plain(inline), str(token.attrGet("id")))


def _body(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield a page without its title and the list of its chapters, which stand elsewhere."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = next(
            end
            for end in range(at, len(tokens))
            if tokens[end].level == token.level and tokens[end].nesting < 1
        )
        block = tokens[at : end + 1]
        if not (token.tag == "h1" or _is_contents(block)):
            yield from block
        at = end + 1


def _is_contents(block: Sequence[Token]) -> bool:
    """Whether a list has nothing but links within the page."""
    lines = [one for one in block if one.type == "inline"]
    targets = [_target(one) for one in lines]
    return block[0].type == "bullet_list_open" and all(one.startswith("#") for one in targets)


def _target(inline: Token) -> str:
    """Return where a line leads that is one link; empty where it is more or less."""
    children = inline.children or []
    is_link = len(children) == 3 and children[0].type == "link_open"
    return str(children[0].attrGet("href")) if is_link else ""


def _link(tokens: Sequence[Token], name: str, repository: str, here: Callable[[str], str]) -> None:
    """Lead links and pictures to where they are on this site, or to the repository."""
    folder = Path(_FILES.get(name, f"docs/{name}.md")).parent
    for token in tokens:
        dropped = False
        for child in token.children or []:
            if child.type == "image":
                child.attrSet("src", f"/docs/{child.attrGet('src')}")
                child.attrSet("alt", child.content)
            elif child.type == "link_open":
                address = _address(str(child.attrGet("href")), folder, repository, here)
                child.attrSet("href", address)
                dropped = not address
            if dropped and child.type in {"link_open", "link_close"}:
                dropped = child.type == "link_open"
                child.type, child.tag, child.content = "text", "", ""


def _address(href: str, folder: Path, repository: str, here: Callable[[str], str]) -> str:
    """Return where a link leads; empty for a file that is nowhere to be seen."""
    if href.startswith(("#", "http://", "https://", "mailto:")):
        return href
    target, mark, fragment = href.partition("#")
    path = _normal(folder / target)
    page = next((one for one in names() if _FILES.get(one, f"docs/{one}.md") == path), None)
    if page:
        return f"{here(f'/docs/{page}')}{mark}{fragment}"
    return f"{repository.rstrip('/')}/{path}{mark}{fragment}" if repository else ""


def _normal(path: Path) -> str:
    """Return a path without steps up.

    >>> _normal(Path("docs/../tests/x.py"))
    'tests/x.py'
    """
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _renderer(here: Callable[[str], str]) -> MarkdownIt:
    """Return what writes tokens as HTML: wide tables and code in boxes that can be scrolled."""
    made = MarkdownIt("commonmark", {"html": True})

    def fence(_self: Any, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return _example(tokens[at], here)

    def begin(*_: Any) -> str:
        return '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>\n'

    def code(_self: Any, tokens: Sequence[Token], at: int, *_: Any) -> str:
        token = tokens[at]
        written = f"<code>{escape(token.content)}</code>"
        is_page = token.content in _DOORS and token.level == 0
        return f'<a href="{escape(here(token.content))}">{written}</a>' if is_page else written

    made.add_render_rule("fence", fence)
    made.add_render_rule("code_inline", code)
    made.add_render_rule("table_open", begin)
    made.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return made


def _example(token: Token, here: Callable[[str], str]) -> str:
    """Write a block of code, with a link that runs it where that can be."""
    language, *marks = token.info.split() or ["text"]
    named = next((m.partition("=")[2] for m in marks if m.startswith(("file=", "new="))), "")
    label = named or ("Answer" if "result" in marks else _LANGUAGES.get(language, language))
    # What is refused is shown, not asked again.
    is_refused = any(mark.startswith("status=") for mark in marks)
    address = "" if is_refused else _runs(language, token.content)
    link = f' <a href="{escape(here(address))}">{"Run" if language == "sparql" else "Open"}</a>'
    return (
        f'<figure class="example{" answer" if "result" in marks else ""}"><figcaption>'
        f"{escape(label)}{link if address else ''}</figcaption>"
        f'<pre tabindex="0" role="group" aria-label="{escape(label)}"><code>'
        f"{escape(token.content)}</code></pre></figure>\n"
    )


_DOORS: Final = frozenset(f"/{door}" for door in (*DOORS, "link", "validate"))
"""Addresses that are links wherever they are named."""

_LANGUAGES: Final = {
    "sh": "Shell",
    "sparql": "SPARQL",
    "turtle": "Turtle",
    "python": "Python",
    "toml": "TOML",
    "json": "JSON",
    "csv": "CSV",
    "text": "Text",
    "html": "HTML",
    "ini": "INI",
    "diff": "Diff",
}

_FETCHED: Final = re.compile(rf"curl (?:-L )?'?{re.escape(SERVER)}(/(?!suggest)[^\s']*)'?\n")
"""An address that is fetched, but for one that answers a browser with a piece of a page."""


def _runs(language: str, code: str) -> str:
    r"""Return the address of this site that an example asks; empty where it is none.

    >>> _runs("sh", "curl 'http://127.0.0.1:8000/links.csv?from=1990'\n")
    '/links.csv?from=1990'
    >>> _runs("sparql", "ASK {}\n"), _runs("sh", "citylinks status\n")
    ('/sparql?query=ASK+%7B%7D%0A', '')
    """
    if language == "sparql":
        return f"/sparql?query={quote_plus(code)}"
    fetched = _FETCHED.fullmatch(code)
    return fetched[1] if fetched else ""


@cache
def sections() -> tuple[Section, ...]:
    """List the sections of all pages."""
    return tuple(one for name in names() for one in _sections(name))


def _sections(name: str) -> Iterator[Section]:
    tokens = _parsed(name)
    title, heading, said = "", Heading(1, "", ""), list[str]()
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            if heading.text:
                yield Section(name, title, heading, " ".join(said))
            heading, said = next(_headings([before, token])), []
            title = title or heading.text
        elif token.type == "inline":
            said.append(_plain(token))
        elif token.type == "fence":
            said.append(" ".join(token.content.split()))
    yield Section(name, title, heading, " ".join(said))


@lru_cache(maxsize=64)
def found(asked: str) -> tuple[Hit, ...]:
    """List the sections that have all words of a search; those with them in headings first."""
    words = fold(asked).split()
    graded = [(_grade(one, words), at, one) for at, one in enumerate(sections())] if words else []
    best = sorted((-grade, at, one) for grade, at, one in graded if grade)
    return tuple(_hit(one, words) for _, _, one in best)


@cache
def _folded(section: Section) -> tuple[str, str]:
    return fold(f"{section.title} {section.heading.text}"), fold(section.text)


def _grade(section: Section, words: Sequence[str]) -> int:
    """Return how well a section fits: 0 where it lacks a word."""
    heading, text = _folded(section)
    if not all(word in heading or word in text for word in words):
        return 0
    return 1 + 10 * sum(word in heading for word in words) + min(5, text.count(words[0]))


def _hit(section: Section, words: Sequence[str]) -> Hit:
    """Cut the part of a text that has the first of some words as it is written."""
    text = section.text
    match = re.search("|".join(map(re.escape, words)), text, re.IGNORECASE)
    if match is None:
        return Hit(section, text[:_SNIPPET], "", "")
    start = max(0, match.start() - _SNIPPET // 2)
    start = text.find(" ", start) + 1 if start else 0
    end = match.end() + _SNIPPET // 2
    before, after = text[start : match.start()], text[match.end() : end]
    return Hit(
        section, ("… " if start else "") + before, match[0], after + ("…" if text[end:] else "")
    )
