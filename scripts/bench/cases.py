"""The operations that are served: a good request, a bad one, and what the hand-written servers answer by."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from scripts.bench.install import ROOT

TOKEN = "secret-token"
NOW = datetime(2030, 4, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    """What a client sends; the time in the body is ``step`` seconds later whenever it is sent again."""

    path: str
    body: bytes
    token: str = TOKEN
    accept: str = "application/json"
    step: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that say what the body is and who sends it."""
        known = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return {"content-type": "application/json", "accept": self.accept, **known}


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


@dataclass(frozen=True)
class Booking(Case):
    """An operation that takes a slot: every request is for another one."""

    def requests(self, base: str) -> Mapping[str, Request]:
        """Return the requests to send, from the first of slots that nobody was told of before."""
        body = {"appt": {**self.good["appt"], "start_time": _slot(next(_BLOCKS) * _BLOCK), "end_time": None}}
        del body["appt"]["end_time"]
        accept = "application/vnd.Nexhealth+json;version=2, application/json;q=0.9"
        valid = Request(f"{base}{self.path}", json.dumps(body).encode(), accept=accept, step=_SLOT)
        return {"valid": valid, "invalid": replace(valid, body=json.dumps(self.bad).encode(), step=0)}


_SLOT = 1800  # seconds
_BLOCK = 100_000  # slots that one run of the client may take
_BLOCKS = itertools.count()


def _slot(number: int) -> str:
    start = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(seconds=number * _SLOT)
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")


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
BOOKING = Booking(
    name=NEXHEALTH.name,
    title=NEXHEALTH.title,
    contract=NEXHEALTH.contract,
    base=NEXHEALTH.base,
    template=NEXHEALTH.template,
    path="/appointments?subdomain=happy-smiles&location_id=13&notify_patient=false",
    status=NEXHEALTH.status,
    bad=NEXHEALTH.bad,
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
