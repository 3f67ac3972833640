"""Hostile files of RDF, with what each must come to; those of `tests/graphs` are not repeated.

A file is refused in words that a pattern describes, or taken. `@canary@` stands for a host and
port at which nobody must ever knock.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Final

GRAPH: Final = "https://w3id.org/citylinks/graph/"
CL: Final = "https://w3id.org/citylinks/ontology#"
ID: Final = "https://w3id.org/citylinks/id/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SELF: Final = f"<{GRAPH}list> a <http://www.w3.org/ns/dcat#Dataset> .\n"
SAYS: Final = SELF + "<urn:s> <urn:p> "
FAR: Final = "http://@canary@/far"
BOUNDED: Final = "needed too much memory|took too long"
TAKEN: Final = ""
EITHER: Final = f"^$|{BOUNDED}"
"""Taken or stopped, as fast as the machine is."""

SOFTWARE: Final = "written by the software"


@dataclass(frozen=True)
class File:
    """A file: what it tries, its name and content, and a pattern of its refusal (empty = taken)."""

    tries: str
    name: str
    content: bytes
    refusal: str


def files(canary: str = "127.0.0.1:9") -> list[File]:
    """Give all hostile files; those that try to reach another server try `canary`."""
    found = []
    for kind, rows in _ROWS.items():
        for tries, (name, content, refusal) in rows.items():
            written = content.encode() if isinstance(content, str) else content
            filled = written.replace(b"@canary@", canary.encode())
            found.append(File(f"{kind}: {tries}", name, filled, refusal))
    return found


def _xml(inside: str, before: str = "", attributes: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{before}<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="urn:e:" '
        f'xmlns:dcat="http://www.w3.org/ns/dcat#"{attributes}>'
        f'<dcat:Dataset rdf:about="{GRAPH}list"><e:p>{inside}</e:p></dcat:Dataset></rdf:RDF>'
    )


def _json(more: str) -> str:
    return f'[{{"@id":"{GRAPH}list","@type":"http://www.w3.org/ns/dcat#Dataset"}},{more}]'


def _graph(iri: str) -> str:
    return f"<{iri}> {{ <{iri}> a <http://www.w3.org/ns/dcat#Dataset> . }}"


Rows = dict[str, tuple[str, str | bytes, str]]

_XML: Rows = {
    "an entity of another server": (
        "list.rdf",
        _xml("&a;", f'<!DOCTYPE r [<!ENTITY a SYSTEM "{FAR}">]>'),
        "ENTITY",
    ),
    "a public entity": (
        "list.rdf",
        _xml("&a;", f'<!DOCTYPE r [<!ENTITY a PUBLIC "-//A//B" "{FAR}">]>'),
        "ENTITY",
    ),
    "an entity of parameters": (
        "list.rdf",
        _xml("x", f'<!DOCTYPE r [<!ENTITY % a SYSTEM "{FAR}"> %a;]>'),
        "ENTITY",
    ),
    "a document type elsewhere": ("list.rdf", _xml("x", f'<!DOCTYPE r SYSTEM "{FAR}">'), TAKEN),
    "a style sheet elsewhere": (
        "list.rdf",
        _xml("x", f'<?xml-stylesheet type="text/xsl" href="{FAR}"?>'),
        TAKEN,
    ),
    "an entity of 100 kilobytes, 100000 times": (
        "list.rdf",
        _xml("&a;" * 100_000, f'<!DOCTYPE r [<!ENTITY a "{"x" * 100_000}">]>'),
        BOUNDED,
    ),
    "an attribute of laughs": (
        "list.rdf",
        _xml("x", "<!DOCTYPE r [" + "".join(
            f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12)
        ) + "]>").replace("<e:p>", '<e:p e:q="&a11;">'),
        BOUNDED,
    ),
    "100000 elements in each other": (
        "list.rdf",
        _xml("<e:A><e:p>" * 50_000 + "</e:p></e:A>" * 50_000),
        ".",
    ),
    "an end too few": ("list.rdf", _xml("x").replace("</rdf:RDF>", ""), "no element found"),
    "a cut between two things": (
        "list.rdf",
        _xml("x").partition("</rdf:RDF>")[0] + '<e:A rdf:about="urn:a"/>\n',
        "no element found",
    ),
    "two documents": ("list.rdf", _xml("x") + _xml("x")[21:], "."),
    "an IRI with a space": ("list.rdf", _xml('<e:A rdf:about="http://a b/"/>'), "IRI"),
}  # fmt: skip

_JSON: Rows = {
    "a context of another server": (
        "list.jsonld",
        _json(f'{{"@context":"{FAR}","@id":"urn:s","urn:p":"x"}}'),
        "remote context",
    ),
    "a context of another server, among others": (
        "list.jsonld",
        _json(f'{{"@context":[{{"e":"urn:e:"}},["{FAR}"]],"@id":"urn:s","e:p":"x"}}'),
        ".",
    ),
    "a context of another server, within a term": (
        "list.jsonld",
        _json(
            f'{{"@context":{{"p":{{"@id":"urn:p","@context":"{FAR}"}}}},'
            '"@id":"urn:s","p":{"urn:q":1}}'
        ),
        "remote context|context",
    ),
    "an import of another server": (
        "list.jsonld",
        _json(f'{{"@context":{{"@import":"{FAR}"}},"@id":"urn:s","urn:p":"x"}}'),
        "remote context",
    ),
    "a context that is a file": (
        "list.jsonld",
        _json('{"@context":"file:///etc/passwd","@id":"urn:s","urn:p":"x"}'),
        "remote context",
    ),
    "terms that lead to each other": (
        "list.jsonld",
        _json('{"@context":{"a":"b:x","b":"a:y"},"@id":"urn:s","a":"x"}'),
        ".",
    ),
    "contexts in each other": (
        "list.jsonld",
        _json('{"@context":' + '{"a":{"@id":"urn:a","@context":' * 20_000 + "{}" + "}}" * 20_000
              + ',"@id":"urn:s","a":"x"}'),
        ".",
    ),
    "lists in each other": (
        "list.jsonld",
        _json('{"@id":"urn:s","urn:p":' + '{"@list":[' * 50_000 + "]}" * 50_000 + "}"),
        ".",
    ),
    "a nought": ("list.jsonld", _json('{"@id":"urn:s","urn:p":"a\0b"}'), "."),
    "half a character": ("list.jsonld", _json('{"@id":"urn:s","urn:p":"\\ud800"}'), "."),
    "a property of a script": (
        "list.jsonld",
        _json('{"@id":"urn:s","javascript:alert(1)":{"@id":"javascript:alert(1)"}}'),
        TAKEN,
    ),
}  # fmt: skip

_GZIPPED: Final = gzip.compress(SELF.encode() * 100)
_BYTES: Rows = {
    "compressed": ("list.ttl", _GZIPPED, "."),
    "compressed and cut": ("list.nt", _GZIPPED[: len(_GZIPPED) // 2], "."),
    "compressed RDF/XML": ("list.rdf", _GZIPPED, "."),
    "compressed JSON-LD": ("list.jsonld", _GZIPPED, "."),
    "nothing": ("list.ttl", b"", "states nothing"),
    "spaces": ("list.nt", b" \n" * 100_000, "states nothing"),
    "noughts": ("list.nt", b"\0" * 100_000, "."),
    "a program": ("list.ttl", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 100, "."),
    "a nought in an IRI": ("list.nt", SAYS.replace(" a ", f" <{RDF}type> ") + "<urn:\0> .", "."),
    "an escaped nought in an IRI": ("list.ttl", SAYS + "<urn:\\u0000> .", "."),
    "an overlong UTF-8 form": ("list.ttl", SAYS.encode() + b'"\xc0\xaf" .', "(?i)utf-8"),
    "half a character in UTF-8": ("list.ttl", SAYS.encode() + b'"\xed\xa0\x80" .', "(?i)utf-8"),
}

_IRIS: Rows = {
    "a space": ("list.ttl", SAYS + "<http://a b/> .", "."),
    "an escaped space": ("list.ttl", SAYS + "<http://a\\u0020b/> .", "."),
    "angle brackets": ("list.ttl", SAYS + "<http://a\\u003Cb/> .", "."),
    "a script": ("list.ttl", SAYS + "<javascript:alert(1)> .", TAKEN),
    "a page": ("list.ttl", SAYS + "<data:text/html,%3Cscript%3Ealert(1)%3C/script%3E> .", TAKEN),
    "no scheme": ("list.nt", SAYS.replace(" a ", f" <{RDF}type> ") + "<a/b> .", "."),
    "a scheme of digits": ("list.ttl", SAYS + "<1http://a/> .", "."),
    "a megabyte": ("list.ttl", SAYS + f"<urn:{'x' * 1_000_000}> .", TAKEN),
    "bases that grow": (
        "list.ttl",
        "@base <http://a/> .\n" + "@base <aaaaaaaa/> .\n" * 30_000 + SAYS + "<b> .",
        ".",
    ),
    "controls of direction": ("list.ttl", SAYS + "<urn:\u202e:a> .", TAKEN),
}

_OURS: Rows = {
    name: ("list.trig", _graph(GRAPH + name), SOFTWARE)
    for name in ("ontology", "derived", "shapes", "settings", "queries", "scheme-topic")
}

_GRAPHS: Rows = {
    **_OURS,
    "derived, in N-Quads": (
        "list.nq",
        f"<urn:s> <{CL}twinCity> <urn:o> <{GRAPH}derived> .\n",
        SOFTWARE,
    ),
    "one good and one of the software": (
        "list.trig",
        _graph(f"{GRAPH}list") + _graph(f"{GRAPH}derived"),
        SOFTWARE,
    ),
    "one of another registry": ("list.trig", _graph("http://example.org/g"), "not a graph of this"),
    "one with an escaped name": ("list.trig", _graph(f"{GRAPH}%6cist"), "cannot be the name"),
    "one above": ("list.trig", _graph(f"{GRAPH}../graph/list"), "cannot be the name"),
    "one with a long name": ("list.trig", _graph(GRAPH + "a" * 1_000), "cannot be the name"),
    "100 of them": (
        "list.trig",
        "".join(_graph(f"{GRAPH}list-{n}") for n in range(100)),
        TAKEN,
    ),
}  # fmt: skip

_TERMS: Rows = {
    "a derived property": (
        "list.ttl",
        SELF + f"<{ID}city/a-1> <{CL}twinCity> <{ID}city/b-2> .",
        "derived|describes the city",
    ),
    "a derived property of a link": (
        "list.ttl",
        SELF + f"<{ID}link/a-1--b-2> <{CL}startDate> '1990' .",
        "derived",
    ),
    "a city": ("list.ttl", SELF + f"<{ID}city/a-1> a <{CL}City> .", "describes the city"),
    "a class of the ontology": ("list.ttl", SELF + f"<{CL}City> a <urn:c> .", "by the software"),
    "another graph": ("list.ttl", SELF + f"<{GRAPH}perm-twins> <urn:p> 1 .", "is another graph"),
}

_BLANK: Rows = {
    "a clique": (
        "list.nt",
        SAYS.replace(" a ", f" <{RDF}type> ") + "<urn:o> .\n" + "".join(
            f"_:a{i} <urn:p> _:a{j} .\n" for i in range(12) for j in range(12) if i != j
        ),
        BOUNDED,
    ),
    "two cliques that look the same": (
        "list.nt",
        SAYS.replace(" a ", f" <{RDF}type> ") + "<urn:o> .\n" + "".join(
            f"_:{c}{i} <urn:p> _:{c}{j} .\n" for c in "ab" for i in range(9) for j in range(9)
        ),
        BOUNDED,
    ),
    "a ring of 300": (
        "list.nt",
        SAYS.replace(" a ", f" <{RDF}type> ") + "<urn:o> .\n"
        + "".join(f"_:a{n} <urn:p> _:a{(n + 1) % 300} .\n" for n in range(300)),
        EITHER,
    ),
    "2000 that are alike": (
        "list.nt",
        SAYS.replace(" a ", f" <{RDF}type> ") + "<urn:o> .\n"
        + "".join(f"<urn:s> <urn:p> _:a{n} .\n" for n in range(2_000)),
        EITHER,
    ),
}  # fmt: skip

_ROWS: Final[dict[str, Rows]] = {
    "RDF/XML": _XML,
    "JSON-LD": _JSON,
    "bytes": _BYTES,
    "IRI": _IRIS,
    "graph": _GRAPHS,
    "term": _TERMS,
    "blank nodes": _BLANK,
}
