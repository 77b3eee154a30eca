"""Every location, style and explode: the text of a request on the left, the value that a handler gets on the right.

Source: OpenAPI 3.1.1 sections 4.8.12.2 to 4.8.12.4 and appendix E; RFC 6570.
"""

import asyncio
import importlib.util
import json
import sys
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from specwright.cli import main
from specwright.plan import build
from specwright.runtime.media import pairs
from specwright.runtime.parameters import ParameterReader
from specwright.runtime.styles import Raw
from specwright.spec.schemas import Schemas

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
STRINGS = {"type": "array", "items": STRING}
INTEGERS = {"type": "array", "items": INTEGER}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER, "B": INTEGER}}
ONLY_COLOR = {**COLOR, "additionalProperties": False}

UUID_TEXT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
BLUE = "blue"
COLORS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}


def parameter(kind: str, schema: Any, **more: Any) -> dict[str, Any]:
    """Return a Parameter Object: ``query`` with the default style, ``query form`` not exploded, ``query form*`` exploded."""
    location, _, style = kind.partition(" ")
    spelled = {"style": style.removesuffix("*"), "explode": style.endswith("*")} if style else {}
    return {"name": "color", "in": location, "required": location == "path", "schema": schema, **spelled, **more}


def content_parameter(location: str, content: Any) -> dict[str, Any]:
    return {"name": "color", "in": location, "required": location == "path", "content": content}


def read(node: dict[str, Any], text: str | None) -> tuple[Any, list[tuple[str, str, str, str]]]:
    """Return the value that ``text`` means for a parameter, and (location, pointer, keyword, message) of the faults."""
    contract = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/{color}": {"get": {"parameters": [node], "responses": {"200": {"description": "ok"}}}}},
    }
    (operation,) = build("t", contract).operations
    (planned,) = operation.parameters
    breaches: list[Any] = []
    value = ParameterReader(planned, contract, Schemas(contract)).read(_raw(node, text), breaches)
    found = [(b.location, b.violation.pointer, b.violation.keyword, b.violation.message) for b in breaches]
    return value, found


def _raw(node: dict[str, Any], text: str | None) -> Raw:
    empty = Raw({}, {}, {}, {})
    if text is None:
        return empty
    if node["in"] == "path":
        return Raw({node["name"]: text}, {}, {}, {})
    if node["in"] == "header":
        return Raw({}, {}, {node["name"].lower(): text}, {})
    if node["in"] == "cookie":
        cookies: dict[str, list[str]] = {}
        for part in text.split("; "):
            name, _, value = part.partition("=")
            cookies.setdefault(name, []).append(value)
        return Raw({}, {}, {}, cookies)
    query: dict[str, list[str]] = {}
    for name, value in pairs(text):
        query.setdefault(name, []).append(value)
    return Raw({}, query, {}, {})


# --- the table of the specification -----------------------------------------------------------------------------------

