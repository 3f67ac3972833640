"""The tokens of a query, against the productions of SPARQL 1.1, section 19.8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.sparql.tokens import KEYWORDS, offset, position, scan, tokens, unescape
from tests.processes import guarded
from tests.tables import every_row

READ = {
    "strings hide what they hold": (
        """ 'SERVICE' "a{b" '''it's "{"''' \"\"\"SERVICE " {\"\"\" """,
        ["'SERVICE'", '"a{b"', """'''it's "{"'''""", '"""SERVICE " {"""'],
    ),
    "a quote in a string may be escaped": (r'"a\"b" SELECT', [r'"a\"b"', "SELECT"]),
    "a backslash may be escaped": (r'"a\\" SELECT', [r'"a\\"', "SELECT"]),
    "a long string does not end in a quote of its own": (
        "'''it''s ''''",
        ["'''it''s '''", "'"],
    ),
    "a comment ends with its line": ("ASK # SERVICE {\n{}", ["ASK", "{", "}"]),
    "a hash in an IRI is no comment": ("<http://x/#a> {", ["<http://x/#a>", "{"]),
    "a hash in a name is escaped": (r"ex:a\#b {", [r"ex:a\#b", "{"]),
    "an IRI may hold key words and brackets": (
        "<http://x/SERVICE(1)> .",
        ["<http://x/SERVICE(1)>", "."],
    ),
    "an IRI has no braces, so this is less-than": ("?a<{", ["?a", "<", "{"]),
    "an IRI has no spaces, so this is less-than": (
        "?a <?b && ?c> ?d",
        "?a < ?b && ?c > ?d".split(),
    ),
    "a name may hold a key word": ("ex:service SERVICE:ex", ["ex:service", "SERVICE:ex"]),
    "a name ends before a point": (
        "ex:a. ex:b.c ex:d..",
        ["ex:a", ".", "ex:b.c", "ex:d", ".", "."],
    ),
    "a prefix ends before a point": ("true.:b", ["true", ".", ":b"]),
    "a prefix may hold points": ("true.ex:b", ["true.ex:b"]),
    "a name may hold escaped quotes": (r"ex:a\'b ex:c\'", [r"ex:a\'b", r"ex:c\'"]),
    "a name may hold escaped brackets": (r"ex:a\(b\) (", [r"ex:a\(b\)", "("]),
    "a name may hold percent signs": ("ex:%7Bb ex:%zz", ["ex:%7Bb", "ex:", "%", "z", "z"]),
    "a name may be in any script": ("ex:Пермь ex:青岛", ["ex:Пермь", "ex:青岛"]),
    "a variable may be in any script": ("?città$名", ["?città", "$名"]),
    "a variable holds a key word": ("?SERVICE ?oSERVICE", ["?SERVICE", "?oSERVICE"]),
    "a question mark alone is an operator": ("ex:p? ?s", ["ex:p", "?", "?s"]),
    "a blank node has a label": ("_:service. _:b.1", ["_:service", ".", "_:b.1"]),
    "a language tag holds what looks like a key word": ('"a"@en-SERVICE', ['"a"', "@en-SERVICE"]),
    "key words need no space between them": (
        "SERVICESILENT<x>FROMNAMED<y>",
        ["SERVICE", "SILENT", "<x>", "FROM", "NAMED", "<y>"],
    ),
    "nor before numbers": ("LIMIT10", ["LIMIT", "10"]),
    "nor after them": ("5SERVICE", ["5", "SERVICE"]),
    "nor after a boolean and a point": ("true.SERVICE<x>", ["true", ".", "SERVICE", "<x>"]),
    "the longer key word wins": ("STRUUID ASC INSERT", ["STRUUID", "ASC", "INSERT"]),
    "key words have no case": ("service SeLeCt", ["service", "SeLeCt"]),
    "numbers": ("1 1.5 .5 1e5 1.5E-5 5.", ["1", "1.5", ".5", "1e5", "1.5E-5", "5", "."]),
    "operators": (
        "|| && != <= >= | / ^ ! * + - = ^^",
        "|| && != <= >= | / ^ ! * + - = ^^".split(),
    ),
    "a string without end takes the rest": ("ASK 'a SERVICE\n{", ["ASK", "'a SERVICE\n{"]),
    "so does a long one": ("ASK '''a\n'' {", ["ASK", "'''a\n'' {"]),
    "what nothing fits is a token too": (
        "\\ ~ é\u0301 \u00a0",
        ["\\", "~", "é", "\u0301", "\u00a0"],
    ),
}


@every_row(("text", "expected"), READ.values(), ids=READ.keys())
def test_the_longest_token_wins(text: str, expected: list[str]) -> None:
    assert [token.text for token in tokens(text)] == expected


@every_row(
    ("text", "kind"),
    [
        ("{", "open"),
        ("[", "open"),
        (")", "close"),
        ("'a'", "string"),
        ("'a", "unclosed"),
        ("<a>", "iri"),
        ("<", "operator"),
        ("^^", "datatype"),
        ("?a", "variable"),
        (":", "name"),
        ("ex:", "name"),
        ("_:a", "blank"),
        ("@en", "language"),
        ("1", "number"),
        ("a", "other"),
        (";", "other"),
    ],
)
def test_each_token_has_a_kind(text: str, kind: str) -> None:
    assert [token.kind for token in tokens(text)] == [kind]


