"""Hostile queries that are too long to keep as files: written by repetition.

Each row is a name, the text, what it may come to, and the lines of the answer where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

Row = tuple[str, str, str, tuple[str, ...]]

DEEP: Final = "query-too-deep"
LARGE: Final = "query-too-large"
SYNTAX: Final = "query-syntax"
ANSWERED: Final = "answered"
STOPPED: Final = "query-too-deep, query-memory, query-timeout"
"""What the engine makes of a query that no guard counts: no stack, no memory or no time."""

PAIRS: Final = {"braces": ("{", "}"), "brackets": ("[", "]"), "parentheses": ("(", ")")}

_GEO: Final = (
    "PREFIX geo: <http://www.opengis.net/ont/geosparql#>\n"
    "PREFIX geof: <http://www.opengis.net/def/function/geosparql/>\n"
)


def rows() -> Iterator[Row]:
    """Give all rows."""
    yield from _nested()
    yield from _chained()
    yield from _listed()
    yield from _texts()
    yield from _prologues()
    yield from _geometries()


def _nested() -> Iterator[Row]:
    """Nest more deeply than any parser that recurses can bear, and as deeply as is allowed."""
    for name, (opened, closed) in PAIRS.items():
        yield f"20000-{name}", "ASK " + opened * 20_000, DEEP, ()
        yield f"20000-{name}-closed", f"ASK {{ {opened * 20_000}{closed * 20_000} }}", DEEP, ()
    yield "nested-functions", f"SELECT ({'STR(' * 15_000}1{')' * 15_000} AS ?n) {{}}", DEEP, ()
    yield "nested-in", f"ASK {{ FILTER(1 {'IN (1 ' * 9_000}{')' * 9_000}) }}", DEEP, ()
    selects = "{ SELECT * "
    yield "nested-sub-selects", f"ASK {selects * 5_000}{{}}{'}' * 5_000}", DEEP, ()
    allowed = f"SELECT * {{ {selects * 90}{{ BIND(1 AS ?n) }}{' }' * 90} }}"
    yield "nested-sub-selects-allowed", allowed, ANSWERED, ("n", "1")
    exists = "{ FILTER EXISTS "
    yield "nested-exists", f"ASK {exists * 5_000}{{}}{'}' * 5_000}", DEEP, ()
    yield "nested-exists-allowed", f"ASK {exists * 190}{{}}{'}' * 190}", ANSWERED, ("true",)
    terms = f"{'<<( ?s ?p ' * 900}?o{' )>>' * 900}"
    yield "nested-triple-terms", f"ASK {{ ?r ?p {terms} }}", f"{DEEP}, {SYNTAX}", ()
    notes = f"ASK {{ ?s ?p ?o {'{| ?p ?o ' * 190}{'|} ' * 190} }}"
    yield "nested-annotations", notes, f"{STOPPED}, {SYNTAX}", ()
    hidden = f"ASK {{ ?s ?p ?o FILTER(?o<{'(' * 40_000}1{')' * 40_000}>1) }}"
    yield "parentheses-hidden-in-an-iri", hidden, DEEP, ()


def _chained() -> Iterator[Row]:
    """Chain what the grammar makes into a nest."""
    yield "unions", "ASK {" + "{}UNION" * 11_000 + "{}}", DEEP, ()
    unions = "SELECT (COUNT(*) AS ?n) {" + "{}UNION" * 1_990 + "{}}"
    yield "unions-allowed", unions, ANSWERED, ("n", "1991")
    yield "optionals", "ASK {" + "OPTIONAL{}" * 9_900 + "}", DEEP, ()
    yield "optionals-allowed", "ASK {" + "OPTIONAL{?a ?b ?c}" * 1_990 + "}", STOPPED, ()
    yield "minus-allowed", "ASK {" + "MINUS{?a ?b ?c}" * 1_990 + "}", STOPPED, ()
    yield "additions", "ASK { FILTER(1" + "+1" * 20_000 + " > 0) }", DEEP, ()
    yield "negations", "ASK { FILTER(" + "!" * 20_000 + "true) }", DEEP, ()
    yield "comparisons", "ASK { FILTER(1" + "<a" * 40_000 + ") }", DEEP, ()
    additions = "ASK { FILTER(1" + "+1" * 1_990 + " = 1991) }"
    yield "additions-allowed", additions, f"{ANSWERED}, {DEEP}, query-timeout", ("true",)
    yield "path-steps", "ASK { ?x <urn:a>" + "/<urn:a>" * 9_000 + " ?y }", DEEP, ()
    steps = "ASK { ?x !<urn:a>" + "/!<urn:a>" * 1_990 + " ?y }"
    yield "path-steps-allowed", steps, STOPPED, ()
    yield "path-inverses", "ASK { ?x " + "^" * 20_000 + "<urn:a> ?y }", f"{SYNTAX}, {DEEP}", ()
    yield "groups", "ASK {" + "{}" * 20_000 + "}", f"{ANSWERED}, {DEEP}", ("true",)
    yield "filters", "ASK {" + "FILTER(1)" * 10_000 + "}", STOPPED, ()
    binds = "SELECT ?x1 {" + "".join(f"BIND(1 AS ?x{n})" for n in range(5_000)) + "}"
    yield "binds", binds, STOPPED, ()


def _listed() -> Iterator[Row]:
    """List more than anybody writes by hand."""
    yield "20000-patterns", "ASK {" + "?a?b?c." * 13_000 + "}", STOPPED, ()
    yield "20000-objects", "ASK { ?a ?b ?c" + ",?c" * 30_000 + "}", STOPPED, ()
    differing = "".join(f"?a{n} ?b{n} ?c{n}." for n in range(4_000))
    yield "differing-patterns", f"ASK {{{differing}}}", STOPPED, ()
    joined = "".join(f"?a{n} ?b{n} ?a{n + 1}." for n in range(1_000))
    yield "joined-patterns", f"SELECT (COUNT(*) AS ?n) {{{joined}}}", STOPPED, ()
    yield "semicolons", "ASK { ?a ?b ?c" + ";" * 90_000 + "}", f"{ANSWERED}, {DEEP}", ("true",)
    yield "20000-in", "ASK { FILTER(7 IN (1" + ",1" * 20_000 + ")) }", ANSWERED, ("false",)
    values = "SELECT (COUNT(*) AS ?n) { VALUES ?x {" + "1 " * 20_000 + "} }"
    yield "20000-values", values, ANSWERED, ("n", "20000")
    iris = "".join(f"<https://w3id.org/citylinks/id/city/a-{n}> " for n in range(18_000))
    yield (
        "18000-iris",
        f"SELECT (COUNT(*) AS ?n) {{ VALUES ?x {{ {iris}}} }}",
        ANSWERED,
        ("n", "18000"),
    )
    yield "200000-values", f"ASK {{ VALUES ?x {{{'1 ' * 200_000}}} }}", LARGE, ()
    relative = f"BASE <http://a/{'a/' * 450}>\nASK {{ VALUES ?x {{{'<b> ' * 90_000}}} }}"
    yield "90000-relative-iris", relative, f"{ANSWERED}, {STOPPED}", ("true",)
    columns = " ".join(f"?v{n}" for n in range(1_000))
    wide = f"SELECT (COUNT(*) AS ?n) {{ VALUES ({columns}) {{{('(' + '1 ' * 1_000 + ')') * 40}}} }}"
    yield "wide-values", wide, ANSWERED, ("n", "40")
    concat = "SELECT (STRLEN(CONCAT('a'" + ",'a'" * 20_000 + ")) AS ?n) {}"
    yield "20000-arguments", concat, ANSWERED, ("n", "20001")
    columns = "".join(f"(1 AS ?a{n})" for n in range(6_000))
    yield "projected-expressions", f"SELECT {columns} {{}}", STOPPED, ()
    columns = "".join(f"(COUNT(*) AS ?a{n})" for n in range(5_000))
    yield "aggregates", f"SELECT {columns} {{}}", STOPPED, ()
    count = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
    yield "sort-keys", "SELECT * { ?a ?b ?c } ORDER BY " + "?a " * 20_000, STOPPED, ()
    yield "group-keys", f"{count} GROUP BY " + "?a " * 20_000, STOPPED, ()
    yield "having-conditions", f"{count} HAVING " + "(1) " * 20_000, STOPPED, ()
    yield "described-names", "DESCRIBE " + "<urn:a> " * 10_000, STOPPED, ()
    template = "".join(f"?a <urn:p:{n}> ?c ." for n in range(3_000))
    graph = f"CONSTRUCT {{ {template} }} {{ ?a ?b ?c . ?d ?e ?f }}"
    yield "long-template", graph, "answer-too-large, query-memory, query-timeout", ()
    negated = "SELECT ?y { <urn:nowhere> !(<urn:a>" + "|<urn:a>" * 1_990 + ") ?y }"
    yield "negated-names", negated, ANSWERED, ("y",)


def _texts() -> Iterator[Row]:
    """Write long texts, and texts that a careless reader reads many times."""
    literal = 'SELECT (STRLEN("{}") AS ?n) {{}}'
    yield "literal-of-two-megabytes", literal.format("x" * 2_000_000), LARGE, ()
    yield "iri-of-two-megabytes", f"ASK {{ <urn:{'x' * 2_000_000}> ?p ?o }}", LARGE, ()
    yield "literal-of-90-kilobytes", literal.format("x" * 90_000), ANSWERED, ("n", "90000")
    yield "literal-of-900-kilobytes", literal.format("x" * 900_000), ANSWERED, ("n", "900000")
    iri = f"SELECT (STRLEN(STR(<urn:{'x' * 90_000}>)) AS ?n) {{}}"
    yield "iri-of-90-kilobytes", iri, ANSWERED, ("n", "90004")
    name = "x" * 45_000
    yield "long-variable", f"SELECT ?{name} {{ BIND(1 AS ?{name}) }}", ANSWERED, (name, "1")
    yield "long-language-tag", f"SELECT ('a'@{'a' * 90_000} AS ?a) {{}}", SYNTAX, ()
    yield "quotation-marks", "ASK { FILTER(" + '"' * 90_001 + ") }", SYNTAX, ()
    yield "long-quotation-marks", "ASK { FILTER(" + "'''a" * 20_001 + ") }", SYNTAX, ()
    yield "points", "ASK { ?s ?p <urn:a>" + "." * 90_000 + " }", SYNTAX, ()
    yield "backslashes", "ASK { " + "\\" * 90_000 + " }", SYNTAX, ()
    yield "broken-escapes", "ASK { " + "\\u003" * 15_000 + " }", SYNTAX, ()
    yield "comments", "#\n" * 45_000 + "ASK {}", ANSWERED, ("true",)
    yield "spaces", " " * 990_000 + "ASK {}", ANSWERED, ("true",)
    yield "no-break-spaces", "ASK {" + "\u00a0" * 90_000 + "}", ANSWERED, ("true",)
    truths = "SELECT (COUNT(*) AS ?n) { VALUES ?x {" + "TRUE " * 90_000 + "} }"
    yield "truths", truths, ANSWERED, ("n", "90000")
    yield "nought-in-a-string", "ASK { FILTER('\0' = '\\u0000') }", ANSWERED, ("true",)
    yield "nought-between-words", "ASK \0 {}", SYNTAX, ()
    brackets = f"ASK {{ FILTER(REGEX('a', '{'(' * 20_000}a{')' * 20_000}')) }}"
    yield "regex-of-parentheses", brackets, ANSWERED, ("false",)
    groups = f"SELECT (STRLEN(REPLACE('{'a' * 40_000}', '(a)', '{'$1' * 10_000}')) AS ?n) {{}}"
    yield "replace-by-groups", groups, "query-memory, query-timeout", ()


def _prologues() -> Iterator[Row]:
    """Declare more than anybody uses."""
    prefixes = [f"PREFIX p{n}: <urn:{n}:>\n" for n in range(50_000)]
    yield "50000-prefixes", "".join(prefixes) + "ASK {}", LARGE, ()
    yield "3500-prefixes", "".join(prefixes[:3_500]) + "ASK {}", ANSWERED, ("true",)
    long = "a/" * 20_000
    bases = "BASE <http://a/>\n" + "BASE <a/>\n" * 9_000
    yield "growing-bases", f"{bases}ASK {{}}", LARGE, ()
    bases = f"BASE <http://a/{long}>\n" + "BASE <../a/>\n" * 3_000
    yield "a-long-base", f"{bases}ASK {{}}", LARGE, ()
    yield "from-a-long-base", f"BASE <http://a/{long}>\nASK {'FROM <b>' * 6_000}{{}}", LARGE, ()
    far = "".join(f"FROM <urn:{n}>" for n in range(5_000))
    yield "5000-graphs", f"ASK {far} {{}}", "unknown-graph", ()


def _geometries() -> Iterator[Row]:
    """Describe shapes that no map has."""
    ring = ", ".join(f"{n % 180} {n % 89}" for n in range(5_000))
    polygon = f"'POLYGON(({ring}, 0 0))'^^geo:wktLiteral"
    far = "'POINT(1e308 -1e308)'^^geo:wktLiteral"
    found = f"{_GEO}ASK {{ FILTER(geof:sfIntersects({polygon}, {far})) }}"
    yield "geometry-of-many-corners", found, ANSWERED, ("false",)
    nested = "GEOMETRYCOLLECTION(" * 4_000 + "POINT(1 1)" + ")" * 4_000
    envelope = f"SELECT (geof:envelope('{nested}'^^geo:wktLiteral) AS ?e) {{}}"
    box = '"<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POLYGON((1 1,1 1,1 1,1 1,1 1))"'
    yield "geometry-in-geometries", _GEO + envelope, f"{ANSWERED}, {DEEP}", ("e", box)
    tangles = [
        ", ".join(f"{n * step % 180} {n * 104_729 % 89}" for n in range(4_000))
        for step in (7_919, 7_907)
    ]
    one, other = (f"'LINESTRING({tangle})'^^geo:wktLiteral" for tangle in tangles)
    crossing = f"{_GEO}SELECT (geof:sfTouches({one}, {other}) AS ?x) {{}}"
    yield "geometry-of-tangles", crossing, f"{ANSWERED}, {STOPPED}", ()