STYLE_EXAMPLES = [
    ("path matrix", STRING, ";color=blue", BLUE),
    ("path matrix", STRING, ";color", ""),
    ("path matrix", STRINGS, ";color=blue,black,brown", COLORS),
    ("path matrix", COLOR, ";color=R,100,G,200,B,150", RGB),
    ("path matrix*", STRING, ";color=blue", BLUE),
    ("path matrix*", STRING, ";color", ""),
    ("path matrix*", STRINGS, ";color=blue;color=black;color=brown", COLORS),
    ("path matrix*", COLOR, ";R=100;G=200;B=150", RGB),
    ("path label", STRING, ".blue", BLUE),
    ("path label", STRING, ".", ""),
    ("path label", STRINGS, ".blue,black,brown", COLORS),
    ("path label", COLOR, ".R,100,G,200,B,150", RGB),
    ("path label*", STRING, ".blue", BLUE),
    ("path label*", STRINGS, ".blue.black.brown", COLORS),
    ("path label*", COLOR, ".R=100.G=200.B=150", RGB),
    ("path simple", STRING, "blue", BLUE),
    ("path simple", STRINGS, "blue,black,brown", COLORS),
    ("path simple", COLOR, "R,100,G,200,B,150", RGB),
    ("path simple*", STRING, "blue", BLUE),
    ("path simple*", STRINGS, "blue,black,brown", COLORS),
    ("path simple*", COLOR, "R=100,G=200,B=150", RGB),
    ("header simple", STRING, "blue", BLUE),
    ("header simple", STRING, "", ""),
    ("header simple", STRINGS, "blue,black,brown", COLORS),
    ("header simple", COLOR, "R,100,G,200,B,150", RGB),
    ("header simple*", STRINGS, "blue,black,brown", COLORS),
    ("header simple*", COLOR, "R=100,G=200,B=150", RGB),
    ("query form", STRING, "color=blue", BLUE),
    ("query form", STRING, "color=", ""),
    ("query form", STRINGS, "color=blue,black,brown", COLORS),
    ("query form", COLOR, "color=R,100,G,200,B,150", RGB),
    ("query form*", STRING, "color=blue", BLUE),
    ("query form*", STRINGS, "color=blue&color=black&color=brown", COLORS),
    ("query form*", COLOR, "R=100&G=200&B=150", RGB),
    ("query spaceDelimited", STRINGS, "color=blue%20black%20brown", COLORS),
    ("query spaceDelimited", COLOR, "color=R%20100%20G%20200%20B%20150", RGB),
    ("query pipeDelimited", STRINGS, "color=blue%7Cblack%7Cbrown", COLORS),
    ("query pipeDelimited", COLOR, "color=R%7C100%7CG%7C200%7CB%7C150", RGB),
    ("query deepObject*", COLOR, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150", RGB),
    ("cookie form", STRING, "color=blue", BLUE),
    ("cookie form", STRINGS, "color=blue,black,brown", COLORS),
    ("cookie form", COLOR, "color=R,100,G,200,B,150", RGB),
    ("cookie form*", STRING, "color=blue", BLUE),
    ("cookie form*", COLOR, "R=100; G=200; B=150", RGB),
    ("cookie cookie", STRING, "color=blue", BLUE),
    ("cookie cookie", STRINGS, "color=blue,black,brown", COLORS),
    ("cookie cookie", COLOR, "color=R,100,G,200,B,150", RGB),
    ("cookie cookie*", STRINGS, "color=blue; color=black; color=brown", COLORS),
    ("cookie cookie*", COLOR, "R=100; G=200; B=150", RGB),
]


@pytest.mark.parametrize(("kind", "schema", "text", "value"), STYLE_EXAMPLES)
def test_example_of_the_specification_is_decoded(kind, schema, text, value):
    assert read(parameter(kind, schema), text) == (value, [])


@pytest.mark.parametrize(
    ("spelled", "schema", "text", "value"),
    [
        ({"in": "path"}, COLOR, "R,100,G,200,B,150", RGB),
        ({"in": "path", "style": "matrix"}, STRINGS, ";color=blue,black,brown", COLORS),
        ({"in": "path", "style": "label"}, STRINGS, ".blue,black,brown", COLORS),
        ({"in": "header"}, COLOR, "R,100,G,200,B,150", RGB),
        ({"in": "query"}, STRINGS, "color=blue&color=black&color=brown", COLORS),
        ({"in": "query"}, COLOR, "R=100&G=200&B=150", RGB),
        ({"in": "query", "style": "spaceDelimited"}, STRINGS, "color=blue%20black%20brown", COLORS),
        ({"in": "query", "style": "pipeDelimited"}, STRINGS, "color=blue%7Cblack%7Cbrown", COLORS),
        ({"in": "query", "style": "deepObject"}, COLOR, "color[R]=100&color[G]=200&color[B]=150", RGB),
        ({"in": "cookie"}, COLOR, "R=100; G=200; B=150", RGB),
    ],
)
def test_style_and_explode_have_the_defaults_of_the_specification(spelled, schema, text, value):
    assert read({"name": "color", "schema": schema, **spelled}, text) == (value, [])


# --- percent-encoding -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "schema", "text", "value"),
    [
        ("path simple", STRING, "a%2Fb", "a/b"),
        ("path simple", STRING, "a+b", "a+b"),
        ("path simple", STRING, "%E2%82%AC", "\u20ac"),
        ("path simple", STRING, "100%25", "100%"),
        ("path simple", STRING, "%25%32%46", "%2F"),
        ("path simple", STRING, "%zz", "%zz"),
        ("path simple", STRINGS, "a%2Cb,c", ["a,b", "c"]),
        ("path simple*", {"type": "object"}, "a%3Db=c%2Cd", {"a=b": "c,d"}),
        ("path label*", STRINGS, ".a%2Eb.c", ["a.b", "c"]),
        ("path matrix*", STRINGS, ";color=a%3Bb;color=c", ["a;b", "c"]),
        ("path matrix", STRING, ";col%6Fr=blue", BLUE),
        ("query form*", STRING, "color=a+b", "a b"),
        ("query form*", STRING, "color=a%20b", "a b"),
        ("query form*", STRING, "color=a%2Bb", "a+b"),
        ("query form*", STRING, "color=a%26b%3Dc", "a&b=c"),
        ("query form*", STRING, "color=a=b", "a=b"),
        ("query form*", STRING, "col%6Fr=blue", BLUE),
        ("query form", STRINGS, "color=a%2Cb,c", ["a,b", "c"]),
        ("query form", STRINGS, "color=a+b,c", ["a b", "c"]),
        ("query form*", STRINGS, "color=a,b&color=c", ["a,b", "c"]),
        ("query spaceDelimited", STRINGS, "color=a+b", ["a", "b"]),
        ("query spaceDelimited", STRINGS, "color=a%2Bb%20c", ["a+b", "c"]),
        ("query pipeDelimited", STRINGS, "color=a|b", ["a", "b"]),
        ("query pipeDelimited", STRINGS, "color=a%7cb", ["a", "b"]),
        ("query deepObject*", COLOR, "color[R]=1", {"R": 1}),
        ("query deepObject*", {"type": "object"}, "color[a%20b]=c+d", {"a b": "c d"}),
        ("header simple", STRING, "a%20b", "a%20b"),
        ("header simple", STRING, "a+b", "a+b"),
        ("header simple", STRING, "  blue  ", BLUE),
        ("header simple", STRINGS, "blue, black ,brown", COLORS),
        ("header simple*", COLOR, "R=100, G=200, B=150", RGB),
        ("cookie form", STRING, "color=a%20b", "a b"),
        ("cookie form", STRING, "color=a+b", "a+b"),
        ("cookie form", STRINGS, "color=a%2Cb,c", ["a,b", "c"]),
        ("cookie cookie", STRING, "color=a%20b+c", "a%20b+c"),
        ("cookie cookie*", STRINGS, "color=a%2Cb; color=c", ["a%2Cb", "c"]),
    ],
)
def test_delimiters_are_found_before_text_is_decoded(kind, schema, text, value):
    assert read(parameter(kind, schema), text) == (value, [])


