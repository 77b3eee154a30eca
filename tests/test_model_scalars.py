"""Generated models read and write single values as the contract says: constants, numbers, texts, formats, patterns."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from inspect import cleandoc
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelled import Case, Package, assert_accepted, assert_refused, document, documents, generated, readings, rows

STRING, INTEGER, NUMBER = ({"type": name} for name in ("string", "integer", "number"))
HUGE = 2**60 + 1


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def array(**keywords: Any) -> dict[str, Any]:
    return {"type": "array", **keywords}


def text(format_: str) -> dict[str, Any]:
    return {"type": "string", "format": format_}


# What it is about: the schema, values that obey it, values that do not.
CASES: dict[str, Case] = {
    # --- fixed values
    "const text": ({"const": 'it\'s "x"\n\\'}, ['it\'s "x"\n\\'], ["x"]),
    "const integer": ({"const": 5}, [5], [6, "5"]),
    "const true": ({"const": True}, [True], [False, "true"]),
    "const null": ({"const": None}, [None], [0, "", False]),
    "const float": ({"const": 1.5}, [1.5], [2.5]),
    "const huge": ({"const": HUGE}, [HUGE], [HUGE - 1]),
    "const object": ({"const": {"a": [1, None]}}, [{"a": [1, None]}], [{"a": [1]}]),
    "const array": ({"const": [1, "x", {}]}, [[1, "x", {}]], [[1, "x"]]),
    "enum of every kind": (
        {"enum": ["x", 5, 1.5, True, None, [1], {"a": 1}]},
        ["x", 5, 1.5, True, None, [1], {"a": 1}],
        ["y", 6, False, [2], {"a": 2}],
    ),
    "enum of false and zero": ({"enum": [0, True]}, [0, True], ["0"]),
    "enum of false and zero, other order": ({"enum": [False, 1]}, [False, 1], ["0"]),
    "typed enum": ({"type": "integer", "enum": [1, 2]}, [1, 2], [3, "1"]),
    "enum of texts that look like others": (
        {"enum": ["1", "true", "null", ""]},
        ["1", "true", "null", ""],
        [1, True, None],
    ),
    "enum of numbers": ({"type": "number", "enum": [1, 2.5]}, [1, 2.5], [3]),
    "enum of an integer, written as a float": ({"enum": [1]}, [1, 1.0], [2]),
    "enum of numbers written as floats": ({"type": "integer", "enum": [1.0, 2.0]}, [1, 2], [3]),
    "enum of nulls and objects": ({"enum": [None, {"a": 1}]}, [None, {"a": 1}], [{}]),
    "const beside properties": ({**thing("a", a={"const": "x"}), "description": "d"}, [{"a": "x"}], [{"a": "y"}]),
    # --- numbers
    "number": (NUMBER, [0, -1, 1.5, 1e300, 5e-324, HUGE, 2**70, -0.5, 1e2], ["1", True, None]),
    "integer": (INTEGER, [0, -1, HUGE, 2**70, 10**30, 5.0], ["1", True, 1.5]),
    "int64": ({**INTEGER, "format": "int64"}, [2**63 - 1, -(2**63)], []),
    "float": ({**NUMBER, "format": "float"}, [1.5, 1], []),
    "cents": ({**NUMBER, "multipleOf": 0.01}, [0.01, 19.99, 1, 0, -3.1, 1e3], [0.001, "0.01"]),
    "cents with limits": (
        {**NUMBER, "multipleOf": 0.5, "minimum": 0, "exclusiveMaximum": 10},
        [0, 9.5],
        [10, -0.5, 0.3],
    ),
    "multiple of a whole number": ({**NUMBER, "multipleOf": 5}, [0, 5, -10, 15.0], [3]),
    "multiple of a whole number, integer": ({**INTEGER, "multipleOf": 5}, [0, 5, -10, 5 * 10**20], [3]),
    "multiple of a fraction, integer": ({**INTEGER, "multipleOf": 1.5}, [0, 3, 6], [1]),
    "limits of an integer": ({**INTEGER, "minimum": 0.5, "maximum": 3.5}, [1, 3], [0, 4]),
    "exclusive limits of an integer": ({**INTEGER, "exclusiveMinimum": 0.5, "exclusiveMaximum": 3.5}, [1, 3], [0, 4]),
    "exclusive limits": ({**NUMBER, "exclusiveMinimum": 0, "exclusiveMaximum": 1}, [0.5], [0, 1]),
    "huge limits": ({**INTEGER, "minimum": HUGE, "maximum": HUGE + 2}, [HUGE, HUGE + 2], [HUGE - 1]),
    "huge limits of a number": ({**NUMBER, "minimum": HUGE}, [HUGE, HUGE + 1], []),
    "limits beyond a float": ({**NUMBER, "maximum": 10**30}, [1, 10**29, 1e29], [10**31]),
    # --- one or another
    "number or boolean": ({"type": ["number", "boolean"]}, [1, 0, True, False, 1.5], ["true"]),
    "integer or boolean": ({"anyOf": [INTEGER, {"type": "boolean"}]}, [1, 0, True, False], [1.5]),
    "string or format": ({"anyOf": [text("date-time"), STRING]}, ["2020-01-01T00:00:00+00:00", "x", "2020-01-01"], [1]),
    "formats of numbers": (
        {"anyOf": [text("date"), text("date-time"), INTEGER]},
        ["2020-01-01", 5, "2020-01-01T00:00:00Z"],
        ["x"],
    ),
    "date or string": ({"anyOf": [text("date"), STRING]}, ["2020-01-01", "2020-01-01T00:00:00Z", "86400"], [5]),
    "date-time or number": ({"anyOf": [text("date-time"), {**NUMBER, "multipleOf": 0.5}]}, [5], ["x"]),
    "date or number": ({"anyOf": [text("date"), {**NUMBER, "multipleOf": 0.5}]}, [86400], ["x"]),
    "duration or number": ({"anyOf": [text("duration"), {**NUMBER, "multipleOf": 0.5}]}, [5], ["x"]),
    "time or number": ({"anyOf": [text("time"), {**NUMBER, "multipleOf": 0.5}]}, [5], ["x"]),
    "date-time or string": ({"anyOf": [text("date-time"), STRING]}, ["86400", "5", "2020-01-01"], [5]),
    "string or number": ({"anyOf": [NUMBER, STRING]}, ["5", 5, "1e3", 1.5], [None]),
    "string or decimal": ({"anyOf": [{**NUMBER, "multipleOf": 0.01}, STRING]}, ["0.01", 0.01, "x", 5], [None]),
    "false or an integer": ({"anyOf": [{"const": False}, INTEGER]}, [False, 0, 5], [True]),
    "true or a number": ({"anyOf": [{"const": True}, NUMBER]}, [True, 1, 0.5], [False]),
    "boolean or decimal": ({"type": ["boolean", "number"], "multipleOf": 0.5}, [True, 1, 0.5], [0.3]),
    # --- texts
    "date-time": (
        text("date-time"),
        [
            "2020-02-29T12:00:00Z",
            "2020-02-29T12:00:00z",
            "2020-02-29t12:00:00Z",
            "2020-02-29T12:00:00+00:00",
            "2020-02-29T12:00:00-00:00",
            "2020-02-29T12:00:00+14:00",
            "2020-02-29T12:00:00-12:30",
            "2020-02-29T12:00:00+23:59",
            "2020-02-29T12:00:00.0Z",
            "2020-02-29T12:00:00.000Z",
            "2020-02-29T12:00:00.123456Z",
            "2020-02-29T12:00:00.1234567Z",
            "2020-02-29T12:00:00.123456789+01:00",
            "2020-02-29T12:00:00.1234567891234Z",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.5Z",
            "2017-01-01T00:59:60+01:00",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ],
        ["2020-02-30T12:00:00Z", "2020-02-29", "x", "1582934400", 1582934400],
    ),
    "date": (text("date"), ["2020-02-29", "0001-01-01"], ["2019-02-29", "2020-02-29T00:00:00Z", "1582934400"]),
    "time": (
        text("time"),
        [
            "12:00:00Z",
            "12:00:00z",
            "12:00:00+01:00",
            "12:00:00.0-00:00",
            "12:00:00.123456789Z",
            "23:59:60Z",
            "12:00:00.5Z",
        ],
        ["24:00:00Z", "12:00", "x"],
    ),
    "duration": (
        text("duration"),
        ["P1D", "PT1H", "P1DT2H3M4S", "P1W", "PT0S", "P0D", "PT36H", "PT90S", "P3W", "PT60M", "P1Y", "P1M", "P1Y2M3D"],
        ["P", "1D", "x", "PT"],
    ),
    "uuid": (
        text("uuid"),
        [
            "123e4567-e89b-12d3-a456-426614174000",
            "123E4567-E89B-12D3-A456-426614174000",
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        ],
        ["123e4567e89b12d3a456426614174000", "x", "{123e4567-e89b-12d3-a456-426614174000}"],
    ),
    "formats of text": (
        thing(
            **{
                name.replace("-", ""): text(name)
                for name in (
                    "email",
                    "uri",
                    "hostname",
                    "ipv4",
                    "ipv6",
                    "byte",
                    "binary",
                    "password",
                    "decimal",
                    "int32",
                )
            }
        ),
        [
            {
                "email": "a@b.example",
                "uri": "http://a.example/%20?b#c",
                "ipv4": "127.0.0.1",
                "ipv6": "::1",
                "byte": "YQ==",
                "binary": "\u00e9",
                "password": "",
                "decimal": "1.50",
                "int32": "x",
            }
        ],
        [{"email": 5}],
    ),
    "formats in a list": (
        array(items=text("date-time")),
        [["2020-02-29T12:00:00.0Z", "2020-02-29T12:00:00+00:00"]],
        [["x"]],
    ),
    "formats in a dict": (
        {"type": "object", "additionalProperties": text("uuid")},
        [{"a": "123E4567-E89B-12D3-A456-426614174000"}],
        [],
    ),
    "formats beside other types": (
        {"type": ["string", "integer"], "format": "date-time"},
        ["2020-02-29t12:00:00Z", 5],
        ["x"],
    ),
    "format without a type": ({"format": "date-time"}, ["2020-02-29t12:00:00Z", 5, None], []),
    "format with a pattern": ({**text("date"), "pattern": "^2020"}, ["2020-02-29"], ["2019-02-28"]),
    "format with limits": (
        {**text("date-time"), "maxLength": 20},
        ["2020-02-29T12:00:00Z"],
        ["2020-02-29T12:00:00+00:00"],
    ),
    "text": (
        STRING,
        ["", "x", "\u00e9", "\U0001f415", "\u0000", "a\r\nb", "\u2028", "5", "null", " x "],
        [5, None, ["x"]],
    ),
    "text with limits": (
        {**STRING, "minLength": 2, "maxLength": 3},
        ["ab", "\u00e9\u00e9\u00e9", "\U0001f415\U0001f415"],
        ["a", "abcd"],
    ),
    "limits written as floats": ({**STRING, "minLength": 2.0, "maxLength": 3.0}, ["ab"], ["a"]),
    # --- patterns
    "digits are ASCII": ({**STRING, "pattern": r"^\d+$"}, ["12"], ["x", "\u0663"]),
    "digits in a class": ({**STRING, "pattern": r"^[\d.]+$"}, ["1.2"], ["x"]),
    "words are ASCII": ({**STRING, "pattern": r"^\w+$"}, ["a_1"], ["a b"]),
    "no space": ({**STRING, "pattern": r"^\S+$"}, ["a", "\u00e9\u200b", "\u0085"], ["a b"]),
    "space": ({**STRING, "pattern": r"^\s$"}, [" ", "\t", "\n", "\u00a0", "\ufeff", "\u2028"], ["x"]),
    "letters of any alphabet": ({**STRING, "pattern": r"^\p{L}+$"}, ["\u00e9a"], ["1"]),
    "pattern is a search": ({**STRING, "pattern": "b"}, ["abc", "b"], ["ac"]),
    "end of text": ({**STRING, "pattern": "^a$"}, ["a"], ["a\n", "ab"]),
    "look ahead": ({**STRING, "pattern": "^(?=.*b)a"}, ["ab"], ["a"]),
    "look behind": ({**STRING, "pattern": "(?<=a)b"}, ["ab"], ["b"]),
    "back reference": ({**STRING, "pattern": r"^(a|b)\1$"}, ["aa", "bb"], ["ab"]),
    "slashes": ({**STRING, "pattern": r"^\/a\/$"}, ["/a/"], ["a"]),
    "hexadecimal escapes": ({**STRING, "pattern": r"^\x41\u00e9$"}, ["A\u00e9"], ["A"]),
    "dot and line ends": ({**STRING, "pattern": "^a.b$"}, ["a b"], ["a\nb"]),
    "brace that is a letter": ({**STRING, "pattern": r"^\{a\}$"}, ["{a}"], ["a"]),
    "class of all": ({**STRING, "pattern": r"^[\s\S]$"}, ["a", "\n"], ["ab"]),
    "class with operators": ({**STRING, "pattern": "^[a&&b]+$"}, ["a&b"], ["c"]),
    "hyphen at the end of a class": ({**STRING, "pattern": r"^[\w-]+$"}, ["a-b"], ["a b"]),
    "word boundary": ({**STRING, "pattern": r"\bcat\b"}, ["a cat", "cat\u00e9"], ["cats"]),
    "verbose and flags": ({**STRING, "pattern": "^a #b$"}, ["a #b"], ["a"]),
    "named group": ({**STRING, "pattern": "^(?<year>[0-9]{4})$"}, ["2020"], ["20"]),
    "unlimited repetition": ({**STRING, "pattern": "^(a{2,3}){2}$"}, ["aaaa", "aaaaaa"], ["aaa"]),
    "pattern of a member": (
        {**thing(a={"type": ["string", "null"], "pattern": r"^\d$"})},
        [{"a": "1"}, {"a": None}],
        [{"a": "x"}],
    ),
}

# Rows that fail, with the reason.
# Rows that fail, with the reason.
DEFECTS = {
    'word boundary: "cat\\u00e9"': "a word boundary is ASCII in ECMA-262 and Unicode in the engine of jsonschema_rs",
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    return generated(tmp_path_factory.mktemp("scalars"), documents(CASES))


@pytest.mark.parametrize(("name", "value"), rows(CASES, accepted=True, defects=DEFECTS))
def test_accepted_value_comes_out_as_it_came_in(packages: dict[str, Package], name: str, value: Any) -> None:
    assert_accepted(packages[name], value)


@pytest.mark.parametrize(("name", "value"), rows(CASES, accepted=False))
def test_refused_value_is_refused_by_the_server(packages: dict[str, Package], name: str, value: Any) -> None:
    assert_refused(packages[name], value)


# --- what they are in Python ------------------------------------------------------------------------------------------

# A schema, a value of it, what that is read as.
MEANINGS = [
    (text("date-time"), "2020-02-29T12:00:00Z", datetime),
    (text("date"), "2020-02-29", date),
    (text("time"), "12:00:00Z", time),
    (text("duration"), "P1D", timedelta),
    (text("uuid"), "123e4567-e89b-12d3-a456-426614174000", UUID),
    ({**NUMBER, "multipleOf": 0.01}, 0.1, Decimal),
    (NUMBER, 0.1, float),
    (NUMBER, 5, int),
    (INTEGER, 5, int),
    ({"type": ["number", "boolean"]}, True, bool),
]
# A schema with a default, the default as it is read.
DEFAULTS: list[tuple[Any, Any, Any]] = [
    (STRING, 'it\'s "x"\n', 'it\'s "x"\n'),
    (INTEGER, HUGE, HUGE),
    (INTEGER, 0, 0),
    (NUMBER, 1.5, 1.5),
    (NUMBER, 1, 1),
    ({**NUMBER, "multipleOf": 0.01}, 0.1, Decimal("0.1")),
    ({"type": "boolean"}, False, False),
    ({"type": ["string", "null"]}, None, None),
    ({"type": "null"}, None, None),
    ({"enum": ["x", 5, None]}, 5, 5),
    ({"enum": [True, 1.5, [1]]}, [1], [1]),
    ({"const": "x"}, "x", "x"),
    (array(items=INTEGER), [1, 2], [1, 2]),
    (array(items=INTEGER), [], []),
    (array(prefixItems=[INTEGER, STRING], items=False, minItems=2), [1, "x"], (1, "x")),
    ({"type": "object", "additionalProperties": INTEGER}, {"a": 1}, {"a": 1}),
    ({"anyOf": [INTEGER, STRING]}, "5", "5"),
    ({}, {"a": [None]}, {"a": [None]}),
    (text("date"), "2020-02-29", date(2020, 2, 29)),
    (text("duration"), "PT36H", timedelta(hours=36)),
    (text("uuid"), "123E4567-E89B-12D3-A456-426614174000", UUID("123e4567-e89b-12d3-a456-426614174000")),
    (text("date-time"), "x", None),
    (INTEGER, "5", None),
]


def test_value_has_its_type_in_python(tmp_path: Path) -> None:
    package = generated(tmp_path, {"api": document({f"T{i}": schema for i, (schema, _, _) in enumerate(MEANINGS)})})[
        "api"
    ]

    found = [[type(read) for read in readings(package.adapter(f"T{i}"), v)] for i, (_, v, _) in enumerate(MEANINGS)]

    assert all(issubclass(kind, MEANINGS[index][2]) for index, kinds in enumerate(found) for kind in kinds), found


def test_what_is_calculated_from_a_value_is_written_as_it_is_then(tmp_path: Path) -> None:
    package = generated(tmp_path, {"api": document({"Slot": thing(start=text("date-time"), time=text("time"))})})["api"]
    slot = package.module.Slot.model_validate({"start": "2030-01-01T10:00:00.5+00:00", "time": "10:00:00.5Z"})

    slot.start += timedelta(hours=1)
    slot.time = slot.time.replace(hour=11)

    assert slot.model_dump(mode="json") == {"start": "2030-01-01T11:00:00.500000Z", "time": "11:00:00.500000Z"}


@st.composite
def instants(draw: st.DrawFn) -> str:
    """Return a date-time of RFC 3339, section 5.6, that Python can represent."""
    day = draw(st.dates(date(1, 1, 2), date(9999, 12, 30)))
    clock = f"{draw(st.integers(0, 23)):02}:{draw(st.integers(0, 59)):02}:{draw(st.integers(0, 60)):02}"
    fraction = draw(st.just("") | st.text("0123456789", min_size=1, max_size=9).map(lambda digits: f".{digits}"))
    offset = draw(st.sampled_from("Zz") | st.from_regex("[+-](0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]", fullmatch=True))
    return f"{day.isoformat()}{draw(st.sampled_from('Tt'))}{clock}{fraction}{offset}"


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Any:
    contract = document({"Slot": thing(start=text("date-time"), end={"anyOf": [text("date-time"), INTEGER]})})
    return generated(tmp_path_factory.mktemp("slot"), {"api": contract})["api"].module.Slot


@given(instants())
def test_every_date_time_comes_out_as_it_came_in(slot: Any, instant: str) -> None:
    value = {"start": instant, "end": instant}

    for read in (slot.model_validate(value), slot.model_validate_json(json.dumps(value))):
        assert isinstance(read.start, datetime)
        assert read.model_dump(mode="json") == json.loads(read.model_dump_json()) == value


class Moment(datetime):
    """A class of a library, as many for time are."""


@pytest.mark.filterwarnings("error")
def test_time_of_a_class_of_the_users_own_is_written_as_python_has_it(slot: Any) -> None:
    moment = Moment(2030, 1, 1, 10, tzinfo=UTC)

    made = slot(start=moment, end=moment)

    assert made.model_dump() == {"start": moment, "end": moment}
    assert made.model_dump(mode="json") == {"start": "2030-01-01T10:00:00Z", "end": "2030-01-01T10:00:00Z"}


def test_default_is_read_as_a_value_of_its_type_and_made_anew(tmp_path: Path) -> None:
    schemas = {f"T{i}": thing(a={**schema, "default": default}) for i, (schema, default, _) in enumerate(DEFAULTS)}
    package = generated(tmp_path, {"api": document(schemas)})["api"]

    for index, (_, _, meant) in enumerate(DEFAULTS):
        model = getattr(package.module.models, f"T{index}")
        one, other = model(), model.model_validate_json("{}")
        assert one.a == meant, (index, one.a)
        assert other.a == meant
        assert type(one.a) is type(other.a)
        assert not isinstance(one.a, list | dict) or one.a is not other.a
        assert (one.model_dump(), json.loads(other.model_dump_json())) == ({}, {})


def test_docstrings_say_what_the_contract_says(tmp_path: Path) -> None:
    schemas = {
        "Plain": thing(a=STRING),
        "Told": {**thing(a={**STRING, "description": "The letter."}), "description": "First.\n\nSecond."},
        "Titled": {**thing(a=STRING), "title": "A good title"},
        "SameTitle": {**thing(a=STRING), "title": "same title"},
        "Both": {**thing(a=STRING), "title": "Title", "description": "Text.", "deprecated": True},
        "Old": {**thing(a={**STRING, "deprecated": True}), "deprecated": True},
        "Hostile": {**thing(a=STRING), "description": 'A """ and \\N{DASH} and \\'},
        "Names": {"type": "string", "description": "An alias."},
    }
    models = generated(tmp_path, {"api": document(schemas)})["api"].module.models

    told = [name for name in schemas if name not in ("Plain", "Names")]
    assert {name: cleandoc(getattr(models, name).__doc__ or "") for name in told} == {
        "Told": "First.\n\nSecond.",
        "Titled": "A good title",
        "SameTitle": "",
        "Both": "Title\n\nDeprecated.\n\nText.",
        "Old": "Deprecated.",
        "Hostile": "A ''' and \\N{DASH} and \\",
    }
    text_of_module = Path(models.__file__).read_text(encoding="utf-8")
    assert '    a: Annotated[str | None, Omittable] = None\n    """The letter."""\n' in text_of_module
    assert '    a: Annotated[str | None, Omittable] = None\n    """Deprecated."""\n' in text_of_module
    assert 'Names = TypeAliasType("Names", str)\n"""An alias."""\n' in text_of_module
