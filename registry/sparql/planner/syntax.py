"""Queries as trees: read by rdflib's parser, and written as SPARQL again.

A tree consists of rdflib's `CompValue`: a name, such as `TriplesBlock`, and its parts by name. It
follows the grammar of SPARQL 1.1, so that it can be written without loss. A part that is not there
is None. What this module cannot write raises `Unwritable`, and the query runs as it is.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from pyparsing import ParseResults
from rdflib import RDF, BNode, Literal, URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner.long_values import LONG, Rows, shortened, with_rows
from registry.sparql.planner.parsing import parse

UNDEF: Final = "UNDEF"
"""What stands in VALUES for no term; no term is equal to it."""

SECONDS = 0.5
"""Processor time that rewriting a query may take; as it is written, it may be as fast."""

_AGAIN: Final = 0.01
"""Seconds after which a stop that was lost is repeated; long enough for one that was not."""

_MOST_GROUPS: Final = 300
"""Groups of a query that is read: with more of them reading takes most of what it may take."""


class Unwritable(Exception):
    """A query, or a part of one, that cannot be read or written."""


def is_short(query: str) -> bool:
    """Whether a query can be read in the time that planning may take."""
    text, _ = shortened(query)
    return len(text) <= LONG and text.count("{") <= _MOST_GROUPS


def read(text: str) -> tuple[list[CompValue], CompValue]:
    """Read a query: its declarations, and the query proper.

    Raises
    ------
    Unwritable
        when rdflib's parser does not take it; TimeoutError inside `limited`.

    """
    short, elided = shortened(text)
    try:
        prologue, query = parse(short)
    except TimeoutError:
        raise
    except Exception as error:  # The parser raises what it likes, such as AttributeError.
        raise Unwritable(str(error)[:200]) from error
    if elided and with_rows(query, elided) != len(elided):
        raise Unwritable("long VALUES")
    return list(prologue), query


@contextmanager
def limited() -> Iterator[None]:
    """Stop the work inside by a TimeoutError after `SECONDS` of this process."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    # Again and again: where Python runs a callback, it does not pass an exception on.
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def node(name: str, **parts: Any) -> CompValue:
    """Make a node of a tree."""
    return CompValue(name, **parts)


def children(value: Any) -> Iterator[Any]:
    """Yield what a node or list is made of."""
    if isinstance(value, CompValue):
        yield from value.values()
    elif isinstance(value, list | tuple | ParseResults):
        yield from value


def copied(value: Any) -> Any:
    """Copy a tree; its terms are shared."""
    if isinstance(value, CompValue):
        return CompValue(value.name, **{key: copied(one) for key, one in value.items()})
    if isinstance(value, list | tuple | ParseResults):
        return [copied(one) for one in value]
    return value


def parts_of(group: CompValue) -> list[CompValue]:
    """List the parts of a group; a group that is a sub-select has none."""
    return list(group.part or ())


def triples_of(block: CompValue) -> list[tuple[Any, Any, Any]]:
    """List the triple patterns of a block."""
    found = []
    for same in block.triples or ():
        flat = list(same)
        if len(flat) % 3:
            raise Unwritable("a list of triples is not whole")
        found += [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)]
    return found


def block_of(triples: Iterable[tuple[Any, Any, Any]]) -> CompValue:
    """Make a block of triple patterns."""
    return node("TriplesBlock", triples=[list(triple) for triple in triples])


def rows_of(values: CompValue) -> list[list[Any]]:
    """List the rows of VALUES; those of one variable stand without brackets."""
    rows = values.value or ()
    if isinstance(rows, Rows):
        return list(rows)
    return [list(row) if isinstance(row, list | ParseResults) else [row] for row in rows]


def unwrapped(expression: Any) -> Any:
    """Take off the levels of the grammar that hold one expression alone."""
    while isinstance(expression, CompValue) and expression.name in _LEVELS:
        if expression.other or expression.op:
            break
        expression = expression.expr
    return expression


_LEVELS: Final = frozenset(
    f"{name}Expression"
    for name in ("ConditionalOr", "ConditionalAnd", "Relational", "Additive", "Multiplicative")
)


