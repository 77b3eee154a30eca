"""Generated models read and write what the contract says: absent, null and there; kinds told apart by a property."""

import json
from itertools import product
from typing import Any

import pytest
from modelled import Package, assert_round_trip, document, generated, readings, ref, same
from pydantic import TypeAdapter, ValidationError

# --- members: required or not, with a default or not, null or not -----------------------------------------------------

STRING = {"type": "string"}
NULL = {"type": "null"}
FRIEND = {"name": "Rex"}
FRIEND_SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": STRING}}
MOMENT = "2020-02-29T12:00:00+01:00"
# What a member is: its schema, a value of it.
KINDS: dict[str, tuple[Any, Any]] = {
    "plain": (STRING, "x"),
    "null in the type": ({"type": ["string", "null"]}, "x"),
    "null as an alternative": ({"anyOf": [STRING, NULL]}, "x"),
    "reference": (ref("Friend"), FRIEND),
    "reference or null": ({"oneOf": [ref("Friend"), NULL]}, FRIEND),
    "reference to what may be null": (ref("Name"), "x"),
    "reference to an object or null": (ref("Guest"), FRIEND),
    "enum": ({"enum": ["x", "y"]}, "x"),
    "enum with null": ({"enum": ["x", None]}, "x"),
    "typed enum with null": ({"type": ["string", "null"], "enum": ["x", None]}, "x"),
    "const": ({"const": "x"}, "x"),
    "const null": ({"const": None}, None),
    "null": (NULL, None),
    "object in place": (FRIEND_SCHEMA, FRIEND),
    "object in place or null": ({**FRIEND_SCHEMA, "type": ["object", "null"]}, FRIEND),
    "array": ({"type": "array", "items": STRING}, ["x"]),
    "array or null": ({"type": ["array", "null"], "items": STRING}, ["x"]),
    "dict": ({"type": "object", "additionalProperties": STRING}, {"a": "x"}),
    "dict or null": ({"type": ["object", "null"], "additionalProperties": STRING}, {"a": "x"}),
    "date-time": ({"type": "string", "format": "date-time"}, MOMENT),
    "date-time or null": ({"type": ["string", "null"], "format": "date-time"}, MOMENT),
    "limited": ({"type": "integer", "minimum": 3}, 5),
    "limited or null": ({"type": ["integer", "null"], "minimum": 3}, 5),
    "union": ({"anyOf": [STRING, {"type": "integer"}]}, 5),
    "union or null": ({"anyOf": [STRING, {"type": "integer"}, NULL]}, 5),
    "intersection": ({"allOf": [STRING, {"minLength": 1}]}, "x"),
    "intersection with what may be null": ({"allOf": [{"type": ["string", "null"]}, STRING]}, "x"),
    "described reference": ({"allOf": [ref("Guest")], "description": "A guest."}, FRIEND),
    "anything": ({}, "x"),
}
# The same in OpenAPI 3.0.
KINDS_3_0: dict[str, tuple[Any, Any]] = {
    "nullable": ({"type": "string", "nullable": True}, "x"),
    "not nullable": ({"type": "string", "nullable": False}, "x"),
    "nullable reference": ({"allOf": [ref("Friend")], "nullable": True}, FRIEND),
    "reference to what is nullable": (ref("Guest"), FRIEND),
    "nullable enum": ({"type": "string", "enum": ["x"], "nullable": True}, "x"),
    "nullable enum with null": ({"type": "string", "enum": ["x", None], "nullable": True}, "x"),
    "nullable array": ({"type": "array", "items": STRING, "nullable": True}, ["x"]),
    "nullable dict": ({"type": "object", "additionalProperties": STRING, "nullable": True}, {"a": "x"}),
    "nullable date-time": ({"type": "string", "format": "date-time", "nullable": True}, MOMENT),
    "nullable union": ({"oneOf": [STRING, {"type": "integer"}], "nullable": True}, 5),
}
SHARED = {"Friend": FRIEND_SCHEMA, "Name": {"type": ["string", "null"]}}
CONTRACTS = {
    "states": (KINDS, {**SHARED, "Guest": {**FRIEND_SCHEMA, "type": ["object", "null"]}}, "3.1.0"),
    "states_3_0": (KINDS_3_0, {"Friend": FRIEND_SCHEMA, "Guest": {**FRIEND_SCHEMA, "nullable": True}}, "3.0.3"),
}
PRESENCES = ("required", "optional", "optional with default", "required with default")
PAYLOADS = ("absent", "null", "value")


def key_of(index: int, presence: str) -> str:
    return f"K{index}{presence.title().replace(' ', '')}"


def holder(presence: str, schema: Any, value: Any) -> dict[str, Any]:
    """Return an object whose one member is of ``schema``."""
    member = {**schema, "default": value} if presence.endswith("with default") else schema
    required = {"required": ["theMember"]} if presence.startswith("required") else {}
    return {"type": "object", "properties": {"theMember": member}, **required}


def states() -> dict[str, Any]:
    return {
        name: document(
            {
                **shared,
                **{
                    key_of(index, presence): holder(presence, *kind)
                    for (index, kind), presence in product(enumerate(kinds.values()), PRESENCES)
                },
            },
            version,
        )
        for name, (kinds, shared, version) in CONTRACTS.items()
    }


STATES = {
    f"{kind}: {presence}: {payload}": (
        contract,
        key_of(index, presence),
        {"absent": {}, "null": {"theMember": None}, "value": {"theMember": value}}[payload],
    )
    for contract, (kinds, _, _) in CONTRACTS.items()
    for (index, (kind, (_, value))), presence, payload in product(enumerate(kinds.items()), PRESENCES, PAYLOADS)
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    return generated(tmp_path_factory.mktemp("models"), states())


def is_accepted(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("case", list(STATES))
def test_absent_null_and_there_are_told_apart(packages: dict[str, Package], case: str) -> None:
    contract, key, value = STATES[case]
    package = packages[contract]
    adapter, obeys = package.adapter(key), package.obeys(key, value)

    assert is_accepted(adapter, value) == obeys
    if obeys:
        assert_round_trip(adapter, value)
        for read in readings(adapter, value):
            assert read.model_fields_set == ({"the_member"} if value else set())


@pytest.mark.parametrize("case", STATES)
def test_server_tells_absent_null_and_there_apart(packages: dict[str, Package], case: str) -> None:
    contract, key, value = STATES[case]
    reply = packages[contract].post(key, json.dumps(value))

    if packages[contract].obeys(key, value):
        assert reply.status_code == 200, reply.text
        assert same(reply.json(), value)
    else:
        assert reply.status_code == 400


@pytest.mark.parametrize("case", [case for case in STATES if case.endswith(": absent") and ": optional" in case])
def test_absence_is_the_default_or_none(packages: dict[str, Package], case: str) -> None:
    contract, key, _ = STATES[case]
    package = packages[contract]
    member = package.contract["components"]["schemas"][key]["properties"]["theMember"]

    for read in (*readings(package.adapter(key), {}), getattr(package.module.models, key)()):
        assert same(TypeAdapter(Any).dump_python(read.the_member, mode="json"), member.get("default"))
        assert read.model_dump() == {}


@pytest.mark.parametrize("case", [case for case in STATES if case.endswith(": optional: null")])
def test_none_in_python_is_null_where_null_may_be_and_absent_elsewhere(packages: dict[str, Package], case: str) -> None:
    contract, key, null = STATES[case]
    package = packages[contract]
    made = getattr(package.module.models, key)(the_member=None)

    assert made.model_dump() == (null if package.obeys(key, null) else {})
    assert json.loads(made.model_dump_json()) == made.model_dump()
