"""Files that are broken or meant to break: each is read or refused, in bounded time and memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry.graphs import parsing
from registry.graphs.graph import Graph
from registry.problems import Problem
from registry.sandbox import Died
from registry.settings import Settings
from tests.tables import every_row

Read = Callable[[str, str | bytes], dict[str, Graph]]

GRAPH = "https://w3id.org/citylinks/graph/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DATASET = "http://www.w3.org/ns/dcat#Dataset"
SELF = f"<{GRAPH}list> <{RDF}type> <{DATASET}> .\n"
SAYS = "<urn:s> <urn:p> "


def xml(inside: str, before: str = "", namespaces: str = "") -> str:
    """Write an RDF/XML document around one literal."""
    return (
        f'{before}<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="urn:e:" xmlns:dcat="http://www.w3.org/ns/dcat#"'
        f'{namespaces}><dcat:Dataset rdf:about="{GRAPH}list"><e:p>{inside}</e:p></dcat:Dataset>'
        "</rdf:RDF>"
    )


def entities(*pairs: tuple[str, str]) -> str:
    """Write a document type with entities."""
    return "<!DOCTYPE r [" + "".join(f'<!ENTITY {n} "{value}">' for n, value in pairs) + "]>"


LAUGHS = entities(("a0", "ha"), *((f"a{n}", f"&a{n - 1};" * 10) for n in range(1, 12)))
NESTED = '{"@id":"urn:s","urn:p":'

PLACES = {
    "list.ttl": {
        "<urn:s> <urn:p>\n  <urn:o> ;; broken .": (2, 14),
        "<urn:s> <urn:p> <relative> .": (1, 17),
        '<urn:s> <urn:p> "\\uD800" .': (1, 18),
        '<urn:s> <urn:p> "x"@abcdefghij .': (1, 21),
        "<urn:s> <urn:p> \n\n e:o .": (3, 2),
        f'<urn:s> <urn:p> "x"^^<{RDF}langString> .': (1, 22),
        "[" * 100_000: (1, 2),
    },
    "list.nt": {'<urn:s> <urn:p> <urn:o> .\n<urn:s> <urn:p> "x .\n': (2, 17)},
    "list.trig": {f"<{GRAPH}list> {{\n<urn:s> <urn:p> }}": (2, 17)},
    "list.nq": {f"<urn:s> <urn:p> <urn:o> <{GRAPH}list>\n": (2, 1)},
    "list.jsonld": {
        '{"@id": "urn:s",\n "urn:p": }': (2, 11),
        "[" * 1_000_000: (1, 65538),
    },
}
"""By file name: content that is no RDF, and the line and column that name the fault."""


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [(name, text, place) for name, row in PLACES.items() for text, place in row.items()],
    ids=lambda value: str(value)[:40],
)
def test_a_syntax_error_has_its_place(
    read: Read, name: str, content: str, place: tuple[int, int]
) -> None:
    with pytest.raises(Problem) as caught:
        read(name, content)
    problem = caught.value
    assert problem.name == "data-syntax"
    assert (problem.members["line"], problem.members["column"]) == place
    assert str(problem).endswith(f" (line {place[0]}, column {place[1]})")
    assert "Parser error" not in str(problem)
    assert "\n" not in str(problem)


UTF8 = {
    "list.ttl": SAYS.encode() + b'"\xff" .',
    "list.nt": SAYS.encode() + b'"\xff" .',
    "list.jsonld": b'{"@id":"urn:s","urn:p":"\xff"}',
    "list.rdf": xml("?").encode().replace(b"?", b"\xff"),
    "utf-16.ttl": (SELF + SAYS + '"x" .').encode("utf-16"),
}


@pytest.mark.parametrize("name", UTF8)
def test_what_is_not_utf_8_is_refused(read: Read, name: str) -> None:
    with pytest.raises(Problem, match=r"(?i)utf-8"):
        read(name, UTF8[name])


BOUNDED = "needed too much memory|took too long"
REFUSED = {
    "laughs": ("list.rdf", xml("&a11;", LAUGHS), BOUNDED),
    "an entity of itself": (
        "list.rdf",
        xml("&a;", entities(("a", "&b;"), ("b", "&a;"))),
        "unrecognized entity",
    ),
    "a file as entity": (
        "list.rdf",
        xml("&a;", '<!DOCTYPE r [<!ENTITY a SYSTEM "/etc/passwd">]>'),
        "ENTITY",
    ),
    "a relative IRI in XML": ("list.rdf", xml("x").replace(f"{GRAPH}list", "list"), "IRI 'list'"),
    "deep JSON-LD": ("list.jsonld", NESTED * 50_000 + '"x"' + "}" * 50_000, BOUNDED),
    "deep Turtle": (
        "list.ttl",
        SAYS + "[<urn:p> " * 100_000 + "<urn:o>" + "]" * 100_000 + ".",
        BOUNDED,
    ),
    "long list": ("list.ttl", SAYS + "(" * 100_000 + ")" * 100_000 + ".", BOUNDED),
    "remote context": (
        "list.jsonld",
        '{"@context":"https://schema.org/","@id":"urn:s","name":"x"}',
        "remote context",
    ),
    "imported context": (
        "list.jsonld",
        '{"@context":{"@import":"https://schema.org/"},"@id":"urn:s"}',
        "remote context",
    ),
    "relative subject": ("list.jsonld", '{"@id":"thing","urn:p":"x"}', "'thing' is relative"),
    "relative object": ("list.jsonld", NESTED + '{"@id":"../thing"}}', "'thing' is relative"),
    "relative class": ("list.jsonld", '{"@id":"urn:s","@type":"City"}', "'City' is relative"),
    "relative predicate": (
        "list.jsonld",
        '{"@context":{"@vocab":""},"@id":"urn:s","name":"x"}',
        "'name' is relative",
    ),
    "a graph in JSON-LD": (
        "list.jsonld",
        '{"@id":"urn:g","@graph":[{"@id":"urn:s","urn:p":"x"}]}',
        "cannot name graphs",
    ),
    "a long literal": ("list.ttl", SAYS + '"' + "x" * 17_000_000 + '" .', "needed too much memory"),
    "a triple term": ("list.ttl", SAYS + "<<( <urn:a> <urn:b> <urn:c> )>> .", "RDF 1.1"),
    "a reified triple": ("list.ttl", "<< <urn:a> <urn:b> <urn:c> >> <urn:p> 1 .", "RDF 1.1"),
    "an annotation": ("list.ttl", SAYS + "<urn:o> {| <urn:a> <urn:b> |} .", "RDF 1.1"),
    "a direction": ("list.ttl", SAYS + '"x"@ar--rtl .', "direction"),
    "a number that is none": ("list.ttl", SAYS + f'"nan"^^<{XSD}double> .', "not well-formed"),
    "no graph": ("list.nq", SAYS + "<urn:o> .", "must be in a graph with an IRI"),
    "a blank graph": ("list.nq", SAYS + "<urn:o> _:g .", "must be in a graph with an IRI"),
    "a default graph": ("list.trig", SAYS + "<urn:o> .", "must be in a graph with an IRI"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(tmp_path: Path, short: Settings, case: str) -> None:
    name, content, words = REFUSED[case]
    limited = replace(short, intake_seconds=1.5) if words == BOUNDED else short
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        parsing.read([parsing.source_of(path)], limited)
    assert caught.value.name == "data-syntax"
    assert re.search(words, str(caught.value))
    assert name in str(caught.value)


PREFIXES = range(50_000)
TAKEN = {
    "50,000 prefixes in Turtle": (
        "list.ttl",
        "".join(f"@prefix p{n}: <urn:{n}:> .\n" for n in PREFIXES) + SAYS + "p7:o .",
    ),
    "50,000 terms in a context": (
        "list.jsonld",
        json.dumps(
            {
                "@context": {f"p{n}": f"urn:{n}:" for n in PREFIXES},
                "@id": "urn:s",
                "urn:p": {"@id": "p7:o"},
            }
        ),
    ),
    "a base": ("list.ttl", "@base <urn:7:> . @prefix e: <urn:7:> . <urn:s> <urn:p> e:o ."),
    "a base in a context": (
        "list.jsonld",
        '{"@context":{"@base":"http://7/"},"@id":"urn:s","urn:p":{"@id":"urn:7:o"}}',
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_read(read: Read, case: str) -> None:
    name, content = TAKEN[case]
    written = (
        SELF if name.endswith("ttl") else json.dumps({"@id": f"{GRAPH}list", "@type": DATASET})
    )
    content = content + "\n" + written if name.endswith("ttl") else f"[{content},{written}]"
    (graph,) = read(name, content).values()
    assert graph.ntriples.endswith(b"<urn:s> <urn:p> <urn:7:o> .\n")


def test_50_000_namespaces_in_xml_are_late(tmp_path: Path, short: Settings) -> None:
    """The engine's XML reader compares each with all the others; the deadline bounds that."""
    path = tmp_path / "list.rdf"
    path.write_text(xml("x", namespaces="".join(f' xmlns:p{n}="urn:{n}:"' for n in PREFIXES)))
    with pytest.raises(Problem, match="took too long"):
        parsing.read([parsing.source_of(path)], replace(short, intake_seconds=1.0))


