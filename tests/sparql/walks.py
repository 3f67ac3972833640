"""Queries made at random over what a release states, each grown along a walk over its data.

So most of them have an answer, and few a large one. Whatever the engine, they have one answer: no
order where it is not said, no SAMPLE, no chance; the strings of GROUP_CONCAT are a set. Rows of
VALUES are whole and distinct, since Jena 4.5 errs on others.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice, zip_longest
from typing import Any, Final, TypeVar

import pyoxigraph as ox

_MOST: Final = 60
"""Neighbours of a term among which a step is chosen."""

_HUB: Final = 150
"""Statements that point at a term, such as a country, from which no further step is made."""

_DEFAULT: Final = ox.DefaultGraph()
_TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS: Final = {f"{_XSD}{name}" for name in ("integer", "decimal", "double")}
_STRINGS: Final = {f"{_XSD}string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}

_SET: Final = "GROUP_CONCAT(DISTINCT STR({}); SEPARATOR='|')"

HOLE: Final = "\0"
"""The place of a group in the text of a part."""

_NESTED: Final = {
    "optional": f"OPTIONAL {HOLE}",
    "union": f"{HOLE} UNION {HOLE}",
    "minus": f"MINUS {HOLE}",
    "group": HOLE,
}

Any_ = TypeVar("Any_")
Term = Any
"""A term of pyoxigraph; the data have no blank nodes."""

Group = tuple["Part", ...]


@dataclass(frozen=True)
class Part:
    """A part of a group: a text with a place for each of the groups in it."""

    text: str
    groups: tuple[Group, ...] = ()

    def __str__(self) -> str:
        texts = self.text.split(HOLE)
        return "".join(
            chain.from_iterable(zip_longest(texts, map(_written, self.groups), fillvalue=""))
        )

    def smaller(self) -> Iterator[Part]:
        """Yield the part with less in one of its groups."""
        for at, group in enumerate(self.groups):
            for less in _smaller(group):
                yield replace(self, groups=(*self.groups[:at], less, *self.groups[at + 1 :]))


def _written(group: Group) -> str:
    return f"{{ {' '.join(map(str, group))} }}"


def _smaller(group: Group) -> Iterator[Group]:
    for at, part in enumerate(group):
        before, after = group[:at], group[at + 1 :]
        yield (*before, *after)
        for inner in part.groups:
            yield (*before, *inner, *after)
        for less in part.smaller():
            yield (*before, less, *after)


@dataclass(frozen=True)
class Walked:
    """A query: what stands before its group, its group, and what follows."""

    head: str
    dataset: str
    group: Group
    tail: str = ""

    def __str__(self) -> str:
        return f"{self.head} {self.dataset} WHERE {_written(self.group)} {self.tail}"

    def smaller(self) -> Iterator[Walked]:
        """Yield queries that lack something of it."""
        if self.dataset:
            yield replace(self, dataset="")
        for less in _smaller(self.group):
            yield replace(self, group=less)


def _text(term: Term) -> str:
    return str(term.value)


def _as_name(term: Term) -> ox.NamedNode:
    assert isinstance(term, ox.NamedNode)
    return term


def _is_number(term: Term) -> bool:
    return isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS


class Walker:
    """Makes queries over the data of a store; equal seeds make equal queries."""

    def __init__(self, store: ox.Store, seed: int) -> None:
        self._store, self._random = store, random.Random(seed)
        self._graphs = sorted(str(graph) for graph in store.named_graphs())
        self._subjects = self._sampled()
        self._terms: dict[str, Term] = {}
        self._numbers = count()
        self._here: list[str] = []

    def _sampled(self) -> list[ox.NamedNode]:
        """Choose subjects of every class, few of each."""
        text = "SELECT ?class (SAMPLE(?x) AS ?one) (MIN(STR(?x)) AS ?two) (MAX(STR(?x)) AS ?three)"
        found: list[ox.NamedNode] = []
        rows = self._store.query(text + " { ?x a ?class } GROUP BY ?class ORDER BY ?class")
        assert isinstance(rows, ox.QuerySolutions)
        for row in rows:
            found += [ox.NamedNode(row[name].value) for name in ("one", "two", "three")]
        linked = ox.NamedNode("https://w3id.org/citylinks/ontology#linkedCity")
        cities = self._store.quads_for_pattern(None, linked, None, _DEFAULT)
        found += [_as_name(quad.subject) for quad in islice(cities, 0, 60_000, 97)]
        return found

    def query(self) -> Walked:
        """Make a query."""
        self._terms, self._here, self._numbers = {}, [], count()
        start = self._fresh(self._choose(self._subjects))
        group = (*self._anchor(start), *self._parts(start, 3))
        return self._headed(group)

    # Groups

    def _parts(self, start: str, depth: int) -> Group:
        """Make the parts of a group that begins at a variable, and are joined by its own."""
        around, self._here = self._here, [start]
        first = self._triple(start)
        more = [self._part(depth) for _ in range(self._random.choice((0, 1, 1, 2, 2, 3)))]
        self._here = [*around, *self._here]
        return (first, *more)

    def _inner(self, depth: int) -> Group:
        """Make a group inside another, which shares a variable with what is around it."""
        return self._parts(self._variable(), depth - 1)

    def _part(self, depth: int) -> Part:
        kinds = ["triple"] * 5 + ["filter"] * 4 + ["values", "bind", "path", "path"]
        if depth > 0:
            kinds += ["optional"] * 3 + ["union"] * 3 + ["exists"] * 4 + ["minus"] * 2
            kinds += ["select", "select", "group", "graph", "graph"]
        return self._made(self._choose(kinds), depth)

    def _made(self, kind: str, depth: int) -> Part:
        if kind == "triple":
            return self._triple(self._variable())
        if kind == "filter":
            return Part(f"FILTER({self._condition()})")
        if kind == "path":
            return self._path(self._variable())
        if kind == "values":
            return Part(self._values())
        if kind == "bind":
            name = self._variable()
            text = self._choose(("STR({})", "ISIRI({})", "STRLEN(STR({}))", "{}", "LANG({})"))
            bound = self._fresh(self._terms[name])
            return Part(f"BIND({text.format(name)} AS {bound})")
        known, here = dict(self._terms), list(self._here)
        made = self._nested(kind, depth)
        if kind in {"exists", "minus"}:
            self._terms, self._here = known, here
        return made

    def _nested(self, kind: str, depth: int) -> Part:
        if text := _NESTED.get(kind):
            return Part(text, tuple(self._inner(depth) for _ in range(text.count(HOLE))))
        if kind == "graph":
            return self._in_graph(depth)
        if kind == "exists":
            word = self._choose(("EXISTS", "NOT EXISTS"))
            either = f"{self._condition()} || " if self._random.random() < 0.2 else ""
            return Part(f"FILTER({either}{word} {HOLE})", (self._inner(depth),))
        return self._selected(depth)

    def _selected(self, depth: int) -> Part:
        """Make a sub-select, which may count."""
        name = self._variable()
        known = set(self._terms)
        group = self._parts(name, depth - 1)
        inner = [one for one in self._terms if one not in known]
        for one in inner:
            del self._terms[one]
        self._here = [one for one in self._here if one in self._terms]
        if inner and self._random.random() < 0.5:
            number = self._fresh(ox.Literal(2))
            what = self._choose((f"DISTINCT {inner[0]}", inner[0], "*"))
            head = f"SELECT {name} (COUNT({what}) AS {number})"
            return Part(f"{{ {head} {HOLE} GROUP BY {name} }}", (group,))
        return Part(f"{{ SELECT DISTINCT {name} {HOLE} }}", (group,))

    def _in_graph(self, depth: int) -> Part:
        """Make a group in one named graph, by its name or any."""
        name = self._variable()
        quads = self._around(name, None)
        named = [quad for quad in quads if quad.graph_name != _DEFAULT]
        if not named:
            return self._triple(name)
        quad = self._choose(named)
        around, self._here = self._here, [name]
        first = self._as_triple(name, quad)
        more = [self._part(depth - 1) for _ in range(self._random.choice((0, 0, 1, 2)))]
        self._here = [*around, *self._here]
        is_any = self._random.random() < 0.5
        graph = self._fresh(quad.graph_name) if is_any else str(quad.graph_name)
        return Part(f"GRAPH {graph} {HOLE}", ((first, *more),))

    # Triples

    def _around(self, name: str, graph: ox.DefaultGraph | None) -> list[ox.Quad]:
        """List statements about a term, and some that point at it if it is no hub."""
        term = self._terms[name]
        found: list[ox.Quad] = []
        if isinstance(term, ox.NamedNode):
            found += islice(self._store.quads_for_pattern(term, None, None, graph), _MOST)
        back = list(islice(self._store.quads_for_pattern(None, None, term, graph), _HUB))
        return found + (self._random.sample(back, min(len(back), 20)) if len(back) < _HUB else [])

    def _triple(self, name: str) -> Part:
        around = self._around(name, _DEFAULT)
        if not around:
            return Part(f"OPTIONAL {{ {name} a {self._fresh(_TYPE)} }}")
        return self._as_triple(name, self._choose(around))

    def _as_triple(self, name: str, quad: ox.Quad) -> Part:
        """Write a statement about a variable, with a variable or the term at its other end."""
        term = self._terms[name]
        forward = quad.subject == term
        other = self._end(quad.object if forward else quad.subject)
        predicate = str(quad.predicate)
        if self._random.random() < 0.03:
            predicate = self._fresh(quad.predicate)
        ends = (name, other) if forward else (other, name)
        return Part(f"{ends[0]} {predicate} {ends[1]} .")

    def _end(self, term: Term) -> str:
        same = [name for name, known in self._terms.items() if known == term]
        if same and self._random.random() < 0.5:
            return self._choose(same)
        return str(term) if self._random.random() < 0.3 else self._fresh(term)

    def _path(self, name: str) -> Part:
        """Write a path of one or two properties that begins at a variable."""
        around = [quad for quad in self._around(name, _DEFAULT) if self._is_forward(name, quad)]
        if not around:
            return self._triple(name)
        first, second = self._choose(around), self._choose(around)
        one, two, end = str(first.predicate), str(second.predicate), self._end(first.object)
        following = self._step_from(first.object)
        forms = [f"{name} {one}|{two} {end} .", f"{end} ^{one} {name} .", f"{name} {one}? {end} ."]
        forms += [f"{name} !({one}|{two}) {end} .", f"{name} ({one}|^{two}) {end} ."]
        if following:
            last = self._end(following.object)
            forms += [f"{name} {one}/{following.predicate} {last} ."] * 3
            forms += [f"{name} ({one}|{two})/{following.predicate} {last} ."]
        if first.predicate.value.endswith(("broader", "narrower", "subClassOf", "isPartOf")):
            forms += [f"{name} {one}{mark} {end} ." for mark in "*+*+"]
        return Part(self._choose(forms))

    def _is_forward(self, name: str, quad: ox.Quad) -> bool:
        return bool(quad.subject == self._terms[name])

    def _step_from(self, term: Term) -> ox.Quad | None:
        if not isinstance(term, ox.NamedNode):
            return None
        found = list(islice(self._store.quads_for_pattern(term, None, None, _DEFAULT), _MOST))
        return self._choose(found) if found else None

    # Values and conditions

    def _anchor(self, start: str) -> Group:
        """Say where a walk begins: at some terms, at a statement about one, or at a class."""
        term, chance = self._terms[start], self._random.random()
        if chance < 0.4:
            others = self._random.sample(self._subjects, 12)
            return (Part(f"VALUES {start} {{ {' '.join(map(str, {term, *others}))} }}"),)
        quads = list(islice(self._store.quads_for_pattern(term, None, None, _DEFAULT), _MOST))
        types = [quad for quad in quads if quad.predicate == _TYPE]
        chosen = self._choose(types if types and chance < 0.6 else quads)
        return (Part(f"{start} {chosen.predicate} {chosen.object} ."),)

    def _values(self) -> str:
        name = self._variable()
        terms = [str(self._terms[name]), str(self._choose(self._subjects))]
        other = self._variable()
        if other == name or self._random.random() < 0.6:
            return f"VALUES {name} {{ {' '.join(terms)} }}"
        rows = f"({terms[0]} {self._terms[other]}) ({terms[1]} {terms[0]})"
        return f"VALUES ({name} {other}) {{ {rows} }}"

    def _condition(self) -> str:
        name, chance = self._variable(), self._random.random()
        one = self._choose(list(self._conditions(name)))
        if chance < 0.12:
            return f"!({one})"
        if chance < 0.35:
            other = self._choose(list(self._conditions(self._variable())))
            return f"{one} {self._choose(('||', '&&'))} {other}"
        return one

    def _conditions(self, name: str) -> Iterator[str]:
        """Yield conditions for a variable, most of which its term on the walk meets."""
        term, other = self._terms[name], self._variable()
        yield from (f"{name} != {other}", f"{name} = {other}", f"BOUND({name})", f"!BOUND({other})")
        yield from (f"ISIRI({name})", f"{name} IN ({term}, {self._terms[other]})")
        yield from (f"SAMETERM({name}, {term})", f"COALESCE({other}, 0) != {term}")
        yield f"STR({name}) < {ox.Literal(_text(term)[:12])}"
        yield f"STRENDS(STR({name}), {ox.Literal(_text(term)[-3:])})"
        yield f"IF(ISLITERAL({name}), {name} != {other}, STRLEN(STR({name})) > 40)"
        if not isinstance(term, ox.Literal):
            yield from (f"{name} != {term}", f"{name} = {term}")
            return
        yield f"DATATYPE({name}) = {term.datatype}"
        if _is_number(term):
            yield from (f"{name} >= {term}", f"{name} * 2 > 100", f"ABS({name}) + 1 < 1000")
        elif term.datatype.value in _STRINGS:
            yield from (f'LANG({name}) = "{term.language or ""}"', f'LANG({name}) = "en"')
            yield f"CONTAINS(LCASE(STR({name})), {ox.Literal(term.value[1:3].lower())})"
            yield f'REGEX(STR({name}), "^[A-M]", "i")'
            yield f"STRLEN({name}) > {max(1, len(term.value) - 2)}"
            yield f'LANGMATCHES(LANG({name}), "*")'
        elif term.datatype.value == f"{_XSD}date":
            yield from (f"{name} <= {term}", f"YEAR({name}) > 1990")

    # The query around the group

    def _headed(self, group: Group) -> Walked:
        columns = list(self._terms)
        some = self._random.sample(columns, min(len(columns), 3))
        plain, key, value = " ".join(some), some[0], some[-1]
        counted = "(COUNT(*) AS ?n)"
        # Which of two names in different languages is less is not said.
        ordered = value if _is_number(self._terms[value]) else f"STR({value})"
        heads = [
            *[(f"SELECT {plain}", "")] * 6,
            *[(f"SELECT DISTINCT {plain}", "")] * 3,
            *[(f"SELECT {counted}", "")] * 2,
            (f"SELECT {counted} (COUNT(DISTINCT {key}) AS ?m)", ""),
            *[(f"SELECT {key} {counted}", f"GROUP BY {key}")] * 2,
            (f"SELECT {key} {counted}", f"GROUP BY {key} HAVING(COUNT(*) > 1)"),
            (f"SELECT {key} (MIN({ordered}) AS ?x) (MAX({ordered}) AS ?y)", f"GROUP BY {key}"),
            (f"SELECT (SUM({value}) AS ?x) (AVG({value}) AS ?y)", ""),
            (f"SELECT {key} ({_SET.format(value)} AS ?set)", f"GROUP BY {key}"),
            (f"SELECT {plain}", f"ORDER BY {plain} LIMIT 5 OFFSET 1"),
            ("SELECT *", ""),
            ("ASK", ""),
        ]
        head, tail = self._choose(heads)
        return Walked(head, self._dataset(), group, tail)

    def _dataset(self) -> str:
        if self._random.random() < 0.85:
            return ""
        around = sorted(
            {str(one) for term in self._terms.values() for one in self._graphs_of(term)}
        )
        among = around * 3 + self._graphs
        chosen = [self._choose(among) for _ in range(self._choose((1, 2, 4)))]
        named = [self._choose(among) for _ in range(2)]
        clauses = [*(f"FROM {one}" for one in chosen), *(f"FROM NAMED {one}" for one in named)]
        return " ".join(clauses[: self._choose((len(chosen), len(clauses)))])

    def _graphs_of(self, term: Term) -> Iterator[ox.NamedNode]:
        """Yield graphs that have a statement about a term."""
        if isinstance(term, ox.NamedNode):
            for quad in islice(self._store.quads_for_pattern(term, None, None, None), _MOST):
                if quad.graph_name != _DEFAULT:
                    yield _as_name(quad.graph_name)

    def _fresh(self, term: Term) -> str:
        name = f"?v{next(self._numbers)}"
        self._terms[name] = term
        self._here.append(name)
        return name

    def _variable(self) -> str:
        """Choose a variable of the group, and now and then one from around it."""
        return self._choose(self._here if self._random.random() < 0.95 else list(self._terms))

    def _choose(self, among: Sequence[Any_]) -> Any_:
        return self._random.choice(among)
