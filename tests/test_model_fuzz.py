"""Whatever a random contract accepts, its generated models accept and write as it came in."""

import json
import os
import re
import sys
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from modelled import assert_round_trip, document, generated, ref

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "20"))
KEYS = [f"C{index}" for index in range(12)]
FORMATS = {
    "date-time": ["2020-02-29T12:00:00Z", "2020-02-29t12:00:00.1234567z", "2016-12-31T23:59:60+00:00"],
    "date": ["2020-02-29"],
    "time": ["12:00:00.50Z", "23:59:60-00:00"],
    "duration": ["P1W", "PT36H", "P1DT1S"],
    "uuid": ["123E4567-e89b-12d3-a456-426614174000"],
}
NAMES = st.sampled_from(["a", "petId", "pet_id", "class", "x-y", "1", "model_config"])
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(["", "x", "5", "true", "null", "2020-02-29", "\u00e9\n"]),
    "integer": st.sampled_from([0, 1, -5, 2**60 + 1]),
    "number": st.sampled_from([0, 1, 1.5, -2.25, 2**60 + 1, 1e300]),
    "boolean": st.booleans(),
    "null": st.none(),
}
ANYTHING = st.one_of(*SCALARS.values(), st.just([1, "x"]), st.just({"a": None}))

# --- schemas ----------------------------------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.sampled_from(sorted(SCALARS)).map(lambda name: {"type": name}),
    st.sampled_from(sorted(SCALARS)).map(lambda name: {"type": sorted({name, "null"})}),
    st.lists(st.sampled_from(sorted(SCALARS)), min_size=2, max_size=3, unique=True).map(lambda names: {"type": names}),
    st.sampled_from(sorted(FORMATS)).map(lambda name: {"type": "string", "format": name}),
    st.lists(ANYTHING, min_size=1, max_size=3, unique_by=json.dumps).map(lambda values: {"enum": values}),
    ANYTHING.map(lambda value: {"const": value}),
    st.just({}),
    st.sampled_from(KEYS).map(ref),
)


def objects(inner: st.SearchStrategy[Any], *types: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(types or ("object", "object", ["object", "null"]))},
        optional={
            "properties": st.dictionaries(NAMES, inner, max_size=4),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": st.one_of(st.booleans(), inner),
        },
    )


def arrays(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    bounds = {"minItems": st.integers(0, 2), "maxItems": st.integers(2, 3)}
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("array")}, optional={"items": inner, **bounds}),
        st.fixed_dictionaries(
            {"type": st.just("array"), "prefixItems": st.lists(inner, min_size=1, max_size=2)},
            optional={"items": st.one_of(st.booleans(), inner), **bounds},
        ),
    )


def combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda branches: {"anyOf": branches}),
        several.map(lambda branches: {"oneOf": branches}),
        several.map(lambda branches: {"oneOf": branches, "discriminator": {"propertyName": "a"}}),
        st.lists(objects(inner), min_size=1, max_size=2).map(lambda parts: {"allOf": parts}),
        st.tuples(objects(inner), several).map(lambda pair: {**pair[0], "anyOf": pair[1]}),
    )


SCHEMAS = st.recursive(LEAVES, lambda inner: st.one_of(objects(inner), arrays(inner), combined(inner)), max_leaves=6)


def grounded(schema: Any, index: int) -> Any:
    """Return ``schema`` where nothing is itself by definition: in place it refers to later components only."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return schema if KEYS.index(schema["$ref"].rpartition("/")[2]) > index else {}
    unions = {
        key: [grounded(part, index) for part in schema[key]] for key in ("allOf", "anyOf", "oneOf") if key in schema
    }
    return {**schema, **unions}


# --- values -----------------------------------------------------------------------------------------------------------


def value_of(draw: st.DrawFn, schema: Any, schemas: Any, depth: int = 0) -> Any:
    """Draw what probably obeys ``schema``."""

    def below(part: Any) -> Any:
        return value_of(draw, part, schemas, depth + 1)

    if not isinstance(schema, dict) or not schema:
        return draw(ANYTHING)
    if "const" in schema or "enum" in schema:
        return draw(st.sampled_from(schema.get("enum", [schema.get("const")])))
    if "$ref" in schema:
        return below(schemas[schema["$ref"].rpartition("/")[2]]) if depth < 6 else None
    found: Any = None
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            found = below(draw(st.sampled_from(schema[keyword])))
    for part in schema.get("allOf", ()):
        found = merged(found, below(part))
    if "type" not in schema:
        return found
    named = schema["type"]
    return merged(
        found, of_type(draw, named if isinstance(named, str) else draw(st.sampled_from(named)), schema, below)
    )


def merged(one: Any, other: Any) -> Any:
    return {**one, **other} if isinstance(one, dict) and isinstance(other, dict) else other


def of_type(draw: st.DrawFn, name: str, schema: Any, below: Any) -> Any:
    if name == "string" and "format" in schema:
        return draw(st.sampled_from(FORMATS[schema["format"]]))
    if name in SCALARS:
        return draw(SCALARS[name])
    if name == "object":
        members = schema.get("properties", {})
        more = schema.get("additionalProperties", True)
        wanted = [key for key in members if key in schema.get("required", ()) or draw(st.booleans())]
        unnamed = [key for key in schema.get("required", ()) if key not in members]
        unnamed += draw(st.lists(NAMES.filter(lambda key: key not in members), max_size=1)) if more is not False else []
        return {**{key: below(members[key]) for key in wanted}, **{key: below(more) for key in unnamed}}
    first = schema.get("prefixItems", [])
    size = draw(st.integers(schema.get("minItems", 0), schema.get("maxItems", 3)))
    return [below(first[index] if index < len(first) else schema.get("items", {})) for index in range(size)]


@st.composite
def contracts(draw: st.DrawFn) -> tuple[Any, list[tuple[str, Any]]]:
    """Draw component schemas, and values that may obey them."""
    schemas = {key: grounded(draw(SCHEMAS), index) for index, key in enumerate(KEYS)}
    return schemas, [(key, value_of(draw, schemas[key], schemas)) for key in KEYS for _ in range(4)]


FOLDERS = count()


# Nothing is shrunk: a contract is generated anew at every step, and the note says all that matters.
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(drawn=contracts())
def test_what_a_random_contract_accepts_makes_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[Any, list[tuple[str, Any]]]
) -> None:
    schemas, values = drawn
    package = generated(tmp_path_factory.getbasetemp() / f"random{next(FOLDERS)}", {"api": document(schemas)})["api"]
    for key, value in values:
        if package.obeys(key, value):
            try:
                assert_round_trip(package.adapter(key), value)
            except (AssertionError, ValueError):
                note(f"{json.dumps(value)} is {key} of {json.dumps(used(schemas, key))}")
                raise
    for name in [name for name in sys.modules if name.startswith(package.module.__name__)]:
        del sys.modules[name]


def used(schemas: Any, key: str) -> dict[str, Any]:
    """Return what ``key`` is made of."""
    found: dict[str, Any] = {}
    waiting = [key]
    while waiting:
        name = waiting.pop()
        found[name] = schemas[name]
        waiting += [other for other in re.findall(r"schemas/(C\d+)", json.dumps(schemas[name])) if other not in found]
    return found
