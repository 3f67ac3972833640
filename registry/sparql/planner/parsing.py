"""rdflib's SPARQL parser, in a copy that reads no comments and negates every kind of number.

The parser looks for a comment before each of its thousand elements, which takes half its time; here
comments are taken out beforehand. Validation uses the parser as well, so the change is made to a
second instance of the module, and not to the one that all others import.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, Final

from pyparsing import ParserElement
from rdflib import Literal

from registry.sparql.tokens import without_comments


def parse(query: str) -> tuple[Any, Any]:
    """Return the declarations of a query and the query proper; raises whatever the parser does.

    >>> [str(one) for one in parse("ASK { ?a ?b -1.5 } # a comment")[1].where.part[0].triples[0]]
    ['a', 'b', '-1.5']
    """
    prologue, tree = _PARSER.parseQuery(without_comments(query))
    return prologue, tree


def _loaded() -> ModuleType:
    """Load the parser a second time and change it."""
    spec = find_spec("rdflib.plugins.sparql.parser")
    if spec is None or spec.loader is None:
        raise ImportError("rdflib has no SPARQL parser")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    # The parser's own takes no decimals, and so refuses a query with one below zero.
    vars(module)["neg"] = _negative
    for element in _elements(vars(module)["Query"]):
        element.ignoreExprs = []
    return module


def _negative(literal: Literal) -> Literal:
    """Return the negative of a number that stands in a triple or in VALUES."""
    return Literal(f"-{literal}", datatype=literal.datatype)


def _elements(root: ParserElement) -> Iterator[ParserElement]:
    """Yield all elements of a grammar, each once."""
    found, open_ones = set[int](), [root]
    while open_ones:
        element = open_ones.pop()
        if id(element) not in found:
            found.add(id(element))
            open_ones += element.recurse()
            yield element


_PARSER: Final = _loaded()
"""Loaded with this module, so that processes that answer queries are forked with it."""
