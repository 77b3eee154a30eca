"""Which changes of a contract break those who use it: rows in tests/breaking/, and what holds for all schemas."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from specwright.gate.breaking.contracts import compare
from specwright.spec.read import read

ROWS = Path(__file__).with_name("breaking")
SCHEMAS = ["scalars", "objects", "arrays", "unions"]


def rows(*names: str) -> list[Any]:
    files = [(name, yaml.safe_load((ROWS / f"{name}.yaml").read_text())) for name in names]
    return [pytest.param(row, id=f"{name}: {row['name']}") for name, found in files for row in found]


def contract(schema: Any, components: Any, version: str) -> dict[str, Any]:
    body = {"application/json": {"schema": schema}}
    operation = {
        "operationId": "post",
        "requestBody": {"content": body},
        "responses": {"200": {"description": "fine", "content": body}},
    }
    return {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/things": {"post": operation}},
        "components": {"schemas": components},
    }


def native(folder: Path, value: Any) -> Any:
    file = folder / "openapi.yaml"
    file.write_text(yaml.safe_dump(value, sort_keys=False))
    return read(file, folder).value


def found(old: Any, new: Any, direction: str) -> list[str]:
    return sorted(
        f"{change.rule.removeprefix(f'{direction}-')} {change.verdict.value}"
        for change in compare(old, new)
        if change.direction == direction
    )


@pytest.mark.parametrize("direction", ["request", "response"])
@pytest.mark.parametrize("row", rows(*SCHEMAS))
def test_a_changed_schema_is_judged_for_those_who_send_and_those_who_are_answered(row, direction, tmp_path):
    shared = row.get("components", {})
    versions = row.get("versions", ["3.1.0", "3.1.0"])
    old = native(tmp_path, contract(row["old"], {**shared, **row.get("old_components", {})}, versions[0]))
    new = native(tmp_path, contract(row["new"], {**shared, **row.get("new_components", {})}, versions[1]))

    assert found(old, new, direction) == sorted(row.get(direction, []))


BASE = """
openapi: 3.1.0
info: {title: pets, version: "1"}
servers: [{url: "https://a.example"}]
paths:
  /pets:
    get:
      operationId: pets
      parameters: [{in: query, name: limit, schema: {type: integer}}]
      responses:
        "200":
          description: pets
          headers: {X-Total: {schema: {type: integer}}}
          content: {application/json: {schema: {type: array}}}
        "404": {description: not there}
    post:
      operationId: add
      security: []
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: added}}
  /pets/{id}:
    get:
      operationId: pet
      security: []
      parameters: [{in: path, name: id, required: true, schema: {type: string}}]
      responses: {"200": {description: a pet}}
webhooks:
  born:
    post:
      requestBody: {content: {application/json: {schema: {type: string}}}}
      responses: {"200": {description: thanks}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    oauth:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: "https://a.example/token", scopes: {read: r, write: w}}}
"""


def changed(replaced: dict[str, Any]) -> Any:
    value = yaml.safe_load(BASE)
    for way, item in replaced.items():
        *keys, last = re.split(r"\.(?=[a-zA-Z0-9/])", way)
        node = value
        for key in keys:
            node = node[key]
        node[last] = item
        if item is None:
            del node[last]
    return value


@pytest.mark.parametrize("row", rows("contracts"))
def test_a_changed_contract_is_judged_for_its_clients(row, tmp_path):
    old, new = (native(tmp_path, changed(row.get(side, {}))) for side in ("old", "new"))

    assert sorted(f"{change.rule} {change.verdict.value}" for change in compare(old, new)) == sorted(row["expected"])