def test_huge_numbers_are_literals_like_others(read: Read) -> None:
    numbers = [f'"{"7" * 5000}"^^<{XSD}{name}>' for name in ("integer", "decimal", "duration")]
    (graph,) = read("list.ttl", SELF + SAYS + ", ".join(numbers) + " .").values()
    assert len(graph.lines) == 4


def test_the_deadline_is_a_limit(tmp_path: Path, short: Settings) -> None:
    """Ten blank nodes that all point at each other have 10! orders to try."""
    clique = [f"_:a{i} <urn:p> _:a{j} ." for i in range(10) for j in range(10) if i != j]
    path = tmp_path / "list.nt"
    path.write_text("\n".join([SELF, *clique]))
    with pytest.raises(Problem, match=r"list\.nt took too long to read, and was refused"):
        parsing.read([parsing.source_of(path)], replace(short, intake_seconds=1.0))


def test_the_memory_is_a_limit(tmp_path: Path, short: Settings) -> None:
    path = tmp_path / "list.ttl"
    path.write_text(SELF + "".join(f'<urn:s:{n}> <urn:p> "{n}" .\n' for n in range(40_000)))
    assert len(parsing.read([parsing.source_of(path)], short)[f"{GRAPH}list"].lines) == 40_001
    with pytest.raises(Problem, match="needed too much memory"):
        parsing.read([parsing.source_of(path)], replace(short, intake_memory=26_000_000))


@every_row("said", ["MemoryError\n", "SystemError: error return without exception set\n"])
def test_a_reader_that_lacks_memory_to_say_so_is_refused_too(said: str) -> None:
    source = parsing.InputFiles((Path("list.ttl"),), "")
    problem = parsing._ended(source, Died(1, f"Traceback\n{said}"))
    assert problem.name == "data-syntax"
    assert "list.ttl needed too much memory" in problem.detail
    with pytest.raises(RuntimeError, match="the parser process failed"):
        parsing._ended(source, Died(1, "Traceback\nKeyError: 'a'\n"))


def test_what_brings_the_reader_down_says_nothing_on_stderr(
    read: Read, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Problem):
        read("list.jsonld", REFUSED["deep JSON-LD"][1])
    assert capfd.readouterr() == ("", "")
