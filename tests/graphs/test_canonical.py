"""The canonical form of literals is the one in which the store gives them back."""

from __future__ import annotations

import struct
import unicodedata

import pyoxigraph as ox
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from registry.graphs.canonical import (
    FORMS,
    XSD,
    Unstorable,
    as_stored,
    literal,
    term,
)
from tests.tables import every_row

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

TABLE = {
    "integer": {
        "007": "7",
        "+5": "5",
        "-0": "0",
        "9223372036854775807": "9223372036854775807",
        "0" * 5000 + "1": "1",
    },
    "decimal": {
        "1.0": "1",
        "+01.50": "1.5",
        ".5": "0.5",
        "-.5": "-0.5",
        "5.": "5",
        "-0.0": "0",
        "1." + "0" * 5000: "1",
        "170141183460469231731.687303715884105727": "170141183460469231731.687303715884105727",
    },
    "double": {
        "1.0e6": "1000000",
        "1E-3": "0.001",
        "-0": "-0",
        "+INF": "INF",
        "1e400": "INF",
        "NaN": "NaN",
        "-676410774790397.21": "-676410774790397.3",
        "5.684341886080802e-14": "0.00000000000005684341886080802",
    },
    "float": {
        "0.1": "0.1",
        "16777217": "16777216",
        "1e39": "INF",
        "1.262177448353619e-29": "0.000000000000000000000000000012621775",
    },
    "boolean": {"1": "true", "0": "false", "true": "true"},
    "dateTime": {
        "2022-04-07T09:00:00.000+00:00": "2022-04-07T09:00:00Z",
        "2022-04-07T09:00:00.120-05:00": "2022-04-07T09:00:00.12-05:00",
        "2022-12-31T24:00:00": "2023-01-01T00:00:00",
        "2024-02-28T24:00:00Z": "2024-02-29T00:00:00Z",
        "12345-12-31T24:00:00": "12346-01-01T00:00:00",
        "-0005-12-31T24:00:00": "-0004-01-01T00:00:00",
        "-0001-12-31T24:00:00": "0000-01-01T00:00:00",
        "-0000-01-01T00:00:00": "0000-01-01T00:00:00",
    },
    "time": {"24:00:00": "00:00:00", "09:30:00.50+00:00": "09:30:00.5Z"},
    "date": {"2022-04-07-00:00": "2022-04-07Z", "2022-04-07": "2022-04-07"},
    "gYear": {"1992+00:00": "1992Z", "-0000": "0000"},
    "gYearMonth": {"1992-05-00:00": "1992-05Z"},
    "gMonthDay": {"--04-24+00:00": "--04-24Z"},
    "duration": {
        "P1Y14M": "P2Y2M",
        "PT36H": "P1DT12H",
        "PT90.50S": "PT1M30.5S",
        "P1M1DT25H": "P1M2DT1H",
        "-P0Y": "PT0S",
        "PT" + "0" * 20 + "5S": "PT5S",
    },
    "dayTimeDuration": {"PT24H": "P1D", "P0D": "PT0S"},
    "yearMonthDuration": {"P12M": "P1Y", "P0Y": "P0M"},
}
"""By datatype: forms of a value, and the canonical one."""

LEFT = [
    ("integer", "1.0"),
    ("integer", "9223372036854775808"),
    ("integer", "1" * 5000),
    ("int", "seven"),
    ("decimal", "."),
    ("decimal", "1e3"),
    ("decimal", "170141183460469231731.687303715884105728"),
    ("decimal", "1" * 5000),
    ("double", "1,5"),
    ("boolean", "TRUE"),
    ("dateTime", "2022-02-30T00:00:00.0"),
    ("dateTime", "2022-04-07"),
    ("dateTime", "2022-04-07T24:00:00.1"),
    ("date", "7 April 2022"),
    ("date", "2021-02-29+00:00"),
    ("duration", "P"),
    ("duration", "PT" + "9" * 40 + "S"),
    ("dayTimeDuration", "P1Y14M"),
    ("yearMonthDuration", "P40D"),
    ("gYear", "92"),
]
"""Not well-formed, or beyond the range of the store: left for the shapes to validate."""

UNSTORABLE = [
    ("double", "nan"),
    ("float", "Infinity"),
    ("duration", "P1DT"),
    ("dayTimeDuration", "PT70.S"),
]
"""Not well-formed, but the store reads something into it."""

DERIVED = {"dateTimeStamp": "dateTime"} | dict.fromkeys(
    "nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger long int short byte "
    "unsignedLong unsignedInt unsignedShort unsignedByte".split(),
    "integer",
)


def of(name: str, text: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + name))


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [(name, given, wanted) for name, row in TABLE.items() for given, wanted in row.items()],
    ids=lambda value: value[:30],
)
def test_table(name: str, given: str, wanted: str) -> None:
    assert literal(of(name, given)) == as_stored(of(name, given)) == of(name, wanted)


def test_every_datatype_with_a_form_is_in_the_table() -> None:
    assert {XSD + name for name in {*TABLE, *DERIVED}} >= FORMS.keys() - {
        XSD + "gMonth",
        XSD + "gDay",
    }


@every_row(("name", "text"), LEFT, ids=lambda value: value[:30])
def test_what_is_not_well_formed_is_left(name: str, text: str) -> None:
    assert literal(of(name, text)) == as_stored(of(name, text)) == of(name, text)


