"""What the contract accepts a generated model reads and writes as it came in; what it refuses the server refuses."""

import ast
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from modelled import Package, assert_round_trip, document, generated, readings, ref, same

STRING, INTEGER, NUMBER, NULL = ({"type": name} for name in ("string", "integer", "number", "null"))
HUGE = 2**60 + 1


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def array(**keywords: Any) -> dict[str, Any]:
    return {"type": "array", **keywords}


def text(format_: str) -> dict[str, Any]:
    return {"type": "string", "format": format_}


PAIR = [INTEGER, STRING]
NODE = thing("value", value=INTEGER, next=ref("Node"), more=array(items=ref("Node")))
PET = thing("name", name=STRING)
# What it is about: the schema (or several, of which Target is read), values that obey it, values that do not.
TYPES: dict[str, tuple[dict[str, Any], list[Any], list[Any]]] = {
    # --- arrays
    "tuple, closed": (
        array(prefixItems=PAIR, items=False, minItems=2),
        [[1, "x"]],
        [[1], [1, "x", 2], ["x", 1], [], None],
    ),
    "tuple, closed, may be short": (array(prefixItems=PAIR, items=False), [[], [1], [1, "x"]], [["x"], [1, "x", 2]]),
    "tuple, open": (array(prefixItems=PAIR), [[], [1], [1, "x"], [1, "x", None, {"a": 1}]], [["x"], [1, 2]]),
    "tuple, open, all there": (array(prefixItems=PAIR, minItems=2), [[1, "x"], [1, "x", None]], [[1]]),
    "tuple with typed rest": (
        array(prefixItems=PAIR, items={"type": "boolean"}),
        [[1, "x", True, False], [1]],
        [[1, "x", "y"]],
    ),
    "tuple closed by maxItems": (array(prefixItems=PAIR, minItems=2, maxItems=2), [[1, "x"]], [[1], [1, "x", 1]]),
    "tuple shorter than its prefix": (
        array(prefixItems=[INTEGER, STRING, NULL], maxItems=2),
        [[1], [1, "x"]],
        [[1, "x", None]],
    ),
    "tuple longer than its prefix": (array(prefixItems=PAIR, minItems=3), [[1, "x", 2]], [[1, "x"]]),
    "tuple of one": (array(prefixItems=[ref("Pet")], items=False, minItems=1), [[{"name": "x"}]], [[]]),
    "tuple of nothing": (array(items=False), [[]], [[1]]),
    "tuple with an item that is nullable": (
        array(prefixItems=[{"type": ["integer", "null"]}, STRING], items=False, minItems=2),
        [[None, "x"], [1, "x"]],
        [[None, None]],
    ),
    "tuple of limited items": (
        array(prefixItems=[{**INTEGER, "minimum": 3}, {**STRING, "maxLength": 1}], items=False, minItems=2),
        [[3, "x"]],
        [[2, "x"], [3, "xy"]],
    ),
    "array of anything": (array(), [[], [1, None, "x", [], {}]], ["x"]),
    "array of arrays": (array(items=array(items=INTEGER)), [[], [[]], [[1], [2, 3]]], [[1]]),
    "array of unions": (array(items={"anyOf": [INTEGER, NULL, ref("Pet")]}), [[1, None, {"name": "x"}]], [["x"]]),
    "array, limited": (array(items=INTEGER, minItems=1, maxItems=2, uniqueItems=True), [[1], [1, 2]], [[], [1, 1]]),
    "array that contains": (array(contains=INTEGER), [[1], ["x", 1]], [[], ["x"]]),
    # --- objects
    "members by pattern": (
        {"type": "object", "patternProperties": {"^x-": STRING}},
        [{}, {"x-a": "b"}, {"x-a": "b", "c": 1}],
        [{"x-a": 1}],
    ),
    "members by pattern, closed": (
        {"type": "object", "patternProperties": {"^x-": STRING, "^n-": INTEGER}, "additionalProperties": False},
        [{"x-a": "b", "n-a": 1}],
        [{"x-a": 1}, {"c": 1}],
    ),
    "members by name and by pattern, closed": (
        {**thing("a", a=INTEGER), "patternProperties": {"^x-": STRING}, "additionalProperties": False},
        [{"a": 1}, {"a": 1, "x-b": "c"}],
        [{"a": 1, "b": "c"}, {"x-b": "c"}],
    ),
    "members by name and by pattern": (
        {**thing(a=INTEGER), "patternProperties": {"^x-": STRING}, "additionalProperties": {"type": "boolean"}},
        [{"a": 1, "x-b": "c", "d": True}],
        [{"x-b": True}, {"d": "c"}],
    ),
    "members of a type": (
        {**thing("a", a=STRING), "additionalProperties": INTEGER},
        [{"a": "x"}, {"a": "x", "b": 1, "\u00e9": HUGE}],
        [{"a": "x", "b": "y"}],
    ),
    "members of a class": (
        {**thing(a=STRING), "additionalProperties": ref("Pet")},
        [{"a": "x", "b": {"name": "y"}}],
        [{"b": {}}],
    ),
    "members that may be null": (
        {**thing(a=STRING), "additionalProperties": {"type": ["integer", "null"]}},
        [{"b": None, "c": 1}],
        [{"a": None}, {"b": "x"}],
    ),
    "members of a format": (
        {**thing(a=STRING), "additionalProperties": text("date-time")},
        [{"b": "2020-01-01T00:00:00.000Z"}],
        [{"b": "x"}],
    ),
    "closed": ({**thing(a=STRING), "additionalProperties": False}, [{}, {"a": "x"}], [{"b": 1}]),
    "closed and empty": ({"type": "object", "additionalProperties": False}, [{}], [{"a": 1}]),
    "open": (thing(a=STRING), [{"b": {"c": [None]}}], [[]]),
    "dict of dicts": (
        {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": INTEGER}},
        [{"a": {"b": 1}}, {"": {}}],
        [{"a": {"b": "c"}}],
    ),
    "dict with limits": (
        {"type": "object", "minProperties": 1, "maxProperties": 1},
        [{"a": 1}],
        [{}, {"a": 1, "b": 2}],
    ),
    "class with limits": ({**thing(a=STRING, b=STRING), "minProperties": 1}, [{"a": "x"}], [{}]),
    "required but not described": ({**thing("b", a=STRING)}, [{"b": 1}, {"b": None, "a": "x"}], [{"a": "x"}]),
    "required only": ({"type": "object", "required": ["a"]}, [{"a": 1}], [{}]),
    "a member is false": ({**thing(a=False, b=STRING)}, [{}, {"b": "x"}], [{"a": 1}]),
    "a member is true": ({**thing("a", a=True)}, [{"a": None}, {"a": [1]}], [{}]),
    "a member without a type": ({**thing(a={"description": "Any."})}, [{}, {"a": None}, {"a": {"b": 1}}], []),
    "names of Python": (
        thing(
            **{
                name: INTEGER
                for name in ("class", "None", "self", "model_dump", "json", "schema", "__init__", "_x", "1a", "a b")
            }
        ),
        [
            {
                "class": 1,
                "None": 2,
                "self": 3,
                "model_dump": 4,
                "json": 5,
                "schema": 6,
                "__init__": 7,
                "_x": 8,
                "1a": 9,
                "a b": 0,
            }
        ],
        [{"class": "x"}, {"_x": "x"}],
    ),
    "names that are one in Python": (
        thing(petId=INTEGER, pet_id=STRING),
        [{"petId": 1, "pet_id": "x"}, {"pet_id": "x"}],
        [{"pet_id": 1}],
    ),
    "unnamed members that look like Python names": (
        thing(petId=INTEGER),
        [{"pet_id": "x"}, {"pet_id": 5}, {"petId": 1, "pet_id": "x"}],
        [],
    ),
    "empty name": (thing("", **{"": INTEGER}), [{"": 1}], [{}, {"": "x"}]),
    "no type but properties": ({"properties": {"a": STRING}, "required": ["a"]}, [{"a": "x"}], [{}]),
    # --- unions
    "types": ({"type": ["string", "integer", "null"]}, ["x", "5", 5, None], [1.5, True, []]),
    "types of every kind": (
        {"type": ["object", "array", "string", "number", "boolean", "null"]},
        [{}, {"a": 1}, [], [1], "x", "5", 5, 1.5, True, False, None, HUGE],
        [],
    ),
    "types with keywords of each": (
        {"type": ["string", "integer"], "minLength": 2, "minimum": 3},
        ["ab", 3],
        ["a", 2],
    ),
    "number or boolean": ({"type": ["number", "boolean"]}, [1, 0, True, False, 1.5], ["true"]),
    "integer or boolean": ({"anyOf": [INTEGER, {"type": "boolean"}]}, [1, 0, True, False], [1.5]),
    "string or format": ({"anyOf": [text("date-time"), STRING]}, ["2020-01-01T00:00:00+00:00", "x", "2020-01-01"], [1]),
    "formats of numbers": (
        {"anyOf": [text("date"), text("date-time"), INTEGER]},
        ["2020-01-01", 5, "2020-01-01T00:00:00Z"],
        ["x"],
    ),
    "string or number": ({"anyOf": [NUMBER, STRING]}, ["5", 5, "1e3", 1.5], [None]),
    "string or decimal": ({"anyOf": [{**NUMBER, "multipleOf": 0.01}, STRING]}, ["0.01", 0.01, "x", 5], [None]),
    "objects of the same members": (
        {"anyOf": [thing("a", a=STRING, b=INTEGER), thing("a", a=STRING, b=STRING)]},
        [{"a": "x", "b": "y"}, {"a": "x", "b": 1}, {"a": "x"}],
        [{"a": "x", "b": None}],
    ),
    "object or dict": ({"anyOf": [thing("a", a=STRING), {"type": "object"}]}, [{"a": "x"}, {"a": 1}, {}], [1]),
    "class or array of it": (
        {"oneOf": [ref("Pet"), array(items=ref("Pet"))]},
        [{"name": "x"}, [{"name": "x"}], []],
        [{}],
    ),
    "exclusive": ({"oneOf": [{**INTEGER, "multipleOf": 2}, {**INTEGER, "multipleOf": 3}]}, [2, 3], [6, 1]),
    "a union of a union": ({"anyOf": [{"anyOf": [INTEGER, NULL]}, {"oneOf": [STRING]}]}, [1, None, "x"], [1.5]),
    "typed union": (
        {"type": "object", "oneOf": [thing("a", a=STRING), thing("b", b=STRING)]},
        [{"a": "x"}, {"b": "x"}],
        [{}, {"a": "x", "b": "x"}],
    ),
    "union of requirements": (
        {**thing(a=STRING, b=STRING), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        [{"a": "x"}, {"b": "x"}, {"a": "x", "b": "y"}],
        [{}],
    ),
    "limits in a union": ({"type": "string", "anyOf": [{"maxLength": 2}, {"pattern": "^x"}]}, ["ab", "xyz"], ["abc"]),
    "limits in a typed union of types": (
        {"type": ["string", "integer"], "anyOf": [{"minLength": 2}, {"minimum": 5}]},
        ["ab", 5],
        [],
    ),
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
    # --- recursion
    "a class of itself": (
        {"Node": NODE, "Target": ref("Node")},
        [{"value": 1, "next": {"value": 2, "more": [{"value": 3}]}}],
        [{"value": 1, "next": {}}],
    ),
    "an array of itself": ({"Target": array(items=ref("Target"))}, [[], [[], [[]]]], [[1]]),
    "a dict of itself": (
        {"Target": {"type": "object", "additionalProperties": ref("Target")}},
        [{}, {"a": {"b": {}}}],
        [{"a": 1}],
    ),
    "any JSON": (
        {
            "Target": {
                "anyOf": [
                    STRING,
                    NUMBER,
                    NULL,
                    {"type": "boolean"},
                    array(items=ref("Target")),
                    {"type": "object", "additionalProperties": ref("Target")},
                ]
            }
        },
        [None, [], {}, {"a": [1, "x", {"b": None}]}, [[True]], HUGE, 1.5],
        [],
    ),
    "through aliases": (
        {
            "A": array(items=ref("B")),
            "B": {"anyOf": [ref("C"), NULL]},
            "C": {"type": "object", "additionalProperties": ref("A")},
            "Target": ref("A"),
        },
        [[], [None, {"a": [{"b": []}]}]],
        [[1], [{"a": None}]],
    ),
    "through aliases and classes": (
        {
            "Tree": {"oneOf": [ref("Leaf"), ref("Branch")]},
            "Leaf": STRING,
            "Branch": thing("kids", kids=ref("Forest")),
            "Forest": array(items=ref("Tree")),
            "Target": ref("Tree"),
        },
        ["x", {"kids": ["x", {"kids": []}]}],
        [{"kids": [1]}],
    ),
    "a nullable class of itself": (
        {"Node": {"type": ["object", "null"], "properties": {"next": ref("Node")}}, "Target": ref("Node")},
        [None, {}, {"next": None}, {"next": {"next": {}}}],
        [1],
    ),
    # --- intersections
    "required in a sibling": (
        {"allOf": [ref("Pet"), thing("tag", tag=STRING)], "required": ["name"]},
        [{"name": "x", "tag": "y"}],
        [{"name": "x"}, {"tag": "y"}],
    ),
    "required of the base": (
        {"Base": thing(a=STRING, b=INTEGER), "Target": {"allOf": [ref("Base"), {"required": ["a"]}]}},
        [{"a": "x"}],
        [{}, {"a": None}],
    ),
    "one property in two branches": (
        {"allOf": [thing(a={"type": ["string", "integer"]}), thing("a", a={"type": ["integer", "null"]})]},
        [{"a": 1}],
        [{"a": "x"}, {"a": None}, {}],
    ),
    "one property, limits in two branches": (
        {"allOf": [thing(a={**INTEGER, "minimum": 1}), thing(a={**INTEGER, "maximum": 3})]},
        [{"a": 1}, {"a": 3}, {}],
        [{"a": 0}, {"a": 4}],
    ),
    "one property, narrowed": (
        {"Base": thing("a", a=STRING), "Target": {"allOf": [ref("Base"), thing(a={"enum": ["x", "y"]})]}},
        [{"a": "x"}],
        [{"a": "z"}],
    ),
    "one property, an object in two branches": (
        {"allOf": [thing(a=thing("b", b=STRING)), thing(a=thing("c", c=INTEGER))]},
        [{"a": {"b": "x", "c": 1}}, {}],
        [{"a": {"b": "x"}}, {"a": {"c": 1}}],
    ),
    "properties and a union on top": (
        {**thing("kind", kind=STRING), "oneOf": [thing("a", a=INTEGER), thing("b", b=INTEGER)]},
        [{"kind": "x", "a": 1}, {"kind": "x", "b": 1}, {"kind": "x", "b": 1, "c": []}],
        [{"kind": "x"}, {"a": 1}, {"kind": "x", "a": 1, "b": 1}],
    ),
    "properties and a union of other types for one": (
        {**thing("kind", kind=STRING), "anyOf": [thing("a", a=INTEGER), thing("a", a=STRING)]},
        [{"kind": "x", "a": 1}, {"kind": "x", "a": "y"}],
        [{"kind": "x", "a": None}],
    ),
    "a union and an intersection": (
        {"allOf": [{"oneOf": [ref("Pet"), thing("a", a=INTEGER)]}, thing(b=STRING)]},
        [{"name": "x"}, {"a": 1, "b": "x"}],
        [{"b": "x"}],
    ),
    "three generations": (
        {
            "A": thing("a", a=STRING),
            "B": {"allOf": [ref("A"), thing(b=STRING)]},
            "Target": {"allOf": [ref("B"), thing("c", c=STRING)]},
        },
        [{"a": "x", "c": "y"}],
        [{"a": "x"}, {"c": "y"}],
    ),
    "two bases": (
        {"A": thing("a", a=STRING), "B": thing("b", b=STRING), "Target": {"allOf": [ref("A"), ref("B")]}},
        [{"a": "x", "b": "y"}],
        [{"a": "x"}, {"b": "y"}],
    ),
    "the base is closed": (
        {
            "A": {**thing(a=STRING), "additionalProperties": False},
            "Target": {"allOf": [ref("A"), {"description": "d"}]},
        },
        [{}, {"a": "x"}],
        [{"b": 1}],
    ),
    "the base has typed members": (
        {"A": {**thing(a=STRING), "additionalProperties": INTEGER}, "Target": {"allOf": [ref("A"), thing(b=INTEGER)]}},
        [{"a": "x", "b": 1, "c": 2}],
        [{"b": "x"}, {"c": "x"}],
    ),
    "unevaluated": (
        {"allOf": [ref("Pet")], "properties": {"a": STRING}, "unevaluatedProperties": False},
        [{"name": "x", "a": "y"}],
        [{"name": "x", "b": 1}],
    ),
    "scalars": ({"allOf": [STRING, {"minLength": 2}, {"pattern": "^x"}]}, ["xy"], ["x", "ab"]),
    "a reference and limits": ({"Name": STRING, "Target": {"allOf": [ref("Name")], "maxLength": 2}}, ["ab"], ["abc"]),
    "limits beside a reference": ({"Name": STRING, "Target": {**ref("Name"), "maxLength": 2}}, ["ab"], ["abc"]),
    "properties beside a reference": (
        {"Target": {**ref("Pet"), "properties": {"a": INTEGER}, "required": ["a"]}},
        [{"name": "x", "a": 1}],
        [{"name": "x"}, {"name": "x", "a": "y"}],
    ),
    "nullable in an intersection": (
        {"allOf": [{"type": ["object", "null"], "properties": {"a": STRING}}]},
        [None, {"a": "x"}],
        [{"a": 1}],
    ),
    "anything in an intersection": ({"allOf": [{}, {"description": "d"}]}, [1, None, {}], []),
    "not": ({"not": STRING}, [1, None, {}], ["x"]),
    "a condition": (
        {**thing(a=STRING, b=STRING), "if": {"required": ["a"]}, "then": {"required": ["b"]}},
        [{}, {"a": "x", "b": "y"}],
        [{"a": "x"}],
    ),
    "dependent members": (
        {**thing(a=STRING), "dependentRequired": {"a": ["b"]}},
        [{}, {"a": "x", "b": 1}],
        [{"a": "x"}],
    ),
    "names of members": ({"type": "object", "propertyNames": {"maxLength": 1}}, [{"a": 1}], [{"ab": 1}]),
    "definitions of its own": (
        {
            "$defs": {"N": INTEGER},
            "type": "object",
            "properties": {"a": {"$ref": "#/components/schemas/Target/$defs/N"}},
        },
        [{"a": 1}],
        [{"a": "x"}],
    ),
    "reference into a component": (
        {"A": thing(b=thing(c=INTEGER)), "Target": {"$ref": "#/components/schemas/A/properties/b"}},
        [{}, {"c": 1}],
        [{"c": "x"}],
    ),
}

# Rows that fail, with the reason.
DEFECTS: dict[str, str] = {
    'unnamed members that look like Python names: {"pet_id": "x"}': "JSON members are read by their Python names too",
    'unnamed members that look like Python names: {"pet_id": 5}': "JSON members are read by their Python names too",
    'formats of numbers: "2020-01-01T00:00:00Z"': "types.Date takes a date-time at midnight for a date",
    'string or decimal: "0.01"': "types.Decimal takes a text for a number",
    'space: "\\ufeff"': "U+FEFF is a space in ECMA-262 and none in the engine of Pydantic",
    'word boundary: "cat\\u00e9"': "a word boundary is ASCII in ECMA-262 and Unicode in the engine of jsonschema_rs",
    'a class of itself: {"value": 1, "next": {"value": 2, "more": [{"value": 3}]}}': (
        "Pydantic builds an alias of a class that refers to itself only once: the server answers 500"
    ),
    "nullable in an intersection: null": "a class is nullable by its own type only, not by those of its intersection",
}


def rows(accepted: bool) -> list[Any]:
    found = []
    for index, (name, case) in enumerate(TYPES.items()):
        for value in case[1 if accepted else 2]:
            label = f"{name}: {json.dumps(value)}"
            marks = [pytest.mark.xfail(strict=True, reason=DEFECTS[label])] if label in DEFECTS else []
            found.append(pytest.param(f"types{index}", value, id=label, marks=marks))
    return found


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    schemas = [case if "Target" in case else {"Pet": PET, "Target": case} for case, _, _ in TYPES.values()]
    documents = {f"types{index}": document({"Pet": PET, **case}) for index, case in enumerate(schemas)}
    return generated(tmp_path_factory.mktemp("types"), documents)


def speaks_otherwise(contract: Any) -> bool:
    """Tell whether the judge may be wrong: it reads patterns as Python does, divides floats and knows some formats."""
    return any(f'"{keyword}": ' in json.dumps(contract) for keyword in ("pattern", "format", "multipleOf"))


@pytest.mark.parametrize(("name", "value"), rows(accepted=True))
def test_what_the_contract_accepts_comes_out_as_it_came_in(packages: dict[str, Package], name: str, value: Any) -> None:
    package = packages[name]

    assert speaks_otherwise(package.contract) or package.obeys("Target", value)
    assert_round_trip(package.adapter("Target"), value)
    reply = package.post("Target", json.dumps(value))
    assert reply.status_code == 200, reply.text
    assert same(reply.json(), value)


@pytest.mark.parametrize(("name", "value"), rows(accepted=False))
def test_what_the_contract_refuses_the_server_refuses(packages: dict[str, Package], name: str, value: Any) -> None:
    package = packages[name]

    assert speaks_otherwise(package.contract) or not package.obeys("Target", value)
    assert package.post("Target", json.dumps(value)).status_code == 400
