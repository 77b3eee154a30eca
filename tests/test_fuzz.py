"""Schemathesis against every generated server, its handlers made of the contract: adding a folder in specs/ adds its test.

The zoo has every keyword and format, which partners have not. FUZZ_SEED and FUZZ_EXAMPLES choose what is tried.
"""

import shutil
from pathlib import Path

import pytest
from conftest import imported
from contractual import Contractual
from fuzzing import TOKEN, failures

from specwright.mock.auth import scopes_of
from specwright.plan import Api, build
from specwright.runtime.security import Authenticate, Credential
from specwright.spec.read import read
from specwright.workspace import Source, Workspace, find

ZOO = Path(__file__).with_name("contracts") / "zoo"
WORKSPACE = find(Path(__file__).parents[1])
PARTNERS = [source.name for source in WORKSPACE.sources()]


def authenticator(api: Api) -> Authenticate:
    async def authenticate(credential: Credential) -> frozenset[str] | None:
        return scopes_of(api) if credential.value in (TOKEN, f"{TOKEN}:{TOKEN}") else None

    return authenticate


def built(workspace: Workspace, name: str) -> tuple[Source, Api]:
    (source,) = workspace.sources([name])
    return source, build(source.package, read(source.contract, workspace.root).value)


@pytest.mark.parametrize("name", PARTNERS)
def test_server_keeps_its_contract_under_fuzz(name: str) -> None:
    source, api = built(WORKSPACE, name)
    server = Contractual(WORKSPACE, [source], authenticate=authenticator(api))

    assert list(failures(api, server, server.base_urls[0])) == []


def test_zoo_keeps_its_contract_under_fuzz(tmp_path: Path) -> None:
    shutil.copytree(ZOO, tmp_path / "specs" / "zoo")
    workspace = Workspace(tmp_path)
    _, api = built(workspace, "zoo")
    server = Contractual(workspace, [])
    server.add("zoo", api, imported(tmp_path, "zoo"), authenticate=authenticator(api))

    assert list(failures(api, server, server.base_urls[0])) == []
