"""A namespace of a mock, for tests of what all partners have; NexHealth stands for them."""

import json
from itertools import count
from pathlib import Path
from typing import Any

from conversation import Headers, Reply, call

from specwright.mock.app import Mock
from specwright.mock.server import load
from specwright.mock.settings import Settings
from specwright.workspace import find

WORKSPACE = find(Path(__file__).parents[1])
APPOINTMENTS = "/nexhealth/appointments?subdomain=happy-smiles&location_id=13"
HEADERS = (
    ("authorization", "Bearer token-of-a-client"),
    ("content-type", "application/json"),
    ("accept", "application/vnd.Nexhealth+json;version=2"),
)
NOON = "2030-04-15T12:00:00Z"
NAMES = (f"test-{number}" for number in count())


def mock_of(*apis: str, **settings: Any) -> Mock:
    return load(WORKSPACE, WORKSPACE.sources(list(apis or ("lobbie", "nexhealth"))), Settings(**settings))


class Space:
    """One namespace of a mock, as its user talks to it."""

    def __init__(self, mock: Mock, name: str = "") -> None:
        self.mock, self.name = mock, name or next(NAMES)

    def send(self, method: str, url: str, body: Any = None, headers: Headers = ()) -> Reply:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return call(self.mock, method, url, [("x-mock-namespace", self.name), *headers], [data])

    def admin(self, method: str, path: str, body: Any = None, headers: Headers = ()) -> Reply:
        return self.send(method, f"/__admin{path}", body, headers)

    def said(self, method: str, path: str, body: Any = None) -> Any:
        reply = self.admin(method, path, body)
        assert reply.status == 200, reply.content
        return reply.json

    def detail(self, method: str, path: str, body: Any, status: int) -> str:
        reply = self.admin(method, path, body)
        assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json"), reply.content
        return reply.json["detail"]

    def book(self, start: str = "2030-04-15T15:00:00Z", headers: Headers = HEADERS, **changes: Any) -> Reply:
        body = {"patient_id": 2897, "provider_id": 104, "start_time": start, "appointment_type_id": 27, **changes}
        return self.send("POST", APPOINTMENTS, {"appt": body}, headers)

    def freeze(self, instant: str = NOON) -> Any:
        return self.said("PUT", "/clock", {"action": "freeze", "instant": instant})

    def entries(self) -> list[Any]:
        """Return the journal, oldest first."""
        return self.said("GET", "/requests")["requests"][::-1]
