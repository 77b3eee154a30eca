"""What the contract accepts a generated model reads and writes as it came in; what it refuses the server refuses."""

from typing import Any

import pytest
from modelled import Case, Package, assert_accepted, assert_refused, documents, generated, ref, rows

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
# What it is about: the schema (or several, of which Target is read), values that obey it, values that do not.
CASES: dict[str, Case] = {
    # --- members
    "member called as Python calls another": (
        {**thing(petId=INTEGER, age=INTEGER), "additionalProperties": STRING},
        [{"pet_id": "x"}, {"pet_id": "x", "petId": 1}, {"petId": 1}],
        [{"pet_id": 1}, {"petId": "x"}],
    ),
    "member that one alternative leaves open": (
        {**thing(name=STRING), "anyOf": [thing("a", a=INTEGER), thing("b", b=INTEGER)]},
        [{"a": 1}, {"b": 1, "a": "x"}, {"a": 1, "b": [None]}],
        [{}, {"a": "x"}, {"a": 1, "name": 1}],
    ),
    "member that every alternative types": (
        {**thing(name=STRING), "oneOf": [thing("a", a=INTEGER), thing("a", a={"type": "boolean"})]},
        [{"a": 1}, {"a": False}],
        [{"a": "x"}, {}],
    ),
    "member that closed alternatives do not have": (
        {
            "allOf": [
                {"properties": {"name": STRING}},
                {
                    "oneOf": [
                        {**thing("a", a=INTEGER, name={}), "additionalProperties": False},
                        {**thing("b", b=INTEGER, name={}), "additionalProperties": False},
                    ]
                },
            ]
        },
        [{"a": 1, "name": "x"}, {"b": 1}],
        [{"a": 1, "b": 1}, {"a": "x"}, {"b": 1, "name": 1}],
    ),
    "member narrowed by a second part": (
        {"allOf": [thing(kind=STRING, size=INTEGER), thing(kind={"const": "x"}, size={})]},
        [{"kind": "x", "size": 1}, {}],
        [{"kind": "y"}, {"size": "x"}],
    ),
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
            **dict.fromkeys(
                ("class", "None", "self", "model_dump", "json", "schema", "__init__", "_x", "1a", "a b"), INTEGER
            )
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
@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    return generated(tmp_path_factory.mktemp("types"), documents(CASES))


@pytest.mark.parametrize(("name", "value"), rows(CASES, accepted=True))
def test_what_the_contract_accepts_comes_out_as_it_came_in(packages: dict[str, Package], name: str, value: Any) -> None:
    assert_accepted(packages[name], value)


@pytest.mark.parametrize(("name", "value"), rows(CASES, accepted=False))
def test_what_the_contract_refuses_the_server_refuses(packages: dict[str, Package], name: str, value: Any) -> None:
    assert_refused(packages[name], value)
