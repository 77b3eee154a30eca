"""Schemathesis against every generated server and every partner, in process: adding a folder in specs/ adds its tests.

The zoo has every keyword and format, which partners have not. FUZZ_SEED and FUZZ_EXAMPLES choose what is tried.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from conftest import imported
from contractual import Contractual
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from specwright.mock.app import Mock
from specwright.mock.auth import scopes_of
from specwright.plan import Api, build
from specwright.runtime.security import Authenticate, Credential
from specwright.spec.read import read
from specwright.workspace import Source, Workspace, find

ZOO = Path(__file__).with_name("contracts")
WORKSPACE = find(Path(__file__).parents[1])
PARTNERS = [source.name for source in WORKSPACE.sources()]
TOKEN = "fuzz-token"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "50"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@schemathesis.serializer("application/x-www-form-urlencoded")
def form(_: Any, value: Any) -> bytes:
    """Spell composite fields as JSON text: Schemathesis passes over the contract's ``encoding``."""
    pairs = value if isinstance(value, list) else list(value.items()) if isinstance(value, dict) else []
    fields = [(name, item) for name, raw in pairs for item in (raw if isinstance(raw, list) else [raw])]
    return urlencode([(name, _text(item)) for name, item in fields]).encode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def credentials(api: Api, token: str = TOKEN) -> dict[str, Any]:
    """Return the configuration that sends every security scheme of ``api`` its credential."""
    kinds = {"apikey": {"api_key": token}, "bearer": {"bearer": token}, "basic": {"username": token, "password": token}}
    schemes = {item.name: item.scheme.get("scheme", item.scheme["type"]).lower() for item in api.security_schemes}
    known = {name: kinds[kind] for name, kind in schemes.items() if kind in kinds}
    others = {"headers": {"Authorization": f"Bearer {token}"}} if schemes.keys() - known.keys() else {}
    return {**others, **({"auth": {"openapi": known}} if known else {})}


def authenticator(api: Api) -> Authenticate:
    async def authenticate(credential: Credential) -> frozenset[str] | None:
        return scopes_of(api) if credential.value in (TOKEN, f"{TOKEN}:{TOKEN}") else None

    return authenticate


def built(workspace: Workspace, name: str) -> tuple[Source, Api]:
    (source,) = workspace.sources([name])
    return source, build(source.package, read(source.contract, workspace.root).value)


def configuration(api: Api, token: str = TOKEN) -> dict[str, Any]:
    """Return how Schemathesis talks to ``api``."""
    return {
        **credentials(api, token),
        "seed": SEED,
        "cache": {"enabled": False},
        "generation": {"mode": "all", "max-examples": EXAMPLES, "database": "none", "deterministic": True},
    }


def failures(mock: Mock | Contractual, configuration: dict[str, Any]) -> Iterator[str]:
    """Run every phase and check against the one API of ``mock`` and yield what failed, with the curl that repeats it."""
    config = SchemathesisConfig.from_dict(configuration)
    schema = schemathesis.openapi.from_asgi(f"{mock.base_urls[0]}/openapi.json", mock, config=config)
    is_empty = not schema.raw_schema["paths"]
    statuses: list[int] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield str(event)
        if isinstance(event, events.ScenarioFinished):
            checks = [check for found in event.recorder.checks.values() for check in found]
            statuses += [call.response.status_code for call in event.recorder.interactions.values() if call.response]
            yield from (
                f"{check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                for check in checks
                if check.failure_info is not None
            )
    if not is_empty and not [status for status in statuses if status in (200, 201)]:
        yield "no request succeeded"


@pytest.mark.parametrize("name", PARTNERS)
def test_server_keeps_its_contract_under_fuzz(name: str) -> None:
    source, api = built(WORKSPACE, name)
    server = Contractual(WORKSPACE, [source], authenticate=authenticator(api))

    assert list(failures(server, configuration(api))) == []


def test_zoo_keeps_its_contract_under_fuzz(tmp_path: Path) -> None:
    shutil.copytree(ZOO, tmp_path / "specs")
    workspace = Workspace(tmp_path)
    _, api = built(workspace, "zoo")
    server = Contractual(workspace, [])
    server.add("zoo", api, imported(tmp_path, "zoo"), authenticate=authenticator(api))

    assert list(failures(server, configuration(api))) == []