@pytest.mark.parametrize(
    ("location", "text"),
    [("path", "%FF"), ("query", "color=%FF"), ("query", "color=%ED%A0%80"), ("cookie", "color=%C3%28")],
)
def test_text_that_is_no_utf8_is_refused(location, text):
    value, faults = read(parameter(location, STRING), text)

    assert value is None
    assert faults == [(location, "/color", "style", "is not valid UTF-8")]


# --- types ------------------------------------------------------------------------------------------------------------

NUMBER = {"type": "number"}
BOOLEAN = {"type": "boolean"}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (INTEGER, "0", 0),
        (INTEGER, "-5", -5),
        (INTEGER, "9007199254740993", 9007199254740993),
        (NUMBER, "1.5", 1.5),
        (NUMBER, "-2", -2),
        (NUMBER, "1e3", 1000.0),
        (BOOLEAN, "true", True),
        (BOOLEAN, "false", False),
        (STRING, "5", "5"),
        (STRING, "true", "true"),
        (STRING, "null", "null"),
        ({"type": ["string", "null"]}, "null", "null"),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["integer", "string"]}, "5", 5),
        ({"type": ["integer", "string"]}, "5x", "5x"),
        ({"type": ["integer", "string"], "maxLength": 3, "maximum": 9}, "10", "10"),
        ({"anyOf": [INTEGER, {"type": "string", "enum": ["all"]}]}, "5", 5),
        ({"anyOf": [INTEGER, {"type": "string", "enum": ["all"]}]}, "all", "all"),
        ({"oneOf": [INTEGER, BOOLEAN]}, "true", True),
        ({"allOf": [INTEGER, {"minimum": 1}]}, "5", 5),
        ({"enum": [1, 2]}, "2", 2),
        ({"const": 7}, "7", 7),
        (
            {"type": "string", "format": "uuid"},
            "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        )
        * 1
        + ("3f2504e0-4f89-41d3-9a0c-0305e82c3301",),
        ({}, "anything", "anything"),
        (True, "5", "5"),
        ({"type": "array", "items": NUMBER}, "1.5", [1.5]),
        ({"type": "array", "items": BOOLEAN}, "true", [True]),
        ({"type": ["array", "null"], "items": INTEGER}, "1", [1]),
    ],
)
def test_text_becomes_a_value_of_the_schema(schema, text, value):
    found, faults = read(parameter("query", schema), f"color={text}")

    assert (found, type(found), faults) == (value, type(value), [])


