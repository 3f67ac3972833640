"""Saved queries and rules: SPARQL files with a header of `# key: value` lines.

The header gives title and description, also in other languages (`# title@it:`), the reader it is
for, typed parameters, what to expect of the shipped data, and, for a rule, the terms it derives and
the kind of thing that it derives them of. Each is published as a SHACL executable
(https://www.w3.org/TR/shacl-af/#SPARQLExecutable).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry import terms

_LINE: Final = re.compile(r"#\s*([a-z]+)(?:@([a-z-]+))?:\s*(.*?)\s*")
_PARAMETER: Final = re.compile(r"([A-Za-z_]\w*)\s+(iri|city|date|integer|text|language)\s*(.*)")
_PLACE: Final = re.compile(r"(VALUES\s+\?(\w+)\s*\{).*?(\}\s*#\s*parameter\s+\2\b)")
_TERM: Final = re.compile(r"\bcl:\w+")
_FORM: Final = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """A variable that a reader may choose; `default` is a SPARQL term."""

    name: str
    type: str
    default: str


@dataclass(frozen=True)
class SavedQuery:
    """A query file: its name, text and header."""

    name: str
    text: str
    title: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    reader: str = ""
    parameters: tuple[Parameter, ...] = ()
    expect: str = ""
    derives: tuple[str, ...] = ()
    about: str = ""
    """The kind of thing that a rule is about, where other rules derive the same terms of others."""

    def titled(self, language: str) -> str:
        """Return the title in a language, else in English."""
        return self.title.get(language, self.title["en"])

    def described(self, language: str) -> dict[str, str]:
        """Return the description in a language, else in English, and which it is."""
        found = language if language in self.description else "en"
        return {"text": self.description[found], "lang": found}

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE."""
        match = _FORM.search(self.text)
        return match[1].upper() if match else ""

    @property
    def body(self) -> str:
        """The query without its header."""
        lines = self.text.splitlines(keepends=True)
        start = next((at for at, line in enumerate(lines) if not line.startswith("#")), 0)
        return "".join(lines[start:])

    @cached_property
    def reads(self) -> frozenset[str]:
        """The terms of ours that its patterns mention, as prefixed names."""
        return frozenset(_TERM.findall(self.text.partition("WHERE")[2]))

    @property
    def iri(self) -> str:
        """The IRI it is published under."""
        return terms.QUERY + self.name

    def with_values(self, values: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
        """Put terms, never text, in the place of the defaults, by parameter name.

        A parameter's place is the line `VALUES ?name { term } # parameter name`.
        """

        def put(place: re.Match[str]) -> str:
            term = values.get(place[2])
            return place[0] if term is None else f"{place[1]} {term} {place[3]}"

        # All in one go: a term that was put in is not looked at again.
        return _PLACE.sub(put, self.text)


def parse(name: str, text: str) -> SavedQuery:
    """Read a query file's header; the text stays whole."""
    single: dict[str, str] = {}
    worded: dict[str, dict[str, str]] = {"title": {}, "description": {}}
    parameters = []
    for key, language, value in _header(text):
        if key in worded:
            worded[key][language or "en"] = value
        elif key == "parameter" and (match := _PARAMETER.fullmatch(value)):
            parameters.append(Parameter(match[1], match[2], match[3].strip()))
        else:
            single[key] = value
    return SavedQuery(
        name,
        text,
        worded["title"],
        worded["description"],
        single.get("reader", ""),
        tuple(parameters),
        single.get("expect", ""),
        tuple(re.split(r"[,\s]+", single["derives"])) if single.get("derives") else (),
        single.get("about", ""),
    )


def _header(text: str) -> Iterable[tuple[str, str, str]]:
    """Yield the keys, languages and values of the leading comment lines."""
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            return
        if match := _LINE.fullmatch(line):
            yield match[1], match[2] or "", match[3]


def read(paths: Iterable[Path], folder: str = "") -> list[SavedQuery]:
    """Read query files, in the order given; `folder` stands before their names."""
    return [_parsed(folder + path.stem, path.read_text(encoding="utf-8")) for path in paths]


@lru_cache(maxsize=256)
def _parsed(name: str, text: str) -> SavedQuery:
    """Read a header once while its file is the same: each publish reads all of them."""
    return parse(name, text)


def derived_terms(rules: Iterable[SavedQuery]) -> frozenset[str]:
    """Return the IRIs of all predicates and classes that the rules write."""
    return frozenset(terms.prefixed(name) for rule in rules for name in rule.derives)


def as_triples(query: SavedQuery) -> list[ox.Triple]:
    """Describe a query as a SHACL executable."""
    form = {"CONSTRUCT": "Construct", "ASK": "Ask"}.get(query.form, "Select")
    text = ox.Literal(query.text)
    found: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (terms.RDF_TYPE, ox.NamedNode(terms.prefixed(f"sh:SPARQL{form}Executable"))),
        (terms.prefixed(f"sh:{form.lower()}"), text),
    ]
    for language, words in query.title.items():
        found.append((terms.prefixed("rdfs:label"), ox.Literal(words, language=language)))
    for language, words in query.description.items():
        found.append((terms.prefixed("dcterms:description"), ox.Literal(words, language=language)))
    subject = ox.NamedNode(query.iri)
    return [ox.Triple(subject, ox.NamedNode(predicate), value) for predicate, value in found]