@every_row("word", sorted(KEYWORDS))
def test_each_key_word_is_read_whole(word: str) -> None:
    found = list(tokens(f"{word.lower()} {word}{{"))
    assert [(token.kind, token.text.upper()) for token in found[:2]] == [("word", word)] * 2


UNESCAPED = [
    (r"S\u0045LECT", "SELECT"),
    (r"\U00000053ERVICE", "SERVICE"),
    (r"\u003Chttp://x/\u003E", "<http://x/>"),
    (r"'S\u0045'", r"'S\u0045'"),
    (r"'\u0027' \u0041", r"'\u0027' A"),
    (r"'\\u0027' \u0041", r"'\\u0027' A"),
    (r"'\\' \u0041", r"'\\' A"),
    (r"<http://x/\u0041> \u0041", r"<http://x/\u0041> A"),
    ("# it's \\u000A\n\\u0041", "# it's \\u000A\nA"),
    (r"\ud800 \uFFFFFFFF \u12 \U00110000", "\\ud800 \uffffFFFF \\u12 \\U00110000"),
    (r"ex:a\-b", r"ex:a\-b"),
]


@pytest.mark.conforms("SPARQL 1.1 Query", "19.2", "codepoint escapes may stand anywhere in a query")
@every_row(("text", "expected"), UNESCAPED)
def test_codepoint_escapes_are_undone_outside_strings_and_iris(text: str, expected: str) -> None:
    assert unescape(text) == expected


PIECES = [
    *r"\u0022 \u0053 \U00000027 \ SERVICE service FROM a.b a-b ex:a ex:\' _: _:a ?a $ @en".split(),
    *"1 1.5 .5e3 \" ' \"\"\" ''' # { } ( ) [ ] < > <a> : . , ; ^^ || && - é \u0301".split(),
    *(" ", "\t", "\n", "\r", "\u00a0", "\ud800", "\x00", "\U0001f3d9"),
]
query_like = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


@given(query_like)
def test_tokens_are_the_whole_text(text: str) -> None:
    found = list(scan(text))
    assert "".join(token.text for token in found) == text
    assert [token.start for token in found] == [
        sum(len(before.text) for before in found[:at]) for at in range(len(found))
    ]


@given(query_like)
def test_undoing_escapes_leaves_strings_as_they_are(text: str) -> None:
    assert "\\" in text or unescape(text) == text
    strings = [token.text for token in scan(unescape(text)) if token.kind == "string"]
    assert all(unescape(string) == string for string in strings)


@given(query_like, st.integers(0, 200))
def test_at_the_place_stands_the_character_or_its_escape(text: str, at: int) -> None:
    plain = unescape(text)
    if at < len(plain):
        sent = text[offset(text, *position(text, at)) :]
        escape = sent[: 6 if sent[:2] == "\\u" else 10]
        assert plain[at] in {sent[0], unescape(escape)}


PLACES = [
    (r"\u0041SK { ?s }", 0, (1, 1)),
    (r"\u0041SK { ?s }", 1, (1, 7)),
    (r"\u0041\U00000053K", 1, (1, 7)),
    (r"\u0041\U00000053K", 2, (1, 17)),
    ("'\\u0041'\n\\u0041 ?s", 11, (2, 8)),
    ("\\u000A?s", 1, (1, 7)),
    ("\\ud800 ?s", 7, (1, 8)),
    ("a\r\nb\rc", 5, (2, 3)),
    ("\t?s", 1, (1, 2)),
    ("'Пермь\U0001f3d9' ?s", 9, (1, 10)),
    ("", 0, (1, 1)),
]


@every_row(("query", "at", "expected"), PLACES)
def test_a_place_is_one_of_the_query_as_it_was_sent(
    query: str, at: int, expected: tuple[int, int]
) -> None:
    assert position(query, at) == expected


HOSTILE = [
    '"',
    "'",
    '\\"',
    '"\\',
    "'\"\\",
    '\\"""\n',
    "a.",
    "a-",
    "a",
    "a.:",
    "<a",
    "<",
    "@a-",
    "1e",
]
HOSTILE += [
    "ex:",
    ":",
    ":.",
    ":a..",
    "_:a.",
    "?",
    ":%",
    "\\u",
    "\\u00",
    "{",
    "é",
    "#",
    "1.",
    ".",
    "''",
]


@pytest.mark.slow
@every_row("unit", HOSTILE)
def test_no_text_of_the_longest_length_takes_long(unit: str) -> None:
    """Reading anything again from each place would take minutes here, not part of a second."""
    for text in (unit * (100_000 // len(unit)), f"'{unit * (100_000 // len(unit))}"):
        with guarded():
            assert sum(len(token.text) for token in tokens(unescape(text))) <= len(text)