@pytest.mark.parametrize(
    ("schema", "text", "pointer", "keyword"),
    [
        (INTEGER, "", "/color", "type"),
        (INTEGER, "five", "/color", "type"),
        (INTEGER, "1.5", "/color", "type"),
        (INTEGER, "%2B5", "/color", "type"),
        (INTEGER, "007", "/color", "type"),
        (INTEGER, "0x10", "/color", "type"),
        (INTEGER, "1_000", "/color", "type"),
        (INTEGER, "%D9%A1", "/color", "type"),
        (INTEGER, "5%20", "/color", "type"),
        (INTEGER, "9" * 5000, "/color", "type"),
        (NUMBER, "NaN", "/color", "type"),
        (NUMBER, "Infinity", "/color", "type"),
        (NUMBER, "1e999", "/color", "type"),
        (NUMBER, ".5", "/color", "type"),
        (BOOLEAN, "True", "/color", "type"),
        (BOOLEAN, "1", "/color", "type"),
        (BOOLEAN, "", "/color", "type"),
        ({"type": "null"}, "nil", "/color", "type"),
        ({"type": "string", "minLength": 1}, "", "/color", "minLength"),
        ({"type": "string", "format": "uuid"}, "5", "/color", "format"),
        ({"type": "string", "format": "date"}, "2025-02-30", "/color", "format"),
        ({"type": "string", "pattern": "^a+$"}, "b", "/color", "pattern"),
        ({"type": "integer", "minimum": 1}, "0", "/color", "minimum"),
        ({"type": "integer", "format": "int32"}, "2147483648", "/color", "format"),
        ({"enum": ["a", "b"]}, "c", "/color", "enum"),
        (INTEGERS, "x", "/color/0", "type"),
        ({**INTEGERS, "minItems": 2}, "1", "/color", "minItems"),
    ],
)
def test_text_that_is_no_value_of_the_schema_is_refused(schema, text, pointer, keyword):
    value, faults = read(parameter("query", schema), f"color={text}")

    assert value is None
    assert [(where, place, word) for where, place, word, _ in faults] == [("query", pointer, keyword)]


# --- absent, empty, given twice ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("location", ["query", "header", "cookie"])
def test_absent_optional_parameter_is_missing(location):
    assert read(parameter(location, STRING), None) == (None, [])


@pytest.mark.parametrize("location", ["query", "header", "cookie"])
def test_absent_parameter_has_its_default(location):
    assert read(parameter(location, {"type": "integer", "default": 20}), None) == (20, [])


