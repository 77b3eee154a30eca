"""Schemas are read in the dialect that they are written in, and said in JSON Schema 2020-12."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeWorkspace
from modelled import Package, document, generated

from specwright.spec.read import problems_of, read
from specwright.spec.schemas import Schemas

DRAFT_04 = "http://json-schema.org/draft-04/schema#"
DRAFT_06 = "http://json-schema.org/draft-06/schema#"
DRAFT_07 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019_09 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_2020_12 = "https://json-schema.org/draft/2020-12/schema"
OLD = (DRAFT_04, DRAFT_06, DRAFT_07)
ALL = (*OLD, DRAFT_2019_09, DRAFT_2020_12)
HEAD = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
PAIR = {"items": [{"type": "string"}, {"type": "integer"}]}


def contract_file(make_workspace: MakeWorkspace, contract: dict[str, Any], **files: Any) -> Path:
    texts = {f"api/{name}.json": json.dumps(value, indent=1) for name, value in files.items()}
    root = make_workspace({"api/openapi.json": json.dumps({**HEAD, **contract}, indent=1), **texts})
    return root / "specs/api/openapi.json"


def components(make_workspace: MakeWorkspace, schemas: dict[str, Any], **files: Any) -> Any:
    file = contract_file(make_workspace, {"components": {"schemas": schemas}}, **files)
    return read(file, file.parent).value["components"]["schemas"]


def complaints(make_workspace: MakeWorkspace, contract: dict[str, Any], **files: Any) -> list[tuple[str, str, str]]:
    """Return (file, pointer, message) of every problem."""
    file = contract_file(make_workspace, contract, **files)
    return [(Path(found.path).name, found.pointer, found.message) for found in problems_of(file, file.parent)]


@pytest.mark.parametrize(
    ("dialects", "schema", "valid", "invalid"),
    [
        # What stands beside a reference
        (OLD, {"$ref": "#/definitions/a", "maxLength": 1, "definitions": {"a": {"type": "string"}}}, ["ab"], [1]),
        (
            (DRAFT_2019_09, DRAFT_2020_12),
            {"$ref": "#/$defs/a", "maxLength": 1, "$defs": {"a": {"type": "string"}}},
            ["a"],
            ["ab", 1],
        ),
        (OLD, {"$ref": "#/definitions/a", "properties": {"b": {"$ref": "no"}}, "definitions": {"a": {}}}, [1], []),
        # Tuples
        ((*OLD, DRAFT_2019_09), PAIR, [["a", 1], ["a"], ["a", 1, None], "a"], [[1], ["a", "b"]]),
        ((*OLD, DRAFT_2019_09), {**PAIR, "additionalItems": False}, [["a", 1]], [["a", 1, 2]]),
        ((*OLD, DRAFT_2019_09), {**PAIR, "additionalItems": {"type": "null"}}, [["a", 1, None]], [["a", 1, 2]]),
        ((*OLD, DRAFT_2019_09), {"items": {"type": "string"}, "additionalItems": False}, [["a", "b"]], [[1]]),
        ((*OLD, DRAFT_2019_09), {"additionalItems": False}, [[1]], []),
        ((DRAFT_06, DRAFT_07, DRAFT_2019_09), {"items": [], "additionalItems": {"type": "string"}}, [[], ["a"]], [[1]]),
        ((*OLD, DRAFT_2019_09), {"prefixItems": [{"type": "string"}]}, [[1]], []),
        ((DRAFT_2020_12,), {"prefixItems": [{"type": "string"}], "additionalItems": False}, [["a", 1]], [[1]]),
        (ALL[:4], {"items": [{"items": [{"type": "string"}]}]}, [[["a"]]], [[[1]]]),
        # Dependencies
        (
            OLD,
            {"dependencies": {"a": ["b"], "c": {"required": ["d"]}}},
            [{"a": 1, "b": 1}, {"c": 1, "d": 1}, {}, 1],
            [{"a": 1}, {"c": 1}],
        ),
        (OLD, {"dependencies": {"a": []}}, [{"a": 1}], []),
        (OLD, {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": False}}, [{"a": 1}], []),
        ((DRAFT_2019_09,), {"dependentRequired": {"a": ["b"]}}, [{"a": 1, "b": 1}], [{"a": 1}]),
        # Limits
        ((DRAFT_04,), {"minimum": 1, "exclusiveMinimum": True}, [1.1], [1]),
        ((DRAFT_04,), {"maximum": 1, "exclusiveMaximum": True}, [0.9], [1]),
        ((DRAFT_04,), {"minimum": 1, "exclusiveMinimum": False}, [1], [0]),
        ((DRAFT_04,), {"exclusiveMinimum": True}, [1], []),
        ((DRAFT_06, DRAFT_07), {"exclusiveMinimum": 1}, [1.1], [1]),
        # What a dialect does not know is an annotation
        ((DRAFT_04,), {"const": 1, "contains": False, "propertyNames": False}, [2, [], {"a": 1}], []),
        ((DRAFT_06,), {"const": {"a": 1}}, [{"a": 1}], [1]),
        ((DRAFT_06,), {"contains": {"const": 1}, "propertyNames": {"maxLength": 1}}, [[1], {"a": 1}], [[2], {"ab": 1}]),
        ((DRAFT_04, DRAFT_06), {"if": {}, "then": False, "else": False}, [1], []),
        (
            (DRAFT_07,),
            {"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"minimum": 1}},
            ["a", 1],
            ["ab", 0],
        ),
        (OLD, {"unevaluatedProperties": False, "unevaluatedItems": False}, [{"a": 1}, [1]], []),
        ((DRAFT_2019_09,), {"unevaluatedProperties": False, "properties": {"a": {}}}, [{"a": 1}], [{"b": 1}]),
        ((DRAFT_06, DRAFT_07), {"contains": {"type": "string"}, "minContains": 2, "maxContains": 0}, [["a"]], [[]]),
        ((DRAFT_2019_09,), {"contains": {"type": "string"}, "minContains": 2}, [["a", "b"]], [["a"]]),
        ((*OLD, DRAFT_2019_09), {"$dynamicRef": "#nowhere"}, [1], []),
        ((*OLD, DRAFT_2020_12), {"$recursiveRef": "nowhere"}, [1], []),
        # What contains matches is evaluated since 2020-12
        (
            (DRAFT_2019_09,),
            {"contains": {"type": "string"}, "maxContains": 1, "unevaluatedItems": {"type": "string"}},
            [["a"]],
            [["a", 1], ["a", "b"], []],
        ),
        ((DRAFT_2020_12,), {"contains": {"type": "string"}, "unevaluatedItems": False}, [["a"]], [["a", 1]]),
        # Names of schemas
        (
            (DRAFT_04,),
            {"id": "http://a.org/x", "items": {"$ref": "y"}, "definitions": {"y": {"id": "y", "type": "string"}}},
            [["a"]],
            [[1]],
        ),
        ((DRAFT_04,), {"items": {"$ref": "#a"}, "definitions": {"x": {"id": "#a", "type": "string"}}}, [["a"]], [[1]]),
        (
            (DRAFT_06, DRAFT_07),
            {"items": {"$ref": "#a"}, "definitions": {"x": {"$id": "#a", "type": "string"}}},
            [["a"]],
            [[1]],
        ),
        (
            (DRAFT_06, DRAFT_07),
            {"id": "#a", "properties": {"id": {"type": "string"}}, "required": ["id"]},
            [{"id": "a"}],
            [{"id": 1}, {}],
        ),
        (
            (DRAFT_2019_09,),
            {"items": {"$ref": "#a"}, "$defs": {"x": {"$anchor": "a", "type": "string"}}},
            [["a"]],
            [[1]],
        ),
        # Recursion to where it began
        (
            (DRAFT_2019_09,),
            {
                "$id": "http://a.org/strict",
                "$recursiveAnchor": True,
                "$ref": "tree",
                "unevaluatedProperties": False,
                "$defs": {
                    "tree": {
                        "$id": "tree",
                        "$recursiveAnchor": True,
                        "properties": {"nodes": {"items": {"$recursiveRef": "#"}}},
                    }
                },
            },
            [{"nodes": [{"nodes": []}]}],
            [{"noodes": []}, {"nodes": [{"noodes": []}]}],
        ),
        (
            (DRAFT_2019_09,),
            {"properties": {"a": {"$recursiveRef": "#", "maxProperties": 1}}, "type": "object"},
            [{}, {"a": {"a": {}}}, {"a": {"b": 1}, "c": 1}],
            [{"a": 1}, {"a": {"a": 1}}, {"a": {"b": 1, "c": 1}}],
        ),
    ],
)
def test_a_schema_means_what_its_dialect_says(
    make_workspace: MakeWorkspace, dialects: tuple[str, ...], schema: Any, valid: list[Any], invalid: list[Any]
) -> None:
    for dialect in dialects:
        file = contract_file(
            make_workspace,
            {"components": {"schemas": {"Thing": {"$ref": "thing.json"}}}},
            thing={"$schema": dialect, **schema},
        )
        thing = Schemas(read(file, file.parent).value).compile("/components/schemas/Thing")
        assert [value for value in valid if not thing.is_valid(value)] == [], dialect
        assert [value for value in invalid if thing.is_valid(value)] == [], dialect


SCHEMA = {"$schema": DRAFT_07, **PAIR}
SAID = {"prefixItems": PAIR["items"]}


@pytest.mark.parametrize(
    ("contract", "files"),
    [
        ({"Pet": SCHEMA}, {}),
        ({"Pet": {"$ref": "pet.json"}}, {"pet": SCHEMA}),
        ({"Pet": {"$ref": "all.json#/definitions/Pet"}}, {"all": {"$schema": DRAFT_07, "definitions": {"Pet": PAIR}}}),
        ({"Pet": {"$ref": "all.json#/Pet"}}, {"all": {"Pet": SCHEMA}}),
        # the nearest counts
        (
            {"Pet": {"$ref": "all.json#/definitions/Pet"}},
            {"all": {"$schema": DRAFT_2020_12, "definitions": {"Pet": SCHEMA}}},
        ),
        (
            {"Pet": {"$ref": "all.json#/$defs/Pet"}},
            {"all": {"$schema": DRAFT_2019_09, "$defs": {"Pet": {"$id": "http://a.org/pet", **SCHEMA}}}},
        ),
        ({"Pet": {"$ref": "via.json"}}, {"via": {"$schema": DRAFT_2020_12, "$ref": "pet.json"}, "pet": SCHEMA}),
    ],
)
def test_the_dialect_is_that_of_the_nearest_place_that_tells(
    make_workspace: MakeWorkspace, contract: dict[str, Any], files: dict[str, Any]
) -> None:
    found = components(make_workspace, contract, **files)
    assert SAID in found.values()
    assert "$schema" not in json.dumps(found)


def test_a_dialect_may_hold_for_a_whole_contract(make_workspace: MakeWorkspace) -> None:
    schemas = {
        "Old": PAIR,
        "OldFile": {"$ref": "file.json"},
        "New": {"$schema": DRAFT_2020_12, "prefixItems": [{}]},
        "NewContract": {"$ref": "new.json#/components/schemas/New"},
    }
    new = {**HEAD, "components": {"schemas": {"New": {"prefixItems": [{}]}}}}
    contract = {"jsonSchemaDialect": DRAFT_07, "components": {"schemas": schemas}}
    file = contract_file(make_workspace, contract, file=PAIR, new=new)

    value = read(file, file.parent).value

    assert value["components"]["schemas"] == {
        "Old": SAID,
        "OldFile": SAID,
        "New": {"prefixItems": [{}]},
        "NewContract": {"prefixItems": [{}]},
    }
    assert "jsonSchemaDialect" not in value


def test_a_contract_may_use_schemas_of_another_openapi(make_workspace: MakeWorkspace) -> None:
    old = {**HEAD, "openapi": "3.0.4", "components": {"schemas": {"Old": {"type": "string", "nullable": True}}}}

    found = components(make_workspace, {"Old": {"$ref": "old.json#/components/schemas/Old"}}, old=old)

    assert found == {"Old": {"type": ["string", "null"]}}


def test_schema_files_of_a_3_0_contract_speak_for_themselves(make_workspace: MakeWorkspace) -> None:
    schemas = {"New": {"$ref": "new.json"}, "Old": {"$ref": "old.json"}}
    old, new = {"type": "string", "nullable": True}, {"$schema": DRAFT_07, "const": 1, "nullable": True}
    file = contract_file(
        make_workspace, {"openapi": "3.0.4", "paths": {}, "components": {"schemas": schemas}}, old=old, new=new
    )

    assert read(file, file.parent).value["components"]["schemas"] == {
        "New": {"const": 1, "nullable": True},
        "Old": {"type": ["string", "null"]},
    }


def test_a_3_0_contract_itself_has_no_other_dialect(make_workspace: MakeWorkspace) -> None:
    schemas = {"Pet": {"$schema": DRAFT_07, "const": 1}}
    contract = {"openapi": "3.0.4", "paths": {}, "components": {"schemas": schemas}}

    assert complaints(make_workspace, contract) == [
        ("openapi.json", "/components/schemas/Pet/$schema", "'$schema' is not allowed here"),
        ("openapi.json", "/components/schemas/Pet/const", "'const' is not allowed here"),
    ]


@pytest.mark.parametrize(
    ("uri", "is_tuple"),
    [
        (DRAFT_07, True),
        ("http://json-schema.org/draft-07/schema", True),
        ("https://json-schema.org/draft-07/schema#", True),
        ("https://json-schema.org/draft/2019-09/schema", True),
        ("http://json-schema.org/draft/2020-12/schema#", False),
        ("https://spec.openapis.org/oas/3.1/dialect/base", False),
        ("https://spec.openapis.org/oas/3.1/dialect/2024-11-10", False),
        ("https://spec.openapis.org/oas/3.2/dialect/2025-09-17", False),
    ],
)
def test_every_spelling_of_a_dialect_is_known(make_workspace: MakeWorkspace, uri: str, *, is_tuple: bool) -> None:
    schema = {**(PAIR if is_tuple else {"prefixItems": PAIR["items"]})}

    assert components(make_workspace, {"Pet": {"$schema": uri, **schema}}) == {"Pet": SAID}


KNOWN = "JSON Schema draft-04, draft-06, draft-07, 2019-09 and 2020-12 are, and OpenAPI's own of 3.1 and 3.2"


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        ("http://json-schema.org/draft-7/schema#", "; did you mean 'http://json-schema.org/draft-07/schema'?"),
        (
            "https://json-schema.org/draft/2020-21/schema",
            "; did you mean 'https://json-schema.org/draft/2020-12/schema'?",
        ),
        ("https://example.com/our-own", ""),
        ("", ""),
        (7, ""),
    ],
)
def test_an_unknown_dialect_is_told_where_it_is_named(make_workspace: MakeWorkspace, uri: Any, hint: str) -> None:
    contract = {"components": {"schemas": {"Pet": {"$ref": "pet.json#/definitions/Pet"}, "Cat": {"$schema": uri}}}}
    pet = {"$schema": uri if isinstance(uri, str) else "", "definitions": {"Pet": {"properties": {"$schema": {}}}}}

    assert complaints(make_workspace, contract, pet=pet) == [
        (
            "openapi.json",
            "/components/schemas/Cat/$schema",
            f"$schema {uri!r} names no dialect that is known: {KNOWN}{hint}",
        ),
        ("pet.json", "/$schema", f"$schema {pet['$schema']!r} names no dialect that is known: {KNOWN}{hint}"),
    ]


def test_an_unknown_dialect_of_a_contract_is_told(make_workspace: MakeWorkspace) -> None:
    (problem,) = complaints(make_workspace, {"jsonSchemaDialect": "https://example.com/our-own", "paths": {}})

    assert problem[1:] == (
        "/jsonSchemaDialect",
        f"jsonSchemaDialect 'https://example.com/our-own' names no dialect that is known: {KNOWN}",
    )


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"items": [{}, {"type": "strin"}]}, "/items/1/type"),
        ({"items": [{}], "additionalItems": {"type": "strin"}}, "/additionalItems/type"),
        ({"items": [{"items": [{"pattern": "["}]}]}, "/items/0/items/0/pattern"),
        ({"dependencies": {"a": {"type": "strin"}}}, "/dependencies/a/type"),
        ({"dependencies": {"a": [1]}}, "/dependencies/a/0"),
        ({"dependencies": 1}, "/dependencies"),
        ({"$schema": DRAFT_2019_09, "contains": {"type": "strin"}, "unevaluatedItems": {}}, "/contains/type"),
    ],
)
def test_a_problem_is_told_where_it_was_written(make_workspace: MakeWorkspace, schema: Any, pointer: str) -> None:
    pet = {"$schema": DRAFT_07, **schema}
    contract = {"components": {"schemas": {"Pet": {"$ref": "pet.json"}, "Cat": pet}}}

    assert {(name, place) for name, place, _ in complaints(make_workspace, contract, pet=pet)} == {
        ("openapi.json", f"/components/schemas/Cat{pointer}"),
        ("pet.json", pointer),
    }


@pytest.mark.parametrize(
    ("dialect", "schema", "before", "after"),
    [
        (DRAFT_07, PAIR, "items/1", "prefixItems/1"),
        (DRAFT_07, {"items": [PAIR]}, "items/0/items/1", "prefixItems/0/prefixItems/1"),
        (DRAFT_07, {"items": [{}], "additionalItems": {"not": {}}}, "additionalItems/not", "items/not"),
        (DRAFT_07, {"dependencies": {"a/b": {}}}, "dependencies/a~1b", "dependentSchemas/a~1b"),
        (DRAFT_07, {"dependencies": {"50%": {}}}, "dependencies/50%25", "dependentSchemas/50%25"),
        (DRAFT_2019_09, {"contains": {}, "unevaluatedItems": {}}, "contains", "allOf/0/not/not/contains"),
        (DRAFT_07, {"definitions": {"items": PAIR}}, "definitions/items/items/0", "definitions/items/prefixItems/0"),
    ],
)
def test_a_reference_follows_what_moves(
    make_workspace: MakeWorkspace, dialect: str, schema: Any, before: str, after: str
) -> None:
    pet = {"$schema": dialect, **schema}
    inside = {"properties": {"a": {"$ref": f"#/components/schemas/Pet/{before}"}}}

    found = components(make_workspace, {"Cat": inside, "Pet": pet})

    assert found["Cat"] == {"properties": {"a": {"$ref": f"#/components/schemas/Pet/{after}"}}}


def test_a_reference_into_what_says_nothing_is_told(make_workspace: MakeWorkspace) -> None:
    schemas = {"Cat": {"$ref": "#/components/schemas/Pet/if"}, "Pet": {"$schema": DRAFT_04, "if": {"type": "string"}}}
    message = "$ref '#/components/schemas/Pet/if' leads into what says nothing in the dialect of its schema"

    assert complaints(make_workspace, {"components": {"schemas": schemas}}) == [
        ("openapi.json", "/components/schemas/Cat/$ref", message)
    ]


def test_a_reference_in_a_tuple_is_followed(make_workspace: MakeWorkspace) -> None:
    pet = {
        "$schema": DRAFT_07,
        "items": [{"$ref": "name.json"}],
        "additionalItems": {"$ref": "#/definitions/tail"},
        "dependencies": {"a": {"$ref": "name.json"}},
        "definitions": {"tail": {"items": [{"type": "null"}]}},
    }

    assert components(make_workspace, {"Pet": {"$ref": "pet.json"}}, pet=pet, name={"type": "string"}) == {
        "Pet": {
            "prefixItems": [{"$ref": "#/components/schemas/name"}],
            "items": {"$ref": "#/components/schemas/tail"},
            "dependentSchemas": {"a": {"$ref": "#/components/schemas/name"}},
            "definitions": {"tail": {"prefixItems": [{"type": "null"}]}},
        },
        "name": {"type": "string"},
        "tail": {"prefixItems": [{"type": "null"}]},
    }


PARTY = {
    "$schema": DRAFT_07,
    "$id": "https://example.com/party.json",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "place": {"$ref": "#/definitions/Place"},
        "age": {"exclusiveMinimum": 0, "type": "integer"},
        "phone": {"type": "string"},
    },
    "dependencies": {"phone": ["place"]},
    "definitions": {
        "Place": {
            "type": "array",
            "items": [{"type": "number"}, {"type": "number"}],
            "minItems": 2,
            "additionalItems": False,
        }
    },
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    root = tmp_path_factory.mktemp("dialects")
    (root / "specs").mkdir()
    (root / "specs/party.json").write_text(json.dumps(PARTY))
    contract = document({"Party": {"$ref": "../party.json"}, "Place": {"$ref": "../party.json#/definitions/Place"}})
    return generated(root, {"api": contract})["api"]


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("Party", {"name": "Ada", "place": [1, 2], "phone": "1", "age": 1}, 200),
        ("Party", {"name": "Ada", "phone": "1"}, 400),
        ("Party", {"name": "Ada", "place": [1, 2, 3]}, 400),
        ("Party", {"name": "Ada", "age": 0}, 400),
        ("Party", {"place": [1, 2]}, 400),
        ("Place", [1.5, 2], 200),
        ("Place", ["1", 2], 400),
        ("Place", [1, 2, 3], 400),
    ],
)
def test_a_server_enforces_a_file_of_draft_07(package: Package, key: str, value: Any, status: int) -> None:
    assert package.post(key, json.dumps(value)).status_code == status


def test_models_of_a_file_of_draft_07_are_typed(package: Package) -> None:
    party = package.module.Party(name="Ada", place=(1, 2))

    assert party.model_dump() == {"name": "Ada", "place": (1, 2)}
    with pytest.raises(ValueError, match="greater than 0"):
        package.module.Party(name="Ada", age=0)
