"""Text -> values and places: YAML 1.2 by its core schema, JSON by RFC 8259."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwright.errors import SpecError
from specwright.spec.document import Document
from specwright.spec.load import MAX_BYTES, load
from specwright.spec.pointer import walk

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)
# What YAML cannot hold even in quotes: the text itself would be no YAML.
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"))
YAML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PRINTABLE,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(PRINTABLE, children, max_size=4),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("load")


def document(folder: Path, name: str, text: str) -> Document:
    file = folder / name
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    return load(file)


def refusal(folder: Path, name: str, text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        document(folder, name, text)
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # words that YAML 1.1 made booleans
        *((word, word) for word in ("on", "off", "yes", "no", "y", "n", "On", "YES", "tRUE")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("null", "Null", "NULL", "~", "")),
        ("nULL", "nULL"),
        # text that YAML 1.1 made dates, sexagesimals, merges
        ("2025-01-15", "2025-01-15"),
        ("2025-01-15T10:00:00Z", "2025-01-15T10:00:00Z"),
        ("12:30", "12:30"),
        ("1:30:00", "1:30:00"),
        ("=", "="),
        ("<<", "<<"),
        # integers
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("010", 10),
        ("0o17", 15),
        ("0xFf", 255),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("-0x1", "-0x1"),
        # floats
        (".5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("-1.25e+2", -125.0),
        (".", "."),
        ("e3", "e3"),
        ("1.2.3", "1.2.3"),
        ("1e", "1e"),
        # quotes and blocks are always text
        ('"1"', "1"),
        ("'null'", "null"),
        ("|-\n  true", "true"),
        (">-\n  1\n  2", "1 2"),
        ("!!str 1", "1"),
        ("! 1", "1"),
        ('"\\u00e9\\n"', "é\n"),
    ],
)
def test_scalars_are_read_by_the_core_schema(folder: Path, text: str, value: Any) -> None:
    read = document(folder, "scalar.yaml", f"key: {text}\n").value["key"]

    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "key"),
    [("200", "200"), ("0o17", "0o17"), ("on", "on"), ("null", "null"), ("~", "~"), ("1.0", "1.0"), ("'a b'", "a b")],
)
def test_keys_are_strings_as_written(folder: Path, text: str, key: str) -> None:
    assert document(folder, "key.yaml", f"{text}: x\n").value == {key: "x"}


def test_a_merge_key_is_a_key_like_any_other(folder: Path) -> None:
    read = document(folder, "merge.yaml", "a: &a {x: 1}\nb: {<<: *a, y: 2}\n").value

    assert read["b"] == {"<<": {"x": 1}, "y": 2}


def test_an_alias_stands_for_what_its_anchor_names(folder: Path) -> None:
    assert document(folder, "alias.yaml", "a: &a [1]\nb: *a\n").value == {"a": [1], "b": [1]}


def test_a_byte_order_mark_is_no_part_of_the_text(folder: Path) -> None:
    assert document(folder, "bom.yaml", "\ufeffa: 1").value == {"a": 1}
    assert document(folder, "bom.json", '\ufeff{"a": 1}').value == {"a": 1}


def test_windows_line_ends_count_as_one_line(folder: Path) -> None:
    assert document(folder, "crlf.yaml", "a: 1\r\nb: 2\r\n").positions["/b"] == (2, 1)
    assert document(folder, "crlf.json", '{"a": 1,\r\n"b": 2}\r\n').positions["/b"] == (2, 1)


def test_members_are_found_at_their_keys_and_items_at_their_values(folder: Path) -> None:
    yaml = document(folder, "place.yaml", "a:\n  - x\n  -  {b/c: 1, d~: [2]}\n").positions
    text = '{"a": [\n  "x",\n  {"b/c": 1,\n "d~": [2]}]}'

    assert yaml == {"": (1, 1), "/a": (1, 1), "/a/0": (2, 5), "/a/1": (3, 6)} | {
        "/a/1/b~1c": (3, 7),
        "/a/1/d~0": (3, 15),
        "/a/1/d~0/0": (3, 20),
    }
    assert document(folder, "place.json", text).positions == {
        "": (1, 1),
        "/a": (1, 2),
        "/a/0": (2, 3),
        "/a/1": (3, 3),
        "/a/1/b~1c": (3, 4),
        "/a/1/d~0": (4, 2),
        "/a/1/d~0/0": (4, 9),
    }


def test_a_problem_is_told_at_the_nearest_place_that_exists(folder: Path) -> None:
    problem = document(folder, "near.yaml", "a:\n  b:\n    c: 1\n").problem("/a/b/x/y/0", "is missing")

    assert (problem.line, problem.column, problem.pointer) == (2, 3, "/a/b/x/y/0")


@given(value=JSON_VALUES)
def test_every_json_value_is_read_as_it_is(folder: Path, value: Any) -> None:
    assert document(folder, "any.json", json.dumps(value)).value == value
    assert document(folder, "any.json", json.dumps(value, indent=1, ensure_ascii=False)).value == value


@given(value=JSON_VALUES)
def test_every_pointer_of_a_json_text_has_a_place(folder: Path, value: Any) -> None:
    text = json.dumps(value, indent=1)
    lines = text.split("\n")
    positions = document(folder, "any.json", text).positions

    assert positions.keys() == {pointer for pointer, _ in walk(value)}
    for line, column in positions.values():
        assert lines[line - 1][column - 1].strip()


@given(value=YAML_VALUES)
def test_every_pointer_of_a_yaml_text_has_a_place(folder: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    read = document(folder, "any.yaml", text)

    assert read.value == value
    assert read.positions.keys() == {pointer for pointer, _ in walk(value)}
    assert all(line == 1 for line, _ in read.positions.values())


@given(value=YAML_VALUES.filter(lambda value: isinstance(value, dict)))
def test_json_and_yaml_agree_on_places(folder: Path, value: Any) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)

    assert document(folder, "any.yaml", text).positions == document(folder, "any.json", text).positions


@pytest.mark.parametrize("name", ["any.json", "any.yaml"])
@given(data=st.binary(max_size=40) | st.text("[]{}:,-?&*!|>'\"%@`#~<.ab1 \n\t", max_size=60).map(str.encode))
def test_a_text_is_read_or_refused(folder: Path, name: str, data: bytes) -> None:
    file = folder / name
    file.write_bytes(data)
    with suppress(SpecError):
        read = load(file)
        assert read.positions.keys() >= {pointer for pointer, _ in walk(read.value)} - {""}


@pytest.mark.parametrize(
    ("name", "text", "problems"),
    [
        (
            "n.yaml",
            "a: " + "1" * 5000,
            ["1:4: the number 11111111111111111... is larger than any implementation can hold"],
        ),
        ("n.json", "{'a': 1}", ["1:2: not valid JSON: unexpected character, expected a string key"]),
        ("n.json", "", ["1:1: not valid JSON: Input is a zero-length, empty document"]),
        ("n.json", "{} {}", ["1:4: not valid JSON: unexpected content after document"]),
        ("n.json", '{"a": [-Infinity]}', ["1:8: not valid JSON: -Infinity is not a JSON value"]),
        ("n.json", '{"a": {"x": 1, "x": 2, "x": 3}}', ["1:16: duplicate key 'x'", "1:24: duplicate key 'x'"]),
        ("n.yaml", "? {a: b}\n: c", ["1:3: a key must be a plain string"]),
        ("n.yaml", "{*a : 1}", ["1:2: a key must be a plain string"]),
        ("n.yaml", "a: !!float 1", ["1:4: the YAML tag !!float is not allowed: write a plain value"]),
        ("n.yaml", "a: 1\nb: 2\na: 3\nb: .inf", ["3:1: duplicate key 'a'", "4:1: duplicate key 'b'"]),
        ("n.yaml", "a: 'x", ["1:6: not valid YAML: while scanning a quoted scalar found unexpected end of stream"]),
    ],
)
def test_what_no_contract_holds_is_refused_at_its_place(
    folder: Path, name: str, text: str, problems: list[str]
) -> None:
    assert refusal(folder, name, text)[: len(problems)] == problems


@pytest.mark.parametrize("name", ["big.json", "big.yaml"])
def test_a_file_larger_than_any_contract_is_refused(folder: Path, name: str) -> None:
    assert refusal(folder, name, " " * (MAX_BYTES + 1)) == ["1:1: the file is larger than 32 MiB"]


@pytest.mark.parametrize(("name", "opening"), [("deep.json", "["), ("deep.json", '{"a":'), ("deep.yaml", "{a: ")])
def test_nesting_is_bounded_before_python_is(folder: Path, name: str, opening: str) -> None:
    (problem,) = refusal(folder, name, opening * 100_000)

    assert "nest deeper than 200 levels" in problem or "not valid" in problem


@pytest.mark.parametrize(("name", "text"), [("large.yaml", "a:  1e999"), ("large.json", '{"a":1e999}')])
def test_a_number_that_no_float_holds_is_refused(folder: Path, name: str, text: str) -> None:
    (problem,) = refusal(folder, name, text)

    assert "1e999" in problem