@pytest.mark.parametrize("location", ["query", "header", "cookie"])
@pytest.mark.parametrize("schema", [STRING, STRINGS, ONLY_COLOR], ids=["string", "array", "object"])
def test_absent_required_parameter_is_refused(location, schema):
    _, faults = read(parameter(location, schema, required=True), None)

    assert faults == [(location, "/color", "required", "is required")]


def test_absent_required_deep_object_is_refused():
    _, faults = read(parameter("query deepObject*", COLOR, required=True), "hue[R]=1")

    assert faults == [("query", "/color", "required", "is required")]


@pytest.mark.parametrize(
    ("kind", "schema", "text", "value"),
    [
        ("query form*", STRING, "color", ""),
        ("query form", STRINGS, "color=", []),
        ("query pipeDelimited", STRINGS, "color=", []),
        ("query form*", STRINGS, "color=", [""]),
        ("query form*", STRINGS, "color=&color=a", ["", "a"]),
        ("query form", STRINGS, "color=a,,b", ["a", "", "b"]),
        ("header simple", STRINGS, "", []),
        ("cookie form*", STRING, "color=", ""),
        ("cookie form", STRINGS, "color=", []),
        ("cookie form", STRING, "color=a; color=b", "a"),
        ("path label", STRINGS, ".", [""]),
        ("path matrix*", STRINGS, ";color", [""]),
        ("query deepObject*", {"type": "object"}, "color[a]=", {"a": ""}),
    ],
)
def test_empty_text_is_a_value(kind, schema, text, value):
    assert read(parameter(kind, schema), text) == (value, [])


@pytest.mark.parametrize(
    ("kind", "schema", "text"),
    [
        ("form*", STRING, "color=a&color=b"),
        ("form", STRINGS, "color=a&color=b"),
        ("form*", COLOR, "R=1&R=2"),
        ("spaceDelimited", STRINGS, "color=a%20b&color=c"),
    ],
)
def test_parameter_that_is_given_twice_is_refused(kind, schema, text):
    _, faults = read(parameter(f"query {kind}", schema), text)

    assert faults == [("query", "/color", "style", "is given 2 times, must be given once")]


def test_query_names_are_case_sensitive_and_header_names_are_not():
    assert read(parameter("query", STRING), "Color=blue") == (None, [])
    assert read(parameter("header", STRING, name="X-Color"), "blue") == (BLUE, [])


# --- malformed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "schema", "text", "message"),
    [
        ("path label", STRING, "blue", "must start with '.' (style label)"),
        ("path matrix", STRING, "blue", "must start with ';' (style matrix)"),
        ("path matrix", STRING, ";hue=blue", "must be spelled ;color=... (style matrix)"),
        ("path matrix*", STRINGS, ";color=a;hue=b", "must be spelled ;color=... (style matrix)"),
        ("path matrix", STRING, ";color=a;color=b", "is given 2 times, must be given once"),
        ("path simple", COLOR, "R,100,G", "must list its properties as name,value,name,value"),
        ("path label", COLOR, ".R", "must list its properties as name,value,name,value"),
        ("query form", COLOR, "color=R", "must list its properties as name,value,name,value"),
        ("header simple", COLOR, "R,1,G", "must list its properties as name,value,name,value"),
        ("query deepObject*", COLOR, "color[R=1", "must name its properties in brackets (style deepObject)"),
        ("query deepObject*", COLOR, "color[R]x=1", "must name its properties in brackets (style deepObject)"),
        ("query deepObject*", COLOR, "color=1", "must name its properties in brackets (style deepObject)"),
        (
            "query deepObject*",
            {"type": "object"},
            "color[a]=1&color[a][b]=2",
            "gives one property both a value and members",
        ),
        (
            "query deepObject*",
            {"type": "object"},
            f"color{'[a]' * 21}=1",
            "must name its properties in brackets (style deepObject)",
        ),
    ],
)
def test_text_that_does_not_follow_its_style_is_refused(kind, schema, text, message):
    value, faults = read(parameter(kind, schema), text)

    assert value is None
    assert faults == [(kind.split()[0], "/color", "style", message)]


