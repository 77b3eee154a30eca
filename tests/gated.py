"""A workspace with one contract, complete but for what a test puts into it, and the verbs run in it."""

from pathlib import Path

import pytest

from specwright.cli import main

PETS = """\
openapi: 3.1.0
info: {title: Pets, version: "1", description: Pets of a shop.}
servers: [{url: https://pets.example}]
tags: [{name: Pets, description: Pets of the shop.}]
security: [{token: []}]
paths:
  /pets:
    get:
      operationId: listPets
      summary: List pets
      description: Lists the pets.
      tags: [Pets]
      responses:
        "200":
          description: Pets.
          content:
            application/json:
              schema: SCHEMA
        "400": {description: The request is wrong.}
components:
  securitySchemes:
    token: {type: http, scheme: bearer, description: A token.}
"""
WRONG = "{type: string, default: 3}"
PATH = "specs/pets/openapi.yaml"
SAID = f"{PATH}:18:38: warning: the default does not obey its schema: must be string, not integer"


class Gated:
    """A workspace that is the current directory."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def contract(self, schema: str = "{type: string}", path: str = PATH) -> Path:
        return self.write(path, PETS.replace("SCHEMA", schema))

    def run(self, *arguments: str) -> tuple[int, str, list[str]]:
        """Return the exit status, standard output and the lines of standard error."""
        status = main([*map(str, arguments)])
        said = self._capsys.readouterr()
        return status, said.out, said.err.splitlines()

    def validate(self, *arguments: str) -> tuple[int, list[str]]:
        status, _, lines = self.run("validate", *arguments)
        return status, lines
