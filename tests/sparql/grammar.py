"""Queries made at random: by the grammar, and by damage to the saved ones.

Those by the grammar have one answer whatever the order of evaluation: no LIMIT without an order, no
SAMPLE, no sums of decimals, no blank nodes in templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from registry import saved_queries, shipped, terms
from registry.sparql.tokens import scan

Text = st.SearchStrategy[str]

PROLOGUE: Final = "".join(f"PREFIX {p}: <{terms.PREFIXES[p]}>\n" for p in ("cl", "skos", "xsd"))
CITIES: Final = f"<{terms.CITIES_GRAPH}>"
PERM: Final = terms.thing("city", "perm-511196")

VARIABLES: Final = st.sampled_from(("?link", "?city", "?name", "$country", "?é"))
IRIS: Final = st.sampled_from(
    (
        f"<{PERM}>",
        rf"<{PERM[:-1]}\u0036>",
        f"<{terms.thing('city', 'pavia-3171366')}>",
        "cl:City",
        f"<{terms.SCHEME}status/active>",
    )
)
LITERALS: Final = st.sampled_from(
    (
        *('"Perm"@en', "'Пермь'@ru", r'"P\u0065rm"', '"1995"^^xsd:gYear', "1995", "-1.5", "2e3"),
        *("true", "'''it's'''", r'"""a\"b"""', r"'\n'", '"2000-01-31"^^xsd:date', '"x # {"'),
    )
)
FOUND: Final = st.sampled_from(
    (
        *("?link cl:party ?city .", "?city a cl:City .", "?city skos:prefLabel ?name ."),
        *("?city cl:inCountry $country .", "?link cl:claim ?é .", "?link cl:party ?city, ?é ."),
        *(
            "?city cl:twinCity ?é .",
            "?city ^cl:party/cl:party ?é .",
            "?é (a|skos:prefLabel) ?name .",
        ),
        *(
            "?city cl:twinCity+ ?é .",
            "?link cl:startDate|cl:status ?é .",
            "?city cl:twinCity* ?é .",
        ),
        *("?link cl:status/skos:prefLabel ?name .", f"<{PERM}> !(a|^cl:party) ?é ."),
    )
)
"""Patterns that the shipped data have, and that join."""

PREDICATES: Final = st.sampled_from(("a", "cl:party", "^cl:claim", "skos:prefLabel", "?é"))
FUNCTIONS: Final = ("STR", "LANG", "DATATYPE", "ISIRI", "STRLEN", "UCASE", "YEAR", "ABS")
OPERATORS: Final = ("=", "!=", "<", ">=", "+", "*", "/", "&&", "||")

SPACES: Final = st.sampled_from((" ", " ", "\n", "\t", " # ' {\n", "  "))


def _expressions() -> Text:
    """Give expressions; most have no value for most solutions, which is an answer, too."""

    def larger(inside: Text) -> Text:
        return st.one_of(
            *(st.builds(f"{name}({{}})".format, inside) for name in FUNCTIONS),
            st.builds("BOUND({})".format, VARIABLES),
            *(
                st.builds(f"({{}} {operator} {{}})".format, inside, inside)
                for operator in OPERATORS
            ),
            st.builds("(!{})".format, inside),
            st.builds("IF({}, {}, {})".format, inside, inside, inside),
            st.builds("COALESCE({}, {})".format, inside, inside),
            st.builds("({} IN ({}, {}))".format, inside, inside, inside),
            st.builds("CONTAINS({}, {})".format, inside, inside),
            st.builds('REGEX(STR({}), "[A-P]", "i")'.format, inside),
        )

    return st.recursive(st.one_of(VARIABLES, VARIABLES, LITERALS, IRIS), larger, max_leaves=5)


EXPRESSIONS: Final = _expressions()


def _triples() -> Text:
    """Give patterns that are found and, less often, any."""
    subjects, objects = st.one_of(VARIABLES, IRIS), st.one_of(VARIABLES, IRIS, LITERALS)
    any_ = st.builds("{}{}{} {} .".format, subjects, SPACES, PREDICATES, objects)
    return st.one_of(FOUND, FOUND, FOUND, FOUND, any_)