@pytest.mark.parametrize(
    ("kind", "schema", "text", "pointers"),
    [
        ("path simple", INTEGERS, "1,x,y", ["/color/1", "/color/2"]),
        ("query form*", INTEGERS, "color=1&color=x", ["/color/1"]),
        ("query form*", COLOR, "R=x&G=1", ["/color/R"]),
        ("query deepObject*", COLOR, "color[R]=1&color[G]=x", ["/color/G"]),
        ("query deepObject*", ONLY_COLOR, "color[hue]=1", ["/color/hue"]),
        ("header simple*", COLOR, "R=1,G=x", ["/color/G"]),
        ("cookie form*", COLOR, "R=x", ["/color/R"]),
    ],
)
def test_refusal_points_at_the_part_that_is_wrong(kind, schema, text, pointers):
    _, faults = read(parameter(kind, schema), text)

    assert [(where, place) for where, place, _, _ in faults] == [(kind.split()[0], pointer) for pointer in pointers]


def test_pointer_escapes_the_name_of_the_parameter():
    _, faults = read(parameter("query", INTEGER, name="a/b~c"), "a/b~c=x")

    assert faults[0][1] == "/a~1b~0c"


# --- deepObject -------------------------------------------------------------------------------------------------------

DEEP = {
    "type": "object",
    "properties": {
        "size": INTEGER,
        "tags": STRINGS,
        "ids": INTEGERS,
        "inner": {
            "type": "object",
            "properties": {"on": BOOLEAN, "deeper": {"type": "object"}},
        },
    },
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("color[size]=5", {"size": 5}),
        ("color[inner][on]=true", {"inner": {"on": True}}),
        ("color[inner][deeper][x]=y", {"inner": {"deeper": {"x": "y"}}}),
        ("color[size]=5&color[inner][on]=false", {"size": 5, "inner": {"on": False}}),
        ("color[tags]=a", {"tags": ["a"]}),
        ("color[tags]=a&color[tags]=b", {"tags": ["a", "b"]}),
        ("color[tags][0]=a&color[tags][1]=b", {"tags": ["a", "b"]}),
        ("color[tags][]=a", {"tags": ["a"]}),
        ("color[tags][]=a&color[tags][]=b", {"tags": ["a", "b"]}),
        ("color[ids][]=1&color[ids][]=2", {"ids": [1, 2]}),
        ("color[other]=x", {"other": "x"}),
        ("color[size]=5&hue[size]=6", {"size": 5}),
    ],
)
def test_deep_object_nests(text, value):
    assert read(parameter("query deepObject*", DEEP), text) == (value, [])


# --- content ----------------------------------------------------------------------------------------------------------

JSON_COLOR = {"application/json": {"schema": COLOR}}


@pytest.mark.parametrize(
    ("location", "content", "text", "value"),
    [
        ("query", JSON_COLOR, "color=%7B%22R%22%3A100%7D", {"R": 100}),
        ("query", JSON_COLOR, "color=%7B%22R%22%3A+100%7D", {"R": 100}),
        ("query", {"application/vnd.color+json": {"schema": COLOR}}, 'color={"R":1}', {"R": 1}),
        ("query", {"application/json": {"schema": STRING}}, "color=%22blue%22", BLUE),
        ("query", {"text/plain": {"schema": STRING}}, "color=%22blue%22", '"blue"'),
        ("query", {"application/json": {}}, "color=[1,2]", [1, 2]),
        ("path", JSON_COLOR, "%7B%22R%22%3A100%7D", {"R": 100}),
        ("header", JSON_COLOR, '{"R": 100, "G": 200}', {"R": 100, "G": 200}),
        ("header", {"application/json": {"schema": STRING}}, '"\u20ac"'.encode().decode("latin-1"), "\u20ac"),
        ("cookie", JSON_COLOR, "color=%7B%22R%22%3A100%7D", {"R": 100}),
    ],
)
def test_parameter_with_content_is_read_as_its_media_type(location, content, text, value):
    assert read(content_parameter(location, content), text) == (value, [])


