"""Schemathesis as `specwright prove` drives it: what it finds is told by constraint, each with the curl that repeats it."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import schemathesis
from conftest import MakeWorkspace, generated
from conversations import WORKSPACE
from mocked import MockProcess
from schemathesis.config import SchemathesisConfig

from specwright.mock.contract.answer import handlers
from specwright.plan import planned
from specwright.prove.evidence import Finding
from specwright.prove.findings import distinct
from specwright.prove.fuzz import Effort, Server, fuzz, tried
from specwright.prove.schemathesis_toml import configuration as configured

FORMATS = {"day": "date", "id": "uuid", "at": "date-time"}
STRICT: Any = {
    "openapi": "3.1.0",
    "info": {"title": "Clinic", "version": "1"},
    "paths": {
        "/bookings": {
            "post": {
                "operationId": "book",
                "parameters": [{"name": "most", "in": "query", "schema": {"type": "integer", "maximum": 9}}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["day"],
                                "properties": {
                                    **{name: {"type": "string", "format": kind} for name, kind in FORMATS.items()},
                                    "note": {"type": "string", "maxLength": 5},
                                },
                            }
                        }
                    },
                },
                "responses": {"204": {"description": "Booked."}},
            }
        }
    },
}


def lax() -> Any:
    """Return the contract of a server that has forgotten most of what it should enforce."""
    lax = json.loads(json.dumps(STRICT))
    operation = lax["paths"]["/bookings"]["post"]
    operation["parameters"][0]["schema"] = {"type": "integer"}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    schema["properties"] = {name: {"type": "string"} for name in schema["properties"]}
    return lax


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a server that enforces the contract, and one that does not; both say that they do."""
    api = planned(json.dumps(STRICT))
    made = []
    for name, contract in (("fuzz_strict", STRICT), ("fuzz_lax", lax())):
        package = generated(tmp_path_factory.mktemp(name), name, contract)
        app = package.create_app(handlers(planned(json.dumps(contract)), package))
        made.append(Server(api, {}, "http://127.0.0.1:8000", app))
    return SimpleNamespace(strict=made[0], lax=made[1])


def test_server_that_enforces_its_contract_passes_every_phase(servers: Any) -> None:
    found = fuzz(lambda: servers.strict, Effort(examples=10))

    assert found.findings == ()
    assert found.seeds == (1,)
    assert found.requests > 50


def test_every_constraint_that_is_not_enforced_is_named_in_one_run(servers: Any) -> None:
    found = tried(servers.lax, Effort(), 1, "coverage").findings
    accepted = {
        (some.operation, some.pointer, some.keyword) for some in found if some.check == "negative_data_rejection"
    }

    assert accepted == {
        ("book", "/query/most", "maximum"),
        ("book", "/body/note", "maxLength"),
        *(("book", f"/body/{name}", "format") for name in FORMATS),
    }


def test_finding_has_the_curl_that_repeats_it(servers: Any) -> None:
    found = tried(servers.lax, Effort(), 1, "coverage").findings
    note = next(some for some in found if some.keyword == "maxLength")

    assert note.curl.startswith("curl -X POST ")
    assert re.search(r'"note": ?"[^"]{6}"', note.curl)


def test_same_seed_finds_the_same(servers: Any) -> None:
    effort = Effort(examples=10)

    assert tried(servers.lax, effort, 7, "fuzzing") == tried(servers.lax, effort, 7, "fuzzing")


def test_shortest_of_what_is_found_about_one_constraint_is_kept() -> None:
    def finding(keyword: str, curl: str) -> Finding:
        return Finding("book", "/body/note", keyword, "check", "", curl, 1)

    found = [finding("type", "curl longer"), finding("maxLength", "curl"), finding("type", "curl")]

    assert distinct(found) == (finding("maxLength", "curl"), finding("type", "curl"))


def test_run_of_which_nothing_succeeds_is_a_finding(servers: Any) -> None:
    refusing = Server(servers.strict.api, {}, servers.strict.url, _refusing)

    assert "no request succeeded" in str(fuzz(lambda: refusing, Effort(examples=1, phases=("coverage",))).findings)


async def _refusing(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})
        return
    await send({"type": "http.response.start", "status": 400, "headers": []})
    await send({"type": "http.response.body", "body": b""})


# --- for those who run it themselves ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def configuration() -> str:
    return configured(WORKSPACE, WORKSPACE.sources())


def test_configuration_is_what_schemathesis_reads(configuration: str) -> None:
    schema = json.loads((Path(schemathesis.__file__).parent / "config" / "schema.json").read_text())

    jsonschema.validate(tomllib.loads(configuration), schema)
    SchemathesisConfig.from_str(configuration)


def test_configuration_gets_schemathesis_a_token_of_the_mock(configuration: str, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(configuration, encoding="utf-8")
    with MockProcess(WORKSPACE.root, "lobbie", "--auth", "strict") as mock:
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{mock.url}/lobbie/openapi.json"]
        limits = ["--phases", "examples", "--exclude-checks", "positive_data_acceptance"]
        ran = subprocess.run([*command, *limits], cwd=tmp_path, capture_output=True, text=True, check=False)
        asked = mock.ask("GET", "/__admin/requests").json["requests"]

    assert ran.returncode == 0, ran.stdout
    assert [item["request"]["url"] for item in asked].count("/lobbie/oauth2/token") == 1
    called = {item["response"]["status"] for item in asked if item["request"]["url"].endswith("/appointment")}
    assert called <= {201, 403, 409, 422}  # the partner's own answers: nobody was turned away for want of a token


def test_configuration_is_written_into_the_workspace(make_workspace: MakeWorkspace) -> None:
    root = make_workspace({"clinic/openapi.yaml": json.dumps(STRICT)})

    command = [sys.executable, "-m", "specwright", "--root", str(root), "prove", "--write-config"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)

    assert ran.stdout.endswith(f"wrote {root / 'schemathesis.toml'}\n")
    assert tomllib.loads((root / "schemathesis.toml").read_text())["project"] == [{"title": "Clinic"}]
