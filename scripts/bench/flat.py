"""Does a request cost more in a large contract? One operation, alone and among 1,000 of its kind."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.bench.cases import Case
from scripts.bench.contenders import OURS, uvicorn
from scripts.bench.install import ROOT, Failed, reason
from scripts.bench.process import Contender

OPERATIONS = 1000
_MEASURED = 500
_BODY = {"id": "k-1", "amount": 3, "due": "2030-04-15T15:00:00Z", "tags": ["a", "b"]}
_PROPERTIES = {
    "id": {"type": "string"},
    "amount": {"type": "integer", "minimum": 0},
    "due": {"type": "string", "format": "date-time"},
    "tags": {"type": "array", "items": {"type": "string"}},
}


def pair(scratch: Path) -> list[Contender]:
    """Return the server of one operation and that of 1,000, generated below ``scratch``; raises Failed."""
    alone = _contender(scratch / "one", "1 operation", [_MEASURED])
    return [alone, _contender(scratch / "many", f"{OPERATIONS:,} operations", range(OPERATIONS))]


def _contender(root: Path, name: str, numbers: Iterable[int]) -> Contender:
    contract = root / "specs" / "kinds" / "openapi.json"
    contract.parent.mkdir(parents=True)
    contract.write_text(json.dumps(_document(numbers)), encoding="utf-8")
    _generate(root)
    bundled = root / "generated" / "kinds" / "openapi.json"
    template, path = f"/kinds/{_MEASURED}/{{id}}", f"/kinds/{_MEASURED}/k-1"
    case = Case("kinds", "Kinds", bundled, "/v1", template, path, 201, {**_BODY, "amount": -1})
    # From its folder, so that ``generated`` is the one there.
    environment = {"PYTHONPATH": str(ROOT)}
    return Contender(name, case, "/v1", uvicorn("scripts.bench.servers.kinds:create"), environment, root)


def _generate(root: Path) -> None:
    command = [str(Path(sys.executable).with_name(OURS)), "--root", str(root), "generate"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failed(f"not generated: {reason(done.stdout + done.stderr, root)}")


def _document(numbers: Iterable[int]) -> Any:
    names = {number: f"Kind{number}Entry" for number in numbers}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kinds", "version": "1"},
        "servers": [{"url": "/v1"}],
        "security": [{"bearer": []}],
        "paths": {f"/kinds/{number}/{{id}}": {"post": _operation(name)} for number, name in names.items()},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": dict.fromkeys(names.values(), _schema()),
        },
    }


def _schema() -> Any:
    return {"type": "object", "required": ["id", "amount"], "properties": _PROPERTIES}


def _operation(name: str) -> Any:
    schema = {"$ref": f"#/components/schemas/{name}"}
    content = {"application/json": {"schema": schema, "examples": {"one": {"value": _BODY}}}}
    return {
        "operationId": f"create{name}",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": content},
        "responses": {"201": {"description": "Made.", "content": content}},
    }