@pytest.mark.parametrize(
    ("text", "pointer", "keyword", "message"),
    [
        ("color={", "/color", "style", "is not valid JSON"),
        ("color=NaN", "/color", "style", "is not valid JSON"),
        ("color=", "/color", "style", "is not valid JSON"),
        ("color=%s" % ("[" * 101 + "]" * 101), "/color", "style", "is not valid JSON: it nests deeper than 100 levels"),
        ("color=1e400", "/color", "style", "is not valid JSON: a number in it is larger than a double can hold"),
        ("color=[]", "/color", "type", "must be object, not array"),
        ('color={"R":"x"}', "/color/R", "type", "must be integer, not string"),
    ],
)
def test_parameter_with_content_that_is_wrong_is_refused(text, pointer, keyword, message):
    _, faults = read(content_parameter("query", JSON_COLOR), text)

    assert [fault[:3] for fault in faults] == [("query", pointer, keyword)]
    assert faults[0][3].startswith(message)


# --- through a generated server ---------------------------------------------------------------------------------------

ANSWER = {"200": {"description": "The arguments.", "content": {"application/json": {"schema": {"type": "object"}}}}}


def operation(name: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {"get": {"operationId": name, "parameters": list(parameters), "responses": ANSWER}}


ECHO = {
    "openapi": "3.1.0",
    "info": {"title": "Echo", "version": "1"},
    "paths": {
        "/things/{thing-id}": operation(
            "getThing",
            parameter("path", STRING, name="thing-id"),
            parameter("query", {"type": "integer", "default": 20, "maximum": 100}, name="limit"),
            parameter("header", STRINGS, name="X-Tags"),
            parameter("cookie form", STRINGS, name="colors"),
            parameter("cookie", STRING, name="session"),
        ),
        "/typed": operation(
            "getTyped",
            parameter("query", {"type": "string", "format": "uuid"}, name="id", required=True),
            parameter("query", {"type": "string", "format": "date"}, name="class"),
            parameter("query", {"type": "string", "format": "date-time"}, name="at"),
        ),
        "/filtered": operation(
            "getFiltered",
            parameter("query deepObject*", ONLY_COLOR, name="filter"),
            parameter("query", STRING, name="a[b]"),
        ),
        "/colored": operation(
            "getColored",
            parameter("query", {"type": "object", "additionalProperties": INTEGER}, name="color"),
            parameter("query", STRING, name="name"),
        ),
        "/matrix/{color}": operation("getMatrix", parameter("path matrix*", COLOR)),
    },
}


@pytest.fixture(scope="module")
def get(tmp_path_factory):
    """Return a function that sends GET to a generated server, whose handlers answer with their arguments."""
    root = tmp_path_factory.mktemp("parameters")
    (root / "specs" / "echo").mkdir(parents=True)
    (root / "specs" / "echo" / "openapi.json").write_text(json.dumps(ECHO))
    assert main(["--root", str(root), "generate"]) == 0
    folder = root / "generated" / "echo"
    spec = importlib.util.spec_from_file_location("echo_parameters", folder / "__init__.py")
    package = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = package
    spec.loader.exec_module(package)

    def echo(answer: Any) -> Any:
        async def handler(**arguments: Any) -> Any:
            shown = {
                name: value if isinstance(value, str | int | list) else repr(value) for name, value in arguments.items()
            }
            return answer(shown)

        return handler

    names = {"get_thing", "get_typed", "get_filtered", "get_colored", "get_matrix"}
    answers = {name: getattr(package.handlers, f"{''.join(map(str.title, name.split('_')))}200") for name in names}
    app = package.create_app(SimpleNamespace(**{name: echo(answer) for name, answer in answers.items()}))

    def send(url: str, *headers: tuple[str, str]) -> tuple[int, Any]:
        path, _, query = url.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers],
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def collect(message: Any) -> None:
            sent.append(message)

        asyncio.run(app(scope, receive, collect))
        return sent[0]["status"], json.loads(b"".join(message.get("body", b"") for message in sent))

    return send


