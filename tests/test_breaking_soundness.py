"""What holds for all schemas and contracts: what is not said to break breaks nothing, and what is the same is no change."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specwright.gate.breaking.change import FAILING
from specwright.gate.breaking.contracts import compare
from specwright.spec.pointer import deref, walk
from specwright.spec.read import read
from specwright.spec.structure import operations

ROOT = Path(__file__).parents[1]
CONTRACTS = sorted(ROOT.glob("specs/*/openapi.yaml")) + sorted(ROOT.glob("tests/contracts/*/openapi.*"))
CORPUS = sorted(ROOT.parent.glob("shared/corpus/*.json")) + sorted(ROOT.parent.glob("shared/corpus/*.yaml"))

NAMES = st.sampled_from(["a", "b", "c"])
TYPES = st.sampled_from(["null", "boolean", "object", "array", "string", "integer", "number"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 5), st.sampled_from([0.5, 1.5]), st.sampled_from(["", "a", "ab", "abc"])
)
SMALL = st.integers(0, 3)


def keywords(schemas: Any) -> Any:
    """Schemas of some keywords each, small enough for a few values to meet their limits."""
    branches = st.lists(schemas, min_size=1, max_size=2)
    optional = {
        "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "const": SCALARS,
        "minimum": st.integers(-2, 3),
        "maximum": st.integers(-2, 3),
        "exclusiveMinimum": st.integers(-2, 3),
        "exclusiveMaximum": st.integers(-2, 3),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "minLength": SMALL,
        "maxLength": SMALL,
        "pattern": st.sampled_from(["^a", "b$", ".*"]),
        "minItems": SMALL,
        "maxItems": SMALL,
        "uniqueItems": st.booleans(),
        "items": schemas,
        "prefixItems": branches,
        "contains": schemas,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "properties": st.dictionaries(NAMES, schemas, max_size=2),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "[bc]"]), schemas, max_size=1),
        "additionalProperties": schemas,
        "unevaluatedProperties": st.booleans(),
        "minProperties": SMALL,
        "maxProperties": SMALL,
        "propertyNames": st.sampled_from([{"maxLength": 1}, {"enum": ["a", "b"]}]),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
        "allOf": branches,
        "anyOf": branches,
        "oneOf": branches,
        "not": schemas,
        "if": schemas,
        "then": schemas,
    }
    return st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: optional[name] for name in names})
    )


SCHEMAS = st.recursive(st.one_of(st.booleans(), keywords(st.just({"type": "integer"}))), keywords, max_leaves=6)
VALUES = st.recursive(
    SCALARS,
    lambda values: st.one_of(st.lists(values, max_size=3), st.dictionaries(NAMES, values, max_size=3)),
    max_leaves=6,
)


def contract(schema: Any, direction: str = "request") -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": schema}}}
    response = {"description": "fine"} | (content if direction == "response" else {})
    operation = {"responses": {"200": response}} | ({"requestBody": content} if direction == "request" else {})
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/things": {"post": operation}}}


def outspoken(schema: Any) -> Any:
    """Return ``schema`` with a word on all members: what a schema is silent about, nobody sends by agreement."""
    if not isinstance(schema, dict):
        return schema
    spoken = {} if schema.get("unevaluatedProperties") is False else {"additionalProperties": True}
    return {**spoken, **{key: _outspoken(key, item) for key, item in schema.items()}}


def _outspoken(key: str, item: Any) -> Any:
    if key in ("properties", "patternProperties"):
        return {name: outspoken(inner) for name, inner in item.items()}
    if key in ("allOf", "anyOf", "oneOf", "prefixItems"):
        return [outspoken(inner) for inner in item]
    return outspoken(item) if key in ("items", "contains", "not", "if", "then", "additionalProperties") else item


# What grows in a response and only warns.
WARNED = {
    "response-enum-widened",
    "response-additional-properties-allowed",
    "response-property-unexpected",
    "response-alternatives-no-longer-exclusive",
}


def changed(old: Any, change: Any, mixed: str, pick: random.Random) -> tuple[Any, Any]:
    """Return ``old`` and another schema, or ``old`` with some keywords of it, or without some."""
    if mixed == "all" or not isinstance(old, dict) or not isinstance(change, dict):
        return outspoken(old), outspoken(change)
    kept = {key: item for key, item in old.items() if pick.random() < 0.7}
    return outspoken(old), outspoken({**old, **change} if mixed == "with" else kept)


PAIRS = st.builds(
    changed, SCHEMAS, SCHEMAS, st.sampled_from(["all", "with", "without"]), st.randoms(use_true_random=False)
)


@pytest.mark.parametrize("direction", ["request", "response"])
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(pair=PAIRS, values=st.lists(VALUES, min_size=8, max_size=16))
def test_what_does_not_break_refuses_no_value_that_was_accepted(direction, pair, values):
    old, new = pair
    inner, outer = (old, new) if direction == "request" else (new, old)
    refused = [value for value in values if is_valid(inner, value) and not is_valid(outer, value)]
    found = compare(contract(old, direction), contract(new, direction))

    assert not refused or any(item.verdict in FAILING or item.rule in WARNED for item in found), (refused, found)


def is_valid(schema: Any, value: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(schema).is_valid(value)


# --- whole contracts ----------------------------------------------------------------------------------------------------


def native(file: Path) -> Any:
    return read(file, ROOT if file.is_relative_to(ROOT) else file.parent).value


def reordered(node: Any) -> Any:
    """Return ``node`` with the members of every object the other way round."""
    if isinstance(node, dict):
        return {key: reordered(node[key]) for key in reversed(node)}
    return [reordered(item) for item in node] if isinstance(node, list) else node


def renamed(contract: Any) -> Any:
    """Return ``contract`` with every component schema called otherwise, unless its name is sent."""
    text = json.dumps(contract)
    for name in contract.get("components", {}).get("schemas", {}):
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{name}.now"')
    value = json.loads(text)
    schemas = value.get("components", {}).get("schemas", {})
    value["components"] = {**value.get("components", {}), "schemas": {f"{name}.now": schemas[name] for name in schemas}}
    return value


def has_names_that_are_sent(contract: Any) -> bool:
    return any(isinstance(node, dict) and "discriminator" in node for _, node in walk(contract))


@pytest.mark.parametrize("file", CONTRACTS + CORPUS, ids=lambda file: f"{file.parent.name}/{file.name}")
@pytest.mark.parametrize("again", [copy.deepcopy, reordered, renamed])
def test_a_contract_said_otherwise_is_no_change(file, again):
    old = native(file)
    new = again(old) | {"x-said": "otherwise"}
    found = compare(old, new)

    assert found == [] or (again is renamed and has_names_that_are_sent(old))


# --- mutations ----------------------------------------------------------------------------------------------------------


def dropped(schema: dict[str, Any], name: str, direction: str) -> bool:
    """Drop a member that is always answered."""
    if direction == "request" or name not in schema.get("required", ()):
        return False
    schema["required"] = [other for other in schema["required"] if other != name]
    del schema["properties"][name]
    return True


def demanded(schema: dict[str, Any], name: str, direction: str) -> bool:
    """Demand a member that could be left out."""
    if direction == "response" or name in schema.get("required", ()):
        return False
    schema["required"] = [*schema.get("required", ()), name]
    return True


def retyped(schema: dict[str, Any], name: str, direction: str) -> bool:
    """Make something else of a member."""
    kind = schema["properties"][name].get("type") if isinstance(schema["properties"][name], dict) else None
    schema["properties"][name] = {"type": "boolean" if kind != "boolean" else "string"}
    return isinstance(kind, str)


def cut(schema: dict[str, Any], name: str, direction: str) -> bool:
    """Refuse a value of an enum."""
    member = schema["properties"][name]
    if direction == "response" or not isinstance(member, dict) or len(member.get("enum", ())) < 2:
        return False
    member["enum"] = member["enum"][1:]
    return True


def bodies(contract: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return (direction, schema) of every object that is a whole body."""
    found = []
    for _, _, _, operation in operations(contract):
        contents = [("request", deref(contract, operation.get("requestBody", {})).get("content", {}))]
        answers = [deref(contract, item) for code, item in operation["responses"].items() if code < "3"]
        contents += [("response", answer.get("content", {})) for answer in answers]
        for direction, content in contents:
            schemas = (deref(contract, media.get("schema", {})) for media in content.values())
            found += [
                (direction, schema) for schema in schemas if isinstance(schema, dict) and schema.get("properties")
            ]
    return found


def mutations(contract: Any, most: int) -> Iterator[tuple[str, Any]]:
    """Yield copies of ``contract`` that are known to break something."""
    for seed in range(most * 20):
        pick, copied = random.Random(seed), copy.deepcopy(contract)  # noqa: S311 - the same ones every time
        direction, schema = pick.choice(bodies(copied))
        name = pick.choice(list(schema["properties"]))
        member = schema["properties"][name]
        is_sent = isinstance(member, dict) and not {"readOnly", "writeOnly", "$ref", "allOf"} & member.keys()
        mutate = pick.choice([dropped, demanded, retyped, cut])
        if is_sent and mutate(schema, name, direction):
            yield f"{seed}: {mutate.__name__} {name} in a {direction}", copied
            most -= 1
        if not most:
            return


@pytest.mark.parametrize("file", CONTRACTS, ids=lambda file: file.parent.name)
def test_every_break_is_found(file):
    old = native(file)
    made = list(mutations(old, 40))

    hidden = [what for what, new in made if not any(item.verdict in FAILING for item in compare(old, new))]

    assert made
    assert hidden == []
