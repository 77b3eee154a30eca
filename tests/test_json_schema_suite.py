"""The official test suite of JSON Schema 2020-12 as bodies that a contract describes.

A group's schema is a file beside the contract, as the suite means it: a document with a root of its own.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_specifications
import pytest

from specwright.errors import SpecError
from specwright.spec.read import read
from specwright.spec.schemas import Schemas

SUITE = Path(__file__).parents[2] / "shared/corpus/json-schema-test-suite"
METASCHEMAS = Path(jsonschema_specifications.__file__).parent / "schemas/draft202012"
OWN = '"$schema": "http://localhost:1234/'
BODY = "/paths/~1things/post/requestBody/content/application~1json/schema"
pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the official suite is not beside this repository")


def groups(pattern: str, *, is_own_dialect: bool = False) -> Iterator[Any]:
    for file in sorted(SUITE.glob(f"tests/draft2020-12/{pattern}")):
        for group in json.loads(file.read_text()):
            if (OWN in json.dumps(group["schema"])) == is_own_dialect:
                yield pytest.param(group, id=f"{file.stem}: {group['description']}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with copies of what the suite serves over HTTP and of the metaschema, for nothing is fetched."""
    folder = tmp_path_factory.mktemp("suite").resolve()
    shutil.copytree(SUITE / "remotes", folder, dirs_exist_ok=True)
    shutil.copytree(METASCHEMAS / "vocabularies", folder / "draft/2020-12/meta")
    shutil.copy(METASCHEMAS / "metaschema.json", folder / "draft/2020-12/schema")
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_text(local(file.read_text(), folder))
    return folder


def local(text: str, folder: Path) -> str:
    text = text.replace("http://localhost:1234", folder.as_uri())
    for keyword in ("$ref", "$id"):
        text = text.replace(f'"{keyword}": "https://json-schema.org', f'"{keyword}": "{folder.as_uri()}')
    return text


def verdicts(group: dict[str, Any], folder: Path) -> dict[str, bool]:
    (folder / "schema.json").write_text(local(json.dumps(group["schema"]), folder))
    body = {"content": {"application/json": {"schema": {"$ref": "schema.json"}}}}
    operation = {"operationId": "add", "requestBody": body, "responses": {"204": {"description": "added"}}}
    contract = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/things": {"post": operation}}}
    (folder / "openapi.json").write_text(json.dumps(contract))
    schema = Schemas(read(folder / "openapi.json", folder).value).compile(BODY)
    return {test["description"]: schema.is_valid(test["data"]) for test in group["tests"]}


@pytest.mark.parametrize("group", list(groups("*.json")))
def test_required_part(group: dict[str, Any], folder: Path) -> None:
    assert verdicts(group, folder) == expected(group)


@pytest.mark.parametrize("group", list(groups("optional/**/*.json")))
def test_optional_part(group: dict[str, Any], folder: Path) -> None:
    assert verdicts(group, folder) == expected(group)


@pytest.mark.parametrize("group", list(groups("**/*.json", is_own_dialect=True)))
def test_a_dialect_of_ones_own_is_refused_not_misread(group: dict[str, Any], folder: Path) -> None:
    with pytest.raises(SpecError, match=r"schema\.json:1:\d+: \$schema 'file:.*' names no dialect that is known"):
        verdicts(group, folder)


def expected(group: dict[str, Any]) -> dict[str, bool]:
    """What the suite says; formats are asserted, though, which its required part leaves to the implementation."""
    names = {test["description"]: test["valid"] for test in group["tests"]}
    return {name: is_valid and "only an annotation" not in name for name, is_valid in names.items()}