@every_row(("name", "text"), UNSTORABLE)
def test_what_the_store_would_change_is_refused(name: str, text: str) -> None:
    assert as_stored(of(name, text)) != of(name, text)
    with pytest.raises(Unstorable, match="not well-formed"):
        literal(of(name, text))


@every_row(("name", "base"), DERIVED.items())
def test_derived_datatypes_become_their_base(name: str, base: str) -> None:
    text = "2022-04-07T09:00:00Z" if base == "dateTime" else "7"
    assert literal(of(name, text)) == of(base, text)
    assert literal(of(name, "seven")) == of(name, "seven")


# The table against the store, over all that could stand in a file

digits = st.text("0123456789", min_size=1, max_size=25)
sign = st.sampled_from(["", "+", "-"])
numbers = st.one_of(
    st.builds("".join, st.tuples(sign, digits)),
    st.builds("".join, st.tuples(sign, digits, st.just("."), digits)),
    st.builds(
        "".join, st.tuples(sign, digits, st.sampled_from("eE"), sign, st.text("0123", max_size=3))
    ),
    st.floats(width=64).map(repr),
    st.floats(width=32).map(repr),
    st.integers(0, 2**53).map(lambda n: repr(n / 8)),
    st.integers(-1074, 1023).map(lambda n: repr(2.0**n)),
    st.integers(-149, 127).map(lambda n: repr(2.0**n)),
    st.integers(-(2**130), 2**130).map(str),
)
two = st.one_of(st.integers(0, 31), st.integers(0, 99)).map("{:02}".format)
year = st.one_of(st.integers(0, 9999), st.integers(0, 10**13)).map("{:04}".format)
zone = st.sampled_from(["", "Z", "+00:00", "-00:00", "+14:00", "-05:30", "+14:01", "z"])
fraction = st.one_of(st.just(""), st.text("0123456789", max_size=22).map(".{}".format))
days = st.builds("{}{}-{}-{}".format, st.sampled_from(["", "-"]), year, two, two)
clocks = st.one_of(
    st.builds("{}:{}:{}{}".format, two, two, two, fraction),
    st.builds("24:00:00{}".format, fraction),
)
moments = st.one_of(
    st.builds("{}T{}{}".format, days, clocks, zone),
    st.builds("{}{}".format, clocks, zone),
    st.builds("{}{}".format, days, zone),
    st.builds("{}{}{}".format, st.sampled_from(["", "-"]), year, zone),
    st.builds("{}-{}{}".format, year, two, zone),
    st.builds("--{}{}".format, two, zone),
    st.builds("--{}-{}{}".format, two, two, zone),
    st.builds("---{}{}".format, two, zone),
)


def part(unit: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), st.builds("".join, st.tuples(digits, st.just(unit))))


durations = st.builds(
    "{}P{}{}{}{}{}{}{}".format,
    sign,
    *map(part, "YMD"),
    st.sampled_from(["T", "T", ""]),
    *map(part, "HM"),
    st.one_of(st.just(""), st.builds("{}{}S".format, digits, fraction)),
)
texts = st.one_of(numbers, moments, durations, st.text(max_size=8))


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(texts, st.sampled_from(sorted(FORMS)))
def test_form_is_what_the_store_gives_back(text: str, datatype: str) -> None:
    given = ox.Literal(unicodedata.normalize("NFC", text), datatype=ox.NamedNode(datatype))
    try:
        form = literal(given)
    except Unstorable:
        assert as_stored(given) != given
        return
    assert form == as_stored(given) == as_stored(form)
    assert literal(form) == form


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value(double: float, single: float) -> None:
    assert float(literal(of("double", repr(double))).value) == double
    text = literal(of("float", repr(single))).value
    assert struct.pack("f", float(text)) == struct.pack("f", single)


@given(st.text(), st.sampled_from(["string", "anyURI", "token", "hexBinary", "language", "NCName"]))
def test_other_datatypes_keep_their_text(text: str, name: str) -> None:
    form = literal(of(name, text))
    assert form == as_stored(form) == of(name, unicodedata.normalize("NFC", text))


@given(st.text(), st.sampled_from(["it", "EN", "de-AT", "zh-Hant-TW", "x-klingon", "en-x-A-B"]))
@example("Ias\u0326i", "RO")
def test_language_tags_are_lower_case_and_text_is_nfc(text: str, tag: str) -> None:
    form = literal(ox.Literal(text, language=tag))
    assert form == as_stored(form)
    assert (form.value, form.language) == (unicodedata.normalize("NFC", text), tag.lower())


@given(st.text())
def test_forms_of_one_text_are_one_literal(text: str) -> None:
    assume(text)
    composed, parted = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert literal(ox.Literal(composed)) == literal(ox.Literal(parted))


def test_terms_of_rdf_1_2_are_refused() -> None:
    node = ox.NamedNode("http://example.org/a")
    with pytest.raises(Unstorable, match=r"RDF 1\.1"):
        term(ox.Triple(node, node, node))
    with pytest.raises(Unstorable, match="direction"):
        term(ox.Literal("שלום", language="he", direction=ox.BaseDirection.RTL))
    assert term(node) == node
