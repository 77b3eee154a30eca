"""A name depends on its own place alone: not on order, and not on what else the contract holds."""

import copy
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from conftest import golden_contracts
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from specwright.plan import Api, build

THING = {"type": "object", "properties": {"inner": {"type": "object", "properties": {"name": {"type": "string"}}}}}
JSON_THING = {"application/json": {"schema": THING}}
SHARING: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Everything is shared", "version": "1"},
    "paths": {},
    "components": {
        "parameters": {"Filter": {"name": "filter", "in": "query", "content": JSON_THING}},
        "requestBodies": {"Thing": {"content": JSON_THING}},
        "headers": {"X-Thing": {"content": JSON_THING}},
        "responses": {
            "Failure": {
                "description": "d",
                "headers": {"X-Thing": {"$ref": "#/components/headers/X-Thing"}, "X-Own": {"schema": THING}},
                "content": JSON_THING,
            }
        },
    },
}


def operation(*statuses: str) -> dict[str, Any]:
    return {
        "parameters": [{"$ref": "#/components/parameters/Filter"}],
        "requestBody": {"$ref": "#/components/requestBodies/Thing"},
        "responses": {status: {"$ref": "#/components/responses/Failure"} for status in statuses},
    }


def shuffled(value: Any, random: Random, key: str = "") -> Any:
    """Return ``value`` with its mappings in another order; media types keep theirs, which has a meaning."""
    if isinstance(value, list):
        return [shuffled(item, random) for item in value]
    if not isinstance(value, dict):
        return value
    members = [(name, shuffled(member, random, name)) for name, member in value.items()]
    if key != "content":
        random.shuffle(members)
    return dict(members)


def signatures(api: Api) -> dict[str, Any]:
    return {
        f"{operation.method} {operation.path}": (
            operation.identifier,
            {(item.name, item.location): (item.identifier, item.annotation) for item in operation.parameters},
            operation.body and operation.body.annotation,
            {item.class_name: (item.annotation, set(item.headers)) for item in operation.responses},
        )
        for operation in api.operations
    }


@pytest.mark.parametrize("case", golden_contracts())
@settings(max_examples=10, phases=[Phase.generate])
@given(random=st.randoms(use_true_random=False))
def test_order_decides_no_name(case: str, random: Random) -> None:
    api = build("api", golden_contracts()[case])
    other = build("api", shuffled(golden_contracts()[case], random))

    assert replace(other, contract=None) == replace(api, contract=None)


@pytest.mark.parametrize("case", golden_contracts())
def test_another_schema_renames_nothing(case: str) -> None:
    api = build("api", golden_contracts()[case])
    contract = copy.deepcopy(golden_contracts()[case])
    schemas = contract.setdefault("components", {}).setdefault("schemas", {})
    contract["components"]["schemas"] = {"Another": THING, **schemas}

    other = build("api", contract)

    assert other.definitions == {
        **api.definitions,
        "Another": other.definitions["Another"],
        "AnotherInner": other.definitions["AnotherInner"],
    }
    assert signatures(other) == signatures(api)


@pytest.mark.parametrize("case", golden_contracts())
def test_another_operation_renames_nothing(case: str) -> None:
    api = build("api", golden_contracts()[case])
    contract = copy.deepcopy(golden_contracts()[case])
    another = {"operationId": "another", "responses": {"200": {"description": "d", "content": JSON_THING}}}
    contract["paths"] = {"/another": {"get": another}, **contract["paths"]}

    other = build("api", contract)

    assert other.definitions.keys() - api.definitions.keys() == {"Another200Body", "Another200BodyInner"}
    assert {name: other.definitions[name] for name in api.definitions} == api.definitions
    assert signatures(other).items() >= signatures(api).items()


def test_what_operations_share_is_named_after_its_component() -> None:
    paths = {"/a": {"get": operation("400", "404")}, "/b": {"put": operation("404"), "delete": operation("default")}}
    names = set(build("api", {**SHARING, "paths": paths}).definitions)

    assert names
    assert not [name for name in names if any(word in name for word in ("Get", "Put", "Delete", "40", "Default"))]


def test_one_more_user_of_what_is_shared_renames_nothing() -> None:
    paths = {"/b": {"get": operation("404")}}

    api = build("api", {**SHARING, "paths": paths})
    other = build("api", {**SHARING, "paths": {"/a": {"get": operation("400")}, **paths}})

    assert other.definitions == api.definitions


def test_a_parameter_of_a_path_is_named_without_its_method() -> None:
    alone = {"responses": {"204": {"description": "d"}}}
    item = {"parameters": [{"name": "filter", "in": "query", "content": JSON_THING}], "put": alone}

    api = build("api", {**SHARING, "paths": {"/a": item}})
    other = build("api", {**SHARING, "paths": {"/a": {**item, "get": alone}}})

    assert other.definitions == api.definitions
