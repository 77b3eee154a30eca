"""A handler that the contract does not allow is refused by ``mypy --strict``, with the words that say why."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from specwright.cli import main

CONTRACT = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
      - {name: limit, in: query, schema: {type: integer, default: 20}}
      - {name: born, in: query, schema: {type: string, format: date}}
      responses:
        "200":
          description: The pets.
          headers: {X-Total: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
        4XX: {$ref: "#/components/responses/Problem"}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    put:
      operationId: savePet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "201": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        "204": {description: Saved.}
    get:
      operationId: getPicture
      responses: {"200": {description: A picture., content: {image/png: {}}}}
  /pets/{petId}/photos:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getPhoto
      responses: {"200": {description: A photo., content: {image/*: {}}}}
    put:
      operationId: scanPet
      responses: {"200": {description: A scan., content: {image/png: {}, image/tiff: {}}}}
components:
  responses:
    Problem: {description: No., content: {application/json: {schema: {type: object, properties: {title: {type: string}}}}}}
  schemas:
    Pet:
      type: object
      required: [id, name, kind]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string}
        kind: {enum: [cat, dog]}
        seen: {type: string, format: date-time}
        tag: {type: [string, "null"]}
        owner: {$ref: "#/components/schemas/Owner"}
    Owner: {type: object, required: [name], properties: {name: {type: string}}}
"""
RIGHT = """
from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path

from generated import pets
from specwright.runtime.explain import Refused
from specwright.runtime.security import Credential

PET = pets.Pet(id=1, name="Rex", kind="dog", tag=None)


class Right:
    async def list_pets(self, *, born: datetime.date | None, limit: int) -> pets.ListPets200 | pets.Problem4XX:
        if limit > 5:
            return pets.Problem4XX(pets.ProblemBody(title="too many"), status=422)
        return pets.ListPets200([PET], x_total=1)

    async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet201 | pets.SavePet204:
        if body.kind == "cat":
            return pets.SavePet204()
        return pets.SavePet201(pets.Pet(id=pet_id, name=body.name, kind=body.kind))

    async def get_picture(self, *, pet_id: int) -> pets.GetPicture200:
        return pets.GetPicture200(Path("picture.png"))

    async def get_photo(self, *, pet_id: int) -> pets.GetPhoto200:
        return pets.GetPhoto200(Path("photo.webp"), media_type="image/webp")

    async def scan_pet(self, *, pet_id: int) -> pets.ScanPet200:
        if pet_id:
            return pets.ScanPet200(b"", media_type="image/tiff")
        return pets.ScanPet200(b"")


def refused(request: Refused) -> pets.Problem4XX | None:
    faults = [f"{breach.location} {breach.pointer}: {breach.message}" for breach in request.breaches]
    return pets.Problem4XX(pets.ProblemBody(title="; ".join(faults)), status=request.status) if faults else None


async def authenticate(credential: Credential) -> list[str] | None:
    return [] if credential.value == "secret" else None


pets.create_app(Right(), authenticate=authenticate, refused=refused, unknown_query="ignore")
"""
# What replaces the method of that name, and what mypy says of it.
WRONG = {
    "a response of another operation": (
        "async def get_picture(self, *, pet_id: int) -> pets.SavePet204:\n    return pets.SavePet204()",
        "incompatible type",
    ),
    "one response too many": (
        (
            "async def get_picture(self, *, pet_id: int) -> pets.GetPicture200 | pets.SavePet204:\n"
            "    return pets.SavePet204()"
        ),
        "incompatible type",
    ),
    "a bare dict": (
        "async def get_picture(self, *, pet_id: int) -> dict[str, int]:\n    return {}",
        "incompatible type",
    ),
    "None": ("async def get_picture(self, *, pet_id: int) -> None:\n    return None", "incompatible type"),
    "not async": (
        "def get_picture(self, *, pet_id: int) -> pets.GetPicture200:\n    return pets.GetPicture200(b'')",
        "incompatible type",
    ),
    "a parameter missing": (
        "async def get_picture(self) -> pets.GetPicture200:\n    return pets.GetPicture200(b'')",
        "incompatible type",
    ),
    "a parameter of another type": (
        "async def get_picture(self, *, pet_id: str) -> pets.GetPicture200:\n    return pets.GetPicture200(b'')",
        "incompatible type",
    ),
    "a parameter of another name": (
        "async def get_picture(self, *, petid: int) -> pets.GetPicture200:\n    return pets.GetPicture200(b'')",
        "incompatible type",
    ),
    "a parameter too many": (
        (
            "async def get_picture(self, *, pet_id: int, size: int) -> pets.GetPicture200:\n"
            "    return pets.GetPicture200(b'')"
        ),
        "incompatible type",
    ),
    "an optional parameter taken for given": (
        (
            "async def list_pets(self, *, born: datetime.date, limit: int) -> pets.ListPets200:\n"
            "    return pets.ListPets200([PET], x_total=born.year)"
        ),
        "incompatible type",
    ),
    "the body of the response instead of the request": (
        "async def save_pet(self, *, pet_id: int, body: pets.Pet) -> pets.SavePet204:\n    return pets.SavePet204()",
        "incompatible type",
    ),
    "no body": (
        "async def save_pet(self, *, pet_id: int) -> pets.SavePet204:\n    return pets.SavePet204()",
        "incompatible type",
    ),
    "a member that a request has not": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet204:\n"
            "    print(body.id)\n    return pets.SavePet204()"
        ),
        '"PetRequest" has no attribute "id"',
    ),
    "an optional member taken for given": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet204:\n"
            "    print(body.owner.name)\n    return pets.SavePet204()"
        ),
        'Item "None" of "Owner | None" has no attribute "name"',
    ),
    "text taken for a datetime": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet204:\n"
            "    text: str | None = body.seen\n    return pets.SavePet204()"
        ),
        "Incompatible types in assignment",
    ),
    "a value that is not in the enumeration": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet201:\n"
            "    return pets.SavePet201(pets.Pet(id=1, name='', kind='fish'))"
        ),
        'Argument "kind" to "Pet" has incompatible type',
    ),
    "a comparison with what is not in the enumeration": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet204:\n"
            "    assert body.kind != 'fish'\n    return pets.SavePet204()"
        ),
        "Non-overlapping equality check",
    ),
    "a required member missing": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet201:\n"
            "    return pets.SavePet201(pets.Pet(id=1, name=''))"
        ),
        'Missing named argument "kind"',
    ),
    "a required member null": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet201:\n"
            "    return pets.SavePet201(pets.Pet(id=1, name=None, kind='cat'))"
        ),
        'Argument "name" to "Pet" has incompatible type "None"',
    ),
    "a member by its name on the wire that there is not": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet201:\n"
            "    return pets.SavePet201(pets.Pet(id=1, name='', kind='cat', colour='red'))"
        ),
        'Unexpected keyword argument "colour"',
    ),
    "a body where there is none": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet204:\n"
            "    return pets.SavePet204(PET)"
        ),
        "Too many arguments",
    ),
    "no body where there must be one": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet201:\n"
            "    return pets.SavePet201()"
        ),
        'Missing positional argument "body"',
    ),
    "one thing where there must be a list": (
        (
            "async def list_pets(self, *, born: datetime.date | None, limit: int) -> pets.ListPets200:\n"
            "    return pets.ListPets200(PET, x_total=1)"
        ),
        'has incompatible type "Pet"; expected "list[Pet]"',
    ),
    "a required header missing": (
        (
            "async def list_pets(self, *, born: datetime.date | None, limit: int) -> pets.ListPets200:\n"
            "    return pets.ListPets200([PET])"
        ),
        'Missing named argument "x_total"',
    ),
    "a header of another type": (
        (
            "async def list_pets(self, *, born: datetime.date | None, limit: int) -> pets.ListPets200:\n"
            "    return pets.ListPets200([PET], x_total='1')"
        ),
        'Argument "x_total" to "ListPets200" has incompatible type "str"',
    ),
    "a range without its status": (
        (
            "async def list_pets(self, *, born: datetime.date | None, limit: int) -> pets.Problem4XX:\n"
            "    return pets.Problem4XX(pets.ProblemBody())"
        ),
        'Missing named argument "status"',
    ),
    "another status": (
        (
            "async def save_pet(self, *, pet_id: int, body: pets.PetRequest) -> pets.SavePet204:\n"
            "    return pets.SavePet204(status=205)"
        ),
        'Unexpected keyword argument "status"',
    ),
    "text where there must be octets": (
        "async def get_picture(self, *, pet_id: int) -> pets.GetPicture200:\n    return pets.GetPicture200('text')",
        'has incompatible type "str"',
    ),
    "octets of a range without what they are": (
        "async def get_photo(self, *, pet_id: int) -> pets.GetPhoto200:\n    return pets.GetPhoto200(b'')",
        'Missing named argument "media_type"',
    ),
    "octets as what is not declared": (
        (
            "async def scan_pet(self, *, pet_id: int) -> pets.ScanPet200:\n"
            "    return pets.ScanPet200(b'', media_type='image/webp')"
        ),
        'Argument "media_type" to "ScanPet200" has incompatible type',
    ),
    "the media type where there is one alone": (
        (
            "async def get_picture(self, *, pet_id: int) -> pets.GetPicture200:\n"
            "    return pets.GetPicture200(b'', media_type='image/png')"
        ),
        'Unexpected keyword argument "media_type"',
    ),
}