def prefixes_of(prologue: Iterable[CompValue]) -> dict[str, str]:
    """Return the IRIs of declared prefixes."""
    return {one.prefix or "": str(one.iri) for one in prologue if one.name == "PrefixDecl"}


def spelled_out(value: Any, prefixes: Mapping[str, str]) -> Any:
    """Return a term as RDF has it; a variable or a path as it is."""
    if not isinstance(value, CompValue):
        return value
    if value.name == "pname":
        space = prefixes.get(value.prefix or "", "")
        return URIRef(space + re.sub(r"\\(.)", r"\1", value.localname or ""))
    if value.name == "literal":
        datatype = spelled_out(value.datatype, prefixes)
        return Literal(value.string, lang=value.lang or None, datatype=datatype)
    return value


def holds(value: Any, names: frozenset[str]) -> bool:
    """Whether a node of some names is in a part."""
    if isinstance(value, CompValue) and value.name in names:
        return True
    return any(holds(one, names) for one in children(value))


def replace_terms(value: Any, change: Callable[[Any], Any]) -> None:
    """Change the terms in a tree, in its place."""
    if isinstance(value, CompValue):
        for key in list(value):
            value[key] = change(value[key])
            replace_terms(value[key], change)
    elif isinstance(value, list | ParseResults):
        for at, one in enumerate(list(value)):
            value[at] = change(one)
            replace_terms(value[at], change)


# Writing


def shown(value: Any) -> str:
    """Write a part of a query as people write it."""
    return "a" if value == RDF.type else _written(value)


def write(prologue: Iterable[CompValue], query: CompValue) -> str:
    """Write a query; raise `Unwritable` where there is no way to."""
    return " ".join([*map(_written, prologue), _written(query)])


def _written(value: Any) -> str:
    """Write any node or term."""
    if isinstance(value, CompValue):
        writer = _WRITERS.get(value.name)
        if writer:
            return writer(value)
        if value.name.startswith("Builtin_"):
            return _builtin(value)
        if value.name.startswith("Aggregate_"):
            return _aggregate(value)
        raise Unwritable(value.name)
    if isinstance(value, Variable | BNode | URIRef | Literal):
        return _term(value)
    raise Unwritable(repr(value)[:100])


def _term(value: Variable | BNode | URIRef | Literal) -> str:
    if isinstance(value, Variable):
        return f"?{value}"
    if isinstance(value, BNode):
        return f"_:{value}"
    if isinstance(value, URIRef):
        return f"<{value}>"
    if value.datatype is None:
        return _string(value) + (f"@{value.language}" if value.language else "")
    return f"{_string(value)}^^<{value.datatype}>"


_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def _string(text: str) -> str:
    return '"' + str(text).translate(_ESCAPES) + '"'


def _all(value: Any) -> str:
    return " ".join(map(_written, value))


def _list(values: Any) -> str:
    return f"({', '.join(map(_written, values))})"


def _prefix(value: CompValue) -> str:
    return f"PREFIX {value.prefix or ''}: <{value.iri}>"


def _pname(value: CompValue) -> str:
    return f"{value.prefix or ''}:{value.localname or ''}"


def _literal(value: CompValue) -> str:
    text = _string(value.string)
    if value.lang:
        return f"{text}@{value.lang}"
    return f"{text}^^{_written(value.datatype)}" if value.datatype else text


def _group(value: CompValue) -> str:
    return f"{{ {_all(value.part or ())} }}"


def _graph(value: CompValue) -> str:
    """Write a group pattern in its brackets, whether it is a group or a sub-select."""
    return f"{{ {_select(value)} }}" if value.name == "SubSelect" else _written(value)


def _triples(value: CompValue) -> str:
    return "".join(f"{' '.join(map(_written, triple))} . " for triple in triples_of(value))


def _union(value: CompValue) -> str:
    return " UNION ".join(map(_graph, value.graph))


def _of_graph(word: str) -> Callable[[CompValue], str]:
    return lambda value: f"{word} {_graph(value.graph)}"


def _named_graph(value: CompValue) -> str:
    return f"GRAPH {_written(value.term)} {_graph(value.graph)}"


