"""Schemathesis against every generated server, its handlers made of the contract: adding a folder in specs/ adds its fuzz test.

The zoo has every keyword and format, which partners have not.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import imported
from contractual import Contractual
from fuzzing import TOKEN, failures

from specwright.plan import build
from specwright.runtime.security import Credential
from specwright.spec.read import read
from specwright.workspace import Workspace, find

ZOO = Path(__file__).with_name("contracts") / "zoo"
WORKSPACE = find(Path(__file__).parents[1])


def broken(workspace: Workspace, name: str) -> Iterator[str]:
    """Yield what fails of one API."""
    (source,) = workspace.sources([name])
    api = build(source.package, read(source.contract, workspace.root).value)
    scopes = [scope for item in api.operations for either in item.security for _, some in either for scope in some]

    async def authenticate(credential: Credential) -> list[str] | None:
        return scopes if credential.value in (TOKEN, f"{TOKEN}:{TOKEN}") else None

    if workspace is WORKSPACE:
        mock = Contractual(workspace, [source], authenticate=authenticate)
    else:
        mock = Contractual(workspace, [])
        mock.add(name, api, imported(workspace.root, name), authenticate=authenticate)
    return failures(mock, mock.base_urls[0], api)


@pytest.mark.parametrize("name", [source.name for source in WORKSPACE.sources()])
def test_server_keeps_its_contract_under_fuzz(name: str) -> None:
    assert list(broken(WORKSPACE, name)) == []


def test_zoo_keeps_its_contract_under_fuzz(tmp_path: Path) -> None:
    shutil.copytree(ZOO, tmp_path / "specs" / "zoo")

    assert list(broken(Workspace(tmp_path), "zoo")) == []