def module(replaced: str | None = None) -> str:
    """Return the right handlers with the method that ``replaced`` defines in place of its namesake."""
    if replaced is None:
        return RIGHT
    name = re.findall(r"def (\w+)", replaced)[0]
    method = textwrap.indent(replaced, "    ")
    return re.sub(rf"    async def {name}\(.*?(?=\n\n)", lambda _: method, RIGHT, count=1, flags=re.DOTALL)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What mypy says of every module: all in one run, since a run is slow to start."""
    root = tmp_path_factory.mktemp("handlers")
    contract = root / "specs" / "pets" / "openapi.yaml"
    contract.parent.mkdir(parents=True)
    contract.write_text(CONTRACT)
    assert main(["--root", str(root), "generate"]) == 0
    files = {"right": module(), **{f"wrong_{index}": module(wrong) for index, (wrong, _) in enumerate(WRONG.values())}}
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-pretty", *(f"{name}.py" for name in files)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = result.stdout.splitlines()
    return {name: "\n".join(line for line in lines if Path(line.partition(":")[0]).stem == name) for name in files}


def test_the_right_handlers_are_right(said: dict[str, str]) -> None:
    assert said["right"] == ""


@pytest.mark.parametrize(("index", "message"), [(i, why) for i, (_, why) in enumerate(WRONG.values())], ids=list(WRONG))
def test_wrong_handler_is_refused(said: dict[str, str], index: int, message: str) -> None:
    assert message in said[f"wrong_{index}"]