def _filter(value: CompValue) -> str:
    return f"FILTER({_written(value.expr)})"


def _bind(value: CompValue) -> str:
    return f"BIND({_written(value.expr)} AS {_written(value.var)})"


def _values(value: CompValue) -> str:
    """Write VALUES, with brackets around each row."""
    names, written = list(value.var or ()), [[*map(_data, row)] for row in rows_of(value)]
    if any(len(row) != len(names) for row in written):
        raise Unwritable("a row of VALUES is not whole")
    lines = " ".join(f"({' '.join(row)})" for row in written)
    return f"VALUES ({_all(names)}) {{ {lines} }}"


def _data(value: Any) -> str:
    return UNDEF if value == UNDEF else _written(value)


# Paths


def _choice(value: CompValue) -> str:
    return "|".join(map(_written, value.part))


def _sequence(value: CompValue) -> str:
    return "/".join(map(_written, value.part))


def _inverse(value: CompValue) -> str:
    return f"^{_written(value.part)}"


def _step(value: CompValue) -> str:
    part = value.part
    whole = isinstance(part, CompValue) and part.name == "PathAlternative"
    text = f"({_written(part)})" if whole else _written(part)
    return text + (value.mod or "")


def _negated(value: CompValue) -> str:
    if any(isinstance(one, CompValue) and one.name == "InversePath" for one in value.part):
        raise Unwritable("rdflib's parser forgets what is inverse")
    return f"!({'|'.join(map(_written, value.part))})"


# Expressions


def _chain(operator: str) -> Callable[[CompValue], str]:
    def written(value: CompValue) -> str:
        others = value.other or ()
        if not others:
            return _written(value.expr)
        return f"({f' {operator} '.join(map(_written, [value.expr, *others]))})"

    return written


def _arithmetic(value: CompValue) -> str:
    others = value.other or ()
    if not others:
        return _written(value.expr)
    following = zip(value.op, others, strict=True)
    tail = "".join(f" {operator} {_written(other)}" for operator, other in following)
    return f"({_written(value.expr)}{tail})"


def _comparison(value: CompValue) -> str:
    operator = value.op
    if not operator:
        return _written(value.expr)
    if operator in {"IN", "NOT IN"}:
        return f"({_written(value.expr)} {operator} {_list(listed(value.other))})"
    return f"({_written(value.expr)} {operator} {_written(value.other)})"


def listed(value: Any) -> list[Any]:
    """List the members of a list of expressions; `rdf:nil` is the empty one."""
    if isinstance(value, URIRef):
        return []
    return list(value) if isinstance(value, list | ParseResults) else [value]


def _unary(operator: str) -> Callable[[CompValue], str]:
    return lambda value: f"({operator} {_written(value.expr)})"


def _function(value: CompValue) -> str:
    distinct = "DISTINCT " if value.distinct else ""
    return f"{_written(value.iri)}({distinct}{', '.join(map(_written, value.expr or ()))})"


_ARGUMENTS: Final = {
    "REGEX": ("text", "pattern", "flags"),
    "SUBSTR": ("arg", "start", "length"),
    "REPLACE": ("arg", "pattern", "replacement", "flags"),
}


def _builtin(value: CompValue) -> str:
    name = value.name.removeprefix("Builtin_")
    if name in {"EXISTS", "NOTEXISTS"}:
        return f"{'NOT EXISTS' if name == 'NOTEXISTS' else name} {_graph(value.graph)}"
    keys = _ARGUMENTS.get(name, ("arg", "arg1", "arg2", "arg3"))
    found = [one for key in keys if (one := getattr(value, key)) is not None]
    if name in {"CONCAT", "COALESCE"}:
        found = [one for several in found for one in listed(several)]
    return f"{name}({', '.join(map(_written, found))})"


def _aggregate(value: CompValue) -> str:
    name = {"GroupConcat": "GROUP_CONCAT"}.get(
        value.name.removeprefix("Aggregate_"), value.name.removeprefix("Aggregate_").upper()
    )
    distinct = "DISTINCT " if value.distinct else ""
    what = "*" if isinstance(value.vars, str) and value.vars == "*" else _written(value.vars)
    separator = value.separator
    told = f" ; SEPARATOR={_string(separator)}" if separator is not None else ""
    return f"{name}({distinct}{what}{told})"


