"""What holds for all schemas and contracts: what is not said to break breaks nothing, and what is the same is no change."""

import copy
import random
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specwright.gate.breaking.change import FAILING
from specwright.gate.breaking.contracts import compare
from specwright.spec.read import read

ROOT = Path(__file__).parents[1]
CONTRACTS = sorted(ROOT.glob("specs/*/openapi.yaml")) + sorted(ROOT.glob("tests/contracts/*/openapi.*"))
CORPUS = sorted(ROOT.parent.glob("shared/corpus/*.json")) + sorted(ROOT.parent.glob("shared/corpus/*.yaml"))

NAMES = st.sampled_from(["a", "b", "c"])
TYPES = st.sampled_from(["null", "boolean", "object", "array", "string", "integer", "number"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 5), st.sampled_from([0.5, 1.5]), st.sampled_from(["", "a", "ab", "abc"]))
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
    spoken = {} if "unevaluatedProperties" in schema else {"additionalProperties": True}
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


@pytest.mark.parametrize("direction", ["request", "response"])
@settings(max_examples=6000, deadline=None, suppress_health_check=list(HealthCheck))
@given(old=SCHEMAS, change=SCHEMAS, mixed=st.sampled_from(["all", "with", "without"]), values=st.lists(VALUES, min_size=8, max_size=16), pick=st.randoms(use_true_random=False))
def test_what_does_not_break_refuses_no_value_that_was_accepted(direction, old, change, mixed, values, pick):
    new = outspoken(changed(old, change, mixed, pick))
    old = outspoken(old)
    inner, outer = (old, new) if direction == "request" else (new, old)
    refused = [value for value in values if is_valid(inner, value) and not is_valid(outer, value)]
    found = compare(contract(old, direction), contract(new, direction))

    assert not refused or any(item.verdict in FAILING or item.rule in WARNED for item in found), (refused, found)


def is_valid(schema: Any, value: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(schema).is_valid(value)


def changed(old: Any, change: Any, mixed: str, pick: random.Random) -> Any:
    """Return another schema, or ``old`` with some keywords of it, or without some."""
    if mixed == "all" or not isinstance(old, dict) or not isinstance(change, dict):
        return change
    return {**old, **change} if mixed == "with" else {key: item for key, item in old.items() if pick.random() < 0.7}
