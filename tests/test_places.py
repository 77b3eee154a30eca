"""Where a broken keyword stands in the author's files."""

from itertools import count

import pytest

from specwright.mock.journal.places import Places
from specwright.spec.read import read

CONTRACT = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets/{petId}:
    parameters:
      - name: petId
        in: path
        required: true
        schema: {type: integer, minimum: 1}
    post:
      operationId: changePet
      parameters:
        - $ref: '#/components/parameters/Trace'
        - name: filter
          in: query
          content:
            application/json:
              schema:
                type: object
                properties:
                  kind: {enum: [cat, dog]}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Pet'
          application/x-www-form-urlencoded:
            schema:
              properties:
                nick: {maxLength: 5}
      responses:
        '204': {description: done}
    delete:
      operationId: removePet
      responses:
        '204': {description: done}
components:
  parameters:
    Trace:
      name: X-Trace
      in: header
      required: true
      schema: {type: string, format: uuid}
  schemas:
    Pet:
      allOf:
        - $ref: 'shared.yaml#/Named'
        - type: object
          required: [kind, owner]
          additionalProperties: false
          properties:
            name: true
            kind: {enum: [cat, dog]}
            owner:
              oneOf:
                - type: string
                - $ref: '#/components/schemas/Owner'
            pair:
              prefixItems:
                - {type: integer}
              items: {type: string}
            friend:
              $ref: '#/components/schemas/Pet'
    Owner:
      properties:
        a/b:
          type: integer
          exclusiveMinimum: 3
      patternProperties:
        ^x-:
          type: string
      additionalProperties:
        minLength: 2
"""
SHARED = """\
Named:
  type: object
  required:
    - name
  properties:
    name:
      type: string
      maxLength: 9
"""
CHANGE, REMOVE = "/paths/~1pets~1{petId}/post", "/paths/~1pets~1{petId}/delete"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    root = tmp_path_factory.mktemp("specs")
    (root / "openapi.yaml").write_text(CONTRACT)
    (root / "shared.yaml").write_text(SHARED)
    return Places(lambda: read(root / "openapi.yaml", root))


FOUND = [
    # (operation, location, pointer, keyword), file, what stands there
    ((CHANGE, "path", "/petId", "minimum"), "openapi.yaml", "minimum: 1}"),
    ((CHANGE, "path", "/petId", "style"), "openapi.yaml", "schema: {type: integer"),
    ((CHANGE, "header", "/x-trace", "required"), "openapi.yaml", "required: true\n      schema: {type: string"),
    ((CHANGE, "header", "/X-Trace", "format"), "openapi.yaml", "format: uuid"),
    ((CHANGE, "query", "/filter/kind", "enum"), "openapi.yaml", "enum: [cat, dog]}\n      requestBody"),
    ((CHANGE, "query", "/nope", "unknown"), "openapi.yaml", "parameters:\n        - $ref"),
    ((REMOVE, "query", "/nope", "unknown"), "openapi.yaml", "delete:"),
    ((CHANGE, "body", "", "required"), "openapi.yaml", "required: true\n        content"),
    ((CHANGE, "body", "/nick", "maxLength"), "openapi.yaml", "maxLength: 5"),
    ((CHANGE, "body", "/kind", "required"), "openapi.yaml", "kind, owner]"),
    ((CHANGE, "body", "/owner", "required"), "openapi.yaml", "owner]"),
    ((CHANGE, "body", "/name", "required"), "shared.yaml", "- name"),
    ((CHANGE, "body", "/name", "maxLength"), "shared.yaml", "maxLength: 9"),
    ((CHANGE, "body", "/age", "additionalProperties"), "openapi.yaml", "additionalProperties: false"),
    ((CHANGE, "body", "/owner/a~1b", "exclusiveMinimum"), "openapi.yaml", "exclusiveMinimum: 3"),
    ((CHANGE, "body", "/owner/x-y", "type"), "openapi.yaml", "type: string\n      additionalProperties"),
    ((CHANGE, "body", "/owner/z", "minLength"), "openapi.yaml", "minLength: 2"),
    ((CHANGE, "body", "/pair/0", "type"), "openapi.yaml", "type: integer}\n              items"),
    ((CHANGE, "body", "/pair/1", "type"), "openapi.yaml", "type: string}\n            friend"),
    ((CHANGE, "body", "/friend/friend/kind", "enum"), "openapi.yaml", "enum: [cat, dog]}\n            owner"),
    ((CHANGE, "body", "/kind", "nope"), "openapi.yaml", "kind: {enum: [cat, dog]}\n            owner"),
    ((CHANGE, "body", "/pair/1/deep/er", "type"), "openapi.yaml", "items: {type: string}"),
]


@pytest.mark.parametrize(("violation", "file", "text"), FOUND)
def test_a_violation_has_a_place(places, violation, file, text):
    path, line, column = places.of(*violation).rsplit(":", 2)
    lines = (CONTRACT if file == "openapi.yaml" else SHARED).splitlines(keepends=True)
    start = sum(map(len, lines[: int(line) - 1])) + int(column) - 1

    assert path.endswith(file)
    assert "".join(lines)[start:].lstrip("- ").startswith(text.lstrip("- "))


def test_the_contract_is_read_once_and_only_when_a_place_is_asked_for(tmp_path):
    (tmp_path / "openapi.yaml").write_text(CONTRACT)
    (tmp_path / "shared.yaml").write_text(SHARED)
    times = count()
    places = Places(lambda: (next(times), read(tmp_path / "openapi.yaml", tmp_path))[1])
    assert next(times) == 0

    places.of(CHANGE, "body", "/name", "required")
    places.of(CHANGE, "body", "/kind", "required")

    assert next(times) == 2
