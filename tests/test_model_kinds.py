"""Generated models read an object as the class that its discriminator names, and as the union says where it names none."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from modelled import Package, assert_round_trip, classes, document, generated, readings, ref, same

STRING = {"type": "string"}
NULL = {"type": "null"}


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def kind(*values: str) -> dict[str, Any]:
    return {"const": values[0]} if len(values) == 1 else {"type": "string", "enum": list(values)}


def told(name: str, *alternatives: Any, keyword: str = "oneOf", **mapping: str) -> dict[str, Any]:
    return {keyword: list(alternatives), "discriminator": discriminator(name, mapping)}


def discriminator(name: str, mapping: Mapping[str, str]) -> dict[str, Any]:
    return {"propertyName": name, **({"mapping": dict(mapping)} if mapping else {})}


def extends(base: str, *required: str, **properties: Any) -> dict[str, Any]:
    return {"allOf": [ref(base), thing(*required, **properties)]}


def at(key: str) -> str:
    return f"#/components/schemas/{key}"


# Two that have the same members: only the property tells which is meant.
SAME = {"Cat": thing("kind", kind=STRING, name=STRING), "Dog": thing("kind", kind=STRING, name=STRING)}
# Two that say themselves which they are, and of which each has a member that must be there.
CONST = {
    "Cat": thing("kind", "claws", kind=kind("cat"), claws={"type": "integer"}),
    "Dog": thing("kind", "tail", kind=kind("dog"), tail={"type": "boolean"}),
}
BOTH = (ref("Cat"), ref("Dog"))
BASE = {"Pet": {**thing("kind", kind=STRING, name=STRING), "discriminator": {"propertyName": "kind"}}}
FAMILY = {
    **BASE,
    "Cat": extends("Pet", claws={"type": "integer"}),
    "Dog": extends("Pet", "tail", tail={"type": "boolean"}),
    "Puppy": extends("Dog", "age", age={"type": "integer"}),
}
CAT, DOG = {"kind": "cat", "claws": 1}, {"kind": "dog", "tail": True}
REFUSED = "refused"
# What it is about: schemas, the one that is read, (value, classes that it is read as).
Row = tuple[Any, str]
CASES: dict[str, tuple[dict[str, Any], list[Row]]] = {
    "mapping that names the union": (
        {**CONST, "Target": told("kind", *BOTH, cat=at("Target"), dog=at("Dog"))},
        [(CAT, "Cat"), (DOG, "Dog")],
    ),
    "anyOf, names of components": (
        {**SAME, "Target": told("kind", *BOTH, keyword="anyOf")},
        [
            ({"kind": "Cat"}, "Cat"),
            ({"kind": "Dog"}, "Dog"),
            ({"kind": "Dog", "name": "Rex", "more": [None]}, "Dog"),
            ({"kind": "cat"}, "Cat"),
            ({"kind": "Fish"}, "Cat"),
            ({"name": "Rex"}, REFUSED),
            ({"kind": 5}, REFUSED),
            ("Dog", REFUSED),
        ],
    ),
    "mapping by name": (
        {**SAME, "Target": told("kind", *BOTH, keyword="anyOf", c="Cat", d="Dog")},
        [({"kind": "c"}, "Cat"), ({"kind": "d"}, "Dog"), ({"kind": "Dog"}, "Dog")],
    ),
    "mapping by reference": (
        {**SAME, "Target": told("kind", *BOTH, keyword="anyOf", c=at("Cat"), d=at("Dog"))},
        [({"kind": "c"}, "Cat"), ({"kind": "d"}, "Dog"), ({"kind": "d", "name": "Rex"}, "Dog")],
    ),
    "mapping of some": (
        {**SAME, "Target": told("kind", *BOTH, keyword="anyOf", d="Dog")},
        [({"kind": "d"}, "Dog"), ({"kind": "Dog"}, "Dog"), ({"kind": "Cat"}, "Cat")],
    ),
    "several values are one class": (
        {**SAME, "Target": told("kind", *BOTH, keyword="anyOf", d="Dog", hound="Dog", c="Cat")},
        [({"kind": "d"}, "Dog"), ({"kind": "hound"}, "Dog"), ({"kind": "c"}, "Cat")],
    ),
    "the mapping counts more than the name": (
        {**SAME, "Target": told("kind", *BOTH, keyword="anyOf", Cat="Dog")},
        [({"kind": "Cat"}, "Dog"), ({"kind": "Dog"}, "Dog")],
    ),
    "a mapping to nothing": (
        {**SAME, "Target": told("kind", *BOTH, keyword="anyOf", Dog="Dog", x="Dog")},
        [({"kind": "x"}, "Dog"), ({"kind": "y"}, "Cat")],
    ),
    "const, oneOf": (
        {**CONST, "Target": told("kind", *BOTH)},
        [
            (CAT, "Cat"),
            (DOG, "Dog"),
            ({**DOG, "claws": 1}, "Dog"),
            ({"kind": "dog"}, REFUSED),
            ({"kind": "x"}, REFUSED),
        ],
    ),
    "const, no property required": (
        {
            "Cat": thing(kind=kind("cat"), name=STRING),
            "Dog": thing(kind=kind("dog"), name=STRING),
            "Target": told("kind", *BOTH, keyword="anyOf"),
        },
        [({"kind": "dog"}, "Dog"), ({}, "Cat"), ({"kind": "fish"}, REFUSED)],
    ),
    "enum": (
        {
            "Cat": thing("kind", kind=kind("cat", "lion"), name=STRING),
            "Dog": thing("kind", kind=kind("dog", "wolf"), name=STRING),
            "Target": told("kind", *BOTH),
        },
        [({"kind": "lion"}, "Cat"), ({"kind": "wolf"}, "Dog"), ({"kind": "wolf", "name": "x"}, "Dog")],
    ),
    "one enum of both, mapping": (
        {
            "Kind": kind("cat", "dog"),
            "Cat": thing("kind", kind=ref("Kind"), name=STRING),
            "Dog": thing("kind", kind=ref("Kind"), name=STRING),
            "Target": told("kind", *BOTH, keyword="anyOf", cat="Cat", dog="Dog"),
        },
        [({"kind": "cat"}, "Cat"), ({"kind": "dog"}, "Dog"), ({"kind": "fish"}, REFUSED)],
    ),
    "one enum in the base of both, names": (
        {
            "Base": thing("kind", kind=kind("Cat", "Dog")),
            "Cat": extends("Base", name=STRING),
            "Dog": extends("Base", name=STRING),
            "Target": told("kind", *BOTH, keyword="anyOf"),
        },
        [({"kind": "Cat"}, "Cat"), ({"kind": "Dog", "name": "x"}, "Dog")],
    ),
    "alternatives in place": (
        {
            "Target": told(
                "kind",
                thing("kind", kind=kind("cat"), name=STRING),
                thing("kind", kind=kind("dog"), name=STRING),
            )
        },
        [({"kind": "cat"}, "TargetCat"), ({"kind": "dog", "name": "x"}, "TargetDog"), ({"kind": "x"}, REFUSED)],
    ),
    "alternative in place beside a reference": (
        {
            "Cat": thing("kind", kind=kind("cat"), name=STRING),
            "Target": told("kind", ref("Cat"), thing("kind", kind=kind("dog"), name=STRING)),
        },
        [({"kind": "cat"}, "Cat"), ({"kind": "dog", "name": "x"}, "TargetDog")],
    ),
    "unions in a union": (
        {
            **CONST,
            "Fish": thing("kind", kind=kind("fish"), claws={"type": "integer"}),
            "Walking": told("kind", *BOTH),
            "Target": told("kind", ref("Walking"), ref("Fish")),
        },
        [(CAT, "Cat"), (DOG, "Dog"), ({"kind": "fish"}, "Fish"), ({"kind": "fish", "claws": 0}, "Fish")],
    ),
    "a union in a union by mapping": (
        {
            **SAME,
            "Fish": thing("kind", kind=STRING, name=STRING),
            "Walking": told("kind", *BOTH, keyword="anyOf", d="Dog", c="Cat"),
            "Target": told("kind", ref("Walking"), ref("Fish"), keyword="anyOf", d="Walking", c="Walking", f="Fish"),
        },
        [({"kind": "c"}, "Cat"), ({"kind": "d"}, "Dog"), ({"kind": "f"}, "Fish")],
    ),
    "null as an alternative": (
        {**SAME, "Target": told("kind", *BOTH, NULL, keyword="anyOf", c="Cat", d="Dog")},
        [({"kind": "d"}, "Dog"), ({"kind": "c"}, "Cat"), (None, "")],
    ),
    "nullable around it": (
        {**SAME, "Either": told("kind", *BOTH, keyword="anyOf", d="Dog"), "Target": {"oneOf": [ref("Either"), NULL]}},
        [({"kind": "d"}, "Dog"), ({"kind": "c"}, "Cat"), (None, "")],
    ),
    "one alternative and null": (
        {**SAME, "Target": told("kind", ref("Dog"), NULL)},
        [({"kind": "Dog"}, "Dog"), ({"kind": "x"}, "Dog"), (None, "")],
    ),
    "alternatives that are no objects": (
        {**SAME, "Target": told("kind", *BOTH, STRING, keyword="anyOf", d="Dog")},
        [({"kind": "d"}, "Dog"), ("d", ""), (5, REFUSED)],
    ),
    "children": (
        {**FAMILY, "Target": ref("Pet")},
        [
            ({"kind": "Pet"}, "Pet"),
            ({"kind": "Cat"}, "Cat"),
            ({"kind": "Cat", "claws": 2}, "Cat"),
            ({"kind": "Dog", "tail": True}, "Dog"),
            ({"kind": "Puppy", "tail": True, "age": 1}, "Puppy"),
            ({"kind": "Fish", "tail": 5}, "Pet"),
            ({"kind": "Dog", "tail": 5}, "Pet"),
            ({"kind": "Puppy", "tail": True}, "Dog"),  # no Puppy without its age, but all of a Dog
            ({"name": "Rex"}, REFUSED),
            ({"kind": "Pet", "name": None}, REFUSED),
        ],
    ),
    "grandchildren": (
        {**FAMILY, "Target": ref("Dog")},
        [({"kind": "Dog", "tail": True}, "Dog"), ({"kind": "Dog"}, REFUSED)],
    ),
    "children by mapping": (
        {
            **FAMILY,
            "Pet": {
                **thing("kind", kind=STRING),
                "discriminator": discriminator("kind", {"c": "Cat", "d": at("Dog"), "p": at("Puppy")}),
            },
            "Target": ref("Pet"),
        },
        [
            ({"kind": "c"}, "Cat"),
            ({"kind": "d", "tail": False}, "Dog"),
            ({"kind": "p", "tail": False, "age": 1}, "Puppy"),
            ({"kind": "Dog", "tail": False}, "Dog"),
        ],
    ),
    "children by const": (
        {
            "Pet": {**thing("kind", kind=STRING), "discriminator": {"propertyName": "kind"}},
            "Cat": extends("Pet", kind=kind("cat")),
            "Dog": extends("Pet", kind=kind("dog")),
            "Target": ref("Pet"),
        },
        [({"kind": "cat"}, "Cat"), ({"kind": "dog"}, "Dog"), ({"kind": "pet"}, "Pet")],
    ),
    "children in a list": (
        {**FAMILY, "Target": {"type": "array", "items": ref("Pet")}},
        [([{"kind": "Cat"}, {"kind": "x"}, {"kind": "Dog", "tail": True}], "Cat Pet Dog"), ([], "")],
    ),
    "children in a dict": (
        {**FAMILY, "Target": {"type": "object", "additionalProperties": ref("Pet")}},
        [({"a": {"kind": "Cat"}, "b": {"kind": "Dog", "tail": True}}, "Cat Dog")],
    ),
    "children in a property": (
        {**FAMILY, "Target": thing("pet", pet=ref("Pet"), other={"oneOf": [ref("Pet"), NULL]})},
        [
            ({"pet": {"kind": "Cat"}, "other": {"kind": "Dog", "tail": True}}, "Target Cat Dog"),
            ({"pet": {"kind": "Cat"}, "other": None}, "Target Cat"),
            ({"pet": {"kind": "Cat"}}, "Target Cat"),
            ({"pet": None}, REFUSED),
        ],
    ),
    "children in a tuple": (
        {**FAMILY, "Target": {"type": "array", "prefixItems": [ref("Pet"), STRING], "items": False, "minItems": 2}},
        [([{"kind": "Dog", "tail": True}, "x"], "Dog")],
    ),
    "a union that its own alternatives extend": (
        {
            "Pet": {**thing("kind", kind=STRING), **told("kind", *BOTH, keyword="anyOf")},
            "Cat": extends("Pet", "claws", claws={"type": "integer"}),
            "Dog": extends("Pet", "tail", tail={"type": "integer"}),
            "Target": thing(pet=STRING),
        },
        [({"pet": "x"}, "Target")],
    ),
    "recursive alternatives": (
        {
            "Leaf": thing("kind", kind=kind("leaf"), note=STRING),
            "Node": thing("kind", kind=kind("node"), note=STRING, below={"type": "array", "items": ref("Target")}),
            "Target": told("kind", ref("Leaf"), ref("Node")),
        },
        [({"kind": "node", "below": [{"kind": "leaf"}, {"kind": "node", "below": []}]}, "Node Leaf Node")],
    ),
    "recursive children": (
        {
            **FAMILY,
            "Cat": extends("Pet", friends={"type": "array", "items": ref("Pet")}, best=ref("Pet")),
            "Target": ref("Pet"),
        },
        [
            ({"kind": "Cat", "friends": [{"kind": "Dog", "tail": True}], "best": {"kind": "Cat"}}, "Cat Cat Dog"),
            ({"kind": "Cat", "best": {"kind": "x"}}, "Cat Pet"),
        ],
    ),
    "obeys another alternative than it names": (
        {
            "Cat": thing("kind", "claws", kind=STRING, claws={"type": "integer"}),
            "Dog": thing("kind", "tail", kind=STRING, tail={"type": "boolean"}),
            "Target": told("kind", *BOTH, cat="Cat", dog="Dog"),
        },
        [
            ({"kind": "cat", "tail": True}, "Dog"),
            ({"kind": "dog", "claws": 1}, "Cat"),
            ({"kind": "dog", "claws": 1, "tail": "x"}, "Cat"),
            ({"kind": "dog"}, REFUSED),
            ({"kind": "dog", "tail": True, "claws": 1}, REFUSED),
        ],
    ),
    "alternatives that are closed": (
        {
            "Cat": {**thing("kind", kind=STRING, a=STRING), "additionalProperties": False},
            "Dog": {**thing("kind", kind=STRING, b=STRING), "additionalProperties": False},
            "Target": told("kind", *BOTH, keyword="anyOf"),
        },
        [
            ({"kind": "Dog", "b": "x"}, "Dog"),
            ({"kind": "Dog", "a": "x"}, "Cat"),
            ({"kind": "Dog", "c": "x"}, REFUSED),
        ],
    ),
    "the property is a number": (
        {
            "Cat": thing("kind", kind={"const": 1}, name=STRING),
            "Dog": thing("kind", kind={"const": 2}, name=STRING),
            "Target": told("kind", *BOTH),
        },
        [({"kind": 1}, "Cat"), ({"kind": 2}, "Dog"), ({"kind": 3}, REFUSED)],
    ),
    "the property may be null": (
        {
            "Cat": thing("kind", kind={"type": ["string", "null"]}, name=STRING),
            "Dog": thing("kind", kind={"type": ["string", "null"]}, name=STRING),
            "Target": told("kind", *BOTH, keyword="anyOf", d="Dog"),
        },
        [({"kind": None}, "Cat"), ({"kind": "d"}, "Dog")],
    ),
    "a mapping to what is no alternative": (
        {**CONST, "Fish": thing("kind", kind=kind("fish")), "Target": told("kind", *BOTH, fish="Fish", cat="Cat")},
        [(CAT, "Cat"), ({"kind": "fish"}, REFUSED)],
    ),
    "a union without a discriminator": (
        {**CONST, "Target": {"oneOf": list(BOTH)}},
        [(CAT, "Cat"), (DOG, "Dog"), ({"kind": "dog", "claws": 1}, REFUSED)],
    ),
    "described anew": (
        {**FAMILY, "Target": thing(pet={"allOf": [ref("Pet")], "description": "The pet."})},
        [({"pet": {"kind": "Cat"}}, "Target Cat")],
    ),
    "alternatives that are children": (
        {**FAMILY, "Target": told("kind", ref("Cat"), ref("Dog"), keyword="anyOf")},
        [({"kind": "Cat", "tail": True}, "Cat"), ({"kind": "Dog", "tail": True}, "Dog")],
    ),
    "an alternative that is a base": (
        {
            **FAMILY,
            "Fish": thing("kind", kind=STRING),
            "Target": told("kind", ref("Pet"), ref("Fish"), keyword="anyOf"),
        },
        [
            ({"kind": "Fish"}, "Fish"),
            ({"kind": "Pet"}, "Pet"),
            ({"kind": "Cat"}, "Cat"),
            ({"kind": "Puppy", "tail": True, "age": 1}, "Puppy"),
        ],
    ),
}
# The name of the property and two of its values.
NAMES = [
    ("@type", "cat", "dog"),
    ("pet-type", "cat", "dog"),
    ("petType", "cat", "dog"),
    ("class", "cat", "dog"),
    ("a'\"b", "cat", "dog"),
    ("1", "cat", "dog"),
    ("_", "cat", "dog"),
    ("schema", "cat", "dog"),
    ("model_config", "cat", "dog"),
    ("kind", "c'a\"t", "do\\g\n"),
    ("kind", "\u732b", "\U0001f415"),
    ("kind", "", " "),
    ("kind", "{{ cat }}", "{# dog #}"),
    ("kind", "0", "1"),
    ("kind", "None", "True"),
    ("kind", "some.pet/cat~1", "#/components/schemas/Cat"),
    ("\u7a2e\u985e", "cat", "dog"),
]
for _name, _cat, _dog in NAMES:
    for _how, _target in {
        "mapped": told(_name, *BOTH, keyword="anyOf", **{_cat: "Cat", _dog: "Dog"}),
        "fixed": told(_name, *BOTH, keyword="anyOf"),
    }.items():
        _fixed = _how == "fixed"
        CASES[f"{_how} {_name!a} {_cat!a} {_dog!a}"] = (
            {
                "Cat": thing(_name, **{_name: kind(_cat) if _fixed else STRING, "note": STRING}),
                "Dog": thing(_name, **{_name: kind(_dog) if _fixed else STRING, "note": STRING}),
                "Target": _target,
            },
            [({_name: _cat}, "Cat"), ({_name: _dog, "note": "x"}, "Dog"), ({_name: None}, REFUSED)],
        )

# --- what holds of all of them ----------------------------------------------------------------------------------------


# Rows that fail, with the reason.
def rows() -> Iterator[Any]:
    for index, (name, (_, values)) in enumerate(CASES.items()):
        for value, expected in values:
            case = f"{name}: {json.dumps(value)}"
            yield pytest.param(f"kinds{index}", value, expected, id=case)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    documents = {f"kinds{index}": document(schemas) for index, (schemas, _) in enumerate(CASES.values())}
    return generated(tmp_path_factory.mktemp("kinds"), documents)


@pytest.mark.parametrize(("name", "value", "expected"), list(rows()))
def test_object_is_read_as_what_its_discriminator_names(
    packages: dict[str, Package], name: str, value: Any, expected: str
) -> None:
    package = packages[name]
    reply = package.post("Target", json.dumps(value))

    assert package.obeys("Target", value) == (expected != REFUSED)
    if expected == REFUSED:
        assert reply.status_code == 400
        return
    adapter = package.adapter("Target")
    for read in readings(adapter, value):
        assert " ".join(classes(read)) == expected
    assert_round_trip(adapter, value)
    assert reply.status_code == 200, reply.text
    assert same(reply.json(), value)
