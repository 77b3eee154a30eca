"""One partner of the mock, in a namespace of its own whose clock stands still, talked to in process."""

import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from conversation import Headers, Reply, call

from specwright.mock.app import Mock
from specwright.mock.clock import Clock
from specwright.mock.server import load
from specwright.workspace import find

NOW = datetime(2029, 12, 31, 9, tzinfo=UTC)
JSON = ("content-type", "application/json")
WORKSPACE = find(Path(__file__).parents[1])

_numbers = count(1)


def mock_of(*apis: str) -> Mock:
    return load(WORKSPACE, WORKSPACE.sources(list(apis)))


class Partner:
    def __init__(self, mock: Mock, api: str, namespace: str = "") -> None:
        self.mock, self.api = mock, api
        self.namespace = namespace or f"test-{next(_numbers)}"
        self.at(NOW)

    def at(self, now: datetime) -> None:
        """Stop the clock at ``now``."""
        self.mock.namespaces.change(self.namespace, clock=Clock(frozen=now))

    def switch(self, **states: str) -> None:
        self.mock.namespaces.change(self.namespace, switches={self.api: states})

    def records(self, kind: str) -> dict[str, Any]:
        """Return what the partner has stored."""
        return self.mock.namespaces.get(self.namespace).scene(self.api)[0].records(kind).all()

    def post(self, path: str, body: Any = None, headers: Headers = (("authorization", "Bearer key"), JSON)) -> Reply:
        """Send ``body``, as JSON unless it is bytes."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return call(self.mock, "POST", f"/__ns/{self.namespace}/{self.api}{path}", headers, [data])
