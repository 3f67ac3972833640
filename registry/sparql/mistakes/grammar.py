"""The grammar of SPARQL 1.1 (section 19.8), and the first token of a query that it does not have.

The engine's parser goes back and tries again, so that it cannot say where a query is wrong. This
grammar needs no going back: what may come next follows from one token. It builds nothing, and takes
a little more than the standard has: functions with any number of arguments, blank nodes anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from registry.sparql.tokens import KEYWORDS, Token

_RULES: Final = """
Query = Prologue ( Select | Construct | Describe | Ask ) Values?
Prologue = ( 'BASE' IRI | 'PREFIX' NAME IRI | 'VERSION' STRING )*
Select = SelectClause Dataset* Where Modifier
SubSelect = SelectClause Where Modifier Values?
SelectClause = 'SELECT' ( 'DISTINCT' | 'REDUCED' )? ( '*' | Column Column* )
Column = VARIABLE | '(' Expression 'AS' VARIABLE ')'
Construct = 'CONSTRUCT' ( Template Dataset* Where Modifier | Dataset* 'WHERE' Template Modifier )
Template = '{' Triples? '}'
Describe = 'DESCRIBE' ( VariableOrIri VariableOrIri* | '*' ) Dataset* Where? Modifier
Ask = 'ASK' Dataset* Where Modifier
Dataset = 'FROM' 'NAMED'? Iri
Where = 'WHERE'? Group
Modifier = GroupBy? Having? OrderBy? Bounds?
GroupBy = 'GROUP' 'BY' GroupKey GroupKey*
GroupKey = VARIABLE | '(' Expression ( 'AS' VARIABLE )? ')' | Call
Having = 'HAVING' Constraint Constraint*
OrderBy = 'ORDER' 'BY' OrderKey OrderKey*
OrderKey = ( 'ASC' | 'DESC' ) '(' Expression ')' | Constraint | VARIABLE
Bounds = 'LIMIT' NUMBER ( 'OFFSET' NUMBER )? | 'OFFSET' NUMBER ( 'LIMIT' NUMBER )?
Values = 'VALUES' DataBlock
DataBlock = VARIABLE '{' Datum* '}' | '(' VARIABLE* ')' '{' ( '(' Datum* ')' )* '}'
Datum = Iri | Literal | 'UNDEF'
Group = '{' ( SubSelect | Parts ) '}'
Parts = Triples? ( Pattern '.'? Triples? )*
Triples = Same ( '.' Triples? )?
Pattern = Union | Optional | Minus | Graph | Filter | Bind | Values
Union = Group ( 'UNION' Group )*
Optional = 'OPTIONAL' Group
Minus = 'MINUS' Group
Graph = 'GRAPH' VariableOrIri Group
Filter = 'FILTER' Constraint
Bind = 'BIND' '(' Expression 'AS' VARIABLE ')'
Constraint = '(' Expression ')' | Call
Call = Builtin | Iri Arguments
Same = Plain Properties | ( BlankNode | List ) Properties?
Properties = Verb Objects ( ';' ( Verb Objects )? )*
Verb = Path | VARIABLE
Objects = Object ( ',' Object )*
Object = Plain | BlankNode | List
BlankNode = '[' Properties? ']'
List = '(' Object* ')'
Plain = VARIABLE | Iri | Literal | BLANK
Path = Sequence ( '|' Sequence )*
Sequence = Step ( '/' Step )*
Step = '^'? Primary ( '?' | '*' | '+' )?
Primary = Iri | 'a' | '!' Negated | '(' Path ')'
Negated = OneNegated | '(' ( OneNegated ( '|' OneNegated )* )? ')'
OneNegated = '^'? ( Iri | 'a' )
Expression = And ( '||' And )*
And = Relation ( '&&' Relation )*
Relation = Sum ( Compare Sum | 'IN' Arguments | 'NOT' 'IN' Arguments )?
Compare = '=' | '!=' | '<' | '>' | '<=' | '>='
Sum = Product ( ( '+' | '-' ) Product )*
Product = Unary ( ( '*' | '/' ) Unary )*
Unary = ( '!' | '+' | '-' )? Operand
Operand = '(' Expression ')' | Builtin | Iri Arguments? | String | NUMBER | Truth | VARIABLE
Arguments = '(' ( 'DISTINCT'? Expression ( ',' Expression )* )? ')'
Builtin = FUNCTION Arguments | 'EXISTS' Group | 'NOT' 'EXISTS' Group | Aggregate
Aggregate = 'COUNT' '(' 'DISTINCT'? ( '*' | Expression ) ')' | Numeric | Concat
Numeric = ( 'SUM' | 'MIN' | 'MAX' | 'AVG' | 'SAMPLE' ) '(' 'DISTINCT'? Expression ')'
Concat = 'GROUP_CONCAT' '(' 'DISTINCT'? Expression ( ';' 'SEPARATOR' '=' STRING )? ')'
Literal = String | ( '+' | '-' )? NUMBER | Truth
String = STRING ( LANGUAGE | '^^' Iri )?
Truth = 'TRUE' | 'FALSE'
VariableOrIri = VARIABLE | Iri
Iri = IRI | NAME
"""

END: Final = "END"
"""What stands after the last token."""

_SPELT: Final = frozenset(re.findall(r"'([^']+)'", _RULES))
_UPDATES: Final = (
    "LOAD INTO CLEAR DROP CREATE ADD MOVE TO COPY INSERT DELETE DATA WITH USING DEFAULT ALL SILENT "
    "SERVICE"
)
FUNCTIONS: Final = KEYWORDS - _SPELT - frozenset(_UPDATES.split())
"""The names of functions that are key words."""

_KINDS: Final = {
    "iri": "IRI",
    "string": "STRING",
    "variable": "VARIABLE",
    "blank": "BLANK",
    "name": "NAME",
    "language": "LANGUAGE",
    "number": "NUMBER",
}


@dataclass(frozen=True, eq=False)
class _Node:
    """A part of a rule: `kind` is a terminal, rule, sequence, choice, optional or repeated part."""

    kind: str
    name: str = ""
    parts: tuple[_Node, ...] = ()


@dataclass(frozen=True)
class Stop:
    """The first token that does not fit (None = the query ends), and what may stand there."""

    at: int
    found: str
    expected: frozenset[str]


def symbol(token: Token) -> str:
    """Return what the grammar calls a token."""
    if token.kind == "word":
        word = token.text.upper()
        return "FUNCTION" if word in FUNCTIONS else word
    return _KINDS.get(token.kind, token.text)


def first_stop(tokens: Sequence[Token]) -> Stop | None:
    """Return the first place where a query is not as the grammar has it; None where it is.

    >>> from registry.sparql.tokens import tokens
    >>> first_stop(list(tokens("ASK { ?s ?p }"))).found
    '}'
    """
    symbols = [*map(symbol, tokens), END]
    stack = [_Node("terminal", END), _Node("rule", "Query")]
    at, passed = 0, set[str]()
    while stack:
        node, here = stack.pop(), symbols[at]
        if node.kind == "terminal":
            if node.name != here:
                return Stop(at, here, frozenset(passed | {node.name}))
            at, passed = at + 1, set()
        elif (chosen := _chosen(node, here)) is not None:
            stack += reversed(chosen)
        elif _may_be_empty(node):
            passed |= _first(node)
        else:
            return Stop(at, here, frozenset(passed | _first(node)))
    return None


def _chosen(node: _Node, here: str) -> Sequence[_Node] | None:
    """Return what a part consists of where it begins with a symbol; None where it does not."""
    if node.kind == "sequence":
        return node.parts
    if here not in _first(node):
        return None
    if node.kind == "rule":
        return (_grammar()[node.name],)
    if node.kind == "choice":
        return (next(part for part in node.parts if here in _first(part)),)
    return (*node.parts, node) if node.kind == "repeated" else node.parts


@cache
def _first(node: _Node) -> frozenset[str]:
    """Return the symbols that a part may begin with."""
    if node.kind == "terminal":
        return frozenset([node.name])
    if node.kind == "rule":
        return _first(_grammar()[node.name])
    found: frozenset[str] = frozenset()
    for part in node.parts:
        found |= _first(part)
        if node.kind == "sequence" and not _may_be_empty(part):
            break
    return found


@cache
def _may_be_empty(node: _Node) -> bool:
    if node.kind == "rule":
        return _may_be_empty(_grammar()[node.name])
    if node.kind == "sequence":
        return all(map(_may_be_empty, node.parts))
    if node.kind == "choice":
        return any(map(_may_be_empty, node.parts))
    return node.kind in {"optional", "repeated"}


@cache
def _grammar() -> dict[str, _Node]:
    """Read the rules."""
    rules = (line.partition(" = ") for line in _RULES.strip().splitlines())
    return {name: _choice(iter([*body.split(), ")"])) for name, _, body in rules}


def _choice(words: Iterator[str]) -> _Node:
    """Read alternatives up to a closing bracket."""
    branches: list[list[_Node]] = [[]]
    for word in words:
        if word.startswith(")"):
            made = [_Node("sequence", parts=tuple(branch)) for branch in branches]
            node = made[0] if len(made) == 1 else _Node("choice", parts=tuple(made))
            return _counted(node, word[1:])
        if word == "|":
            branches.append([])
        elif word == "(":
            branches[-1].append(_choice(words))
        else:
            name = word.rstrip("?*") if word[0] != "'" else word[1 : word.rindex("'")]
            kind = "terminal" if word[0] == "'" or name.isupper() else "rule"
            count = word[word.rindex("'") + 1 :] if word[0] == "'" else word[len(name) :]
            branches[-1].append(_counted(_Node(kind, name), count))
    raise ValueError("a bracket is not closed")


def _counted(node: _Node, count: str) -> _Node:
    kind = {"": "", "?": "optional", "*": "repeated"}[count]
    return _Node(kind, parts=(node,)) if kind else node
