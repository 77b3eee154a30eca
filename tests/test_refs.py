"""Every reference ends up local, and what it leads to keeps its place."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeWorkspace

from specwright.spec.document import Document
from specwright.spec.load import load
from specwright.spec.pointer import deref, resolve
from specwright.spec.read import problems_of, read
from specwright.spec.refs import bundle
from specwright.spec.structure import operations

HEAD = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
TREE = {"a/b": {"c~d": [10, {"": 20}]}, "": 30, "0": 40}


def bundled(make_workspace: MakeWorkspace, contract: Mapping[str, Any], **files: Any) -> Document:
    texts = {f"{name.replace('__', '/')}.json": json.dumps(value) for name, value in files.items()}
    root = make_workspace({"api/openapi.json": json.dumps({**HEAD, **contract}), **texts})
    return bundle(load(root / "specs/api/openapi.json"), root)


def schemas(document: Document) -> Any:
    return document.value["components"]["schemas"]


def complaints(make_workspace: MakeWorkspace, contract: Mapping[str, Any], **files: Any) -> list[str]:
    return [problem.message for problem in sorted(set(bundled(make_workspace, contract, **files).problems))]


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", TREE),
        ("/a~1b/c~0d", [10, {"": 20}]),
        ("/a~1b/c~0d/0", 10),
        ("/a~1b/c~0d/1/", 20),
        ("/", 30),
        ("/0", 40),
    ],
)
def test_pointers_lead_to_values(pointer: str, value: Any) -> None:
    assert resolve(TREE, pointer) == value


@pytest.mark.parametrize("pointer", ["/x", "/a~1b/c~0d/2", "/a~1b/c~0d/-1", "/a~1b/c~0d/-", "/a~1b/c~0d/01", "/0/0"])
def test_pointers_to_nothing_are_key_errors(pointer: str) -> None:
    with pytest.raises(KeyError):
        resolve(TREE, pointer)


def test_the_texts_beside_a_reference_win() -> None:
    value = {"a": {"description": "far", "type": "string"}, "b": {"$ref": "#/a", "description": "near"}}

    assert deref(value, value["b"]) == {"description": "near", "type": "string"}
    assert deref(value, {"$ref": "#/b"}) == {"description": "near", "type": "string"}


def test_a_contract_of_one_file_is_its_own_bundle(make_workspace: MakeWorkspace) -> None:
    contract = {"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {}}}}

    assert bundled(make_workspace, contract).value == {**HEAD, **contract}


@pytest.mark.parametrize("place", ["example", "default", "const"])
def test_a_reference_inside_a_value_is_no_reference(make_workspace: MakeWorkspace, place: str) -> None:
    contract = {"components": {"schemas": {"A": {place: {"$ref": "nowhere"}}}}}

    assert bundled(make_workspace, contract).value == {**HEAD, **contract}


def test_a_property_called_ref_is_no_reference(make_workspace: MakeWorkspace) -> None:
    contract = {"components": {"schemas": {"A": {"properties": {"$ref": {"type": "string"}}}}}}

    assert bundled(make_workspace, contract).value == {**HEAD, **contract}


def test_schemas_of_other_files_become_components_named_by_their_key_or_file(make_workspace: MakeWorkspace) -> None:
    document = bundled(
        make_workspace,
        {"components": {"schemas": {"A": {"items": {"$ref": "pet.json"}, "contains": {"$ref": "all.json#/x/Owner"}}}}},
        api__pet={"type": "object"},
        api__all={"x": {"Owner": {"type": "string"}}},
    )

    assert schemas(document) == {
        "A": {"items": {"$ref": "#/components/schemas/pet"}, "contains": {"$ref": "#/components/schemas/Owner"}},
        "pet": {"type": "object"},
        "Owner": {"type": "string"},
    }


def test_a_component_that_is_only_a_reference_gives_its_name(make_workspace: MakeWorkspace) -> None:
    document = bundled(
        make_workspace,
        {"components": {"schemas": {"List": {"items": {"$ref": "pet.json"}}, "Animal": {"$ref": "pet.json"}}}},
        api__pet={"properties": {"friend": {"$ref": "#"}}},
    )

    assert schemas(document) == {
        "List": {"items": {"$ref": "#/components/schemas/Animal"}},
        "Animal": {"properties": {"friend": {"$ref": "#/components/schemas/Animal"}}},
    }


def test_a_name_that_is_taken_is_qualified_by_its_folder(make_workspace: MakeWorkspace) -> None:
    document = bundled(
        make_workspace,
        {"components": {"schemas": {"pet": {"items": {"$ref": "../shared/pet.json"}}}}},
        shared__pet={"type": "object"},
    )

    assert schemas(document)["pet"] == {"items": {"$ref": "#/components/schemas/shared.pet"}}
    assert schemas(document)["shared.pet"] == {"type": "object"}


def test_what_is_no_schema_is_put_in_place(make_workspace: MakeWorkspace) -> None:
    document = bundled(
        make_workspace,
        {"paths": {"/pets": {"$ref": "parts.json#/pets"}}},
        api__parts={
            "pets": {"get": {"responses": {"200": {"$ref": "#/ok"}}}},
            "ok": {"description": "Fine.", "content": {"text/plain": {"schema": {"$ref": "#/Text"}}}},
            "Text": {"type": "string"},
        },
    )

    assert document.value["paths"]["/pets"]["get"]["responses"]["200"] == {
        "description": "Fine.",
        "content": {"text/plain": {"schema": {"$ref": "#/components/schemas/Text"}}},
    }
    assert schemas(document) == {"Text": {"type": "string"}}


def test_another_file_may_refer_back_to_the_contract(make_workspace: MakeWorkspace) -> None:
    document = bundled(
        make_workspace,
        {"components": {"schemas": {"A": {"$ref": "b.json"}, "C": {"type": "string"}}}},
        api__b={"items": {"$ref": "openapi.json#/components/schemas/C"}},
    )

    assert schemas(document)["A"] == {"items": {"$ref": "#/components/schemas/C"}}


def test_files_that_refer_to_each_other_are_read_once(make_workspace: MakeWorkspace) -> None:
    document = bundled(
        make_workspace,
        {"components": {"schemas": {"A": {"$ref": "a.json"}}}},
        api__a={"properties": {"b": {"$ref": "b.json"}}},
        api__b={"properties": {"a": {"$ref": "a.json"}}},
    )

    assert schemas(document) == {
        "A": {"properties": {"b": {"$ref": "#/components/schemas/b"}}},
        "b": {"properties": {"a": {"$ref": "#/components/schemas/A"}}},
    }


def test_escaped_and_encoded_references_resolve(make_workspace: MakeWorkspace) -> None:
    document = bundled(
        make_workspace,
        {"components": {"schemas": {"A": {"$ref": "a%20file.json#/a~1b/caf%C3%A9"}}}},
        **{"api__a file": {"a/b": {"café": {"type": "string"}}}},
    )

    assert schemas(document)["A"] == {"type": "string"}


def test_a_path_item_of_the_components_serves_its_path(make_workspace: MakeWorkspace) -> None:
    contract = {
        "paths": {"/pets": {"$ref": "#/components/pathItems/Pets"}},
        "components": {"pathItems": {"Pets": {"get": {"responses": {"204": {"description": "None."}}}}}},
    }
    document = bundled(make_workspace, contract)

    assert [(path, method) for _, path, method, _ in operations(document.value)] == [("/pets", "get")]


def test_a_schema_is_found_by_its_id_and_its_anchor(make_workspace: MakeWorkspace) -> None:
    pet = {"$id": "https://example.com/pet", "$defs": {"name": {"$anchor": "name", "type": "string"}}}
    cat = {"$id": "https://example.com/cat", "properties": {"name": {"$ref": "pet#name"}, "mother": {"$ref": "#"}}}
    found = schemas(bundled(make_workspace, {"components": {"schemas": {"Pet": pet, "Cat": cat}}}))
    assert found == {
        "Pet": {"$defs": {"name": {"type": "string"}}},
        "Cat": {
            "properties": {
                "name": {"$ref": "#/components/schemas/Pet/$defs/name"},
                "mother": {"$ref": "#/components/schemas/Cat"},
            }
        },
    }


def test_a_schema_with_an_id_may_still_count_from_the_root(make_workspace: MakeWorkspace) -> None:
    cat = {"$id": "https://example.com/cat", "allOf": [{"$ref": "#/components/schemas/Pet"}]}
    found = schemas(bundled(make_workspace, {"components": {"schemas": {"Pet": {"type": "object"}, "Cat": cat}}}))
    assert found["Cat"] == {"allOf": [{"$ref": "#/components/schemas/Pet"}]}


def test_a_dynamic_reference_is_decided_by_who_refers(make_workspace: MakeWorkspace) -> None:
    page = {
        "$id": "page",
        "properties": {"items": {"type": "array", "items": {"$dynamicRef": "#item"}}},
        "$defs": {"any": {"$dynamicAnchor": "item"}},
    }
    pets = {"$id": "pets", "$ref": "page", "$defs": {"pet": {"$dynamicAnchor": "item", "type": "string"}}}
    found = schemas(bundled(make_workspace, {"components": {"schemas": {"Page": page, "Pets": pets}}}))
    assert found["Page"]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Page/$defs/any"}
    name = found["Pets"]["$ref"].rpartition("/")[2]
    assert found[name]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Pets/$defs/pet"}


def test_an_anchor_that_nobody_has_is_told(make_workspace: MakeWorkspace) -> None:
    contract = {"components": {"schemas": {"Cat": {"properties": {"name": {"$ref": "#name"}}}}}}
    assert complaints(make_workspace, contract) == ["$ref '#name' does not resolve: there is no $anchor 'name'"]


def test_a_key_that_looks_encoded_is_referred_to_as_it_is(make_workspace: MakeWorkspace) -> None:
    pet = {"$defs": {"%25": {"type": "string"}}, "items": {"$ref": "openapi.json#/components/schemas/Pet/$defs/%2525"}}
    document = bundled(make_workspace, {"components": {"schemas": {"Pet": pet}}})
    assert schemas(document)["Pet"]["items"] == {"$ref": "#/components/schemas/Pet/$defs/%2525"}
    assert deref(document.value, schemas(document)["Pet"]["items"]) == {"type": "string"}


def test_a_symbolic_link_cannot_lead_out_of_the_workspace(make_workspace: MakeWorkspace, tmp_path: Path) -> None:
    root = make_workspace({"w/specs/api/openapi.yaml": "openapi: 3.1.0\nx: {$ref: link.yaml}\n", "out.yaml": "a: 1\n"})
    (root / "specs/w/specs/api/link.yaml").symlink_to(root / "specs/out.yaml")

    (problem,) = bundle(load(root / "specs/w/specs/api/openapi.yaml"), root / "specs/w").problems
    assert problem.message == "$ref 'link.yaml' does not resolve: the file is outside the workspace"


def test_a_problem_of_a_bundled_schema_is_told_in_its_own_file(make_workspace: MakeWorkspace) -> None:
    root = make_workspace(
        {
            "api/openapi.yaml": "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
            "components: {schemas: {A: {$ref: far/pets.yaml#/Pet}}}\n",
            "api/far/pets.yaml": "Pet:\n  properties:\n    name: {$ref: '#/Name'}\nName:\n  type: strin\n",
        }
    )

    (problem,) = problems_of(root / "specs/api/openapi.yaml", root)

    assert Path(problem.path) == root / "specs/api/far/pets.yaml"
    assert (problem.line, problem.column, problem.pointer) == (5, 3, "/Name/type")


def test_a_bundle_is_a_contract_that_bundles_to_itself(make_workspace: MakeWorkspace) -> None:
    golden = Path(__file__).parent / "golden/several_files"
    once = read(golden / "specs/several_files/openapi.yaml", golden)

    root = make_workspace({"api/openapi.json": json.dumps(once.value)})

    assert read(root / "specs/api/openapi.json", root).value == once.value


def test_every_reference_that_fails_is_told(make_workspace: MakeWorkspace) -> None:
    contract = {"components": {"schemas": {"A": {"$ref": "#/x"}, "B": {"$ref": "b.json"}, "C": {"$ref": "c.json#/y"}}}}

    assert complaints(make_workspace, contract, api__c={"items": {"$ref": "#/z"}}) == [
        "$ref '#/x' does not resolve: there is nothing at /x",
        "$ref 'b.json' does not resolve: there is no such file",
        "$ref 'c.json#/y' does not resolve: there is nothing at /y",
    ]


def test_a_component_that_says_more_than_a_reference_keeps_both_apart(make_workspace: MakeWorkspace) -> None:
    pet = {"$ref": "pet.json", "properties": {"b": {"$ref": "name.json"}}}
    document = bundled(
        make_workspace,
        {"components": {"schemas": {"Pet": pet, "Cat": {"$ref": "pet.json", "description": "The same."}}}},
        api__pet={"properties": {"a": {}}},
        api__name={"type": "string"},
    )

    assert schemas(document) == {
        "Pet": {"$ref": "#/components/schemas/Cat", "properties": {"b": {"$ref": "#/components/schemas/name"}}},
        "Cat": {"properties": {"a": {}}, "description": "The same."},
        "name": {"type": "string"},
    }


def test_a_copy_beside_stands_for_what_an_id_says_of_the_web(make_workspace: MakeWorkspace) -> None:
    document = bundled(
        make_workspace,
        {"components": {"schemas": {"Tree": {"$ref": "tree.json"}}}},
        api__tree={"$id": "https://example.com/schemas/tree.json", "items": {"$ref": "leaf.json"}},
        api__leaf={"type": "string"},
    )

    assert schemas(document) == {"Tree": {"items": {"$ref": "#/components/schemas/leaf"}}, "leaf": {"type": "string"}}


def test_a_name_too_long_for_a_file_is_told(make_workspace: MakeWorkspace) -> None:
    contract = {"components": {"schemas": {"A": {"items": {"$ref": "a" * 300}}}}}

    assert complaints(make_workspace, contract) == [f"$ref {'a' * 300!r} does not resolve: there is no such file"]


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        ({"paths": {}, "components": 3}, "'components' must be object, not integer"),
        (
            {"paths": {}, "components": {"schemas": {"A": {"type": "integer", "format": "int32", "allOf": 3}}}},
            "'allOf' must be array, not integer",
        ),
    ],
)
def test_what_has_no_place_for_a_schema_is_told(
    make_workspace: MakeWorkspace, contract: dict[str, Any], message: str
) -> None:
    webhooks = {"a": {"$ref": "item.json"}}
    item = {"get": {"responses": {"204": {"description": "None."}}}}
    root = make_workspace(
        {"api/openapi.json": json.dumps({**HEAD, **contract, "webhooks": webhooks}), "api/item.json": json.dumps(item)}
    )

    problems = problems_of(root / "specs/api/openapi.json", root)
    assert [problem.message for problem in problems if problem.severity == "error"] == [message]
