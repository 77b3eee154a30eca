"""OpenAPI 3.0 said in 3.1."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwright.spec.document import Document
from specwright.spec.schemas import Schemas
from specwright.spec.upgrade import upgrade


def contract(schema: Any, version: str = "3.0.3") -> dict[str, Any]:
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "components": {"schemas": {"S": schema}}}


def said(value: Any) -> Any:
    return upgrade(Document("openapi.json", Path("openapi.json"), value, dict)).value


def upgraded(schema: Any) -> Any:
    return said(contract(schema))["components"]["schemas"]["S"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string"}, {"type": "string"}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        # 3.0.4 section 4.7.24.1: nullable adds null to a type; what has none allows null already
        ({"nullable": True}, {}),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"type": "string", "enum": ["a", None], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"$ref": "#/x", "nullable": True, "description": "ignored"}, {"$ref": "#/x"}),
        (
            {"nullable": True, "oneOf": [{"type": "string"}]},
            {"oneOf": [{"type": "string"}, {"type": "null"}]},
        ),
        (
            {"nullable": True, "allOf": [{"$ref": "#/x"}], "description": "d"},
            {"anyOf": [{"allOf": [{"$ref": "#/x"}]}, {"type": "null"}], "description": "d"},
        ),
        (
            {"type": "object", "nullable": True, "allOf": [{"$ref": "#/x"}]},
            {"anyOf": [{"type": ["object"], "allOf": [{"$ref": "#/x"}]}, {"type": "null"}]},
        ),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": True}, {"exclusiveMaximum": 1}),
        ({"exclusiveMaximum": True}, {}),
        ({"example": "a"}, {"examples": ["a"]}),
        ({"example": None}, {"examples": [None]}),
        ({"type": "string", "format": "byte"}, {"type": "string", "format": "byte", "contentEncoding": "base64"}),
        # below every keyword that holds schemas
        ({"items": {"type": "string", "nullable": True}}, {"items": {"type": ["string", "null"]}}),
        (
            {"properties": {"a/b~c": {"type": "string", "nullable": True}}},
            {"properties": {"a/b~c": {"type": ["string", "null"]}}},
        ),
        (
            {"additionalProperties": {"type": "string", "nullable": True}},
            {"additionalProperties": {"type": ["string", "null"]}},
        ),
        ({"not": {"minimum": 1, "exclusiveMinimum": True}}, {"not": {"exclusiveMinimum": 1}}),
        ({"anyOf": [{"type": "string", "nullable": True}]}, {"anyOf": [{"type": ["string", "null"]}]}),
        # a property may be called like a keyword; an extension and a value may hold anything
        (
            {"properties": {"nullable": {"type": "boolean"}, "example": {}}},
            {"properties": {"nullable": {"type": "boolean"}, "example": {}}},
        ),
        (
            {"x-a": {"nullable": True}, "default": {"nullable": True}},
            {"x-a": {"nullable": True}, "default": {"nullable": True}},
        ),
        # what no schema is stays as it is: check tells
        ({"items": 3, "enum": 3, "nullable": True}, {"items": 3, "enum": 3}),
        (3, 3),
    ],
)
def test_schemas_are_said_in_3_1(old: Any, new: Any) -> None:
    assert upgraded(old) == new


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_a_newer_contract_is_left_alone(version: str) -> None:
    value = contract({"nullable": True, "example": 1}, version)

    assert said(value) is value


def test_schemas_are_found_in_every_part_of_a_contract() -> None:
    old, new = {"type": "string", "nullable": True}, {"type": ["string", "null"]}

    def everywhere(schema: Any) -> dict[str, Any]:
        media = {"content": {"application/json": {"schema": schema}}}
        parameter = {"name": "p", "in": "query", "schema": schema}
        response = {"description": "d", "headers": {"X-A": {"schema": schema}}, **media}
        operation = {"parameters": [parameter, media], "requestBody": media, "responses": {"200": response}}
        return {
            "paths": {"/a": {"parameters": [parameter], "get": operation}},
            "components": {
                "parameters": {"P": parameter},
                "requestBodies": {"B": media},
                "responses": {"R": response},
                "headers": {"H": {"schema": schema}},
                "callbacks": {"C": {"{$request.url}": {"post": operation}}},
            },
        }

    assert said({"openapi": "3.0.0", **everywhere(old)}) == {"openapi": "3.1.0", **everywhere(new)}


def test_a_reference_follows_what_a_union_goes_around() -> None:
    thing = {"nullable": True, "allOf": [{}], "properties": {"a/b": {"type": "string"}}}
    schemas = {"Thing": thing, "Part": {"$ref": "#/components/schemas/Thing/properties/a~1b"}}

    upgraded = said({"openapi": "3.0.4", "components": {"schemas": schemas}})["components"]["schemas"]

    assert upgraded["Part"] == {"$ref": "#/components/schemas/Thing/anyOf/0/properties/a~1b"}
    assert upgraded["Thing"]["anyOf"][0]["properties"] == thing["properties"]


def test_the_old_contract_is_not_changed() -> None:
    old = contract({"properties": {"a": {"type": "string", "nullable": True}}, "allOf": [{"example": 1}]})
    before = copy.deepcopy(old)

    said(old)

    assert old == before


@given(
    kind=st.sampled_from(["string", "integer", "object"]),
    enum=st.none() | st.just(["a", 1]),
    union=st.sampled_from([None, "allOf", "anyOf", "oneOf"]),
)
def test_a_nullable_schema_with_a_type_allows_null(kind: str, enum: list[Any] | None, union: str | None) -> None:
    schema: dict[str, Any] = {"type": kind, "nullable": True}
    schema |= {"enum": enum} if enum else {}
    schema |= {union: [{"type": kind}]} if union else {}

    assert Schemas(said(contract(schema))).compile("/components/schemas/S").is_valid(None)


def test_a_member_without_a_name_stays_where_it_is() -> None:
    header = {"schema": {"type": "string"}}
    response = {"description": "Fine.", "headers": {"": header}}
    document = {"openapi": "3.0.4", "components": {"responses": {"Fine": response}}}

    assert said(document)["components"]["responses"] == {"Fine": response}


def test_styles_of_multipart_parts_are_ignored_in_3_0() -> None:
    styled = {"style": "deepObject", "explode": True, "contentType": "application/json"}
    content = {
        "multipart/form-data": {"encoding": {"a": styled}},
        "application/x-www-form-urlencoded": {"encoding": {"a": styled}},
    }
    paths = {"/a": {"post": {"requestBody": {"content": content}, "responses": {}}}}

    upgraded = said({"openapi": "3.0.3", "paths": paths})["paths"]["/a"]["post"]["requestBody"]["content"]

    assert upgraded["multipart/form-data"] == {"encoding": {"a": {"contentType": "application/json"}}}
    assert upgraded["application/x-www-form-urlencoded"] == {"encoding": {"a": styled}}