# Queries


def _projected(value: CompValue) -> str:
    if value.evar is not None:
        return f"({_written(value.expr)} AS {_written(value.evar)})"
    return _written(value.var)


def _select(value: CompValue) -> str:
    projection = value.projection
    columns = _all(projection) if projection else "*"
    words = ["SELECT", value.modifier or "", columns, *_datasets(value)]
    return " ".join([*words, "WHERE", _graph(value.where), *_modifiers(value)])


def _ask(value: CompValue) -> str:
    return " ".join(["ASK", *_datasets(value), _graph(value.where), *_modifiers(value)])


def _construct(value: CompValue) -> str:
    template = value.template
    if template is None or value.where.name == "FakeGroupGraphPatten":
        raise Unwritable("CONSTRUCT WHERE")
    triples = _triples(node("TriplesBlock", triples=list(template)))
    words = ["CONSTRUCT {", triples, "}", *_datasets(value), "WHERE", _graph(value.where)]
    return " ".join([*words, *_modifiers(value)])


def _describe(value: CompValue) -> str:
    if not value.var or value.where is None:
        raise Unwritable("DESCRIBE * or without a pattern")
    words = ["DESCRIBE", _all(value.var), *_datasets(value), "WHERE", _graph(value.where)]
    return " ".join([*words, *_modifiers(value)])


def _datasets(value: CompValue) -> list[str]:
    return [
        f"FROM {_written(one.default)}"
        if one.default is not None
        else f"FROM NAMED {_written(one.named)}"
        for one in value.datasetClause or ()
    ]


def _modifiers(value: CompValue) -> Iterator[str]:
    if (grouped := value.groupby) is not None:
        yield f"GROUP BY {_all(grouped.condition)}"
    if (having := value.having) is not None:
        yield f"HAVING {' '.join(f'({_written(one)})' for one in having.condition)}"
    if (ordered := value.orderby) is not None:
        yield f"ORDER BY {_all(ordered.condition)}"
    if (bounds := value.limitoffset) is not None:
        for word in ("limit", "offset"):
            if (number := getattr(bounds, word)) is not None:
                yield f"{word.upper()} {number}"
    if (values := value.valuesClause) is not None:
        yield _values(values)


def _group_as(value: CompValue) -> str:
    name = f" AS {_written(value.var)}" if value.var is not None else ""
    return f"({_written(value.expr)}{name})"


def _order(value: CompValue) -> str:
    return f"{value.order or ''}({_written(value.expr)})"


_WRITERS: Final[dict[str, Callable[[CompValue], str]]] = {
    "Base": lambda value: f"BASE <{value.iri}>",
    "PrefixDecl": _prefix,
    "pname": _pname,
    "literal": _literal,
    "SelectQuery": _select,
    "AskQuery": _ask,
    "ConstructQuery": _construct,
    "DescribeQuery": _describe,
    "vars": _projected,
    "GroupGraphPatternSub": _group,
    "TriplesBlock": _triples,
    "GroupOrUnionGraphPattern": _union,
    "OptionalGraphPattern": _of_graph("OPTIONAL"),
    "MinusGraphPattern": _of_graph("MINUS"),
    "LateralGraphPattern": _of_graph("LATERAL"),
    "GraphGraphPattern": _named_graph,
    "Filter": _filter,
    "Bind": _bind,
    "InlineData": _values,
    "PathAlternative": _choice,
    "PathSequence": _sequence,
    "PathElt": _step,
    "PathEltOrInverse": _inverse,
    "PathNegatedPropertySet": _negated,
    "ConditionalOrExpression": _chain("||"),
    "ConditionalAndExpression": _chain("&&"),
    "RelationalExpression": _comparison,
    "AdditiveExpression": _arithmetic,
    "MultiplicativeExpression": _arithmetic,
    "UnaryNot": _unary("!"),
    "UnaryPlus": _unary("+"),
    "UnaryMinus": _unary("-"),
    "Function": _function,
    "GroupAs": _group_as,
    "OrderCondition": _order,
}