def places(answer: tuple[int, Any]) -> tuple[int, list[tuple[str, str, str]]]:
    status, body = answer
    return status, [(error["in"], error["pointer"], error["keyword"]) for error in body["errors"]]


THING = {"thing_id": "a", "limit": 20, "x_tags": "None", "colors": "None", "session": "None"}


@pytest.mark.parametrize(
    ("url", "headers", "changed"),
    [
        ("/things/a", (), {}),
        ("/things/a%2Fb", (), {"thing_id": "a/b"}),
        ("/things/a?limit=5", (), {"limit": 5}),
        ("/things/a?&limit=5&", (), {"limit": 5}),
        ("/things/a", (("x-tags", "x, y"),), {"x_tags": ["x", "y"]}),
        ("/things/a", (("x-tags", "x"), ("x-tags", "y")), {"x_tags": ["x", "y"]}),
        ("/things/a", (("cookie", "session=s1"),), {"session": "s1"}),
        ("/things/a", (("cookie", "other=1; session=s1"),), {"session": "s1"}),
        ("/things/a", (("cookie", "other=1"), ("cookie", "session=s1")), {"session": "s1"}),
        ("/things/a", (("cookie", "session=a=b"),), {"session": "a=b"}),
        ("/things/a", (("cookie", "colors=blue,black,brown"),), {"colors": COLORS}),
        ("/things/a", (("cookie", "colors=blue,black; session=s1"),), {"colors": ["blue", "black"], "session": "s1"}),
    ],
)
def test_handler_gets_the_decoded_arguments(get, url, headers, changed):
    assert get(url, *headers) == (200, {**THING, **changed})


def test_handler_gets_python_values_for_formats(get):
    status, arguments = get(f"/typed?id={UUID_TEXT}&class=2025-01-15&at=2025-01-15T10:00:00%2B02:00")

    assert status == 200
    assert arguments["id_"] == f"UUID('{UUID_TEXT}')"
    assert arguments["class_"] == "datetime.date(2025, 1, 15)"
    assert arguments["at"].startswith("datetime.datetime(2025, 1, 15, 10, 0, tzinfo=")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("/things/a?limit=101", [("query", "/limit", "maximum")]),
        ("/things/a?limit=x&page=2", [("query", "/page", "unknown"), ("query", "/limit", "type")]),
        ("/things/%FF", [("path", "/thing-id", "style")]),
        ("/things/a?session=s1", [("query", "/session", "unknown")]),
        ("/typed", [("query", "/id", "required")]),
        ("/typed?id=5&class=x", [("query", "/id", "format"), ("query", "/class", "format")]),
        ("/filtered?filter[hue]=1", [("query", "/filter/hue", "additionalProperties")]),
        ("/filtered?filters[R]=1", [("query", "/filters[R]", "unknown")]),
        ("/filtered?filter=1", [("query", "/filter", "style")]),
        ("/colored?R=x", [("query", "/color/R", "type")]),
        ("/matrix/;R=x", [("path", "/color/R", "type")]),
    ],
)
def test_refusal_lists_every_place_that_is_wrong(get, url, found):
    assert places(get(url)) == (400, found)


def test_parameter_name_may_have_brackets_of_its_own(get):
    status, arguments = get("/filtered?filter[R]=1&a%5Bb%5D=2")

    assert (status, arguments["a_b"]) == (200, "2")


def test_exploded_object_takes_the_names_that_no_other_parameter_has(get):
    status, arguments = get("/colored?R=100&G=200&name=blue")

    assert status == 200
    assert arguments["name"] == "blue"
    assert "100" in arguments["color"]
    assert "blue" not in arguments["color"]


def test_parameter_name_that_is_no_utf8_is_refused(get):
    status, body = get("/things/a?%FF=1")

    assert (status, body["detail"]) == (400, "a parameter name is not valid UTF-8")
