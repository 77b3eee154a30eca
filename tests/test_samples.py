"""Samples.of makes a value of any schema, or says that it cannot; ``jsonschema`` judges what it makes."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from specwright.runtime.samples import NoSample, Samples
from specwright.spec.schemas import Schemas

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
OBJECT = {"type": "object"}
CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"const": "cat"}, "lives": INTEGER}}
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}, "good": {"type": "boolean"}}}

# What the schemas below refer to.
COMPONENTS = {
    "Name": {"type": "string", "minLength": 3},
    "Alias": {"$ref": "#/components/schemas/Name"},
    "a/b ~c%": {"type": "integer", "minimum": 7},
    "Person": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"$ref": "#/components/schemas/Name"}, "age": {"type": "integer", "minimum": 18}},
    },
    "Tree": {
        "type": "object",
        "required": ["label", "children"],
        "properties": {
            "label": STRING,
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    },
    "List": {
        "type": "object",
        "required": ["value"],
        "properties": {"value": INTEGER, "next": {"$ref": "#/components/schemas/List"}},
    },
    "Maybe": {
        "type": "object",
        "required": ["value", "next"],
        "properties": {
            "value": INTEGER,
            "next": {"anyOf": [{"$ref": "#/components/schemas/Maybe"}, {"type": "null"}]},
        },
    },
    "Twins": {
        "type": "object",
        "required": ["left", "right", "other"],
        "properties": {
            "left": {"anyOf": [{"$ref": "#/components/schemas/Twins"}, {"type": "null"}]},
            "right": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Twins"}]},
            "other": {"$ref": "#/components/schemas/Triplets"},
        },
    },
    "Triplets": {
        "type": ["object", "null"],
        "required": ["a", "b", "c"],
        "properties": {name: {"$ref": "#/components/schemas/Triplets"} for name in "abc"},
    },
    "Ping": {
        "type": "object",
        "required": ["pong"],
        "properties": {"pong": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Pong"}]}},
    },
    "Pong": {"type": "object", "required": ["ping"], "properties": {"ping": {"$ref": "#/components/schemas/Ping"}}},
    "Json": {
        "anyOf": [
            {"type": ["string", "number", "boolean", "null"]},
            {"type": "array", "items": {"$ref": "#/components/schemas/Json"}},
            {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Json"}},
        ]
    },
    "Endless": {
        "type": "object",
        "required": ["again"],
        "properties": {"again": {"$ref": "#/components/schemas/Endless"}},
    },
    "Never": False,
}

SAMPLED: dict[str, Any] = {
    # types
    "anything": {},
    "true": True,
    "string": STRING,
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "array": {"type": "array"},
    "object": OBJECT,
    "string or null": {"type": ["string", "null"]},
    "null or integer": {"type": ["null", "integer"]},
    "several types": {"type": ["integer", "array", "string"], "minItems": 2, "minimum": 4},
    # values
    "const": {"const": {"a": [1, None]}},
    "const null": {"const": None},
    "enum": {"enum": ["a", "b"]},
    "enum of several types": {"type": "integer", "enum": ["a", 2, None]},
    "default": {"type": "string", "default": "d"},
    "default that is wrong": {"type": "string", "maxLength": 2, "default": "long"},
    "examples": {"type": "string", "examples": ["first", "second"]},
    "first example is wrong": {"type": "string", "maxLength": 5, "examples": ["too long", "fits"]},
    "all examples are wrong": {"type": "integer", "examples": ["no"]},
    "nested example is wrong": {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "integer", "examples": ["no"]}},
    },
    # strings
    "minLength": {"type": "string", "minLength": 50},
    "maxLength": {"type": "string", "maxLength": 2},
    "maxLength 0": {"type": "string", "maxLength": 0},
    "both lengths": {"type": "string", "minLength": 8, "maxLength": 8},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-\\d{4}$"},
    "pattern without anchors": {"type": "string", "pattern": "\\d+"},
    "pattern with alternatives": {"type": "string", "pattern": "^(draft|final)-v[1-9]$"},
    "pattern and lengths": {"type": "string", "pattern": "^[a-z]+$", "minLength": 5, "maxLength": 10},
    "pattern and maxLength": {"type": "string", "pattern": "^[a-z]*$", "maxLength": 3},
    "date-time": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "duration": {"type": "string", "format": "duration"},
    "uuid": {"type": "string", "format": "uuid"},
    "email": {"type": "string", "format": "email"},
    "hostname": {"type": "string", "format": "hostname"},
    "ipv4": {"type": "string", "format": "ipv4"},
    "ipv6": {"type": "string", "format": "ipv6"},
    "uri": {"type": "string", "format": "uri"},
    "uri-reference": {"type": "string", "format": "uri-reference"},
    "json-pointer": {"type": "string", "format": "json-pointer"},
    "regex": {"type": "string", "format": "regex"},
    "format and minLength": {"type": "string", "format": "email", "minLength": 30},
    "unknown format": {"type": "string", "format": "colour"},
    "content": {"type": "string", "contentMediaType": "application/json", "contentEncoding": "base64"},
    # numbers
    "minimum": {"type": "integer", "minimum": 100},
    "maximum": {"type": "integer", "maximum": -100},
    "between": {"type": "integer", "minimum": 5, "maximum": 5},
    "exclusiveMinimum": {"type": "integer", "exclusiveMinimum": 0},
    "exclusiveMaximum": {"type": "integer", "exclusiveMaximum": 0},
    "exclusive limits of a number": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "narrow exclusive limits": {"type": "number", "exclusiveMinimum": 0.1, "exclusiveMaximum": 0.2},
    "exclusive maximum and step": {"type": "integer", "exclusiveMaximum": 10, "multipleOf": 10},
    "exclusive minimum off the step": {"type": "integer", "exclusiveMinimum": 7, "multipleOf": 5},
    "minimum off the step": {"type": "integer", "minimum": 7, "multipleOf": 5},
    "maximum off the step": {"type": "integer", "maximum": -1, "multipleOf": 5},
    "minimum that is no integer": {"type": "integer", "minimum": 1.5},
    "exclusive minimum that is no integer": {"type": "integer", "exclusiveMinimum": 1.5},
    "maximum that is no integer": {"type": "integer", "maximum": -1.5},
    "step": {"type": "number", "multipleOf": 0.25, "minimum": 0.3},
    "large step": {"type": "integer", "multipleOf": 1000},
    "both minimums": {"type": "integer", "minimum": 3, "exclusiveMinimum": 10},
    "both maximums": {"type": "integer", "maximum": -3, "exclusiveMaximum": -10},
    "int32": {"type": "integer", "format": "int32", "minimum": 2147483647},
    # arrays
    "items": {"type": "array", "items": INTEGER},
    "minItems": {"type": "array", "items": STRING, "minItems": 3},
    "minItems without items": {"type": "array", "minItems": 2},
    "maxItems 0": {"type": "array", "items": STRING, "maxItems": 0},
    "unique integers": {"type": "array", "items": INTEGER, "minItems": 3, "uniqueItems": True},
    "unique strings": {"type": "array", "items": STRING, "minItems": 3, "uniqueItems": True},
    "unique enum": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "uniqueItems": True},
    "unique objects": {
        "type": "array",
        "items": {"type": "object", "required": ["id"], "properties": {"id": INTEGER}},
        "minItems": 2,
        "uniqueItems": True,
    },
    "prefixItems": {"type": "array", "prefixItems": [STRING, INTEGER], "items": False},
    "prefixItems and more": {"type": "array", "prefixItems": [STRING], "items": INTEGER, "minItems": 3},
    "prefixItems and maxItems": {"type": "array", "prefixItems": [STRING, INTEGER, NUMBER], "maxItems": 2},
    "contains": {"type": "array", "contains": {"type": "integer", "minimum": 5}},
    "minContains": {"type": "array", "contains": {"const": 1}, "minContains": 2, "maxContains": 2},
    "array of arrays": {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 2, "items": INTEGER}},
    # objects
    "properties": {"type": "object", "properties": {"a": STRING, "b": INTEGER}},
    "required": {"type": "object", "required": ["a"], "properties": {"a": STRING}},
    "required and not described": {"type": "object", "required": ["x", "y"]},
    "property that must not be": {"type": "object", "properties": {"a": STRING, "b": False}},
    "closed object": {"type": "object", "properties": {"a": STRING}, "additionalProperties": False},
    "map": {"type": "object", "additionalProperties": INTEGER, "minProperties": 2},
    "minProperties": {"type": "object", "minProperties": 3},
    "maxProperties": {"type": "object", "properties": {"a": STRING, "b": STRING, "c": STRING}, "maxProperties": 1},
    "maxProperties and required": {
        "type": "object",
        "required": ["c"],
        "properties": {"a": STRING, "b": STRING, "c": STRING},
        "maxProperties": 1,
    },
    "patternProperties": {
        "type": "object",
        "patternProperties": {"^x-": INTEGER},
        "additionalProperties": False,
        "properties": {"a": STRING},
    },
    "pattern of a required property": {
        "type": "object",
        "required": ["x-a"],
        "patternProperties": {"^x-": INTEGER},
    },
    "propertyNames": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "properties": {"a": STRING}},
    "dependentRequired": {
        "type": "object",
        "required": ["a"],
        "properties": {"a": STRING, "b": STRING},
        "dependentRequired": {"a": ["b"]},
    },
    "dependentSchemas": {
        "type": "object",
        "properties": {"a": STRING, "b": STRING},
        "dependentSchemas": {"a": {"required": ["b"]}},
    },
    "unevaluatedProperties": {
        "allOf": [{"type": "object", "properties": {"a": STRING}}],
        "properties": {"b": INTEGER},
        "unevaluatedProperties": False,
    },
    "no type but properties": {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
    "no type but items": {"items": {"type": "integer"}, "minItems": 1},
    "no type but a minimum": {"minimum": 5},
    "no type but a pattern": {"pattern": "^a$"},
    # combinations
    "allOf": {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": STRING}}, {"required": ["b"]}]},
    "allOf of limits": {"allOf": [{"type": "integer", "minimum": 5}, {"minimum": 10, "maximum": 10}]},
    "allOf of lengths": {"allOf": [{"type": "string", "minLength": 10}, {"maxLength": 12}, {"minLength": 11}]},
    "allOf beside properties": {
        "type": "object",
        "required": ["b"],
        "properties": {"b": INTEGER},
        "allOf": [{"$ref": "#/components/schemas/Person"}],
    },
    "allOf of one property twice": {
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 5}}},
            {"properties": {"a": {"multipleOf": 7}}},
        ]
    },
    "allOf of enums": {"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]},
    "allOf of types": {"allOf": [{"type": ["string", "integer"]}, {"type": ["integer", "null"]}]},
    "anyOf": {"anyOf": [STRING, INTEGER]},
    "anyOf whose first is impossible": {"anyOf": [{"type": "string", "minLength": 2, "maxLength": 1}, INTEGER]},
    "anyOf with null first": {"anyOf": [{"type": "null"}, STRING]},
    "anyOf of requirements": {
        "type": "object",
        "properties": {"a": STRING, "b": STRING},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "oneOf": {"oneOf": [CAT, DOG]},
    "oneOf of requirements": {
        "type": "object",
        "properties": {"a": STRING, "b": STRING},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "oneOf with a discriminator": {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "kind"}},
    "allOf of oneOf": {"allOf": [{"oneOf": [CAT, DOG]}, {"type": "object", "required": ["name"]}]},
    "not": {"type": "string", "not": {"const": "other"}},
    "if and then": {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "integer", "minimum": 5}},
        "if": {"properties": {"a": {"minimum": 1}}},
        "then": {"required": ["b"]},
    },
    "if and else": {"type": "string", "if": {"minLength": 100}, "else": {"maxLength": 10}},
    # references
    "reference": {"$ref": "#/components/schemas/Person"},
    "reference to a reference": {"$ref": "#/components/schemas/Alias"},
    "reference with siblings": {"$ref": "#/components/schemas/Name", "minLength": 10},
    "reference to an escaped name": {"$ref": "#/components/schemas/a~1b%20~0c%25"},
    "reference in items": {"type": "array", "minItems": 2, "items": {"$ref": "#/components/schemas/Person"}},
    "reference in a map": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Name"}},
    "tree": {"$ref": "#/components/schemas/Tree"},
    "list": {"$ref": "#/components/schemas/List"},
    "list that ends with null": {"$ref": "#/components/schemas/Maybe"},
    "trees that end with null": {"$ref": "#/components/schemas/Twins"},
    "two that refer to each other": {"$ref": "#/components/schemas/Ping"},
    "any JSON": {"$ref": "#/components/schemas/Json"},
    # annotations
    "annotations": {"type": "integer", "title": "T", "description": "D", "deprecated": True, "readOnly": True},
    "extensions": {"type": "integer", "x-unit": "minutes", "xml": {"name": "n"}, "externalDocs": {"url": "/"}},
}

IMPOSSIBLE: dict[str, Any] = {
    "false": False,
    "reference to false": {"$ref": "#/components/schemas/Never"},
    "two types": {"allOf": [STRING, INTEGER]},
    "lengths that cross": {"type": "string", "minLength": 2, "maxLength": 1},
    "limits that cross": {"type": "integer", "minimum": 2, "maximum": 1},
    "no integer between": {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
    "no multiple between": {"type": "integer", "minimum": 1, "maximum": 4, "multipleOf": 5},
    "enum of another type": {"type": "integer", "enum": ["a"]},
    "const of another type": {"type": "integer", "const": "a"},
    "empty enum": {"enum": []},
    "enums that do not meet": {"allOf": [{"enum": ["a"]}, {"enum": ["b"]}]},
    "not anything": {"not": {}},
    "required and forbidden": {"type": "object", "required": ["a"], "properties": {"a": False}},
    "required and closed": {"type": "object", "required": ["a"], "additionalProperties": False},
    "too few names": {"type": "object", "minProperties": 1, "additionalProperties": False},
    "properties that cross": {"type": "object", "minProperties": 2, "maxProperties": 1},
    "items that cross": {"type": "array", "minItems": 2, "maxItems": 1},
    "no items but some": {"type": "array", "items": False, "minItems": 1},
    "unique booleans": {"type": "array", "items": {"type": "boolean"}, "minItems": 3, "uniqueItems": True},
    "pattern that no text has": {"type": "string", "pattern": "a^b$c"},
    "endless object": {"$ref": "#/components/schemas/Endless"},
    "oneOf twice the same": {"oneOf": [STRING, STRING]},
    "anyOf nothing": {"anyOf": [False, False]},
}

HARD: dict[str, Any] = {
    "number that is no integer": {"oneOf": [{"type": "number"}, {"type": "integer"}]},
    "not a multiple": {"type": "integer", "not": {"multipleOf": 1}},
    "patterns that meet": {"type": "string", "allOf": [{"pattern": "^a"}, {"pattern": "z$"}, {"pattern": "[0-9]{3}"}]},
    "look-ahead": {"type": "string", "pattern": "^(?=.*[0-9])(?=.*[a-z]).{8,}$"},
    "back-reference": {"type": "string", "pattern": "^(a|b)\\1$"},
    "unicode property": {"type": "string", "pattern": "^\\p{Lu}+$"},
    "long repetition": {"type": "string", "pattern": "^(a{1,100}){1,100}$"},
    "format and pattern": {"type": "string", "format": "uuid", "pattern": "^[0-9a-f-]{36}$"},
    "format and maxLength": {"type": "string", "format": "date-time", "maxLength": 5},
    "huge minLength": {"type": "string", "minLength": 10**9},
    "huge minItems": {"type": "array", "items": INTEGER, "minItems": 10**9},
    "huge minProperties": {"type": "object", "minProperties": 10**9},
    "huge limits": {"type": "number", "minimum": 1e308, "maximum": 1.7e308},
    "tiny step": {"type": "number", "multipleOf": 1e-300, "minimum": 1},
    "step and limit of another kind": {"type": "integer", "multipleOf": 0.3, "minimum": 1},
    "propertyNames and minProperties": {"type": "object", "propertyNames": {"maxLength": 1}, "minProperties": 3},
    "contains two kinds": {"type": "array", "allOf": [{"contains": {"const": 1}}, {"contains": {"const": 2}}]},
    "unevaluatedItems": {"type": "array", "prefixItems": [STRING], "unevaluatedItems": False, "minItems": 2},
    "wide and deep": {
        "type": "array",
        "minItems": 40,
        "items": {"type": "array", "minItems": 40, "items": {"type": "array", "minItems": 40, "items": INTEGER}},
    },
    "reference to nothing": {"$ref": "#/components/schemas/Nobody"},
}

CONTRACT = {"components": {"schemas": {**COMPONENTS, **SAMPLED, **IMPOSSIBLE, **HARD}}}
SCHEMAS = Schemas(CONTRACT)


def sample(name: str) -> Any:
    """Return a sample as a fresh reader of the contract makes it."""
    return Samples(CONTRACT, SCHEMAS).of(f"/components/schemas/{name}")


def accepts(name: str, value: Any) -> bool:
    root = Draft202012Validator(CONTRACT, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return root.evolve(schema=CONTRACT["components"]["schemas"][name]).is_valid(value)


@pytest.mark.parametrize("name", SAMPLED)
def test_sample_obeys_its_schema_and_is_the_same_twice(name):
    first, second = sample(name), sample(name)

    assert accepts(name, first), first
    assert json.dumps(first) == json.dumps(second)


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_schema_that_no_value_obeys_has_no_sample(name):
    with pytest.raises(NoSample, match=r"^no example at /components/schemas/.*: add one$"):
        sample(name)


@pytest.mark.parametrize("name", HARD)
def test_schema_that_is_too_hard_has_no_sample_rather_than_a_wrong_one(name):
    try:
        value = sample(name)
    except NoSample as error:
        value = error

    assert isinstance(value, NoSample) or accepts(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("examples", "first"),
        ("first example is wrong", "fits"),
        ("const", {"a": [1, None]}),
        ("default", "d"),
        ("enum", "a"),
        ("enum of several types", 2),
        ("date-time", "2025-01-15T10:00:00Z"),
        ("minimum", 100),
        ("properties", {"a": "string", "b": 1}),
        ("closed object", {"a": "string"}),
        ("items", [1]),
        ("boolean", True),
        ("null", None),
        ("null or integer", 1),
    ],
)
def test_sample_is_the_example_first_and_then_the_plainest_value(name, value):
    assert sample(name) == value


def test_examples_of_a_media_type_come_in_its_order():
    media = {"example": 1, "examples": {"b": {"value": 2}, "a": {"$ref": "#/x"}, "c": {"externalValue": "/3"}}}
    contract = {"media": media, "x": {"value": 3}}

    assert list(Samples(contract, Schemas(contract)).examples("/media")) == [1, 2, 3]