def _larger(inside: Text) -> Text:
    """Give patterns with patterns in them."""
    filters = st.builds("FILTER({})".format, EXPRESSIONS)
    return st.one_of(
        st.lists(inside, min_size=1, max_size=3).map(" ".join),
        st.builds("{} OPTIONAL {{ {} }}".format, inside, inside),
        st.builds("{{ {} }} UNION {{ {} }}".format, inside, inside),
        st.builds("{} MINUS {{ {} }}".format, inside, inside),
        st.builds("{} {}".format, inside, filters),
        st.builds("{} FILTER NOT EXISTS {{ {} }}".format, inside, inside),
        st.builds("GRAPH {} {{ {} }}".format, st.sampled_from(("?g", CITIES)), inside),
        st.builds(
            "{} VALUES ({} ?v) {{ ({} UNDEF) (UNDEF {}) }}".format,
            inside,
            VARIABLES,
            IRIS,
            LITERALS,
        ),
        st.builds("{{ {} BIND({} AS ?bound) }}".format, inside, EXPRESSIONS),
        st.builds("{{ SELECT DISTINCT {} WHERE {{ {} }} }}".format, VARIABLES, inside),
    )


PATTERNS: Final = st.recursive(_triples(), _larger, max_leaves=4)

HEADS: Final = st.sampled_from(
    (
        "SELECT * {} {}",
        "SELECT ?city ?name ?bound {} WHERE {}",
        "SELECT DISTINCT ?city $country {} {}",
        "SELECT REDUCED ?none {} {}",
        "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?city) AS ?m) {} {}",
        "SELECT ?city (MAX(?name) AS ?m) {} {} GROUP BY ?city HAVING(COUNT(*) > 1)",
        "select ?city {} {} order by desc(?name) ?city",
        "ASK {} {}",
        "CONSTRUCT {{ ?link cl:party ?city . ?é a $country }} {} WHERE {}",
        "DESCRIBE ?city {} WHERE {}",
    )
)


@dataclass(frozen=True)
class Good:
    """A query that is SPARQL: its head, with places for dataset and group, and its group."""

    head: str
    group: str

    def text(self, dataset: str = "") -> str:
        """Write it, with a dataset clause."""
        return PROLOGUE + self.head.format(dataset, f"{{ {self.group} }}")


GOOD: Final = st.builds(Good, HEADS, PATTERNS)

SAVED: Final = tuple(query.body for query in saved_queries.read(shipped.query_files()))
HOSTILE: Final = (
    *("{", "}", "(", ")", "[", "]", "<", ">", '"', "'", '"""', "\\", "\x00", "\ufeff", "\ud800"),
    *("{" * 300, "(" * 300, "!" * 3_000, "a" * 5_000, "# ", "\r", "\u202e", "^^", "@", "_:b", "?"),
    *("SERVICE <http://127.0.0.1:9/> {}", r"SERV\u0049CE <http://127.0.0.1:9/> {}", "NOW()"),
    *("INSERT DATA {}", "FROM <x:y>", "FROM", "BASE <x:>", "PREFIX : <", "LIMIT -1", "LIMIT 9e9"),
    *("?a ?b ?c . ?d ?e ?f . ?g ?h ?i .", "UNION {}", "OPTIONAL", "FILTER(1/0)", "<<?s ?p ?o>>"),
    *(
        "REDUCED",
        "UNDEF",
        "BIND(RAND() AS ?r)",
        "(1 2 3)",
        "0x1F",
        "9" * 400,
        "1e999",
        "%",
        "\u00a0",
    ),
)


def _damaged(query: str, changes: Sequence[tuple[str, int, int, str]]) -> str:
    """Drop, double, swap and insert tokens."""
    tokens = [token.text for token in scan(query)]
    for change, first, second, hostile in changes:
        at, other = first % len(tokens), second % len(tokens)
        if change == "drop":
            tokens[at] = ""
        elif change == "double":
            tokens[at] *= 2
        elif change == "swap":
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] += hostile
    return "".join(tokens)


_PLACE: Final = st.integers(0, 999)
_CHANGES: Final = st.tuples(
    st.sampled_from(("drop", "double", "swap", "insert", "insert")),
    _PLACE,
    _PLACE,
    st.sampled_from(HOSTILE),
)
DAMAGED: Final = st.builds(
    _damaged,
    st.one_of(st.sampled_from(SAVED), GOOD.map(Good.text)),
    st.lists(_CHANGES, min_size=1, max_size=4),
)
"""Queries that nearly are."""
