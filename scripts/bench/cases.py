"""The operations that are served: a good request, a bad one, and what the hand-written servers answer by."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from scripts.bench.install import ROOT

TOKEN = "secret-token"
NOW = datetime(2030, 4, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    """What a client sends."""

    path: str
    body: bytes
    token: str = TOKEN

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that say what the body is and who sends it."""
        known = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return {"content-type": "application/json", "accept": "application/json", **known}


@dataclass(frozen=True)
class Case:
    """One operation of one contract, which is a POST."""

    name: str
    title: str
    contract: Path
    base: str  # the path of the contract's server URL
    template: str
    path: str
    status: int  # of the answer to a good request
    bad: Any  # a body that the contract does not allow

    @cached_property
    def document(self) -> Any:
        """Return the contract, bundled."""
        return json.loads(self.contract.read_text(encoding="utf-8"))

    @property
    def operation(self) -> Any:
        """Return the operation as the contract has it."""
        return self.document["paths"][self.template]["post"]

    @property
    def request_schema(self) -> Any:
        """Return the schema of the body of a request."""
        return self.operation["requestBody"]["content"]["application/json"]["schema"]

    @property
    def answer_schema(self) -> Any:
        """Return the schema of the body of the good answer."""
        return self.operation["responses"][str(self.status)]["content"]["application/json"]["schema"]

    @property
    def good(self) -> Any:
        """Return the body of the contract's first example."""
        return _example(self.operation["requestBody"])

    @property
    def answer(self) -> Any:
        """Return the first example of the good answer, as JSON has it."""
        return _example(self.operation["responses"][str(self.status)])

    def requests(self, base: str) -> Mapping[str, Request]:
        """Return the requests to send, by what they are, to a server that has the operation below ``base``."""
        bodies = {"valid": self.good, "invalid": self.bad}
        return {kind: Request(f"{base}{self.path}", json.dumps(body).encode()) for kind, body in bodies.items()}


def _example(message: Any) -> Any:
    return next(iter(message["content"]["application/json"]["examples"].values()))["value"]


def _bundled(name: str) -> Path:
    return ROOT / "generated" / name / "openapi.json"


NEXHEALTH = Case(
    name="nexhealth",
    title="NexHealth",
    contract=_bundled("nexhealth"),
    base="",
    template="/appointments",
    path="/appointments?subdomain=demo&location_id=13&notify_patient=false",
    status=201,
    bad={"appt": {"provider_id": "x", "patient_id": None, "note": "n" * 200}},
)
CASPEN = Case(
    name="caspen",
    title="Caspen",
    contract=_bundled("caspen"),
    base="/v1",
    template="/appointments/{appointment}",
    path="/appointments/app_1",
    status=200,
    bad={"location_id": "x", "starts_at": "not-a-date", "note": "n" * 300, "resource_ids": ["x"]},
)
CASES = (NEXHEALTH, CASPEN)
