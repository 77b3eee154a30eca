"""What is said of contracts that cannot be served as they stand; their messages are folders of golden/."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from conftest import MakeWorkspace

from specwright.cli import main
from specwright.spec.parts import ALL, types_of


def contract(schema: Any, schemas: Mapping[str, Any]) -> str:
    body = {"content": {"application/xml": {"schema": schema}, "application/json": {"schema": schema}}}
    operation = {"operationId": "send", "requestBody": body, "responses": {"204": {"description": "Sent."}}}
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/": {"post": operation}}}
    return json.dumps({**document, "components": {"schemas": schemas}})


@pytest.mark.parametrize(
    "schema",
    [
        5,
        [],
        {"type": 5},
        {"type": [5]},
        {"type": {"object": 1}},
        {"type": [["object"]]},
        {"enum": 5},
        {"enum": {"a": 1}},
        {"allOf": 5},
        {"anyOf": {}, "oneOf": "x"},
        {"allOf": [5]},
        {"$ref": 5},
    ],
    ids=json.dumps,
)
def test_malformed_schema_is_told_and_not_stumbled_over(
    make_workspace: MakeWorkspace, capsys: Any, schema: Any
) -> None:
    root = make_workspace({"odd/openapi.json": contract(schema, {})})

    assert main(["--root", str(root), "validate"]) == 1
    assert "openapi.json:1:" in capsys.readouterr().err


def test_types_are_found_in_what_shares_and_repeats_its_parts() -> None:
    link = {f"S{number}": {"anyOf": [{"$ref": f"#/S{number + 1}"}] * 2} for number in range(60)}
    document = {**link, "S60": {"type": "integer"}, "Loop": {"anyOf": [{"$ref": "#/Loop"}, {"type": "null"}]}}

    assert types_of(document, {"$ref": "#/S0"}) == {"integer"}
    assert types_of(document, {"$ref": "#/S0", "type": ["integer", "null"]}) == {"integer"}
    assert types_of(document, {"$ref": "#/Loop"}) == ALL
    assert types_of(document, {"$ref": "#/Nothing"}) == ALL
